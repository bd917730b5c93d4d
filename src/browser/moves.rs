//! Which tabs were opened and closed, and by whom, as far back as an act may ask. Pure and bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::tab::TabId;
use crate::cdp::protocol::TargetInfo;

/// Openings and closings that are remembered.
const MOST: usize = 256;

/// A tab that was opened or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTab {
    /// Its stable id.
    pub id: TabId,
    /// The browser's id of its target.
    pub target_id: Arc<str>,
    /// What it shows, or showed.
    pub url: String,
}

/// The last openings and closings.
#[derive(Debug, Default)]
pub(super) struct Moves {
    rows: VecDeque<Move>,
    count: u64,
    /// Targets that are being attached, and who opened them.
    opening: Vec<(String, Option<String>)>,
    /// Which target opened which, as long as that one is there.
    openers: HashMap<String, String>,
}

#[derive(Debug)]
struct Move {
    tab: MovedTab,
    /// The target that opened it.
    opener: Option<String>,
    is_opened: bool,
    /// A caller asked for it.
    is_wanted: bool,
}

impl Moves {
    /// A target was attached; its page is not ready yet.
    pub(super) fn opening(&mut self, info: &TargetInfo) {
        self.opening.push((info.target_id.clone(), info.opener_id.clone()));
        if let Some(opener) = &info.opener_id {
            self.openers.insert(info.target_id.clone(), opener.clone());
        }
    }

    /// The target that opened this one.
    pub(super) fn opener(&self, target_id: &str) -> Option<&String> {
        self.openers.get(target_id)
    }

    /// It is no more.
    pub(super) fn destroyed(&mut self, target_id: &str) {
        self.openers.remove(target_id);
    }

    /// Its page is ready, or it went away.
    pub(super) fn settled(&mut self, target_id: &str) {
        self.opening.retain(|(target, _)| target != target_id);
    }

    /// Whether a tab that this one has opened is not ready yet.
    pub(super) fn is_opening(&self, opener: &str) -> bool {
        self.opening.iter().any(|(_, known)| known.as_deref() == Some(opener))
    }

    pub(super) fn opened(&mut self, tab: MovedTab, opener: Option<String>) {
        self.settled(&tab.target_id);
        self.note(Move { tab, opener, is_opened: true, is_wanted: false });
    }

    pub(super) fn closed(&mut self, tab: MovedTab, opener: Option<String>, is_wanted: bool) {
        self.note(Move { tab, opener, is_opened: false, is_wanted });
    }

    fn note(&mut self, row: Move) {
        if self.rows.len() == MOST {
            self.rows.pop_front();
        }
        self.count += 1;
        self.rows.push_back(row);
    }

    /// How many there were so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Of what moved after so many: the tabs that this one opened, then those that went away: itself, and by themselves
    /// those that it opened and the one that opened it.
    pub(super) fn of(&self, target_id: &str, after: u64) -> (Vec<MovedTab>, Vec<MovedTab>) {
        let new = || self.since(after);
        let opener = self.opener_of(target_id);
        let is_child = |row: &Move| row.opener.as_deref() == Some(target_id);
        let is_family = |row: &Move| is_child(row) || opener == Some(&*row.tab.target_id);
        let opened = new().filter(|row| row.is_opened && is_child(row));
        let is_closed = |row: &&Move| {
            let own = *row.tab.target_id == *target_id;
            !row.is_opened && (own || (!row.is_wanted && is_family(row)))
        };
        let closed = new().filter(is_closed);
        (opened.map(|row| row.tab.clone()).collect(), closed.map(|row| row.tab.clone()).collect())
    }

    /// Whether a tab went away after so many moves and no caller closed it.
    pub(super) fn has_closed_itself(&self, target_id: &str, after: u64) -> bool {
        self.since(after).any(|row| !row.is_opened && !row.is_wanted && *row.tab.target_id == *target_id)
    }

    /// Those that are remembered of what moved after so many, the oldest first.
    fn since(&self, after: u64) -> impl Iterator<Item = &Move> {
        let count = usize::try_from(self.count - after).unwrap_or(usize::MAX);
        self.rows.iter().skip(self.rows.len().saturating_sub(count))
    }

    fn opener_of(&self, target_id: &str) -> Option<&str> {
        self.rows.iter().rev().find(|row| *row.tab.target_id == *target_id)?.opener.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tab(target_id: &str) -> MovedTab {
        MovedTab { id: TabId::default(), target_id: target_id.into(), url: String::new() }
    }

    fn names(tabs: Vec<MovedTab>) -> Vec<String> {
        tabs.into_iter().map(|tab| tab.target_id.to_string()).collect()
    }

    #[test]
    fn a_tab_is_told_of_what_it_opened_and_of_what_went_away_around_it() {
        let mut moves = Moves::default();
        moves.opened(tab("A"), None);
        moves.opened(tab("B"), Some("A".to_owned()));
        let mark = moves.count();
        moves.opened(tab("C"), Some("B".to_owned()));
        moves.opened(tab("D"), Some("X".to_owned()));
        moves.closed(tab("D"), Some("X".to_owned()), false);
        moves.closed(tab("A"), None, false);
        moves.closed(tab("C"), Some("B".to_owned()), true);
        let (opened, closed) = moves.of("B", mark);
        assert_eq!((names(opened), names(closed)), (vec!["C".to_owned()], vec!["A".to_owned()]));
        assert_eq!(moves.of("B", moves.count()), (Vec::new(), Vec::new()));
        assert_eq!(names(moves.of("C", mark).1), ["C"], "its own end, whoever wanted it");
        assert!(moves.has_closed_itself("A", mark) && !moves.has_closed_itself("C", mark));
    }

    #[test]
    fn old_moves_are_forgotten() {
        let mut moves = Moves::default();
        for _ in 0..MOST + 9 {
            moves.opened(tab("P"), Some("A".to_owned()));
        }
        assert_eq!(moves.of("A", 0).0.len(), MOST);
    }
}
