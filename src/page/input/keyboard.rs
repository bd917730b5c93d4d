//! The keyboard: chords and text.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::keys::{Chord, KeyEvent};
use crate::cdp::protocol::InsertText;
use crate::cdp::{self, Call};
use crate::deadline::Deadline;
use crate::page::{Error, Page};

/// Between two keys when text is typed slowly (contract 8.2).
const SLOW_KEY: Duration = Duration::from_millis(75);

impl Page {
    /// Waits until no other call has its hands on this tab. Whatever else takes long must not be done meanwhile.
    ///
    /// # Errors
    /// [`Error::Wait`] at the deadline.
    pub(super) async fn hands(&self, deadline: Deadline) -> Result<OwnedMutexGuard<()>, Error> {
        let free = Arc::clone(&self.hands).lock_owned();
        deadline.run(free).await.map_err(|_| Error::Wait {
            condition: "another call to finish typing or clicking in this tab".to_owned(),
            millis: deadline.span().as_millis(),
        })
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
