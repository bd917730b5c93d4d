//! A ref: a short name for a node, given at first sight. Pure spelling; what it names is `PageState`'s to know.

use std::fmt;
use std::str::FromStr;

use super::error::{Error, RefFault};

/// `e12` in the main frame, `f1e3` in child frame 1: valid while that node lives in that document, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference {
    /// 0 for the main frame.
    pub(crate) frame: u32,
    pub(crate) number: u32,
}

/// Which refs were given in a tab: smaller numbers than these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefNumbers {
    /// The next one of the main frame.
    pub next: u32,
    /// How many frames inside it have refs.
    pub frames: u32,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.frame {
            0 => write!(f, "e{}", self.number),
            frame => write!(f, "f{frame}e{}", self.number),
        }
    }
}

impl Reference {
    /// As the `aria` format spells it: `ax12` in the main frame.
    pub fn aria(self) -> String {
        if self.frame == 0 { format!("ax{}", self.number) } else { self.to_string() }
    }
}

impl FromStr for Reference {
    type Err = Error;

    /// Reads `e12`, `@e12`, `ref=e12`, `f1e3`, `ax12` and a bare number (contract 7.6).
    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown =
            || Error::UnknownRef { reference: text.to_owned(), fault: RefFault::NeverGiven, closest: None };
        let bare = text.trim();
        let bare = bare.strip_prefix("ref=").unwrap_or(bare);
        let bare = bare.strip_prefix('@').unwrap_or(bare);
        let bare = bare.strip_prefix("ax").unwrap_or(bare);
        let (frame, number) = match bare.strip_prefix('f').and_then(|rest| rest.split_once('e')) {
            Some((frame, number)) => (digits(frame).ok_or_else(unknown)?, number),
            None => (0, bare.strip_prefix('e').unwrap_or(bare)),
        };
        Ok(Self { frame, number: digits(number).ok_or_else(unknown)? })
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// What an action is aimed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A node that a snapshot named.
    Ref(Reference),
    /// The one element that a CSS selector matches in the main frame.
    Selector(String),
}

impl Target {
    /// How the caller would name it.
    pub fn label(&self) -> String {
        match self {
            Self::Ref(reference) => reference.to_string(),
            Self::Selector(selector) => selector.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_contract_is_read() {
        for (text, shown) in [
            ("e12", "e12"),
            ("@e12", "e12"),
            ("ref=e12", "e12"),
            (" f1e3 ", "f1e3"),
            ("12", "e12"),
            ("ax7", "e7"),
            ("f0e4", "e4"),
        ] {
            assert_eq!(text.parse::<Reference>().expect(text).to_string(), shown);
        }
        for bad in ["", "e", "foo bar", "e-1", "fe3", "f1", "e99999999999", "e1e2", "+5"] {
            let error = bad.parse::<Reference>().expect_err(bad).to_string();
            let expected =
                format!("Unknown ref \"{bad}\". Run a new snapshot and use a ref from that snapshot.");
            assert_eq!(error, expected);
        }
    }
}
