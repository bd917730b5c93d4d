//! Browsers that hang: they are known by their silence, calls end in their time and say so, and one that stays silent
//! is killed.

use std::time::{Duration, Instant};

use futures::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::processes::renderer_of;
use crate::support::program::signal;
use crate::support::{House, Site, run};

/// The main process of a house's browser.
async fn pid(house: &House) -> u32 {
    u32::try_from(house.get("/").await.ok()["pid"].as_u64().expect("it runs")).expect("a process id")
}

/// How long it takes until the status says this of the browser's health.
async fn until_health(house: &House, wanted: &Value, limit: Duration) -> Duration {
    let began = Instant::now();
    while house.get("/").await.ok()["health"] != *wanted {
        assert!(began.elapsed() < limit, "not {wanted} within {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

#[test]
fn a_browser_that_hangs_is_told_within_five_seconds_and_one_that_goes_on_is_well_again() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p>").await;
        {
            let tab = house.open(&site.url("/")).await;
            let pid = pid(&house).await;
            signal(pid, Signal::STOP);
            let took = until_health(&house, &json!("degraded"), Duration::from_secs(5)).await;
            println!("a stopped browser was degraded after {took:?}");
            let status = house.get("/").await.ok();
            assert_eq!((&status["running"], &status["cdpReady"]), (&json!(true), &json!(false)), "{status}");
            let told = house.get("/doctor").await.ok();
            let checks = told["checks"].as_array().unwrap();
            let socket = checks.iter().find(|check| check["id"] == "cdp-websocket").unwrap();
            assert_eq!((&told["ok"], &socket["status"]), (&json!(false), &json!("fail")), "{told}");
            // Of a tab, of the tabs, and under a lease: each in its own time.
            let began = Instant::now();
            let calls = [
                ("/act", json!({"kind": "evaluate", "fn": "1", "targetId": tab.id, "timeoutMs": 1000})),
                ("/tabs/open", json!({"url": site.url("/"), "timeoutMs": 1000})),
            ];
            for (path, body) in calls {
                let answer = house.post(path, body).await;
                assert_eq!((answer.error().0, answer.code()), (504, "BROWSER_HUNG"), "{path} {answer:?}");
                assert!(answer.error().1.contains("the browser has not answered for"), "{answer:?}");
            }
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            signal(pid, Signal::CONT);
            until_health(&house, &json!("ok"), Duration::from_secs(5)).await;
            assert_eq!(tab.eval("1 + 1").await, 2);
            assert_eq!(self::pid(&house).await, pid, "it is the same browser");
        }
        house.stop().await;
    });
}

#[test]
fn an_idle_browser_is_asked_once_in_two_seconds_and_a_talking_one_never() {
    run(async {
        let mut house = House::with(json!({})).await;
        {
            let tab = house.open("about:blank").await;
            let browser = house.gateway().service().running(&"openclaw".parse().unwrap()).unwrap().browser;
            let before = browser.traffic().sent;
            tokio::time::sleep(Duration::from_secs(7)).await;
            let asked = browser.traffic().sent - before;
            assert!((1..=4).contains(&asked), "{asked} questions in 7s");
            tab.eval("void setInterval(() => console.log(1), 200)").await;
            let before = browser.traffic().sent;
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert_eq!(browser.traffic().sent, before, "it talks anyway");
        }
        house.stop().await;
    });
}

#[test]
fn a_browser_that_stays_silent_is_killed_and_the_next_call_starts_another_one() {
    run(async {
        let mut house = House::with(json!({})).await;
        house.post("/start", json!({})).await.ok();
        let pid = pid(&house).await;
        let began = Instant::now();
        signal(pid, Signal::STOP);
        while house.get("/").await.ok()["pid"] == pid {
            assert!(began.elapsed() < Duration::from_secs(50), "it still hangs");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(began.elapsed() > Duration::from_secs(25), "it was given {:?}", began.elapsed());
        house.post("/tabs/open", json!({"url": "about:blank"})).await.ok();
        assert_ne!(self::pid(&house).await, pid);
        house.stop().await;
    });
}

#[test]
fn a_page_whose_renderer_hangs_is_replaced_by_another_tab_with_its_names() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p><button>Go</button>").await;
        {
            let tab = house.post("/tabs/open", json!({"url": site.url("/"), "label": "shop"})).await.ok();
            let snapshot = house.get("/snapshot?targetId=shop").await.ok();
            assert!(snapshot["snapshot"].as_str().unwrap().contains("[ref=e1]"), "{snapshot}");
            let renderer = renderer_of(&house, "shop").await;
            signal(renderer, Signal::STOP);
            let began = Instant::now();
            let calls = join_all((0..4).map(|n| {
                let click = json!({"kind": "click", "selector": "button", "timeoutMs": 4000 + n});
                let read = json!({"kind": "evaluate", "fn": "1", "timeoutMs": 4000 + n});
                let mut body = if n % 2 == 0 { click } else { read };
                body["targetId"] = "shop".into();
                house.post("/act", body)
            }));
            for answer in calls.await {
                assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"), "{answer:?}");
                assert_eq!(answer.body["details"]["done"], "tabReplaced", "{answer:?}");
            }
            println!("4 calls with 4s each were answered after {:?}", began.elapsed());
            assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
            let tabs = house.get("/tabs").await.ok()["tabs"].clone();
            assert_eq!(tabs.as_array().unwrap().len(), 1, "{tabs}");
            assert_eq!((&tabs[0]["tabId"], &tabs[0]["label"]), (&tab["tabId"], &json!("shop")), "{tabs}");
            assert_ne!(tabs[0]["targetId"], tab["targetId"]);
            let old = house.post("/act", json!({"kind": "click", "ref": "e1", "targetId": "shop"})).await;
            assert_eq!(old.code(), "UNKNOWN_REF", "{old:?}");
            assert_eq!(old.body["details"]["reason"], "navigated", "a ref that was given once: {old:?}");
            let wait = json!({"kind": "wait", "text": "Here", "targetId": "shop", "timeoutMs": 10_000});
            house.post("/act", wait).await.ok();
            let again = house.get("/snapshot?targetId=shop").await.ok();
            assert!(!again["snapshot"].as_str().unwrap().contains("[ref=e1]"), "{again}");
            // Chromium itself ends the renderer of the tab that was closed.
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        }
        house.stop().await;
    });
}

#[test]
fn a_page_that_is_busy_for_less_than_three_seconds_is_left_alone() {
    run(async {
        let site = Site::with("<p id=done>No</p>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let work = "void setTimeout(() => { const end = performance.now() + 2500; while (performance.now() < end); \
                    done.textContent = 'Yes' }, 1800)";
        tab.eval(work).await;
        let answer = tab.act(json!({"kind": "wait", "text": "never", "timeoutMs": 4000})).await;
        assert_eq!((answer.error().0, &answer.body["details"]["done"]), (504, &Value::Null), "{answer:?}");
        tab.act(json!({"kind": "wait", "text": "Yes", "timeoutMs": 10_000})).await.ok();
    });
}
