//! Who this gateway is: its name, its folders, its ports, and the proof that it is the only one.
//! The registry tells every instance of this user on this host which ports the others live on.
//!
//! It must not know the config's contents, browsers or the network: ports are numbers in here, nothing is bound.
//! Other *users* of the host are not in the registry; the kernel's bind alone keeps their ports and ours apart.

mod entry;
mod environment;
mod error;
mod family;
pub(crate) mod file;
mod live;
mod lock;
mod name;
mod ports;
mod registry;
mod runtime_dir;

use std::path::{Path, PathBuf};

pub use entry::Entry;
pub use environment::Environment;
pub use error::Error;
pub use family::{Family, HeldPort, Holder, Reservations, Role, Shared, Sharing};
pub use live::Live;
pub use lock::{GatewayLock, LockError};
pub use name::{InstanceName, NameError};
pub use ports::{Clash, PortOverrides, Ports, PortsError, Setting};
pub use registry::HostRegistry;
pub use runtime_dir::RegistryError;

pub use crate::mark::ProcessMark;

/// How a command line chose the instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The value of `--profile`, also when it is empty.
    pub profile: Option<String>,
    /// Whether `--dev` was given.
    pub dev: bool,
}

/// One gateway of this user: its name and the places that are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The name; `default` when none was chosen.
    pub name: InstanceName,
    /// Where everything lives that it must remember.
    pub state_dir: PathBuf,
    /// Its JSON5 config file.
    pub config_path: PathBuf,
    /// The workspace that it uses unless its config names another one.
    pub workspace: PathBuf,
    /// The name of its service, as systemd's unit without `.service`.
    pub service_name: String,
}

impl Instance {
    /// Works out the instance from the flags and the environment: `--profile` or `--dev`, else `OPENCLAW_PROFILE`;
    /// then `OPENCLAW_STATE_DIR` and `OPENCLAW_CONFIG_PATH` over the places that the name gives.
    ///
    /// # Errors
    /// An [`Error`] (exit code 2) for an impossible name or choice, or when no home directory is known.
    pub fn resolve(selection: &Selection, environment: &Environment) -> Result<Self, Error> {
        let inherited = environment.get("OPENCLAW_PROFILE").map(InstanceName::parse).transpose();
        let name = match (&selection.profile, selection.dev) {
            (Some(_), true) => return Err(Error::DevWithProfile),
            (None, true) => InstanceName::dev(),
            (Some(text), false) if text.trim().is_empty() => return Err(Error::ProfileWithoutValue),
            (Some(text), false) => InstanceName::parse(text).map_err(Error::Profile)?,
            (None, false) => inherited.clone().map_err(Error::InheritedProfile)?.unwrap_or_default(),
        };
        let foreign = inherited.ok().flatten().filter(|inherited| *inherited != name);
        let places = Places { environment, foreign };
        let own = places.state_dir_of(&name);
        let explicit = places.state_dir()?.filter(|dir| own.as_ref().ok() != Some(dir));
        let default_workspaces =
            explicit.clone().map_or_else(|| places.state_dir_of(&InstanceName::default()), Ok)?;
        let state_dir = explicit.map_or(own, Ok)?;
        Ok(Self {
            config_path: places.config_path()?.unwrap_or_else(|| state_dir.join("openclaw.json")),
            workspace: default_workspaces.join(format!("workspace{}", name.suffix())),
            service_name: format!("openclaw-gateway{}", name.suffix()),
            state_dir,
            name,
        })
    }

    /// A path of this instance's state.
    #[must_use]
    pub fn state(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.state_dir.join(relative)
    }
}

/// The places that the environment names, without those that another instance's service put there.
struct Places<'a> {
    environment: &'a Environment,
    foreign: Option<InstanceName>,
}

impl Places<'_> {
    fn state_dir_of(&self, name: &InstanceName) -> Result<PathBuf, Error> {
        Ok(self.environment.home()?.join(format!(".openclaw{}", name.suffix())))
    }

    /// A shell started by the service of instance A has A's folders in its environment. `--profile B` in it must not
    /// work on A's state under B's name.
    fn foreign_state_dir(&self) -> Option<PathBuf> {
        self.foreign.as_ref().and_then(|name| self.state_dir_of(name).ok())
    }

    fn state_dir(&self) -> Result<Option<PathBuf>, Error> {
        let dir = self.environment.path("OPENCLAW_STATE_DIR")?;
        Ok(dir.filter(|dir| self.foreign_state_dir().as_ref() != Some(dir)))
    }

    fn config_path(&self) -> Result<Option<PathBuf>, Error> {
        let path = self.environment.path("OPENCLAW_CONFIG_PATH")?;
        let foreign = self.foreign_state_dir().map(|dir| dir.join("openclaw.json"));
        Ok(path.filter(|path| foreign.as_ref() != Some(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: (&str, &str) = ("HOME", "/home/ann");

    fn resolve(profile: Option<&str>, pairs: &[(&str, &str)]) -> Result<Instance, Error> {
        let selection = Selection { profile: profile.map(str::to_owned), dev: false };
        Instance::resolve(&selection, &Environment::from_pairs(pairs.iter().copied()))
    }

    /// `expected`: state dir, config path, workspace.
    fn check(profile: Option<&str>, pairs: &[(&str, &str)], expected: [&str; 3]) {
        let instance = resolve(profile, pairs).unwrap();
        let found =
            [&instance.state_dir, &instance.config_path, &instance.workspace].map(|p| p.to_str().unwrap());
        assert_eq!(found, expected, "{profile:?} {pairs:?}");
    }

    #[test]
    fn places_follow_name_and_environment() {
        let default =
            ["/home/ann/.openclaw", "/home/ann/.openclaw/openclaw.json", "/home/ann/.openclaw/workspace"];
        let rescue = [
            "/home/ann/.openclaw-rescue",
            "/home/ann/.openclaw-rescue/openclaw.json",
            "/home/ann/.openclaw/workspace-rescue",
        ];
        check(None, &[HOME], default);
        check(Some("default"), &[HOME], default);
        check(Some("DEFAULT"), &[HOME, ("OPENCLAW_PROFILE", "rescue")], default);
        check(Some("rescue"), &[HOME], rescue);
        check(None, &[HOME, ("OPENCLAW_PROFILE", "rescue")], rescue);
        check(None, &[HOME, ("OPENCLAW_PROFILE", "  ")], default);
        // The environment that our own service sets.
        check(
            None,
            &[HOME, ("OPENCLAW_PROFILE", "rescue"), ("OPENCLAW_STATE_DIR", "/home/ann/.openclaw-rescue")],
            rescue,
        );
    }

    #[test]
    fn explicit_places_win_over_the_name() {
        let state = ("OPENCLAW_STATE_DIR", "/srv/a");
        let config = ("OPENCLAW_CONFIG_PATH", "~/a.json");
        check(None, &[HOME, state], ["/srv/a", "/srv/a/openclaw.json", "/srv/a/workspace"]);
        check(None, &[HOME, state, config], ["/srv/a", "/home/ann/a.json", "/srv/a/workspace"]);
        check(Some("x"), &[HOME, state], ["/srv/a", "/srv/a/openclaw.json", "/srv/a/workspace-x"]);
        check(None, &[state], ["/srv/a", "/srv/a/openclaw.json", "/srv/a/workspace"]);
        check(
            None,
            &[HOME, ("OPENCLAW_STATE_DIR", "~/st")],
            ["/home/ann/st", "/home/ann/st/openclaw.json", "/home/ann/st/workspace"],
        );
    }

    #[test]
    fn another_service_s_environment_is_not_taken_over() {
        let main = [
            HOME,
            ("OPENCLAW_PROFILE", "main"),
            ("OPENCLAW_STATE_DIR", "/home/ann/.openclaw-main"),
            ("OPENCLAW_CONFIG_PATH", "/home/ann/.openclaw-main/openclaw.json"),
        ];
        check(
            Some("rescue"),
            &main,
            [
                "/home/ann/.openclaw-rescue",
                "/home/ann/.openclaw-rescue/openclaw.json",
                "/home/ann/.openclaw/workspace-rescue",
            ],
        );
    }

    #[test]
    fn names_reach_the_service() {
        assert_eq!(resolve(None, &[HOME]).unwrap().service_name, "openclaw-gateway");
        assert_eq!(resolve(Some("rescue"), &[HOME]).unwrap().service_name, "openclaw-gateway-rescue");
        let dev = Selection { profile: None, dev: true };
        let instance = Instance::resolve(&dev, &Environment::from_pairs([HOME])).unwrap();
        assert_eq!(instance.state_dir, Path::new("/home/ann/.openclaw-dev"));
        assert_eq!(instance.name.default_port(), 19001);
    }

    #[test]
    fn impossible_choices_have_the_known_texts() {
        for (profile, dev, pairs, text) in [
            (Some("a b"), false, vec![HOME], r#"Invalid --profile (use letters, numbers, "_", "-" only)"#),
            (Some(""), false, vec![HOME], "--profile requires a value"),
            (Some("x"), true, vec![HOME], "Cannot combine --dev with --profile"),
            (None, false, vec![HOME, ("OPENCLAW_PROFILE", "../x")], "Invalid OPENCLAW_PROFILE"),
            (None, false, vec![], "no home directory"),
            (Some("x"), false, vec![("OPENCLAW_STATE_DIR", "~/x")], "no home directory"),
        ] {
            let selection = Selection { profile: profile.map(str::to_owned), dev };
            let error = Instance::resolve(&selection, &Environment::from_pairs(pairs)).unwrap_err();
            assert!(error.to_string().starts_with(text), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
