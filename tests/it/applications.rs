//! Pages built as applications are: menus at the end of the body, lists of more rows than elements, frames of other sites
//! within each other, controls that are painted, files that the page makes. Each is driven as an agent would.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

/// The ref on the line of a text that holds these words.
#[track_caller]
fn reference(text: &str, words: &str) -> String {
    let line =
        text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words:?} in\n{text}"));
    let rest = line.split("[ref=").nth(1).unwrap_or_else(|| panic!("no ref in {line:?}"));
    rest.split(']').next().unwrap_or_default().to_owned()
}

/// A click on a ref, and what it changed.
async fn click(tab: &Tab<'_>, reference: &str) -> Value {
    tab.act(json!({"kind": "click", "ref": reference, "delta": true, "effectsMs": 300})).await.ok()["effects"]
        .clone()
}

#[test]
fn a_menu_at_the_end_of_the_body_is_told_by_the_click_that_opens_it() {
    run(async {
        let tab = Tab::showing("portal.html").await;
        let options = tab.find("Options of Bob").await;
        let opened = click(&tab, &options).await;
        let delta = opened["delta"]["text"].as_str().unwrap();
        for line in [
            "button \"Options of Bob\" [expanded]",
            "+   - menu \"Options of Bob\"",
            "- menuitem \"Move to\"",
        ] {
            assert!(delta.contains(line), "{line} in\n{delta}");
        }
        assert_eq!(opened["focus"]["ref"], reference(delta, "\"Edit\""), "{opened}");
        let moved = click(&tab, &reference(delta, "\"Move to\"")).await;
        let delta = moved["delta"]["text"].as_str().unwrap();
        assert!(delta.contains("+   - menu \"Move to\""), "{delta}");
        let text = tab.snapshot("interactive=true").await;
        let bin = reference(&text, "menuitem \"Bin\"");
        let chosen = click(&tab, &bin).await;
        assert!(chosen["delta"]["text"].as_str().unwrap().contains("- - menuitem \"Bin\""), "{chosen}");
        assert_eq!((tab.result().await, &chosen["focus"]["ref"]), (json!("Bob: binned"), &json!(options)));
        assert_eq!(tab.click_ref(&bin).await.code(), "UNKNOWN_REF", "what is gone is not clicked");
        click(&tab, &options).await;
        click(&tab, &tab.find("heading").await).await;
        assert!(!tab.snapshot("").await.contains("menuitem"), "a click outside closes it");
    });
}

#[test]
fn rows_that_are_used_again_are_told_as_what_they_show() {
    run(async {
        let tab = Tab::showing("virtual.html").await;
        let text = tab.snapshot("").await;
        assert!(text.contains("Contact 0\n") && text.matches("listitem").count() < 20, "{text}");
        // A row that is there, and that the box has scrolled away.
        let spare = reference(&text, "\"Call 11\"");
        let scrolled = tab.act(json!({"kind": "scrollIntoView", "ref": spare, "delta": true})).await.ok();
        assert_eq!(scrolled["effects"]["scrolled"], true, "{scrolled}");
        tab.until("rows.has(15)").await;
        let seen = tab.snapshot("viewport=true&interactive=true").await;
        assert!(seen.contains("\"Call 11\"") && !seen.contains("\"Call 0\""), "{seen}");
        assert_eq!(tab.find("\"Call 11\"").await, spare, "the same element keeps its ref");
        tab.act(json!({"kind": "scrollIntoView", "selector": "#end"})).await.ok();
        tab.until("rows.has(9999)").await;
        let text = tab.snapshot("").await;
        assert!(text.contains("Contact 9999\n") && text.matches("listitem").count() < 20, "{text}");
        assert!(!text.contains("Contact 0\n") && !text.contains("Contact 11\n"), "{text}");
        let last = reference(&text, "\"Call 9998\"");
        let called = click(&tab, &last).await;
        assert_eq!(tab.result().await, "called 9998", "{called}");
        let folded = tab.snapshot("format=lean&fold=true").await;
        assert!(folded.contains("more of this shape [more=") && folded.len() < 400, "{folded}");
        // As far as a key goes; the page is still on its way then.
        tab.eval("list.scrollTop = 0").await;
        tab.until("rows.has(0)").await;
        tab.eval("list.focus()").await;
        tab.press("PageDown").await.ok();
        tab.until("list.scrollTop > 200").await;
        assert!(!tab.snapshot("viewport=true").await.contains("Contact 0\n"));
    });
}

#[test]
fn frames_of_other_sites_are_told_and_driven_three_deep() {
    run(async {
        let site = Site::new().await;
        let tab = House::shared().await.open(&site.url("/nested.html?3")).await;
        for (query, line) in [
            ("", "button \"Press 0\" [ref=f3e"),
            ("interactive=true", "button \"Press 0\" [ref=f3e"),
            ("format=lean", " [Press 0]"),
        ] {
            let text = tab.snapshot(query).await;
            assert!(
                text.contains(line) && text.contains("Press 3") && !text.contains("missing"),
                "{query}: {text}"
            );
        }
        let text = tab.snapshot("").await;
        for level in (0..=3).rev() {
            let pressed = click(&tab, &reference(&text, &format!("Press {level}"))).await;
            assert!(
                pressed["delta"]["text"].as_str().unwrap().contains(&format!("Done {level}")),
                "{pressed}"
            );
        }
        let field = reference(&text, "Field 0");
        let typed = tab.act(json!({"kind": "type", "ref": field, "text": "Ada"})).await.ok();
        assert_eq!(
            (&typed["holds"]["value"], &typed["effects"]["focus"]["ref"]),
            (&json!("Ada"), &json!(field))
        );
        let labelled = tab.post("/screenshot", json!({"labels": true})).await.ok();
        let boxes = labelled["annotations"].as_array().unwrap();
        let left =
            |name: &str| boxes.iter().find(|row| row["name"] == name).unwrap()["box"]["x"].as_f64().unwrap();
        assert!(left("Done 0") > left("Done 1") && left("Done 1") > left("Done 2"), "{labelled}");
        let told = tab.get("/snapshot", &format!("format=aria&within={field}")).await.ok();
        assert_eq!(told["nodes"][0]["value"], "Ada");
    });
}

#[test]
fn controls_that_are_painted_are_clicked_by_what_a_picture_shows() {
    run(async {
        let tab = Tab::showing("paint.html").await;
        let board = tab.find("img \"Board\"").await;
        let seen = async |act: Value| {
            let done = tab.act(act).await.ok();
            assert_eq!(done["effects"]["contentChanged"], true, "{done}");
            tab.result().await
        };
        // The canvas begins at 30,20; its second square is green.
        assert_eq!(seen(json!({"kind": "clickCoords", "x": 30 + 60, "y": 20 + 20})).await, "Colour #00ff00");
        let painted = seen(json!({"kind": "clickCoords", "x": 30 + 150, "y": 20 + 100})).await;
        assert_eq!(painted, "Painted from 150,100 to 150,100");
        let shot = tab.post("/screenshot", json!({"ref": board})).await.ok();
        let picture = std::fs::read(shot["path"].as_str().unwrap()).unwrap();
        let script = format!(
            "(async () => {{ const picture = await createImageBitmap(new Blob([new Uint8Array({picture:?})])); \
             const pen = new OffscreenCanvas(picture.width, picture.height).getContext('2d'); pen.drawImage(picture, 0, 0); \
             return [picture.width, picture.height, ...[[60, 20], [150, 100], [100, 180]].map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data].join())] }})()"
        );
        let (green, white) = ("0,255,0,255", "255,255,255,255");
        assert_eq!(tab.eval(&script).await, json!([300, 200, green, green, white]));
        let labelled = tab.post("/screenshot", json!({"labels": true})).await.ok();
        assert_eq!(
            labelled["annotations"][0]["box"],
            json!({"x": 30.0, "y": 20.0, "width": 300.0, "height": 200.0})
        );
    });
}

#[test]
fn files_that_a_page_makes_are_downloaded() {
    run(async {
        let tab = Tab::showing("export.html").await;
        let read = |download: &Value| std::fs::read(download["path"].as_str().unwrap()).unwrap();
        let done = click(&tab, &tab.find("Export as CSV").await).await;
        assert_eq!(done["downloads"], json!(["people.csv"]), "{done}");
        let download = tab
            .post("/download", json!({"ref": tab.find("Export as CSV").await, "path": "people.csv"}))
            .await
            .ok();
        let file = &download["download"];
        assert_eq!(String::from_utf8(read(file)).unwrap(), "Name,Town\nAda,Oslo\nBob,\u{141}\u{f3}d\u{17a}");
        assert!(file["url"].as_str().unwrap().starts_with("blob:http://127.0.0.1"), "{download}");
        tab.click("#link").await.ok();
        let ready = tab.get("/snapshot", "").await.ok();
        assert!(ready["snapshot"].as_str().unwrap().contains("Saved people.csv"), "{ready}");
        let late = tab.act(json!({"kind": "click", "selector": "#slow", "effectsMs": 3000})).await.ok();
        assert_eq!(late["downloads"][0]["suggestedFilename"], "late.txt", "{late}");
        assert_eq!(read(&late["downloads"][0]), b"late");
    });
}
