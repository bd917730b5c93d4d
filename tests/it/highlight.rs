//! Highlights: drawn by the browser over the page, gone with the next act, and nothing in the page changes.

use serde_json::json;

use crate::support::{Tab, run};

async fn picture(tab: &Tab<'_>) -> Vec<u8> {
    let body = tab.post("/screenshot", json!({})).await.ok();
    std::fs::read(body["path"].as_str().unwrap()).unwrap()
}

#[test]
fn an_element_is_shown_until_the_next_act() {
    run(async {
        let tab = Tab::with("<p>Text</p><button>Go</button>").await;
        let (before, html) = (picture(&tab).await, tab.eval("document.documentElement.outerHTML").await);
        let go = tab.find("Go").await;
        let body = tab.post("/highlight", json!({"ref": go})).await.ok();
        assert_eq!((body["ok"].as_bool(), body["targetId"].as_str()), (Some(true), Some(tab.id.as_str())));
        assert!(picture(&tab).await != before, "the box is seen");
        assert_eq!(tab.eval("document.documentElement.outerHTML").await, html);
        assert!(picture(&tab).await == before, "the act has taken it away");
    });
}

#[test]
fn what_cannot_be_shown_is_refused() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        assert_eq!(tab.post("/highlight", json!({})).await.error(), (400, "ref is required"));
        let answer = tab.post("/highlight", json!({"ref": "e999"})).await;
        let (status, error) = answer.error();
        assert!(status == 404 && error.starts_with("Unknown ref \"e999\""), "{error}");
    });
}
