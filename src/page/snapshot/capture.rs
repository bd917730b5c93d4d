//! Fetching the documents of a page for a snapshot: the main one and, side by side, those of the frames that it
//! shows. One in-page call a document; how they look as text is not known here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use serde::Deserialize;

use super::forest::Missing;
use super::internals::Heard;
use super::kept::{Fate, Kept, Key, Look, Part};
use super::tree::check_failure;
use super::{Document, Forest, Node, RefPrefix, WalkError};
use crate::cdp;
use crate::deadline::Deadline;
use crate::page::frames::World;
use crate::page::world::quoted;
use crate::page::{Error, Fault, Page, RefFault, Reference};

/// A frame that does not answer keeps its line in the snapshot, without content, after this long at least: large
/// documents take their time, so a call that may wait longer gives frames more.
const FRAME: Duration = Duration::from_secs(2);

/// How often one walk asks for closed shadow roots.
const MOST_REVEALS: usize = 8;

/// A document without content, as the walk writes it.
const NOTHING: &str = r#"{"next":1}"#;

/// Where a walk starts, when not at the top of the document.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start<'a> {
    /// At the first element that this CSS selector matches.
    pub(super) selector: Option<&'a str>,
    /// At this element.
    pub(super) within: Option<Reference>,
}

impl Start<'_> {
    fn spelled(self) -> String {
        match (self.within, self.selector) {
            (Some(within), _) => format!(",within:{}", within.number),
            (None, Some(selector)) => format!(",selector:{}", quoted(selector)),
            (None, None) => String::new(),
        }
    }
}

/// The documents of a page, as the walk wrote them.
#[derive(Debug)]
pub(super) struct Captured {
    text: Arc<str>,
    number: u32,
    children: Vec<(u32, Captured)>,
    /// Shown frames that could not be told, by the ref number of their element.
    missing: Vec<(u32, Missing)>,
}

/// What a selector finds.
#[derive(Default, Deserialize)]
struct Found {
    number: Option<u32>,
    /// Why it is no selector.
    fault: Option<String>,
}

/// What a shown frame has to tell.
enum Inner {
    Told(Captured),
    Missing(Missing),
}

impl Page {
    /// The child frame whose element a CSS selector matches in the main frame.
    pub(super) async fn frame_at(&self, selector: &str, deadline: Deadline) -> Result<String, Error> {
        let main = self.state().frames.main().id.to_string();
        let missing = || Error::Element { label: selector.to_owned(), fault: Fault::Missing };
        let (session, context) = self.eyes(&main, deadline).await?;
        let lookup = format!(
            "(() => {{ try {{ const e = document.querySelector({}); return {{ number: e && __openclaw.refOf(e) }} }}
            catch (error) {{ return {{ fault: error.message }} }} }})()",
            quoted(selector)
        );
        let found: Option<Found> = self.ask(&session, context, &lookup, deadline).await?;
        let Found { number, fault } = found.unwrap_or_default();
        if let Some(fault) = fault {
            return Err(Error::Element { label: selector.to_owned(), fault: Fault::BadSelector(fault) });
        }
        let number = number.ok_or_else(missing)?;
        for child in self.children_of(&main) {
            if self.owner_ref(&child, deadline).await.is_ok_and(|owner| owner == number) {
                return Ok(child);
            }
        }
        Err(missing())
    }

    /// Walks a frame's document and those of the frames in it. `wish` is what a walk is asked for, as
    /// [`SnapshotOptions::walk`](super::SnapshotOptions) spells it.
    pub(super) fn capture<'a>(
        &'a self,
        frame: String,
        wish: &'a str,
        start: Start<'a>,
        deadline: Deadline,
    ) -> BoxFuture<'a, Result<Captured, Error>> {
        async move {
            let (text, number) = self.walk(&frame, wish, start, deadline).await?;
            let children = self.children_of(&frame);
            if children.is_empty() {
                return Ok(Captured { text, number, children: Vec::new(), missing: Vec::new() });
            }
            let shown = shown_numbers(&text)?;
            let soon = deadline.within(FRAME.max(deadline.remaining() / 2));
            let captures = children.into_iter().map(|child| {
                let shown = &shown;
                async move {
                    let owner = self.owner_ref(&child, soon).await.ok()?;
                    if !shown.contains(&owner) {
                        return None;
                    }
                    let captured = soon.run(self.capture(child, wish, Start::default(), soon)).await;
                    Some((owner, Inner::of(captured.unwrap_or_else(|_| Err(silent())))?))
                }
            });
            let (mut children, mut missing) = (Vec::new(), Vec::new());
            for (owner, inner) in join_all(captures).await.into_iter().flatten() {
                match inner {
                    Inner::Told(captured) => children.push((owner, captured)),
                    Inner::Missing(why) => missing.push((owner, why)),
                }
            }
            Ok(Captured { text, number, children, missing })
        }
        .boxed()
    }

    pub(in crate::page) fn children_of(&self, frame: &str) -> Vec<String> {
        self.state().frames.children(frame).map(|child| child.id.to_string()).collect()
    }

    /// Walks one document, or finds that an earlier walk holds; when a navigation replaces it meanwhile, the next
    /// one.
    async fn walk(
        &self,
        frame: &str,
        wish: &str,
        start: Start<'_>,
        deadline: Deadline,
    ) -> Result<(Arc<str>, u32), Error> {
        let asked = format!("{wish}{}", start.spelled());
        let (mut moved, mut reveals, mut heard) = (false, 0, None);
        loop {
            let (session, context) = self.eyes(frame, deadline).await?;
            if wish.starts_with("mode:\"aria\"") {
                // It asks more of a box than the others.
                self.complete(frame, &session, context).await?;
            }
            let key = Key { frame: frame.to_owned(), context, asked: asked.clone() };
            let mut look = None;
            if let Some(kept) = self.walks.find(&key) {
                match self.unchanged(kept, &session, deadline).await? {
                    Fate::Same(kept) => {
                        self.warn_of_hidden(&kept.look);
                        return Ok((kept.text, kept.number));
                    }
                    Fate::Over(seen) => look = seen,
                }
            }
            if look.is_none() {
                look = self.look(&key, &session, deadline).await?;
            }
            let Some(look) = look else { continue };
            self.warn_of_hidden(&look);
            let expression = format!("__openclaw.snapshotText({{{asked},clickable:{}}})", look.clickable);
            let text: Option<String> = self.ask(&session, context, &expression, deadline).await?;
            let Some(text) = text else { continue };
            let (Heading { epoch, next, suspects, speakers, unheard }, text) = heading(&text)?;
            let closed = async {
                // Closed roots may hold others.
                if suspects == 0 || reveals >= MOST_REVEALS {
                    return false;
                }
                reveals += 1;
                let revealed = self.reveal(&session, context, suspects, deadline);
                self.unless_dialog(revealed).await.is_ok_and(|found| found)
            };
            let speaking = async {
                if unheard.is_empty() {
                    return Vec::new();
                }
                let main = self.state().frames.get(frame).and_then(|frame| frame.main_context);
                self.speaking(&session, main, &unheard, deadline).await
            };
            let (is_revealed, speaking) = tokio::join!(closed, speaking);
            // Nothing before this has waited for it.
            self.complete(frame, &session, context).await?;
            if is_revealed {
                continue;
            }
            if heard.is_none() && (speakers > 0 || !unheard.is_empty()) {
                let hear = self.hear(&session, context, &speaking, speakers, deadline);
                let asked = heard.insert(self.unless_dialog(hear).await.unwrap_or_default());
                if asked.is_new {
                    continue;
                }
            }
            // Listeners are told by position, so a document that moved in between is looked at once more.
            if epoch != look.epoch && !std::mem::replace(&mut moved, true) {
                continue;
            }
            match check_failure(text) {
                Ok(()) => {}
                // Where nothing is there to tell, that is what is told.
                Err(WalkError::Missing) => {
                    let removed = start.within.map(|within| Error::unknown(within, RefFault::Removed));
                    return removed.map_or_else(|| Ok((NOTHING.into(), 0)), Err);
                }
                Err(error) => return Err(unreadable(start.selector, error)),
            }
            if let Some(number) = self.note_refs(frame, context, next) {
                let kept = Kept { key, look, text: text.into(), number };
                // What is said in internals may change without any sign.
                if epoch == kept.look.epoch && heard.is_none_or(|heard: Heard| !heard.is_any) {
                    self.walks.keep(kept.clone());
                }
                return Ok((kept.text, number));
            }
        }
    }

    fn warn_of_hidden(&self, look: &Look) {
        if look.is_hidden() {
            let what = "the page has something of its own that is called getEventListeners: what is clickable by a listener";
            self.warn(format!(
                "{what} alone, without onclick, role, tabindex or a pointer over it, is not marked"
            ));
        }
    }

    /// Remembers which refs a document has given. None when the document was replaced meanwhile: its refs must
    /// not reach anybody.
    pub(in crate::page) fn note_refs(&self, frame: &str, context: i64, next: u32) -> Option<u32> {
        let mut number = None;
        self.modify(|state| {
            let present = state.frames.get(frame).and_then(|frame| frame.world);
            if present.is_some_and(|World { context: c, .. }| c == context) {
                number = state.frames.number(frame);
                if let Some(frame) = state.frames.get_mut(frame) {
                    frame.next_ref = frame.next_ref.max(next);
                }
            }
        });
        number
    }
}

/// What a frame's silence is when nobody waits any longer.
fn silent() -> Error {
    cdp::Error::Timeout { method: "the frame".into() }.into()
}

impl Inner {
    /// None for a frame that went away meanwhile: it has nothing to tell.
    fn of(captured: Result<Captured, Error>) -> Option<Self> {
        let error = match captured {
            Ok(captured) => return Some(Self::Told(captured)),
            Err(error) => error,
        };
        tracing::debug!(%error, "frame left out");
        if matches!(error, Error::FrameCrashed | Error::Cdp(cdp::Error::Crashed { .. })) {
            return Some(Self::Missing(Missing::Crashed));
        }
        matches!(error, Error::Cdp(cdp::Error::Timeout { .. })).then_some(Self::Missing(Missing::Silent))
    }
}

impl Captured {
    /// All documents in one row, as [`Walks`](super::Walks) compares them.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        self.put_parts(0, &mut parts);
        parts
    }

    fn put_parts(&self, owner: u32, parts: &mut Vec<Part>) {
        parts.push(Part { owner, number: self.number, text: Arc::clone(&self.text) });
        self.children.iter().for_each(|(owner, child)| child.put_parts(*owner, parts));
    }

    /// Whether every shown frame is told.
    pub(super) fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.children.iter().all(|(_, child)| child.is_whole())
    }

    /// Parses all documents and hangs them together.
    pub(super) fn forest(&self) -> Result<Forest<'_>, Error> {
        let prefix = match self.number {
            0 => RefPrefix::main(),
            number => RefPrefix::frame(number),
        };
        let children: HashMap<_, _> = self
            .children
            .iter()
            .map(|(owner, child)| Ok((*owner, child.forest()?)))
            .collect::<Result<_, Error>>()?;
        let missing = self.missing.clone();
        Ok(Forest { document: document(&self.text)?, prefix, children, missing, is_found: false })
    }
}

/// The line before a listing.
struct Heading<'a> {
    epoch: u64,
    /// The next number that the document's ref table will give.
    next: u32,
    /// How many elements may have a closed shadow root.
    suspects: usize,
    /// How many elements are known to say something in their internals.
    speakers: usize,
    /// Tags of custom elements of which that is not known.
    unheard: Vec<&'a str>,
}

fn heading(text: &str) -> Result<(Heading<'_>, &str), Error> {
    let read = || {
        let (line, listing) = text.split_once('\n')?;
        let mut numbers = line.split(' ');
        let epoch = numbers.next()?.parse().ok()?;
        let next = numbers.next()?.parse().ok()?;
        let mut count = || numbers.next()?.parse().ok();
        let (suspects, speakers) = (count()?, count()?);
        let unheard = numbers.next()?.split(',').filter(|tag| !tag.is_empty()).collect();
        Some((Heading { epoch, next, suspects, speakers, unheard }, listing))
    };
    read().ok_or_else(|| {
        Error::Unanswered("the page's listing has no heading; take the snapshot again".to_owned())
    })
}

fn document(text: &str) -> Result<Document<'_>, Error> {
    Document::parse(text).map_err(|error| unreadable(None, error))
}

fn unreadable(selector: Option<&str>, error: WalkError) -> Error {
    match error {
        WalkError::BadSelector(message) => {
            let fault = Fault::BadSelector(message);
            Error::Element { label: selector.unwrap_or_default().to_owned(), fault }
        }
        WalkError::Missing | WalkError::Malformed(_) => Error::Unanswered(error.to_string()),
    }
}

/// The ref numbers that a document lists: a frame whose element is not among them is not shown.
fn shown_numbers(text: &str) -> Result<HashSet<u32>, Error> {
    let numbers = |node: &Node<'_>| match node {
        Node::Element(element) => Some(element.number),
        Node::Text { .. } | Node::Fold { .. } => None,
    };
    Ok(document(text)?.nodes.iter().filter_map(numbers).collect())
}
