//! Who is told of which session's events: a pure table and its mailboxes. Delivery never waits.

use std::collections::HashMap;
use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio::sync::mpsc;

use super::{Delivery, Event, FeedSink, SessionId};

/// Events that a subscriber can afford to lose may wait in its mailbox up to this number: some 30 MB of the
/// largest console messages, or half a second of Chromium's fastest event flood (16,000 a second).
const MOST_WAITING: usize = 8192;

/// Events that are handed out at once, lest a source that never stops talking keeps its reader for ever.
const MOST_AT_ONCE: usize = 10_000;

/// Where a subscriber's events are put: one stream can take those of several sessions.
#[derive(Debug, Clone)]
pub struct Mailbox {
    sender: mpsc::UnboundedSender<Event>,
    waiting: Arc<AtomicUsize>,
    lost: Arc<AtomicU64>,
    /// Events that must not be lost, whatever waits: their number is bounded by what the browser does.
    keep: fn(&str) -> bool,
}

/// The receiving end: a stream of events in the order of the wire.
#[derive(Debug)]
pub struct Subscription {
    receiver: mpsc::UnboundedReceiver<Event>,
    waiting: Arc<AtomicUsize>,
    lost: Arc<AtomicU64>,
    mailbox: Mailbox,
}

impl Subscription {
    /// An empty mailbox; `keep` names the events that are never dropped.
    pub(super) fn new(keep: fn(&str) -> bool) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (waiting, lost) = (Arc::default(), Arc::default());
        let mailbox = Mailbox { sender, waiting: Arc::clone(&waiting), lost: Arc::clone(&lost), keep };
        Self { receiver, waiting, lost, mailbox }
    }

    /// Its mailbox, into which other sessions' events can be put too.
    pub fn mailbox(&self) -> Mailbox {
        self.mailbox.clone()
    }

    /// The next event. It never ends by itself: the owner learns of the end from the connection.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.receiver.recv().await;
        self.taken(event)
    }

    /// The events that are there already.
    pub fn arrived(&mut self) -> Vec<Event> {
        let next = || self.receiver.try_recv().ok();
        let events: Vec<Event> = std::iter::from_fn(next).take(MOST_AT_ONCE).collect();
        self.waiting.fetch_sub(events.len(), Ordering::Relaxed);
        events
    }

    fn taken(&self, event: Option<Event>) -> Option<Event> {
        if event.is_some() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        event
    }

    /// How many events were dropped because too many waited.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Mailbox {
    /// Puts an event in; false when nobody will ever read it.
    fn put(&self, event: Event) -> bool {
        if self.waiting.load(Ordering::Relaxed) >= MOST_WAITING && !(self.keep)(event.method()) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return !self.sender.is_closed();
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.sender.send(event).is_ok()
    }
}

/// Who is told of a session's events.
#[derive(Debug)]
pub(super) enum Subscriber {
    /// A part of ours.
    Part(Mailbox),
    /// An outside client. What its sessions attach to is its own, too.
    Client(FeedSink),
}

impl Subscriber {
    fn put(&self, event: &Event) -> bool {
        match self {
            Self::Part(mailbox) => mailbox.put(event.clone()),
            Self::Client(feed) => feed.put(Delivery::Event(event.clone())),
        }
    }
}

/// All subscribers, by session; the browser's own events are those of no session.
#[derive(Debug, Default)]
pub(super) struct Subscribers(HashMap<Option<SessionId>, Vec<Subscriber>>);

impl Subscribers {
    pub(super) fn insert(&mut self, session: Option<SessionId>, subscriber: Subscriber) {
        self.0.entry(session).or_default().push(subscriber);
    }

    pub(super) fn deliver(&mut self, event: &Event) {
        if let Some(subscribers) = self.0.get_mut(&event.session) {
            subscribers.retain(|subscriber| subscriber.put(event));
        }
    }

    /// A session has attached to another one: what that one says follows to the same clients.
    pub(super) fn follow(&mut self, parent: &Option<SessionId>, child: &str) {
        let clients = self.0.get(parent).into_iter().flatten().filter_map(|subscriber| match subscriber {
            Subscriber::Client(feed) => Some(Subscriber::Client(feed.clone())),
            Subscriber::Part(_) => None,
        });
        let clients: Vec<Subscriber> = clients.collect();
        if !clients.is_empty() {
            self.0.entry(Some(child.into())).or_default().extend(clients);
        }
    }

    pub(super) fn forget(&mut self, session: &str) {
        self.0.remove(&Some(session.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdp::message::{Incoming, read};

    fn event(method: &str, session: &str) -> Event {
        let text = format!(r#"{{"method":"{method}","params":{{}},"sessionId":"{session}"}}"#);
        match read(&text.into()) {
            Incoming::Event(event) => event,
            Incoming::Reply { .. } | Incoming::Unreadable(_) => panic!("not an event"),
        }
    }

    #[tokio::test]
    async fn a_reader_that_sleeps_loses_only_what_it_can_afford() {
        let mut subscription = Subscription::new(|method| method == "Page.dialog");
        let mut table = Subscribers::default();
        table.insert(Some("S".into()), Subscriber::Part(subscription.mailbox()));
        for _ in 0..MOST_WAITING + 10 {
            table.deliver(&event("Log.entry", "S"));
        }
        table.deliver(&event("Page.dialog", "S"));
        table.deliver(&event("Log.entry", "T"));
        assert_eq!(subscription.lost(), 10);
        let mut last = String::new();
        for _ in 0..=MOST_WAITING {
            last = subscription.next().await.expect("it waits").method().to_owned();
        }
        assert_eq!(last, "Page.dialog");
    }

    #[test]
    fn a_dropped_reader_is_forgotten() {
        let mut table = Subscribers::default();
        let subscription = Subscription::new(|_| true);
        table.insert(None, Subscriber::Part(subscription.mailbox()));
        drop(subscription);
        let mut event = event("A.b", "S");
        event.session = None;
        table.deliver(&event);
        assert!(table.0[&None].is_empty());
    }
}
