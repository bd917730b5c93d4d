//! What a session may call: the scopes that methods need and that scopes imply. Pure.
//! It must not know how a session got its scopes.

use serde_json::json;

use super::connect::Protocol;
use super::frame::{Code, Failure};

/// A scope of operators. A greater one implies the smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Read,
    Write,
    Admin,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "operator.read",
            Self::Write => "operator.write",
            Self::Admin => "operator.admin",
        }
    }
}

/// The scope that a method needs, which differs between the protocols; `None` when every session may call it.
pub(super) fn needed(method: &str, protocol: Protocol) -> Option<Scope> {
    match (method, protocol) {
        ("health", Protocol::V4) => None,
        ("health", Protocol::V3) | ("status" | "system-presence", _) | ("config.get", Protocol::V4) => {
            Some(Scope::Read)
        }
        ("browser.request", Protocol::V3) => Some(Scope::Write),
        ("browser.request", Protocol::V4) | ("config.get", Protocol::V3) => Some(Scope::Admin),
        // Unknown methods are told from known ones only after the handshake, which is no secret.
        _ => None,
    }
}

/// Checks that scopes which a session holds include what a method needs.
///
/// # Errors
/// A [`Failure`] that names the missing scope.
pub(super) fn check(held: &[String], method: &str, protocol: Protocol) -> Result<(), Failure> {
    let Some(needed) = needed(method, protocol) else { return Ok(()) };
    let all = [Scope::Read, Scope::Write, Scope::Admin];
    let grants =
        |scope: &String| all.iter().any(|known| *known >= needed && known.as_str() == scope.as_str());
    if held.iter().any(grants) {
        return Ok(());
    }
    let message = format!("missing scope: {}", needed.as_str());
    Err(match protocol {
        Protocol::V3 => Failure::invalid(message),
        Protocol::V4 => Failure::new(Code::Forbidden, message).with(json!({
            "code": "MISSING_SCOPE",
            "missingScope": needed.as_str(),
            "requiredScopes": [needed.as_str()],
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_need_scopes_and_greater_scopes_imply_smaller() {
        use Protocol::{V3, V4};
        for (held, method, protocol, missing) in [
            ("", "health", V4, ""),
            ("", "health", V3, "operator.read"),
            ("", "status", V4, "operator.read"),
            ("operator.write", "status", V4, ""),
            ("operator.admin", "system-presence", V4, ""),
            ("operator.read", "config.get", V4, ""),
            ("operator.write", "config.get", V3, "operator.admin"),
            ("operator.write", "browser.request", V3, ""),
            ("operator.write", "browser.request", V4, "operator.admin"),
            ("operator.admin", "browser.request", V4, ""),
            ("operator.administrator", "browser.request", V4, "operator.admin"),
            ("admin", "browser.request", V3, "operator.write"),
        ] {
            let result = check(&[held.to_owned()], method, protocol);
            let expected =
                if missing.is_empty() { String::new() } else { format!("missing scope: {missing}") };
            assert_eq!(
                result.map_or_else(|failure| failure.message, |()| String::new()),
                expected,
                "{held} {method}"
            );
        }
    }

    #[test]
    fn the_protocols_tell_it_differently() {
        let new = check(&[], "browser.request", Protocol::V4).unwrap_err();
        assert_eq!(
            (new.code, new.details.unwrap()["code"].as_str().unwrap()),
            (Code::Forbidden, "MISSING_SCOPE")
        );
        let old = check(&[], "browser.request", Protocol::V3).unwrap_err();
        assert_eq!((old.code, old.details), (Code::InvalidRequest, None));
    }
}
