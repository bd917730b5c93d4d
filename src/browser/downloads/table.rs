//! What a browser downloads: a pure table, changed by events and by what became of the files. It does not know who
//! asked for one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cdp::protocol::{DownloadProgress, DownloadWillBegin, RequestPaused};

/// Downloads that are remembered a browser; those that still run are always kept.
const MOST_ENDED: usize = 200;
/// The longest file name, in bytes: Linux allows 255, and ours begins with 37 of its own.
const LONGEST_NAME: usize = 200;
/// How long a document that was asked for may still turn out to be a download.
const ASKED: Duration = Duration::from_secs(30);

/// One download.
#[derive(Debug, Clone)]
pub struct Download {
    /// The browser's id of it.
    pub guid: String,
    /// Where it comes from.
    pub url: String,
    /// The name that the server or the page proposes.
    pub suggested_filename: String,
    /// How far it is.
    pub state: DownloadState,
    /// Bytes that have arrived.
    pub received: u64,
    /// Bytes in all; 0 when nobody knows.
    pub total: u64,
    /// Where it is, or will be once it is complete.
    pub path: PathBuf,
    /// An answer has told of it.
    pub is_told: bool,
    /// An answer has told of its end, or somebody waits for that.
    pub(in crate::browser) is_handed_out: bool,
    origin: Origin,
    number: u64,
}

/// How far a download is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownloadState {
    /// It goes on.
    InProgress,
    /// The file is there.
    Completed,
    /// Somebody cancelled it, or its server broke it off; Chromium does not tell which.
    Canceled,
    /// It arrived and could not be put in its place; the system's words.
    Unsaved(String),
}

impl Download {
    /// Whether it belongs to a tab: one of its frames started it, or a popup that it opened.
    pub fn is_of(&self, target_id: &str) -> bool {
        self.origin.is_of(target_id)
    }

    /// Why there is no file.
    pub fn failure(&self) -> Option<&str> {
        match &self.state {
            DownloadState::Completed | DownloadState::InProgress => None,
            DownloadState::Canceled => Some("it was cancelled, or its server broke it off"),
            DownloadState::Unsaved(why) => Some(why),
        }
    }

    /// Whether nothing more will come of it.
    pub fn has_ended(&self) -> bool {
        self.state != DownloadState::InProgress
    }
}

/// All downloads of a browser, oldest first.
#[derive(Debug, Clone, Default)]
pub(in crate::browser) struct Downloads {
    rows: Vec<Download>,
    begun: u64,
    /// Documents that were asked for and are no download yet.
    asked: Vec<Asked>,
}

/// Which frame something is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::browser) struct Origin {
    /// The frame.
    pub(in crate::browser) frame: String,
    /// The target id of its tab, when it is known.
    pub(in crate::browser) tab: Option<String>,
    /// The tab that opened that tab.
    pub(in crate::browser) opener: Option<String>,
}

impl Origin {
    fn is_of(&self, target_id: &str) -> bool {
        self.tab.as_deref() == Some(target_id) || self.opener.as_deref() == Some(target_id)
    }
}

/// A document that a frame asked for.
#[derive(Debug, Clone)]
pub(in crate::browser) struct Asked {
    /// Which frame.
    pub(in crate::browser) origin: Origin,
    /// The document that it showed then.
    pub(in crate::browser) document: Option<Arc<str>>,
    /// It is asked for as a file, and will not be shown.
    pub(in crate::browser) file: Option<File>,
    at: Instant,
}

/// A request for a file.
#[derive(Debug, Clone)]
pub(in crate::browser) struct File {
    /// The browser's name for the request, which its redirects share.
    job: String,
    url: String,
}

impl File {
    pub(in crate::browser) fn of(RequestPaused { request_id, request, .. }: &RequestPaused) -> Self {
        let job = request_id.rsplit_once('.').map_or(&**request_id, |(job, _)| job);
        Self { job: job.to_owned(), url: request.url.clone() }
    }
}

impl Downloads {
    /// How many have begun so far; what begins later has a greater number.
    pub(in crate::browser) fn mark(&self) -> u64 {
        self.begun
    }

    pub(in crate::browser) fn begin(&mut self, event: DownloadWillBegin, origin: Origin, folder: &Path) {
        let DownloadWillBegin { guid, url, suggested_filename, .. } = event;
        let plain = url.split('#').next();
        let is_it = |asked: &Asked| asked.file.as_ref().is_some_and(|file| Some(&*file.url) == plain);
        let own = self.asked.iter().position(|asked| asked.origin.frame == origin.frame && is_it(asked));
        match own {
            Some(own) => drop(self.asked.remove(own)),
            None => self.asked.retain(|asked| asked.origin.frame != origin.frame || asked.file.is_some()),
        }
        self.begun += 1;
        let path = folder.join(format!("{guid}-{}", plain_name(&suggested_filename)));
        let ended = self.rows.iter().filter(|row| row.has_ended()).count();
        if ended >= MOST_ENDED
            && let Some(oldest) = self.rows.iter().position(Download::has_ended)
        {
            self.rows.remove(oldest);
        }
        self.rows.push(Download {
            guid,
            url,
            suggested_filename,
            state: DownloadState::InProgress,
            received: 0,
            total: 0,
            path,
            is_told: false,
            is_handed_out: false,
            origin,
            number: self.begun,
        });
    }

    /// Notes how far one is; yields it when the browser has written it, so that it can be put in its place.
    pub(in crate::browser) fn progress(&mut self, event: &DownloadProgress) -> Option<Download> {
        let row = self.rows.iter_mut().find(|row| row.guid == event.guid && !row.has_ended())?;
        row.total = whole(event.total_bytes);
        match event.state.as_str() {
            "completed" => {
                row.received = whole(event.received_bytes);
                return Some(row.clone());
            }
            // What had arrived is gone; the number tells how far it came.
            "canceled" => row.state = DownloadState::Canceled,
            _ => row.received = whole(event.received_bytes),
        }
        None
    }

    /// The file is where it belongs, or could not be put there.
    pub(in crate::browser) fn saved(&mut self, guid: &str, outcome: Result<(), String>) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.guid == guid) {
            row.state = outcome.map_or_else(DownloadState::Unsaved, |()| DownloadState::Completed);
        }
    }

    /// The browser is gone, and what it had not finished with it.
    pub(in crate::browser) fn end(&mut self) {
        self.rows
            .iter_mut()
            .filter(|row| !row.has_ended())
            .for_each(|row| row.state = DownloadState::Canceled);
    }

    pub(in crate::browser) fn get(&self, guid: &str) -> Option<&Download> {
        self.rows.iter().find(|row| row.guid == guid)
    }

    /// Downloads of a tab that began after a mark, oldest first.
    pub(in crate::browser) fn since<'a>(
        &'a self,
        mark: u64,
        target_id: &'a str,
    ) -> impl Iterator<Item = &'a Download> {
        self.rows.iter().filter(move |row| row.number > mark && row.is_of(target_id))
    }

    /// An answer tells of one, and perhaps where it was moved to. False when one has told of it before.
    pub(in crate::browser) fn tell(&mut self, guid: &str, path: Option<&Path>) -> bool {
        let Some(row) = self.rows.iter_mut().find(|row| row.guid == guid) else { return false };
        if let Some(path) = path {
            row.path = path.to_owned();
        }
        row.is_handed_out |= row.has_ended();
        !std::mem::replace(&mut row.is_told, true)
    }

    /// Somebody waits for the end of one, or does no more. False when that is no news.
    pub(in crate::browser) fn hand_out(&mut self, guid: &str, is_waited_for: bool) -> bool {
        let Some(row) = self.rows.iter_mut().find(|row| row.guid == guid) else { return false };
        row.is_told |= is_waited_for;
        std::mem::replace(&mut row.is_handed_out, is_waited_for) != is_waited_for
    }

    /// A frame asked for a document, which may turn out to be a download, or for a file. The next document that it asks
    /// for takes the place of the last one; files come side by side.
    pub(in crate::browser) fn ask(
        &mut self,
        origin: Origin,
        document: Option<Arc<str>>,
        file: Option<File>,
        now: Instant,
    ) {
        let job = |file: &Option<File>| file.as_ref().map(|file| file.job.clone());
        let is_same = |known: &Asked| known.origin.frame == origin.frame && job(&known.file) == job(&file);
        self.asked.retain(|known| !is_same(known) && now.duration_since(known.at) < ASKED);
        self.asked.push(Asked { origin, document, file, at: now });
    }

    /// A frame gets no document, whatever it asked for.
    pub(in crate::browser) fn refuse(&mut self, frame: &str) {
        self.asked.retain(|known| known.origin.frame != frame);
    }

    /// What the frames of a tab, and of its popups, have asked for since that moment.
    pub(in crate::browser) fn asked<'a>(
        &'a self,
        since: Instant,
        target_id: &'a str,
    ) -> impl Iterator<Item = &'a Asked> {
        self.asked.iter().filter(move |asked| asked.at >= since && asked.origin.is_of(target_id))
    }
}

/// Sizes are floating-point numbers on the wire.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are whole and not negative"
)]
fn whole(bytes: f64) -> u64 {
    bytes.max(0.0) as u64
}

/// A proposed name without anything that a file system reads as a path, short enough to follow an id.
fn plain_name(proposed: &str) -> String {
    let plain: String = proposed
        .chars()
        .map(|c| if c.is_control() || matches!(c, '/' | '\\' | ':' | '\u{202e}') { '_' } else { c })
        .collect();
    let plain = plain.trim().trim_matches('.');
    if plain.is_empty() {
        return "download".to_owned();
    }
    let (stem, extension) = match plain.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        Some(_) | None => (plain, String::new()),
    };
    let room = LONGEST_NAME - extension.len();
    let end = (0..=stem.len().min(room)).rev().find(|end| stem.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{extension}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(tab: &str, opener: Option<&str>) -> Origin {
        Origin { frame: tab.to_owned(), tab: Some(tab.to_owned()), opener: opener.map(str::to_owned) }
    }

    fn begun(downloads: &mut Downloads, guid: &str, tab: &str, opener: Option<&str>) {
        let event = DownloadWillBegin {
            guid: guid.to_owned(),
            suggested_filename: "f.txt".to_owned(),
            ..Default::default()
        };
        downloads.begin(event, origin(tab, opener), Path::new("/d"));
    }

    fn progress(guid: &str, state: &str) -> DownloadProgress {
        DownloadProgress {
            guid: guid.to_owned(),
            total_bytes: 5.0,
            received_bytes: 5.0,
            state: state.to_owned(),
        }
    }

    #[test]
    fn a_download_is_complete_when_its_file_is_in_its_place() {
        let mut downloads = Downloads::default();
        begun(&mut downloads, "g", "T", None);
        assert!(downloads.progress(&progress("g", "inProgress")).is_none());
        let written = downloads.progress(&progress("g", "completed")).expect("written");
        assert_eq!(written.path, Path::new("/d/g-f.txt"));
        assert!(!downloads.get("g").expect("known").has_ended());
        downloads.saved("g", Ok(()));
        assert_eq!(downloads.get("g").expect("known").state, DownloadState::Completed);
        downloads.progress(&progress("g", "canceled"));
        assert_eq!(downloads.get("g").expect("known").state, DownloadState::Completed, "it has ended");
    }

    #[test]
    fn a_tab_has_its_own_downloads_and_those_of_its_popups_since_a_mark() {
        let mut downloads = Downloads::default();
        begun(&mut downloads, "old", "T", None);
        let mark = downloads.mark();
        begun(&mut downloads, "own", "T", None);
        begun(&mut downloads, "other", "U", None);
        begun(&mut downloads, "popup", "P", Some("T"));
        let found: Vec<_> = downloads.since(mark, "T").map(|row| row.guid.as_str()).collect();
        assert_eq!(found, ["own", "popup"]);
    }

    #[test]
    fn ended_ones_are_forgotten_and_running_ones_never() {
        let mut downloads = Downloads::default();
        begun(&mut downloads, "runs", "T", None);
        for n in 0..MOST_ENDED + 10 {
            begun(&mut downloads, &format!("g{n}"), "T", None);
            downloads.progress(&progress(&format!("g{n}"), "canceled"));
        }
        assert_eq!(downloads.rows.len(), MOST_ENDED + 1);
        assert!(downloads.get("runs").is_some() && downloads.get("g0").is_none());
    }

    #[test]
    fn a_document_that_is_asked_for_may_be_a_download() {
        let mut downloads = Downloads::default();
        let before = Instant::now();
        downloads.ask(origin("T", None), None, None, before);
        downloads.ask(origin("P", Some("T")), None, None, before);
        let asked = |downloads: &Downloads, since, tab| downloads.asked(since, tab).count();
        assert_eq!(
            [asked(&downloads, before, "T"), asked(&downloads, before, "P"), asked(&downloads, before, "U")],
            [2, 1, 0]
        );
        assert_eq!(asked(&downloads, before + Duration::from_secs(1), "T"), 0);
        begun(&mut downloads, "g", "T", None);
        assert_eq!(asked(&downloads, before, "T"), 1);
    }

    #[test]
    fn files_that_a_frame_asks_for_are_awaited_one_by_one() {
        let mut downloads = Downloads::default();
        let before = Instant::now();
        for (job, url) in [("j1", "u1"), ("j2", "there"), ("j2", "u2")] {
            let file = File { job: job.to_owned(), url: url.to_owned() };
            downloads.ask(origin("T", None), None, Some(file), before);
        }
        for (url, left) in [("u2#part", 1), ("data:,x", 1), ("u1", 0)] {
            let event = DownloadWillBegin { url: url.to_owned(), ..Default::default() };
            downloads.begin(event, origin("T", None), Path::new("/d"));
            assert_eq!(downloads.asked(before, "T").count(), left, "{url}");
        }
    }

    #[test]
    fn names_lose_whatever_leads_elsewhere() {
        for (proposed, plain) in [
            ("report.txt", "report.txt"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a\\b\0c\n.txt", "a_b_c_.txt"),
            ("...", "download"),
            ("", "download"),
            (" .bashrc ", "bashrc"),
        ] {
            assert_eq!(plain_name(proposed), plain, "{proposed:?}");
        }
        let long = plain_name(&format!("{}.tar", "é".repeat(300)));
        assert!(long.len() <= LONGEST_NAME && long.ends_with("é.tar"), "{long}");
    }
}
