//! What is rendered and yet nobody can see: snapshots tell it and say so, `/text` leaves it out.

use crate::support::{Tab, run};

/// The words of the page that the eye can see, and those that it cannot.
async fn words(tab: &Tab<'_>, class: &str) -> Vec<String> {
    // A hidden part of a sentence is no part of its words.
    let script = "[...document.querySelectorAll('CLASS')].map((e) => e.firstChild.textContent.trim() || e.textContent.trim())";
    let told = tab.eval(&script.replace("CLASS", class)).await;
    told.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Whether these words stand on a line that the mark covers: its own, or one that it belongs to.
#[track_caller]
fn is_marked(text: &str, words: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}:\n{text}"));
    let mut depth = usize::MAX;
    lines[..=at].iter().rev().any(|line| {
        let is_above = indent(line) < depth;
        depth = depth.min(indent(line));
        is_above && line.contains("[unseen]")
    })
}

#[test]
fn words_that_only_the_eye_cannot_see_are_marked_in_every_style() {
    run(async {
        for (page, most_hidden, most_seen) in [("unseen.html", 20, 10), ("faded.html", 7, 4)] {
            let tab = Tab::showing(page).await;
            let (hidden, seen) = (words(&tab, ".no").await, words(&tab, ".yes").await);
            assert!(hidden.len() > most_hidden && seen.len() > most_seen);
            for query in ["", "refs=aria&compact=true", "compact=true", "depth=9", "selector=body"] {
                let text = tab.snapshot(query).await;
                for words in &hidden {
                    assert!(is_marked(&text, words), "{query}: {words:?} has no mark:\n{text}");
                }
                for words in &seen {
                    assert!(!is_marked(&text, words), "{query}: {words:?} is seen:\n{text}");
                }
            }
        }
    });
}

#[test]
fn controls_alone_say_themselves_that_they_are_unseen() {
    run(async {
        let tab = Tab::showing("unseen.html").await;
        for query in ["interactive=true", "refs=aria&interactive=true", "mode=efficient", "format=lean"] {
            let text = tab.snapshot(query).await;
            let line = |words: &str| text.lines().find(|line| line.contains(words)).unwrap();
            for words in ["Skip", "Inside of it"] {
                assert!(line(words).contains("unseen"), "{query}:\n{text}");
            }
            for words in ["Close", "Next", "Painted box", "Read on about rivers"] {
                assert!(!line(words).contains("unseen"), "{query}:\n{text}");
            }
        }
    });
}

#[test]
fn lean_lines_say_what_is_unseen() {
    run(async {
        let tab = Tab::showing("unseen.html").await;
        let text = tab.snapshot("format=lean").await;
        // A text may be told in part.
        let is_of = |line: &str, words: &str| {
            let said = line.trim_end_matches("(unseen)").trim_end();
            line.contains(words) || said.strip_suffix('…').is_some_and(|said| words.starts_with(said))
        };
        let line = |words: &str| text.lines().find(|line| is_of(line, words));
        for words in words(&tab, "p.no, h2.no, a.no, div.no > *").await {
            let line = line(&words).unwrap_or_else(|| panic!("{words}:\n{text}"));
            assert!(line.ends_with("(unseen)"), "{text}");
        }
        for line in text.lines().filter(|line| line.ends_with("(unseen)")) {
            assert!(!words(&tab, ".yes").await.iter().any(|words| line.contains(words)), "{line}");
        }
    });
}

#[test]
fn readable_text_leaves_out_what_the_eye_cannot_see() {
    run(async {
        let tab = Tab::showing("unseen.html").await;
        let answer = tab.get("/text", "selector=body").await.ok();
        let text = answer["text"].as_str().unwrap();
        for words in words(&tab, ".no").await {
            assert!(!text.contains(&words), "{words:?}:\n{text}");
        }
        for words in words(&tab, "p.yes, h1.yes, div.yes, span.yes").await {
            assert!(text.contains(&words), "{words:?}:\n{text}");
        }
        assert!(text.contains("Painted through"), "{text}");
    });
}

/// Words that a style puts before others, each with the declarations that hide it, or none.
const MADE: [(&str, &str); 9] = [
    ("Clear", "opacity: 0"),
    ("Colourless", "color: transparent"),
    ("White", "color: #fff"),
    ("Sizeless", "font-size: 0"),
    ("Dusty", "font-size: 1px"),
    ("Away", "position: absolute; left: -9999px"),
    ("Clipped", "position: absolute; clip: rect(0 0 0 0)"),
    ("Shut", "display: block; height: 0; overflow: hidden"),
    ("Shown", "color: #333"),
];

#[test]
fn words_that_a_style_has_made_are_marked_too() {
    run(async {
        let rule = |(words, how): (&str, &str)| format!("#{words}::before {{ content: '{words} '; {how} }}");
        let box_of = |(words, _): (&str, &str)| format!("<p id={words}>Held</p>");
        let (rules, boxes) = (MADE.map(rule).concat(), MADE.map(box_of).concat());
        let tab = Tab::with(&format!("<style>{rules}</style>{boxes}")).await;
        for query in ["", "compact=true"] {
            let text = tab.snapshot(query).await;
            for (words, _) in MADE {
                assert_eq!(is_marked(&text, words), words != "Shown", "{query}: {words}\n{text}");
            }
            assert_eq!(text.matches("[unseen]").count(), MADE.len() - 1, "{text}");
        }
    });
}

#[test]
fn the_aria_format_says_of_each_node_that_it_is_unseen() {
    run(async {
        for page in ["unseen.html", "faded.html"] {
            let tab = Tab::showing(page).await;
            let nodes = tab.get("/snapshot", "format=aria").await.ok()["nodes"].clone();
            let nodes = nodes.as_array().unwrap();
            let is_unseen = |words: &str| {
                let told = nodes.iter().find(|node| {
                    node["role"] == "StaticText" && node["name"].as_str().unwrap().trim() == words
                });
                told.unwrap_or_else(|| panic!("{words}: {nodes:#?}"))["unseen"] == true
            };
            for words in words(&tab, ".no").await {
                assert!(is_unseen(&words), "{words}");
            }
            for words in words(&tab, "p.yes, h1.yes, div.yes, text.yes").await {
                assert!(!is_unseen(&words), "{words}");
            }
        }
        let nodes =
            Tab::showing("unseen.html").await.get("/snapshot", "format=aria").await.ok()["nodes"].clone();
        let nodes = nodes.as_array().unwrap();
        let seen = nodes.iter().find(|node| node["name"] == "Plain ").unwrap();
        assert!(seen.get("unseen").is_none(), "{seen}");
        let link = nodes.iter().find(|node| node["role"] == "link" && node["name"] == "Skip").unwrap();
        assert_eq!(link["unseen"], true);
    });
}

#[test]
fn of_a_page_that_is_not_drawn_nothing_is_told() {
    run(async {
        for style in ["html { display: none }", "body { display: none }"] {
            let tab = Tab::with(&format!("<style>{style}</style><h1>Head</h1><button>Go</button>")).await;
            for query in ["", "interactive=true", "compact=true", "format=lean", "selector=h1"] {
                let text = tab.snapshot(query).await;
                assert!(!text.contains("Head") && !text.contains("Go"), "{style} {query}: {text}");
            }
            let body = tab.get("/snapshot", "format=aria").await.ok();
            assert!(!body["nodes"].to_string().contains("Head"), "{body}");
        }
    });
}

#[test]
fn what_only_readers_are_not_told_is_told_and_marked_on_lines_of_controls() {
    run(async {
        let html = "<div aria-hidden=true><p>Words</p><button>Hidden</button></div><button><i aria-hidden=true>+</i>Add</button>";
        let tab = Tab::with(html).await;
        for (query, mark) in [
            ("interactive=true", "[aria-hidden]"),
            ("refs=aria&interactive=true", "[aria-hidden]"),
            ("compact=true", "[aria-hidden]"),
            ("format=lean", "(aria-hidden)"),
        ] {
            let text = tab.snapshot(query).await;
            let line = |words: &str| text.lines().find(|line| line.contains(words)).unwrap();
            assert!(line("Hidden").contains(mark), "{query}: {text}");
            assert!(!line("Add").contains("aria-hidden"), "{query}: {text}");
        }
        let text = tab.snapshot("").await;
        assert!(text.contains("generic [aria-hidden]"), "{text}");
        let told = tab.get("/snapshot", "format=aria").await.ok()["nodes"].to_string();
        assert!(told.contains("Add") && !told.contains("Hidden"), "{told}");
    });
}
