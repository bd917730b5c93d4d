//! Forms: options are selected, fields filled, and what refuses is named.

use serde_json::{Value, json};

use crate::support::house::Answer;
use crate::support::{Tab, run};

async fn select(tab: &Tab<'_>, selector: &str, values: Value) -> Answer {
    tab.act(json!({"kind": "select", "selector": selector, "values": values})).await
}

/// Fills one field by selector's ref.
async fn fill(tab: &Tab<'_>, fields: Value) -> Answer {
    tab.act(json!({"kind": "fill", "fields": fields})).await
}

#[test]
fn options_are_chosen_by_value_or_label() {
    run(async {
        let tab = Tab::showing("select.html").await;
        for (wanted, value) in [("b", "b"), ("Alpha", "a"), ("Beta", "b")] {
            select(&tab, "#one", json!([wanted])).await.ok();
            assert_eq!(tab.property("#one", "value").await, value);
        }
        select(&tab, "#styled", json!(["Blue"])).await.ok();
        assert_eq!(tab.property("#log", "lastChild.textContent").await, "change styled Blue");
    });
}

#[test]
fn choosing_in_a_hidden_select_does_not_open_the_styled_one() {
    run(async {
        let tab = Tab::with(
            "<div style='overflow:hidden;width:0;height:0'><select onfocus='list.hidden = false'><option>Red<option>Blue
            </select></div><button id=styled>Red</button><ul id=list hidden><li>Red<li>Blue</ul>
            <script>document.querySelector('select').onchange = ({target}) => styled.textContent = target.value</script>",
        )
        .await;
        select(&tab, "select", json!(["Blue"])).await.ok();
        assert_eq!(tab.eval("[styled.textContent, list.hidden]").await, json!(["Blue", true]));
    });
}

#[test]
fn several_options_replace_those_before() {
    run(async {
        let tab = Tab::showing("select.html").await;
        let chosen = "[...document.querySelector('#many').selectedOptions].map(o => o.label)";
        for values in [json!(["One", "Three words"]), json!(["Two"])] {
            select(&tab, "#many", values.clone()).await.ok();
            assert_eq!(tab.eval(chosen).await, values);
        }
    });
}

#[test]
fn an_option_that_cannot_be_chosen_is_named_with_those_that_can() {
    run(async {
        let tab = Tab::showing("select.html").await;
        for (selector, values, why) in [
            ("#one", json!(["Delta"]), "has no option \"Delta\". Options: Alpha, Beta, Gamma."),
            ("#one", json!(["c"]), "option \"Gamma\" is disabled"),
            ("#one", json!(["a", "b"]), "takes one option only"),
            ("#load", json!(["a"]), "is not a select element"),
        ] {
            let answer = select(&tab, selector, values).await;
            let (status, error) = answer.error();
            assert_eq!((status, answer.code()), (500, "ACT_OPERATION_FAILED"));
            assert!(error.contains(why) && error.contains(selector), "{error}");
        }
        assert_eq!(tab.property("#one", "value").await, "a");
    });
}

#[test]
fn a_form_is_filled_field_by_field() {
    run(async {
        let tab = Tab::showing("form.html").await;
        let [name, number, agree, b] = [
            tab.find("textbox \"Name\"").await,
            tab.find("spinbutton \"Number\"").await,
            tab.find("checkbox \"Agree\"").await,
            tab.find("radio \"B\"").await,
        ];
        let fields = json!([
            {"ref": name, "value": "Ada"},
            {"ref": number, "value": 7},
            {"ref": agree, "type": "checkbox", "value": true},
            {"ref": b, "type": "radio", "value": "1"},
        ]);
        fill(&tab, fields).await.ok();
        let held = "[text.value, number.value, checkbox.checked, document.getElementById('radio-b').checked]";
        assert_eq!(
            tab.eval(&format!("(() => {{ const form = document.forms[0]; with (form) return {held} }})"))
                .await,
            json!(["Ada", "7", true, true])
        );
        fill(&tab, json!([{"ref": agree, "type": "checkbox", "value": false}])).await.ok();
        assert_eq!(tab.property("#checkbox", "checked").await, false);
    });
}

#[test]
fn filling_a_select_means_choosing() {
    run(async {
        let tab = Tab::with("<select aria-label=Pick><option>Alpha<option>Beta</select>").await;
        let pick = tab.find("combobox \"Pick\"").await;
        fill(&tab, json!([{"ref": pick, "value": "Beta"}])).await.ok();
        assert_eq!(tab.property("select", "value").await, "Beta");
    });
}

#[test]
fn switches_and_hidden_boxes_are_clicked_into_their_state() {
    run(async {
        let tab = Tab::with(
            "<div role=switch aria-checked=false tabindex=0 onclick='ariaChecked = ariaChecked !== \"true\"'>S</div>\
             <input id=box type=checkbox style='position: absolute; opacity: 0'><label for=box>Painted</label>",
        )
        .await;
        let [toggle, painted] = [tab.find("switch \"S\"").await, tab.find("checkbox \"Painted\"").await];
        for on in [true, true, false] {
            let fields = [&toggle, &painted].map(|at| json!({"ref": at, "type": "checkbox", "value": on}));
            fill(&tab, json!(fields)).await.ok();
            assert_eq!(tab.property("[role=switch]", "ariaChecked").await, on.to_string());
            assert_eq!(tab.property("#box", "checked").await, on);
        }
    });
}

#[test]
fn a_box_is_switched_though_nobody_says_that_it_is_one() {
    run(async {
        let tab = Tab::with(
            "<input type=checkbox id=box aria-label=Box><label><input type=radio id=radio>Pick</label>
             <div role=switch id=toggle aria-checked=false tabindex=0 onclick='ariaChecked = ariaChecked !== \"true\"'>S</div>",
        )
        .await;
        let [r#box, radio, toggle] =
            [tab.find("checkbox \"Box\"").await, tab.find("radio \"Pick\"").await, tab.find("switch").await];
        let held = "[box.checked, radio.checked, toggle.ariaChecked]";
        for (on, expected) in
            [(json!(true), json!([true, true, "true"])), (json!("0"), json!([false, true, "false"]))]
        {
            let fields = [&r#box, &toggle].map(|at| json!({"ref": at, "value": on}));
            let body = fill(&tab, json!(fields)).await.ok();
            assert_eq!(body["holds"], json!([null, null]));
            fill(&tab, json!([{"ref": radio, "value": true}])).await.ok();
            assert_eq!(tab.eval(held).await, expected, "{on}");
        }
        let answer = fill(&tab, json!([{"ref": r#box, "value": "Ada"}])).await;
        assert!(answer.error().1.contains("has an input type that cannot be filled"), "{answer:?}");
        assert_eq!(tab.property("#box", "checked").await, false, "it was not switched off for that");
    });
}

#[test]
fn the_field_that_refuses_is_named() {
    run(async {
        let tab = Tab::showing("form.html").await;
        let [name, number] = [tab.find("textbox \"Name\"").await, tab.find("spinbutton \"Number\"").await];
        let fields = json!([{"ref": name, "value": "Ada"}, {"ref": number, "value": "many"}]);
        let answer = fill(&tab, fields).await;
        assert_eq!(
            answer.error(),
            (
                500,
                &*format!(
                    "Element \"{number}\" requires a numeric value. Use a valid number instead of text. \
                     This was fields[1] of 2; fields[0] holds \"Ada\"."
                )
            )
        );
        let fields = json!([{"ref": name, "value": "x"}, {"value": "y"}]);
        let answer = fill(&tab, fields).await;
        assert_eq!(answer.error(), (400, "fields[1] must include ref"));
        assert_eq!(answer.body["field"], "fields[1].ref");
    });
}

#[test]
fn slips_inside_a_field_are_named() {
    run(async {
        let tab = Tab::with("<input>").await;
        for (fields, field, error) in [
            (json!([]), "fields", "fill requires fields"),
            (json!(["x"]), "fields[0]", "fields[0] must be an object"),
            (json!([{"value": "x"}]), "fields[0].ref", "fields[0] must include ref"),
            (
                json!([{"ref": "e1"}, {"ref": "e1", "foo": 1}]),
                "fields[1].foo",
                "fields[1] unsupported field key \"foo\"; supported keys are ref, type, value",
            ),
            (
                json!([{"ref": "e1", "value": {}}]),
                "fields[0].value",
                "fields[0] value must be a string, number, boolean, or null",
            ),
        ] {
            let answer = fill(&tab, fields).await;
            assert_eq!((answer.error(), answer.code()), ((400, error), "ACT_INVALID_REQUEST"));
            assert_eq!(answer.body["field"], field);
        }
    });
}

#[test]
fn what_each_field_holds_is_told() {
    run(async {
        let tab = Tab::with(
            "<input aria-label=A><input aria-label=B oninput='this.value = this.value.toUpperCase()'>\
             <input type=checkbox aria-label=C>",
        )
        .await;
        let [a, b, c] = [tab.find("\"A\"").await, tab.find("\"B\"").await, tab.find("\"C\"").await];
        let fields = json!([
            {"ref": a, "value": 7}, {"ref": b, "value": "x"}, {"ref": c, "type": "checkbox", "value": true},
        ]);
        let holds = json!([{"value": "7", "matches": true}, {"value": "X", "matches": false}, null]);
        assert_eq!(fill(&tab, fields).await.ok()["holds"], holds);
    });
}

#[test]
fn a_form_that_is_filled_in_part_tells_what_it_holds() {
    run(async {
        let tab = Tab::with(
            "<input aria-label=A><input aria-label=B disabled><input type=checkbox checked aria-label=C>",
        )
        .await;
        let [a, b, c] = [tab.find("\"A\"").await, tab.find("\"B\"").await, tab.find("\"C\"").await];
        let answer = fill(&tab, json!([{"ref": a, "value": "1"}, {"ref": b, "value": "2"}])).await;
        let told = answer.error().1;
        assert!(
            told.contains("is not enabled") && told.ends_with("fields[1] of 2; fields[0] holds \"1\"."),
            "{told}"
        );
        let fields = json!([{"ref": a, "value": "2"}, {"ref": c, "type": "checkbox", "value": "maybe"}]);
        let answer = fill(&tab, fields).await;
        assert_eq!((answer.error().0, &answer.body["field"]), (400, &json!("fields[1].value")), "{answer:?}");
        assert_eq!(tab.eval("document.querySelector('input').value").await, "1");
    });
}

#[test]
fn what_a_list_holds_after_the_choice_is_told() {
    run(async {
        let tab = Tab::with(
            "<select id=plain><option>a<option>b</select><select id=back onchange='this.selectedIndex = 0'><option>a<option>b</select>\
             <select id=late onfocus='this.innerHTML = \"<option>x<option>y\"'><option>old</select>",
        )
        .await;
        let select = async |id: &str, value: &str| {
            tab.act(json!({"kind": "select", "selector": id, "values": [value], "timeoutMs": 1000})).await
        };
        assert_eq!(select("#plain", "b").await.ok()["holds"], json!({"value": "b", "matches": true}));
        assert_eq!(select("#back", "b").await.ok()["holds"], json!({"value": "a", "matches": false}));
        assert_eq!(select("#late", "y").await.ok()["holds"], json!({"value": "y", "matches": true}));
        assert_eq!(tab.property("#late", "value").await, "y");
        assert!(select("#late", "old").await.error().1.contains("old"));
    });
}
