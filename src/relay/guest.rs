//! What a client sees that has leased a part of the browser: a browser that has its context and nothing else. The lease's
//! context is the default one there, so that nothing must be renamed; what concerns others is left out, and whatever is
//! not known to concern the client alone is refused.

use std::collections::HashSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::message::NO_TARGET;
use super::rules::Verdict;
use crate::browser::{Browser, Tenant};
use crate::cdp::protocol::TargetInfo;
use crate::cdp::{Event, Refusal, SessionId};
use crate::pool::{Lease, Leases};

/// Domains that concern the target of a session and what is its own.
const OF_A_TARGET: &[&str] = &[
    "Accessibility",
    "Animation",
    "Audits",
    "Autofill",
    "CSS",
    "CacheStorage",
    "Console",
    "DOM",
    "DOMDebugger",
    "DOMSnapshot",
    "DOMStorage",
    "Debugger",
    "DeviceOrientation",
    "Emulation",
    "EventBreakpoints",
    "FedCm",
    "Fetch",
    "HeapProfiler",
    "IO",
    "IndexedDB",
    "Input",
    "Inspector",
    "LayerTree",
    "Log",
    "Media",
    "Network",
    "Overlay",
    "Page",
    "Performance",
    "PerformanceTimeline",
    "Preload",
    "Profiler",
    "Runtime",
    "Schema",
    "Security",
    "ServiceWorker",
    "Storage",
    "WebAudio",
    "WebAuthn",
];

const NOT_YOURS: &str = "it may concern others who use this browser, too";
const ONE_CONTEXT: &str =
    "a lease has one browser context, which is the default one here; acquire another lease";
const FILES: &str = "files are sent to pages through openclaw: see `openclaw browser upload --help`";

/// A client that has leased a part of the browser.
#[derive(Debug)]
pub(super) struct Guest {
    lease: Lease,
    leases: Leases,
    context: String,
    /// Targets that it has been told of.
    targets: HashSet<String>,
    /// Its commands whose replies list targets.
    listings: HashSet<i64>,
    /// Its commands whose replies name a target that is new.
    creations: HashSet<i64>,
}

/// A command of such a client.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) number: i64,
    pub(super) method: &'a str,
    pub(super) params: &'a str,
    /// It is meant for the browser itself, and not for a target.
    pub(super) is_base: bool,
}

/// Whether an event is for such a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hearing {
    /// It is.
    Meant,
    /// It concerns somebody else.
    Foreign,
    /// Its channel was attached to somebody else's target, by this session.
    Attached(String),
}

/// What the parameters of commands and events of the `Target` domain say of targets.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OfTarget {
    target_info: Option<TargetInfo>,
    target_id: Option<String>,
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    target_infos: Vec<Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnTargets {
    target_infos: Vec<Map<String, Value>>,
}

impl Guest {
    pub(super) fn new(lease: Lease, leases: Leases) -> Self {
        let context = lease.browser().tenant().and_then(Tenant::context).unwrap_or_default().to_owned();
        Self {
            lease,
            leases,
            context,
            targets: HashSet::new(),
            listings: HashSet::new(),
            creations: HashSet::new(),
        }
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The client closes what it takes for its browser.
    pub(super) fn leave(&self) {
        self.leases.give_back(&self.lease);
    }

    /// Judges a command that others may pass.
    pub(super) fn judge(&mut self, asked: &Asked<'_>, browser: &Browser) -> Verdict {
        let named = || serde_json::from_str::<OfTarget>(asked.params).unwrap_or_default().target_id;
        match asked.method {
            "Target.getTargets" => {
                self.listings.insert(asked.number);
                Verdict::Passes
            }
            "Target.getBrowserContexts" => Verdict::Answered("{\"browserContextIds\":[]}"),
            "Target.createBrowserContext" | "Target.disposeBrowserContext" => Verdict::Refused(ONE_CONTEXT),
            "Target.setDiscoverTargets"
            | "Target.setAutoAttach"
            | "Target.detachFromTarget"
            | "Browser.getVersion" => Verdict::Passes,
            // Where files go is not the client's to say.
            "Browser.setDownloadBehavior" | "Page.setDownloadBehavior" => Verdict::Answered("{}"),
            "DOM.setFileInputFiles" => Verdict::Refused(FILES),
            "Target.createTarget" => {
                self.creations.insert(asked.number);
                self.in_context(asked.params)
            }
            "Storage.getCookies"
            | "Storage.setCookies"
            | "Storage.clearCookies"
            | "Browser.grantPermissions"
            | "Browser.resetPermissions"
            | "Browser.setPermission" => self.in_context(asked.params),
            "Target.getTargetInfo" | "Browser.getWindowForTarget" if named().is_none() => Verdict::Passes,
            "Target.getTargetInfo"
            | "Target.attachToTarget"
            | "Target.activateTarget"
            | "Target.closeTarget"
            | "Target.autoAttachRelated"
            | "Browser.getWindowForTarget" => {
                let is_own = |id: &str| self.targets.contains(id) || browser.owns(id);
                if named().is_some_and(|id| is_own(&id)) {
                    Verdict::Passes
                } else {
                    Verdict::Refused(NO_TARGET)
                }
            }
            method => {
                let domain = method.split_once('.').map_or(method, |(domain, _)| domain);
                let is_own = !asked.is_base && OF_A_TARGET.contains(&domain);
                if is_own { Verdict::Passes } else { Verdict::Refused(NOT_YOURS) }
            }
        }
    }

    /// The same command, about the lease's context: a client that names none means it.
    fn in_context(&self, params: &str) -> Verdict {
        let Ok(mut params) = serde_json::from_str::<Map<String, Value>>(params) else {
            return Verdict::Passes;
        };
        let context = Value::from(self.context.clone());
        match params.insert("browserContextId".to_owned(), context.clone()) {
            Some(named) if named != context => Verdict::Refused(ONE_CONTEXT),
            Some(_) | None => Verdict::PassesAs(Value::Object(params).to_string()),
        }
    }

    /// Reads the reply to a command, and leaves out of it what concerns others.
    pub(super) fn read(&mut self, number: i64, outcome: &mut Result<Bytes, Refusal>) {
        let is_new = self.creations.remove(&number);
        if let (true, Ok(result)) = (is_new, &*outcome) {
            let made = serde_json::from_slice::<OfTarget>(result).unwrap_or_default();
            self.targets.extend(made.target_id);
        }
        if !self.listings.remove(&number) {
            return;
        }
        if let Ok(result) = outcome {
            let listing = serde_json::from_slice::<Listing>(result);
            let mut target_infos = listing.map(|listing| listing.target_infos).unwrap_or_default();
            target_infos.retain(|info| info.get("browserContextId").is_some_and(|id| *id == *self.context));
            let ids = target_infos.iter().filter_map(|info| info.get("targetId")?.as_str());
            self.targets.extend(ids.map(str::to_owned));
            let text = serde_json::to_string(&OwnTargets { target_infos }).expect("it was JSON");
            *result = text.into();
        }
    }

    /// Whether an event is for the client.
    pub(super) fn hears(&mut self, event: &Event, is_base: bool, sessions: &HashSet<SessionId>) -> Hearing {
        let method = event.method();
        if !method.starts_with("Target.") {
            // What the browser itself says else is for those who have all of it.
            return if is_base { Hearing::Foreign } else { Hearing::Meant };
        }
        let OfTarget { target_info, target_id, session_id } = event.params().unwrap_or_default();
        let is_meant = match (method, target_info) {
            ("Target.attachedToTarget", Some(info)) if is_base && !self.is_own(&info) => {
                return session_id.map_or(Hearing::Foreign, Hearing::Attached);
            }
            // What a target of the client's is made of is its own, whatever it says of itself.
            ("Target.attachedToTarget", Some(info)) => {
                self.targets.insert(info.target_id);
                true
            }
            ("Target.detachedFromTarget", _) => session_id.is_some_and(|id| sessions.contains(&*id)),
            (_, Some(info)) => {
                let is_own = self.is_own(&info);
                if is_own {
                    self.targets.insert(info.target_id);
                }
                is_own
            }
            ("Target.targetDestroyed", None) => target_id.is_some_and(|id| self.targets.remove(&id)),
            (_, None) => target_id.is_some_and(|id| self.targets.contains(&id)),
        };
        if is_meant { Hearing::Meant } else { Hearing::Foreign }
    }

    fn is_own(&self, info: &TargetInfo) -> bool {
        info.browser_context_id.as_deref() == Some(&*self.context)
    }
}
