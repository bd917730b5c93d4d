//! Keys: what they write, what they do, and what is no key.

use serde_json::json;

use crate::support::{Tab, run};

#[test]
fn characters_write_themselves() {
    run(async {
        let tab = Tab::with("<input autofocus>").await;
        tab.click("input").await.ok();
        for key in ["a", "B", "7", "?", "Space", " ", "+"] {
            tab.press(key).await.ok();
        }
        assert_eq!(tab.property("input", "value").await, "aB7?  +");
    });
}

#[test]
fn a_character_that_this_keyboard_has_not_is_pressed_as_on_one_that_has() {
    run(async {
        let tab = Tab::with("<input id=first onkeydown='title += event.key'><input id=other>").await;
        tab.click("#first").await.ok();
        for key in ["é", "日", "ß", "🦊"] {
            tab.press(key).await.ok();
        }
        for property in ["value", "title"] {
            assert_eq!(tab.property("#first", property).await, "é日ß🦊", "{property}");
        }
        for slowly in [false, true] {
            let act = json!({"kind": "type", "selector": "#other", "text": "é日", "slowly": slowly});
            assert_eq!(tab.act(act).await.ok()["holds"], json!({"value": "é日", "matches": true}));
        }
    });
}

#[test]
fn chords_hold_their_keys() {
    run(async {
        let tab = Tab::showing("counter.html").await;
        tab.click("#field").await.ok();
        let keys = "events.splice(0).filter(e => e.type === 'keydown').map(e => `${e.modifiers} ${e.code}`)";
        tab.eval(keys).await;
        tab.press("Control+Shift+K").await.ok();
        assert_eq!(
            tab.eval(keys).await,
            json!(["ctrl ControlLeft", "ctrl+shift ShiftLeft", "ctrl+shift KeyK"])
        );
        tab.press("ctrl+a").await.ok();
        assert_eq!(tab.eval(keys).await, json!(["ctrl ControlLeft", "ctrl KeyA"]));
    });
}

#[test]
fn select_all_then_typing_replaces() {
    run(async {
        let tab = Tab::with("<input value=old>").await;
        tab.click("input").await.ok();
        tab.press("ControlOrMeta+a").await.ok();
        tab.press("x").await.ok();
        assert_eq!(tab.property("input", "value").await, "x");
        tab.press("Backspace").await.ok();
        assert_eq!(tab.property("input", "value").await, "");
    });
}

#[test]
fn enter_submits_and_tab_moves_on() {
    run(async {
        let tab = Tab::showing("form.html").await;
        tab.click("#text").await.ok();
        tab.press("Tab").await.ok();
        assert_eq!(tab.eval("document.activeElement.id").await, "email");
        tab.press("Shift+Tab").await.ok();
        assert_eq!(tab.eval("document.activeElement.id").await, "text");
        tab.press("return").await.ok();
        assert_eq!(tab.result().await, "submitted");
    });
}

#[test]
fn aliases_mean_the_keys_they_stand_for() {
    run(async {
        let tab = Tab::showing("counter.html").await;
        tab.click("#field").await.ok();
        tab.eval("events.length = 0").await;
        for alias in ["esc", "return", "del", "ctrl", "cmd", "space"] {
            tab.press(alias).await.ok();
        }
        let keys = "events.filter(e => e.type === 'keydown').map(e => e.key)";
        assert_eq!(tab.eval(keys).await, json!(["Escape", "Enter", "Delete", "Control", "Meta", " "]));
    });
}

#[test]
fn a_delay_holds_the_key() {
    run(async {
        let html =
            "<input onkeydown='from = performance.now()' onkeyup='title = performance.now() - from >= 150'>";
        let tab = Tab::with(html).await;
        tab.click("input").await.ok();
        tab.act(json!({"kind": "press", "key": "a", "delayMs": 150})).await.ok();
        assert_eq!(tab.property("input", "title").await, "true");
    });
}

#[test]
fn what_is_no_key_is_named_with_the_nearest() {
    run(async {
        let tab = Tab::with("").await;
        for (key, hint) in [("Entr", "did you mean \"Enter\"?"), ("Foo", "use a character")] {
            let answer = tab.press(key).await;
            let (status, error) = answer.error();
            assert_eq!((status, answer.code(), &answer.body["field"]), (400, "UNKNOWN_KEY", &json!("key")));
            assert!(error.contains(&format!("Unknown key: \"{key}\"")) && error.contains(hint), "{error}");
        }
        assert_eq!(tab.press("").await.error(), (400, "press requires key"));
    });
}
