//! A finished snapshot: its text, the refs that stand in it, and the cut to a wanted length.
//! It knows nothing of documents or styles.

use std::borrow::Cow;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The lines.
    pub text: String,
    /// The refs on complete lines, in reading order.
    pub refs: Vec<RefEntry>,
    /// Figures about the text.
    pub stats: Stats,
    /// Whether something was left out.
    pub truncated: bool,
}

/// What a ref stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEntry {
    /// Such as `e12`.
    pub reference: String,
    /// Its role as printed.
    pub role: String,
    /// Its name as printed.
    pub name: Option<String>,
    /// Which one it is of those with the same role and name; none when it is the only one.
    pub nth: Option<u32>,
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
    #[expect(dead_code, reason = "for budgets and deltas, which follow")]
    /// Depth among the lines: a line belongs to the nearest one before it that has a smaller depth.
    pub(super) level: u32,
    #[expect(dead_code, reason = "for budgets and deltas, which follow")]
    /// It says more of the node on the line that it belongs to, and is nothing without it.
    pub(super) is_detail: bool,
}

/// The lines of a page in one style, before anything is cut.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) lines: Vec<Line>,
    /// Whether elements below the deepest level were left out.
    pub(super) deep: bool,
    /// The text when there are no lines.
    pub(super) empty: &'static str,
    /// The first line loses its indent, as the whole text of the original is trimmed.
    pub(super) trimmed: bool,
}

/// Puts lines together, cut to `max_chars` UTF-16 units.
pub(super) fn assemble(listing: Listing, max_chars: Option<usize>) -> Rendered {
    let Listing { mut lines, deep, empty, trimmed } = listing;
    if let Some(first) = lines.first_mut().filter(|_| trimmed) {
        let indent = first.text.len() - first.text.trim_start().len();
        first.text.drain(..indent);
    }
    let marker = if deep { Some(TOO_DEEP) } else { None };
    let total: usize = lines.iter().map(|line| units(&line.text) + 1).sum::<usize>().saturating_sub(1);
    let whole = total + marker.map_or(0, |m| m.len() + 2);
    match max_chars.filter(|max| whole > *max && !lines.is_empty()) {
        None => finish(lines, marker, empty, deep),
        Some(max) if max < TOO_LARGE.len() => finish(Vec::new(), None, "…", true),
        Some(max) => {
            lines.truncate(fitting(&lines, max));
            finish(lines, Some(TOO_LARGE), empty, true)
        }
    }
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

fn finish(lines: Vec<Line>, marker: Option<&str>, empty: &str, truncated: bool) -> Rendered {
    let mut text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    match marker {
        Some(marker) if text.is_empty() => text.push_str(marker),
        Some(marker) => text.extend(["\n\n", marker]),
        None if lines.is_empty() => text.push_str(empty),
        None => {}
    }
    let refs: Vec<RefEntry> = lines.into_iter().filter_map(|line| line.entry).collect();
    let stats = Stats {
        lines: if text.is_empty() { 0 } else { text.split('\n').count() },
        chars: units(&text),
        refs: refs.len(),
        interactive: refs.iter().filter(|entry| is_interactive(&entry.role)).count(),
    };
    Rendered { text, refs, stats, truncated }
}

/// Length in UTF-16 units, which is what callers count in.
pub(super) fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// A text in double quotes with JSON's escapes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always valid JSON")
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
            name: None,
            nth: None,
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
            let got = assemble(listing, max);
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
        let bare = |empty| assemble(Listing { empty, ..Listing::default() }, None);
        assert_eq!(bare("(empty page)").text, "(empty page)");
        assert_eq!((bare("").stats, bare("").truncated), (Stats::default(), false));
        let deep = assemble(Listing { lines: lines(&["a"]), deep: true, ..Listing::default() }, None);
        assert_eq!(deep.text, "a\n\n[...TRUNCATED - accessibility tree too deep]");
        assert_eq!((deep.stats.lines, deep.truncated), (3, true));
    }
}
