//! Downloads as callers meet them: marked before an act, told of after it, waited for. The files go to one folder of
//! the instance; who may name another place is judged elsewhere.

mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use table::{Download, DownloadState};
pub(super) use table::{Downloads, File, Origin};

use super::{Browser, Error};
use crate::cdp::Call;
use crate::cdp::browser_protocol::browser::{
    CancelDownloadParams, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use crate::deadline::Deadline;
use crate::instance::file::create_private_dir;
use crate::page::Page;

/// How long a document that an act asked for may take to turn out to be a download. An act that asks for nothing does
/// not wait at all.
const SHOWS: Duration = Duration::from_secs(1);
/// Ways to the network service and back after which a file that was asked for before them is known: on a busy machine the
/// first was too early for one in seven. On a quiet one each takes a quarter of a millisecond.
const CROSSINGS: u32 = 3;
/// A way that is as fast as this needs no other after it when no input was sent: scripts that read are many, those that
/// start files few.
const QUICK: Duration = Duration::from_millis(1);
/// How long a download may take to begin after the browser has said that a navigation is one.
const BEGINS: Duration = Duration::from_secs(5);
/// How long a navigation waits for the end of the download that it is.
const NAVIGATES: Duration = Duration::from_secs(10);
/// How long an answer waits for the end of a download that began.
const ENDS: Duration = Duration::from_secs(2);

/// Where a browser's downloads go.
#[derive(Debug, Clone)]
pub struct DownloadFolders {
    /// Where the browser itself writes, under names of its own: one folder a profile, emptied when it starts.
    pub arriving: PathBuf,
    /// Where complete files are put: one folder an instance.
    pub complete: PathBuf,
}

/// A moment before an act, to tell which downloads began after it.
#[derive(Debug, Clone, Copy)]
pub struct DownloadMark {
    number: u64,
    at: Instant,
    refusals: u64,
}

impl Browser {
    /// Marks this moment on a page.
    pub fn mark_downloads(&self, page: &Page) -> DownloadMark {
        let number = self.downloads.borrow().mark();
        DownloadMark { number, at: Instant::now(), refusals: page.refusals() }
    }

    /// The downloads that a tab, or a popup of it, began after a mark, oldest first, as far as they are now.
    pub fn downloads_since(&self, mark: DownloadMark, page: &Page) -> Vec<Download> {
        let downloads = self.downloads.borrow();
        downloads.since(mark.number, &page.target_id()).cloned().collect()
    }

    /// All downloads of a tab that are remembered.
    pub(super) fn downloads_of(&self, page: &Page) -> Vec<Download> {
        self.downloads.borrow().since(0, &page.target_id()).cloned().collect()
    }

    /// The downloads of a tab that no answer has told of.
    fn untold(&self, page: &Page) -> Vec<Download> {
        let downloads = self.downloads.borrow();
        downloads.since(0, &page.target_id()).filter(|row| !row.is_told).cloned().collect()
    }

    /// Whether a tab, or a popup of it, waits for a document that it asked for after a mark: it may turn out to be a
    /// download.
    pub fn is_document_asked(&self, mark: DownloadMark, page: &Page) -> bool {
        if page.is_leaving(mark.at) || page.waits_for_tab(mark.at) {
            return true;
        }
        let asked: Vec<table::Asked> =
            self.downloads.borrow().asked(mark.at, &page.target_id()).cloned().collect();
        let tabs = self.tabs.borrow();
        asked.iter().any(|asked| {
            if asked.file.is_some() {
                return true;
            }
            let frame = &asked.origin.frame;
            let shown = tabs.pages().find_map(|page| Some((page.loader_of(frame)?, page.url())));
            let is_there = shown.is_some_and(|(document, url)| {
                // A popup begins with an empty document, before it asks for its own.
                asked
                    .document
                    .as_ref()
                    .map_or(!url.is_empty() && url != "about:blank", |old| document != *old)
            });
            !is_there
        })
    }

    /// How many files a tab, or a popup of it, has asked for after a mark that are no downloads yet, with those of which the
    /// browser has not told anything.
    pub(super) fn awaited_files(&self, mark: DownloadMark, page: &Page) -> usize {
        let is_refused = page.refusals() > mark.refusals;
        let expected = if is_refused { 0 } else { page.expected_downloads() };
        let untold = expected.saturating_sub(self.downloads_since(mark, page).len());
        let downloads = self.downloads.borrow();
        let asked = downloads.asked(mark.at, &page.target_id()).filter(|asked| asked.file.is_some()).count();
        untold.max(asked)
    }

    /// Lets the browser tell of a file that an act has asked for without a trace in any document: nobody hears the click on
    /// a link that is part of none. Its request crosses several threads of the browser, and these later ones cross them
    /// after it.
    pub(super) async fn settle(&self, mark: DownloadMark, page: &Page, deadline: Deadline) {
        for _ in 0..CROSSINGS {
            self.caught_up().await;
            if self.is_document_asked(mark, page) || !self.downloads_since(mark, page).is_empty() {
                return;
            }
            let leaves = Instant::now();
            page.pass_network(deadline).await;
            if leaves.elapsed() < QUICK && !page.has_acted() {
                return;
            }
        }
    }

    /// What an act has downloaded. Ends at once when the act asked for nothing; else as soon as that is known to be a
    /// document, or the file is complete, within bounds: a long download goes on and is told as it is.
    pub async fn downloaded(&self, mark: DownloadMark, page: &Page, deadline: Deadline) -> Vec<Download> {
        tokio::join!(page.caught_up(), self.caught_up());
        let begins = deadline.within(SHOWS);
        // What does not show itself in time is told by whoever waits for it, so a time-out is no error here.
        let is_known = || {
            let has_begun = || !self.downloads_since(mark, page).is_empty();
            self.awaited_files(mark, page) == 0 && (has_begun() || !self.is_document_asked(mark, page))
        };
        begins.run(self.until(page, is_known)).await.ok();
        let ends = deadline.within(ENDS);
        ends.run(self.until(page, || self.downloads_since(mark, page).iter().all(Download::has_ended)))
            .await
            .ok();
        // One that came too late for the answer of its own act is told by the next.
        let found = self.downloads_since(mark, page);
        let late =
            self.untold(page).into_iter().filter(|row| found.iter().all(|known| known.guid != row.guid));
        let found: Vec<Download> = late.chain(found.iter().cloned()).collect();
        for download in &found {
            self.note_told(&download.guid, None);
        }
        found
    }

    /// The download that a navigation turned out to be, when it is complete or has taken long enough; none when the
    /// browser said so and did not begin one.
    pub(super) async fn navigated_to(
        &self,
        mark: DownloadMark,
        page: &Page,
        deadline: Deadline,
    ) -> Option<Download> {
        let first = || self.downloads_since(mark, page).into_iter().next();
        deadline.within(BEGINS).run(self.until(page, || first().is_some())).await.ok()?;
        let guid = first()?.guid;
        self.note_told(&guid, None);
        // One that goes on, or failed, is told as it is.
        self.download_ended(&guid, deadline.within(NAVIGATES)).await.ok();
        first()
    }

    /// Waits for the end of a download of a tab: one whose end no answer has told of, else the next one.
    ///
    /// # Errors
    /// [`Error::DownloadTimeout`] when none begins, or it does not end, in time; [`Error::DownloadFailed`];
    /// [`Error::Page`] when the tab goes away.
    pub async fn next_download(&self, page: &Page, deadline: Deadline) -> Result<Download, Error> {
        let guid = self.claim_download(page, deadline).await?;
        let ended = self.download_ended(&guid, deadline).await;
        if let Err(Error::DownloadTimeout) = ended {
            self.hand_out(&guid, false);
        }
        ended
    }

    async fn claim_download(&self, page: &Page, deadline: Deadline) -> Result<String, Error> {
        let open = || self.downloads_of(page).into_iter().find(|row| !row.is_handed_out);
        let found = deadline.run(async {
            loop {
                self.until(page, || open().is_some() || page.is_closed()).await;
                match open() {
                    Some(download) if self.hand_out(&download.guid, true) => return Ok(download.guid),
                    // Another caller was faster.
                    Some(_) => {}
                    None => return Err(Error::Page(crate::page::Error::Gone)),
                }
            }
        });
        found.await.map_err(|_| Error::DownloadTimeout)?
    }

    /// Waits for the download that was started after a mark.
    ///
    /// # Errors
    /// [`Error::DownloadTimeout`] when none begins in time, [`Error::Refused`] when the policy refuses where it comes
    /// from, [`Error::NoDownload`] when the tab goes to another document instead.
    pub async fn begun_download(
        &self,
        mark: DownloadMark,
        page: &Page,
        refusals: u64,
        deadline: Deadline,
    ) -> Result<Download, Error> {
        let document = page.document();
        let begun = || self.downloads_since(mark, page).into_iter().next();
        let is_over = || page.refusals() > refusals || page.document() != document || page.is_closed();
        let waited = deadline.run(self.until(page, || begun().is_some() || is_over())).await;
        match begun() {
            Some(download) => {
                self.hand_out(&download.guid, true);
                Ok(download)
            }
            None if page.refusals() > refusals => Err(self.refusal(page).into()),
            None if waited.is_err() => Err(Error::DownloadTimeout),
            None if page.is_closed() => Err(Error::Page(crate::page::Error::Gone)),
            None => Err(Error::NoDownload(page.url())),
        }
    }

    /// Waits for the end of a download.
    ///
    /// # Errors
    /// [`Error::DownloadFailed`] when it did not end well, [`Error::DownloadTimeout`] when it goes on.
    pub async fn download_ended(&self, guid: &str, deadline: Deadline) -> Result<Download, Error> {
        let mut changes = self.downloads.subscribe();
        let ended = changes.wait_for(|downloads| downloads.get(guid).is_none_or(Download::has_ended));
        let ended = deadline.run(ended).await.map_err(|_| Error::DownloadTimeout)?;
        let download = ended.ok().and_then(|downloads| downloads.get(guid).cloned());
        let download = download.ok_or(Error::DownloadTimeout)?;
        let failed = |why: String| Error::DownloadFailed { url: download.url.clone(), why };
        match &download.state {
            DownloadState::Completed => Ok(download),
            DownloadState::InProgress => Err(Error::DownloadTimeout),
            DownloadState::Canceled => Err(failed("it was cancelled, or its server broke it off".to_owned())),
            DownloadState::Unsaved(why) => Err(failed(format!("it could not be saved: {why}"))),
        }
    }

    /// Ends a download that nobody waits for any more.
    pub async fn cancel_download(&self, guid: &str, deadline: Deadline) {
        // One that has just ended by itself cannot be cancelled, and need not.
        self.session.send(&CancelDownloadParams::new(guid.to_owned()), deadline).await.ok();
    }

    /// Notes that an answer tells of a download, and where it was put. False when one has told of it before.
    pub fn note_told(&self, guid: &str, path: Option<&Path>) -> bool {
        let mut is_new = false;
        self.downloads.send_if_modified(|downloads| {
            is_new = downloads.tell(guid, path);
            false
        });
        is_new
    }

    fn hand_out(&self, guid: &str, is_waited_for: bool) -> bool {
        let mut is_news = false;
        self.downloads.send_if_modified(|downloads| {
            is_news = downloads.hand_out(guid, is_waited_for);
            false
        });
        is_news
    }

    /// Waits until something is true of a tab, its popups and its downloads.
    pub(super) async fn until(&self, page: &Page, is_true: impl Fn() -> bool) {
        let mut downloads = self.downloads.subscribe();
        let mut tabs = self.tabs.subscribe();
        let mut page = page.changes();
        while !is_true() {
            let change = tokio::select! {
                change = downloads.changed() => change.is_ok(),
                change = tabs.changed() => change.is_ok(),
                change = page.changed() => change,
            };
            if !change {
                return;
            }
        }
    }
}

/// Files come under names that only we know, and each event of them is told.
pub(super) fn behavior(folders: &DownloadFolders, context: Option<&str>) -> Call {
    Call::of(&SetDownloadBehaviorParams {
        browser_context_id: context.map(|id| id.to_owned().into()),
        download_path: Some(folders.arriving.display().to_string()),
        events_enabled: Some(true),
        ..SetDownloadBehaviorParams::new(SetDownloadBehaviorBehavior::AllowAndName)
    })
}

/// Makes the folders, and empties the one that a browser that is gone may have left half a file in.
pub(super) fn prepare(folders: &DownloadFolders) -> std::io::Result<()> {
    match std::fs::remove_dir_all(&folders.arriving) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    create_private_dir(&folders.arriving)?;
    create_private_dir(&folders.complete)
}

/// Puts a file that the browser has written where it belongs, for this user alone, and tells the table.
pub(super) async fn put_in_place(
    downloads: Arc<watch::Sender<Downloads>>,
    folders: Arc<DownloadFolders>,
    download: Download,
) {
    use std::os::unix::fs::PermissionsExt;
    let arrived = folders.arriving.join(&download.guid);
    let placed = async {
        tokio::fs::set_permissions(&arrived, std::fs::Permissions::from_mode(0o600)).await?;
        tokio::fs::rename(&arrived, &download.path).await
    };
    let outcome = placed.await.map_err(|error| error.to_string());
    if let Err(error) = &outcome {
        tracing::warn!(%error, "a download could not be put in its place");
    }
    downloads.send_modify(|downloads| downloads.saved(&download.guid, outcome));
}
