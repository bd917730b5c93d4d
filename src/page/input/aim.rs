//! From a target to a point or a reason, in one in-page call.

use serde::Deserialize;

use crate::cdp::Call;
use crate::cdp::browser_protocol::dom::{BackendNodeId, GetBoxModelParams, GetFrameOwnerParams};
use crate::deadline::Deadline;
use crate::page::world::Place;
use crate::page::{Error, Fault, Page, Target};

/// Where to press, in CSS pixels of the tab's viewport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::page) struct Point {
    pub(in crate::page) x: f64,
    pub(in crate::page) y: f64,
}

#[derive(Debug, Deserialize)]
struct Aimed {
    x: f64,
    y: f64,
}

impl Page {
    /// Scrolls to a target, checks that it can be pressed, and yields the point.
    pub(in crate::page) async fn aim(
        &self,
        target: &Target,
        hover: bool,
        deadline: Deadline,
    ) -> Result<(Place, Point), Error> {
        let place = self.locate(target, deadline).await?;
        let options = format!("{{hover:{hover},timeoutMs:{}}}", deadline.remaining().as_millis());
        let aimed: Aimed = self.call_on(&place, "aim", &options, deadline).await?;
        let point = self.in_viewport(&place.frame, Point { x: aimed.x, y: aimed.y }, deadline).await?;
        Ok((place, point))
    }

    /// A point of a child frame's viewport as one of the tab's.
    pub(in crate::page) async fn in_viewport(&self, frame: &str, mut point: Point, deadline: Deadline) -> Result<Point, Error> {
        let mut frame = frame.to_owned();
        loop {
            let (session, parent) = {
                let state = self.state();
                let parent = state.frames.get(&frame).ok_or(Error::Gone)?.parent.clone();
                let Some(parent) = parent else { return Ok(point) };
                (state.frames.get(&parent).ok_or(Error::Gone)?.session.clone(), parent)
            };
            let owner = session.call(Call::of(&GetFrameOwnerParams::new(frame.as_str())), deadline).await?;
            let Owner { backend_node_id } = owner.parse()?;
            let model = GetBoxModelParams {
                backend_node_id: Some(BackendNodeId::new(backend_node_id)),
                ..Default::default()
            };
            let reply = session.call(Call::of(&model), deadline).await?;
            let BoxModel { model: Quads { content } } = reply.parse()?;
            let [x, y, ..] = content[..] else {
                return Err(Error::Element { label: frame, fault: Fault::NotVisible });
            };
            point = Point { x: point.x + x, y: point.y + y };
            frame = parent.to_string();
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    backend_node_id: i64,
}

#[derive(Deserialize)]
struct BoxModel {
    model: Quads,
}

/// Four corners, x and y by turns, clockwise from the top left.
#[derive(Deserialize)]
struct Quads {
    content: Vec<f64>,
}
