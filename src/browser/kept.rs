//! What is remembered of a tab whose target goes, and the other tab that takes its place: it has the same names, is made
//! to show the same URL, and counts its refs on, so that none of the old ones names anything in it.

use std::sync::Arc;
use std::time::Duration;

use super::{Browser, Error, FIRST_LOAD, Label, TabId, TabView};
use crate::cdp::browser_protocol::target::CloseTargetParams;
use crate::deadline::Deadline;
use crate::page::{self, RefNumbers};

/// How long another tab may take to come in the place of one that hangs, whoever waits for that.
const REPLACE: Duration = Duration::from_secs(10);

/// What is remembered of a tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTab {
    /// Its stable id.
    pub id: TabId,
    /// The name that a caller gave it.
    pub label: Option<Label>,
    /// What it showed.
    pub url: String,
    /// Calls without a target meant it.
    pub is_current: bool,
    /// Which refs were given in it.
    pub refs: RefNumbers,
}

impl Browser {
    /// Another tab takes the place of one whose page answers nothing any more, which is closed. Returns when the names
    /// are the other one's; its page loads then.
    ///
    /// # Errors
    /// When there is no such tab any more, or the browser makes no other one in time.
    pub async fn replace(&self, tab: &TabView, deadline: Deadline) -> Result<(), Error> {
        let mut changes = self.tabs.subscribe();
        let mut kept = None;
        self.tabs.send_modify(|tabs| kept = tabs.give_up(&tab.target_id));
        if let Some(kept) = kept {
            // Its own task: a caller that gives up must not leave two halves of a tab behind.
            tokio::spawn(self.clone().put_in_place(Arc::clone(&tab.target_id), kept));
        }
        let is_gone = changes.wait_for(|tabs| tabs.get(&tab.target_id).is_none());
        deadline.run(is_gone).await.map_err(|_| Error::Unanswered)?.map_err(|_| Error::Unanswered)?;
        self.find(&tab.id.to_string()).map(drop).map_err(|_| Error::Page(page::Error::Gone))
    }

    async fn put_in_place(self, old: Arc<str>, kept: KeptTab) {
        let deadline = Deadline::after(REPLACE);
        let made = self.succeed(&kept, deadline).await;
        self.tabs.send_modify(|tabs| tabs.closed(&old));
        // Told twice, as Chromium may forget it (see `close_tab`).
        let close = CloseTargetParams::new(old.to_string());
        self.base.send(&close, deadline).await.ok();
        match made {
            Ok(tab) => self.bring_back(&tab, &kept.url, deadline).await,
            Err(error) => Err(error),
        }
        .unwrap_or_else(|error| tracing::warn!(%error, tab = %kept.id, "a tab that hung is not what it was"));
        self.base.send(&close, deadline).await.ok();
    }

    /// What is to be remembered of the tabs that are nobody's in particular, the least recently activated first.
    pub fn kept_tabs(&self) -> Vec<KeptTab> {
        self.tabs.borrow().kept()
    }

    /// Opens tabs that were those of a browser that is gone, in their order; why one of them is not what it was.
    pub async fn restore(&self, kept: Vec<KeptTab>, deadline: Deadline) -> Vec<(KeptTab, Option<Error>)> {
        let mut tabs = Vec::new();
        for kept in kept {
            let tab = self.succeed(&kept, deadline).await;
            tabs.push((kept, tab));
        }
        let loading = tabs.into_iter().map(async |(kept, tab)| {
            let shown = match tab {
                Ok(tab) => self.bring_back(&tab, &kept.url, deadline).await,
                Err(error) => Err(error),
            };
            (kept, shown.err())
        });
        futures::future::join_all(loading).await
    }

    /// A blank tab with the names of another one that is gone, or goes.
    async fn succeed(&self, kept: &KeptTab, deadline: Deadline) -> Result<TabView, Error> {
        let tab = self.blank_tab(deadline).await?;
        tab.page.go_on_counting(kept.refs);
        self.tabs.send_modify(|tabs| tabs.take_over(&tab.target_id, kept));
        Ok(tab)
    }

    /// Has a tab show what it showed before. It may go on loading when this returns.
    async fn bring_back(&self, tab: &TabView, url: &str, deadline: Deadline) -> Result<(), Error> {
        let url = self.guard.judge(url).await?;
        if url == "about:blank" {
            return Ok(());
        }
        let before = tab.page.refusals();
        let loading = tab.page.load(&url, deadline.within(FIRST_LOAD)).await;
        match self.told(&tab.page, before, loading) {
            Err(refused @ Error::Refused(_)) => Err(refused),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
