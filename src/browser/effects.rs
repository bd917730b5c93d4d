//! What one act changes: its page, and around it tabs and downloads. Marked before the act, asked after it.

use std::time::Duration;

use futures::future::OptionFuture;

use super::downloads::{Download, DownloadMark};
use super::moves::MovedTab;
use super::tabs::Tabs;
use super::{Browser, TabView};
use crate::deadline::Deadline;
use crate::page::{self, Page};

/// How long a tab that an act opened may take to be ready.
const OPENS: Duration = Duration::from_secs(1);

/// What one act changed, as far as that can be known when it is asked.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// On its own page.
    pub page: page::Effects,
    /// Tabs that it opened.
    pub opened: Vec<MovedTab>,
    /// Tabs that went away by themselves: its own, those that it opened, the one that opened it.
    pub closed: Vec<MovedTab>,
    /// What it started to download, and what no answer has told of before.
    pub downloads: Vec<Download>,
    /// Files that it has asked for and that are no downloads yet.
    pub files_asked: usize,
    /// A tab that it opened is not ready yet.
    pub is_opening: bool,
}

/// The moment before an act.
#[derive(Debug, Clone)]
pub struct EffectsMark {
    page: page::Before,
    downloads: DownloadMark,
    moves: u64,
}

impl EffectsMark {
    /// Of the downloads alone.
    pub fn downloads(&self) -> DownloadMark {
        self.downloads
    }
}

impl Browser {
    /// Marks the moment before an act on a page. `goes_on`: it is watched for longer than the act takes.
    pub fn mark_effects(&self, page: &Page, goes_on: bool) -> EffectsMark {
        let moves = self.tabs.borrow().moves.count();
        EffectsMark { page: page.watch(goes_on), downloads: self.mark_downloads(page), moves }
    }

    /// What an act has changed, and `watch` longer when that is wished. Nothing is waited for but answers that are on
    /// their way: of the documents, of new tabs, and whether a document that was asked for is a download.
    pub async fn effects(
        &self,
        mark: &EffectsMark,
        page: &Page,
        watch: Option<Duration>,
        deadline: Deadline,
    ) -> Effects {
        page.ask_effects(false, deadline).await;
        if page.is_still() {
            self.settle(mark.downloads, page, deadline).await;
        }
        // A timer of no length takes a millisecond, too.
        let longer = watch.map(|watch| tokio::time::sleep(watch.min(deadline.remaining())));
        // A new tab whose server is slow keeps both back; the longer watch goes on meanwhile.
        let (mut downloads, (), _) = tokio::join!(
            self.downloaded(mark.downloads, page, deadline),
            self.opened(mark, page, deadline),
            OptionFuture::from(longer),
        );
        if watch.is_some() {
            page.ask_effects(true, deadline).await;
            // What is not there when the watch ends is told as it is.
            let more = self.downloaded(mark.downloads, page, Deadline::after(Duration::ZERO)).await;
            downloads.retain(|known| more.iter().all(|row| row.guid != known.guid));
            downloads.extend(more);
        }
        self.effects_so_far(mark, page, downloads, deadline).await
    }

    /// The same without asking or waiting: for an act that a dialog has stopped.
    pub async fn effects_so_far(
        &self,
        mark: &EffectsMark,
        page: &Page,
        downloads: Vec<Download>,
        deadline: Deadline,
    ) -> Effects {
        let of_page = page.effects(&mark.page, deadline).await;
        let tabs = self.tabs.borrow();
        let target = page.target_id();
        let (mut opened, closed) = tabs.moves.of(&target, mark.moves);
        for tab in &mut opened {
            if let Some(view) = tabs.get(&tab.target_id) {
                // Before its first document it has none of its own yet.
                tab.url = Some(view.page.url()).filter(|url| !url.is_empty()).unwrap_or(view.url);
            }
        }
        let is_opening = is_opening(&tabs, page, mark);
        let files_asked = self.awaited_files(mark.downloads, page);
        Effects { page: of_page, opened, closed, downloads, files_asked, is_opening }
    }

    /// What has become of a tab that a caller opened, since it came to be.
    pub async fn effects_of_opening(&self, view: &TabView, deadline: Deadline) -> Effects {
        let page = &view.page;
        let mut of_page = page.effects(&page::Before::at_first(), deadline).await;
        if of_page.url.is_none() {
            // It shows what every new tab shows.
            of_page = page::Effects { is_new_document: false, title: None, ..of_page };
        }
        let opened = MovedTab { id: view.id, target_id: view.target_id.clone(), url: page.url() };
        let downloads = self.downloads_of(page);
        Effects { page: of_page, opened: vec![opened], downloads, ..Effects::default() }
    }

    /// Whether a tab went away after a mark, and no caller closed it.
    pub fn has_closed_itself(&self, mark: &EffectsMark, page: &Page) -> bool {
        self.tabs.borrow().moves.has_closed_itself(&page.target_id(), mark.moves)
    }

    /// Waits until the tabs that a page has opened are ready, within bounds.
    async fn opened(&self, mark: &EffectsMark, page: &Page, deadline: Deadline) {
        let mut changes = self.tabs.subscribe();
        let ready = changes.wait_for(|tabs| !is_opening(tabs, page, mark));
        // One that takes longer is told as pending.
        deadline.within(OPENS).run(ready).await.ok();
    }
}

/// Whether a tab that a page has opened, or has asked the browser for, is not ready yet. What was asked for becomes what
/// opens while the tabs are locked, so it is always seen as one of the two.
fn is_opening(tabs: &Tabs, page: &Page, mark: &EffectsMark) -> bool {
    tabs.moves.is_opening(&page.target_id()) || page.waits_for_tab(mark.page.at())
}
