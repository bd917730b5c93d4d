//! Crashes: a renderer that dies fails what is under way at once, and a navigation revives its tab.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::processes::end_renderers;
use crate::support::{House, Site, run};

#[test]
fn a_dead_renderer_fails_what_is_under_way_and_is_revived_by_a_navigation() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p>").await;
        {
            let tab = house.open(&site.url("/")).await;
            let began = Instant::now();
            let kill = async {
                tab.house.get("/tabs").await.ok();
                end_renderers(tab.house).await;
            };
            let (answer, ()) = tokio::join!(tab.try_eval("new Promise(() => {})"), kill);
            assert_eq!((answer.error().0, answer.code()), (500, "TARGET_CRASHED"), "{answer:?}");
            assert!(began.elapsed() < Duration::from_secs(10), "it did not wait for its deadline");
            assert_eq!(tab.click("p").await.code(), "TARGET_CRASHED");
            assert_eq!(tab.get("/snapshot", "").await.code(), "TARGET_CRASHED");
            tab.navigate(&site.url("/")).await.ok();
            assert!(tab.snapshot("").await.contains("Here"));
            assert_eq!(tab.eval("1 + 1").await, 2);
        }
        house.stop().await;
    });
}
