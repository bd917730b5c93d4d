//! The decision about one URL: spelling first, then the host, then the addresses that it resolves to.
//! It must not resolve names itself, nor know who asks.
use std::net::IpAddr;

use url::{Host, Url};

use super::host::{self, from_ip, is_local_name};
use super::refusal::{Cause, Refusal};
use super::settings::PrivateNetwork;
use super::{Policy, Rules};

/// What a navigation may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go. The URL is the parsed one: hand this to the browser, not the text that was judged.
    Allowed(Url),
    /// Resolve `host`, ask [`Policy::addresses`], then go.
    Resolve {
        /// The parsed URL.
        url: Url,
        /// The name to resolve.
        host: String,
    },
}

/// How far a host is trusted before its addresses are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Wherever it leads.
    Trusted,
    /// Only to public addresses.
    Unproven,
}

impl Policy {
    /// Judges a URL that a caller asks for: `http`, `https` or exactly `about:blank`.
    ///
    /// # Errors
    /// The refusals whose reason is `navigation_blocked`, with the contract's texts.
    pub fn navigation(&self, raw_url: &str) -> Result<Verdict, Refusal> {
        let url = Url::parse(raw_url).map_err(|_| Refusal::InvalidUrl { raw: masked(raw_url) })?;
        if url.as_str() == "about:blank" { Ok(Verdict::Allowed(url)) } else { self.request(url) }
    }

    /// Judges a document that a page asks for by itself (redirect hop, popup, frame, script): as
    /// [`Policy::navigation`], and what reaches neither network nor files passes besides (`about:srcdoc`, `data:`,
    /// `blob:`, the browser's error page).
    ///
    /// # Errors
    /// As [`Policy::navigation`].
    pub fn document(&self, raw_url: &str) -> Result<Verdict, Refusal> {
        let url = Url::parse(raw_url).map_err(|_| Refusal::InvalidUrl { raw: masked(raw_url) })?;
        if is_inert(&url) { Ok(Verdict::Allowed(url)) } else { self.request(url) }
    }

    /// Judges what a name resolved to. Every address must pass, since the browser may connect to any of them.
    ///
    /// This cannot bind the browser to the addresses: it resolves again. Only strict mode or a proxy that connects
    /// by itself closes that gap (DNS rebinding).
    ///
    /// # Errors
    /// [`Refusal::Blocked`] with the first address that is out of bounds, or when there is none at all.
    pub fn addresses(&self, host: &str, addresses: &[IpAddr]) -> Result<(), Refusal> {
        let name = host::parse(host).ok_or_else(|| blocked(host, Cause::Malformed))?;
        let standing = self.rules.standing(&name)?;
        if addresses.is_empty() {
            return Err(blocked(host, Cause::NoAddress));
        }
        for ip in addresses {
            if self.rules.blocks(&from_ip(*ip)) {
                return Err(blocked(host, Cause::Listed));
            }
            if standing == Standing::Unproven && !self.rules.is_public(*ip) {
                return Err(blocked(host, Cause::Address(*ip)));
            }
        }
        Ok(())
    }

    /// Judges a URL that reaches out.
    fn request(&self, url: Url) -> Result<Verdict, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::UnsupportedScheme { scheme: url.scheme().to_owned() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if self.rules.is_own(&url.origin()) {
            return Ok(Verdict::Allowed(url));
        }
        let spelt = url.host_str().unwrap_or_default();
        let host = host::parse(spelt).ok_or_else(|| blocked(spelt, Cause::Malformed))?;
        let standing = self.rules.standing(&host)?;
        match host {
            Host::Domain(host) if standing == Standing::Unproven || self.rules.blocks_some_address() => {
                Ok(Verdict::Resolve { url, host })
            }
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => Ok(Verdict::Allowed(url)),
        }
    }
}

impl Rules {
    /// The order is contract: blocked beats allowed, allowed beats strict, strict beats the kind of name.
    fn standing(&self, host: &Host) -> Result<Standing, Refusal> {
        if self.blocks(host) {
            return Err(blocked(host, Cause::Listed));
        }
        if self.private == PrivateNetwork::Allowed || self.allows(host) {
            return Ok(Standing::Trusted);
        }
        let ip = match host {
            Host::Domain(name) if self.private == PrivateNetwork::Strict => {
                return Err(Refusal::StrictName { host: name.clone() });
            }
            Host::Domain(name) if is_local_name(name) => return Err(blocked(name, Cause::LocalName)),
            Host::Domain(_) => return Ok(Standing::Unproven),
            Host::Ipv4(ip) => IpAddr::V4(*ip),
            Host::Ipv6(ip) => IpAddr::V6(*ip),
        };
        if self.is_public(ip) { Ok(Standing::Trusted) } else { Err(blocked(host, Cause::Address(ip))) }
    }
}

/// Whether a document of this URL is made without asking network, files or browser internals.
fn is_inert(url: &Url) -> bool {
    match url.scheme() {
        "about" => matches!(url.path(), "blank" | "srcdoc"),
        "chrome-error" => url.as_str() == "chrome-error://chromewebdata/",
        scheme => matches!(scheme, "data" | "blob"),
    }
}

fn blocked(host: impl ToString, cause: Cause) -> Refusal {
    Refusal::Blocked { host: host.to_string(), cause }
}

/// The caller's text for an error, without what could be a password (`//user:secret@`) and not endless.
fn masked(raw: &str) -> String {
    /// Longer than any address that a person reads; a data URL may have megabytes.
    const SHOWN: usize = 2_000;
    let shown: String = raw.chars().take(SHOWN).collect();
    let cut = if shown.len() < raw.len() { "…" } else { "" };
    let authority = shown.find("//").map_or(0, |slashes| slashes + 2);
    // To the last `@` of all: what does not parse may hold an unescaped `/` inside the password.
    match shown[authority..].rfind('@') {
        Some(at) => format!("{}***{}{cut}", &shown[..authority], &shown[authority + at..]),
        None => shown + cut,
    }
}
