//! The gateway: WebSocket and HTTP on the instance's base port, and the client that the command line reaches it with.
//!
//! It knows frames, handshakes and who may call what. It must not know browsers or single operations: one function,
//! [`Operations`], answers what `browser.request` asks. It does not listen on its own account; the composition root
//! hands it a bound listener.
//!
//! **Invariants**: nothing but the health probes is answered before the secret was right; a client that does not read
//! or does not speak costs nobody else anything; a client's calls end when it goes.

mod admission;
mod browser_request;
pub mod client;
mod connect;
mod connection;
mod doorstep;
mod film;
mod frame;
mod guesses;
mod handshake;
mod hello;
mod methods;
mod outbound;
mod proof;
mod redact;
mod reports;
mod router;
mod schema;
mod scopes;
mod visitor;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use router::router;

use crate::auth::Credential;
use crate::ops::call::{Answer, Request};
use crate::ops::screencast::Shown;
use admission::Admission;
use doorstep::{Doorstep, Pass};

/// The one function that answers what `browser.request` asks; dropping the future cancels the call.
pub type Operations = Arc<dyn Fn(Request) -> BoxFuture<'static, Answer> + Send + Sync>;

/// The film that a ticket lets watch, once; none when the ticket is not good. Dropping the stream ends the film.
pub type Films = Arc<dyn Fn(&str) -> Option<BoxStream<'static, Shown>> + Send + Sync>;

/// What a gateway is made of.
#[derive(Clone)]
pub struct Settings {
    /// The secret and the mode.
    pub credential: Credential,
    /// The port that it is reached at: what a `Host` header must name and whose pages may connect.
    pub port: u16,
    /// The instance's config file; `config.get` shows it without its secrets.
    pub config_path: PathBuf,
    /// The instance's state dir.
    pub state_dir: PathBuf,
    /// How long a client may take to connect; see [`Settings::handshake_timeout`].
    pub handshake: Duration,
    /// Answers `browser.request`.
    pub operations: Operations,
    /// Shows tabs to viewers.
    pub films: Films,
    /// Fires when the gateway stops: clients are told and closed.
    pub stop: CancellationToken,
}

impl Settings {
    /// The handshake's time limit: 15 s, which `OPENCLAW_HANDSHAKE_TIMEOUT_MS` may raise but not lower.
    #[must_use]
    pub fn handshake_timeout(variable: Option<&str>) -> Duration {
        let wanted = variable.and_then(|text| text.trim().parse().ok()).map(Duration::from_millis);
        wanted.unwrap_or_default().clamp(Duration::from_secs(15), Duration::from_secs(600))
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("port", &self.port).finish_non_exhaustive()
    }
}

/// A gateway. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Gateway {
    settings: Arc<Settings>,
    admission: Arc<Admission>,
    clients: TaskTracker,
    started: Instant,
}

impl Gateway {
    /// A gateway that answers as `settings` say.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let admission = Arc::new(Admission::new(&settings.credential, settings.port));
        Self { settings: Arc::new(settings), admission, clients: TaskTracker::new(), started: Instant::now() }
    }

    /// Answers on `listener` until the token fires; open HTTP requests are answered then. May run for several listeners.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let doorstep = Doorstep::new(listener, self.settings.handshake);
        let stop = self.settings.stop.clone();
        let service = router(self).into_make_service_with_connect_info::<Pass>();
        axum::serve(doorstep, service).with_graceful_shutdown(stop.cancelled_owned()).await
    }

    /// Waits until every client was told of the end and is gone; to be called after the token fired.
    pub async fn closed(&self) {
        self.clients.close();
        self.clients.wait().await;
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Milliseconds since 1970, as the protocol dates its events.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, frame::milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_timeout_can_only_be_raised() {
        for (variable, seconds) in [
            (None, 15),
            (Some(""), 15),
            (Some("x"), 15),
            (Some("1000"), 15),
            (Some(" 20000 "), 20),
            (Some("9999999"), 600),
        ] {
            let expected = Duration::from_secs(seconds);
            assert_eq!(Settings::handshake_timeout(variable), expected, "{variable:?}");
        }
    }
}
