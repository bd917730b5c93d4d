//! Screenshots: the right size, in a file that only its owner reads, also of tabs that nobody looks at.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

async fn taken(tab: &Tab<'_>, how: Value) -> (PathBuf, Vec<u8>) {
    let body = tab.post("/screenshot", how).await.ok();
    let path = PathBuf::from(body["path"].as_str().expect("a path"));
    let bytes = std::fs::read(&path).expect("the picture");
    (path, bytes)
}

/// Width and height of a PNG (the IHDR chunk comes first).
fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

const BOX: &str = "<style>body { margin: 0; height: 1900px }</style>\
    <div id=box style='position: absolute; left: 10px; top: 1800px; width: 120px; height: 45px' role=button>Box</div>";

#[test]
fn the_viewport_the_page_and_an_element_have_their_sizes() {
    run(async {
        let tab = Tab::with(BOX).await;
        tab.act(json!({"kind": "resize", "width": 640, "height": 400})).await.ok();
        let reference = tab.find("Box").await;
        for (how, size) in [
            (json!({}), (640, 400)),
            (json!({"fullPage": true}), (640, 1900)),
            (json!({"ref": reference}), (120, 45)),
            (json!({"element": "#box"}), (120, 45)),
        ] {
            assert_eq!(png_size(&taken(&tab, how.clone()).await.1), size, "{how}");
        }
    });
}

#[test]
fn an_element_in_a_frame_is_taken_where_it_is() {
    run(async {
        let inner =
            "<body style='margin: 0; background: red'><button style='width: 50px; height: 20px'>Go</button>";
        let tab =
            Tab::with(&format!("<div style='height: 1500px'></div><iframe srcdoc=\"{inner}\"></iframe>"))
                .await;
        let go = tab.find("button \"Go\"").await;
        assert_eq!(png_size(&taken(&tab, json!({"ref": go})).await.1), (50, 20));
    });
}

#[test]
fn a_picture_is_private_and_says_what_it_is() {
    run(async {
        let tab = Tab::with("<p>Here</p>").await;
        let (path, _) = taken(&tab, json!({})).await;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(path.starts_with(tab.house.home.join(".openclaw/media/browser")), "{path:?}");
        assert_eq!(path.extension().unwrap(), "png");
        let (path, bytes) = taken(&tab, json!({"type": "jpeg"})).await;
        assert_eq!((path.extension().unwrap().to_str(), &bytes[..3]), (Some("jpg"), &b"\xff\xd8\xff"[..]));
    });
}

#[test]
fn a_tab_behind_another_is_taken_like_any() {
    run(async {
        let behind = Tab::with(BOX).await;
        let front = Tab::with("").await;
        front.post("/tabs/focus", json!({})).await.ok();
        for how in [json!({}), json!({"fullPage": true}), json!({"element": "#box"})] {
            taken(&behind, how).await;
        }
    });
}

#[test]
fn a_tab_that_opened_a_popup_is_taken_like_any() {
    run(async {
        let site = Site::with("<button onclick='window.open(\"/popup\")'>Open</button>").await;
        site.page("/popup", "<p>Popup</p>");
        let house = House::shared().await;
        let tab = house.open(&site.url("/")).await;
        tab.click("button").await.ok();
        // What is behind another window is no longer drawn after a while.
        for pause in [0, 500, 500, 500] {
            tab.eval(&format!(
                "requestAnimationFrame(() => {{}}); new Promise(done => setTimeout(done, {pause}))"
            ))
            .await;
            taken(&tab, json!({})).await;
            taken(&tab, json!({"element": "button"})).await;
        }
    });
}

#[test]
fn what_cannot_be_taken_says_why() {
    run(async {
        let tab = Tab::with("<div id=flat style='height: 0'></div>").await;
        for (how, field, words) in [
            (
                json!({"fullPage": true, "ref": "e1"}),
                "fullPage",
                "fullPage is not supported for element screenshots",
            ),
            (json!({"ref": "e999"}), "ref", "Unknown ref \"e999\""),
            (json!({"ref": "foo bar"}), "ref", "Unknown ref \"foo bar\""),
            (json!({"element": "#none"}), "element", "Element \"#none\" not found"),
            (json!({"element": "b["}), "element", "is not valid CSS"),
            (json!({"element": "#flat"}), "element", "(not visible)"),
        ] {
            let answer = tab.post("/screenshot", how).await;
            assert!(answer.error().1.contains(words), "{answer:?}");
            assert_eq!(answer.body["field"], field, "{answer:?}");
        }
    });
}

/// Width and height of a JPEG: its frame header follows the segments before it.
fn jpeg_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..3], b"\xff\xd8\xff");
    let number = |at: usize| u32::from(u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap()));
    let mut at = 2;
    while !matches!(bytes[at + 1], 0xc0..=0xc2) {
        at += 2 + usize::try_from(number(at + 2)).unwrap();
    }
    (number(at + 7), number(at + 5))
}

#[test]
fn what_is_too_long_becomes_a_jpeg_of_2000_pixels() {
    run(async {
        let html = "<style>body { margin: 0; height: 3000px }</style>\
                    <div id=wide style='width: 4000px; height: 100px; background: red'></div>";
        let tab = Tab::with(html).await;
        tab.act(json!({"kind": "resize", "width": 600, "height": 400})).await.ok();
        for (how, size) in [
            (json!({"fullPage": true, "type": "png"}), (2000, 1500)),
            (json!({"element": "#wide"}), (2000, 50)),
            (json!({"type": "png"}), (600, 400)),
        ] {
            let (path, bytes) = taken(&tab, how.clone()).await;
            if size.0 < 2000 {
                assert_eq!((png_size(&bytes), path.extension().unwrap()), (size, "png".as_ref()));
                continue;
            }
            assert_eq!(path.extension().unwrap(), "jpg", "{how}");
            let (width, height) = jpeg_size(&bytes);
            let is_near = |a: u32, b: u32| a.abs_diff(b) <= 1 && a <= 2000;
            assert!(is_near(width, size.0) && is_near(height, size.1), "{how}: {width} x {height}");
        }
        tab.act(json!({"kind": "resize", "width": 2500, "height": 500})).await.ok();
        let (path, bytes) = taken(&tab, json!({})).await;
        assert_eq!((jpeg_size(&bytes), path.extension().unwrap()), ((2000, 400), "jpg".as_ref()));
    });
}

#[test]
fn what_takes_too_many_bytes_becomes_a_jpeg() {
    run(async {
        let noise = "<style>body { margin: 0 }</style><canvas width=1600 height=1600></canvas><script>\
            const pen = document.querySelector('canvas').getContext('2d'), image = pen.createImageData(1600, 1600);\
            for (let at = 0; at < image.data.length; at += 65536)\
            crypto.getRandomValues(new Uint8Array(image.data.buffer, at, Math.min(65536, image.data.length - at)));\
            for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255; pen.putImageData(image, 0, 0)</script>";
        let tab = Tab::with(noise).await;
        let (path, bytes) = taken(&tab, json!({"element": "canvas"})).await;
        assert_eq!((jpeg_size(&bytes), path.extension().unwrap()), ((1600, 1600), "jpg".as_ref()));
        assert!(bytes.len() <= 5 * 1024 * 1024, "{}", bytes.len());
    });
}
