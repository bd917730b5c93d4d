//! The lean style: a short line for each control, with refs that all acts take.

use serde_json::json;

use crate::support::{Tab, run};

/// The lines of a lean snapshot, and the ref on the line that ends in these words.
async fn lines(tab: &Tab<'_>) -> Vec<String> {
    tab.snapshot("format=lean").await.lines().map(str::to_owned).collect()
}

#[track_caller]
fn reference<'a>(lines: &'a [String], said: &str) -> &'a str {
    let find = |line: &'a String| line.split_once(' ').filter(|(_, rest)| *rest == said).map(|(r, _)| r);
    lines.iter().find_map(find).unwrap_or_else(|| panic!("no {said:?} in {lines:#?}"))
}

#[test]
fn every_control_has_a_line_of_its_own() {
    run(async {
        let lines = lines(&Tab::showing("lab.html").await).await;
        for said in [
            "Page two",
            "Name= (Your name)",
            "[x] Agree",
            "( ) Red",
            "(x) Green",
            "combobox Pick=Beta",
            "- Beta (selected)",
            "slider Vol=4",
            "[Nope] (disabled)",
            "[Aria button] (half pressed)",
            "[Shadow btn]",
            "[Frame button]",
            "spinbutton Num=3",
        ] {
            reference(&lines, said);
        }
        assert!(lines.iter().any(|line| line == "# Lab Heading"), "{lines:#?}");
        assert!(lines.iter().any(|line| line == "<nav Main nav>"), "{lines:#?}");
        let all = lines.join(" ");
        assert!(!all.contains("Hidden") && !all.contains("hunter2"), "{all}");
    });
}

#[test]
fn its_refs_are_taken_by_acts_and_stay_in_other_styles() {
    run(async {
        let html = "<input aria-label=Name><button onclick='this.textContent = \"done\"'>Go</button>";
        let tab = Tab::with(html).await;
        let before = lines(&tab).await;
        tab.click_ref(reference(&before, "[Go]")).await.ok();
        let name = reference(&before, "Name=");
        tab.act(json!({"kind": "type", "ref": name, "text": "Ada"})).await.ok();
        let after = lines(&tab).await;
        assert_eq!(reference(&after, "Name=Ada (focused)"), name);
        let done = reference(&after, "[done]");
        assert!(tab.snapshot("").await.contains(&format!("button \"done\" [ref={done}]")));
    });
}

#[test]
fn the_answer_names_its_format_and_tells_roles_and_whole_names() {
    run(async {
        let long = "a very long name ".repeat(9);
        let tab = Tab::with(&format!("<a href=/x>{long}</a>")).await;
        let body = tab.get("/snapshot", "format=lean").await.ok();
        assert_eq!((&body["format"], &body["stats"]["refs"]), (&json!("lean"), &json!(1)));
        assert_eq!(body["refs"]["e1"], json!({"role": "link", "name": long.trim()}));
        assert!(body["snapshot"].as_str().unwrap().ends_with('\u{2026}'), "{body}");
        let urls = tab.snapshot("format=lean&urls=true").await;
        assert!(urls.ends_with(" </x>"), "{urls}");
    });
}

#[test]
fn a_closed_details_is_opened_by_its_ref() {
    run(async {
        let tab = Tab::with("<details><summary>Terms</summary><a href=/t>Read</a></details>").await;
        let before = lines(&tab).await;
        assert!(!before.iter().any(|line| line.ends_with(" Read")), "{before:#?}");
        tab.click_ref(reference(&before, "\u{25b8} Terms")).await.ok();
        let after = lines(&tab).await;
        reference(&after, "\u{25be} Terms (focused)");
        reference(&after, "Read");
    });
}

#[test]
fn words_for_screen_readers_in_what_opens_a_details_are_told_once_as_in_other_controls() {
    run(async {
        let sr = "<span style='position:absolute;left:-9999px'>Collapse</span>";
        let tab =
            Tab::with(&format!("<details open><summary>Terms {sr}</summary><p>Read {sr}</p></details>"))
                .await;
        assert_eq!(lines(&tab).await, ["e1 \u{25be} Terms Collapse", "Read", "Collapse (unseen)"]);
    });
}

#[test]
fn what_repeats_is_shortened_and_told_apart() {
    run(async {
        let row = "<button>Copy this path to the clipboard</button><button>Copy this path to a file</button>";
        let lines = lines(&Tab::with(&row.repeat(3)).await).await;
        let buttons: Vec<&str> = lines[1..].iter().map(|line| line.split_once(' ').unwrap().1).collect();
        assert_eq!(buttons[0], "[Copy this path to the clipboard]");
        assert_eq!(buttons[3], "[Copy this path to a file]");
        assert_eq!(buttons[4..], ["[Copy this path to the\u{2026}]", "[Copy this path to a\u{2026}]"]);
    });
}

#[test]
fn a_small_page_of_controls_that_speaks_much_says_less_of_it_but_all_of_its_rows() {
    run(async {
        let words = "One word after the other says nothing of use to anybody here. ".repeat(8);
        let rows: String = (0..20).map(|row| format!("<tr><td>{row}<td>Ada of row {row}")).collect();
        let buttons = "<button>Go</button>".repeat(20);
        let tab = Tab::with(&format!("<p>{words}{buttons}<p>{words}<table>{rows}</table>")).await;
        let text = tab.snapshot("format=lean").await;
        let spoken = text.lines().filter(|line| line.starts_with("One word")).map(str::len);
        assert!(spoken.clone().count() == 2 && spoken.sum::<usize>() <= 300, "{text}");
        assert!(text.contains("\n19 | Ada of row 19"), "{text}");
    });
}

#[test]
fn a_page_with_few_controls_is_there_to_be_read() {
    run(async {
        let words = "One word after the other says what this is about. ".repeat(9);
        let paragraphs: String =
            (0..9).map(|n| format!("<p>Paragraph {n}. {words}End of {n}.</p>")).collect();
        let link = "<a href=/x>More</a> ";
        let tab =
            Tab::with(&format!("<nav>{}</nav><main><h1>Title</h1>{paragraphs}</main>", link.repeat(3))).await;
        let text = tab.snapshot("format=lean").await;
        assert!(
            (0..9).all(|n| text.contains(&format!("End of {n}."))) && !text.contains('\u{2026}'),
            "{text}"
        );
        tab.eval(&format!("document.querySelector('nav').innerHTML = '{}'", link.repeat(20))).await;
        let text = tab.snapshot("format=lean").await;
        assert!(text.len() < 20 * 12 + 500, "{text}");
    });
}

#[test]
fn words_and_numbers_beside_controls_are_told_whole() {
    run(async {
        for (html, want) in [
            ("<p>Price: 15 <button>5</button></p>", "Price: 15\n[5]"),
            ("<div>Results 1-10 of 21 <a href=/1>1</a></div>", "Results 1-10 of 21\n1"),
            ("<div>Total $120<button aria-label=20>x</button></div>", "Total $120\n[20]\nx"),
            ("<button>10</button><p>100 seats left</p>", "[10]\n100 seats left"),
            ("<a href=/x>$1</a> <span>$199.00</span>", "$1\n$199.00"),
            ("<button>Delete</button><div>Deleted 3 items</div>", "[Delete]\nDeleted 3 items"),
            ("<div>Qty: 3<button>3</button></div>", "Qty: 3\n[3]"),
            ("<label>Name <input></label><label><input type=checkbox> Agree</label>", "Name=\n[ ] Agree"),
            (
                "<p>Balance: 10</p><p>000 points</p><div>Not</div><div>approved</div>",
                "Balance: 10\n000 points\nNot\napproved",
            ),
        ] {
            let said = lines(&Tab::with(html).await).await;
            let rest = |line: &String| match line.split_once(' ') {
                Some((reference, rest)) if reference.starts_with('e') => rest.to_owned(),
                _ => line.clone(),
            };
            let said: Vec<String> = said.iter().filter(|line| !line.starts_with('(')).map(rest).collect();
            assert_eq!(said.join("\n"), want, "{html}");
        }
    });
}

#[test]
fn marks_are_told_and_columns_keep_their_places() {
    run(async {
        let tab = Tab::with(
            "<table><tr><th>Feature<th>Free<th>Pro<tr><td>SSO<td>\u{2717}<td>\u{2713}<tr><td>Rating<td>\u{2605}\u{2606}<td>\u{2014}\
             <tr><td>Qty<td><td>7<tr><td><button>Edit</button><td><td>-</table><p>\u{274c}</p>",
        )
        .await;
        let text = tab.snapshot("format=lean").await;
        let want = "Feature | Free | Pro\nSSO | \u{2717} | \u{2713}\nRating | \u{2605}\u{2606} | \u{2014}\nQty | | 7\n";
        assert!(text.starts_with(&format!("([button])\n{want}")), "{text}");
        assert!(text.ends_with(" [Edit]\n| | -\n\u{274c}"), "{text}");
    });
}

#[test]
fn text_that_is_left_out_is_counted() {
    run(async {
        let line = |n: usize| format!("<p>Setting {n} <a href=/{n}>option {n}</a> must never be enabled</p>");
        let tab = Tab::with(&(0..300).map(line).collect::<String>()).await;
        let body = tab.get("/snapshot", "format=lean").await.ok();
        let text = body["snapshot"].as_str().unwrap();
        assert!(text.contains("\nSetting 299\n") && !text.contains("must never"), "{text}");
        assert!(text.starts_with("(link; omitted: 300 texts)\n"), "{text}");
        assert_eq!(body["omitted"]["nodes"], 300, "{body}");
        let body = Tab::with(&line(1)).await.get("/snapshot", "format=lean").await.ok();
        assert!(body.get("omitted").is_none(), "{body}");
    });
}

#[test]
fn a_field_that_its_neighbours_draw_is_told_with_its_state() {
    run(async {
        let field = "style='position: absolute; width: 0; height: 0; margin: 0; opacity: 0' type=checkbox";
        let knob = "<i style='display: inline-block; width: 40px; height: 20px; cursor: pointer' \
                    onclick='this.previousSibling.click()'></i>";
        let html = format!(
            "<div><input role=switch aria-label=Wifi checked {field}>{knob}</div>
             <div><input role=switch aria-label=Radio {field}>{knob}</div>
             <label><input {field}>Gift</label>"
        );
        let tab = Tab::with(&html).await;
        let before = lines(&tab).await;
        let radio = reference(&before, "[ ] Radio");
        reference(&before, "[x] Wifi");
        // Its label stands in for a field that has one.
        reference(&before, "*[ ] Gift");
        assert_eq!(before.iter().filter(|line| line.contains("Gift")).count(), 1, "{before:#?}");
        let knob = before.iter().rev().find_map(|line| line.strip_suffix(" *")).expect("its neighbour");
        tab.click_ref(knob).await.ok();
        assert_eq!(reference(&lines(&tab).await, "[x] Radio"), radio);
    });
}
