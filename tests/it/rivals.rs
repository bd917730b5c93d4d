//! Targets inside targets: a click on an element presses no other control that lies in it.

use serde_json::json;

use crate::support::{Tab, run};

const STYLE: &str = "<style>[id] { width: 300px; height: 40px; position: relative } .all { position: absolute; inset: 0 }</style>\
    <script>log = []; says = (word) => (event) => { log.push(word); event?.stopPropagation() }</script>";

async fn page(html: &str) -> Tab<'static> {
    Tab::with(&format!("{STYLE}{html}")).await
}

async fn heard(tab: &Tab<'_>) -> serde_json::Value {
    tab.eval("log.splice(0)").await
}

#[test]
fn a_click_on_a_row_is_not_one_on_the_button_inside_it() {
    run(async {
        let tab = page(
            "<div role=grid><div id=row role=row aria-label='Invoice 7' tabindex=0 onclick='says(`opened`)()'>Invoice 7
             <button style='position: absolute; left: 120px; width: 60px' onclick='says(`deleted`)(event)'>Delete</button></div></div>
             <div id=tab role=tab tabindex=0 onclick='says(`tab`)()'>
             <span style='position: absolute; inset: 0 100px' onclick='says(`closed`)(event)'>x</span></div>
             <label id=agree style='display: block; text-align: center'><input type=checkbox onclick='says(`agreed`)()'> I agree to
             <a href='javascript:says(`read`)()'>the terms of this page</a></label>
             <ul role=tree><li id=tree role=treeitem tabindex=-1 style='height: auto' onclick='says(`branch`)(event)'>Branch<ul>
             <li role=treeitem style='padding: 30px' onclick='says(`leaf`)(event)'>Leaf</ul></ul>",
        )
        .await;
        for (id, expected) in [("row", "opened"), ("tab", "tab"), ("agree", "agreed"), ("tree", "branch")] {
            let told = tab.click(&format!("#{id}")).await.ok();
            assert!(told.get("warnings").is_none(), "{told}");
            assert_eq!(heard(&tab).await, json!([expected]), "{id}");
        }
        let row = tab.find("row \"Invoice 7").await;
        tab.click_ref(&row).await.ok();
        assert_eq!(heard(&tab).await, json!(["opened"]));
    });
}

#[test]
fn what_holds_targets_of_their_own_everywhere_is_refused_and_they_are_named() {
    run(async {
        let tab = page(
            "<div id=card onclick='says(`card`)()'>Card<button class=all onclick='says(`buy`)(event)'>Buy</button></div>
             <div id=row role=row tabindex=0><button class=all onclick='says(`gone`)(event)'>Delete</button></div>
             <div id=two><a class=all style='right: 50%' href='#1'>One</a><a class=all style='left: 50%' href='#2'>Two</a></div>",
        )
        .await;
        let buy = tab.find("button \"Buy\"").await;
        for (id, by) in [
            ("card", format!("{buy} <button class=\"all\">Buy</button>, which lies inside it")),
            ("row", "<button class=\"all\">Delete</button>, which lies inside it".to_owned()),
            ("two", "<a class=\"all\">".to_owned()),
        ] {
            let answer = tab.click(&format!("#{id}")).await;
            assert_eq!(
                (answer.error().0, &answer.body["details"]["reason"]),
                (500, &json!("covered")),
                "{answer:?}"
            );
            assert!(answer.body["details"]["by"].as_str().unwrap().contains(&by), "{answer:?}");
        }
        assert_eq!(heard(&tab).await, json!([]));
        tab.act(json!({"kind": "hover", "selector": "#card"})).await.ok();
    });
}

#[test]
fn what_an_element_is_named_for_is_pressed_as_a_part_of_it() {
    run(async {
        let tab = page(
            "<label id=label style='display: block'><input class=all type=checkbox onclick='says(`label`)()'></label>
             <a id=image href='javascript:says(`image`)()' style='display: block'><img class=all alt=Pic></a>
             <a id=heading href='javascript:says(`heading`)()' style='display: block'><h2 class=all>News</h2></a>
             <table><tr id=cells onclick='says(`cells`)()'><td style='width: 100px'>One<td>Two</table>
             <div id=wrapper style='padding: 0 200px'><button style='width: 300px' onclick='says(`wrapper`)()'>Buy</button></div>
             <button id=icon onclick='says(`icon`)()'><span class=all onclick='1'>x</span></button>
             <button id=file onclick='says(`file`)()'>Upload<input class=all type=checkbox style='opacity: 0'></button>
             <div id=item role=menuitem tabindex=-1><a class=all href='javascript:says(`item`)()'>Profile</a></div>
             <select id=list multiple onclick='says(`list`)()'><option>A<option>B<option>C<option>D</select>
             <div id=text contenteditable onclick='says(`text`)()'><a class=all href='#'>Some</a> words</div>
             <x-button id=host tabindex=0></x-button><script>
             const root = host.attachShadow({mode: 'open'});
             root.innerHTML = '<button style=\"position: absolute; inset: 0\">Go</button>';
             root.firstChild.onclick = says('host');</script>",
        )
        .await;
        for id in
            ["label", "image", "heading", "cells", "wrapper", "icon", "file", "item", "list", "text", "host"]
        {
            tab.click(&format!("#{id}")).await.ok();
            tab.until(&format!("log.includes('{id}')")).await;
            heard(&tab).await;
        }
    });
}

#[test]
fn a_spot_of_its_own_is_scrolled_to_and_found_again_when_the_mouse_brings_a_button() {
    run(async {
        let tab = page(
            "<div id=box style='overflow: auto; height: 30px'><div style='height: 300px'></div>
             <div id=far tabindex=0 style='height: 80px' onclick='says(`far`)()'>Far
             <button class=all style='bottom: auto; height: 40px' onclick='says(`near`)(event)'>Near</button></div></div>
             <div id=bare tabindex=0 onclick='says(`bare`)()' onmouseenter='remove.hidden = false'>Bare
             <button id=remove hidden style='position: absolute; left: 120px; width: 60px' onclick='says(`removed`)(event)'>x</button>
             </div>",
        )
        .await;
        tab.eval("box.scrollTop = 300").await;
        for id in ["far", "bare"] {
            tab.click(&format!("#{id}")).await.ok();
            assert_eq!(heard(&tab).await, json!([id]));
        }
    });
}

#[test]
fn what_is_filled_by_what_does_nothing_by_itself_is_pressed_there_and_told_so() {
    run(async {
        let tab = page(
            "<div id=list role=listbox tabindex=0 onkeydown='says(`key`)()' style='height: auto'>
             <div role=option>One</div><div role=option>Two</div></div>
             <table><tr id=row onclick='says(`row`)()'><td style='padding: 0' onclick='says(`cell`)()'>Ada
             <td style='padding: 0; width: 200px' onclick='1'><a href='javascript:says(`link`)()' style='display: block'>Mail</a></table>
             <div id=tree role=tree tabindex=0 style='height: auto'><div role=treeitem tabindex=-1 onclick='says(`item`)(event)'>
             Leaf</div></div>
             <ul id=menu role=menu tabindex=0 style='height: auto; padding: 0'><li role=menuitem onclick='says(`deleted`)(event)'>
             Delete</ul>",
        )
        .await;
        let [option, menu] = [tab.find("option \"Two\"").await, tab.find("menuitem").await];
        for (id, inner, does) in [
            ("list", format!("{option} <div role=\"option\">Two</div>"), json!([])),
            ("row", "<td>".to_owned(), json!(["row"])),
            ("tree", "<div role=\"treeitem\">".to_owned(), json!(["item"])),
        ] {
            let told = tab.click(&format!("#{id}")).await.ok();
            let warning = told["warnings"][0].as_str().unwrap_or_default();
            assert!(warning.starts_with(&format!("#{id} has no free spot of its own")), "{told}");
            assert!(warning.contains(&inner) && warning.ends_with("which lies inside it"), "{told}");
            assert_eq!(heard(&tab).await, does, "{id}");
        }
        tab.click("#list").await.ok();
        tab.press("ArrowDown").await.ok();
        assert_eq!(heard(&tab).await, json!(["key"]));
        let answer = tab.click("#menu").await;
        assert!(answer.error().1.contains(&format!("{menu} <li role=\"menuitem\">")), "{answer:?}");
        assert_eq!(heard(&tab).await, json!([]));
    });
}
