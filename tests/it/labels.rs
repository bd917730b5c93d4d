//! Pictures in which elements are marked with their refs (contract 7.7): what is counted, where the boxes are, and that
//! the page sees nothing of it.

use base64::Engine;
use serde_json::{Value, json};

use crate::support::{House, Site, Tab, program, run};

/// One button in the viewport, one below it, and a closed list whose options have no boxes.
const PAGE: &str = "<style>body { margin: 0; height: 1500px } * { position: absolute }</style>\
    <button style='left: 40px; top: 60px; width: 100px; height: 30px' onclick='this.textContent = \"Done\"'>Near</button>\
    <button style='left: 40px; top: 900px; width: 100px; height: 30px'>Far</button>\
    <select style='left: 200px; top: 60px; width: 90px; height: 30px' aria-label=Pick><option>A<option>B</select>";

async fn page(html: &str) -> Tab<'static> {
    let tab = Tab::with(html).await;
    tab.act(json!({"kind": "resize", "width": 640, "height": 400})).await.ok();
    tab
}

fn counts(body: &Value) -> (u64, u64, usize) {
    assert_eq!(body["labels"], true, "{body}");
    let number = |key: &str| body[key].as_u64().expect(key);
    (number("labelsCount"), number("labelsSkipped"), body["annotations"].as_array().expect("a list").len())
}

/// The annotation of this name.
fn named<'a>(body: &'a Value, name: &str) -> &'a Value {
    let found = body["annotations"].as_array().unwrap().iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {body}"))
}

fn place(row: &Value) -> [f64; 4] {
    ["x", "y", "width", "height"].map(|side| row["box"][side].as_f64().expect("a number"))
}

/// The colour of a picture at a point, as the browser reads it.
async fn colour(tab: &Tab<'_>, path: &str, x: f64, y: f64) -> Value {
    let picture = base64::engine::general_purpose::STANDARD.encode(std::fs::read(path).unwrap());
    let script = format!(
        "(async () => {{ const blob = await (await fetch('data:image/png;base64,{picture}')).blob(); \
         const bitmap = await createImageBitmap(blob); \
         const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d'); \
         pen.drawImage(bitmap, 0, 0); return [...pen.getImageData({x}, {y}, 1, 1).data] }})()"
    );
    tab.eval(&script).await
}

#[test]
fn a_snapshot_has_a_picture_with_boxes_over_its_refs() {
    run(async {
        let tab = page(PAGE).await;
        let body = tab.get("/snapshot", "labels=true&interactive=true").await.ok();
        assert_eq!((&body["format"], &body["imageType"]), (&json!("ai"), &json!("png")));
        // The options have no boxes, and nobody sees what is far.
        assert_eq!(counts(&body), (2, 3, 3), "{body}");
        let near = named(&body, "Near");
        assert_eq!((&near["role"], place(near)), (&json!("button"), [40.0, 60.0, 100.0, 30.0]));
        assert_eq!(place(named(&body, "Far")), [40.0, 900.0, 100.0, 30.0]);
        let reference = near["ref"].as_str().unwrap();
        assert_eq!(format!("e{}", near["number"]), reference);
        assert_eq!(body["refs"][reference]["name"], "Near");
        let path = body["imagePath"].as_str().unwrap();
        let orange = json!([255, 176, 32, 255]);
        assert_eq!(colour(&tab, path, 40.0, 75.0).await, orange, "the left edge of the box");
        assert_eq!(colour(&tab, path, 42.0, 48.0).await, orange, "the text's ground above it");
        assert_eq!(colour(&tab, path, 400.0, 300.0).await, json!([255, 255, 255, 255]));
        tab.click_ref(reference).await.ok();
        assert_eq!(tab.property("button", "textContent").await, "Done", "the ref is one like any");
    });
}

#[test]
fn labels_ask_for_the_role_style() {
    run(async {
        let tab = page(PAGE).await;
        let text = tab.snapshot("labels=true").await;
        assert!(text.starts_with("- RootWebArea"), "{text}");
        let answer = tab.get("/snapshot", "labels=true&format=aria").await;
        assert_eq!((answer.error().0, &answer.body["field"]), (400, &json!("labels")));
        assert_eq!(answer.error().1, "labels/mode=efficient require format=ai");
    });
}

#[test]
fn the_page_sees_nothing_of_it() {
    run(async {
        let tab = page(PAGE).await;
        let watch = "(() => { window.seen = 0; window.before = document.documentElement.outerHTML; \
                     const observer = new MutationObserver((changes) => { window.seen += changes.length }); \
                     observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true}) })()";
        tab.eval(watch).await;
        tab.get("/snapshot", "labels=true").await.ok();
        for how in [json!({"labels": true}), json!({"labels": true, "fullPage": true})] {
            tab.post("/screenshot", how).await.ok();
        }
        let seen = tab.eval("[window.seen, document.documentElement.outerHTML === window.before]").await;
        assert_eq!(seen, json!([0, true]));
        assert_eq!(tab.eval("Object.keys(window).filter((key) => /openclaw/.test(key))").await, json!([]));
    });
}

#[test]
fn a_screenshot_marks_what_it_shows() {
    run(async {
        let tab = page(PAGE).await;
        let body = tab.post("/screenshot", json!({"labels": true})).await.ok();
        assert_eq!(counts(&body), (2, 3, 3), "the viewport: {body}");
        let body = tab.post("/screenshot", json!({"labels": true, "fullPage": true})).await.ok();
        assert_eq!(counts(&body), (3, 2, 3), "the page: {body}");
        assert_eq!(place(named(&body, "Far")), [40.0, 900.0, 100.0, 30.0]);
        let far = named(&body, "Far")["ref"].clone();
        for how in
            [json!({"labels": true, "ref": far}), json!({"labels": true, "element": "button:nth-of-type(2)"})]
        {
            let body = tab.post("/screenshot", how).await.ok();
            assert_eq!(counts(&body), (1, 2, 1), "the element: {body}");
            assert_eq!(place(&body["annotations"][0]), [0.0, 0.0, 100.0, 30.0]);
        }
        let body = tab.post("/screenshot", json!({})).await.ok();
        assert!(body.get("labels").is_none() && body.get("annotations").is_none(), "{body}");
    });
}

#[test]
fn boxes_are_in_pixels_of_the_picture() {
    run(async {
        let html = "<style>body { margin: 0; height: 4000px }</style>\
            <button style='position: absolute; left: 100px; top: 3000px; width: 200px; height: 40px'>Low</button>";
        let tab = page(html).await;
        let body = tab.post("/screenshot", json!({"labels": true, "fullPage": true})).await.ok();
        assert!(body["path"].as_str().unwrap().ends_with(".jpg"), "{body}");
        let found = place(named(&body, "Low"));
        for (side, expected) in found.iter().zip([50.0, 1500.0, 100.0, 20.0]) {
            assert!((side - expected).abs() < 2.0, "{found:?}");
        }
    });
}

#[test]
fn no_more_than_150_are_drawn() {
    run(async {
        let script = "<script>for (let n = 0; n < 200; n++) document.write(`<button style='width: 20px; height: 9px; \
                      padding: 0; font-size: 5px'>B${n}</button> `)</script>";
        let tab = page(script).await;
        let body = tab.get("/snapshot", "labels=1&interactive=1").await.ok();
        assert_eq!(counts(&body), (150, 50, 200));
    });
}

#[test]
fn what_is_scrolled_out_of_a_box_is_not_drawn() {
    run(async {
        let html = "<div style='height: 50px; width: 300px; overflow: hidden'><div style='height: 200px'>Tall</div>\
                    <button>Inside</button></div>";
        let tab = page(html).await;
        let body = tab.get("/snapshot", "labels=1&interactive=1").await.ok();
        assert_eq!(counts(&body), (0, 1, 1), "{body}");
        let body = tab.post("/screenshot", json!({"labels": true, "fullPage": true})).await.ok();
        assert_eq!(counts(&body), (0, 1, 1), "{body}");
    });
}

#[test]
fn elements_in_frames_of_other_sites_are_marked_where_they_are() {
    run(async {
        let site = Site::with("").await;
        site.page(
            "/in",
            "<style>body { margin: 0 }</style><button style='width: 50px; height: 20px'>Go</button>",
        );
        let frame = format!(
            "<iframe style='position: absolute; left: 30px; top: 70px; border: 0' src='{}'></iframe>",
            site.url_as("localhost", "/in")
        );
        site.page("/", &frame);
        let tab = House::shared().await.open(&site.url("/")).await;
        let body = tab.get("/snapshot", "labels=1&interactive=1").await.ok();
        let go = named(&body, "Go");
        assert!(go["ref"].as_str().unwrap().starts_with("f1e"), "{go}");
        assert_eq!(place(go), [30.0, 70.0, 50.0, 20.0]);
        assert_eq!(counts(&body), (2, 0, 2), "{body}");
        let frame = body["refs"].as_object().unwrap().values().find(|entry| entry["role"] == "Iframe");
        let frame = frame.expect("the frame");
        assert!(frame["frameId"].is_string() && frame["backendDOMNodeId"].is_i64(), "{frame}");
    });
}

#[test]
fn the_command_line_prints_where_the_picture_is() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<button>Go</button>").await;
        let tab = house.open(&site.url("/")).await;
        let output = program::output(&house.home, &["browser", "snapshot", "--labels", "--interactive"]);
        let text = program::stdout(&output);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], lines.len()), ("- button \"Go\" [ref=e1]", 2), "{text}");
        // The home directory is told as `~`.
        let at_home = |path: &str| house.home.join(path.trim().strip_prefix("~/").expect("below the home"));
        assert!(at_home(lines[1]).exists(), "{text}");
        let output = program::output(&house.home, &["browser", "screenshot", "--labels"]);
        assert!(at_home(&program::stdout(&output)).exists());
        drop(tab);
        house.stop().await;
    });
}
