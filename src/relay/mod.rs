//! What answers on a browser's leased CDP port. The browser itself has no port: the gateway listens in its place,
//! so the port is leased by the kernel, authenticated by us, and gone when we are.
//!
//! It knows browsers by their version only; it never sees pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::{Credential, Door, Knock};
use crate::browser::Browser;
use crate::pool::{Front, FrontTasks, PortLease};
use crate::profile::ProfileName;

/// Serves leased ports with the gateway's own credential.
#[derive(Debug)]
pub struct Relay {
    credential: Credential,
}

impl Relay {
    /// A relay that lets in whoever knows the gateway's secret.
    pub fn new(credential: Credential) -> Self {
        Self { credential }
    }
}

struct Endpoint {
    browser: Browser,
    door: Door,
}

impl Front for Relay {
    fn serve(&self, profile: &ProfileName, port: &PortLease, browser: &Browser, tasks: &FrontTasks) {
        let door = Door::new(self.credential.clone(), &[port.number()]).for_own_pages();
        let router =
            Router::new().fallback(answer).with_state(Arc::new(Endpoint { browser: browser.clone(), door }));
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

/// `GET /json/version`, as Chromium answers it. The WebSocket endpoint is not there yet, so no URL of one is told.
#[derive(Serialize)]
struct VersionAnswer<'a> {
    #[serde(rename = "Browser")]
    browser: &'a str,
    #[serde(rename = "Protocol-Version")]
    protocol_version: &'a str,
    #[serde(rename = "User-Agent")]
    user_agent: &'a str,
    #[serde(rename = "V8-Version")]
    v8_version: &'a str,
    #[serde(rename = "WebKit-Version")]
    webkit_version: &'a str,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
}

async fn answer(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let token = Query::<Token>::try_from_uri(request.uri()).ok().and_then(|query| query.0.token);
    let knock = Knock::from_headers(request.method(), request.headers());
    let admitted = endpoint
        .door
        .check_origin(&knock)
        .and_then(|()| endpoint.door.check_cdp_credential(&knock, token.as_deref()));
    if let Err(refusal) = admitted {
        return respond(refusal.status(), &json!({ "error": refusal.to_string() }));
    }
    match (request.method(), request.uri().path().trim_end_matches('/')) {
        (&Method::GET | &Method::HEAD, "/json/version") => {
            let version = endpoint.browser.version();
            let answer = VersionAnswer {
                browser: &version.product,
                protocol_version: &version.protocol_version,
                user_agent: &version.user_agent,
                v8_version: &version.js_version,
                webkit_version: &version.revision,
            };
            respond(StatusCode::OK, &answer)
        }
        _ => {
            let error = "Not Found: this version answers GET /json/version only";
            respond(StatusCode::NOT_FOUND, &json!({ "error": error }))
        }
    }
}

fn respond(status: StatusCode, body: &impl Serialize) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/json; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
    let body = serde_json::to_string(body).expect("an answer is plain data");
    (status, headers, body).into_response()
}
