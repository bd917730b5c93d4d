//! The right to write to the browser, which can end. It is tested by the task that writes, just before it does, so that
//! nothing of a caller whose right has ended comes through, however late it was asked for.

use tokio_util::sync::CancellationToken;

/// A right to write; clones are the same one. What it is the right of is its owner's business.
#[derive(Debug, Clone, Default)]
pub struct Gate(CancellationToken);

impl Gate {
    /// Ends the right, for good.
    pub fn close(&self) {
        self.0.cancel();
    }

    /// Whether the right has not ended.
    pub fn is_open(&self) -> bool {
        !self.0.is_cancelled()
    }

    /// Waits until the right has ended.
    pub async fn closed(&self) {
        self.0.cancelled().await;
    }
}
