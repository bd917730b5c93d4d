//! What snapshots say beside the tree: new elements, links, dialogs, warnings; and the ai style filtered.

use serde_json::json;

use crate::support::{House, Site, Tab, run};

const ADD: &str = "document.body.insertAdjacentHTML('beforeend', '<button>Fresh</button>')";

#[test]
fn new_elements_are_marked_and_counted() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        for query in ["", "interactive=true"] {
            assert!(tab.get("/snapshot", query).await.ok().get("newElements").is_none());
            assert_eq!(tab.get("/snapshot", query).await.ok()["newElements"], 0);
            tab.eval(ADD).await;
            let body = tab.get("/snapshot", query).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            assert_eq!(body["newElements"], 1);
            let marked: Vec<&str> = text.lines().filter(|line| line.ends_with(" [new]")).collect();
            assert!(marked.len() == 1 && marked[0].contains("- button \"Fresh\" [ref="), "{marked:?}");
            assert!(text.ends_with("\n1 new element(s) since last snapshot"), "{text}");
            assert_eq!(body["stats"]["chars"], text.encode_utf16().count());
            tab.eval("document.body.lastElementChild.remove()").await;
        }
    });
}

#[test]
fn snapshots_of_other_words_or_documents_have_nothing_new() {
    run(async {
        let site = Site::with("<button>One</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        for query in [
            "",
            "compact=true",
            "interactive=true",
            "maxChars=5000",
            "selector=body",
            "refs=aria&compact=true",
        ] {
            assert!(tab.get("/snapshot", query).await.ok().get("newElements").is_none(), "{query}");
        }
        assert_eq!(tab.get("/snapshot", "compact=true").await.ok()["newElements"], 0);
        tab.navigate(&site.url("/")).await.ok();
        assert!(tab.get("/snapshot", "compact=true").await.ok().get("newElements").is_none());
    });
}

#[test]
fn a_redrawn_control_is_not_new_by_role_and_name() {
    run(async {
        let tab = Tab::with("<div><button>Go</button></div>").await;
        for (query, new) in [("interactive=true", 0), ("", 1)] {
            tab.snapshot(query).await;
            tab.eval("document.querySelector('div').innerHTML = '<button>Go</button>'").await;
            assert_eq!(tab.get("/snapshot", query).await.ok()["newElements"], new, "{query}");
        }
    });
}

#[test]
fn marks_count_for_the_length() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        tab.snapshot("maxChars=600").await;
        tab.eval("document.body.insertAdjacentHTML('afterbegin', '<button>Fresh</button>')").await;
        let text = tab.snapshot("maxChars=600").await;
        assert!(text.contains(" [new]") && text.encode_utf16().count() <= 600, "{text}");
        assert!(
            text.contains("\n\n[...TRUNCATED - page too large]\n") && text.ends_with("since last snapshot"),
            "{text}"
        );
    });
}

#[test]
fn refs_aria_keeps_the_ai_style() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let flat = tab.snapshot("refs=aria&interactive=true").await;
        let go = |words: &str| {
            flat.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {flat}"))
        };
        assert!(flat.lines().all(|line| line.starts_with("- ")), "{flat}");
        assert!(
            go("\"Green\"").ends_with("] [checked]") && go("\"Frame button\"").contains("[ref=f1e"),
            "{flat}"
        );
        assert!(
            go("\"Num\"").ends_with(": \"3\"") && go("\"Page two\"").ends_with("[cursor=pointer]:"),
            "{flat}"
        );
        assert!(!flat.contains("heading") && !flat.contains("- text:"), "{flat}");
        let compact = tab.snapshot("refs=aria&compact=true").await;
        assert!(compact.contains("- text: Name") && compact.contains("- /url: /two.html"), "{compact}");
        assert!(!compact.contains("rowgroup") && compact.contains("Click div"), "{compact}");
        let deep = |text: &str| text.lines().map(|line| line.len() - line.trim_start().len()).max();
        assert_eq!(deep(&tab.snapshot("refs=aria&depth=2").await), Some(4));
        let answer = tab.get("/snapshot", "refs=aria&selector=form").await;
        assert_eq!(answer.error(), (400, "refs=aria does not support selector/frame snapshots yet."));
    });
}

#[test]
fn links_are_listed_at_the_end_where_lines_have_no_place_for_them() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let origin = tab.eval("location.origin").await;
        let origin = origin.as_str().unwrap();
        let links = format!(
            "\n\nLinks:\n1. Page two -> {origin}/two.html\n2. Jump -> {origin}/lab.html#sec\n3. Download -> {origin}/file.txt"
        );
        for query in
            ["refs=aria&urls=true", "selector=nav&urls=true", "selector=nav&urls=true&interactive=true"]
        {
            let text = tab.snapshot(query).await;
            assert!(text.ends_with(&links) && !text.contains("[url="), "{query}: {text}");
        }
        assert!(!tab.snapshot("urls=true").await.contains("Links:"));
    });
}

#[test]
fn what_cannot_be_read_is_a_warning_and_the_default() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let plain = tab.snapshot("").await;
        for (query, field) in [
            ("maxChars=abc", "maxChars"),
            ("maxChars=-5", "maxChars"),
            ("depth=x", "depth"),
            ("limit=1.5", "limit"),
            ("timeoutMs=-1", "timeoutMs"),
            ("timeoutMs=abc", "timeoutMs"),
            ("format=zzz", "format"),
            ("mode=fast", "mode"),
            ("refs=some", "refs"),
            ("interactve=true", "interactve"),
        ] {
            let body = tab.get("/snapshot", query).await.ok();
            assert!(
                body["warnings"][0].as_str().is_some_and(|w| w.contains(&format!("\"{field}\""))),
                "{query}: {body}"
            );
            assert_eq!(body["snapshot"], json!(plain), "{query}");
        }
    });
}

#[test]
fn a_tab_that_had_a_dialog_tells_of_it() {
    run(async {
        let tab = Tab::with("<button onclick='alert(\"hi\")'>Go</button>").await;
        assert!(tab.get("/snapshot", "").await.ok().get("browserState").is_none());
        tab.click("button").await.ok();
        tab.house.post("/hooks/dialog", json!({"accept": true, "targetId": tab.id})).await.ok();
        let body = tab.get("/snapshot", "").await.ok();
        let dialogs = &body["browserState"]["dialogs"];
        assert_eq!(
            (&dialogs["pending"], &dialogs["recent"][0]["message"]),
            (&json!([]), &json!("hi")),
            "{body}"
        );
        assert!(body["snapshot"].as_str().unwrap().contains("Go"));
    });
}

#[test]
fn what_is_inert_is_no_control() {
    run(async {
        let tab = Tab::with(
            "<button>Behind</button><div inert><button>Inert</button><p>Inert words</p></div><section><p>Around</p>\
             <dialog aria-label=Sure><p>Really?</p><button>Yes</button></dialog></section>",
        )
        .await;
        for query in ["interactive=true", "mode=efficient", "depth=9"] {
            let text = tab.snapshot(query).await;
            assert!(text.contains("Behind") && !text.contains("Inert"), "{query}: {text}");
        }
        tab.eval("document.querySelector('dialog').showModal()").await;
        for query in [
            "interactive=true",
            "mode=efficient",
            "depth=9",
            "interactive=true&fold=true",
            "selector=section&interactive=true",
        ] {
            let text = tab.snapshot(query).await;
            assert!(text.contains("Yes"), "{query}: {text}");
            for words in ["Behind", "Inert", "Around"] {
                assert!(!text.contains(words), "{query}: {words} in {text}");
            }
        }
        assert_eq!(tab.snapshot("selector=button&interactive=true").await, "(no interactive elements)");
        let told = tab.get("/snapshot", "format=aria").await.ok()["nodes"].to_string();
        assert!(told.contains("Really?") && !told.contains("Behind") && !told.contains("Around"), "{told}");
        for query in ["", "format=lean"] {
            let text = tab.snapshot(query).await;
            let line = text.lines().find(|line| line.contains("Behind")).unwrap();
            assert!(
                !line.contains("[ref=") && !line.starts_with('e'),
                "what is seen behind it has no ref: {text}"
            );
        }
    });
}
