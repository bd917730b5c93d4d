//! Batches: several acts in one call, judged before the first and told one by one.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::house::Answer;
use crate::support::{House, Site, Tab, run};

async fn batch(tab: &Tab<'_>, actions: Value) -> Answer {
    tab.act(json!({"kind": "batch", "actions": actions})).await
}

/// The rows of a batch, without what each act changed.
fn rows(body: &Value) -> Value {
    let mut rows = body["results"].clone();
    for row in rows.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("effects");
    }
    rows
}

fn evaluate(script: &str) -> Value {
    json!({"kind": "evaluate", "fn": script})
}

#[test]
fn a_link_that_opens_a_tab_of_its_own_keeps_no_batch_waiting() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site =
            Site::with("<a href=/two>Two</a><button onclick='document.title = `pressed`'>One</button>").await;
        site.page("/two", "<title>Two</title>");
        let tab = house.open(&site.url("/")).await;
        let apart = json!({"kind": "click", "selector": "a", "modifiers": ["Control"]});
        let pressed = json!({"kind": "click", "selector": "button"});
        let body = batch(&tab, json!([apart, pressed])).await.ok();
        assert_eq!(body["ok"], true, "{body}");
        assert!(body["results"][0]["effects"]["pending"].get("navigation").is_none(), "{body}");
        assert_eq!(tab.eval("document.title").await, "pressed");
        let told = tab.click("a").await.ok()["effects"].clone();
        assert_eq!(
            (&told["newDocument"], &told["url"]["to"]),
            (&json!(true), &json!(site.url("/two"))),
            "{told}"
        );
        house.stop().await;
    });
}

#[test]
fn acts_are_done_in_order_and_results_come_back() {
    run(async {
        let tab = Tab::with("<input><script>n = 1</script>").await;
        let typed = json!({"kind": "type", "selector": "input", "text": "x"});
        let actions = json!([evaluate("++n"), typed, evaluate("[n, document.querySelector('input').value]")]);
        let body = batch(&tab, actions).await.ok();
        assert_eq!(
            rows(&body),
            json!([{"ok": true, "result": 2}, {"ok": true}, {"ok": true, "result": [2, "x"]}])
        );
        assert_eq!((&body["ok"], &body["targetId"]), (&json!(true), &json!(tab.id)));
        assert!(body.get("aborted").is_none());
    });
}

#[test]
fn a_failure_stops_the_rest_unless_told_to_go_on() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        let actions = json!([evaluate("++n"), {"kind": "click", "selector": "#none"}, evaluate("++n")]);
        let body = batch(&tab, actions.clone()).await.ok();
        assert_eq!(body["results"].as_array().map(Vec::len), Some(2), "{body}");
        assert_eq!(body["results"][1]["code"], "ACT_OPERATION_FAILED");
        assert!(body["results"][1]["error"].as_str().unwrap().contains("#none"));
        let on = json!({"kind": "batch", "actions": actions, "stopOnError": false});
        let body = tab.act(on).await.ok();
        assert_eq!(rows(&body)[2], json!({"ok": true, "result": 3}), "{body}");
        assert_eq!(body["ok"], false);
    });
}

#[test]
fn a_navigation_ends_a_batch() {
    run(async {
        let site = Site::with("<a href='/next'>Next</a>").await;
        site.page("/next", "<p>Next</p>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let gone = json!({"kind": "wait", "url": site.url("/next")});
        let click = json!({"kind": "click", "selector": "a"});
        let press = json!({"kind": "press", "key": "a"});
        let body = batch(&tab, json!([click, gone, press, press])).await.ok();
        let rows = body["results"].as_array().unwrap();
        let last = rows.last().unwrap();
        assert_eq!((&last["navigated"], &last["url"]), (&json!(true), &json!(site.url("/next"))), "{body}");
        let aborted = &body["aborted"];
        assert_eq!((&aborted["reason"], &aborted["url"]), (&json!("navigation"), &json!(site.url("/next"))));
        assert_eq!(
            (&aborted["afterAction"], &aborted["skipped"]),
            (&json!(rows.len()), &json!(4 - rows.len()))
        );
    });
}

#[test]
fn a_batch_waits_for_a_slow_navigation_before_its_next_entry() {
    run(async {
        let site = Site::with("<a href='/slow'>Next</a>").await;
        // Longer than any answer waits for what may turn out to be a download.
        site.slow_page("/slow", Duration::from_secs(3), "<p>There</p>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let leaves = json!({"kind": "click", "selector": "a"});
        let body = batch(&tab, json!([leaves, evaluate("document.title = 'Too early'")])).await.ok();
        let slow = json!(site.url("/slow"));
        assert_eq!(rows(&body), json!([{"ok": true, "navigated": true, "url": slow}]), "{body}");
        assert_eq!(body["results"][0]["effects"]["pending"]["navigation"], slow, "{body}");
        let aborted = json!({"reason": "navigation", "afterAction": 1, "url": slow, "skipped": 1});
        assert_eq!((&body["aborted"], &body["url"], &body["ok"]), (&aborted, &slow, &json!(false)), "{body}");
        assert_eq!(body["effects"]["url"]["to"], slow, "{body}");
    });
}

#[test]
fn closing_the_tab_ends_a_batch() {
    run(async {
        let tab = Tab::with("").await;
        let body = batch(&tab, json!([{"kind": "close"}, {"kind": "press", "key": "a"}])).await.ok();
        assert_eq!(rows(&body), json!([{"ok": true}]), "{body}");
        assert_eq!((&body["aborted"]["reason"], &body["aborted"]["skipped"]), (&json!("closed"), &json!(1)));
    });
}

const NOISY: &str = "<button onclick='alert(1)'>Noisy</button><script>n = 0</script>";

fn noisy() -> Value {
    json!({"kind": "click", "selector": "button"})
}

#[test]
fn a_batch_that_a_dialog_cuts_says_what_was_done_and_what_was_not_reached() {
    run(async {
        let tab = Tab::with(NOISY).await;
        let body =
            batch(&tab, json!([evaluate("++n"), noisy(), evaluate("++n"), evaluate("++n")])).await.ok();
        assert_eq!((&body["blockedByDialog"], &body["performed"]), (&json!(true), &json!(false)), "{body}");
        let done = json!([{"ok": true, "result": 1}, {"ok": true, "blockedByDialog": true}]);
        assert_eq!(rows(&body), done, "{body}");
        let aborted = json!({"reason": "dialog", "afterAction": 2, "url": body["url"], "skipped": 2});
        assert_eq!(body["aborted"], aborted, "{body}");
        assert_eq!(body["effects"]["dialogs"][0]["message"], "1", "{body}");
        // What meets it is not done.
        let body = batch(&tab, json!([evaluate("++n"), evaluate("++n")])).await.ok();
        let met = json!([{"ok": false, "blockedByDialog": true, "error": "a dialog is open", "code": "DIALOG_OPEN"}]);
        assert_eq!((rows(&body), &body["aborted"]["skipped"]), (met, &json!(1)), "{body}");
        tab.post("/hooks/dialog", json!({"accept": true})).await.ok();
        assert_eq!(tab.eval("n").await, 1);
        // All is done when the last one opens it.
        let body = batch(&tab, json!([evaluate("++n"), noisy()])).await.ok();
        assert_eq!(
            (&body["ok"], &body["performed"], body.get("aborted")),
            (&json!(true), &json!(true), None),
            "{body}"
        );
    });
}

#[test]
fn a_wait_that_a_dialog_cuts_was_not_performed() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        let soon = "setTimeout(() => alert('late'), 300)";
        let never = json!({"kind": "wait", "text": "never"});
        let body =
            batch(&tab, json!([evaluate(&format!("{soon}, null")), never, evaluate("++n")])).await.ok();
        assert_eq!(
            (&body["results"][1]["ok"], &body["results"][1]["blockedByDialog"]),
            (&json!(false), &json!(true)),
            "{body}"
        );
        assert_eq!((&body["performed"], &body["aborted"]["skipped"]), (&json!(false), &json!(1)), "{body}");
    });
}

#[test]
fn a_nested_batch_that_a_dialog_cuts_tells_its_own_entries() {
    run(async {
        let tab = Tab::with(NOISY).await;
        let inner = json!({"kind": "batch", "actions": [evaluate("++n"), noisy(), evaluate("++n")]});
        let body = batch(&tab, json!([evaluate("++n"), inner, evaluate("++n")])).await.ok();
        let nested = &body["results"][1];
        assert_eq!((&nested["ok"], &nested["blockedByDialog"]), (&json!(false), &json!(true)), "{body}");
        assert_eq!(
            rows(nested),
            json!([{"ok": true, "result": 2}, {"ok": true, "blockedByDialog": true}]),
            "{body}"
        );
        assert_eq!(
            (&nested["aborted"]["skipped"], &body["aborted"]["skipped"]),
            (&json!(1), &json!(1)),
            "{body}"
        );
    });
}

#[test]
fn a_nested_batch_is_one_entry() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        let inner = |actions: Value| json!({"kind": "batch", "actions": actions});
        let fails = json!([evaluate("++n"), {"kind": "click", "selector": "#none"}]);
        let body = batch(&tab, json!([inner(json!([evaluate("++n")])), inner(fails)])).await.ok();
        let results = body["results"].as_array().unwrap();
        assert_eq!((results.len(), &results[0]["ok"], &results[1]["ok"]), (2, &json!(true), &json!(false)));
        assert!(results[1]["error"].as_str().unwrap().contains("#none"), "{body}");
        assert_eq!(rows(&results[0]), json!([{"ok": true, "result": 1}]), "{body}");
        let inner = &results[1]["results"];
        assert_eq!(
            (&inner[0]["result"], &inner[1]["code"]),
            (&json!(2), &json!("ACT_OPERATION_FAILED")),
            "{body}"
        );
        assert_eq!(tab.eval("n").await, 2);
    });
}

#[test]
fn acts_of_another_tab_are_refused() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        let other = json!({"kind": "press", "key": "a", "targetId": "somewhere"});
        let answer = batch(&tab, json!([evaluate("++n"), other])).await;
        assert_eq!(answer.error(), (403, "batched action targetId must match request targetId"));
        assert_eq!(answer.code(), "ACT_TARGET_ID_MISMATCH");
        assert!(answer.body["field"].as_str().unwrap().starts_with("actions[1]"), "{answer:?}");
        let same = json!({"kind": "press", "key": "a", "targetId": tab.id});
        batch(&tab, json!([same])).await.ok();
        assert_eq!(tab.eval("n").await, 0);
    });
}

#[test]
fn limits_and_slips_are_told_before_anything_is_done() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        let nest = |actions: Value| json!([{"kind": "batch", "actions": actions}]);
        let deep = (0..5).fold(json!([evaluate("++n")]), |inner, _| nest(inner));
        for (actions, error) in [
            (json!([]), "batch requires actions"),
            (json!([5]), "batch actions must be objects"),
            (json!(vec![evaluate("++n"); 101]), "batch exceeds maximum of 100 actions"),
            (deep, "batch nesting exceeds maximum depth of 5"),
            (json!([evaluate("++n"), {"kind": "press"}]), "press requires key"),
            (
                json!([evaluate("++n"), {"kind": "select", "selector": "a"}]),
                "select requires ref/selector and values",
            ),
        ] {
            assert_eq!(batch(&tab, actions).await.error(), (400, error));
        }
        assert_eq!(tab.eval("n").await, 0);
    });
}

#[test]
fn a_pause_beyond_the_time_is_told_as_it_is() {
    // A busy machine may leave no time for the page's answer, which is told then; nothing else may be pending.
    let is_over =
        |effects: &Value| effects.get("pending").is_none_or(|pending| *pending == json!({"page": true}));
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        let pause = json!({"kind": "wait", "timeMs": 900, "timeoutMs": 500});
        let body = tab.act(pause.clone()).await.ok();
        assert!(is_over(&body["effects"]), "{body}");
        let all = json!({"kind": "batch", "actions": [pause, evaluate("++n")], "timeoutMs": 600});
        let body = tab.act(all).await.ok();
        assert!(is_over(&body["effects"]) && body["results"][0]["ok"] == true, "{body}");
        let late = &body["results"][1];
        let error = "the time of the batch was over before this action; raise its timeoutMs";
        assert_eq!(
            (&late["ok"], &late["error"], &late["code"]),
            (&json!(false), &json!(error), &json!("TIMEOUT"))
        );
        assert_eq!(tab.eval("n").await, 0);
    });
}
