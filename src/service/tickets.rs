//! Tickets: each lets whoever shows it watch one tab, once, and soon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::random_hex;
use crate::page::Film;
use crate::pool::Lease;

/// How long a ticket is good for (contract 9).
pub const TICKET: Duration = Duration::from_secs(60);
/// So many may be unused; the oldest goes when one more is asked for.
const MOST: usize = 256;

/// What a ticket lets watch.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The profile of the tab's browser.
    pub profile: String,
    /// The lease that it is a tab of.
    pub lease: Option<Lease>,
    /// The tab's target id.
    pub target_id: Arc<str>,
    /// How it is filmed.
    pub film: Film,
}

/// The tickets that were given out and not used. Cloning it is cheap; the lock is never held across an await.
#[derive(Debug, Clone, Default)]
pub struct Tickets(Arc<Mutex<HashMap<String, (Instant, Seat)>>>);

impl Tickets {
    /// A new ticket: 48 hex digits.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn give(&self, seat: Seat, now: Instant) -> Result<String, getrandom::Error> {
        let token = random_hex::<24>()?;
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|_, (when, _)| now.duration_since(*when) < TICKET);
        if given.len() >= MOST
            && let Some(oldest) =
                given.iter().min_by_key(|(_, (when, _))| *when).map(|(token, _)| token.clone())
        {
            given.remove(&oldest);
        }
        given.insert(token.clone(), (now, seat));
        Ok(token)
    }

    /// What a ticket lets watch; it is used up by asking.
    pub(super) fn take(&self, token: &str, now: Instant) -> Option<Seat> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
        taken.filter(|(when, _)| now.duration_since(*when) < TICKET).map(|(_, seat)| seat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat() -> Seat {
        let film = Film { max_width: 1, max_height: 1, quality: 1 };
        Seat { profile: "openclaw".into(), lease: None, target_id: "T".into(), film }
    }

    #[test]
    fn a_ticket_is_good_once_and_for_a_minute() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let token = tickets.give(seat(), now).unwrap();
        assert!(token.len() == 48 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert!(tickets.take("", now).is_none());
        assert!(tickets.take(&token, now).is_some());
        assert!(tickets.take(&token, now).is_none());
        let late = tickets.give(seat(), now).unwrap();
        assert!(tickets.take(&late, now + TICKET).is_none());
    }

    #[test]
    fn the_oldest_of_too_many_goes() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let at = |n: usize| now + Duration::from_millis(n.try_into().unwrap());
        let tokens: Vec<String> = (0..=MOST).map(|n| tickets.give(seat(), at(n)).unwrap()).collect();
        assert!(tickets.take(&tokens[0], at(MOST)).is_none());
        assert!(
            tickets.take(&tokens[1], at(MOST)).is_some() && tickets.take(&tokens[MOST], at(MOST)).is_some()
        );
    }
}
