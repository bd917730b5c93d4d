//! A leased CDP port: the listening sockets themselves. Whoever listens holds it, and the kernel frees it with the
//! process.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};

use super::Error;
use super::allotment::Wanted;
use super::ledger::{Ledger, Occupied};
use crate::instance::{Ports, Reservations};
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

    /// Takes the wanted port, or a free one of the range that no other instance keeps, and none of `kept`: those that
    /// the configuration names for other profiles.
    pub(super) fn allot(
        profile: &str,
        wanted: Wanted,
        ports: &Ports,
        others: &Reservations,
        kept: &[u16],
    ) -> Result<Self, Error> {
        if let Wanted::Pinned(port) = wanted {
            let holder = others.holder(port);
            let pinned = |holder| Error::PinnedPort { profile: profile.to_owned(), port, holder };
            if holder.is_some() || ports.is_listener(port) {
                return Err(pinned(holder));
            }
            return Self::take(port).map_err(|error| match is_taken(&error) {
                true => pinned(None),
                false => Error::Port(Arc::new(error)),
            });
        }
        let mut reserved = 0;
        for port in candidates(wanted, ports) {
            if others.holder(port).is_some() || kept.contains(&port) {
                reserved += 1;
                continue;
            }
            match Self::take(port) {
                Ok(lease) => return Ok(lease),
                Err(error) if is_taken(&error) => {}
                Err(error) => return Err(Error::Port(Arc::new(error))),
            }
        }
        Err(Error::PortsExhausted { first: *ports.cdp.start(), last: *ports.cdp.end(), reserved })
    }
}

/// The ports to try, in order, each once.
fn candidates(wanted: Wanted, ports: &Ports) -> Vec<u16> {
    let is_polite = |port: &u16| !OTHERS_LISTEN_AT.contains(&(port.wrapping_sub(ports.gateway) % SPACING));
    let (polite, rest): (Vec<u16>, Vec<u16>) = ports.cdp.clone().partition(is_polite);
    let first = match wanted {
        Wanted::Preferred(port) => vec![port],
        Wanted::Pinned(_) | Wanted::Any => Vec::new(),
    };
    let mut all: Vec<u16> = first.iter().copied().filter(|port| !ports.is_listener(*port)).collect();
    all.extend(polite.into_iter().chain(rest).filter(|port| !first.contains(port)));
    all
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
    use super::*;
    use crate::instance::PortOverrides;

    #[test]
    fn each_port_is_tried_once_and_those_of_neighbours_last() {
        let ports = Ports::derive(18789, &PortOverrides::default()).expect("a family");
        let any = candidates(Wanted::Any, &ports);
        assert_eq!((any.len(), any[0]), (100, 18800));
        let neighbours = |base: u16| [base, base + 2, base + 4];
        for port in neighbours(18809).into_iter().chain(neighbours(18829)) {
            let place = any.iter().position(|p| *p == port).expect("in the range");
            assert!(place >= 85, "{port} is tried as number {place}");
        }
        let preferred = candidates(Wanted::Preferred(18855), &ports);
        assert_eq!((preferred.len(), preferred[0]), (100, 18855));
        assert_eq!(candidates(Wanted::Preferred(18789), &ports).len(), 100);
    }

    #[test]
    fn a_port_has_one_holder_on_both_addresses() {
        let lease = PortLease::take(0).expect("the system gives one on IPv4");
        assert!(lease.number() == 0 && !lease.held.listeners.is_empty());
        let port = lease.held.listeners[0].local_addr().expect("bound").port();
        assert!(is_taken(&PortLease::take(port).expect_err("taken")));
    }
}
