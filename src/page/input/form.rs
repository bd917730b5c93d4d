//! Form controls: text, options, checks. The page judges whether a field takes what it is given.

use serde::Deserialize;

use super::keyboard::key_calls;
use super::keys::Chord;
use super::pointer::Press;
use crate::cdp::Call;
use crate::cdp::protocol::InsertText;
use crate::deadline::Deadline;
use crate::page::world::quoted;
use crate::page::{Error, Fault, Page, Target};

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
struct Prepared {
    way: Way,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    needs_click: bool,
}

impl Page {
    /// Replaces what a text field holds, optionally key by key, and presses Enter afterwards when asked.
    ///
    /// # Errors
    /// [`Error::Element`] saying why the field takes no text.
    pub async fn type_text(
        &self,
        target: &Target,
        text: &str,
        slowly: bool,
        submit: bool,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let place = self.locate(target, deadline).await?;
        let options = format!("{{text:{},slowly:{slowly}}}", quoted(text));
        let Prepared { way } = self.call_on(&place, "prepareText", &options, deadline).await?;
        match way {
            Way::Set => {
                self.call_on::<serde::de::IgnoredAny>(&place, "setValue", &quoted(text), deadline).await?;
            }
            Way::Insert if text.is_empty() => {
                self.dispatch(&self.session, delete_selection(), deadline).await?
            }
            Way::Insert => {
                self.dispatch(&self.session, vec![Call::of(&InsertText { text })], deadline).await?
            }
            Way::Keys => {
                self.dispatch(&self.session, delete_selection(), deadline).await?;
                self.type_keys(text, deadline).await?;
            }
        }
        if submit {
            let enter = Chord::parse("Enter").expect("it is a key");
            self.dispatch(&self.session, key_calls(&enter.events()), deadline).await?;
        }
        Ok(())
    }

    /// Fills several fields, one after the other; stops at the first that refuses.
    ///
    /// # Errors
    /// As for the single actions.
    pub async fn fill(&self, fields: &[Field], deadline: Deadline) -> Result<(), Error> {
        for field in fields {
            match field.kind {
                FieldKind::Check { on } => self.check(&field.target, on, deadline).await?,
                FieldKind::Text => {
                    match self.type_text(&field.target, &field.value, false, false, deadline).await {
                        // A select shows its role in the snapshot; filling it means choosing.
                        Err(Error::Element { fault: Fault::NotEditable, .. })
                            if self.is_select(&field.target, deadline).await =>
                        {
                            let values = std::slice::from_ref(&field.value);
                            self.select(&field.target, values, deadline).await?;
                        }
                        outcome => outcome?,
                    }
                }
            }
        }
        Ok(())
    }

    async fn is_select(&self, target: &Target, deadline: Deadline) -> bool {
        let Ok(place) = self.locate(target, deadline).await else { return false };
        let probe = format!("__openclaw.find({}).element?.localName === 'select'", place.target);
        self.ask(&place.session, place.context, &probe, deadline).await.is_ok_and(|yes| yes == Some(true))
    }

    /// Chooses options of a native `<select>` by value or label.
    ///
    /// # Errors
    /// [`Error::Element`] naming the option that is not there and those that are.
    pub async fn select(&self, target: &Target, values: &[String], deadline: Deadline) -> Result<(), Error> {
        let place = self.locate(target, deadline).await?;
        let values = serde_json::to_string(values).expect("text is JSON");
        self.call_on::<serde::de::IgnoredAny>(&place, "select", &values, deadline).await?;
        Ok(())
    }

    /// Switches a checkbox, radio button or switch on or off by clicking it when needed.
    async fn check(&self, target: &Target, on: bool, deadline: Deadline) -> Result<(), Error> {
        let place = self.locate(target, deadline).await?;
        let wanted = if on { "true" } else { "false" };
        let Checked { needs_click } = self.call_on(&place, "check", wanted, deadline).await?;
        if !needs_click {
            return Ok(());
        }
        self.click(target, Press::default(), deadline).await?;
        let Checked { needs_click } = self.call_on(&place, "check", wanted, deadline).await?;
        if needs_click {
            return Err(Error::Element { label: target.label(), fault: Fault::StateKept });
        }
        Ok(())
    }
}

fn delete_selection() -> Vec<Call> {
    key_calls(&Chord::parse("Delete").expect("it is a key").events())
}
