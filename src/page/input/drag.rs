//! Dragging one element onto another: with the mouse alone, or, where the page begins a drag of its own, with the data
//! that the page puts into it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::aim::{Aim, Point, Spot};
use super::pointer::mouse;
use crate::cdp::Call;
use crate::cdp::browser_protocol::input::SetInterceptDragsParams;
use crate::deadline::Deadline;
use crate::page::world::Place;
use crate::page::{Error, Fault, Page, Target};

/// How far the mouse goes at first: further than what counts as a click that shook, in pages as in Chromium.
const FIRST_STEP: f64 = 8.0;
/// Moves on the way: pages tell from them where something is dragged.
const STEPS: u8 = 6;
/// How long the browser may take to hand over a drag that the page has begun.
const HANDING_OVER: Duration = Duration::from_secs(2);

/// How something was dragged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Way {
    /// The page followed the mouse.
    #[default]
    Pointer,
    /// The page began a drag with data, and the target took it.
    Data,
}

/// `Input.dispatchDragEvent`.
#[derive(Serialize)]
struct DragEvent<'a> {
    r#type: &'static str,
    x: f64,
    y: f64,
    data: &'a RawValue,
}

/// What a document tells of a drag that has ended.
#[derive(Deserialize)]
struct Landed {
    /// Data was dropped there.
    dropped: bool,
    /// What lay at the point in place of the target.
    on: Option<String>,
}

impl Page {
    /// Drags an element onto another one. Neither is touched unless both can be reached.
    ///
    /// # Errors
    /// [`Error::Element`] when one of them cannot be reached, or the target does not take what is dragged.
    pub async fn drag(&self, start: &Target, end: &Target, deadline: Deadline) -> Result<Way, Error> {
        self.aim(end, Aim::Hover, deadline).await?;
        let from = self.aim(start, Aim::Drag, deadline).await?;
        let (source, target) = (self.locate(start, deadline).await?, self.locate(end, deadline).await?);
        for place in [&source, &target] {
            self.call_on::<serde::de::IgnoredAny>(place, "watchDrags", "{}", deadline).await?;
        }
        self.modify(|state| state.drag = None);
        self.settle_frames(&from, deadline).await?;
        let outcome = self.while_drawn(self.carry(from.in_tab, &source, &target, deadline), deadline).await;
        let mut last = vec![Call::of(&SetInterceptDragsParams::new(false))];
        if outcome.is_err() {
            // The button must not stay down.
            last.insert(0, Call::of(&mouse("mouseReleased", from.in_tab, ("left", 0), 1, 0)));
        }
        let ended = self.dispatch(&self.session, last, deadline).await;
        outcome.and_then(|way| ended.map(|()| way))
    }

    async fn carry(
        &self,
        from: Point,
        source: &Place,
        target: &Place,
        deadline: Deadline,
    ) -> Result<Way, Error> {
        let first = Point { x: from.x + FIRST_STEP, y: from.y + FIRST_STEP / 2.0 };
        let pick_up = vec![
            Call::of(&SetInterceptDragsParams::new(true)),
            Call::of(&mouse("mouseMoved", from, ("none", 0), 0, 0)),
            Call::of(&mouse("mousePressed", from, ("left", 1), 1, 0)),
            Call::of(&mouse("mouseMoved", between(from, first, 0.5), ("left", 1), 0, 0)),
            Call::of(&mouse("mouseMoved", first, ("left", 1), 0, 0)),
        ];
        self.step(self.dispatch(&self.session, pick_up, deadline)).await?;
        let data = self.picked_up(source, deadline).await?;
        let point = self.call_on(target, "landing", "{}", deadline).await?;
        let to = self.in_viewport(target, point, deadline).await?;
        self.settle_frames(&to, deadline).await?;
        match &data {
            None => self.follow(first, to.in_tab, deadline).await?,
            Some(data) => self.drop_data(data, first, to.in_tab, deadline).await?,
        }
        let Landed { dropped, on } = self.landed(target, deadline).await?;
        let (from, onto) = (&source.label, &target.label);
        if data.is_some() && !dropped {
            let over = on.map(|on| format!(", nor does {on}, which lay over it then")).unwrap_or_default();
            let why = format!("it does not take what was dragged onto it{over}; nothing was dropped");
            return Err(Error::Element { label: onto.clone(), fault: Fault::Other(why) });
        }
        if let Some(on) = on {
            self.warn(format!(
                "{from} was let go on {on}, not on {onto}: the page put that there, or moved {onto}, after the drag had begun"
            ));
        }
        Ok(if data.is_some() { Way::Data } else { Way::Pointer })
    }

    async fn landed(&self, target: &Place, deadline: Deadline) -> Result<Landed, Error> {
        match self.call_on(target, "landed", "{}", deadline).await {
            // What was dropped may have replaced the document.
            Err(Error::UnknownRef { .. } | Error::Element { .. }) => Ok(Landed { dropped: true, on: None }),
            told => told,
        }
    }

    /// The data of the drag that the page has begun, if it has.
    async fn picked_up(&self, source: &Place, deadline: Deadline) -> Result<Option<Box<RawValue>>, Error> {
        let has_begun = match self.call_on(source, "hasDragBegun", "{}", deadline).await {
            Ok(has_begun) => has_begun,
            // A drag may take the element out of the document.
            Err(Error::UnknownRef { .. } | Error::Element { .. }) => self.state().drag.is_some(),
            Err(error) => return Err(error),
        };
        if !has_begun {
            return Ok(None);
        }
        let mut changes = self.state.subscribe();
        let handed = changes.wait_for(|state| state.drag.is_some() || state.gone);
        // A drag that is not handed over has ended already.
        deadline.within(HANDING_OVER).run(handed).await.ok();
        Ok(self.state().drag.clone())
    }

    /// Moves the mouse with its button down, step by step, and lets go.
    async fn follow(&self, from: Point, to: Point, deadline: Deadline) -> Result<(), Error> {
        for step in 1..=STEPS {
            let at = between(from, to, f64::from(step) / f64::from(STEPS));
            let moved = mouse("mouseMoved", at, ("left", 1), 0, 0);
            self.step(self.dispatch(&self.session, vec![Call::of(&moved)], deadline)).await?;
        }
        let let_go = ["mouseMoved", "mouseReleased"].map(|kind| {
            let buttons = if kind == "mouseReleased" { 0 } else { 1 };
            Call::of(&mouse(kind, to, ("left", buttons), u8::from(buttons == 0), 0))
        });
        self.dispatch(&self.session, let_go.into(), deadline).await
    }

    async fn drop_data(
        &self,
        data: &RawValue,
        from: Point,
        to: Point,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let event = |kind, Point { x, y }| {
            Call::untyped("Input.dispatchDragEvent", &DragEvent { r#type: kind, x, y, data })
        };
        let halfway = between(from, to, 0.5);
        // A frame of another process hears of drags only from an entering of its own.
        let steps = [
            ("dragEnter", from),
            ("dragOver", halfway),
            ("dragEnter", to),
            ("dragOver", to),
            ("dragOver", to),
        ];
        for (kind, point) in steps {
            self.step(self.dispatch(&self.session, vec![event(kind, point)], deadline)).await?;
        }
        self.dispatch(&self.session, vec![event("drop", to)], deadline).await?;
        let let_go = Call::of(&mouse("mouseReleased", to, ("left", 0), 1, 0));
        self.dispatch(&self.session, vec![let_go], deadline).await
    }

    /// Lets what was scrolled be drawn: the browser finds the frame of another process by what it has drawn last.
    async fn settle_frames(&self, spot: &Spot, deadline: Deadline) -> Result<(), Error> {
        if spot.session.id() == self.session.id() {
            return Ok(());
        }
        let main = self.state().frames.main().id.clone();
        let document = self.document_of(&main, "2".to_owned(), "drag", deadline).await?;
        self.call_on::<serde::de::IgnoredAny>(&document, "frames", "{}", deadline).await?;
        Ok(())
    }
}

/// The point at a share of the way.
fn between(from: Point, to: Point, share: f64) -> Point {
    Point { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}
