//! The channel of one attached target: commands, flights of commands, events.

use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use super::pending::Asker;
use super::subscribers::{Mailbox, Subscriber, Subscription};
use super::{Call, Command, Connection, Error, Feed, FeedSink, Gate, Reply, SessionId};
use crate::deadline::Deadline;

/// The channel of one attached target on a connection, or of the browser itself.
#[derive(Debug, Clone)]
pub struct Session {
    connection: Connection,
    id: Option<SessionId>,
}

impl Session {
    pub(super) fn new(connection: Connection, id: Option<SessionId>) -> Self {
        Self { connection, id }
    }

    /// The connection that it is a channel of.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The same channel, for whoever may write while a gate is open.
    #[must_use]
    pub fn gated(&self, gate: &Gate) -> Self {
        Self { connection: self.connection.gated(gate), ..self.clone() }
    }

    /// Its id; none for the browser's own.
    pub fn id(&self) -> Option<&SessionId> {
        self.id.as_ref()
    }

    /// Sends one typed command and reads its reply. Dropping the future cancels the wait, not the command.
    ///
    /// # Errors
    /// Every way a command can end; see [`Error`].
    pub async fn send<C: Command>(&self, command: &C, deadline: Deadline) -> Result<C::Response, Error> {
        self.call(Call::of(command), deadline).await?.parse()
    }

    /// Sends one command and hands back the raw reply, for replies that are read borrowed.
    ///
    /// # Errors
    /// Every way a command can end; see [`Error`].
    pub async fn call(&self, call: Call, deadline: Deadline) -> Result<Reply, Error> {
        let mut replies = self.flight([call], deadline).await?;
        replies.pop().expect("one call has one reply")
    }

    /// Writes several commands at once and awaits all their replies, in the order of the calls.
    ///
    /// # Errors
    /// [`Error::Closed`] when nothing could be written; each reply has its own outcome.
    pub async fn flight(
        &self,
        calls: impl IntoIterator<Item = Call>,
        deadline: Deadline,
    ) -> Result<Vec<Result<Reply, Error>>, Error> {
        Ok(self.launch(calls).await?.replies(deadline).await)
    }

    /// Writes several commands at once; the caller decides what else to watch while their replies come.
    ///
    /// # Errors
    /// [`Error::Closed`] when nothing could be written.
    pub async fn launch(&self, calls: impl IntoIterator<Item = Call>) -> Result<InFlight, Error> {
        self.connection.write(self.id.as_ref(), calls).await
    }

    /// Writes a command without waiting, and forgets its reply; a connection that has no room for it does not get it.
    pub fn tell(&self, call: Call) {
        self.connection.tell(self.id.as_ref(), call);
    }

    /// A new stream of this session's events; those that `keep` names are never dropped.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn events(&self, keep: fn(&str) -> bool) -> Result<Subscription, Error> {
        let subscription = Subscription::new(keep);
        self.events_into(subscription.mailbox()).await?;
        Ok(subscription)
    }

    /// Puts this session's events into the mailbox of a stream that is there already.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn events_into(&self, mailbox: Mailbox) -> Result<(), Error> {
        self.connection.subscribe(self.id.clone(), Subscriber::Part(mailbox)).await
    }

    /// Writes a command of an outside client, under its own number; what the browser answers comes out of its feed, with
    /// the mark that was put on the command.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn forward(&self, number: i64, mark: u8, call: Call, feed: FeedSink) -> Result<(), Error> {
        let id = self.id.as_ref().ok_or_else(|| Error::Closed("the browser's own session is ours".into()))?;
        self.connection.forward(id, Asker::Client { number, mark, feed }, call).await
    }

    /// Puts this session's events, and those of all sessions that it attaches to, into a client's feed.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn feed(&self, feed: &Feed) -> Result<(), Error> {
        self.connection.subscribe(self.id.clone(), Subscriber::Client(feed.sink())).await
    }
}

/// A command's method and where its reply will come out.
pub(super) type Awaited = (Arc<str>, oneshot::Receiver<Result<Reply, Error>>);

/// Commands that were written and whose replies are still to come.
#[derive(Debug)]
pub struct InFlight {
    replies: Vec<Awaited>,
    closed: watch::Receiver<Option<Arc<str>>>,
}

impl InFlight {
    pub(super) fn new(replies: Vec<Awaited>, closed: watch::Receiver<Option<Arc<str>>>) -> Self {
        Self { replies, closed }
    }

    /// The first so many commands, and those after them.
    #[must_use]
    pub fn split_at(mut self, count: usize) -> (Self, Self) {
        let rest = self.replies.split_off(count.min(self.replies.len()));
        let closed = self.closed.clone();
        (self, Self { replies: rest, closed })
    }

    /// Awaits all replies, in the order of the calls.
    pub async fn replies(self, deadline: Deadline) -> Vec<Result<Reply, Error>> {
        let mut outcomes = Vec::with_capacity(self.replies.len());
        for (method, receiver) in self.replies {
            outcomes.push(match deadline.run(receiver).await {
                Ok(Ok(outcome)) => outcome,
                // The actor ended with this request still in its queue.
                Ok(Err(_)) => {
                    Err(Error::Closed(self.closed.borrow().clone().unwrap_or_else(|| "closed".into())))
                }
                Err(_) => Err(Error::Timeout { method }),
            });
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cdp::protocol::Evaluate;
    use crate::cdp::transport::memory;

    fn soon() -> Deadline {
        Deadline::after(Duration::from_secs(5))
    }

    #[tokio::test]
    async fn a_flight_is_written_together_and_answered_out_of_order() {
        let (near, mut far) = memory();
        let session = Connection::open(near).session("S");
        let calls = ["1", "2"].map(|e| Call::of(&Evaluate::value(e, None)));
        let asked = tokio::spawn({
            let session = session.clone();
            async move { session.flight(calls, soon()).await }
        });
        let first = far.sent.recv().await.expect("written");
        let second = far.sent.recv().await.expect("written");
        assert!(first.contains(r#""id":0"#) && second.contains(r#""id":1"#), "{first} {second}");
        far.answer.send(r#"{"id":1,"result":{"b":2},"sessionId":"S"}"#.into()).expect("open");
        far.answer
            .send(r#"{"id":0,"error":{"code":-1,"message":"no"},"sessionId":"S"}"#.into())
            .expect("open");
        let replies = asked.await.expect("no panic").expect("written");
        assert!(matches!(&replies[0], Err(Error::Refused { code: -1, .. })));
        assert_eq!(&replies[1].as_ref().expect("ok").bytes()[..], br#"{"b":2}"#);
        assert_eq!(session.connection().traffic().flights, 1);
    }

    #[tokio::test]
    async fn a_crash_a_detach_and_the_end_each_fail_what_waits() {
        let (near, mut far) = memory();
        let connection = Connection::open(near);
        let attached = r#"{"method":"Target.attachedToTarget","params":{"sessionId":"S","targetInfo":{"targetId":"T"}}}"#;
        far.answer.send(attached.into()).expect("open");
        let mut outcomes = Vec::new();
        for ending in [
            Some(r#"{"method":"Target.targetCrashed","params":{"targetId":"T"}}"#),
            Some(r#"{"method":"Target.detachedFromTarget","params":{"sessionId":"S"}}"#),
            None,
        ] {
            let session = connection.session("S");
            let call =
                tokio::spawn(
                    async move { session.call(Call::of(&Evaluate::value("1", None)), soon()).await },
                );
            far.sent.recv().await.expect("written");
            match ending {
                Some(event) => far.answer.send(event.into()).expect("open"),
                None => connection.close(),
            }
            outcomes.push(call.await.expect("no panic").expect_err("it ended"));
        }
        assert!(
            matches!(outcomes[..], [Error::Crashed { .. }, Error::Detached { .. }, Error::Closed(_)]),
            "{outcomes:?}"
        );
    }

    #[tokio::test]
    async fn what_is_asked_between_the_two_announcements_of_a_crash_did_not_die_with_it() {
        let (near, mut far) = memory();
        let connection = Connection::open(near);
        let attached = r#"{"method":"Target.attachedToTarget","params":{"sessionId":"S","targetInfo":{"targetId":"T"}}}"#;
        far.answer.send(attached.into()).expect("open");
        let of_page = r#"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S"}"#;
        let of_target = r#"{"method":"Target.targetCrashed","params":{"targetId":"T"}}"#;
        // In either order, and each crash anew.
        for (n, [first, second]) in [[of_page, of_target], [of_target, of_page]].into_iter().enumerate() {
            let session = connection.session("S");
            let call = || Call::of(&Evaluate::value("1", None));
            let dying = session.launch([call()]).await.expect("open");
            far.sent.recv().await.expect("written");
            far.answer.send(first.into()).expect("open");
            assert!(matches!(dying.replies(soon()).await[0], Err(Error::Crashed { .. })));
            let reviving = session.launch([call()]).await.expect("open");
            far.sent.recv().await.expect("written");
            far.answer.send(second.into()).expect("open");
            let reply = format!(r#"{{"id":{},"result":{{}},"sessionId":"S"}}"#, 2 * n + 1);
            far.answer.send(reply.into()).expect("open");
            let replies = reviving.replies(soon()).await;
            assert!(replies[0].is_ok(), "{replies:?}");
        }
    }

    #[tokio::test]
    async fn what_is_asked_through_a_closed_gate_is_never_written() {
        let (near, mut far) = memory();
        let (session, gate) = (Connection::open(near).session("S"), Gate::default());
        let mine = session.gated(&gate);
        let inside = mine.connection().session("child of it");
        let call = || Call::of(&Evaluate::value("1", None));
        let under_way = mine.launch([call()]).await.expect("the gate is open");
        assert!(far.sent.recv().await.is_some());
        gate.close();
        for session in [&mine, &inside] {
            let refused = session.call(call(), soon()).await.expect_err("the gate is closed");
            assert!(matches!(refused, Error::Revoked { .. }) && refused.is_gone(), "{refused}");
        }
        mine.tell(call());
        session.launch([call()]).await.expect("others go on");
        assert!(far.sent.recv().await.expect("written").contains(r#""id":4"#));
        // What was written before is answered.
        far.answer.send(r#"{"id":0,"result":{},"sessionId":"S"}"#.into()).expect("open");
        assert!(under_way.replies(soon()).await[0].is_ok());
        assert_eq!(session.connection().traffic().sent, 2);
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline_and_names_the_method() {
        let (near, _far) = memory();
        let session = Connection::open(near).browser();
        let late =
            session.call(Call::of(&Evaluate::value("1", None)), Deadline::after(Duration::from_millis(20)));
        assert_eq!(late.await.expect_err("silence").to_string(), "Runtime.evaluate got no answer in time");
    }

    #[tokio::test]
    async fn an_unreadable_reply_is_an_error_at_once() {
        let (near, mut far) = memory();
        let session = Connection::open(near).browser();
        let asked = tokio::spawn(async move { session.send(&Evaluate::value("1", None), soon()).await });
        far.sent.recv().await.expect("written");
        far.answer.send(r#"{"id":0,"result":[]}"#.into()).expect("open");
        assert!(matches!(asked.await.expect("no panic"), Err(Error::Unreadable { .. })));
    }
}
