//! What clients of a profile's CDP port must show, and how configs spell it. Pure.

/// What clients of a profile's CDP port must show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CdpAuth {
    /// The gateway's token or password, or the secret of a lease (`gateway`).
    #[default]
    Gateway,
    /// Nothing: any program of this machine has the whole browser (`none`). For clients that can send no token.
    Nothing,
}

impl CdpAuth {
    /// Every spelling.
    pub const SPELLINGS: [&'static str; 2] = ["gateway", "none"];

    /// The wire word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Nothing => "none",
        }
    }

    /// The one that a config spells so.
    #[must_use]
    pub fn spelt(text: &str) -> Option<Self> {
        [Self::Gateway, Self::Nothing].into_iter().find(|auth| auth.as_str() == text)
    }
}
