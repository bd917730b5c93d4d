//! The control API on base+2, folded from the registry of operations.
//!
//! It knows HTTP and nothing of pages: a request becomes `ops::call::Request`, the answer is written as it comes.
//!
//! **Invariant**: nothing is answered, not even "not found", before the door has let the request in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::auth::{Door, Knock};
use crate::deadline::Deadline;
use crate::ops::call::{self, Answer, Verb};
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
    match handle(&face, request).await {
        Ok(Answer { status, body }) => json_response(status, &body),
        Err(refused) => refused,
    }
}

async fn handle(face: &Face, request: Request) -> Result<Answer, Response> {
    let (parts, body) = request.into_parts();
    let knock = Knock::from_headers(&parts.method, &parts.headers);
    face.door.admit(&knock).map_err(|refusal| {
        let mut response = error(refusal.status(), &refusal.to_string());
        if refusal.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    })?;
    let verb = match parts.method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Post,
        Method::DELETE => Verb::Delete,
        _ => return Err(error(StatusCode::NOT_FOUND, "Not Found")),
    };
    let body = read_body(&parts.headers, body).await?;
    let query = parts.uri.query().unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect::<Map<_, _>>();
    let path = parts.uri.path().to_owned();
    Ok(call::answer(&face.service, call::Request { verb, path, query, body, timeout_ms: None }).await)
}

/// Reads a JSON body; one of another type counts as empty, as in the original.
async fn read_body(headers: &HeaderMap, body: Body) -> Result<Value, Response> {
    let reading = Deadline::after(SLOWEST_BODY).run(to_bytes(body, LARGEST_BODY)).await;
    let bytes = match reading {
        Err(_) => {
            return Err(error(
                StatusCode::REQUEST_TIMEOUT,
                "the body took too long to arrive; send it at once",
            ));
        }
        Ok(Err(_)) => {
            return Err(error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is larger than 1 MB; send less at once",
            ));
        }
        Ok(Ok(bytes)) => bytes,
    };
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let is_json = content_type.split(';').next().is_some_and(|t| {
        let t = t.trim().to_ascii_lowercase();
        t == "application/json" || t.ends_with("+json")
    });
    if bytes.is_empty() || !is_json {
        return Ok(Value::Null);
    }
    let wrong = |why: String| error(StatusCode::BAD_REQUEST, &why);
    match serde_json::from_slice(&bytes) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
        Ok(_) => Err(wrong(
            "the body must be a JSON object, such as {\"kind\": \"click\", \"ref\": \"e1\"}".to_owned(),
        )),
        Err(e) => Err(wrong(format!(
            "the body is not JSON: {e}; send an object with Content-Type application/json"
        ))),
    }
}

fn error(status: StatusCode, message: &str) -> Response {
    json_response(status.as_u16(), &json!({ "error": message }))
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
