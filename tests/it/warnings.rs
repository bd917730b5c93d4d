//! Warnings: an act that was done, and did not come to what it was for, says so.

use serde_json::{Value, json};

use crate::support::{Tab, run};

/// The warnings of an answer, as one text.
fn warnings(body: &Value) -> String {
    let warnings = body["warnings"].as_array().into_iter().flatten();
    warnings.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// A button that does something when the mouse goes down on it, and counts its clicks.
async fn pressed(does: &str) -> Tab<'static> {
    Tab::with(&format!(
        "<body><p id=where style='width: 300px'><button id=go onclick='clicks++'><b>Go</b></button></p>
         <script>clicks = 0; go.onmousedown = () => {{ {does} }}</script>"
    ))
    .await
}

#[test]
fn a_click_that_did_not_come_at_its_target_is_told() {
    run(async {
        let cover =
            "where.insertAdjacentHTML('beforeend', '<div id=menu style=\"position: fixed; inset: 0\">')";
        for (does, what) in [
            ("go.remove()", "it was removed"),
            ("where.innerHTML = where.innerHTML", "it was removed"),
            ("go.style.marginLeft = '200px'", "the click went to <p id=\"where\">"),
            ("go.disabled = true", "it was disabled"),
            ("go.innerHTML = go.innerHTML", "it was redrawn"),
            (cover, "the click went to <p id=\"where\">"),
        ] {
            let tab = pressed(does).await;
            let body = tab.click("#go").await.ok();
            let told = warnings(&body);
            assert!(told.starts_with("no click came at #go: ") && told.contains(what), "{does}: {body}");
            assert_eq!(tab.eval("clicks").await, 0, "{does}");
        }
    });
}

#[test]
fn of_a_double_click_the_one_that_was_lost_is_told_and_in_a_batch_its_own_act() {
    run(async {
        let tab = pressed("if (clicks) go.remove()").await;
        let act = json!({"kind": "click", "selector": "#go", "doubleClick": true});
        let body =
            tab.act(json!({"kind": "batch", "actions": [{"kind": "wait", "timeMs": 1}, act]})).await.ok();
        let told = warnings(&body["results"][1]);
        assert!(told.starts_with("only one of two clicks came at #go: it was removed"), "{body}");
        assert_eq!(tab.eval("clicks").await, 1);
    });
}

#[test]
fn a_click_that_came_is_told_without_a_warning_whatever_the_page_makes_of_it() {
    run(async {
        let tab = Tab::with(
            "<select id=select><option>a<option>b</select><select id=list size=2><option id=option>a<option>b</select>
             <input type=date id=date><input type=color id=color><input type=range id=range>
             <details><summary id=summary>More</summary>Text</details><label id=label>Agree <input type=checkbox></label>
             <video id=video controls width=200 height=60></video><div contenteditable id=editor>Text</div>
             <map name=map><area id=area coords='0,0,40,40' href=#area></map><img usemap=#map width=40 height=40>
             <div id=host></div><iframe id=frame srcdoc='Text'></iframe>
             <button id=gone onclick='this.remove()'>Gone</button><button id=kept>Kept</button><a id=link href=#link>Link</a>
             <script>
               host.attachShadow({mode: 'closed'}).innerHTML = '<button>Closed</button>';
               addEventListener('click', (event) => event.target === kept && event.stopImmediatePropagation(), true);
             </script>",
        )
        .await;
        let closed = tab.find("Closed").await;
        let ids = "select option date color range summary label video editor area frame gone kept link";
        let selectors = ids.split(' ').map(|id| json!({"selector": format!("#{id}")}));
        let link = |how: Value| [json!({"selector": "#link"}), how];
        let ways = [json!({"button": "right"}), json!({"modifiers": ["Alt"]}), json!({"doubleClick": true})];
        let parts = selectors.chain([json!({"ref": closed})]).map(|target| vec![target]);
        for parts in parts.chain(ways.map(|how| link(how).to_vec())) {
            let mut act = json!({"kind": "click"});
            for part in &parts {
                act.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            }
            let body = tab.act(act).await.ok();
            assert_eq!(body.get("warnings"), None, "{parts:?}: {body}");
            // A list that is open takes the next click.
            tab.press("Escape").await.ok();
        }
    });
}

#[test]
fn what_a_field_holds_that_the_page_has_replaced_is_told_of_the_one_in_its_place() {
    run(async {
        let fresh = "<input id=field aria-label=New>";
        for (makes, holds) in [
            (format!("box.innerHTML = '{fresh}'; field.focus()"), json!({"value": "", "matches": false})),
            (
                format!("box.innerHTML = '{fresh}'; field.value = 'Ada'"),
                json!({"value": "Ada", "matches": true}),
            ),
        ] {
            let tab = Tab::with(&format!(
                "<p id=box><input id=field></p><input id=date type=date><select id=list><option>a<option>b</select><script>
                   field.oninput = () => {{ {makes} }};
                   date.onchange = list.onchange = (event) => event.target.outerHTML += '';
                 </script>"
            ))
            .await;
            let body = tab.type_into("#field", "Ada").await.ok();
            let told = warnings(&body);
            assert_eq!(body["holds"], holds, "{makes}");
            assert!(
                told.starts_with("the page replaced #field as it was filled: what is told is held by e"),
                "{body}"
            );
            let reference =
                told.split(' ').find(|word| word.starts_with('e') && word[1..].parse::<u32>().is_ok());
            assert_eq!(Some(tab.find("textbox \"New\"").await.as_str()), reference, "{body}");
            let body = tab.type_into("#date", "2026-02-03").await.ok();
            assert_eq!(
                body["holds"],
                json!({"value": "", "matches": false}),
                "a copy has the value of the markup"
            );
            assert!(warnings(&body).contains("the page replaced #date"), "{body}");
            let body = tab.act(json!({"kind": "select", "selector": "#list", "values": ["b"]})).await.ok();
            assert_eq!(body["holds"], json!({"value": "a", "matches": false}), "{body}");
            assert!(warnings(&body).contains("the page replaced #list"), "{body}");
        }
        let tab = Tab::with("<input id=field oninput='this.remove()'>").await;
        let body = tab.type_into("#field", "Ada").await.ok();
        assert_eq!(body["holds"], json!({"length": 0, "matches": null}));
        assert!(warnings(&body).starts_with("the page took #field away"), "{body}");
    });
}

#[test]
fn text_that_another_field_gets_is_told_with_that_field() {
    run(async {
        let tab = Tab::with(
            "<input id=first><input id=other aria-label=Other><input id=code maxlength=1><input id=code2 maxlength=1><script>
               first.onfocus = () => queueMicrotask(() => other.focus());
               code.oninput = () => code2.focus();
             </script>",
        )
        .await;
        tab.eval("first.value = 'old'").await;
        let body = tab.type_into("#first", "Ada").await.ok();
        let other = tab.find("Other").await;
        let told = format!(
            "text that was typed into #first went into {other} <input id=\"other\" aria-label=\"Other\">, \
                            which holds \"Ada\" now: the page had moved the focus"
        );
        assert_eq!((warnings(&body), &body["holds"]["matches"]), (told, &json!(false)), "{body}");
        let act = json!({"kind": "type", "selector": "#code", "text": "12", "slowly": true});
        let body = tab.act(act).await.ok();
        assert!(warnings(&body).contains("went into") && warnings(&body).contains("id=\"code2\""), "{body}");
    });
}

#[test]
fn a_ref_whose_element_shows_something_else_now_is_told_with_both_names() {
    run(async {
        let tab = Tab::with(
            "<button id=named>Row 5</button><div id=row onclick='' style='cursor: pointer'><b>Row</b> <i>7</i></div>
             <label><span id=label>Name</span> <input id=field></label><button id=same>Same <b>words</b></button>
             <button id=counts onclick='count.textContent++'>Liked <b id=count>1</b></button>",
        )
        .await;
        for query in ["", "format=lean&", "mode=efficient&"] {
            tab.eval("named.textContent = 'Row 5', row.innerHTML = '<b>Row</b> <i>7</i>', label.textContent = 'Name', 0").await;
            tab.snapshot(query).await;
            let [named, row, field, same, counts] = [
                tab.find("button \"Row 5\"").await,
                tab.find("[cursor=pointer]: Row 7").await,
                tab.find("textbox \"Name\"").await,
                tab.find("button \"Same words\"").await,
                tab.find("button \"Liked").await,
            ];
            tab.eval("named.textContent = 'Row 55', row.innerHTML = '<b>Row</b> <i>77</i>', label.textContent = 'Place', 0")
                .await;
            for (reference, was, now) in [(&named, "Row 5", "Row 55"), (&row, "Row 7", "Row 77")] {
                let told = format!("{reference} was {was:?} in the last snapshot and is now {now:?}");
                let body = tab.click_ref(reference).await.ok();
                assert_eq!(warnings(&body), told, "{query}: {body}");
                let body = tab.act(json!({"kind": "hover", "ref": reference})).await.ok();
                assert_eq!(warnings(&body), told, "{query}: {body}");
            }
            let body = tab.act(json!({"kind": "type", "ref": field, "text": "x"})).await.ok();
            assert!(
                warnings(&body).ends_with("was \"Name\" in the last snapshot and is now \"Place\""),
                "{body}"
            );
            let body = tab.click_ref(&same).await.ok();
            assert_eq!(warnings(&body), "", "{body}");
            assert_eq!(warnings(&tab.click_ref(&counts).await.ok()), "");
            assert!(warnings(&tab.click_ref(&counts).await.ok()).contains("and is now \"Liked"));
        }
    });
}
