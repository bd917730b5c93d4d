//! What is driven inside one tab: its frames, snapshots, input, waits and records.
//!
//! It knows one target's sessions and nothing of browsers, tabs, profiles or faces: a popup is an event that is
//! handled one row up.

mod actor;
mod asked;
mod attach;
mod backend;
mod device;
pub mod dialog;
mod effects;
mod emulate;
mod emulation;
mod error;
mod evaluate;
mod exception;
mod findings;
mod frames;
mod highlight;
pub mod input;
mod labels;
mod listeners;
mod names;
mod navigate;
mod news;
mod owner;
mod paper;
mod picture;
mod progress;
mod record;
mod reference;
mod request;
mod response;
mod rouse;
mod screencast;
mod scripts;
mod silence;
pub mod snapshot;
mod state;
mod storage;
mod text;
mod trace;
mod upload;
mod view;
mod wait;
mod warnings;
mod witness;
mod world;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

pub use device::Device;
pub use effects::{Before, Effects, Focus};
pub use emulation::{Costume, Guise, Headers, Position, Surroundings};
pub use error::{Closest, Error, Fault, RefFault, Unfinished};
pub use evaluate::Script;
pub use exception::PageError;
pub use findings::{Finding, Unmet};
pub use labels::{Annotation, Labels};
pub use names::Named;
pub use news::{Mark, News};
pub use picture::{Picture, PictureType, Screenshot};
pub use record::{ConsoleMessage, Place};
pub use reference::{RefNumbers, Reference, Target};
pub use request::{Failure, PageRequest};
pub use response::Response;
pub use rouse::Roused;
pub use screencast::{Film, Frame, Screencast};
pub use silence::Silence;
pub use storage::StorageKind;
pub use text::{ReadOptions, Reading};
pub use trace::{Recording, TraceOptions, TracedCall};
pub use wait::{Condition, LoadState};

use crate::cdp::{Fence, Gate, Session};
use crate::deadline::Deadline;
use dialog::Dialogs;
use emulation::{Belief, Part};
use state::PageState;

/// How long switching on a new tab may take.
const ATTACH: Duration = Duration::from_secs(10);

/// One page, driven. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Page {
    session: Session,
    state: Arc<watch::Sender<PageState>>,
    /// Open as long as the page is ours to drive: what all of its channels are written through.
    gate: Gate,
    fence: Fence,
    walks: Arc<snapshot::Walks>,
    /// How often callers have run code of their own here.
    scripts: Arc<AtomicU64>,
    /// What earlier snapshots told. Never held across an await.
    memory: Arc<Mutex<snapshot::Memory>>,
    /// Held by the call that presses keys or buttons: where they go depends on what has the focus.
    hands: Arc<tokio::sync::Mutex<()>>,
    /// Who watches the documents for the effects of one act.
    witness: witness::Witness,
    /// Whether this call has done what it was asked for.
    progress: progress::Progress,
    /// What this call has to warn of.
    warnings: warnings::Warnings,
    /// The trace that is being taken. Never held across an await.
    trace: Arc<Mutex<Option<Arc<trace::Trace>>>>,
    /// When its scripts were stopped last because it did not answer, and how it was then; held by who does it.
    roused: Arc<tokio::sync::Mutex<Option<(Instant, Roused)>>>,
}

impl Page {
    /// Takes an attached target: switches on what is needed before its code runs, and starts the page's task.
    ///
    /// # Errors
    /// When the target went away or does not answer.
    pub async fn attach(
        session: Session,
        target_id: &str,
        around: watch::Receiver<Surroundings>,
    ) -> Result<Self, Error> {
        let gate = Gate::default();
        let session = session.gated(&gate);
        let events = session.events(must_not_be_lost).await?;
        let state = Arc::new(watch::Sender::new(PageState::new(target_id.into(), session.clone(), around)));
        let (fence, waiting) = Fence::new();
        let actor = actor::Actor {
            session: session.clone(),
            events,
            state: Arc::clone(&state),
            gate: gate.clone(),
            fence: waiting,
            children: HashMap::new(),
            errands: JoinSet::new(),
        };
        tokio::spawn(actor.run());
        let beliefs = state.borrow().belief().since(&Belief::default(), Part::Tab);
        let enabled = attach::enable(&session, beliefs, Some(attach::focus()), Deadline::after(ATTACH)).await;
        // A page that nobody gets must not leave its task behind.
        let tree = enabled.inspect_err(|_| gate.close())?;
        state.send_modify(|state| state.frames.take_first_tree(&tree.frame_tree, &session));
        let (walks, scripts, memory) = (Arc::default(), Arc::default(), Arc::default());
        let (witness, progress) = (witness::Witness::default(), progress::Progress::default());
        let (hands, trace, warnings) = (Arc::default(), Arc::default(), warnings::Warnings::default());
        Ok(Self {
            session,
            state,
            gate,
            fence,
            walks,
            scripts,
            memory,
            hands,
            witness,
            progress,
            warnings,
            trace,
            roused: Arc::default(),
        })
    }

    /// A page that nothing feeds, for tests of the tables above it.
    #[cfg(test)]
    pub(crate) fn detached(session: Session, target_id: &str) -> Self {
        let (_, around) = watch::channel(Surroundings::default());
        let state = Arc::new(watch::Sender::new(PageState::new(target_id.into(), session.clone(), around)));
        let (fence, _) = Fence::new();
        Self {
            session,
            state,
            gate: Gate::default(),
            fence,
            walks: Arc::default(),
            scripts: Arc::default(),
            memory: Arc::default(),
            hands: Arc::default(),
            witness: witness::Witness::default(),
            progress: progress::Progress::default(),
            warnings: warnings::Warnings::default(),
            trace: Arc::default(),
            roused: Arc::default(),
        }
    }

    /// The target went away, or is no longer ours to drive: everything that waits on the page ends, and nothing more is
    /// written to it.
    pub fn end(&self) {
        self.gate.close();
    }

    /// Whether the tab was closed.
    pub fn is_closed(&self) -> bool {
        !self.gate.is_open()
    }

    /// The page's channel.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The main document's URL.
    pub fn url(&self) -> String {
        self.state().frames.main().url.clone()
    }

    /// Names the main document: another one after each navigation that is not within it.
    pub fn document(&self) -> Arc<str> {
        self.state().frames.main().loader.clone()
    }

    /// The browser's id of the tab's target, which is its main frame's, too.
    pub fn target_id(&self) -> Arc<str> {
        self.state().frames.main().id.clone()
    }

    /// Names the document of one of this page's frames; none when it has no such frame.
    pub fn loader_of(&self, frame: &str) -> Option<Arc<str>> {
        self.state().frames.get(frame).map(|frame| frame.loader.clone())
    }

    /// Which refs were given here so far.
    pub fn ref_numbers(&self) -> RefNumbers {
        self.state().frames.ref_numbers()
    }

    /// Gives none of the refs that were given in another page, in whose place this one is.
    pub fn go_on_counting(&self, from: RefNumbers) {
        self.modify(|state| state.frames.go_on_counting(from));
    }

    /// Wakes whoever waits for something that changes on this page.
    pub fn changes(&self) -> Changes {
        Changes(self.state.subscribe())
    }

    /// Whether the renderer died.
    pub fn is_crashed(&self) -> bool {
        self.state().crashed
    }

    /// Whether a frame of this page has this id.
    pub fn has_frame(&self, frame: &str) -> bool {
        self.state().frames.contains(frame)
    }

    /// Whether a dialog is open.
    pub fn is_blocked(&self) -> bool {
        self.state().dialogs.blocking().is_some()
    }

    /// What dialogs there were and are.
    pub fn dialogs(&self) -> Dialogs {
        self.state().dialogs.clone()
    }

    /// Returns when everything that arrived before is in the page's state: a reply overtakes the events before it.
    pub async fn caught_up(&self) {
        self.fence.pass().await;
    }

    /// How many navigations of this page's frames the policy has refused so far.
    pub fn refusals(&self) -> u64 {
        self.state().refused
    }

    /// Whether one of this page's frames has begun to go to another document since that moment and is not there yet.
    pub fn is_leaving(&self, since: Instant) -> bool {
        self.state().frames.leaving_to(since).is_some()
    }

    /// Whether a tab that this page has asked the browser for since that moment is not there yet.
    pub fn waits_for_tab(&self, since: Instant) -> bool {
        self.state().asked_tabs.waits(since)
    }

    /// A tab with this URL is there: whether this page has asked for it, and for no other one that was taken before.
    pub fn takes_tab(&self, url: &str) -> bool {
        let mut is_asked = false;
        self.state.send_if_modified(|state| {
            is_asked = state.asked_tabs.take(url, Instant::now());
            is_asked
        });
        is_asked
    }

    /// The policy refused a navigation of one of this page's frames.
    pub fn note_refusal(&self) {
        self.modify(|state| state.refused += 1);
    }

    fn scripts_run(&self) -> u64 {
        self.scripts.load(Ordering::SeqCst)
    }

    /// A caller's code is about to run.
    fn note_script(&self) {
        self.scripts.fetch_add(1, Ordering::SeqCst);
    }

    fn state(&self) -> watch::Ref<'_, PageState> {
        self.state.borrow()
    }

    /// Reads or changes what earlier snapshots told.
    fn remember<T>(&self, work: impl FnOnce(&mut snapshot::Memory) -> T) -> T {
        work(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn modify(&self, change: impl FnOnce(&mut PageState)) {
        self.state.send_modify(change);
    }

    /// Does something on the page, or ends with the dialog that opens: while one is open no reply comes.
    async fn unless_dialog<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut changes = self.state.subscribe();
        if let Some(error) = changes.borrow().obstacle() {
            return Err(error);
        }
        tokio::select! {
            biased;
            done = work => done,
            state = changes.wait_for(|state| state.dialogs.blocking().is_some() || state.gone) => {
                Err(state.ok().and_then(|state| state.obstacle()).unwrap_or(Error::Gone))
            }
        }
    }
}

/// Tells that something has changed on a page.
#[derive(Debug)]
pub struct Changes(watch::Receiver<PageState>);

impl Changes {
    /// Waits for a change; false when the page is gone for good.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// Events that a page's state cannot do without; records may be lost in a flood.
fn must_not_be_lost(method: &str) -> bool {
    !method.starts_with("Runtime.consoleAPI")
        && !method.starts_with("Network.")
        && !method.starts_with("Log.")
}
