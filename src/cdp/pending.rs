//! Commands that wait for their reply: a pure table. It does not know how they were sent.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Delivery, Error, FeedSink, Refusal, Reply, SessionId};
use bytes::Bytes;

/// One command that waits.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) method: Arc<str>,
    pub(super) session: Option<SessionId>,
    pub(super) asker: Asker,
}

impl Waiter {
    /// Its command is not written: whoever asked for it has no right to it any more.
    pub(super) fn refuse(self) {
        self.asker.fail(Error::Revoked { method: self.method });
    }
}

/// Who gets the reply.
#[derive(Debug)]
pub(super) enum Asker {
    /// A call of ours, which is told of every ending.
    Call(oneshot::Sender<Result<Reply, Error>>),
    /// An outside client, by its own number of the command, and with what was noted of it. It is told what the browser
    /// says and nothing else: clients take an answer for a fault that no browser would give.
    Client { number: i64, mark: u8, feed: FeedSink },
}

impl Asker {
    fn has_given_up(&self) -> bool {
        match self {
            Self::Call(reply) => reply.is_closed(),
            Self::Client { feed, .. } => feed.is_closed(),
        }
    }

    /// Tells that there will be no reply.
    fn fail(self, error: Error) {
        match self {
            // A caller that gave up is no loss.
            Self::Call(reply) => reply.send(Err(error)).map_or((), drop),
            Self::Client { .. } => {}
        }
    }
}

/// All commands that wait, by id.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiters: HashMap<u32, Waiter>,
    swept: usize,
    settled: u64,
}

impl Pending {
    /// Adds a waiter. Callers that gave up are swept out when the table has doubled since the last time, so a
    /// browser that never answers cannot make it grow, and no cancelled call needs a message to be forgotten.
    pub(super) fn insert(&mut self, id: u32, waiter: Waiter) {
        if self.waiters.len() >= 64.max(self.swept * 2) {
            self.waiters.retain(|_, w| !w.asker.has_given_up());
            self.swept = self.waiters.len();
        }
        self.waiters.insert(id, waiter);
    }

    /// Hands a reply to its waiter; one that nobody waits for is dropped.
    pub(super) fn settle(&mut self, id: u32, outcome: Result<Bytes, Refusal>) {
        let Some(Waiter { method, session, asker }) = self.waiters.remove(&id) else { return };
        self.settled += 1;
        match asker {
            Asker::Call(reply) => {
                let outcome = match outcome {
                    Ok(result) => Ok(Reply { method, result, place: self.settled }),
                    Err(Refusal { code, message, .. }) => Err(Error::Refused { method, code, message }),
                };
                // A caller that gave up is no loss.
                reply.send(outcome).ok();
            }
            Asker::Client { number, mark, feed } => {
                if let Some(session) = session {
                    feed.put(Delivery::Reply { number, mark, session, outcome });
                }
            }
        }
    }

    /// Ends all waiters of a session; `why` says how, given the method.
    pub(super) fn fail_session(&mut self, session: &str, why: impl Fn(Arc<str>) -> Error) {
        let ended: Vec<u32> = self
            .waiters
            .iter()
            .filter(|(_, w)| w.session.as_deref() == Some(session))
            .map(|(id, _)| *id)
            .collect();
        for waiter in ended.iter().filter_map(|id| self.waiters.remove(id)) {
            waiter.asker.fail(why(waiter.method));
        }
    }

    /// Ends all waiters: the connection is gone.
    pub(super) fn fail_all(&mut self, reason: &Arc<str>) {
        for (_, waiter) in self.waiters.drain() {
            waiter.asker.fail(Error::Closed(reason.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiter(session: Option<&str>) -> (Waiter, oneshot::Receiver<Result<Reply, Error>>) {
        let (reply, receiver) = oneshot::channel();
        (
            Waiter { method: "A.b".into(), session: session.map(Into::into), asker: Asker::Call(reply) },
            receiver,
        )
    }

    #[test]
    fn a_session_fails_alone_and_the_rest_with_the_connection() {
        let mut pending = Pending::default();
        let (of_s, mut s) = waiter(Some("S"));
        let (of_t, mut t) = waiter(Some("T"));
        pending.insert(1, of_s);
        pending.insert(2, of_t);
        pending.fail_session("S", |method| Error::Crashed { method });
        assert!(matches!(s.try_recv(), Ok(Err(Error::Crashed { .. }))));
        assert!(t.try_recv().is_err());
        pending.fail_all(&"gone".into());
        assert!(matches!(t.try_recv(), Ok(Err(Error::Closed(_)))));
    }

    #[test]
    fn callers_that_gave_up_are_swept_out() {
        let mut pending = Pending::default();
        for id in 0..1000 {
            pending.insert(id, waiter(None).0);
        }
        assert!(pending.waiters.len() <= 64, "{}", pending.waiters.len());
    }

    #[test]
    fn late_and_unknown_replies_are_dropped() {
        let mut pending = Pending::default();
        pending.settle(5, Ok(Bytes::from_static(b"{}")));
        let (of_s, mut s) = waiter(None);
        pending.insert(5, of_s);
        pending.settle(5, Err(Refusal { code: -1, message: "no".into(), data: None }));
        assert!(matches!(s.try_recv(), Ok(Err(Error::Refused { code: -1, .. }))));
    }
}
