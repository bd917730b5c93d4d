//! The envelope of a protocol message, read from its ends. It never looks into a payload: that is the caller's.
//!
//! Chromium writes `{"id":7,"result":…,"sessionId":"…"}` and `{"method":"…","params":…,"sessionId":"…"}` in this
//! order, so most messages are routed by a prefix and a suffix. Other servers may order the keys differently;
//! for them the whole envelope is parsed. The order is an optimisation, never an assumption.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{Command, Error};

/// The id of a flat session on a connection.
pub type SessionId = Arc<str>;

/// A command ready to be sent: its method and its parameters as JSON text.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method, such as `Page.navigate`.
    pub method: Arc<str>,
    /// The parameters, a JSON object.
    pub params: String,
}

impl Call {
    /// The wire form of a typed command.
    pub fn of<C: Command>(command: &C) -> Self {
        let params = serde_json::to_string(command).expect("protocol commands are plain data");
        let params = if params == "null" { "{}".to_owned() } else { params };
        Self { method: command.identifier().as_ref().into(), params }
    }

    /// A command that has no type of its own.
    pub fn untyped(method: &'static str, params: &impl Serialize) -> Self {
        let params = serde_json::to_string(params).expect("parameters are plain data");
        Self { method: method.into(), params }
    }

    /// The text that goes on the wire.
    pub(super) fn envelope(&self, id: u32, session: Option<&str>) -> String {
        let Self { method, params } = self;
        match session {
            Some(session) => {
                format!(r#"{{"id":{id},"method":"{method}","params":{params},"sessionId":"{session}"}}"#)
            }
            None => format!(r#"{{"id":{id},"method":"{method}","params":{params}}}"#),
        }
    }
}

/// The reply to a command: raw until the caller says what it should be.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(super) method: Arc<str>,
    pub(super) result: Bytes,
    /// Its place among all replies of its connection.
    pub(super) place: u64,
}

impl Reply {
    /// Whether it came before another reply of its connection.
    pub fn came_before(&self, other: &Self) -> bool {
        self.place < other.place
    }

    /// Reads the reply; borrowed types cost no copy.
    ///
    /// # Errors
    /// [`Error::Unreadable`] naming the method when it does not fit.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_slice(&self.result)
            .map_err(|e| Error::Unreadable { method: self.method.clone(), detail: e.to_string() })
    }

    /// The reply's JSON text.
    pub fn bytes(&self) -> &Bytes {
        &self.result
    }
}

/// A notification from the browser.
#[derive(Debug, Clone)]
pub struct Event {
    /// The session that it came on; none for the browser itself.
    pub session: Option<SessionId>,
    method: Bytes,
    params: Bytes,
}

impl Event {
    /// The event's name, such as `Page.frameNavigated`.
    pub fn method(&self) -> &str {
        std::str::from_utf8(&self.method).unwrap_or_default()
    }

    /// The parameters' JSON text.
    pub fn bytes(&self) -> &Bytes {
        &self.params
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        self.method.len() + self.params.len()
    }

    /// The parameters, or `None` (and a log line) when they do not fit: events drift between versions.
    pub fn params<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.params)
            .inspect_err(|e| tracing::warn!(event = self.method(), error = %e, "unreadable event"))
            .ok()
    }
}

/// What came in, sorted by who waits for it.
#[derive(Debug)]
pub(super) enum Incoming {
    Reply { id: u32, outcome: Result<Bytes, Refusal> },
    Event(Event),
    Unreadable(String),
}

/// The `error` object of a reply.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Refusal {
    /// JSON-RPC code, such as -32000.
    pub code: i64,
    /// The browser's own words.
    pub message: String,
    /// What it adds, such as the parameter that did not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// Sorts one message.
pub(super) fn read(message: &Bytes) -> Incoming {
    by_the_ends(message).unwrap_or_else(|| by_the_envelope(message))
}

/// A message without halves of characters. JavaScript's strings may hold them, wherever a page has cut a text in the
/// middle of an emoji, and JSON hands them on as escapes, but no text of ours can: each becomes U+FFFD.
pub(super) fn well_formed(message: &Bytes) -> Bytes {
    let mut whole = Vec::new();
    let mut at = 0;
    while let Some(escape) = memchr::memmem::find(&message[at..], b"\\u").map(|found| at + found) {
        at = escape + 2;
        let backslashes = message[..escape].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 1 {
            continue;
        }
        match surrogate(&message[escape..]) {
            Some(0xd800..=0xdbff) if matches!(surrogate(&message[at + 4..]), Some(0xdc00..=0xdfff)) => {
                at += 10;
            }
            Some(_) => {
                if whole.is_empty() {
                    whole = message.to_vec();
                }
                whole[at..at + 4].copy_from_slice(b"fffd");
            }
            None => {}
        }
    }
    if whole.is_empty() { message.clone() } else { whole.into() }
}

/// The surrogate that a text of JSON begins with, as an escape.
fn surrogate(text: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(text.strip_prefix(b"\\u")?.get(..4)?).ok()?;
    u16::from_str_radix(digits, 16).ok().filter(|code| (0xd800..=0xdfff).contains(code))
}

fn by_the_ends(message: &Bytes) -> Option<Incoming> {
    let (end, session) = tail(message)?;
    if let Some(rest) = message.strip_prefix(br#"{"id":"#) {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let id = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        let rest = rest[digits..].strip_prefix(br#","result":"#)?;
        let start = message.len() - rest.len();
        return Some(Incoming::Reply { id, outcome: Ok(message.slice(start..end.max(start))) });
    }
    let rest = message.strip_prefix(br#"{"method":""#)?;
    let name = memchr::memchr(b'"', rest)?;
    let method = message.slice_ref(&rest[..name]);
    let rest = rest[name..].strip_prefix(br#"","params":"#)?;
    let start = message.len() - rest.len();
    Some(Incoming::Event(Event { session, method, params: message.slice(start..end.max(start)) }))
}

/// Where the payload ends, and the session behind it. A session id is the only text that can stand directly
/// before the last brace: without it the message ends with the brace of `params` or `result`.
fn tail(message: &Bytes) -> Option<(usize, Option<SessionId>)> {
    const KEY: &[u8] = br#","sessionId":""#;
    let body = message.strip_suffix(b"}")?;
    let Some(text) = body.strip_suffix(b"\"") else { return Some((body.len(), None)) };
    let open = memchr::memrchr(b'"', text)?;
    let head = text[..=open].strip_suffix(KEY)?;
    let id = std::str::from_utf8(&text[open + 1..]).ok()?;
    Some((head.len(), Some(id.into())))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: Option<u32>,
    method: Option<String>,
    session_id: Option<String>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    error: Option<Refusal>,
}

fn by_the_envelope(message: &Bytes) -> Incoming {
    let envelope: Envelope<'_> = match serde_json::from_slice(message) {
        Ok(envelope) => envelope,
        Err(error) => return Incoming::Unreadable(error.to_string()),
    };
    let raw = |value: Option<&RawValue>| {
        value.map_or_else(|| Bytes::from_static(b"{}"), |v| message.slice_ref(v.get().as_bytes()))
    };
    match (envelope.id, envelope.method) {
        (Some(id), _) => Incoming::Reply {
            id,
            outcome: match envelope.error {
                Some(refusal) => Err(refusal),
                None => Ok(raw(envelope.result)),
            },
        },
        (None, Some(method)) => Incoming::Event(Event {
            session: envelope.session_id.map(Into::into),
            method: method.into(),
            params: raw(envelope.params),
        }),
        (None, None) => Incoming::Unreadable("neither id nor method".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_characters_are_replaced() {
        for (text, expected) in [
            (r#"{"a":"\ud83d\ude00 \u00e9"}"#, r#"{"a":"\ud83d\ude00 \u00e9"}"#),
            (
                r#"{"a":"\ud83d","b":"\uDE00x\ud83d\ud83d\ude00"}"#,
                r#"{"a":"\ufffd","b":"\ufffdx\ufffd\ud83d\ude00"}"#,
            ),
            (r#"{"a":"\\ud83d \\\ud83d \ud8"}"#, r#"{"a":"\\ud83d \\\ufffd \ud8"}"#),
            (r#"{"a":"\ud83d"#, r#"{"a":"\ufffd"#),
            ("plain", "plain"),
        ] {
            let told = well_formed(&Bytes::copy_from_slice(text.as_bytes()));
            assert_eq!(std::str::from_utf8(&told), Ok(expected), "{text}");
        }
    }

    fn check(text: &str, expected: &str) {
        let shown = match read(&Bytes::copy_from_slice(text.as_bytes())) {
            Incoming::Reply { id, outcome: Ok(result) } => {
                format!("{id} {}", String::from_utf8_lossy(&result))
            }
            Incoming::Reply { id, outcome: Err(refusal) } => {
                format!("{id} {} {}", refusal.code, refusal.message)
            }
            Incoming::Event(event) => format!(
                "{} {} {}",
                event.method(),
                String::from_utf8_lossy(&event.params),
                event.session.as_deref().unwrap_or("-")
            ),
            Incoming::Unreadable(_) => "unreadable".to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn replies_and_events_are_read_in_any_key_order() {
        check(r#"{"id":7,"result":{"a":"}"}}"#, r#"7 {"a":"}"}"#);
        check(r#"{"id":7,"result":{},"sessionId":"AB"}"#, "7 {}");
        check(r#"{"result":{"x":1},"id":9}"#, r#"9 {"x":1}"#);
        check(r#"{"id":3,"error":{"code":-32000,"message":"No target"}}"#, "3 -32000 No target");
        check(r#"{"id":3,"error":{"code":-32000,"message":"m"},"sessionId":"AB"}"#, "3 -32000 m");
        check(r#"{"method":"A.b","params":{"c":[1]},"sessionId":"S1"}"#, r#"A.b {"c":[1]} S1"#);
        check(r#"{"sessionId":"S1","params":{},"method":"A.b"}"#, "A.b {} S1");
        check(r#"{"method":"A.b","params":{"sessionId":"S9"}}"#, r#"A.b {"sessionId":"S9"} -"#);
        check(r#"{"method":"A.b"}"#, "A.b {} -");
        check(r#"{"id":"x"}"#, "unreadable");
        check("", "unreadable");
        check("[]", "unreadable");
    }

    #[test]
    fn an_envelope_carries_the_session_only_when_there_is_one() {
        let call = Call { method: "A.b".into(), params: "{}".into() };
        assert_eq!(call.envelope(1, None), r#"{"id":1,"method":"A.b","params":{}}"#);
        assert_eq!(call.envelope(2, Some("S")), r#"{"id":2,"method":"A.b","params":{},"sessionId":"S"}"#);
    }
}
