//! The methods that a session may call, by name.
//! It must not know frames on the wire or how calls run side by side.

use serde_json::Value;

use super::frame::{Call, Failure};
use super::handshake::Session;
use super::{Gateway, browser_request, redact, scopes};

/// All methods, as the greeting lists them.
pub(super) const NAMES: &[&str] = &["browser.request", "config.get", "health", "status", "system-presence"];

impl Gateway {
    /// Answers a call. Dropping the future cancels it.
    ///
    /// # Errors
    /// A [`Failure`] for the client.
    pub(super) async fn call(&self, session: &Session, call: Call) -> Result<Value, Failure> {
        scopes::check(&session.scopes, &call.method, session.protocol)?;
        match call.method.as_str() {
            "browser.request" => {
                let request = browser_request::read(call.params)?;
                browser_request::result((self.settings.operations)(request).await)
            }
            "config.get" => Ok(redact::config(&self.settings.config_path)),
            "health" => Ok(self.health()),
            "status" => Ok(self.status()),
            "system-presence" => Ok(self.presence()),
            "connect" => Err(Failure::invalid("connect is only valid as the first request")),
            unknown => {
                let shown = &unknown[..unknown.floor_char_boundary(100)];
                Err(Failure::invalid(format!("unknown method: {shown}")))
            }
        }
    }
}
