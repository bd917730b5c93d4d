//! Text that is sent to a field, and what the field made of it: the page may refuse it, take it, or turn it into
//! something else, and the answer says which.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::keyboard::key_calls;
use super::keys::Chord;
use crate::cdp::Call;
use crate::cdp::protocol::InsertText;
use crate::deadline::Deadline;
use crate::page::world::{Place, quoted};
use crate::page::{Error, Fault, Page, Reference};

/// What a field holds after text was written into it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Its text, or the beginning of it; none for a password.
    pub value: Option<String>,
    /// How long its text is, in UTF-16 units.
    pub length: u64,
    /// Whether that is just what was asked for; none when the page draws its text where nobody can read it.
    pub matches: Option<bool>,
    /// The limit that has cut it.
    pub max_length: Option<u64>,
    /// It holds something else than before.
    changed: bool,
    /// The page let the text in, whatever it did then.
    taken: bool,
    /// An editor that may tell by a copy what it holds.
    #[serde(default)]
    copies: bool,
    /// The page has taken the field away: what is told is of this one, if there is any in its place.
    #[serde(default)]
    replaced: Option<Other>,
    /// Other fields that text went into.
    #[serde(default)]
    strays: Vec<Other>,
    /// The document's next ref, when it names other elements.
    #[serde(default)]
    next: u32,
}

/// Another element than the one that was aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Other {
    n: Option<u32>,
    element: Option<String>,
    /// What it holds.
    value: Option<String>,
}

/// Where text goes that is sent without a target.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Focus {
    /// Into a frame's document.
    Frame(u32),
    /// Into this element.
    N(u32),
}

impl Page {
    /// Inserts text at the caret of whatever has the focus. `None` when the page left before it could be asked what
    /// it holds.
    ///
    /// # Errors
    /// [`Error::Element`] when nothing that takes text has the focus, or the page refused the text.
    pub async fn insert_text(&self, text: &str, deadline: Deadline) -> Result<Option<Held>, Error> {
        let _hands = self.hands(deadline).await?;
        let place = self.focused(deadline).await?;
        self.write(&place, vec![Call::of(&InsertText { text })], text, deadline).await
    }

    /// Sends input that writes text into a field that is watched, and asks in the same moment what it holds then.
    pub(super) async fn write(
        &self,
        place: &Place,
        input: Vec<Call>,
        text: &str,
        deadline: Deadline,
    ) -> Result<Option<Held>, Error> {
        let question = format!("__openclaw.heldAfter({})", quoted(text));
        let Some(held) = self.beside::<Held>(place, input, &question, deadline).await? else {
            return Ok(None);
        };
        let held = if held.copies { self.copied(place, text, held, deadline).await? } else { held };
        self.judged(place, held).map(Some)
    }

    /// Text that a page keeps out and that changed nothing was not typed; what went elsewhere is told.
    pub(super) fn judged(&self, place: &Place, held: Held) -> Result<Held, Error> {
        let label = &place.label;
        if held.matches != Some(true) && !held.changed && !held.taken {
            return Err(Error::Element { label: label.clone(), fault: Fault::TextRefused });
        }
        let frame = self.note_refs(&place.frame, place.context, held.next);
        let name = |other: &Other| {
            let reference = frame.zip(other.n).map(|(frame, number)| Reference { frame, number });
            let reference = reference.map(|reference| format!("{reference} ")).unwrap_or_default();
            format!("{reference}{}", other.element.as_deref().unwrap_or_default())
        };
        match &held.replaced {
            Some(other) if other.n.is_some() => self.warn(format!(
                "the page replaced {label} as it was filled: what is told is held by {}",
                name(other)
            )),
            Some(_) => self.warn(format!(
                "the page took {label} away as it was filled: what became of the value is not known"
            )),
            None => {}
        }
        for stray in &held.strays {
            let holds = stray.value.as_ref().map(|value| format!(", which holds {value:?} now"));
            self.warn(format!(
                "text that was typed into {label} went into {}{}: the page had moved the focus",
                name(stray),
                holds.unwrap_or_default()
            ));
        }
        Ok(held)
    }

    /// Selects all of a field that has the focus, as a person would, and yields how much that is: an editor may hold
    /// more than it has drawn, and it hears of a selection later than it is made.
    pub(super) async fn select_all(&self, place: &Place, deadline: Deadline) -> Result<u64, Error> {
        let selected =
            self.beside(place, pressed("ControlOrMeta+A"), "__openclaw.selected()", deadline).await?;
        Ok(selected.map_or(0, |selected: Selected| selected.length))
    }

    /// What an editor says itself that it holds, where that is not what the field shows; else what it shows. The caret
    /// is at the end afterwards, as it was.
    async fn copied(
        &self,
        place: &Place,
        text: &str,
        shown: Held,
        deadline: Deadline,
    ) -> Result<Held, Error> {
        let question = format!("__openclaw.copied({})", quoted(text));
        let copied = self.beside(place, pressed("ControlOrMeta+A"), &question, deadline).await?;
        self.dispatch(&self.session, pressed("ArrowRight"), deadline).await?;
        Ok(copied.unwrap_or(shown))
    }

    /// Sends input, and asks the document that it goes to in the same moment. `None` when that has left.
    async fn beside<T: DeserializeOwned>(
        &self,
        place: &Place,
        input: Vec<Call>,
        question: &str,
        deadline: Deadline,
    ) -> Result<Option<T>, Error> {
        let asked = self.ask::<Answered<T>>(&place.session, place.context, question, deadline);
        let (_, answered) = futures::try_join!(self.dispatch(&self.session, input, deadline), asked)?;
        Ok(answered.and_then(|answered| answered.ok))
    }

    /// The element that has the focus and takes text, through frames.
    async fn focused(&self, deadline: Deadline) -> Result<Place, Error> {
        let mut frame = self.state().frames.main().id.to_string();
        loop {
            let document = self.document_of(&frame, "{}".to_owned(), "insertText", deadline).await?;
            match self.call_on(&document, "focusForText", "{}", deadline).await? {
                Focus::N(number) => return self.place_in(&frame, number, "insertText", deadline).await,
                Focus::Frame(owner) => frame = self.frame_in(&frame, owner, deadline).await?,
            }
        }
    }

    /// The child frame that an element of its parent's document holds.
    async fn frame_in(&self, parent: &str, owner: u32, deadline: Deadline) -> Result<String, Error> {
        let children: Vec<_> = self.state().frames.children(parent).map(|f| f.id.clone()).collect();
        for child in children {
            if self.owner_ref(&child, deadline).await? == owner {
                return Ok(child.to_string());
            }
        }
        let fault = Fault::NothingFocused { holder: Some("a frame that went away".to_owned()) };
        Err(Error::Element { label: "insertText".to_owned(), fault })
    }
}

#[derive(Deserialize)]
struct Answered<T> {
    ok: Option<T>,
}

#[derive(Deserialize)]
struct Selected {
    length: u64,
}

fn pressed(chord: &str) -> Vec<Call> {
    key_calls(&Chord::parse(chord).expect("they are keys").events())
}

/// Behind what was typed: of a password only how long it is.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, self.matches) {
            (Some(value), _) => write!(f, "; the field holds {value:?} now"),
            (None, Some(_)) => write!(f, "; the field holds {} characters now", self.length),
            (None, None) => Ok(()),
        }
    }
}

impl Held {
    /// An empty field that should be empty.
    pub(super) fn nothing() -> Self {
        let value = Some(String::new());
        let matches = Some(true);
        Self {
            value,
            length: 0,
            matches,
            max_length: None,
            changed: false,
            taken: false,
            copies: false,
            replaced: None,
            strays: Vec::new(),
            next: 0,
        }
    }
}
