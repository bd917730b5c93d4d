//! The `ai` style: the whole page as a YAML outline in which every reachable element has a ref.
//! The grammar is the control API's; what stays in the outline is decided in `outline`.

use std::fmt::Write;

use super::{
    budget::Rank,
    find::is_place,
    flags::Flags,
    forest::Forest,
    outline::{Item, Part, outline},
    rendered::{Line, Listing, RefEntry, folded, is_interactive, quoted},
    spelling::is_structural,
    tree::Element,
    yaml,
};

/// What an `ai` snapshot leaves out; without any of it, the whole page is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct AiOptions {
    /// Only what a person can operate, as a flat list.
    pub interactive: bool,
    /// Structure without a name is left out.
    pub compact: bool,
    /// Lines deeper than this are left out.
    pub depth: Option<u32>,
}

/// The lines of a page in the `ai` style.
pub(super) fn list(forest: &Forest<'_>, options: AiOptions) -> Listing {
    let mut writer = Writer { options, lines: Vec::new(), unseen: None, is_found: forest.is_found };
    writer.items(&outline(forest), 0, Around::default());
    let empty = if options.interactive { "(no interactive elements)" } else { "" };
    Listing { lines: writer.lines, deep: forest.is_deep(), empty, ..Listing::default() }
}

struct Writer {
    options: AiOptions,
    lines: Vec<Line>,
    /// The level of the last element that the eye cannot see, once its content is told: what is deeper than that would
    /// read as part of it.
    unseen: Option<u32>,
    /// The path to what was looked for is told, too.
    is_found: bool,
}

/// What holds for what is in an element.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    /// Its line, or one above it, says already that the cursor is a pointer.
    pointer: bool,
    /// The eye does not see it, and no line that the next ones belong to says so.
    unseen: bool,
    /// Assistive technology does not hear of it, and no line that the next ones belong to says so.
    hidden: bool,
    rank: Rank,
}

impl Writer {
    fn items(&mut self, items: &[Item<'_>], level: u32, around: Around) {
        let rank = around.rank;
        for item in items {
            match item {
                Item::Text(text) if !self.options.interactive => {
                    self.plain(
                        level,
                        format_args!("text: {}", yaml::value(text)),
                        Line { rank, ..Line::default() },
                    );
                }
                Item::Text(_) => {}
                Item::Part(part) => self.part(part, level, around),
                Item::Fold(count, more) => {
                    let more = more.as_ref().map(|(reference, from)| (reference.as_str(), *from));
                    self.plain(
                        level,
                        format_args!("{}", folded(*count, more)),
                        Line { rank, rows: *count, ..Line::default() },
                    );
                }
            }
        }
    }

    fn push(&mut self, line: Line) {
        self.unseen = self.unseen.filter(|unseen| line.level > *unseen);
        self.lines.push(line);
    }

    fn plain(&mut self, level: u32, text: std::fmt::Arguments<'_>, line: Line) {
        if self.options.depth.is_none_or(|depth| level <= depth) {
            let level = if self.options.interactive { 0 } else { level };
            let text = format!("{:indent$}- {text}", "", indent = level as usize * 2);
            self.push(Line { text, level, ..line });
        }
    }

    fn part(&mut self, part: &Part<'_>, level: u32, around: Around) {
        let unseen = around.unseen || part.element.has(Flags::UNSEEN);
        let shows_pointer = !around.pointer && part.reference.is_some() && part.element.has(Flags::POINTER);
        let properties = properties(part.element);
        let only = match part.children.as_slice() {
            [Item::Text(only)] if properties.is_empty() => Some(only),
            _ => None,
        };
        let shown = self.shows(part, level, only.is_some());
        if shown {
            let indent = if self.options.interactive { 0 } else { level as usize * 2 };
            let key = key(part, shows_pointer, Around { unseen, ..around }, self.options.interactive);
            let mut text = format!("{:indent$}- {}", "", yaml::key(&key));
            match only {
                Some(only) => text.extend([": ", &yaml::value(only)]),
                None if properties.is_empty() && part.children.is_empty() => {}
                None => text.push(':'),
            }
            let level = if self.options.interactive { 0 } else { level };
            let is_acted = part.element.has(Flags::ACTED);
            let rank = Rank::of(part.element);
            self.push(Line { text, entry: entry(part), level, rank, is_acted, ..Line::default() });
        }
        if only.is_some() {
            self.unseen = if shown && part.element.has(Flags::UNSEEN) { Some(level) } else { self.unseen };
            return;
        }
        if shown && !self.options.interactive {
            for (name, value) in &properties {
                let detail = Line { is_detail: true, ..Line::default() };
                self.plain(level + 1, format_args!("{name}: {}", yaml::value(value)), detail);
            }
        }
        let pointer = around.pointer || (shown && shows_pointer);
        // A flat list has no lines that others belong to.
        let tells = shown && !self.options.interactive;
        let hidden = (around.hidden || part.element.has(Flags::ARIA_HIDDEN)) && !tells;
        let around = Around { pointer, unseen: unseen && !tells, hidden, rank: Rank::of(part.element) };
        self.items(&part.children, level + 1, around);
        if shown && part.element.has(Flags::UNSEEN) {
            self.unseen = Some(level);
        }
    }

    /// Whether an element has a line. What somebody could aim at, and what holds text, is no mere structure.
    fn shows(&self, part: &Part<'_>, level: u32, holds_text: bool) -> bool {
        let AiOptions { interactive, compact, depth } = self.options;
        let targeted = part.element.has(Flags::TARGET);
        let is_path = self.is_found && is_place(part.role, part.name);
        let wanted =
            !interactive || is_path || (part.reference.is_some() && (targeted || is_interactive(part.role)));
        let structure = part.name.is_empty()
            && is_structural(part.role)
            && !targeted
            && !holds_text
            && !part.element.has(Flags::UNSEEN)
            && self.unseen.is_none_or(|unseen| level < unseen);
        wanted && !(compact && structure) && depth.is_none_or(|depth| level <= depth)
    }
}

/// `states_last`: the flat list of controls has a state after the ref, the outline before it.
fn key(part: &Part<'_>, shows_pointer: bool, around: Around, states_last: bool) -> String {
    let mut key = part.role.to_owned();
    if !part.name.is_empty() {
        key.extend([" ", &quoted(part.name)]);
    }
    if !states_last {
        states(part.element, &mut key);
    }
    if let Some(reference) = &part.reference {
        key.extend([" [ref=", reference, "]"]);
    }
    if states_last {
        states(part.element, &mut key);
    }
    if around.hidden && !part.element.has(Flags::ARIA_HIDDEN) {
        key.push_str(" [aria-hidden]");
    }
    if shows_pointer {
        key.push_str(" [cursor=pointer]");
    } else if part.reference.is_some() && part.element.has(Flags::ONCLICK) && !is_interactive(part.role) {
        // The role style's word for what nothing else shows to be clickable.
        key.push_str(" [onclick]");
    }
    if around.unseen {
        key.push_str(" [unseen]");
    }
    key
}

fn states(element: &Element<'_>, key: &mut String) {
    let mixed = element.has(Flags::MIXED);
    let level = element.extra.as_ref().and_then(|extra| extra.level);
    let mut say = |flag: u32, text: &str| {
        if element.has(flag) {
            key.push_str(text);
        }
    };
    say(Flags::CHECKED, if mixed { " [checked=mixed]" } else { " [checked]" });
    say(Flags::DISABLED, " [disabled]");
    say(Flags::EXPANDED, " [expanded]");
    say(Flags::ACTIVE, " [active]");
    if let Some(level) = level {
        write!(key, " [level={level}]").expect("a String takes everything");
    }
    let mut say = |flag: u32, text: &str| {
        if element.has(flag) {
            key.push_str(text);
        }
    };
    say(Flags::PRESSED, if mixed { " [pressed=mixed]" } else { " [pressed]" });
    say(Flags::SELECTED, " [selected]");
    say(Flags::INVALID, " [invalid]");
    say(Flags::ARIA_HIDDEN, " [aria-hidden]");
}

fn properties<'a>(element: &'a Element<'_>) -> Vec<(&'static str, &'a str)> {
    let Some(extra) = &element.extra else { return Vec::new() };
    let named = [("/url", &extra.url), ("/placeholder", &extra.placeholder)];
    named.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value))).collect()
}

fn entry(part: &Part<'_>) -> Option<RefEntry> {
    let reference = part.reference.clone()?;
    let name = (!part.name.is_empty()).then(|| part.name.to_owned());
    Some(RefEntry { reference, role: part.role.to_owned(), name, ..RefEntry::default() })
}

#[cfg(test)]
mod tests {
    use super::super::{forest::RefPrefix, tree::Document};
    use super::*;

    fn check(nodes: &str, want: &str) {
        let text = format!(
            r#"{{"next":1,"roles":["generic","button","link","heading","img","listitem","textbox","cell"],"nodes":{nodes}}}"#
        );
        let document = Document::parse(&text).expect("the list is well formed");
        assert_eq!(
            list(&Forest::new(document, RefPrefix::main()), AiOptions::default()).assemble(None, None).text,
            want,
            "{nodes}"
        );
    }

    #[test]
    fn boxes_that_say_nothing_are_folded() {
        check(r#"[[0,0,1,1],[1,0,2,0],[2,1,3,0,"Go"]]"#, "- button \"Go\" [ref=e3]");
        check(
            r#"[[0,0,1,1],[1,0,0,0],[2,1,0,0,"Go"]]"#,
            "- generic [ref=e1]:\n  - generic:\n    - button \"Go\""
                .replace("[ref=e1]", "[active] [ref=e1]")
                .as_str(),
        );
        check(r#"[[0,0,1,0],[1,0,2,0],[1,0,3,0],[2," x "]]"#, "- generic [ref=e3]: x");
        check(r#"[[0,0,1,0]]"#, "");
    }

    #[test]
    fn what_can_be_aimed_at_is_never_folded() {
        check(
            r#"[[0,0,1,1536],[1,1,2,512,"Go"]]"#,
            "- generic [ref=e1] [cursor=pointer]:\n  - button \"Go\" [ref=e2]",
        );
        check(
            r#"[[0,2,1,0,"Go on",{"u":"/x"}],[1,"Go "],[1,0,2,2048],[2,"on"]]"#,
            "- link [ref=e1]:\n  - /url: /x\n  - text: Go\n  - generic [ref=e2] [onclick]: \"on\"",
        );
        check(r#"[[0,4,1,1536],[0,4,2,0]]"#, "- img [ref=e1] [cursor=pointer]");
    }

    #[test]
    fn names_and_contents_are_said_once() {
        check(r#"[[0,1,1,0,"Go"],[1," Go "]]"#, "- button \"Go\" [ref=e1]");
        check(
            r##"[[0,3,1,0,"A B",{"l":3}],[1,2,2,0,"A B",{"u":"#"}]]"##,
            "- heading [level=3] [ref=e1]:\n  - link \"A B\" [ref=e2]:\n    - /url: \"#\"",
        );
        check(
            r#"[[0,7,1,0,"Long text here"],[1,0,2,0],[2,"text"],[1,1,3,0,"here"]]"#,
            "- cell \"Long text here\" [ref=e1]:\n  - button \"here\" [ref=e3]",
        );
        check(r#"[[0,1,1,0,"Other"],[1,"Go"]]"#, "- button \"Other\" [ref=e1]: Go");
    }

    #[test]
    fn values_placeholders_and_states_have_their_places() {
        check(
            r#"[[0,6,1,8,"Name",{"p":"You","v":"5"}]]"#,
            "- textbox \"Name\" [disabled] [ref=e1]:\n  - /placeholder: You\n  - text: \"5\"",
        );
        check(r#"[[0,6,1,0,"x",{"v":"x"}]]"#, "- textbox \"x\" [ref=e1]: x");
        check(r#"[[0,1,1,36,"a: b"]]"#, "- 'button \"a: b\" [pressed=mixed] [ref=e1]'");
    }

    #[test]
    fn frames_hang_under_their_elements() {
        let main = r#"{"next":3,"roles":["generic","iframe"],"nodes":[[0,0,1,0],[1,"a"],[1,1,2,1,"Inner"]]}"#;
        let frame = r#"{"next":3,"roles":["generic","button"],"nodes":[[0,0,1,0],[1,1,2,0,"Go"]]}"#;
        let (main, frame) = (
            Document::parse(main).expect("the list is well formed"),
            Document::parse(frame).expect("the list is well formed"),
        );
        let mut forest = Forest::new(main, RefPrefix::main());
        forest.children.insert(2, Forest::new(frame, RefPrefix::frame(1)));
        let got = list(&forest, AiOptions::default()).assemble(None, None);
        assert_eq!(
            got.text,
            "- generic [ref=e1]:\n  - text: a\n  - iframe [active] [ref=e2]:\n    - button \"Go\" [ref=f1e2]"
        );
        assert_eq!((got.stats.refs, got.stats.interactive, got.refs[2].reference.as_str()), (3, 1, "f1e2"));
    }
}
