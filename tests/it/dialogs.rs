//! Dialogs: the act that opens one says so, and while it is open nothing else is done.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

fn pending(body: &Value) -> &Value {
    &body["browserState"]["dialogs"]["pending"][0]
}

#[test]
fn a_click_that_opens_a_dialog_was_performed() {
    run(async {
        for (name, message, default) in [
            ("alert", "hello", Value::Null),
            ("confirm", "sure?", Value::Null),
            ("prompt", "who?", json!("nobody")),
        ] {
            let tab = Tab::showing("dialogs.html").await;
            let body = tab.click(&format!("#{name}")).await.ok();
            assert_eq!(
                (&body["blockedByDialog"], &body["performed"]),
                (&json!(true), &json!(true)),
                "{body}"
            );
            let dialog = pending(&body);
            assert_eq!((&dialog["type"], &dialog["message"]), (&json!(name), &json!(message)), "{body}");
            assert_eq!(dialog["defaultValue"], default);
            assert_eq!(dialog["id"], "d1");
        }
    });
}

#[test]
fn acts_while_a_dialog_is_open_are_not_performed() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        tab.click("#alert").await.ok();
        for act in [
            json!({"kind": "click", "selector": "#alert"}),
            json!({"kind": "press", "key": "a"}),
            json!({"kind": "hover", "selector": "#alert"}),
            json!({"kind": "evaluate", "fn": "1"}),
            json!({"kind": "wait", "text": "x"}),
            json!({"kind": "batch", "actions": [{"kind": "press", "key": "a"}]}),
        ] {
            let body = tab.act(act.clone()).await.ok();
            assert_eq!(body["blockedByDialog"], true, "{act}: {body}");
            assert_eq!(body["performed"], false, "{act}: {body}");
            assert_eq!(pending(&body)["message"], "hello");
        }
    });
}

/// What an act on this page says of a dialog that comes into its way, `after` so many ms by a timer if that is given.
async fn performed(act: Value, after: Option<u32>) -> Value {
    let html = "<button onmouseover='over = 1'>Go</button> <button id=off disabled>Off</button> <form onsubmit='alert(3); return false'>
        <input id=plain aria-label=Plain><input id=noisy aria-label=Noisy oninput='alert(1)'><button>Send</button></form> <select onchange='alert(2)'><option>a<option>b</select>
        <div style='height: 3000px'></div><p hidden>Deep</p>";
    let tab = Tab::with(html).await;
    let mut act = act;
    for field in act.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        field["ref"] = tab.find(field["ref"].as_str().unwrap()).await.into();
    }
    if let Some(after) = after {
        tab.eval(&format!("setTimeout(() => alert(0), {after})")).await;
    }
    act["timeoutMs"] = 5000.into();
    let body = tab.act(act).await.ok();
    assert_eq!(body["blockedByDialog"], true, "{body}");
    assert_eq!(body["effects"]["dialogs"].as_array().map(Vec::len), Some(1), "{body}");
    body["performed"].clone()
}

#[test]
fn an_act_that_a_dialog_cuts_before_its_last_step_was_not_performed() {
    run(async {
        let slowly = json!({"kind": "type", "selector": "#plain", "text": "x".repeat(30), "slowly": true});
        let both = json!([{"ref": "Noisy", "value": "x"}, {"ref": "Plain", "value": "x"}]);
        let submitted = json!({"kind": "type", "selector": "#noisy", "text": "x", "submit": true});
        for (act, after) in [
            (json!({"kind": "click", "selector": "#off"}), Some(400)),
            (json!({"kind": "click", "selector": "button:first-child", "delayMs": 3000}), Some(400)),
            (json!({"kind": "select", "selector": "select", "values": ["c"]}), Some(400)),
            (json!({"kind": "scrollIntoView", "selector": "p"}), Some(400)),
            (json!({"kind": "wait", "text": "never"}), Some(400)),
            (slowly, Some(400)),
            (submitted, None),
            (json!({"kind": "fill", "fields": both}), None),
        ] {
            assert_eq!(performed(act.clone(), after).await, false, "{act}");
        }
    });
}

#[test]
fn an_act_that_opens_a_dialog_with_its_last_step_was_performed() {
    run(async {
        for act in [
            json!({"kind": "type", "selector": "#noisy", "text": "x"}),
            json!({"kind": "type", "selector": "#noisy", "text": "x", "slowly": true}),
            json!({"kind": "type", "selector": "#plain", "text": "x", "submit": true}),
            json!({"kind": "select", "selector": "select", "values": ["b"]}),
            json!({"kind": "evaluate", "fn": "alert(5)"}),
            json!({"kind": "batch", "actions": [{"kind": "select", "selector": "select", "values": ["b"]}]}),
        ] {
            assert_eq!(performed(act.clone(), None).await, true, "{act}");
        }
    });
}

#[test]
fn a_snapshot_of_a_blocked_tab_is_empty_and_says_so() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        tab.click("#alert").await.ok();
        let body = tab.get("/snapshot", "").await.ok();
        assert_eq!((&body["blockedByDialog"], &body["snapshot"]), (&json!(true), &json!("")), "{body}");
        assert_eq!((&body["refs"], &body["format"]), (&json!({}), &json!("ai")), "{body}");
        assert_eq!(pending(&body)["type"], "alert");
        assert!(body.get("stats").is_none(), "{body}");
    });
}

#[test]
fn a_dialog_while_loading_ends_the_navigation_at_once() {
    run(async {
        let site = Site::with("<script>alert('stop')</script><p>Later</p>").await;
        let tab = Tab::with("").await;
        let body = tab.navigate(&site.url("/")).await.ok();
        assert_eq!((&body["blockedByDialog"], &body["performed"]), (&json!(true), &json!(true)), "{body}");
        assert_eq!((&body["url"], &pending(&body)["message"]), (&json!(site.url("/")), &json!("stop")));
    });
}

#[test]
fn a_tab_that_opens_with_a_dialog_keeps_its_name() {
    run(async {
        let house = House::shared().await;
        let site = Site::with("<script>alert('stop')</script>").await;
        let opened = house.post("/tabs/open", json!({"url": site.url("/"), "label": "noisy"})).await.ok();
        assert_eq!((&opened["label"], &opened["suggestedTargetId"]), (&json!("noisy"), &json!("noisy")));
        house.delete("/tabs/noisy").await.ok();
    });
}

#[test]
fn a_page_that_does_not_want_to_be_left_is_left() {
    run(async {
        let site =
            Site::with("<button>Go</button><script>onbeforeunload = e => e.preventDefault()</script>").await;
        site.page("/next", "<p>Next</p>");
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.click("button").await.ok();
        assert_eq!(tab.navigate(&site.url("/next")).await.ok()["url"], site.url("/next"));
    });
}

#[test]
fn an_answered_dialog_lets_the_page_go_on() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        for (name, answer, result) in [
            ("confirm", json!({"accept": false}), "confirm: false"),
            ("prompt", json!({"accept": true, "promptText": "Ada"}), "prompt: Ada"),
            ("alert", json!({"accept": true}), "alerted"),
        ] {
            tab.click(&format!("#{name}")).await.ok();
            tab.post("/hooks/dialog", answer).await.ok();
            tab.act(json!({"kind": "wait", "text": result})).await.ok();
        }
        assert!(tab.snapshot("").await.contains("alerted"));
        let answer = tab.post("/hooks/dialog", json!({})).await;
        assert_eq!(answer.error(), (400, "accept is required"));
    });
}

/// What `GET /dialogs` says of a tab.
async fn dialogs(tab: &Tab<'_>) -> Value {
    tab.get("/dialogs", "").await.ok()["browserState"]["dialogs"].clone()
}

#[test]
fn an_armed_answer_keeps_the_dialog_out_of_the_way() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        for (name, answer, result) in [
            ("confirm", json!({"accept": false}), "confirm: false"),
            ("prompt", json!({"accept": true, "promptText": " hi "}), "prompt:  hi "),
            ("alert", json!({"accept": true}), "alerted"),
        ] {
            assert_eq!(tab.post("/hooks/dialog", answer).await.ok(), json!({"ok": true}));
            let body = tab.click(&format!("#{name}")).await.ok();
            assert!(body.get("blockedByDialog").is_none(), "{body}");
            assert_eq!(tab.result().await, result, "{name}");
        }
        let closers: Vec<Value> =
            dialogs(&tab).await["recent"].as_array().unwrap().iter().map(|d| d["closedBy"].clone()).collect();
        assert_eq!(closers, ["armed", "armed", "armed"]);
    });
}

#[test]
fn an_armed_answer_serves_one_dialog() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        tab.post("/hooks/dialog", json!({"accept": true})).await.ok();
        tab.click("#alert").await.ok();
        assert_eq!(tab.click("#alert").await.ok()["blockedByDialog"], true);
    });
}

#[test]
fn an_armed_answer_that_comes_too_late_answers_nothing() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        tab.post("/hooks/dialog", json!({"accept": true, "timeoutMs": 500})).await.ok();
        tab.act(json!({"kind": "wait", "timeMs": 700})).await.ok();
        assert_eq!(tab.click("#alert").await.ok()["blockedByDialog"], true);
    });
}

#[test]
fn dialogs_are_listed_while_open_and_afterwards() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        assert_eq!(dialogs(&tab).await, json!({"pending": [], "recent": []}));
        tab.click("#prompt").await.ok();
        let listed = dialogs(&tab).await;
        let open = &listed["pending"][0];
        assert_eq!(
            (&open["id"], &open["type"], &open["message"]),
            (&json!("d1"), &json!("prompt"), &json!("who?"))
        );
        assert_eq!(open["defaultValue"], "nobody");
        tab.post("/hooks/dialog", json!({"accept": true, "dialogId": "d1", "promptText": "zed"})).await.ok();
        let listed = dialogs(&tab).await;
        assert_eq!(listed["pending"], json!([]));
        assert_eq!(
            (&listed["recent"][0]["id"], &listed["recent"][0]["closedBy"]),
            (&json!("d1"), &json!("agent"))
        );
        assert!(listed["recent"][0]["closedAt"].is_string(), "{listed}");
    });
}

#[test]
fn answers_that_fit_nothing_are_refused() {
    run(async {
        let tab = Tab::showing("dialogs.html").await;
        for (body, status, error) in [
            (json!({}), 400, "accept is required"),
            (json!({"accept": true, "timeoutMs": -1}), 400, "timeoutMs must be a positive integer."),
            (json!({"accept": true, "dialogId": "d99"}), 409, "Dialog \"d99\" is not pending."),
        ] {
            assert_eq!(tab.post("/hooks/dialog", body.clone()).await.error(), (status, error), "{body}");
        }
        tab.click("#alert").await.ok();
        let answer = tab.post("/hooks/dialog", json!({"accept": true, "dialogId": "d99"})).await;
        assert_eq!(answer.error(), (409, "Dialog \"d99\" is not pending."));
        assert_eq!(dialogs(&tab).await["pending"][0]["id"], "d1", "it is still open");
    });
}

#[test]
fn a_page_that_asks_may_be_kept_by_an_armed_no() {
    run(async {
        let html = "<a href=/next>Go</a><script>onbeforeunload = e => e.preventDefault()</script>";
        let site = Site::with(html).await;
        site.page("/next", "<p>Next</p>");
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.post("/hooks/dialog", json!({"accept": false})).await.ok();
        let body = tab.click("a").await.ok();
        assert!(body["effects"].get("pending").is_none(), "{body}");
        tab.post("/hooks/dialog", json!({"accept": false})).await.ok();
        let answer = tab.navigate(&site.url("/next")).await;
        assert!(answer.error().1.contains("the page was not left"), "{answer:?}");
        assert_eq!(answer.code(), "PAGE_NOT_LEFT");
        assert_eq!(tab.eval("location.pathname").await, "/");
        let recent = dialogs(&tab).await["recent"].clone();
        assert_eq!(
            (&recent[0]["type"], &recent[0]["closedBy"]),
            (&json!("beforeunload"), &json!("armed")),
            "{recent}"
        );
    });
}
