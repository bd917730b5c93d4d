//! Snapshots that tell a part of a page: by text, element, viewport, shape, budget and change.

use serde_json::{Value, json};

use crate::support::House;
use crate::support::{Site, Tab, run};

/// A page with a long list below the fold, and a box in the viewport.
const LONG: &str = "<style>body { margin: 0 } li { height: 30px }</style><main><h1>Shop</h1><button>Pay</button>\
    <ul aria-label=Goods></ul><p>The end of it all</p></main><script>for (let n = 0; n < 1000; n++) {\
    document.querySelector('ul').insertAdjacentHTML('beforeend', `<li>Item ${n} <button>Buy ${n}</button></li>`) }</script>";

/// The styles that everything here works in.
const STYLES: [&str; 4] = ["", "compact=true", "interactive=true", LEAN];
const LEAN: &str = "format=lean";

/// The text without refs and indent.
fn bare(text: &str) -> String {
    let refs = regex::Regex::new(r#" ?\[ref=\w+\]|(?m)^ +|^e\d+ | "/""#).unwrap();
    refs.replace_all(text, "").into_owned()
}

/// How many refs stand in a text of any style.
fn refs_in(text: &str) -> usize {
    regex::Regex::new(r"\[ref=|(?m)^f?\d*e\d+ ").unwrap().find_iter(text).count()
}

/// The ref in the first line that holds these words.
fn ref_in(text: &str, words: &str) -> String {
    let line =
        text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words} in\n{text}"));
    line.split("[ref=").nth(1).expect("a ref").split(']').next().expect("an end").to_owned()
}

#[test]
fn what_is_found_is_told_with_its_path_and_nothing_else() {
    run(async {
        let tab = Tab::with(LONG).await;
        for (style, want) in [
            (
                "",
                "- main:\n- heading \"Shop\" [level=1]\n- list \"Goods\":\n- listitem:\n- text: Item 777\n- button \"Buy 777\"",
            ),
            (
                "interactive=true",
                "- main\n- heading \"Shop\" [level=1]\n- list \"Goods\"\n- listitem \"Item 777 Buy 777\"\n- button \"Buy 777\"",
            ),
            (
                "interactive=true&refs=aria",
                "- main:\n- heading \"Shop\" [level=1]\n- list \"Goods\":\n- listitem:\n- button \"Buy 777\"",
            ),
            (
                "compact=true",
                "- RootWebArea\n- main\n- heading \"Shop\" [level=1]\n- list \"Goods\"\n- listitem\n- StaticText \"Item 777\"\n- button \"Buy 777\"",
            ),
            (LEAN, "([button])\n<main>\n# Shop\n<list Goods>\nItem 777\n[Buy 777]"),
        ] {
            assert_eq!(bare(&tab.snapshot(&format!("find=buy%20777&{style}")).await), want, "{style}");
            let text = tab.snapshot(&format!("find=nowhere&{style}")).await;
            assert_eq!(text, "(nothing matches \"nowhere\")", "{style}");
        }
        let text = tab.snapshot("find=%2FBuy%20(1%7C2)%24%2F").await;
        assert!(text.contains("Buy 1\"") && text.contains("Buy 2\"") && !text.contains("Buy 11"), "{text}");
        let list = tab.snapshot(&format!("find=goods&{LEAN}")).await;
        assert_eq!(list, "<main>\n# Shop\n<list Goods>", "what it holds was not asked for");
        let text = tab.snapshot("find=goods&interactive=true").await;
        assert_eq!(text, "(nothing that can be acted on matches \"goods\"; other parts do)");
    });
}

#[test]
fn a_match_in_a_table_says_which_row_it_is_in_and_which_heading_it_stands_under() {
    run(async {
        let row = |name: &str, city: &str| format!("<tr><td>{name}<td>{city}<td><button>Edit</button>");
        let tab = Tab::with(&format!(
            "<main><h1>Top</h1><h2>Other</h2><p>Some <button>Save</button></p><h2>People</h2><table>{}{}</table>\
             <p>Sum: <b>42</b> of all <a href=/x>more</a></p></main>",
            row("Ada", "Oslo"),
            row("Bob", "Rome")
        ))
        .await;
        let found = async |query: &str| bare(&tab.snapshot(&format!("find={query}")).await);
        let path = "- main\n- heading \"Top\" [level=1]\n- heading \"People\" [level=2]\n- table\n";
        let rows = ["Ada Oslo", "Bob Rome"].map(|row| format!("- row \"{row} Edit\"\n- button \"Edit\""));
        let told = found("edit&interactive=true").await.replace(" [nth=1]", "");
        assert_eq!(told, format!("{path}{}", rows.join("\n")));
        let told = found("bob&format=lean").await;
        assert!(
            told.ends_with("## People\n<table>\nBob | Rome |\n[Edit]") && !told.contains("Ada"),
            "{told}"
        );
        assert_eq!(found("sum&format=lean").await, "<main>\n# Top\n## People\nSum: 42 of all");
    });
}

#[test]
fn what_is_found_is_told_whole() {
    run(async {
        let words = "word after word ".repeat(100);
        let html =
            format!("<p>{words} needle</p><button>{words} needle</button><input value='{words} needle'>");
        let tab = Tab::with(&html).await;
        let text = tab.snapshot("find=needle&format=lean").await;
        assert_eq!((text.matches("needle").count(), text.contains('\u{2026}')), (3, false), "{text}");
    });
}

#[test]
fn a_text_in_a_frame_is_found_there() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let text = tab.snapshot("find=frame%20button").await;
        assert!(
            text.contains("- iframe") && text.contains("Frame button") && !text.contains("Send"),
            "{text}"
        );
    });
}

#[test]
fn a_ref_narrows_it() {
    run(async {
        let tab = Tab::with(LONG).await;
        let list = tab.find("Goods").await;
        for style in STYLES {
            let text = tab.snapshot(&format!("within={list}&{style}&maxChars=0")).await;
            assert!(text.contains("Buy 999") && !text.contains("Pay"), "{style}: {text}");
        }
        let button = ref_in(&tab.snapshot("find=Buy%205").await, "\"Buy 5\"");
        assert_eq!(
            tab.snapshot(&format!("within={button}")).await,
            format!("- button \"Buy 5\" [ref={button}]")
        );
    });
}

#[test]
fn a_ref_in_a_frame_narrows_it_to_the_frame() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let button = tab.find("Frame button").await;
        let text = tab.snapshot(&format!("within={button}")).await;
        assert_eq!(text, format!("- button \"Frame button\" [ref={button}]"));
    });
}

#[test]
fn the_viewport_narrows_it() {
    run(async {
        let tab = Tab::with(LONG).await;
        for style in STYLES {
            let text = tab.snapshot(&format!("viewport=true&{style}")).await;
            assert!(
                text.contains("Pay") && text.contains("Buy 3") && !text.contains("Buy 99"),
                "{style}: {text}"
            );
        }
        tab.eval("scrollTo(0, 1e6)").await;
        let text = tab.snapshot("viewport=true").await;
        assert!(
            text.contains("The end of it all") && text.contains("Buy 999") && !text.contains("Pay"),
            "{text}"
        );
    });
}

#[test]
fn words_of_what_cannot_be_acted_on_are_told_where_they_are_seen() {
    run(async {
        let part = "<section inert style='height: 3000px'><p>Up here</p><p style='margin-top: 2000px'>Far down</p></section>\
                    <p style='pointer-events: none'>At the end</p>";
        let tab = Tab::with(&format!("<button>Go</button>{part}")).await;
        for style in ["", LEAN] {
            tab.eval("scrollTo(0, 0)").await;
            let text = tab.snapshot(&format!("viewport=true&{style}")).await;
            assert!(
                text.contains("Up here") && !text.contains("Far down") && !text.contains("end"),
                "{text}"
            );
            tab.eval("scrollTo(0, 9999)").await;
            let text = tab.snapshot(&format!("viewport=true&{style}")).await;
            assert!(
                text.contains("At the end") && !text.contains("Up here") && !text.contains("Go"),
                "{text}"
            );
            let text = tab.snapshot(&format!("budget=9999&{style}")).await;
            assert!(text.matches("ref=").count() <= 2, "only the page and its button have one: {text}");
        }
    });
}

#[test]
fn what_a_box_scrolls_away_is_not_in_the_viewport() {
    run(async {
        let tab = Tab::with(
            "<div style='height: 60px; overflow: auto'><button style='height: 50px; display: block'>First</button>\
             <button style='height: 50px; display: block; margin-top: 30px'>Second</button></div>",
        )
        .await;
        let text = tab.snapshot("viewport=true&interactive=true").await;
        assert!(text.contains("First") && !text.contains("Second"), "{text}");
    });
}

#[test]
fn a_frame_shows_what_is_seen_of_it() {
    run(async {
        let inner = "<body style='margin: 0'><button style='display: block; height: 90px'>Top</button>\
            <button style='display: block; height: 90px; margin-top: 900px'>Low</button>";
        let tab = Tab::with(&format!("<iframe height=100 srcdoc=\"{inner}\"></iframe>")).await;
        let text = tab.snapshot("viewport=true&interactive=true").await;
        assert!(text.contains("Top") && !text.contains("Low"), "{text}");
    });
}

#[test]
fn rows_are_folded_and_paged_through() {
    run(async {
        let tab = Tab::with(LONG).await;
        let list = tab.find("Goods").await;
        for style in STYLES {
            let body = tab.get("/snapshot", &format!("fold=true&{style}")).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            let mark = format!("... 997 more of this shape [more={list}+3]");
            let is_mark = |line: &str| line.trim_start_matches(['-', ' ']) == mark;
            assert!(text.lines().any(is_mark), "{style}: {text}");
            assert!(text.contains("Buy 2") && !text.contains("Buy 3"), "{style}: {text}");
            let omitted = &body["omitted"];
            assert!(omitted["rows"] == 997 && omitted["refs"].as_u64() >= Some(997), "{style}: {omitted}");
        }
        let text = tab.snapshot(&format!("within={list}&offset=3&limit=2")).await;
        assert!(text.contains("Buy 3\"") && text.contains("Buy 4\"") && !text.contains("Buy 5\""), "{text}");
        assert!(text.ends_with(&format!("- ... 995 more of this shape [more={list}+5]")), "{text}");
        let text = tab.snapshot(&format!("within={list}&offset=998&interactive=true")).await;
        assert!(text.contains("Buy 998") && text.contains("Buy 999") && !text.contains("Buy 997"), "{text}");
    });
}

#[test]
fn folded_rows_can_be_paged_through_wherever_they_are() {
    run(async {
        let tab = Tab::with(&LONG.replace("ul aria-label=Goods", "ul")).await;
        for query in
            ["format=lean", "interactive=true", "format=lean&budget=900", "interactive=true&budget=900"]
        {
            let fold = if query.contains("budget") { "" } else { "&fold=true" };
            let text = tab.snapshot(&format!("{query}{fold}")).await;
            // Rows that the viewport shows stand before the fold where they fit.
            let mark = text.split(" more of this shape [more=").nth(1);
            let mark =
                mark.and_then(|rest| rest.split(']').next()).unwrap_or_else(|| panic!("{query}: {text}"));
            let (within, offset) = mark.split_once('+').unwrap();
            let first: usize = offset.parse().unwrap();
            assert!(text.contains(&format!("... {} more of this shape", 1000 - first)), "{query}: {text}");
            let page = tab.snapshot(&format!("{query}&within={within}&offset={offset}&limit=2")).await;
            let shows = |row: usize| page.contains(&format!("Buy {row}"));
            assert!(shows(first) && shows(first + 1) && !shows(first + 2), "{query}: {page}");
            let (left, next) = (1000 - first - 2, first + 2);
            assert!(
                page.ends_with(&format!("... {left} more of this shape [more={within}+{next}]")),
                "{query}: {page}"
            );
        }
    });
}

#[test]
fn a_fold_leaves_what_the_viewport_shows() {
    run(async {
        let tab = Tab::with(LONG).await;
        for style in ["", "compact=true", "interactive=true", "format=lean"] {
            let text = tab.snapshot(&format!("viewport=true&fold=true&{style}")).await;
            assert!(text.contains("Buy 9") && !text.contains("more of this shape"), "{style}: {text}");
        }
        let text = tab.snapshot("viewport=true&format=lean").await;
        assert!(text.contains("Item 9") && !text.contains("Item 99"), "words are seen, too: {text}");
    });
}

#[test]
fn a_budget_folds_what_the_viewport_does_not_show() {
    run(async {
        let tab = Tab::with(LONG).await;
        tab.eval("document.querySelectorAll('li')[500].scrollIntoView()").await;
        for style in STYLES {
            let budget = if [STYLES[0], STYLES[1]].contains(&style) { 6000 } else { 3000 };
            let text = tab.snapshot(&format!("budget={budget}&{style}")).await;
            assert!(text.contains("Buy 505") && text.contains("Buy 0"), "{style}: {text}");
            assert!(
                text.matches("more of this shape").count() == 2 && !text.contains("Buy 600"),
                "{style}: {text}"
            );
        }
    });
}

#[test]
fn found_rows_are_folded_too() {
    run(async {
        let tab = Tab::with(LONG).await;
        let text = tab.snapshot("find=%2F77%24%2F&fold=true").await;
        assert!(text.contains("Buy 77\"") && text.contains("- ... 7 more of this shape"), "{text}");
    });
}

#[test]
fn a_budget_is_kept_and_says_what_is_left_out() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        for style in STYLES {
            for budget in [200, 400, 700] {
                let body = tab.get("/snapshot", &format!("budget={budget}&{style}")).await.ok();
                let text = body["snapshot"].as_str().unwrap();
                assert!(text.encode_utf16().count() <= budget, "{style} {budget}: {text}");
                let said = text.lines().last().unwrap();
                let count = said.strip_prefix("[...").and_then(|rest| rest.split(' ').next());
                let count: u64 = count.unwrap_or_default().parse().unwrap();
                // What is in folded rows is counted beside.
                let nodes = body["omitted"]["nodes"].as_u64();
                let is_folded = said.contains("folded rows") || text.contains("more of this shape");
                let same = nodes == Some(count) || (is_folded && nodes > Some(count));
                assert!(same, "{style} {budget}: {text}");
                assert!(said.ends_with(" left out; use find=, within= or a larger budget]"), "{said}");
                assert_eq!(
                    refs_in(text),
                    body["refs"].as_object().unwrap().len(),
                    "{style} {budget}: {text}"
                );
                assert!(body["omitted"]["refs"].as_u64() > Some(0), "{body}");
            }
        }
        let body = tab.get("/snapshot", "maxTokens=100").await.ok();
        let text = body["snapshot"].as_str().unwrap();
        assert!(text.len() < 400 && text.len() > 120, "{text}");
        assert!(tab.get("/snapshot", "budget=100000").await.ok().get("omitted").is_none());
    });
}

#[test]
fn an_open_dialog_comes_first_then_the_viewport() {
    run(async {
        let tab = Tab::with(
            "<div style='height: 3000px'><button>Far up</button></div><button>In sight</button>\
             <div role=dialog aria-modal=true aria-label=Sure style='position: fixed; top: 0'><button>Confirm</button></div>\
             <ul></ul><script>for (let n = 0; n < 200; n++) document.querySelector('ul').insertAdjacentHTML('beforeend',\
             `<li><a href='/${n}'>Link number ${n}</a><span></span></li><li><button>B${n}</button></li>`); \
             scrollTo(0, 2900)</script>",
        )
        .await;
        let text = tab.snapshot("budget=900").await;
        assert!(text.contains("- dialog \"Sure\"") && text.contains("Confirm"), "{text}");
        let text = tab.snapshot("budget=600").await;
        assert!(text.contains("Confirm") && text.contains("In sight") && !text.contains("Far up"), "{text}");
    });
}

#[test]
fn what_is_near_the_last_act_comes_before_the_rest() {
    run(async {
        let row = "`<a href=/${n}>L</a><input aria-label=I><select></select><button>B${n}</button>`";
        let tab = Tab::with(&format!(
            "<style>button {{ display: block; margin-bottom: 400px }}</style><main></main>\
             <script>for (let n = 0; n < 300; n++) document.querySelector('main')\
             .insertAdjacentHTML('beforeend', {row})</script>"
        ))
        .await;
        let reference = ref_in(&tab.snapshot("find=B250").await, "B250");
        tab.click_ref(&reference).await.ok();
        tab.eval("scrollTo(0, 0)").await;
        let text = tab.snapshot("budget=2500&interactive=true").await;
        assert!(text.contains("B250") && text.contains("B249") && !text.contains("B150"), "{text}");
    });
}

#[test]
fn a_delta_tells_only_what_has_changed() {
    run(async {
        let tab =
            Tab::with("<main><p>Kept</p><input type=checkbox aria-label=Box><button>Old</button></main>")
                .await;
        for style in ["", "interactive=true"] {
            tab.snapshot(style).await;
            tab.eval(
                "document.querySelector('input').click(); document.querySelector('button').remove(); \
                document.querySelector('main').insertAdjacentHTML('beforeend', '<button>Fresh</button>')",
            )
            .await;
            let body = tab.get("/snapshot", &format!("delta=true&{style}")).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            assert_eq!(body["delta"], json!({"added": 1, "changed": 1, "removed": 1}), "{style}: {text}");
            for mark in ["+ ", "~ ", "- "] {
                assert!(text.lines().any(|line| line.starts_with(mark)), "{style}: {text}");
            }
            assert!(!text.contains("Kept") && text.contains("Fresh"), "{style}: {text}");
            let body = tab.get("/snapshot", &format!("delta=true&{style}")).await.ok();
            assert_eq!(body["snapshot"], "(no changes)");
            tab.eval("document.querySelector('button').textContent = 'Old'").await;
        }
    });
}

#[test]
fn a_delta_tells_what_stands_in_another_order() {
    run(async {
        let tab = Tab::with("<table id=t><tr><td>Ann<td>10<tr><td>Bob<td>20<tr><td>Cy<td>30</table><ul id=u><li><button>A</button><li><button>B</button></ul>").await;
        for style in ["", "format=lean", "interactive=true"] {
            tab.snapshot(style).await;
            tab.eval(
                "[...t.rows].reverse().forEach(row => t.tBodies[0].append(row)); u.append(u.firstChild)",
            )
            .await;
            let body = tab.get("/snapshot", &format!("delta=true&{style}")).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            assert!(body["delta"]["moved"].as_u64() > Some(0), "{style}: {body}");
            assert!(text.lines().any(|line| line.starts_with("> ")), "{style}: {text}");
            let place =
                |name: &str| text.find(name).unwrap_or_else(|| panic!("{style}: no {name} in {text}"));
            if style != "interactive=true" {
                let first = tab.eval("t.rows[0].cells[0].textContent").await;
                assert!(place(first.as_str().unwrap()) < place("Bob"), "{style}: {text}");
            }
            let body = tab.get("/snapshot", &format!("delta=true&{style}")).await.ok();
            assert_eq!(body["snapshot"], "(no changes)");
        }
    });
}

#[test]
fn a_fold_shows_the_row_in_another_state() {
    run(async {
        let plan = |n: usize| {
            let checked = if n == 17 { "checked" } else { "" };
            format!("<li><label><input type=radio name=p {checked}> Plan {n}</label></li>")
        };
        let tab = Tab::with(&format!("<ul>{}</ul>", (0..30).map(plan).collect::<String>())).await;
        for style in ["", "interactive=true", "format=lean"] {
            let body = tab.get("/snapshot", &format!("fold=true&{style}")).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            assert!(text.contains("Plan 17") && !text.contains("Plan 16"), "{style}: {text}");
            assert!(body["omitted"]["rows"] == 26 && body["omitted"]["refs"].as_u64() >= Some(26), "{body}");
        }
    });
}

#[test]
fn a_delta_of_another_document_is_a_whole_snapshot() {
    run(async {
        let site = Site::with("<button>First</button>").await;
        site.page("/two", "<button>Second</button>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let first = tab.get("/snapshot", "delta=true").await.ok();
        assert_eq!((&first["delta"]["whole"], first.get("newElements")), (&Value::Bool(true), None));
        tab.navigate(&site.url("/two")).await.ok();
        let body = tab.get("/snapshot", "delta=true").await.ok();
        assert!(
            body["delta"]["whole"] == true && body["snapshot"].as_str().unwrap().contains("Second"),
            "{body}"
        );
    });
}

#[test]
fn a_long_delta_is_cut_at_a_line() {
    run(async {
        let tab = Tab::with("<main></main>").await;
        tab.snapshot("").await;
        tab.eval("for (let n = 0; n < 500; n++) document.querySelector('main').append(document.createElement('hr'), `T${n}`)").await;
        let body = tab.get("/snapshot", "delta=true&maxChars=600").await.ok();
        let text = body["snapshot"].as_str().unwrap();
        assert!(text.encode_utf16().count() <= 600 && text.ends_with("more lines of changes]"), "{text}");
        assert!(body["truncated"] == true && body["delta"]["added"].as_u64() > Some(900), "{body}");
    });
}

#[test]
fn wrong_words_are_named() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        for (query, status, field) in [
            ("find=%2F(%2F", 400, "find"),
            ("within=e999", 404, "within"),
            ("within=nonsense", 404, "within"),
            ("within=e1&selector=main", 400, "within"),
        ] {
            let answer = tab.get("/snapshot", query).await;
            assert_eq!((answer.error().0, &answer.body["field"]), (status, &json!(field)), "{answer:?}");
        }
        let button = tab.find("Go").await;
        tab.eval("document.querySelector('button').remove()").await;
        let answer = tab.get("/snapshot", &format!("within={button}")).await;
        assert!(answer.error().1.contains("was removed from the page"), "{answer:?}");
    });
}

#[test]
fn rows_whose_count_does_not_fit_are_told_as_left_out() {
    run(async {
        let row =
            |n: usize| format!("<li><a href='/{n}'>Entry number {n}</a> <button>Open {n}</button></li>");
        let rows: String = (0..400).map(row).collect();
        let tab = Tab::with(&format!("<ul>{rows}</ul>")).await;
        for style in STYLES {
            let body = tab.get("/snapshot", &format!("budget=200&{style}")).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            let said =
                text.lines().find(|line| line.contains("more of this shape") || line.contains("folded rows"));
            let count: usize = said
                .unwrap_or_else(|| panic!("{style}: {text}"))
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|word| word.parse().ok())
                .max()
                .unwrap();
            assert!((390..400).contains(&count), "{style}: {text}");
        }
    });
}
