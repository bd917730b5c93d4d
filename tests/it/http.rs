//! The control API on base+2: its door, its manners and its errors.

use std::time::{Duration, Instant};

use openclaw::ops::registry::{ALL, Entry};
use openclaw::ops::{Reach, Route};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use crate::support::house::Answer;
use crate::support::wire::{self, Reply};
use crate::support::{House, Site, run};

/// A house whose browser nobody starts.
async fn quiet() -> &'static House {
    static QUIET: OnceCell<House> = OnceCell::const_new();
    QUIET.get_or_init(|| House::with(json!({}))).await
}

/// Method and path of an operation, and the kind for `/act`.
fn address(entry: &Entry) -> (&'static str, String, Value) {
    match entry.route {
        Route::Get(path) => ("GET", filled(path), json!({})),
        Route::Post(path) => ("POST", filled(path), json!({})),
        Route::Delete(path) => ("DELETE", filled(path), json!({})),
        Route::Act(kind) => ("POST", "/act".to_owned(), json!({"kind": kind})),
        Route::TabAction(action) => ("POST", "/tabs/action".to_owned(), json!({"action": action})),
    }
}

/// A path whose parameters stand for something.
fn filled(path: &str) -> String {
    path.replace(":targetId", "t1").replace(":kind", "local").replace(":name", "nobody")
}

/// Sends a request with a good Host and these headers besides.
async fn knock(house: &House, line: &str, headers: &[&str], body: &str) -> Reply {
    let host = format!("Host: 127.0.0.1:{}", house.base + 2);
    let length = format!("Content-Length: {}", body.len());
    let mut all = vec![host.as_str(), "Content-Type: application/json", &length];
    all.extend(headers);
    wire::send(house.base + 2, &wire::request(line, &all, body)).await
}

/// The same with the token.
async fn enter(house: &House, line: &str, headers: &[&str], body: &str) -> Reply {
    let bearer = format!("Authorization: Bearer {}", house.token);
    let mut all = vec![bearer.as_str()];
    all.extend(headers);
    knock(house, line, &all, body).await
}

/// An error that says what it is and what to do.
#[track_caller]
fn assert_typed(status: u16, body: &Value, wanted: (u16, &str)) {
    assert_eq!((status, body["code"].as_str().unwrap_or_default()), wanted, "{body}");
    for key in ["error", "nextStep"] {
        assert!(body[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {body}");
    }
}

#[test]
fn without_the_token_every_route_and_every_other_path_says_401() {
    run(async {
        let house = quiet().await;
        let header = |text: String| vec![text];
        let wrong = [
            vec![],
            header("Authorization: Bearer wrong".into()),
            header("Authorization: Bearer ".into()),
            header("Authorization: Bearer undefined".into()),
            header(format!("Authorization: {}", house.token)),
            header(format!("Authorization: Basic {}", house.token)),
            header(format!("Authorization: Bearer {}0", house.token)),
            header(format!("X-Openclaw-Password: {}", house.token)),
        ];
        let mut lines: Vec<(String, String)> = ALL
            .iter()
            .map(address)
            .map(|(method, path, body)| (format!("{method} {path}"), body.to_string()))
            .collect();
        for line in ["GET /nothing", "HEAD /", "OPTIONS /act", "PUT /act", "POST //", "GET /.env"] {
            lines.push((line.to_owned(), String::new()));
        }
        lines.push((format!("GET /?token={}", house.token), String::new()));
        for (line, body) in &lines {
            for headers in &wrong {
                let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
                let reply = knock(house, line, &headers, body).await;
                assert_eq!(reply.status, 401, "{line} {headers:?}: {reply:?}");
                assert!(reply.head.to_lowercase().contains("www-authenticate: bearer"), "{}", reply.head);
                if !line.starts_with("HEAD") {
                    assert_typed(reply.status, &reply.json(), (401, "UNAUTHORIZED"));
                    assert!(!reply.body.contains(&house.token));
                }
            }
        }
        assert_eq!(house.get("/").await.ok()["running"], false);
    });
}

#[test]
fn strangers_are_turned_away_before_the_token_is_looked_at() {
    run(async {
        let house = quiet().await;
        for (line, header) in [
            ("POST /stop", "Origin: http://evil.example"),
            ("GET /", "Origin: http://evil.example"),
            ("POST /stop", "Origin: null"),
            ("POST /stop", "Origin: https://127.0.0.1"),
            ("POST /stop", "Origin: http://127.0.0.1.evil.example"),
            ("POST /stop", "Sec-Fetch-Site: cross-site"),
            ("POST /stop", "Referer: http://evil.example/127.0.0.1"),
            ("POST /stop", "Referer: http://127.0.0.1@evil.example/"),
            ("GET /", "X-Forwarded-For: 127.0.0.1"),
            ("GET /", "Forwarded: for=127.0.0.1"),
        ] {
            let with = enter(house, line, &[header], "").await;
            let without = knock(house, line, &[header], "").await;
            assert_typed(with.status, &with.json(), (403, "FORBIDDEN"));
            assert_eq!((with.status, &with.body), (without.status, &without.body), "{header}");
        }
        for header in
            ["Origin: http://localhost:3000", "Referer: http://127.0.0.1:1/x", "Sec-Fetch-Site: none"]
        {
            assert_eq!(enter(house, "POST /stop", &[header], "").await.status, 200, "{header}");
        }
    });
}

#[test]
fn a_host_must_be_this_machine_and_stand_once() {
    run(async {
        let house = quiet().await;
        let port = house.base + 2;
        let bearer = format!("Authorization: Bearer {}", house.token);
        let own = format!("Host: 127.0.0.1:{port}");
        let ask = async |hosts: &[&str]| {
            let headers: Vec<&str> = hosts.iter().copied().chain([bearer.as_str()]).collect();
            wire::send(port, &wire::request("GET /profiles", &headers, "")).await
        };
        for host in ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1", "10.0.0.1", "0.0.0.0", ""] {
            let reply = ask(&[&format!("Host: {host}")]).await;
            assert_typed(reply.status, &reply.json(), (403, "FORBIDDEN"));
        }
        assert_eq!(ask(&[]).await.status, 403);
        for host in [format!("localhost:{port}"), format!("[::1]:{port}"), "127.0.0.1".to_owned()] {
            assert_eq!(ask(&[&format!("Host: {host}")]).await.status, 200, "{host}");
        }
        let twice = ask(&[&own, &own]).await;
        assert_typed(twice.status, &twice.json(), (400, "INVALID_REQUEST"));
        let smuggled = ask(&[&own, "Host: evil.example"]).await;
        assert_eq!(smuggled.status, 400);
    });
}

#[test]
fn a_body_must_be_a_json_object_of_at_most_1_mb() {
    run(async {
        let house = quiet().await;
        let huge = format!("{{\"kind\": \"{}\"}}", "x".repeat(1 << 20));
        let deep = "[".repeat(100_000);
        for (body, wanted) in [
            ("{", (400, "INVALID_REQUEST")),
            ("\"x\"", (400, "INVALID_REQUEST")),
            ("7", (400, "INVALID_REQUEST")),
            ("null", (400, "INVALID_REQUEST")),
            ("{\"kind\": \"click\",}", (400, "INVALID_REQUEST")),
            ("kind=click", (400, "INVALID_REQUEST")),
            (deep.as_str(), (400, "INVALID_REQUEST")),
            (huge.as_str(), (413, "BODY_TOO_LARGE")),
            // An array counts as empty, as it always did.
            ("[1]", (400, "ACT_KIND_REQUIRED")),
            ("", (400, "ACT_KIND_REQUIRED")),
        ] {
            let reply = enter(house, "POST /act", &[], body).await;
            assert_typed(reply.status, &reply.json(), wanted);
        }
        // Another type is not read.
        let headers = ["Content-Type: text/plain", "Content-Length: 16"];
        let host = format!("Host: 127.0.0.1:{}", house.base + 2);
        let bearer = format!("Authorization: Bearer {}", house.token);
        let all: Vec<&str> = headers.into_iter().chain([host.as_str(), &bearer]).collect();
        let reply =
            wire::send(house.base + 2, &wire::request("POST /act", &all, "{\"kind\":\"click\"}")).await;
        assert_typed(reply.status, &reply.json(), (400, "ACT_KIND_REQUIRED"));
    });
}

#[test]
fn a_body_that_trickles_in_is_given_up() {
    run(async {
        let house = quiet().await;
        let mut stream = TcpStream::connect(("127.0.0.1", house.base + 2)).await.unwrap();
        let host = format!("Host: 127.0.0.1:{}", house.base + 2);
        let bearer = format!("Authorization: Bearer {}", house.token);
        let headers = [host.as_str(), &bearer, "Content-Type: application/json", "Content-Length: 100"];
        stream.write_all(&wire::request("POST /stop", &headers, "{")).await.unwrap();
        let begin = Instant::now();
        let reply = wire::read(&mut stream).await;
        assert_typed(reply.status, &reply.json(), (408, "BODY_TOO_SLOW"));
        assert!(begin.elapsed() < Duration::from_secs(25));
        // Others were served meanwhile, and are now.
        assert_eq!(house.get("/profiles").await.status, 200);
    });
}

#[test]
fn paths_and_methods_that_are_not_there_are_404_in_json() {
    run(async {
        let house = quiet().await;
        for line in [
            "GET /nothing",
            "POST /",
            "DELETE /",
            "GET /act",
            "GET /tabs/open",
            "POST /tabs",
            "DELETE /tabs",
            "DELETE /tabs/a/b",
            "PUT /act",
            "PATCH /tabs",
            "OPTIONS /act",
            "GET /../tabs",
            "GET /TABS",
            "GET //tabs",
        ] {
            let reply = enter(house, line, &[], "").await;
            assert_typed(reply.status, &reply.json(), (404, "NO_ROUTE"));
            assert_eq!(reply.json()["error"], "Not Found", "{line}");
        }
        for line in ["GET /tabs/", "GET /profiles//", "GET /?profile=openclaw"] {
            assert_eq!(enter(house, line, &[], "").await.status, 200, "{line}");
        }
        let head = enter(house, "HEAD /profiles", &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        let wrong = enter(house, "DELETE /tabs/%zz", &[], "").await;
        assert_typed(wrong.status, &wrong.json(), (400, "INVALID_REQUEST"));
        assert_eq!(wrong.json()["error"], "invalid path parameter encoding: targetId");
    });
}

#[test]
fn unknown_fields_are_told_with_the_name_that_was_meant() {
    run(async {
        let house = quiet().await;
        let answer = house.post("/stop?profil=x", json!({"timeoutms": 5})).await.ok();
        let warnings: Vec<&str> =
            answer["warnings"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(
            warnings,
            [
                "unknown field \"timeoutms\" was ignored; did you mean \"timeoutMs\"?",
                "unknown field \"profil\" was ignored; did you mean \"profile\"?",
            ]
        );
        let answer = house.get("/tabs?zzz=1").await.ok();
        assert_eq!(answer["warnings"], json!(["unknown field \"zzz\" was ignored"]));
        assert!(house.get("/tabs").await.ok().get("warnings").is_none());
    });
}

#[test]
fn values_are_coerced_as_in_the_contract() {
    run(async {
        let house = House::shared().await;
        let tab = house.open(&Site::with("<button ondblclick='n = 2'>Go</button>").await.url("/")).await;
        let go = tab.find("Go").await;
        let act = async |body: Value| tab.act(body).await;
        act(json!({"kind": " click ", "ref": format!(" {go} "), "doubleClick": "yes", "timeoutMs": "3000"}))
            .await
            .ok();
        assert_eq!(tab.eval("n").await, 2);
        act(json!({"kind": "resize", "width": "700", "height": 500})).await.ok();
        assert_eq!(tab.eval("innerWidth").await, 700);
        for (body, field) in [
            (json!({"kind": "resize", "width": "7.5", "height": 500}), "width"),
            (json!({"kind": "resize", "width": 7.5, "height": 500}), "width"),
            (json!({"kind": "resize", "width": "wide", "height": 500}), "width"),
            (json!({"kind": "click", "ref": go, "delayMs": -1}), "delayMs"),
            (json!({"kind": "click", "ref": go, "timeoutMs": 0}), "timeoutMs"),
            (json!({"kind": "click", "ref": go, "timeoutMs": "soon"}), "timeoutMs"),
        ] {
            let answer = act(body).await;
            assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{}", answer.body);
        }
        // Query numbers of a snapshot fall back, and a query wins over a body.
        let loose = tab.get("/snapshot", "maxChars=abc&depth=x&interactive=1&format=zzz").await.ok();
        assert_eq!(loose["refs"].as_object().unwrap().len(), 1);
        let answer = house.post("/stop?profile=nope", json!({"profile": "openclaw"})).await;
        assert_eq!(answer.code(), "PROFILE_NOT_FOUND");
    });
}

/// Parameters with which an operation could be done; `REF` and `TAB` stand for what the test opened.
fn good(name: &str) -> Value {
    match name {
        "open" | "navigate" => json!({"url": "about:blank"}),
        "click" | "hover" | "scrollintoview" => json!({"ref": "e1"}),
        "type" => json!({"ref": "e1", "text": "x"}),
        "press" => json!({"key": "a"}),
        "click-coords" => json!({"x": 1, "y": 1}),
        "drag" => json!({"startRef": "e1", "endRef": "e1"}),
        "insert-text" => json!({"text": "x"}),
        "select" => json!({"ref": "e1", "values": ["a"]}),
        "fill" => json!({"fields": [{"ref": "e1", "value": "x"}]}),
        "wait" => json!({"timeMs": 1}),
        "evaluate" => json!({"fn": "1"}),
        "dialog" => json!({"accept": true}),
        "resize" => json!({"width": 800, "height": 600}),
        "highlight" => json!({"ref": "e1"}),
        "upload" => json!({"paths": ["sweep.txt"]}),
        "download" => json!({"ref": "e1", "path": "x"}),
        "responsebody" => json!({"url": "nothing"}),
        "create-profile" => json!({"name": "swept"}),
        "cookies-set" => json!({"cookie": {"name": "a", "value": "b", "url": "http://127.0.0.1/"}}),
        "cookies-set-many" => json!({"cookies": [{"name": "a", "value": "b", "url": "http://127.0.0.1/"}]}),
        "storage-set" => json!({"key": "a", "value": "b"}),
        "set-offline" => json!({"offline": false}),
        "set-headers" => json!({"headers": {}}),
        "set-credentials" => json!({"username": "u", "password": "p"}),
        "set-geolocation" => json!({"latitude": 1, "longitude": 1}),
        "set-media" => json!({"colorScheme": "none"}),
        "set-timezone" => json!({"timezoneId": "Europe/Berlin"}),
        "set-locale" => json!({"locale": "de-DE"}),
        "set-device" => json!({"name": "iPhone 14"}),
        "permissions-grant" => json!({"origin": "http://127.0.0.1", "permissions": ["geolocation"]}),
        "tab-label" => json!({"label": "x"}),
        "tab-select" => json!({"index": 0}),
        "batch" => json!({"actions": [{"kind": "wait", "timeMs": 1}]}),
        _ => json!({}),
    }
}

/// Calls an operation with these parameters besides those of its address; never more than five seconds.
async fn call(house: &House, entry: &Entry, params: &Value, scope: &[(&str, &str)]) -> Answer {
    let (method, path, mut body) = address(entry);
    for (key, value) in params.as_object().unwrap() {
        body[key] = value.clone();
    }
    let target = scope.iter().find(|(key, _)| *key == "targetId").map(|(_, value)| *value);
    let named = entry.route.path().contains(":targetId");
    let path = target.filter(|_| named).map_or(path, |tab| format!("/tabs/{tab}"));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(scope);
    if method != "POST" {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        query.extend_pairs(body.as_object().unwrap().iter().map(|(key, value)| (key.as_str(), text(value))));
    }
    let path = format!("{path}?{}", query.finish());
    let answer = async {
        match method {
            "GET" => house.get(&path).await,
            "DELETE" => house.delete(&path).await,
            _ => house.post(&path, body.clone()).await,
        }
    };
    let limit = Duration::from_secs(5);
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| panic!("{} {path} {body} hangs", entry.name))
}

#[test]
fn every_operation_names_an_unknown_profile_tab_and_time() {
    run(async {
        let house = House::shared().await;
        house.open("about:blank").await;
        for entry in ALL {
            let name = entry.name;
            let is_act = matches!(entry.route, Route::Act(_));
            let code = if is_act { "ACT_INVALID_REQUEST" } else { "INVALID_REQUEST" };
            let mut scopes = Vec::new();
            // Contract 2: a snapshot's numbers are never refused.
            if !entry.forgives_timeout {
                scopes.push((("timeoutMs", "0"), (400, code)));
            }
            if matches!(entry.reach, Reach::Profile | Reach::Tab) {
                scopes.push((("profile", "nope"), (404, "PROFILE_NOT_FOUND")));
            }
            if entry.reach == Reach::Tab {
                scopes.push((("targetId", "t99999"), (404, "TAB_NOT_FOUND")));
                scopes.push((("targetId", "no such tab"), (404, "TAB_NOT_FOUND")));
            }
            for (scope, wanted) in scopes {
                // These name their tab in any case.
                let mut all = vec![scope];
                if matches!(name, "focus" | "close" | "tab-label") && scope.0 != "targetId" {
                    all.push(("targetId", "t1"));
                }
                let answer = call(house, entry, &good(name), &all).await;
                assert_typed(answer.status, &answer.body, wanted);
                assert_eq!(answer.body["field"], scope.0, "{name}: {}", answer.body);
            }
        }
    });
}

#[test]
fn every_operation_names_a_missing_or_impossible_field() {
    run(async {
        let house = House::shared().await;
        let tab = house.open("about:blank").await;
        let invalid = (400, "ACT_INVALID_REQUEST");
        for (name, params, wanted, field) in [
            ("open", json!({}), (400, "INVALID_REQUEST"), "url"),
            ("open", json!({"url": 5}), (400, "INVALID_REQUEST"), "url"),
            ("open", json!({"url": "about:blank", "label": "a b"}), (400, "INVALID_REQUEST"), "label"),
            ("open", json!({"url": "file:///etc/passwd"}), (400, "NAVIGATION_BLOCKED"), "url"),
            ("open", json!({"url": "not a url"}), (400, "NAVIGATION_BLOCKED"), "url"),
            ("start", json!({"headless": "maybe"}), (400, "INVALID_REQUEST"), "headless"),
            ("navigate", json!({}), (400, "INVALID_REQUEST"), "url"),
            ("navigate", json!({"url": "javascript:alert(1)"}), (400, "NAVIGATION_BLOCKED"), "url"),
            ("close", json!({"targetIdMode": "x"}), (400, "INVALID_REQUEST"), "targetIdMode"),
            ("click", json!({}), invalid, "ref"),
            ("click", json!({"ref": "e99999"}), (404, "UNKNOWN_REF"), "ref"),
            ("click", json!({"ref": "nonsense"}), (404, "UNKNOWN_REF"), "ref"),
            ("click", json!({"ref": "e1", "button": "up"}), invalid, "button"),
            ("click", json!({"ref": "e1", "modifiers": ["Hyper"]}), invalid, "modifiers"),
            ("click", json!({"ref": "e1", "modifiers": [1]}), invalid, "modifiers"),
            ("click", json!({"ref": "e1", "delayMs": 99_999}), invalid, "delayMs"),
            ("click", json!({"selector": "]["}), invalid, "selector"),
            ("hover", json!({}), invalid, "ref"),
            ("hover", json!({"ref": "e99999"}), (404, "UNKNOWN_REF"), "ref"),
            ("scrollintoview", json!({}), invalid, "ref"),
            ("scrollintoview", json!({"ref": "e99999"}), (404, "UNKNOWN_REF"), "ref"),
            ("type", json!({"text": "x"}), invalid, "ref"),
            ("type", json!({"ref": "e1"}), invalid, "text"),
            ("type", json!({"ref": "e1", "text": 5}), invalid, "text"),
            ("type", json!({"ref": "e99999", "text": "x"}), (404, "UNKNOWN_REF"), "ref"),
            ("press", json!({}), invalid, "key"),
            ("press", json!({"key": "Entre"}), (400, "UNKNOWN_KEY"), "key"),
            ("press", json!({"key": "Control+"}), (400, "UNKNOWN_KEY"), "key"),
            ("press", json!({"key": "a", "selector": "#x"}), (400, "ACT_SELECTOR_UNSUPPORTED"), "selector"),
            ("select", json!({"ref": "e1"}), invalid, "values"),
            ("select", json!({"ref": "e99999", "values": ["a"]}), (404, "UNKNOWN_REF"), "ref"),
            ("select", json!({"ref": "e1", "values": [5]}), invalid, "values"),
            ("fill", json!({}), invalid, "fields"),
            ("fill", json!({"fields": "x"}), invalid, "fields"),
            ("fill", json!({"fields": [5]}), invalid, "fields[0]"),
            ("fill", json!({"fields": [{"value": "x"}]}), invalid, "fields[0].ref"),
            ("wait", json!({}), invalid, "timeMs"),
            ("wait", json!({"timeMs": 99_999}), invalid, "timeMs"),
            ("wait", json!({"selector": "]["}), invalid, "selector"),
            ("evaluate", json!({}), invalid, "fn"),
            ("evaluate", json!({"fn": "1", "ref": "e99999"}), (404, "UNKNOWN_REF"), "ref"),
            ("resize", json!({"width": 5}), invalid, "height"),
            ("resize", json!({"width": 5, "height": 9000}), invalid, "height"),
            ("batch", json!({}), invalid, "actions"),
            ("batch", json!({"actions": {}}), invalid, "actions"),
            ("batch", json!({"actions": [{}]}), (400, "ACT_KIND_REQUIRED"), "actions[0].kind"),
        ] {
            let entry = openclaw::ops::registry::find(name).unwrap();
            let answer = call(house, entry, &params, &[("targetId", &tab.id)]).await;
            assert_typed(answer.status, &answer.body, wanted);
            assert_eq!(answer.body["field"], field, "{name} {params}: {}", answer.body);
        }
    });
}

/// Whether a value is one of a field as the contract reads it; in a query everything is text.
fn fits(property: &Value, value: &Value, is_query: bool) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let is_absent = value.is_null() && !is_query;
    match property["type"].get(0).unwrap_or(&property["type"]).as_str() {
        Some("boolean") => is_absent || matches!(text.as_str(), "true" | "false" | "0" | "1" | "yes" | "no"),
        Some("integer") => is_absent || text.parse::<u64>().is_ok(),
        Some("number") => is_absent || text.parse::<f64>().is_ok(),
        Some("string") if is_query && property["enum"].is_array() => {
            property["enum"].as_array().unwrap().contains(&text.into())
        }
        Some("string") => is_absent || is_query || value.is_string(),
        Some("array") => is_absent || value.is_array(),
        // Pictures take what is a number; cookies and headers are objects.
        _ => is_absent || value.is_object() || (property.get("type").is_none() && value.is_number()),
    }
}

/// Whether a wrong value of a field counts as none by the contract: switches everywhere, what a query says, what a wait
/// takes for a state (2, 8.2), a stored value and the size of a picture (9).
fn is_forgiven(entry: &Entry, name: &str, property: &Value) -> bool {
    let is_switch = property["type"].get(0).unwrap_or(&property["type"]) == "boolean";
    let is_number = ["integer", "number"].iter().any(|kind| property["type"][0] == *kind);
    let is_looked_for = matches!(entry.route, Route::Get(_)) && !is_number;
    let is_named = matches!(
        (entry.name, name),
        ("snapshot" | "screencast", _) | ("wait", "loadState") | ("storage-set", "value")
    );
    is_switch || is_looked_for || is_named
}

#[test]
fn no_field_of_any_operation_takes_a_wrong_type_badly() {
    run(async {
        let mut house = House::with(json!({})).await;
        let uploads = house.state("media/uploads");
        std::fs::create_dir_all(&uploads).unwrap();
        std::fs::write(uploads.join("sweep.txt"), "x").unwrap();
        let tab = house.open(&Site::with("<input aria-label=Name>").await.url("/")).await;
        tab.find("Name").await;
        let id = tab.id.clone();
        let wrong = [
            json!(null),
            json!(7),
            json!(-1),
            json!(1.5),
            json!(1e15),
            json!(u64::MAX),
            json!(true),
            json!("\u{1f980}"),
            json!([[]]),
            json!({"a": 1}),
        ];
        let ends = ["stop", "close", "close-current", "tab-close", "reset-profile", "delete-profile"];
        let mut entries: Vec<_> = ALL.iter().filter(|entry| !ends.contains(&entry.name)).collect();
        // It leaves the page that the others act on.
        entries.sort_by_key(|entry| entry.name == "navigate");
        for entry in entries {
            let schema = (entry.schema)();
            let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            let is_query = matches!(entry.route, Route::Get(_) | Route::Delete(_));
            for (property, value) in
                properties.keys().flat_map(|key| wrong.iter().map(move |value| (key, value)))
            {
                let mut params = good(entry.name);
                params[property] = value.clone();
                let scope = [("targetId", id.as_str()), ("timeoutMs", "1000")];
                let answer =
                    call(&house, entry, &params, &scope[..if entry.name == "open" { 0 } else { 2 }]).await;
                let is_in_path = entry.route.path().contains(&format!(":{property}"));
                if answer.status == 200 && !fits(&properties[property], value, is_query) && !is_in_path {
                    let told = answer.body["warnings"].to_string();
                    let names = told.contains(&format!("\\\"{property}\\\""));
                    let is_lenient = is_forgiven(entry, property, &properties[property]);
                    assert!(names && is_lenient, "{} {params}: {}", entry.name, answer.body);
                }
                if answer.status != 200 {
                    assert!(!answer.code().is_empty(), "{} {params}: {}", entry.name, answer.body);
                    assert_typed(answer.status, &answer.body, (answer.status, answer.code()));
                    let field = answer.body["field"].as_str();
                    // What was made by an earlier call is in the way, whatever else is wrong.
                    let names = answer.code() == "PROFILE_EXISTS"
                        // Nobody has named one here.
                        || (entry.reach == Reach::Lease && field == Some("lease"))
                        || field.is_none_or(|field| field.starts_with(property.as_str()));
                    assert!(names, "{} {params}: {}", entry.name, answer.body);
                    let honest = ["ACT_OPERATION_FAILED", "TIMEOUT", "UNSUPPORTED"];
                    let is_ours = answer.status < 500 || honest.contains(&answer.code());
                    assert!(is_ours, "{} {params}: {}", entry.name, answer.body);
                }
            }
        }
        house.stop().await;
    });
}

#[test]
fn a_scope_of_the_wrong_type_never_means_another_tab_or_browser() {
    run(async {
        let house = House::shared().await;
        house.open("about:blank").await;
        for entry in ALL.iter().filter(|entry| entry.name != "profiles") {
            let (method, path, body) = address(entry);
            if method != "POST" {
                continue;
            }
            for (field, wrong) in
                [("targetId", json!(["t1"])), ("profile", json!({"a": 1})), ("targetId", json!(true))]
            {
                let mut body = body.clone();
                for (key, value) in good(entry.name).as_object().unwrap() {
                    body[key] = value.clone();
                }
                body[field] = wrong;
                let answer = house.post(&path, body).await;
                assert_typed(answer.status, &answer.body, (400, "INVALID_REQUEST"));
                assert_eq!(answer.body["field"], field, "{}", entry.name);
            }
        }
    });
}

#[test]
fn a_stopped_browser_is_said_to_be_stopped_and_not_started_for_a_named_tab() {
    run(async {
        let house = quiet().await;
        for entry in ALL.iter().filter(|entry| entry.reach == Reach::Tab) {
            let answer = call(house, entry, &good(entry.name), &[("targetId", "t1")]).await;
            assert_typed(answer.status, &answer.body, (409, "BROWSER_NOT_RUNNING"));
        }
        assert_eq!(house.get("/tabs").await.ok(), json!({"running": false, "tabs": []}));
    });
}

#[test]
fn a_caller_that_hangs_up_ends_its_wait() {
    run(async {
        let house = House::shared().await;
        let tab = house.open(&Site::with("").await.url("/")).await;
        let body = json!({"kind": "batch", "targetId": tab.id, "actions": [
            {"kind": "wait", "timeMs": 700}, {"kind": "evaluate", "fn": "document.title = 'too late'"},
        ]});
        let sent = house.post("/act", body);
        // Dropping the request closes its connection.
        assert!(tokio::time::timeout(Duration::from_millis(200), sent).await.is_err());
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert_eq!(tab.eval("document.title").await, "/");
    });
}
