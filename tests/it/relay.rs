//! The CDP port of a browser: many clients over one pipe, each with what is its own.

use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::cdp::{Client, parsed, running, until};
use crate::support::house::{folder, free_base};
use crate::support::program::{output, stdout};
use crate::support::{House, Site, run};

/// An HTTP request to the port, with the house's token.
async fn ask(house: &House, port: u16, method: &str, path: &str) -> (u16, String) {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let request = house.bare().request(method, format!("http://127.0.0.1:{port}{path}"));
    let answer = request.bearer_auth(&house.token).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Whether we know a tab.
async fn is_listed(house: &House, target: &str) -> bool {
    house.get("/tabs").await.ok()["tabs"].as_array().unwrap().iter().any(|tab| tab["targetId"] == target)
}

#[test]
fn what_there_is_to_connect_to_is_told_as_chromium_tells_it() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let site = Site::with("<title>Listed</title>").await;
        let tab = house.open(&site.url("/")).await;
        let version = parsed(&ask(&house, port, "GET", "/json/version").await.1);
        let browser = version["webSocketDebuggerUrl"].as_str().unwrap();
        // Who sent the secret in a header gets no URL with it.
        assert!(browser.starts_with(&format!("ws://127.0.0.1:{port}/devtools/browser/")), "{version}");
        assert!(!browser.contains("token"), "{version}");
        for path in ["/json", "/json/list", "/json/list/"] {
            let list = parsed(&ask(&house, port, "GET", path).await.1);
            let row = list.as_array().unwrap().iter().find(|row| row["id"] == tab.id).expect("the tab");
            assert_eq!((&row["type"], &row["url"]), (&json!("page"), &json!(site.url("/"))), "{list}");
            let socket = format!("ws://127.0.0.1:{port}/devtools/page/{}", tab.id);
            assert_eq!(row["webSocketDebuggerUrl"], socket);
        }
        let url = site.url("/?a=1&token=theirs");
        let (status, new) = ask(&house, port, "PUT", &format!("/json/new?{url}")).await;
        assert_eq!(status, 200, "{new}");
        let new = parsed(&new);
        let id = new["id"].as_str().unwrap();
        until(async || is_listed(&house, id).await).await;
        for (method, path, status, words) in [
            (
                "GET",
                "/json/new?about:blank".to_owned(),
                405,
                "Using unsafe HTTP verb GET to invoke /json/new",
            ),
            ("GET", format!("/json/activate/{id}"), 200, "Target activated"),
            ("GET", format!("/json/close/{id}"), 200, "Target is closing"),
            ("GET", "/json/activate/none".to_owned(), 404, "No such target id: none"),
            ("GET", "/json/close/none".to_owned(), 404, "No such target id: none"),
            ("GET", "/json/nothing".to_owned(), 404, "Unknown command"),
            ("GET", "/devtools/page/none".to_owned(), 426, "WebSocket"),
            ("GET", "/devtools/browser/other".to_owned(), 404, "webSocketDebuggerUrl"),
        ] {
            let (found, text) = ask(&house, port, method, &path).await;
            assert!(found == status && text.contains(words), "{method} {path}: {found} {text}");
        }
        house.stop().await;
    });
}

#[test]
fn a_socket_is_refused_before_the_upgrade_to_whoever_has_no_secret_or_comes_from_a_page() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let tab = house.open("about:blank").await;
        let bearer = format!("Bearer {}", house.token);
        let (good, page) = (format!("?token={}", house.token), format!("page/{}", tab.id));
        let evil = Some(("origin", "http://evil.example"));
        let devtools = Some(("origin", "devtools://devtools"));
        for (path, query, header, status) in [
            ("browser", "", None, 401),
            (&*page, "", None, 401),
            ("browser", "?token=wrong", None, 401),
            ("browser", "", Some(("authorization", "Bearer wrong")), 401),
            ("browser", &good, evil, 403),
            (&page, &good, evil, 403),
            ("page/none", &good, None, 404),
            ("browser/other", &good, None, 404),
            ("browser", &good, None, 101),
            ("browser", "", Some(("authorization", &*bearer)), 101),
            (&page, &good, devtools, 101),
        ] {
            let url = format!("ws://127.0.0.1:{port}/devtools/{path}{query}");
            let mut request = url.into_client_request().unwrap();
            if let Some((name, value)) = header {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
            let found = match connect_async(request).await {
                Ok((_, answer)) => answer.status(),
                Err(WsError::Http(answer)) => answer.status(),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found.as_u16(), status, "{path} {query} {header:?}");
        }
        house.stop().await;
    });
}

/// What an HTTP request without a secret is answered.
async fn knock(house: &House, port: u16, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = house.bare().get(format!("http://127.0.0.1:{port}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[test]
fn a_profile_that_says_so_asks_programs_of_this_machine_for_no_secret_and_is_shown_as_such() {
    run(async {
        let base = free_base();
        let (open, closed) = (base + 11, base + 12);
        let profiles = json!({"openclaw": {"cdpPort": open, "cdpAuth": "none"}, "work": {"cdpPort": closed}});
        let mut house = House::at(folder(), base, json!({"browser": {"profiles": profiles}})).await;
        for profile in ["openclaw", "work"] {
            house.post(&format!("/start?profile={profile}"), json!({})).await.ok();
        }
        let lease = house.post("/leases", json!({"isolation": "context"})).await.ok();
        let of_lease = lease["endpoint"].as_str().unwrap().to_owned();
        house.post("/leases/release", json!({"lease": lease["lease"]})).await.ok();
        let ended = format!("/json/list?token={}", of_lease.split_once("token=").unwrap().1);
        let list = "/json/list";
        let evil = ("origin", "http://evil.example");
        let (local, rebound) = (("sec-fetch-site", "same-site"), ("host", "evil.example"));
        for (port, path, headers, status) in [
            (open, list, &[][..], 200),
            (closed, list, &[], 401),
            // Who shows a secret is held to it.
            (open, "/json/list?token=wrong", &[], 401),
            (open, &*ended, &[], 401),
            (open, list, &[("authorization", "Bearer wrong")], 401),
            (open, list, &[evil], 403),
            (open, list, &[local], 403),
            (open, list, &[rebound], 403),
        ] {
            assert_eq!(knock(&house, port, path, headers).await, status, "{port} {path} {headers:?}");
        }
        let mut client = Client::at(&format!("ws://127.0.0.1:{open}/devtools/browser")).await;
        let (_, session) = client.tab("about:blank").await;
        assert_eq!(client.eval(Some(&session), "1 + 1").await["result"]["result"]["value"], 2);
        for (profile, word, warns) in [("openclaw", "none", true), ("work", "gateway", false)] {
            let status = house.get(&format!("/?profile={profile}")).await.ok();
            assert_eq!(status["cdpAuth"], word, "{status}");
            let told = house.get(&format!("/doctor?profile={profile}")).await.ok();
            let checks = told["checks"].as_array().unwrap();
            let access = checks.iter().find(|check| check["id"] == "cdp-auth");
            assert_eq!(access.map(|check| check["status"] == "warn"), warns.then_some(true), "{told}");
        }
        let shown = stdout(&tokio::task::block_in_place(|| output(&house.home, &["browser", "status"])));
        assert!(shown.contains("cdpAuth: none (any program of this machine"), "{shown}");
        house.stop().await;
    });
}

#[test]
fn clients_share_a_browser_without_noticing_each_other_or_us() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let site =
            Site::with("<title>Shared</title><button onclick=\"console.log('theirs')\">Go</button>").await;
        let ours = house.open(&site.url("/")).await;
        let mut first = Client::of(&house, port).await;
        let mut second = Client::of(&house, port).await;
        let (target, of_first) = first.tab(&site.url("/")).await;
        let (_, of_second) = second.tab(&site.url("/")).await;
        for (client, session) in [(&mut first, &of_first), (&mut second, &of_second)] {
            client.call_in(Some(session), "Runtime.enable", json!({})).await;
        }
        // Both have numbered their commands alike; what one says the other does not hear.
        let spoken = tokio::join!(
            first.eval(Some(&of_first), "console.log('first'); 1"),
            second.eval(Some(&of_second), "console.log('second'); 2"),
            ours.click("button"),
        );
        assert_eq!(spoken.0["result"]["result"]["value"], 1, "{}", spoken.0);
        assert_eq!(spoken.1["result"]["result"]["value"], 2, "{}", spoken.1);
        spoken.2.ok();
        for (client, session, word) in [(&mut first, &of_first, "first"), (&mut second, &of_second, "second")]
        {
            let event = client.event("Runtime.consoleAPICalled").await;
            assert_eq!(
                (&event["params"]["args"][0]["value"], &event["sessionId"]),
                (&json!(word), &json!(session))
            );
            client.eval(Some(session), "0").await;
            let more: Vec<_> =
                client.events.iter().filter(|event| event["sessionId"] != json!(session)).collect();
            let foreign = more.iter().filter(|event| event["params"]["sessionId"] != json!(session)).count();
            assert_eq!(foreign, 0, "{more:?}");
        }
        // A session of somebody else is none.
        let foreign = second.eval(Some(&of_first), "1").await;
        assert_eq!(foreign["error"]["code"], -32001, "{foreign}");
        // What Chromium refuses is told in its own words, with what it adds.
        let wrong = first.call_in(Some(&of_first), "Runtime.evaluate", json!({"expression": 5})).await;
        assert_eq!(wrong["error"]["code"], -32602, "{wrong}");
        assert!(wrong["error"]["data"].as_str().is_some_and(|data| data.contains("expression")), "{wrong}");
        // One leaves: what it had stays open, and everybody else goes on.
        let left = first.call("Browser.close", json!({})).await;
        assert_eq!(left["result"], json!({}), "{left}");
        assert!(first.read().await.is_none());
        assert_eq!(second.eval(Some(&of_second), "3").await["result"]["result"]["value"], 3);
        ours.click("button").await.ok();
        let tabs = house.get("/tabs").await.ok();
        assert!(tabs["tabs"].as_array().unwrap().iter().any(|tab| tab["targetId"] == target), "{tabs}");
        house.stop().await;
    });
}

#[test]
fn a_client_of_one_page_names_no_session_and_ends_with_it() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let site = Site::with("<p>One</p>").await;
        let tab = house.open(&site.url("/")).await;
        let url = format!("ws://127.0.0.1:{port}/devtools/page/{}?token={}", tab.id, house.token);
        let mut client = Client::at(&url).await;
        assert_eq!(
            client.eval(None, "document.querySelector('p').textContent").await["result"]["result"]["value"],
            "One"
        );
        client.call("Page.enable", json!({})).await;
        client.call("Page.navigate", json!({"url": site.url("/?again")})).await;
        let navigated = client.event("Page.frameNavigated").await;
        assert!(navigated["sessionId"].is_null(), "{navigated}");
        // What its own channel is made of it does not see.
        assert!(client.events.iter().all(|event| event["method"] != "Target.attachedToTarget"));
        house.delete(&format!("/tabs/{}", tab.id)).await.ok();
        while client.read().await.is_some() {}
        house.stop().await;
    });
}

#[test]
fn garbage_is_answered_and_a_flood_that_nobody_reads_ends_one_client_alone() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let mut client = Client::of(&house, port).await;
        for (garbage, code) in [
            ("{", -32700),
            ("[1]", -32600),
            ("{\"id\":\"x\",\"method\":\"A.b\"}", -32600),
            ("{\"id\":1}", -32600),
        ] {
            client.write(garbage).await;
            assert_eq!(client.read().await.unwrap()["error"]["code"], code, "{garbage}");
        }
        let unknown = client.call("Nothing.here", json!({})).await;
        assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
        for method in ["Browser.crash", "Target.exposeDevToolsProtocol", "Target.sendMessageToTarget"] {
            let refused = client.call(method, json!({})).await;
            assert!(refused["error"]["message"].as_str().unwrap().contains(method), "{refused}");
        }
        // 150 MB of events that are not read.
        let mut deaf = Client::of(&house, port).await;
        let (target, session) = deaf.tab("about:blank").await;
        deaf.call_in(Some(&session), "Runtime.enable", json!({})).await;
        let storm = "for (let n = 0; n < 150; n++) console.log('x'.repeat(1 << 20))";
        let params = json!({"expression": storm});
        let storm = json!({"id": 1000, "sessionId": session, "method": "Runtime.evaluate", "params": params});
        deaf.write(storm.to_string()).await;
        // Whoever asks that page something is answered behind them all.
        let attach = json!({"targetId": target, "flatten": true});
        let attached = client.call("Target.attachToTarget", attach).await;
        let behind = attached["result"]["sessionId"].as_str().unwrap();
        assert_eq!(client.eval(Some(behind), "1").await["result"]["result"]["value"], 1);
        let mut read = 0;
        while deaf.read().await.is_some() {
            read += 1;
        }
        assert!((1..150).contains(&read), "{read}");
        assert!(client.call("Browser.getVersion", json!({})).await["result"].is_object());
        house.stop().await;
    });
}

#[test]
fn what_a_client_has_begun_ends_with_it() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let site = Site::with("<a href='data:text/plain,hi' download=own.txt>Get</a>").await;
        let mut client = Client::of(&house, port).await;
        let context = client.call("Target.createBrowserContext", json!({"disposeOnDetach": true})).await;
        let context = context["result"]["browserContextId"].as_str().unwrap().to_owned();
        let params = json!({"url": site.url("/"), "browserContextId": context});
        let target = client.call("Target.createTarget", params).await["result"]["targetId"]
            .as_str()
            .unwrap()
            .to_owned();
        let elsewhere = json!({"behavior": "deny", "eventsEnabled": true});
        client.call("Browser.setDownloadBehavior", elsewhere).await;
        drop(client);
        until(async || !is_listed(&house, &target).await).await;
        let tab = house.open(&site.url("/")).await;
        let done = tab.click("a").await.ok();
        assert_eq!(done["downloads"][0]["suggestedFilename"], "own.txt", "{done}");
        house.stop().await;
    });
}

#[test]
fn code_of_clients_is_run_only_where_callers_may_evaluate() {
    run(async {
        let (mut house, port) = running(json!({"browser": {"evaluateEnabled": false}})).await;
        let mut client = Client::of(&house, port).await;
        let (_, session) = client.tab("about:blank").await;
        let refused = client.eval(Some(&session), "1").await;
        assert!(
            refused["error"]["message"].as_str().unwrap().contains("browser.evaluateEnabled"),
            "{refused}"
        );
        let told = client.call_in(Some(&session), "DOM.getDocument", json!({})).await;
        assert_eq!(told["result"]["root"]["nodeName"], "#document", "{told}");
        house.stop().await;
    });
}

#[test]
fn navigations_of_clients_are_held_against_the_policy() {
    run(async {
        let strict = json!({"browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": false}}});
        let (mut house, port) = running(strict).await;
        let site = Site::with("<title>Private</title>").await;
        let mut client = Client::of(&house, port).await;
        let (_, session) = client.tab("about:blank").await;
        let went = client.call_in(Some(&session), "Page.navigate", json!({"url": site.url("/")})).await;
        assert!(went["error"]["message"].as_str().is_some_and(|text| text.contains("policy")), "{went}");
        let made = client.call("Target.createTarget", json!({"url": "chrome://version"})).await;
        assert!(made["error"]["message"].is_string(), "{made}");
        assert_eq!(client.eval(Some(&session), "document.title").await["result"]["result"]["value"], "");
        house.stop().await;
    });
}

#[test]
fn a_request_that_is_paused_for_a_client_goes_nowhere_that_the_policy_forbids() {
    run(async {
        let section = json!({"browser": {"ssrfPolicy": {"blockedHostnames": ["localhost"]}}});
        let (mut house, port) = running(section).await;
        let site = Site::with("<p>Open</p>").await;
        site.page("/other", "<p>Other</p>");
        site.page("/secret", "<p>Secret</p>");
        let secret = site.url_as("localhost", "/secret");
        let mut client = Client::of(&house, port).await;
        let (_, session) = client.tab("about:blank").await;
        let session = Some(&*session);
        // Not what the browser asks for by itself, such as a page's icon.
        let documents = json!({"patterns": [{"resourceType": "Document"}]});
        client.call_in(session, "Fetch.enable", documents).await;
        client.call_in(session, "Page.enable", json!({})).await;
        let navigate = |id: u32| json!({"id": id, "sessionId": session, "method": "Page.navigate", "params": {"url": site.url("/")}});
        client.write(navigate(500).to_string()).await;
        let paused = client.event("Fetch.requestPaused").await["params"]["requestId"].clone();
        for url in [&*secret, "file:///etc/passwd", "chrome://version"] {
            let sent = json!({"requestId": paused, "url": url});
            let answer = client.call_in(session, "Fetch.continueRequest", sent).await;
            assert!(
                answer["error"]["message"].as_str().is_some_and(|text| text.contains("not allowed")),
                "{url}: {answer}"
            );
        }
        let elsewhere = json!({"requestId": paused, "url": site.url("/other")});
        let answer = client.call_in(session, "Fetch.continueRequest", elsewhere).await;
        assert_eq!(answer["result"], json!({}), "{answer}");
        client.event("Page.loadEventFired").await;
        let shown = client.eval(session, "document.querySelector('p').textContent").await;
        assert_eq!(shown["result"]["result"]["value"], "Other");
        // An answer of the client's own that leads elsewhere is followed no further.
        client.write(navigate(502).to_string()).await;
        let paused = client.event("Fetch.requestPaused").await["params"]["requestId"].clone();
        let location = json!([{"name": "Location", "value": secret}]);
        let answer = json!({"requestId": paused, "responseCode": 302, "responseHeaders": location});
        client.call_in(session, "Fetch.fulfillRequest", answer).await;
        let went = loop {
            let message = client.read().await.expect("an answer to the navigation");
            if message["method"] == "Fetch.requestPaused" {
                let next = json!({"requestId": message["params"]["requestId"]});
                client.write(json!({"id": 501, "sessionId": session, "method": "Fetch.continueRequest", "params": next}).to_string()).await;
            }
            if message["id"] == 502 {
                break message;
            }
        };
        assert!(went["result"]["errorText"].is_string(), "{went}");
        assert!(site.asked().iter().all(|path| path != "/secret"), "{:?}", site.asked());
        house.stop().await;
    });
}
