//! Who has all the ports of a range, said in a few words.

use std::collections::BTreeMap;
use std::fmt;

use crate::instance::Ports;

/// Ports that are named of one holder; of the others only the number.
const MOST_PORTS: usize = 4;
/// Holders that are named.
const MOST_HOLDERS: usize = 8;
/// Characters of a holder's name, which may be a path.
const MOST_WORDS: usize = 120;

/// A range without a free port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    first: u16,
    last: u16,
    /// Each holder, in words, with its ports.
    holders: BTreeMap<String, Vec<u16>>,
}

impl Exhausted {
    pub(super) fn new(ports: &Ports) -> Self {
        Self { first: *ports.cdp.start(), last: *ports.cdp.end(), holders: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, holder: impl Into<String>, port: u16) {
        let holder: String = holder.into().chars().filter(|c| !c.is_control()).take(MOST_WORDS).collect();
        self.holders.entry(holder).or_default().push(port);
    }
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no CDP port is free in {}-{}", self.first, self.last)?;
        let mut holders: Vec<_> = self.holders.iter().collect();
        // Who has most is who can give most.
        holders.sort_by_key(|(_, ports)| std::cmp::Reverse(ports.len()));
        for (number, (holder, ports)) in holders.iter().take(MOST_HOLDERS).enumerate() {
            let named: Vec<String> = ports.iter().take(MOST_PORTS).map(u16::to_string).collect();
            let more = ports.len().saturating_sub(MOST_PORTS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let begin = if number == 0 { ": " } else { "; " };
            write!(f, "{begin}{holder} has {}{more}", named.join(", "))?;
        }
        match holders.len().saturating_sub(MOST_HOLDERS) {
            0 => Ok(()),
            more => write!(f, "; {more} others have the rest"),
        }
    }
}

/// The programs that listen on these ports, as far as the kernel shows them to this user: `python3 (pid 77)`.
#[cfg(target_os = "linux")]
pub(super) fn programs(ports: &[u16]) -> BTreeMap<u16, String> {
    use procfs::net::{TcpState, tcp, tcp6};
    use procfs::process::{FDTarget, all_processes};

    let sockets = tcp().into_iter().chain(tcp6()).flatten();
    let listening = sockets.filter(|socket| socket.state == TcpState::Listen);
    let by_inode: BTreeMap<u64, u16> = listening
        .map(|socket| (socket.inode, socket.local_address.port()))
        .filter(|(_, port)| ports.contains(port))
        .collect();
    let mut programs = BTreeMap::new();
    // Processes of other users do not show what they have open.
    for process in all_processes().into_iter().flatten().flatten() {
        for open in process.fd().into_iter().flatten().flatten() {
            let FDTarget::Socket(inode) = open.target else { continue };
            if let (Some(port), Ok(stat)) = (by_inode.get(&inode), process.stat()) {
                programs.insert(*port, format!("{} (pid {})", stat.comm, process.pid));
            }
        }
    }
    programs
}

#[cfg(not(target_os = "linux"))]
pub(super) fn programs(_: &[u16]) -> BTreeMap<u16, String> {
    BTreeMap::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::PortOverrides;

    #[test]
    fn the_greatest_holders_come_first_and_the_text_is_bounded() {
        let ports = Ports::derive(18789, &PortOverrides::default()).expect("a family");
        let mut told = Exhausted::new(&ports);
        told.add("one", 18800);
        (18801..18807).for_each(|port| told.add("many", port));
        assert_eq!(
            told.to_string(),
            "no CDP port is free in 18800-18899: many has 18801, 18802, 18803, 18804 and 2 more; one has 18800"
        );
        for port in 18810..18899 {
            told.add(format!("\u{7}{port}{}", "x".repeat(4000)), port);
        }
        let text = told.to_string();
        assert!(text.ends_with("; 83 others have the rest"), "{text}");
        assert!(text.len() < 1500 && !text.contains('\u{7}'), "{}", text.len());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_listens_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let named = programs(&[port]);
        assert!(named[&port].ends_with(&format!("(pid {})", std::process::id())), "{named:?}");
    }
}
