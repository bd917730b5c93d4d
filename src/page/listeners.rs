//! Who listens to what in a document, as the browser tells it: the world that asks sees its own listeners alone.

use serde::Deserialize;

use crate::cdp::browser_protocol::dom_debugger::GetEventListenersParams;
use crate::cdp::js_protocol::runtime::ReleaseObjectParams;
use crate::cdp::protocol::{Evaluate, Evaluated};
use crate::cdp::{self, Call, Reply};

/// The events that make something clickable: the same as in `listeners.js`.
const CLICKS: [&str; 5] = ["click", "mousedown", "pointerdown", "mouseup", "dblclick"];

/// What `DOMDebugger.getEventListeners` answers
/// (<https://chromedevtools.github.io/devtools-protocol/tot/DOMDebugger/#method-getEventListeners>).
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    listeners: Vec<Listener<'a>>,
}

/// Something listens to an event.
#[derive(Deserialize)]
pub(super) struct Listener<'a> {
    /// The event's name.
    r#type: std::borrow::Cow<'a, str>,
}

/// A handle of the document in a context of the page.
pub(super) fn document(context: Option<i64>) -> Call {
    Call::of(&Evaluate::handle("document", context))
}

/// What the handle is called.
pub(super) fn handle(reply: Result<Reply, cdp::Error>) -> Option<String> {
    reply.ok()?.parse::<Evaluated>().ok()?.result.object_id
}

/// Asks for all listeners of a node and below it.
pub(super) fn below(handle: &str) -> Call {
    let asked =
        GetEventListenersParams { object_id: handle.to_owned().into(), depth: Some(-1), pierce: None };
    Call::of(&asked)
}

/// Gives a handle back.
pub(super) fn release(handle: String) -> Call {
    Call::of(&ReleaseObjectParams { object_id: handle.into() })
}

/// The answer to [`below`].
pub(super) fn told(reply: &Reply) -> Option<Vec<Listener<'_>>> {
    Some(reply.parse::<Told<'_>>().ok()?.listeners)
}

impl Listener<'_> {
    /// Whether it may make something clickable.
    pub(super) fn hears_clicks(&self) -> bool {
        CLICKS.contains(&&*self.r#type)
    }
}
