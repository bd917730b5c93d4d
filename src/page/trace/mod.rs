//! A trace of a tab: what was done, what it looked like, what it said and asked for, in the files that Playwright's
//! viewer opens. It does not know where they are written.
//!
//! What a password field holds is never part of it, nor what a call types, nor a header that carries a cookie.

mod event;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::news::Mark;
use super::request::PageRequest;
use super::response::Wait;
use super::scripts;
use super::{Error, Film, Page, Screencast};
use crate::deadline::Deadline;
use event::{
    Answered, Asked, Content, Exception, Header, Line, Location, Message, PAGE, Params, Resource, Size,
    Snapshot, Thrown, Timings,
};

/// Bytes of pictures and documents that a trace holds; beyond that it goes on without.
const MOST: usize = 200 * 1024 * 1024;
/// Bodies that are put into a trace, and how long all of them may take.
const MOST_BODIES: usize = 200;
const BODIES: Duration = Duration::from_secs(5);
/// How long a document may take to be told: what is traced must not wait for long.
const CAPTURE: Duration = Duration::from_secs(2);
/// How the tab is filmed.
const FILM: Film = Film { max_width: 800, max_height: 800, quality: 60 };

/// What a trace holds besides what was done.
#[derive(Debug, Clone, Copy)]
pub struct TraceOptions {
    /// A film of the tab.
    pub screenshots: bool,
    /// The document before and after each act.
    pub snapshots: bool,
}

/// The files of a trace.
#[derive(Debug)]
pub struct Recording {
    /// Their names in the archive, and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
    /// Pictures and documents that did not fit.
    pub left_out: u64,
}

/// A trace that is being taken.
#[derive(Debug)]
pub(super) struct Trace {
    options: TraceOptions,
    clock: Clock,
    since: Mark,
    _heads: Wait,
    tape: Arc<Mutex<Tape>>,
    _film: DropGuard,
}

#[derive(Debug, Clone, Copy)]
struct Clock {
    began: SystemTime,
    start: Instant,
}

impl Clock {
    fn now(self) -> f64 {
        millis(self.start.elapsed())
    }

    /// A moment on the clock; before its start it is the start.
    fn at(self, moment: SystemTime) -> f64 {
        millis(moment.duration_since(self.began).unwrap_or_default())
    }

    fn wall(self) -> f64 {
        millis(self.began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

#[derive(Debug, Default)]
struct Tape {
    lines: String,
    resources: Vec<(String, Vec<u8>)>,
    bytes: usize,
    calls: u64,
    left_out: u64,
}

impl Tape {
    fn write(&mut self, line: &Line<'_>) {
        put(&mut self.lines, line);
    }

    /// Whether so much more has room.
    fn takes(&mut self, bytes: usize) -> bool {
        let fits = self.bytes + bytes <= MOST;
        if fits {
            self.bytes += bytes;
        } else {
            self.left_out += 1;
        }
        fits
    }
}

fn put(lines: &mut String, line: &Line<'_>) {
    lines.push_str(&serde_json::to_string(line).expect("lines are plain data"));
    lines.push('\n');
}

/// One call that is traced.
#[derive(Debug)]
pub struct TracedCall {
    page: Page,
    trace: Arc<Trace>,
    id: String,
}

#[derive(Deserialize)]
struct Captured {
    html: String,
    doctype: Option<String>,
    url: String,
    width: f64,
    height: f64,
}

impl Page {
    /// Begins a trace of this tab.
    ///
    /// # Errors
    /// [`Error::TraceRunning`] while there is one; others when the browser does not film.
    pub async fn start_trace(&self, options: TraceOptions, deadline: Deadline) -> Result<(), Error> {
        if self.traced().is_some() {
            return Err(Error::TraceRunning);
        }
        let film = if options.screenshots { Some(self.film(FILM, deadline).await?) } else { None };
        self.caught_up().await;
        let (tape, ended) = (Arc::<Mutex<Tape>>::default(), CancellationToken::new());
        let clock = Clock { began: SystemTime::now(), start: Instant::now() };
        let trace = Trace {
            options,
            clock,
            since: self.mark(),
            _heads: Wait::new(self),
            tape: Arc::clone(&tape),
            _film: ended.clone().drop_guard(),
        };
        {
            let mut running = self.traced();
            if running.is_some() {
                return Err(Error::TraceRunning);
            }
            trace.begin(&self.url());
            *running = Some(Arc::new(trace));
        }
        if let Some(film) = film {
            let gate = self.gate.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = roll(film, clock, &tape) => {}
                    () = ended.cancelled() => {}
                    () = gate.closed() => {}
                }
            });
        }
        Ok(())
    }

    /// Ends the trace of this tab and yields its files; `stamp` writes moments as ISO 8601 has them.
    ///
    /// # Errors
    /// [`Error::NoTrace`].
    pub async fn stop_trace(&self, stamp: fn(SystemTime) -> String) -> Result<Recording, Error> {
        self.caught_up().await;
        let trace = self.traced().take().ok_or(Error::NoTrace)?;
        let news = self.since(trace.since).await;
        let requests: Vec<PageRequest> = self.state().requests.since(trace.since.requests).cloned().collect();
        let bodies = self.bodies_of(&requests, Deadline::after(BODIES)).await;
        let mut tape = trace.tape();
        for message in &news.messages {
            let from = message.from.clone().unwrap_or_default();
            tape.write(&Line::Console {
                time: trace.clock.at(message.at),
                page_id: PAGE,
                message_type: &message.kind,
                text: &message.text,
                args: [],
                location: Location { url: &from.url, line_number: from.line, column_number: from.column },
            });
        }
        for error in &news.errors {
            let (name, message) = (error.name.as_deref().unwrap_or("Error"), &error.message);
            let error_told = Thrown { error: Exception { name, message, stack: &error.stack } };
            tape.write(&Line::Event {
                time: trace.clock.at(error.at),
                page_id: PAGE,
                class: "BrowserContext",
                method: "pageError",
                params: Params::Error { error: error_told },
            });
        }
        let mut network = String::new();
        for (request, body) in requests.iter().zip(bodies) {
            let name = body.filter(|body| tape.takes(body.len())).map(|body| {
                let name = format!("body-{}", request.number);
                tape.resources.push((name.clone(), body));
                name
            });
            put(
                &mut network,
                &Line::ResourceSnapshot {
                    snapshot: resource(trace.clock, request, name.as_deref(), stamp(request.at)),
                },
            );
        }
        let Tape { lines, resources, left_out, .. } = std::mem::take(&mut *tape);
        let resources = resources.into_iter().map(|(name, bytes)| (format!("resources/{name}"), bytes));
        let texts = [("trace.trace", lines), ("trace.network", network)];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.into_bytes()));
        Ok(Recording { files: texts.into_iter().chain(resources).collect(), left_out })
    }

    /// Something is about to be done on this tab: none when no trace is taken. `params` must hold nothing that is typed.
    pub async fn trace_call(
        &self,
        name: &'static str,
        params: BTreeMap<String, String>,
        with_snapshots: bool,
    ) -> Option<TracedCall> {
        let trace = self.traced().clone()?;
        let number = {
            let mut tape = trace.tape();
            tape.calls += 1;
            tape.calls
        };
        let id = format!("call@{number}");
        let call = TracedCall { page: self.clone(), trace: Arc::clone(&trace), id: id.clone() };
        let start_time = trace.clock.now();
        if with_snapshots {
            call.capture("before").await;
        }
        trace.tape().write(&Line::Before {
            call_id: &id,
            step_id: &id,
            start_time,
            class: "Page",
            method: name,
            title: name,
            params,
            page_id: PAGE,
            before_snapshot: format!("before@{id}"),
        });
        Some(call)
    }

    /// Pictures, styles and fonts that the browser still has: what a document of the trace is drawn with.
    async fn bodies_of(&self, requests: &[PageRequest], deadline: Deadline) -> Vec<Option<Vec<u8>>> {
        let mut bodies = Vec::new();
        for request in requests {
            let is_wanted = matches!(request.kind.as_str(), "image" | "stylesheet" | "font");
            let may = is_wanted
                && request.is_ok() == Some(true)
                && request.ended.is_some()
                && bodies.len() < MOST_BODIES;
            bodies.push(if may { self.body(request, deadline).await.ok() } else { None });
        }
        bodies
    }

    fn traced(&self) -> MutexGuard<'_, Option<Arc<Trace>>> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TracedCall {
    /// It has been done, or has failed with this message.
    pub async fn end(self, error: Option<&str>, with_snapshots: bool) {
        let end_time = self.trace.clock.now();
        if with_snapshots {
            self.capture("after").await;
        }
        self.trace.tape().write(&Line::After {
            call_id: &self.id,
            end_time,
            error: error.map(|message| Message { message }),
            after_snapshot: format!("after@{}", self.id),
        });
    }

    /// Puts the main document into the trace; one that cannot be told in time is left out.
    async fn capture(&self, when: &str) {
        let Self { page, trace, id } = self;
        if !trace.options.snapshots {
            return;
        }
        let (begin, deadline) = (Instant::now(), Deadline::after(CAPTURE));
        let asked = async {
            let main = page.state().frames.main().id.to_string();
            let (session, context) = page.world(&main, deadline).await?;
            page.ask::<Captured>(&session, context, scripts::document(), deadline).await
        };
        let captured = match asked.await {
            Ok(Some(captured)) => captured,
            Ok(None) | Err(_) => {
                trace.tape().left_out += 1;
                return;
            }
        };
        let mut tape = trace.tape();
        if !tape.takes(captured.html.len()) {
            return;
        }
        let Ok(html) = RawValue::from_string(captured.html) else { return };
        tape.write(&Line::FrameSnapshot {
            snapshot: Snapshot {
                call_id: id,
                snapshot_name: &format!("{when}@{id}"),
                page_id: PAGE,
                frame_id: "frame@1",
                frame_url: &captured.url,
                doctype: captured.doctype.as_deref(),
                html: &html,
                viewport: Size { width: captured.width, height: captured.height },
                timestamp: trace.clock.now(),
                wall_time: trace.clock.wall() + trace.clock.now(),
                collection_time: millis(begin.elapsed()),
                resource_overrides: [],
                is_main_frame: true,
            },
        });
    }
}

impl Trace {
    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, url: &str) {
        let mut tape = self.tape();
        tape.write(&Line::ContextOptions {
            version: 8,
            origin: "library",
            browser_name: "chromium",
            platform: std::env::consts::OS,
            wall_time: self.clock.wall(),
            monotonic_time: 0.0,
            sdk_language: "javascript",
            context_id: "context@1",
            title: url,
            options: BTreeMap::new(),
        });
        tape.write(&Line::Event {
            time: 0.0,
            page_id: PAGE,
            class: "BrowserContext",
            method: "page",
            params: Params::Page { page_id: PAGE },
        });
    }
}

/// Puts the pictures of a film into the trace, until it ends.
async fn roll(mut film: Screencast, clock: Clock, tape: &Mutex<Tape>) {
    let mut number = 0;
    while let Ok(frame) = film.next().await {
        number += 1;
        let mut tape = tape.lock().unwrap_or_else(PoisonError::into_inner);
        if !tape.takes(frame.jpeg.len()) {
            return;
        }
        let name = format!("{PAGE}-{number}.jpeg");
        tape.write(&Line::ScreencastFrame {
            page_id: PAGE,
            sha1: &name,
            width: frame.css_width,
            height: frame.css_height,
            timestamp: clock.now(),
        });
        tape.resources.push((name, frame.jpeg));
    }
}

fn resource<'a>(
    clock: Clock,
    request: &'a PageRequest,
    body: Option<&'a str>,
    stamp: String,
) -> Resource<'a> {
    let headers = request.answer.iter().flat_map(|answer| &answer.headers);
    let mime_type = request.answer.as_ref().and_then(|answer| answer.headers.get("content-type"));
    let time = request.ended.map_or(-1.0, |at| {
        (millis(at.saturating_duration_since(clock.start)) - clock.at(request.at)).max(0.0)
    });
    Resource {
        pageref: PAGE,
        frameref: "frame@1",
        monotonic_time: clock.at(request.at),
        resource_type: &request.kind,
        started_date_time: stamp,
        time,
        request: Asked {
            method: &request.method,
            url: &request.url,
            http_version: "HTTP/1.1",
            cookies: [],
            headers: [],
            query_string: [],
            headers_size: -1,
            body_size: -1,
        },
        response: Answered {
            status: request.status.map_or(-1, i64::from),
            status_text: "",
            http_version: "HTTP/1.1",
            cookies: [],
            headers: headers.map(|(name, value)| Header { name, value }).collect(),
            content: Content {
                size: -1,
                mime_type: mime_type.map_or("x-unknown", String::as_str),
                sha1: body,
            },
            redirect_url: "",
            headers_size: -1,
            body_size: -1,
            transfer_size: -1,
            failure_text: request.failure.as_ref().map(|failure| failure.text.as_str()),
        },
        cache: BTreeMap::new(),
        timings: Timings { send: -1.0, wait: -1.0, receive: -1.0 },
    }
}
