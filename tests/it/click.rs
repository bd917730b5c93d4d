//! Clicks: they land where they should, or say why not. The file to copy for a new test.

use serde_json::json;

use crate::support::{House, Site, run};

#[test]
fn a_click_by_ref_lands_and_tells_where_the_tab_is() {
    run(async {
        let site = Site::with("<button onclick='this.textContent = \"done\"'>Go</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let go = tab.find("Go").await;
        let answer = tab.act(json!({"kind": "click", "ref": go})).await.ok();
        assert_eq!(answer["url"], site.url("/"));
        assert!(tab.snapshot("").await.contains("button \"done\""));
    });
}

#[test]
fn a_warm_click_is_two_flights() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<button>Go</button>").await;
        let tab = house.open(&site.url("/")).await;
        let go = tab.find("Go").await;
        let service = house.gateway().service();
        let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
        let before = browser.traffic();
        tab.act(json!({"kind": "click", "ref": go})).await.ok();
        let after = browser.traffic();
        assert_eq!((after.flights - before.flights, after.sent - before.sent), (2, 4));
        house.stop().await;
    });
}

#[test]
fn a_covered_button_is_refused_at_once_and_the_cover_is_named() {
    run(async {
        let html =
            "<button>Under</button><div id=veil style='position:fixed;inset:0;background:#0008'></div>";
        let tab = House::shared().await.open(&Site::with(html).await.url("/")).await;
        let under = tab.find("Under").await;
        let answer = tab.act(json!({"kind": "click", "ref": under})).await;
        let (status, error) = answer.error();
        assert_eq!((status, answer.code()), (500, "ACT_OPERATION_FAILED"));
        assert!(error.contains("covered") && error.contains("id=\"veil\""), "{error}");
    });
}
