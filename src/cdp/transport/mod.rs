//! How messages reach a browser: a pipe to a child process, a WebSocket, or an in-memory pair for tests.
//!
//! A transport moves whole messages and knows nothing of what they say.

mod memory;
mod pipe;
mod socket;

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;

pub use memory::{Far, memory};
pub use pipe::Pipe;
pub use socket::Socket;

/// Bytes that may wait to be written before the actor stops taking commands: the browser does not read.
const MOST_UNWRITTEN: usize = 16 << 20;

/// Moves messages both ways. Polled by the one task that owns it, so reading and writing never wait for
/// each other.
pub trait Transport: Send + 'static {
    /// Puts one message behind those that wait to be written.
    fn queue(&mut self, message: String);

    /// Whether there is room to queue more.
    fn has_room(&self) -> bool;

    /// Writes what can be written and yields the next message; `None` is the end.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>>;
}
