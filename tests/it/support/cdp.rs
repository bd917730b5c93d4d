//! A client of a browser's CDP port, as thin as can be.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::House;

/// How long a test waits for what must come.
const SOON: Duration = Duration::from_secs(20);

/// A house with a running browser, and its CDP port.
pub async fn running(sections: Value) -> (House, u16) {
    let house = House::with(sections).await;
    house.post("/start", json!({})).await.ok();
    let port = house.get("/").await.ok()["cdpPort"].as_u64().unwrap() as u16;
    (house, port)
}

/// A message of the protocol.
pub fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Waits for what must come about.
pub async fn until(is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, wait).await.expect("it comes about");
}

/// A client of the protocol, as thin as can be.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: i64,
    /// What came while something else was waited for.
    pub events: Vec<Value>,
}

impl Client {
    /// Connects as clients do that can send no header: by the URL that `/json/version` tells.
    pub async fn of(house: &House, port: u16) -> Self {
        let path = format!("/json/version?token={}", house.token);
        let version = house.bare().get(format!("http://127.0.0.1:{port}{path}")).send().await.unwrap();
        let version: Value = version.json().await.unwrap();
        Self::at(version["webSocketDebuggerUrl"].as_str().unwrap()).await
    }

    pub async fn at(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        Self { socket, next: 0, events: Vec::new() }
    }

    pub async fn write(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// The next message; `None` at the end, whatever its code.
    pub async fn read(&mut self) -> Option<Value> {
        match tokio::time::timeout(SOON, self.socket.next()).await.expect("something") {
            Some(Ok(Message::Text(text))) => Some(parsed(&text)),
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            Some(Ok(other)) => panic!("{other}"),
        }
    }

    pub async fn call_in(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut command = json!({"id": self.next, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        self.write(command.to_string()).await;
        loop {
            let message = self.read().await.expect("an answer");
            if message["id"] == self.next {
                return message;
            }
            assert!(message["id"].is_null(), "an answer to somebody else: {message}");
            self.events.push(message);
        }
    }

    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        self.call_in(None, method, params).await
    }

    /// A tab of its own, attached: its target and its session.
    pub async fn tab(&mut self, url: &str) -> (String, String) {
        let created = self.call("Target.createTarget", json!({"url": url})).await;
        let target = created["result"]["targetId"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned();
        let attach = json!({"targetId": target, "flatten": true});
        let attached = self.call("Target.attachToTarget", attach).await;
        (target, attached["result"]["sessionId"].as_str().unwrap().to_owned())
    }

    pub async fn eval(&mut self, session: Option<&str>, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        self.call_in(session, "Runtime.evaluate", params).await
    }

    /// Waits for an event, the first of those that have come and are to come.
    pub async fn event(&mut self, method: &str) -> Value {
        if let Some(at) = self.events.iter().position(|event| event["method"] == method) {
            return self.events.remove(at);
        }
        loop {
            let message = self.read().await.expect("an event");
            if message["method"] == method {
                return message;
            }
            self.events.push(message);
        }
    }
}
