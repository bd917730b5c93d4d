//! The gateway on a real socket. No browser: the operations are scripted here.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say so and end")]

mod calls;
mod client;
mod handshake;
mod probes;
mod recorded;
mod strangers;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{FutureExt, SinkExt, StreamExt};
use openclaw::Deadline;
use openclaw::auth::{Credential, Token};
use openclaw::gateway::client::{Client, Target};
use openclaw::gateway::{Gateway, Operations, Settings};
use openclaw::ops::call::{Answer, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

const SECRET: &str = "tok-12345";

fn token() -> Credential {
    Credential::Token(Token::parse(SECRET).unwrap())
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(10))
}

/// What the scripted operations were asked, and how many calls were cancelled.
#[derive(Default)]
struct Script {
    seen: Mutex<Vec<Request>>,
    cancelled: AtomicUsize,
    running: AtomicUsize,
}

/// Counts a call that is dropped before it was done.
struct Cancelled(Arc<Script>);

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.0.cancelled.fetch_add(1, Ordering::SeqCst);
    }
}

fn operations(script: &Arc<Script>) -> Operations {
    let script = Arc::clone(script);
    Arc::new(move |request| {
        let script = Arc::clone(&script);
        script.seen.lock().unwrap().push(request.clone());
        async move {
            script.running.fetch_add(1, Ordering::SeqCst);
            let (status, body) = match request.path.as_str() {
                "/never" => {
                    let _guard = Cancelled(script);
                    std::future::pending().await
                }
                "/defect" => panic!("a defect, on purpose"),
                "/big" => (200, json!({ "text": "x".repeat(8 << 20) })),
                "/nope" => (404, json!({ "error": "Not Found" })),
                "/broken" => (503, json!({ "error": "browser control is disabled" })),
                _ => (200, json!({ "path": request.path })),
            };
            Answer { status, body }
        }
        .boxed()
    })
}

/// A gateway on a free port.
struct House {
    port: u16,
    gateway: Gateway,
    script: Arc<Script>,
    stop: CancellationToken,
    dir: TempDir,
}

impl House {
    async fn open() -> Self {
        Self::with(token(), Duration::from_secs(15)).await
    }

    async fn with(credential: Credential, handshake: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (port, script, stop) =
            (listener.local_addr().unwrap().port(), Arc::new(Script::default()), CancellationToken::new());
        let dir = tempfile::tempdir().unwrap();
        let gateway = Gateway::new(Settings {
            credential,
            port,
            config_path: dir.path().join("openclaw.json"),
            state_dir: dir.path().to_owned(),
            handshake,
            operations: operations(&script),
            films: Arc::new(|_| None),
            stop: stop.clone(),
        });
        let serving = gateway.clone();
        tokio::spawn(serving.serve(listener));
        Self { port, gateway, script, stop, dir }
    }

    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    async fn client(&self) -> Client {
        Client::connect(&Target::new(self.url(), token()), soon()).await.unwrap()
    }

    /// A socket before the handshake; the challenge has been read.
    async fn stranger(&self) -> Socket {
        let mut socket = Socket::open(&self.url(), &[]).await.unwrap();
        let challenge = socket.frame().await;
        assert_eq!(challenge["event"], "connect.challenge");
        assert!(challenge["payload"]["nonce"].as_str().unwrap().len() == 36);
        assert!(challenge["payload"]["ts"].is_u64());
        socket
    }

    /// A socket after the handshake.
    async fn raw(&self, changes: &[(&str, Value)]) -> (Socket, Value) {
        let mut socket = self.stranger().await;
        socket.send(connect(changes)).await;
        let hello = socket.frame().await;
        assert_eq!(hello["ok"], true, "{hello}");
        (socket, hello["payload"].clone())
    }

    /// One HTTP request, spelt out; the answer's head and body.
    async fn http(&self, head: &str) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = head.replace("HOST", &format!("127.0.0.1:{}", self.port));
        stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
        let mut text = String::new();
        timeout(Duration::from_secs(10), stream.read_to_string(&mut text)).await.unwrap().unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A WebSocket without manners of its own.
#[derive(Debug)]
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(url: &str, headers: &[(&str, &str)]) -> Result<Self, WsError> {
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    async fn send(&mut self, frame: impl ToString) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Option<Result<Message, WsError>> {
        timeout(Duration::from_secs(10), self.0.next()).await.expect("something within 10 s")
    }

    async fn frame(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("a frame, not {other:?}"),
            }
        }
    }

    /// Skips frames to the end: the close code and reason.
    async fn end(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return (0, String::new()),
                Some(Ok(_)) => {}
            }
        }
    }
}

/// A `connect` frame as the existing command line sends it, changed at JSON pointers into its params; null removes.
fn connect(changes: &[(&str, Value)]) -> Value {
    let mut frame = json!({"type": "req", "id": "1:a", "method": "connect", "params": {
        "minProtocol": 4, "maxProtocol": 4, "caps": [], "auth": {"token": SECRET}, "role": "operator",
        "scopes": ["operator.admin"],
        "client": {"id": "cli", "version": "2026.9.6", "platform": "linux", "deviceFamily": "Linux", "mode": "cli"},
    }});
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = frame["params"].pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(key);
        } else {
            parent.insert(key.to_owned(), value.clone());
        }
    }
    frame
}

fn call(id: &str, method: &str, params: Value) -> Value {
    json!({ "type": "req", "id": id, "method": method, "params": params })
}

fn get(id: &str, path: &str) -> Value {
    call(id, "browser.request", json!({ "method": "GET", "path": path }))
}
