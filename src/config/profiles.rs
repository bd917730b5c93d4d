//! `browser.profiles`. It must not know what a profile's browser does.

use std::path::Path;

use serde_json::{Map, Value};

use super::browser::{endpoint, program_file};
use super::section::Section;
use super::{Error, Problem, edit};
use crate::profile::{CdpAuth, Driver, Profile, ProfileName};

/// Writes a profile into a config file; false, and nothing is changed, when the file names one of that name.
///
/// # Errors
/// [`Error::Syntax`] and [`Error::NotAnObject`] leave the file as it was.
pub fn add(path: &Path, profile: &Profile) -> Result<bool, Error> {
    let mut entry = Map::new();
    if profile.driver != Driver::Managed {
        entry.insert("driver".to_owned(), profile.driver.as_str().into());
    }
    if let Some(port) = profile.cdp_port {
        entry.insert("cdpPort".to_owned(), port.into());
    }
    if let Some(url) = &profile.cdp_url {
        entry.insert("cdpUrl".to_owned(), url.as_str().into());
    }
    if let Some(folder) = &profile.user_data_dir {
        entry.insert("userDataDir".to_owned(), folder.display().to_string().into());
    }
    edit::add(path, &keys(&profile.name), Value::Object(entry))
}

/// Takes a profile out of a config file; that it does not stand there is fine.
///
/// # Errors
/// As [`add`].
pub fn remove(path: &Path, name: &ProfileName) -> Result<(), Error> {
    edit::remove(path, &keys(name))
}

fn keys(name: &ProfileName) -> [&str; 3] {
    ["browser", "profiles", name.as_str()]
}

/// Reads the profiles in the file's order and adds the built-in ones.
pub(super) fn read(browser: &Section<'_>) -> Vec<Profile> {
    let mut configured: Vec<Profile> = Vec::new();
    for (key, section) in browser.entries("profiles") {
        let path = format!("{}.{key}", browser.path("profiles"));
        let Ok(name) = key.parse::<ProfileName>() else {
            let hint = Some("use lowercase letters, numbers, and hyphens only");
            browser.problem(Problem { hint, ..Problem::new(&path, "Invalid key in record") });
            continue;
        };
        if configured.iter().any(|profile| profile.name == name) {
            browser.problem(Problem::new(&path, "Duplicate key: keep one of the two"));
        }
        configured.extend(section.map(|section| read_profile(name, &section)));
    }
    Profile::with_built_ins(configured)
}

fn read_profile(name: ProfileName, section: &Section<'_>) -> Profile {
    let driver = section.choice("driver", &Driver::SPELLINGS);
    let driver_is_known = driver.is_some() || !section.has("driver");
    let driver = driver.and_then(|word| word.parse().ok()).unwrap_or(Driver::Managed);
    let cdp_auth = section.choice("cdpAuth", &CdpAuth::SPELLINGS).and_then(CdpAuth::spelt);
    let profile = Profile {
        cdp_auth: cdp_auth.unwrap_or_default(),
        cdp_port: section.port("cdpPort"),
        cdp_url: endpoint(section, "cdpUrl"),
        user_data_dir: section.place_of("userDataDir"),
        headless: section.boolean("headless"),
        executable_path: program_file(section, "executablePath"),
        attach_only: section.boolean("attachOnly"),
        from_config: true,
        ..Profile::new(name, driver)
    };
    section.retired(&[
        ("color", "remove it"),
        ("mcpCommand", "existing sessions are reached over CDP"),
        ("mcpArgs", "existing sessions are reached over CDP"),
    ]);
    section.finish();
    if driver_is_known {
        check(&profile, section);
    }
    profile
}

/// What the settings of one profile demand of each other.
fn check(profile: &Profile, section: &Section<'_>) {
    let is_placed = profile.cdp_port.is_some() || section.has("cdpUrl");
    if profile.driver == Driver::Managed && !is_placed {
        section.refuse("Profile must set cdpPort or cdpUrl");
    }
    if profile.driver != Driver::ExistingSession && profile.user_data_dir.is_some() {
        section.refuse("Profile userDataDir is only supported with driver=\"existing-session\"");
    }
    if !profile.is_ours() && section.has("cdpAuth") {
        section.refuse("Profile cdpAuth is only supported for browsers that are started here: no cdpUrl, driver=\"openclaw\"");
    }
    if profile.driver == Driver::Extension {
        if profile.cdp_url.is_some() {
            section.refuse(
                "Profile cdpUrl is not supported with driver=\"extension\" (the relay owns the endpoint)",
            );
        }
        section.warn(format!(
            "browser.profiles.{}: driver \"extension\" is not supported; use \"openclaw\", or \"existing-session\" for your own browser",
            profile.name
        ));
    }
}
