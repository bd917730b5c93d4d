//! Who waits for a place, and whose turn it is: whoever holds the fewest places, then whoever was served the fewest times,
//! then whoever came first. An owner who asks for a thousand places waits behind nobody's back but their own. Pure.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Those who wait for a place of one kind, by their owners.
#[derive(Debug)]
pub(super) struct Line<W> {
    owners: HashMap<Arc<str>, Share<W>>,
    /// How many have come, ever.
    arrivals: u64,
}

/// What one owner has, and wants.
#[derive(Debug)]
struct Share<W> {
    held: usize,
    /// How often they were served since somebody waits.
    served: u64,
    waiting: VecDeque<(u64, W)>,
}

impl<W> Default for Line<W> {
    fn default() -> Self {
        Self { owners: HashMap::new(), arrivals: 0 }
    }
}

impl<W> Line<W> {
    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.owners.values().map(|share| share.waiting.len()).sum()
    }

    /// How many wait for one owner.
    pub(super) fn waiting_of(&self, owner: &str) -> usize {
        self.owners.get(owner).map_or(0, |share| share.waiting.len())
    }

    /// How many places are held.
    pub(super) fn held(&self) -> usize {
        self.owners.values().map(|share| share.held).sum()
    }

    /// Somebody gets a place without waiting.
    pub(super) fn take(&mut self, owner: &Arc<str>) {
        let share = self.share(owner);
        share.held += 1;
        share.served += 1;
    }

    /// Somebody waits from now on; the number that they have.
    pub(super) fn join(&mut self, owner: &Arc<str>, wanted: W) -> u64 {
        self.arrivals += 1;
        let number = self.arrivals;
        self.share(owner).waiting.push_back((number, wanted));
        number
    }

    /// Somebody waits no longer, and gets nothing.
    pub(super) fn leave(&mut self, number: u64) {
        self.owners.values_mut().for_each(|share| share.waiting.retain(|(other, _)| *other != number));
        self.tidy();
    }

    /// Whose turn it is, and what they want.
    pub(super) fn next(&self) -> Option<(&Arc<str>, &W)> {
        let of = |(owner, share): (_, &'_ Share<W>)| Some((rank(share)?, owner));
        let (_, owner) = self.owners.iter().filter_map(|(owner, share)| of((owner, share))).min()?;
        let (_, wanted) = self.owners[owner].waiting.front()?;
        Some((owner, wanted))
    }

    /// Whoever's turn it is gets a place.
    pub(super) fn serve(&mut self) -> Option<(Arc<str>, W)> {
        let owner = Arc::clone(self.next()?.0);
        let (_, wanted) = self.share(&owner).waiting.pop_front()?;
        self.take(&owner);
        Some((owner, wanted))
    }

    /// A place is given back.
    pub(super) fn give_back(&mut self, owner: &Arc<str>) {
        let share = self.share(owner);
        share.held = share.held.saturating_sub(1);
        self.tidy();
    }

    /// How many are served before somebody is, themselves included, if nobody else comes and each is served as places
    /// become free; none for those who do not wait.
    pub(super) fn position(&self, number: u64) -> Option<usize> {
        let mut shares: Vec<Share<()>> = self.owners.values().map(Share::outline).collect();
        for position in 1.. {
            let next = shares.iter_mut().filter_map(|share| Some((rank(share)?, share))).min_by_key(|s| s.0);
            let share = next?.1;
            let (served, ()) = share.waiting.pop_front()?;
            share.held += 1;
            share.served += 1;
            if served == number {
                return Some(position);
            }
        }
        None
    }

    fn share(&mut self, owner: &Arc<str>) -> &mut Share<W> {
        // Who comes late has not been neglected so long: nobody may save up turns.
        let least = self.owners.values().map(|share| share.served).min().unwrap_or_default();
        let new = || Share { held: 0, served: least, waiting: VecDeque::new() };
        self.owners.entry(Arc::clone(owner)).or_insert_with(new)
    }

    fn tidy(&mut self) {
        let is_contended = self.owners.values().any(|share| !share.waiting.is_empty());
        self.owners.retain(|_, share| share.held > 0 || !share.waiting.is_empty() || is_contended);
    }
}

impl<W> Share<W> {
    fn outline(&self) -> Share<()> {
        let waiting = self.waiting.iter().map(|(number, _)| (*number, ())).collect();
        Share { held: self.held, served: self.served, waiting }
    }
}

/// The smaller, the sooner; none when they do not wait.
fn rank<W>(share: &Share<W>) -> Option<(usize, u64, u64)> {
    let (number, _) = share.waiting.front()?;
    Some((share.held, share.served, *number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &str) -> Arc<str> {
        name.into()
    }

    #[test]
    fn a_flood_waits_behind_nobodys_back_but_its_own() {
        let mut line = Line::default();
        let [flood, ada, ben] = ["flood", "ada", "ben"].map(owner);
        (0..4).for_each(|_| line.take(&flood));
        let numbers: Vec<u64> = (0..10).map(|n| line.join(&flood, n)).collect();
        let of_ada = [line.join(&ada, 100), line.join(&ada, 101)];
        let of_ben = line.join(&ben, 200);
        assert_eq!(line.position(of_ada[0]), Some(1));
        assert_eq!((line.position(of_ben), line.position(of_ada[1])), (Some(2), Some(3)));
        assert_eq!(line.position(numbers[0]), Some(4));
        let mut order = Vec::new();
        while let Some((whose, wanted)) = line.serve() {
            order.push(wanted);
            line.give_back(&whose);
        }
        // The flood holds four places all the while, so that the others go first.
        assert_eq!(order[..3], [100, 200, 101]);
        assert_eq!(order[3..], (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn owners_with_as_many_places_are_served_in_turn() {
        let mut line = Line::default();
        let [ada, flood] = ["ada", "flood"].map(owner);
        for n in 0..100 {
            line.join(&flood, n);
        }
        for n in 0..10 {
            line.join(&ada, 1000 + n);
        }
        // One place: it is given back each time before the next one gets it.
        let mut served = Vec::new();
        for _ in 0..20 {
            let (whose, _) = line.serve().expect("somebody waits");
            line.give_back(&whose);
            served.push(whose);
        }
        assert_eq!(served.iter().filter(|whose| **whose == ada).count(), 10);
    }

    #[test]
    fn who_comes_late_has_saved_up_no_turns_and_who_leaves_is_not_served() {
        let mut line = Line::default();
        let [old, new] = ["old", "new"].map(owner);
        for n in 0..50 {
            line.join(&old, n);
        }
        for _ in 0..20 {
            let (whose, _) = line.serve().expect("somebody waits");
            line.give_back(&whose);
        }
        let gone = line.join(&new, 999);
        for n in 0..20 {
            line.join(&new, 1000 + n);
        }
        line.leave(gone);
        assert_eq!((line.waiting(), line.waiting_of("new"), line.position(gone)), (50, 20, None));
        let mut of_new = 0;
        for _ in 0..10 {
            let (whose, wanted) = line.serve().expect("somebody waits");
            assert_ne!(wanted, 999);
            of_new += usize::from(whose == new);
            line.give_back(&whose);
        }
        assert!((4..=6).contains(&of_new), "{of_new} of 10");
    }
}
