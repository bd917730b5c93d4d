//! What one act changes on a page. A page that is watched arms each document before its first call of an act reaches
//! it, and asks it afterwards; the rest is read from the page's state. It does not know tabs, popups or downloads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::Deserialize;

use super::dialog::Dialog;
use super::error::Error;
use super::frames::Frame;
use super::reference::Reference;
use super::world::{Place, answered};
use super::{News, Page, news};
use crate::cdp::protocol::Evaluate;
use crate::cdp::{self, Call, Reply, Session};
use crate::deadline::Deadline;

/// How long a document may take to tell: one that is busy for longer is told as such.
const TELLING: Duration = Duration::from_secs(1);
/// The same when the page is on its way to another document.
const LEAVING: Duration = Duration::from_millis(100);
/// How long an answer may take that was asked for beside a script, once the script has ended; later, it is asked again.
pub(super) const ALONGSIDE: Duration = Duration::from_millis(100);
/// How long arming a document may take that is asked for nothing else.
const ARMING: Duration = Duration::from_millis(300);
/// Older than any navigation of a new tab.
const AGE: Duration = Duration::from_secs(3600);
/// How long the title of a new document may take.
const TITLE: Duration = Duration::from_millis(300);

/// What one act changed on a page, as far as that can be known when it is asked.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// The URL before and now, when they differ.
    pub url: Option<(String, String)>,
    /// The main frame shows another document, be its URL the same.
    pub is_new_document: bool,
    /// The title now, when it is another one; before it the earlier one, if that is known.
    pub title: Option<(Option<String>, String)>,
    /// Where the focus is now, when it moved.
    pub focus: Option<Focus>,
    /// The documents, what their controls hold, or what can be seen of them.
    pub is_changed: bool,
    /// Something scrolled.
    pub is_scrolled: bool,
    /// Dialogs that opened, be they closed again.
    pub dialogs: Vec<Dialog>,
    /// What the page said and asked for.
    pub news: News,
    /// A frame is on its way to another document, or the new one still loads: where to.
    pub navigation: Option<String>,
    /// The content has not changed yet, and the page has asked for timers or frames.
    pub is_deferred: bool,
    /// A document did not say what has become of it: its page is busy.
    pub is_busy: bool,
}

/// What has the focus: an element, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Focus {
    /// The element's ref.
    pub reference: Option<Reference>,
    /// Its tag, as a person reads it.
    pub element: Option<String>,
}

/// A page at the moment before an act.
#[derive(Debug, Clone)]
pub struct Before {
    at: Instant,
    url: String,
    document: Arc<str>,
    records: news::Mark,
    dialogs: u32,
    choosers: u32,
}

impl Before {
    /// The moment before a tab showed anything.
    pub fn at_first() -> Self {
        let at = Instant::now().checked_sub(AGE).unwrap_or_else(Instant::now);
        let records = news::Mark::at_first(at);
        Self { at, url: "about:blank".to_owned(), document: "".into(), records, dialogs: 0, choosers: 0 }
    }
}

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
struct Watched {
    session: Session,
    frame: String,
    context: i64,
    /// The act is not aimed at it, and the documents around it cannot look into it: it is asked when they have nothing
    /// to tell.
    is_aside: bool,
    answer: Answer,
}

/// What a document has answered so far.
#[derive(Debug, Clone)]
enum Answer {
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
struct Told {
    changed: bool,
    scrolled: bool,
    deferred: bool,
    before: String,
    title: String,
    focus: Option<ToldFocus>,
    next: u32,
}

#[derive(Debug, Clone, Deserialize)]
struct ToldFocus {
    n: Option<u32>,
    element: Option<String>,
}

impl Witness {
    /// Watches what happens from now on.
    fn begin(&self, goes_on: bool) {
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
    fn arming(&self, session: &Session, frame: &str, context: i64) -> Option<(u64, bool)> {
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
    fn arm_aside(&self, session: &Session, frame: &str, context: i64) {
        if let Some(armed) = self.entered(session, frame, context, true) {
            session.tell(arm(armed, context));
        }
    }

    /// Whether the documents that were asked have nothing to tell.
    fn is_still(&self) -> bool {
        let is_still = |known: &Watched| known.answer.told().is_none_or(Told::is_still);
        self.lock().as_ref().is_some_and(|watch| watch.documents.iter().all(is_still))
    }

    /// Watches those aside no longer.
    fn leave_aside(&self) {
        let watch = self.lock();
        let Some(watch) = watch.as_ref() else { return };
        watch.documents.iter().filter(|known| known.is_aside).for_each(|known| known.leave(watch.id));
    }

    fn is_armed(&self, frame: &str) -> bool {
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
    fn questions(&self, aside: bool, ends: bool) -> Vec<(usize, Session, Call)> {
        let mut watch = self.lock();
        let Some(watch) = watch.as_mut() else { return Vec::new() };
        // Who is asked last is watched no longer.
        watch.goes_on &= !ends;
        let is_open =
            |known: &Watched| known.is_aside == aside && (ends || matches!(known.answer, Answer::Unasked));
        let open = watch.documents.iter().enumerate().filter(|(_, known)| is_open(known));
        let question = watch.question(if watch.has_acted { "scrolls:true," } else { "" });
        let ask = |known: &Watched| Call::of(&Evaluate::value(&question, Some(known.context)));
        open.map(|(at, known)| (at, known.session.clone(), ask(known))).collect()
    }

    fn documents(&self) -> Vec<Watched> {
        self.lock().as_ref().map(|watch| watch.documents.clone()).unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Watch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a document's scripts may not look into another one, by the URLs of both.
fn is_foreign(url: &str, other: &str) -> bool {
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
    !url.starts_with("about:") && origin(url) != origin(other)
}

/// The call that arms a document.
fn arm((id, shows): (u64, bool), context: i64) -> Call {
    Call::of(&Evaluate::value(&format!("__openclaw.arm({id},{shows})"), Some(context)))
}

impl Watched {
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

impl Page {
    /// The same page, watched for one call: what its acts change is told.
    #[must_use]
    pub fn watched(self) -> Self {
        Self { witness: Witness::default(), ..self }
    }

    /// Marks this moment, before an act. From now on each document is armed before the act reaches it. `goes_on`: it is
    /// watched for longer than the act takes.
    pub fn watch(&self, goes_on: bool) -> Before {
        self.witness.begin(goes_on);
        let records = self.mark();
        let state = self.state();
        let main = state.frames.main();
        // A document without an origin, such as an error page, counts as foreign even to itself.
        let is_aside = |frame: &&Frame| frame.id != main.id && is_foreign(&frame.url, &main.url);
        for frame in state.frames.all().filter(is_aside) {
            if let Some(world) = frame.world.filter(|world| world.has_hands) {
                self.witness.arm_aside(&frame.session, &frame.id, world.context);
            }
        }
        Before {
            at: Instant::now(),
            url: main.url.clone(),
            document: main.loader.clone(),
            records,
            dialogs: state.dialogs.opened_so_far(),
            choosers: state.choosers.unanswered,
        }
    }

    /// The call that arms the main document in the flight of an act's own call; none when it is armed, or when we have no
    /// world there.
    pub(super) fn arming(&self) -> Option<Call> {
        let state = self.state();
        let main = state.frames.main();
        let context = main.world?.context;
        Some(arm(self.witness.arming(&main.session, &main.id, context)?, context))
    }

    /// Arms the main document, for acts that begin with no call of ours. One that does not answer is not waited for: the
    /// act itself tells what is the matter.
    pub async fn arm(&self, deadline: Deadline) {
        let main = self.state().frames.main().id.to_string();
        if self.witness.is_armed(&main) {
            return;
        }
        let soon = deadline.within(ARMING);
        let armed = async {
            let place = self.document_of(&main, String::new(), "", soon).await?;
            let call = self.witness.armed(&place, "true".to_owned(), false);
            self.ask::<bool>(&place.session, place.context, &call, soon).await
        };
        soon.run(armed).await.map_err(|_| Error::Gone).flatten().ok();
    }

    /// Whether the act has sent input.
    pub fn has_acted(&self) -> bool {
        self.witness.lock().as_ref().is_some_and(|watch| watch.has_acted)
    }

    /// Waits until the main frame is where it goes, if it goes anywhere.
    pub async fn arrived(&self, deadline: Deadline) {
        self.caught_up().await;
        let there = self.until(deadline, "the navigation", |state| state.frames.main().leaving.is_none());
        // Whatever is in the way, or still on its way, is met by what is done next.
        there.await.ok();
    }

    /// Asks the documents that were armed what has become of them, and returns when all events before their answers are
    /// in the page's state. `ends`: nothing that comes later is of interest.
    pub async fn ask_effects(&self, ends: bool, deadline: Deadline) {
        self.caught_up().await;
        // What is about to be replaced may keep its answers back; that it is, says enough.
        let is_leaving = self.state().frames.main().leaving.is_some();
        let soon = deadline.within(if is_leaving { LEAVING } else { TELLING });
        self.put(self.witness.questions(false, ends), soon).await;
        let aside = self.witness.questions(true, ends);
        if ends || self.witness.is_still() {
            self.put(aside, soon).await;
        } else {
            self.witness.leave_aside();
        }
    }

    /// Puts questions to documents.
    async fn put(&self, questions: Vec<(usize, Session, Call)>, soon: Deadline) {
        if questions.is_empty() {
            return;
        }
        let asked = questions.into_iter().map(|(document, session, call)| async move {
            (document, self.unless_dialog(async { Ok(session.call(call, soon).await) }).await)
        });
        for (document, reply) in join_all(asked).await {
            // What stands in the way of an answer is told by itself.
            if let Ok(reply) = reply {
                self.witness.note(document, reply);
            }
        }
        self.caught_up().await;
    }

    /// What has changed since then, as far as it is known now.
    pub async fn effects(&self, before: &Before, deadline: Deadline) -> Effects {
        let news = self.since(before.records).await;
        let documents = self.witness.documents();
        let told = || documents.iter().filter_map(|known| Some((known, known.answer.told()?)));
        let focus = told().find_map(|(known, told)| self.focus(known, told));
        let mut effects = {
            let state = self.state();
            let main = state.frames.main();
            let is_new_document = main.loader != before.document;
            let loads = (is_new_document && !main.milestones.loaded).then(|| main.url.clone());
            let of_main = told().find(|(known, _)| *known.frame == *main.id).map(|(_, told)| told);
            let title = of_main.filter(|told| told.title != told.before && !is_new_document);
            let is_silent = documents.iter().all(|known| known.is_aside) && !is_new_document && !state.gone;
            let navigation = state.frames.leaving_to(before.at).or(loads);
            let is_busy = is_silent || documents.iter().any(|known| matches!(known.answer, Answer::Busy));
            Effects {
                url: (main.url != before.url).then(|| (before.url.clone(), main.url.clone())),
                is_new_document,
                title: title.map(|told| (Some(told.before.clone()), told.title.clone())),
                focus: focus.filter(|_| !is_new_document),
                is_changed: told().any(|(_, told)| told.changed),
                is_scrolled: told().any(|(_, told)| told.scrolled),
                is_deferred: told().any(|(_, told)| told.deferred),
                dialogs: state.dialogs.since(before.dialogs),
                news,
                is_busy: is_busy && navigation.is_none(),
                navigation,
            }
        };
        self.warn_of_choosers(before.choosers);
        if effects.is_new_document {
            effects.title = self.title(deadline).await.map(|title| (None, title));
        }
        effects
    }

    /// The title of the main document, if it says so soon.
    async fn title(&self, deadline: Deadline) -> Option<String> {
        let soon = deadline.within(TITLE);
        let main = self.state().frames.main().id.to_string();
        let (session, context) = soon.run(self.world(&main, soon)).await.ok()?.ok()?;
        self.ask(&session, context, "document.title", soon).await.ok()?
    }

    fn focus(&self, known: &Watched, told: &Told) -> Option<Focus> {
        let ToldFocus { n, element } = told.focus.clone()?;
        let number = self.note_refs(&known.frame, known.context, told.next)?;
        let reference = n.map(|n| Reference { frame: number, number: n });
        Some(Focus { reference, element })
    }
}

impl Answer {
    fn told(&self) -> Option<&Told> {
        match self {
            Self::Told(told) => Some(told),
            Self::Unasked | Self::Nothing | Self::Busy => None,
        }
    }
}
