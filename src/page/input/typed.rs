//! Text that is sent to a field, and what the field made of it: the page may refuse it, take it, or turn it into
//! something else, and the answer says which.

use serde::Deserialize;

use crate::cdp::Call;
use crate::cdp::protocol::InsertText;
use crate::deadline::Deadline;
use crate::page::world::{Place, quoted};
use crate::page::{Error, Fault, Page};

/// What a field holds after text was written into it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Its text, or the beginning of it; none for a password.
    pub value: Option<String>,
    /// How long its text is, in UTF-16 units.
    pub length: u64,
    /// Whether that is just what was asked for.
    pub matches: bool,
    /// The limit that has cut it.
    pub max_length: Option<u64>,
    /// It holds something else than before.
    changed: bool,
    /// The page let the text in, whatever it did then.
    taken: bool,
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
        let asked = self.ask::<Answered>(&place.session, place.context, &question, deadline);
        let (_, answered) = futures::try_join!(self.dispatch(&self.session, input, deadline), asked)?;
        answered.and_then(|answered| answered.ok).map(|held| held.judged(&place.label)).transpose()
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
struct Answered {
    ok: Option<Held>,
}

impl Held {
    /// An empty field that should be empty.
    pub(super) fn nothing() -> Self {
        let value = Some(String::new());
        Self { value, length: 0, matches: true, max_length: None, changed: false, taken: false }
    }

    /// Text that a page keeps out and that changed nothing was not typed.
    pub(super) fn judged(self, label: &str) -> Result<Self, Error> {
        if self.matches || self.changed || self.taken {
            return Ok(self);
        }
        Err(Error::Element { label: label.to_owned(), fault: Fault::TextRefused })
    }
}
