//! The one task that owns a transport and the tables of who waits for what. It awaits its inputs only: never a
//! reply, never a subscriber.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::connection::Counters;
use super::message::{Incoming, read, well_formed};
use super::pending::{Pending, Waiter};
use super::subscribers::{Subscriber, Subscribers};
use super::transport::Transport;
use super::{Error, Event, Gate, SessionId};

/// A command's number, its text, and who waits for its reply.
pub(super) type Message = (u32, String, Waiter);

/// What a handle asks of the actor.
#[derive(Debug)]
pub(super) enum Request {
    /// Messages to be written together, each with its waiter, if the gate is still open then.
    Flight(Vec<Message>, Option<Gate>),
    /// Events of a session are wanted.
    Subscribe(Option<SessionId>, Subscriber),
}

pub(super) struct Actor {
    pub(super) transport: Box<dyn Transport>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) cancel: CancellationToken,
    pub(super) closed: watch::Sender<Option<Arc<str>>>,
    pub(super) counters: Arc<Counters>,
    pub(super) pending: Pending,
    pub(super) subscribers: Subscribers,
    /// Which target each session is attached to: a crash is announced by target.
    pub(super) targets: HashMap<SessionId, String>,
    /// Sessions of which one of a crash's two announcements has come, and which one.
    pub(super) crashed: HashMap<SessionId, &'static str>,
}

impl Actor {
    pub(super) async fn run(mut self) {
        let reason: Arc<str> = self.serve().await.into();
        self.pending.fail_all(&reason);
        self.closed.send_replace(Some(reason));
    }

    /// Serves until the end and says why it came.
    async fn serve(&mut self) -> String {
        loop {
            let transport = &mut self.transport;
            let has_room = transport.has_room();
            tokio::select! {
                message = poll_fn(|cx| transport.poll_turn(cx)) => match message {
                    Some(Ok(message)) => if let Err(detail) = self.receive(&message) {
                        return format!("what answers there is no browser: {detail}");
                    },
                    Some(Err(error)) => return error.to_string(),
                    None => return "the browser hung up".to_owned(),
                },
                request = self.requests.recv(), if has_room => match request {
                    Some(request) => self.take(request),
                    None => return "nobody uses it any more".to_owned(),
                },
                () = self.cancel.cancelled() => return "closed by us".to_owned(),
            }
        }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Flight(messages, gate) if gate.as_ref().is_some_and(|gate| !gate.is_open()) => {
                messages.into_iter().for_each(|(_, _, waiter)| waiter.refuse());
            }
            Request::Flight(messages, _) => {
                self.counters.flights.fetch_add(1, Ordering::Relaxed);
                for (id, text, waiter) in messages {
                    self.counters.sent.fetch_add(1, Ordering::Relaxed);
                    self.pending.insert(id, waiter);
                    self.transport.queue(text);
                }
            }
            Request::Subscribe(session, subscriber) => self.subscribers.insert(session, subscriber),
        }
    }

    /// Routes one message. One that cannot be read is passed over, but nobody whose first is such a one speaks CDP.
    fn receive(&mut self, message: &Bytes) -> Result<(), String> {
        let is_first = self.counters.note_message() == 0;
        match read(&well_formed(message)) {
            Incoming::Reply { id, outcome } => self.pending.settle(id, outcome),
            Incoming::Event(event) => {
                self.subscribers.deliver(&event);
                self.note_endings(&event);
            }
            Incoming::Unreadable(detail) if is_first => return Err(detail),
            Incoming::Unreadable(detail) => tracing::warn!(%detail, "unreadable message from the browser"),
        }
        Ok(())
    }

    /// Chromium never answers what was in flight when a renderer died, so the events that tell of it do.
    fn note_endings(&mut self, event: &Event) {
        match event.method() {
            "Target.attachedToTarget" => {
                if let Some(Attached { session_id, target_info }) = event.params() {
                    self.subscribers.follow(&event.session, &session_id);
                    self.targets.insert(session_id.into(), target_info.target_id);
                }
            }
            "Target.detachedFromTarget" => {
                if let Some(Detached { session_id }) = event.params() {
                    self.pending.fail_session(&session_id, |method| Error::Detached { method });
                    self.subscribers.forget(&session_id);
                    self.targets.remove(session_id.as_str());
                    self.crashed.remove(session_id.as_str());
                }
            }
            "Target.targetCrashed" => {
                if let Some(Crashed { target_id }) = event.params() {
                    let ended = self.targets.iter().filter(|(_, target)| **target == target_id);
                    let ended: Vec<SessionId> = ended.map(|(session, _)| session.clone()).collect();
                    ended.iter().for_each(|session| self.crash(session, "Target"));
                }
            }
            "Inspector.targetCrashed" => {
                if let Some(session) = &event.session {
                    self.crash(session, "Inspector");
                }
            }
            _ => {}
        }
    }

    /// A session's renderer died. That is announced twice, in either order; what is asked between the two, such as the
    /// navigation that revives the tab, is not what died with it.
    fn crash(&mut self, session: &SessionId, announced_by: &'static str) {
        match self.crashed.get(session) {
            Some(first) if *first != announced_by => drop(self.crashed.remove(session)),
            Some(_) | None => {
                self.crashed.insert(session.clone(), announced_by);
                self.pending.fail_session(session, |method| Error::Crashed { method });
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    session_id: String,
    target_info: AttachedTarget,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttachedTarget {
    target_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detached {
    session_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Crashed {
    target_id: String,
}
