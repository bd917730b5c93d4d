//! Which browsers the pool has, how many contexts each has given away, and what should be done with them. It starts and
//! stops nothing. Pure.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::config::PoolSettings;

/// The browsers of the pool, each by its number, and the spare contexts `S` in them.
#[derive(Debug)]
pub(in crate::pool) struct Table<S> {
    settings: PoolSettings,
    members: BTreeMap<usize, Member<S>>,
}

#[derive(Debug)]
struct Member<S> {
    /// Places in it that are given away.
    held: usize,
    /// One lease has all of it.
    is_whole: bool,
    /// Contexts that it has given away, ever.
    uses: usize,
    phase: Phase,
    /// Since when nobody has a place in it.
    idle_since: Instant,
    /// When it is too old: each at another moment, so that they do not all go at once.
    old_at: Instant,
    /// Whether somebody waits for its end.
    is_followed: bool,
    spares: Vec<S>,
    /// Spare contexts that are being made.
    warming: usize,
    /// When its memory was measured last.
    measured: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It is being started, or will be by whoever has got a place in it.
    Starting,
    Running,
    /// It gets nobody any more, and is stopped when nobody has a place in it.
    Draining,
    /// It is being stopped.
    Leaving,
    /// It has ended while leases had places in it.
    Gone,
}

/// Something to be done with a browser of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pool) enum Chore {
    /// Start it, so that it is there before anybody asks.
    Start(usize),
    /// Tell when it ends.
    Follow(usize),
    /// Make a context in it, so that it is there before anybody asks.
    Warm(usize),
    /// Look how much memory it uses.
    Measure(usize),
    /// Stop it.
    Stop(usize),
}

/// How often the memory of a browser is measured.
const BETWEEN_MEASURES: Duration = Duration::from_secs(60);

/// What is told of one browser of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberView {
    /// Its number.
    pub number: usize,
    /// Leases that have a place in it.
    pub leases: usize,
    /// Blank contexts that are ready.
    pub spares: usize,
    /// Contexts that it has given away, ever.
    pub uses: usize,
    /// Whether it gets no more leases.
    pub is_draining: bool,
}

impl<S> Table<S> {
    pub(in crate::pool) fn new(settings: PoolSettings) -> Self {
        Self { settings, members: BTreeMap::new() }
    }

    pub(in crate::pool) fn settings(&self) -> &PoolSettings {
        &self.settings
    }

    /// The browser in which there is a place for another context: one with a spare first, then the fullest, so that
    /// others become empty; none when another browser is needed.
    fn roomy(&self) -> Option<usize> {
        let fits = |member: &Member<S>| {
            let is_open = matches!(member.phase, Phase::Running | Phase::Starting) && !member.is_whole;
            is_open && member.held < self.settings.contexts_per_browser
        };
        let open = self.members.iter().filter(|(_, member)| fits(member));
        open.max_by_key(|(_, member)| (!member.spares.is_empty(), member.held)).map(|(number, _)| *number)
    }

    /// A place for a context; none when there are as many as there may be.
    pub(in crate::pool) fn reserve(&mut self, now: Instant) -> Option<usize> {
        let number = self.roomy().or_else(|| self.add(now))?;
        self.hold(number);
        Some(number)
    }

    /// A browser that nobody has used; none when there are as many as there may be.
    pub(in crate::pool) fn reserve_whole(&mut self, now: Instant) -> Option<usize> {
        let is_fresh = |member: &Member<S>| {
            member.held == 0
                && member.uses == 0
                && !member.is_whole
                && matches!(member.phase, Phase::Running | Phase::Starting)
        };
        let fresh = self.members.iter().find(|(_, member)| is_fresh(member)).map(|(number, _)| *number);
        let number = fresh.or_else(|| self.add(now))?;
        self.hold(number);
        if let Some(member) = self.members.get_mut(&number) {
            member.is_whole = true;
        }
        Some(number)
    }

    /// Whether a place for a context would need another browser.
    pub(in crate::pool) fn needs_browser(&self) -> bool {
        self.roomy().is_none()
    }

    fn hold(&mut self, number: usize) {
        if let Some(member) = self.members.get_mut(&number) {
            member.held += 1;
            member.uses += 1;
        }
    }

    fn add(&mut self, now: Instant) -> Option<usize> {
        if self.members.len() >= self.settings.max_browsers {
            return None;
        }
        let number = (1..).find(|number| !self.members.contains_key(number))?;
        // A fifth more or less, by its number.
        let share = u32::try_from(number * 7 % 41).unwrap_or_default();
        let age = self.settings.max_age * (80 + share) / 100;
        let member = Member {
            held: 0,
            is_whole: false,
            uses: 0,
            phase: Phase::Starting,
            idle_since: now,
            old_at: now + age,
            is_followed: false,
            spares: Vec::new(),
            warming: 0,
            measured: now,
        };
        self.members.insert(number, member);
        Some(number)
    }

    /// A place is given back.
    pub(in crate::pool) fn give_back(&mut self, number: usize, now: Instant) {
        let Some(member) = self.members.get_mut(&number) else { return };
        member.held = member.held.saturating_sub(1);
        member.idle_since = now;
        if member.is_whole && member.held == 0 && member.phase == Phase::Running {
            member.phase = Phase::Draining;
        }
        // Whoever was to start it has not, or the last lease of one that has ended is gone.
        if matches!(member.phase, Phase::Starting | Phase::Gone) && member.held == 0 {
            self.members.remove(&number);
        }
    }

    /// It was to be there before anybody asks, and does not start.
    pub(in crate::pool) fn failed(&mut self, number: usize) {
        let is_nobodys = |member: &Member<S>| member.phase == Phase::Starting && member.held == 0;
        if self.members.get(&number).is_some_and(is_nobodys) {
            self.members.remove(&number);
        }
    }

    /// It runs.
    pub(in crate::pool) fn runs(&mut self, number: usize) {
        if let Some(member) = self.members.get_mut(&number)
            && member.phase == Phase::Starting
        {
            member.phase = Phase::Running;
        }
    }

    /// It has ended, by itself or because it was stopped. Whoever has a place in it loses what was there.
    pub(in crate::pool) fn ended(&mut self, number: usize) {
        let Some(member) = self.members.get_mut(&number) else { return };
        member.spares.clear();
        if member.held == 0 {
            self.members.remove(&number);
        } else {
            member.phase = Phase::Gone;
        }
    }

    /// It uses too much memory.
    pub(in crate::pool) fn drain(&mut self, number: usize) {
        if let Some(member) = self.members.get_mut(&number)
            && member.phase == Phase::Running
        {
            member.phase = Phase::Draining;
        }
    }

    /// A spare context is made, or could not be; given back when it is too late for it.
    pub(in crate::pool) fn warmed(&mut self, number: usize, spare: Option<S>) -> Option<S> {
        let Some(member) = self.members.get_mut(&number) else { return spare };
        member.warming = member.warming.saturating_sub(1);
        match spare {
            Some(spare) if member.phase == Phase::Running && !member.is_whole => {
                member.spares.push(spare);
                None
            }
            other => other,
        }
    }

    /// A spare context of a browser in which the caller has got a place.
    pub(in crate::pool) fn take_spare(&mut self, number: usize) -> Option<S> {
        self.members.get_mut(&number)?.spares.pop()
    }

    /// Whether there is nothing that time alone could change.
    pub(in crate::pool) fn is_idle(&self) -> bool {
        self.members.is_empty() && self.settings.spare_browsers == 0
    }

    /// The browsers, by their numbers.
    pub(in crate::pool) fn views(&self) -> Vec<MemberView> {
        let view = |(number, member): (&usize, &Member<S>)| MemberView {
            number: *number,
            leases: member.held,
            spares: member.spares.len(),
            uses: member.uses,
            is_draining: !matches!(member.phase, Phase::Starting | Phase::Running),
        };
        self.members.iter().map(view).collect()
    }

    /// What is to be done now; each is told once.
    pub(in crate::pool) fn chores(&mut self, now: Instant) -> Vec<Chore> {
        let mut chores = self.retire(now);
        for (number, member) in &mut self.members {
            let runs = !matches!(member.phase, Phase::Starting | Phase::Gone);
            if runs && !member.is_followed {
                member.is_followed = true;
                chores.push(Chore::Follow(*number));
            }
            let is_due = now >= member.measured + BETWEEN_MEASURES && self.settings.max_memory > 0;
            if is_due && member.phase == Phase::Running {
                member.measured = now;
                chores.push(Chore::Measure(*number));
            }
        }
        let empty = self.members.values().filter(|member| is_spare(member)).count();
        for _ in empty..self.settings.spare_browsers {
            chores.extend(self.add(now).map(Chore::Start));
        }
        chores.extend(self.warm());
        chores
    }

    fn retire(&mut self, now: Instant) -> Vec<Chore> {
        let mut spare = self.settings.spare_browsers;
        let mut chores = Vec::new();
        for (number, member) in &mut self.members {
            if member.phase == Phase::Running
                && (now >= member.old_at || member.uses >= self.settings.max_uses)
            {
                member.phase = Phase::Draining;
            }
            let is_idle = member.held == 0 && member.phase == Phase::Running;
            let is_kept = is_idle && spare > 0 && member.uses == 0;
            spare -= usize::from(is_kept);
            let is_done = member.held == 0 && member.phase == Phase::Draining;
            let is_long_idle = is_idle && !is_kept && now >= member.idle_since + self.settings.idle;
            if is_done || is_long_idle {
                member.phase = Phase::Leaving;
                member.spares.clear();
                chores.push(Chore::Stop(*number));
            }
        }
        chores
    }

    /// Where spare contexts are to be made: where the next lease would get its place.
    fn warm(&mut self) -> Option<Chore> {
        let ready: usize = self.members.values().map(|member| member.spares.len() + member.warming).sum();
        if ready >= self.settings.spare_contexts {
            return None;
        }
        let most = self.settings.contexts_per_browser;
        let fits = |member: &Member<S>| {
            let taken = member.held + member.spares.len() + member.warming;
            member.phase == Phase::Running && !member.is_whole && taken < most
        };
        let open = self.members.iter_mut().filter(|(_, member)| fits(member));
        let (number, member) = open.max_by_key(|(_, member)| member.held)?;
        member.warming += 1;
        Some(Chore::Warm(*number))
    }
}

/// Whether it waits for whoever comes first.
fn is_spare<S>(member: &Member<S>) -> bool {
    member.held == 0 && member.uses == 0 && matches!(member.phase, Phase::Running | Phase::Starting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(settings: PoolSettings) -> (Table<&'static str>, Instant) {
        (Table::new(settings), Instant::now())
    }

    fn small() -> PoolSettings {
        PoolSettings {
            max_browsers: 2,
            contexts_per_browser: 2,
            spare_contexts: 0,
            ..PoolSettings::default()
        }
    }

    #[test]
    fn the_fullest_with_room_gets_the_next_and_no_browser_is_one_too_many() {
        let (mut pool, now) = table(small());
        let got: Vec<Option<usize>> = (0..5).map(|_| pool.reserve(now)).collect();
        assert_eq!(got, [Some(1), Some(1), Some(2), Some(2), None]);
        [1, 2].into_iter().for_each(|number| pool.runs(number));
        pool.give_back(1, now);
        assert_eq!((pool.reserve(now), pool.reserve_whole(now)), (Some(1), None));
        // A whole browser is one that nobody has used.
        [1, 1].into_iter().for_each(|number| pool.give_back(number, now));
        assert_eq!(pool.reserve_whole(now), None);
    }

    #[test]
    fn a_whole_browser_is_stopped_when_it_is_given_back() {
        let (mut pool, now) = table(small());
        assert_eq!((pool.reserve_whole(now), pool.reserve(now)), (Some(1), Some(2)));
        pool.runs(1);
        assert_eq!(pool.chores(now), [Chore::Follow(1)]);
        pool.give_back(1, now);
        assert_eq!(pool.chores(now), [Chore::Stop(1)]);
        assert_eq!(pool.chores(now), [], "it is told once");
        pool.ended(1);
        assert_eq!(pool.reserve_whole(now), Some(1));
    }

    #[test]
    fn spares_are_made_where_the_next_one_goes_and_are_used_once() {
        let (mut pool, now) = table(PoolSettings { spare_contexts: 1, ..small() });
        assert_eq!((pool.reserve(now), pool.chores(now)), (Some(1), vec![]), "it does not run yet");
        pool.runs(1);
        assert_eq!(pool.chores(now), [Chore::Follow(1), Chore::Warm(1)]);
        assert_eq!(pool.chores(now), [], "one is being made");
        assert_eq!(pool.warmed(1, Some("spare")), None);
        assert_eq!(pool.reserve(now), Some(1));
        assert_eq!((pool.take_spare(1), pool.take_spare(1)), (Some("spare"), None));
        assert_eq!(pool.chores(now), [], "the browser is full");
        pool.give_back(1, now);
        assert_eq!(pool.chores(now), [Chore::Warm(1)]);
        pool.drain(1);
        assert_eq!(pool.warmed(1, Some("late")), Some("late"));
    }

    #[test]
    fn used_up_old_and_idle_browsers_go_when_nobody_has_a_place_in_them() {
        let (mut pool, now) = table(PoolSettings { max_uses: 2, ..small() });
        assert_eq!((pool.reserve(now), pool.reserve(now)), (Some(1), Some(1)));
        pool.runs(1);
        assert_eq!((pool.chores(now), pool.reserve(now)), (vec![Chore::Follow(1)], Some(2)), "it drains");
        pool.runs(2);
        pool.give_back(1, now);
        assert_eq!(pool.chores(now), [Chore::Follow(2)]);
        pool.give_back(1, now);
        assert_eq!(pool.chores(now), [Chore::Stop(1)]);
        pool.ended(1);
        pool.give_back(2, now);
        let idle = now + PoolSettings::default().idle;
        assert_eq!(pool.chores(idle - Duration::from_millis(1)).len(), 1, "measured, and kept");
        assert_eq!(pool.chores(idle), [Chore::Stop(2)]);
        pool.ended(2);
        pool.reserve(now);
        pool.runs(1);
        pool.give_back(1, now + Duration::from_secs(4300));
        assert!(pool.chores(now + Duration::from_secs(4320)).contains(&Chore::Stop(1)), "it is too old");
    }

    #[test]
    fn spare_browsers_are_there_before_anybody_asks_and_one_that_ends_leaves_its_place() {
        let (mut pool, now) = table(PoolSettings { spare_browsers: 1, ..small() });
        assert_eq!((pool.chores(now), pool.chores(now)), (vec![Chore::Start(1)], vec![]));
        pool.runs(1);
        assert_eq!(pool.reserve(now), Some(1));
        assert_eq!(pool.chores(now), [Chore::Follow(1), Chore::Start(2)]);
        // It crashes: its lease ends, and then its place is free.
        pool.ended(1);
        assert_eq!(pool.reserve(now), Some(2));
        pool.give_back(1, now);
        assert_eq!(pool.chores(now), [Chore::Start(1)]);
        let idle = now + PoolSettings::default().idle;
        pool.runs(1);
        assert!(!pool.chores(idle).contains(&Chore::Stop(1)), "a spare one is kept");
    }
}
