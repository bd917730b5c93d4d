//! Pages that freeze, hang, crash, run out of memory or never come to rest: every call ends within its time and says what
//! is the matter, and other tabs do not notice.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, House, Site, Tab, run};

/// Calls that need an answer of the page's own thread. Not among them are those that run
/// scripts (`evaluate` and `wait` with one): they stop what keeps it busy.
fn calls() -> Vec<(&'static str, Value)> {
    let act = |kind: &str, mut rest: Value| {
        rest["kind"] = kind.into();
        ("POST /act", rest)
    };
    vec![
        ("GET /snapshot", json!({})),
        ("GET /text", json!({})),
        ("GET /storage/local", json!({})),
        ("POST /set/timezone", json!({"timezoneId": "Europe/Berlin"})),
        act("click", json!({"selector": "#go"})),
        act("clickCoords", json!({"x": 5, "y": 5})),
        act("hover", json!({"selector": "#go"})),
        act("drag", json!({"startSelector": "#go", "endSelector": "#result"})),
        act("scrollIntoView", json!({"selector": "#go"})),
        act("type", json!({"selector": "input", "text": "x"})),
        act("select", json!({"selector": "input", "values": ["x"]})),
        act("resize", json!({"width": 500, "height": 400})),
        act("wait", json!({"text": "never"})),
        act("insertText", json!({"text": "a"})),
    ]
}

/// Calls that need it, too, unless it waits for a server: these the browser answers then.
fn drawn() -> Vec<(&'static str, Value)> {
    vec![
        ("POST /screenshot", json!({})),
        ("POST /pdf", json!({})),
        ("POST /act", json!({"kind": "press", "key": "a"})),
    ]
}

async fn call(tab: &Tab<'_>, what: &str, mut body: Value, millis: u64) -> Answer {
    let (method, path) = what.split_once(' ').unwrap();
    if method == "GET" {
        return tab.get(path, &format!("timeoutMs={millis}")).await;
    }
    body["timeoutMs"] = millis.into();
    tab.post(path, body).await
}

/// Asks all of this at once of a tab that answers nothing, while another tab is worked with: that one is done before the
/// first of these is given up.
async fn asked_in_vain(
    tab: &Tab<'_>,
    calls: Vec<(&'static str, Value)>,
    other: &Tab<'_>,
) -> Vec<(String, Answer)> {
    let ended = &AtomicUsize::new(0);
    let asked = calls.into_iter().map(|(what, body)| async move {
        let name = format!("{what} {body}");
        let answer = call(tab, what, body, 4000).await;
        ended.fetch_add(1, Ordering::SeqCst);
        (name, answer)
    });
    let elsewhere = async {
        works(other).await;
        ended.load(Ordering::SeqCst)
    };
    let (answers, early) = tokio::join!(join_all(asked), elsewhere);
    assert_eq!(early, 0, "the other tab had to wait");
    answers
}

/// A tab does what is asked of it.
async fn works(tab: &Tab<'_>) {
    let go = tab.find("[ref=").await;
    assert!(tab.snapshot("").await.contains("button"), "{go}");
    tab.click("button").await.ok();
    tab.type_into("input", "Ada").await.ok();
    assert_eq!(tab.property("input", "value").await, "Ada");
    tab.post("/screenshot", json!({})).await.ok();
    let listed = tab.house.get("/tabs").await.ok();
    assert!(listed["tabs"].as_array().unwrap().iter().any(|row| row["targetId"] == tab.id), "{listed}");
}

/// What needs no answer of the page is answered, whatever that does.
async fn the_rest_is_told(tab: &Tab<'_>) {
    for path in ["/console", "/dialogs", "/cookies"] {
        tab.get(path, "").await.ok();
    }
    tab.post("/tabs/focus", json!({})).await.ok();
}

/// A hostile page and a tab of another site beside it, which has another process.
async fn two_tabs<'a>(house: &'a House, site: &Site) -> (Tab<'a>, Tab<'a>) {
    let other = site.url_as("localhost", "/hostile.html");
    (house.open(&site.url("/hostile.html")).await, house.open(&other).await)
}

#[test]
fn a_frozen_page_costs_each_call_its_time_and_no_more() {
    run(async {
        let site = Site::new().await;
        let (tab, other) = two_tabs(House::shared().await, &site).await;
        tab.eval("freeze()").await;
        let all = calls().into_iter().chain(drawn()).collect();
        for (call, answer) in asked_in_vain(&tab, all, &other).await {
            assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"), "{call}: {answer:?}");
            let wanted = if call.contains("\"wait\"") { "unmet" } else { "busy" };
            assert_eq!(answer.body["details"]["reason"], wanted, "{call}: {answer:?}");
            // A wait looks once more at what is there, which another call may have set free by then.
            if wanted == "unmet" {
                continue;
            }
            assert!(answer.error().1.contains("a script that does not end"), "{call}: {answer:?}");
            assert!(answer.error().1.ends_with(". the page's scripts were stopped"), "{call}: {answer:?}");
            assert_eq!(answer.body["details"]["done"], "scriptsStopped", "{call}: {answer:?}");
        }
        works(&tab).await;
        // Who has little time does not judge the page, but a script of theirs is stopped.
        tab.eval("freeze()").await;
        let answer = call(&tab, "GET /snapshot", json!({}), 2000).await;
        assert!(answer.error().1.ends_with("navigate leaves the page"), "{answer:?}");
        the_rest_is_told(&tab).await;
        let answer = tab.act(json!({"kind": "evaluate", "fn": "1", "timeoutMs": 500})).await;
        assert_eq!(answer.error(), (504, "evaluate timed out after 500ms"));
        works(&tab).await;
    });
}

#[test]
fn a_frozen_page_is_left_by_a_navigation_and_closed() {
    run(async {
        let site = Site::with("<p>Next</p>").await;
        for next in [site.url("/"), site.url_as("localhost", "/")] {
            let tab = House::shared().await.open(&site.url("/hostile.html")).await;
            tab.eval("freeze()").await;
            tab.navigate(&next).await.ok();
            assert!(tab.snapshot("").await.contains("Next"));
        }
        let tab = House::shared().await.open(&site.url("/hostile.html")).await;
        tab.eval("freeze()").await;
        tab.house.delete(&format!("/tabs/{}", tab.id)).await.ok();
        let listed = tab.house.get("/tabs").await.ok();
        assert!(listed["tabs"].as_array().unwrap().iter().all(|row| row["targetId"] != tab.id), "{listed}");
    });
}

#[test]
fn a_tab_on_its_way_to_a_server_that_says_nothing_names_it() {
    run(async {
        // It accepts through its backlog and never reads.
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", mute.local_addr().unwrap());
        let site = Site::with("<p>Next</p>").await;
        let (tab, other) = two_tabs(House::shared().await, &site).await;
        tab.eval(&format!("hang('{url}')")).await;
        // It is on its way when nothing is answered any more.
        while tab.act(json!({"kind": "evaluate", "fn": "1", "timeoutMs": 500})).await.status == 200 {}
        for (call, answer) in asked_in_vain(&tab, calls(), &other).await {
            assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"), "{call}: {answer:?}");
            assert!(answer.error().1.contains(&url), "{answer:?}");
            if !call.contains("\"wait\"") {
                let details = json!({"reason": "navigating", "by": url});
                assert_eq!(answer.body["details"], details, "{call}: {answer:?}");
            }
        }
        for (what, body) in drawn() {
            call(&tab, what, body, 4000).await.ok();
        }
        the_rest_is_told(&tab).await;
        tab.navigate(&site.url("/")).await.ok();
        assert!(tab.snapshot("").await.contains("Next"));
    });
}

#[test]
fn a_page_that_runs_out_of_memory_fails_what_is_under_way_and_what_comes_after() {
    run(async {
        let flags = json!({"browser": {"extraArgs": ["--js-flags=--max-old-space-size=50"]}});
        let mut house = House::with(flags).await;
        let site = Site::with("<p>Next</p>").await;
        {
            let (tab, other) = two_tabs(&house, &site).await;
            let waits =
                [json!({"text": "never"}), json!({"fn": "new Promise(() => {})"}), json!({"url": "never"})];
            let under_way = join_all(waits.into_iter().map(|mut wait| {
                wait["kind"] = "wait".into();
                wait["timeoutMs"] = 100_000.into();
                tab.act(wait)
            }));
            let (answers, _) =
                tokio::join!(under_way, tab.act(json!({"kind": "evaluate", "fn": "exhaust()"})));
            for answer in answers {
                assert_eq!((answer.error().0, answer.code()), (500, "TARGET_CRASHED"), "{answer:?}");
            }
            let browser = house.gateway().service().running(&"openclaw".parse().unwrap()).unwrap().browser;
            let before = browser.traffic().sent;
            for (what, body) in calls().into_iter().chain(drawn()) {
                let answer = call(&tab, what, body, 100_000).await;
                assert_eq!((answer.error().0, answer.code()), (500, "TARGET_CRASHED"), "{what}: {answer:?}");
                assert_eq!(answer.body["nextStep"], "navigate the tab again, or close it");
            }
            assert_eq!(browser.traffic().sent, before, "nobody asks the dead");
            the_rest_is_told(&tab).await;
            works(&other).await;
            tab.navigate(&site.url("/")).await.ok();
            assert!(tab.snapshot("").await.contains("Next"));
        }
        house.stop().await;
    });
}

#[test]
fn calls_that_wait_keep_no_other_call_waiting() {
    run(async {
        let tab = Tab::showing("hostile.html").await;
        let what = [
            json!({"text": "Gone"}),
            json!({"fn": "go.textContent === 'Gone'"}),
            json!({"url": "**/*#gone"}),
        ];
        let ended = &AtomicUsize::new(0);
        let waits = what.into_iter().map(|mut wait| {
            wait["kind"] = "wait".into();
            wait["timeoutMs"] = 60_000.into();
            let ask = tab.act(wait);
            async move {
                ask.await.ok();
                ended.fetch_add(1, Ordering::SeqCst)
            }
        });
        let others = async {
            for n in 0..3 {
                assert!(tab.snapshot("").await.contains("button \"Go\""), "{n}");
                tab.type_into("input", "Ada").await.ok();
                tab.post("/screenshot", json!({})).await.ok();
            }
            assert_eq!(ended.load(Ordering::SeqCst), 0);
            tab.click("#go").await.ok();
            tab.eval("location.hash = 'gone'").await;
        };
        tokio::join!(join_all(waits), others);
    });
}

#[test]
fn a_storm_of_alerts_is_answered_one_by_one() {
    run(async {
        let tab = Tab::showing("hostile.html").await;
        tab.eval("storm(40)").await;
        for n in 1..=40 {
            let pending = loop {
                let told = tab.get("/dialogs", "").await.ok();
                let pending = told["browserState"]["dialogs"]["pending"][0].clone();
                if !pending.is_null() {
                    break pending;
                }
            };
            assert_eq!(
                (&pending["id"], &pending["message"]),
                (&json!(format!("d{n}")), &json!(format!("Alert {n}")))
            );
            tab.post("/hooks/dialog", json!({"accept": true})).await.ok();
        }
        assert_eq!(tab.result().await, "Calm");
    });
}

#[test]
fn a_page_that_never_comes_to_rest_is_worked_with_like_others() {
    run(async {
        let tab = Tab::showing("hostile.html").await;
        tab.eval("mutate()").await;
        tab.until("result.parentNode.lastElementChild.childElementCount === 50").await;
        assert!(tab.snapshot("").await.contains("listitem \""), "{}", tab.snapshot("").await);
        assert!(tab.get("/text", "").await.ok()["text"].as_str().unwrap().contains("Row"));
        tab.post("/screenshot", json!({})).await.ok();
        tab.type_into("input", "Ada").await.ok();
        tab.click_ref(&tab.find("button \"Go\"").await).await.ok();
        tab.act(json!({"kind": "wait", "text": "Gone"})).await.ok();
    });
}

#[test]
fn a_page_that_says_more_than_anybody_reads_is_heard_to_the_end() {
    run(async {
        let tab = Tab::showing("hostile.html").await;
        tab.act(json!({"kind": "evaluate", "fn": "chatter(5000)"})).await.ok();
        let told = tab.get("/console", "").await.ok();
        let told = told["messages"].as_array().unwrap();
        assert!(
            told.len() <= 500 && told.last().unwrap()["text"].as_str().unwrap().starts_with("Line 4999 ")
        );
        assert!(tab.snapshot("").await.contains("button"));
    });
}

/// A page with a frame of another site, which another process draws.
async fn framed<'a>(house: &'a House, site: &Site) -> Tab<'a> {
    site.page(
        "/inner",
        "<button>Inner</button><script>freeze = () => setTimeout(() => { for (;;); })</script>",
    );
    let inner = site.url_as("localhost", "/inner");
    let html = format!(
        "<button onclick='this.textContent = \"done\"'>Outer</button><iframe src='{inner}'></iframe>"
    );
    site.page("/outer", &html);
    house.open(&site.url("/outer")).await
}

#[test]
fn a_frame_that_freezes_is_told_as_missing_and_the_rest_as_ever() {
    run(async {
        let site = Site::new().await;
        let tab = framed(House::shared().await, &site).await;
        let (inner, frame) = (tab.find("\"Inner\"").await, tab.find("iframe").await);
        let inside = |script: &str, millis: u64| json!({"kind": "evaluate", "ref": inner, "fn": script, "timeoutMs": millis});
        tab.act(inside("el => { freeze() }", 8000)).await.ok();
        for format in ["", "format=lean", "interactive=true", "refs=aria"] {
            let text = tab.snapshot(&format!("{format}&timeoutMs=1500")).await;
            let gap = format!("[iframe {frame} did not answer in time: what it shows is missing]");
            assert!(
                text.contains("Outer") && text.contains(&gap) && !text.contains("Inner"),
                "{format}: {text}"
            );
        }
        let answer = tab.act(json!({"kind": "click", "ref": inner, "timeoutMs": 500})).await;
        assert_eq!(
            (answer.code(), &answer.body["details"]["reason"]),
            ("TIMEOUT", &json!("busy")),
            "{answer:?}"
        );
        tab.click("button").await.ok();
        assert_eq!(tab.act(inside("el => 1", 500)).await.error(), (504, "evaluate timed out after 500ms"));
        assert_eq!(tab.act(inside("el => el.textContent", 8000)).await.ok()["result"], "Inner");
        let text = tab.snapshot("").await;
        assert!(text.contains("done") && text.contains("Inner") && !text.contains("missing"), "{text}");
    });
}

#[test]
fn a_frame_that_crashes_takes_only_itself_along() {
    run(async {
        let flags = json!({"browser": {"extraArgs": ["--js-flags=--max-old-space-size=50"]}});
        let mut house = House::with(flags).await;
        let site = Site::new().await;
        {
            let tab = framed(&house, &site).await;
            let inner = tab.find("\"Inner\"").await;
            let exhaust = "el => { for (const all = []; ; ) all.push(new Array(1e5).fill(Math.random())) }";
            let exhaust = json!({"kind": "evaluate", "ref": inner, "fn": exhaust, "timeoutMs": 60_000});
            assert_eq!(tab.act(exhaust).await.code(), "TARGET_CRASHED");
            let text = tab.snapshot("").await;
            assert!(
                text.contains("Outer") && text.contains(" has crashed: what it shows is missing]"),
                "{text}"
            );
            tab.click("button").await.ok();
            assert_eq!(tab.property("button", "textContent").await, "done");
            tab.navigate(&site.url("/outer")).await.ok();
            assert!(tab.snapshot("").await.contains("Inner"));
        }
        house.stop().await;
    });
}

#[test]
fn a_page_that_changes_what_is_built_in_is_read_all_the_same() {
    run(async {
        for script in [
            "Object.keys = () => { throw 3 }",
            "Array.prototype.push = () => { throw 2 }",
            "Object.prototype.then = () => {}",
            "Set.prototype.add = null; Document.prototype.querySelectorAll = null",
        ] {
            let tab = Tab::with(&format!("<button onclick='1'>Go</button><script>{script}</script>")).await;
            for query in ["", "interactive=true", "format=lean", "format=aria"] {
                let told = tab.get("/snapshot", query).await.ok().to_string();
                assert!(told.contains("Go"), "{script} {query}: {told}");
            }
        }
    });
}

#[test]
fn half_a_character_does_not_hide_the_rest() {
    run(async {
        let tab =
            Tab::with("<button>Go</button><script>document.body.append('cut \\ud83d', 'ping')</script>")
                .await;
        for (path, query) in
            [("/snapshot", ""), ("/snapshot", "format=aria"), ("/snapshot", "format=lean"), ("/text", "")]
        {
            let told = tab.get(path, query).await.ok().to_string();
            assert!(
                told.contains("cut \u{fffd}ping") || told.contains("cut \u{fffd}"),
                "{path} {query}: {told}"
            );
        }
    });
}
