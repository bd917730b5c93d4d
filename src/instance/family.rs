//! What one instance tells the others of this host: its ports and places. Pure: reading and writing is the registry's.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{GatewayLock, Instance, InstanceName, Ports, ProcessMark, file};

/// One instance of this user on this host, running or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: InstanceName,
    /// Its state dir, by which it is known.
    pub state_dir: PathBuf,
    /// Its config file.
    pub config_path: PathBuf,
    /// Its workspace.
    pub workspace: PathBuf,
    /// Its ports.
    pub ports: Ports,
    /// CDP ports that its profiles hold for good: a profile's name and its pinned or written-down port.
    pub pinned: Vec<(String, u16)>,
    /// Its gateway, when one wrote the entry.
    pub process: Option<ProcessMark>,
    /// The browsers that its gateway runs, or ran when it was killed.
    pub browsers: Vec<HeldPort>,
}

/// A CDP port that a running browser has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldPort {
    /// The browser's profile.
    pub profile: String,
    /// The port.
    pub port: u16,
    /// The browser's process.
    pub process: ProcessMark,
}

impl Family {
    /// The entry of an instance that does not run (yet). `workspace` is the one that it really uses.
    #[must_use]
    pub fn of(instance: &Instance, workspace: PathBuf, ports: Ports) -> Self {
        Self {
            name: instance.name.clone(),
            state_dir: instance.state_dir.clone(),
            config_path: instance.config_path.clone(),
            workspace,
            ports,
            pinned: Vec::new(),
            process: None,
            browsers: Vec::new(),
        }
    }

    /// Whether its gateway runs now: the kernel knows, whatever the entry says.
    #[must_use]
    pub fn is_running(&self) -> bool {
        GatewayLock::is_held(&self.state_dir)
    }

    /// Whether `state_dir` is this family's, however it is spelt.
    #[must_use]
    pub fn is_at(&self, state_dir: &Path) -> bool {
        file::canonical(&self.state_dir) == file::canonical(state_dir)
    }

    /// What this family keeps on `port`: nothing for the rest of its CDP range, which families may share.
    fn role_of(&self, port: u16) -> Option<Role> {
        let listeners = [
            (self.ports.gateway, Role::Gateway),
            (self.ports.control, Role::Control),
            (self.ports.canvas, Role::Canvas),
        ];
        let listener = listeners.into_iter().find(|(own, _)| *own == port).map(|(_, role)| role);
        let pinned = || {
            self.pinned.iter().find(|(_, own)| *own == port).map(|(profile, _)| Role::Cdp(profile.clone()))
        };
        listener.or_else(pinned)
    }

    /// What this family and `other`, which must be another instance, have in common.
    pub(super) fn shares_with(&self, other: &Self) -> Option<(Shared, PathBuf)> {
        let is_same = |one: &Path, two: &Path| file::canonical(one) == file::canonical(two);
        let places = [
            (Shared::State, &self.state_dir, &other.state_dir),
            (Shared::Config, &self.config_path, &other.config_path),
            (Shared::Workspace, &self.workspace, &other.workspace),
        ];
        places
            .into_iter()
            .find(|(_, mine, theirs)| is_same(mine, theirs))
            .map(|(what, mine, _)| (what, mine.clone()))
    }
}

/// What a port is to the instance that keeps it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Role {
    /// Its gateway.
    #[error("gateway port")]
    Gateway,
    /// Its control API.
    #[error("control port")]
    Control,
    /// Its canvas host.
    #[error("canvas port")]
    Canvas,
    /// The browser of this profile.
    #[error("CDP port of profile \"{0}\"")]
    Cdp(String),
}

/// Who keeps a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The instance.
    pub name: InstanceName,
    /// Its state dir.
    pub state_dir: PathBuf,
    /// What the port is to it.
    pub role: Role,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of instance \"{}\" ({})", self.role, self.name, self.state_dir.display())
    }
}

/// The ports that other instances keep, as read at one moment; for looking at many ports.
#[derive(Debug, Clone, Default)]
pub struct Reservations(pub(super) Vec<Family>);

impl Reservations {
    /// Who keeps `port`.
    #[must_use]
    pub fn holder(&self, port: u16) -> Option<Holder> {
        self.0.iter().find_map(|family| {
            let role = family.role_of(port)?;
            Some(Holder { name: family.name.clone(), state_dir: family.state_dir.clone(), role })
        })
    }
}

/// Something that two instances must not have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shared {
    /// The state dir.
    #[error("state dir")]
    State,
    /// The config file.
    #[error("config file")]
    Config,
    /// The workspace.
    #[error("workspace")]
    Workspace,
}

/// Another instance lives in a place of this one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {shared} {} is shared with instance \"{}\" ({}); give this instance its own", path.display(), other.name, other.state_dir.display())]
pub struct Sharing {
    /// What is shared.
    pub shared: Shared,
    /// Where it is.
    pub path: PathBuf,
    /// The other instance.
    pub other: Box<Family>,
}

/// [`Ports`] as our own files spell them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WrittenPorts {
    gateway: u16,
    control: u16,
    canvas: u16,
    cdp_first: u16,
    cdp_last: u16,
}

impl From<&Ports> for WrittenPorts {
    fn from(ports: &Ports) -> Self {
        let (cdp_first, cdp_last) = (*ports.cdp.start(), *ports.cdp.end());
        Self { gateway: ports.gateway, control: ports.control, canvas: ports.canvas, cdp_first, cdp_last }
    }
}

impl From<WrittenPorts> for Ports {
    fn from(written: WrittenPorts) -> Self {
        let WrittenPorts { gateway, control, canvas, cdp_first, cdp_last } = written;
        Self { gateway, control, canvas, cdp: cdp_first..=cdp_last }
    }
}

/// A [`Family`] as the registry spells it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WrittenFamily {
    name: Option<String>,
    state_dir: PathBuf,
    config_path: PathBuf,
    workspace: PathBuf,
    ports: WrittenPorts,
    #[serde(default)]
    pinned: Vec<(String, u16)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    process: Option<ProcessMark>,
    #[serde(default)]
    browsers: Vec<HeldPort>,
}

impl From<&Family> for WrittenFamily {
    fn from(family: &Family) -> Self {
        Self {
            name: family.name.as_str().map(str::to_owned),
            state_dir: file::canonical(&family.state_dir),
            config_path: family.config_path.clone(),
            workspace: family.workspace.clone(),
            ports: WrittenPorts::from(&family.ports),
            pinned: family.pinned.clone(),
            process: family.process.clone(),
            browsers: family.browsers.clone(),
        }
    }
}

impl TryFrom<WrittenFamily> for Family {
    type Error = super::NameError;

    fn try_from(written: WrittenFamily) -> Result<Self, Self::Error> {
        Ok(Self {
            name: written.name.as_deref().map(InstanceName::parse).transpose()?.unwrap_or_default(),
            state_dir: written.state_dir,
            config_path: written.config_path,
            workspace: written.workspace,
            ports: written.ports.into(),
            pinned: written.pinned,
            process: written.process,
            browsers: written.browsers,
        })
    }
}
