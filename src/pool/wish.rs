//! How a profile's browser is to be started: the profile over the configuration over the surroundings. Pure.

use std::path::PathBuf;

use super::Error;
use crate::config::BrowserSettings;
use crate::instance::Environment;
use crate::profile::{Driver, Profile};

/// How a browser is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Without a window.
    pub headless: bool,
    /// Who said so.
    pub headless_source: HeadlessSource,
    /// The program, when one is configured.
    pub executable_path: Option<PathBuf>,
}

/// Who decided whether a browser has a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadlessSource {
    /// The call.
    Request,
    /// `OPENCLAW_BROWSER_HEADLESS`.
    Env,
    /// The profile.
    Profile,
    /// `browser.headless`.
    Config,
    /// Linux without a display.
    LinuxDisplayFallback,
    /// Nobody.
    Default,
}

impl HeadlessSource {
    /// The wire word (contract 5.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Env => "env",
            Self::Profile => "profile",
            Self::Config => "config",
            Self::LinuxDisplayFallback => "linux-display-fallback",
            Self::Default => "default",
        }
    }
}

impl Wish {
    /// The wish of a profile; `request` is what the call itself says.
    pub(super) fn of(
        profile: &Profile,
        browser: &BrowserSettings,
        environment: &Environment,
        request: Option<bool>,
    ) -> Self {
        let without_display = !has_display(environment);
        let said = [
            (request, HeadlessSource::Request),
            (environment.get("OPENCLAW_BROWSER_HEADLESS").and_then(switch), HeadlessSource::Env),
            (profile.headless, HeadlessSource::Profile),
            (browser.headless, HeadlessSource::Config),
            (without_display.then_some(true), HeadlessSource::LinuxDisplayFallback),
        ];
        let first = said.into_iter().find_map(|(value, source)| Some((value?, source)));
        let (headless, headless_source) = first.unwrap_or((false, HeadlessSource::Default));
        let executable_path = profile.executable_path.clone().or_else(|| browser.executable_path.clone());
        Self { headless, headless_source, executable_path }
    }
}

/// Whether a window can be shown; only Linux has to say so in the environment.
pub(super) fn has_display(environment: &Environment) -> bool {
    let named = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| environment.get(name).is_some());
    named || !cfg!(target_os = "linux")
}

fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Whether this profile's browser is one that we start.
pub(super) fn check_driver(profile: &Profile, browser: &BrowserSettings) -> Result<(), Error> {
    let name = &profile.name;
    let refuse = |why: String| Err(Error::Unsupported(why));
    match profile.driver {
        Driver::Extension => refuse(format!(
            "profile \"{name}\" uses driver \"extension\", which is not supported; use driver \"existing-session\" or \
             a managed profile such as \"openclaw\""
        )),
        Driver::ExistingSession => refuse(format!(
            "profile \"{name}\" attaches to a person's own browser (driver \"existing-session\"), which this version \
             cannot do yet; use a managed profile such as \"openclaw\""
        )),
        Driver::Managed if profile.is_remote() => refuse(format!(
            "profile \"{name}\" has a cdpUrl; attaching to remote browsers is not supported by this version; use a \
             managed profile such as \"openclaw\""
        )),
        Driver::Managed if profile.attach_only.unwrap_or(browser.attach_only) => refuse(format!(
            "profile \"{name}\" is attachOnly and has nothing to attach to; set attachOnly=false to have its browser \
             started"
        )),
        Driver::Managed => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::ProfileName;

    #[test]
    fn the_nearest_word_about_windows_wins() {
        let mut profile = Profile::new("work".parse::<ProfileName>().expect("a name"), Driver::Managed);
        let mut browser = BrowserSettings::default();
        let check =
            |profile: &Profile, browser: &BrowserSettings, pairs: &[(&str, &str)], request, expected| {
                let environment = Environment::from_pairs(pairs.iter().copied());
                let wish = Wish::of(profile, browser, &environment, request);
                assert_eq!((wish.headless, wish.headless_source.as_str()), expected, "{pairs:?}");
            };
        let display = ("DISPLAY", ":0");
        check(&profile, &browser, &[display], None, (false, "default"));
        if cfg!(target_os = "linux") {
            check(&profile, &browser, &[], None, (true, "linux-display-fallback"));
        }
        browser.headless = Some(true);
        check(&profile, &browser, &[display], None, (true, "config"));
        profile.headless = Some(false);
        check(&profile, &browser, &[display], None, (false, "profile"));
        check(&profile, &browser, &[("OPENCLAW_BROWSER_HEADLESS", "YES")], None, (true, "env"));
        check(&profile, &browser, &[("OPENCLAW_BROWSER_HEADLESS", "maybe")], None, (false, "profile"));
        check(&profile, &browser, &[("OPENCLAW_BROWSER_HEADLESS", "1")], Some(false), (false, "request"));
    }
}
