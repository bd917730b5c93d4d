//! What a page said: bounded records, kept from the page's creation. Pure; it does not know who reads them.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use crate::cdp::protocol::{CallFrame, ConsoleApiCalled, LogEntry, RemoteObject};

/// Console messages kept a tab (contract: the last 500).
const MOST_MESSAGES: usize = 500;
/// Characters kept of one message (contract: 2048).
const MOST_TEXT: usize = 2048;

/// One console message.
#[derive(Debug, Clone)]
pub struct ConsoleMessage {
    /// The console method, in Chromium's words: `log`, `warning`, `error`, `debug`, …
    pub kind: String,
    /// Its arguments as text.
    pub text: String,
    /// When it was said.
    pub at: SystemTime,
    /// Where from; the numbers are 0-based, as Chromium tells them.
    pub from: Option<Place>,
}

/// A place in a script.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The script's URL.
    pub url: String,
    /// Line, from 0.
    pub line: i64,
    /// Column, from 0.
    pub column: i64,
}

/// The last console messages of a tab.
#[derive(Debug, Clone, Default)]
pub(crate) struct Console(VecDeque<ConsoleMessage>);

impl Console {
    pub(crate) fn said(&mut self, event: ConsoleApiCalled) {
        let parts: Vec<String> = event.args.iter().map(shown).collect();
        let from = event.stack_trace.and_then(|s| s.call_frames.into_iter().next()).map(place);
        self.push(event.r#type, parts.join(" "), event.timestamp, from);
    }

    pub(crate) fn logged(&mut self, entry: LogEntry) {
        let from = entry.url.map(|url| Place { url, line: entry.line_number.unwrap_or(0), column: 0 });
        self.push(entry.level, entry.text, entry.timestamp, from);
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = &ConsoleMessage> {
        self.0.iter()
    }

    fn push(&mut self, kind: String, text: String, millis: f64, from: Option<Place>) {
        if self.0.len() == MOST_MESSAGES {
            self.0.pop_front();
        }
        let text = match text.char_indices().nth(MOST_TEXT) {
            Some((end, _)) => text[..end].to_owned(),
            None => text,
        };
        let since = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default();
        self.0.push_back(ConsoleMessage { kind, text, at: SystemTime::UNIX_EPOCH + since, from });
    }
}

/// A console argument as a person would read it: strings bare, the rest as JSON or Chromium's description.
fn shown(argument: &RemoteObject) -> String {
    if let Some(value) = &argument.value {
        return serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned());
    }
    let described = argument.unserializable_value.as_ref().or(argument.description.as_ref());
    described.unwrap_or(&argument.r#type).clone()
}

fn place(frame: CallFrame) -> Place {
    Place { url: frame.url, line: frame.line_number, column: frame.column_number }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str) -> Console {
        let mut console = Console::default();
        console.said(serde_json::from_str(json).expect("an event"));
        console
    }

    #[test]
    fn arguments_are_joined_as_a_person_reads_them() {
        let console = said(
            r#"{"type":"log","timestamp":1500.5,"args":[{"type":"string","value":"a"},{"type":"number","value":3},
            {"type":"undefined"},{"type":"object","description":"Array(2)"},{"type":"number","unserializableValue":"NaN"}],
            "stackTrace":{"callFrames":[{"url":"u","lineNumber":30,"columnNumber":169}]}}"#,
        );
        let message = console.messages().next().expect("one");
        assert_eq!(message.text, "a 3 undefined Array(2) NaN");
        assert_eq!(message.at, SystemTime::UNIX_EPOCH + Duration::from_micros(1_500_500));
        assert_eq!(message.from.as_ref().map(|f| (f.line, f.column)), Some((30, 169)));
    }

    #[test]
    fn records_are_bounded() {
        let mut console = Console::default();
        for n in 0..MOST_MESSAGES + 5 {
            console.push("log".into(), format!("{n} {}", "é".repeat(4000)), f64::NAN, None);
        }
        assert_eq!(console.messages().count(), MOST_MESSAGES);
        assert!(console.messages().all(|m| m.text.chars().count() == MOST_TEXT));
        assert!(console.messages().next().expect("one").text.starts_with("5 "));
    }
}
