//! A page as a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::labels::{LabelRows, keep};
use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::{PictureType, Screenshot as Picture, Target};
use crate::service::{Service, Tab};

/// Takes a screenshot and writes it into the media folder of the state dir.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Screenshot {
    /// The element to take, by ref.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(id = "picture-ref", long = "ref", value_name = "ref")]
    pub reference: Option<String>,
    /// The element to take, by CSS selector.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "selector")]
    pub element: Option<String>,
    /// The whole document instead of the viewport.
    #[arg(long)]
    pub full_page: bool,
    /// Mark elements with their refs.
    #[arg(long)]
    pub labels: bool,
    /// How it is encoded: png or jpeg. A picture that would be longer than 2000 pixels or larger than 5 MB is scaled
    /// down to a jpeg.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[arg(long = "type", value_name = "png|jpeg")]
    pub picture_type: Option<String>,
}

/// A picture was written.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PictureFile {
    /// Always true.
    pub ok: bool,
    /// The file.
    pub path: String,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// What is marked in it, when that was asked for.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelRows>,
}

impl Screenshot {
    fn read(&self) -> Result<Picture, Error> {
        let element = bits::said(self.element.as_ref()).map(|css| Target::Selector(css.to_owned()));
        let reference = bits::said(self.reference.as_ref()).map(str::parse).transpose();
        let reference = reference.map_err(|error| Error::from(error).of("ref"))?;
        let target = reference.map(Target::Ref).or(element);
        if self.full_page && target.is_some() {
            let message = "fullPage is not supported for element screenshots";
            return Err(Error::field(Code::InvalidRequest, "fullPage", message));
        }
        let picture_type = match bits::said(self.picture_type.as_ref()) {
            None | Some("png") => PictureType::Png,
            Some("jpeg" | "jpg") => PictureType::Jpeg,
            Some(_) => return Err(bits::wrong("type", "type must be png|jpeg")),
        };
        Ok(Picture { full_page: self.full_page, target, picture_type })
    }
}

impl Operation for Screenshot {
    const NAME: &'static str = "screenshot";
    const ROUTE: Route = Route::Post("/screenshot");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = PictureFile;

    fn with_flags(self) -> Result<Self, String> {
        match self.picture_type.as_deref() {
            None | Some("png" | "jpeg" | "jpg") => Ok(self),
            Some(_) => Err("Invalid --type: expected png or jpeg".to_owned()),
        }
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<PictureFile, Error> {
        let picture = self.read()?;
        let taken = if self.labels {
            let labelled = tab.page().labelled_whole(&picture, deadline).await;
            labelled.map(|(picture, labels)| (picture, Some(LabelRows::from(labels))))
        } else {
            tab.page().screenshot(&picture, deadline).await.map(|picture| (picture, None))
        };
        let field = if bits::said(self.reference.as_ref()).is_some() { "ref" } else { "element" };
        let (picture, labels) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                let error = tab.page().explained(error).await;
                return Err(bits::misnamed(Error::from(error).on(tab), field));
            }
        };
        let path = keep(tab, &picture).await?;
        let (target_id, url) = (tab.view.target_id.to_string(), tab.page().url());
        Ok(PictureFile { ok: true, path, target_id, url, labels })
    }

    fn text(&self, file: &PictureFile) -> String {
        file.path.clone()
    }
}
