//! A finished snapshot: its text, the refs that stand in it, and the cut to a wanted length.
//! It knows nothing of documents or styles.

use std::borrow::Cow;

use super::budget::{Omitted, Rank};
use super::delta::Delta;
use super::forgery::is_unprinted;

/// Says that lines are missing because the text would be too long.
const TOO_LARGE: &str = "[...TRUNCATED - page too large]";
/// Says that elements are missing because they are nested too deeply.
const TOO_DEEP: &str = "[...TRUNCATED - accessibility tree too deep]";

/// Whether a person operates elements of this role.
pub(super) fn is_interactive(role: &str) -> bool {
    matches!(
        role,
        "button"
            | "checkbox"
            | "combobox"
            | "link"
            | "listbox"
            | "menuitem"
            | "menuitemcheckbox"
            | "menuitemradio"
            | "option"
            | "radio"
            | "searchbox"
            | "slider"
            | "spinbutton"
            | "switch"
            | "tab"
            | "textbox"
            | "treeitem"
    )
}

/// A snapshot as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The lines.
    pub text: String,
    /// The refs on complete lines, in reading order.
    pub refs: Vec<RefEntry>,
    /// Figures about the text.
    pub stats: Stats,
    /// Whether something was cut off.
    pub truncated: bool,
    /// What was left out.
    pub omitted: Omitted,
    /// How many elements the last such snapshot did not have; none for a first one.
    pub new_elements: Option<usize>,
    /// What the text is different in, when it was asked for.
    pub delta: Option<Delta>,
}

/// What a ref stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefEntry {
    /// Such as `e12`.
    pub reference: String,
    /// Its role as printed.
    pub role: String,
    /// Its name as printed.
    pub name: Option<String>,
    /// Which one it is of those with the same role and name; none when it is the only one.
    pub nth: Option<u32>,
    /// The browser's number of it, where the style tells it.
    pub backend_node_id: Option<i64>,
    /// The browser's id of the frame in it, where the style tells it.
    pub frame_id: Option<String>,
}

/// Figures about a snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Lines, markers included.
    pub lines: usize,
    /// UTF-16 units.
    pub chars: usize,
    /// Refs listed.
    pub refs: usize,
    /// Refs of roles that a person operates.
    pub interactive: usize,
}

/// A line and the ref that stands on it.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) entry: Option<RefEntry>,
    /// Depth among the lines: a line belongs to the nearest one before it that has a smaller depth.
    pub(super) level: u32,
    /// It says more of the node on the line that it belongs to, and is nothing without it.
    pub(super) is_detail: bool,
    /// How much it matters when not everything fits.
    pub(super) rank: Rank,
    /// It is that of the element that was last acted on.
    pub(super) is_acted: bool,
    /// How many folded rows it stands for.
    pub(super) rows: usize,
}

/// The lines of a page in one style, before anything is cut.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) lines: Vec<Line>,
    /// How many texts the style has left out.
    pub(super) unsaid: usize,
    /// Whether elements below the deepest level were left out.
    pub(super) deep: bool,
    /// The text when there are no lines.
    pub(super) empty: &'static str,
    /// The first line loses its indent, as the whole text of the original is trimmed.
    pub(super) trimmed: bool,
}

/// How many lines are new.
pub(super) fn count(new: &[bool]) -> usize {
    new.iter().filter(|new| **new).count()
}

impl Listing {
    /// How many elements and texts it tells.
    pub(super) fn nodes(&self) -> usize {
        self.lines.iter().filter(|line| !line.is_detail && line.rows == 0).count()
    }

    /// How many of them have a ref.
    pub(super) fn refs(&self) -> usize {
        self.lines.iter().filter(|line| line.entry.is_some()).count()
    }

    /// Marks what the last such snapshot did not have, and says how much that is.
    pub(super) fn mark_new(&mut self, new: &[bool]) -> usize {
        for (line, _) in self.lines.iter_mut().zip(new).filter(|(_, new)| **new) {
            line.text.push_str(" [new]");
        }
        count(new)
    }

    /// Puts lines together, cut to `max_chars` UTF-16 units. `footer` is a last line that is never cut.
    pub(super) fn assemble(self, max_chars: Option<usize>, footer: Option<String>) -> Rendered {
        let Self { mut lines, deep, empty, trimmed, .. } = self;
        if let Some(first) = lines.first_mut().filter(|_| trimmed) {
            let indent = first.text.len() - first.text.trim_start().len();
            first.text.drain(..indent);
        }
        let end = if deep { Some(TOO_DEEP) } else { None };
        let total: usize = lines.iter().map(|line| units(&line.text) + 1).sum::<usize>().saturating_sub(1);
        let reserved = footer.as_ref().map_or(0, |footer| footer.len() + 1);
        let whole = total + end.map_or(0, |m| m.len() + 2) + reserved;
        match max_chars.filter(|max| whole > *max && !lines.is_empty()) {
            None => finish(lines, end, footer.as_deref(), empty, deep),
            Some(max) if max < TOO_LARGE.len() + reserved => {
                let omitted = left_out(&lines);
                let text = if max < TOO_LARGE.len() { "…" } else { TOO_LARGE };
                Rendered { omitted, ..finish(Vec::new(), None, None, text, true) }
            }
            Some(max) => {
                let omitted = left_out(&lines.split_off(fitting(&lines, max - reserved)));
                Rendered { omitted, ..finish(lines, Some(TOO_LARGE), footer.as_deref(), empty, true) }
            }
        }
    }
}

fn left_out(lines: &[Line]) -> Omitted {
    let nodes = lines.iter().filter(|line| !line.is_detail).count();
    Omitted { nodes, refs: lines.iter().filter(|line| line.entry.is_some()).count(), rows: 0 }
}

/// How many whole lines leave room for the marker and the blank line before it.
fn fitting(lines: &[Line], max: usize) -> usize {
    let mut length = 0;
    lines
        .iter()
        .take_while(|line| {
            length += units(&line.text) + usize::from(length > 0);
            length + 2 + TOO_LARGE.len() <= max
        })
        .count()
}

fn finish(
    lines: Vec<Line>,
    marker: Option<&str>,
    footer: Option<&str>,
    empty: &str,
    truncated: bool,
) -> Rendered {
    let mut text = String::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum::<usize>() + 80);
    for (at, line) in lines.iter().enumerate() {
        text.extend([if at > 0 { "\n" } else { "" }, &line.text]);
    }
    match marker {
        Some(marker) if text.is_empty() => text.push_str(marker),
        Some(marker) => text.extend(["\n\n", marker]),
        None if lines.is_empty() => text.push_str(empty),
        None => {}
    }
    if let Some(footer) = footer {
        text.extend(["\n", footer]);
    }
    let refs: Vec<RefEntry> = lines.into_iter().filter_map(|line| line.entry).collect();
    let stats = Stats {
        lines: if text.is_empty() { 0 } else { text.split('\n').count() },
        chars: units(&text),
        refs: refs.len(),
        interactive: refs.iter().filter(|entry| is_interactive(&entry.role)).count(),
    };
    Rendered { text, refs, stats, truncated, ..Rendered::default() }
}

/// What stands in the place of folded rows.
pub(super) fn folded(count: usize, more: Option<(&str, usize)>) -> String {
    let place = more.map(|(reference, from)| format!(" [more={reference}+{from}]"));
    format!("... {} more of this shape{}", grouped(count), place.unwrap_or_default())
}

/// A number with a comma before each group of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if comma(at) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Length in UTF-16 units, which is what callers count in.
pub(super) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// A text in double quotes with JSON's escapes, on one line whatever the reader takes for the end of one.
pub(super) fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).expect("a string is always valid JSON");
    if json.is_ascii() || !json.contains(is_unprinted) {
        return json;
    }
    let escaped = |c: char| if is_unprinted(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    json.chars().map(escaped).collect()
}

/// Blanks collapsed to single spaces, ends trimmed.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    let blank = |c: char| c.is_whitespace() && c != ' ';
    let trimmed = text.trim();
    if trimmed.contains(blank) || trimmed.contains("  ") {
        Cow::Owned(trimmed.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(trimmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        let entry = |text: &str| RefEntry {
            reference: text.to_owned(),
            role: "button".to_owned(),
            ..RefEntry::default()
        };
        let line =
            |text: &&str| Line { text: (*text).to_owned(), entry: Some(entry(text)), ..Line::default() };
        texts.iter().map(line).collect()
    }

    #[test]
    fn whole_lines_are_kept_and_the_rest_is_marked() {
        let long = "x".repeat(40);
        let check = |max: Option<usize>, want: &str, refs: usize, truncated: bool| {
            let listing = Listing { lines: lines(&["  a", &long, "c"]), trimmed: true, ..Listing::default() };
            let got = listing.assemble(max, None);
            assert_eq!(
                (got.text.as_str(), got.refs.len(), got.truncated),
                (want, refs, truncated),
                "{max:?}"
            );
            assert_eq!(got.stats.chars, units(want));
        };
        let whole = format!("a\n{long}\nc");
        check(None, &whole, 3, false);
        check(Some(44), &whole, 3, false);
        check(Some(43), "a\n\n[...TRUNCATED - page too large]", 1, true);
        check(Some(31), "[...TRUNCATED - page too large]", 0, true);
        check(Some(30), "…", 0, true);
    }

    #[test]
    fn empty_and_deep_pages_say_so() {
        let bare = |empty| Listing { empty, ..Listing::default() }.assemble(None, None);
        assert_eq!(bare("(empty page)").text, "(empty page)");
        assert_eq!((bare("").stats, bare("").truncated), (Stats::default(), false));
        let deep = Listing { lines: lines(&["a"]), deep: true, ..Listing::default() }.assemble(None, None);
        let many = (0..12).map(|_| "- x").collect::<Vec<_>>();
        let footed =
            Listing { lines: lines(&many), ..Listing::default() }.assemble(Some(47), Some("1 new".into()));
        assert_eq!(footed.text, "- x\n- x\n\n[...TRUNCATED - page too large]\n1 new");
        assert_eq!(
            (footed.omitted, grouped(4996)),
            (Omitted { nodes: 10, refs: 10, rows: 0 }, "4,996".to_owned())
        );
        assert_eq!(deep.text, "a\n\n[...TRUNCATED - accessibility tree too deep]");
        assert_eq!((deep.stats.lines, deep.truncated), (3, true));
    }
}
