//! Which gateway to connect to: its URL, and the rule that no secret crosses a network in the clear.
//! It must not connect.

use std::net::{IpAddr, Ipv6Addr};

use tokio_tungstenite::tungstenite::http::Uri;
use url::{Host, Url};

use super::Endpoint;
use crate::auth::Credential;

/// Which gateway to connect to.
#[derive(Debug, Clone)]
pub struct Target {
    /// `ws://host:port`, or `http://` for the same; path and query are kept.
    pub url: String,
    /// What to prove ourselves with.
    pub credential: Credential,
    /// `OPENCLAW_ALLOW_INSECURE_PRIVATE_WS`: addresses of private networks are allowed, too.
    pub allows_private: bool,
}

/// Why a URL cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no URL of a gateway.
    #[error("gateway URL {url:?} cannot be used; write it as ws://127.0.0.1:PORT")]
    Invalid {
        /// It, shortened.
        url: String,
    },
    /// It asks for encryption.
    #[error(
        "gateway URL {url:?} asks for TLS, which this client does not speak; tunnel to a loopback port and use ws://"
    )]
    Tls {
        /// It, shortened.
        url: String,
    },
    /// The secret would cross a network in the clear.
    #[error(
        "SECURITY ERROR: gateway URL {url:?} is plaintext to a host that is not loopback; tunnel to 127.0.0.1, or for an \
         address of a private network set OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1"
    )]
    Plaintext {
        /// It, without anything secret.
        url: String,
    },
}

impl Target {
    /// A gateway on this machine.
    #[must_use]
    pub fn new(url: impl Into<String>, credential: Credential) -> Self {
        Self { url: url.into(), credential, allows_private: false }
    }

    /// Works the URL out.
    pub(super) fn endpoint(&self) -> Result<Endpoint, TargetError> {
        let text = self.url.trim();
        let invalid = || TargetError::Invalid { url: text.chars().take(100).filter(|c| *c != '@').collect() };
        let url = Url::parse(text).map_err(|_| invalid())?;
        let scheme = match url.scheme() {
            "ws" | "http" => "ws",
            "wss" | "https" => return Err(TargetError::Tls { url: shown(&url, "wss") }),
            _ => return Err(invalid()),
        };
        let shown = shown(&url, scheme);
        // A secret in the URL would end up in logs; it has its own place.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Invalid { url: shown });
        }
        let (host, is_allowed) = match url.host().ok_or_else(invalid)? {
            Host::Ipv4(ip) => (ip.to_string(), self.may_reach(IpAddr::V4(ip))),
            Host::Ipv6(ip) => (ip.to_string(), self.may_reach(IpAddr::V6(ip))),
            Host::Domain(name) => (name.to_owned(), name == "localhost"),
        };
        if !is_allowed {
            return Err(TargetError::Plaintext { url: shown });
        }
        let path_and_query = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let uri: Uri = format!("ws://{authority}{path_and_query}").parse().map_err(|_| invalid())?;
        Ok(Endpoint { shown, host, port: url.port_or_known_default().unwrap_or(80), uri })
    }

    fn may_reach(&self, ip: IpAddr) -> bool {
        ip.to_canonical().is_loopback() || (self.allows_private && is_private(ip.to_canonical()))
    }
}

/// The URL without user, password, query and fragment.
fn shown(url: &Url, scheme: &str) -> String {
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    format!("{scheme}://{authority}{}", url.path().trim_end_matches('/'))
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        // 100.64.0.0/10 is what overlay networks hand out (RFC 6598).
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private() || ip.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => Ipv6Addr::is_unique_local(&ip) || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Token;

    fn endpoint(url: &str, allows_private: bool) -> Result<Endpoint, TargetError> {
        let credential = Credential::Token(Token::parse("tok-12345").unwrap());
        Target { allows_private, ..Target::new(url, credential) }.endpoint()
    }

    #[test]
    fn loopback_urls_are_worked_out() {
        for (url, shown, host, port, uri) in [
            ("ws://127.0.0.1:18789", "ws://127.0.0.1:18789", "127.0.0.1", 18789, "ws://127.0.0.1:18789/"),
            ("http://127.0.0.1:18789/", "ws://127.0.0.1:18789", "127.0.0.1", 18789, "ws://127.0.0.1:18789/"),
            ("ws://localhost", "ws://localhost", "localhost", 80, "ws://localhost/"),
            ("ws://[::1]:5/a/b?x=1", "ws://[::1]:5/a/b", "::1", 5, "ws://[::1]:5/a/b?x=1"),
        ] {
            let expected =
                Endpoint { shown: shown.into(), host: host.into(), port, uri: uri.parse().unwrap() };
            assert_eq!(endpoint(url, false), Ok(expected), "{url}");
        }
    }

    #[test]
    fn what_would_carry_the_secret_elsewhere_is_refused() {
        for (url, strict, relaxed) in [
            ("127.0.0.1:18789", "cannot be used", "cannot be used"),
            ("localhost:18789", "cannot be used", "cannot be used"),
            ("", "cannot be used", "cannot be used"),
            ("ftp://127.0.0.1", "cannot be used", "cannot be used"),
            ("ws://me:tok-12345@127.0.0.1", "cannot be used", "cannot be used"),
            ("wss://127.0.0.1", "TLS", "TLS"),
            ("ws://example.com", "SECURITY ERROR", "SECURITY ERROR"),
            ("ws://localhost.example.com", "SECURITY ERROR", "SECURITY ERROR"),
            ("ws://8.8.8.8:1", "SECURITY ERROR", "SECURITY ERROR"),
            ("ws://0.0.0.0:1", "SECURITY ERROR", "SECURITY ERROR"),
            ("ws://10.0.0.5:1", "SECURITY ERROR", ""),
            ("ws://100.64.0.1:1", "SECURITY ERROR", ""),
            ("ws://[fd00::1]:1", "SECURITY ERROR", ""),
            ("ws://[::ffff:127.0.0.1]:1", "", ""),
        ] {
            for (allows_private, expected) in [(false, strict), (true, relaxed)] {
                let text = endpoint(url, allows_private).err().map(|e| e.to_string()).unwrap_or_default();
                assert!(text.contains(expected) && text.is_empty() == expected.is_empty(), "{url}: {text}");
                assert!(!text.contains("tok-12345"), "{text}");
            }
        }
    }
}
