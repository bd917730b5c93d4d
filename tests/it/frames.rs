//! Frames: what is inside them is clicked and filled like the rest, whichever process draws it.

use serde_json::json;

use crate::support::{House, Site, Tab, run};

/// A page of 127.0.0.1 with a frame of localhost, which is another site and so another process.
async fn across_sites(inner: &str) -> Tab<'static> {
    let site = Site::with("").await;
    site.page("/inner", inner);
    let src = site.url_as("localhost", "/inner");
    site.page("/", &format!("<div style='height: 900px'>Tall</div><iframe src='{src}'></iframe>"));
    House::shared().await.open(&site.url("/")).await
}

#[test]
fn a_button_in_a_frame_of_the_same_origin_is_clicked() {
    run(async {
        let tab = Tab::showing("frames.html").await;
        let inline = tab.find("button \"Inline\"").await;
        assert!(inline.starts_with("f1e") || inline.starts_with("f2e"), "{inline}");
        tab.click_ref(&inline).await.ok();
        assert_eq!(tab.result().await, "inline");
    });
}

#[test]
fn a_button_in_a_frame_of_another_site_is_clicked() {
    run(async {
        let html =
            "<div style='height: 400px'></div><button onclick='this.textContent = \"done\"'>Go</button>";
        let tab = across_sites(html).await;
        let go = tab.find("button \"Go\"").await;
        tab.click_ref(&go).await.ok();
        assert_eq!(tab.find("button \"done\"").await, go);
    });
}

#[test]
fn text_goes_into_a_frame_of_another_site() {
    run(async {
        let tab = across_sites("<input aria-label=Name onkeydown='this.title += event.key'>").await;
        let name = tab.find("textbox \"Name\"").await;
        tab.act(json!({"kind": "type", "ref": name, "text": "Ada"})).await.ok();
        assert!(tab.snapshot("").await.contains(": Ada"));
        tab.act(json!({"kind": "type", "ref": name, "text": "xy", "slowly": true})).await.ok();
        tab.press("Home").await.ok();
        tab.press("z").await.ok();
        assert!(tab.snapshot("").await.contains(": zxy"), "{}", tab.snapshot("").await);
        let evaluated = tab.act(json!({"kind": "evaluate", "ref": name, "fn": "el => el.value"})).await.ok();
        assert_eq!(evaluated["result"], "zxy");
    });
}

#[test]
fn a_frame_that_is_covered_says_by_what() {
    run(async {
        let html = "<iframe srcdoc='<button>Go</button>'></iframe>\
                    <div id=veil style='position: fixed; inset: 0; background: #0008'></div>";
        let tab = Tab::with(html).await;
        let answer = tab.click_ref(&tab.find("button \"Go\"").await).await;
        assert!(answer.error().1.contains("covered") && answer.error().1.contains("veil"), "{answer:?}");
    });
}

#[test]
fn a_ref_into_a_frame_ends_with_the_frame() {
    run(async {
        let tab = Tab::with("<iframe srcdoc='<button>Go</button>'></iframe>").await;
        let go = tab.find("button \"Go\"").await;
        tab.eval("document.querySelector('iframe').remove()").await;
        let answer = tab.click_ref(&go).await;
        assert_eq!((answer.error().0, answer.code()), (404, "UNKNOWN_REF"), "{answer:?}");
    });
}

#[test]
fn frames_within_frames_of_other_sites_are_reached() {
    run(async {
        let site = Site::with("").await;
        site.page("/third", "<button onclick='this.textContent = \"done\"'>Go</button>");
        site.page("/second", &format!("<iframe src='{}'></iframe>", site.url("/third")));
        site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/second")));
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.click_ref(&tab.find("button \"Go\"").await).await.ok();
        tab.find("button \"done\"").await;
    });
}
