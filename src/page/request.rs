//! The requests of a page and of its frames: what was asked for, and what came of it.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant, SystemTime};

use super::record::Records;
use crate::cdp::protocol::network::{
    LoadingFailed, RequestEvent, RequestWillBeSent, ResponseReceived, WebSocketCreated, WebSocketFrameError,
};
use crate::cdp::{Event, SessionId};

/// Requests kept a tab (contract: the last 500).
const MOST_REQUESTS: usize = 500;

/// One request of a page. A redirect makes a new one.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// Counted from 1, a tab.
    pub number: u64,
    /// When it was made.
    pub at: SystemTime,
    /// Its HTTP method.
    pub method: String,
    /// Its URL, without a user's name and password.
    pub url: String,
    /// What it is for: `document`, `fetch`, `image`, `websocket`, …
    pub kind: String,
    /// Where the redirects began that led to it: their URLs, oldest first.
    pub via: Vec<String>,
    /// The HTTP status that was answered.
    pub status: Option<u16>,
    /// Why there was no answer, or no whole one.
    pub failure: Option<Failure>,
    /// Since when nothing more will come of it.
    pub ended: Option<Instant>,
    /// Since when it is known to have failed.
    failed_at: Option<Instant>,
    /// Chromium's name for it, and the channel on which it was told of last.
    pub(super) id: String,
    pub(super) session: Option<SessionId>,
    /// The document that asked.
    loader: String,
    /// What was answered, as far as somebody waited for an answer.
    pub(super) answer: Option<Answer>,
}

/// The head of an answer that somebody waits for.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The how many-th of the tab.
    number: u64,
    /// Names in lower case, without those that carry cookies.
    pub(super) headers: BTreeMap<String, String>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Chromium's error name, such as `net::ERR_CONNECTION_REFUSED`.
    pub text: String,
    /// What exactly kept it, where Chromium says: `CORS: MissingAllowOriginHeader`, `blocked: csp`.
    pub reason: Option<String>,
}

impl PageRequest {
    /// One that is made now, and of which nothing else is known.
    fn new() -> Self {
        Self {
            number: 0,
            at: SystemTime::now(),
            method: "GET".to_owned(),
            url: String::new(),
            kind: String::new(),
            via: Vec::new(),
            status: None,
            failure: None,
            ended: None,
            failed_at: None,
            id: String::new(),
            session: None,
            loader: String::new(),
            answer: None,
        }
    }

    /// Whether it went well, as soon as that is known: a status of 200 to 299 (0 where there is no HTTP) and no
    /// failure.
    pub fn is_ok(&self) -> Option<bool> {
        if self.failure.is_some() {
            return Some(false);
        }
        self.status.map(|status| matches!(status, 0 | 101 | 200..=299))
    }

    /// Whether it is one that ends: streams stay open for as long as the page likes.
    fn is_bounded(&self) -> bool {
        !matches!(self.kind.as_str(), "eventsource" | "websocket")
    }

    /// Whether there is nothing to be read of its answer (RFC 9110, section 6.4.1). The browser calls that a failure.
    pub(super) fn is_bodiless(&self) -> bool {
        let length = self.answer.as_ref().and_then(|answer| answer.headers.get("content-length"));
        let is_empty = length.is_some_and(|length| length == "0");
        self.status.is_some()
            && (matches!(self.status, Some(204 | 205 | 304)) || self.method == "HEAD" || is_empty)
    }

    fn answered(&mut self, status: u16) {
        self.status = Some(status);
        if status >= 400 {
            self.failed_at = Some(Instant::now());
        }
    }

    fn failed(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.failed_at.get_or_insert_with(Instant::now);
    }
}

/// The last requests of a tab, fed by the `Network` events of all its channels.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    records: Records<PageRequest, MOST_REQUESTS>,
    /// The numbers of those that have not ended, by Chromium's id. An id is the same on every channel: the document of an
    /// out-of-process frame is asked for on its parent's, and ends on its own.
    open: HashMap<String, u64>,
    /// How many answers there were.
    answers: u64,
    /// How many callers wait for one.
    waiting: usize,
}

impl Requests {
    /// Takes one `Network` event. True when somebody may be waiting for what it tells.
    pub(crate) fn apply(&mut self, event: &Event) -> bool {
        self.take_event(event) && self.waiting > 0
    }

    fn take_event(&mut self, event: &Event) -> bool {
        match event.method() {
            "Network.requestWillBeSent" => {
                event.params().is_some_and(|e| self.sent(e, event.session.clone()))
            }
            "Network.responseReceived" => event.params().is_some_and(|e| self.answered(e)),
            "Network.webSocketHandshakeResponseReceived" => {
                event.params().is_some_and(|e: ResponseReceived| {
                    self.change(&e.request_id, |r| r.answered(e.response.status))
                })
            }
            "Network.loadingFinished" | "Network.webSocketClosed" => {
                event.params().is_some_and(|e: RequestEvent| {
                    let session = event.session.clone();
                    self.end(&e.request_id, |request| request.session = session)
                })
            }
            "Network.loadingFailed" => event.params().is_some_and(|e: LoadingFailed| {
                let id = e.request_id.clone();
                self.end(&id, |request| request.failed(failure(e)))
            }),
            "Network.webSocketCreated" => {
                event.params().is_some_and(|e: WebSocketCreated| self.connected(e, event.session.clone()))
            }
            "Network.webSocketFrameError" => event.params().is_some_and(|e: WebSocketFrameError| {
                self.end(&e.request_id, |r| r.failed(Failure { text: e.error_message, reason: None }))
            }),
            _ => false,
        }
    }

    /// All that are kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &PageRequest> {
        self.records.iter()
    }

    /// Those from this number on, oldest first.
    pub(crate) fn since(&self, number: u64) -> impl Iterator<Item = &PageRequest> {
        self.records.since(number)
    }

    /// The number that the next one will have.
    pub(crate) fn next(&self) -> u64 {
        self.records.next()
    }

    /// How many of those from this number on have not ended. Streams are not counted.
    pub(crate) fn pending(&self, since: u64) -> usize {
        let runs = |request: &&PageRequest| {
            request.ended.is_none() && (request.is_bounded() || request.status.is_none())
        };
        self.records.since(since).filter(runs).count()
    }

    /// Those that a document has made and that have not ended. A web socket keeps no network from being idle (Chromium's
    /// `networkIdle` counts what its loader fetches).
    pub(super) fn keeping_busy<'a>(&'a self, loader: &'a str) -> impl Iterator<Item = &'a PageRequest> {
        let runs = |request: &&PageRequest| request.ended.is_none() && request.kind != "websocket";
        self.records.iter().filter(runs).filter(move |request| request.loader == loader)
    }

    /// Those that failed, or were answered with an error, at that moment or later.
    pub(crate) fn failed(&self, since: Instant) -> impl Iterator<Item = &PageRequest> {
        self.records.iter().filter(move |request| request.failed_at.is_some_and(|at| at >= since))
    }

    /// Somebody waits for an answer from now on; yields the number of the next one.
    pub(super) fn wait(&mut self) -> u64 {
        self.waiting += 1;
        self.answers
    }

    /// Nobody waits any more who did.
    pub(super) fn stop_waiting(&mut self) {
        self.waiting -= 1;
    }

    /// The first request that was answered from this answer on, and whose URL will do, or one that was redirected to it.
    pub(super) fn answer(&self, since: u64, will_do: impl Fn(&str) -> bool) -> Option<&PageRequest> {
        let number = |request: &PageRequest| request.answer.as_ref().map(|answer| answer.number);
        let answered = self.records.iter().filter(|request| number(request).is_some_and(|n| n >= since));
        let urls =
            |request: &PageRequest| std::iter::once(&request.url).chain(&request.via).any(|url| will_do(url));
        answered.filter(|request| urls(request)).min_by_key(|request| number(request))
    }

    /// A document turned out to be a file, which the browser keeps: that it is not shown is no failure.
    pub(crate) fn downloads(&mut self, url: &str) {
        let url = url.split('#').next().unwrap_or_default();
        let is_aborted = |failure: &Failure| failure.text == "net::ERR_ABORTED" && failure.reason.is_none();
        let is_it = |request: &&PageRequest| {
            request.kind == "document"
                && request.url == url
                && request.failure.as_ref().is_some_and(is_aborted)
        };
        let number = self.records.iter().filter(is_it).last().map(|request| request.number);
        if let Some(request) = number.and_then(|number| self.records.get_mut(number)) {
            request.failure = None;
            request.failed_at = None;
        }
    }

    /// Takes all out; what is still open is not told of again.
    pub(crate) fn take(&mut self) -> Vec<PageRequest> {
        self.open.clear();
        self.records.take()
    }

    /// A channel is gone: what was asked for on it is not told of any more.
    pub(crate) fn lose_session(&mut self, session: Option<&SessionId>) {
        self.abort("the process that asked is gone", |request| request.session.as_ref() == session);
    }

    /// A document is gone: the browser does not tell that what it asked for ends with it. Documents are not asked for
    /// by documents.
    pub(crate) fn lose_document(&mut self, loader: &str) {
        let is_of = |request: &PageRequest| request.loader == loader && request.kind != "document";
        self.abort("the document that asked is gone", is_of);
    }

    fn abort(&mut self, reason: &str, is_meant: impl Fn(&PageRequest) -> bool) {
        let Self { records, open, .. } = self;
        open.retain(|_, number| {
            let Some(request) = records.get_mut(*number).filter(|request| is_meant(request)) else {
                return true;
            };
            request.ended = Some(Instant::now());
            request.failed(Failure { text: "net::ERR_ABORTED".to_owned(), reason: Some(reason.to_owned()) });
            false
        });
    }

    fn sent(&mut self, event: RequestWillBeSent, session: Option<SessionId>) -> bool {
        // Megabytes that go nowhere, and what the browser wants for itself.
        let url = &event.request.url;
        if url.starts_with("data:") || (event.r#type == "Other" && url.ends_with("/favicon.ico")) {
            return false;
        }
        let mut via = Vec::new();
        match event.redirect_response {
            Some(response) => {
                self.end(&event.request_id, |request| {
                    request.answered(response.status);
                    via = request.via.iter().chain([&request.url]).cloned().collect();
                });
            }
            // Told on two channels.
            None if self.open.contains_key(&event.request_id) => return false,
            None => {}
        }
        let at = Duration::try_from_secs_f64(event.wall_time).unwrap_or_default();
        self.begin(PageRequest {
            at: SystemTime::UNIX_EPOCH + at,
            method: event.request.method,
            url: without_user(&event.request.url),
            kind: event.r#type.to_ascii_lowercase(),
            id: event.request_id,
            session,
            loader: event.loader_id,
            via,
            ..PageRequest::new()
        })
    }

    fn answered(&mut self, event: ResponseReceived) -> bool {
        let answer = (self.waiting > 0).then(|| Answer {
            number: self.answers,
            headers: event.response.headers.into_iter().filter_map(header).collect(),
        });
        self.answers += 1;
        self.change(&event.request_id, |request| {
            request.answered(event.response.status);
            request.answer = answer;
        })
    }

    fn connected(&mut self, event: WebSocketCreated, session: Option<SessionId>) -> bool {
        self.begin(PageRequest {
            url: without_user(&event.url),
            kind: "websocket".to_owned(),
            id: event.request_id,
            session,
            ..PageRequest::new()
        })
    }

    fn begin(&mut self, request: PageRequest) -> bool {
        let id = request.id.clone();
        let (number, gone) = self.records.push(PageRequest { number: self.records.next(), ..request });
        if let Some(gone) = gone.filter(|gone| gone.ended.is_none()) {
            self.open.remove(&gone.id);
        }
        self.open.insert(id, number);
        true
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut PageRequest)) -> bool {
        let number = self.open.get(id).copied();
        number.and_then(|number| self.records.get_mut(number)).map(change).is_some()
    }

    fn end(&mut self, id: &str, change: impl FnOnce(&mut PageRequest)) -> bool {
        let is_known = self.change(id, |request| {
            change(request);
            request.ended = Some(Instant::now());
        });
        self.open.remove(id);
        is_known
    }
}

fn failure(event: LoadingFailed) -> Failure {
    let cors = event.cors_error_status.map(|status| format!("CORS: {}", status.cors_error));
    let blocked = event.blocked_reason.map(|reason| format!("blocked: {reason}"));
    Failure { text: event.error_text, reason: cors.or(blocked) }
}

/// A header as callers may see it: in lower case, repeated ones joined, none that carries a cookie.
fn header((name, value): (String, String)) -> Option<(String, String)> {
    let name = name.to_ascii_lowercase();
    (!name.starts_with("set-cookie")).then(|| (name, value.replace('\n', ", ")))
}

/// A URL without the user's name and password that may stand in it.
fn without_user(url: &str) -> String {
    let Some(start) = url.find("://").map(|place| place + 3) else { return url.to_owned() };
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |place| start + place);
    match url[start..end].rfind('@') {
        Some(place) => format!("{}{}", &url[..start], &url[start + place + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_taken_out_of_a_url() {
        for (url, expected) in [
            ("http://u:p@h/a@b", "http://h/a@b"),
            ("ws://u:p@@h:1?x=://@", "ws://h:1?x=://@"),
            ("http://h/u:p@x", "http://h/u:p@x"),
            ("blob:http://h/1", "blob:http://h/1"),
            ("about:blank", "about:blank"),
        ] {
            assert_eq!(without_user(url), expected);
        }
    }
}
