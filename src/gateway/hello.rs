//! The greeting that ends a handshake. Small, but with all that the existing clients read.

use serde_json::{Value, json};

use super::frame::milliseconds;
use super::handshake::Session;
use super::outbound::MOST_BUFFERED;
use super::{Gateway, methods};

/// The greatest message of a client that has proven itself, in bytes.
pub(super) const MOST_PAYLOAD: usize = 26_214_400;
/// How often a `tick` is sent, in milliseconds.
pub(super) const TICK_MS: u64 = 30_000;

const EVENTS: &[&str] = &["connect.challenge", "tick", "shutdown"];

/// The payload of `hello-ok`.
pub(super) fn hello(gateway: &Gateway, session: &Session) -> Value {
    let method = if gateway.admission.wants_password() { "password" } else { "token" };
    let mut snapshot = json!({
        "presence": gateway.presence(),
        "health": gateway.health(),
        "stateVersion": { "presence": 1, "health": 1 },
        "uptimeMs": milliseconds(gateway.uptime()),
        "sessionDefaults": { "defaultAgentId": "main", "mainKey": "main", "mainSessionKey": "agent:main:main" },
    });
    if session.scopes.iter().any(|scope| scope == "operator.admin") {
        snapshot["configPath"] = gateway.settings.config_path.to_string_lossy().into();
        snapshot["stateDir"] = gateway.settings.state_dir.to_string_lossy().into();
        snapshot["authMode"] = method.into();
    }
    json!({
        "type": "hello-ok",
        "protocol": session.protocol as u64,
        "server": { "version": env!("CARGO_PKG_VERSION"), "connId": session.conn_id },
        "features": { "methods": methods::NAMES, "events": EVENTS },
        "snapshot": snapshot,
        "auth": { "method": method, "role": session.role, "scopes": session.scopes },
        "policy": {
            "maxPayload": MOST_PAYLOAD,
            "maxBufferedBytes": MOST_BUFFERED,
            "tickIntervalMs": TICK_MS,
        },
    })
}
