//! Why something was refused, in the words that the wire contract fixes.
//! It must not know statuses or codes: a face maps variants to those.
use std::net::IpAddr;

use thiserror::Error;

/// A decision against a URL, an address or a script.
///
/// The texts are contract (control API, sections 3, 8.3 and 11.4), character for character; therefore they keep
/// capitals and full stops that errors of ours otherwise do without.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The text is not an absolute URL. Holds it as the caller wrote it, with the userinfo masked.
    #[error("Invalid URL: {raw}")]
    InvalidUrl {
        /// What the caller wrote.
        raw: String,
    },
    /// The scheme could reach files, browser internals or script.
    #[error("Navigation blocked: unsupported protocol \"{scheme}:\"")]
    UnsupportedScheme {
        /// The scheme without its colon.
        scheme: String,
    },
    /// User name or password inside the URL.
    #[error(
        "Navigation blocked: URL-embedded credentials are not supported for page navigation. Set HTTP Basic auth \
         with `openclaw browser set credentials <username> <password>` or use an authenticated browser profile."
    )]
    Credentials,
    /// The host or one of its addresses is out of bounds. The text names neither, since a page may read it.
    #[error("browser navigation blocked by policy")]
    Blocked {
        /// The host as it was judged.
        host: String,
        /// What spoke against it; for logs and tests.
        cause: Cause,
    },
    /// A name that is not allow-listed, in strict mode.
    #[error(
        "Navigation blocked: strict browser SSRF policy requires an IP-literal URL because browser DNS rebinding \
         protections are unavailable for hostname-based navigation"
    )]
    StrictName {
        /// The name as it was judged.
        host: String,
    },
    /// `evaluate` while scripts are switched off.
    #[error(
        "act:evaluate is disabled by config (browser.evaluateEnabled=false).\n\
         Docs: /tools/browser/configuration#configuration"
    )]
    EvaluateDisabled,
    /// `wait --fn` while scripts are switched off.
    #[error(
        "wait --fn is disabled by config (browser.evaluateEnabled=false).\n\
         Docs: /tools/browser/configuration#configuration"
    )]
    WaitFnDisabled,
}

/// What spoke against a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It stands in `browser.ssrfPolicy.blockedHostnames`.
    Listed,
    /// The name always means this machine or this network (`localhost`, `*.internal`).
    LocalName,
    /// An address that is not public.
    Address(IpAddr),
    /// The name has no address to judge.
    NoAddress,
    /// The spelling is none that a resolver should see (only dots, for example).
    Malformed,
}

impl Refusal {
    /// The machine-readable reason. `navigation_blocked` is the contract's word and belongs on the wire;
    /// `evaluate_disabled` is ours, for logs (on the wire those answers carry `ACT_EVALUATE_DISABLED` instead).
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::InvalidUrl { .. }
            | Self::UnsupportedScheme { .. }
            | Self::Credentials
            | Self::Blocked { .. }
            | Self::StrictName { .. } => "navigation_blocked",
            Self::EvaluateDisabled | Self::WaitFnDisabled => "evaluate_disabled",
        }
    }
}
