//! What a client sees that has leased a part of the browser: a browser that has its contexts and nothing else. The lease's
//! own context is the default one there, so that nothing must be renamed; what concerns others is left out, and whatever is
//! not known to concern the client alone is refused.

use std::collections::HashSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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

/// Contexts of a lease besides its own: each costs as much as that one.
const MOST_CONTEXTS: usize = 8;

const NOT_YOURS: &str = "it may concern others who use this browser, too";
const NO_CONTEXT: &str = "the lease has no such browser context";
const TOO_MANY: &str =
    "a lease has at most 8 further browser contexts; dispose of one, or acquire another lease";
const PLAIN: &str = "the browser context of a lease has neither a proxy of its own nor access to all origins";
const FILES: &str = "files are sent to pages through openclaw: see `openclaw browser upload --help`";

/// A client that has leased a part of the browser.
#[derive(Debug)]
pub(super) struct Guest {
    lease: Lease,
    leases: Leases,
    browser: Browser,
    /// Sessions that it has with the browser itself, besides its first one.
    bases: HashSet<SessionId>,
    /// Targets that it has been told of.
    targets: HashSet<String>,
    /// Contexts that it has made; they go when it does.
    contexts: Vec<String>,
    /// Contexts that are being made for it.
    making: usize,
    /// Windows that its targets are in.
    windows: HashSet<i64>,
    /// Downloads that it has been told of.
    downloads: HashSet<String>,
}

/// A command of such a client.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) params: &'a str,
    /// It is meant for the browser itself, and not for a target.
    pub(super) is_base: bool,
}

/// What is read of the reply to a command, before the client gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    Nothing,
    /// It lists targets, those of others too.
    Targets,
    /// It names a target that is new.
    Target,
    /// It names a context that is new.
    Context,
    /// It names the window of a target.
    Window,
}

impl Reads {
    const ALL: [Self; 5] = [Self::Nothing, Self::Targets, Self::Target, Self::Context, Self::Window];

    /// The mark of a command whose reply is read so.
    pub(super) fn mark(self) -> u8 {
        self as u8
    }

    fn of_mark(mark: u8) -> Self {
        Self::ALL.into_iter().find(|reads| reads.mark() == mark).unwrap_or(Self::Nothing)
    }
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

/// What the parameters of commands, their results and events say of what there is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Named {
    target_info: Option<TargetInfo>,
    target_id: Option<String>,
    session_id: Option<String>,
    browser_context_id: Option<String>,
    window_id: Option<i64>,
}

/// What events say of downloads.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OfDownload {
    guid: String,
    frame_id: String,
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct Drag {
    data: Dragged,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dragged {
    files: Vec<String>,
}

/// Whether files are dragged; what could be read in two ways may be some.
fn drags_files(params: &str) -> bool {
    serde_json::from_str::<Drag>(params).map_or(true, |drag| !drag.data.files.is_empty())
}

/// Whether a command names no target, and so means that of its session; what could be read in two ways may name one.
fn is_of_its_session(params: &str) -> bool {
    serde_json::from_str::<Named>(params).is_ok_and(|named| named.target_id.is_none())
}

impl Guest {
    pub(super) fn new(lease: Lease, leases: Leases) -> Self {
        let browser = lease.browser().clone();
        Self {
            lease,
            leases,
            browser,
            bases: HashSet::new(),
            targets: HashSet::new(),
            contexts: Vec::new(),
            making: 0,
            windows: HashSet::new(),
            downloads: HashSet::new(),
        }
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The client closes what it takes for its browser.
    pub(super) fn leave(&self) {
        self.leases.give_back(&self.lease);
    }

    /// The client is gone, and its contexts with it.
    pub(super) fn end(&self) {
        self.contexts.iter().for_each(|id| self.browser.forget_context(id));
    }

    /// Whether a session is one with the browser itself.
    pub(super) fn is_base(&self, session: &SessionId) -> bool {
        self.bases.contains(session)
    }

    /// Judges a command that others may pass, and says what of its reply is to be read.
    pub(super) fn judge(&mut self, asked: &Asked<'_>) -> (Verdict, Reads) {
        let reads = match asked.method {
            "Target.getTargets" => Reads::Targets,
            "Target.createTarget" => Reads::Target,
            "Target.createBrowserContext" => Reads::Context,
            "Browser.getWindowForTarget" => Reads::Window,
            _ => Reads::Nothing,
        };
        let verdict = self.verdict(asked);
        let passes = matches!(verdict, Verdict::Passes | Verdict::PassesAs(_));
        self.making += usize::from(passes && reads == Reads::Context);
        (verdict, reads)
    }

    fn verdict(&self, asked: &Asked<'_>) -> Verdict {
        let named = || serde_json::from_str::<Named>(asked.params).unwrap_or_default();
        match asked.method {
            "Target.getTargets"
            | "Target.setDiscoverTargets"
            | "Target.setAutoAttach"
            | "Target.detachFromTarget"
            | "Browser.getVersion" => Verdict::Passes,
            "Target.attachToBrowserTarget" if asked.is_base => Verdict::Passes,
            "Target.getBrowserContexts" => {
                let ids = self.further_contexts();
                Verdict::Answered(json!({ "browserContextIds": ids }).to_string())
            }
            "Target.createBrowserContext" => self.new_context(asked.params),
            "Target.disposeBrowserContext" => {
                let further = self.further_contexts();
                match named().browser_context_id.filter(|id| further.contains(id)) {
                    Some(id) => {
                        self.browser.forget_context(&id);
                        Verdict::Passes
                    }
                    None => Verdict::Refused(NO_CONTEXT),
                }
            }
            "Browser.setDownloadBehavior" => self.downloads(asked.params),
            "Page.setDownloadBehavior" => Verdict::Answered("{}".to_owned()),
            "DOM.setFileInputFiles" => Verdict::Refused(FILES),
            // What is dragged may be files of this machine.
            "Input.dispatchDragEvent" if drags_files(asked.params) => Verdict::Refused(FILES),
            "Emulation.addScreen"
            | "Emulation.updateScreen"
            | "Emulation.removeScreen"
            | "Emulation.setPrimaryScreen" => Verdict::Refused(NOT_YOURS),
            "Target.createTarget"
            | "Storage.getCookies"
            | "Storage.setCookies"
            | "Storage.clearCookies"
            | "Browser.cancelDownload"
            | "Browser.grantPermissions"
            | "Browser.resetPermissions"
            | "Browser.setPermission" => self.in_context(asked.params),
            "Browser.getWindowBounds" | "Browser.setWindowBounds" | "Browser.setContentsSize" => {
                let is_own = named().window_id.is_some_and(|id| self.windows.contains(&id));
                if is_own { Verdict::Passes } else { Verdict::Refused(NOT_YOURS) }
            }
            "Target.getTargetInfo" | "Browser.getWindowForTarget" if is_of_its_session(asked.params) => {
                Verdict::Passes
            }
            "Target.getTargetInfo"
            | "Target.attachToTarget"
            | "Target.activateTarget"
            | "Target.closeTarget"
            | "Target.autoAttachRelated"
            | "Browser.getWindowForTarget" => {
                let is_own = |id: &str| self.targets.contains(id) || self.browser.owns(id);
                if named().target_id.is_some_and(|id| is_own(&id)) {
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

    /// A further context is the lease's, too. It goes with the client at the latest, so that none is left behind when the
    /// lease ends before its name is known.
    fn new_context(&self, params: &str) -> Verdict {
        let mut params = serde_json::from_str::<Map<String, Value>>(params).unwrap_or_default();
        let is_special = ["proxyServer", "originsWithUniversalNetworkAccess"]
            .iter()
            .any(|name| params.contains_key(*name));
        if is_special {
            return Verdict::Refused(PLAIN);
        }
        if self.further_contexts().len() + self.making >= MOST_CONTEXTS {
            return Verdict::Refused(TOO_MANY);
        }
        params.insert("disposeOnDetach".to_owned(), true.into());
        Verdict::PassesAs(Value::Object(params).to_string())
    }

    /// The client hears of the downloads of its contexts, and may refuse them; where they go is not for it to say.
    fn downloads(&self, params: &str) -> Verdict {
        let Verdict::PassesAs(params) = self.in_context(params) else { return Verdict::Refused(NO_CONTEXT) };
        let mut params = serde_json::from_str::<Map<String, Value>>(&params).unwrap_or_default();
        if params.get("behavior").is_some_and(|behavior| behavior != "deny") {
            params.insert("behavior".to_owned(), "allowAndName".into());
            params.insert(
                "downloadPath".to_owned(),
                self.browser.download_folder().display().to_string().into(),
            );
        }
        Verdict::PassesAs(Value::Object(params).to_string())
    }

    /// The same command, about a context of the lease: a client that names none means the first.
    fn in_context(&self, params: &str) -> Verdict {
        let Ok(mut params) = serde_json::from_str::<Map<String, Value>>(params) else {
            return Verdict::Refused(NO_CONTEXT);
        };
        let own = || self.browser.tenant().and_then(Tenant::context).unwrap_or_default().into();
        let named = params.entry("browserContextId").or_insert_with(own);
        if named.as_str().is_some_and(|id| self.has_context(id)) {
            Verdict::PassesAs(Value::Object(params).to_string())
        } else {
            Verdict::Refused(NO_CONTEXT)
        }
    }

    /// Reads the reply to a command, and leaves out of it what concerns others.
    pub(super) fn read(&mut self, mark: u8, outcome: &mut Result<Bytes, Refusal>) {
        let reads = Reads::of_mark(mark);
        self.making -= usize::from(reads == Reads::Context);
        let Ok(result) = outcome else { return };
        let named = || serde_json::from_slice::<Named>(result).unwrap_or_default();
        match reads {
            Reads::Nothing => {}
            Reads::Target => self.targets.extend(named().target_id),
            Reads::Window => self.windows.extend(named().window_id),
            Reads::Context => {
                if let Some(id) = named().browser_context_id {
                    self.browser.take_context(&id);
                    self.contexts.push(id);
                }
            }
            Reads::Targets => {
                let listing = serde_json::from_slice::<Listing>(result);
                let mut target_infos = listing.map(|listing| listing.target_infos).unwrap_or_default();
                let context =
                    |info: &Map<String, Value>| info.get("browserContextId")?.as_str().map(str::to_owned);
                target_infos.retain(|info| context(info).is_some_and(|id| self.has_context(&id)));
                let ids = target_infos.iter().filter_map(|info| info.get("targetId")?.as_str());
                self.targets.extend(ids.map(str::to_owned));
                let text = serde_json::to_string(&OwnTargets { target_infos }).expect("it was JSON");
                *result = text.into();
            }
        }
    }

    /// Whether an event is for the client.
    pub(super) fn hears(&mut self, event: &Event, is_base: bool, sessions: &HashSet<SessionId>) -> Hearing {
        let method = event.method();
        if !method.starts_with("Target.") {
            // What the browser itself says is for those who have all of it, but for downloads, of which it tells all.
            let is_meant = !is_base || self.is_own_download(event);
            return if is_meant { Hearing::Meant } else { Hearing::Foreign };
        }
        let Named { target_info, target_id, session_id, .. } = event.params().unwrap_or_default();
        let is_meant = match (method, target_info) {
            // Nothing attaches to the browser itself but what the client has asked for.
            ("Target.attachedToTarget", Some(info)) if is_base && info.r#type == "browser" => {
                self.bases.extend(session_id.map(SessionId::from));
                true
            }
            ("Target.attachedToTarget", Some(info)) if is_base && !self.is_own(&info) => {
                return session_id.map_or(Hearing::Foreign, Hearing::Attached);
            }
            // What a target of the client's is made of is its own, whatever it says of itself.
            ("Target.attachedToTarget", Some(info)) => {
                self.targets.insert(info.target_id);
                true
            }
            ("Target.detachedFromTarget", _) => session_id.is_some_and(|id| {
                self.bases.remove(&*id);
                sessions.contains(&*id)
            }),
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

    fn is_own_download(&mut self, event: &Event) -> bool {
        let OfDownload { guid, frame_id } = event.params().unwrap_or_default();
        match event.method() {
            "Browser.downloadWillBegin" => {
                let is_own = self.targets.contains(&frame_id) || self.browser.owns_frame(&frame_id);
                is_own && self.downloads.insert(guid)
            }
            "Browser.downloadProgress" => self.downloads.contains(&guid),
            _ => false,
        }
    }

    fn is_own(&self, info: &TargetInfo) -> bool {
        info.browser_context_id.as_deref().is_some_and(|id| self.has_context(id))
    }

    fn has_context(&self, id: &str) -> bool {
        self.browser.tenant().is_some_and(|tenant| tenant.has_context(id))
    }

    fn further_contexts(&self) -> Vec<String> {
        self.browser.tenant().map(Tenant::further_contexts).unwrap_or_default()
    }
}
