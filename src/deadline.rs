//! The moment by which a call must be answered. Made once, at the face, and handed down; inner code never
//! restarts it.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than any call of ours; the bound keeps additions from overflowing.
const LONGEST: Duration = Duration::from_secs(3600);

/// The moment by which a call must be answered (monotonic clock).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    moment: Instant,
    span: Duration,
    is_patient: bool,
}

/// The deadline passed before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the deadline passed")]
pub struct Elapsed;

impl Deadline {
    /// The moment `span` from now.
    pub fn after(span: Duration) -> Self {
        let span = span.min(LONGEST);
        Self { moment: Instant::now() + span, span, is_patient: false }
    }

    /// The same moment, with the caller's wish: `patient` when a time was named to wait for, so that what cannot be
    /// done yet is tried until then. Without it nothing waits but for what is visibly changing.
    #[must_use]
    pub fn patient(self, is_patient: bool) -> Self {
        Self { is_patient, ..self }
    }

    /// Whether the caller named a time to wait for.
    pub fn is_patient(self) -> bool {
        self.is_patient
    }

    /// This deadline, but not after another one.
    #[must_use]
    pub fn no_later_than(self, other: Self) -> Self {
        let earlier = if other.moment < self.moment { other } else { self };
        Self { is_patient: self.is_patient, ..earlier }
    }

    /// The earlier of this deadline and the moment `span` from now.
    #[must_use]
    pub fn within(self, span: Duration) -> Self {
        self.no_later_than(Self::after(span))
    }

    /// So much later, for what is not counted in the time that the caller named.
    #[must_use]
    pub fn later(self, by: Duration) -> Self {
        Self { moment: self.moment + by.min(LONGEST), ..self }
    }

    /// The span that it was made of: what the caller named, however much of it is left.
    pub fn span(self) -> Duration {
        self.span
    }

    /// The time that is left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.moment.saturating_duration_since(Instant::now())
    }

    /// The moment itself.
    pub fn instant(self) -> Instant {
        self.moment
    }

    /// Runs `work` until it is done or the deadline passes; dropping the work cancels it.
    ///
    /// # Errors
    /// [`Elapsed`] when the deadline passes first.
    pub async fn run<T>(self, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        tokio::time::timeout_at(self.moment, work).await.map_err(|_| Elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_takes_the_earlier_moment_and_huge_spans_do_not_overflow() {
        let soon = Deadline::after(Duration::from_secs(1));
        let later = Deadline::after(Duration::MAX);
        assert!(soon < later);
        assert_eq!(soon.within(Duration::MAX), soon);
        assert!(later.within(Duration::from_secs(2)) < later);
        assert_eq!(later.within(Duration::from_secs(2)).span(), Duration::from_secs(2));
        assert_eq!(soon.within(Duration::MAX).span(), Duration::from_secs(1));
        assert!(later.patient(true).within(Duration::from_secs(2)).is_patient() && !soon.is_patient());
    }
}
