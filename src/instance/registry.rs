//! The registry of this user's instances on this host: one small file an instance, read anew at every question.
//! A broken entry stops nothing. It must not bind ports; whether one is really free only the kernel knows.

use std::path::{Path, PathBuf};

use super::family::WrittenFamily;
use super::{Environment, Family, Holder, RegistryError, Reservations, Sharing, file, runtime_dir};

/// The instances of this user on this host. Other users' are not in it: the kernel's bind keeps those apart.
#[derive(Debug, Clone)]
pub struct HostRegistry {
    /// One file an instance lies here.
    dir: PathBuf,
}

impl HostRegistry {
    /// Opens the registry that the environment leads to, and creates it 0700 when it is missing.
    ///
    /// # Errors
    /// [`RegistryError`] when its folder is not this user's alone.
    pub fn open(environment: &Environment) -> Result<Self, RegistryError> {
        Self::open_at(&runtime_dir::choose(environment)?)
    }

    /// Opens the registry in a given folder.
    ///
    /// # Errors
    /// As [`HostRegistry::open`].
    pub fn open_at(runtime_dir: &Path) -> Result<Self, RegistryError> {
        runtime_dir::secure(runtime_dir)?;
        let dir = runtime_dir.join("instances");
        runtime_dir::secure(&dir)?;
        Ok(Self { dir })
    }

    /// Writes an instance's entry over its former one.
    ///
    /// # Errors
    /// [`RegistryError::Io`].
    pub fn register(&self, family: &Family) -> Result<(), RegistryError> {
        let path = self.entry(&family.state_dir);
        let text = serde_json::to_vec_pretty(&WrittenFamily::from(family)).map_err(std::io::Error::from);
        text.and_then(|text| file::write_atomic(&path, &text))
            .map_err(|source| RegistryError::Io { path, source })
    }

    /// Takes an instance's entry away, when it is uninstalled.
    ///
    /// # Errors
    /// [`RegistryError::Io`]; an entry that is not there is fine.
    pub fn forget(&self, state_dir: &Path) -> Result<(), RegistryError> {
        let path = self.entry(state_dir);
        file::remove(&path).map_err(|source| RegistryError::Io { path, source })
    }

    /// All instances, by name. Entries whose state dir is gone are removed; entries that cannot be read are left out.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(dir = %self.dir.display(), %error, "the registry of instances cannot be read");
                return Vec::new();
            }
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut families: Vec<Family> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .filter_map(|path| read(&path))
            .collect();
        families.sort_by(|one, two| (&one.name, &one.state_dir).cmp(&(&two.name, &two.state_dir)));
        families
    }

    /// The ports that instances other than the one at `me` (its state dir) keep, running or not.
    #[must_use]
    pub fn reservations(&self, me: &Path) -> Reservations {
        Reservations(self.families().into_iter().filter(|family| !family.is_at(me)).collect())
    }

    /// Who else keeps `port`: as gateway, control or canvas port, or for a profile.
    #[must_use]
    pub fn is_reserved_by_other(&self, port: u16, me: &Path) -> Option<Holder> {
        self.reservations(me).holder(port)
    }

    /// Another instance that lives in a place of this one: same config file, workspace, or state dir under another name.
    #[must_use]
    pub fn sharing(&self, family: &Family) -> Option<Sharing> {
        let is_other = |other: &Family| !other.is_at(&family.state_dir) || other.name != family.name;
        self.families().into_iter().filter(is_other).find_map(|other| {
            let (shared, path) = family.shares_with(&other)?;
            Some(Sharing { shared, path, other: Box::new(other) })
        })
    }

    fn entry(&self, state_dir: &Path) -> PathBuf {
        let real = file::canonical(state_dir);
        self.dir.join(format!("{:016x}.json", fnv1a_64(real.as_os_str().as_encoded_bytes())))
    }
}

fn read(path: &Path) -> Option<Family> {
    let written = std::fs::read(path).map_err(|error| error.to_string());
    let parsed =
        written.and_then(|text| serde_json::from_slice::<WrittenFamily>(&text).map_err(|e| e.to_string()));
    let family = match parsed.and_then(|written| Family::try_from(written).map_err(|error| error.to_string()))
    {
        Ok(family) => family,
        Err(error) => {
            tracing::warn!(path = %path.display(), error, "an entry in the registry of instances cannot be read");
            return None;
        }
    };
    if family.state_dir.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        if let Err(error) = file::remove(path) {
            tracing::warn!(path = %path.display(), %error, "an entry of a removed instance cannot be removed");
        }
        return None;
    }
    Some(family)
}

/// FNV-1a, 64 bits: a short file name for a path; not a secret.
fn fnv1a_64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::instance::{HeldPort, InstanceName, PortOverrides, Ports, ProcessMark, Role, Shared};

    struct House {
        dir: tempfile::TempDir,
        registry: HostRegistry,
    }

    impl House {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let registry = HostRegistry::open_at(&dir.path().join("run")).unwrap();
            Self { dir, registry }
        }

        fn family(&self, name: &str, base: u16) -> Family {
            let state_dir = self.dir.path().join(name);
            std::fs::create_dir_all(&state_dir).unwrap();
            Family {
                name: InstanceName::parse(name).unwrap(),
                config_path: state_dir.join("openclaw.json"),
                workspace: state_dir.join("workspace"),
                state_dir: state_dir.canonicalize().unwrap(),
                ports: Ports::derive(base, &PortOverrides::default()).unwrap(),
                pinned: Vec::new(),
                process: None,
                browsers: Vec::new(),
            }
        }
    }

    #[test]
    fn what_is_registered_is_read_back() {
        let house = House::new();
        let mut main = house.family("main", 20000);
        main.pinned = vec![("work".to_owned(), 20030)];
        main.process = Some(ProcessMark::of_self());
        main.browsers =
            vec![HeldPort { profile: "work".to_owned(), port: 20030, process: ProcessMark::of_self() }];
        let rescue = house.family("rescue", 20020);
        house.registry.register(&rescue).unwrap();
        house.registry.register(&main).unwrap();
        house.registry.register(&main).unwrap();
        assert_eq!(house.registry.families(), [main.clone(), rescue.clone()]);
        // The mark says that it runs, and the lock, which is the truth, that it does not.
        assert!(!main.is_running() && !rescue.is_running());
        for entry in std::fs::read_dir(&house.registry.dir).unwrap() {
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        house.registry.forget(&main.state_dir).unwrap();
        house.registry.forget(&main.state_dir).unwrap();
        assert_eq!(house.registry.families(), [rescue]);
    }

    #[test]
    fn ports_of_others_are_reserved_running_or_not() {
        let house = House::new();
        let mut main = house.family("main", 20000);
        main.pinned = vec![("work".to_owned(), 20030)];
        let rescue = house.family("rescue", 20020);
        house.registry.register(&main).unwrap();
        house.registry.register(&rescue).unwrap();
        for (port, role) in [
            (20000, Some(Role::Gateway)),
            (20001, None),
            (20002, Some(Role::Control)),
            (20004, Some(Role::Canvas)),
            (20011, None),
            (20030, Some(Role::Cdp("work".to_owned()))),
            (20020, None),
        ] {
            let holder = house.registry.is_reserved_by_other(port, &rescue.state_dir);
            assert_eq!(holder.map(|holder| holder.role), role, "{port}");
        }
        let holder = house.registry.is_reserved_by_other(20022, &main.state_dir).unwrap();
        assert!(holder.to_string().starts_with("control port of instance \"rescue\" ("), "{holder}");
        // Another spelling of the own state dir is still the own one.
        let link = house.dir.path().join("link");
        std::os::unix::fs::symlink(&main.state_dir, &link).unwrap();
        assert_eq!(house.registry.is_reserved_by_other(20000, &link), None);
    }

    #[test]
    fn entries_of_removed_instances_are_pruned() {
        let house = House::new();
        let gone = house.family("gone", 20000);
        house.registry.register(&gone).unwrap();
        std::fs::remove_dir_all(&gone.state_dir).unwrap();
        assert_eq!(house.registry.families(), []);
        assert_eq!(std::fs::read_dir(&house.registry.dir).unwrap().count(), 0);
    }

    #[test]
    fn broken_entries_stop_nothing() {
        let house = House::new();
        let main = house.family("main", 20000);
        house.registry.register(&main).unwrap();
        for (name, text) in [("a", ""), ("b", "{"), ("c", r#"{"name":"../x"}"#), ("d", "\u{0}"), ("e", "[1]")]
        {
            std::fs::write(house.registry.dir.join(format!("{name}.json")), text).unwrap();
        }
        std::fs::write(house.registry.dir.join(".x.json.1-0.tmp"), "half").unwrap();
        std::fs::create_dir(house.registry.dir.join("f.json")).unwrap();
        assert_eq!(house.registry.families(), [main]);
    }

    #[test]
    fn sharing_names_the_other_and_the_place() {
        let house = House::new();
        let main = house.family("main", 20000);
        house.registry.register(&main).unwrap();
        let rescue = house.family("rescue", 20020);
        assert_eq!(house.registry.sharing(&main), None);
        assert_eq!(house.registry.sharing(&rescue), None);
        for (shared, family) in [
            (Shared::Workspace, Family { workspace: main.workspace.clone(), ..rescue.clone() }),
            (Shared::Config, Family { config_path: main.config_path.clone(), ..rescue.clone() }),
            (Shared::State, Family { state_dir: main.state_dir.clone(), ..rescue.clone() }),
        ] {
            let sharing = house.registry.sharing(&family).unwrap();
            assert_eq!((sharing.shared, &sharing.other.name), (shared, &main.name));
            assert!(sharing.to_string().contains("shared with instance \"main\""), "{sharing}");
        }
    }

    #[test]
    fn it_opens_where_the_environment_says() {
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment::from_pairs([("OPENCLAW_RUNTIME_DIR", dir.path().join("deep/run"))]);
        let registry = HostRegistry::open(&environment).unwrap();
        assert_eq!(registry.families(), []);
        assert!(dir.path().join("deep/run/instances").is_dir());
    }
}
