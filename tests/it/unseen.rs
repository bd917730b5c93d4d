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
        let tab = Tab::showing("unseen.html").await;
        let (hidden, seen) = (words(&tab, ".no").await, words(&tab, ".yes").await);
        assert!(hidden.len() > 20 && seen.len() > 10);
        for query in ["", "refs=aria&compact=true", "compact=true", "depth=9", "selector=body"] {
            let text = tab.snapshot(query).await;
            for words in &hidden {
                assert!(is_marked(&text, words), "{query}: {words:?} has no mark:\n{text}");
            }
            for words in &seen {
                assert!(!is_marked(&text, words), "{query}: {words:?} is seen:\n{text}");
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
        let line = |words: &str| text.lines().find(|line| line.contains(words));
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
