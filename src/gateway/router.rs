//! The base port as an axum router: upgrades, health probes, and one answer for everything else.
//! It must not listen, and it must not know frames.

use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::doorstep::Pass;
use super::frame::milliseconds;
use super::hello::MOST_PAYLOAD;
use super::proof::Rejection;
use super::{Gateway, connection, film};
use crate::auth::{Knock, Refusal};

/// Where viewers come (contract 9).
const SCREENCAST: &str = "/browser/screencast";

/// The routes of the base port, for a server of one's own. [`Gateway::serve`] also holds those to limits who have not
/// proven themselves; here that is the server's business.
pub fn router(gateway: Gateway) -> Router {
    // One fallback instead of routes: WebSockets come on any path, and a router would answer in its own words.
    Router::new().fallback(answer).with_state(gateway).layer(map_response(guarded))
}

async fn answer(
    State(gateway): State<Gateway>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let (method, headers) = (request.method(), request.headers());
    let knock = Knock::from_headers(method, headers);
    if let Err(refusal) = gateway.admission.check_origin(&knock) {
        return foreign(&refusal);
    }
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pass = request.extensions().get::<ConnectInfo<Pass>>().map(|info| info.0.clone()).unwrap_or_default();
    if wants_websocket(headers) {
        if request.uri().path() == SCREENCAST {
            return show(gateway, upgrade, request.uri().query().unwrap_or_default(), pass);
        }
        return welcome(gateway, upgrade, origin, pass);
    }
    if let Some(response) = probe(&gateway, method, request.uri().path()) {
        return response;
    }
    match gateway.admission.check_headers(&knock, origin) {
        Ok(()) => {
            pass.admit();
            json_answer(StatusCode::NOT_FOUND, &json!({ "error": "Not Found" }))
        }
        Err(rejection) => unauthorized(rejection),
    }
}

fn wants_websocket(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// A viewer with a ticket. A ticket that is not good is refused before the upgrade, as the existing gateway does.
fn show(
    gateway: Gateway,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    query: &str,
    pass: Pass,
) -> Response {
    let upgrade = match upgraded(upgrade) {
        Ok(upgrade) => upgrade,
        Err(response) => return *response,
    };
    let ticket = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    let Some(film) = ticket.and_then(|(_, ticket)| (gateway.settings.films)(&ticket)) else {
        let text =
            "this ticket was never given out, was used, or is too old; POST /screencast gives a new one";
        return refusal(StatusCode::UNAUTHORIZED, "unauthorized", text);
    };
    pass.upgrade();
    pass.admit();
    let (clients, stop) = (gateway.clients.clone(), gateway.settings.stop.clone());
    // A viewer has nothing to say.
    let upgrade = upgrade.max_message_size(4 << 10).max_frame_size(4 << 10).read_buffer_size(4 << 10);
    upgrade.on_upgrade(move |socket| clients.track_future(film::show(socket, film, stop)))
}

/// The handshake of a WebSocket, or why it is none.
fn upgraded(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<WebSocketUpgrade, Box<Response>> {
    upgrade.map_err(|rejection| {
        let text = "not a WebSocket handshake of version 13";
        refusal(rejection.into_response().status(), "invalid_request_error", text).into()
    })
}

fn welcome(
    gateway: Gateway,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    origin: &str,
    pass: Pass,
) -> Response {
    let upgrade = match upgraded(upgrade) {
        Ok(upgrade) => upgrade,
        Err(response) => return *response,
    };
    pass.upgrade();
    let (clients, origin) = (gateway.clients.clone(), origin.to_owned());
    // The answers of browsers are large and rare: a small read buffer keeps an idle client cheap.
    upgrade
        .max_message_size(MOST_PAYLOAD)
        .max_frame_size(MOST_PAYLOAD)
        .read_buffer_size(16 << 10)
        .on_upgrade(move |socket| clients.track_future(connection::serve(gateway, socket, origin, pass)))
}

/// The health probes; nothing for other paths.
fn probe(gateway: &Gateway, method: &Method, path: &str) -> Option<Response> {
    let uptime = milliseconds(gateway.uptime());
    let is_stopping = gateway.settings.stop.is_cancelled();
    let failing: &[&str] = if is_stopping { &["stopping"] } else { &[] };
    let body = match path {
        "/health" | "/healthz" => json!({ "ok": true, "status": "live" }),
        "/ready" | "/readyz" => json!({ "ready": !is_stopping, "failing": failing, "uptimeMs": uptime }),
        "/startup" | "/startupz" => {
            json!({ "ok": true, "status": "started", "version": env!("CARGO_PKG_VERSION"), "uptimeMs": uptime })
        }
        _ => return None,
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        let text = "use GET or HEAD";
        let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", text);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    let is_unready = body["ready"] == false;
    Some(json_answer(if is_unready { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, &body))
}

fn foreign(found: &Refusal) -> Response {
    let kind = match found {
        Refusal::Forwarded { .. } => "proxy_attribution_required",
        Refusal::Malformed { .. } => "invalid_request_error",
        Refusal::MissingHost
        | Refusal::ForeignHost { .. }
        | Refusal::ForeignOrigin { .. }
        | Refusal::CrossSite
        | Refusal::ForeignReferer { .. }
        | Refusal::NoCredential
        | Refusal::WrongCredential => "forbidden",
    };
    refusal(found.status(), kind, &found.to_string())
}

fn unauthorized(rejection: Rejection) -> Response {
    match rejection {
        Rejection::Missing | Rejection::Wrong => {
            let mut response = refusal(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Rejection::LockedOut(left) => {
            let text = "too many failed authentication attempts (retry later)";
            later(refusal(StatusCode::TOO_MANY_REQUESTS, "rate_limited", text), left)
        }
    }
}

/// A refusal: `{"error":{"message","type"}}`.
fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    json_answer(status, &json!({ "error": { "message": message, "type": kind } }))
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

/// Adds when to try again, in whole seconds, rounded up.
fn later(mut response: Response, span: Duration) -> Response {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Puts the headers on that every answer carries, refusals too.
async fn guarded(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
