//! Walks that need not be repeated: what a document was told as, and the signs by which it is known to be the same
//! still. A sign that moved without need costs a walk; none may stay where it is while the text would change.
//!
//! Who sees what: the epoch of `watch.js` sees the DOM of the document and its shadow roots, what controls hold, the
//! focus and the address. The browser counts every recalculation of style and every layout: a rule edited by script,
//! `:hover`, a media query, a popover, a slot. Listeners that come are counted too; one that goes while another comes
//! takes a script, and whenever scripts have run, the listeners are looked at again.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::{Rendered, SnapshotOptions};
use crate::cdp::browser_protocol::performance::GetMetricsParams;
use crate::cdp::protocol::{Evaluate, Evaluated};
use crate::cdp::{self, Call, Reply, Session};
use crate::deadline::Deadline;
use crate::page::listeners::{self, Listener};
use crate::page::scripts;
use crate::page::world::answered;
use crate::page::{Error, Page};

/// Walks kept for one tab; the oldest goes first.
const MOST: usize = 8;

/// What is told of listeners where there are none.
const NO_LISTENERS: &str = "[]";

/// Elements that are asked for their listeners without asking the browser first whether there is any need: 1.5 to 5 us
/// each, which for so few is no more than asking first takes: two more round trips and the list of all listeners, 7 ms on
/// a page of 900 elements.
const FEW_ELEMENTS: u32 = 1_000;

/// Listeners that the browser is asked to tell of: 8 us each. An application of 800 elements had 10,000 of them.
const FEW_LISTENERS: f64 = 500.0;

/// The walks of one tab, and what was last told of them.
#[derive(Debug, Default)]
pub(crate) struct Walks {
    kept: Mutex<Vec<Kept>>,
    told: Mutex<Option<Told>>,
}

/// A text, the question, and the walks that it was made of.
#[derive(Debug)]
struct Told {
    options: SnapshotOptions,
    parts: Vec<Part>,
    rendered: Rendered,
}

/// One document of a text: the ref number of the element that holds it, its own number, and its walk.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) owner: u32,
    pub(super) number: u32,
    pub(super) text: Arc<str>,
}

impl PartialEq for Part {
    /// The same walk, not one that happens to read alike: comparing addresses costs nothing.
    fn eq(&self, other: &Self) -> bool {
        (self.owner, self.number) == (other.owner, other.number) && Arc::ptr_eq(&self.text, &other.text)
    }
}

/// Which walk: of which document, in which mode, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) frame: String,
    /// Our world in the document, which ends with it.
    pub(super) context: i64,
    /// What the walk was asked for.
    pub(super) asked: String,
}

/// A walk, and what was seen before it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) key: Key,
    pub(super) look: Look,
    pub(super) text: Arc<str>,
    pub(super) number: u32,
}

/// What `listeners.js` answers when the page has a function in the place of the inspector's.
const HIDDEN: &str = r#""hidden""#;

/// A document at one moment.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) epoch: u64,
    /// Which elements have listeners for clicks, as the walk reads it; `null` when nobody can tell.
    pub(super) clickable: String,
    signs: Option<Signs>,
}

/// What has become of a kept walk.
pub(super) enum Fate {
    /// It holds.
    Same(Kept),
    /// It has to be repeated, from here on where that is known already.
    Over(Option<Look>),
}

/// What the browser counts for a document's process.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Signs {
    drawn: Drawn,
    scripts: Scripts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Drawn {
    recalculations: f64,
    layouts: f64,
}

/// `evaluated`: code that we were asked to run, which the browser does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Scripts {
    listeners: f64,
    seconds: f64,
    evaluated: u64,
}

impl Walks {
    pub(super) fn find(&self, key: &Key) -> Option<Kept> {
        self.lock().iter().find(|kept| kept.key == *key).cloned()
    }

    /// Keeps a walk, in the place of what was kept of the same document and question, or of an earlier document.
    pub(super) fn keep(&self, kept: Kept) {
        let mut walks = self.lock();
        walks.retain(|old| {
            old.key.frame != kept.key.frame
                || (old.key.context == kept.key.context && old.key.asked != kept.key.asked)
        });
        if walks.len() >= MOST {
            walks.remove(0);
        }
        walks.push(kept);
    }

    /// Forgets all walks.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What these walks were told as, if that was the last question.
    pub(super) fn told(&self, options: &SnapshotOptions, parts: &[Part]) -> Option<Rendered> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.as_ref()
            .filter(|told| told.options == *options && told.parts == parts)
            .map(|told| told.rendered.clone())
    }

    /// Keeps what was told last.
    pub(super) fn tell(&self, options: SnapshotOptions, parts: Vec<Part>, rendered: Rendered) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(Told { options, parts, rendered });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    /// Whether the page kept its listeners from being asked for.
    pub(super) fn is_hidden(&self) -> bool {
        self.clickable == HIDDEN
    }
}

impl Page {
    /// Whether nothing can have changed since a walk.
    pub(super) async fn unchanged(
        &self,
        kept: Kept,
        session: &Session,
        deadline: Deadline,
    ) -> Result<Fate, Error> {
        let Some(before) = kept.look.signs else { return Ok(Fate::Over(None)) };
        let evaluated = self.scripts_run();
        let calls = [epoch_of(kept.key.context), metrics()];
        let [epoch, counted] = self.flight(session, calls, deadline).await?;
        let Some(epoch) = answered::<u64>(epoch)? else { return Ok(Fate::Over(None)) };
        let now = signs(counted, evaluated);
        if epoch != kept.look.epoch || now.map(|now| now.drawn) != Some(before.drawn) {
            return Ok(Fate::Over(unheard(epoch, now)));
        }
        if now == Some(before) {
            return Ok(Fate::Same(kept));
        }
        let Some(look) = self.look(&kept.key, session, deadline).await? else { return Ok(Fate::Over(None)) };
        let same = look.epoch == epoch
            && look.clickable == kept.look.clickable
            && look.signs.map(|signs| signs.drawn) == Some(before.drawn);
        if !same {
            return Ok(Fate::Over(Some(look)));
        }
        let kept = Kept { look, ..kept };
        self.walks.keep(kept.clone());
        Ok(Fate::Same(kept))
    }

    /// Looks at a document before a walk; `None` when it was replaced. The counts come last, so that what happens
    /// between them and the walk makes the walk count as old, never as new.
    ///
    /// Asking each element for its listeners is a good part of a walk of a large document, so the browser is asked first
    /// how many there are, then, of a few, whether any of them hears clicks.
    pub(super) async fn look(
        &self,
        key: &Key,
        session: &Session,
        deadline: Deadline,
    ) -> Result<Option<Look>, Error> {
        let main = self.state().frames.get(&key.frame).and_then(|frame| frame.main_context);
        let evaluated = self.scripts_run();
        let calls = [heard_by(main, FEW_ELEMENTS), epoch_of(key.context), metrics()];
        let [clickable, epoch, counted] = self.flight(session, calls, deadline).await?;
        let Some(epoch) = answered(epoch)? else { return Ok(None) };
        let signs = signs(counted, evaluated);
        if let Some(quiet) = unheard(epoch, signs) {
            return Ok(Some(quiet));
        }
        let clickable = main.and_then(|_| told(clickable));
        let is_hidden = clickable.as_deref() == Some(HIDDEN);
        if let Some(clickable) = clickable.filter(|_| !is_hidden) {
            return Ok(Some(Look { epoch, clickable, signs }));
        }
        if (is_hidden || signs.is_some_and(|signs| signs.scripts.listeners <= FEW_LISTENERS))
            && let Some(look) = self.unclicked(key, session, main, deadline).await?
        {
            return Ok(Some(look));
        }
        let evaluated = self.scripts_run();
        let calls = [heard_by(main, u32::MAX), epoch_of(key.context), metrics()];
        let [clickable, epoch, counted] = self.flight(session, calls, deadline).await?;
        let Some(epoch) = answered(epoch)? else { return Ok(None) };
        // A page whose own world is gone, or that throws, has no listeners to tell of.
        let clickable = main.and_then(|_| told(clickable)).unwrap_or_else(|| "null".to_owned());
        Ok(Some(Look { epoch, clickable, signs: self::signs(counted, evaluated) }))
    }

    /// A look at a document whose listeners hear no clicks: those that the browser counts may be ours, or no longer be
    /// there.
    async fn unclicked(
        &self,
        key: &Key,
        session: &Session,
        main: Option<i64>,
        deadline: Deadline,
    ) -> Result<Option<Look>, Error> {
        let [document] = self.flight(session, [listeners::document(main)], deadline).await?;
        let Some(document) = main.and_then(|_| listeners::handle(document)) else { return Ok(None) };
        let evaluated = self.scripts_run();
        let calls =
            [listeners::below(&document), listeners::release(document), epoch_of(key.context), metrics()];
        let [heard, _, epoch, counted] = self.flight(session, calls, deadline).await?;
        let Some(epoch) = answered(epoch)? else { return Ok(None) };
        let heard = heard.ok();
        let rows = heard.as_ref().and_then(listeners::told);
        let none = rows.is_some_and(|rows| !rows.iter().any(Listener::hears_clicks));
        let signs = signs(counted, evaluated);
        Ok(none.then(|| Look { epoch, clickable: NO_LISTENERS.to_owned(), signs }))
    }

    async fn flight<const N: usize>(
        &self,
        session: &Session,
        calls: [Call; N],
        deadline: Deadline,
    ) -> Result<[Result<Reply, cdp::Error>; N], Error> {
        let replies = self.unless_dialog(async { Ok(session.flight(calls, deadline).await?) }).await?;
        replies.try_into().map_err(|_| Error::Gone)
    }
}

fn epoch_of(context: i64) -> Call {
    Call::of(&Evaluate::value("__openclaw.epoch()", Some(context)))
}

/// Which elements of a document hear clicks, when there are at most so many.
fn heard_by(main: Option<i64>, most: u32) -> Call {
    let listeners = scripts::listeners(most);
    // The page may have given all objects a `then`: what comes back is no promise, whatever they say.
    Call::of(&Evaluate {
        include_command_line_api: true,
        await_promise: false,
        ..Evaluate::value(&listeners, main)
    })
}

/// The answer; none when the document has too many elements.
fn told(reply: Result<Reply, cdp::Error>) -> Option<String> {
    let told: Evaluated = reply.ok()?.parse().ok()?;
    let value = told.result.value.filter(|_| told.exception_details.is_none())?;
    Some(value.get().to_owned()).filter(|value| value != "null")
}

fn metrics() -> Call {
    Call::of(&GetMetricsParams {})
}

/// A look at a document, when its process has no listener at all.
fn unheard(epoch: u64, now: Option<Signs>) -> Option<Look> {
    let quiet = now.is_some_and(|now| now.scripts.listeners == 0.0);
    quiet.then(|| Look { epoch, clickable: NO_LISTENERS.to_owned(), signs: now })
}

/// A browser that does not count gives no signs, and nothing is kept.
fn signs(counted: Result<Reply, cdp::Error>, evaluated: u64) -> Option<Signs> {
    #[derive(Deserialize)]
    struct Counted<'a> {
        #[serde(borrow)]
        metrics: Vec<Metric<'a>>,
    }
    #[derive(Deserialize)]
    struct Metric<'a> {
        name: &'a str,
        value: f64,
    }
    let reply = counted.ok()?;
    let counted: Counted<'_> = reply.parse().ok()?;
    let count =
        |name: &str| counted.metrics.iter().find(|metric| metric.name == name).map(|metric| metric.value);
    let drawn = Drawn { recalculations: count("RecalcStyleCount")?, layouts: count("LayoutCount")? };
    let scripts =
        Scripts { listeners: count("JSEventListeners")?, seconds: count("ScriptDuration")?, evaluated };
    Some(Signs { drawn, scripts })
}
