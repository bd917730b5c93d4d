//! Parameters that several operations read the same way, with the contract's words for wrong ones.

use std::time::Duration;

use super::{Code, Error};
use crate::deadline::Deadline;
use crate::page::input::Button;
use crate::page::{Reference, Target};

/// Delays longer than this are refused (contract 8.2).
const LONGEST_DELAY: u64 = 5_000;

/// A parameter of `/act` is wrong.
pub(super) fn invalid(field: &str, message: impl Into<String>) -> Error {
    Error::field(Code::ActInvalidRequest, field, message)
}

/// A parameter of any other route is wrong.
pub(super) fn wrong(field: &str, message: impl Into<String>) -> Error {
    Error::field(Code::InvalidRequest, field, message)
}

/// A text that says something, trimmed.
pub(super) fn said(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// What an act is aimed at: a ref, else a selector.
pub(super) fn target(
    kind: &str,
    reference: Option<&String>,
    selector: Option<&String>,
) -> Result<Target, Error> {
    match (said(reference), said(selector)) {
        (Some(reference), _) => Ok(Target::Ref(reference.parse::<Reference>()?)),
        (None, Some(selector)) => Ok(Target::Selector(selector.to_owned())),
        (None, None) => Err(invalid("ref", format!("{kind} requires ref or selector"))),
    }
}

/// An element that a parameter of another route than `/act` names: what is wrong with it is wrong with that parameter.
pub(super) fn misnamed(error: Error, field: &str) -> Error {
    if error.code == Code::UnknownRef {
        return error.of(field);
    }
    let is_its =
        matches!(error.code, Code::ActInvalidRequest | Code::ActOperationFailed | Code::InvalidRequest);
    if is_its { Error { code: Code::InvalidRequest, ..error }.of(field) } else { error }
}

pub(super) fn button(kind: &str, word: Option<&String>) -> Result<Button, Error> {
    match said(word) {
        None | Some("left") => Ok(Button::Left),
        Some("right") => Ok(Button::Right),
        Some("middle") => Ok(Button::Middle),
        Some(_) => Err(invalid("button", format!("{kind} button must be left|right|middle"))),
    }
}

/// Modifier bits of `Input.dispatchMouseEvent`: Alt 1, Control 2, Meta 4, Shift 8.
pub(super) fn modifiers(words: &[String]) -> Result<u8, Error> {
    words.iter().try_fold(0, |bits, word| {
        let bit = match word.trim() {
            "Alt" => 1,
            "Control" => 2,
            "Meta" => 4,
            "Shift" => 8,
            "ControlOrMeta" if cfg!(target_os = "macos") => 4,
            "ControlOrMeta" => 2,
            _ => return Err(invalid("modifiers", "modifiers must be Alt|Control|ControlOrMeta|Meta|Shift")),
        };
        Ok(bits | bit)
    })
}

pub(super) fn delay(kind: &str, millis: Option<u64>) -> Result<Duration, Error> {
    match millis {
        Some(millis) if millis > LONGEST_DELAY => {
            Err(invalid("delayMs", format!("{kind} delayMs exceeds maximum of {LONGEST_DELAY}ms")))
        }
        millis => Ok(Duration::from_millis(millis.unwrap_or_default())),
    }
}

/// The longest text: what was asked for, at most `most`.
pub(super) fn max_chars(asked: Option<u64>, default: u64, most: u64) -> Result<usize, Error> {
    match asked {
        Some(0) => Err(wrong("maxChars", "maxChars must be a positive integer.")),
        asked => Ok(usize::try_from(asked.unwrap_or(default).min(most)).unwrap_or(usize::MAX)),
    }
}

/// A delay that the time allows: one that goes on for longer would do the act and answer that it was late.
pub(super) fn in_time(kind: &str, delay: Duration, deadline: Deadline) -> Result<(), Error> {
    if delay.is_zero() || delay < deadline.remaining() {
        return Ok(());
    }
    Err(invalid("delayMs", format!("{kind} delayMs must be less than timeoutMs")))
}

/// How an action's target is named afterwards.
pub(super) fn label(reference: Option<&String>, selector: Option<&String>) -> String {
    match (reference, selector) {
        (Some(reference), _) => format!("ref {reference}").replace("ref ref=", "ref "),
        (None, selector) => selector.cloned().unwrap_or_default(),
    }
}
