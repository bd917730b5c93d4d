//! Typing: text replaces what a field holds, or the field says why it takes none.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Tab, run};

#[test]
fn text_replaces_what_was_there() {
    run(async {
        let tab = Tab::showing("form.html").await;
        for (selector, text) in [
            ("#text", "Ada \"quoted\" é 漢 🦊"),
            ("#email", "new@example.org"),
            ("#email", ""),
            ("#search", "words"),
            ("#area", "one\ntwo"),
            ("#number", "-12.5"),
            ("#date", "2026-02-03"),
            ("#time", "10:20"),
            ("#color", "#00ff7f"),
            ("#range", "4"),
        ] {
            tab.type_into(selector, text).await.ok();
            assert_eq!(tab.property(selector, "value").await, text, "{selector}");
        }
    });
}

#[test]
fn slow_typing_presses_each_key() {
    run(async {
        let tab = Tab::showing("counter.html").await;
        tab.type_into("#field", "old").await.ok();
        tab.eval("events.length = 0").await;
        let act = json!({"kind": "type", "selector": "#field", "text": "aBé", "slowly": true});
        tab.act(act).await.ok();
        assert_eq!(tab.property("#field", "value").await, "aBé");
        let keys = "events.filter(e => e.type === 'keydown' && e.isTrusted).map(e => e.key)";
        assert_eq!(tab.eval(keys).await, json!(["Delete", "a", "B"]));
    });
}

#[test]
fn submit_presses_enter() {
    run(async {
        let tab = Tab::showing("form.html").await;
        let act = json!({"kind": "type", "selector": "#text", "text": "x", "submit": true});
        tab.act(act).await.ok();
        assert_eq!(tab.result().await, "submitted");
    });
}

#[test]
fn a_field_that_takes_no_such_text_says_why() {
    run(async {
        let tab = Tab::showing("form.html").await;
        for (selector, text, why) in [
            ("#number", "twelve", "requires a numeric value"),
            ("#range", "x", "requires a numeric value"),
            ("#date", "tomorrow", "rejected the value format"),
            ("#color", "reddish", "rejected the value format"),
            ("#checkbox", "x", "has an input type that cannot be filled"),
            ("#file", "x", "has an input type that cannot be filled"),
            ("#readonly", "x", "is not editable (for example, read-only)"),
            ("#disabled", "x", "is not enabled"),
            ("#submit", "x", "does not support text input"),
        ] {
            let answer = tab.type_into(selector, text).await;
            let (status, error) = answer.error();
            assert_eq!((status, answer.code()), (500, "ACT_OPERATION_FAILED"), "{selector}");
            assert!(error.starts_with(&format!("Element \"{selector}\"")) && error.contains(why), "{error}");
        }
    });
}

#[test]
fn editable_content_is_replaced_as_a_whole() {
    run(async {
        let tab = Tab::showing("editable.html").await;
        for selector in ["#rich", "#plain"] {
            tab.type_into(selector, "New").await.ok();
            assert_eq!(tab.property(selector, "innerText.trim()").await, "New", "{selector}");
        }
        let shaded = tab.find("Old shade").await;
        tab.act(json!({"kind": "type", "ref": shaded, "text": "New shade"})).await.ok();
        tab.find("New shade").await;
        let answer = tab.type_into("#fixed", "x").await;
        assert!(answer.error().1.contains("read-only"), "{answer:?}");
    });
}

#[test]
fn a_field_that_hands_the_focus_on_is_not_typed_past() {
    run(async {
        let tab = Tab::showing("editable.html").await;
        let answer = tab.type_into("#thief", "secret").await;
        let error = answer.error().1;
        assert!(error.contains("moved the focus to") && error.contains("second"), "{error}");
        assert_eq!(tab.property("#second", "value").await, "");
    });
}

#[test]
fn a_password_is_typed_and_never_shown() {
    run(async {
        let tab = Tab::showing("form.html").await;
        tab.type_into("#password", "hunter2").await.ok();
        assert_eq!(tab.property("#password", "value.length").await, 7);
        for query in ["", "interactive=true", "compact=true", "selector=form"] {
            let body = tab.get("/snapshot", query).await.ok().to_string();
            assert!(body.contains("Password") && !body.contains("hunter2"), "{query}: {body}");
        }
    });
}

#[test]
fn a_page_hears_input_as_from_a_person() {
    run(async {
        let tab = Tab::showing("counter.html").await;
        tab.type_into("#field", "hi").await.ok();
        let seen = "events.filter(e => e.type === 'input').map(e => [e.isTrusted, e.data, e.inputType])";
        assert_eq!(tab.eval(seen).await, json!([[true, "hi", "insertText"]]));
    });
}

#[test]
fn what_a_field_holds_afterwards_is_told() {
    run(async {
        let tab = Tab::showing("typing.html").await;
        for (selector, text, holds) in [
            ("#plain", "Ada", json!({"value": "Ada", "matches": true})),
            ("#plain", "", json!({"value": "", "matches": true})),
            ("#area", "one\ntwo", json!({"value": "one\ntwo", "matches": true})),
            ("#rich", "one\ntwo", json!({"value": "one\ntwo", "matches": true})),
            ("#phone", "5551234567", json!({"value": "(555) 123-4567", "matches": false})),
            ("#short", "too long", json!({"value": "too l", "matches": false, "maxLength": 5})),
            ("#upper", "abc", json!({"value": "ABC", "matches": false})),
            ("#clears", "abc", json!({"value": "", "matches": false})),
            ("#range", "4", json!({"value": "4", "matches": true})),
            ("#date", "2026-02-03", json!({"value": "2026-02-03", "matches": true})),
            ("#secret", "hunter2", json!({"length": 7, "matches": true})),
            ("#newsecret", "hunter2", json!({"length": 7, "matches": true})),
        ] {
            let answer = tab.type_into(selector, text).await.ok();
            assert_eq!(answer["holds"], holds, "{selector}");
        }
        let act = json!({"kind": "type", "selector": "#phone", "text": "5559876543", "slowly": true});
        assert_eq!(tab.act(act).await.ok()["holds"]["value"], "(555) 987-6543");
    });
}

#[test]
fn what_a_page_makes_of_text_is_waited_for_while_it_has_put_it_off_and_no_longer() {
    run(async {
        let html = "<input id=upper><input id=timed><input id=framed><script>
            upper.oninput = () => { upper.value = upper.value.toUpperCase() };
            const later = (field, put) => (field.oninput = () => {
              const { value } = field;
              field.value = '';
              put(() => (field.value = value));
            });
            later(timed, back => setTimeout(back, 120));
            later(framed, back => requestAnimationFrame(() => requestAnimationFrame(back)));
        </script>";
        let tab = Tab::with(html).await;
        for selector in ["#timed", "#framed"] {
            let answer = tab.type_into(selector, "abc").await.ok();
            assert_eq!(answer["holds"], json!({"value": "abc", "matches": true}), "{selector}");
        }
        let began = Instant::now();
        for n in 0..8 {
            let answer = tab.type_into("#upper", &format!("abc{n}")).await.ok();
            assert_eq!(answer["holds"], json!({"value": format!("ABC{n}"), "matches": false}));
        }
        // In which timers would have been waited for.
        assert!(began.elapsed() < 8 * Duration::from_millis(250), "{:?}", began.elapsed());
    });
}

#[test]
fn text_that_the_page_keeps_out_is_no_success() {
    run(async {
        let tab = Tab::showing("typing.html").await;
        for selector in ["#barred", "#barredrich"] {
            let answer = tab.type_into(selector, "new").await;
            let (status, error) = answer.error();
            assert_eq!((status, answer.code()), (500, "ACT_OPERATION_FAILED"), "{selector}");
            assert!(error.contains("did not take the text"), "{error}");
        }
        assert_eq!(tab.property("#barred", "value").await, "old");
    });
}

#[test]
fn inserted_text_goes_to_the_caret_of_what_has_the_focus() {
    run(async {
        let tab = Tab::showing("typing.html").await;
        let insert = |text: &'static str| json!({"kind": "insertText", "text": text});
        let error = tab.act(insert("x")).await.error().1.to_owned();
        assert!(error.starts_with("insertText went nowhere: no element has the focus"), "{error}");
        tab.type_into("#plain", "ab").await.ok();
        tab.press("Home").await.ok();
        let answer = tab.act(insert("日本 ")).await.ok();
        assert_eq!(answer["holds"], json!({"value": "日本 ab", "matches": true}));
        tab.click("#button").await.ok();
        let answer = tab.act(insert("x")).await;
        assert_eq!((answer.error().0, answer.code()), (500, "ACT_OPERATION_FAILED"));
        assert!(
            answer.error().1.contains("id=\"button\"") && answer.error().1.contains("takes no text"),
            "{answer:?}"
        );
        for empty in [json!({"kind": "insertText"}), insert("")] {
            assert_eq!(tab.act(empty).await.error(), (400, "insertText requires text"));
        }
    });
}

#[test]
fn slow_typing_that_takes_longer_than_its_time_tells_what_the_field_holds() {
    run(async {
        let tab = Tab::showing("typing.html").await;
        let text = "a".repeat(60);
        for selector in ["#plain", "#secret"] {
            let act = json!({"kind": "type", "selector": selector, "text": text, "slowly": true, "timeoutMs": 1000});
            let answer = tab.act(act).await;
            let (status, error) = answer.error();
            assert_eq!((status, answer.code()), (504, "TIMEOUT"), "{answer:?}");
            let length = tab.property(selector, "value.length").await.as_u64().unwrap();
            assert!(length > 0 && length < 60, "{length}");
            let holds = match selector {
                "#plain" => format!("the field holds {:?} now", "a".repeat(usize::try_from(length).unwrap())),
                _ => format!("the field holds {length} characters now"),
            };
            let told = format!(
                "Timeout 1000ms exceeded while typing: {length} of 60 characters were typed; {holds}."
            );
            assert!(error.starts_with(&told) && !error.contains("busy"), "{error}");
            assert_eq!(answer.body["details"]["reason"], "typedInPart", "{answer:?}");
        }
    });
}

#[test]
fn calls_side_by_side_type_each_into_its_own_field() {
    run(async {
        let fields: String = (0..6).map(|n| format!("<input id=f{n} aria-label=Field{n}>")).collect();
        let tab = Tab::with(&format!("{fields}<button>Go</button>")).await;
        let types = |n: usize| {
            let text = format!("text of field {n}");
            let act = json!({"kind": "type", "selector": format!("#f{n}"), "text": text, "slowly": n > 3});
            tab.act(act)
        };
        let clicks = futures::future::join_all((0..4).map(|_| tab.click("button")));
        let (answers, clicks) = tokio::join!(futures::future::join_all((0..6).map(types)), clicks);
        for (n, answer) in answers.into_iter().enumerate() {
            let text = format!("text of field {n}");
            assert_eq!(answer.ok()["holds"]["value"], text, "{n}");
            assert_eq!(tab.property(&format!("#f{n}"), "value").await, text, "{n}");
        }
        clicks.into_iter().for_each(|answer| drop(answer.ok()));
    });
}
