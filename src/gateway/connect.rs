//! The first request of a client: who it is, which protocols it speaks, what it may do.
//! It must not know the secret or the socket. Pure.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::frame::Failure;
use super::proof::Proof;
use super::schema::{self, Field, Kind, TEXT};

/// The version of the protocol that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    /// The existing system's 2026.2.
    V3 = 3,
    /// Its 2026.9.
    V4 = 4,
}

/// What a client says about itself in `connect`. A device block is accepted and not verified: whoever holds the shared
/// secret needs no other proof, and without the secret no device is let in.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connect {
    min_protocol: u64,
    max_protocol: u64,
    /// The program.
    pub(super) client: Program,
    role: Option<String>,
    scopes: Option<Vec<String>>,
    device: Option<IgnoredAny>,
    /// What it proves itself with.
    #[serde(default)]
    pub(super) auth: Proof,
}

/// The program at the other end.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Program {
    /// Such as `cli`.
    pub(super) id: String,
    /// Such as `probe`.
    pub(super) mode: String,
}

const CLIENT_IDS: &[&str] = &[
    "webchat-ui",
    "openclaw-control-ui",
    "webchat",
    "cli",
    "gateway-client",
    "openclaw-macos",
    "openclaw-ios",
    "openclaw-android",
    "node-host",
    "test",
    "fingerprint",
    "openclaw-probe",
    "openclaw-browser-copilot",
    "openclaw-tui",
    "openclaw-linux",
    "openclaw-watchos",
    "openclaw-worker",
];
const CLIENT_MODES: &[&str] = &["webchat", "cli", "ui", "backend", "node", "probe", "test", "worker"];

const CLIENT: &[Field] = &[
    Field::required("id", Kind::OneOf(CLIENT_IDS)),
    Field::required("version", Kind::Filled),
    Field::required("platform", Kind::Filled),
    Field::required("mode", Kind::OneOf(CLIENT_MODES)),
    Field::optional("displayName", TEXT),
    Field::optional("buildId", Kind::Text(96)),
    Field::optional("deviceFamily", TEXT),
    Field::optional("modelIdentifier", TEXT),
    Field::optional("timeZone", Kind::Text(64)),
    Field::optional("instanceId", TEXT),
];

const DEVICE: &[Field] = &[
    Field::required("id", Kind::Filled),
    Field::required("publicKey", Kind::Filled),
    Field::required("signature", Kind::Filled),
    Field::required("signedAt", Kind::Count),
    // Clients of protocol 3 on loopback leave it out.
    Field::optional("nonce", TEXT),
];

const AUTH: &[Field] = &[
    Field::optional("token", TEXT),
    Field::optional("password", TEXT),
    Field::optional("bootstrapToken", TEXT),
    Field::optional("deviceToken", TEXT),
    Field::optional("approvalRuntimeToken", TEXT),
    Field::optional("agentRuntimeIdentityToken", TEXT),
];

const CONNECT: &[Field] = &[
    Field::required("minProtocol", Kind::Count),
    Field::required("maxProtocol", Kind::Count),
    Field::required("client", Kind::Object(CLIENT)),
    Field::optional("caps", Kind::Texts),
    Field::optional("commands", Kind::Texts),
    Field::optional("permissions", Kind::Flags),
    Field::optional("pathEnv", TEXT),
    Field::optional("role", TEXT),
    Field::optional("scopes", Kind::Texts),
    Field::optional("locale", TEXT),
    Field::optional("userAgent", TEXT),
    Field::optional("computerUse", Kind::Any),
    Field::optional("workerRuns", Kind::Any),
    Field::optional("modelCatalog", Kind::Any),
    Field::optional("device", Kind::Object(DEVICE)),
    Field::optional("auth", Kind::Object(AUTH)),
];

impl Connect {
    /// Reads the params of `connect`.
    ///
    /// # Errors
    /// A [`Failure`] that names the field.
    pub(super) fn read(params: Value) -> Result<Self, Failure> {
        let invalid = |fault: String| Failure::invalid(format!("invalid connect params: {fault}"));
        schema::check(&params, CONNECT).map_err(invalid)?;
        // The schema admits nothing that serde refuses; were it to, serde's text would still hold no value of a field.
        let connect: Self =
            serde_json::from_value(params).map_err(|_| invalid("a field has the wrong type".to_owned()))?;
        match connect.role() {
            "operator" | "node" => Ok(connect),
            _ => Err(Failure::invalid("invalid role")),
        }
    }

    /// The newest protocol that both ends speak.
    ///
    /// # Errors
    /// A [`Failure`] when there is none.
    pub(super) fn protocol(&self) -> Result<Protocol, Failure> {
        let speaks =
            |protocol: &Protocol| (self.min_protocol..=self.max_protocol).contains(&(*protocol as u64));
        [Protocol::V4, Protocol::V3].into_iter().find(speaks).ok_or_else(|| {
            Failure::invalid("protocol mismatch").with(json!({
                "code": "PROTOCOL_MISMATCH",
                "clientMinProtocol": self.min_protocol,
                "clientMaxProtocol": self.max_protocol,
                "expectedProtocol": Protocol::V4 as u64,
                "minimumProbeProtocol": Protocol::V3 as u64,
            }))
        })
    }

    /// `operator` unless it says otherwise.
    pub(super) fn role(&self) -> &str {
        self.role.as_deref().unwrap_or("operator")
    }

    /// Whether it names a device.
    pub(super) fn has_device(&self) -> bool {
        self.device.is_some()
    }

    /// The scopes that it gets once the secret was right: what it asks for, as the existing gateway does on loopback;
    /// none for nodes and for probes without a device. Protocol 3 gave everything to operators that ask for nothing.
    pub(super) fn scopes(&self, protocol: Protocol) -> Vec<String> {
        let is_probe = self.client.mode == "probe" || self.client.mode == "test" || self.client.id == "test";
        if self.role() != "operator" || (is_probe && !self.has_device()) {
            return Vec::new();
        }
        match (&self.scopes, protocol) {
            (Some(scopes), Protocol::V4) => scopes.clone(),
            (Some(scopes), Protocol::V3) if !scopes.is_empty() => scopes.clone(),
            (_, Protocol::V3) => vec!["operator.admin".to_owned()],
            (None, Protocol::V4) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(changes: &[(&str, Value)]) -> Value {
        let mut params = json!({
            "minProtocol": 4,
            "maxProtocol": 4,
            "client": {"id": "cli", "version": "1", "platform": "linux", "mode": "cli"},
            "role": "operator",
            "scopes": ["operator.admin"],
        });
        for (pointer, value) in changes {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            params.pointer_mut(parent).unwrap()[key] = value.clone();
        }
        params
    }

    fn fault(changes: &[(&str, Value)]) -> String {
        Connect::read(params(changes)).err().map(|failure| failure.message).unwrap_or_default()
    }

    #[test]
    fn connect_is_a_closed_schema() {
        let device = json!({"id": "d", "publicKey": "p", "signature": "s", "signedAt": 1, "nonce": "n"});
        for (change, expected) in [
            (("/device", device), ""),
            (("/caps", json!([])), ""),
            (("/auth", json!({"token": "t", "agentRuntimeIdentityToken": "x"})), ""),
            (("/permissions", json!({"screen": true})), ""),
            (("/role", json!("node")), ""),
            (("/foo", json!(1)), "invalid connect params: at root: unexpected property 'foo'"),
            (
                ("/client/id", json!("evil")),
                "invalid connect params: at /client/id: must be equal to one of the allowed values",
            ),
            (
                ("/client/mode", json!("operator")),
                "invalid connect params: at /client/mode: must be equal to one of the allowed values",
            ),
            (("/minProtocol", json!(0)), "invalid connect params: at /minProtocol: must be >= 1"),
            (("/maxProtocol", json!("4")), "invalid connect params: at /maxProtocol: must be integer"),
            (
                ("/client/timeZone", json!("x".repeat(65))),
                "invalid connect params: at /client/timeZone: must NOT have more than 64 characters",
            ),
            (
                ("/auth", json!({"secret": "x"})),
                "invalid connect params: at /auth: unexpected property 'secret'",
            ),
            (("/device", json!({})), "invalid connect params: at /device: must have required property 'id'"),
            (("/role", json!("root")), "invalid role"),
        ] {
            assert_eq!(fault(std::slice::from_ref(&change)), expected, "{change:?}");
        }
        let mut without = params(&[]);
        without.as_object_mut().unwrap().remove("client");
        let failure = Connect::read(without).unwrap_err();
        assert_eq!(failure.message, "invalid connect params: must have required property 'client'");
    }

    #[test]
    fn the_newest_common_protocol_is_spoken() {
        use Protocol::{V3, V4};
        for (min, max, expected) in [
            (4, 4, Some(V4)),
            (3, 3, Some(V3)),
            (3, 4, Some(V4)),
            (1, 99, Some(V4)),
            (5, 9, None),
            (1, 2, None),
            (4, 3, None),
        ] {
            let connect =
                Connect::read(params(&[("/minProtocol", json!(min)), ("/maxProtocol", json!(max))])).unwrap();
            assert_eq!(connect.protocol().ok(), expected, "{min}..{max}");
        }
        let connect =
            Connect::read(params(&[("/minProtocol", json!(5)), ("/maxProtocol", json!(6))])).unwrap();
        let failure = connect.protocol().unwrap_err();
        let details = json!({"code": "PROTOCOL_MISMATCH", "clientMinProtocol": 5, "clientMaxProtocol": 6,
            "expectedProtocol": 4, "minimumProbeProtocol": 3});
        assert_eq!((failure.message.as_str(), failure.details), ("protocol mismatch", Some(details)));
    }

    #[test]
    fn scopes_depend_on_who_asks() {
        use Protocol::{V3, V4};
        let device = json!({"id": "d", "publicKey": "p", "signature": "s", "signedAt": 1});
        let none = json!(null);
        for (changes, protocol, expected) in [
            (vec![], V4, vec!["operator.admin"]),
            (vec![("/scopes", json!(["operator.read", "made.up"]))], V4, vec!["operator.read", "made.up"]),
            (vec![("/scopes", json!([]))], V4, vec![]),
            (vec![("/scopes", none.clone())], V4, vec![]),
            (vec![("/scopes", none)], V3, vec!["operator.admin"]),
            (vec![("/scopes", json!(["operator.write"]))], V3, vec!["operator.write"]),
            (vec![("/client/mode", json!("probe"))], V4, vec![]),
            (vec![("/client/mode", json!("probe")), ("/device", device)], V4, vec!["operator.admin"]),
            (vec![("/client/id", json!("test"))], V4, vec![]),
            (vec![("/role", json!("node"))], V4, vec![]),
        ] {
            let mut all = params(&changes);
            if all["scopes"].is_null() {
                all.as_object_mut().unwrap().remove("scopes");
            }
            assert_eq!(Connect::read(all).unwrap().scopes(protocol), expected, "{changes:?}");
        }
    }
}
