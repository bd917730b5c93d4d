//! A page on paper: Chromium prints it, and the file is streamed, never held whole.

use base64::Engine;
use serde::Deserialize;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::Page;
use super::error::Error;
use crate::cdp::browser_protocol::io::{CloseParams, ReadParams};
use crate::cdp::browser_protocol::page::{PrintToPdfParams, PrintToPdfTransferMode};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;

/// How much of a stream is asked for at once.
const PIECE: i64 = 1 << 20;

#[derive(Deserialize)]
struct Printed {
    stream: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    data: String,
    #[serde(default)]
    base64_encoded: bool,
    #[serde(default)]
    eof: bool,
}

impl Page {
    /// Prints the page as PDF, with its backgrounds, into `sink`.
    ///
    /// # Errors
    /// When it does not answer in time; [`Error::Unanswered`] when the sink takes no more.
    pub async fn pdf(&self, sink: &mut (impl AsyncWrite + Unpin), deadline: Deadline) -> Result<(), Error> {
        let print = PrintToPdfParams {
            print_background: Some(true),
            transfer_mode: Some(PrintToPdfTransferMode::ReturnAsStream),
            ..Default::default()
        };
        let printed = async { Ok(self.session.call(Call::of(&print), deadline).await?) };
        let Printed { stream } = self.unless_dialog(printed).await?.parse()?;
        let copied = copy(&self.session, &stream, sink, deadline).await;
        // The browser forgets it with the tab, at the latest.
        self.session.send(&CloseParams::new(stream), deadline).await.ok();
        copied
    }
}

/// Copies one of the browser's streams.
async fn copy(
    session: &Session,
    stream: &str,
    sink: &mut (impl AsyncWrite + Unpin),
    deadline: Deadline,
) -> Result<(), Error> {
    let unwritten =
        |error: std::io::Error| Error::Unanswered(format!("the file could not be written: {error}"));
    loop {
        let read = ReadParams { size: Some(PIECE), ..ReadParams::new(stream.to_owned()) };
        let Piece { data, base64_encoded, eof } = session.call(Call::of(&read), deadline).await?.parse()?;
        let bytes = if base64_encoded {
            base64::engine::general_purpose::STANDARD
                .decode(data)
                .map_err(|e| Error::Unanswered(format!("the browser's file is not base64: {e}")))?
        } else {
            data.into_bytes()
        };
        sink.write_all(&bytes).await.map_err(unwritten)?;
        if eof {
            return sink.flush().await.map_err(unwritten);
        }
    }
}
