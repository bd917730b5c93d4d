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

#[test]
fn documents_in_objects_and_embeds_are_told_and_acted_on_like_frames() {
    run(async {
        let site = Site::with("").await;
        let inner = |name: &str| {
            let go = format!("<button onclick='this.textContent = \"done {name}\"'>Go {name}</button>");
            format!("{go}<input aria-label=Field><p>Words of {name}</p>")
        };
        site.page("/object", &inner("object"));
        site.page("/embed", &inner("embed"));
        site.page("/other", &inner("other"));
        let other = site.url_as("localhost", "/other");
        site.page(
            "/",
            &format!(
                "<object data='/object' title=Plan></object><embed src='/embed'><embed src='{other}'>\
                 <object data='/nothing'>Fall back <a href='/x'>here</a></object><embed src='/dot.png'>"
            ),
        );
        let tab = House::shared().await.open(&site.url("/")).await;
        for name in ["object", "embed", "other"] {
            for style in ["", "format=lean", "interactive=true"] {
                let text = tab.snapshot(style).await;
                assert!(text.contains(&format!("Go {name}")), "{style}: {text}");
            }
            let go = tab.find(&format!("button \"Go {name}\"")).await;
            tab.click_ref(&go).await.ok();
            assert_eq!(tab.find(&format!("button \"done {name}\"")).await, go);
        }
        let lean = tab.snapshot("format=lean").await;
        assert!(lean.contains("<iframe Plan>") && lean.matches("<iframe").count() == 3, "{lean}");
        assert!(lean.contains("Fall back\ne") && lean.contains(" here"), "{lean}");
        let seen = tab.snapshot("format=lean&viewport=true").await;
        assert!(seen.contains("done object") && seen.contains("done other"), "{seen}");
        let field = tab.find("textbox \"Field\"").await;
        tab.act(json!({"kind": "type", "ref": field, "text": "Ada"})).await.ok();
        tab.act(json!({"kind": "insertText", "text": " L"})).await.ok();
        assert!(tab.snapshot("").await.contains(": Ada L"));
        let aria = tab.get("/snapshot", "format=aria").await.ok();
        let of =
            |role: &str| aria["nodes"].as_array().unwrap().iter().filter(|node| node["role"] == role).count();
        assert_eq!((of("PluginObject"), of("EmbeddedObject"), of("RootWebArea")), (2, 3, 4), "{aria}");
        let read = tab.get("/text", "selector=body").await.ok()["text"].to_string();
        assert!(
            ["Words of object", "Words of embed", "Fall back here"].iter().all(|said| read.contains(said)),
            "{read}"
        );
    });
}
