//! Tabs: their names, their order, and which one is meant when none is named.

use serde_json::{Value, json};

use crate::support::{House, Site, run};

async fn opened(house: &House, url: &str, label: Option<&str>) -> Value {
    house.post("/tabs/open", json!({"url": url, "label": label})).await.ok()
}

async fn listed(house: &House) -> Vec<Value> {
    house.get("/tabs").await.ok()["tabs"].as_array().expect("tabs").clone()
}

fn all(tabs: &[Value], key: &str) -> Vec<String> {
    tabs.iter().map(|tab| tab[key].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn tabs_are_found_by_id_label_and_unique_prefix() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p>").await;
        let one = opened(&house, &site.url("/"), Some("lab")).await;
        let two = opened(&house, &site.url("/"), None).await;
        assert_eq!((&one["suggestedTargetId"], &two["suggestedTargetId"]), (&json!("lab"), &two["tabId"]));
        assert_eq!(one["resolvedProfile"], "openclaw");
        let raw = one["targetId"].as_str().unwrap();
        for name in ["lab", one["tabId"].as_str().unwrap(), raw, &raw[..12].to_lowercase()] {
            let focused = house.post("/tabs/focus", json!({"targetId": name})).await.ok();
            assert_eq!((&focused["ok"], &focused["targetId"]), (&json!(true), &json!(raw)), "{name}");
        }
        let moved = opened(&house, &site.url("/"), Some("lab")).await;
        let focused = house.post("/tabs/focus", json!({"targetId": "lab"})).await.ok();
        assert_eq!(focused["targetId"], moved["targetId"], "a label moves to the tab that got it last");
        house.stop().await;
    });
}

#[test]
fn names_that_find_no_single_tab_are_told_apart() {
    run(async {
        let mut house = House::with(json!({})).await;
        let first = opened(&house, "about:blank", None).await;
        let second = opened(&house, "about:blank", None).await;
        house.post("/tabs/open", json!({"url": "about:blank", "label": second["tabId"]})).await.ok();
        for (name, status, code, words) in [
            ("zzz", 404, "TAB_NOT_FOUND", "browser tab \"zzz\" not found. Use action=tabs"),
            ("2", 404, "TAB_NOT_FOUND", "Numeric values are not tab targets"),
            (second["tabId"].as_str().unwrap(), 409, "TAB_AMBIGUOUS", "ambiguous browser tab reference"),
        ] {
            let answer = house.post("/tabs/focus", json!({"targetId": name})).await;
            assert_eq!((answer.error().0, answer.code()), (status, code), "{answer:?}");
            assert!(answer.error().1.contains(words), "{answer:?}");
        }
        assert_eq!(house.post("/tabs/focus", json!({})).await.error(), (400, "targetId is required"));
        let answer = house.post("/tabs/open", json!({"url": "about:blank", "label": "a b"})).await;
        assert_eq!((answer.error().0, &answer.body["field"]), (400, &json!("label")));
        assert_ne!(first["tabId"], second["tabId"]);
        house.stop().await;
    });
}

#[test]
fn the_last_activated_tab_is_first() {
    run(async {
        let mut house = House::with(json!({})).await;
        for label in ["a", "b", "c"] {
            opened(&house, "about:blank", Some(label)).await;
        }
        let labels =
            |tabs: Vec<Value>| all(&tabs, "label").into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>();
        assert_eq!(labels(listed(&house).await), ["c", "b", "a"]);
        house.post("/tabs/focus", json!({"targetId": "a"})).await.ok();
        assert_eq!(labels(listed(&house).await), ["a", "c", "b"]);
        house.delete("/tabs/c").await.ok();
        assert_eq!(labels(listed(&house).await), ["a", "b"]);
        house.stop().await;
    });
}

#[test]
fn the_last_used_tab_is_meant_when_none_is_named() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p>").await;
        let one = opened(&house, &site.url("/?one"), None).await;
        opened(&house, &site.url("/?two"), None).await;
        let here = json!({"kind": "evaluate", "fn": "location.search"});
        assert_eq!(house.post("/act", here.clone()).await.ok()["result"], "?two");
        house.get(&format!("/snapshot?targetId={}", one["tabId"].as_str().unwrap())).await.ok();
        assert_eq!(house.post("/act", here.clone()).await.ok()["result"], "?one");
        house.post("/act", json!({"kind": "close"})).await.ok();
        assert_eq!(house.post("/act", here).await.ok()["result"], "?two");
        house.stop().await;
    });
}

#[test]
fn without_any_tab_a_blank_one_is_opened() {
    run(async {
        let mut house = House::with(json!({})).await;
        assert_eq!(house.get("/tabs").await.ok(), json!({"running": false, "tabs": []}));
        opened(&house, "about:blank", None).await;
        for tab in all(&listed(&house).await, "targetId") {
            house.delete(&format!("/tabs/{tab}")).await.ok();
        }
        assert_eq!(house.get("/tabs").await.ok(), json!({"running": true, "tabs": []}));
        let here = json!({"kind": "evaluate", "fn": "location.href"});
        assert_eq!(house.post("/act", here).await.ok()["result"], "about:blank");
        assert_eq!(listed(&house).await.len(), 1);
        house.stop().await;
    });
}

#[test]
fn closing_a_tab_by_raw_id_takes_nothing_else() {
    run(async {
        let house = House::shared().await;
        let tab = opened(house, "about:blank", Some("to-close")).await;
        let answer = house.delete("/tabs/to-close?targetIdMode=sideways").await;
        assert_eq!(answer.error(), (400, "targetIdMode must be \"raw\""));
        let answer = house.delete("/tabs/to-close?targetIdMode=raw").await;
        assert_eq!(answer.error().0, 404, "{answer:?}");
        let path = format!("/tabs/{}?targetIdMode=raw", tab["targetId"].as_str().unwrap());
        assert_eq!(house.delete(&path).await.ok()["targetId"], tab["targetId"]);
        assert_eq!(house.delete(&path).await.error().0, 404);
    });
}

#[test]
fn a_popup_is_a_tab_and_its_console_is_kept_from_the_start() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<button onclick='window.open(\"/popup\")'>Open</button>").await;
        site.page("/popup", "<script>console.log('first words')</script>");
        {
            let tab = house.open(&site.url("/")).await;
            tab.click("button").await.ok();
            let popup = loop {
                let tabs = listed(&house).await;
                let popup = tabs.iter().find(|row| row["url"] == site.url("/popup"));
                if let Some(popup) = popup {
                    break popup["tabId"].as_str().unwrap().to_owned();
                }
            };
            let loaded = json!({"kind": "wait", "loadState": "load", "targetId": popup});
            house.post("/act", loaded).await.ok();
            let said = house.get(&format!("/console?targetId={popup}")).await.ok();
            assert_eq!(said["messages"][0]["text"], "first words", "{said}");
        }
        house.stop().await;
    });
}

#[test]
fn titles_are_those_of_now() {
    run(async {
        let house = House::shared().await;
        let site = Site::with("").await;
        let tab = house.open(&site.url("/")).await;
        let title = async || {
            let tabs = listed(house).await;
            tabs.iter().find(|row| row["targetId"] == tab.id).map(|row| row["title"].clone())
        };
        assert_eq!(title().await, Some(json!("/")));
        tab.eval("document.title = 'Renamed'").await;
        assert_eq!(title().await, Some(json!("Renamed")));
    });
}
