//! The settings as the config file has them, and the rules made from them.
//! It must not know where settings come from, nor decide anything about a URL.
use std::net::IpAddr;

use url::{Host, Origin};

use super::address::{self, Exceptions};
use super::host::{HostPattern, PatternError};

/// The settings of `browser.ssrfPolicy` and `browser.evaluateEnabled`.
#[derive(Clone, Debug)]
pub struct PolicySettings {
    /// `dangerouslyAllowPrivateNetwork`: `Some(true)` opens private addresses, `None` refuses them, `Some(false)` is
    /// strict: besides that, only IP literals and allow-listed names pass.
    pub allow_private_network: Option<bool>,
    /// Hosts that pass whatever they resolve to: a name, an IP address, or `*.` before a name (its subdomains).
    pub allowed_hostnames: Vec<String>,
    /// Hosts that never pass, in the same spellings; they win over everything but the own origins.
    pub blocked_hostnames: Vec<String>,
    /// Treat 198.18.0.0/15 (RFC 2544 benchmarks; some proxies hand out such addresses) as public.
    pub allow_rfc2544: bool,
    /// Treat fc00::/7 (unique local IPv6) as public.
    pub allow_ipv6_ula: bool,
    /// Whether callers may run script of their own.
    pub evaluate_enabled: bool,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            allow_private_network: None,
            allowed_hostnames: Vec::new(),
            blocked_hostnames: Vec::new(),
            allow_rfc2544: false,
            allow_ipv6_ula: false,
            evaluate_enabled: true,
        }
    }
}

/// What the settings say about private networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrivateNetwork {
    Allowed,
    Refused,
    Strict,
}

/// The settings, parsed.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) private: PrivateNetwork,
    pub(super) evaluate_enabled: bool,
    own_origins: Vec<Origin>,
    allowed: Vec<HostPattern>,
    blocked: Vec<HostPattern>,
    exceptions: Exceptions,
}

impl Rules {
    pub(super) fn new(settings: &PolicySettings, own_origins: Vec<Origin>) -> Result<Self, PatternError> {
        Ok(Self {
            private: match settings.allow_private_network {
                Some(true) => PrivateNetwork::Allowed,
                None => PrivateNetwork::Refused,
                Some(false) => PrivateNetwork::Strict,
            },
            evaluate_enabled: settings.evaluate_enabled,
            own_origins,
            allowed: patterns("browser.ssrfPolicy.allowedHostnames", &settings.allowed_hostnames)?,
            blocked: patterns("browser.ssrfPolicy.blockedHostnames", &settings.blocked_hostnames)?,
            exceptions: Exceptions { rfc2544: settings.allow_rfc2544, ipv6_ula: settings.allow_ipv6_ula },
        })
    }

    /// An opaque origin (`about:blank`, `data:`) equals nothing, so it is never our own.
    pub(super) fn is_own(&self, origin: &Origin) -> bool {
        self.own_origins.contains(origin)
    }

    pub(super) fn allows(&self, host: &Host) -> bool {
        self.allowed.iter().any(|pattern| pattern.matches(host))
    }

    /// Also an IPv4 address that is wrapped into an IPv6 one counts as that address.
    pub(super) fn blocks(&self, host: &Host) -> bool {
        let wrapped = match host {
            Host::Ipv6(ip) => address::carried_ipv4(*ip).map(Host::Ipv4),
            Host::Domain(_) | Host::Ipv4(_) => None,
        };
        self.blocked.iter().any(|p| p.matches(host) || wrapped.as_ref().is_some_and(|inner| p.matches(inner)))
    }

    /// Whether a name's addresses matter even when the name itself is trusted.
    pub(super) fn blocks_some_address(&self) -> bool {
        self.blocked.iter().any(HostPattern::is_address)
    }

    pub(super) fn is_public(&self, ip: IpAddr) -> bool {
        address::is_public(ip, self.exceptions)
    }
}

fn patterns(key: &'static str, texts: &[String]) -> Result<Vec<HostPattern>, PatternError> {
    let parse =
        |text: &String| HostPattern::parse(text).ok_or_else(|| PatternError { key, pattern: text.clone() });
    texts.iter().map(parse).collect()
}
