//! Switching on what we need of a tab or of an out-of-process frame, before its user code runs.

use super::Error;
use crate::cdp::browser_protocol::emulation::SetFocusEmulationEnabledParams;
use crate::cdp::browser_protocol::page::{EnableParams, GetFrameTreeParams, SetLifecycleEventsEnabledParams};
use crate::cdp::browser_protocol::{log, network, performance};
use crate::cdp::protocol::{FrameTreeReply, SetAutoAttach, only};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;

/// What belongs to a tab and has channels of its own: frames of other processes, workers of its documents.
const RELATED: &[&str] = &["iframe", "worker"];

/// One flight: the domains, the frame tree, the out-of-process frames, and only then the page's own code.
///
/// `Page` comes first: an `alert()` on a page without it wedges the tab for good. All replies are awaited, for
/// a navigation that overtakes an enable loses events (13 of 60 runs).
///
/// `beliefs` come first, so that the first request and the first script are made under them; one that the browser
/// refuses (another tab of the same process has another time zone) keeps nobody from being attached.
pub(super) async fn enable(
    session: &Session,
    beliefs: Vec<Call>,
    focus: Option<Call>,
    deadline: Deadline,
) -> Result<FrameTreeReply, Error> {
    let calls = [
        Call::of(&EnableParams::default()),
        plain("Runtime.enable"),
        Call::of(&network::EnableParams::default()),
        Call::of(&log::EnableParams::default()),
        plain("Inspector.enable"),
        // It counts from then on, and what it counts tells whether a walk still holds.
        Call::of(&performance::EnableParams::default()),
        Call::of(&SetLifecycleEventsEnabledParams::new(true)),
        Call::of(&SetAutoAttach {
            auto_attach: true,
            wait_for_debugger_on_start: true,
            flatten: true,
            filter: only(RELATED),
        }),
        Call::of(&GetFrameTreeParams::default()),
        plain("Runtime.runIfWaitingForDebugger"),
    ];
    let told = beliefs.len();
    let calls = beliefs.into_iter().chain(focus).chain(calls);
    let mut replies = session.flight(calls, deadline).await?.into_iter();
    for refused in replies.by_ref().take(told).filter_map(Result::err) {
        tracing::info!(error = %refused, "a new tab or frame does not take a setting");
    }
    let mut tree = None;
    for reply in replies {
        let reply = reply?;
        // The one reply with a frame tree; the others say nothing.
        if let Ok(found) = reply.parse::<FrameTreeReply>() {
            tree = Some(found);
        }
    }
    tree.ok_or(Error::Gone)
}

/// The same for a worker, which has no documents. It is let run even when it refuses the rest: else it stands for ever.
pub(super) async fn enable_worker(session: &Session, deadline: Deadline) -> Result<(), Error> {
    let calls = [
        plain("Runtime.enable"),
        Call::of(&network::EnableParams::default()),
        Call::of(&SetAutoAttach {
            auto_attach: true,
            wait_for_debugger_on_start: true,
            flatten: true,
            filter: only(RELATED),
        }),
        plain("Runtime.runIfWaitingForDebugger"),
    ];
    for refused in session.flight(calls, deadline).await?.into_iter().filter_map(Result::err) {
        tracing::debug!(error = %refused, "a worker is not heard");
    }
    Ok(())
}

/// Makes a tab believe that it has the focus, whatever is in front of it: else its elements never hear that they
/// got it, and lists that open on focus stay shut. It is the tab's, frames of other processes follow.
pub(super) fn focus() -> Call {
    Call::of(&SetFocusEmulationEnabledParams::new(true))
}

/// `Runtime` is not among the generated browser types: it is V8's own protocol.
fn plain(method: &'static str) -> Call {
    Call { method: method.into(), params: "{}".to_owned() }
}
