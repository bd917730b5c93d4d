//! The mouse: move, press and release, written together.

use std::time::Duration;

use serde::Deserialize;

use super::aim::{Aim, Judge, Point, Spot};
use crate::cdp::protocol::{DispatchMouseEvent, Evaluate};
use crate::cdp::{self, Call, Reply, Session};
use crate::deadline::Deadline;
use crate::page::world::{patience, value_of};
use crate::page::{Error, Fault, Page, Target};

/// A mouse button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Button {
    /// The main one.
    #[default]
    Left,
    /// The one for context menus.
    Right,
    /// The wheel.
    Middle,
}

impl Button {
    /// The protocol's name and its bit in `buttons`.
    fn wire(self) -> (&'static str, u8) {
        match self {
            Self::Left => ("left", 1),
            Self::Right => ("right", 2),
            Self::Middle => ("middle", 4),
        }
    }
}

/// How to press.
#[derive(Debug, Clone, Copy, Default)]
pub struct Press {
    /// Which button.
    pub button: Button,
    /// Twice.
    pub double: bool,
    /// Modifier bits: Alt 1, Control 2, Meta 4, Shift 8.
    pub modifiers: u8,
    /// How long to hover before pressing.
    pub delay: Duration,
}

/// How often a press is tried at what slips away as the mouse comes.
const TRIES: u32 = 3;

/// What a document says of a press (`aim.js`). One that is no longer there, or that is busy, says nothing: it was pressed.
#[derive(Default, Deserialize)]
struct Pressed {
    /// What lay there instead, when the page has not heard of the press.
    missed: Option<String>,
    /// No click came at what was pressed.
    lost: Option<Lost>,
    /// What was pressed in place of a control that it draws, and the control kept its state.
    kept: Option<String>,
}

/// A click that did not come at its target, though the page has heard of the press.
#[derive(Deserialize)]
struct Lost {
    /// How many of them came.
    clicks: u8,
    /// What got it.
    to: Option<String>,
    /// What became of the target.
    how: Option<String>,
}

impl Pressed {
    fn of(reply: &Result<Reply, cdp::Error>) -> Self {
        let evaluated = reply.as_ref().ok().and_then(|reply| reply.parse().ok());
        evaluated.and_then(|evaluated| value_of::<Option<Self>>(evaluated).ok().flatten()).unwrap_or_default()
    }
}

impl Lost {
    fn sentence(&self, label: &str) -> String {
        let short = if self.clicks == 0 { "no click" } else { "only one of two clicks" };
        let why = match (&self.to, &self.how) {
            (Some(to), _) => format!("the click went to {to}"),
            (None, how) => format!("it was {}", how.as_deref().unwrap_or("lost")),
        };
        format!(
            "{short} came at {label}: {why} after the mouse had gone down. The page may have acted on that alone; look at \
             the effects, or take a snapshot."
        )
    }
}

impl Page {
    /// Clicks an element.
    ///
    /// # Errors
    /// [`Error::Element`] and [`Error::UnknownRef`] before anything was pressed; [`Error::Dialog`] when the click
    /// opened one.
    pub async fn click(&self, target: &Target, press: Press, deadline: Deadline) -> Result<(), Error> {
        self.click_on(target, press, true, deadline).await
    }

    /// The same; `ends` the act that it is a part of, or not.
    pub(in crate::page) async fn click_on(
        &self,
        target: &Target,
        press: Press,
        ends: bool,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let mut missed = String::new();
        for _ in 0..TRIES {
            let spot = self.aim(target, Aim::Press, deadline).await?;
            let Some(by) = self.press_at(&spot, press, ends, deadline).await? else { return Ok(()) };
            missed = by;
        }
        Err(Error::Element { label: target.label(), fault: Fault::Covered { by: missed } })
    }

    /// Clicks a point of the tab's viewport, whatever is there.
    ///
    /// # Errors
    /// When the point lies outside of the viewport; [`Error::Dialog`] when the click opened one.
    pub async fn click_at(&self, x: f64, y: f64, press: Press, deadline: Deadline) -> Result<(), Error> {
        let main = self.state().frames.main().id.clone();
        let (argument, label) = (format!("{{x:{x},y:{y}}}"), format!("{x},{y}"));
        let document = self.document_of(&main, argument, &label, deadline).await?;
        self.call_on::<serde::de::IgnoredAny>(&document, "at", "{}", deadline).await?;
        let point = Point { x, y };
        let session = self.session.clone();
        let spot = Spot { session, point, in_tab: point, judge: None, label };
        self.press_at(&spot, press, true, deadline).await.map(drop)
    }

    /// Moves the mouse onto an element.
    ///
    /// # Errors
    /// As for [`Page::click`].
    pub async fn hover(&self, target: &Target, deadline: Deadline) -> Result<(), Error> {
        self.witness.look_closely();
        let Spot { session, point, .. } = self.aim(target, Aim::Hover, deadline).await?;
        let moved = mouse("mouseMoved", point, ("none", 0), 0, 0);
        self.dispatch(&session, vec![Call::of(&moved)], deadline).await
    }

    /// Scrolls an element into view.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn scroll_into_view(&self, target: &Target, deadline: Deadline) -> Result<(), Error> {
        let place = self.locate(target, deadline).await?;
        let options = format!("{{waitMs:{}}}", patience(deadline));
        self.call_on::<serde::de::IgnoredAny>(&place, "scrollIntoView", &options, deadline).await?;
        Ok(())
    }

    /// Presses at a spot. Yields what had taken the place of the target when the mouse went down, if anything had: the
    /// page has not heard of the press then.
    async fn press_at(
        &self,
        spot: &Spot,
        press: Press,
        ends: bool,
        deadline: Deadline,
    ) -> Result<Option<String>, Error> {
        let _hands = self.hands(deadline).await?;
        let Spot { session, point, judge, .. } = spot;
        let point = *point;
        let (name, bit) = press.button.wire();
        let moved = Call::of(&mouse("mouseMoved", point, ("none", 0), 0, press.modifiers));
        let mut calls = vec![moved];
        if !press.delay.is_zero() {
            self.step(self.dispatch(session, std::mem::take(&mut calls), deadline)).await?;
            tokio::time::sleep(press.delay).await;
        }
        let times = if press.double { 2 } else { 1 };
        for count in 1..=times {
            calls.push(Call::of(&mouse("mousePressed", point, (name, bit), count, press.modifiers)));
            calls.push(Call::of(&mouse("mouseReleased", point, (name, 0), count, press.modifiers)));
        }
        // Who judges the press has heard the mouse let go before anything else is asked.
        let releases = if judge.is_some() { 0 } else { times };
        let told = self.witness.barrier(session, judge.map(|judge| judge.context), releases).filter(|_| ends);
        let then = told.as_ref().map_or("null", |(_, _, question)| question);
        let (context, question) = match (judge, &told) {
            (None, None) => return self.dispatch(session, calls, deadline).await.map(|()| None),
            (None, Some((_, context, question))) => (*context, question.clone()),
            (Some(Judge { context, press }), _) => {
                (*context, format!("__openclaw.pressed({press},{times},()=>{then})"))
            }
        };
        calls.push(Call::of(&Evaluate::value(&question, Some(context))));
        let reply = self.dispatch_and_ask(session, calls, deadline).await?;
        let Pressed { missed, lost, kept } = Pressed::of(&reply);
        if missed.is_some() {
            return Ok(missed);
        }
        if let Some(lost) = lost {
            self.warn(lost.sentence(&spot.label));
        }
        if let Some(kept) = kept {
            self.warn(format!(
                "{} kept its state: it has no size, so {kept} was pressed, which stands in its place",
                spot.label
            ));
        }
        if let Some((document, _, _)) = told {
            self.witness.note(document, reply);
        }
        Ok(None)
    }

    /// Writes input events together. A dialog that one of them opens keeps all replies back until it is
    /// answered, so it ends the wait instead.
    pub(super) async fn dispatch(
        &self,
        session: &Session,
        calls: Vec<Call>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        self.unless_dialog(async {
            self.witness.acts();
            self.does();
            for reply in session.flight(calls, deadline).await? {
                reply?;
            }
            Ok(())
        })
        .await
    }

    /// The same, with a question as the last call: its reply, whatever it is.
    async fn dispatch_and_ask(
        &self,
        session: &Session,
        calls: Vec<Call>,
        deadline: Deadline,
    ) -> Result<Result<Reply, cdp::Error>, Error> {
        self.unless_dialog(async {
            self.witness.acts();
            self.does();
            let mut replies = session.flight(calls, deadline).await?;
            let answer = replies.pop().expect("each call has its reply");
            for reply in replies {
                reply?;
            }
            Ok(answer)
        })
        .await
    }
}

pub(super) fn mouse(
    r#type: &'static str,
    Point { x, y }: Point,
    (button, buttons): (&'static str, u8),
    click_count: u8,
    modifiers: u8,
) -> DispatchMouseEvent {
    DispatchMouseEvent { r#type, x, y, modifiers, button, buttons, click_count }
}
