//! Pictures in which elements are marked with their refs. Nothing is added to the page: its boxes are drawn into the
//! picture once it is taken.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;

use super::error::Error;
use super::picture::{MOST_BYTES, Picture, PictureType, Screenshot, decoded};
use super::reference::Reference;
use super::snapshot::RefEntry;
use super::view::{Area, View};
use super::{Page, snapshot};
use crate::deadline::Deadline;

/// Most boxes in one picture (contract 7.7).
const MOST_LABELS: usize = 150;

/// What is marked in a picture.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// What is there, in the order of the snapshot; also what is outside the viewport.
    pub annotations: Vec<Annotation>,
    /// How many are drawn.
    pub drawn: usize,
    /// How many are not: nothing of them can be seen, they have no box, they moved meanwhile, or they are too many.
    pub skipped: usize,
}

/// An element of a picture.
#[derive(Debug, Clone)]
pub struct Annotation {
    /// What it is.
    pub entry: RefEntry,
    /// The number in its ref.
    pub number: u32,
    /// Left and upper edge, width and height, in pixels of the picture.
    pub area: [f64; 4],
}

/// `[x, y, width, height, text]`, as `draw.js` takes it.
#[derive(Debug, Serialize)]
struct Drawing(f64, f64, f64, f64, String);

#[derive(Deserialize)]
struct Drawn {
    data: String,
    r#type: String,
}

impl Page {
    /// Takes a picture in which these elements are marked.
    ///
    /// # Errors
    /// As [`Page::screenshot`].
    pub async fn labelled(
        &self,
        what: &Screenshot,
        entries: Vec<RefEntry>,
        deadline: Deadline,
    ) -> Result<(Picture, Labels), Error> {
        let named = |entry: RefEntry| Some((entry.reference.parse::<Reference>().ok()?, entry));
        let entries: Vec<_> = entries.into_iter().filter_map(named).collect();
        let wanted: Vec<Reference> = entries.iter().map(|(reference, _)| *reference).collect();
        let is_beyond = what.full_page || what.target.is_some();
        // What is scrolled to, or moves, has another place afterwards.
        let before = match what.target {
            Some(_) => None,
            None => Some(self.view_beyond(&wanted, is_beyond, deadline).await?),
        };
        let picture = self.screenshot(what, deadline).await?;
        let view = self.view_beyond(&wanted, is_beyond, deadline).await?;
        let frame = Frame::of(&picture, &view);
        let mut labels = Labels::default();
        let mut drawings = Vec::new();
        for (reference, entry) in entries {
            let Some(area) = view.boxes.get(&reference).filter(|area| area.width > 0.0 && area.height > 0.0)
            else {
                labels.skipped += 1;
                continue;
            };
            let [x, y, width, height] = frame.placed(*area);
            if what.target.is_some() && !frame.shows([x, y, width, height]) {
                continue;
            }
            let is_still = before.as_ref().is_none_or(|before| before.boxes.get(&reference) == Some(area));
            if is_still && view.seen.contains(&reference) && drawings.len() < MOST_LABELS {
                drawings.push(Drawing(x, y, width, height, entry.reference.clone()));
            } else {
                labels.skipped += 1;
            }
            labels.annotations.push(Annotation {
                entry,
                number: reference.number,
                area: [x, y, width, height],
            });
        }
        labels.drawn = drawings.len();
        Ok((self.drawn(picture, &drawings, frame.ratio, deadline).await?, labels))
    }

    /// The same of all that a whole snapshot names.
    ///
    /// # Errors
    /// As [`Page::labelled`] and [`Page::snapshot`].
    pub async fn labelled_whole(
        &self,
        what: &Screenshot,
        deadline: Deadline,
    ) -> Result<(Picture, Labels), Error> {
        let style = snapshot::Style::Role(snapshot::RoleOptions::default());
        let options = snapshot::SnapshotOptions { style, ..snapshot::SnapshotOptions::default() };
        let told = self.snapshot(&options, deadline).await?;
        self.labelled(what, told.refs, deadline).await
    }

    async fn drawn(
        &self,
        picture: Picture,
        boxes: &[Drawing],
        ratio: f64,
        deadline: Deadline,
    ) -> Result<Picture, Error> {
        if boxes.is_empty() {
            return Ok(picture);
        }
        let main = self.state().frames.main().id.to_string();
        let expression = format!(
            "__openclaw.draw({{picture:\"{}\",type:\"image/{}\",ratio:{ratio},most:{MOST_BYTES},boxes:{}}})",
            STANDARD.encode(&picture.bytes),
            picture.picture_type.name(),
            serde_json::to_string(boxes).map_err(|e| Error::Unanswered(e.to_string()))?,
        );
        let drawn: Drawn = loop {
            let (session, context) = self.world(&main, deadline).await?;
            if let Some(drawn) = self.ask(&session, context, &expression, deadline).await? {
                break drawn;
            }
        };
        let picture_type = if drawn.r#type == "image/jpeg" { PictureType::Jpeg } else { PictureType::Png };
        Ok(Picture { bytes: decoded(&drawn.data)?, picture_type, ..picture })
    }
}

/// How places in the viewport become places in a picture.
struct Frame {
    left: f64,
    top: f64,
    /// Pixels of the picture for one of the page.
    ratio: f64,
    size: (f64, f64),
}

impl Frame {
    fn of(picture: &Picture, view: &View) -> Self {
        let (scroll_x, scroll_y) = view.scroll;
        let (left, top, width) = match picture.area {
            Some(area) => (area.x - scroll_x, area.y - scroll_y, area.width),
            None => (0.0, 0.0, view.size.0),
        };
        let size = (f64::from(picture.size.0), f64::from(picture.size.1));
        Self { left, top, ratio: size.0 / width.max(1.0), size }
    }

    fn placed(&self, area: Area) -> [f64; 4] {
        let Self { left, top, ratio, .. } = self;
        [(area.x - left) * ratio, (area.y - top) * ratio, area.width * ratio, area.height * ratio]
    }

    fn shows(&self, [x, y, width, height]: [f64; 4]) -> bool {
        x < self.size.0 && y < self.size.1 && x + width > 0.0 && y + height > 0.0
    }
}
