//! What one act changes on a page: asked of the documents that were watched for it; the rest is read from the page's state.
//! It does not know tabs, popups or downloads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::dialog::Dialog;
use super::error::Error;
use super::frames::Frame;
use super::reference::Reference;
use super::witness::{Answer, Told, ToldFocus, Watched, Witness, arm};
use super::{News, Page, news};
use crate::cdp::browser_protocol::network::GetCookiesParams;
use crate::cdp::protocol::Evaluate;
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;

/// How long a document may take to tell: one that is busy for longer is told as such.
const TELLING: Duration = Duration::from_secs(1);
/// The same when the page is on its way to another document.
const LEAVING: Duration = Duration::from_millis(100);
/// How long arming a document may take that is asked for nothing else.
const ARMING: Duration = Duration::from_millis(300);
/// Older than any navigation of a new tab.
const AGE: Duration = Duration::from_secs(3600);
/// How long a new document may take until it is prepared for a snapshot.
const PREPARED: Duration = Duration::from_secs(10);
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
    /// A document has another entry in the history, or another state of its entry, and the tab is at the same URL.
    pub is_history_changed: bool,
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
    history_moves: u64,
    inner_documents: u64,
}

impl Before {
    /// That moment.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// The moment before a tab showed anything.
    pub fn at_first() -> Self {
        let at = Instant::now().checked_sub(AGE).unwrap_or_else(Instant::now);
        let records = news::Mark::at_first(at);
        Self {
            at,
            url: "about:blank".to_owned(),
            document: "".into(),
            records,
            dialogs: 0,
            choosers: 0,
            history_moves: 0,
            inner_documents: 0,
        }
    }
}

/// Whether a document's scripts may not look into another one, by the URLs of both.
fn is_foreign(url: &str, other: &str) -> bool {
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
    !url.starts_with("about:") && origin(url) != origin(other)
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
            history_moves: state.frames.history_moves(),
            inner_documents: state.frames.inner_documents(),
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
        self.witness.has_acted()
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
        if self.witness.is_undrawn()
            && let Ok(film) = self.glimpse(soon).await
        {
            self.put(self.witness.questions(false, ends), soon).await;
            drop(film);
        }
        let aside = self.witness.questions(true, ends);
        if ends || self.witness.is_still() {
            self.put(aside, soon).await;
        } else {
            self.witness.leave_aside();
        }
    }

    /// How many downloads the act has asked for by clicks on links, as far as its documents have heard of them.
    pub fn expected_downloads(&self) -> usize {
        let documents = self.witness.documents();
        documents.iter().filter_map(|known| Some(known.answer.told()?.downloads)).max().unwrap_or_default()
    }

    /// Whether the documents have nothing to tell.
    pub fn is_still(&self) -> bool {
        self.witness.is_still()
    }

    /// Goes to the network service and back, which changes nothing.
    pub async fn pass_network(&self, deadline: Deadline) {
        let urls = Some(vec!["http://openclaw.invalid/".to_owned()]);
        self.session.send(&GetCookiesParams { urls }, deadline.within(TELLING)).await.ok();
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
                is_changed: told().any(|(_, told)| told.changed)
                    || (!is_new_document && state.frames.inner_documents() > before.inner_documents),
                is_scrolled: told().any(|(_, told)| told.scrolled),
                is_history_changed: state.frames.history_moves() > before.history_moves,
                is_deferred: told().any(|(_, told)| told.deferred),
                dialogs: state.dialogs.since(before.dialogs),
                news,
                is_busy: is_busy && navigation.is_none(),
                navigation,
            }
        };
        // A file input that has got files holds something else.
        effects.is_changed |= self.tell_of_choosers(before.choosers, deadline).await;
        if effects.is_new_document {
            effects.title = self.title(deadline).await.map(|title| (None, title));
            self.prepare();
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

    /// Has a new main document do what its first snapshot would wait for, while the caller thinks; one that is busy with
    /// itself does it as soon as it answers.
    fn prepare(&self) {
        let page = self.clone();
        tokio::spawn(async move {
            let main = page.state().frames.main().id.to_string();
            // A page that is gone or does not answer has nothing to prepare.
            if let Ok((session, context)) = page.eyes(&main, Deadline::after(PREPARED)).await {
                session.tell(Call::of(&Evaluate::value("__openclaw.prepare()", Some(context))));
            }
        });
    }

    fn focus(&self, known: &Watched, told: &Told) -> Option<Focus> {
        let ToldFocus { n, element } = told.focus.clone()?;
        let number = self.note_refs(&known.frame, known.context, told.next)?;
        let reference = n.map(|n| Reference { frame: number, number: n });
        Some(Focus { reference, element })
    }
}
