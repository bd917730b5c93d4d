//! Why a request was turned away. It must not hold a secret, only what may be said to a stranger.

use axum::http::StatusCode;

/// Why a request was turned away at the door.
///
/// The texts of [`Refusal::NoCredential`] and [`Refusal::WrongCredential`] are the same, so that an answer tells a
/// stranger nothing; they are two, because only a wrong one counts as a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A header stands twice or is not text.
    #[error("malformed request: the {header} header must stand once and be plain ASCII")]
    Malformed {
        /// Its name.
        header: &'static str,
    },
    /// The request names no host.
    #[error("the Host header is missing; send 127.0.0.1, localhost or [::1] with this listener's port")]
    MissingHost,
    /// The request was meant for another host: a rebound name.
    #[error("foreign Host {host:?}; use 127.0.0.1, localhost or [::1] with this listener's port")]
    ForeignHost {
        /// What it said, shortened.
        host: String,
    },
    /// A page of another site sent it.
    #[error("foreign Origin {origin:?}; only pages of this machine may call")]
    ForeignOrigin {
        /// What it said, shortened.
        origin: String,
    },
    /// The browser itself says that another site sent it.
    #[error("cross-site request (Sec-Fetch-Site); only pages of this machine may call")]
    CrossSite,
    /// No Origin, and a page of another site led here.
    #[error("foreign Referer {referer:?}; only pages of this machine may call")]
    ForeignReferer {
        /// What it said, shortened.
        referer: String,
    },
    /// A proxy stands between, so the caller cannot be told.
    #[error("unattributable request: the {header} header says that a proxy sent it, and none is trusted")]
    Forwarded {
        /// The header's name, lower case.
        header: String,
    },
    /// It came without a credential.
    #[error(
        "unauthorized: send the gateway's token as \"Authorization: Bearer\", or its password as \"x-openclaw-password\""
    )]
    NoCredential,
    /// It came with a wrong credential, or one that the mode does not take.
    #[error(
        "unauthorized: send the gateway's token as \"Authorization: Bearer\", or its password as \"x-openclaw-password\""
    )]
    WrongCredential,
}

impl Refusal {
    /// The HTTP status that says it: 400, 401 or 403.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::NoCredential | Self::WrongCredential => StatusCode::UNAUTHORIZED,
            Self::MissingHost
            | Self::ForeignHost { .. }
            | Self::ForeignOrigin { .. }
            | Self::CrossSite
            | Self::ForeignReferer { .. }
            | Self::Forwarded { .. } => StatusCode::FORBIDDEN,
        }
    }

    /// Whether it counts as an attempt to guess the secret. A missing credential does not.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        *self == Self::WrongCredential
    }
}
