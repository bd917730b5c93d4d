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
            // A short number may be how some target id begins.
            ("2222222222", 404, "TAB_NOT_FOUND", "Numeric values are not tab targets"),
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

async fn action(house: &House, body: Value) -> crate::support::house::Answer {
    house.post("/tabs/action", body).await
}

#[test]
fn tab_actions_do_what_short_commands_need() {
    run(async {
        let mut house = House::with(json!({})).await;
        assert_eq!(action(&house, json!({"action": "list"})).await.ok(), json!({"ok": true, "tabs": []}));
        let new = action(&house, json!({"action": "new", "label": "nw"})).await.ok();
        let tab = &new["tab"];
        assert_eq!(
            (&new["ok"], &tab["url"], &tab["suggestedTargetId"]),
            (&json!(true), &json!("about:blank"), &json!("nw"))
        );
        assert_eq!(
            (&tab["ownership"]["status"], &tab["ownership"]["nativeTargetId"]),
            (&json!("durable"), &tab["targetId"])
        );
        let again = action(&house, json!({"action": "new"})).await.ok();
        assert_eq!(
            again["tab"]["ownership"]["browserInstanceFingerprint"],
            tab["ownership"]["browserInstanceFingerprint"]
        );
        let labelled = json!({"action": "label", "targetId": again["tab"]["tabId"], "label": "nw"});
        assert_eq!(action(&house, labelled).await.ok()["tab"]["label"], "nw", "a label moves silently");
        let rows = action(&house, json!({"action": "list"})).await.ok();
        let names = all(rows["tabs"].as_array().unwrap(), "suggestedTargetId");
        assert_eq!(names[..2], ["nw".to_owned(), tab["tabId"].as_str().unwrap().to_owned()]);
        let selected = action(&house, json!({"action": "select", "index": "1"})).await.ok();
        assert_eq!(selected["targetId"], tab["targetId"], "numbers may be text");
        let closed = action(&house, json!({"action": "close"})).await.ok();
        assert_eq!(closed["targetId"], tab["targetId"], "the first one, which was selected");
        house.stop().await;
    });
}

#[test]
fn tab_actions_refuse_what_they_cannot_read() {
    run(async {
        let house = House::shared().await;
        house.open("about:blank").await;
        for (body, status, code, field, text) in [
            (json!({}), 400, "INVALID_REQUEST", "action", "unknown tab action"),
            (json!({"action": "foo"}), 400, "INVALID_REQUEST", "action", "unknown tab action"),
            (json!({"action": 1}), 400, "INVALID_REQUEST", "action", "unknown tab action"),
            (
                json!({"action": "label", "label": "x"}),
                400,
                "INVALID_REQUEST",
                "targetId",
                "targetId is required",
            ),
            (
                json!({"action": "label", "targetId": "t1"}),
                400,
                "INVALID_REQUEST",
                "label",
                "label is required",
            ),
            (
                json!({"action": "label", "targetId": "t1", "label": "a b"}),
                400,
                "INVALID_REQUEST",
                "label",
                "tab label must be 1-64 chars and use only letters, numbers, _, ., :, or -",
            ),
            (
                json!({"action": "new", "label": "a b"}),
                400,
                "INVALID_REQUEST",
                "label",
                "tab label must be 1-64 chars and use only letters, numbers, _, ., :, or -",
            ),
            (json!({"action": "select"}), 400, "INVALID_REQUEST", "index", "index is required"),
            (
                json!({"action": "select", "index": -1}),
                400,
                "INVALID_REQUEST",
                "index",
                "index must be a non-negative integer",
            ),
            (
                json!({"action": "select", "index": 0.5}),
                400,
                "INVALID_REQUEST",
                "index",
                "index must be a non-negative integer",
            ),
            (
                json!({"action": "close", "index": null}),
                400,
                "INVALID_REQUEST",
                "index",
                "index must be a non-negative integer",
            ),
            (json!({"action": "select", "index": 9999}), 404, "TAB_NOT_FOUND", "index", "tab not found"),
            (json!({"action": "close", "index": 9999}), 404, "TAB_NOT_FOUND", "index", "tab not found"),
        ] {
            let answer = action(house, body).await;
            assert_eq!(answer.error(), (status, text), "{answer:?}");
            assert_eq!((answer.code(), &answer.body["field"]), (code, &json!(field)), "{answer:?}");
        }
    });
}

#[test]
fn a_stopped_browser_is_not_started_to_change_its_tabs() {
    run(async {
        let mut house = House::with(json!({})).await;
        for answer in [
            house.post("/tabs/focus", json!({"targetId": "t1"})).await,
            house.delete("/tabs/t1").await,
            action(&house, json!({"action": "label", "targetId": "t1", "label": "x"})).await,
            action(&house, json!({"action": "select", "index": 0})).await,
            action(&house, json!({"action": "close"})).await,
        ] {
            assert_eq!(
                (answer.error(), answer.code()),
                ((409, "browser not running"), "BROWSER_NOT_RUNNING")
            );
        }
        assert_eq!(house.get("/").await.ok()["running"], false);
        house.stop().await;
    });
}

#[test]
fn a_tab_that_comes_in_place_of_another_has_its_names() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<a id=go href=/popup target=_blank rel=opener>Open</a>").await;
        site.page("/popup", "<button onclick='window.open(\"/next\"); window.close()'>Go on</button>");
        site.page("/next", "next");
        {
            let tab = house.open(&site.url("/")).await;
            tab.click("#go").await.ok();
            let popup = tab_at(&house, &site.url("/popup")).await;
            let label = json!({"action": "label", "targetId": popup["tabId"], "label": "pop"});
            action(&house, label).await.ok();
            house.post("/act", json!({"kind": "click", "selector": "button", "targetId": "pop"})).await.ok();
            // Nobody looks meanwhile: who sees both tabs at once sees no succession.
            while !site.asked().contains(&"/next".to_owned()) {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            let next = tab_at(&house, &site.url("/next")).await;
            assert_ne!(next["targetId"], popup["targetId"]);
            assert_eq!((&next["tabId"], &next["label"]), (&popup["tabId"], &json!("pop")));
            let here = json!({"kind": "evaluate", "fn": "location.pathname"});
            assert_eq!(house.post("/act", here).await.ok()["result"], "/next", "it is the one in use, too");
        }
        house.stop().await;
    });
}

/// The row of the tab that shows a URL, as soon as there is one.
async fn tab_at(house: &House, url: &str) -> Value {
    loop {
        if let Some(row) = listed(house).await.into_iter().find(|row| row["url"] == url) {
            return row;
        }
    }
}
