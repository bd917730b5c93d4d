//! Clicks at points: on a canvas, in frames, and nowhere outside of the viewport.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

const CANVAS: &str = "<style>body { margin: 0 }</style><canvas width=300 height=150></canvas><script>seen = []; \
    for (const type of ['click', 'dblclick', 'contextmenu']) document.querySelector('canvas').addEventListener(type, \
    e => seen.push([type, e.offsetX, e.offsetY, e.isTrusted].join(' ')))</script>";

async fn click(tab: &Tab<'_>, how: Value) -> crate::support::house::Answer {
    let mut act = json!({"kind": "clickCoords"});
    act.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    tab.act(act).await
}

#[test]
fn a_canvas_is_clicked_where_asked() {
    run(async {
        let tab = Tab::with(CANVAS).await;
        for (how, expected) in [
            (json!({"x": 20, "y": 30}), json!(["click 20 30 true"])),
            (json!({"x": "40", "y": "50.0"}), json!(["click 40 50 true"])),
            (
                json!({"x": 1, "y": 2, "doubleClick": true}),
                json!(["click 1 2 true", "click 1 2 true", "dblclick 1 2 true"]),
            ),
            (json!({"x": 5, "y": 6, "button": "right"}), json!(["contextmenu 5 6 true"])),
            (json!({"x": 7, "y": 8, "delayMs": 20}), json!(["click 7 8 true"])),
        ] {
            let answer = click(&tab, how.clone()).await.ok();
            assert_eq!(answer["ok"], true);
            assert_eq!(tab.eval("seen.splice(0)").await, expected, "{how}");
        }
    });
}

#[test]
fn what_is_no_point_of_the_viewport_is_refused() {
    run(async {
        let tab = Tab::with(CANVAS).await;
        for (how, field, error) in [
            (json!({"x": 1}), "y", "clickCoords requires non-negative x and y"),
            (json!({}), "x", "clickCoords requires non-negative x and y"),
            (json!({"x": -1, "y": 2}), "x", "clickCoords requires non-negative x and y"),
            (json!({"x": "a", "y": 2}), "x", "x must be a finite number."),
            (json!({"x": 1, "y": [2]}), "y", "y must be a finite number."),
            (
                json!({"x": 1, "y": 2, "button": "foo"}),
                "button",
                "clickCoords button must be left|right|middle",
            ),
            (
                json!({"x": 1, "y": 2, "delayMs": 5001}),
                "delayMs",
                "clickCoords delayMs exceeds maximum of 5000ms",
            ),
        ] {
            let answer = click(&tab, how.clone()).await;
            assert_eq!((answer.error(), answer.code()), ((400, error), "ACT_INVALID_REQUEST"), "{how}");
            assert_eq!(answer.body["field"], field, "{how}");
        }
        let answer = click(&tab, json!({"x": 99_999, "y": 2})).await;
        let (status, error) = answer.error();
        assert_eq!((status, answer.code()), (400, "ACT_INVALID_REQUEST"));
        assert!(error.starts_with("The point 99999,2 lies outside of the viewport ("), "{error}");
        assert_eq!(tab.eval("seen").await, json!([]));
    });
}

#[test]
fn a_point_in_a_frame_of_another_site_is_clicked_there() {
    run(async {
        let site = Site::with("").await;
        let inner = "<script>onclick = ({ x, y }) => document.body.textContent = `at ${x},${y}`</script>";
        site.page("/inner", inner);
        let src = site.url_as("localhost", "/inner");
        site.page("/", &format!("<body style='margin: 0'><iframe style='border: 0' src='{src}'></iframe>"));
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.snapshot("").await;
        click(&tab, json!({"x": 33, "y": 44})).await.ok();
        let text = tab.snapshot("").await;
        assert!(text.contains("at 33,44"), "{text}");
    });
}
