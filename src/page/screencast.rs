//! A tab filmed: pictures of what it shows, as fast as its viewer takes them and no faster.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::picture::decoded;
use super::{Error, Page};
use crate::cdp::browser_protocol::page::{
    ScreencastFrameAckParams, StartScreencastFormat, StartScreencastParams,
};
use crate::cdp::browser_protocol::target::{AttachToTargetParams, DetachFromTargetParams, SessionId};
use crate::cdp::{Call, Session, Subscription};
use crate::deadline::Deadline;

/// The least time between two pictures: 20 a second (contract 9).
const PACE: Duration = Duration::from_millis(50);

/// How long what waits for frames may take before its window counts as one that is not drawn: most pictures take 20 to
/// 200 ms.
const UNDRAWN: Duration = Duration::from_millis(400);
/// The smallest film.
const GLIMPSE: Film = Film { max_width: 16, max_height: 16, quality: 1 };

/// How a tab is filmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Film {
    /// No picture is wider, in pixels.
    pub max_width: u32,
    /// No picture is higher, in pixels.
    pub max_height: u32,
    /// The quality of the JPEG encoding, 0 to 100.
    pub quality: u32,
}

/// One picture of a film.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The encoded picture.
    pub jpeg: Vec<u8>,
    /// The viewport's width in CSS pixels.
    pub css_width: f64,
    /// The viewport's height in CSS pixels.
    pub css_height: f64,
    /// How far the document is scrolled, in CSS pixels.
    pub scroll_x: f64,
    /// The same downwards.
    pub scroll_y: f64,
    /// When it was taken, in seconds since 1970.
    pub ts: f64,
}

/// A film that is being taken. It has a channel of its own to the tab, so that every viewer has a size and a pace of
/// its own; dropping it ends the film and nothing else.
#[derive(Debug)]
pub struct Screencast {
    session: Session,
    events: Subscription,
    /// The picture that the viewer has, which Chromium is told of when the next one may come.
    held: Option<i64>,
    next: Instant,
}

impl Page {
    /// Begins to film the tab.
    ///
    /// # Errors
    /// When the tab went away, or the browser does not film.
    pub async fn film(&self, film: Film, deadline: Deadline) -> Result<Screencast, Error> {
        let connection = self.session.connection();
        let attach = AttachToTargetParams {
            flatten: Some(true),
            ..AttachToTargetParams::new(self.target_id().to_string())
        };
        let attached = connection.browser().send(&attach, deadline).await?;
        let session = connection.session(attached.session_id.inner().as_str());
        // From here on the channel is closed whatever happens.
        let events = session.events(|_| false).await?;
        let screencast = Screencast { session, events, held: None, next: Instant::now() };
        let start = StartScreencastParams {
            format: Some(StartScreencastFormat::Jpeg),
            quality: Some(film.quality.into()),
            max_width: Some(film.max_width.into()),
            max_height: Some(film.max_height.into()),
            every_nth_frame: None,
        };
        screencast.session.send(&start, deadline).await?;
        Ok(screencast)
    }

    /// Has the tab drawn for as long as this is held. Its window may lie behind a popup: then it is drawn for a film, and
    /// for hardly anything else.
    pub(super) async fn glimpse(&self, deadline: Deadline) -> Result<Screencast, Error> {
        self.film(GLIMPSE, deadline).await
    }

    /// Does what waits for frames, and has the tab drawn when that takes long.
    pub(super) async fn while_drawn<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
        deadline: Deadline,
    ) -> Result<T, Error> {
        tokio::pin!(work);
        if let Ok(done) = tokio::time::timeout(UNDRAWN, &mut work).await {
            return done;
        }
        let film = self.glimpse(deadline).await?;
        let done = work.await;
        drop(film);
        done
    }
}

impl Screencast {
    /// The next picture; Chromium takes one when something has changed. It may be dropped and asked again. Until then no
    /// more than a few are taken: a viewer that is slow sees fewer. It never ends by itself: the owner learns of the
    /// end from the page.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn next(&mut self) -> Result<Frame, Error> {
        loop {
            if let Some(held) = self.held {
                tokio::time::sleep_until(self.next).await;
                self.session.launch([Call::of(&ScreencastFrameAckParams::new(held))]).await?;
                self.held = None;
            }
            let Some(event) = self.events.next().await else { return Err(Error::Gone) };
            let Some(Taken { data, metadata, session_id }) =
                (event.method() == "Page.screencastFrame").then(|| event.params()).flatten()
            else {
                continue;
            };
            self.held = Some(session_id);
            self.next = Instant::now() + PACE;
            return Ok(Frame {
                jpeg: decoded(&data)?,
                css_width: metadata.device_width,
                css_height: metadata.device_height,
                scroll_x: metadata.scroll_offset_x,
                scroll_y: metadata.scroll_offset_y,
                ts: metadata.timestamp.unwrap_or_default(),
            });
        }
    }
}

impl Drop for Screencast {
    fn drop(&mut self) {
        let Some(id) = self.session.id() else { return };
        let detach = DetachFromTargetParams { session_id: Some(SessionId::from(id.to_string())) };
        // A connection that takes nothing more ends the channel with itself.
        self.session.connection().browser().tell(Call::of(&detach));
    }
}

/// `Page.screencastFrame`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    data: String,
    metadata: Metadata,
    session_id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    device_width: f64,
    device_height: f64,
    scroll_offset_x: f64,
    scroll_offset_y: f64,
    timestamp: Option<f64>,
}
