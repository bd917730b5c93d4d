//! What the browser tells of the requests of a page. Headers that carry secrets (`…ExtraInfo` events) are never read.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `Network.requestWillBeSent`: again under the same id for each redirect.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestWillBeSent {
    pub request_id: String,
    /// Names the document that asks; empty for a worker.
    pub loader_id: String,
    pub request: Sent,
    /// Seconds since the epoch.
    pub wall_time: f64,
    pub redirect_response: Option<Received>,
    pub r#type: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    pub url: String,
    pub method: String,
}

/// `Network.responseReceived`: the headers are there, the body may be to come.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResponseReceived {
    pub request_id: String,
    pub response: Received,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Received {
    pub status: u16,
    /// Without those that carry cookies.
    pub headers: BTreeMap<String, String>,
}

/// `Network.loadingFinished`, and other events that only name a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestEvent {
    pub request_id: String,
}

/// `Network.loadingFailed`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadingFailed {
    pub request_id: String,
    pub error_text: String,
    pub blocked_reason: Option<String>,
    pub cors_error_status: Option<CorsErrorStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CorsErrorStatus {
    pub cors_error: String,
}

/// `Network.webSocketCreated`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WebSocketCreated {
    pub request_id: String,
    pub url: String,
}

/// `Network.webSocketFrameError`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WebSocketFrameError {
    pub request_id: String,
    pub error_message: String,
}
