//! Screenshots. Chromium encodes and scales them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Page;
use super::error::{Error, Fault};
use super::reference::Target;
use super::view::Area;
use crate::cdp::Call;
use crate::cdp::browser_protocol::page::{CaptureScreenshotFormat, CaptureScreenshotParams, Viewport};
use crate::deadline::Deadline;

/// The longest side of a picture, in pixels (contract 9).
const MOST_PIXELS: u32 = 2000;
/// The largest picture, in bytes (contract 9).
pub(super) const MOST_BYTES: usize = 5 * 1024 * 1024;
/// The quality of a JPEG, from 0 to 100, and what is tried when it is still too large.
const QUALITIES: [i64; 3] = [85, 60, 35];
/// How often a picture is scaled down before its size is taken as it is.
const MOST_TRIES: usize = 5;

/// How a screenshot is encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PictureType {
    /// Lossless.
    #[default]
    Png,
    /// Smaller, for photographs; quality 85.
    Jpeg,
}

impl PictureType {
    /// `png` or `jpeg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }

    /// How files of it end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// What is taken a picture of.
#[derive(Debug, Clone, Default)]
pub struct Screenshot {
    /// The whole document instead of the viewport.
    pub full_page: bool,
    /// One element.
    pub target: Option<Target>,
    /// How it is encoded, unless it is too large.
    pub picture_type: PictureType,
}

/// A picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Encoded.
    pub bytes: Vec<u8>,
    /// How.
    pub picture_type: PictureType,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// What it shows, in CSS pixels of the main document; none for the viewport as it is.
    pub(super) area: Option<Area>,
}

impl Page {
    /// Takes a screenshot. One that would be longer than 2000 pixels or larger than 5 MB is scaled down, or encoded
    /// as a JPEG.
    ///
    /// # Errors
    /// When the element is gone or has no size.
    pub async fn screenshot(&self, what: &Screenshot, deadline: Deadline) -> Result<Picture, Error> {
        let area = match &what.target {
            Some(target) => Some(self.area_of(target, deadline).await?),
            None if what.full_page => Some(self.whole_document(deadline).await?),
            None => None,
        };
        let longest = area.map_or(0.0, |Area { width, height, .. }| width.max(height));
        let mut wanted = Wanted { area, picture_type: what.picture_type, quality: 0, scale: 1.0 };
        if longest > f64::from(MOST_PIXELS) {
            wanted.shrink(longest);
        }
        for _ in 0..MOST_TRIES {
            let bytes = self.capture_picture(&wanted, deadline).await?;
            let size = size_of(&bytes).ok_or_else(|| {
                Error::Unanswered("the browser's picture has no size; try again".to_owned())
            })?;
            let longest = size.0.max(size.1);
            if longest > MOST_PIXELS {
                if wanted.area.is_none() {
                    wanted.area = Some(self.viewport(deadline).await?);
                }
                wanted.shrink(f64::from(longest));
                continue;
            }
            let is_last = wanted.quality + 1 == QUALITIES.len();
            if bytes.len() > MOST_BYTES && !is_last {
                wanted.quality += usize::from(wanted.picture_type == PictureType::Jpeg);
                wanted.picture_type = PictureType::Jpeg;
                continue;
            }
            return Ok(Picture { bytes, picture_type: wanted.picture_type, size, area });
        }
        Err(Error::Unanswered("the page changes its size while it is taken; try again".to_owned()))
    }

    async fn capture_picture(&self, wanted: &Wanted, deadline: Deadline) -> Result<Vec<u8>, Error> {
        let (format, quality) = match wanted.picture_type {
            PictureType::Png => (CaptureScreenshotFormat::Png, None),
            PictureType::Jpeg => (CaptureScreenshotFormat::Jpeg, Some(QUALITIES[wanted.quality])),
        };
        let scale = wanted.scale;
        let clip = wanted.area.map(|Area { x, y, width, height }| Viewport { x, y, width, height, scale });
        let params = CaptureScreenshotParams {
            format: Some(format),
            quality,
            capture_beyond_viewport: Some(clip.is_some()),
            clip,
            ..Default::default()
        };
        let taken = async { Ok(self.session.call(Call::of(&params), deadline).await?) };
        let reply = self.unless_dialog(self.while_drawn(taken, deadline)).await?;
        let Captured { data } = reply.parse()?;
        decoded(data)
    }

    /// An element's box in CSS pixels of the document.
    async fn area_of(&self, target: &Target, deadline: Deadline) -> Result<Area, Error> {
        self.scroll_into_view(target, deadline).await?;
        let place = self.locate(target, deadline).await?;
        let measure = format!("__openclaw.areaOf({})", place.target);
        let area: Option<Option<Area>> = self.ask(&place.session, place.context, &measure, deadline).await?;
        let missing = |fault| Error::Element { label: target.label(), fault };
        let area = area.flatten().ok_or_else(|| missing(Fault::Missing))?;
        if area.width < 1.0 || area.height < 1.0 {
            return Err(missing(Fault::NotVisible { because: "it has no size".to_owned() }));
        }
        let corner = super::input::Point { x: area.x, y: area.y };
        let super::input::Spot { point, .. } = self.in_viewport(&place, corner, deadline).await?;
        let Area { x, y, .. } = self.viewport(deadline).await?;
        Ok(Area { x: point.x + x, y: point.y + y, ..area })
    }

    async fn whole_document(&self, deadline: Deadline) -> Result<Area, Error> {
        let size = "(() => { const e = document.scrollingElement ?? document.documentElement; \
                    return {x: 0, y: 0, width: e.scrollWidth, height: e.scrollHeight} })()";
        self.measure(size, deadline).await
    }

    /// What the viewport shows of the main document, in CSS pixels of it.
    pub(super) async fn viewport(&self, deadline: Deadline) -> Result<Area, Error> {
        self.measure("({x: scrollX, y: scrollY, width: innerWidth, height: innerHeight})", deadline).await
    }

    async fn measure(&self, expression: &str, deadline: Deadline) -> Result<Area, Error> {
        let main = self.state().frames.main().id.to_string();
        loop {
            let (session, context) = self.world(&main, deadline).await?;
            if let Some(area) = self.ask(&session, context, expression, deadline).await? {
                return Ok(area);
            }
        }
    }
}

/// How a picture is taken this time.
#[derive(Debug)]
struct Wanted {
    area: Option<Area>,
    picture_type: PictureType,
    /// Which of the [`QUALITIES`].
    quality: usize,
    scale: f64,
}

impl Wanted {
    /// Makes sides that are so long as long as they may be.
    fn shrink(&mut self, longest: f64) {
        // Half a pixel less, as Chromium rounds up.
        self.scale *= (f64::from(MOST_PIXELS) - 0.5) / longest;
        self.picture_type = PictureType::Jpeg;
    }
}

#[derive(Deserialize)]
struct Captured<'a> {
    #[serde(borrow)]
    data: &'a str,
}

/// A picture as the browser sends it, decoded.
pub(super) fn decoded(data: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(data).map_err(|e| Error::Unanswered(format!("the browser's picture is not base64: {e}")))
}

/// Width and height in pixels: of a PNG from its first chunk, of a JPEG from its start of frame.
fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    let number = |at: usize| Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let mut at = 2;
    while bytes.get(at) == Some(&0xff) {
        // SOF0 to SOF15; among them DHT, JPG and DAC are something else (ITU T.81, table B.1).
        let marker = *bytes.get(at + 1)?;
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return Some((number(at + 7)?, number(at + 5)?));
        }
        at += 2 + usize::try_from(number(at + 2)?).ok()?;
    }
    None
}
