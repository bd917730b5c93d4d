//! How many leases there may be, and in which browser each has its place. Whoever finds none waits in a line, and is given
//! one as soon as there is one, in fair order.
//!
//! **Invariant**: a place is given back when its value is dropped, and goes to whoever waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::line::Line;
use crate::browser::Browser;
use crate::config::PoolSettings;
use crate::pool::fleet::Table as Fleet;
use crate::pool::host::{Headroom, Shortage};
use crate::profile::ProfileName;

/// Leases at the same time, of all kinds together.
const MOST: usize = 512;
/// Of those who may wait in a line, no owner has more than this share.
const MOST_OF_ONE: usize = 4;

/// A context that nobody has leased yet, made before anybody asks.
#[derive(Debug)]
pub(in crate::pool) struct Spare {
    /// What its lease will be called.
    pub(in crate::pool) id: Arc<str>,
    /// The browser as that lease will see it.
    pub(in crate::pool) browser: Browser,
}

/// What kind of place somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
    /// For tabs of one's own in a profile's browser.
    Tabs,
    /// For a context in a profile's browser.
    Context(ProfileName),
    /// For a context in a browser of the pool.
    OfPool,
    /// For a browser of the pool.
    Browser,
}

impl Wanted {
    /// Those who want the same of the same wait in one line.
    fn line(&self) -> Key {
        match self {
            Self::Tabs => Key::Tabs,
            Self::Context(profile) => Key::Profile(profile.clone()),
            Self::OfPool | Self::Browser => Key::Pool,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Tabs,
    Profile(ProfileName),
    Pool,
}

/// The places of an instance. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(in crate::pool) struct Places {
    state: Arc<Mutex<State>>,
    headroom: Headroom,
    /// Told when a browser of the pool may have something to do.
    pub(in crate::pool) woken: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    fleet: Fleet<Spare>,
    lines: HashMap<Key, Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    line: Line<Asking>,
    /// How long a place was held, lately.
    typical: Option<Duration>,
}

#[derive(Debug)]
struct Asking {
    wanted: Wanted,
    answer: oneshot::Sender<Place>,
}

/// A place for one lease; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    key: Key,
    owner: Arc<str>,
    /// The browser of the pool that it is in.
    pub(super) member: Option<usize>,
    since: Instant,
    is_given_back: bool,
}

/// Somebody who waits for a place; they leave when it is dropped.
#[derive(Debug)]
pub(super) struct Waiter {
    places: Places,
    key: Key,
    number: u64,
    place: oneshot::Receiver<Place>,
    /// How many were to be served before it when it came, itself included.
    pub(super) position: usize,
}

/// What asking for a place comes to.
#[derive(Debug)]
pub(super) enum Entry {
    /// There is one.
    Seated(Place),
    /// There is none yet.
    Waiting(Waiter),
}

/// Why there is no place, and what is known of when there will be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// Why not.
    pub why: Shortage,
    /// How many hold a place of this kind.
    pub held: usize,
    /// How many wait for one.
    pub waiting: usize,
    /// How many are to be served before whoever asks, themselves included.
    pub position: usize,
    /// When that may be, judged by how long places were held lately.
    pub estimate: Option<Duration>,
    /// Nobody else may wait.
    pub is_full: bool,
}

impl Places {
    pub(super) fn new(settings: PoolSettings) -> Self {
        let headroom = Headroom::new(settings.min_free_memory);
        let state = State { fleet: Fleet::new(settings), lines: HashMap::new() };
        Self { state: Arc::new(Mutex::new(state)), headroom, woken: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }

    /// Looks at, or changes, which browsers the pool has; whoever waits gets what has become free by that.
    pub(in crate::pool) fn fleet<T>(&self, change: impl FnOnce(&mut Fleet<Spare>) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state.fleet);
        self.pass_on(&mut state);
        changed
    }

    /// Whether somebody waits.
    pub(in crate::pool) fn has_waiters(&self) -> bool {
        self.waiting() > 0
    }

    /// How many wait, in all lines.
    pub(in crate::pool) fn waiting(&self) -> usize {
        self.state().lines.values().map(|queue| queue.line.waiting()).sum()
    }

    /// What may have become free by itself, such as the host's memory, goes to whoever waits.
    pub(in crate::pool) fn look(&self) {
        self.pass_on(&mut self.state());
    }

    /// A place, or a place in the line.
    ///
    /// # Errors
    /// [`Crowd`] when nobody else may wait; when `may_wait` is false, also when there is no place now.
    pub(super) fn enter(&self, owner: &Arc<str>, wanted: Wanted, may_wait: bool) -> Result<Entry, Crowd> {
        let mut state = self.state();
        let key = wanted.line();
        let is_first = state.lines.get(&key).is_none_or(|queue| queue.line.waiting() == 0);
        let seat = if is_first { self.seat(&mut state, &wanted) } else { Err(Shortage::Places) };
        let most = state.fleet.settings().max_waiting;
        let queue = state.lines.entry(key.clone()).or_default();
        let why = match seat {
            Ok(member) => {
                queue.line.take(owner);
                self.woken.notify_one();
                return Ok(Entry::Seated(self.place(key, owner, member)));
            }
            Err(why) => why,
        };
        let (waiting, own) = (queue.line.waiting(), queue.line.waiting_of(owner));
        let is_full = waiting >= most || own >= (most / MOST_OF_ONE).max(1);
        let (answer, place) = oneshot::channel();
        let number = queue.line.join(owner, Asking { wanted, answer });
        let position = queue.line.position(number).unwrap_or(waiting + 1);
        if is_full || !may_wait {
            queue.line.leave(number);
            return Err(queue.crowd(why, position, is_full));
        }
        Ok(Entry::Waiting(Waiter { places: self.clone(), key, number, place, position }))
    }

    fn place(&self, key: Key, owner: &Arc<str>, member: Option<usize>) -> Place {
        let (places, owner, since) = (self.clone(), Arc::clone(owner), Instant::now());
        Place { places, key, owner, member, since, is_given_back: false }
    }

    /// Finds a place: the browser of the pool that it is in, if it is in one.
    fn seat(&self, state: &mut State, wanted: &Wanted) -> Result<Option<usize>, Shortage> {
        let held: usize = state.lines.values().map(|queue| queue.line.held()).sum();
        if held >= MOST {
            return Err(Shortage::Places);
        }
        let (now, most) = (Instant::now(), state.fleet.settings().contexts_per_browser);
        let full = Shortage::Places;
        match wanted {
            Wanted::Tabs => Ok(None),
            Wanted::Context(_) => {
                let held = state.lines.get(&wanted.line()).map_or(0, |queue| queue.line.held());
                if held >= most { Err(full) } else { self.headroom.for_context().map(|()| None) }
            }
            Wanted::OfPool => {
                self.headroom.for_context()?;
                if state.fleet.needs_browser() {
                    self.headroom.for_browser()?;
                }
                state.fleet.reserve(now).map(Some).ok_or(full)
            }
            Wanted::Browser => {
                self.headroom.for_browser()?;
                state.fleet.reserve_whole(now).map(Some).ok_or(full)
            }
        }
    }

    /// Gives what is free to those whose turn it is.
    fn pass_on(&self, state: &mut State) {
        let keys: Vec<Key> = state
            .lines
            .iter()
            .filter(|(_, queue)| queue.line.waiting() > 0)
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            loop {
                let next = state.lines.get(&key).and_then(|queue| queue.line.next());
                let Some(wanted) = next.map(|(_, asking)| asking.wanted.clone()) else { break };
                let Ok(member) = self.seat(state, &wanted) else { break };
                let queue = state.lines.get_mut(&key);
                let Some((owner, asking)) = queue.and_then(|queue| queue.line.serve()) else { break };
                self.woken.notify_one();
                // Whoever has gone meanwhile gives it back at once; the lock is held, so not by dropping it.
                if let Err(mut place) = asking.answer.send(self.place(key.clone(), &owner, member)) {
                    place.is_given_back = true;
                    state.give_back(&place);
                }
            }
        }
        state.lines.retain(|_, queue| queue.line.waiting() + queue.line.held() > 0);
    }
}

impl State {
    fn give_back(&mut self, place: &Place) {
        if let Some(queue) = self.lines.get_mut(&place.key) {
            queue.line.give_back(&place.owner);
            let held = place.since.elapsed();
            // The last ones weigh more than those before them.
            queue.typical = Some(queue.typical.map_or(held, |before| (before * 3 + held) / 4));
        }
        if let Some(member) = place.member {
            self.fleet.give_back(member, Instant::now());
        }
    }
}

impl Queue {
    fn crowd(&self, why: Shortage, position: usize, is_full: bool) -> Crowd {
        let held = self.line.held();
        let rounds = u32::try_from(position.div_ceil(held.max(1))).unwrap_or(u32::MAX);
        let estimate = self.typical.map(|typical| typical.saturating_mul(rounds));
        Crowd { why, held, waiting: self.line.waiting(), position, estimate, is_full }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_given_back {
            return;
        }
        let places = self.places.clone();
        let mut state = places.state();
        state.give_back(self);
        places.pass_on(&mut state);
        places.woken.notify_one();
    }
}

impl Waiter {
    /// Waits for the place.
    pub(super) async fn place(&mut self) -> Option<Place> {
        // The sender is dropped with the line alone, which is there as long as somebody waits in it.
        (&mut self.place).await.ok()
    }

    /// What there is to tell whoever waits no longer.
    pub(super) fn crowd(&self) -> Crowd {
        let mut state = self.places.state();
        let why = state
            .lines
            .get(&self.key)
            .and_then(|queue| queue.line.next())
            .map(|(_, asking)| asking.wanted.clone());
        let why = why.and_then(|wanted| match self.places.headroom.for_context() {
            Err(shortage) => Some(shortage),
            Ok(()) if wanted == Wanted::Browser => self.places.headroom.for_browser().err(),
            Ok(()) => None,
        });
        let queue = state.lines.entry(self.key.clone()).or_default();
        let position = queue.line.position(self.number).unwrap_or(self.position);
        queue.crowd(why.unwrap_or(Shortage::Places), position, false)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut state = self.places.state();
        if let Some(queue) = state.lines.get_mut(&self.key) {
            queue.line.leave(self.number);
        }
        // Whoever stood behind it may want less.
        self.places.pass_on(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(max_waiting: usize) -> Places {
        let settings = PoolSettings { contexts_per_browser: 2, max_waiting, ..PoolSettings::default() };
        Places::new(PoolSettings { min_free_memory: 0, ..settings })
    }

    fn wanted() -> Wanted {
        Wanted::Context("work".parse().expect("a name"))
    }

    #[tokio::test]
    async fn a_place_that_is_given_back_goes_to_whoever_waits_and_those_who_left_are_passed_over() {
        let places = places(8);
        let owner = |name: &str| Arc::<str>::from(name);
        let enter = |name: &str| places.enter(&owner(name), wanted(), true).expect("there is room to wait");
        let (Entry::Seated(one), Entry::Seated(two)) = (enter("ada"), enter("ada")) else {
            panic!("two places")
        };
        let crowd = places.enter(&owner("ben"), wanted(), false).expect_err("there is no third one");
        assert_eq!((crowd.held, crowd.position, crowd.is_full), (2, 1, false));
        let (Entry::Waiting(gone), Entry::Waiting(mut next)) = (enter("ben"), enter("cleo")) else {
            panic!("they wait")
        };
        assert_eq!((gone.position, next.position), (1, 2));
        drop(gone);
        assert_eq!(next.crowd().position, 1);
        drop(one);
        let of_cleo = next.place().await.expect("it is her turn");
        assert!(&*of_cleo.owner == "cleo" && !places.has_waiters());
        // One that was sent and never taken is given back, too.
        let Entry::Waiting(waiter) = enter("dora") else { panic!("it waits") };
        drop(two);
        drop(waiter);
        assert!(matches!(enter("ben"), Entry::Seated(_)));
    }

    #[tokio::test]
    async fn nobody_else_may_wait_when_the_line_is_full_and_one_owner_never_fills_it() {
        let places = places(8);
        let flood: Arc<str> = "flood".into();
        let entries: Vec<_> = (0..4).map(|_| places.enter(&flood, wanted(), true)).collect();
        assert!(entries.iter().all(Result::is_ok), "two places and a quarter of the line");
        let crowd = places.enter(&flood, wanted(), true).expect_err("its share is used up");
        assert!(crowd.is_full && crowd.waiting == 2, "{crowd:?}");
        assert!(places.enter(&"ada".into(), wanted(), true).is_ok());
    }
}
