//! The handshake: challenge, `connect`, greeting; or the reason why not, and the close code that goes with it.
//! It must not know what a session does afterwards.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::connect::{Connect, Protocol};
use super::doorstep::Pass;
use super::frame::{self, Call, Failure};
use super::hello::hello;
use super::outbound::{close_frame, reading_fault};
use super::proof::Rejection;
use super::{Gateway, now_ms};
use crate::deadline::Deadline;

/// The greatest first frame, in bytes; the existing gateway's limit before authentication.
pub(super) const MOST_BEFORE: usize = 64 << 10;
/// A wrong secret is answered so late that guessing does not pay, even below the lock-out.
const WRONG_SECRET_DELAY: Duration = Duration::from_millis(250);
/// How long a client may take to read why it is closed.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// A client that has proven itself.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// A name for this connection.
    pub(super) conn_id: String,
    /// The protocol that it speaks.
    pub(super) protocol: Protocol,
    /// `operator` or `node`.
    pub(super) role: String,
    /// What it may do.
    pub(super) scopes: Vec<String>,
    /// Its id and mode, for the log.
    pub(super) client: String,
}

/// Why a client is turned away: an answer, if its request could be read, and how the socket is closed.
#[derive(Debug, Clone, PartialEq)]
struct Farewell {
    answer: Option<String>,
    code: u16,
    reason: String,
    delay: Duration,
}

/// Why there is no session.
enum Ending {
    /// It was told.
    Told(Farewell),
    /// There is nobody to tell.
    Gone,
}

/// Leads a new socket through the handshake. `origin` is that of the page that opened it, or empty.
/// Nothing when the client was turned away or left; it has been told.
pub(super) async fn greet(
    gateway: &Gateway,
    socket: &mut WebSocket,
    origin: &str,
    pass: &Pass,
) -> Option<Session> {
    match meet(gateway, socket, origin, pass).await {
        Ok(session) => Some(session),
        Err(Ending::Told(farewell)) => {
            tracing::debug!(code = farewell.code, reason = farewell.reason, "gateway client turned away");
            timeout(farewell.delay + FAREWELL, part(socket, farewell)).await.ok();
            None
        }
        Err(Ending::Gone) => {
            tracing::debug!("gateway client left before it connected");
            None
        }
    }
}

async fn meet(
    gateway: &Gateway,
    socket: &mut WebSocket,
    origin: &str,
    pass: &Pass,
) -> Result<Session, Ending> {
    let deadline = Deadline::after(gateway.settings.handshake);
    let (nonce, conn_id) = uuid()
        .and_then(|nonce| Ok((nonce, uuid()?)))
        .map_err(|_| Ending::Told(Farewell::silent(1011, "the operating system gave no random bytes")))?;
    let challenge = frame::event("connect.challenge", json!({ "nonce": nonce, "ts": now_ms() }), None);
    let opening = async {
        socket.send(Message::text(challenge)).await.map_err(|_| Ending::Gone)?;
        first_frame(socket).await
    };
    let frame = tokio::select! {
        biased;
        () = pass.evicted().cancelled() => {
            return Err(Ending::Told(Farewell::silent(1013, "too many clients are connecting")));
        }
        () = pass.overrun().cancelled() => return Err(Ending::Told(Farewell::silent(1009, ""))),
        () = gateway.settings.stop.cancelled() => {
            return Err(Ending::Told(Farewell::silent(1012, "service restart")));
        }
        frame = deadline.run(opening) => frame.unwrap_or_else(|_| Err(Ending::Told(Farewell::silent(1000, ""))))?,
    };
    let (id, session) = judge(gateway, &frame, origin, conn_id).map_err(Ending::Told)?;
    pass.admit();
    let greeting = frame::answer(&id, Ok(hello(gateway, &session)));
    match deadline.run(socket.send(Message::text(greeting))).await {
        Ok(Ok(())) => Ok(session),
        Ok(Err(_)) | Err(_) => Err(Ending::Gone),
    }
}

/// The first frame that carries anything.
async fn first_frame(socket: &mut WebSocket) -> Result<Bytes, Ending> {
    loop {
        let frame: Bytes = match socket.recv().await {
            Some(Ok(Message::Text(text))) => text.into(),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(_))) | None => return Err(Ending::Gone),
            Some(Err(error)) => {
                let code = reading_fault(error).ok_or(Ending::Gone)?;
                return Err(Ending::Told(Farewell::silent(code, "")));
            }
        };
        if frame.len() > MOST_BEFORE {
            return Err(Ending::Told(Farewell::silent(1009, "")));
        }
        return Ok(frame);
    }
}

/// Decides about the first frame.
fn judge(
    gateway: &Gateway,
    frame: &[u8],
    origin: &str,
    conn_id: String,
) -> Result<(String, Session), Farewell> {
    let frame: Value = serde_json::from_slice(frame).map_err(|_| Farewell::silent(1000, ""))?;
    let call = Call::read(frame).map_err(|_| Farewell::silent(1008, "invalid request frame"))?;
    let refuse = |failure| Farewell::answered(&call.id, failure);
    if call.method != "connect" {
        return Err(refuse(Failure::invalid("invalid handshake: first request must be connect")));
    }
    let connect = Connect::read(call.params.clone()).map_err(refuse)?;
    let protocol = connect
        .protocol()
        .map_err(|failure| Farewell { code: 1002, ..Farewell::answered(&call.id, failure) })?;
    let wants_password = gateway.admission.wants_password();
    gateway.admission.check_secret(connect.auth.secret(wants_password), origin).map_err(|rejection| {
        let delay = if rejection == Rejection::Missing { Duration::ZERO } else { WRONG_SECRET_DELAY };
        Farewell { delay, ..refuse(rejection.failure(wants_password, connect.has_device())) }
    })?;
    let session = Session {
        conn_id,
        protocol,
        role: connect.role().to_owned(),
        scopes: connect.scopes(protocol),
        client: format!("{}/{}", connect.client.id, connect.client.mode),
    };
    Ok((call.id, session))
}

impl Farewell {
    fn silent(code: u16, reason: &str) -> Self {
        Self { answer: None, code, reason: reason.to_owned(), delay: Duration::ZERO }
    }

    fn answered(id: &str, failure: Failure) -> Self {
        let reason = failure.message.clone();
        Self { answer: Some(frame::answer(id, Err(failure))), code: 1008, reason, delay: Duration::ZERO }
    }
}

/// Says good-bye and waits until the client has taken note: a socket that is closed with unread bytes in it is reset,
/// and the reason would be lost with it.
async fn part(socket: &mut WebSocket, farewell: Farewell) {
    sleep(farewell.delay).await;
    if let Some(answer) = farewell.answer
        && socket.send(Message::text(answer)).await.is_err()
    {
        return;
    }
    let close = Message::Close(Some(close_frame(farewell.code, &farewell.reason)));
    if socket.send(close).await.is_ok() {
        while let Some(Ok(_)) = socket.recv().await {}
    }
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_look_like_uuids() {
        let (one, two) = (uuid().unwrap(), uuid().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 36);
        assert_eq!((&one[8..9], &one[14..15]), ("-", "4"));
    }
}
