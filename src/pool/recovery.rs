//! What is told of a browser that ended by itself: which tabs came back, and what is lost with the old ones. Pure.

use std::time::Instant;

use crate::browser::{self, KeptTab};

/// Lost with a tab, whether another one shows its URL or not.
const LOST: &str = "what was typed there and not sent, session storage, history and scripts' state of these tabs, session \
                    cookies, and refs of earlier snapshots are lost; pages that a form had been sent for were asked \
                    for anew without it";

/// A browser has ended by itself.
#[derive(Debug, Clone)]
pub(super) struct Loss {
    /// How, such as `signal 9`.
    pub(super) how: String,
    pub(super) when: Instant,
    /// The tabs that it had, the least recently activated first.
    pub(super) tabs: Vec<KeptTab>,
}

/// What became of the tabs of a browser that has ended by itself.
#[derive(Debug)]
pub(super) struct News {
    pub(super) loss: Loss,
    /// What became of each tab; why no other browser was started in its place.
    pub(super) outcome: Result<Vec<Restored>, String>,
}

/// A tab that was to come back, and why it did not.
pub(super) type Restored = (KeptTab, Option<browser::Error>);

impl News {
    /// As the next caller is told.
    pub(super) fn text(&self) -> String {
        match &self.outcome {
            Ok(tabs) => self.loss.replaced(tabs),
            Err(why) => self.loss.final_end(why),
        }
    }
}

impl Loss {
    fn replaced(&self, tabs: &[Restored]) -> String {
        let list = |is_back: bool| -> String {
            let these = tabs.iter().filter(|(_, error)| error.is_none() == is_back);
            let told = these.map(|(tab, error)| match error {
                Some(error) => format!("{}: {error}", named(tab)),
                None => named(tab),
            });
            told.collect::<Vec<_>>().join(", ")
        };
        let (back, missing) = (list(true), list(false));
        let part =
            |word: &str, list: String| if list.is_empty() { list } else { format!("; {word}: {list}") };
        let (back, missing) = (part("reloaded", back), part("not reloaded", missing));
        format!("{}, and another one was started in its place{back}{missing}; {LOST}", self.beginning())
    }

    fn final_end(&self, why: &str) -> String {
        let tabs: Vec<String> = self.tabs.iter().map(named).collect();
        let tabs = tabs.join(", ");
        format!(
            "{}, and no other one was started in its place: {why}; lost with it: {tabs}",
            self.beginning()
        )
    }

    fn beginning(&self) -> String {
        format!("the browser ended by itself ({}) {}s ago", self.how, self.when.elapsed().as_secs())
    }
}

fn named(tab: &KeptTab) -> String {
    let label = tab.label.as_ref().map(|label| format!(" {label}")).unwrap_or_default();
    format!("{}{label} ({})", tab.id, tab.url)
}
