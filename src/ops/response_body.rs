//! What a server answers to a page.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Error, Operation, Route, Scope, Window, argument, bits};
use crate::deadline::Deadline;
use crate::service::{Service, Tab};

/// The longest body by default (contract 9), in characters.
const CHARS: u64 = 200_000;
/// The longest at all.
pub(super) const MOST_CHARS: u64 = 5_000_000;

/// Waits for the next response to a page from a URL, and prints its body.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct ResponseBody {
    /// The URL, a part of it, or a pattern in which `*` and `**` stand for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "url", required = true)]
    pub url: Option<String>,
    /// The longest body, in characters (200000 by default, at most 5000000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n", value_parser = argument::positive)]
    pub max_chars: Option<u64>,
}

/// A response.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// What the server answered.
    pub response: ResponseRow,
    /// What did not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What a server answered.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResponseRow {
    /// Its URL.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers, without those that carry cookies.
    pub headers: BTreeMap<String, String>,
    /// The body as text; what is no UTF-8 is replaced.
    pub body: String,
    /// True when it was longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

impl ResponseBody {
    fn pattern(&self) -> Result<&str, Error> {
        bits::said(self.url.as_ref()).ok_or_else(|| bits::wrong("url", "url is required"))
    }

    fn most(&self) -> Result<usize, Error> {
        bits::max_chars(self.max_chars, CHARS, MOST_CHARS)
    }
}

impl Operation for ResponseBody {
    const NAME: &'static str = "responsebody";
    const ROUTE: Route = Route::Post("/response/body");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Answered;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.pattern()?;
        self.most().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Answered, Error> {
        let (pattern, most) = (self.pattern()?, self.most()?);
        let response = tab.page().response(pattern, deadline).await;
        let response = response.map_err(|error| Error::from(error).on(tab))?;
        let whole = String::from_utf8_lossy(&response.body);
        let end = whole.char_indices().nth(most).map_or(whole.len(), |(end, _)| end);
        let truncated = end < whole.len();
        let body = whole[..end].to_owned();
        let told = || format!("the body is longer than {most} characters; raise maxChars for more");
        Ok(Answered {
            ok: true,
            target_id: tab.view.target_id.to_string(),
            url: tab.page().url(),
            response: ResponseRow {
                url: response.url,
                status: response.status,
                headers: response.headers,
                body,
                truncated,
            },
            warnings: truncated.then(told).into_iter().collect(),
        })
    }

    fn text(&self, answered: &Answered) -> String {
        answered.response.body.clone()
    }
}
