//! `browser.request`: a call of the control API inside a frame. Its params become a request, the answer a payload or a
//! failure. It must not know which routes there are. Pure.

use std::time::Duration;

use serde_json::{Map, Value};

use super::frame::{Code, Failure};
use crate::ops::call::{Answer, Request, Verb};

/// Reads the params. Keys that are not known are left alone, as the existing gateway does.
///
/// # Errors
/// A [`Failure`] that names what is missing or wrong.
pub(super) fn read(params: Value) -> Result<Request, Failure> {
    let mut params = map(Some(params));
    let (method, path) = (trimmed(&params, "method"), trimmed(&params, "path"));
    if method.is_empty() || path.is_empty() {
        return Err(Failure::invalid("method and path are required"));
    }
    let verb = match method.to_ascii_uppercase().as_str() {
        "GET" => Verb::Get,
        "POST" => Verb::Post,
        "DELETE" => Verb::Delete,
        _ => return Err(Failure::invalid("method must be GET, POST, or DELETE")),
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let timeout_ms = params.get("timeoutMs").and_then(Value::as_f64).filter(|span| *span >= 1.0);
    let query = map(params.remove("query"));
    let body = params.remove("body").unwrap_or_default();
    // It saturates: a span beyond all bounds stays beyond all bounds.
    let timeout_ms = timeout_ms.map(|span| span as u64);
    Ok(Request { verb, path, query, body, unread: Vec::new(), timeout_ms })
}

/// An object's entries; anything else has none.
fn map(value: Option<Value>) -> Map<String, Value> {
    if let Some(Value::Object(entries)) = value { entries } else { Map::new() }
}

fn trimmed<'a>(params: &'a Map<String, Value>, name: &str) -> &'a str {
    params.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// What the client gets: the body itself, or a failure that carries it.
pub(super) fn result(answer: Answer) -> Result<Value, Failure> {
    let code = match answer.status {
        ..400 => return Ok(answer.body),
        400..500 => Code::InvalidRequest,
        500.. => Code::Unavailable,
    };
    let message = match answer.body.get("error").and_then(Value::as_str) {
        Some(error) => error.to_owned(),
        None => format!("browser request failed with status {}", answer.status),
    };
    let retry_after = answer.retry_after_ms().map(Duration::from_millis);
    let failure = Failure { is_retryable: retry_after.is_some(), retry_after, ..Failure::new(code, message) };
    Err(failure.with(answer.body))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn params_are_read_leniently() {
        let full = json!({"method": " delete ", "path": " tabs/t1 ", "query": {"profile": "p"}, "body": {"a": 1},
            "timeoutMs": 1500.7, "target": "host", "bogus": 1});
        let request = read(full).unwrap();
        assert_eq!((request.verb, request.path.as_str()), (Verb::Delete, "/tabs/t1"));
        assert_eq!((request.query["profile"].as_str(), request.timeout_ms), (Some("p"), Some(1500)));
        assert_eq!(request.body, json!({"a": 1}));
        let bare = read(json!({"method": "GET", "path": "/", "query": [], "timeoutMs": "5"})).unwrap();
        assert!(bare.query.is_empty() && bare.body.is_null() && bare.timeout_ms.is_none());
        assert_eq!(read(json!({"method": "GET", "path": "/tabs?x=1"})).unwrap().path, "/tabs?x=1");
        for span in [json!(0), json!(-5), json!(null)] {
            let request = read(json!({"method": "GET", "path": "/", "timeoutMs": span})).unwrap();
            assert_eq!(request.timeout_ms, None);
        }
        for (params, message) in [
            (json!(null), "method and path are required"),
            (json!([]), "method and path are required"),
            (json!({}), "method and path are required"),
            (json!({"method": "GET"}), "method and path are required"),
            (json!({"method": "GET", "path": "  "}), "method and path are required"),
            (json!({"method": 1, "path": "/"}), "method and path are required"),
            (json!({"method": "PATCH", "path": "/"}), "method must be GET, POST, or DELETE"),
        ] {
            assert_eq!(read(params.clone()).unwrap_err().message, message, "{params}");
        }
    }

    #[test]
    fn statuses_become_codes_and_bodies_details() {
        let answer = |status, body: Value| result(Answer { status, body });
        assert_eq!(answer(200, json!(null)), Ok(json!(null)));
        assert_eq!(answer(200, json!({"ok": false})), Ok(json!({"ok": false})));
        for (status, code) in
            [(404, Code::InvalidRequest), (499, Code::InvalidRequest), (503, Code::Unavailable)]
        {
            let body = json!({"error": "Not Found"});
            let failure = answer(status, body.clone()).unwrap_err();
            assert_eq!((failure.code, failure.message.as_str()), (code, "Not Found"));
            assert_eq!(failure.details, Some(body));
        }
        let later = answer(429, json!({"error": "full", "retryAfterMs": 1500})).unwrap_err();
        assert_eq!((later.is_retryable, later.retry_after), (true, Some(Duration::from_millis(1500))));
        assert_eq!(answer(500, json!({})).unwrap_err().message, "browser request failed with status 500");
    }
}
