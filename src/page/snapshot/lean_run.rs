//! The text between two lines of the `lean` style: what of it is said, and where one block or cell of it ends. Pure.

use super::lean_words::squash;

/// Text since the last line, in pieces that belong to blocks or cells of their own.
#[derive(Debug, Default)]
pub(super) struct Run {
    pieces: Vec<Piece>,
    /// What has begun since the last piece.
    edge: Edge,
}

/// What is between two pieces of text, or between text and a control.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Edge {
    /// How many cells of a row have begun.
    cells: usize,
    /// A block has begun or ended.
    is_block: bool,
}

impl Edge {
    /// Nothing but a blank: the two are of one sentence.
    fn is_open(self) -> bool {
        self == Self::default()
    }
}

#[derive(Debug)]
struct Piece {
    before: Edge,
    text: String,
}

/// What stands on one side of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Side<'a> {
    /// The name of the control there, if text beside it is its label: that of a field, which is never in it.
    pub(super) label: Option<&'a str>,
    /// A control is there, and whatever is no block of its own goes on around it.
    pub(super) is_control: bool,
}

/// A run as it is said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Blocks on lines of their own, cells between ` | `.
    pub(super) text: String,
    /// It begins in the middle of what a control belongs to.
    pub(super) goes_on: bool,
}

impl Run {
    /// Adds words, blanks tidied.
    pub(super) fn push(&mut self, text: &str) {
        self.pieces.push(Piece { before: std::mem::take(&mut self.edge), text: text.to_owned() });
    }

    /// Whether its last words are these.
    pub(super) fn ends_in(&self, text: &str) -> bool {
        self.pieces.last().is_some_and(|last| squash(&last.text) == squash(text))
    }

    /// A block begins or ends.
    pub(super) fn block(&mut self) {
        self.edge.is_block = true;
    }

    /// What was in a control has said nothing of its own: it divides nothing either.
    pub(super) fn settle(&mut self) {
        self.edge.is_block &= !self.pieces.is_empty();
    }

    /// Another cell of the same row begins.
    pub(super) fn cell(&mut self) {
        self.edge.cells += 1;
    }

    /// Takes what there is to say between two lines. `in_row`: it is that of a table's row, on one line.
    pub(super) fn take(&mut self, before: Side<'_>, after: Side<'_>, in_row: bool) -> Said {
        let Self { mut pieces, mut edge } = std::mem::take(self);
        if pieces.first().is_some_and(|first| first.before.cells == 0 && is_label(before, &first.text)) {
            let first = pieces.remove(0);
            let next = pieces.first_mut().map_or(&mut edge, |next| &mut next.before);
            next.is_block |= first.before.is_block;
        }
        if let Some(last) = pieces.pop_if(|last| edge.cells < 2 && is_label(after, &last.text)) {
            edge = last.before;
        }
        let count = pieces.len();
        let ends = pieces.iter().skip(1).map(|next| next.before).chain([edge]).collect::<Vec<_>>();
        let mut said = Said::default();
        let mut cells = 0;
        let mut is_block = false;
        for (at, (Piece { before: start, text }, end)) in pieces.into_iter().zip(ends).enumerate() {
            cells += start.cells;
            is_block |= start.is_block;
            let is_inline = (at == 0 && before.is_control && start.is_open())
                || (at + 1 == count && after.is_control && end.is_open());
            if is_idle(&text, is_inline, in_row) {
                continue;
            }
            said.goes_on |= at == 0 && before.is_control && start.is_open() && is_rest(&text);
            put(&mut said.text, cells, is_block, in_row);
            said.text.push_str(&text);
            (cells, is_block) = (0, false);
        }
        cells += edge.cells;
        // Cells after the last words are told where a control is in them. That one control is in the cell after
        // that of the other goes without saying.
        if after.is_control && in_row && (!said.text.is_empty() || cells > 1 || !before.is_control) {
            put(&mut said.text, cells, false, true);
        }
        said.text.truncate(said.text.trim_end().len());
        said
    }
}

/// Puts what stands between two texts.
fn put(text: &mut String, cells: usize, is_block: bool, in_row: bool) {
    for _ in 0..cells {
        text.push_str(if text.is_empty() || text.ends_with(' ') { "| " } else { " | " });
    }
    if cells == 0 && !text.is_empty() {
        text.push_str(match (is_block, in_row) {
            (true, true) => "; ",
            (true, false) => "\n",
            (false, _) => " ",
        });
    }
}

fn is_label(side: Side<'_>, text: &str) -> bool {
    side.label.is_some_and(|name| !name.is_empty() && squash(name) == squash(text))
}

/// Whether a text reads as the rest of a sentence.
fn is_rest(text: &str) -> bool {
    text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_punctuation())
}

/// Whether a text only divides or encloses what stands around it. `is_inline`: it touches a control.
fn is_idle(text: &str, is_inline: bool, in_row: bool) -> bool {
    let divides = |c: char| !in_row && "|/\\<>•·›»‹«".contains(c);
    let encloses = |c: char| is_inline && ".,:;!?()[]{}<>|/\\\"'`•·›»‹«–“”‘’…".contains(c);
    text.chars().all(|c| c.is_whitespace() || is_icon(c) || divides(c) || encloses(c))
}

/// Characters that only the page's own font gives a look.
fn is_icon(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. | '\u{fffd}') || c.is_control()
}

/// Whether a name tells a text: the same words one after the other, whatever their case and the blanks in them.
pub(super) fn holds(name: &str, text: &str) -> bool {
    let wanted = squash(text);
    if name.is_empty() || wanted.is_empty() {
        return wanted.is_empty();
    }
    if name == text {
        return true;
    }
    // Of each character of the squashed name: where it begins in it, and whether a word goes on there.
    let mut squashed = String::with_capacity(name.len());
    let mut starts = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        if !c.is_whitespace() {
            starts.push((squashed.len(), goes_on(last, c)));
            squashed.extend(c.to_lowercase());
        }
        last = c;
    }
    starts.push((squashed.len(), false));
    let is_edge = |at: usize| {
        let found = starts.binary_search_by_key(&at, |(start, _)| *start);
        found.is_ok_and(|place| !starts[place].1)
    };
    squashed.match_indices(&wanted).any(|(at, _)| is_edge(at) && is_edge(at + wanted.len()))
}

/// Whether a word or a number that one character ends in has the other in it, too.
fn goes_on(one: char, other: char) -> bool {
    let counts = |digit: char, sign: char| digit.is_numeric() && ".,'’%$€£¥-".contains(sign);
    (one.is_alphanumeric() && other.is_alphanumeric()) || counts(one, other) || counts(other, one)
}
