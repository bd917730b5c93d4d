//! A page on paper, and an element shown to a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Done;
use super::screenshot::PictureFile;
use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::Target;
use crate::service::{Service, Tab};

/// Prints a tab as PDF, with its backgrounds, into the media folder of the state dir.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Pdf {}

impl Operation for Pdf {
    const NAME: &'static str = "pdf";
    const ROUTE: Route = Route::Post("/pdf");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window { default: 60_000, least: 500, most: 120_000 };
    type On = Tab;
    type Output = PictureFile;

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<PictureFile, Error> {
        let unwritten = |e| Error::new(Code::Internal, format!("the file could not be written: {e}"));
        let (path, mut file) = tab.media.create("pdf").await.map_err(unwritten)?;
        if let Err(error) = tab.page().pdf(&mut file, deadline).await {
            // Half a file is of no use to anybody.
            tokio::fs::remove_file(&path).await.ok();
            return Err(Error::from(error).on(tab));
        }
        let Done { target_id, url, .. } = Done::on(tab);
        Ok(PictureFile { ok: true, path: path.display().to_string(), target_id, url, labels: None })
    }

    fn text(&self, file: &PictureFile) -> String {
        format!("PDF: {}", file.path)
    }
}

/// Draws a box over an element, until the next act on the tab or its next document.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Highlight {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required = true)]
    pub reference: Option<String>,
}

impl Highlight {
    fn read(&self) -> Result<Target, Error> {
        let missing = || Error::field(Code::InvalidRequest, "ref", "ref is required");
        let reference = bits::said(self.reference.as_ref()).ok_or_else(missing)?;
        Ok(Target::Ref(reference.parse()?))
    }
}

impl Operation for Highlight {
    const NAME: &'static str = "highlight";
    const ROUTE: Route = Route::Post("/highlight");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        tab.try_act(tab.page().highlight(&self.read()?, deadline)).await?;
        Ok(Done::on(tab))
    }

    fn text(&self, _: &Done) -> String {
        format!("highlighted {}", self.reference.as_deref().unwrap_or_default())
    }
}
