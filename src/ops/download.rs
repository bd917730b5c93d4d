//! Downloads that a caller starts or waits for, and says where they go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::DownloadRow;
use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::Target;
use crate::page::input::Press;
use crate::service::{Files, PathError, Service, Tab};
use crate::{browser, page};

/// Files may be large and servers slow (contract 9).
const WINDOW: Window = Window { default: 120_000, least: 500, most: 600_000 };

/// Waits for the next download of a tab, or takes the one that no answer has told of yet.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct WaitForDownload {
    /// Where to put the file, below the downloads folder (default: a name of its own there).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "path")]
    pub path: Option<String>,
}

/// Clicks an element and keeps the file that the click downloads.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Download {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required = true)]
    pub reference: Option<String>,
    /// Where to put the file, below the downloads folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "path", required = true)]
    pub path: Option<String>,
    /// Keep the document that the tab shows, instead of clicking.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub current_document: Option<Switch>,
    /// With currentDocument: the URL that the tab must show.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub expected_url: Option<String>,
}

/// A switch that must not be guessed at: what is no boolean is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Switch {
    /// As it should be.
    On(bool),
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
}

/// A file is there.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Downloaded {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The file.
    pub download: DownloadRow,
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self::new(Code::InvalidRequest, error.to_string())
    }
}

/// Waits for a download's end, and puts it where the caller wants it.
async fn keep(
    tab: &Tab,
    download: browser::Download,
    to: Option<std::path::PathBuf>,
    deadline: Deadline,
) -> Result<Downloaded, Error> {
    let mut download = tab.browser.download_ended(&download.guid, deadline).await?;
    if let Some(to) = to {
        let moved = Files::move_to(&download.path, &to).await;
        moved.map_err(|e| Error::new(Code::Internal, format!("the file could not be moved: {e}")))?;
        tab.browser.note_told(&download.guid, Some(&to));
        download.path = to;
    }
    let target_id = tab.view.target_id.to_string();
    Ok(Downloaded { ok: true, target_id, download: DownloadRow::from(&download) })
}

fn text(downloaded: &Downloaded) -> String {
    format!("downloaded: {}", downloaded.download.path)
}

impl Operation for WaitForDownload {
    const NAME: &'static str = "waitfordownload";
    const ROUTE: Route = Route::Post("/wait/download");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = WINDOW;
    type On = Tab;
    type Output = Downloaded;

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Downloaded, Error> {
        let to = bits::said(self.path.as_ref()).map(|path| place(tab, path)).transpose()?;
        let download = tab.browser.next_download(tab.page(), deadline).await?;
        keep(tab, download, to, deadline).await
    }

    fn text(&self, downloaded: &Downloaded) -> String {
        text(downloaded)
    }
}

fn place(tab: &Tab, path: &str) -> Result<std::path::PathBuf, Error> {
    tab.files.for_download(path).map_err(|error| Error::from(error).of("path"))
}

/// What is to be kept.
enum Wish<'a> {
    /// What a click on this downloads, and where it goes.
    Click(Target, &'a str),
    /// The document at this URL.
    Document(&'a str),
}

impl Download {
    fn read(&self) -> Result<Wish<'_>, Error> {
        let wrong = |field: &str, message: &str| Err(Error::field(Code::InvalidRequest, field, message));
        let reference = bits::said(self.reference.as_ref());
        let path = bits::said(self.path.as_ref());
        let expected = bits::said(self.expected_url.as_ref());
        match (&self.current_document, expected) {
            (Some(Switch::Text(_) | Switch::Number(_)), _) => {
                wrong("currentDocument", "currentDocument must be a boolean")
            }
            (Some(Switch::On(true)), _) if reference.is_some() || path.is_some() => {
                wrong("currentDocument", "currentDocument cannot be combined with ref or path")
            }
            (Some(Switch::On(true)), None) => {
                wrong("expectedUrl", "expectedUrl is required for currentDocument")
            }
            (Some(Switch::On(true)), Some(url)) => Ok(Wish::Document(url)),
            (None | Some(Switch::On(false)), Some(_)) => {
                wrong("expectedUrl", "expectedUrl requires currentDocument")
            }
            (None | Some(Switch::On(false)), None) => match (reference, path) {
                (None, _) => wrong("ref", "ref is required"),
                (Some(_), None) => wrong("path", "path is required"),
                (Some(reference), Some(path)) => Ok(Wish::Click(Target::Ref(reference.parse()?), path)),
            },
        }
    }
}

impl Operation for Download {
    const NAME: &'static str = "download";
    const ROUTE: Route = Route::Post("/download");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = WINDOW;
    type On = Tab;
    type Output = Downloaded;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Downloaded, Error> {
        let page = tab.page();
        let mark = tab.browser.mark_downloads(page);
        let refusals = page.refusals();
        // A click is not yet the file.
        let failed = |error: page::Error| Error::from(error).on(tab).unperformed();
        let to = match self.read()? {
            Wish::Click(target, path) => {
                let to = place(tab, path)?;
                page.click(&target, Press::default(), deadline).await.map_err(failed)?;
                Some(to)
            }
            Wish::Document(url) if url != page.url() => {
                let message = format!("expectedUrl is {url:?}, but the tab shows {:?}", page.url());
                return Err(Error::field(Code::InvalidRequest, "expectedUrl", message));
            }
            Wish::Document(_) => {
                page.download_document(deadline).await.map_err(failed)?;
                None
            }
        };
        let begun = tab.browser.begun_download(mark, page, refusals, deadline).await;
        keep(tab, begun.map_err(|error| Error::from(error).on(tab).unperformed())?, to, deadline).await
    }

    fn text(&self, downloaded: &Downloaded) -> String {
        text(downloaded)
    }
}
