//! A viewer's socket: what is shown goes out as fast as the viewer reads, and nothing comes in.
//! It must not know tabs or tickets.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures::stream::BoxStream;
use futures::{SinkExt, StreamExt};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::handshake::FAREWELL;
use super::outbound::close_frame;
use crate::ops::screencast::Shown;

/// How often a viewer is pinged, and how long it may take to show a sign of life or to read what was written.
const PING: Duration = Duration::from_secs(25);

/// Shows a film until it ends, the viewer goes or does not read, or the gateway stops.
pub(super) async fn show(socket: WebSocket, mut film: BoxStream<'static, Shown>, stop: CancellationToken) {
    let (mut sink, stream) = socket.split();
    let mut stream = pin!(stream);
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_alive = true;
    let end = loop {
        let message = tokio::select! {
            biased;
            () = stop.cancelled() => break Some((1012, "service restart")),
            heard = stream.next() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => break None,
                Some(Ok(_)) => {
                    is_alive = true;
                    continue;
                }
            },
            shown = film.next() => match shown {
                Some(Shown::Told(text)) => Message::text(text.to_string()),
                Some(Shown::Picture { head, jpeg }) => Message::binary(framed(&head.to_string(), &jpeg)),
                Some(Shown::End { code, reason }) => break Some((code, reason)),
                None => break None,
            },
            _ = ping.tick() => {
                if !std::mem::take(&mut is_alive) {
                    break None;
                }
                Message::Ping(bytes::Bytes::new())
            }
        };
        let written = tokio::select! {
            written = timeout(PING, sink.send(message)) => matches!(written, Ok(Ok(()))),
            () = stop.cancelled() => true,
        };
        if !written {
            break None;
        }
    };
    drop(film);
    let farewell = async {
        if let Some((code, reason)) = end {
            sink.send(Message::Close(Some(close_frame(code, reason)))).await.ok();
        }
        sink.close().await.ok();
    };
    timeout(FAREWELL, farewell).await.ok();
}

/// A picture on the wire: the length of its head as four bytes, the highest first; the head, JSON; the JPEG.
fn framed(head: &str, jpeg: &[u8]) -> Vec<u8> {
    let length = u32::try_from(head.len()).unwrap_or_default().to_be_bytes();
    [&length, head.as_bytes(), jpeg].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_bears_its_head() {
        assert_eq!(framed("{}", &[0xff, 0xd8]), [0, 0, 0, 2, b'{', b'}', 0xff, 0xd8]);
    }
}
