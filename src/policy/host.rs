//! Host names and addresses as one canonical value, and the patterns of the settings.
//! It must not know which hosts are good or bad, beyond the names that never leave this network.
use std::net::{IpAddr, Ipv6Addr};

use thiserror::Error;
use url::Host;

/// A host pattern of the settings that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{key}: {pattern:?} is not a host; expected a name (`example.com`), an IP address or `*.` before a name, \
     without scheme, port or path"
)]
pub struct PatternError {
    /// The config key that holds it.
    pub key: &'static str,
    /// The entry as written.
    pub pattern: String,
}

/// One entry of `allowedHostnames` or `blockedHostnames`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostPattern {
    /// This name or address.
    Exact(Host),
    /// The subdomains of this name, not the name itself.
    Below(String),
}

impl HostPattern {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(parent) = text.strip_prefix("*.") {
            return match parse(parent)? {
                Host::Domain(name) => Some(Self::Below(name)),
                Host::Ipv4(_) | Host::Ipv6(_) => None,
            };
        }
        parse(text).map(Self::Exact)
    }

    pub(super) fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Exact(wanted), host) => wanted == host,
            (Self::Below(parent), Host::Domain(name)) => is_below(name, parent),
            (Self::Below(_), Host::Ipv4(_) | Host::Ipv6(_)) => false,
        }
    }

    pub(super) fn is_address(&self) -> bool {
        matches!(self, Self::Exact(Host::Ipv4(_) | Host::Ipv6(_)))
    }
}

/// The canonical form of a host, as the WHATWG URL standard reads it: `127.1`, `0x7f000001` and `127。0。0。1` become
/// 127.0.0.1. Beyond the standard, trailing dots are dropped (a resolver ignores them) and what is left is read anew.
pub(super) fn parse(text: &str) -> Option<Host> {
    if text.contains('*') {
        return None;
    }
    if let Ok(ip) = text.parse::<Ipv6Addr>() {
        return Some(Host::Ipv6(ip));
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) => match name.trim_end_matches('.') {
            "" => None,
            stem if stem.split('.').any(str::is_empty) => None,
            stem if stem.len() < name.len() => Host::parse(stem).ok(),
            _ => Some(Host::Domain(name)),
        },
        address @ (Host::Ipv4(_) | Host::Ipv6(_)) => Some(address),
    }
}

pub(super) fn from_ip(ip: IpAddr) -> Host {
    match ip {
        IpAddr::V4(ip) => Host::Ipv4(ip),
        IpAddr::V6(ip) => Host::Ipv6(ip),
    }
}

/// Names that resolve to this machine or this network wherever they are asked (RFC 6761 `localhost`, RFC 6762
/// `local`, RFC 8375 `home.arpa`, ICANN's `internal`, and the old spellings of `/etc/hosts`).
pub(super) fn is_local_name(name: &str) -> bool {
    const ALONE: [&str; 3] = ["localhost.localdomain", "localhost6", "ip6-loopback"];
    const WITH_SUBDOMAINS: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "localdomain"];
    ALONE.contains(&name) || WITH_SUBDOMAINS.iter().any(|zone| name == *zone || is_below(name, zone))
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_into_one_form() {
        for (text, expected) in [
            ("Example.COM.", Some("example.com")),
            ("127.0.0.1..", Some("127.0.0.1")),
            ("2130706433", Some("127.0.0.1")),
            ("::1", Some("[::1]")),
            ("[0:0:0:0:0:0:0:1]", Some("[::1]")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("..", None),
            ("a..b", None),
            ("", None),
            ("a:80", None),
            ("a/b", None),
        ] {
            assert_eq!(parse(text).map(|host| host.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn patterns_match_exactly_or_below() {
        for (pattern, host, expected) in [
            ("example.com", "example.com", true),
            ("example.com", "www.example.com", false),
            (" EXAMPLE.com. ", "example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "badexample.com", false),
            ("*.example.com", ".example.com.evil", false),
            ("127.1", "127.0.0.1", true),
            ("::1", "[::1]", true),
            ("*.0.1", "127.0.0.1", false),
        ] {
            let matched = HostPattern::parse(pattern)
                .zip(parse(host))
                .is_some_and(|(pattern, host)| pattern.matches(&host));
            assert_eq!(matched, expected, "{pattern} against {host}");
        }
    }

    #[test]
    fn a_pattern_that_is_no_host_is_refused() {
        for text in ["", "*", "*.", "*.*", "a.*.b", "http://a", "a:80", "10.0.0.0/8", "*.10.0.0.1", "a b"] {
            assert_eq!(HostPattern::parse(text), None, "{text}");
        }
    }
}
