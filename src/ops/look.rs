//! Looking at what a page said: its console.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::timestamp;
use super::{Access, Error, Operation, Route, Window, bits};
use crate::deadline::Deadline;
use crate::page::ConsoleMessage;
use crate::service::Tab;

/// Shows what a page wrote to its console since it was opened.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Console {
    /// The least severe level to show: error, warn, info or debug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub level: Option<String>,
}

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

impl From<ConsoleMessage> for MessageRow {
    fn from(message: ConsoleMessage) -> Self {
        let from = message.from.unwrap_or_default();
        Self {
            r#type: message.kind,
            text: message.text,
            timestamp: timestamp(message.at),
            location: LocationRow {
                url: from.url,
                line: from.line,
                column: from.column,
                line_number: from.line,
                column_number: from.column,
            },
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
