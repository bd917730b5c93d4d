//! A fence: whoever passes it knows that all events that had arrived are in the tables of the task that reads them. A
//! reply overtakes the events before it, since it goes straight to its caller.

use tokio::sync::{mpsc, oneshot};

/// Where callers ask to pass. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Fence(mpsc::UnboundedSender<oneshot::Sender<()>>);

/// The reading task's end: those who wait at the fence.
#[derive(Debug)]
pub struct Waiting(mpsc::UnboundedReceiver<oneshot::Sender<()>>);

/// Somebody who waits; let through when dropped.
#[derive(Debug)]
pub struct Asker(#[expect(dead_code, reason = "dropping it tells the asker")] oneshot::Sender<()>);

impl Fence {
    /// A fence, and the end that the reading task keeps.
    pub fn new() -> (Self, Waiting) {
        let (asking, asked) = mpsc::unbounded_channel();
        (Self(asking), Waiting(asked))
    }

    /// Returns when everything that arrived before has been taken, or when the reading task has ended: then nothing more
    /// will come.
    pub async fn pass(&self) {
        let (asker, passed) = oneshot::channel();
        if self.0.send(asker).is_ok() {
            passed.await.ok();
        }
    }
}

impl Waiting {
    /// The next one who waits; the reading task takes what has arrived and then drops it.
    pub async fn next(&mut self) -> Option<Asker> {
        self.0.recv().await.map(Asker)
    }
}
