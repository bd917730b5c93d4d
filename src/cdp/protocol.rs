//! Our own lean protocol types: the hot path (evaluate, navigate, input, attach, fetch) and every reply or event
//! that drifts between browser versions. Non-essential fields default, enums stay text, unknown values are never
//! an error. Everything else comes from [`super::browser_protocol`].
//!
//! Field meanings are those of <https://chromedevtools.github.io/devtools-protocol/tot/>.
#![expect(missing_docs, reason = "the fields are the protocol's, named and documented there")]

use serde::{Deserialize, Serialize};

use super::{Command, Method};

/// Makes a struct a command: `"Domain.method"` answered by a type.
macro_rules! command {
    ($name:literal, $command:ident $(<$life:lifetime>)? -> $reply:ty) => {
        impl $(<$life>)? Method for $command $(<$life>)? {
            fn identifier(&self) -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
        impl $(<$life>)? Command for $command $(<$life>)? {
            type Response = $reply;
        }
    };
}

mod files;
pub mod network;
mod records;
pub mod system;

pub use files::{DownloadProgress, DownloadWillBegin, FileChooserOpened};
pub use records::{
    CallFrame, ConsoleApiCalled, EntryPreview, ExceptionRevoked, ExceptionThrown, LogEntry, LogEntryAdded,
    ObjectPreview, PropertyPreview, StackTrace,
};

/// A reply that says nothing but "done".
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Done {}

/// `Runtime.evaluate`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluate<'a> {
    pub expression: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_id: Option<i64>,
    pub return_by_value: bool,
    pub await_promise: bool,
    pub user_gesture: bool,
    #[serde(rename = "includeCommandLineAPI", skip_serializing_if = "std::ops::Not::not")]
    pub include_command_line_api: bool,
}
command!("Runtime.evaluate", Evaluate<'a> -> Evaluated);

impl<'a> Evaluate<'a> {
    /// An expression whose value (a promise's, when it is one) is wanted as JSON, in a context or the page's own.
    pub fn value(expression: &'a str, context_id: Option<i64>) -> Self {
        Self { expression, context_id, return_by_value: true, await_promise: true, ..Self::default() }
    }

    /// An expression whose object is wanted as a handle.
    pub fn handle(expression: &'a str, context_id: Option<i64>) -> Self {
        Self { expression, context_id, ..Self::default() }
    }
}

/// `Runtime.callFunctionOn`, on one object and with it as the only argument.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallFunctionOn<'a> {
    pub function_declaration: &'a str,
    pub object_id: &'a str,
    pub arguments: Vec<CallArgument<'a>>,
    pub return_by_value: bool,
    pub await_promise: bool,
    pub user_gesture: bool,
}
command!("Runtime.callFunctionOn", CallFunctionOn<'a> -> Evaluated);

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallArgument<'a> {
    pub object_id: &'a str,
}

/// The reply of evaluate and callFunctionOn.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    #[serde(default)]
    pub result: RemoteObject,
    pub exception_details: Option<ExceptionDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RemoteObject {
    pub r#type: String,
    pub subtype: Option<String>,
    pub class_name: Option<String>,
    pub description: Option<String>,
    pub unserializable_value: Option<String>,
    pub value: Option<Box<serde_json::value::RawValue>>,
    pub object_id: Option<String>,
    /// What is in it, of an argument of the console.
    pub preview: Option<Box<ObjectPreview>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExceptionDetails {
    pub exception_id: i64,
    pub text: String,
    pub exception: Option<RemoteObject>,
    pub url: Option<String>,
    pub line_number: i64,
    pub column_number: i64,
    pub stack_trace: Option<StackTrace>,
}

impl ExceptionDetails {
    /// What was thrown, on one line, without the stack.
    pub fn message(&self) -> String {
        let thrown = self.exception.as_ref();
        let description = thrown.and_then(|e| e.description.as_deref());
        let value = thrown.and_then(|e| e.value.as_ref()).map(|v| v.get());
        let text = description.or(value).unwrap_or(&self.text);
        text.lines().next().unwrap_or_default().to_owned()
    }
}

/// `Page.createIsolatedWorld`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateIsolatedWorld<'a> {
    pub frame_id: &'a str,
    pub world_name: &'a str,
}
command!("Page.createIsolatedWorld", CreateIsolatedWorld<'a> -> IsolatedWorld);

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IsolatedWorld {
    pub execution_context_id: i64,
}

/// `Page.navigate`.
#[derive(Debug, Clone, Serialize)]
pub struct Navigate<'a> {
    pub url: &'a str,
}
command!("Page.navigate", Navigate<'a> -> Navigated);

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Navigated {
    pub loader_id: Option<String>,
    pub error_text: Option<String>,
    #[serde(default)]
    pub is_download: bool,
}

/// `Input.dispatchMouseEvent`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DispatchMouseEvent {
    pub r#type: &'static str,
    pub x: f64,
    pub y: f64,
    pub modifiers: u8,
    pub button: &'static str,
    pub buttons: u8,
    pub click_count: u8,
}
command!("Input.dispatchMouseEvent", DispatchMouseEvent -> Done);

/// `Input.insertText`.
#[derive(Debug, Clone, Serialize)]
pub struct InsertText<'a> {
    pub text: &'a str,
}
command!("Input.insertText", InsertText<'a> -> Done);

/// `Target.setAutoAttach` with flat sessions.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetAutoAttach {
    pub auto_attach: bool,
    pub wait_for_debugger_on_start: bool,
    pub flatten: bool,
    pub filter: Vec<TargetFilterEntry>,
}
command!("Target.setAutoAttach", SetAutoAttach -> Done);

/// `Target.setDiscoverTargets`.
#[derive(Debug, Clone, Serialize)]
pub struct SetDiscoverTargets {
    pub discover: bool,
    pub filter: Vec<TargetFilterEntry>,
}
command!("Target.setDiscoverTargets", SetDiscoverTargets -> Done);

/// `Target.getTargets`.
#[derive(Debug, Clone, Serialize)]
pub struct GetTargets {
    pub filter: Vec<TargetFilterEntry>,
}
command!("Target.getTargets", GetTargets -> Targets);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Targets {
    pub target_infos: Vec<TargetInfo>,
}

#[derive(Debug, Clone, Serialize)]
pub struct TargetFilterEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<&'static str>,
    pub exclude: bool,
}

/// Only targets of these types; the list is read in order and the first entry that fits decides.
pub fn only(types: &[&'static str]) -> Vec<TargetFilterEntry> {
    let wanted = types.iter().map(|r#type| TargetFilterEntry { r#type: Some(r#type), exclude: false });
    wanted.chain([TargetFilterEntry { r#type: None, exclude: true }]).collect()
}

/// `Target.attachedToTarget`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachedToTarget {
    pub session_id: String,
    pub target_info: TargetInfo,
}

/// `Target.detachedFromTarget`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetachedFromTarget {
    pub session_id: String,
}

/// `Target.targetCreated` and `Target.targetInfoChanged`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetChanged {
    pub target_info: TargetInfo,
}

/// `Target.targetCrashed` and `Target.targetDestroyed`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetEnded {
    pub target_id: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TargetInfo {
    pub target_id: String,
    pub r#type: String,
    pub title: String,
    pub url: String,
    pub opener_id: Option<String>,
    pub browser_context_id: Option<String>,
}

/// `Fetch.enable`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchEnable {
    pub handle_auth_requests: bool,
    pub patterns: Vec<RequestPattern>,
}
command!("Fetch.enable", FetchEnable -> Done);

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPattern {
    pub url_pattern: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<&'static str>,
}

/// `Fetch.requestPaused`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPaused {
    pub request_id: String,
    pub request: PausedRequest,
    #[serde(default)]
    pub frame_id: String,
    #[serde(default)]
    pub resource_type: String,
    /// None for what is downloaded and never shown.
    pub network_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct PausedRequest {
    pub url: String,
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
}

/// `Fetch.authRequired`: a server wants to know who asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthRequired {
    pub request_id: String,
    #[serde(default)]
    pub frame_id: String,
    pub auth_challenge: AuthChallenge,
}

/// Who wants to know.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AuthChallenge {
    pub source: String,
    pub origin: String,
}

/// `Fetch.continueRequest`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContinueRequest<'a> {
    pub request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<HeaderEntry<'a>>>,
}
command!("Fetch.continueRequest", ContinueRequest<'a> -> Done);

#[derive(Debug, Clone, Serialize)]
pub struct HeaderEntry<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// `Fetch.failRequest`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailRequest<'a> {
    pub request_id: &'a str,
    pub error_reason: &'static str,
}
command!("Fetch.failRequest", FailRequest<'a> -> Done);

/// `Page.frameNavigated`.
#[derive(Debug, Deserialize)]
pub struct FrameNavigated {
    pub frame: FramePayload,
}

/// `Page.getFrameTree`'s reply.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameTreeReply {
    pub frame_tree: FrameTreePayload,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameTreePayload {
    pub frame: FramePayload,
    #[serde(default)]
    pub child_frames: Vec<FrameTreePayload>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FramePayload {
    pub id: String,
    pub parent_id: Option<String>,
    pub loader_id: String,
    pub url: String,
    pub url_fragment: Option<String>,
}

/// Events that name a frame: attached, detached, started or stopped loading, navigated within the document.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FrameEvent {
    pub frame_id: String,
    pub parent_frame_id: Option<String>,
    pub reason: Option<String>,
    pub url: Option<String>,
    /// Where a requested navigation goes: `currentTab`, or a tab, a window or a file of its own.
    pub disposition: Option<String>,
}

/// `Page.lifecycleEvent`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleEvent {
    pub frame_id: String,
    pub loader_id: String,
    pub name: String,
}

/// `Page.javascriptDialogOpening`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DialogOpening {
    pub r#type: String,
    pub message: String,
    pub default_prompt: Option<String>,
}

/// `Page.javascriptDialogClosed`.
#[derive(Debug, Deserialize)]
pub struct DialogClosed {
    #[serde(default)]
    pub result: bool,
}

/// `Runtime.executionContextDestroyed`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextDestroyed {
    pub execution_context_id: i64,
}

/// `Browser.getVersion`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetVersion {}
command!("Browser.getVersion", GetVersion -> Version);

/// What the browser says it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Version {
    pub protocol_version: String,
    pub product: String,
    pub revision: String,
    pub user_agent: String,
    pub js_version: String,
}
