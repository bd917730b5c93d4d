//! A connected pair in memory: the far end plays the browser in tests and benches.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Transport;

/// Our end.
#[derive(Debug)]
struct Near {
    to: mpsc::UnboundedSender<String>,
    from: mpsc::UnboundedReceiver<Bytes>,
}

/// The browser's end: what was sent comes out of `sent`, what goes into `answer` arrives.
#[derive(Debug)]
pub struct Far {
    /// Messages that our side wrote.
    pub sent: mpsc::UnboundedReceiver<String>,
    /// Messages for our side.
    pub answer: mpsc::UnboundedSender<Bytes>,
}

/// A connected pair.
pub fn memory() -> (impl Transport, Far) {
    let (to, sent) = mpsc::unbounded_channel();
    let (answer, from) = mpsc::unbounded_channel();
    (Near { to, from }, Far { sent, answer })
}

impl Transport for Near {
    fn queue(&mut self, message: String) {
        // A far end that is gone shows as the end of messages.
        self.to.send(message).ok();
    }

    fn has_room(&self) -> bool {
        true
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.from.poll_recv(cx).map(|message| message.map(Ok))
    }
}
