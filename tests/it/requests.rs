//! Requests: what a page and its frames asked for, and what came of it.

use serde_json::{Value, json};

use crate::support::house::free_base;
use crate::support::{End, House, Site, Tab, run};

async fn asked(tab: &Tab<'_>, query: &str) -> Vec<Value> {
    tab.get("/requests", query).await.ok()["requests"].as_array().unwrap().clone()
}

/// The same, when all of them have ended: the page may know an answer before the browser has told that it is whole.
async fn settled(tab: &Tab<'_>, query: &str) -> Vec<Value> {
    loop {
        let requests = asked(tab, query).await;
        if requests.iter().all(|request| request["pending"].is_null()) {
            return requests;
        }
        tab.eval("new Promise(done => requestAnimationFrame(done)).then(() => 1)").await;
    }
}

/// Path, type, status and outcome of each.
fn told(requests: &[Value]) -> Value {
    let path = |request: &Value| {
        let url = request["url"].as_str().unwrap();
        url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default()
    };
    requests.iter().map(|r| json!([path(r), r["resourceType"], r["status"], r["ok"]])).collect()
}

#[test]
fn requests_are_kept_from_the_first_on_in_order() {
    run(async {
        let site = Site::with("<link rel=stylesheet href=/missing.css><script>fetch('/data')</script>").await;
        site.file("/data", None, b"{}");
        site.redirect("/moved", "/");
        let tab = House::shared().await.open(&site.url("/moved")).await;
        settled(&tab, "").await;
        let body = tab.get("/requests", "").await.ok();
        assert_eq!(
            (&body["ok"], &body["targetId"], &body["url"]),
            (&json!(true), &json!(tab.id), &json!(site.url("/")))
        );
        let requests = body["requests"].as_array().unwrap();
        let expected = json!([
            ["/moved", "document", 302, false],
            ["/", "document", 200, true],
            ["/missing.css", "stylesheet", 404, false],
            ["/data", "fetch", 200, true]
        ]);
        assert_eq!(told(requests), expected);
        for (number, request) in requests.iter().enumerate() {
            assert_eq!(request["id"], format!("r{}", number + 1));
            assert_eq!(request["method"], "GET");
            let stamp = request["timestamp"].as_str().unwrap();
            assert!(stamp.len() == 24 && stamp.ends_with('Z'), "{stamp}");
        }
        let keys: Vec<_> = requests[1].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "timestamp", "method", "url", "resourceType", "status", "ok"]);
    });
}

#[test]
fn a_request_that_fails_says_why() {
    run(async {
        let tab = Tab::with("").await;
        let nobody = format!("http://127.0.0.1:{}/", free_base());
        let other = Site::with("secret").await;
        tab.eval(&format!("fetch('{nobody}', {{method: 'POST'}}).catch(() => 1)")).await;
        tab.eval(&format!("fetch('{}').catch(() => 1)", other.url("/"))).await;
        let requests = asked(&tab, "filter=fetch").await;
        assert_eq!(requests.len(), 2, "{requests:#?}");
        assert_eq!(requests[0]["method"], "POST");
        assert_eq!(requests[0]["failureText"], "net::ERR_CONNECTION_REFUSED");
        assert_eq!((&requests[0]["ok"], &requests[0]["status"]), (&json!(false), &Value::Null));
        assert_eq!(requests[1]["failureText"], "net::ERR_FAILED");
        assert_eq!(requests[1]["reason"], "CORS: MissingAllowOriginHeader");
    });
}

#[test]
fn a_navigation_that_the_policy_refuses_is_told() {
    run(async {
        let tab = Tab::with("<a href='ftp://127.0.0.1/x'>Go</a>").await;
        tab.navigate("http://127.0.0.1:1/").await;
        let requests = asked(&tab, "").await;
        assert_eq!(requests.last().unwrap()["ok"], false, "{requests:#?}");
        assert_eq!(requests.last().unwrap()["resourceType"], "document");
    });
}

#[test]
fn filter_looks_at_url_and_type() {
    run(async {
        let site = Site::with("<script>fetch('/data?q=Ab')</script>").await;
        site.file("/data", None, b"{}");
        let tab = House::shared().await.open(&site.url("/")).await;
        for (filter, paths) in [
            ("fetch", vec!["/data?q=Ab"]),
            ("data", vec!["/data?q=Ab"]),
            ("ab", vec![]),
            ("document", vec!["/"]),
            ("", vec!["/", "/data?q=Ab"]),
        ] {
            let found = told(&settled(&tab, &format!("filter={filter}")).await);
            let found: Vec<_> = found.as_array().unwrap().iter().map(|row| row[0].clone()).collect();
            assert_eq!(found, paths, "{filter}");
        }
    });
}

#[test]
fn clear_empties_all_and_numbers_go_on() {
    run(async {
        let tab = Tab::with("").await;
        assert_eq!(asked(&tab, "filter=nothing&clear=1").await.len(), 0);
        assert_eq!(asked(&tab, "").await.len(), 0);
        tab.eval("fetch('/again').then(answer => answer.text())").await;
        let requests = asked(&tab, "clear=true").await;
        assert_eq!(told(&requests), json!([["/again", "fetch", 404, false]]));
        assert_eq!(requests[0]["id"], "r2");
    });
}

#[test]
fn the_last_five_hundred_are_kept() {
    run(async {
        let tab = Tab::with("").await;
        tab.eval(
            "(async () => { for (let n = 0; n < 510; n++) await fetch('/' + n).then(a => a.text()) })()",
        )
        .await;
        let requests = settled(&tab, "").await;
        assert_eq!(requests.len(), 500);
        assert_eq!(told(&requests[499..]), json!([["/509", "fetch", 404, false]]));
    });
}

#[test]
fn a_request_in_flight_is_told_as_pending() {
    run(async {
        let site = Site::with("").await;
        site.file_that_ends("/held", None, b"start", End::Held);
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.eval("fetch('/held').then(answer => answer.status)").await;
        let held = &asked(&tab, "filter=held").await[0];
        assert_eq!((&held["pending"], &held["status"]), (&json!(true), &json!(200)));
        // Whoever leaves takes it along.
        tab.navigate(&site.url("/?other")).await.ok();
        let held = &asked(&tab, "filter=held").await[0];
        assert_eq!((&held["pending"], &held["failureText"]), (&Value::Null, &json!("net::ERR_ABORTED")));
    });
}

#[test]
fn frames_of_other_sites_are_heard_to_their_end() {
    run(async {
        let site = Site::with("").await;
        site.page("/inner", "<script>fetch('/data')</script>");
        site.file("/data", None, b"{}");
        site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/inner")));
        let tab = House::shared().await.open(&site.url("/")).await;
        let requests = settled(&tab, "").await;
        let expected = json!([
            ["/", "document", 200, true],
            ["/inner", "document", 200, true],
            ["/data", "fetch", 200, true]
        ]);
        assert_eq!(told(&requests), expected);
    });
}

#[test]
fn sockets_are_told_with_how_they_ended() {
    run(async {
        let tab = Tab::with("").await;
        let url = format!("ws://127.0.0.1:{}/socket", free_base());
        tab.eval(&format!("new Promise(done => {{ new WebSocket('{url}').onclose = () => done(1) }})")).await;
        let socket = &asked(&tab, "filter=websocket").await[0];
        assert_eq!((&socket["url"], &socket["ok"]), (&json!(url), &json!(false)));
        let why = socket["failureText"].as_str().unwrap();
        assert!(why.contains("net::ERR_CONNECTION_REFUSED"), "{why}");
    });
}

#[test]
fn secrets_are_not_told() {
    run(async {
        let site = Site::with("").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let with_user = site.url("/open").replace("http://", "http://ada:sesame@");
        tab.eval(&format!(
            "(async () => {{
                document.cookie = 'session=sesame';
                await fetch('/bearer', {{headers: {{Authorization: 'Bearer sesame'}}}});
                await new Promise(done => {{
                    const image = document.createElement('img');
                    image.onerror = image.onload = done;
                    image.src = '{with_user}';
                }});
            }})()"
        ))
        .await;
        let requests = asked(&tab, "").await;
        assert_eq!(requests.last().unwrap()["url"], site.url("/open"), "{requests:#?}");
        assert!(!json!(requests).to_string().contains("sesame"), "{requests:#?}");
    });
}

#[test]
fn a_tab_that_is_not_there_is_named() {
    run(async {
        let answer = House::shared().await.get("/requests?targetId=nowhere").await;
        assert_eq!((answer.error().0, answer.code()), (404, "TAB_NOT_FOUND"));
    });
}
