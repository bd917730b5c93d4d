//! Those who have not proven themselves: few, brief, and told apart from the others.

use std::time::Duration;

use futures::SinkExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::{House, SECRET, Socket, connect, soon, token};

#[tokio::test]
async fn a_stranger_cannot_send_much_and_is_told_so() {
    let house = House::open().await;
    let mut socket = house.stranger().await;
    // The write may fail half way, once the gateway has closed.
    socket.0.send(Message::text("x".repeat(4 << 20))).await.ok();
    assert_eq!(socket.end().await.0, 1009);
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
async fn a_crowd_that_shakes_no_hands_is_told_to_come_back() {
    let house = House::open().await;
    let mut first = house.stranger().await;
    let mut crowd = Vec::new();
    for _ in 0..256 {
        crowd.push(TcpStream::connect(("127.0.0.1", house.port)).await.unwrap());
    }
    assert_eq!(first.end().await.0, 1013);
}

#[tokio::test]
async fn who_does_not_connect_in_time_is_closed() {
    let house = House::with(token(), Duration::from_millis(300)).await;
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
