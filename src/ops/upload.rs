//! Files that a caller sends to a page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::Target;
use crate::service::{Service, Tab};

/// Sends files to a page: into a file input, or into the chooser that a click, or the page, opens next.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Upload {
    /// The files: names below the uploads folder, absolute paths in it, or `media://inbound/NAME`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[arg(value_name = "paths", required = true)]
    pub paths: Vec<String>,
    /// The element whose click opens the chooser, by ref.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(id = "upload-ref", long = "ref", value_name = "ref")]
    pub reference: Option<String>,
    /// The file input itself, by ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ref")]
    pub input_ref: Option<String>,
    /// The file input itself, by CSS selector.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "selector")]
    pub element: Option<String>,
}

/// The files are where they belong, or wait for the next chooser.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// Always true.
    pub ok: bool,
    /// What did not go as one would think, such as an input that the page emptied at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where files go.
enum Way {
    /// Into the chooser that a click on this opens.
    Click(Target),
    /// Into this input.
    Input(Target),
    /// Into the next chooser.
    Next,
}

impl Upload {
    fn read(&self) -> Result<Way, Error> {
        if self.paths.is_empty() {
            return Err(Error::field(Code::InvalidRequest, "paths", "paths are required"));
        }
        let reference = bits::said(self.reference.as_ref());
        let input = bits::said(self.input_ref.as_ref());
        let element = bits::said(self.element.as_ref());
        match (reference, input, element) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                let message = "ref cannot be combined with inputRef/element";
                Err(Error::field(Code::InvalidRequest, "ref", message))
            }
            (Some(reference), None, None) => Ok(Way::Click(Target::Ref(reference.parse()?))),
            (None, Some(input), _) => {
                let input = input.parse().map_err(|e| Error::from(e).of("inputRef"))?;
                Ok(Way::Input(Target::Ref(input)))
            }
            (None, None, Some(css)) => Ok(Way::Input(Target::Selector(css.to_owned()))),
            (None, None, None) => Ok(Way::Next),
        }
    }
}

impl Operation for Upload {
    const NAME: &'static str = "upload";
    const ROUTE: Route = Route::Post("/hooks/file-chooser");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window { default: 120_000, least: 500, most: 600_000 };
    type On = Tab;
    type Output = Sent;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Sent, Error> {
        let way = self.read()?;
        let files = tab.files.to_send(&self.paths).map_err(|error| Error::from(error).of("paths"))?;
        let page = tab.page();
        match way {
            Way::Click(target) => tab.try_act(page.upload_by(&target, &files, deadline)).await?,
            Way::Input(target) => {
                let field = if matches!(target, Target::Ref(_)) { "inputRef" } else { "element" };
                let sent = tab.try_act(page.upload_into(&target, &files, deadline)).await;
                sent.map_err(|error| bits::misnamed(error, field))?;
            }
            Way::Next => tab.try_act(page.arm_chooser(files, deadline)).await?,
        }
        Ok(Sent { ok: true, warnings: page.warnings() })
    }

    fn text(&self, _: &Sent) -> String {
        format!("upload armed for {} file(s)", self.paths.len())
    }
}
