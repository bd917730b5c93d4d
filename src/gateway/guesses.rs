//! How often somebody may guess the secret. It must not know the secret, nor read a clock. Pure.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// So many wrong secrets within [`WINDOW`] lock the guesser out (the existing gateway's default).
const MOST: usize = 10;
/// The span in which wrong secrets are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// How long a lock-out lasts.
const LOCKOUT: Duration = Duration::from_secs(300);
/// The door admits only origins of this machine, so there are few; the bound guards against a mistake there.
const MOST_ORIGINS: usize = 64;

/// The wrong secrets of late, by the origin of the page that sent them; programs have none and share one budget.
///
/// The address is not looked at: every caller is on this machine, whichever of its loopback addresses it takes.
/// A right secret does not reset the budget, or a busy user would give a guesser endless tries.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    by_origin: HashMap<String, Attempts>,
}

#[derive(Debug, Default)]
struct Attempts {
    wrong: VecDeque<Instant>,
    locked_until: Option<Instant>,
}

impl Guesses {
    /// How long `origin` is still locked out; nothing when it may try.
    pub(super) fn lockout(&self, origin: &str, now: Instant) -> Option<Duration> {
        let until = self.by_origin.get(origin)?.locked_until?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// Counts a wrong secret.
    pub(super) fn record(&mut self, origin: &str, now: Instant) {
        self.by_origin.retain(|_, attempts| attempts.matter(now));
        if self.by_origin.len() >= MOST_ORIGINS && !self.by_origin.contains_key(origin) {
            return;
        }
        let attempts = self.by_origin.entry(origin.to_owned()).or_default();
        attempts.wrong.push_back(now);
        if attempts.wrong.len() >= MOST {
            *attempts = Attempts { wrong: VecDeque::new(), locked_until: now.checked_add(LOCKOUT) };
        }
    }
}

impl Attempts {
    /// Forgets what is too old to count; false when nothing is left.
    fn matter(&mut self, now: Instant) -> bool {
        self.wrong.retain(|at| now.saturating_duration_since(*at) < WINDOW);
        !self.wrong.is_empty() || self.locked_until.is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn ten_wrong_ones_in_a_minute_lock_out_for_five() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        for n in 0..9 {
            guesses.record("", start + seconds(n));
            assert_eq!(guesses.lockout("", start + seconds(n)), None);
        }
        guesses.record("", start + seconds(9));
        assert_eq!(guesses.lockout("", start + seconds(10)), Some(seconds(299)));
        assert_eq!(guesses.lockout("", start + seconds(309)), None);
    }

    #[test]
    fn slow_ones_are_forgotten_and_origins_do_not_share() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        for n in 0..40 {
            guesses.record("http://localhost:1", start + seconds(n * 7));
        }
        assert_eq!(guesses.lockout("http://localhost:1", start + seconds(280)), None);
        for _ in 0..10 {
            guesses.record("", start);
        }
        assert!(guesses.lockout("", start).is_some());
        assert_eq!(guesses.lockout("http://localhost:1", start), None);
    }

    #[test]
    fn origins_are_bounded() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        for n in 0..200 {
            guesses.record(&format!("http://localhost:{n}"), now);
        }
        assert_eq!(guesses.by_origin.len(), MOST_ORIGINS);
        guesses.record("", now + seconds(61));
        assert_eq!(guesses.by_origin.len(), 1);
    }
}
