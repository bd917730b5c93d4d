//! What is done about a page that hangs: its scripts are stopped, and when that does not help, another tab takes its
//! place. A page is only slow, and left alone, unless a call has run out of time while the page answered nothing at all
//! for a good part of it.

use std::pin::pin;
use std::time::Duration;

use super::Tab;
use crate::deadline::Deadline;
use crate::page::{Roused, Silence};

/// For how long a page must have answered nothing: a question that takes no time is asked so long before the time is
/// over. Calls that have no more time than this start nothing.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a browser may take to answer, or to make another tab.
const BROWSER: Duration = Duration::from_millis(500);

/// What was done about a page that hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rescue {
    /// Its scripts were stopped, and it answers.
    Stopped,
    /// It was closed, and another tab has its names and its URL.
    Replaced,
}

impl Tab {
    /// Does some work, and tells whether the page has answered nothing for the last while of it.
    pub async fn attended<T>(&self, work: impl Future<Output = T>, deadline: Deadline) -> (T, bool) {
        let mut work = pin!(work);
        let Some(before) = deadline.remaining().checked_sub(PATIENCE) else { return (work.await, false) };
        tokio::select! {
            biased;
            done = &mut work => return (done, false),
            () = tokio::time::sleep(before) => {}
        }
        // Nothing of the page's own is in the way of an answer.
        if self.page().is_blocked() || self.page().is_crashed() {
            return (work.await, false);
        }
        tokio::select! {
            biased;
            done = &mut work => (done, deadline.remaining().is_zero()),
            () = self.page().answers(deadline.later(PATIENCE)) => (work.await, false),
        }
    }

    /// Does what is left to be done about a page that has answered nothing for a while.
    pub async fn rescue(&self) -> Option<Rescue> {
        let page = self.page();
        // A dialog is its user's to answer, and a tab on its way elsewhere answers when it is there.
        if page.is_blocked() || matches!(page.silence(), Silence::Navigating(_)) {
            return None;
        }
        let (roused, browser) = tokio::join!(page.rouse(), self.browser.answers(Deadline::after(BROWSER)));
        match roused {
            Roused::Answers => None,
            Roused::Stopped => Some(Rescue::Stopped),
            // Nothing is closed on the word of a browser that hangs itself.
            Roused::Silent if !browser => None,
            Roused::Silent => {
                let replaced = self.browser.replace(&self.view, Deadline::after(BROWSER)).await;
                replaced.ok().map(|()| Rescue::Replaced)
            }
        }
    }
}
