//! The way out to one client: a bounded queue and the one writer behind it.
//! It must not know what frames mean.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures::{Sink, SinkExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_util::sync::CancellationToken;

use super::handshake::FAREWELL;

/// Frames that may wait; with the calls of one client bounded, this bounds what a client that does not read can hold.
const MOST_WAITING: usize = 64;
/// Bytes that may wait before a client that does not read is closed (`policy.maxBufferedBytes`).
pub(super) const MOST_BUFFERED: usize = 52_428_800;
/// A frame that could not be handed to the kernel for so long has no reader; the pong window of the existing gateway.
const WRITE_WINDOW: Duration = Duration::from_secs(25);

/// The sending end; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Outbound {
    queue: mpsc::Sender<Message>,
    buffered: Arc<AtomicUsize>,
    /// Fires when nothing is written any more.
    gone: CancellationToken,
}

/// The end that writes.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Receiver<Message>,
    buffered: Arc<AtomicUsize>,
    gone: CancellationToken,
}

/// Both ends.
pub(super) fn channel() -> (Outbound, Writer) {
    let gone = CancellationToken::new();
    let (sender, queue) = mpsc::channel(MOST_WAITING);
    let buffered = Arc::new(AtomicUsize::new(0));
    let outbound = Outbound { queue: sender, buffered: Arc::clone(&buffered), gone: gone.clone() };
    (outbound, Writer { queue, buffered, gone })
}

impl Outbound {
    /// Queues a frame, waiting while the queue is full. To a client that is gone nothing is sent.
    pub(super) async fn send(&self, frame: String) {
        let length = frame.len();
        // A single great answer is no fault of the reader; what counts is that others wait already.
        if self.buffered.fetch_add(length, Ordering::Relaxed) > MOST_BUFFERED {
            self.gone.cancel();
        }
        self.put(Message::text(frame)).await;
    }

    /// Queues a ping.
    pub(super) async fn ping(&self) {
        self.put(Message::Ping(bytes::Bytes::new())).await;
    }

    /// Queues the end.
    pub(super) async fn close(&self, code: u16, reason: &str) {
        self.put(Message::Close(Some(close_frame(code, reason)))).await;
    }

    async fn put(&self, message: Message) {
        tokio::select! {
            biased;
            () = self.gone.cancelled() => {}
            // An error means that the writer has ended, which `gone` tells as well.
            _ = self.queue.send(message) => {}
        }
    }
}

impl Writer {
    /// Writes until everything is written and nobody can send any more, or the client is gone.
    pub(super) async fn run(mut self, mut sink: impl Sink<Message> + Unpin) {
        loop {
            let message = tokio::select! {
                biased;
                () = self.gone.cancelled() => break,
                message = self.queue.recv() => message,
            };
            let Some(message) = message else { break };
            let (length, is_end) = match &message {
                Message::Text(text) => (text.len(), false),
                Message::Close(_) => (0, true),
                Message::Ping(_) | Message::Pong(_) | Message::Binary(_) => (0, false),
            };
            let written = tokio::select! {
                biased;
                written = timeout(WRITE_WINDOW, sink.send(message)) => matches!(written, Ok(Ok(()))),
                () = self.gone.cancelled() => false,
            };
            self.buffered.fetch_sub(length, Ordering::Relaxed);
            if !written || is_end {
                break;
            }
        }
        self.gone.cancel();
        // The answer to the client's own close frame is still to be flushed; one that is gone does not miss it.
        timeout(FAREWELL, sink.close()).await.ok();
    }
}

/// A close frame; its reason is cut to what a control frame can carry (RFC 6455, section 5.5: 125 bytes with the code).
pub(super) fn close_frame(code: u16, reason: &str) -> CloseFrame {
    CloseFrame { code, reason: reason[..reason.floor_char_boundary(123)].into() }
}

/// How to close on a socket that cannot be read any more; nothing when nobody is left to be told.
pub(super) fn reading_fault(error: axum::Error) -> Option<u16> {
    match error.into_inner().downcast_ref::<WsError>() {
        Some(WsError::Capacity(_)) => Some(1009),
        Some(WsError::Utf8(_)) => Some(1007),
        Some(WsError::Protocol(_)) => Some(1002),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_a_control_frame() {
        assert_eq!(close_frame(1008, "no").reason.as_str(), "no");
        assert_eq!(close_frame(1008, &"é".repeat(100)).reason.len(), 122);
    }
}
