//! Why a gateway was not reached, or did not answer. The texts are those that the existing command line prints.

use std::time::Duration;

use serde_json::Value;

use super::target::TargetError;
use super::wire::Ended;

/// Why there is no connection to the gateway.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Nobody listens there, or the way is barred.
    #[error("Gateway not reachable at {url} ({reason}).")]
    Unreachable {
        /// Where.
        url: String,
        /// The system's name for it, such as `ECONNREFUSED`.
        reason: String,
    },
    /// Somebody answered, but with plain HTTP.
    #[error("gateway connect failed: {url} answered the WebSocket upgrade with HTTP {status}{detail}")]
    Http {
        /// Where.
        url: String,
        /// The status.
        status: u16,
        /// What the body said, or nothing.
        detail: String,
    },
    /// Somebody listens who is no gateway.
    #[error("gateway connect failed: what listens there does not speak the gateway protocol; check the port")]
    NotAGateway,
    /// The challenge has no nonce.
    #[error("gateway connect failed: gateway connect challenge missing nonce")]
    NoNonce,
    /// The gateway said no: a wrong secret, or no common protocol.
    #[error("gateway connect failed: {0}")]
    Rejected(Box<RequestError>),
    /// It hung up.
    #[error("gateway connect failed: gateway closed ({code}): {reason}")]
    Closed {
        /// The close code; 1006 when there was none.
        code: u16,
        /// Its reason.
        reason: String,
    },
    /// It did not answer in time.
    #[error("gateway connect failed: gateway timeout after {}ms", .0.as_millis())]
    Timeout(Duration),
}

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The gateway answered that it was not done.
    #[error("GatewayClientRequestError: {message}")]
    Refused {
        /// Such as `INVALID_REQUEST`.
        code: String,
        /// The sentence.
        message: String,
        /// What programs act on; the route's body for `browser.request`. Null when there is nothing.
        details: Box<Value>,
        /// Whether asking again may help.
        is_retryable: bool,
    },
    /// The gateway hung up after the request was written.
    #[error(
        "gateway closed ({code}): {reason}; the request was sent and its outcome is unknown: look at the state before you repeat it"
    )]
    Closed {
        /// The close code; 1006 when there was none.
        code: u16,
        /// Its reason.
        reason: String,
    },
    /// No answer came in time.
    #[error("gateway timeout after {}ms; the request was sent and its outcome is unknown", .0.as_millis())]
    Timeout(Duration),
    /// The connection was lost before the request went out.
    #[error("the gateway connection was lost before the request was sent; connect again")]
    Unsent,
    /// The answer says that it was done, and not what came of it.
    #[error("Unexpected {method} response")]
    Unexpected {
        /// What was called.
        method: String,
    },
}

impl RequestError {
    /// The sentence alone, as `--json` prints it.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Refused { message, .. } => message.clone(),
            Self::Closed { .. } | Self::Timeout(_) | Self::Unsent | Self::Unexpected { .. } => {
                self.to_string()
            }
        }
    }

    pub(super) fn ended(ended: Ended) -> Self {
        let Ended { code, reason } = ended;
        Self::Closed { code, reason }
    }
}

impl ConnectError {
    pub(super) fn ended(ended: Ended) -> Self {
        let Ended { code, reason } = ended;
        Self::Closed { code, reason }
    }
}
