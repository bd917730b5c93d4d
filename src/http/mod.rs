//! The control API on base+2, folded from the registry of operations.
//!
//! It knows HTTP and nothing of pages: a request becomes `ops::call::Request`, the answer is written as it comes.
//!
//! **Invariant**: nothing is answered, not even "not found", before the door has let the request in.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::auth::{Door, Knock, Refusal};
use crate::deadline::Deadline;
use crate::ops::call::{self, Answer, Verb};
use crate::ops::{Code, Error};
use crate::service::Service;

/// The largest body (contract 1.7).
const LARGEST_BODY: usize = 1 << 20;
/// How long a body may take to arrive: one byte a second is no request.
const SLOWEST_BODY: Duration = Duration::from_secs(15);

struct Face {
    service: Service,
    door: Door,
}

/// The control API of a service, behind a door.
pub fn router(service: Service, door: Door) -> Router {
    // One fallback instead of routes: the registry knows the paths, and a router would answer 404 and 405 in words
    // of its own before the door was asked.
    Router::new().fallback(serve).with_state(Arc::new(Face { service, door }))
}

async fn serve(State(face): State<Arc<Face>>, request: Request) -> Response {
    let answer = handle(&face, request).await.unwrap_or_else(Answer::from);
    let mut response = json_response(answer.status, &answer.body);
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(millis) = answer.retry_after_ms() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(millis.div_ceil(1000)));
    }
    response
}

async fn handle(face: &Face, request: Request) -> Result<Answer, Error> {
    let (parts, body) = request.into_parts();
    let knock = Knock::from_headers(&parts.method, &parts.headers);
    face.door.admit(&knock).map_err(|refusal| turned_away(&refusal))?;
    let verb = match parts.method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Post,
        Method::DELETE => Verb::Delete,
        _ => return Err(Error::new(Code::NoRoute, "Not Found")),
    };
    let (body, unread) = read_body(&parts.headers, body).await?;
    let (query, repeated) = read_query(parts.uri.query().unwrap_or_default());
    let unread = unread.into_iter().chain(repeated).collect();
    let path = parts.uri.path().to_owned();
    let request = call::Request { verb, path, query, body, unread, timeout_ms: None };
    Ok(call::answer(&face.service, request).await)
}

fn turned_away(refusal: &Refusal) -> Error {
    let code = match refusal.status() {
        StatusCode::UNAUTHORIZED => Code::Unauthorized,
        StatusCode::FORBIDDEN => Code::Forbidden,
        _ => Code::InvalidRequest,
    };
    Error::new(code, refusal.to_string())
}

/// Reads a query. Of a parameter that is given more than once the last one counts, and that is told.
fn read_query(query: &str) -> (Map<String, Value>, BTreeSet<String>) {
    let (mut read, mut repeated) = (Map::new(), BTreeSet::new());
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if read.insert(key.clone().into_owned(), value.into()).is_some() {
            repeated.insert(format!("field \"{key}\" is given more than once: the last one counts"));
        }
    }
    (read, repeated)
}

/// Reads a JSON body; one of another type counts as empty, as in the original, and why is told.
async fn read_body(headers: &HeaderMap, body: Body) -> Result<(Value, Option<String>), Error> {
    let reading = Deadline::after(SLOWEST_BODY).run(to_bytes(body, LARGEST_BODY)).await;
    let bytes = match reading {
        Err(_) => return Err(Error::new(Code::BodyTooSlow, "the body took too long to arrive")),
        Ok(Err(_)) => return Err(Error::new(Code::BodyTooLarge, "the body is larger than 1 MB")),
        Ok(Ok(bytes)) => bytes,
    };
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let is_json = content_type.split(';').next().is_some_and(|t| {
        let t = t.trim().to_ascii_lowercase();
        t == "application/json" || t.ends_with("+json")
    });
    if bytes.is_empty() {
        return Ok((Value::Null, None));
    }
    if !is_json {
        let named = if content_type.is_empty() { "missing".to_owned() } else { format!("{content_type:?}") };
        let why = format!("the body was ignored: its Content-Type is {named}, not application/json");
        return Ok((Value::Null, Some(why)));
    }
    let wrong = |why: String| Error::new(Code::InvalidRequest, why);
    match serde_json::from_slice(&bytes) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok((value, None)),
        Ok(_) => Err(wrong(
            "the body must be a JSON object, such as {\"kind\": \"click\", \"ref\": \"e1\"}".to_owned(),
        )),
        Err(e) => Err(wrong(format!(
            "the body is not JSON: {e}; send an object with Content-Type application/json"
        ))),
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body.to_string()).into_response()
}
