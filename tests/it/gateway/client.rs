//! The client: what it gets, and what it says when it gets nothing.

use std::time::Duration;

use openclaw::Deadline;
use openclaw::gateway::client::{Client, ConnectError, RequestError, Target};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{House, soon, token};

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
async fn the_client_tells_why_it_cannot_connect() {
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error =
        Client::connect(&Target::new(format!("ws://127.0.0.1:{port}"), token()), soon()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("Gateway not reachable at ws://127.0.0.1:{port} (ECONNREFUSED)."));
    let house = House::open().await;
    let bare = Client::connect(&Target::new(format!("127.0.0.1:{}", house.port), token()), soon()).await;
    assert!(matches!(bare, Err(ConnectError::Target(_))));
    let http = format!("http://localhost:{}", house.port);
    Client::connect(&Target::new(http, token()), soon()).await.unwrap();
    // Somebody who takes the connection and says nothing.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = Target::new(format!("ws://{}", silent.local_addr().unwrap()), token());
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
