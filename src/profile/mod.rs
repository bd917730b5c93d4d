//! Browser profiles: the named wishes for a browser. It must not know how one is started, leased or found,
//! nor where profiles are written down.

mod cdp_auth;
mod driver;
mod name;
mod roster;

use std::fmt;
use std::path::PathBuf;

pub use cdp_auth::CdpAuth;
pub use driver::{Driver, DriverError};
pub use name::{ProfileName, ProfileNameError};
pub use roster::Roster;

/// A named wish for a browser. `None` means that the profile inherits the browser-wide setting.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: ProfileName,
    /// How it gets its browser.
    pub driver: Driver,
    /// The CDP port written for it.
    pub cdp_port: Option<u16>,
    /// What clients of its CDP port must show.
    pub cdp_auth: CdpAuth,
    /// A browser that runs elsewhere; may hold credentials.
    pub cdp_url: Option<String>,
    /// The folder of a person's own browser (`existing-session` only).
    pub user_data_dir: Option<PathBuf>,
    /// Whether it starts without a window.
    pub headless: Option<bool>,
    /// The browser's program file.
    pub executable_path: Option<PathBuf>,
    /// Whether it never starts a browser, only attaches to one.
    pub attach_only: Option<bool>,
    /// Whether the config names it; a built-in profile may stand there too.
    pub from_config: bool,
    /// Whether its browser starts in an empty folder each time, and nothing is kept of it.
    pub is_throwaway: bool,
}

impl Profile {
    /// A profile that inherits everything.
    #[must_use]
    pub fn new(name: ProfileName, driver: Driver) -> Self {
        Self {
            name,
            driver,
            cdp_port: None,
            cdp_auth: CdpAuth::default(),
            cdp_url: None,
            user_data_dir: None,
            headless: None,
            executable_path: None,
            attach_only: None,
            from_config: false,
            is_throwaway: false,
        }
    }

    /// What a browser of the pool is in a profile's place: without a window, and with nothing in it.
    #[must_use]
    pub fn of_pool(number: usize, executable_path: Option<PathBuf>) -> Self {
        let name = ProfileName::of_pool(number);
        let headless = Some(true);
        Self { headless, executable_path, is_throwaway: true, ..Self::new(name, Driver::Managed) }
    }

    /// The profiles of a config in its order, then those built-in ones that it does not name:
    /// `openclaw`, `user` (a person's own browser) and `chrome` (the extension, listed but not supported).
    #[must_use]
    pub fn with_built_ins(mut configured: Vec<Self>) -> Vec<Self> {
        let built_ins =
            [("openclaw", Driver::Managed), ("user", Driver::ExistingSession), ("chrome", Driver::Extension)];
        for (name, driver) in built_ins {
            if configured.iter().all(|profile| profile.name.as_str() != name) {
                configured.push(Self::new(ProfileName::built_in(name), driver));
            }
        }
        configured
    }

    /// Whether its browser runs elsewhere: it has an endpoint, and a managed browser is not ours to start.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.driver == Driver::Managed && self.cdp_url.is_some()
    }

    /// Whether its browser is one that we start, with a folder of ours.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.driver == Driver::Managed && self.cdp_url.is_none()
    }

    /// Whether its endpoint is on another host.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        let host = self.endpoint().and_then(|url| url.host().map(|host| host.to_owned()));
        host.is_some_and(|host| match host {
            url::Host::Ipv4(address) => !address.is_loopback(),
            url::Host::Ipv6(address) => !address.is_loopback(),
            url::Host::Domain(name) => name != "localhost",
        })
    }

    /// The port of its endpoint.
    #[must_use]
    pub fn endpoint_port(&self) -> Option<u16> {
        self.endpoint()?.port_or_known_default()
    }

    fn endpoint(&self) -> Option<url::Url> {
        url::Url::parse(self.cdp_url.as_deref()?).ok()
    }

    /// The endpoint without user, password, query and fragment, to be shown and logged.
    #[must_use]
    pub fn redacted_cdp_url(&self) -> Option<String> {
        self.cdp_url.as_deref().map(redact)
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("name", &self.name.as_str())
            .field("driver", &self.driver)
            .field("cdp_port", &self.cdp_port)
            .field("cdp_auth", &self.cdp_auth)
            .field("cdp_url", &self.redacted_cdp_url())
            .field("user_data_dir", &self.user_data_dir)
            .field("headless", &self.headless)
            .field("executable_path", &self.executable_path)
            .field("attach_only", &self.attach_only)
            .field("from_config", &self.from_config)
            .field("is_throwaway", &self.is_throwaway)
            .finish()
    }
}

/// Hosted browsers carry their key in the user, the query or the fragment of the endpoint.
fn redact(endpoint: &str) -> String {
    let Ok(url) = url::Url::parse(endpoint) else { return "(invalid URL)".to_owned() };
    let had_secret = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let (scheme, host, path) =
        (url.scheme(), url.host_str().unwrap_or_default(), url.path().trim_end_matches('/'));
    format!("{scheme}://{host}{port}{path}{}", if had_secret { "?…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, driver: Driver) -> Profile {
        Profile::new(name.parse().unwrap(), driver)
    }

    #[test]
    fn built_ins_follow_the_configured_ones() {
        let names = |configured: Vec<Profile>| -> Vec<String> {
            Profile::with_built_ins(configured).iter().map(|profile| profile.name.to_string()).collect()
        };
        assert_eq!(names(vec![]), ["openclaw", "user", "chrome"]);
        let configured = vec![named("work", Driver::Managed), named("user", Driver::ExistingSession)];
        assert_eq!(names(configured), ["work", "user", "openclaw", "chrome"]);
    }

    #[test]
    fn an_endpoint_is_here_or_elsewhere() {
        for (endpoint, elsewhere, port) in [
            ("http://127.0.0.1:9222", false, Some(9222)),
            ("ws://localhost", false, Some(80)),
            ("ws://[::1]:1", false, Some(1)),
            ("wss://cdp.example.com/?token=x", true, Some(443)),
        ] {
            let mut profile = named("hosted", Driver::Managed);
            profile.cdp_url = Some(endpoint.to_owned());
            assert_eq!((profile.is_elsewhere(), profile.endpoint_port()), (elsewhere, port), "{endpoint}");
        }
        assert!(!named("own", Driver::Managed).is_elsewhere());
    }

    #[test]
    fn a_key_in_the_endpoint_is_never_shown() {
        for (endpoint, shown) in [
            ("http://127.0.0.1:9222", "http://127.0.0.1:9222"),
            ("wss://cdp.example.com/?token=s3cret", "wss://cdp.example.com?…"),
            ("wss://cdp.example.com/a/b?apiKey=s3cret#s3cret", "wss://cdp.example.com/a/b?…"),
            ("https://ann:s3cret@cdp.example.com", "https://cdp.example.com?…"),
            ("s3cret", "(invalid URL)"),
        ] {
            let mut profile = named("hosted", Driver::Managed);
            profile.cdp_url = Some(endpoint.to_owned());
            assert_eq!(profile.redacted_cdp_url().as_deref(), Some(shown));
            assert!(!format!("{profile:?}").contains("s3cret"));
            assert!(profile.is_remote());
        }
    }
}
