//! Pages that do without end what is harmless once: alerts, windows, reloads, and asking whether they may be left. Every
//! call ends within its time, and the tab can be closed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, House, Site, Tab, run};

/// One call of each kind.
fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("GET /snapshot", json!({})),
        ("GET /text", json!({})),
        ("GET /storage/local", json!({})),
        ("POST /screenshot", json!({})),
        ("POST /pdf", json!({})),
        ("POST /act", json!({"kind": "click", "selector": "#go"})),
        ("POST /act", json!({"kind": "hover", "selector": "#go"})),
        ("POST /act", json!({"kind": "type", "selector": "input", "text": "x"})),
        ("POST /act", json!({"kind": "press", "key": "a"})),
        ("POST /act", json!({"kind": "evaluate", "fn": "1"})),
        ("POST /act", json!({"kind": "wait", "text": "never"})),
        ("POST /act", json!({"kind": "batch", "actions": [{"kind": "press", "key": "a"}]})),
    ]
}

/// A tab does what is asked of it.
async fn works(tab: &Tab<'_>) {
    assert!(tab.snapshot("").await.contains("Go"));
    tab.type_into("input", "Ada").await.ok();
    assert_eq!(tab.property("input", "value").await, "Ada");
}

/// The page, and a tab of another site beside it, which has another process.
async fn two_tabs<'a>(house: &'a House, site: &Site) -> (Tab<'a>, Tab<'a>) {
    let other = site.url_as("localhost", "/storms.html");
    (house.open(&site.url("/storms.html")).await, house.open(&other).await)
}

/// Ends within its time: done, or refused with a code that says why.
async fn ends(tab: &Tab<'_>, what: &str, body: Value) -> Answer {
    let began = Instant::now();
    let answer = match what.split_once(' ').unwrap() {
        ("GET", path) => tab.get(path, "timeoutMs=3000").await,
        (_, path) => {
            let mut body = body.clone();
            body["timeoutMs"] = 3000.into();
            tab.post(path, body).await
        }
    };
    assert!(began.elapsed() < Duration::from_secs(6), "{what} {body}: {:?}", began.elapsed());
    assert!(answer.status == 200 || !answer.code().is_empty(), "{what} {body}: {answer:?}");
    answer
}

/// A tab can be closed, and is gone then.
async fn can_be_closed(tab: &Tab<'_>) {
    tab.house.delete(&format!("/tabs/{}", tab.id)).await.ok();
    let listed = tab.house.get("/tabs").await.ok();
    assert!(listed["tabs"].as_array().unwrap().iter().all(|row| row["targetId"] != tab.id), "{listed}");
}

#[test]
fn a_timer_whose_alerts_never_end_costs_each_call_its_time_and_keeps_no_tab() {
    run(async {
        let site = Site::with("<p>Next</p>").await;
        let (tab, other) = two_tabs(House::shared().await, &site).await;
        tab.eval("alerts()").await;
        for (what, body) in calls() {
            // Each is answered one dialog, and meets the next one before or while it is done.
            tab.post("/hooks/dialog", json!({"accept": true})).await.ok();
            let body = ends(&tab, what, body).await.body;
            let is_blocked = body["blockedByDialog"] == true;
            assert!(
                !is_blocked || body["browserState"]["dialogs"]["pending"][0]["message"] == "Again",
                "{body}"
            );
        }
        works(&other).await;
        // The contract has one answer for whatever is asked of a tab with a dialog (8.2), and a navigation is no
        // exception: whoever asks must answer the dialog first.
        while tab.press("a").await.ok()["blockedByDialog"] != true {}
        let answer = ends(&tab, "POST /navigate", json!({"url": site.url("/")})).await.ok();
        assert_eq!(
            (&answer["ok"], &answer["blockedByDialog"], &answer["performed"]),
            (&json!(true), &json!(true), &json!(false)),
            "{answer}"
        );
        can_be_closed(&tab).await;
        works(&other).await;
    });
}

#[test]
fn a_page_whose_every_frame_asks_whether_it_may_be_left_is_left_and_closed() {
    run(async {
        let site = Site::with("<p>Next</p>").await;
        for leave in [true, false] {
            let (tab, other) = two_tabs(House::shared().await, &site).await;
            tab.eval("stay(20)").await;
            // A page that nobody has touched is not asked.
            tab.click("#go").await.ok();
            if leave {
                assert_eq!(tab.navigate(&site.url("/")).await.ok()["url"], site.url("/"));
                assert!(tab.snapshot("").await.contains("Next"));
                let asked = tab.get("/dialogs", "").await.ok()["browserState"]["dialogs"]["recent"].clone();
                assert_eq!(
                    (&asked[0]["type"], &asked[0]["closedBy"]),
                    (&json!("beforeunload"), &json!("default"))
                );
            }
            can_be_closed(&tab).await;
            works(&other).await;
        }
    });
}

#[test]
fn a_page_that_opens_windows_without_end_is_closed_with_them() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::new().await;
        {
            let (tab, other) = two_tabs(&house, &site).await;
            tab.act(json!({"kind": "evaluate", "fn": "windows(60)"})).await.ok();
            for (what, body) in calls() {
                ends(&tab, what, body).await;
            }
            works(&other).await;
            can_be_closed(&tab).await;
            let listed = house.get("/tabs").await.ok();
            for row in listed["tabs"].as_array().unwrap().iter().filter(|row| row["targetId"] != other.id) {
                house.delete(&format!("/tabs/{}", row["targetId"].as_str().unwrap())).await.ok();
            }
            works(&other).await;
        }
        house.stop().await;
    });
}

#[test]
fn a_page_that_loads_itself_again_and_again_is_read_acted_on_and_left() {
    run(async {
        let site = Site::with("<p>Next</p>").await;
        let html = "<button>Go</button><input><p id=result>Here</p>
            <script>onload = () => setTimeout(() => location.reload(), 50)</script>";
        site.page("/again", html);
        let tab = House::shared().await.open(&site.url("/again")).await;
        let other = House::shared().await.open(&site.url_as("localhost", "/storms.html")).await;
        for (what, body) in calls() {
            ends(&tab, what, body).await;
        }
        assert!(site.asked().iter().filter(|path| *path == "/again").count() > 5, "it did load again");
        works(&other).await;
        let waited = json!({"kind": "wait", "url": "**/again", "text": "Here", "timeoutMs": 10_000});
        tab.act(waited).await.ok();
        tab.navigate(&site.url("/")).await.ok();
        assert!(tab.snapshot("").await.contains("Next"));
        can_be_closed(&tab).await;
    });
}
