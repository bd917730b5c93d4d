//! From a target to a point or a reason, in one in-page call.

use serde::Deserialize;

use crate::deadline::Deadline;
use crate::page::world::Place;
use crate::page::{Error, Fault, Page, Target};

/// Where to press, in CSS pixels of a viewport.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(in crate::page) struct Point {
    pub(in crate::page) x: f64,
    pub(in crate::page) y: f64,
}

/// What the page says of a target that can be acted on; an option of a closed list has no point.
#[derive(Debug, Deserialize)]
struct Aimed {
    x: Option<f64>,
    y: Option<f64>,
}

impl Page {
    /// Scrolls to a target, checks that it can be pressed, and yields the point in the tab's viewport.
    pub(in crate::page) async fn aim(
        &self,
        target: &Target,
        hover: bool,
        deadline: Deadline,
    ) -> Result<Point, Error> {
        let place = self.locate(target, deadline).await?;
        let options = format!("{{hover:{hover},timeoutMs:{}}}", deadline.remaining().as_millis());
        let Aimed { x: Some(x), y: Some(y) } = self.call_on(&place, "aim", &options, deadline).await? else {
            let fault = Fault::Other("it is an option of a closed list; use select on its list".to_owned());
            return Err(Error::Element { label: place.label, fault });
        };
        self.in_viewport(&place, Point { x, y }, deadline).await
    }

    /// A point of a child frame's viewport as one of the tab's; each frame around it is scrolled to and hit-tested
    /// like the target itself.
    pub(in crate::page) async fn in_viewport(
        &self,
        place: &Place,
        mut point: Point,
        deadline: Deadline,
    ) -> Result<Point, Error> {
        let mut frame = place.frame.clone();
        loop {
            let parent = self.state().frames.get(&frame).ok_or(Error::Gone)?.parent.clone();
            let Some(parent) = parent else { return Ok(point) };
            let owner = self.owner_ref(&frame, deadline).await?;
            let around = self.place_in(&parent, owner, &place.label, deadline).await?;
            let inner = format!("{{x:{},y:{}}}", point.x, point.y);
            point = self.call_on(&around, "through", &inner, deadline).await?;
            frame = parent.to_string();
        }
    }
}
