//! Whether a call has done what it was asked for, up to the last step. It does not know what the steps are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Page, warnings::Warnings};

/// Whether all that was to be done was sent. A page has one for each call; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicBool>);

impl Page {
    /// The same page, for one call of which nothing is done yet.
    #[must_use]
    pub fn untouched(self) -> Self {
        Self { progress: Progress::default(), warnings: Warnings::default(), ..self }
    }

    /// What was asked for is sent; it takes no more than that.
    pub(super) fn does(&self) {
        self.progress.0.store(true, Ordering::Relaxed);
    }

    /// Whether what was asked for was sent, with its last step.
    pub fn has_done(&self) -> bool {
        self.progress.0.load(Ordering::Relaxed)
    }

    /// A step that is not the last one: what ends here, or before the next, was not done.
    pub async fn step<T>(&self, work: impl Future<Output = T>) -> T {
        let outcome = work.await;
        self.progress.0.store(false, Ordering::Relaxed);
        outcome
    }
}
