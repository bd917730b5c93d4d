//! The one task of an attached page: it feeds events into the page's state, and takes care of what must be
//! answered at once. It never waits for a reply in its loop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::emulation::{Belief, Part};
use super::state::PageState;
use super::{attach, upload};
use crate::cdp::protocol::{AttachedToTarget, DetachedFromTarget, FrameTreeReply};
use crate::cdp::{Event, Gate, Session, SessionId, Subscription, Waiting};
use crate::deadline::Deadline;

/// How long a frame of another process may take to answer our enables; it is let run in any case.
const ATTACH: Duration = Duration::from_secs(10);

pub(super) struct Actor {
    pub(super) session: Session,
    pub(super) events: Subscription,
    pub(super) state: Arc<watch::Sender<PageState>>,
    pub(super) gate: Gate,
    /// Askers who want all that has arrived to be in the state first.
    pub(super) fence: Waiting,
    /// Channels of out-of-process frames and of workers.
    pub(super) children: HashMap<SessionId, Session>,
    /// Attaching frames and answering dialogs.
    pub(super) errands: JoinSet<Option<(Session, FrameTreeReply)>>,
}

impl Actor {
    pub(super) async fn run(mut self) {
        let connection = self.session.connection().clone();
        loop {
            tokio::select! {
                event = self.events.next() => match event {
                    Some(event) => self.take(&event),
                    None => break,
                },
                Some(done) = self.errands.join_next() => {
                    if let Ok(Some((session, tree))) = done {
                        self.state.send_modify(|state| state.frames.take_tree(&tree.frame_tree, &session));
                    }
                }
                Some(asker) = self.fence.next() => {
                    self.events.arrived().iter().for_each(|event| self.take(event));
                    drop(asker);
                }
                () = self.gate.closed() => break,
                _ = connection.closed() => break,
            }
        }
        self.state.send_modify(|state| state.gone = true);
    }

    fn take(&mut self, event: &Event) {
        match event.method() {
            "Target.attachedToTarget" => {
                if let Some(attached) = event.params::<AttachedToTarget>() {
                    match attached.target_info.r#type.as_str() {
                        "worker" => self.worker_attached(attached),
                        _ => self.frame_attached(attached),
                    }
                }
            }
            "Target.detachedFromTarget" => {
                if let Some(DetachedFromTarget { session_id }) = event.params()
                    && let Some(session) = self.children.remove(session_id.as_str())
                {
                    self.state.send_modify(|state| state.requests.lose_session(session.id()));
                }
            }
            "Page.javascriptDialogOpening" => self.dialog(event),
            "Page.fileChooserOpened" => self.chooser(event),
            _ => self.apply(event),
        }
    }

    /// The channel that an event came on: the tab's own, or that of a frame of another process.
    fn session_of(&self, event: &Event) -> Option<Session> {
        let own = event.session.as_ref() == self.session.id();
        let child = || event.session.as_ref().and_then(|id| self.children.get(id));
        (if own { Some(&self.session) } else { child() }).cloned()
    }

    fn apply(&mut self, event: &Event) {
        let Some(session) = self.session_of(event) else { return };
        self.state.send_if_modified(|state| state.apply(event, &session));
    }

    /// A dialog that is answered by itself is answered at once; whoever caused it hears of it afterwards.
    fn dialog(&mut self, event: &Event) {
        self.apply(event);
        let Some((id, answer)) = self.state.borrow().dialogs.own_answer() else { return };
        let (session, state) = (self.session.clone(), Arc::clone(&self.state));
        self.errands.spawn(async move {
            if session.send(&answer.command(), Deadline::after(ATTACH)).await.is_err() {
                state.send_modify(|state| state.dialogs.unanswered(&id));
            }
            None
        });
    }

    /// A page opens a file chooser: somebody has files for it, or nobody sees it.
    fn chooser(&mut self, event: &Event) {
        let Some(opened) = event.params() else { return };
        let Some(session) = self.session_of(event) else { return };
        let mut armed = None;
        self.state.send_modify(|state| armed = state.choosers.take());
        let state = Arc::clone(&self.state);
        let is_headless = state.borrow().around.borrow().is_headless;
        self.errands.spawn(async move {
            let filled = upload::fill(session, opened, armed, is_headless, Deadline::after(ATTACH));
            if let Some(outcome) = filled.await {
                state.send_modify(|state| state.choosers.answered(outcome));
            }
            None
        });
    }

    /// A worker waits for us, too; what it says and asks for is its page's.
    fn worker_attached(&mut self, attached: AttachedToTarget) {
        let session = self.session.connection().session(attached.session_id.as_str());
        self.children.insert(attached.session_id.into(), session.clone());
        let mailbox = self.events.mailbox();
        self.errands.spawn(async move {
            session.events_into(mailbox).await.ok()?;
            attach::enable_worker(&session, Deadline::after(ATTACH)).await.ok()?;
            None
        });
    }

    /// A frame lives in another process: it waits for us, so that nothing of its document is missed.
    fn frame_attached(&mut self, attached: AttachedToTarget) {
        let AttachedToTarget { session_id, target_info } = attached;
        let session = self.session.connection().session(session_id.as_str());
        self.children.insert(session_id.into(), session.clone());
        let mailbox = self.events.mailbox();
        self.state.send_modify(|state| state.frames.moved(&target_info.target_id, &session));
        let state = Arc::clone(&self.state);
        // The frame is in the table: whoever changes a belief from here on tells it, too.
        let beliefs = self.state.borrow().belief().since(&Belief::default(), Part::Frame);
        self.errands.spawn(async move {
            session.events_into(mailbox).await.ok()?;
            let tree = attach::enable(&session, beliefs, None, Deadline::after(ATTACH)).await.ok()?;
            let is_armed = state.borrow().choosers.is_armed();
            if is_armed {
                upload::intercept(&session, Deadline::after(ATTACH)).await;
            }
            Some((session, tree))
        });
    }
}
