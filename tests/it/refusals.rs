//! Refusals: what cannot be acted on is refused at once, by name of what is in the way; it is waited for only when the
//! caller named a time.

use serde_json::{Value, json};

use crate::support::house::Answer;
use crate::support::{House, Site, Tab, run};

async fn click_within(tab: &Tab<'_>, selector: &str, millis: u64) -> Answer {
    tab.act(json!({"kind": "click", "selector": selector, "timeoutMs": millis})).await
}

#[test]
fn the_culprit_is_named() {
    run(async {
        let tab = Tab::showing("refused.html").await;
        for (selector, reason, by) in [
            ("#plain", "disabled", ""),
            ("#infieldset", "disabled", "id=\"fieldset\""),
            ("#option", "disabled", "id=\"list\""),
            ("#aria", "disabled", "id=\"ariabox\""),
            ("#none", "notVisible", "has display: none"),
            ("#unseen", "notVisible", "has visibility: hidden"),
            ("#detail", "notVisible", "is closed"),
            ("#flat", "notVisible", "it has no size"),
            ("#speck", "notVisible", "it has no size"),
            ("#clipped", "notVisible", "clips it"),
            ("#away", "notVisible", "it lies where nothing can be scrolled to"),
            ("#under", "covered", "id=\"cover\""),
            ("#inert", "inert", "id=\"inertbox\""),
            ("#missing", "missing", ""),
        ] {
            let answer = tab.click(selector).await;
            assert_eq!((answer.error().0, answer.code()), (500, "ACT_OPERATION_FAILED"), "{selector}");
            let details = &answer.body["details"];
            assert_eq!(details["reason"], reason, "{selector}: {answer:?}");
            let told = details["by"].as_str().unwrap_or_default();
            assert!(told.contains(by) && told.is_empty() == by.is_empty(), "{selector}: {answer:?}");
            assert!(answer.error().1.contains(by) && details.get("waitedMs").is_none(), "{answer:?}");
        }
    });
}

#[test]
fn a_refusal_is_one_flight_and_comes_at_once() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::new().await;
        let tab = house.open(&site.url("/refused.html")).await;
        let service = house.gateway().service();
        let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
        tab.click("#plain").await.error();
        for selector in ["#plain", "#infieldset", "#none", "#clipped", "#under", "#inert"] {
            let before = browser.traffic();
            tab.click(selector).await.error();
            let after = browser.traffic();
            assert_eq!((after.flights - before.flights, after.sent - before.sent), (1, 1), "{selector}");
        }
        house.stop().await;
    });
}

#[test]
fn what_moves_for_ever_keeps_no_refusal_waiting() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with(
            "<style>@keyframes pulse { from { opacity: 0.5 } } @keyframes turn { to { rotate: 1turn } }
             .pulse { animation: pulse 1s infinite alternate } .turn { animation: turn 1s linear infinite }
             p { position: relative; height: 40px } p > span { position: absolute; inset: 0 }</style>
             <p><button id=under>B</button><span class=pulse></span></p>
             <p style='position: absolute; left: 500px; top: 300px'><button id=spun>B</button>
             <span class=turn style='left: -135px; top: -140px; width: 300px; height: 300px'></span></p>
             <div class=pulse><button id=none style='display: none'>B</button></div>
             <button id=unseen class=pulse style='visibility: hidden'>B</button>
             <button id=away class=pulse style='position: absolute; left: -300px'>B</button>
             <div class=turn><button id=off disabled>B</button></div>",
        )
        .await;
        let tab = house.open(&site.url("/")).await;
        // A document numbers the frames that are asked for, by the page and by us.
        let number =
            "(() => { const n = requestAnimationFrame(() => {}); cancelAnimationFrame(n); return n })()";
        let asked = async || tab.eval(number).await.as_u64().unwrap();
        let (first, second) = (asked().await, asked().await);
        let plain = second - first;
        for (id, most) in [("under", 6), ("spun", 6), ("none", 0), ("unseen", 0), ("away", 0), ("off", 0)] {
            let before = asked().await;
            tab.click(&format!("#{id}")).await.error();
            // Each look after the first one has waited for a frame, of which 100 ms have six.
            let looks = asked().await - before - plain;
            assert!(looks <= most, "{id}: {looks} looks after the first");
        }
        house.stop().await;
    });
}

#[test]
fn what_a_view_transition_draws_over_a_page_is_waited_for() {
    run(async {
        let tab = Tab::with(
            "<button id=a onclick='document.startViewTransition(() => document.body.append(`More `))'>Change</button>\
             <button id=b onclick='this.title = `Clicked`'>Next</button>",
        )
        .await;
        for _ in 0..3 {
            let acts = ["#a", "#b"].map(|selector| json!({"kind": "click", "selector": selector}));
            let body = tab.act(json!({"kind": "batch", "actions": acts})).await.ok();
            assert!(body["results"].as_array().unwrap().iter().all(|result| result["ok"] == true), "{body}");
        }
        assert_eq!(tab.eval("b.title").await, "Clicked");
    });
}

#[test]
fn a_named_time_is_waited_and_told() {
    run(async {
        let tab = Tab::showing("refused.html").await;
        for (selector, reason) in
            [("#plain", "disabled"), ("#none", "notVisible"), ("#under", "covered"), ("#missing", "missing")]
        {
            let answer = click_within(&tab, selector, 1500).await;
            assert_eq!((answer.error().0, answer.code()), (500, "ACT_OPERATION_FAILED"), "{selector}");
            assert_eq!(answer.body["details"]["reason"], reason);
            let waited = answer.body["details"]["waitedMs"].as_u64().unwrap_or_else(|| panic!("{answer:?}"));
            assert!((900..=1500).contains(&waited), "{answer:?}");
            assert!(
                answer.error().1.ends_with(&format!("Waited {waited} ms for that to change.")),
                "{answer:?}"
            );
        }
    });
}

#[test]
fn what_comes_right_in_the_named_time_is_done() {
    run(async {
        let tab = Tab::showing("refused.html").await;
        for selector in
            ["#plain", "#infieldset", "#none", "#detail", "#clipped", "#under", "#inert", "#missing"]
        {
            tab.eval(&format!("later({})", json!(selector))).await;
            click_within(&tab, selector, 20_000).await.ok();
            assert_eq!(tab.result().await, selector);
        }
        for (act, selector, held) in [
            (json!({"kind": "type", "selector": "#field", "text": "x"}), "#field", "x"),
            (json!({"kind": "select", "selector": "#slow", "values": ["Late"]}), "#slow", "Late"),
        ] {
            tab.eval(&format!("later({})", json!(selector))).await;
            assert_eq!(tab.act(act.clone()).await.error().0, 500);
            let mut patient = act;
            patient["timeoutMs"] = json!(20_000);
            tab.act(patient).await.ok();
            assert_eq!(tab.property(selector, "value").await, held);
        }
    });
}

#[test]
fn a_lost_ref_is_not_waited_for() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        let go = tab.find("Go").await;
        tab.eval("document.querySelector('button').remove()").await;
        let answer = tab.act(json!({"kind": "click", "ref": go, "timeoutMs": 60_000})).await;
        assert_eq!((answer.code(), &answer.body["details"]["waitedMs"]), ("UNKNOWN_REF", &Value::Null));
    });
}

#[test]
fn a_delay_that_its_time_does_not_allow_is_refused_before_anything_is_pressed() {
    run(async {
        let tab = Tab::with(
            "<button onclick='n++' onkeydown='n++' style='width: 99px'>Go</button><script>n = 0</script>",
        )
        .await;
        let go = tab.find("Go").await;
        for act in [
            json!({"kind": "click", "ref": go, "delayMs": 4000, "timeoutMs": 1000}),
            json!({"kind": "clickCoords", "x": 20, "y": 20, "delayMs": 1000, "timeoutMs": 1000}),
            json!({"kind": "press", "key": "a", "delayMs": 3000, "timeoutMs": 600}),
        ] {
            let answer = tab.act(act).await;
            let (status, error) = answer.error();
            assert!(status == 400 && error.ends_with("delayMs must be less than timeoutMs"), "{error}");
            assert_eq!((answer.code(), &answer.body["field"]), ("ACT_INVALID_REQUEST", &json!("delayMs")));
        }
        assert_eq!(tab.eval("n").await, 0);
    });
}

#[test]
fn what_cannot_be_brought_into_view_is_refused_and_what_can_be_is_scrolled_to() {
    run(async {
        let tab = Tab::with(
            "<p id=left style='position: absolute; left: -500px'>Left</p><p id=above style='position: fixed; top: -90px'>Above</p>
             <div id=clip style='height: 0; overflow: clip'><p id=clipped>Clipped</p></div>
             <div id=list style='height: 40px; overflow: auto'><p>One</p><p>Two</p><p id=last>Three</p></div>
             <div style='height: 0; overflow: hidden'><p id=out style='position: absolute'>Out</p></div>
             <div style='height: 3000px'></div><p id=far>Far</p>",
        )
        .await;
        let scroll =
            async |id: &str| tab.act(json!({"kind": "scrollIntoView", "selector": format!("#{id}")})).await;
        for (id, why) in [
            ("left", "it lies where nothing can be scrolled to"),
            ("above", "it lies where nothing can be scrolled to"),
            ("clipped", "<div id=\"clip\">"),
        ] {
            let answer = scroll(id).await;
            let (status, error) = answer.error();
            assert!(
                status == 500 && error.contains("(not visible)") && error.contains(why),
                "{id}: {answer:?}"
            );
        }
        scroll("out").await.ok();
        scroll("last").await.ok();
        assert_eq!(tab.eval("list.scrollTop > 0").await, true);
        scroll("far").await.ok();
        assert_eq!(tab.eval("scrollY > 1000").await, true);
    });
}

#[test]
fn what_the_mouse_goes_through_and_what_is_inert_are_refused_by_their_own_cause() {
    run(async {
        let tab = Tab::with(
            "<div id=under style='position: absolute; width: 200px; height: 90px'></div><div style='position: relative'>
             <div id=busy style='pointer-events: none'><p><button id=inside>Inside</button></p></div>
             <button id=own style='pointer-events: none'>Own</button><div id=off inert><button id=inert>Inert</button>
             <input id=field></div><button id=free>Free</button></div><dialog id=modal>Sure?</dialog>",
        )
        .await;
        for (selector, reason, words) in [
            ("#inside", "passesMouse", "(pointer-events: none; another element intercepts pointer events)"),
            ("#inside", "passesMouse", "Set by: <div id=\"busy\">"),
            ("#own", "passesMouse", "Set by: the element's own style."),
            ("#inert", "inert", "Made inert by: <div id=\"off\">"),
        ] {
            let answer = tab.click(selector).await;
            assert_eq!(answer.error().0, 500);
            assert!(answer.error().1.contains(words), "{selector}: {answer:?}");
            assert_eq!(answer.body["details"]["reason"], reason, "{selector}: {answer:?}");
        }
        let answer = tab.type_into("#field", "x").await;
        assert_eq!(answer.body["details"]["reason"], "inert", "{answer:?}");
        tab.eval("modal.showModal()").await;
        let answer = tab.click("#free").await;
        assert_eq!(answer.body["details"]["reason"], "covered", "a modal dialog lies over it: {answer:?}");
        assert!(answer.error().1.contains("id=\"modal\""), "{answer:?}");
    });
}
