//! Areas of image maps, which have no boxes of their own.

use serde_json::json;

use crate::support::{Tab, run};

/// A picture of 200 by 200 below the fold; all of it is clickable, and in the polygon's middle is a hole.
const MAP: &str = "<p style='height: 2000px'>Tall</p>\
    <img usemap='#plan' alt=Plan style='width: 200px; height: 200px; padding: 30px; border: 5px solid' src=\"data:image/svg+xml,\
    <svg xmlns='http://www.w3.org/2000/svg'/>\">\
    <map name=plan><area shape=rect coords='0,0,20,20' href='#door' alt=Door><area shape=circle coords='100 50 10' href='#well' title=Well>\
    <area shape=poly coords='0,100,100,100,100,190,90,190,90,110,10,110,10,190,0,190' href='#wall' alt=Wall>\
    <area shape=rect coords='150,150,160,160' alt=Nothing><area shape=default href='#yard' alt=Yard></map>";

#[test]
fn areas_are_told_as_links_with_their_image_and_clicked_where_they_are() {
    run(async {
        let tab = Tab::with(MAP).await;
        let lines = "e1 Door\ne2 Well\ne3 Wall\ne4 Yard";
        assert!(tab.snapshot("format=lean").await.ends_with(lines), "{}", tab.snapshot("format=lean").await);
        let urls = tab.snapshot("format=lean&urls=true&find=well").await;
        assert!(urls.ends_with("\ne2 Well <#well>"), "{urls}");
        for style in ["", "compact=true", "interactive=true", "interactive=true&refs=aria"] {
            let text = tab.snapshot(style).await;
            let links = text.lines().filter(|line| line.contains("- link")).count();
            assert!(links == 4 && text.contains("link \"Wall\" [ref=e3]"), "{style}: {text}");
        }
        let aria = tab.get("/snapshot", "format=aria").await.ok();
        let nodes = aria["nodes"].as_array().unwrap();
        let links = nodes.iter().filter(|node| node["role"] == "link").map(|node| node["name"].clone());
        assert_eq!(links.collect::<Vec<_>>(), ["Door", "Well", "Wall", "Yard"]);
        for (reference, hash) in [("e3", "#wall"), ("e1", "#door"), ("e4", "#yard"), ("e2", "#well")] {
            tab.click_ref(reference).await.ok();
            assert_eq!(tab.eval("location.hash").await, hash);
        }
    });
}

#[test]
fn areas_are_in_the_viewport_where_their_image_is() {
    run(async {
        let tab = Tab::with(MAP).await;
        assert!(!tab.snapshot("viewport=true&format=lean").await.contains("Wall"));
        tab.act(json!({"kind": "scrollIntoView", "selector": "area[alt=Wall]"})).await.ok();
        assert!(tab.snapshot("viewport=true&format=lean").await.contains(" Wall"));
    });
}

#[test]
fn an_area_of_a_large_image_is_scrolled_to() {
    run(async {
        let tab = Tab::with(
            "<img usemap='#m' style='width: 3000px; height: 5000px' alt=''><map name=m>\
             <area coords='2500,4000,2510,4010' href='#far' alt=Far></map>",
        )
        .await;
        assert!(tab.snapshot("format=lean").await.ends_with("e1 Far"));
        tab.click_ref("e1").await.ok();
        assert_eq!(tab.eval("location.hash").await, "#far");
    });
}
