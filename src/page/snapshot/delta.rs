//! Only what has changed: lines that are added (`+`), changed (`~`), moved (`>`) and gone (`-`), each under its
//! ancestors, and of those that moved what is in them and what they stand behind now. Pure.

use super::{
    budget::parents,
    memory::{Change, Changes},
    rendered::{Line, Listing, units},
};

/// Figures about a delta.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delta {
    /// Lines that were not there before.
    pub added: usize,
    /// Lines of elements that say something else now.
    pub changed: usize,
    /// Lines that say the same in another place.
    pub moved: usize,
    /// Lines that are gone.
    pub removed: usize,
    /// There was nothing to compare with: the text is the whole page.
    pub is_whole: bool,
}

/// Turns a listing into what is different from before, at most `max_chars` long.
pub(super) fn reduce(listing: &mut Listing, changes: Changes, max_chars: usize) -> (Delta, bool) {
    let Changes { lines: fates, removed } = changes;
    let count = |what: Change| fates.iter().filter(|fate| **fate == what).count();
    let delta = Delta {
        added: count(Change::Added),
        changed: count(Change::Changed),
        moved: count(Change::Moved),
        removed: removed.len(),
        is_whole: false,
    };
    let lines = std::mem::take(&mut listing.lines);
    let mut shown: Vec<bool> = fates.iter().map(|fate| *fate != Change::Same).collect();
    let parents = parents(&lines);
    for at in (0..lines.len()).filter(|at| fates[*at] == Change::Moved) {
        let level = lines[at].level;
        if let Some(before) = (0..at).rev().find(|before| lines[*before].level <= level) {
            shown[before] = true;
        }
        let end = (at + 1..lines.len()).find(|next| lines[*next].level <= level).unwrap_or(lines.len());
        shown[at..end].fill(true);
        // What it stands before now.
        if end < lines.len() && lines[end].level == level {
            shown[end] = true;
        }
    }
    for at in (0..lines.len()).rev().filter(|at| shown[*at]).collect::<Vec<_>>() {
        let mut above = parents[at];
        while let Some(ancestor) = above.filter(|ancestor| !shown[*ancestor]) {
            shown[ancestor] = true;
            above = parents[ancestor];
        }
    }
    let marked = |((line, fate), _): ((Line, Change), bool)| {
        let mark = match fate {
            Change::Same => "  ",
            Change::Changed => "~ ",
            Change::Moved => "> ",
            Change::Added => "+ ",
        };
        Line { text: format!("{mark}{}", line.text), ..line }
    };
    let gone = removed.into_iter().map(|text| Line { text: format!("- {text}"), ..Line::default() });
    let told = lines.into_iter().zip(fates).zip(shown).filter(|(_, shown)| *shown).map(marked).chain(gone);
    let mut length = 0;
    let mut cut = 0;
    for line in told {
        let cost = units(&line.text) + 1;
        // Room for the line that tells of the others.
        if cut > 0 || length + cost + 40 > max_chars {
            cut += 1;
        } else {
            length += cost;
            listing.lines.push(line);
        }
    }
    if cut > 0 {
        listing.lines.push(Line { text: format!("[...{cut} more lines of changes]"), ..Line::default() });
    }
    listing.empty = "(no changes)";
    listing.trimmed = false;
    (delta, cut > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(max_chars: usize) -> (String, Delta, bool) {
        let line = |(level, text): (u32, &str)| Line { text: text.to_owned(), level, ..Line::default() };
        let lines =
            [(0, "- main"), (1, "  - kept"), (1, "  - list"), (2, "    - new"), (0, "- box [checked]")];
        let mut listing = Listing { lines: lines.map(line).into(), ..Listing::default() };
        let fates = vec![Change::Same, Change::Same, Change::Same, Change::Added, Change::Changed];
        let changes = Changes { lines: fates, removed: vec!["- old".to_owned()] };
        let (delta, cut) = reduce(&mut listing, changes, max_chars);
        (listing.lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n"), delta, cut)
    }

    #[test]
    fn changes_are_told_under_their_ancestors() {
        let (text, delta, cut) = reduced(4000);
        assert_eq!(text, "  - main\n    - list\n+     - new\n~ - box [checked]\n- - old");
        assert_eq!((delta, cut), (Delta { added: 1, changed: 1, removed: 1, ..Delta::default() }, false));
    }

    #[test]
    fn a_long_delta_is_cut_at_a_line() {
        let (text, delta, cut) = reduced(62);
        assert_eq!(text, "  - main\n    - list\n[...3 more lines of changes]");
        assert_eq!((delta.added, cut), (1, true));
    }
}
