//! Drags: with data and with the mouse alone, far, across frames, and refused where nothing takes what is dropped.

use serde_json::{Value, json};

use crate::support::house::Answer;
use crate::support::{House, Site, Tab, run};

async fn drag(tab: &Tab<'_>, from: &str, to: &str) -> Answer {
    tab.act(json!({"kind": "drag", "startSelector": from, "endSelector": to})).await
}

async fn log(tab: &Tab<'_>) -> Value {
    tab.eval("log.splice(0)").await
}

#[test]
fn data_is_dropped_and_both_ends_hear_of_it() {
    run(async {
        let tab = Tab::showing("drag.html").await;
        let [item, bin] = [tab.find("Item").await, tab.find("Bin").await];
        let answer = tab.act(json!({"kind": "drag", "startRef": item, "endRef": bin})).await.ok();
        assert_eq!(answer["dragged"], "data");
        assert_eq!(log(&tab).await, json!(["drop bin the item true", "end copy"]));
        tab.click("#button").await.ok();
        assert_eq!(log(&tab).await, json!(["click"]));
    });
}

#[test]
fn a_target_out_of_sight_is_scrolled_to_while_dragging() {
    run(async {
        let tab = Tab::showing("drag.html").await;
        drag(&tab, "#item", "#far").await.ok();
        assert_eq!(log(&tab).await[0], "drop far the item true");
    });
}

#[test]
fn what_nothing_takes_is_no_success() {
    run(async {
        let tab = Tab::showing("drag.html").await;
        let answer = drag(&tab, "#item", "#wall").await;
        assert_eq!((answer.error().0, answer.code()), (500, "ACT_OPERATION_FAILED"));
        assert!(
            answer.error().1.starts_with("Element \"#wall\"")
                && answer.error().1.contains("nothing was dropped")
        );
        assert_eq!(log(&tab).await, json!(["end none"]));
        tab.click("#button").await.ok();
        assert_eq!(log(&tab).await, json!(["click"]));
    });
}

#[test]
fn a_page_that_follows_the_mouse_is_dragged_by_the_mouse() {
    run(async {
        let tab = Tab::showing("drag.html").await;
        for target in ["bin", "far"] {
            let answer = drag(&tab, "#mover", &format!("#{target}")).await.ok();
            assert_eq!(answer["dragged"], "pointer");
            assert_eq!(log(&tab).await, json!([format!("moved {target} true")]));
        }
        // A drag that the page forbids is no drag.
        assert_eq!(drag(&tab, "#forbidden", "#bin").await.ok()["dragged"], "pointer");
        assert_eq!(log(&tab).await, json!([]));
    });
}

#[test]
fn data_goes_from_frame_to_frame() {
    run(async {
        let site = Site::with("").await;
        site.page(
            "/from",
            "<p id=item draggable=true ondragstart='event.dataTransfer.setData(`text`, `carried`)'>Item</p>",
        );
        let into = "<p ondragover='event.preventDefault()' ondrop='this.textContent = event.dataTransfer.getData(`text`)'>Bin</p>";
        site.page("/to", into);
        for host in ["127.0.0.1", "localhost"] {
            let [from, to] = [site.url("/from"), site.url_as(host, "/to")];
            site.page("/", &format!("<iframe src='{from}'></iframe><iframe src='{to}'></iframe>"));
            let tab = House::shared().await.open(&site.url("/")).await;
            let [item, bin] = [tab.find("Item").await, tab.find("Bin").await];
            let answer = tab.act(json!({"kind": "drag", "startRef": item, "endRef": bin})).await;
            assert_eq!(answer.status, 200, "{host}: {answer:?}");
            assert!(tab.snapshot("").await.contains("carried"), "{host}");
        }
    });
}

#[test]
fn both_ends_must_be_named_and_reachable() {
    run(async {
        let tab = Tab::showing("drag.html").await;
        for (act, field, error) in [
            (json!({"endRef": "e1"}), "startRef", "drag requires startRef or startSelector"),
            (json!({"startRef": "e1"}), "endRef", "drag requires endRef or endSelector"),
        ] {
            let mut act = act;
            act["kind"] = json!("drag");
            let answer = tab.act(act).await;
            assert_eq!((answer.error(), answer.code()), ((400, error), "ACT_INVALID_REQUEST"));
            assert_eq!(answer.body["field"], field);
        }
        let answer = drag(&tab, "#item", "#none").await;
        assert!(answer.error().1.starts_with("Element \"#none\" not found"), "{answer:?}");
        assert_eq!(log(&tab).await, json!([]));
    });
}

/// Something to drag and a target that is partly or wholly covered by `#over`, with a log of what got it.
async fn covered(over: &str, script: &str) -> Tab<'static> {
    Tab::with(&format!(
        "<style>div {{ position: absolute; top: 50px; width: 100px; height: 60px; background: #ddd }}</style>
         <div id=item>Item</div><div id=bin style='left: 300px'>Bin</div><div id=over style='{over}'>Over</div><script>
         const log = [];
         item.onmousedown = () => log.push('down');
         onmouseup = (event) => log.push(`up ${{event.target.id}}`);
         bin.ondragover = (event) => event.preventDefault();
         ondrop = (event) => log.push(`drop ${{event.target.id}}`);
         {script}</script>"
    ))
    .await
}

const WITH_DATA: &str =
    "item.draggable = true; item.ondragstart = (event) => event.dataTransfer.setData('text', 'x');";

#[test]
fn something_is_let_go_where_nothing_covers_its_target() {
    run(async {
        let tab = covered("left: 330px; width: 40px", "").await;
        let answer = drag(&tab, "#item", "#bin").await.ok();
        assert!(answer.get("warnings").is_none(), "{answer}");
        assert_eq!(log(&tab).await, json!(["down", "up bin"]));
        tab.eval(&format!("(() => {{ {WITH_DATA} }})()")).await;
        let answer = drag(&tab, "#item", "#bin").await.ok();
        assert_eq!((answer["dragged"].as_str(), answer.get("warnings")), (Some("data"), None));
        assert!(log(&tab).await.to_string().contains("drop bin"));
    });
}

#[test]
fn a_target_that_is_wholly_covered_is_refused_before_anything_is_picked_up() {
    run(async {
        for script in ["", WITH_DATA] {
            let tab = covered("left: 250px; width: 200px", script).await;
            let answer = drag(&tab, "#item", "#bin").await;
            let told = json!({"reason": "covered", "by": "<div id=\"over\">Over</div>"});
            for field in ["reason", "by"] {
                assert_eq!(answer.body["details"][field], told[field], "{answer:?}");
            }
            assert_eq!(log(&tab).await, json!([]));
        }
    });
}

#[test]
fn what_goes_with_the_mouse_covers_nothing() {
    run(async {
        let ghost = "onpointerdown = () => {
                 const ghost = document.body.appendChild(item.cloneNode());
                 const place = ({clientX, clientY}) => ghost.style.translate = `${clientX - 60}px ${clientY - 80}px`;
                 onpointermove = place;
                 onpointerup = (event) => { onpointermove = null; ghost.remove(); };
             };
             bin.style.left = '104px';";
        let tab = covered("left: 500px", ghost).await;
        let answer = drag(&tab, "#item", "#bin").await.ok();
        assert!(answer.get("warnings").is_none(), "{answer}");
        assert_eq!(tab.eval("document.querySelectorAll('#item').length").await, 1);
    });
}

#[test]
fn what_the_page_puts_in_the_way_of_a_drag_is_told() {
    run(async {
        let tab =
            covered("left: 500px", "item.addEventListener('pointerdown', () => over.style.left = '300px')")
                .await;
        let answer = drag(&tab, "#item", "#bin").await.ok();
        let told = "#item was let go on <div id=\"over\">Over</div>, not on #bin";
        assert!(answer["warnings"].to_string().replace("\\", "").contains(told), "{answer}");
        assert_eq!(log(&tab).await, json!(["down", "up over"]));

        let shown =
            format!("{WITH_DATA} item.addEventListener('dragstart', () => over.style.left = '300px')");
        let tab = covered("left: 500px", &shown).await;
        let answer = drag(&tab, "#item", "#bin").await;
        let told = "nor does <div id=\"over\">Over</div>, which lay over it then";
        assert!(answer.error().1.contains(told), "{answer:?}");
    });
}
