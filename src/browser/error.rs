//! Why something could not be done in a browser.

use crate::cdp;
use crate::page;
use crate::policy::Refusal;

/// Why something could not be done in a browser.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The browser said no, or is gone.
    #[error(transparent)]
    Cdp(#[from] cdp::Error),
    /// The page could not do it.
    #[error(transparent)]
    Page(#[from] page::Error),
    /// The policy refuses the URL.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A host name did not resolve, so nobody can tell whether its addresses are allowed.
    #[error("getaddrinfo ENOTFOUND {0}")]
    Unresolvable(String),
    /// The browser did not do what it said in time.
    #[error("the browser did not answer in time")]
    Unanswered,
}
