//! From a target to a point or a reason, in one in-page call.

use serde::Deserialize;

use crate::cdp::Session;
use crate::deadline::Deadline;
use crate::page::world::{Place, inside, patience};
use crate::page::{Error, Fault, Page, Target};

/// Where to press, in CSS pixels of a viewport.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(in crate::page) struct Point {
    pub(in crate::page) x: f64,
    pub(in crate::page) y: f64,
}

/// Where input events go: a channel, and a point in the viewport of its outermost frame.
#[derive(Debug)]
pub(in crate::page) struct Spot {
    pub(in crate::page) session: Session,
    pub(in crate::page) point: Point,
    /// The same point in the tab's own viewport.
    pub(in crate::page) in_tab: Point,
    /// Who sees where a press lands: unknown when the input goes to another process than the target is in.
    pub(in crate::page) judge: Option<Judge>,
    /// What the caller calls it.
    pub(in crate::page) label: String,
}

/// A document that looks where a press lands.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct Judge {
    pub(in crate::page) context: i64,
    /// The document's own number of the press.
    pub(in crate::page) press: u32,
}

/// What the mouse is moved to a target for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::page) enum Aim {
    /// To be there: what is disabled will do.
    Hover,
    /// To press, and to tell whether the press has landed.
    Press,
    /// To pick it up.
    Drag,
}

/// What the page says of a target that can be acted on; an option of a closed list has no point.
#[derive(Debug, Deserialize)]
struct Aimed {
    x: Option<f64>,
    y: Option<f64>,
    press: Option<u32>,
    renamed: Option<Renamed>,
    inner: Option<Inner>,
}

/// What lies inside a target and fills it, so that it is pressed there.
#[derive(Debug, Deserialize)]
struct Inner {
    /// Its number; 0 when it has none.
    n: u32,
    element: String,
}

/// What a ref was called in the last snapshot that told it, when it is called otherwise now (`recycled.js`).
#[derive(Debug, Deserialize)]
pub(super) struct Renamed {
    was: String,
    now: String,
}

impl Page {
    /// The element is the one that the ref names, but perhaps not what its caller takes it for.
    pub(super) fn warn_of_name(&self, label: &str, renamed: Option<&Renamed>) {
        if let Some(Renamed { was, now }) = renamed {
            self.warn(format!("{label} was {was:?} in the last snapshot and is now {now:?}"));
        }
    }

    /// Scrolls to a target, checks that it can be pressed, and yields the spot.
    pub(in crate::page) async fn aim(
        &self,
        target: &Target,
        aim: Aim,
        deadline: Deadline,
    ) -> Result<Spot, Error> {
        let place = self.locate(target, deadline).await?;
        let (left, patience) = (deadline.remaining().as_millis(), patience(deadline));
        let (hover, press) = (aim == Aim::Hover, aim == Aim::Press);
        let options = format!("{{hover:{hover},press:{press},timeoutMs:{left},waitMs:{patience}}}");
        let aimed: Aimed = self.call_on(&place, "aim", &options, deadline).await?;
        self.warn_of_name(&place.label, aimed.renamed.as_ref());
        if let Some(Inner { n, element }) = &aimed.inner {
            let (label, inner) = (&place.label, inside(place.reference, *n, element));
            self.warn(format!("{label} has no free spot of its own: what is pressed is {inner}"));
        }
        let Aimed { x: Some(x), y: Some(y), press, .. } = aimed else {
            let fault = Fault::Other("it is an option of a closed list; use select on its list".to_owned());
            return Err(Error::Element { label: place.label, fault });
        };
        let spot = self.in_viewport(&place, Point { x, y }, deadline).await?;
        let hears = spot.session.id() == place.session.id();
        let judge = press.filter(|_| hears).map(|press| Judge { context: place.context, press });
        Ok(Spot { judge, ..spot })
    }

    /// A point of a child frame's viewport as one of the document that takes the input; each frame around it is
    /// scrolled to and hit-tested like the target itself.
    pub(in crate::page) async fn in_viewport(
        &self,
        place: &Place,
        mut point: Point,
        deadline: Deadline,
    ) -> Result<Spot, Error> {
        let mut frame = place.frame.clone();
        let mut spot = None;
        let spot_at = |session, point| {
            let label = place.label.clone();
            Spot { session, point, in_tab: point, judge: None, label }
        };
        loop {
            let (session, around) = {
                let state = self.state();
                let frame = state.frames.get(&frame).ok_or(Error::Gone)?;
                let parent = frame.parent.as_deref().and_then(|parent| state.frames.get(parent));
                (frame.session.clone(), parent.map(|parent| (parent.id.clone(), parent.session.clone())))
            };
            let Some((parent, parent_session)) = around else {
                return Ok(Spot { in_tab: point, ..spot.unwrap_or_else(|| spot_at(session, point)) });
            };
            if parent_session.id() != session.id() {
                // Input for a frame of another process goes there directly: the browser's own routing is a frame
                // behind after a scroll, and the click would be lost.
                spot.get_or_insert_with(|| spot_at(session, point));
            }
            let owner = self.owner_ref(&frame, deadline).await?;
            let around = self.place_in(&parent, owner, &place.label, deadline).await?;
            let inner = format!("{{x:{},y:{}}}", point.x, point.y);
            point = self.call_on(&around, "through", &inner, deadline).await?;
            frame = parent.to_string();
        }
    }
}
