//! What snapshots say once, and what they say of those who ask in other words than they meant.

use serde_json::json;

use crate::support::{Tab, run};

#[test]
fn what_a_modal_dialog_makes_inert_is_told_once_and_without_refs() {
    run(async {
        let tab = Tab::with(
            "<label>Name <input></label><label>Pick <select><option>One<option>Two</select></label><button>Back</button>\
             <dialog><button>OK</button></dialog><script>document.querySelector('dialog').showModal()</script>",
        )
        .await;
        let text = tab.snapshot("format=lean").await;
        let refs = text.lines().filter(|line| line.starts_with('e')).count();
        assert_eq!((refs, text.matches("Name").count(), text.matches("Pick").count()), (1, 1, 1), "{text}");
        assert!(text.contains("One") && !text.contains("Two"), "{text}");
    });
}

#[test]
fn who_selects_on_an_option_is_told_its_list() {
    run(async {
        let tab = Tab::with("<select aria-label=Pick><option>One<option>Two</select>").await;
        let text = tab.snapshot("format=lean").await;
        let (list, option) = (text.lines().find(|line| line.contains("Pick")), text.lines().last());
        let reference = |line: Option<&str>| line.and_then(|line| line.split(' ').next()).unwrap().to_owned();
        let (list, option) = (reference(list), reference(option));
        let answer = tab.act(json!({"kind": "select", "ref": option, "values": ["Two"]})).await;
        assert!(answer.error().1.contains(&format!("select on its list {list}")), "{answer:?}");
        tab.act(json!({"kind": "select", "ref": list, "values": ["Two"]})).await.ok();
    });
}

#[test]
fn lean_lines_tell_a_hidden_radio_as_one_and_what_a_field_holds_once() {
    run(async {
        let tab = Tab::with(
            "<label>Red <input type=radio style='display: none'></label>\
             <div role=textbox contenteditable aria-label=Note>Milk</div>\
             <span role=spinbutton tabindex=0 aria-label=Count aria-valuenow=4>4</span>",
        )
        .await;
        let text = tab.snapshot("format=lean").await;
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["e1 *( ) Red", "e2 Note=Milk", "e3 spinbutton Count=4"]);
    });
}

#[test]
fn who_finds_a_row_by_its_words_gets_what_can_be_done_with_it() {
    run(async {
        let row = |name: &str| format!("<tr><td>{name}<td><button>Edit</button><a href='/{name}'>Open</a>");
        let tab = Tab::with(&format!("<table>{}{}</table>", row("Ada"), row("Bob"))).await;
        for style in ["", "format=lean", "compact=true"] {
            let text = tab.snapshot(&format!("find=bob&{style}")).await;
            let refs = text.lines().filter(|line| line.contains("Edit") || line.contains("Open"));
            assert!(
                refs.clone().any(|line| line.starts_with('e') || line.contains("button \"Edit\" [ref=")),
                "{text}"
            );
            assert!(
                refs.clone().any(|line| line.starts_with('e') || line.contains("link \"Open\" [ref=")),
                "{text}"
            );
            assert!(!text.contains("Ada"), "{style}: {text}");
        }
        let text = tab.snapshot("find=edit&format=lean").await;
        assert!(!text.lines().any(|line| line.ends_with(" Open")), "a control is found by itself: {text}");
    });
}

#[test]
fn odd_words_to_find_are_warned_of() {
    run(async {
        let tab = Tab::with("<button>Axe</button>").await;
        for (find, warning) in [("%2Fx%2Fq", "\"q\" is no flag"), ("", "find is empty")] {
            let body = tab.get("/snapshot", &format!("find={find}")).await.ok();
            assert!(body["warnings"].to_string().replace('\\', "").contains(warning), "{body}");
        }
        for find in ["%2FX%2Fgi", "axe", "%2Fdocs%2Fintro"] {
            let body = tab.get("/snapshot", &format!("find={find}")).await.ok();
            assert!(
                body.get("warnings").is_none_or(|all| all.as_array().is_none_or(Vec::is_empty)),
                "{body}"
            );
        }
        assert!(tab.snapshot("find=%2FX%2Fgi").await.contains("Axe"));
    });
}
