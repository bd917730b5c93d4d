//! Editors that keep their text to themselves: what they hold afterwards is what was typed, and what is told.

use serde_json::{Value, json};

use crate::support::{Tab, run};

/// Types, and yields what the answer tells and what the editor itself holds.
async fn typed(tab: &Tab<'_>, id: &str, text: &str, slowly: bool) -> (Value, Value) {
    let act = json!({"kind": "type", "selector": format!("#{id}"), "text": text, "slowly": slowly});
    let answer = tab.act(act).await.ok();
    (answer["holds"].clone(), tab.eval(&format!("models.{id}")).await)
}

#[test]
fn an_editor_that_hears_late_of_selections_is_replaced_as_a_whole() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        for (text, slowly) in
            [("New 日本 🦊", false), ("one\ntwo", false), ("a b", true), ("", false), ("x", true)]
        {
            let (holds, model) = typed(&tab, "own", text, slowly).await;
            assert_eq!((&holds["matches"], &model), (&json!(true), &json!(text)), "{text:?} {slowly}");
        }
    });
}

#[test]
fn an_editor_that_draws_a_part_of_its_text_is_replaced_as_a_whole() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        let long: String = (0..30).map(|n| format!("line {n}\n")).collect::<String>() + "end";
        for text in ["short", long.as_str(), "after"] {
            let (holds, model) = typed(&tab, "window", text, false).await;
            assert_eq!((&holds["matches"], &model), (&json!(true), &json!(text)), "{text:?}");
        }
    });
}

#[test]
fn code_editors_are_asked_what_they_hold() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        let long = "if (x) {\n  y();\n}\n\n".repeat(20);
        for id in ["code", "context"] {
            for (text, slowly) in
                [("new", false), (long.as_str(), false), ("a", true), ("", false), ("end", false)]
            {
                let (holds, model) = typed(&tab, id, text, slowly).await;
                assert_eq!((&holds["matches"], &model), (&json!(true), &json!(text)), "{id} {text:?}");
                assert_eq!(holds["value"], text.chars().take(200).collect::<String>(), "{id}");
            }
            tab.act(json!({"kind": "insertText", "text": " more"})).await.ok();
            assert_eq!(
                tab.eval(&format!("models.{id}")).await,
                "end more",
                "the caret is at the end in {id}"
            );
        }
    });
}

#[test]
fn what_cannot_be_read_is_not_called_right() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        for id in ["silent", "terminal"] {
            let (holds, model) = typed(&tab, id, "new", false).await;
            assert_eq!((&holds, model), (&json!({"length": 0, "matches": null}), json!("new")), "{id}");
        }
        tab.click_ref(&tab.find("Terminal").await).await.ok();
        let insert = json!({"kind": "insertText", "text": "x"});
        assert_eq!(tab.act(insert.clone()).await.ok()["holds"]["matches"], json!(null));
        tab.eval("silent.focus()").await;
        assert_eq!(tab.act(insert).await.ok()["holds"]["matches"], json!(true), "it is drawn");
    });
}

#[test]
fn text_that_the_page_shows_elsewhere_is_not_called_held() {
    run(async {
        let unseen = "position: absolute; opacity: 0; width: 1px; height: 1em";
        let tab = Tab::with(&format!(
            "<p id=log></p><textarea id=page aria-label=page style='{unseen}'></textarea><div style='position: relative; height: 40px'>Draws zz.
             <textarea id=own aria-label=own style='{unseen}'></textarea></div><textarea id=seen aria-label=seen></textarea><script>
             for (const at of [page, own, seen]) at.oninput = () => {{ log.textContent += at.value; at.value = ''; }}</script>"
        ))
        .await;
        for (id, matches) in [("page", json!(null)), ("own", json!(null)), ("seen", json!(false))] {
            tab.eval(&format!("{id}.focus()")).await;
            let inserted = tab.act(json!({"kind": "insertText", "text": "zz"})).await.ok();
            assert_eq!(inserted["holds"]["matches"], matches, "{id}: {inserted}");
            for slowly in [false, true] {
                let act =
                    json!({"kind": "type", "selector": format!("#{id}"), "text": "zz", "slowly": slowly});
                assert_eq!(tab.act(act).await.ok()["holds"]["matches"], matches, "{id} {slowly}");
            }
            let field = json!({"ref": tab.find(&format!("textbox \"{id}\"")).await, "value": "zz"});
            let filled = tab.act(json!({"kind": "fill", "fields": [field]})).await.ok();
            assert!(filled.to_string().contains(&format!("\"matches\":{matches}")), "{id}: {filled}");
        }
    });
}

#[test]
fn an_editor_that_lets_nobody_select_all_by_keys_is_replaced_all_the_same() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        let answer = tab.type_into("#deaf", "New").await.ok();
        assert_eq!(answer["holds"], json!({"value": "New", "matches": true}));
        assert_eq!(tab.property("#deaf", "textContent").await, "New");
    });
}

#[test]
fn spaces_stay_as_many_as_were_typed() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        for selector in ["#plain", "#deaf"] {
            tab.type_into(selector, "a  b   c").await.ok();
            assert_eq!(
                tab.property(selector, "innerText.replaceAll('\\u00a0', ' ')").await,
                "a  b   c",
                "{selector}"
            );
        }
    });
}

#[test]
fn what_an_editor_makes_of_text_is_told() {
    run(async {
        let tab = Tab::showing("editors.html").await;
        let act = json!({"kind": "type", "selector": "#quotes", "text": "\"a", "slowly": true});
        assert_eq!(tab.act(act).await.ok()["holds"], json!({"value": "\u{201c}a", "matches": false}));
    });
}
