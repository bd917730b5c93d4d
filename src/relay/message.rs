//! What clients write and read: the envelopes of the protocol, as text. Pure; payloads are passed on unread.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::cdp::{Event, Refusal};

/// Chromium's code for text that is no JSON.
pub(super) const NO_JSON: i64 = -32700;
/// Its code for JSON that is no command.
pub(super) const NO_COMMAND: i64 = -32600;
/// Its code for a session that the client does not have.
pub(super) const NO_SESSION: i64 = -32001;
/// Its code for what it does not do.
pub(super) const REFUSED: i64 = -32000;

/// Its words for a target that there is not.
pub(super) const NO_TARGET: &str = "No target with given id found";

/// A command of a client.
#[derive(Debug)]
pub(super) struct Command<'a> {
    /// The client's own number of it.
    pub(super) number: i64,
    pub(super) method: Cow<'a, str>,
    /// A JSON object.
    pub(super) params: &'a str,
    /// None for the client's outermost one.
    pub(super) session: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
}

impl<'a> Command<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// The whole answer, in Chromium's own words.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|error| {
            let (code, message) = match error.classify() {
                Category::Data => (NO_COMMAND, format!("not a command: {error}")),
                Category::Io | Category::Syntax | Category::Eof => (NO_JSON, format!("JSON: {error}")),
            };
            fault(None, None, code, message)
        })?;
        let Envelope { id, method, params, session_id } = envelope;
        let number: Option<i64> = id.and_then(|id| id.get().parse().ok());
        let wrong = |message: &str| fault(number, session_id.as_deref(), NO_COMMAND, message.to_owned());
        let params = params.map_or("{}", RawValue::get);
        match (number, &method) {
            (None, _) => Err(wrong("Message must have integer 'id' property")),
            (_, None) => Err(wrong("Message must have string 'method' property")),
            _ if !params.starts_with('{') => Err(wrong("Message may have object 'params' property")),
            (Some(number), Some(_)) => {
                Ok(Self { number, method: method.unwrap_or_default(), params, session: session_id })
            }
        }
    }
}

#[derive(Serialize)]
struct Fault<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    error: &'a Refusal,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
}

/// The answer to a command that came to nothing.
pub(super) fn refusal(number: i64, session: Option<&str>, error: &Refusal) -> String {
    written(&Fault { id: Some(number), error, session })
}

/// The same in words of ours.
pub(super) fn fault(number: Option<i64>, session: Option<&str>, code: i64, message: String) -> String {
    written(&Fault { id: number, error: &Refusal { code, message, data: None }, session })
}

/// The answer to a command; `result` is JSON text.
pub(super) fn reply(number: i64, session: Option<&str>, result: &[u8]) -> String {
    let result = String::from_utf8_lossy(result);
    match session {
        Some(session) => format!(r#"{{"id":{number},"result":{result},"sessionId":"{session}"}}"#),
        None => format!(r#"{{"id":{number},"result":{result}}}"#),
    }
}

/// An event, for the session as the client knows it.
pub(super) fn event(event: &Event, session: Option<&str>) -> String {
    let (method, params) = (event.method(), String::from_utf8_lossy(event.bytes()));
    match session {
        Some(session) => format!(r#"{{"method":"{method}","params":{params},"sessionId":"{session}"}}"#),
        None => format!(r#"{{"method":"{method}","params":{params}}}"#),
    }
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("an envelope is plain data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_and_garbage_is_answered_in_chromiums_codes() {
        let read = Command::read(r#"{"params":{"a":[1]},"id":7,"sessionId":"S","method":"A.b","more":1}"#);
        let Command { number, method, params, session } = read.expect("a command");
        assert_eq!((number, &*method, params, session.as_deref()), (7, "A.b", r#"{"a":[1]}"#, Some("S")));
        assert_eq!(Command::read(r#"{"id":1,"method":"A.b"}"#).expect("one").params, "{}");
        for (text, code, id) in [
            ("", NO_JSON, None),
            ("{", NO_JSON, None),
            ("[]", NO_COMMAND, None),
            (r#"{"method":"A.b"}"#, NO_COMMAND, None),
            (r#"{"id":"1","method":"A.b"}"#, NO_COMMAND, None),
            (r#"{"id":1}"#, NO_COMMAND, Some(1)),
            (r#"{"id":1,"method":5}"#, NO_COMMAND, None),
            (r#"{"id":1,"method":"A.b","params":[1]}"#, NO_COMMAND, Some(1)),
        ] {
            let answer: serde_json::Value =
                serde_json::from_str(&Command::read(text).expect_err(text)).expect("JSON");
            assert_eq!(
                (&answer["error"]["code"], answer["id"].as_i64()),
                (&code.into(), id),
                "{text}: {answer}"
            );
        }
    }
}
