//! What a client proves itself with, and what it is told when that is not enough.
//! It must not know the secret. Pure.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::frame::{Code, Failure};

/// The fields in which a secret may come.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Proof {
    token: Option<String>,
    password: Option<String>,
    device_token: Option<String>,
    bootstrap_token: Option<String>,
    approval_runtime_token: Option<String>,
    agent_runtime_identity_token: Option<String>,
}

impl Proof {
    /// The one secret that is looked at; more of them would be more guesses. Either field may carry either secret, the
    /// mode's own goes first. Tokens of kinds that are never issued here are secrets too, and wrong ones.
    pub(super) fn secret(&self, wants_password: bool) -> Option<&str> {
        let (first, second) =
            if wants_password { (&self.password, &self.token) } else { (&self.token, &self.password) };
        [
            first,
            second,
            &self.device_token,
            &self.bootstrap_token,
            &self.approval_runtime_token,
            &self.agent_runtime_identity_token,
        ]
        .into_iter()
        .filter_map(Option::as_deref)
        .find(|secret| !secret.is_empty())
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}

/// Why a secret was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejection {
    /// There was none.
    Missing,
    /// It was wrong.
    Wrong,
    /// Too many were wrong; the time until the next one is looked at.
    LockedOut(Duration),
}

impl Rejection {
    /// What the client is told.
    pub(super) fn failure(self, wants_password: bool, has_device: bool) -> Failure {
        let (kind, wire) = if wants_password { ("password", "PASSWORD") } else { ("token", "TOKEN") };
        let details = |code: String, reason: String, next_step: &str| {
            json!({
                "code": code,
                "authReason": reason,
                "canRetryWithDeviceToken": false,
                "recommendedNextStep": next_step,
            })
        };
        match self {
            Self::Missing if !has_device => Failure::new(Code::NotPaired, "device identity required")
                .with(json!({ "code": "DEVICE_IDENTITY_REQUIRED" })),
            Self::Missing => Failure::invalid(format!(
                "unauthorized: gateway {kind} missing (send this gateway's gateway.auth.{kind})"
            ))
            .with(details(
                format!("AUTH_{wire}_MISSING"),
                format!("{kind}_missing"),
                "update_auth_configuration",
            )),
            Self::Wrong => Failure::invalid(format!(
                "unauthorized: gateway {kind} mismatch (use this gateway's gateway.auth.{kind})"
            ))
            .with(details(
                format!("AUTH_{wire}_MISMATCH"),
                format!("{kind}_mismatch"),
                "update_auth_credentials",
            )),
            Self::LockedOut(left) => Failure {
                is_retryable: true,
                retry_after: Some(left),
                ..Failure::invalid("unauthorized: too many failed authentication attempts (retry later)")
                    .with(details(
                        "AUTH_RATE_LIMITED".to_owned(),
                        "rate_limited".to_owned(),
                        "wait_then_retry",
                    ))
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn one_secret_counts_and_junk_is_one_too() {
        let secret = |auth: Value, wants_password| {
            let proof: Proof = serde_json::from_value(auth).unwrap();
            proof.secret(wants_password).map(str::to_owned)
        };
        for (auth, token, password) in [
            (json!({}), None, None),
            (json!({"token": ""}), None, None),
            (json!({"token": "t"}), Some("t"), Some("t")),
            (json!({"password": "p"}), Some("p"), Some("p")),
            (json!({"token": "t", "password": "p"}), Some("t"), Some("p")),
            (json!({"token": "t", "deviceToken": "d"}), Some("t"), Some("t")),
            (json!({"deviceToken": "d"}), Some("d"), Some("d")),
        ] {
            assert_eq!(secret(auth.clone(), false).as_deref(), token, "{auth}");
            assert_eq!(secret(auth.clone(), true).as_deref(), password, "{auth}");
        }
    }

    #[test]
    fn rejections_have_the_codes_that_clients_know() {
        let code = |rejection: Rejection, wants_password, has_device| {
            let failure = rejection.failure(wants_password, has_device);
            (failure.message, failure.details.unwrap()["code"].as_str().unwrap().to_owned())
        };
        assert_eq!(code(Rejection::Missing, false, false).1, "DEVICE_IDENTITY_REQUIRED");
        assert_eq!(code(Rejection::Missing, false, true).1, "AUTH_TOKEN_MISSING");
        let (message, wrong) = code(Rejection::Wrong, false, false);
        assert!(message.starts_with("unauthorized: gateway token mismatch ("), "{message}");
        assert_eq!(wrong, "AUTH_TOKEN_MISMATCH");
        assert_eq!(code(Rejection::Wrong, true, false).1, "AUTH_PASSWORD_MISMATCH");
        let locked = Rejection::LockedOut(Duration::from_secs(9));
        assert_eq!(code(locked, false, false).1, "AUTH_RATE_LIMITED");
        assert!(message.len() <= 123, "a close frame carries it");
    }
}
