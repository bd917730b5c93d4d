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
