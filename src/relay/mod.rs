//! What answers on a browser's leased CDP port. The browser itself has no port: the gateway listens in its place,
//! so the port is leased by the kernel, authenticated by us, and gone when we are.
//!
//! Many clients share the one pipe to the browser: each has a channel of its own and gets what is its own. Whoever shows
//! the secret of a lease gets a browser that has what is leased and nothing else.
//! It knows browsers and messages; it never sees pages.

mod client;
mod guest;
mod message;
mod rules;
mod targets;

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Credential, Door, Knock, Refusal};
use crate::browser::Browser;
use crate::pool::{Front, FrontTasks, Lease, Served};
use crate::profile::CdpAuth;
use client::Channel;
use guest::Guest;

/// Chromium's own limit for a message of a client.
const LONGEST_MESSAGE: usize = 256 << 20;

/// What a stranger is told: clients that can send no header have the URL.
const UNKNOWN: &str = "unauthorized: send the gateway's token or password as \"Authorization: Bearer\", as the password of \
                       HTTP Basic, or as ?token= in the URL";

/// Serves leased ports with the gateway's own credential.
#[derive(Debug)]
pub struct Relay {
    credential: Credential,
    evaluates: bool,
}

impl Relay {
    /// A relay that lets in whoever knows the gateway's secret; `evaluates`: clients may run code of their own in pages.
    pub fn new(credential: Credential, evaluates: bool) -> Self {
        Self { credential, evaluates }
    }
}

struct Endpoint {
    served: Served,
    /// What the browser is called in its WebSocket's path.
    id: String,
    door: Door,
    evaluates: bool,
    stop: CancellationToken,
    clients: TaskTracker,
}

impl Front for Relay {
    fn serve(&self, served: &Served, tasks: &FrontTasks) {
        let Served { profile, port, .. } = served;
        let endpoint = Endpoint {
            served: served.clone(),
            id: targets::new_id(),
            door: Door::new(self.credential.clone(), &[port.number()]).for_own_pages().for_devtools(),
            evaluates: self.evaluates,
            stop: tasks.stop.clone(),
            clients: tasks.tracker.clone(),
        };
        let router = Router::new().fallback(answer).with_state(Arc::new(endpoint));
        let listeners = match port.listeners() {
            Ok(listeners) => listeners,
            Err(error) => {
                tracing::warn!(%profile, %error, "the CDP port cannot be served");
                return;
            }
        };
        for listener in listeners {
            let (router, stop) = (router.clone(), tasks.stop.clone());
            tasks.tracker.spawn(async move {
                let served = async {
                    listener.set_nonblocking(true)?;
                    let listener = tokio::net::TcpListener::from_std(listener)?;
                    axum::serve(listener, router).await
                };
                tokio::select! {
                    ended = served => if let Err(error) = ended {
                        tracing::warn!(%error, "the CDP port is served no longer");
                    },
                    () = stop.cancelled() => {}
                }
            });
        }
    }
}

impl Endpoint {
    /// Lets in whoever knows the gateway's secret, or that of a lease: then only to what is leased. Where nothing must be
    /// shown, who shows something is still held to it: a lease that has ended does not open the whole browser.
    fn admit(&self, knock: &Knock<'_>, token: Option<&str>) -> Result<Option<Lease>, Refusal> {
        self.door.check_origin(knock)?;
        let secret = match Door::cdp_secret(knock, token) {
            Err(Refusal::NoCredential) if self.served.auth == CdpAuth::Nothing => {
                return self.door.check_no_page(knock).map(|()| None);
            }
            shown => shown?,
        };
        let lease = self.served.leases.by_secret(&self.served.profile, &secret);
        if lease.is_none() {
            self.door.check_cdp_credential(knock, token)?;
        }
        Ok(lease)
    }
}

async fn answer(
    State(endpoint): State<Arc<Endpoint>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let (token, query) = targets::split_token(request.uri().query().unwrap_or_default());
    let knock = Knock::from_headers(request.method(), request.headers());
    let lease = match endpoint.admit(&knock, token.as_deref()) {
        Ok(lease) => lease,
        Err(refusal) => {
            let status = refusal.status();
            let is_stranger = status == StatusCode::UNAUTHORIZED;
            let error = if is_stranger { UNKNOWN.to_owned() } else { refusal.to_string() };
            return respond(status, &json!({ "error": error }));
        }
    };
    let browser = lease.as_ref().map_or(&endpoint.served.browser, Lease::browser);
    let path = request.uri().path().trim_end_matches('/');
    if let Some(target) = path.strip_prefix("/devtools/") {
        return connect(&endpoint, browser, lease.as_ref(), upgrade, target).await;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let place = targets::Place { host, browser: &endpoint.id, token: token.as_deref() };
    targets::answer(browser, &endpoint.served.descriptor, &place, request.method(), path, &query).await
}

/// A client's socket: `browser`, `browser/<id>` or `page/<target id>`.
async fn connect(
    endpoint: &Endpoint,
    browser: &Browser,
    lease: Option<&Lease>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    target: &str,
) -> Response {
    let target = match target.split_once('/') {
        None if target == "browser" => None,
        Some(("browser", id)) if id == endpoint.id => None,
        Some(("page", id)) => Some(id),
        _ => {
            let error =
                "Not Found: the browser has another id now; read webSocketDebuggerUrl of /json/version";
            return respond(StatusCode::NOT_FOUND, &json!({ "error": error }));
        }
    };
    let Ok(upgrade) = upgrade else {
        let error = "this is a WebSocket: connect with ws://";
        return respond(StatusCode::UPGRADE_REQUIRED, &json!({ "error": error }));
    };
    let guest = lease.map(|lease| Guest::new(lease.clone(), endpoint.served.leases.clone()));
    let channel = match Channel::open(browser.clone(), guest, target, endpoint.evaluates).await {
        Ok(channel) => channel,
        Err(error) => {
            let status = if target.is_some() { StatusCode::NOT_FOUND } else { StatusCode::BAD_GATEWAY };
            return respond(status, &json!({ "error": error.to_string() }));
        }
    };
    let (stop, clients) = (endpoint.stop.clone(), endpoint.clients.clone());
    let upgrade = upgrade.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE);
    upgrade.on_upgrade(move |socket| clients.track_future(channel.serve(socket, stop)))
}

fn respond(status: StatusCode, body: &impl Serialize) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/json; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
    let body = serde_json::to_string(body).expect("an answer is plain data");
    (status, headers, body).into_response()
}
