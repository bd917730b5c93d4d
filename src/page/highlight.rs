//! Showing a person which element is meant: the browser draws over the page, and nothing in the page changes.

use super::error::{Error, Fault};
use super::reference::Target;
use super::{Page, RefFault};
use crate::cdp::browser_protocol::dom::{EnableParams as EnableDom, Rgba};
use crate::cdp::browser_protocol::overlay::{
    DisableParams, EnableParams, HighlightConfig, HighlightNodeParams,
};
use crate::cdp::protocol::{Evaluate, Evaluated};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;

impl Page {
    /// Draws a box over an element, until the next act on the tab or the next document.
    ///
    /// # Errors
    /// When the element is gone.
    pub async fn highlight(&self, target: &Target, deadline: Deadline) -> Result<(), Error> {
        self.hide_highlight().await?;
        self.scroll_into_view(target, deadline).await?;
        let place = self.locate(target, deadline).await?;
        let lookup = format!("__openclaw.find({}).element", place.target);
        let handle = Call::of(&Evaluate::handle(&lookup, Some(place.context)));
        let found: Evaluated = place.session.call(handle, deadline).await?.parse()?;
        let object = found.result.object_id.ok_or_else(|| match target {
            Target::Ref(reference) => Error::unknown(*reference, RefFault::Removed),
            Target::Selector(_) => Error::Element { label: target.label(), fault: Fault::Missing },
        })?;
        let show =
            HighlightNodeParams { object_id: Some(object.into()), ..HighlightNodeParams::new(colors()) };
        let calls = [Call::of(&EnableDom::default()), Call::of(&EnableParams::default()), Call::of(&show)];
        let shown = async {
            for reply in place.session.flight(calls, deadline).await? {
                reply?;
            }
            Ok(())
        };
        self.modify(|state| state.highlighted = Some(place.session.clone()));
        self.unless_dialog(shown).await
    }

    /// Takes the box away, if there is one. It is written and not waited for: acts stay as fast as they are.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn hide_highlight(&self) -> Result<(), Error> {
        let mut shown: Option<Session> = None;
        if self.state().highlighted.is_some() {
            self.modify(|state| shown = state.highlighted.take());
        }
        if let Some(session) = shown {
            drop(session.launch([Call::of(&DisableParams::default())]).await?);
        }
        Ok(())
    }
}

/// The colors of the DevTools' own highlight.
fn colors() -> HighlightConfig {
    let color = |r, g, b, a| Some(Rgba { r, g, b, a: Some(a) });
    HighlightConfig {
        show_info: Some(true),
        content_color: color(111, 168, 220, 0.66),
        padding_color: color(147, 196, 125, 0.55),
        border_color: color(255, 229, 153, 0.66),
        margin_color: color(246, 178, 107, 0.66),
        ..Default::default()
    }
}
