//! What a client may do after the handshake, side by side and to the end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::{House, SECRET, call, connect, get, soon};

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
    let (mut client, all) = (house.client().await, soon());
    for _ in 0..20 {
        client.request("health", Value::Null, all).await.unwrap();
    }
    // Twelve answers of 8 MiB are more than may wait: the gateway hung up.
    assert_eq!(deaf.end().await.0, 0);
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

#[tokio::test]
async fn a_message_beyond_all_bounds_is_refused_by_its_header() {
    let house = House::open().await;
    let (mut socket, _) = house.raw(&[]).await;
    // A masked text frame of 30 MiB, of which nothing follows (RFC 6455, section 5.2).
    let mut header = vec![0x81, 0xff];
    header.extend((30_u64 << 20).to_be_bytes());
    header.extend([0; 4]);
    socket.0.get_mut().write_all(&header).await.unwrap();
    assert_eq!(socket.end().await.0, 1009);
}
