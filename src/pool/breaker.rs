//! When launches fail again and again, new ones are refused for a while. Pure.

use std::time::{Duration, Instant};

/// Failures in a row before launches are refused (contract 3).
const MOST_FAILURES: u32 = 3;
/// The first refusal lasts this long; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// No refusal lasts longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A browser that ends by itself within this has ended early.
const EARLY: Duration = Duration::from_secs(60);
/// Before another browser is started in the place of the second that ended early; before that there is no pause.
const FIRST_RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Counts the failures of a profile.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    until: Option<Instant>,
    last: String,
    /// How many browsers in a row have ended by themselves soon after their start.
    early_ends: u32,
}

/// Launches are refused for now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) failures: u32,
    pub(super) retry_in: Duration,
    pub(super) last: String,
}

impl Breaker {
    /// Whether a launch may be tried.
    pub(super) fn check(&self, now: Instant) -> Result<(), Open> {
        match self.until {
            Some(until) if until > now => {
                Err(Open { failures: self.failures, retry_in: until - now, last: self.last.clone() })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn failed(&mut self, why: String, now: Instant) {
        self.failures += 1;
        self.last = why;
        if self.failures >= MOST_FAILURES {
            let doublings = (self.failures - MOST_FAILURES).min(8);
            self.until = Some(now + (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE));
        }
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self { early_ends: self.early_ends, ..Self::default() };
    }

    /// A browser that has lived for so long ended by itself: after which pause another one is started in its place, if
    /// that is worth it.
    pub(super) fn ended(&mut self, lived: Duration) -> Option<Duration> {
        self.early_ends = if lived < EARLY { self.early_ends + 1 } else { 0 };
        let pause = FIRST_RESTART_PAUSE * self.early_ends.saturating_sub(1);
        (self.early_ends < MOST_FAILURES).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_failure_opens_it_and_each_further_one_doubles_the_pause() {
        let mut breaker = Breaker::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            breaker.failed("no".into(), now);
            let pause = breaker.check(now).map_or_else(|open| open.retry_in.as_secs(), |()| 0);
            pauses.push(pause);
            now += Duration::from_secs(pause);
            assert_eq!(breaker.check(now), Ok(()));
        }
        assert_eq!(pauses, [0, 0, 30, 60, 120, 240, 300, 300]);
        breaker.succeeded();
        breaker.failed("no".into(), now);
        assert_eq!(breaker.check(now), Ok(()));
    }

    #[test]
    fn browsers_that_end_soon_are_replaced_twice_and_one_that_lived_counts_anew() {
        let mut breaker = Breaker::default();
        let (soon, late) = (Duration::from_secs(2), Duration::from_secs(90));
        let mut pauses = Vec::new();
        for lived in [soon, soon, soon, soon, late, soon] {
            pauses.push(breaker.ended(lived).map(|pause| pause.as_secs()));
            breaker.succeeded();
        }
        assert_eq!(pauses, [Some(0), Some(1), None, None, Some(0), Some(0)]);
    }
}
