//! What an act changed, as the wire and a person read it, and what callers may wish to be told besides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::DialogRow;
use super::{Error, Scope, bits};
use crate::browser::{self, Download, MovedTab};
use crate::page::{self, ConsoleMessage, Failure, PageError, PageRequest};
use crate::service::{Service, Telling};

/// The longest `effectsMs`.
const LONGEST_WATCH: u64 = 10_000;
/// Messages of one kind that an answer shows.
const MOST_TEXTS: usize = 10;
/// Characters of one message that an answer shows.
const MOST_TEXT: usize = 300;

/// What a caller wishes to be told of an act besides what it changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Wish {
    /// How much longer to watch what the act changes, in milliseconds (at most 10000; default 0).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "MS")]
    pub effects_ms: Option<u64>,
    /// Tell what is different from the last snapshot of the tab, at most 4000 characters (default:
    /// `browser.effectsDefaults.delta`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub delta: Option<bool>,
}

impl Wish {
    /// Judges it.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.effects_ms {
            Some(millis) if millis > LONGEST_WATCH => {
                Err(bits::invalid("effectsMs", format!("effectsMs must not exceed {LONGEST_WATCH}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What a tab is told of it; an entry of a batch has no defaults of its own.
    pub(super) fn telling(&self, service: &Service, scope: &Scope) -> Telling {
        let default = !scope.is_entry && service.config().browser.effects_delta;
        Telling {
            watch: self.effects_ms.filter(|millis| *millis > 0).map(std::time::Duration::from_millis),
            delta: self.delta.unwrap_or(default),
        }
    }
}

/// What an act changed: all that had happened when its last input had been handled, and what was still running then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Effects {
    /// `changed`; `pending` when nothing has changed yet and something still runs; `none` when nothing of the kinds
    /// below changed and nothing runs.
    pub effect: String,
    /// The tab's URL before and now, when they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Change>,
    /// The tab shows another document, be its URL the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub new_document: bool,
    /// The title before, if it is known, and now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Change>,
    /// What has the focus now, when it moved; empty when nothing has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<FocusRow>,
    /// The document, what its controls hold, or what can be seen of it changed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub content_changed: bool,
    /// Something scrolled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub scrolled: bool,
    /// The history has another entry, or its entry another state, at the same URL.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub history_changed: bool,
    /// Tabs that the page opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tabs_opened: Vec<MovedRow>,
    /// Tabs that went away: this one, those that it opened, the one that opened it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tabs_closed: Vec<MovedRow>,
    /// Dialogs that opened, be they closed again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dialogs: Vec<DialogRow>,
    /// What began to be downloaded, by name; `downloads` of the answer tells more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<String>,
    /// What was not downloaded to its end, each as `NAME: why`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_downloads: Vec<String>,
    /// Errors that the page wrote to its console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_errors: Option<Texts>,
    /// Exceptions that nothing in the page caught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_errors: Option<Texts>,
    /// Requests that failed or were answered with an error, each as `GET URL: why`. Cancelled ones are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_requests: Option<Texts>,
    /// What still runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// What is different from the last snapshot, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<DeltaText>,
}

/// Something before and now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Before; absent when nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Now.
    pub to: String,
}

/// What has the focus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FocusRow {
    /// Its ref.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its tag, such as `<input name="q">`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
}

/// A tab that was opened or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MovedRow {
    /// The stable id, such as `t2`.
    pub tab_id: String,
    /// Its target id.
    pub target_id: String,
    /// What it shows, or showed.
    pub url: String,
}

/// Messages of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Texts {
    /// How many there were.
    pub count: usize,
    /// The first ten, each at most 300 characters long.
    pub messages: Vec<String>,
}

/// What still runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pending {
    /// Where a navigation goes that is not there yet, or not loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub navigation: Option<String>,
    /// Requests that the page made since and that have not ended. Streams count until they are answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub requests: usize,
    /// Downloads that go on, or that a server was asked for and has not answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub downloads: usize,
    /// An open dialog, by its id: the page stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialog: Option<String>,
    /// A tab that the page opens is not ready yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tab: bool,
    /// The content has not changed yet, and the page has put something off, to a timer or a frame: what that does is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deferred: bool,
    /// The page is busy and did not say what has become of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub page: bool,
}

/// What is different from the last snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DeltaText {
    /// Lines added (`+`), changed (`~`) and gone (`-`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// There was no snapshot of this document to compare with: this is a whole one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Something was cut off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl From<MovedTab> for MovedRow {
    fn from(MovedTab { id, target_id, url }: MovedTab) -> Self {
        Self { tab_id: id.to_string(), target_id: target_id.to_string(), url }
    }
}

impl From<page::Focus> for FocusRow {
    fn from(page::Focus { reference, element }: page::Focus) -> Self {
        Self { reference: reference.map(|reference| reference.to_string()), element }
    }
}

impl Texts {
    fn of(texts: impl Iterator<Item = String>) -> Option<Self> {
        let all: Vec<String> = texts.collect();
        let messages = all.iter().take(MOST_TEXTS).map(|text| cut(text)).collect();
        (!all.is_empty()).then_some(Self { count: all.len(), messages })
    }
}

fn thrown(error: &PageError) -> String {
    let name = error.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    format!("{name}{}", error.message)
}

fn refused(request: &PageRequest) -> String {
    let PageRequest { method, url, status, failure, .. } = request;
    let why = match (failure, status) {
        (Some(Failure { text, reason }), _) => {
            format!("{text}{}", reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default())
        }
        (None, status) => status.unwrap_or_default().to_string(),
    };
    format!("{method} {}: {why}", cut(url))
}

/// Which download failed, and why.
fn broken(download: &Download) -> Option<String> {
    Some(format!("{}: {}", download.suggested_filename, download.failure()?))
}

/// The beginning of a text.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl From<browser::Effects> for Effects {
    fn from(told: browser::Effects) -> Self {
        let browser::Effects { page, opened, closed, downloads, files_asked, is_opening } = told;
        let news = page.news;
        let is_error = |message: &&ConsoleMessage| matches!(message.kind.as_str(), "error" | "assert");
        let errors = news.messages.iter().filter(is_error);
        // What the page or a navigation has cancelled did not fail.
        let is_cancelled = |failure: &Failure| failure.text == "net::ERR_ABORTED";
        let failed = news.failed.iter().filter(|request| !request.failure.as_ref().is_some_and(is_cancelled));
        let running = downloads.iter().filter(|download| !download.has_ended()).count();
        let (failed_downloads, kept): (Vec<_>, Vec<_>) =
            downloads.iter().partition(|download| download.failure().is_some());
        let open = page.dialogs.iter().find(|dialog| dialog.closed.is_none());
        let pending = Pending {
            navigation: page.navigation,
            requests: news.pending,
            downloads: running + files_asked,
            dialog: open.map(|dialog| dialog.id.clone()),
            tab: is_opening,
            deferred: page.is_deferred,
            page: page.is_busy,
        };
        let told = Self {
            effect: String::new(),
            url: page.url.map(|(from, to)| Change { from: Some(from), to }),
            new_document: page.is_new_document,
            title: page.title.map(|(from, to)| Change { from, to }),
            focus: page.focus.map(FocusRow::from),
            content_changed: page.is_changed,
            scrolled: page.is_scrolled,
            history_changed: page.is_history_changed,
            tabs_opened: opened.into_iter().map(MovedRow::from).collect(),
            tabs_closed: closed.into_iter().map(MovedRow::from).collect(),
            dialogs: page.dialogs.iter().map(DialogRow::from).collect(),
            downloads: kept.iter().map(|download| download.suggested_filename.clone()).collect(),
            failed_downloads: failed_downloads.iter().filter_map(|download| broken(download)).collect(),
            console_errors: Texts::of(errors.map(|message| message.text.clone())),
            page_errors: Texts::of(news.errors.iter().map(thrown)),
            failed_requests: Texts::of(failed.map(refused)),
            pending: None,
            delta: None,
        };
        let has_changed = told != Self::default();
        let pending = (pending != Pending::default()).then_some(pending);
        let effect = match (has_changed, &pending) {
            (true, _) => "changed",
            (false, Some(_)) => "pending",
            (false, None) => "none",
        };
        Self { effect: effect.to_owned(), pending, ..told }
    }
}

impl Effects {
    /// As a person reads it, on one line; the delta below it.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        let change = |name: &str, Change { from, to }: &Change| match from {
            Some(from) => format!("{name} {from:?} → {to:?}"),
            None => format!("{name} {to:?}"),
        };
        let tabs = |name: &str, rows: &[MovedRow]| {
            let rows: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.tab_id, row.url)).collect();
            (!rows.is_empty()).then(|| format!("{name} {}", rows.join(", ")))
        };
        let said = |yes: bool, words: &str| yes.then(|| words.to_owned());
        parts.extend(self.url.as_ref().map(|url| format!("url → {}", url.to)));
        parts.extend(said(self.new_document && self.url.is_none(), "reloaded"));
        parts.extend(self.title.as_ref().map(|title| change("title", title)));
        parts.extend(self.focus.as_ref().map(|focus| match (&focus.element, &focus.reference) {
            (Some(element), Some(reference)) => format!("focus → {reference} {element}"),
            _ => "focus lost".to_owned(),
        }));
        parts.extend(said(self.content_changed, "content changed"));
        parts.extend(said(self.scrolled, "scrolled"));
        parts.extend(said(self.history_changed, "history changed"));
        parts.extend(tabs("opened", &self.tabs_opened));
        parts.extend(tabs("closed", &self.tabs_closed));
        let dialogs = self.dialogs.iter();
        parts.extend(dialogs.map(|dialog| format!("{} {:?} ({})", dialog.r#type, dialog.message, dialog.id)));
        parts.extend(self.downloads.iter().map(|name| format!("download {name}")));
        parts.extend(self.failed_downloads.iter().map(|why| format!("failed download {why}")));
        parts.extend(texts("console error", self.console_errors.as_ref()));
        parts.extend(texts("page error", self.page_errors.as_ref()));
        parts.extend(texts("failed request", self.failed_requests.as_ref()));
        parts.extend(self.pending.as_ref().map(Pending::summary));
        let line = if parts.is_empty() { self.effect.clone() } else { parts.join("; ") };
        let delta = self.delta.as_ref().map(|delta| match (&delta.text, &delta.error) {
            (Some(text), _) => format!("\n{text}"),
            (None, why) => format!("\nno delta: {}", why.as_deref().unwrap_or_default()),
        });
        format!("effects: {line}{}", delta.unwrap_or_default())
    }
}

/// The first message, and how many more there are.
fn texts(name: &str, texts: Option<&Texts>) -> Option<String> {
    let Texts { count, messages } = texts?;
    let more = if *count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    Some(format!("{name} {:?}{more}", messages.first()?))
}

impl Pending {
    fn summary(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.navigation.as_ref().map(|url| format!("navigation to {url}")));
        parts.extend((self.requests > 0).then(|| format!("{} request(s)", self.requests)));
        parts.extend((self.downloads > 0).then(|| format!("{} download(s)", self.downloads)));
        parts.extend(self.dialog.as_ref().map(|id| format!("dialog {id}")));
        parts.extend(self.tab.then(|| "a new tab".to_owned()));
        parts.extend(self.deferred.then(|| "something that the page has put off".to_owned()));
        parts.extend(self.page.then(|| "the page is busy".to_owned()));
        format!("pending: {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_said_only_when_nothing_changed_and_nothing_runs() {
        let effect = |told: browser::Effects| Effects::from(told).effect;
        assert_eq!(effect(browser::Effects::default()), "none");
        assert_eq!(effect(browser::Effects { is_opening: true, ..Default::default() }), "pending");
        let page = page::Effects { navigation: Some("u".into()), ..Default::default() };
        assert_eq!(effect(browser::Effects { page, ..Default::default() }), "pending");
        let page = page::Effects { is_busy: true, ..Default::default() };
        assert_eq!(effect(browser::Effects { page, ..Default::default() }), "pending");
        for page in [
            page::Effects { is_changed: true, ..Default::default() },
            page::Effects { is_scrolled: true, ..Default::default() },
            page::Effects { is_new_document: true, ..Default::default() },
            page::Effects {
                focus: Some(page::Focus::default()),
                navigation: Some("u".into()),
                ..Default::default()
            },
        ] {
            assert_eq!(effect(browser::Effects { page, ..Default::default() }), "changed");
        }
    }

    #[test]
    fn messages_are_bounded() {
        let long = "é".repeat(400);
        let texts = Texts::of(vec![long; 12].into_iter()).expect("some");
        assert_eq!((texts.count, texts.messages.len(), texts.messages[0].chars().count()), (12, 10, 301));
        assert_eq!(Texts::of(Vec::new().into_iter()), None);
    }
}
