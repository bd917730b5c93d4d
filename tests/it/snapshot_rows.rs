//! Rows of a long list in snapshots that must be short: as many as there is room for, and a way to the others.

use crate::support::{Tab, run};

/// Three thousand rows, of which the viewport shows a few, and a button below all of them.
const ROWS: &str = "<style>body { margin: 0 } li { height: 30px }</style><ul aria-label=Rows></ul><button>Far</button>\
    <script>for (let n = 0; n < 3000; n++) document.querySelector('ul').insertAdjacentHTML('beforeend',\
    `<li>Row ${n} <a href='/${n}'>Open ${n}</a> <button>Drop ${n}</button></li>`)</script>";

/// Where the text says that more rows are: the ref of the list and the number of the first one.
#[track_caller]
fn more(text: &str) -> (&str, usize) {
    let mark = text.split(" [more=").nth(1).and_then(|rest| rest.split(']').next());
    let (list, from) =
        mark.and_then(|mark| mark.split_once('+')).unwrap_or_else(|| panic!("no place in {text}"));
    (list, from.parse().expect("a number"))
}

#[test]
fn a_budget_is_used_for_rows_that_the_viewport_shows() {
    run(async {
        let tab = Tab::with(ROWS).await;
        let shown = tab.eval("Math.floor(innerHeight / 30)").await.as_u64().unwrap() as usize;
        for style in ["", "interactive=true", "format=lean"] {
            for budget in [1200, 2500] {
                let text = tab.snapshot(&format!("budget={budget}&{style}")).await;
                let (_, from) = more(&text);
                let rows = (0..from).filter(|row| text.contains(&format!("Drop {row}"))).count();
                assert!(rows == from && text.len() <= budget, "{style} {budget}: {text}");
                let is_whole = rows >= shown;
                assert!(is_whole || text.len() + 300 > budget, "{style} {budget}: {} {text}", text.len());
            }
        }
    });
}

#[test]
fn rows_of_a_part_are_paged_through_by_asking_for_the_part() {
    run(async {
        let tab = Tab::with(ROWS).await;
        for query in ["viewport=true&budget=900", "find=Drop&budget=900", "find=Drop&fold=true"] {
            let text = tab.snapshot(query).await;
            let (list, from) = more(&text);
            let page = tab.snapshot(&format!("{query}&within={list}&offset={from}&limit=2")).await;
            let told = |row: usize| page.contains(&format!("Drop {row}\""));
            assert!(told(from) && told(from + 1) && !told(from + 2), "{query}: {text}\n{page}");
        }
    });
}

#[test]
fn what_has_no_room_is_told_as_left_out() {
    run(async {
        let tab = Tab::with(ROWS).await;
        let list = tab.find("Rows").await;
        for (query, said) in [
            ("format=lean&budget=31", "2 nodes left out]"),
            ("budget=50", "left out]"),
            ("budget=5", "\u{2026}"),
            ("format=lean&budget=5", "\u{2026}"),
        ] {
            let body = tab.get("/snapshot", query).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            assert!(text.ends_with(said) && !text.contains("nothing to"), "{query}: {text}");
            assert!(body["omitted"]["nodes"].as_u64() > Some(0), "{query}: {body}");
        }
        for style in ["", "interactive=true", "format=lean"] {
            let text = tab.snapshot(&format!("within={list}&offset=9999&limit=9&{style}")).await;
            assert!(text.ends_with("[...only 3000 rows; offset= counts them from 0]"), "{style}: {text}");
        }
    });
}
