//! The handle of a connection. Cloning it is cheap; when the last one is dropped the connection closes.

use std::collections::HashMap;
use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::actor::{Actor, Message, Request};
use super::pending::{Asker, Pending, Waiter};
use super::session::Awaited;
use super::subscribers::{Subscriber, Subscribers};
use super::transport::Transport;
use super::{Call, Error, Gate, InFlight, Session, SessionId};

/// Requests that may wait for the actor; callers wait beyond it, each within its own deadline.
const MOST_WAITING: usize = 256;

/// One pipe or socket to one browser.
#[derive(Debug, Clone)]
pub struct Connection {
    requests: mpsc::Sender<Request>,
    closed: watch::Receiver<Option<Arc<str>>>,
    cancel: CancellationToken,
    ids: Arc<AtomicU32>,
    counters: Arc<Counters>,
    /// What is written through this handle is written while this is open.
    gate: Option<Gate>,
}

/// What has passed over a connection; tests count with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Groups of commands written together.
    pub flights: u64,
    /// Commands written.
    pub sent: u64,
    /// Replies and events received.
    pub received: u64,
}

#[derive(Debug)]
pub(super) struct Counters {
    pub(super) flights: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    opened: Instant,
    /// When the last message came, in milliseconds since it was opened.
    heard: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        let (flights, sent, received, heard) = Default::default();
        Self { flights, sent, received, opened: Instant::now(), heard }
    }
}

impl Counters {
    /// A message has come; how many had come before.
    pub(super) fn note_message(&self) -> u64 {
        let millis = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(millis, Ordering::Relaxed);
        self.received.fetch_add(1, Ordering::Relaxed)
    }
}

impl Connection {
    /// Takes a transport and starts the task that owns it.
    pub fn open(transport: impl Transport) -> Self {
        let (requests, incoming) = mpsc::channel(MOST_WAITING);
        let (ended, closed) = watch::channel(None);
        let cancel = CancellationToken::new();
        let counters = Arc::<Counters>::default();
        let actor = Actor {
            transport: Box::new(transport),
            requests: incoming,
            cancel: cancel.clone(),
            closed: ended,
            counters: Arc::clone(&counters),
            pending: Pending::default(),
            subscribers: Subscribers::default(),
            targets: HashMap::new(),
            crashed: HashMap::new(),
        };
        tokio::spawn(actor.run());
        Self { requests, closed, cancel, ids: Arc::default(), counters, gate: None }
    }

    /// The same connection, for whoever may write while a gate is open; what is made of it has the gate, too.
    #[must_use]
    pub fn gated(&self, gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..self.clone() }
    }

    /// The browser's own session.
    pub fn browser(&self) -> Session {
        Session::new(self.clone(), None)
    }

    /// The session of an attached target.
    pub fn session(&self, id: impl Into<SessionId>) -> Session {
        Session::new(self.clone(), Some(id.into()))
    }

    /// Closes the connection; what is in flight fails with [`Error::Closed`].
    pub fn close(&self) {
        self.cancel.cancel();
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.closed.borrow().is_none()
    }

    /// Waits for the end and says why it came.
    pub async fn closed(&self) -> Arc<str> {
        let mut closed = self.closed.clone();
        match closed.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_else(|| "closed".into()),
            Err(_) => "the connection's task ended".into(),
        }
    }

    /// What has passed so far.
    pub fn traffic(&self) -> Traffic {
        let Counters { flights, sent, received, .. } = &*self.counters;
        Traffic {
            flights: flights.load(Ordering::Relaxed),
            sent: sent.load(Ordering::Relaxed),
            received: received.load(Ordering::Relaxed),
        }
    }

    /// How long ago the last message came.
    pub fn quiet_for(&self) -> Duration {
        let Counters { opened, heard, .. } = &*self.counters;
        opened.elapsed().saturating_sub(Duration::from_millis(heard.load(Ordering::Relaxed)))
    }

    /// Writes calls together; the replies come out of what is returned.
    pub(super) async fn write(
        &self,
        session: Option<&SessionId>,
        calls: impl IntoIterator<Item = Call>,
    ) -> Result<InFlight, Error> {
        let (messages, replies) = calls.into_iter().map(|call| self.address(session, call)).unzip();
        self.ask(self.flight(messages)).await?;
        Ok(InFlight::new(replies, self.closed.clone()))
    }

    /// Writes a call that nobody waits for, if there is room.
    pub(super) fn tell(&self, session: Option<&SessionId>, call: Call) {
        let (message, _) = self.address(session, call);
        self.requests.try_send(self.flight(vec![message])).ok();
    }

    /// Ids are 31 bits in Chromium; two billion calls later the first ones are long settled.
    fn next_id(&self) -> u32 {
        self.ids.fetch_add(1, Ordering::Relaxed) & 0x7fff_ffff
    }

    /// Gives a call its number, and a place where its reply comes out.
    fn address(&self, session: Option<&SessionId>, call: Call) -> (Message, Awaited) {
        let (reply, receiver) = oneshot::channel();
        let id = self.next_id();
        let text = call.envelope(id, session.map(AsRef::as_ref));
        let waiter =
            Waiter { method: call.method.clone(), session: session.cloned(), asker: Asker::Call(reply) };
        ((id, text, waiter), (call.method, receiver))
    }

    /// Wants a session's events from now on.
    pub(super) async fn subscribe(
        &self,
        session: Option<SessionId>,
        subscriber: Subscriber,
    ) -> Result<(), Error> {
        self.ask(Request::Subscribe(session, subscriber)).await
    }

    /// Writes a command of an outside client; the reply comes out of its feed.
    pub(super) async fn forward(&self, session: &SessionId, asker: Asker, call: Call) -> Result<(), Error> {
        let id = self.next_id();
        let text = call.envelope(id, Some(session));
        let waiter = Waiter { method: call.method, session: Some(session.clone()), asker };
        self.ask(self.flight(vec![(id, text, waiter)])).await
    }

    fn flight(&self, messages: Vec<Message>) -> Request {
        Request::Flight(messages, self.gate.clone())
    }

    async fn ask(&self, request: Request) -> Result<(), Error> {
        let sent = self.requests.send(request).await;
        sent.map_err(|_| Error::Closed(self.closed.borrow().clone().unwrap_or_else(|| "closed".into())))
    }
}
