//! Answers that several operations share, as the wire has them. Data only.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OnProfile;
use super::effects::Effects;
use crate::browser::{Download, DownloadState, TabView};
use crate::deadline::Deadline;
use crate::page::dialog::{Dialog, Dialogs};
use crate::page::input::Held;
use crate::service::{Service, Tab};

/// What was done to a tab.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Always true; errors have a body of their own.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL now.
    pub url: String,
    /// What it started to download.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<DownloadRow>,
    /// What it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Effects>,
    /// What did not go as one would think: a click that the page took from its target, text that another field got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Done {
    /// Done, on this tab.
    pub fn on(tab: &Tab) -> Self {
        let target_id = tab.view.target_id.to_string();
        let (url, warnings) = (tab.page().url(), tab.page().warnings());
        Self { ok: true, target_id, url, downloads: Vec::new(), effects: None, warnings }
    }
}

/// A download.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadRow {
    /// Where it comes from.
    pub url: String,
    /// The name that the server or the page proposes.
    pub suggested_filename: String,
    /// Where the file is, or will be once it is complete.
    pub path: String,
    /// `inProgress` or `failed`, when the file is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<&Download> for DownloadRow {
    fn from(download: &Download) -> Self {
        let state = match &download.state {
            DownloadState::Completed => None,
            DownloadState::InProgress => Some("inProgress"),
            DownloadState::Canceled | DownloadState::Unsaved(_) => Some("failed"),
        };
        Self {
            url: shown_url(&download.url),
            suggested_filename: download.suggested_filename.clone(),
            path: download.path.display().to_string(),
            state: state.map(str::to_owned),
            error: download.failure().map(str::to_owned),
        }
    }
}

/// A `data:` URL is the file itself: its beginning is enough to tell which.
fn shown_url(url: &str) -> String {
    const MOST: usize = 2048;
    match url.char_indices().nth(MOST) {
        Some((end, _)) if url.starts_with("data:") => format!("{}…", &url[..end]),
        Some(_) | None => url.to_owned(),
    }
}

/// Text was sent to a field.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Typed {
    /// The tab.
    #[serde(flatten)]
    pub done: Done,
    /// What the field holds now; absent when the page left before it could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
}

/// What a field holds after text was written into it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holds {
    /// Its text, or the first 200 characters; absent for a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How long its text is, when `value` does not show all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Whether that is what was asked for; false when the page reformatted, cut or cleared it, null when it is an editor
    /// that shows nowhere what it holds, or the page took it away.
    pub matches: Option<bool>,
    /// The field's limit, when that has cut the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
}

impl From<Held> for Holds {
    fn from(held: Held) -> Self {
        let Held { value, length, matches, max_length, .. } = held;
        let shown = value.as_ref().map(|text| text.encode_utf16().count());
        let is_whole = shown.and_then(|units| u64::try_from(units).ok()) == Some(length);
        Self { value, length: (!is_whole).then_some(length), matches, max_length }
    }
}

impl Holds {
    /// What a person should know of it: nothing, when all is as it was asked for.
    pub(super) fn aside(&self) -> String {
        match (&self.value, self.matches) {
            (_, Some(true)) => String::new(),
            (_, None) => "; what it holds now cannot be read".to_owned(),
            (Some(value), _) => format!("; it holds {value:?} now"),
            (None, _) => "; it holds something else now".to_owned(),
        }
    }
}

/// Done, and nothing else to say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Handled {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// What was passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Handled {
    /// Done, on this tab.
    pub fn on(tab: &Tab) -> Self {
        Self::named(&tab.view.target_id)
    }

    /// Done, on the tab of that target id.
    pub fn named(target_id: &str) -> Self {
        Self { ok: true, target_id: target_id.to_owned(), warnings: Vec::new() }
    }
}

/// A tab in a list.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TabRow {
    /// The browser's id of the tab's target.
    pub target_id: String,
    /// The title.
    pub title: String,
    /// The URL.
    pub url: String,
    /// Always `page`.
    pub r#type: String,
    /// The name to use: the label, else the tab id.
    pub suggested_target_id: String,
    /// The stable id, such as `t1`.
    pub tab_id: String,
    /// The label, when the tab has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why there is no URL: `navigation_blocked` when the policy refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_unavailable_reason: Option<String>,
}

impl TabRow {
    /// The row of a tab. A URL that the policy refuses is not shown.
    pub fn of(service: &Service, view: &TabView) -> Self {
        let url = view.page.url();
        let refused = service.check_shown(view).is_err();
        let url = match refused {
            true => String::new(),
            false if url.is_empty() => view.url.clone(),
            false => url,
        };
        Self {
            target_id: view.target_id.to_string(),
            title: if refused { String::new() } else { view.title.clone() },
            url,
            url_unavailable_reason: refused.then(|| "navigation_blocked".to_owned()),
            r#type: "page".to_owned(),
            suggested_target_id: view.suggested(),
            tab_id: view.id.to_string(),
            label: view.label.as_ref().map(ToString::to_string),
        }
    }

    /// The rows of a profile's browser; none when it does not run.
    pub async fn all(on: &OnProfile, deadline: Deadline) -> Option<Vec<Self>> {
        let browser = on.service.seen(&on.profile, on.lease.as_ref())?;
        let tabs = browser.fresh_tabs(deadline).await;
        Some(tabs.iter().map(|view| Self::of(&on.service, view)).collect())
    }

    /// Rows as a person reads them.
    pub fn list(rows: &[Self]) -> String {
        if rows.is_empty() {
            return "No tabs (browser closed or no targets).".to_owned();
        }
        let rows = rows.iter().enumerate().map(|(place, row)| row.text(place + 1));
        rows.collect::<Vec<_>>().join("\n")
    }

    /// The row as a person reads it, with its place in the list.
    pub fn text(&self, place: usize) -> String {
        let Self { target_id, title, url, suggested_target_id, tab_id, label, .. } = self;
        let label = label.as_ref().map(|label| format!(" label:{label}")).unwrap_or_default();
        let title = [title.as_str(), url].into_iter().find(|text| !text.is_empty()).unwrap_or("(untitled)");
        format!(
            "{place}. {title} [use: {suggested_target_id} tab: {tab_id}{label}]\n   {url}\n   id: {target_id}"
        )
    }
}

/// A tab that a caller has just opened.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NewTab {
    /// The tab.
    #[serde(flatten)]
    pub row: TabRow,
    /// Where it lives, to be told from a tab of the same name in a browser that was started later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
}

/// Which tab of which browser, for as long as that browser runs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ownership {
    /// `durable`: the tab stays when its caller goes; `leased`: it ends with its lease.
    pub status: String,
    /// The tab's target id.
    pub native_target_id: String,
    /// Names the profile's folder.
    pub profile_fingerprint: String,
    /// Names this run of the browser.
    pub browser_instance_fingerprint: String,
}

impl NewTab {
    /// A tab that was opened in a profile's browser.
    pub fn of(on: &OnProfile, view: &TabView) -> Self {
        let ownership = on.service.running(&on.profile.name).map(|running| Ownership {
            status: if on.lease.is_some() { "leased" } else { "durable" }.to_owned(),
            native_target_id: view.target_id.to_string(),
            profile_fingerprint: running.profile_fingerprint(),
            browser_instance_fingerprint: running.fingerprint(),
        });
        Self { row: TabRow::of(&on.service, view), ownership }
    }
}

/// The dialogs of a tab.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct BrowserState {
    /// Its dialogs.
    pub dialogs: DialogRows,
}

/// Open and closed dialogs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DialogRows {
    /// The one that is open.
    pub pending: Vec<DialogRow>,
    /// Closed ones, oldest first.
    pub recent: Vec<DialogRow>,
}

/// A dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DialogRow {
    /// `d1`, `d2`, …
    pub id: String,
    /// `alert`, `confirm`, `prompt` or `beforeunload`.
    pub r#type: String,
    /// Its text.
    pub message: String,
    /// What a prompt proposes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// When it opened.
    pub opened_at: String,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
}

impl BrowserState {
    /// The dialogs of a tab, when it ever had one.
    pub(super) fn of(tab: &Tab) -> Option<Self> {
        let dialogs = tab.page().dialogs();
        let had_dialog = dialogs.pending.is_some() || !dialogs.recent.is_empty();
        had_dialog.then(|| Self::from(&dialogs))
    }
}

impl From<&Dialogs> for BrowserState {
    fn from(dialogs: &Dialogs) -> Self {
        let pending = dialogs.pending.iter().map(DialogRow::from).collect();
        let recent = dialogs.recent.iter().map(DialogRow::from).collect();
        Self { dialogs: DialogRows { pending, recent } }
    }
}

impl From<&Dialog> for DialogRow {
    fn from(dialog: &Dialog) -> Self {
        Self {
            id: dialog.id.clone(),
            r#type: dialog.kind.clone(),
            message: dialog.message.clone(),
            default_value: dialog.default_value.clone(),
            opened_at: timestamp(dialog.opened_at),
            closed_at: dialog.closed.map(|(at, _)| timestamp(at)),
            closed_by: dialog.closed.map(|(_, by)| by.to_owned()),
        }
    }
}

/// A moment as the wire has it: UTC, milliseconds, `2026-11-22T04:05:35.491Z`.
pub(super) fn timestamp(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Year, month and day of a day number since 1970, counted in eras of 400 years that begin with March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn moments_are_written_as_the_wire_has_them() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_320_056_603, "2026-11-22T04:00:56.603Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        ] {
            assert_eq!(timestamp(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)), expected);
        }
    }
}
