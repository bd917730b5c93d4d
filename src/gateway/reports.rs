//! What the gateway tells about itself: health, status, presence. Shapes that the existing clients read, with nothing
//! invented: sections of parts that are not here are empty.

use serde_json::{Value, json};

use super::frame::milliseconds;
use super::{Gateway, now_ms};

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Gateway {
    /// The payload of `health`.
    pub(super) fn health(&self) -> Value {
        json!({
            "ok": true,
            "ts": now_ms(),
            "durationMs": 0,
            "uptimeMs": milliseconds(self.uptime()),
            "plugins": { "loaded": ["browser"], "errors": [], "unavailable": [] },
            "channels": {},
            "channelOrder": [],
            "channelLabels": {},
            "heartbeatSeconds": 0,
            "defaultAgentId": "main",
            "agents": [],
            "sessions": { "path": "", "count": 0, "recent": [] },
        })
    }

    /// The payload of `status`; the existing command line fails without `sessions.byAgent`.
    pub(super) fn status(&self) -> Value {
        json!({
            "runtimeVersion": VERSION,
            "uptimeMs": milliseconds(self.uptime()),
            "pid": std::process::id(),
            "heartbeat": { "defaultAgentId": "main", "agents": [] },
            "channelSummary": [],
            "queuedSystemEvents": [],
            "degradedSecretOwners": [],
            "degradedPlugins": [],
            "sessions": {
                "paths": [],
                "count": 0,
                "defaults": { "model": null, "contextTokens": null },
                "recent": [],
                "byAgent": [],
            },
        })
    }

    /// The payload of `system-presence`: this gateway alone. The host stays unnamed, only loopback can ask.
    pub(super) fn presence(&self) -> Value {
        let (host, ip) = ("localhost", "127.0.0.1");
        json!([{
            "host": host,
            "ip": ip,
            "version": VERSION,
            "platform": std::env::consts::OS,
            "mode": "gateway",
            "reason": "self",
            "text": format!("Gateway: {host} ({ip}) · app {VERSION} · mode gateway · reason self"),
            "ts": now_ms(),
        }])
    }
}
