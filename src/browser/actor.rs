//! The one task of a browser: it follows targets and answers paused requests. It never waits for a reply in its
//! loop; what needs one is an errand.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::guard::Guard;
use super::tabs::Tabs;
use crate::cdp::protocol::{
    AttachedToTarget, DetachedFromTarget, RequestPaused, TargetEnded, TargetInfo, TargetInfoChanged,
};
use crate::cdp::{Event, Session, Subscription};
use crate::page::Page;

pub(super) struct Actor {
    pub(super) session: Session,
    pub(super) events: Subscription,
    pub(super) tabs: Arc<watch::Sender<Tabs>>,
    pub(super) guard: Guard,
    /// Pages being attached, requests being judged.
    pub(super) errands: JoinSet<()>,
    /// Which target each session of ours is attached to.
    pub(super) attached: HashMap<String, String>,
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
                // An errand that panics has logged it; the rest goes on.
                Some(_) = self.errands.join_next() => {}
                _ = connection.closed() => break,
            }
        }
        self.tabs.send_modify(|tabs| tabs.pages().for_each(Page::end));
    }

    fn take(&mut self, event: &Event) {
        match event.method() {
            "Fetch.requestPaused" => self.judge(event),
            "Target.attachedToTarget" => self.attach(event),
            "Target.targetInfoChanged" => {
                if let Some(TargetInfoChanged { target_info }) = event.params() {
                    self.tabs.send_modify(|tabs| tabs.changed(&target_info));
                }
            }
            "Target.detachedFromTarget" => {
                if let Some(DetachedFromTarget { session_id }) = event.params()
                    && let Some(target) = self.attached.remove(&session_id)
                {
                    self.tabs.send_modify(|tabs| tabs.closed(&target));
                }
            }
            "Target.targetDestroyed" => {
                if let Some(TargetEnded { target_id }) = event.params() {
                    self.tabs.send_modify(|tabs| tabs.closed(&target_id));
                }
            }
            _ => {}
        }
    }

    fn judge(&mut self, event: &Event) {
        let Some(paused): Option<RequestPaused> = event.params() else { return };
        // The main frame of a tab has its target's id.
        let is_tab = self.attached.values().any(|target| *target == paused.frame_id);
        let (guard, session, tabs) = (self.guard.clone(), self.session.clone(), Arc::clone(&self.tabs));
        let tell = move |frame: &str| {
            tabs.borrow().pages().filter(|page| page.has_frame(frame)).for_each(Page::note_refusal);
        };
        self.errands.spawn(async move { guard.answer(session, paused, is_tab, tell).await });
    }

    /// A new tab waits for us, so that nothing of its first document is missed.
    fn attach(&mut self, event: &Event) {
        let Some(AttachedToTarget { session_id, target_info }) = event.params() else { return };
        self.attached.insert(session_id.clone(), target_info.target_id.clone());
        let session = self.session.connection().session(session_id);
        let tabs = Arc::clone(&self.tabs);
        self.errands.spawn(async move {
            match Page::attach(session, &target_info.target_id).await {
                Ok(page) => tabs.send_modify(|tabs| tabs.opened(&newest(&target_info, &page), page)),
                Err(error) => tracing::debug!(%error, "a tab went away while it was attached"),
            }
        });
    }
}

/// A popup may have gone on while it was attached.
fn newest(info: &TargetInfo, page: &Page) -> TargetInfo {
    let url = page.url();
    if url.is_empty() { info.clone() } else { TargetInfo { url, ..info.clone() } }
}
