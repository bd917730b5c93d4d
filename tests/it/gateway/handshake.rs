//! The handshake, good and bad, as the existing clients know it.

use std::time::{Duration, Instant};

use futures::SinkExt;
use openclaw::auth::{Credential, Token};
use openclaw::gateway::client::{Client, Target};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{House, SECRET, connect, get, soon};

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
