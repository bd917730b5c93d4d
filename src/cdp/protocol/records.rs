//! What the browser tells of what a page says: its console, its log, the exceptions that nothing in it caught.

use serde::Deserialize;

use super::{ExceptionDetails, RemoteObject};

/// `Runtime.consoleAPICalled`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsoleApiCalled {
    pub r#type: String,
    #[serde(default)]
    pub args: Vec<RemoteObject>,
    /// Milliseconds since the epoch.
    #[serde(default)]
    pub timestamp: f64,
    pub stack_trace: Option<StackTrace>,
}

/// What an object holds, as far as Chromium shows it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ObjectPreview {
    pub subtype: Option<String>,
    pub description: Option<String>,
    /// There is more.
    pub overflow: bool,
    pub properties: Vec<PropertyPreview>,
    /// Of a map or a set.
    pub entries: Vec<EntryPreview>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PropertyPreview {
    pub name: String,
    pub r#type: String,
    pub value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EntryPreview {
    pub key: Option<ObjectPreview>,
    pub value: ObjectPreview,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StackTrace {
    pub call_frames: Vec<CallFrame>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallFrame {
    pub function_name: String,
    pub url: String,
    pub line_number: i64,
    pub column_number: i64,
}

/// `Log.entryAdded`.
#[derive(Debug, Deserialize)]
pub struct LogEntryAdded {
    pub entry: LogEntry,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogEntry {
    pub source: String,
    pub level: String,
    pub text: String,
    /// Milliseconds since the epoch.
    pub timestamp: f64,
    pub url: Option<String>,
    pub line_number: Option<i64>,
}

/// `Runtime.exceptionThrown`: nothing in the page caught it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionThrown {
    /// Milliseconds since the epoch.
    #[serde(default)]
    pub timestamp: f64,
    pub exception_details: ExceptionDetails,
}

/// `Runtime.exceptionRevoked`: a rejection was handled after all.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionRevoked {
    pub exception_id: i64,
}
