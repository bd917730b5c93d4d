//! A tab shown live: an operation that gives a ticket, and the film that the ticket lets watch, once.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::stream::{BoxStream, StreamExt, unfold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::output::Done;
use super::{Access, Code, Error, Operation, Route, Window};
use crate::browser::Browser;
use crate::deadline::Deadline;
use crate::page::{Changes, Film, Frame, Page, Screencast as Reel};
use crate::service::{Seat, Service, TICKET, Tab};

/// Sizes of pictures in pixels, and their quality (contract 9): least, when nothing is said, most.
const SIZES: (f64, f64, f64) = (320.0, 1280.0, 2000.0);
const QUALITY: (f64, f64, f64) = (30.0, 70.0, 90.0);
/// The same by name.
pub(super) const BOUNDS: [(&str, (f64, f64, f64)); 3] =
    [("maxWidth", SIZES), ("maxHeight", SIZES), ("quality", QUALITY)];

/// Gives a ticket to watch a tab live: a WebSocket at `wsPath` on the gateway's port, good once and for a minute.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Screencast {
    /// No picture is wider: 320 to 2000 pixels (default 1280). What is no number counts as absent, what is beyond as
    /// the bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub max_width: Option<Value>,
    /// No picture is higher: 320 to 2000 pixels (default 1280).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub max_height: Option<Value>,
    /// The quality of the JPEG encoding: 30 to 90 (default 70).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub quality: Option<Value>,
}

/// A ticket.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// The ticket: 48 hex digits.
    pub token: String,
    /// Where it is shown, on the gateway's port.
    pub ws_path: String,
    /// When it is too old, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// What was passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Screencast {
    fn film(&self) -> (Film, Vec<String>) {
        let mut warnings = Vec::new();
        let mut read = |name, value: &Option<Value>, (least, default, most): (f64, f64, f64)| {
            let number = value.as_ref().and_then(Value::as_f64);
            if number.is_none() && value.is_some() {
                warnings.push(format!("field \"{name}\" must be a number and was ignored"));
            }
            // Whole, and within bounds that fit.
            number.unwrap_or(default).clamp(least, most).floor() as u32
        };
        let film = Film {
            max_width: read("maxWidth", &self.max_width, SIZES),
            max_height: read("maxHeight", &self.max_height, SIZES),
            quality: read("quality", &self.quality, QUALITY),
        };
        (film, warnings)
    }
}

impl Operation for Screencast {
    const NAME: &'static str = "screencast";
    const COMMANDS: &'static [&'static str] = &[];
    const ROUTE: Route = Route::Post("/screencast");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Ticket;

    async fn run(self, tab: &Tab, _: Deadline) -> Result<Ticket, Error> {
        let Done { target_id, url, .. } = Done::on(tab);
        let (film, warnings) = self.film();
        let (profile, lease) = (tab.profile.clone(), tab.lease.clone());
        let seat = Seat { profile, lease, target_id: target_id.as_str().into(), film };
        let token = tab.tickets.give(seat, Instant::now()).map_err(|error| {
            Error::new(Code::Internal, format!("the system has no randomness for a ticket: {error}"))
        })?;
        let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + TICKET;
        Ok(Ticket {
            ws_path: format!("/browser/screencast?token={token}"),
            token,
            expires_at_ms: u64::try_from(expires.as_millis()).unwrap_or(u64::MAX),
            target_id,
            url,
            warnings,
        })
    }

    fn text(&self, ticket: &Ticket) -> String {
        ticket.ws_path.clone()
    }
}

/// What a viewer gets.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A message: `{"type":"ready","targetId","url","title"}` first, `{"type":"meta","url","title"}` at each change.
    Told(Value),
    /// A picture.
    Picture {
        /// `{"url","cssWidth","cssHeight","scrollX","scrollY","ts"}`: CSS pixels, and seconds since 1970.
        head: Value,
        /// The encoded picture.
        jpeg: Vec<u8>,
    },
    /// The film is over.
    End {
        /// The close code of the WebSocket.
        code: u16,
        /// Why.
        reason: &'static str,
    },
}

/// The ends of a film (contract 9).
const BLOCKED: Shown = Shown::End { code: 4003, reason: "navigation_blocked" };
const CLOSED: Shown = Shown::End { code: 4004, reason: "target_closed" };
const UNSUPPORTED: Shown = Shown::End { code: 4005, reason: "unsupported" };

/// How old a title may be.
const TITLE: Duration = Duration::from_secs(1);

/// How long beginning to film may take.
const BEGIN: Window = Window::WAIT;

/// The film that a ticket lets watch; it uses the ticket up. None when the ticket is not good.
pub fn show(service: &Service, ticket: &str) -> Option<BoxStream<'static, Shown>> {
    let seat = service.redeem(ticket)?;
    let viewing = Viewing { service: service.clone(), seat, reel: None, told: None };
    Some(unfold(Some(viewing), |viewing| async move { Some(viewing?.next().await) }).boxed())
}

struct Viewing {
    service: Service,
    seat: Seat,
    /// The film and what wakes its viewer, once it has begun.
    reel: Option<(Reel, Changes)>,
    /// URL and title that the viewer knows, and when the title was asked for: Chromium does not tell by itself that one
    /// has changed.
    told: Option<(String, String, Instant)>,
}

impl Viewing {
    async fn next(mut self) -> (Shown, Option<Self>) {
        match self.shown().await {
            Ok(shown) => (shown, Some(self)),
            Err(end) => (end, None),
        }
    }

    /// The next thing to show, or the end.
    async fn shown(&mut self) -> Result<Shown, Shown> {
        if self.reel.is_none() {
            let page = self.tab().await?.page;
            let changes = page.changes();
            let reel = page.film(self.seat.film, BEGIN.deadline(None)).await.map_err(|error| {
                tracing::debug!(%error, "a tab cannot be filmed");
                if page.is_closed() { CLOSED } else { UNSUPPORTED }
            })?;
            self.reel = Some((reel, changes));
        }
        loop {
            let Watched { browser, page, .. } = self.tab().await?;
            let is_known =
                |(url, _, asked): &(String, String, Instant)| *url == page.url() && asked.elapsed() < TITLE;
            if !self.told.as_ref().is_some_and(is_known)
                && let Some(told) = self.told(&browser).await?
            {
                return Ok(Shown::Told(told));
            }
            let Some((reel, changes)) = &mut self.reel else { return Err(CLOSED) };
            let frame = tokio::select! {
                frame = reel.next() => frame.ok(),
                is_there = changes.changed() => {
                    if is_there {
                        continue;
                    }
                    None
                }
            };
            // A document that may not be seen can end the film before it is told.
            let Some(frame) = frame else { return Err(self.tab().await.err().unwrap_or(CLOSED)) };
            // It may show a document that has come since: whose it is, and whether it may be seen, is looked up again.
            let url = self.tab().await?.page.url();
            return Ok(picture(frame, &url));
        }
    }

    /// Tells what the tab shows, when the viewer does not know it.
    async fn told(&mut self, browser: &Browser) -> Result<Option<Value>, Shown> {
        browser.fresh_tabs(BEGIN.deadline(None)).await;
        let Watched { page, title, .. } = self.tab().await?;
        let url = page.url();
        let before = self.told.replace((url.clone(), title.clone(), Instant::now()));
        Ok(match before {
            None => {
                Some(json!({"type": "ready", "targetId": *self.seat.target_id, "url": url, "title": title}))
            }
            Some((known, name, _)) if known == url && name == title => None,
            Some(_) => Some(json!({"type": "meta", "url": url, "title": title})),
        })
    }

    /// The tab as it is now, if it is still there and may be looked at.
    async fn tab(&self) -> Result<Watched, Shown> {
        let profile = self.service.profile(Some(&self.seat.profile)).map_err(|_| CLOSED)?;
        let find = || {
            self.service.listed(&profile, self.seat.lease.as_ref(), &self.seat.target_id).map_err(|_| CLOSED)
        };
        find()?.1.page.caught_up().await;
        let (browser, view) = find()?;
        self.service.check_shown(&view).map_err(|_| BLOCKED)?;
        Ok(Watched { browser, page: view.page, title: view.title })
    }
}

/// The tab that is watched.
struct Watched {
    browser: Browser,
    page: Page,
    title: String,
}

fn picture(frame: Frame, url: &str) -> Shown {
    let Frame { jpeg, css_width, css_height, scroll_x, scroll_y, ts } = frame;
    let head = json!({"url": url, "cssWidth": css_width, "cssHeight": css_height, "scrollX": scroll_x,
        "scrollY": scroll_y, "ts": ts});
    Shown::Picture { head, jpeg }
}
