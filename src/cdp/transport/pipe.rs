//! `--remote-debugging-pipe`: JSON messages, each ended by a NUL byte, over two pipes to a child process.
//! When our ends close, Chromium exits by itself.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWrite;
use tokio::net::unix::pipe;
use tokio_util::io::poll_read_buf;

use super::{MOST_UNWRITTEN, Transport};

/// No message is as long: Chromium's own limit on what crosses its processes is 256 MB, and base64 adds a third.
const LONGEST_MESSAGE: usize = 512 << 20;

/// The two pipes to a browser.
#[derive(Debug)]
pub struct Pipe {
    to: pipe::Sender,
    from: pipe::Receiver,
    unwritten: BytesMut,
    unread: BytesMut,
    /// How much of `unread` is known to hold no NUL.
    scanned: usize,
}

impl Pipe {
    /// Takes our ends of the pipes; they become non-blocking, the browser's ends stay as they are.
    ///
    /// # Errors
    /// When a descriptor is not a pipe.
    pub fn new(to_browser: OwnedFd, from_browser: OwnedFd) -> io::Result<Self> {
        // A larger kernel buffer means fewer wake-ups for large replies; the default of 64 KiB works too.
        rustix::pipe::fcntl_setpipe_size(&from_browser, 1 << 20).ok();
        Ok(Self {
            to: pipe::Sender::from_owned_fd(to_browser)?,
            from: pipe::Receiver::from_owned_fd(from_browser)?,
            unwritten: BytesMut::new(),
            unread: BytesMut::new(),
            scanned: 0,
        })
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.unwritten.is_empty() {
            match Pin::new(&mut self.to).poll_write(cx, &self.unwritten) {
                Poll::Ready(Ok(written)) => self.unwritten.advance(written),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    fn next_whole(&mut self) -> Option<Bytes> {
        let Some(end) = memchr::memchr(0, &self.unread[self.scanned..]) else {
            self.scanned = self.unread.len();
            return None;
        };
        let message = self.unread.split_to(self.scanned + end).freeze();
        self.unread.advance(1);
        self.scanned = 0;
        Some(message)
    }
}

impl Transport for Pipe {
    fn queue(&mut self, message: String) {
        self.unwritten.extend_from_slice(message.as_bytes());
        self.unwritten.extend_from_slice(b"\0");
    }

    fn has_room(&self) -> bool {
        self.unwritten.len() < MOST_UNWRITTEN
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Err(error) = self.poll_write(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            if let Some(message) = self.next_whole() {
                return Poll::Ready(Some(Ok(message)));
            }
            if self.unread.len() > LONGEST_MESSAGE {
                let text = "a message of the browser is longer than 512 MB";
                return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::InvalidData, text))));
            }
            self.unread.reserve(64 << 10);
            match poll_read_buf(Pin::new(&mut self.from), cx, &mut self.unread) {
                Poll::Ready(Ok(0)) => return Poll::Ready(None),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
