//! Looking at what a page said and asked for: its console, its errors, its requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::timestamp;
use super::{Access, Error, Operation, Route, Window, bits};
use crate::deadline::Deadline;
use crate::page::{ConsoleMessage, PageError, PageRequest, Place};
use crate::service::Tab;

/// Shows what a page wrote to its console since it was opened.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Console {
    /// The least severe level to show: error, warn, info or debug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "level")]
    #[schemars(extend("enum" = LEVELS))]
    pub level: Option<String>,
}

/// What a level may be called.
const LEVELS: [&str; 7] = ["error", "warn", "warning", "info", "log", "debug", "verbose"];

/// Console messages, oldest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsoleLog {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// The last 500.
    pub messages: Vec<MessageRow>,
}

/// One console message.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct MessageRow {
    /// `log`, `info`, `warning`, `error`, `debug`, …
    pub r#type: String,
    /// Its text, at most 2048 characters.
    pub text: String,
    /// When.
    pub timestamp: String,
    /// Where from.
    pub location: LocationRow,
}

/// A place in a script; line and column from 0, each under the original's two names.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct LocationRow {
    pub url: String,
    pub line: i64,
    pub column: i64,
    pub line_number: i64,
    pub column_number: i64,
}

impl From<Place> for LocationRow {
    fn from(place: Place) -> Self {
        let Place { url, line, column } = place;
        Self { url, line, column, line_number: line, column_number: column }
    }
}

impl From<ConsoleMessage> for MessageRow {
    fn from(message: ConsoleMessage) -> Self {
        Self {
            r#type: message.kind,
            text: message.text,
            timestamp: timestamp(message.at),
            location: message.from.unwrap_or_default().into(),
        }
    }
}

/// How severe a message is (contract 9): what is not known counts as information.
fn severity(kind: &str) -> u8 {
    match kind {
        "error" | "assert" => 3,
        "warning" | "warn" => 2,
        "debug" | "verbose" => 0,
        _ => 1,
    }
}

impl Operation for Console {
    const NAME: &'static str = "console";
    const ROUTE: Route = Route::Get("/console");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = ConsoleLog;

    fn with_flags(self) -> Result<Self, String> {
        match self.level.as_deref().map(str::trim) {
            None | Some("error" | "warn" | "info" | "debug") => Ok(self),
            Some(_) => Err("--level must be error, warn, or info.".to_owned()),
        }
    }

    async fn run(self, tab: &Tab, _: Deadline) -> Result<ConsoleLog, Error> {
        let least = bits::said(self.level.as_ref()).map_or(0, severity);
        let messages = tab.page().console().await.into_iter().filter(|m| severity(&m.kind) >= least);
        Ok(ConsoleLog {
            ok: true,
            target_id: tab.view.target_id.to_string(),
            url: tab.page().url(),
            messages: messages.map(Into::into).collect(),
        })
    }

    fn text(&self, log: &ConsoleLog) -> String {
        serde_json::to_string_pretty(&log.messages).expect("rows are plain data")
    }
}

/// Shows the exceptions and rejections that nothing in a page caught since it was opened.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Errors {
    /// Forget them afterwards.
    #[arg(long)]
    pub clear: bool,
}

/// Page errors, oldest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorLog {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// The last 200.
    pub errors: Vec<ErrorRow>,
}

/// One exception that nothing caught.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ErrorRow {
    /// What it says.
    pub message: String,
    /// Its class, such as `TypeError`; absent when what was thrown is no error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// When.
    pub timestamp: String,
    /// Where.
    pub location: LocationRow,
}

impl From<PageError> for ErrorRow {
    fn from(error: PageError) -> Self {
        Self {
            message: error.message,
            name: error.name,
            stack: Some(error.stack).filter(|stack| !stack.is_empty()),
            timestamp: timestamp(error.at),
            location: error.from.into(),
        }
    }
}

impl Operation for Errors {
    const NAME: &'static str = "errors";
    const ROUTE: Route = Route::Get("/errors");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = ErrorLog;

    async fn run(self, tab: &Tab, _: Deadline) -> Result<ErrorLog, Error> {
        let page = tab.page();
        let errors = if self.clear { page.take_errors().await } else { page.errors().await };
        Ok(ErrorLog {
            ok: true,
            target_id: tab.view.target_id.to_string(),
            url: page.url(),
            errors: errors.into_iter().map(Into::into).collect(),
        })
    }

    fn text(&self, log: &ErrorLog) -> String {
        let line = |error: &ErrorRow| {
            let name = error.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            format!("{} {name}{}", error.timestamp, error.message)
        };
        let lines: Vec<_> = log.errors.iter().map(line).collect();
        if lines.is_empty() { "No page errors.".to_owned() } else { lines.join("\n") }
    }
}

/// Shows what a page and its frames asked servers for since it was opened, and what came of it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Requests {
    /// Only those with this text in their URL or resource type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "text")]
    pub filter: Option<String>,
    /// Forget all of them afterwards.
    #[arg(long)]
    pub clear: bool,
}

/// Requests, oldest first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestLog {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// Of the last 500.
    pub requests: Vec<RequestRow>,
}

/// One request. A redirect makes a new one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestRow {
    /// `r1`, `r2`, …
    pub id: String,
    /// When it was made.
    pub timestamp: String,
    /// Its HTTP method.
    pub method: String,
    /// Its URL, without a user's name and password.
    pub url: String,
    /// `document`, `fetch`, `image`, …
    pub resource_type: String,
    /// The HTTP status; absent until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whether it went well; absent until that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// Chromium's error name, such as `net::ERR_CONNECTION_REFUSED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_text: Option<String>,
    /// What exactly kept it, such as `CORS: MissingAllowOriginHeader`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// True while more may come of it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub pending: bool,
}

impl From<PageRequest> for RequestRow {
    fn from(request: PageRequest) -> Self {
        let ok = request.is_ok();
        let (failure_text, reason) = match request.failure {
            Some(failure) => (Some(failure.text), failure.reason),
            None => (None, None),
        };
        Self {
            id: format!("r{}", request.number),
            timestamp: timestamp(request.at),
            method: request.method,
            url: request.url,
            resource_type: request.kind,
            status: request.status,
            ok,
            failure_text,
            reason,
            pending: request.ended.is_none(),
        }
    }
}

impl Operation for Requests {
    const NAME: &'static str = "requests";
    const ROUTE: Route = Route::Get("/requests");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = RequestLog;

    async fn run(self, tab: &Tab, _: Deadline) -> Result<RequestLog, Error> {
        let page = tab.page();
        let requests = if self.clear { page.take_requests().await } else { page.requests().await };
        let filter = bits::said(self.filter.as_ref()).unwrap_or_default();
        let requests = requests.into_iter().filter(|r| r.url.contains(filter) || r.kind.contains(filter));
        Ok(RequestLog {
            ok: true,
            target_id: tab.view.target_id.to_string(),
            url: page.url(),
            requests: requests.map(Into::into).collect(),
        })
    }

    fn text(&self, log: &RequestLog) -> String {
        let lines: Vec<_> = log.requests.iter().map(RequestRow::line).collect();
        if lines.is_empty() { "No requests recorded.".to_owned() } else { lines.join("\n") }
    }
}

impl RequestRow {
    fn line(&self) -> String {
        let status = self.status.map(|status| format!(" {status}")).unwrap_or_default();
        let outcome = match self.ok {
            Some(true) => " ok",
            Some(false) => " fail",
            None => "",
        };
        let failure = self.failure_text.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
        format!("{} {}{status}{outcome} {}{failure}", self.timestamp, self.method, self.url)
    }
}
