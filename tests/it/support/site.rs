//! A site: pages of `tests/pages` and pages that a test writes in line, on a loopback port of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A web server with a few pages, which counts who asked for what.
#[derive(Clone)]
pub struct Site {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    pages: HashMap<String, Page>,
    asked: Vec<String>,
    headers: HashMap<String, HeaderMap>,
}

#[derive(Clone)]
enum Page {
    Html(String),
    Redirect(String),
    /// What scripts fetch, with headers of its own.
    Answer(Vec<(String, String)>, Vec<u8>),
    /// A status and no body.
    Status(u16),
    /// The server never answers.
    Never,
    /// It takes so long to answer.
    Slow(std::time::Duration, String),
    /// Only who says this in `Authorization` sees it.
    Guarded(String, String),
    File {
        disposition: Option<String>,
        body: Vec<u8>,
        end: End,
    },
}

/// How a file that is served ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Whole,
    /// In the middle: the server hangs up.
    BrokenOff,
    /// Never: the rest does not come.
    Held,
    /// With one more byte, after this time.
    Late(std::time::Duration),
}

impl Site {
    /// A new site; `/NAME.html` is a file of `tests/pages`.
    pub async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let site = Self { port, shared: Arc::default() };
        let router = Router::new().fallback(serve).with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        site
    }

    /// A site with one page at `/`.
    pub async fn with(html: &str) -> Self {
        let site = Self::new().await;
        site.page("/", html);
        site
    }

    /// Puts a page there.
    pub fn page(&self, path: &str, html: &str) {
        let html = format!("<!doctype html><meta charset=utf-8><title>{path}</title>{html}");
        self.shared.lock().unwrap().pages.insert(path.to_owned(), Page::Html(html));
    }

    /// Serves a page whose server is slow.
    pub fn slow_page(&self, path: &str, takes: std::time::Duration, html: &str) {
        self.shared.lock().unwrap().pages.insert(path.to_owned(), Page::Slow(takes, html.to_owned()));
    }

    /// Lets whoever asks for it wait for ever.
    pub fn page_that_never_comes(&self, path: &str) {
        self.shared.lock().unwrap().pages.insert(path.to_owned(), Page::Never);
    }

    /// Puts an answer there that is a status and no more.
    pub fn status(&self, path: &str, status: u16) {
        self.shared.lock().unwrap().pages.insert(path.to_owned(), Page::Status(status));
    }

    /// Puts a redirect (302) there.
    pub fn redirect(&self, path: &str, to: &str) {
        self.shared.lock().unwrap().pages.insert(path.to_owned(), Page::Redirect(to.to_owned()));
    }

    /// Puts something there that scripts fetch, with these headers; `:status` is among them where it is not 200.
    pub fn answer(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let answer = Page::Answer(headers.collect(), body.to_vec());
        self.shared.lock().unwrap().pages.insert(path.to_owned(), answer);
    }

    /// Puts a file there that browsers download; `name` is what the server says it is called.
    pub fn file(&self, path: &str, name: Option<&str>, body: &[u8]) {
        self.file_that_ends(path, name, body, End::Whole);
    }

    /// The same, with an end of its own.
    pub fn file_that_ends(&self, path: &str, name: Option<&str>, body: &[u8], end: End) {
        let disposition = name.map(|name| format!("attachment; filename=\"{name}\""));
        let file = Page::File { disposition, body: body.to_vec(), end };
        self.shared.lock().unwrap().pages.insert(path.to_owned(), file);
    }

    /// Puts a page there for whoever sends this `Authorization`; others are asked for it.
    pub fn guarded(&self, path: &str, authorization: &str, html: &str) {
        let page = Page::Guarded(authorization.to_owned(), html.to_owned());
        self.shared.lock().unwrap().pages.insert(path.to_owned(), page);
    }

    /// A header of the last request for a path.
    pub fn header(&self, path: &str, name: &str) -> Option<String> {
        let shared = self.shared.lock().unwrap();
        Some(shared.headers.get(path)?.get(name)?.to_str().unwrap_or_default().to_owned())
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The same under another name, which is another site to the browser.
    pub fn url_as(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// The paths that were asked for, in order, without favicons.
    pub fn asked(&self) -> Vec<String> {
        self.shared.lock().unwrap().asked.clone()
    }
}

async fn serve(State(site): State<Site>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let page = {
        let mut shared = site.shared.lock().unwrap();
        if path != "/favicon.ico" {
            shared.asked.push(path.clone());
            shared.headers.insert(path.clone(), request.headers().clone());
        }
        shared.pages.get(&path).cloned()
    };
    if path == "/favicon.ico" {
        // Not "missing": that would stand in every page's console.
        return StatusCode::NO_CONTENT.into_response();
    }
    let html = |text: String| ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    match page {
        Some(Page::Html(text)) => html(text),
        Some(Page::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Page::Never) => std::future::pending().await,
        Some(Page::Slow(takes, text)) => {
            tokio::time::sleep(takes).await;
            html(text)
        }
        Some(Page::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Page::Answer(headers, body)) => {
            let mut response = Response::new(Body::from(body));
            for (name, value) in headers {
                if name == ":status" {
                    *response.status_mut() = value.parse().unwrap();
                    continue;
                }
                let name: header::HeaderName = name.parse().unwrap();
                response.headers_mut().append(name, value.parse().unwrap());
            }
            response
        }
        Some(Page::File { disposition, body, end }) => file(disposition, body, end),
        Some(Page::Guarded(expected, text)) => {
            let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            if shown == Some(expected.as_str()) {
                return html(text);
            }
            let ask = (header::WWW_AUTHENTICATE, "Basic realm=\"site\"");
            (StatusCode::UNAUTHORIZED, [ask], "who are you?").into_response()
        }
        None => {
            let file = format!("{}/tests/pages{path}", env!("CARGO_MANIFEST_DIR"));
            match tokio::fs::read_to_string(file).await {
                Ok(text) if !path.contains("..") => html(text),
                _ => (StatusCode::NOT_FOUND, "no such page").into_response(),
            }
        }
    }
}

fn file(disposition: Option<String>, body: Vec<u8>, end: End) -> Response {
    use futures::stream::{self, StreamExt};
    let missing = match end {
        End::Whole => 0,
        End::Late(_) => 1,
        End::BrokenOff | End::Held => 1000,
    };
    let announced = body.len() + missing;
    let start = stream::iter([Ok(body)]);
    let body = match end {
        End::Whole => Body::from_stream(start),
        End::BrokenOff => Body::from_stream(start.chain(stream::once(async {
            // What is sent in the same breath as the end is never seen.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            Err("the server hangs up")
        }))),
        End::Late(takes) => Body::from_stream(start.chain(stream::once(async move {
            tokio::time::sleep(takes).await;
            Ok::<_, &str>(b"!".to_vec())
        }))),
        End::Held => Body::from_stream(start.chain(stream::pending::<Result<Vec<u8>, &str>>())),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, "application/octet-stream".parse().unwrap());
    headers.insert(header::CONTENT_LENGTH, announced.into());
    if let Some(disposition) = disposition {
        headers.insert(header::CONTENT_DISPOSITION, disposition.parse().unwrap());
    }
    response
}
