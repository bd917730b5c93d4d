//! A leased CDP port: the listening sockets themselves. Whoever listens holds it, and the kernel frees it with the
//! process.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::Error;
use super::allotment::Wanted;
use super::exhausted::{Exhausted, programs};
use super::ledger::{Ledger, Occupied, Past};
use crate::instance::Ports;
use crate::profile::ProfileName;

/// Distances from the base at which another instance of the recommended spacing (20) has its gateway, control and
/// canvas ports. They are taken last, so that an instance that nobody knows of yet finds its ports free.
const OTHERS_LISTEN_AT: [u16; 3] = [0, 2, 4];
const SPACING: u16 = 20;

/// A CDP port that is held for a browser: both loopback addresses listen.
#[derive(Debug, Clone)]
pub struct PortLease {
    number: u16,
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    listeners: Vec<TcpListener>,
    /// Told after the listeners are closed.
    occupied: OnceLock<Occupied>,
}

impl PortLease {
    /// The port's number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The listening sockets, to be served by whoever stands there.
    ///
    /// # Errors
    /// When the process has no descriptors left.
    pub fn listeners(&self) -> io::Result<Vec<TcpListener>> {
        self.held.listeners.iter().map(TcpListener::try_clone).collect()
    }

    /// Takes one port, on both loopback addresses, or none. Nothing is ever connected to: a foreign program that
    /// listens there does not notice.
    fn take(number: u16) -> io::Result<Self> {
        let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)))?;
        let mut listeners = vec![v4];
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, number))) {
            Ok(v6) => listeners.push(v6),
            // A host without IPv6 has nothing to take there.
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(Self { number, held: Arc::new(Held { listeners, occupied: OnceLock::new() }) })
    }

    /// Tells that a browser runs here, for as long as somebody holds the port.
    pub(super) fn occupy(&self, ledger: &Arc<Ledger>, profile: &ProfileName, pid: u32) {
        self.held.occupied.get_or_init(|| ledger.occupy(profile, self.number, pid));
    }

    /// Takes the wanted port, or a free one of the range that no other instance keeps, and none that the configuration
    /// names for other profiles.
    pub(super) fn allot(profile: &str, wanted: Wanted, range: &Range<'_>) -> Result<Self, Error> {
        let others = range.ledger.others();
        if let Wanted::Pinned(port) = wanted {
            let holder = others.holder(port);
            let pinned = |holder| Error::PinnedPort { profile: profile.to_owned(), port, holder };
            if holder.is_some() || range.ports.is_listener(port) {
                return Err(pinned(holder));
            }
            return Self::take(port).map_err(|error| match is_taken(&error) {
                true => pinned(None),
                false => Error::Port(Arc::new(error)),
            });
        }
        let mut exhausted = Exhausted::new(range.ports);
        let mut taken = Vec::new();
        for port in range.candidates(profile, wanted, &range.ledger.past(), Instant::now()) {
            if let Some(holder) = others.holder(port) {
                exhausted.add(format!("instance \"{}\" ({})", holder.name, holder.state_dir.display()), port);
                continue;
            }
            if let Some((profile, _)) = range.kept.iter().find(|(_, kept)| *kept == port) {
                exhausted.add(format!("profile \"{profile}\" of this instance"), port);
                continue;
            }
            match Self::take(port) {
                Ok(lease) => return Ok(lease),
                Err(error) if is_taken(&error) => taken.push(port),
                Err(error) => return Err(Error::Port(Arc::new(error))),
            }
        }
        let (own, programs) = (range.ledger.occupied(), programs(&taken));
        for port in taken {
            match (own.get(&port), programs.get(&port)) {
                (Some(profile), _) => exhausted.add(format!("profile \"{profile}\" of this instance"), port),
                (None, Some(program)) => exhausted.add(program, port),
                (None, None) => exhausted.add("another program", port),
            }
        }
        Err(Error::PortsExhausted(exhausted))
    }
}

/// Where a port is looked for.
#[derive(Debug)]
pub(super) struct Range<'a> {
    pub(super) ports: &'a Ports,
    pub(super) ledger: &'a Ledger,
    /// Ports that the configuration names for other profiles: never taken.
    pub(super) kept: Vec<(String, u16)>,
    /// Ports that we chose for other profiles: taken when nothing else is left.
    pub(super) chosen: Vec<(String, u16)>,
}

impl Range<'_> {
    /// The ports to try, in order, each once: the preferred one; then those that have been free for longest; at last
    /// those that clients of another profile's browser may still come to.
    fn candidates(&self, profile: &str, wanted: Wanted, past: &Past, now: Instant) -> Vec<u16> {
        let is_impolite =
            |port: u16| OTHERS_LISTEN_AT.contains(&(port.wrapping_sub(self.ports.gateway) % SPACING));
        let is_chosen = |port: u16| self.chosen.iter().any(|(of, chosen)| of != profile && *chosen == port);
        let preferred = match wanted {
            Wanted::Preferred(port) if !self.ports.is_listener(port) => Some(port),
            Wanted::Preferred(_) | Wanted::Pinned(_) | Wanted::Any => None,
        };
        let rank = |port: &u16| {
            let is_first = preferred == Some(*port) && !past.is_hot(*port, profile, now);
            let is_last_resort = is_chosen(*port) || past.is_hot(*port, profile, now);
            (!is_first, is_last_resort, is_impolite(*port), past.since(*port))
        };
        let outside = preferred.filter(|port| !self.ports.cdp.contains(port));
        let mut all: Vec<u16> = outside.into_iter().chain(self.ports.cdp.clone()).collect();
        all.sort_by_key(rank);
        all
    }
}

fn is_taken(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrInUse
}

fn is_absent(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    error.kind() == ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::instance::{Entry, Environment, Family, HostRegistry, Instance, PortOverrides, Selection};

    /// The candidates of a profile at a moment, after `past`, in an instance on 18789.
    fn candidates(wanted: Wanted, chosen: &[(&str, u16)], past: &Past, now: Instant) -> Vec<u16> {
        let dir = tempfile::tempdir().expect("a folder");
        let environment = Environment::from_pairs([("OPENCLAW_STATE_DIR", dir.path())]);
        let instance = Instance::resolve(&Selection::default(), &environment).expect("an instance");
        let ports = Ports::derive(18789, &PortOverrides::default()).expect("a family");
        let registry = HostRegistry::open_at(&dir.path().join("run")).expect("a registry");
        let family = Family::of(&instance, dir.path().join("w"), ports.clone());
        let ledger = Ledger::new(Arc::new(Entry::register(registry, family).expect("written")));
        let chosen = chosen.iter().map(|(name, port)| ((*name).to_owned(), *port)).collect();
        let range = Range { ports: &ports, ledger: &ledger, kept: Vec::new(), chosen };
        range.candidates("mine", wanted, past, now)
    }

    #[test]
    fn each_port_is_tried_once_and_those_of_neighbours_last() {
        let (past, now) = (Past::default(), Instant::now());
        let any = candidates(Wanted::Any, &[], &past, now);
        assert_eq!((any.len(), any[0]), (100, 18800));
        let neighbours = |base: u16| [base, base + 2, base + 4];
        for port in neighbours(18809).into_iter().chain(neighbours(18829)) {
            let place = any.iter().position(|p| *p == port).expect("in the range");
            assert!(place >= 85, "{port} is tried as number {place}");
        }
        let preferred = candidates(Wanted::Preferred(18855), &[], &past, now);
        assert_eq!((preferred.len(), preferred[0]), (100, 18855));
        assert_eq!(candidates(Wanted::Preferred(18789), &[], &past, now).len(), 100);
        let outside = candidates(Wanted::Preferred(9222), &[], &past, now);
        assert_eq!((outside.len(), outside[0]), (101, 9222));
    }

    #[test]
    fn a_port_cools_down_before_another_profile_gets_it() {
        let (begin, mut past) = (Instant::now(), Past::default());
        past.release(18801, "other", begin);
        past.release(18800, "other", begin + Duration::from_secs(1));
        past.release(18802, "mine", begin + Duration::from_secs(2));
        let at = |seconds| begin + Duration::from_secs(seconds);
        let hot = candidates(Wanted::Any, &[("third", 18803)], &past, at(59));
        assert_eq!(hot[0], 18804, "never used, and nobody's");
        // The only ones left: what was free for longest comes first, and what was chosen for somebody is no worse.
        assert_eq!(hot[97..], [18803, 18801, 18800]);
        assert_eq!(candidates(Wanted::Preferred(18802), &[], &past, at(3))[0], 18802, "its own comes back");
        assert_ne!(candidates(Wanted::Preferred(18801), &[], &past, at(59))[0], 18801, "another's does not");
        assert_eq!(candidates(Wanted::Preferred(18801), &[], &past, at(60))[0], 18801);
        let cold = candidates(Wanted::Any, &[], &past, at(61));
        let polite = cold.iter().position(|port| *port == 18801).expect("in the range");
        assert_eq!(cold[polite..polite + 3], [18801, 18800, 18802], "least recently used first");
    }

    #[test]
    fn a_port_has_one_holder_on_both_addresses() {
        let lease = PortLease::take(0).expect("the system gives one on IPv4");
        assert!(lease.number() == 0 && !lease.held.listeners.is_empty());
        let port = lease.held.listeners[0].local_addr().expect("bound").port();
        assert!(is_taken(&PortLease::take(port).expect_err("taken")));
    }
}
