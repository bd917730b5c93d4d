//! The keyboard: chords and text.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::keys::{Chord, KeyEvent};
use crate::cdp::protocol::{Evaluate, InsertText};
use crate::cdp::{self, Call};
use crate::deadline::Deadline;
use crate::page::{Error, Page};

/// Between two keys when text is typed slowly (contract 8.2).
const SLOW_KEY: Duration = Duration::from_millis(75);
/// How long a page may take to show that a script of its own is not what keeps everybody waiting.
const ALIVE: Duration = Duration::from_millis(100);

impl Page {
    /// Waits until no other call has its hands on this tab. Whatever else takes long must not be done meanwhile.
    ///
    /// # Errors
    /// [`Error::Wait`] at the deadline, or that the page does not answer.
    pub(super) async fn hands(&self, deadline: Deadline) -> Result<OwnedMutexGuard<()>, Error> {
        let free = Arc::clone(&self.hands).lock_owned();
        if let Ok(hands) = deadline.run(free).await {
            return Ok(hands);
        }
        // The other call may wait for the page itself, as this one would have.
        let alive = self.session.call(Call::of(&Evaluate::value("1", None)), Deadline::after(ALIVE));
        if let Err(error @ cdp::Error::Timeout { .. }) = self.unless_dialog(async { Ok(alive.await) }).await?
        {
            return Err(error.into());
        }
        let condition = "another call to finish typing or clicking in this tab".to_owned();
        Err(Error::Wait { condition, millis: deadline.span().as_millis() })
    }

    /// Presses a chord on whatever has the focus.
    ///
    /// # Errors
    /// [`Error::Dialog`] when the press opened one.
    pub async fn press(&self, chord: &Chord, delay: Duration, deadline: Deadline) -> Result<(), Error> {
        self.arm(deadline).await;
        let _hands = self.hands(deadline).await?;
        if delay.is_zero() {
            return self.dispatch(&self.session, key_calls(&chord.events()), deadline).await;
        }
        self.dispatch(&self.session, key_calls(&chord.downs()), deadline).await?;
        tokio::time::sleep(delay).await;
        self.dispatch(&self.session, key_calls(&chord.ups()), deadline).await
    }

    /// Types text key by key, as a person would, for as long as there is time; a character that no key has is inserted.
    /// Yields how many characters were sent.
    pub(super) async fn type_keys(&self, text: &str, deadline: Deadline) -> Result<usize, Error> {
        let length = text.chars().count();
        for (typed, character) in text.chars().enumerate() {
            if deadline.remaining() <= SLOW_KEY {
                return Ok(typed);
            }
            let calls = match Chord::typing(character) {
                Some(chord) => key_calls(&chord.events()),
                None => vec![Call::of(&InsertText { text: character.encode_utf8(&mut [0; 4]) })],
            };
            let sent = self.dispatch(&self.session, calls, deadline);
            match if typed + 1 < length { self.step(sent).await } else { sent.await } {
                Err(Error::Cdp(cdp::Error::Timeout { .. })) => return Ok(typed + 1),
                sent => sent?,
            }
            tokio::time::sleep(SLOW_KEY).await;
        }
        Ok(length)
    }
}

pub(super) fn key_calls(events: &[KeyEvent]) -> Vec<Call> {
    events.iter().map(|event| Call::untyped("Input.dispatchKeyEvent", event)).collect()
}
