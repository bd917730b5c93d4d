//! Resize: the viewport gets the size that was asked for, and keeps it.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

fn resize(width: impl Into<Value>, height: impl Into<Value>) -> Value {
    json!({"kind": "resize", "width": width.into(), "height": height.into()})
}

#[test]
fn the_viewport_has_the_asked_size_also_after_a_navigation() {
    run(async {
        let site = Site::with("<p>Here</p>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        for (width, height) in [(700, 300), (1200, 900)] {
            tab.act(resize(width, height)).await.ok();
            assert_eq!(tab.eval("[innerWidth, innerHeight]").await, json!([width, height]));
        }
        tab.navigate(&site.url("/?again")).await.ok();
        assert_eq!(tab.eval("[innerWidth, innerHeight]").await, json!([1200, 900]));
        tab.act(resize("640", "480")).await.ok();
        assert_eq!(tab.eval("[innerWidth, innerHeight]").await, json!([640, 480]));
    });
}

#[test]
fn sizes_out_of_bounds_are_refused() {
    run(async {
        let tab = Tab::with("").await;
        for (act, error) in [
            (resize(0, 5), "resize requires positive width and height"),
            (json!({"kind": "resize", "width": 5}), "resize requires positive width and height"),
            (resize(8193, 5), "resize width and height must not exceed 8192"),
            (resize("wide", 5), "resize requires positive width and height"),
        ] {
            assert_eq!(tab.act(act).await.error(), (400, error));
        }
    });
}
