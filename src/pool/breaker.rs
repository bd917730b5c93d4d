//! When launches fail again and again, new ones are refused for a while. Pure.

use std::time::{Duration, Instant};

/// Failures in a row before launches are refused (contract 3).
const MOST_FAILURES: u32 = 3;
/// The first refusal lasts this long; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// No refusal lasts longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Counts the failures of a profile.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    until: Option<Instant>,
    last: String,
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
        *self = Self::default();
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
}
