//! Which documents are watched for one act, how they are armed before its first call reaches them, and what they answer when
//! they are asked. It sends nothing that anybody waits for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::error::Error;
use super::world::{Place, answered};
use crate::cdp::protocol::Evaluate;
use crate::cdp::{self, Call, Reply, Session};

/// How long an answer may take that was asked for beside a script, once the script has ended; later, it is asked again.
pub(super) const ALONGSIDE: Duration = Duration::from_millis(100);

/// Which documents of a page are watched for one act. A page has one for each call; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Witness(Arc<Mutex<Option<Watch>>>);

#[derive(Debug)]
struct Watch {
    id: u64,
    /// It goes on after the act, so documents stay armed when they are asked.
    goes_on: bool,
    /// What can be seen is compared, too.
    shows: bool,
    /// Input was sent.
    has_acted: bool,
    documents: Vec<Watched>,
}

/// One document that was armed.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) session: Session,
    pub(super) frame: String,
    pub(super) context: i64,
    /// The act is not aimed at it, and the documents around it cannot look into it: it is asked when they have nothing
    /// to tell.
    pub(super) is_aside: bool,
    pub(super) answer: Answer,
}

/// What a document has answered so far.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// It was not asked yet.
    Unasked,
    /// It was not armed, or is no longer there.
    Nothing,
    /// It did not answer in time.
    Busy,
    Told(Told),
}

/// What a document says of itself (`effects.js`).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Told {
    pub(super) changed: bool,
    pub(super) scrolled: bool,
    pub(super) deferred: bool,
    pub(super) undrawn: bool,
    pub(super) downloads: usize,
    pub(super) before: String,
    pub(super) title: String,
    pub(super) focus: Option<ToldFocus>,
    pub(super) next: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ToldFocus {
    pub(super) n: Option<u32>,
    pub(super) element: Option<String>,
}

impl Witness {
    /// Watches what happens from now on.
    pub(super) fn begin(&self, goes_on: bool) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        *self.lock() = Some(Watch { id, goes_on, shows: false, has_acted: false, documents: Vec::new() });
    }

    /// What can be seen counts, too: for acts that change nothing but that.
    pub(super) fn look_closely(&self) {
        self.lock().iter_mut().for_each(|watch| watch.shows = true);
    }

    /// Input is sent.
    pub(super) fn acts(&self) {
        self.lock().iter_mut().for_each(|watch| watch.has_acted = true);
    }

    /// Whether input was sent.
    pub(super) fn has_acted(&self) -> bool {
        self.lock().as_ref().is_some_and(|watch| watch.has_acted)
    }

    /// A call of ours for a document, which arms it when it is the first one of a watched act: `after` the call when
    /// what the call itself does is no effect of the act.
    pub(super) fn armed(&self, place: &Place, call: String, after: bool) -> String {
        match self.arming(&place.session, &place.frame, place.context) {
            None => call,
            Some((id, shows)) if after => format!("__openclaw.armAfter({id},{call},{shows})"),
            Some((id, shows)) => format!("(__openclaw.arm({id},{shows}),{call})"),
        }
    }

    /// Notes that a document is armed now; none when nobody watches, or it was armed before.
    pub(super) fn arming(&self, session: &Session, frame: &str, context: i64) -> Option<(u64, bool)> {
        self.entered(session, frame, context, false)
    }

    /// The same; `is_aside`: the act is not aimed at it.
    fn entered(&self, session: &Session, frame: &str, context: i64, is_aside: bool) -> Option<(u64, bool)> {
        let mut watch = self.lock();
        let watch = watch.as_mut()?;
        let is_known = |known: &&mut Watched| known.context == context && known.frame == frame;
        match watch.documents.iter_mut().find(is_known) {
            // What was scrolled or focused to be aimed at is no effect of the act: it begins anew.
            Some(known) if known.is_aside => known.is_aside = false,
            Some(_) => return None,
            None => {
                let (session, frame) = (session.clone(), frame.to_owned());
                let answer = Answer::Unasked;
                watch.documents.push(Watched { session, frame, context, is_aside, answer });
            }
        }
        Some((watch.id, watch.shows))
    }

    /// Arms a document aside, without waiting for it.
    pub(super) fn arm_aside(&self, session: &Session, frame: &str, context: i64) {
        if let Some(armed) = self.entered(session, frame, context, true) {
            session.tell(arm(armed, context));
        }
    }

    /// Whether the documents that were asked have nothing to tell.
    pub(super) fn is_still(&self) -> bool {
        let is_still = |known: &Watched| known.answer.told().is_none_or(Told::is_still);
        self.lock().as_ref().is_some_and(|watch| watch.documents.iter().all(is_still))
    }

    /// Whether a document has nothing to tell because its window is not drawn.
    pub(super) fn is_undrawn(&self) -> bool {
        self.lock().as_ref().is_some_and(|watch| watch.documents.iter().any(Watched::is_undrawn))
    }

    /// Watches those aside no longer.
    pub(super) fn leave_aside(&self) {
        let watch = self.lock();
        let Some(watch) = watch.as_ref() else { return };
        watch.documents.iter().filter(|known| known.is_aside).for_each(|known| known.leave(watch.id));
    }

    pub(super) fn is_armed(&self, frame: &str) -> bool {
        self.lock().as_ref().is_none_or(|watch| watch.documents.iter().any(|known| known.frame == frame))
    }

    /// The question for the flight that ends an act: asked of the document that was aimed at (in this context, if that is
    /// known), once it has seen the mouse let go so often. The number is that document's, for [`Witness::note`].
    pub(super) fn barrier(
        &self,
        session: &Session,
        context: Option<i64>,
        releases: u8,
    ) -> Option<(usize, i64, String)> {
        let watch = self.lock();
        let watch = watch.as_ref()?;
        let is_aimed_at = |known: &Watched| {
            known.session.id() == session.id() && context.is_none_or(|context| known.context == context)
        };
        let aimed = watch.documents.iter().position(is_aimed_at)?;
        let context = watch.documents[aimed].context;
        Some((aimed, context, watch.question(&format!("count:{releases},scrolls:true,"))))
    }

    /// What a document answered; one that is gone has told before what there was to tell.
    pub(super) fn note(&self, document: usize, reply: Result<Reply, cdp::Error>) {
        let mut watch = self.lock();
        let Some(known) = watch.as_mut().and_then(|watch| watch.documents.get_mut(document)) else { return };
        match (Answer::of(reply), &known.answer) {
            (Answer::Nothing, Answer::Told(_)) => {}
            (answer, _) => known.answer = answer,
        }
    }

    /// The question for the flight of a script of the main document, after it: [`Witness::note_alongside`] takes the
    /// answer.
    pub(super) fn alongside(&self, session: &Session) -> Option<(usize, Call)> {
        let watch = self.lock();
        let watch = watch.as_ref()?;
        let at = watch.documents.iter().position(|known| known.session.id() == session.id())?;
        // Should the script take longer than the question, it is asked again.
        let question = format!("__openclaw.told({},{{goes:true}})", watch.id);
        Some((at, Call::of(&Evaluate::value(&question, Some(watch.documents[at].context)))))
    }

    /// What a document answered beside a script; nothing, when that was before the script had ended.
    pub(super) fn note_alongside(&self, document: usize, told: Result<Reply, cdp::Error>, script: &Reply) {
        match told {
            Ok(told) if !told.came_before(script) => self.note(document, Ok(told)),
            _ => return,
        }
        let watch = self.lock();
        let Some(watch) = watch.as_ref().filter(|watch| !watch.goes_on) else { return };
        if let Some(known) = watch.documents.get(document) {
            known.leave(watch.id);
        }
    }

    /// The questions that are open: all of them when the watch ends now.
    pub(super) fn questions(&self, aside: bool, ends: bool) -> Vec<(usize, Session, Call)> {
        let mut watch = self.lock();
        let Some(watch) = watch.as_mut() else { return Vec::new() };
        // Who is asked last is watched no longer.
        watch.goes_on &= !ends;
        let is_open = |known: &Watched| {
            known.is_aside == aside && (ends || known.is_undrawn() || matches!(known.answer, Answer::Unasked))
        };
        let open = watch.documents.iter().enumerate().filter(|(_, known)| is_open(known));
        let question = watch.question(if watch.has_acted { "scrolls:true," } else { "" });
        let ask = |known: &Watched| Call::of(&Evaluate::value(&question, Some(known.context)));
        open.map(|(at, known)| (at, known.session.clone(), ask(known))).collect()
    }

    pub(super) fn documents(&self) -> Vec<Watched> {
        self.lock().as_ref().map(|watch| watch.documents.clone()).unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Watch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The call that arms a document.
pub(super) fn arm((id, shows): (u64, bool), context: i64) -> Call {
    Call::of(&Evaluate::value(&format!("__openclaw.arm({id},{shows})"), Some(context)))
}

impl Watched {
    fn is_undrawn(&self) -> bool {
        self.answer.told().is_some_and(|told| told.undrawn)
    }

    /// Watches it no longer, without waiting for it.
    fn leave(&self, id: u64) {
        let end = format!("__openclaw.untold({id})");
        self.session.tell(Call::of(&Evaluate::value(&end, Some(self.context))));
    }
}

impl Told {
    fn is_still(&self) -> bool {
        !self.changed && !self.scrolled && self.focus.is_none()
    }
}

impl Answer {
    pub(super) fn told(&self) -> Option<&Told> {
        match self {
            Self::Told(told) => Some(told),
            Self::Unasked | Self::Nothing | Self::Busy => None,
        }
    }

    fn of(reply: Result<Reply, cdp::Error>) -> Self {
        match answered::<Option<Told>>(reply) {
            Ok(told) => told.flatten().map_or(Self::Nothing, Self::Told),
            Err(Error::Cdp(cdp::Error::Timeout { .. })) => Self::Busy,
            Err(_) => Self::Nothing,
        }
    }
}

impl Watch {
    fn question(&self, options: &str) -> String {
        let Self { id, goes_on, .. } = self;
        format!("__openclaw.told({id},{{{options}goes:{goes_on}}})")
    }
}
