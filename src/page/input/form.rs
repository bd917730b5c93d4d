//! Form controls: text, options, checks. The page judges whether a field takes what it is given.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;

use super::aim::Renamed;
use super::keyboard::key_calls;
use super::keys::Chord;
use super::pointer::Press;
use super::typed::Held;
use crate::cdp::Call;
use crate::cdp::protocol::InsertText;
use crate::deadline::Deadline;
use crate::page::world::{Place, patience, quoted};
use crate::page::{Error, Fault, Page, Target};

/// How long asking what a field holds may take when the time is over.
const REPORT: Duration = Duration::from_millis(500);

/// One field of a form and what it should hold.
#[derive(Debug, Clone)]
pub struct Field {
    /// Which.
    pub target: Target,
    /// How it is filled.
    pub kind: FieldKind,
    /// The text, or for a checkbox whether it should be on.
    pub value: String,
}

/// How a field is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// By text, or by an option for a `<select>`.
    Text,
    /// By clicking it until it is on or off.
    Check {
        /// Whether it should be on.
        on: bool,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Insert,
    Keys,
    Set,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Prepared {
    way: Way,
    length: u64,
    /// What the field holds is selected by the keys for it.
    #[serde(default)]
    by_keys: bool,
    /// Many spaces are drawn as one.
    #[serde(default)]
    collapses: bool,
    renamed: Option<Renamed>,
}

/// What a field is of which nobody has said so.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Control {
    Text,
    Select,
    Check,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    needs_click: bool,
}

impl Page {
    /// Replaces what a text field holds, optionally key by key, and presses Enter afterwards when asked. Yields what
    /// the field holds then; `None` when the page left before it could be asked.
    ///
    /// # Errors
    /// [`Error::Element`] saying why the field takes no text, or that the page refused it.
    pub async fn type_text(
        &self,
        target: &Target,
        text: &str,
        slowly: bool,
        submit: bool,
        deadline: Deadline,
    ) -> Result<Option<Held>, Error> {
        let place = self.locate(target, deadline).await?;
        let options = |patience| format!("{{text:{},slowly:{slowly},waitMs:{patience}}}", quoted(text));
        let mut hands = self.hands(deadline).await?;
        let mut prepared = self.call_on(&place, "prepareText", &options(0), deadline).await;
        let patience = patience(deadline);
        if patience > 0 && matches!(prepared, Err(Error::Element { .. })) {
            drop(hands);
            self.call_on::<Prepared>(&place, "prepareText", &options(patience), deadline).await?;
            hands = self.hands(deadline).await?;
            prepared = self.call_on(&place, "prepareText", &options(0), deadline).await;
        }
        let prepared: Prepared = prepared?;
        self.warn_of_name(&place.label, prepared.renamed.as_ref());
        let length = if prepared.by_keys {
            self.step(self.select_all(&place, deadline)).await?
        } else {
            prepared.length
        };
        let written = self.write_over(&place, &prepared, length, text, deadline);
        let held = if submit {
            let held = self.step(written).await?;
            let enter = Chord::parse("Enter").expect("it is a key");
            self.dispatch(&self.session, key_calls(&enter.events()), deadline).await?;
            held
        } else {
            written.await?
        };
        drop(hands);
        Ok(held)
    }

    /// Writes text over what is selected, which is so long.
    async fn write_over(
        &self,
        place: &Place,
        prepared: &Prepared,
        length: u64,
        text: &str,
        deadline: Deadline,
    ) -> Result<Option<Held>, Error> {
        match prepared.way {
            Way::Set => {
                let set: Held = self.call_on(place, "setValue", &quoted(text), deadline).await?;
                self.judged(place, set).map(Some)
            }
            Way::Keys => {
                if length > 0 {
                    self.step(self.dispatch(&self.session, delete_selection(), deadline)).await?;
                }
                let typed = self.type_keys(text, deadline).await?;
                if typed < text.chars().count() {
                    return Err(self.typed_in_part(place, text, typed, deadline).await);
                }
                self.write(place, Vec::new(), text, deadline).await
            }
            // Nothing is there to delete, so no key is pressed and no page hears of one.
            Way::Insert if text.is_empty() && length == 0 => Ok(Some(Held::nothing())),
            Way::Insert if text.is_empty() => self.write(place, delete_selection(), text, deadline).await,
            Way::Insert => {
                let spaced = if prepared.collapses { spaced(text) } else { Cow::Borrowed(text) };
                self.write(place, vec![Call::of(&InsertText { text: &spaced })], text, deadline).await
            }
        }
    }

    /// The time was over in the middle of a text: what is there of it.
    async fn typed_in_part(&self, place: &Place, text: &str, typed: usize, deadline: Deadline) -> Error {
        let part: String = text.chars().take(typed).collect();
        let held = self.write(place, Vec::new(), &part, deadline.later(REPORT)).await.ok().flatten();
        let (millis, length) = (deadline.span().as_millis(), text.chars().count());
        Error::TypedInPart { millis, typed, length, held: held.map(Box::new) }
    }

    /// Fills one field. Yields what it holds then, when it is one of text.
    ///
    /// # Errors
    /// As for the single actions.
    pub async fn fill(&self, field: &Field, deadline: Deadline) -> Result<Option<Held>, Error> {
        if let FieldKind::Check { on } = field.kind {
            self.check(&field.target, on, deadline).await?;
            return Ok(None);
        }
        let refused = match self.type_text(&field.target, &field.value, false, false, deadline).await {
            Err(error @ Error::Element { fault: Fault::NotEditable | Fault::Unfillable, .. }) => error,
            outcome => return outcome,
        };
        let place = self.locate(&field.target, deadline).await?;
        // A snapshot shows what it is, so nobody need say so.
        match self.call_on(&place, "fillsAs", "{}", deadline).await? {
            Control::Select => {
                self.select(&field.target, std::slice::from_ref(&field.value), deadline).await.map(Some)
            }
            Control::Check => match field.value.as_str() {
                "true" | "1" => self.check(&field.target, true, deadline).await.map(|()| None),
                "false" | "0" | "" => self.check(&field.target, false, deadline).await.map(|()| None),
                _ => Err(refused),
            },
            Control::Text => Err(refused),
        }
    }

    /// Chooses options of a native `<select>` by value or label. Yields the values that are chosen then.
    ///
    /// # Errors
    /// [`Error::Element`] naming the option that is not there and those that are.
    pub async fn select(
        &self,
        target: &Target,
        values: &[String],
        deadline: Deadline,
    ) -> Result<Held, Error> {
        let place = self.locate(target, deadline).await?;
        let values = serde_json::to_string(values).expect("text is JSON");
        let options = format!("{values},{{waitMs:{}}}", patience(deadline));
        self.call_on::<serde::de::IgnoredAny>(&place, "selectable", &options, deadline).await?;
        let held = self.call_on(&place, "select", &values, deadline).await?;
        self.judged(&place, held)
    }

    /// Switches a checkbox, radio button or switch on or off by clicking it when needed.
    async fn check(&self, target: &Target, on: bool, deadline: Deadline) -> Result<(), Error> {
        let place = self.locate(target, deadline).await?;
        let wanted = if on { "true" } else { "false" };
        let Checked { needs_click } = self.call_on(&place, "check", wanted, deadline).await?;
        if !needs_click {
            return Ok(());
        }
        self.click_on(target, Press::default(), false, deadline).await?;
        let Checked { needs_click } = self.call_on(&place, "check", wanted, deadline).await?;
        if needs_click {
            return Err(Error::Element { label: target.label(), fault: Fault::StateKept });
        }
        Ok(())
    }
}

/// Every second of the spaces that would be drawn as one does not break, as when they are typed.
fn spaced(text: &str) -> Cow<'_, str> {
    if !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let mut after_space = false;
    let unbroken = text.chars().map(|character| {
        after_space = character == ' ' && !after_space;
        if character == ' ' && !after_space { '\u{a0}' } else { character }
    });
    Cow::Owned(unbroken.collect())
}

fn delete_selection() -> Vec<Call> {
    key_calls(&Chord::parse("Delete").expect("it is a key").events())
}
