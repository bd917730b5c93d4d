//! The gateway on a real socket: handshakes good and bad, calls side by side, strangers, endings, and the client.
//! No browser: the operations are scripted here.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::{FutureExt, SinkExt, StreamExt};
use openclaw::Deadline;
use openclaw::auth::{Credential, Token};
use openclaw::gateway::client::{Client, ConnectError, RequestError, Target};
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
        Self::with(Credential::Token(Token::parse(SECRET).unwrap()), Duration::from_secs(15)).await
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
        let credential = Credential::Token(Token::parse(SECRET).unwrap());
        Client::connect(&Target::new(self.url(), credential), soon()).await.unwrap()
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

#[tokio::test]
async fn the_client_connects_and_calls() {
    let house = House::open().await;
    let mut client = house.client().await;
    assert_eq!(client.hello()["protocol"], 4);
    assert_eq!(client.hello()["auth"]["scopes"], json!(["operator.admin"]));
    assert_eq!(client.hello()["snapshot"]["authMode"], "token");
    let params = json!({"method": "get", "path": "tabs", "query": {"profile": "p"}, "timeoutMs": 45000});
    let answer = client.request("browser.request", params, soon()).await.unwrap();
    assert_eq!(answer, json!({ "path": "/tabs" }));
    let seen = house.script.seen.lock().unwrap().clone();
    assert_eq!((seen[0].timeout_ms, &seen[0].query["profile"]), (Some(45000), &json!("p")));
    let big =
        client.request("browser.request", json!({"method": "GET", "path": "/big"}), soon()).await.unwrap();
    assert_eq!(big["text"].as_str().unwrap().len(), 8 << 20);
    client.close().await;
}

#[tokio::test]
async fn refusals_keep_their_code_message_and_details() {
    let house = House::open().await;
    let mut client = house.client().await;
    for (path, expected, message) in [
        ("/nope", "INVALID_REQUEST", "Not Found"),
        ("/broken", "UNAVAILABLE", "browser control is disabled"),
        ("/defect", "UNAVAILABLE", "internal error; see the gateway's log"),
    ] {
        let params = json!({ "method": "GET", "path": path });
        let error = client.request("browser.request", params, soon()).await.unwrap_err();
        assert_eq!(error.message(), message);
        assert_eq!(error.to_string(), format!("GatewayClientRequestError: {message}"));
        let RequestError::Refused { code, details, .. } = error else { panic!("refused") };
        assert_eq!(code, expected);
        assert!(path == "/defect" || details["error"] == message, "{details}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_late_and_clearly() {
    let house = House::open().await;
    let started = Instant::now();
    let wrong = Target::new(house.url(), Credential::Token(Token::parse("not-it").unwrap()));
    let error = Client::connect(&wrong, soon()).await.unwrap_err();
    assert!(started.elapsed() >= Duration::from_millis(250));
    let text = error.to_string();
    let start = "gateway connect failed: GatewayClientRequestError: unauthorized: gateway token mismatch (";
    assert!(text.starts_with(start), "{text}");
    let mut socket = house.stranger().await;
    socket.send(connect(&[("/auth", json!({"token": "not-it"}))])).await;
    let frame = socket.frame().await;
    assert_eq!((&frame["id"], &frame["error"]["code"]), (&json!("1:a"), &json!("INVALID_REQUEST")));
    let details = json!({"code": "AUTH_TOKEN_MISMATCH", "authReason": "token_mismatch",
        "canRetryWithDeviceToken": false, "recommendedNextStep": "update_auth_credentials"});
    assert_eq!(frame["error"]["details"], details);
    let (code, reason) = socket.end().await;
    assert_eq!(code, 1008);
    assert_eq!(frame["error"]["message"], reason.as_str());
}

#[tokio::test]
async fn password_mode_takes_either_field() {
    let house =
        House::with(Credential::Password(Token::parse(SECRET).unwrap()), Duration::from_secs(15)).await;
    let right = Target::new(house.url(), Credential::Password(Token::parse(SECRET).unwrap()));
    let client = Client::connect(&right, soon()).await.unwrap();
    assert_eq!(client.hello()["auth"]["method"], "password");
    house.raw(&[]).await;
    let mut socket = house.stranger().await;
    socket.send(connect(&[("/auth", json!({"password": "no"}))])).await;
    assert_eq!(socket.frame().await["error"]["details"]["code"], "AUTH_PASSWORD_MISMATCH");
}

#[tokio::test]
async fn bad_handshakes_get_the_answers_that_clients_know() {
    let house = House::open().await;
    let violation = "invalid connect params: at /client/id: must be equal to one of the allowed values";
    for (first, message, code, reason) in [
        (get("1", "/").to_string(), "invalid handshake: first request must be connect", 1008, None),
        ("no json".to_owned(), "", 1000, Some("")),
        ("{}".to_owned(), "", 1008, Some("invalid request frame")),
        (
            json!({"type": "req", "id": 1, "method": "connect"}).to_string(),
            "",
            1008,
            Some("invalid request frame"),
        ),
        (connect(&[("/client/id", json!("x"))]).to_string(), violation, 1008, None),
        (connect(&[("/role", json!("root"))]).to_string(), "invalid role", 1008, None),
        (
            connect(&[("/minProtocol", json!(9)), ("/maxProtocol", json!(9))]).to_string(),
            "protocol mismatch",
            1002,
            None,
        ),
        (connect(&[("/auth", json!(null))]).to_string(), "device identity required", 1008, None),
        ("x".repeat((64 << 10) + 1), "", 1009, Some("")),
    ] {
        let mut socket = house.stranger().await;
        socket.send(&first).await;
        if !message.is_empty() {
            assert_eq!(socket.frame().await["error"]["message"], message);
        }
        let end = socket.end().await;
        assert_eq!(end, (code, reason.unwrap_or(message).to_owned()), "{}", &first[..first.len().min(200)]);
    }
}

#[tokio::test]
async fn a_stranger_cannot_send_much_and_is_told_so() {
    let house = House::open().await;
    let mut socket = house.stranger().await;
    // The write may fail half way, once the gateway has closed.
    socket.0.send(Message::text("x".repeat(4 << 20))).await.ok();
    assert_eq!(socket.end().await.0, 1009);
}

#[tokio::test]
async fn both_protocols_and_binary_frames_are_spoken() {
    let house = House::open().await;
    let old = [("/minProtocol", json!(3)), ("/maxProtocol", json!(3)), ("/scopes", json!(null))];
    let (mut socket, hello) = house.raw(&old).await;
    assert_eq!((&hello["protocol"], &hello["auth"]["scopes"]), (&json!(3), &json!(["operator.admin"])));
    socket.0.send(Message::binary(get("7", "/").to_string())).await.unwrap();
    let answer = socket.frame().await;
    assert_eq!((&answer["id"], &answer["payload"]["path"]), (&json!("7"), &json!("/")));
    let write =
        [("/minProtocol", json!(3)), ("/maxProtocol", json!(3)), ("/scopes", json!(["operator.write"]))];
    let (mut socket, _) = house.raw(&write).await;
    socket.send(get("8", "/")).await;
    assert_eq!(socket.frame().await["ok"], true);
    let (mut socket, hello) = house.raw(&[("/scopes", json!(["operator.write"]))]).await;
    assert!(hello["snapshot"].get("configPath").is_none());
    socket.send(get("9", "/")).await;
    let error = socket.frame().await["error"].clone();
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("FORBIDDEN"), &json!("missing scope: operator.admin"))
    );
}

#[tokio::test]
async fn bad_frames_after_the_handshake_leave_it_open() {
    let house = House::open().await;
    let (mut socket, _) = house.raw(&[]).await;
    for (frame, id, message) in [
        (
            json!({"type": "req", "method": "x"}),
            "invalid",
            "invalid request frame: must have required property 'id'",
        ),
        (
            json!({"type": "req", "id": "1", "method": "x", "bogus": 1}),
            "invalid",
            "invalid request frame: at root: unexpected property 'bogus'",
        ),
        (json!("text"), "invalid", "invalid request frame: must be object"),
        (call("2", "made.up", json!({})), "2", "unknown method: made.up"),
        (connect(&[]), "1:a", "connect is only valid as the first request"),
        (call("3", "browser.request", json!(null)), "3", "method and path are required"),
        (
            call("4", "browser.request", json!({"method": "PATCH", "path": "/"})),
            "4",
            "method must be GET, POST, or DELETE",
        ),
    ] {
        socket.send(frame).await;
        let answer = socket.frame().await;
        assert_eq!((&answer["id"], &answer["error"]["message"]), (&json!(id), &json!(message)));
        assert_eq!(answer["error"]["code"], "INVALID_REQUEST");
    }
    socket.send("no json").await;
    assert_eq!(socket.frame().await["id"], "invalid");
    socket.send(call("9", "health", json!(null))).await;
    assert_eq!(socket.frame().await["payload"]["ok"], true);
}

#[tokio::test]
async fn a_slow_call_blocks_nobody_and_ends_with_its_client() {
    let house = House::open().await;
    let (mut socket, _) = house.raw(&[]).await;
    for n in 0..64 {
        socket.send(get(&format!("slow{n}"), "/never")).await;
    }
    socket.send(get("over", "/")).await;
    let refused = socket.frame().await;
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!("over"), &json!("UNAVAILABLE")));
    assert_eq!(refused["error"]["retryable"], true);
    let (mut other, _) = house.raw(&[]).await;
    other.send(get("quick", "/")).await;
    assert_eq!(other.frame().await["id"], "quick");
    while house.script.running.load(Ordering::SeqCst) < 65 {
        tokio::task::yield_now().await;
    }
    drop(socket);
    let cancelled = async {
        while house.script.cancelled.load(Ordering::SeqCst) < 64 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(5), cancelled).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_slows_nobody() {
    let house = House::open().await;
    let (mut deaf, _) = house.raw(&[]).await;
    for n in 0..12 {
        deaf.send(get(&format!("{n}"), "/big")).await;
    }
    let mut client = house.client().await;
    for _ in 0..20 {
        let asked = Instant::now();
        client.request("health", Value::Null, soon()).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(2));
    }
    // Twelve answers of 8 MiB are more than may wait: the gateway hung up.
    assert_eq!(deaf.end().await.0, 0);
}

#[tokio::test]
async fn foreign_upgrades_are_refused_before_they_are_websockets() {
    let house = House::open().await;
    let own = format!("http://127.0.0.1:{}", house.port);
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost:1", 403),
        ("origin", own.as_str(), 101),
        ("host", "evil.example", 403),
        ("host", "127.0.0.1:1", 403),
        ("x-forwarded-for", "127.0.0.1", 403),
        ("forwarded", "for=127.0.0.1", 403),
        ("sec-fetch-site", "cross-site", 403),
    ] {
        let result = Socket::open(&format!("{}/any/path?x=1", house.url()), &[(name, value)]).await;
        let found = match &result {
            Ok(_) => 101,
            Err(WsError::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(found, status, "{name}: {value}");
    }
    let upgrade = "GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\nX-Forwarded-For: 10.0.0.1";
    let (head, body) = house.http(upgrade).await;
    assert!(head.starts_with("http/1.1 403"), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"]["type"], "proxy_attribution_required");
}

#[tokio::test]
async fn guessing_locks_out_and_missing_credentials_do_not() {
    let house = House::open().await;
    for _ in 0..12 {
        let (head, _) = house.http("GET /x HTTP/1.1\r\nHost: HOST").await;
        assert!(head.starts_with("http/1.1 401"), "{head}");
    }
    let guess = async {
        let mut socket = house.stranger().await;
        socket.send(connect(&[("/auth", json!({"token": "guess", "deviceToken": "junk"}))])).await;
        socket.frame().await["error"]["details"]["code"].as_str().unwrap().to_owned()
    };
    // At once, so that none can slip through between a look and a count.
    let guesses = (0..30).map(|_| {
        let url = house.url();
        async move {
            let mut socket = Socket::open(&url, &[]).await.unwrap();
            socket.frame().await;
            socket.send(connect(&[("/auth", json!({"token": "guess"}))])).await;
            socket.frame().await["error"]["details"]["code"].as_str().unwrap().to_owned()
        }
    });
    let answers = futures::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|code| *code == "AUTH_TOKEN_MISMATCH").count(), 10);
    assert_eq!(guess.await, "AUTH_RATE_LIMITED");
    let mut socket = house.stranger().await;
    socket.send(connect(&[])).await;
    let frame = socket.frame().await;
    assert!(frame["error"]["retryAfterMs"].as_u64().unwrap() > 290_000, "the right one, too: {frame}");
    let (head, _) =
        house.http(&format!("GET /x HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer {SECRET}")).await;
    assert!(head.starts_with("http/1.1 429") && head.contains("retry-after: "), "{head}");
    let origin = format!("http://127.0.0.1:{}", house.port);
    let mut page = Socket::open(&house.url(), &[("origin", &origin)]).await.unwrap();
    page.frame().await;
    page.send(connect(&[])).await;
    assert_eq!(page.frame().await["ok"], true, "another origin has its own budget");
}

#[tokio::test]
async fn a_crowd_that_never_speaks_keeps_nobody_out() {
    let house = House::open().await;
    let mut crowd = Vec::new();
    for _ in 0..600 {
        crowd.push(TcpStream::connect(("127.0.0.1", house.port)).await.unwrap());
    }
    let mut client = house.client().await;
    client.request("health", Value::Null, soon()).await.unwrap();
    let mut byte = [0];
    let ended =
        timeout(Duration::from_secs(5), crowd[0].read(&mut byte)).await.expect("the first was sent away");
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert!(
        timeout(Duration::from_millis(100), crowd[599].read(&mut byte)).await.is_err(),
        "the last may wait"
    );
}

#[tokio::test]
async fn who_does_not_connect_in_time_is_closed() {
    let house =
        House::with(Credential::Token(Token::parse(SECRET).unwrap()), Duration::from_millis(300)).await;
    let mut socket = house.stranger().await;
    let mut silent = TcpStream::connect(("127.0.0.1", house.port)).await.unwrap();
    silent.write_all(b"GET / HT").await.unwrap();
    assert_eq!(socket.end().await, (1000, String::new()));
    let mut rest = Vec::new();
    timeout(Duration::from_secs(5), silent.read_to_end(&mut rest)).await.expect("closed").ok();
    // Who has proven itself stays.
    let mut client = house.client().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    client.request("health", Value::Null, soon()).await.unwrap();
}

#[tokio::test]
async fn health_probes_need_no_secret_and_everything_else_does() {
    let house = House::open().await;
    for path in ["/health", "/healthz", "/ready", "/readyz", "/startup", "/startupz"] {
        let (head, body) = house.http(&format!("GET {path} HTTP/1.1\r\nHost: HOST")).await;
        assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
        for header in [
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "permissions-policy: ",
        ] {
            assert!(head.contains(header), "{path}: {head}");
        }
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(body["ok"] == true || body["ready"] == true, "{body}");
        let (head, body) = house.http(&format!("HEAD {path} HTTP/1.1\r\nHost: HOST")).await;
        assert!(head.starts_with("http/1.1 200") && body.is_empty(), "{head}");
        let (head, _) = house.http(&format!("POST {path} HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0")).await;
        assert!(head.starts_with("http/1.1 405") && head.contains("allow: get, head"), "{head}");
    }
    for (request, status) in [
        ("GET /healthz/x HTTP/1.1\r\nHost: HOST", "401"),
        ("GET / HTTP/1.1\r\nHost: HOST", "401"),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer tok-12345", "404"),
        ("PUT /%zz?%00 HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer tok-12345", "404"),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket", "400"),
        ("GET /health HTTP/1.1\r\nHost: evil.example", "403"),
        ("GET /health HTTP/1.1", "403"),
        ("OPTIONS / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example", "403"),
        ("GET http://[ HTTP/1.1\r\nHost: HOST", "400"),
    ] {
        let (head, body) = house.http(request).await;
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{request}: {head}");
        assert!(!head.contains("access-control"), "{head}");
        if status == "404" {
            assert_eq!(body, r#"{"error":"Not Found"}"#);
        }
    }
}

#[tokio::test]
async fn a_stop_is_announced_and_waited_for() {
    let house = House::open().await;
    let (mut socket, _) = house.raw(&[]).await;
    socket.send(get("1", "/never")).await;
    let (mut client, asked) = (house.client().await, json!({"method": "POST", "path": "/never"}));
    let calling = tokio::spawn(async move { client.request("browser.request", asked, soon()).await });
    while house.script.running.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    house.stop.cancel();
    let shutdown = socket.frame().await;
    assert_eq!(
        (&shutdown["event"], &shutdown["payload"]["reason"]),
        (&json!("shutdown"), &json!("gateway stopping"))
    );
    assert_eq!(socket.end().await, (1012, "service restart".to_owned()));
    let error = calling.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("1012") && error.contains("outcome is unknown"), "{error}");
    timeout(Duration::from_secs(3), house.gateway.closed()).await.expect("all clients are gone");
    assert_eq!(house.script.cancelled.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_client_tells_why_it_cannot_connect() {
    let credential = || Credential::Token(Token::parse(SECRET).unwrap());
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = Client::connect(&Target::new(format!("ws://127.0.0.1:{port}"), credential()), soon())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), format!("Gateway not reachable at ws://127.0.0.1:{port} (ECONNREFUSED)."));
    let house = House::open().await;
    let bare = Client::connect(&Target::new(format!("127.0.0.1:{}", house.port), credential()), soon()).await;
    assert!(matches!(bare, Err(ConnectError::Target(_))));
    let http = format!("http://localhost:{}", house.port);
    Client::connect(&Target::new(http, credential()), soon()).await.unwrap();
    // Somebody who takes the connection and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = Target::new(format!("ws://{}", silent.local_addr().unwrap()), credential());
    let error = Client::connect(&target, Deadline::after(Duration::from_millis(100))).await.unwrap_err();
    assert!(matches!(error, ConnectError::Timeout(_)), "{error}");
}

#[tokio::test]
async fn a_late_answer_is_not_taken_for_the_next_one() {
    let house = House::open().await;
    let mut client = house.client().await;
    let params = json!({"method": "GET", "path": "/never"});
    let late = client.request("browser.request", params, Deadline::after(Duration::from_millis(50))).await;
    assert!(late.unwrap_err().to_string().contains("outcome is unknown"));
    assert_eq!(client.request("health", Value::Null, soon()).await.unwrap()["ok"], true);
}

#[tokio::test]
async fn config_get_hides_secrets() {
    let house = House::open().await;
    let text = "{ gateway: { port: 1, auth: { token: 'tok-12345' } } } // mine";
    std::fs::write(house.dir.path().join("openclaw.json"), text).unwrap();
    let mut client = house.client().await;
    let config = client.request("config.get", json!({}), soon()).await.unwrap();
    assert_eq!(
        (&config["exists"], &config["valid"], &config["config"]["gateway"]["port"]),
        (&json!(true), &json!(true), &json!(1))
    );
    assert!(!config.to_string().contains(SECRET), "{config}");
}

/// Frames that the existing command line sent, one a line.
fn recorded(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn frames_of_the_existing_command_line_are_understood() {
    let house = House::open().await;
    for mut greeting in recorded("connect.jsonl") {
        greeting["params"]["auth"]["token"] = SECRET.into();
        let mut socket = house.stranger().await;
        socket.send(&greeting).await;
        let hello = socket.frame().await;
        assert_eq!((&hello["id"], &hello["ok"]), (&greeting["id"], &json!(true)), "{hello}");
        assert_eq!(hello["payload"]["type"], "hello-ok");
        let is_probe = greeting["params"]["client"]["mode"] == "probe";
        let scopes = if is_probe { json!([]) } else { greeting["params"]["scopes"].clone() };
        assert_eq!(hello["payload"]["auth"]["scopes"], scopes);
    }
    let (mut socket, hello) = house.raw(&[]).await;
    for request in recorded("requests.jsonl") {
        socket.send(&request).await;
        let answer = socket.frame().await;
        assert_eq!(answer["id"], request["id"]);
        let is_known = hello["features"]["methods"].as_array().unwrap().contains(&request["method"]);
        assert_eq!(answer["ok"], is_known, "{request} {answer}");
        let params = &request["params"];
        if request["method"] == "browser.request" {
            let seen = house.script.seen.lock().unwrap().last().unwrap().clone();
            assert_eq!(
                (params["path"].as_str(), params["timeoutMs"].as_u64()),
                (Some(seen.path.as_str()), seen.timeout_ms)
            );
            assert_eq!(params.get("body").unwrap_or(&Value::Null), &seen.body);
            assert_eq!(params.get("query").unwrap_or(&json!({})), &Value::Object(seen.query));
        }
        if request["method"] == "status" {
            assert!(answer["payload"]["sessions"]["byAgent"].is_array());
        }
    }
}
