//! What the viewport shows of a page, frames included, and where its elements are. Asked when a snapshot is ranked,
//! scoped to the viewport or drawn on a picture; never otherwise.

use std::collections::{HashMap, HashSet};

use futures::future::join_all;
use serde::Deserialize;

use super::error::Error;
use super::{Page, Reference};
use crate::deadline::Deadline;

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub(super) struct Area {
    /// Left edge.
    pub(super) x: f64,
    /// Upper edge.
    pub(super) y: f64,
    /// Width.
    pub(super) width: f64,
    /// Height.
    pub(super) height: f64,
}

/// What can be seen of a page.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Elements that the viewport shows.
    pub(super) seen: HashSet<Reference>,
    /// Elements inside an open dialog.
    pub(super) dialog: HashSet<Reference>,
    /// The boxes that were asked for, in pixels of the viewport.
    pub(super) boxes: HashMap<Reference, Area>,
    /// Width and height of the viewport.
    pub(super) size: (f64, f64),
    /// How far the main document is scrolled, from the left and from the top.
    pub(super) scroll: (f64, f64),
}

/// What `view.js` says of one document.
#[derive(Debug, Deserialize)]
struct Told {
    width: f64,
    height: f64,
    left: f64,
    top: f64,
    seen: Vec<u32>,
    dialog: Vec<u32>,
    /// Number, left and upper edge of the content, then what is seen of it in its own pixels.
    frames: Vec<(u32, f64, f64, f64, f64, f64, f64)>,
    boxes: Vec<(u32, f64, f64, f64, f64)>,
}

/// One document of the page on the way to its view.
#[derive(Debug, Clone, Default)]
struct Part {
    frame: String,
    /// Left and upper edge of the document in the viewport of the page.
    origin: (f64, f64),
    /// What can be seen of it, in its own pixels.
    clip: Option<Area>,
    /// What scrolling it would show counts as seen.
    is_beyond: bool,
    is_in_dialog: bool,
}

impl Page {
    /// Looks at what can be seen, and where these elements are.
    pub(super) async fn view(&self, wanted: &[Reference], deadline: Deadline) -> Result<View, Error> {
        self.view_beyond(wanted, false, deadline).await
    }

    /// The same, or of all that scrolling the main document would show.
    pub(super) async fn view_beyond(
        &self,
        wanted: &[Reference],
        is_beyond: bool,
        deadline: Deadline,
    ) -> Result<View, Error> {
        let mut view = View::default();
        let main = Part { frame: self.state().frames.main().id.to_string(), is_beyond, ..Part::default() };
        let told = self.glance(&main, 0, wanted, deadline).await?;
        view.size = (told.width, told.height);
        view.scroll = (told.left, told.top);
        let mut open = vec![(main, 0, told)];
        while !open.is_empty() {
            let mut inner = Vec::new();
            for (part, number, told) in open {
                inner.extend(self.parts_in(&part, &told, deadline).await);
                view.take(&part, number, told);
            }
            let looks = inner.into_iter().map(|(part, number)| async move {
                // A frame that hangs or goes away shows nothing.
                let told = self.glance(&part, number, wanted, deadline).await.ok()?;
                Some((part, number, told))
            });
            open = join_all(looks).await.into_iter().flatten().collect();
        }
        Ok(view)
    }

    /// The frames of a document, with what is seen of them.
    async fn parts_in(&self, part: &Part, told: &Told, deadline: Deadline) -> Vec<(Part, u32)> {
        let mut parts = Vec::new();
        for frame in self.children_of(&part.frame) {
            let number = self.state().frames.get(&frame).and_then(|frame| frame.number);
            // A frame that no snapshot has told has no refs.
            let Some(number) = number else { continue };
            let Ok(owner) = self.owner_ref(&frame, deadline).await else { continue };
            let Some((_, x, y, left, top, width, height)) = told.frames.iter().find(|(n, ..)| *n == owner)
            else {
                continue;
            };
            let origin = (part.origin.0 + x, part.origin.1 + y);
            let clip = Some(Area { x: *left, y: *top, width: *width, height: *height });
            let is_in_dialog = part.is_in_dialog || told.dialog.contains(&owner);
            parts.push((Part { frame, origin, clip, is_beyond: false, is_in_dialog }, number));
        }
        parts
    }

    async fn glance(
        &self,
        part: &Part,
        number: u32,
        wanted: &[Reference],
        deadline: Deadline,
    ) -> Result<Told, Error> {
        let clip = part.clip.map_or_else(
            || "null".to_owned(),
            |Area { x, y, width, height }| format!("{{x:{x},y:{y},width:{width},height:{height}}}"),
        );
        let wanted: Vec<u32> =
            wanted.iter().filter(|wanted| wanted.frame == number).map(|wanted| wanted.number).collect();
        let (session, context) = self.world(&part.frame, deadline).await?;
        let expression =
            format!("__openclaw.view({{clip:{clip},beyond:{},wanted:{wanted:?}}})", part.is_beyond);
        // A document that was replaced meanwhile has other elements.
        self.ask(&session, context, &expression, deadline).await?.ok_or(Error::Gone)
    }
}

impl View {
    fn take(&mut self, part: &Part, number: u32, told: Told) {
        let named = |own: u32| Reference { frame: number, number: own };
        if part.is_in_dialog {
            self.dialog.extend(told.seen.iter().copied().map(named));
        }
        self.seen.extend(told.seen.into_iter().map(named));
        self.dialog.extend(told.dialog.into_iter().map(named));
        let (left, top) = part.origin;
        let placed = |(n, x, y, width, height)| (named(n), Area { x: x + left, y: y + top, width, height });
        self.boxes.extend(told.boxes.into_iter().map(placed));
    }
}
