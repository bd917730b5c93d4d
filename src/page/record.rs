//! What a page said: bounded records, kept from the page's creation. Pure; it does not know who reads them.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::exception::PageError;
use crate::cdp::protocol::{
    CallFrame, ConsoleApiCalled, EntryPreview, LogEntry, ObjectPreview, PropertyPreview, RemoteObject,
};

/// Console messages kept a tab (contract: the last 500).
const MOST_MESSAGES: usize = 500;
/// Page errors kept a tab (contract: the last 200).
const MOST_ERRORS: usize = 200;
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

/// The last of what a page said of one kind. Each has a number that is never given again, so that whoever knows one
/// can ask for what came after it.
#[derive(Debug)]
pub(crate) struct Records<T, const MOST: usize> {
    kept: VecDeque<(u64, T)>,
    next: u64,
}

/// Console messages.
pub(crate) type Console = Records<ConsoleMessage, MOST_MESSAGES>;
/// Exceptions that nothing caught.
pub(crate) type Exceptions = Records<PageError, MOST_ERRORS>;

impl<T, const MOST: usize> Default for Records<T, MOST> {
    fn default() -> Self {
        Self { kept: VecDeque::new(), next: 1 }
    }
}

impl<T, const MOST: usize> Records<T, MOST> {
    /// Keeps one more; yields its number, and what had to go for it.
    pub(crate) fn push(&mut self, record: T) -> (u64, Option<T>) {
        let gone = if self.kept.len() == MOST { self.kept.pop_front() } else { None };
        let number = self.next;
        self.next += 1;
        self.kept.push_back((number, record));
        (number, gone.map(|(_, record)| record))
    }

    /// All that are kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().map(|(_, record)| record)
    }

    /// The number that the next one will have.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Those from this number on, oldest first.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &T> {
        let start = self.kept.partition_point(|(n, _)| *n < number);
        self.kept.range(start..).map(|(_, record)| record)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let place = self.kept.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        Some(&mut self.kept[place].1)
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.kept.retain(|(_, record)| keep(record));
    }

    /// Takes all out; numbers go on.
    pub(crate) fn take(&mut self) -> Vec<T> {
        self.kept.drain(..).map(|(_, record)| record).collect()
    }
}

impl ConsoleMessage {
    pub(super) fn said(event: ConsoleApiCalled) -> Self {
        let parts: Vec<String> = event.args.iter().map(shown).collect();
        let from = event.stack_trace.and_then(|s| s.call_frames.into_iter().next()).map(place);
        Self::new(event.r#type, &parts.join(" "), event.timestamp, from)
    }

    pub(super) fn logged(entry: LogEntry) -> Self {
        let from = entry.url.map(|url| Place { url, line: entry.line_number.unwrap_or(0), column: 0 });
        Self::new(entry.level, &entry.text, entry.timestamp, from)
    }

    fn new(kind: String, text: &str, millis: f64, from: Option<Place>) -> Self {
        Self { kind, text: cut(text, MOST_TEXT), at: moment(millis), from }
    }
}

/// The start of a text, at most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
    text[..end].to_owned()
}

/// A moment that Chromium tells in milliseconds since the epoch.
pub(super) fn moment(millis: f64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default()
}

/// A console argument as a person would read it: strings bare, plain objects with what Chromium shows of them, the rest
/// as JSON or Chromium's description.
fn shown(argument: &RemoteObject) -> String {
    if let Some(value) = &argument.value {
        return serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned());
    }
    if argument.subtype.as_deref() == Some("null") {
        return "null".to_owned();
    }
    if let Some(inside) = argument.preview.as_deref().and_then(inside) {
        return inside;
    }
    let described = argument.unserializable_value.as_ref().or(argument.description.as_ref());
    described.unwrap_or(&argument.r#type).clone()
}

/// `{a: 1, b: x}`, `[1, 2]`, `Map(1) {k => v}`; none for what its description says all of.
fn inside(preview: &ObjectPreview) -> Option<String> {
    let described = |preview: &ObjectPreview| preview.description.clone().unwrap_or_default();
    let value = |property: &PropertyPreview| match property.r#type.as_str() {
        "accessor" => "(...)".to_owned(),
        "function" => "function".to_owned(),
        _ => property.value.clone().unwrap_or_default(),
    };
    let named = |property: &PropertyPreview| format!("{}: {}", property.name, value(property));
    let entry = |entry: &EntryPreview| match &entry.key {
        Some(key) => format!("{} => {}", described(key), described(&entry.value)),
        None => described(&entry.value),
    };
    let ObjectPreview { subtype, properties, entries, overflow, .. } = preview;
    let (is_list, parts): (bool, Vec<String>) = match subtype.as_deref() {
        Some("array" | "typedarray") => (true, properties.iter().map(value).collect()),
        Some("map" | "set") => (false, entries.iter().map(entry).collect()),
        None => (false, properties.iter().map(named).collect()),
        Some(_) => return None,
    };
    let more = overflow.then(|| "\u{2026}".to_owned());
    let parts = parts.into_iter().chain(more).collect::<Vec<_>>().join(", ");
    let class = described(preview);
    Some(match (is_list, class.as_str()) {
        (true, _) => format!("[{parts}]"),
        (false, "Object" | "") => format!("{{{parts}}}"),
        (false, class) => format!("{class} {{{parts}}}"),
    })
}

pub(super) fn place(frame: CallFrame) -> Place {
    Place { url: frame.url, line: frame.line_number, column: frame.column_number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_joined_as_a_person_reads_them() {
        let json = r#"{"type":"log","timestamp":1500.5,"args":[{"type":"string","value":"a"},{"type":"number","value":3},
            {"type":"undefined"},{"type":"object","description":"Array(2)"},{"type":"number","unserializableValue":"NaN"}],
            "stackTrace":{"callFrames":[{"url":"u","lineNumber":30,"columnNumber":169}]}}"#;
        let message = ConsoleMessage::said(serde_json::from_str(json).expect("an event"));
        assert_eq!(message.text, "a 3 undefined Array(2) NaN");
        assert_eq!(message.at, SystemTime::UNIX_EPOCH + Duration::from_micros(1_500_500));
        assert_eq!(message.from.as_ref().map(|f| (f.line, f.column)), Some((30, 169)));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let message = ConsoleMessage::new("log".into(), &"é".repeat(4000), f64::NAN, None);
        assert_eq!((message.text.chars().count(), message.at), (MOST_TEXT, SystemTime::UNIX_EPOCH));
    }

    #[test]
    fn records_are_bounded_and_their_numbers_go_on() {
        let mut records = Records::<u64, 3>::default();
        let gone: Vec<_> = (1..=5).map(|n| records.push(n).1).collect();
        assert_eq!(gone, [None, None, None, Some(1), Some(2)]);
        records.retain(|n| *n != 4);
        assert_eq!(records.iter().copied().collect::<Vec<_>>(), [3, 5]);
        assert_eq!(records.since(4).copied().collect::<Vec<_>>(), [5]);
        assert_eq!((records.get_mut(3).copied(), records.get_mut(4)), (Some(3), None));
        assert_eq!((records.take(), records.iter().count(), records.push(6).0), (vec![3, 5], 0, 6));
    }
}
