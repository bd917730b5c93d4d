//! A DevTools WebSocket: one JSON message a frame, text or binary.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{
    Error as WsError, Message, client::IntoClientRequest, protocol::WebSocketConfig,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{MOST_UNWRITTEN, Transport};
use crate::deadline::Deadline;

/// A WebSocket to a browser.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    unwritten: usize,
}

impl Socket {
    /// Connects to a DevTools WebSocket URL; headers of the request (authentication) are sent as they are.
    ///
    /// # Errors
    /// When the address cannot be reached, the handshake is refused, or the deadline passes.
    pub async fn connect(request: impl IntoClientRequest + Unpin, deadline: Deadline) -> io::Result<Self> {
        // Replies have no size limit of ours (an accessibility tree is 6 MB, a trace more); 128 KiB is the
        // read buffer that cost least for a reply of 6 MB (1.6 ms of CPU; 3.9 ms with 4 KiB).
        let config = WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None)
            .read_buffer_size(128 << 10);
        let connecting = tokio_tungstenite::connect_async_with_config(request, Some(config), true);
        match deadline.run(connecting).await {
            Ok(Ok((stream, _))) => Ok(Self { stream, unwritten: 0 }),
            Ok(Err(error)) => Err(io::Error::other(error)),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the WebSocket handshake took too long")),
        }
    }
}

impl Transport for Socket {
    fn queue(&mut self, message: String) {
        self.unwritten += message.len();
        // The write buffer of the library is unbounded by default, so this only fails on a closed socket,
        // which the next turn reports.
        self.stream.start_send_unpin(Message::text(message)).ok();
    }

    fn has_room(&self) -> bool {
        self.unwritten < MOST_UNWRITTEN
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Poll::Ready(flushed) = self.stream.poll_flush_unpin(cx) {
            match flushed {
                Ok(()) => self.unwritten = 0,
                Err(error) => return Poll::Ready(ended(error)),
            }
        }
        loop {
            return match self.stream.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(Message::Text(text)))) => Poll::Ready(Some(Ok(text.into()))),
                Poll::Ready(Some(Ok(Message::Binary(bytes)))) => Poll::Ready(Some(Ok(bytes))),
                Poll::Ready(Some(Ok(Message::Close(_))) | None) => Poll::Ready(None),
                Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => continue,
                Poll::Ready(Some(Err(error))) => Poll::Ready(ended(error)),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

fn ended(error: WsError) -> Option<io::Result<Bytes>> {
    let hung_up = matches!(error, WsError::ConnectionClosed | WsError::AlreadyClosed);
    (!hung_up).then(|| Err(io::Error::other(error)))
}
