//! What a page says to a reader.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Code, Error, Operation, Route, Scope, Window, argument, bits};
use crate::deadline::Deadline;
use crate::page::ReadOptions;
use crate::service::{Service, Tab};

/// The longest text (contract 9), in UTF-16 units.
pub(super) const MOST_CHARS: u64 = 40_000;

/// Reads the main content of a page, without menus, margins and hidden parts, as text or Markdown.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Text {
    /// `text` (default) or `markdown`: headings, lists, links, tables, code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    #[schemars(extend("enum" = ["text", "markdown"]))]
    pub format: Option<String>,
    /// Print Markdown: headings, lists, links, tables, code.
    #[serde(skip)]
    #[arg(long)]
    pub markdown: bool,
    /// Read all of the first element that this CSS selector matches instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "CSS")]
    pub selector: Option<String>,
    /// The longest text, in characters (at most, and by default, 40000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N", value_parser = argument::positive)]
    pub max_chars: Option<u64>,
}

/// What a page says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageText {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// The document's title.
    pub title: String,
    /// The text.
    pub text: String,
    /// Whether something did not fit.
    pub truncated: bool,
    /// How many characters did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_chars: Option<usize>,
}

impl Text {
    fn options(&self) -> Result<ReadOptions, Error> {
        Ok(ReadOptions {
            markdown: bits::said(self.format.as_ref()) == Some("markdown"),
            selector: bits::said(self.selector.as_ref()).map(str::to_owned),
            max_chars: bits::max_chars(self.max_chars, MOST_CHARS, MOST_CHARS)?,
        })
    }
}

impl Operation for Text {
    const NAME: &'static str = "text";
    const ROUTE: Route = Route::Get("/text");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = PageText;

    fn with_flags(self) -> Result<Self, String> {
        Ok(Self { format: self.markdown.then(|| "markdown".to_owned()), ..self })
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.options().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<PageText, Error> {
        let read = tab.page().read(&self.options()?, deadline).await;
        let read = read.map_err(|error| {
            let error = Error::from(error).on(tab);
            // A selector that leads nowhere is the caller's mistake.
            if matches!(error.code, Code::ActOperationFailed | Code::ActInvalidRequest) {
                return Error::field(Code::InvalidRequest, "selector", error.message);
            }
            error
        })?;
        Ok(PageText {
            ok: true,
            target_id: tab.view.target_id.to_string(),
            url: tab.page().url(),
            title: read.title,
            text: read.text,
            truncated: read.omitted > 0,
            omitted_chars: Some(read.omitted).filter(|omitted| *omitted > 0),
        })
    }

    fn text(&self, page: &PageText) -> String {
        match page.omitted_chars {
            Some(omitted) => format!("{}\n\n[... {omitted} more characters]", page.text),
            None => page.text.clone(),
        }
    }
}
