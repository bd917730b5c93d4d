//! One outside client on its socket. It has a channel of its own to the browser, so it sees neither what others ask
//! nor what they are told, and everything that it has begun ends with it. It must not know pages.

use std::collections::HashSet;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::stream::SplitSink;
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::guest::{Asked, Guest, Hearing, Reads};
use super::message::{self, Command};
use super::rules::{self, Destination, Verdict};
use crate::browser::Browser;
use crate::cdp::browser_protocol::target::{
    AttachToBrowserTargetParams, AttachToTargetParams, DetachFromTargetParams,
};
use crate::cdp::js_protocol::runtime::RunIfWaitingForDebuggerParams;
use crate::cdp::{Call, Delivery, Error, Event, Feed, Session, SessionId};
use crate::deadline::Deadline;
use crate::pool::Lease;

/// How long a client's channel may take to be made, and to be ended.
const CHANNEL: Duration = Duration::from_secs(5);
/// Messages that are written before a pause is made to look whether there is anything else to do.
const MOST_AT_ONCE: usize = 256;
/// Time for a goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a client's channel was opened to.
#[derive(Debug)]
pub(super) struct Channel {
    browser: Browser,
    /// It has leased a part of the browser, and sees no more of it.
    guest: Option<Guest>,
    feed: Feed,
    /// The client's own session with the browser: all others are made from it, and end with it.
    base: SessionId,
    /// What it means when it names no session.
    root: SessionId,
    sessions: HashSet<SessionId>,
    evaluates: bool,
    /// It has said where downloads go.
    has_downloads: bool,
}

/// Why a client is let go.
type Ending = (u16, &'static str);

const GONE: Ending = (1001, "the browser has ended");
const RESTART: Ending = (1012, "service restart");
const SLOW: Ending = (1008, "it reads too slowly: 64 MB were waiting for it");
const TARGET_GONE: Ending = (1000, "the target has gone away");
const ENDED: Ending = (1001, "the lease has ended");
const LEFT: Ending = (1000, "it has left; the browser stays for others");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfSession {
    session_id: String,
}

impl Channel {
    /// Opens a channel to the browser, or to one target of it.
    ///
    /// # Errors
    /// When the browser does not answer, or has no such target.
    pub(super) async fn open(
        browser: Browser,
        guest: Option<Guest>,
        target: Option<&str>,
        evaluates: bool,
    ) -> Result<Self, Error> {
        let deadline = Deadline::after(CHANNEL);
        let feed = Feed::new();
        let attached = browser.session().call(Call::of(&AttachToBrowserTargetParams::default()), deadline);
        let base: OfSession = attached.await?.parse()?;
        let base: SessionId = base.session_id.into();
        let mut channel = Self {
            browser,
            guest,
            feed,
            root: base.clone(),
            base,
            sessions: HashSet::new(),
            evaluates,
            has_downloads: false,
        };
        match channel.reach(target, deadline).await {
            Ok(()) => Ok(channel),
            Err(error) => {
                channel.end().await;
                Err(error)
            }
        }
    }

    async fn reach(&mut self, target: Option<&str>, deadline: Deadline) -> Result<(), Error> {
        let base = self.session(&self.base);
        base.feed(&self.feed).await?;
        let Some(target) = target else { return Ok(()) };
        // What has come about just now may not be in the table yet.
        self.browser.caught_up().await;
        if self.guest.is_some() && !self.browser.owns(target) {
            let message = message::NO_TARGET.to_owned();
            return Err(Error::Refused {
                method: "Target.attachToTarget".into(),
                code: message::REFUSED,
                message,
            });
        }
        let attach =
            AttachToTargetParams { flatten: Some(true), ..AttachToTargetParams::new(target.to_owned()) };
        let attached: OfSession = base.call(Call::of(&attach), deadline).await?.parse()?;
        self.root = attached.session_id.into();
        Ok(())
    }

    fn session(&self, id: &SessionId) -> Session {
        self.browser.session().connection().session(id.clone())
    }

    /// Serves the client until it goes, or has to.
    pub(super) async fn serve(mut self, socket: WebSocket, stop: CancellationToken) {
        let (mut sink, mut stream) = socket.split();
        let (overflow, browser) = (self.feed.overflow(), self.browser.clone());
        let lease = self.guest.as_ref().map(|guest| guest.lease().clone());
        let talk = async {
            loop {
                tokio::select! {
                    heard = stream.next() => {
                        let text = match heard {
                            Some(Ok(Message::Text(text))) => text,
                            Some(Ok(Message::Binary(bytes))) => match bytes.try_into() {
                                Ok(text) => text,
                                Err(_) => return Some((1007, "the protocol is text")),
                            },
                            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                        };
                        if let Err(ending) = self.take(&text, &mut sink).await {
                            return ending;
                        }
                    }
                    delivery = self.feed.next() => {
                        let Some(delivery) = delivery else { return Some(GONE) };
                        if let Err(ending) = self.give(delivery, &mut sink).await {
                            return ending;
                        }
                    }
                }
            }
        };
        let ending = tokio::select! {
            ending = talk => ending,
            () = overflow.cancelled() => Some(SLOW),
            () = stop.cancelled() => Some(RESTART),
            _ = browser.closed() => Some(GONE),
            () = ended(lease) => Some(ENDED),
        };
        let farewell = async {
            if let Some((code, reason)) = ending {
                tracing::debug!(code, reason, "a CDP client is let go");
                let frame = CloseFrame { code, reason: reason.into() };
                sink.send(Message::Close(Some(frame))).await.ok();
            }
        };
        Deadline::after(FAREWELL).run(farewell).await.ok();
        self.end().await;
    }

    /// Passes a command on, or answers it. An error ends the client.
    async fn take(
        &mut self,
        text: &str,
        sink: &mut SplitSink<WebSocket, Message>,
    ) -> Result<(), Option<Ending>> {
        let Command { number, method, params, session } = match Command::read(text) {
            Ok(command) => command,
            Err(answer) => return write(sink, answer).await,
        };
        let named = session.as_deref();
        let Some(session) = self.named(named) else {
            let message = "Session with given id not found.".to_owned();
            return write(sink, message::fault(Some(number), named, message::NO_SESSION, message)).await;
        };
        let refused = match rules::destination(&method, params) {
            Ok(None) => None,
            Ok(Some(Destination::Guarded(url))) => self.browser.glance(&url).err().map(|why| why.to_string()),
            // Its host is looked up for this client alone, in a bounded time.
            Ok(Some(Destination::Unguarded(url))) => {
                self.browser.judge(&url).await.err().map(|why| why.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = refused {
            let message = format!("{method} is not allowed: {why}");
            return write(sink, message::fault(Some(number), named, message::REFUSED, message)).await;
        }
        let mut verdict = rules::judge(&method, params, self.evaluates);
        let mut reads = Reads::Nothing;
        let is_base = self.is_base(&session);
        if let (Some(guest), Verdict::Passes) = (&mut self.guest, &verdict) {
            (verdict, reads) = guest.judge(&Asked { method: &method, params, is_base });
        }
        let mut params = params.to_owned();
        match verdict {
            Verdict::Passes => {}
            Verdict::PassesAs(other) => params = other,
            Verdict::Answered(result) => {
                return write(sink, message::reply(number, named, result.as_bytes())).await;
            }
            Verdict::Leaves => {
                write(sink, message::reply(number, named, b"{}")).await?;
                self.guest.iter().for_each(Guest::leave);
                return Err(Some(LEFT));
            }
            Verdict::Refused(why) => {
                let message = format!("{method} is not allowed: {why}");
                return write(sink, message::fault(Some(number), named, message::REFUSED, message)).await;
            }
        }
        self.has_downloads |= rules::takes_downloads(&method);
        let call = Call { method: method.into(), params };
        let forwarded = self.session(&session).forward(number, reads.mark(), call, self.feed.sink()).await;
        forwarded.map_err(|_| Some(GONE))
    }

    /// Whether a session is one with the browser itself.
    fn is_base(&self, session: &SessionId) -> bool {
        *session == self.base || self.guest.as_ref().is_some_and(|guest| guest.is_base(session))
    }

    /// The session that a client names, if it has it.
    fn named(&self, session: Option<&str>) -> Option<SessionId> {
        match session {
            None => Some(self.root.clone()),
            Some(session) => self.sessions.get(session).cloned(),
        }
    }

    /// Hands on what the browser said, and what else has come by then. An error ends the client.
    async fn give(
        &mut self,
        first: Delivery,
        sink: &mut SplitSink<WebSocket, Message>,
    ) -> Result<(), Option<Ending>> {
        let mut next = Some(first);
        let mut ending = None;
        let mut left = MOST_AT_ONCE;
        while let Some(mut delivery) = next {
            let is_meant = self.is_meant(&mut delivery);
            if !is_meant {
                left -= 1;
                next = if left > 0 { self.feed.ready() } else { None };
                continue;
            }
            if let Delivery::Event(event) = &delivery {
                ending = ending.or(self.note(event));
            }
            if let Some(text) = self.told(&delivery) {
                sink.feed(Message::text(text)).await.map_err(|_| None)?;
            }
            left -= 1;
            next = if left > 0 { self.feed.ready() } else { None };
        }
        sink.flush().await.map_err(|_| None)?;
        ending.map_or(Ok(()), |ending| Err(Some(ending)))
    }

    /// Whether something is for this client: all of it, unless it has leased a part of the browser.
    fn is_meant(&mut self, delivery: &mut Delivery) -> bool {
        if self.guest.is_none() {
            return true;
        }
        let event = match delivery {
            Delivery::Reply { mark, outcome, .. } => {
                self.guest.iter_mut().for_each(|guest| guest.read(*mark, outcome));
                return true;
            }
            Delivery::Event(event) => event,
        };
        let Some(session) = &event.session else { return false };
        let is_base = self.is_base(session);
        if !is_base && *session != self.root && !self.sessions.contains(session) {
            return false;
        }
        let Some(guest) = &mut self.guest else { return true };
        match guest.hears(event, is_base, &self.sessions) {
            Hearing::Meant => true,
            Hearing::Foreign => false,
            Hearing::Attached(foreign) => {
                // Everything that opens is attached to, whosever it is, and waits; it is let go at once.
                let foreign: SessionId = foreign.into();
                self.session(&foreign).tell(Call::of(&RunIfWaitingForDebuggerParams::default()));
                let detach = DetachFromTargetParams { session_id: Some(foreign.to_string().into()) };
                self.session(session).tell(Call::of(&detach));
                false
            }
        }
    }

    /// Keeps track of the client's sessions; some endings are the client's own.
    fn note(&mut self, event: &Event) -> Option<Ending> {
        match event.method() {
            "Target.attachedToTarget" => {
                let OfSession { session_id } = event.params()?;
                self.sessions.insert(session_id.into());
                None
            }
            "Target.detachedFromTarget" => {
                let OfSession { session_id } = event.params()?;
                self.sessions.remove(&*session_id);
                (*self.root == *session_id).then_some(TARGET_GONE)
            }
            _ => None,
        }
    }

    /// As the client reads it; nothing of a session that is only ours.
    fn told(&self, delivery: &Delivery) -> Option<String> {
        let of = |session: &SessionId| {
            let is_hidden = *session == self.base && self.base != self.root;
            (!is_hidden).then(|| (*session != self.root).then(|| session.to_string()))
        };
        Some(match delivery {
            Delivery::Reply { number, session, outcome: Ok(result), .. } => {
                message::reply(*number, of(session)?.as_deref(), result)
            }
            Delivery::Reply { number, session, outcome: Err(error), .. } => {
                message::refusal(*number, of(session)?.as_deref(), error)
            }
            Delivery::Event(event) => message::event(event, of(event.session.as_ref()?)?.as_deref()),
        })
    }

    /// Ends the client's sessions with the browser, and what they had set.
    async fn end(self) {
        let detach = DetachFromTargetParams { session_id: Some(self.base.to_string().into()) };
        // A browser that is gone has ended them by itself.
        self.browser.base().call(Call::of(&detach), Deadline::after(CHANNEL)).await.ok();
        self.guest.iter().for_each(Guest::end);
        if self.has_downloads {
            self.browser.take_downloads();
        }
    }
}

async fn ended(lease: Option<Lease>) {
    match lease {
        Some(lease) => lease.ended().await,
        None => std::future::pending().await,
    }
}

async fn write(sink: &mut SplitSink<WebSocket, Message>, text: String) -> Result<(), Option<Ending>> {
    sink.send(Message::text(text)).await.map_err(|_| None)
}
