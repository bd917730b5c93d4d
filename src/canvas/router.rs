//! The canvas host as an axum router: admission first, then one answer for every path.
//! It must not listen (the composition root does) nor know why a request is refused.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;

use super::answer;
use super::files::{self, Found};
use super::path::{MOUNT, Place, place};

/// Decides whether a request is let in, from its method and headers; otherwise the status to refuse with.
pub type Admission = Arc<dyn Fn(&Method, &HeaderMap) -> Result<(), StatusCode> + Send + Sync>;

/// The routes of the canvas host for one folder. The folder need not exist yet.
pub fn router(root: PathBuf, admission: Admission) -> Router {
    // One fallback instead of routes: a router would answer 404 and 405 on its own, in its own words.
    Router::new()
        .fallback(serve)
        .with_state(Arc::<Path>::from(root))
        .layer(from_fn_with_state(admission, admit))
        .layer(map_response(answer::guarded))
}

async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    match admission(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(StatusCode::UNAUTHORIZED) => {
            let text = "unauthorized: send the gateway's token as `Authorization: Bearer <token>`";
            let mut response = answer::refusal(StatusCode::UNAUTHORIZED, text);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
        Err(StatusCode::FORBIDDEN) => {
            let text =
                "forbidden: the Host or Origin of the request is not this gateway; ask 127.0.0.1 directly";
            answer::refusal(StatusCode::FORBIDDEN, text)
        }
        Err(status) => answer::refusal(status, status.canonical_reason().unwrap_or("refused")),
    }
}

async fn serve(State(root): State<Arc<Path>>, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    if !matches!(*method, Method::GET | Method::HEAD) {
        let text = format!("method {method} is not allowed here; use GET or HEAD");
        let mut response = answer::refusal(StatusCode::METHOD_NOT_ALLOWED, &text);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    if path == "/" {
        return answer::redirect(MOUNT);
    }
    let found = match place(path) {
        Some(place) => opened(root, place).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(found)) => answer::file(found, method == Method::HEAD),
        Ok(None) => answer::refusal(StatusCode::NOT_FOUND, &not_found(path)),
        Err(error) => {
            tracing::warn!(path, %error, "cannot serve a canvas file");
            let text = format!("cannot read the file at {}: {error}", shown(path));
            answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, &text)
        }
    }
}

/// The file at a place; the file system may block, so it is asked on the pool for that.
async fn opened(root: Arc<Path>, place: Place) -> std::io::Result<Option<Found>> {
    let found = tokio::task::spawn_blocking(move || files::find(&root, &place)).await;
    found.unwrap_or_else(|panicked| Err(std::io::Error::other(panicked)))
}

fn not_found(path: &str) -> String {
    let path = shown(path);
    if path.starts_with(MOUNT) {
        let index = files::INDEX;
        format!(
            "no file at {path}; put it into the canvas folder (a directory is shown by its {index}, links are not \
             followed)"
        )
    } else {
        format!("nothing at {path}; the canvas is at {MOUNT}")
    }
}

/// The path for an error text, not endless.
fn shown(path: &str) -> &str {
    &path[..path.floor_char_boundary(200)]
}
