//! The rules of the house, as tests. They read files and nothing else; there is no other lint script.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use source::{File, files, first, is_of_a_word, paths_after, read, rust, uncommented, words};

#[path = "tidy/source.rs"]
mod source;

/// The rows of the house, ground first. A room uses lower rows only, never its own.
const ROWS: &[&[&str]] = &[
    &["deadline", "mark", "nearest"],
    &["cdp", "chromium", "instance", "profile", "auth", "policy"],
    &["page", "config"],
    &["browser"],
    &["pool"],
    &["service"],
    &["ops"],
    &["http", "gateway", "relay", "canvas"],
    &["serve"],
    &["cli"],
];

/// Where untyped JSON may pass, and why. A folder stands for its files.
const JSON_DOORS: &[(&str, &str)] = &[
    ("src/chromium/preferences.rs", "sets one key in a file that is Chromium's"),
    ("src/config/create.rs", "writes the token into a file whose other sections are not ours"),
    ("src/config/edit.rs", "sets one key in a file whose other sections are not ours"),
    ("src/config/profiles.rs", "writes a profile into a file whose other sections are not ours"),
    ("src/ops/batch.rs", "holds acts that the registry has yet to read"),
    ("src/ops/call.rs", "finds the operation of a request"),
    ("src/ops/coerce.rs", "reads a request as leniently as the contract wants"),
    ("src/ops/cookies.rs", "reads cookies by hand, so that no parser's error repeats a value"),
    ("src/ops/evaluate.rs", "answers with whatever the script returned"),
    ("src/ops/field.rs", "names what is wrong inside a field of a form"),
    ("src/ops/headers.rs", "reads headers by hand, so that no parser's error repeats a value"),
    ("src/ops/permissions.rs", "names what is wrong inside a list of names"),
    ("src/ops/quote.rs", "finds what a request said in what an answer says"),
    ("src/ops/registry.rs", "is where the types of the operations end"),
    ("src/ops/scope.rs", "takes out of a request what it is about"),
    ("src/ops/screencast.rs", "takes numbers only, and says to viewers what the contract says"),
    ("src/ops/lease.rs", "takes in what a lease begins with"),
    ("src/ops/seed.rs", "names what is wrong inside the wish that a lease begins with something"),
    ("src/ops/storage.rs", "answers with keys in the storage's own order"),
    ("src/ops/trace.rs", "tells of any operation what may be told"),
    ("src/http/", "a face's wire"),
    ("src/gateway/", "a face's wire"),
    ("src/relay/", "a face's wire"),
    ("src/cli/", "a face's wire"),
];

/// Everything that runs on its own, and why it does. `src/ARCHITECTURE.md` tells what ends each.
const CENSUS: &[(&str, &str)] = &[
    ("src/browser/actor.rs", "errands: attaching pages, judging requests"),
    ("src/browser/mod.rs", "the browser's task"),
    ("src/browser/tenant.rs", "a tab that is being made outlives the caller who asked"),
    ("src/browser/kept.rs", "another tab in the place of one that hangs, whoever waits for it"),
    ("src/canvas/router.rs", "looking a file up blocks"),
    ("src/cdp/connection.rs", "the connection's task"),
    ("src/chromium/launch.rs", "the browser process"),
    ("src/chromium/memory.rs", "reading the maps of large processes blocks"),
    ("src/chromium/supervisor.rs", "the process's task"),
    ("src/gateway/connection.rs", "the calls of a client"),
    ("src/page/actor.rs", "errands: attaching frames, answering dialogs"),
    ("src/page/effects.rs", "a new document is prepared while nobody waits"),
    ("src/page/mod.rs", "the page's task"),
    ("src/page/trace/mod.rs", "the film of a trace"),
    (
        "src/pool/fleet/keeper.rs",
        "errands: browsers of the pool that start, are warmed, measured and stopped",
    ),
    ("src/pool/lease/actor.rs", "errands: ends of browsers, sending out who has ended"),
    ("src/pool/lease/grant.rs", "a lease that is being granted outlives the caller who asked"),
    ("src/pool/lease/mod.rs", "the task of the leases"),
    ("src/pool/mod.rs", "the task of the pool's own browsers"),
    ("src/pool/slot.rs", "a start and a stop outlive the caller who asked"),
    ("src/relay/mod.rs", "serving the leased ports"),
    ("src/serve.rs", "the listeners"),
    ("src/service/media.rs", "writing a file blocks"),
    ("src/service/profiles.rs", "editing the config blocks"),
];

/// Words that name nothing, wherever they stand in a name.
const EMPTY_WORDS: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Core", "Misc"];
/// Words that say nothing of the thing whose name they end.
const EMPTY_ENDINGS: &[&str] = &["Data", "Info"];
/// Words that need another one before them.
const NOT_ALONE: &[&str] = &["Context", "Handler"];
/// Names of the protocol itself.
const NAMES_OF_CDP: &[(&str, &str)] = &[
    ("src/cdp/protocol.rs", "TargetInfo"),
    ("src/page/state.rs", "AuxData"),
    ("src/page/state.rs", "Context"),
];

/// Lines of a file at which it certainly holds two ideas.
const MOST_LINES: usize = 500;
/// Lines of `src/ARCHITECTURE.md` beyond which nobody reads it.
const MOST_LINES_OF_THE_MAP: usize = 220;

#[test]
fn rooms_use_lower_rows_only() {
    let row: HashMap<&str, usize> =
        ROWS.iter().enumerate().flat_map(|(n, rooms)| rooms.iter().map(move |room| (*room, n))).collect();
    judge(rust("src").filter(|file| !file.is("src/lib.rs") && !file.is("src/main.rs")), |file| {
        let Some(mine) = row.get(file.room()) else { return vec![format!("`{}` has no row", file.room())] };
        // Enough `super`s lead to the root of the crate, too.
        let code = file.code().replace(&"super::".repeat(file.depth()), "crate::");
        let rooms = paths_after("crate", &code).into_iter().map(|path| first(&path).to_owned());
        let foreign = rooms.filter(|room| room != file.room() && room != "self");
        foreign
            .filter_map(|used| match row.get(used.as_str()) {
                None => Some(format!("`crate::{used}` is no room with a row; name the room it comes from")),
                Some(theirs) if theirs >= mine => Some(format!("`{}` may not use `{used}`", file.room())),
                Some(_) => None,
            })
            .collect()
    });
}

#[test]
fn files_say_what_they_are() {
    judge(rust("src").chain(rust("tests")).chain(rust("benches")), |file| {
        complain(!file.text.starts_with("//!"), "begins without `//!`, a sentence of what it is")
    });
    judge(files("src").filter(|file| file.path.ends_with(".js")), |file| {
        complain(!file.text.starts_with("//"), "begins without `//`, a sentence of what it is")
    });
}

#[test]
fn untyped_json_stays_at_its_doors() {
    listed(JSON_DOORS, "untyped JSON", |code| {
        paths_after("serde_json", code)
            .iter()
            .any(|path| matches!(first(path), "Value" | "Map" | "json" | "map") || path == "value::Value")
    });
}

#[test]
fn what_runs_on_its_own_stands_in_the_census() {
    listed(CENSUS, "starting a task, a thread or a process", |code| {
        words(code).any(|(at, word)| {
            matches!(word, "spawn" | "spawn_blocking" | "spawn_local") && !code[..at].ends_with("fn ")
        })
    });
    let map = read("src/ARCHITECTURE.md");
    let unmapped = CENSUS.iter().filter(|(path, _)| !map.contains(path.trim_start_matches("src/")));
    let unmapped: Vec<_> = unmapped.map(|(path, _)| path).collect();
    assert!(unmapped.is_empty(), "src/ARCHITECTURE.md does not tell what ends these: {unmapped:?}");
}

#[test]
fn names_are_nouns_of_the_field() {
    judge(rust("src"), |file| {
        let code = file.code();
        let words: Vec<_> = words(&code).map(|(_, word)| word).collect();
        let empty = words.windows(2).filter(|pair| match pair[0] {
            "struct" | "enum" | "trait" | "type" | "union" => {
                is_empty_name(pair[1]) && !NAMES_OF_CDP.contains(&(&file.path, pair[1]))
            }
            "mod" => {
                pair[1].split('_').any(|part| EMPTY_WORDS.iter().any(|word| word.eq_ignore_ascii_case(part)))
            }
            _ => false,
        });
        empty.map(|pair| format!("`{} {}` has a word that says nothing", pair[0], pair[1])).collect()
    });
}

#[test]
fn every_capability_is_in_the_one_test_binary() {
    let list = uncommented(&read("tests/it/main.rs"));
    judge(rust("tests/it").filter(|file| !file.is("tests/it/main.rs")), |file| {
        let name = file.path.split('/').nth(2).unwrap_or_default().trim_end_matches(".rs");
        let is_listed = words(&list)
            .map(|(_, word)| word)
            .collect::<Vec<_>>()
            .windows(2)
            .any(|pair| pair == ["mod", name]);
        complain(!is_listed, "is not in the list of tests/it/main.rs, so it never runs")
    });
}

#[test]
fn what_is_left_to_do_has_an_issue() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];
    judge(files("."), |file| {
        let open = words(&file.text).filter(|(at, word)| {
            let issue = file.text[at + word.len()..].strip_prefix("(#").unwrap_or_default();
            marks.contains(word) && !issue.starts_with(|c: char| c.is_ascii_digit())
        });
        open.map(|(at, word)| {
            format!("line {}: `{word}` without its issue, as in `{word}(#12)`", file.line(at))
        })
        .collect()
    });
}

#[test]
fn files_hold_one_idea() {
    let sources = || files("src").filter(|file| file.path.ends_with(".rs") || file.path.ends_with(".js"));
    judge(sources(), |file| {
        let lines = file.text.lines().count();
        complain(lines >= MOST_LINES, &format!("has {lines} lines; split it by idea"))
    });
    let lines = read("src/ARCHITECTURE.md").lines().count();
    assert!(lines <= MOST_LINES_OF_THE_MAP, "src/ARCHITECTURE.md has {lines} lines");
}

#[test]
fn nothing_names_a_machine() {
    let places = [concat!("/wo", "rk"), concat!("/tmp/", "wt"), concat!("../sha", "red")];
    judge(files("."), |file| {
        let found = places.iter().flat_map(|place| file.text.match_indices(place)).filter(|(at, place)| {
            let before = file.text[..*at].chars().next_back();
            let after = file.text[at + place.len()..].chars().next();
            // The beginning of an absolute path, and all of its component: neither `a/workspace` nor `~/work`.
            !before.is_some_and(|c| is_of_a_word(c) || "./~}>)-*".contains(c))
                && !after.is_some_and(|c| is_of_a_word(c) || c == '-')
        });
        found.map(|(at, place)| format!("line {}: names the machine path {place}", file.line(at))).collect()
    });
}

#[test]
fn every_script_is_sent() {
    let list = read("src/page/scripts.rs");
    judge(files("src/page/scripts"), |file| {
        let name = file.path.trim_start_matches("src/page/");
        complain(
            !list.contains(&format!("include_str!(\"{name}\")")),
            "is not included by src/page/scripts.rs",
        )
    });
}

#[test]
fn the_map_shows_every_room_and_no_file_that_is_gone() {
    let map = read("src/ARCHITECTURE.md");
    let rooms = fs::read_dir("src").expect("the crate has sources").flatten();
    let rooms = rooms
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let missing: Vec<_> = rooms.filter(|room| !map.contains(&format!("\n**`{room}`**"))).collect();
    assert!(
        missing.is_empty(),
        "src/ARCHITECTURE.md has no paragraph that begins with **`{}`**",
        missing.join("`**, **`")
    );
    let named = map.split('`').filter(|code| code.contains('/') && code.ends_with(".rs"));
    let gone: Vec<_> =
        named.filter(|path| !Path::new("src").join(path).exists() && !Path::new(path).exists()).collect();
    assert!(gone.is_empty(), "src/ARCHITECTURE.md names files that do not exist: {gone:?}");
}

/// Fails with everything that a rule has against the files.
fn judge(files: impl Iterator<Item = File>, rule: impl Fn(&File) -> Vec<String>) {
    let mut complaints: Vec<String> = files
        .flat_map(|file| rule(&file).into_iter().map(move |complaint| format!("{}: {complaint}", file.path)))
        .collect();
    complaints.dedup();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn complain(is_wrong: bool, complaint: &str) -> Vec<String> {
    is_wrong.then(|| complaint.to_owned()).into_iter().collect()
}

/// A thing is done in the listed places and nowhere else; a line for a file that does not do it is wrong, too.
fn listed(list: &[(&str, &str)], what: &str, is_done_in: impl Fn(&str) -> bool) {
    judge(rust("src"), |file| {
        let is_in_a_listed_folder =
            list.iter().any(|(path, _)| path.ends_with('/') && file.path.starts_with(path));
        match (is_done_in(&file.code()), list.iter().any(|(path, _)| file.is(path))) {
            (true, false) if !is_in_a_listed_folder => {
                vec![format!("{what} has its list in tests/tidy.rs, and this file is not in it")]
            }
            (false, true) => vec![format!("is listed for {what}, and does no such thing")],
            (true, _) | (false, false) => Vec::new(),
        }
    });
    let gone: Vec<_> =
        list.iter().filter(|(path, _)| path.ends_with(".rs") && !Path::new(path).exists()).collect();
    assert!(gone.is_empty(), "listed for {what}, but gone: {gone:?}");
}

fn is_empty_name(name: &str) -> bool {
    let starts = name.char_indices().filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at);
    let starts: Vec<usize> = starts.chain([name.len()]).collect();
    let parts: Vec<&str> = starts.windows(2).map(|ends| &name[ends[0]..ends[1]]).collect();
    parts.iter().any(|part| EMPTY_WORDS.contains(part))
        || parts.last().is_some_and(|last| EMPTY_ENDINGS.contains(last))
        || NOT_ALONE.contains(&name)
}
