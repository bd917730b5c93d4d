//! The other end: a client that the command line reaches a gateway with, one call after the other.
//! It must not know operations or how results are printed, and it starts no task: a command is short.

mod error;
mod target;
mod wire;

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::Uri;

pub use error::{ConnectError, RequestError};
pub use target::{Target, TargetError};

use crate::auth::Credential;
use crate::deadline::Deadline;
use wire::Wire;

/// A connection to a gateway that has let us in.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
    hello: Value,
    last_id: u64,
}

impl Client {
    /// Connects and proves itself: two round trips, one of them TCP's own.
    ///
    /// # Errors
    /// A [`ConnectError`], whose text is the one that the existing command line prints.
    pub async fn connect(target: &Target, deadline: Deadline) -> Result<Self, ConnectError> {
        let endpoint = target.endpoint()?;
        let waited = deadline.remaining();
        let connecting = async {
            let mut wire = Wire::open(&endpoint).await?;
            let hello = greet(&mut wire, &target.credential).await?;
            Ok(Self { wire, hello, last_id: 1 })
        };
        deadline.run(connecting).await.unwrap_or(Err(ConnectError::Timeout(waited)))
    }

    /// What the gateway said about itself (`hello-ok`).
    #[must_use]
    pub fn hello(&self) -> &Value {
        &self.hello
    }

    /// Calls a method and waits for its answer.
    ///
    /// # Errors
    /// [`RequestError::Refused`] with the gateway's code, or why no answer came.
    pub async fn request(
        &mut self,
        method: &str,
        params: Value,
        deadline: Deadline,
    ) -> Result<Value, RequestError> {
        self.last_id += 1;
        let id = self.last_id.to_string();
        let frame = json!({ "type": "req", "id": id, "method": method, "params": params }).to_string();
        let waited = deadline.remaining();
        let answering = async {
            self.wire.send(frame).await.map_err(|_| RequestError::Unsent)?;
            let answer = self.wire.answer(&id).await.map_err(RequestError::ended)?;
            result(answer)?.ok_or_else(|| RequestError::Unexpected { method: method.to_owned() })
        };
        deadline.run(answering).await.unwrap_or(Err(RequestError::Timeout(waited)))
    }

    /// Says good-bye. Dropping the client ends it as well, less politely.
    pub async fn close(mut self) {
        let farewell = Deadline::after(Duration::from_millis(200));
        // A gateway that is gone already is closed enough.
        farewell.run(self.wire.close()).await.ok();
    }
}

/// Waits for the challenge, sends `connect`, and gives back the greeting.
async fn greet(wire: &mut Wire, credential: &Credential) -> Result<Value, ConnectError> {
    let challenge = wire.event("connect.challenge").await.map_err(ConnectError::ended)?;
    let nonce = challenge.pointer("/payload/nonce").and_then(Value::as_str).unwrap_or_default();
    if nonce.is_empty() {
        return Err(ConnectError::NoNonce);
    }
    let secret = credential.secret().expose();
    let auth = match credential {
        Credential::Token(_) => json!({ "token": secret }),
        Credential::Password(_) => json!({ "password": secret }),
    };
    let connect = json!({
        "type": "req",
        "id": "1",
        "method": "connect",
        "params": {
            "minProtocol": 3,
            "maxProtocol": 4,
            "client": {
                "id": "cli",
                "version": env!("CARGO_PKG_VERSION"),
                "platform": std::env::consts::OS,
                "mode": "cli",
            },
            "caps": [],
            "auth": auth,
            "role": "operator",
            "scopes": ["operator.admin"],
        },
    });
    wire.send(connect.to_string()).await.map_err(ConnectError::ended)?;
    let answer = wire.answer("1").await.map_err(ConnectError::ended)?;
    let greeting = result(answer).map_err(|error| ConnectError::Rejected(Box::new(error)))?;
    greeting.filter(Value::is_object).ok_or(ConnectError::NotAGateway)
}

/// The payload of an answer, if it has one.
fn result(mut answer: Value) -> Result<Option<Value>, RequestError> {
    if answer["ok"] == true {
        return Ok(answer.as_object_mut().and_then(|answer| answer.remove("payload")));
    }
    let error = &answer["error"];
    let text = |field: &str, otherwise: &str| error[field].as_str().unwrap_or(otherwise).to_owned();
    Err(RequestError::Refused {
        code: text("code", "UNAVAILABLE"),
        message: text("message", "gateway request failed"),
        is_retryable: error["retryable"] == true,
        details: Box::new(error["details"].clone()),
    })
}

/// Where to connect, worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Endpoint {
    /// As people are told it, without anything secret.
    shown: String,
    host: String,
    port: u16,
    uri: Uri,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_payloads_or_refusals() {
        assert_eq!(result(json!({"ok": true, "payload": null})).unwrap(), Some(Value::Null));
        assert_eq!(result(json!({"ok": true})).unwrap(), None);
        let refused = json!({"ok": false, "error": {"code": "INVALID_REQUEST", "message": "Not Found",
            "details": {"error": "Not Found"}, "retryable": true, "retryAfterMs": 5}});
        let RequestError::Refused { code, message, details, is_retryable } = result(refused).unwrap_err()
        else {
            panic!("a refusal")
        };
        assert_eq!((code.as_str(), message.as_str()), ("INVALID_REQUEST", "Not Found"));
        assert!(is_retryable);
        assert_eq!(details["error"], "Not Found");
        for vague in [json!({"ok": false}), json!({}), json!({"ok": false, "error": "x"})] {
            let error = result(vague).unwrap_err();
            assert_eq!(error.message(), "gateway request failed");
        }
    }
}
