//! What to do next about a refusal, where the code of the error says too little.

use crate::policy::Refusal;

/// What to do about a URL that no policy could allow, or after a page was rescued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// It is none.
    WholeUrl,
    /// It is of another scheme.
    WebUrl,
    /// It holds a password.
    NoCredentials,
    /// Its scripts were stopped.
    LookAgain,
    /// Another tab is in its place.
    StartAgain,
}

impl Advice {
    pub(super) fn about(refusal: &Refusal) -> Option<Self> {
        match refusal {
            Refusal::InvalidUrl { .. } => Some(Self::WholeUrl),
            Refusal::UnsupportedScheme { .. } => Some(Self::WebUrl),
            Refusal::Credentials => Some(Self::NoCredentials),
            Refusal::Blocked { .. }
            | Refusal::StrictName { .. }
            | Refusal::EvaluateDisabled
            | Refusal::WaitFnDisabled => None,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::WholeUrl => "write a whole URL, such as https://example.com",
            Self::WebUrl => "use an http(s) URL, or about:blank",
            Self::LookAgain => {
                "take a new snapshot and call again; its scripts may have been stopped half-way"
            }
            Self::StartAgain => "take a new snapshot; what was done in the page before is lost",
            Self::NoCredentials => "leave them out of the URL, and set credentials",
        }
    }
}
