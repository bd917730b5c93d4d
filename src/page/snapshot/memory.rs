//! What earlier snapshots of a tab told: which elements are new, and what has changed. Pure and bounded.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::{
    budget::{Budget, parents},
    options::SnapshotOptions,
    rendered::{Line, RefEntry},
};
use crate::page::Reference;

/// Families of snapshots that are remembered (contract 7.4).
const MOST_FAMILIES: usize = 32;
/// Whole texts that are remembered for deltas.
const MOST_TEXTS: usize = 2;
/// Longer texts are not remembered.
const LONGEST_TEXT: usize = 2_000_000;

/// The memory of one tab.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    families: VecDeque<(Family, HashSet<u64>)>,
    texts: VecDeque<(Family, Told)>,
    /// How the tab was last told.
    pub(super) last: Option<SnapshotOptions>,
    /// The element that was last acted on.
    pub(in crate::page) acted: Option<Reference>,
    /// The browser's numbers of elements, which never change: a ref is never given twice.
    pub(in crate::page) backend_ids: HashMap<Reference, i64>,
}

/// Snapshots that can be compared: of the same document, asked with the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Family {
    document: Arc<str>,
    options: SnapshotOptions,
}

impl Family {
    pub(super) fn new(document: Arc<str>, options: &SnapshotOptions) -> Self {
        Self { document, options: SnapshotOptions { delta: None, ..options.clone() } }
    }

    /// What is told of the same things can be compared, wherever its text was cut.
    pub(super) fn of_any_length(mut self) -> Self {
        self.options.max_chars = None;
        self.options.budget = Budget::default();
        self
    }
}

/// A text that was told, and what each of its lines is of.
#[derive(Debug)]
struct Told {
    text: String,
    /// Of each line: where its text ends, its key, and the key of what it is in.
    lines: Vec<(usize, u64, u64)>,
}

/// What became of a line since it was last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Same,
    Changed,
    /// It says the same in another place: of another element, or before or behind others than it was.
    Moved,
    Added,
}

/// What is different from what was last told.
#[derive(Debug)]
pub(super) struct Changes {
    /// Of each line, what became of it.
    pub(super) lines: Vec<Change>,
    /// Lines that are gone.
    pub(super) removed: Vec<String>,
}

impl Memory {
    /// Which lines hold an element that the last snapshot of the family did not have; none for a first snapshot.
    pub(super) fn new_lines(&mut self, family: &Family, lines: &[Line]) -> Option<Vec<bool>> {
        let by_name = family.options.style.knows_by_name();
        let of = |line: &Line| line.entry.as_ref().map(|entry| identity(entry, by_name));
        let known = take(&mut self.families, family);
        let new = known.map(|known| {
            lines.iter().map(|line| of(line).is_some_and(|element| !known.contains(&element))).collect()
        });
        put(&mut self.families, family, lines.iter().filter_map(of).collect(), MOST_FAMILIES);
        new
    }

    /// Remembers a text. When it is asked for, yields what is different from the last one of the family, if there
    /// was one.
    pub(super) fn changes(&mut self, family: Family, lines: &[Line], asked: bool) -> Option<Changes> {
        let keys = keys(lines);
        let before = take(&mut self.texts, &family);
        let changes = before.filter(|_| asked).map(|before| before.compare(lines, &keys));
        let told = Told::of(lines, &keys);
        if told.text.len() <= LONGEST_TEXT {
            put(&mut self.texts, &family, told, MOST_TEXTS);
        }
        changes
    }
}

fn take<T>(all: &mut VecDeque<(Family, T)>, family: &Family) -> Option<T> {
    let at = all.iter().position(|(known, _)| known == family)?;
    all.remove(at).map(|(_, found)| found)
}

fn put<T>(all: &mut VecDeque<(Family, T)>, family: &Family, what: T, most: usize) {
    all.truncate(most - 1);
    all.push_front((family.clone(), what));
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

fn identity(entry: &RefEntry, by_name: bool) -> u64 {
    if by_name { hash(&(&entry.role, &entry.name, entry.nth)) } else { hash(&entry.reference) }
}

/// What each line is of: its ref, or its text and the ref that it is under; and the ref that it is under.
fn keys(lines: &[Line]) -> Vec<(u64, u64)> {
    let mut owners = Vec::with_capacity(lines.len());
    let mut keys = Vec::with_capacity(lines.len());
    for (line, parent) in lines.iter().zip(parents(lines)) {
        let above = parent.map_or(0, |parent| owners[parent]);
        let own = line.entry.as_ref().map(|entry| hash(&entry.reference));
        owners.push(own.unwrap_or(above));
        keys.push((own.unwrap_or_else(|| hash(&(above, line.text.trim_start()))), above));
    }
    keys
}

impl Told {
    fn of(lines: &[Line], keys: &[(u64, u64)]) -> Self {
        let mut text = String::with_capacity(lines.iter().map(|line| line.text.len()).sum());
        let place = |(line, (key, above)): (&Line, &(u64, u64))| {
            text.push_str(line.text.trim_start());
            (text.len(), *key, *above)
        };
        let lines = lines.iter().zip(keys).map(place).collect();
        Self { text, lines }
    }

    fn compare(&self, lines: &[Line], keys: &[(u64, u64)]) -> Changes {
        let starts = std::iter::once(0).chain(self.lines.iter().map(|(end, ..)| *end));
        let texts: Vec<&str> =
            starts.zip(&self.lines).map(|(start, (end, ..))| &self.text[start..*end]).collect();
        let mut known: HashMap<u64, Vec<usize>> = HashMap::with_capacity(texts.len());
        for (at, (_, key, _)) in self.lines.iter().enumerate().rev() {
            known.entry(*key).or_default().push(at);
        }
        // Under each element, the lines that were under it, and where.
        let mut stayed: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
        let mut fates = Vec::with_capacity(lines.len());
        for (line, (key, above)) in lines.iter().zip(keys) {
            fates.push(match known.get_mut(key).and_then(Vec::pop) {
                None => Change::Added,
                Some(at) if texts[at] != line.text.trim_start() => Change::Changed,
                Some(at) if self.lines[at].2 != *above => Change::Moved,
                Some(at) => {
                    stayed.entry(*above).or_default().push((fates.len(), at));
                    Change::Same
                }
            });
        }
        for siblings in stayed.values() {
            for moved in out_of_order(siblings) {
                fates[moved] = Change::Moved;
            }
        }
        let mut gone: Vec<usize> = known.into_values().flatten().collect();
        gone.sort_unstable();
        Changes { lines: fates, removed: gone.into_iter().map(|at| texts[at].to_owned()).collect() }
    }
}

/// The lines, each with where it was, that are left when the longest row of those that kept their order is taken away.
fn out_of_order(siblings: &[(usize, usize)]) -> Vec<usize> {
    // For each length, the end of the row that ends earliest; and for each line, the one before it in its row.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; siblings.len()];
    for (at, (_, was)) in siblings.iter().enumerate() {
        let length = ends.partition_point(|end| siblings[*end].1 < *was);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = vec![false; siblings.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        kept[at] = true;
        next = before[at];
    }
    siblings.iter().zip(kept).filter(|(_, kept)| !kept).map(|((line, _), _)| *line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: u32, text: &str) -> Line {
        let reference = text.split_once("[ref=").and_then(|(_, rest)| rest.split_once(']')).map(|(r, _)| r);
        let entry = reference.map(|reference| RefEntry {
            reference: reference.to_owned(),
            role: "button".to_owned(),
            ..RefEntry::default()
        });
        Line { text: text.to_owned(), level, entry, ..Line::default() }
    }

    fn family(document: &str) -> Family {
        Family::new(document.into(), &SnapshotOptions::default())
    }

    #[test]
    fn lines_are_compared_by_what_they_are_of() {
        let mut memory = Memory::default();
        let before = [
            line(0, "- list [ref=e1]"),
            line(1, "- text: a"),
            line(1, "- box [ref=e2]"),
            line(1, "- x [ref=e3]"),
        ];
        assert!(memory.changes(family("d"), &before, true).is_none());
        let after = [
            line(0, "- list [ref=e1]"),
            line(2, "  - box [checked] [ref=e2]"),
            line(1, "- text: a"),
            line(1, "- text: a"),
        ];
        let changes = memory.changes(family("d"), &after, true).expect("a second one");
        assert_eq!(changes.lines, [Change::Same, Change::Changed, Change::Same, Change::Added]);
        assert_eq!(changes.removed, ["- x [ref=e3]"]);
        assert!(memory.changes(family("another"), &after, true).is_none());
        let changes = memory.changes(family("d"), &after, true).expect("a third one");
        assert!(changes.removed.is_empty() && changes.lines.iter().all(|change| *change == Change::Same));
    }

    #[test]
    fn lines_that_stand_in_another_order_have_moved() {
        let mut memory = Memory::default();
        let rows = |order: &[&str]| order.iter().map(|name| line(0, &format!("- x [ref={name}]"))).collect();
        let mut told = |order: &[&str]| {
            let lines: Vec<Line> = rows(order);
            memory.changes(family("d"), &lines, true).map(|changes| changes.lines)
        };
        assert_eq!(told(&["e1", "e2", "e3", "e4"]), None);
        let (same, moved) = (Change::Same, Change::Moved);
        assert_eq!(told(&["e4", "e1", "e2", "e3"]), Some(vec![moved, same, same, same]));
        assert_eq!(told(&["e4", "e1", "e2", "e3"]), Some(vec![same; 4]));
        assert_eq!(
            told(&["e3", "e2", "e1"]).expect("a fourth one").iter().filter(|c| **c == moved).count(),
            2
        );
        let lines = [line(0, "- x [ref=e3]"), line(1, "- x [ref=e2]"), line(0, "- x [ref=e1]")];
        let changes = memory.changes(family("d"), &lines, true).expect("a fifth one");
        assert_eq!(changes.lines, [same, moved, same]);
    }

    #[test]
    fn families_are_forgotten_when_there_are_many() {
        let mut memory = Memory::default();
        let lines = [line(0, "- a [ref=e1]")];
        for n in 0..=MOST_FAMILIES {
            assert!(memory.new_lines(&family(&n.to_string()), &lines).is_none());
        }
        assert!(memory.new_lines(&family("0"), &lines).is_none(), "the oldest one is forgotten");
        assert_eq!(memory.new_lines(&family("9"), &[line(0, "- b [ref=e2]")]), Some(vec![true]));
    }
}
