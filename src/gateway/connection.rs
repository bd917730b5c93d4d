//! One client after the handshake: the task that reads its socket and owns its calls.
//! It must not know what methods do.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures::{FutureExt, Stream, StreamExt};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::doorstep::Pass;
use super::frame::{self, Call, Code, Failure};
use super::handshake::{self, FAREWELL, Session};
use super::hello::TICK_MS;
use super::outbound::{self, Outbound};
use super::{Gateway, now_ms};

/// Calls that one client may have running; more are refused, so that nobody can pile up work.
const MOST_CALLS: usize = 64;
/// How often a client is pinged, and how long it may take to show a sign of life.
const PING: Duration = Duration::from_secs(25);

/// Serves a fresh socket until it ends. `origin` is that of the page that opened it, or empty.
pub(super) async fn serve(gateway: Gateway, mut socket: WebSocket, origin: String, pass: Pass) {
    let Some(session) = handshake::greet(&gateway, &mut socket, &origin, &pass).await else { return };
    let started = Instant::now();
    let (conn_id, client) = (session.conn_id.clone(), session.client.clone());
    let (sink, stream) = socket.split();
    let (outbound, writer) = outbound::channel();
    let session = Arc::new(session);
    let connection = Connection { gateway, session, outbound, calls: JoinSet::new(), seq: 0, is_alive: true };
    let mut writing = pin!(writer.run(sink));
    let ending = tokio::select! {
        ending = connection.run(stream) => Some(ending),
        () = &mut writing => None,
    };
    if ending.is_some() {
        // What is queued is still written, the close frame last; a client that does not take it misses it.
        timeout(FAREWELL, writing).await.ok();
    }
    let (seconds, ending) = (started.elapsed().as_secs(), ending.unwrap_or("does not read"));
    tracing::debug!(conn_id, client, seconds, ending, "gateway client left");
}

struct Connection {
    gateway: Gateway,
    session: Arc<Session>,
    outbound: Outbound,
    calls: JoinSet<()>,
    /// The number of the last event.
    seq: u64,
    /// Whether anything came since the last ping.
    is_alive: bool,
}

impl Connection {
    /// Reads until the end, whose reason it gives. Its calls end with it.
    async fn run(
        mut self,
        mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
    ) -> &'static str {
        let stop = self.gateway.settings.stop.clone();
        let (mut tick, mut ping) = (every(Duration::from_millis(TICK_MS)), every(PING));
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    timeout(FAREWELL, self.dismiss()).await.ok();
                    return "gateway stopped";
                }
                Some(_) = self.calls.join_next() => {}
                message = stream.next() => match message {
                    Some(Ok(Message::Text(text))) => self.take(text.as_bytes()).await,
                    Some(Ok(Message::Binary(bytes))) => self.take(&bytes).await,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.is_alive = true,
                    Some(Ok(Message::Close(_))) | None => return "closed",
                    Some(Err(error)) => {
                        let Some(code) = outbound::reading_fault(error) else { return "lost" };
                        self.outbound.close(code, "").await;
                        return "sent what cannot be read";
                    }
                },
                _ = tick.tick() => self.event("tick", json!({ "ts": now_ms() })).await,
                _ = ping.tick() => {
                    if !std::mem::take(&mut self.is_alive) {
                        return "no sign of life";
                    }
                    self.outbound.ping().await;
                }
            }
        }
    }

    async fn dismiss(&mut self) {
        self.event("shutdown", json!({ "reason": "gateway stopping" })).await;
        self.outbound.close(1012, "service restart").await;
    }

    async fn event(&mut self, name: &str, payload: serde_json::Value) {
        self.seq += 1;
        self.outbound.send(frame::event(name, payload, Some(self.seq))).await;
    }

    /// Takes a frame: a call is started, anything else answered at once. A full queue makes a client wait that does not
    /// read its answers, and it alone.
    async fn take(&mut self, bytes: &[u8]) {
        self.is_alive = true;
        let call = match serde_json::from_slice(bytes) {
            Ok(frame) => Call::read(frame),
            Err(_) => Err("must be JSON".to_owned()),
        };
        let refusal = match call {
            Ok(call) if self.calls.len() < MOST_CALLS => return self.start(call),
            Ok(call) => {
                let message =
                    format!("{MOST_CALLS} calls of this client are running; wait for an answer first");
                (call.id, Failure { is_retryable: true, ..Failure::new(Code::Unavailable, message) })
            }
            Err(fault) => {
                (frame::INVALID.to_owned(), Failure::invalid(format!("invalid request frame: {fault}")))
            }
        };
        self.outbound.send(frame::answer(&refusal.0, Err(refusal.1))).await;
    }

    fn start(&mut self, call: Call) {
        let (gateway, session, outbound) =
            (self.gateway.clone(), Arc::clone(&self.session), self.outbound.clone());
        self.calls.spawn(async move {
            let id = call.id.clone();
            // A defect in one operation is that call's failure; its client must not wait for ever.
            let result = AssertUnwindSafe(gateway.call(&session, call)).catch_unwind().await;
            let defect = || Failure::new(Code::Unavailable, "internal error; see the gateway's log");
            outbound.send(frame::answer(&id, result.unwrap_or_else(|_| Err(defect())))).await;
        });
    }
}

/// Ticks every `period`, not at once; a tick that was missed is not made up for.
fn every(period: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
