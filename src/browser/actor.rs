//! The one task of a browser: it follows targets and answers paused requests. It never waits for a reply in its
//! loop; what needs one is an errand.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Tenant;
use super::downloads::{self, DownloadFolders, Downloads, File, Origin};
use super::entry::Entry;
use super::guard::Guard;
use super::tabs::Tabs;
use crate::cdp::browser_protocol::target::CloseTargetParams;
use crate::cdp::protocol::{
    AttachedToTarget, AuthRequired, DetachedFromTarget, DownloadProgress, DownloadWillBegin, RequestPaused,
    TargetChanged, TargetEnded, TargetInfo,
};
use crate::cdp::{Call, Event, Session, Subscription, Waiting};
use crate::deadline::Deadline;
use crate::page::{Page, Surroundings};

/// How long the page of a refused frame may take to become known.
const KNOWN: Duration = Duration::from_secs(2);

/// How long a new page may take to hear what changed while it was attached.
const CATCH_UP: Duration = Duration::from_secs(10);

pub(super) struct Actor {
    pub(super) session: Session,
    pub(super) events: Subscription,
    pub(super) tabs: Arc<watch::Sender<Tabs>>,
    pub(super) downloads: Arc<watch::Sender<Downloads>>,
    pub(super) folders: Arc<DownloadFolders>,
    /// What every page is made to believe.
    pub(super) around: Arc<watch::Sender<Surroundings>>,
    pub(super) guard: Guard,
    /// What servers are told that ask tabs of nobody in particular.
    pub(super) entry: Entry,
    /// Askers who want all that has arrived to be in the tables first.
    pub(super) fence: Waiting,
    /// Pages being attached, requests being judged, files being put in their place.
    pub(super) errands: JoinSet<()>,
    /// Which target each session of ours is attached to.
    pub(super) attached: HashMap<String, String>,
    /// Where targets that are not attached yet were to go when they were made.
    pub(super) created: HashMap<String, String>,
}

impl Actor {
    pub(super) async fn run(mut self) {
        let connection = self.session.connection().clone();
        loop {
            tokio::select! {
                event = self.events.next() => match event {
                    Some(event) => self.take(&event),
                    None => break,
                },
                // An errand that panics has logged it; the rest goes on.
                Some(_) = self.errands.join_next() => {}
                Some(asker) = self.fence.next() => {
                    self.events.arrived().iter().for_each(|event| self.take(event));
                    drop(asker);
                }
                _ = connection.closed() => break,
            }
        }
        self.tabs.send_modify(|tabs| tabs.pages().for_each(Page::end));
        self.downloads.send_modify(Downloads::end);
    }

    fn take(&mut self, event: &Event) {
        match event.method() {
            "Fetch.requestPaused" => self.judge(event),
            "Fetch.authRequired" => self.authenticate(event),
            "Target.attachedToTarget" => self.attach(event),
            "Browser.downloadWillBegin" => self.download_begins(event),
            "Browser.downloadProgress" => self.download_goes_on(event),
            "Target.targetCreated" => {
                if let Some(TargetChanged { target_info }) = event.params() {
                    self.created.insert(target_info.target_id, target_info.url);
                }
            }
            "Target.targetInfoChanged" => {
                if let Some(TargetChanged { target_info }) = event.params() {
                    self.tabs.send_modify(|tabs| tabs.changed(&target_info));
                }
            }
            "Target.detachedFromTarget" => {
                if let Some(DetachedFromTarget { session_id }) = event.params()
                    && let Some(target) = self.attached.remove(&session_id)
                {
                    self.tabs.send_modify(|tabs| tabs.closed(&target));
                }
            }
            "Target.targetDestroyed" => {
                if let Some(TargetEnded { target_id }) = event.params() {
                    self.created.remove(&target_id);
                    self.tabs.send_modify(|tabs| tabs.destroyed(&target_id));
                }
            }
            _ => {}
        }
    }

    fn judge(&mut self, event: &Event) {
        let Some(paused): Option<RequestPaused> = event.params() else { return };
        if self.guard.is_blank(&paused.frame_id) {
            self.errands.spawn(Guard::answer_blank(self.session.clone(), paused));
            return;
        }
        if paused.resource_type == "Document" {
            let origin = self.origin(&paused.frame_id);
            let document = self.tabs.borrow().pages().find_map(|page| page.loader_of(&paused.frame_id));
            let file = paused.network_id.is_none().then(|| File::of(&paused));
            self.downloads.send_modify(|downloads| downloads.ask(origin, document, file, Instant::now()));
        }
        // The main frame of a tab has its target's id.
        let is_tab = self.attached.values().any(|target| *target == paused.frame_id);
        let (guard, session, tabs) = (self.guard.clone(), self.session.clone(), Arc::clone(&self.tabs));
        let downloads = Arc::clone(&self.downloads);
        let tell = move |frame: Arc<str>| {
            async move {
                tell_page(tabs, Arc::clone(&frame)).await;
                // Whoever waits for what the frame asked for must find the refusal then.
                downloads.send_modify(|downloads| downloads.refuse(&frame));
            }
            .boxed()
        };
        self.errands.spawn(async move { guard.answer(session, paused, is_tab, tell).await });
    }

    /// Which tab a frame is of, and which tab opened that one. A popup may not be attached yet: its main frame has its
    /// target's id.
    fn origin(&self, frame: &str) -> Origin {
        let is_target = self.attached.values().any(|target| target == frame);
        let tabs = self.tabs.borrow();
        let page =
            || tabs.pages().find(|page| page.has_frame(frame)).map(|page| page.target_id().to_string());
        let tab = if is_target { Some(frame.to_owned()) } else { page() };
        let opener = tab.as_ref().and_then(|tab| tabs.moves.opener(tab)).cloned();
        Origin { frame: frame.to_owned(), tab, opener }
    }

    fn download_begins(&mut self, event: &Event) {
        let Some(begins): Option<DownloadWillBegin> = event.params() else { return };
        let origin = self.origin(&begins.frame_id);
        self.downloads.send_modify(|downloads| downloads.begin(begins, origin, &self.folders.complete));
    }

    fn download_goes_on(&mut self, event: &Event) {
        let Some(progress): Option<DownloadProgress> = event.params() else { return };
        let mut written = None;
        self.downloads.send_modify(|downloads| written = downloads.progress(&progress));
        if let Some(download) = written {
            let (downloads, folders) = (Arc::clone(&self.downloads), Arc::clone(&self.folders));
            self.errands.spawn(downloads::put_in_place(downloads, folders, download));
        }
    }

    /// A server wants to know who asks.
    fn authenticate(&mut self, event: &Event) {
        let Some(asked): Option<AuthRequired> = event.params() else { return };
        let tenant = self.tabs.borrow().holder_of_frame(&asked.frame_id);
        let entry = tenant.as_ref().map_or(&self.entry, Tenant::entry).clone();
        let session = self.session.clone();
        self.errands.spawn(async move { entry.answer(session, asked).await });
    }

    /// A new tab waits for us, so that nothing of its first document is missed.
    fn attach(&mut self, event: &Event) {
        let Some(AttachedToTarget { session_id, target_info }) = event.params() else { return };
        // A second channel to a tab is that of somebody who films it, one to the browser that of a client.
        if target_info.r#type != "page"
            || self.attached.values().any(|target| *target == target_info.target_id)
        {
            return;
        }
        self.attached.insert(session_id.clone(), target_info.target_id.clone());
        let created_for = self.created.remove(&target_info.target_id);
        let (tabs, downloads) = (Arc::clone(&self.tabs), Arc::clone(&self.downloads));
        // A tab of a caller shows the blank document from the first.
        let asked =
            created_for.filter(|_| target_info.opener_id.is_none() && target_info.url != "about:blank");
        if asked.is_none() {
            self.tabs.send_modify(|tabs| opens(tabs, &downloads, &target_info));
        }
        self.tabs.send_modify(|tabs| drop(tabs.note_owner(&target_info)));
        let session = self.session.connection().session(session_id);
        let (shared, browser) = (Arc::clone(&self.around), self.session.clone());
        self.errands.spawn(async move {
            let target_info = match asked {
                Some(url) => claimed(&tabs, &downloads, target_info, &url).await,
                None => target_info,
            };
            let mut owner = None;
            tabs.send_modify(|tabs| owner = tabs.note_owner(&target_info));
            let around = owner.as_ref().map_or(&*shared, Tenant::around).subscribe();
            let before = around.borrow().clone();
            match Page::attach(session, &target_info.target_id, around).await {
                Ok(page) => {
                    let info = newest(&target_info, &page);
                    let mut is_open = false;
                    tabs.send_modify(|tabs| is_open = tabs.opened(&info, page.clone(), owner));
                    if !is_open {
                        return browser.tell(Call::of(&CloseTargetParams::new(info.target_id)));
                    }
                    // Whoever changed them meanwhile did not find this page in the table.
                    page.catch_up_with(before, Deadline::after(CATCH_UP)).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "a tab went away while it was attached");
                    tabs.send_modify(|tabs| tabs.moves.settled(&target_info.target_id));
                }
            }
        });
    }
}

/// A tab that another one has opened may turn out to be a download.
fn opens(tabs: &mut Tabs, downloads: &watch::Sender<Downloads>, info: &TargetInfo) {
    tabs.moves.opening(info);
    if info.opener_id.is_some() {
        let (tab, opener) = (info.target_id.clone(), info.opener_id.clone());
        let origin = Origin { frame: tab.clone(), tab: Some(tab), opener };
        downloads.send_modify(|downloads| downloads.ask(origin, None, None, Instant::now()));
    }
}

/// A tab for which Chromium names no opener, with the page that has asked for a tab with that URL, if one has.
async fn claimed(
    tabs: &watch::Sender<Tabs>,
    downloads: &watch::Sender<Downloads>,
    info: TargetInfo,
    url: &str,
) -> TargetInfo {
    let pages: Vec<Page> = tabs.borrow().pages().cloned().collect();
    for page in &pages {
        // It asked before the tab came to be, and may not have read that yet.
        page.caught_up().await;
    }
    let mut info = info;
    tabs.send_modify(|tabs| {
        let asker = tabs.beside(&info).find(|page| page.takes_tab(url));
        info.opener_id = asker.map(|page| page.target_id().to_string());
        opens(tabs, downloads, &info);
    });
    info
}

/// A popup may have gone on while it was attached.
fn newest(info: &TargetInfo, page: &Page) -> TargetInfo {
    let url = page.url();
    if url.is_empty() { info.clone() } else { TargetInfo { url, ..info.clone() } }
}

/// Tells the page of a frame that a navigation of it was refused. The page may not have read yet that it has that frame,
/// and a popup may not even be a tab yet: both are waited for, or the refusal would be nobody's.
async fn tell_page(tabs: Arc<watch::Sender<Tabs>>, frame: Arc<str>) {
    let mut changes = tabs.subscribe();
    let told = async {
        loop {
            let pages: Vec<Page> = changes.borrow_and_update().pages().cloned().collect();
            for page in &pages {
                page.caught_up().await;
            }
            if let Some(page) = pages.iter().find(|page| page.has_frame(&frame)) {
                return page.note_refusal();
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    };
    // A frame whose tab is gone has nobody to tell.
    Deadline::after(KNOWN).run(told).await.ok();
}
