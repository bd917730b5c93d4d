//! Our own JavaScript, in an isolated world of each document: the page can neither see nor change it.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::{Error, Fault, RefFault};
use super::frames::{Frame, World};
use super::reference::{Reference, Target};
use super::{Page, scripts};
use crate::cdp::protocol::{CreateIsolatedWorld, Evaluate, Evaluated};
use crate::cdp::{self, Call, Reply, Session};
use crate::deadline::Deadline;

/// What an answer of the page needs to arrive before a deadline.
const ANSWERING: Duration = Duration::from_millis(200);

const WORLD_NAME: &str = "openclaw";

/// Where an in-page call goes: a document's isolated world, and how the target is spelled there.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) session: Session,
    pub(super) frame: String,
    pub(super) context: i64,
    /// `{n: 12}` or `{selector: "…"}`.
    pub(super) target: String,
    pub(super) label: String,
    pub(super) reference: Option<Reference>,
}

/// What an in-page function answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer<T> {
    Ok(T),
    Fail(Box<Fail>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fail {
    why: String,
    by: Option<String>,
    /// The number of what is in the way inside the target itself; 0 when it has none.
    inner: Option<u32>,
    how: Option<String>,
    waited_ms: Option<u64>,
    count: u64,
    message: String,
    wanted: String,
    options: Vec<Choice>,
    to: Option<String>,
    width: f64,
    height: f64,
}

#[derive(Debug, Deserialize)]
struct Choice {
    label: String,
}

impl Page {
    /// Finds the document that a target lives in. A ref is never resolved against another document.
    pub(super) async fn locate(&self, target: &Target, deadline: Deadline) -> Result<Place, Error> {
        if let Target::Ref(reference) = target {
            self.remember(|memory| memory.acted = Some(*reference));
        }
        self.place_at(target, deadline).await
    }

    /// The same of a ref, without taking it for something that is acted on.
    pub(super) async fn place_of(&self, reference: Reference, deadline: Deadline) -> Result<Place, Error> {
        self.place_at(&Target::Ref(reference), deadline).await
    }

    async fn place_at(&self, target: &Target, deadline: Deadline) -> Result<Place, Error> {
        let (frame, spelled, reference) = match target {
            Target::Ref(reference) => {
                let spelled = format!("{{n:{}}}", reference.number);
                (self.frame_of(*reference)?, spelled, Some(*reference))
            }
            Target::Selector(selector) => {
                let main = self.state().frames.main().id.to_string();
                (main, format!("{{selector:{}}}", quoted(selector)), None)
            }
        };
        let (session, context) = self.world(&frame, deadline).await?;
        // The world may have been made just now, for a newer document than the one that the ref is of.
        if let Some(reference) = reference {
            self.frame_of(reference)?;
        }
        Ok(Place { session, frame, context, target: spelled, label: target.label(), reference })
    }

    /// A node of a frame's document by its number.
    pub(super) async fn place_in(
        &self,
        frame: &str,
        number: u32,
        label: &str,
        deadline: Deadline,
    ) -> Result<Place, Error> {
        let (session, context) = self.world(frame, deadline).await?;
        let target = format!("{{n:{number}}}");
        Ok(Place {
            session,
            frame: frame.to_owned(),
            context,
            target,
            label: label.to_owned(),
            reference: None,
        })
    }

    /// A frame's present document, for calls that are aimed at no node of it.
    pub(super) async fn document_of(
        &self,
        frame: &str,
        argument: String,
        label: &str,
        deadline: Deadline,
    ) -> Result<Place, Error> {
        let (session, context) = self.world(frame, deadline).await?;
        let (frame, label) = (frame.to_owned(), label.to_owned());
        Ok(Place { session, frame, context, target: argument, label, reference: None })
    }

    /// The frame whose present document gave this ref.
    pub(super) fn frame_of(&self, reference: Reference) -> Result<String, Error> {
        let state = self.state();
        let never = || Error::unknown(reference, RefFault::NeverGiven);
        let Some(frame) = state.frames.by_number(reference.frame) else {
            let was_given = state.frames.was_numbered(reference.frame);
            let fault = if was_given { RefFault::FrameRemoved } else { RefFault::NeverGiven };
            return Err(Error::unknown(reference, fault));
        };
        if reference.number == 0 || reference.number >= frame.next_ref {
            return Err(never());
        }
        match frame.world {
            Some(world) if reference.number >= world.first_ref => Ok(frame.id.to_string()),
            _ => Err(Error::unknown(reference, RefFault::Navigated)),
        }
    }

    /// Calls `__openclaw.NAME(target, options)` where the target lives.
    pub(super) async fn call_on<T: DeserializeOwned>(
        &self,
        place: &Place,
        function: &str,
        options: &str,
        deadline: Deadline,
    ) -> Result<T, Error> {
        let target = &place.target;
        let call = format!("__openclaw.{function}({target},{options})");
        if let Some(error) = self.state().obstacle() {
            return Err(error);
        }
        match function {
            // As after input: what scrolls tells so with the next frame.
            "scrollIntoView" => self.witness.acts(),
            // These wait for nothing before they do it.
            "select" | "setValue" => self.does(),
            _ => {}
        }
        // What is scrolled to be aimed at is no effect of the act.
        let expression = self.witness.armed(place, call, function == "aim");
        let asked = self.ask(&place.session, place.context, &expression, deadline);
        let is_in_frame = *place.frame != *self.state().frames.main().id;
        // What is done in a frame may change the page around it.
        let asked = if is_in_frame { tokio::join!(asked, self.arm(deadline)).0 } else { asked.await };
        match asked? {
            Some(Answer::Ok(value)) => Ok(value),
            Some(Answer::Fail(fail)) => Err(fail.into_error(&place.label, place.reference)),
            None => Err(match place.reference {
                Some(reference) => Error::unknown(reference, RefFault::Navigated),
                None => Error::Element { label: place.label.clone(), fault: Fault::Missing },
            }),
        }
    }

    /// Evaluates in a world that is known to be there; `None` when its document was just replaced.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        session: &Session,
        context: i64,
        expression: &str,
        deadline: Deadline,
    ) -> Result<Option<T>, Error> {
        let call = Call::of(&Evaluate::value(expression, Some(context)));
        answered(self.unless_dialog(async { Ok(session.call(call, deadline).await) }).await?)
    }

    /// Our world in a frame's present document, made when it is not there yet.
    pub(super) async fn world(&self, frame: &str, deadline: Deadline) -> Result<(Session, i64), Error> {
        let (session, context) = self.eyes(frame, deadline).await?;
        self.complete(frame, &session, context).await?;
        Ok((session, context))
    }

    /// Sends what a world lacks. What is asked of it afterwards is answered afterwards, so nobody waits.
    pub(super) async fn complete(&self, frame: &str, session: &Session, context: i64) -> Result<(), Error> {
        let lacks = |world: &World| world.context == context && !world.has_hands;
        if self.state().frames.get(frame).and_then(|frame| frame.world).as_ref().is_some_and(lacks) {
            session.launch([Call::of(&Evaluate::value(scripts::rest(), Some(context)))]).await?;
            self.modify(|state| {
                let world = state.frames.get_mut(frame).and_then(|frame| frame.world.as_mut());
                if let Some(world) = world.filter(|world| world.context == context) {
                    world.has_hands = true;
                }
            });
        }
        Ok(())
    }

    /// Our world as far as a listing of the document needs it.
    pub(super) async fn eyes(&self, frame: &str, deadline: Deadline) -> Result<(Session, i64), Error> {
        loop {
            let (session, known, loader) = {
                let state = self.state();
                let Frame { session, world, loader, crashed, .. } =
                    state.frames.get(frame).ok_or(Error::Gone)?;
                if *crashed && state.frames.main().id.as_ref() != frame {
                    return Err(Error::FrameCrashed);
                }
                (session.clone(), *world, loader.clone())
            };
            if let Some(World { context, .. }) = known {
                return Ok((session, context));
            }
            let create = CreateIsolatedWorld { frame_id: frame, world_name: WORLD_NAME };
            let created = self.unless_dialog(async { Ok(session.send(&create, deadline).await?) }).await?;
            let context = created.execution_context_id;
            let first_ref = self.state().frames.get(frame).map_or(1, |f| f.next_ref);
            let begun: Option<u32> =
                self.ask(&session, context, &scripts::begin(first_ref), deadline).await?;
            let world = begun.map(|first_ref| World { context, first_ref, has_hands: false });
            // A navigation in the meantime has made this world worthless; ask again for the new document's.
            self.modify(|state| {
                if let Some(frame) = state.frames.get_mut(frame).filter(|f| f.loader == loader) {
                    frame.world = world;
                }
            });
            if deadline.remaining().is_zero() {
                return Err(cdp::Error::Timeout { method: "Page.createIsolatedWorld".into() }.into());
            }
        }
    }
}

/// How long the page itself goes on trying when the caller wished to wait: a little less than there is time, so that
/// its reason still arrives.
pub(super) fn patience(deadline: Deadline) -> u128 {
    let left = deadline.remaining().saturating_sub(ANSWERING);
    if deadline.is_patient() { left.as_millis() } else { 0 }
}

/// What our world answered; `None` when its document was just replaced.
pub(super) fn answered<T: DeserializeOwned>(reply: Result<Reply, cdp::Error>) -> Result<Option<T>, Error> {
    match reply {
        Ok(reply) => value_of(reply.parse()?).map(Some),
        Err(cdp::Error::Refused { message, .. }) if is_context_gone(&message) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The value of an evaluation of ours.
pub(super) fn value_of<T: DeserializeOwned>(evaluated: Evaluated) -> Result<T, Error> {
    if let Some(thrown) = evaluated.exception_details {
        return Err(Error::Unanswered(thrown.message()));
    }
    let text = evaluated.result.value.as_ref().map_or("null", |v| v.get());
    serde_json::from_str(text).map_err(|e| Error::Unanswered(format!("unexpected answer of the page: {e}")))
}

/// Chromium's words for a world that went away with its document.
pub(super) fn is_context_gone(message: &str) -> bool {
    [
        "Cannot find context",
        "Execution context was destroyed",
        "Inspected target navigated",
        "context with given id",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// How an element is named that lies inside a target, in the target's own frame; its number is 0 when it has none.
pub(super) fn inside(target: Option<Reference>, number: u32, element: &str) -> String {
    let frame = target.map_or(0, |target| target.frame);
    let reference = (number > 0).then(|| format!("{} ", Reference { frame, number }));
    format!("{}{element}, which lies inside it", reference.unwrap_or_default())
}

/// A JavaScript string literal.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

impl Fail {
    fn into_error(self, label: &str, reference: Option<Reference>) -> Error {
        let fault = match self.why.as_str() {
            "gone" => match reference {
                Some(reference) => return Error::unknown(reference, RefFault::Removed),
                None => Fault::Missing,
            },
            "missing" => Fault::Missing,
            "many" => Fault::Many(self.count),
            "badSelector" => Fault::BadSelector(self.message),
            "hidden" | "offscreen" => Fault::NotVisible {
                because: self.by.into_iter().chain(self.how).collect::<Vec<_>>().join(" "),
            },
            "covered" => {
                let by = self.by.unwrap_or_default();
                Fault::Covered {
                    by: self.inner.map_or_else(|| by.clone(), |number| inside(reference, number, &by)),
                }
            }
            "inert" => Fault::Inert { by: self.by.unwrap_or_default() },
            "passesMouse" => Fault::PassesMouse { by: self.by },
            "moving" => Fault::Unstable,
            "disabled" => Fault::Disabled { by: self.by },
            "readOnly" => Fault::ReadOnly,
            "notEditable" => Fault::NotEditable,
            "notNumeric" => Fault::NotNumeric,
            "unfillable" => Fault::Unfillable,
            "format" => Fault::Format,
            "notSelect" => Fault::NotSelect,
            "noOption" => Fault::NoOption {
                wanted: self.wanted,
                options: self.options.into_iter().map(|choice| choice.label).collect(),
            },
            "notMultiple" => Fault::Other("it takes one option only".to_owned()),
            "disabledOption" => Fault::Other(format!("its option \"{}\" is disabled", self.wanted)),
            "notElement" | "isOption" => {
                let frame = reference.map_or(0, |reference| reference.frame);
                let number = u32::try_from(self.count).unwrap_or_default();
                let around = Reference { frame, number };
                Fault::Other(if self.why == "isOption" {
                    format!("it is an option; select on its list {around}")
                } else {
                    format!("it is a text or the document; act on the element {around}")
                })
            }
            "outside" => Fault::Outside { width: self.width, height: self.height },
            "nothingFocused" => Fault::NothingFocused { holder: self.to },
            "notFileInput" => Fault::NotFileInput,
            "notCheckable" => Fault::NotCheckable,
            "staysOn" => Fault::Other("a radio button is switched off by choosing another one".to_owned()),
            "focusMoved" => Fault::Other(match self.to {
                Some(to) => format!("the page moved the focus to {to}; act on that element"),
                None => "it does not take the focus".to_owned(),
            }),
            why => Fault::Other(format!("{why} {}", self.message).trim().to_owned()),
        };
        let error = Error::Element { label: label.to_owned(), fault };
        match self.waited_ms {
            Some(millis) => Error::Waited { millis, error: Box::new(error) },
            None => error,
        }
    }
}
