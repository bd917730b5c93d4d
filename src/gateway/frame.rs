//! The frames of the protocol: requests, answers, events, and the failures that answers carry.
//! It must not know methods or sockets. Pure.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::schema::{self, Field, Kind};

/// The id under which frames are answered that have none that can be trusted.
pub(super) const INVALID: &str = "invalid";

/// A request frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// Chosen by the client, echoed verbatim.
    pub(super) id: String,
    /// What it asks for.
    pub(super) method: String,
    /// With what; null when it says nothing.
    pub(super) params: Value,
}

const CALL: &[Field] = &[
    Field::required("type", Kind::OneOf(&["req"])),
    Field::required("id", Kind::Filled),
    Field::required("method", Kind::Filled),
    Field::optional("params", Kind::Any),
    Field::optional("traceparent", Kind::Text(128)),
    Field::optional("expectedProfileId", Kind::Any),
];

impl Call {
    /// Reads a parsed frame.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub(super) fn read(frame: Value) -> Result<Self, String> {
        schema::check(&frame, CALL)?;
        let Value::Object(mut entries) = frame else { return Err("must be object".to_owned()) };
        let mut text = |name| match entries.remove(name) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let (id, method) = (text("id"), text("method"));
        Ok(Self { id, method, params: entries.remove("params").unwrap_or_default() })
    }
}

/// The kinds of failure that the wire knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    InvalidRequest,
    Unavailable,
    NotPaired,
    Forbidden,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unavailable => "UNAVAILABLE",
            Self::NotPaired => "NOT_PAIRED",
            Self::Forbidden => "FORBIDDEN",
        }
    }
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    /// Its kind.
    pub(super) code: Code,
    /// The sentence for people.
    pub(super) message: String,
    /// What programs act on.
    pub(super) details: Option<Value>,
    /// Asking again may help.
    pub(super) is_retryable: bool,
    /// Not before so long.
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    /// A failure that is told by its sentence.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None, is_retryable: false, retry_after: None }
    }

    /// A request that cannot be understood.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message)
    }

    /// The same with details.
    pub(super) fn with(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    fn into_json(self) -> Value {
        let mut error = Map::new();
        error.insert("code".to_owned(), self.code.as_str().into());
        error.insert("message".to_owned(), self.message.into());
        error.extend(self.details.map(|details| ("details".to_owned(), details)));
        if self.is_retryable {
            error.insert("retryable".to_owned(), true.into());
        }
        error.extend(self.retry_after.map(|span| ("retryAfterMs".to_owned(), milliseconds(span).into())));
        Value::Object(error)
    }
}

/// The frame that answers a request.
pub(super) fn answer(id: &str, result: Result<Value, Failure>) -> String {
    match result {
        Ok(payload) => json!({ "type": "res", "id": id, "ok": true, "payload": payload }),
        Err(failure) => json!({ "type": "res", "id": id, "ok": false, "error": failure.into_json() }),
    }
    .to_string()
}

/// The frame of an event; events after the handshake are numbered.
pub(super) fn event(name: &str, payload: Value, seq: Option<u64>) -> String {
    let mut frame = json!({ "type": "event", "event": name, "payload": payload });
    if let Some(seq) = seq {
        frame["seq"] = seq.into();
    }
    frame.to_string()
}

/// A span as the wire has it.
pub(super) fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_closed_objects() {
        let call = Call::read(json!({"type": "req", "id": "7:x", "method": "health"})).unwrap();
        assert_eq!(call, Call { id: "7:x".into(), method: "health".into(), params: Value::Null });
        let traced = json!({"type": "req", "id": "1", "method": "m", "params": [1], "traceparent": "00-a"});
        assert_eq!(Call::read(traced).unwrap().params, json!([1]));
        for (frame, fault) in [
            (json!({"type": "req", "method": "m"}), "must have required property 'id'"),
            (json!({"type": "req", "id": 3, "method": "m"}), "at /id: must be string"),
            (json!({"type": "req", "id": "1", "method": ""}), "at /method: must NOT have fewer"),
            (json!({"type": "res", "id": "1", "method": "m"}), "at /type: must be equal"),
            (
                json!({"type": "req", "id": "1", "method": "m", "bogus": 1}),
                "at root: unexpected property 'bogus'",
            ),
            (json!("req"), "must be object"),
            (json!(null), "must be object"),
        ] {
            assert!(Call::read(frame.clone()).unwrap_err().starts_with(fault), "{frame}");
        }
    }

    #[test]
    fn failures_say_only_what_they_hold() {
        let parsed = |failure| serde_json::from_str::<Value>(&answer("1", Err(failure))).unwrap();
        let plain = json!({"type": "res", "id": "1", "ok": false, "error": {"code": "INVALID_REQUEST", "message": "no"}});
        assert_eq!(parsed(Failure::invalid("no")), plain);
        let busy = Failure {
            is_retryable: true,
            retry_after: Some(Duration::from_secs(2)),
            ..Failure::new(Code::Unavailable, "busy").with(json!({"reason": "x"}))
        };
        let error = &parsed(busy)["error"];
        assert_eq!((&error["retryable"], &error["retryAfterMs"]), (&json!(true), &json!(2000)));
        assert_eq!((&error["code"], &error["details"]["reason"]), (&json!("UNAVAILABLE"), &json!("x")));
    }

    #[test]
    fn a_null_payload_is_still_a_payload() {
        assert!(answer("1", Ok(Value::Null)).contains(r#""payload":null"#));
        assert!(event("tick", json!({"ts": 1}), Some(3)).contains(r#""seq":3"#));
        assert!(!event("tick", json!({"ts": 1}), None).contains("seq"));
    }
}
