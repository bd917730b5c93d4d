//! How a profile gets its browser, and how configs and requests spell it. Pure.

use std::fmt;
use std::str::FromStr;

/// How a profile gets its browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Driver {
    /// We start it, or attach to the endpoint that the profile names (`openclaw`, formerly `clawd`).
    Managed,
    /// A person's own running browser (`existing-session`).
    ExistingSession,
    /// The browser extension's relay (`extension`): understood, listed, not supported.
    Extension,
}

/// A driver that we do not know. The text is the existing system's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unsupported profile driver {0:?}; use \"openclaw\", \"clawd\", or \"existing-session\"")]
pub struct DriverError(pub String);

impl Driver {
    /// Every accepted spelling, in the order in which errors list them.
    pub const SPELLINGS: [&'static str; 4] = ["openclaw", "clawd", "existing-session", "extension"];

    /// The spelling that answers use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "openclaw",
            Self::ExistingSession => "existing-session",
            Self::Extension => "extension",
        }
    }
}

impl Driver {
    /// The wire word for how its browser is reached.
    #[must_use]
    pub fn transport(self) -> &'static str {
        match self {
            Self::Managed => "cdp",
            Self::ExistingSession => "chrome-mcp",
            Self::Extension => "extension",
        }
    }
}

impl FromStr for Driver {
    type Err = DriverError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "openclaw" | "clawd" => Ok(Self::Managed),
            "existing-session" => Ok(Self::ExistingSession),
            "extension" => Ok(Self::Extension),
            other => Err(DriverError(other.to_owned())),
        }
    }
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for spelling in Driver::SPELLINGS {
            let driver: Driver = spelling.parse().unwrap();
            assert_eq!(driver.as_str(), if spelling == "clawd" { "openclaw" } else { spelling });
        }
        let error = "foo".parse::<Driver>().unwrap_err().to_string();
        assert_eq!(
            error,
            r#"unsupported profile driver "foo"; use "openclaw", "clawd", or "existing-session""#
        );
    }
}
