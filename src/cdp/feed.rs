//! What one outside client gets of a shared connection: the replies to its own commands and the events of its own
//! sessions, in the order of the wire. Delivery never waits: a client that does not read is cut off.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::message::Refusal;
use super::{Event, SessionId};

/// Bytes that may wait for a client: ten pictures of a large screen, or some seconds of the fastest flood of events.
const MOST_WAITING: usize = 64 << 20;

/// One thing that the browser said to a client.
#[derive(Debug)]
pub enum Delivery {
    /// The reply to a command.
    Reply {
        /// The client's own number of the command; nothing keeps it from using one twice.
        number: i64,
        /// What was noted with the command when it was passed on.
        mark: u8,
        /// The session that it was sent on.
        session: SessionId,
        /// The result's JSON text, or the browser's refusal.
        outcome: Result<Bytes, Refusal>,
    },
    /// An event of one of the client's sessions.
    Event(Event),
}

/// A client's end.
#[derive(Debug)]
pub struct Feed {
    receiver: mpsc::UnboundedReceiver<Delivery>,
    sink: FeedSink,
}

/// The wire's end.
#[derive(Debug, Clone)]
pub struct FeedSink {
    sender: mpsc::UnboundedSender<Delivery>,
    waiting: Arc<AtomicUsize>,
    overflow: CancellationToken,
}

impl Feed {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let sink = FeedSink { sender, waiting: Arc::default(), overflow: CancellationToken::new() };
        Self { receiver, sink }
    }

    /// Where the wire puts what is for this client.
    pub fn sink(&self) -> FeedSink {
        self.sink.clone()
    }

    /// What comes next. It never ends by itself.
    pub async fn next(&mut self) -> Option<Delivery> {
        let delivery = self.receiver.recv().await;
        self.taken(delivery)
    }

    /// What has come already.
    pub fn ready(&mut self) -> Option<Delivery> {
        let delivery = self.receiver.try_recv().ok();
        self.taken(delivery)
    }

    fn taken(&self, delivery: Option<Delivery>) -> Option<Delivery> {
        if let Some(delivery) = &delivery {
            self.sink.waiting.fetch_sub(delivery.size(), Ordering::Relaxed);
        }
        delivery
    }

    /// Cancelled when the client read too slowly, so that something for it was dropped.
    pub fn overflow(&self) -> CancellationToken {
        self.sink.overflow.clone()
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}

impl FeedSink {
    /// Puts something in; false when nobody will ever read it.
    pub(super) fn put(&self, delivery: Delivery) -> bool {
        let size = delivery.size();
        let waiting = self.waiting.fetch_add(size, Ordering::Relaxed);
        // The largest message may come alone, whatever its size.
        if waiting > 0 && waiting + size > MOST_WAITING {
            self.overflow.cancel();
        }
        !self.overflow.is_cancelled() && self.sender.send(delivery).is_ok()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Delivery {
    fn size(&self) -> usize {
        match self {
            Self::Reply { outcome: Ok(result), .. } => result.len(),
            Self::Reply { outcome: Err(refusal), .. } => refusal.message.len(),
            Self::Event(event) => event.size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(size: usize) -> Delivery {
        Delivery::Reply {
            number: 1,
            mark: 0,
            session: "S".into(),
            outcome: Ok(Bytes::from(vec![b' '; size])),
        }
    }

    #[tokio::test]
    async fn who_does_not_read_is_cut_off_and_one_large_message_is_no_reason() {
        let mut feed = Feed::new();
        let sink = feed.sink();
        assert!(sink.put(reply(MOST_WAITING + 1)));
        assert!(feed.next().await.is_some() && feed.ready().is_none());
        assert!(sink.put(reply(MOST_WAITING)));
        assert!(!feed.overflow().is_cancelled());
        assert!(!sink.put(reply(1)));
        assert!(feed.overflow().is_cancelled());
    }
}
