//! Screenshots. Chromium encodes them; nothing is drawn here.

use base64::Engine;
use serde::Deserialize;

use super::Page;
use super::error::{Error, Fault};
use super::reference::Target;
use crate::cdp::Call;
use crate::cdp::browser_protocol::page::{CaptureScreenshotFormat, CaptureScreenshotParams, Viewport};
use crate::deadline::Deadline;

/// How a screenshot is encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PictureType {
    /// Lossless.
    #[default]
    Png,
    /// Smaller, for photographs; quality 85.
    Jpeg,
}

/// What is taken a picture of.
#[derive(Debug, Clone, Default)]
pub struct Screenshot {
    /// The whole document instead of the viewport.
    pub full_page: bool,
    /// One element.
    pub target: Option<Target>,
    /// How it is encoded.
    pub picture_type: PictureType,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Page {
    /// Takes a screenshot and yields the encoded picture.
    ///
    /// # Errors
    /// When the element is gone or has no size.
    pub async fn screenshot(&self, what: &Screenshot, deadline: Deadline) -> Result<Vec<u8>, Error> {
        let area = match &what.target {
            Some(target) => Some(self.area_of(target, deadline).await?),
            None if what.full_page => Some(self.whole_document(deadline).await?),
            None => None,
        };
        let (format, quality) = match what.picture_type {
            PictureType::Png => (CaptureScreenshotFormat::Png, None),
            PictureType::Jpeg => (CaptureScreenshotFormat::Jpeg, Some(85)),
        };
        let params = CaptureScreenshotParams {
            format: Some(format),
            quality,
            clip: area.map(|Area { x, y, width, height }| Viewport { x, y, width, height, scale: 1.0 }),
            capture_beyond_viewport: Some(area.is_some()),
            ..Default::default()
        };
        let taken = async { Ok(self.session.call(Call::of(&params), deadline).await?) };
        let reply = self.unless_dialog(taken).await?;
        let Picture { data } = reply.parse()?;
        base64::engine::general_purpose::STANDARD
            .decode(data)
            .map_err(|e| Error::Script(format!("the browser's picture is not base64: {e}")))
    }

    /// An element's box in CSS pixels of the document.
    async fn area_of(&self, target: &Target, deadline: Deadline) -> Result<Area, Error> {
        self.scroll_into_view(target, deadline).await?;
        let place = self.locate(target, deadline).await?;
        let measure = format!(
            "(() => {{ const b = __openclaw.find({}).element?.getBoundingClientRect(); return b && \
             {{x: b.x, y: b.y, width: b.width, height: b.height}} }})()",
            place.target
        );
        let area: Option<Option<Area>> = self.ask(&place.session, place.context, &measure, deadline).await?;
        let missing = |fault| Error::Element { label: target.label(), fault };
        let area = area.flatten().ok_or_else(|| missing(Fault::Missing))?;
        if area.width < 1.0 || area.height < 1.0 {
            return Err(missing(Fault::NotVisible { because: "it has no size".to_owned() }));
        }
        let corner = super::input::Point { x: area.x, y: area.y };
        let super::input::Spot { point, .. } = self.in_viewport(&place, corner, deadline).await?;
        let Area { x, y, .. } =
            self.measure("({x: scrollX, y: scrollY, width: 0, height: 0})", deadline).await?;
        Ok(Area { x: point.x + x, y: point.y + y, ..area })
    }

    async fn whole_document(&self, deadline: Deadline) -> Result<Area, Error> {
        let size = "(() => { const e = document.scrollingElement ?? document.documentElement; \
                    return {x: 0, y: 0, width: e.scrollWidth, height: e.scrollHeight} })()";
        self.measure(size, deadline).await
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

#[derive(Deserialize)]
struct Picture {
    data: String,
}
