//! The listener of the base port: whoever connects is a stranger until it has proven itself, and strangers are few,
//! send little and do not stay. It must not know HTTP, frames or the secret.
//!
//! Why not limits in HTTP alone: a socket that never sends a request, or sends it a byte at a time, meets none of them.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::handshake::MOST_BEFORE;
use super::visitor::Visitor;

/// So many strangers may be there; one more sends away the one that has been there longest, so that a crowd that never
/// speaks keeps nobody out who proves itself at once.
const MOST_STRANGERS: usize = 256;
/// What frames cost beside their payload, pings before the first one included.
const FRAMING: usize = 1 << 10;

/// A listener whose connections are strangers at first.
#[derive(Debug)]
pub(super) struct Doorstep {
    listener: TcpListener,
    patience: Duration,
    strangers: VecDeque<Weak<State>>,
}

/// What a connection may do; shared by its socket and those who judge it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Pass(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_admitted: AtomicBool,
    is_upgraded: AtomicBool,
    /// Bytes that it has sent since it connected, or was upgraded.
    sent: AtomicUsize,
    overrun: CancellationToken,
    evicted: CancellationToken,
}

impl Doorstep {
    /// A stranger that has sent no complete request within `patience` is sent away.
    pub(super) fn new(listener: TcpListener, patience: Duration) -> Self {
        Self { listener, patience, strangers: VecDeque::new() }
    }

    fn receive(&mut self, pass: &Pass) {
        self.strangers
            .retain(|state| state.upgrade().is_some_and(|state| !state.is_admitted.load(Ordering::Relaxed)));
        if self.strangers.len() >= MOST_STRANGERS
            && let Some(oldest) = self.strangers.pop_front().and_then(|state| state.upgrade())
        {
            oldest.evicted.cancel();
        }
        self.strangers.push_back(Arc::downgrade(&pass.0));
    }
}

impl Listener for Doorstep {
    type Io = Visitor;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Visitor, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Frames are small and awaited; a socket that cannot be told so is slower, no more.
        stream.set_nodelay(true).ok();
        let pass = Pass::default();
        self.receive(&pass);
        (Visitor::new(stream, pass, self.patience), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Doorstep>> for Pass {
    fn connect_info(stream: IncomingStream<'_, Doorstep>) -> Self {
        stream.io().pass().clone()
    }
}

impl Pass {
    /// It has proven itself: no limit holds any more.
    pub(super) fn admit(&self) {
        self.0.is_admitted.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_admitted(&self) -> bool {
        self.0.is_admitted.load(Ordering::Relaxed)
    }

    /// It becomes a WebSocket: it may send a first frame, for which the handshake has its own deadline.
    pub(super) fn upgrade(&self) {
        self.0.sent.store(0, Ordering::Relaxed);
        self.0.is_upgraded.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_upgraded(&self) -> bool {
        self.0.is_upgraded.load(Ordering::Relaxed)
    }

    /// How many bytes it may still send.
    pub(super) fn allowance(&self) -> usize {
        (MOST_BEFORE + FRAMING).saturating_sub(self.0.sent.load(Ordering::Relaxed))
    }

    /// It has sent so many bytes more.
    pub(super) fn spend(&self, bytes: usize) {
        self.0.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Fires when it has sent more than a stranger may.
    pub(super) fn overrun(&self) -> &CancellationToken {
        &self.0.overrun
    }

    /// Fires when it must go, to make room.
    pub(super) fn evicted(&self) -> &CancellationToken {
        &self.0.evicted
    }
}
