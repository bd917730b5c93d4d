//! What all acts have in common: their kinds, the order in which they are judged, and the words for each slip
//! (contract 3.1 and 8.2).

use serde_json::{Value, json};

use crate::support::{House, Tab, run};

#[test]
fn every_slip_is_told_in_the_contract_s_words() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        for (act, error) in [
            (json!({"kind": "click"}), "click requires ref or selector"),
            (
                json!({"kind": "click", "ref": "e1", "button": "foo"}),
                "click button must be left|right|middle",
            ),
            (
                json!({"kind": "click", "ref": "e1", "modifiers": ["Foo"]}),
                "modifiers must be Alt|Control|ControlOrMeta|Meta|Shift",
            ),
            (
                json!({"kind": "click", "ref": "e1", "delayMs": 5001}),
                "click delayMs exceeds maximum of 5000ms",
            ),
            (json!({"kind": "click", "ref": "e1", "delayMs": -1}), "delayMs must be a non-negative integer."),
            (json!({"kind": "click", "ref": "e1", "timeoutMs": 0}), "timeoutMs must be a positive integer."),
            (
                json!({"kind": "click", "ref": "e1", "timeoutMs": 1.5}),
                "timeoutMs must be a positive integer.",
            ),
            (
                json!({"kind": "click", "ref": "e1", "timeoutMs": "x"}),
                "timeoutMs must be a positive integer.",
            ),
            (json!({"kind": "type", "text": "x"}), "type requires ref or selector"),
            (json!({"kind": "type", "ref": "e1"}), "type requires text"),
            (json!({"kind": "type", "ref": "e1", "text": 5}), "type requires text"),
            (json!({"kind": "press"}), "press requires key"),
            (json!({"kind": "hover"}), "hover requires ref or selector"),
            (json!({"kind": "scrollIntoView"}), "scrollIntoView requires ref or selector"),
            (json!({"kind": "select", "ref": "e1"}), "select requires ref/selector and values"),
            (json!({"kind": "select", "values": ["a"]}), "select requires ref/selector and values"),
            (
                json!({"kind": "resize", "width": 0, "height": 10}),
                "resize requires positive width and height",
            ),
            (json!({"kind": "resize", "width": 10}), "resize requires positive width and height"),
            (
                json!({"kind": "resize", "width": 8193, "height": 10}),
                "resize width and height must not exceed 8192",
            ),
            (json!({"kind": "evaluate"}), "evaluate requires fn"),
            (json!({"kind": "batch", "actions": []}), "batch requires actions"),
        ] {
            let answer = tab.act(act.clone()).await;
            assert_eq!((answer.error(), answer.code()), ((400, error), "ACT_INVALID_REQUEST"), "{act}");
        }
    });
}

#[test]
fn a_kind_comes_before_all_else() {
    run(async {
        let tab = Tab::with("").await;
        for kind in [Value::Null, json!(5), json!(""), json!("foo")] {
            let answer = tab.act(json!({"kind": kind, "timeoutMs": 0, "selector": "a"})).await;
            assert_eq!((answer.error().0, answer.code()), (400, "ACT_KIND_REQUIRED"));
            assert!(answer.error().1.starts_with("kind is required"), "{answer:?}");
        }
    });
}

#[test]
fn slips_are_told_in_the_contract_s_order() {
    run(async {
        let mut house = House::with(json!({"browser": {"evaluateEnabled": false}})).await;
        for (act, code) in [
            (json!({"kind": "press", "selector": "a", "profile": "nope"}), "ACT_INVALID_REQUEST"),
            (
                json!({"kind": "press", "key": "a", "selector": "a", "profile": "nope"}),
                "ACT_SELECTOR_UNSUPPORTED",
            ),
            (json!({"kind": "evaluate", "selector": "a", "profile": "nope"}), "ACT_INVALID_REQUEST"),
            (
                json!({"kind": "evaluate", "fn": "1", "selector": "a", "profile": "nope"}),
                "ACT_SELECTOR_UNSUPPORTED",
            ),
            (json!({"kind": "evaluate", "fn": "1", "profile": "nope"}), "ACT_EVALUATE_DISABLED"),
            (json!({"kind": "press", "key": "a", "profile": "nope"}), "PROFILE_NOT_FOUND"),
            (json!({"kind": "press", "key": "a", "targetId": "t1"}), "BROWSER_NOT_RUNNING"),
        ] {
            let answer = house.post("/act", act.clone()).await;
            assert_eq!(answer.code(), code, "{act}: {answer:?}");
        }
        let nested = json!([{"kind": "press", "key": "a", "selector": "a"}]);
        let answer = house.post("/act", json!({"kind": "batch", "actions": nested})).await;
        assert_eq!(answer.code(), "ACT_SELECTOR_UNSUPPORTED");
        house.stop().await;
    });
}
