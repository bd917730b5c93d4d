//! The exceptions of a page that nothing in it caught, as a person would read them.

use std::time::SystemTime;

use super::record::{Place, cut, moment, place};
use crate::cdp::SessionId;
use crate::cdp::protocol::{CallFrame, ExceptionDetails, ExceptionThrown};

/// Characters kept of a message.
const MOST_TEXT: usize = 2048;
/// Characters kept of a stack.
const MOST_STACK: usize = 8192;

/// An exception that nothing caught, or a rejection that nothing handled.
#[derive(Debug, Clone)]
pub struct PageError {
    /// What it says, without its name.
    pub message: String,
    /// Its class, such as `TypeError`; none when what was thrown is no error.
    pub name: Option<String>,
    /// Its stack, as the page would read it; empty when it has none.
    pub stack: String,
    /// When it was thrown.
    pub at: SystemTime,
    /// Where; the numbers are 0-based, as Chromium tells them.
    pub from: Place,
    /// What Chromium calls it on its channel.
    pub(super) id: (Option<SessionId>, i64),
}

impl PageError {
    pub(super) fn thrown(event: ExceptionThrown, session: Option<&SessionId>) -> Self {
        let details = event.exception_details;
        let full = described(&details);
        let head = match full.find("\n    at ") {
            Some(end) => &full[..end],
            None => &full,
        };
        let is_error = details.exception.as_ref().is_some_and(|e| e.subtype.as_deref() == Some("error"));
        let (name, message) = if is_error { named(head) } else { (None, head) };
        let frames = details.stack_trace.map(|trace| trace.call_frames).unwrap_or_default();
        let stack = if head.len() < full.len() { full.clone() } else { traced(head, &frames) };
        let from = frames.into_iter().next().map(place).unwrap_or_else(|| Place {
            url: details.url.unwrap_or_default(),
            line: details.line_number,
            column: details.column_number,
        });
        Self {
            message: cut(message, MOST_TEXT),
            name: name.map(str::to_owned),
            stack: cut(&stack, MOST_STACK),
            at: moment(event.timestamp),
            from,
            id: (session.cloned(), details.exception_id),
        }
    }
}

/// What was thrown: an error's own words with its stack, a text as it is, else what Chromium says of it.
fn described(details: &ExceptionDetails) -> String {
    let Some(thrown) = &details.exception else { return details.text.clone() };
    if let Some(value) = &thrown.value {
        return serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned());
    }
    let words = thrown.description.as_ref().or(thrown.unserializable_value.as_ref());
    words.unwrap_or(&thrown.r#type).clone()
}

/// The name and the message of an error that is written as `Name: message`.
fn named(head: &str) -> (Option<&str>, &str) {
    let is_name = |word: &str| !word.is_empty() && !word.contains(char::is_whitespace);
    match head.split_once(": ") {
        Some((name, message)) if is_name(name) => (Some(name), message),
        None if is_name(head) => (Some(head), ""),
        _ => (None, head),
    }
}

/// The stack of what has none of its own: where it was thrown. Lines and columns from 1, as in stacks.
fn traced(head: &str, frames: &[CallFrame]) -> String {
    if frames.is_empty() {
        return String::new();
    }
    let line = |frame: &CallFrame| {
        let place = format!("{}:{}:{}", frame.url, frame.line_number + 1, frame.column_number + 1);
        match frame.function_name.as_str() {
            "" => format!("\n    at {place}"),
            name => format!("\n    at {name} ({place})"),
        }
    };
    std::iter::once(head.to_owned()).chain(frames.iter().map(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(exception: &str, rest: &str) -> PageError {
        let json = format!(
            r#"{{"timestamp":1,"exceptionDetails":{{"exceptionId":1,"text":"Uncaught",
            "lineNumber":3,"columnNumber":4,"url":"u","exception":{exception}{rest}}}}}"#
        );
        PageError::thrown(serde_json::from_str(&json).expect("an event"), None)
    }

    #[test]
    fn errors_are_told_apart_from_other_things_that_are_thrown() {
        let check = |exception: &str, name: Option<&str>, message: &str, stack: &str| {
            let error = error(exception, "");
            assert_eq!((error.name.as_deref(), &*error.message, &*error.stack), (name, message, stack));
        };
        check(
            r#"{"type":"object","subtype":"error","description":"TypeError: a: b\n    at u:1:2"}"#,
            Some("TypeError"),
            "a: b",
            "TypeError: a: b\n    at u:1:2",
        );
        check(r#"{"type":"object","subtype":"error","description":"Error"}"#, Some("Error"), "", "");
        check(r#"{"type":"string","value":"Oh: no"}"#, None, "Oh: no", "");
        check(r#"{"type":"undefined"}"#, None, "undefined", "");
        check(r#"{"type":"object","description":"Object"}"#, None, "Object", "");
        check(r#"{"type":"bigint","unserializableValue":"1n","description":"1n"}"#, None, "1n", "");
    }

    #[test]
    fn what_has_no_stack_gets_that_of_the_throw() {
        let trace = r#","stackTrace":{"callFrames":[{"functionName":"f","url":"u","lineNumber":0,"columnNumber":6}]}"#;
        let error = error(r#"{"type":"string","value":"no"}"#, trace);
        assert_eq!((&*error.stack, error.from.column), ("no\n    at f (u:1:7)", 6));
    }
}
