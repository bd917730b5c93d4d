//! A socket that holds a stranger to its limits until it is admitted; then it is the socket and nothing else.
//! It must not know who admits.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::doorstep::Pass;

/// A socket and what it may do.
#[derive(Debug)]
pub(super) struct Visitor {
    stream: TcpStream,
    pass: Pass,
    patience: Pin<Box<Sleep>>,
    evicted: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Visitor {
    pub(super) fn new(stream: TcpStream, pass: Pass, patience: Duration) -> Self {
        let evicted = Box::pin(pass.evicted().clone().cancelled_owned());
        Self { stream, pass, patience: Box::pin(sleep(patience)), evicted }
    }

    pub(super) fn pass(&self) -> &Pass {
        &self.pass
    }

    /// Reads no more than a stranger may send.
    fn poll_stranger(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let is_upgraded = self.pass.is_upgraded();
        if self.evicted.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        if !is_upgraded && self.patience.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let allowance = self.pass.allowance();
        if allowance == 0 {
            if !is_upgraded {
                return Poll::Ready(Err(ErrorKind::InvalidData.into()));
            }
            // The handshake says why it ends; until the client has read that, what it sends goes nowhere.
            self.pass.overrun().cancel();
            return self.poll_discard(cx);
        }
        let room = buf.initialize_unfilled_to(buf.remaining().min(allowance));
        let mut limited = ReadBuf::new(room);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut limited))?;
        let read = limited.filled().len();
        buf.advance(read);
        self.pass.spend(read);
        Poll::Ready(Ok(()))
    }

    /// Reads and forgets until the other end closes.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; 4096];
        loop {
            let mut scratch = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut scratch))?;
            if scratch.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncRead for Visitor {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.pass.is_admitted() {
            Pin::new(&mut this.stream).poll_read(cx, buf)
        } else {
            this.poll_stranger(cx, buf)
        }
    }
}

impl AsyncWrite for Visitor {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
