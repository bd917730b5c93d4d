//! One thing that is wrong in a config file, in the existing system's words where it has any. Pure.

use std::fmt;

/// One thing that is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting, such as `browser.enabled`; the section, for keys that it does not have.
    pub path: String,
    /// What is wrong and what was expected; a contract of `config validate`.
    pub message: String,
    /// The values that would do, when they are few.
    pub allowed: Vec<&'static str>,
    /// The value that stands there, shortened; never a secret.
    pub received: Option<String>,
    /// What to do, where the message does not say it.
    pub hint: Option<&'static str>,
    /// The keys that the section does not have.
    pub unknown: Vec<UnknownKey>,
}

/// A key that a section does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key.
    pub key: String,
    /// Its value, shortened; never a secret.
    pub value: String,
    /// The valid key that it resembles most.
    pub nearest: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(path: &str, message: impl Into<String>) -> Self {
        let (path, message) = (path.to_owned(), message.into());
        Self { path, message, allowed: Vec::new(), received: None, hint: None, unknown: Vec::new() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(received) = &self.received {
            write!(f, ", got {received}")?;
        }
        if let Some(hint) = self.hint {
            write!(f, "; {hint}")?;
        }
        for UnknownKey { key, value, nearest } in &self.unknown {
            write!(f, "; {key} is {value}")?;
            if let Some(nearest) = nearest {
                write!(f, ", did you mean \"{nearest}\"?")?;
            }
        }
        if self.unknown.iter().any(|unknown| unknown.nearest.is_none()) {
            write!(f, "; valid keys: {}", self.allowed.join(", "))?;
        }
        Ok(())
    }
}
