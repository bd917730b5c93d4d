//! The JavaScript files of this room and the few expressions around them. Text only: nothing is sent from here.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

/// Properties that scripts read off elements which may be forms (`own.js`).
const OWN: &str = "ariaDescribedByElements ariaLabelledByElements assignedSlot attributes autocomplete checkVisibility \
    childElementCount childNodes children className clientHeight clientWidth closest contains disabled dispatchEvent \
    editContext firstChild firstElementChild focus getAnimations getAttribute getAttributeNames getBoundingClientRect \
    getClientRects getRootNode hasAttribute hasAttributes host id innerText isConnected isContentEditable lastChild \
    localName matches maxLength namespaceURI nextElementSibling nextSibling nodeName nodeType offsetHeight offsetWidth \
    ownerDocument parentElement parentNode previousElementSibling querySelector querySelectorAll readOnly scrollHeight \
    scrollIntoView scrollLeft scrollTop scrollWidth select selectionEnd selectionStart shadowRoot tabIndex textContent type useMap value";

/// Objects of ours that have properties of these names and are often asked for them.
const OURS: &[&str] = &["oc", "css", "inner", "place", "told"];

/// What a listing of the page takes, in the order in which the files build on each other. A first snapshot waits for
/// these alone: half of the text is half of the time, 2-3 ms of it.
const EYES: &[&str] = &[
    include_str!("scripts/world.js"),
    include_str!("scripts/own.js"),
    include_str!("scripts/watch.js"),
    include_str!("scripts/style.js"),
    include_str!("scripts/eye.js"),
    include_str!("scripts/role.js"),
    include_str!("scripts/name.js"),
    include_str!("scripts/describe.js"),
    include_str!("scripts/walk.js"),
];

/// What everything else takes.
const HANDS: &[&str] = &[
    include_str!("scripts/boxes.js"),
    include_str!("scripts/internals.js"),
    include_str!("scripts/read.js"),
    include_str!("scripts/pace.js"),
    include_str!("scripts/areas.js"),
    include_str!("scripts/target.js"),
    include_str!("scripts/recycled.js"),
    include_str!("scripts/rivals.js"),
    include_str!("scripts/motion.js"),
    include_str!("scripts/aim.js"),
    include_str!("scripts/drag.js"),
    include_str!("scripts/typed.js"),
    include_str!("scripts/fields.js"),
    include_str!("scripts/files.js"),
    include_str!("scripts/waits.js"),
    include_str!("scripts/view.js"),
    include_str!("scripts/effects.js"),
    include_str!("scripts/draw.js"),
];

/// Which elements have listeners for clicks: an expression for the page's own world, where DevTools' own
/// `getEventListeners` sees them. Its answer is the walk's `clickable`; `null` for a document of more elements than that.
pub(super) fn listeners(most: u32) -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| lean(include_str!("scripts/listeners.js")));
    format!("({})({most})", *TEXT)
}

/// Which custom elements may say something in their internals: an expression for the page's own world.
pub(super) const SPEAKERS: &str = include_str!("scripts/speakers.js");

/// What a file input holds, and what of that it does not ask for: a function of the input.
pub(super) const KEPT: &str = include_str!("scripts/kept.js");

/// A document as nested lists, as a trace keeps it: an expression for our world.
pub(super) fn document() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| joined(&[include_str!("scripts/capture.js")]));
    &TEXT
}

/// How a result crosses over: plain data in a list, with the contract's answers for what JSON cannot say.
const SERIALIZE: &str = include_str!("scripts/serialize.js");

/// Sets our world up in a document, once, as far as a listing needs it, and yields the number of its first ref.
pub(super) fn begin(first_ref: u32) -> String {
    static TEXT: LazyLock<String> = LazyLock::new(|| joined(EYES));
    format!("{};__openclaw.begin({first_ref})", *TEXT)
}

/// The rest of our world.
pub(super) fn rest() -> &'static str {
    // Two calls may find it missing at the same time.
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("if (!__openclaw.view) {}", joined(HANDS)));
    &TEXT
}

/// A block of these files, each of them an expression statement, with what they need for reading elements; the last
/// value is the answer.
fn joined(files: &[&str]) -> String {
    let symbols: Vec<String> = OWN.split(' ').map(|name| format!("${name}")).collect();
    let mut text =
        format!("{{\nconst OWN = \"{OWN}\".split(\" \"), [{}] = OWN.map(Symbol.for);\n", symbols.join(","));
    for file in files {
        text.push_str(&own(&lean(file)));
        text.push_str(";\n");
    }
    text.push('}');
    text
}

/// A script whose elements are read as `own.js` says: `a.id` becomes `a[$id]`.
fn own(script: &str) -> String {
    static READS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"(\?)?\.({})\b", OWN.replace(' ', "|"))).expect("names and bars")
    });
    let mut text = String::new();
    let mut end = 0;
    for read in READS.captures_iter(script) {
        let (all, name) = (read.get_match(), &read[2]);
        let before = &script[..all.start()];
        let holder = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        let is_ours = OURS.contains(&&before[holder.len()..]);
        // Three dots before a name are no read.
        if is_ours || before.ends_with('.') {
            continue;
        }
        let chain = if read.get(1).is_some() { "?." } else { "" };
        write!(text, "{}{chain}[${name}]", &script[end..all.start()]).expect("a text takes all");
        end = all.end();
    }
    text + &script[end..]
}

/// A file without what the engine would only read past, comments and indentation, and in ASCII, since one other
/// character makes the whole text twice as long on its way.
fn lean(file: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in file.lines().map(str::trim_start) {
        let is_comment = inside || line.starts_with("/**");
        if is_comment {
            inside = !line.ends_with("*/");
        }
        if is_comment || line.starts_with("//") || line.is_empty() {
            continue;
        }
        for c in line.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
        out.push('\n');
    }
    out
}

/// A caller's source as an expression; a function is called with the element, if there is one.
pub(super) fn expression(source: &str) -> String {
    let element = "typeof el === 'undefined' ? undefined : el";
    format!(
        "(async (el) => {{ const value = (\n{source}\n); return ({SERIALIZE})(typeof value === 'function' ? await \
         value(el) : await value) }})({element})"
    )
}

/// A caller's source as statements with `return`.
pub(super) fn statements(source: &str) -> String {
    let element = "typeof el === 'undefined' ? undefined : el";
    format!("(async (el) => ({SERIALIZE})(await (async () => {{\n{source}\n}})()))({element})")
}

/// How the two begin, each a line of its own, and nothing at all.
pub(super) fn openings() -> [&'static str; 3] {
    ["(async (el) => { const value = (\n", "async function f(el) {\n", ""]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_sent_without_comments() {
        let text = lean(
            "/** What\n    it is. */\n  const a = \"\u{2026}\"; // stays\n\n  // goes\n  b(`\u{1f517}`)",
        );
        assert_eq!(text, "const a = \"\\u2026\"; // stays\nb(`\\ud83d\\udd17`)\n");
        // Text in backticks must not go over the end of a line, whose indentation would be lost.
        for (file, line) in
            EYES.iter().chain(HANDS).flat_map(|file| file.lines().map(move |line| (file, line)))
        {
            let ticks = line.replace("\\`", "").matches('`').count();
            let is_text = line.trim_start().starts_with("//") || line.contains("\"`") || line.contains("```");
            assert!(ticks % 2 == 0 || is_text, "{line} in {}", &file[..80]);
        }
        assert!(begin(7).is_ascii() && begin(7).len() < 79_000, "a first snapshot waits for all of it");
    }

    #[test]
    fn elements_are_read_by_symbols() {
        let plain = "a.id ?? b?.id + c().id.d[e.id].idea\n.id = [...id, oc.id] + css.children(a.children)";
        let read = "a[$id] ?? b?.[$id] + c()[$id].d[e[$id]].idea\n[$id] = [...id, oc.id] + css.children(a[$children])";
        assert_eq!(own(plain), read);
        let deleted = Regex::new(r"delete \w+\[\$").expect("a deletion");
        let quoted = Regex::new(r#""[^"\n]*""#).expect("a text in quotes");
        for file in EYES.iter().chain(HANDS).chain(&[include_str!("scripts/capture.js")]) {
            let file = lean(file);
            assert!(!deleted.is_match(&own(&file)), "what lies under a symbol is not deleted");
            let texts = quoted.find_iter(&file).map(|text| text.as_str());
            for text in texts.filter(|text| !text.contains("${")) {
                assert_eq!(own(text), text, "no text is taken for a read");
            }
        }
    }
}
