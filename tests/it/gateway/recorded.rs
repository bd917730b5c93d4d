//! The existing command line's own frames, replayed.

use std::path::Path;

use serde_json::{Value, json};

use super::{House, SECRET};

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
