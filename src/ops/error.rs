//! The one public error: a code, a sentence, and the next step. One table gives everything that faces need of it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::advice::Advice;
use super::blocked::Blocked;
use super::details::{Details, NO_ANSWER};
use crate::browser::Browser;
use crate::cdp;
use crate::chromium::LaunchError;
use crate::page::{self, Fault};
use crate::policy::Refusal;
use crate::pool::{LeaseError, Shortage};
use crate::service::{Rescue, Tab};
use crate::{browser, pool, service};

/// What kind of error it is. The wire strings are part of the contract; `ACT_*` are the original's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each is its own wire string, explained by its sentence")]
pub enum Code {
    ActKindRequired,
    ActInvalidRequest,
    ActSelectorUnsupported,
    ActEvaluateDisabled,
    ActTargetIdMismatch,
    ActOperationFailed,
    ActExistingSessionUnsupported,
    InvalidRequest,
    Unauthorized,
    Forbidden,
    NoRoute,
    BodyTooLarge,
    BodyTooSlow,
    NavigationBlocked,
    NavigationFailed,
    PageNotLeft,
    UnknownRef,
    UnknownKey,
    ScriptFailed,
    ProfileNotFound,
    ProfileExists,
    ConfigFailed,
    TabNotFound,
    TabAmbiguous,
    TabNotYours,
    LeaseNotFound,
    LeaseEnded,
    LeaseNotMeant,
    LeaseKeyInUse,
    LeasesExhausted,
    HostExhausted,
    FenceMismatch,
    FenceLost,
    BrowserNotRunning,
    BrowserDisabled,
    LaunchFailed,
    LaunchCoolingDown,
    ProfileInUse,
    NoDisplay,
    PortTaken,
    PortsExhausted,
    Unsupported,
    DialogOpen,
    DialogNotOpen,
    TraceRunning,
    NoTrace,
    DownloadFailed,
    TargetGone,
    TargetCrashed,
    BrowserGone,
    BrowserHung,
    Timeout,
    Refused,
    Internal,
}

/// Nothing is worth trying again sooner, whatever was said.
const SOON: Duration = Duration::from_secs(1);
/// When to try again where nobody knows.
const LATER: Duration = Duration::from_secs(10);

/// What a code means to faces.
struct Meaning {
    status: u16,
    next_step: &'static str,
}

impl Code {
    /// The one table: HTTP status and what to do next.
    fn meaning(self) -> Meaning {
        let (status, next_step) = match self {
            Self::ActKindRequired => (400, "name a kind, such as click or type"),
            Self::ActInvalidRequest | Self::InvalidRequest => (400, "correct the field and call again"),
            Self::Unauthorized => (401, "send the gateway's token as Authorization: Bearer"),
            Self::Forbidden => (403, "call from this machine, by a loopback address, without a proxy"),
            Self::NoRoute => (404, "use a method and path of the reference"),
            Self::BodyTooLarge => (413, "send less at once"),
            Self::BodyTooSlow => (408, "send the body at once"),
            Self::ActSelectorUnsupported => (400, "take a snapshot and use a ref from it"),
            Self::ActEvaluateDisabled => (403, "use other operations, or set browser.evaluateEnabled=true"),
            Self::ActTargetIdMismatch => (403, "name the same tab in both places, or leave one out"),
            Self::ActOperationFailed => (500, "take a new snapshot and look at the element"),
            Self::ActExistingSessionUnsupported | Self::Unsupported => (501, "use a managed profile"),
            Self::NavigationBlocked => (400, "choose another URL, or allow it in browser.ssrfPolicy"),
            Self::NavigationFailed => (502, "check the URL and whether its server answers"),
            Self::PageNotLeft => {
                (409, "arm the dialog with accept=true, or do what the page asks for, and navigate again")
            }
            Self::UnknownRef => (404, "take a new snapshot and use a ref from it"),
            Self::UnknownKey => (400, "use a key name such as Enter, ArrowDown or Control+A"),
            Self::ScriptFailed => (400, "correct the script"),
            Self::ProfileNotFound => (404, "use one of the available profiles"),
            Self::ProfileExists => (409, "choose another name, or delete the profile first"),
            Self::ConfigFailed => (500, "mend the config file that the message names"),
            Self::TabNotFound => (404, "list the tabs and use one of their ids"),
            Self::TabAmbiguous => (409, "use the full target id"),
            Self::TabNotYours => {
                (403, "list the tabs that are yours, or name the lease that the tab belongs to")
            }
            Self::LeaseNotFound => (404, "list the leases, or acquire one"),
            Self::LeaseEnded => (410, "acquire another lease"),
            Self::LeaseNotMeant => (409, "do that without a lease, or release the lease"),
            Self::LeaseKeyInUse => (409, "choose another idempotencyKey"),
            Self::LeasesExhausted => {
                (429, "release leases, or wait until one ends: see retryAfterMs and waitMs")
            }
            Self::HostExhausted => (503, "end what is not needed on the host, or try again later"),
            Self::FenceMismatch => (409, "use the fence of the lease's own answer"),
            Self::FenceLost => (500, "mend the file that the message names"),
            Self::BrowserNotRunning => (409, "start the browser or open a tab"),
            Self::BrowserDisabled => (503, "set browser.enabled=true"),
            Self::LaunchFailed => (500, "mend what the message names and start again"),
            Self::LaunchCoolingDown => (409, "mend the browser's start, wait, and start again"),
            Self::ProfileInUse => (409, "stop the browser that uses the profile"),
            Self::NoDisplay => (409, "start it headless, or set DISPLAY"),
            Self::PortTaken => (409, "free the port or change the setting"),
            Self::PortsExhausted => (507, "stop browsers, or choose another base port"),
            Self::DialogOpen => (409, "answer the dialog first"),
            Self::DialogNotOpen => (409, "look which dialog is open, in browserState"),
            Self::TraceRunning => (409, "stop the trace of this tab first"),
            Self::NoTrace => (409, "start a trace of this tab first"),
            Self::DownloadFailed => (502, "start the download again, and look whether its server answers"),
            Self::TargetGone => (404, "list the tabs and choose another one"),
            Self::TargetCrashed => (500, "navigate the tab again, or close it"),
            Self::BrowserGone => (503, "call again; the browser is started anew"),
            Self::BrowserHung => {
                (504, "call again in a while; a browser that stays so is killed and started anew")
            }
            Self::Timeout => (504, "raise timeoutMs, or look at what the page does"),
            Self::Refused => (500, "take a new snapshot and try another way"),
            Self::Internal => (500, "report it, with the gateway's log"),
        };
        Meaning { status, next_step }
    }

    /// The HTTP status.
    pub fn status(self) -> u16 {
        self.meaning().status
    }

    /// What the caller should do next.
    pub fn next_step(self) -> &'static str {
        self.meaning().next_step
    }
}

/// Why a call did not do what it was asked.
#[derive(Debug, Clone)]
pub struct Error {
    /// What kind.
    pub code: Code,
    /// The sentence.
    pub message: String,
    /// The field that was wrong, when one was.
    pub field: Option<String>,
    /// `navigation_blocked` and the like (contract 3).
    pub reason: Option<&'static str>,
    /// What exactly is the matter, for programs.
    pub details: Option<Box<Details>>,
    /// A dialog is in the way: what the answer needs to say so.
    pub blocked: Option<Box<Blocked>>,
    /// What a lenient reading of the request passed over.
    pub warnings: Vec<String>,
    /// What to do next, where that is not what its code says.
    pub advice: Option<Advice>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// An error as the wire has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Body<'a> {
    error: &'a str,
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Details>,
    next_step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
}

impl Error {
    /// An error of a kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            reason: None,
            details: None,
            blocked: None,
            warnings: Vec::new(),
            advice: None,
        }
    }

    /// A parameter is wrong; `message` names what was expected.
    pub fn field(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(code, message) }
    }

    /// The same error, told of this parameter.
    #[must_use]
    pub fn of(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    /// The same error, of a parameter that lies inside another one.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        let field = self.field.as_ref().map_or_else(|| outer.to_owned(), |inner| format!("{outer}.{inner}"));
        self.of(&field)
    }

    /// The wire form.
    pub fn body(&self) -> Body<'_> {
        let Self { code, message, field, reason, details, warnings, advice, .. } = self;
        Body {
            error: message,
            code: *code,
            reason: *reason,
            field: field.as_deref(),
            details: details.as_deref(),
            next_step: advice.map_or(code.next_step(), Advice::text),
            retry_after_ms: details.as_ref().and_then(|details| details.retry_after_ms),
            warnings,
        }
    }

    /// Says that the browser does not answer, if that is why the time was not enough.
    #[must_use]
    pub fn explained_by(self, browser: Option<&Browser>) -> Self {
        let silence = browser.and_then(Browser::silent_for).filter(|_| self.code == Code::Timeout);
        let Some(silence) = silence else { return self };
        let message = format!("{}: the browser has not answered for {}s", self.message, silence.as_secs());
        Self { code: Code::BrowserHung, message, details: None, ..self }
    }

    /// Says what was done about the page because it hung.
    #[must_use]
    pub fn with_rescue(self, rescue: Option<Rescue>) -> Self {
        let (done, said, advice) = match rescue {
            None => return self,
            Some(Rescue::Stopped) => ("scriptsStopped", "the page's scripts were stopped", Advice::LookAgain),
            Some(Rescue::Replaced) => {
                let said = "the page did not answer when its scripts were stopped either; it was closed, and another \
                            tab with its names loads its URL";
                ("tabReplaced", said, Advice::StartAgain)
            }
        };
        let message = format!("{}. {said}", self.message);
        let busy = Details { reason: "busy", ..Details::default() };
        let details = Details { done: Some(done), ..self.details.map_or(busy, |details| *details) };
        Self { message, details: Some(Box::new(details)), advice: Some(advice), ..self }
    }

    /// Says why the page of a tab did not answer, if that is what is the matter.
    #[must_use]
    pub fn explained_on(self, tab: &Tab) -> Self {
        if self.details.as_ref().is_none_or(|details| details.reason != NO_ANSWER) {
            return self;
        }
        let silence = tab.page().silence();
        let by = silence.url().map(str::to_owned);
        let details = Details { reason: silence.word(), by, ..Details::default() };
        Self { message: format!("{}: {silence}", self.message), details: Some(Box::new(details)), ..self }
    }
}

impl From<service::Error> for Error {
    fn from(error: service::Error) -> Self {
        let (code, field) = match error {
            service::Error::Disabled => (Code::BrowserDisabled, None),
            service::Error::UnknownProfile { .. } => (Code::ProfileNotFound, Some("profile")),
            service::Error::NotInConfig(_) => (Code::ProfileNotFound, Some("name")),
            service::Error::ProfileExists(_) => (Code::ProfileExists, Some("name")),
            service::Error::DefaultProfile(_) => (Code::InvalidRequest, Some("name")),
            service::Error::NoFolder(_) => (Code::InvalidRequest, Some("userDataDir")),
            service::Error::NotLocal(_) | service::Error::NotManaged => {
                (Code::InvalidRequest, Some("profile"))
            }
            service::Error::Config(_) => (Code::ConfigFailed, None),
            service::Error::NotRunning(_) | service::Error::Stopped => (Code::BrowserNotRunning, None),
            service::Error::NoSuchPlace => (Code::TabNotFound, Some("index")),
            service::Error::Tab(browser::LookupError::Ambiguous) => (Code::TabAmbiguous, Some("targetId")),
            service::Error::Tab(browser::LookupError::Foreign { .. }) => {
                (Code::TabNotYours, Some("targetId"))
            }
            service::Error::OtherProfile { .. } => (Code::InvalidRequest, Some("profile")),
            service::Error::Lease(error) => return error.into(),
            service::Error::Tab(_) => (Code::TabNotFound, Some("targetId")),
            service::Error::Refused(refusal) => return refusal.into(),
            service::Error::Pool(error) => return error.into(),
            service::Error::Browser(error) => return error.into(),
        };
        Self { field: field.map(str::to_owned), ..Self::new(code, error.to_string()) }
    }
}

impl From<LeaseError> for Error {
    fn from(error: LeaseError) -> Self {
        let (code, field) = match &error {
            LeaseError::Pool(error) => return error.clone().into(),
            LeaseError::Seed { error: cause, .. } => {
                let is_origin =
                    matches!(**cause, browser::Error::Refused(_) | browser::Error::Unresolvable(_));
                let field = if is_origin { "seed.origins" } else { "seed" };
                return Self { message: error.to_string(), ..Self::from((**cause).clone()) }.of(field);
            }
            LeaseError::Ended(ended) => {
                let details = Some(Box::new(Details::from(&**ended)));
                return Self { details, ..Self::field(Code::LeaseEnded, "lease", error.to_string()) };
            }
            LeaseError::Unknown(_) => (Code::LeaseNotFound, Some("lease")),
            LeaseError::Fence { .. } => (Code::FenceMismatch, Some("fence")),
            LeaseError::KeyInUse(_) => (Code::LeaseKeyInUse, Some("idempotencyKey")),
            LeaseError::Crowded { crowd, frees_in } => {
                let is_quota = crowd.why == Shortage::Places;
                let code = if is_quota { Code::LeasesExhausted } else { Code::HostExhausted };
                let details = Details::from(crowd).with_retry(frees_in.unwrap_or(LATER).max(SOON));
                return Self { details: Some(Box::new(details)), ..Self::new(code, error.to_string()) };
            }
            LeaseError::StillGranting { .. } | LeaseError::StillEnding(_) => (Code::Timeout, None),
            LeaseError::Counter { .. } => (Code::FenceLost, None),
            LeaseError::Lost | LeaseError::Left => (Code::Internal, None),
        };
        Self { field: field.map(str::to_owned), ..Self::new(code, error.to_string()) }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let is_script = matches!(refusal, Refusal::EvaluateDisabled | Refusal::WaitFnDisabled);
        let code = if is_script { Code::ActEvaluateDisabled } else { Code::NavigationBlocked };
        let reason = (!is_script).then(|| refusal.reason());
        let advice = Advice::about(&refusal);
        Self { reason, advice, ..Self::new(code, refusal.to_string()) }
    }
}

/// What callers tell apart of failed launches; the rest is a failed launch.
fn launch_code(error: &LaunchError) -> Code {
    if matches!(error, LaunchError::ProfileInUse { .. }) {
        Code::ProfileInUse
    } else if matches!(error, LaunchError::NoDisplay) {
        Code::NoDisplay
    } else {
        Code::LaunchFailed
    }
}

impl From<pool::Error> for Error {
    fn from(error: pool::Error) -> Self {
        let code = match &error {
            pool::Error::Launch(launch) => launch_code(launch),
            pool::Error::CoolingDown { .. } => Code::LaunchCoolingDown,
            pool::Error::PinnedPort { .. } => Code::PortTaken,
            pool::Error::PortsExhausted(_) => Code::PortsExhausted,
            pool::Error::Unsupported(_) => Code::Unsupported,
            pool::Error::Trash { .. } => Code::Refused,
            pool::Error::StillStarting(_) => Code::Timeout,
            pool::Error::Takeover(_) | pool::Error::Port(_) | pool::Error::Stopped(_) => Code::LaunchFailed,
        };
        let reason = (code == Code::NoDisplay).then_some("no_display_for_headed_profile");
        Self { reason, ..Self::new(code, error.to_string()) }
    }
}

impl From<browser::Error> for Error {
    fn from(error: browser::Error) -> Self {
        let code = match error {
            browser::Error::Cdp(error) => return error.into(),
            browser::Error::Page(error) => return error.into(),
            browser::Error::Refused(refusal) => return refusal.into(),
            browser::Error::Unresolvable(_) => Code::NavigationFailed,
            browser::Error::Unanswered | browser::Error::DownloadTimeout => Code::Timeout,
            browser::Error::DownloadFailed { .. } | browser::Error::NoDownload(_) => Code::DownloadFailed,
            browser::Error::Folders(_) => Code::LaunchFailed,
            browser::Error::State(_) => Code::Refused,
        };
        Self::new(code, error.to_string())
    }
}

impl From<page::Error> for Error {
    fn from(error: page::Error) -> Self {
        if let page::Error::Cdp(error) = error {
            return error.into();
        }
        if let page::Error::WaitEnded { error: cause, .. } = &error {
            return Self { message: error.to_string(), ..Self::from((**cause).clone()) };
        }
        let (code, field) = meaning_of(&error);
        let field = field.map(str::to_owned);
        Self { field, details: Details::of(&error).map(Box::new), ..Self::new(code, error.to_string()) }
    }
}

/// The code of an error of a page, and the parameter that it is about.
fn meaning_of(error: &page::Error) -> (Code, Option<&'static str>) {
    let code = match error {
        page::Error::Gone => Code::TargetGone,
        page::Error::Crashed | page::Error::FrameCrashed => Code::TargetCrashed,
        page::Error::Dialog(_) => Code::DialogOpen,
        page::Error::TraceRunning => Code::TraceRunning,
        page::Error::NoTrace => Code::NoTrace,
        page::Error::UnknownRef { .. } => return (Code::UnknownRef, Some("ref")),
        page::Error::Waited { error, .. } | page::Error::WaitEnded { error, .. } => return meaning_of(error),
        page::Error::Element { fault: Fault::BadSelector(_), .. } => {
            return (Code::ActInvalidRequest, Some("selector"));
        }
        page::Error::Element { label, fault: Fault::Outside { width, .. } } => {
            // The label is the point.
            let x = label.split(',').next().and_then(|x| x.trim().parse::<f64>().ok());
            return (Code::ActInvalidRequest, Some(if x.is_some_and(|x| x < *width) { "y" } else { "x" }));
        }
        page::Error::Element { fault: Fault::OneFileOnly | Fault::NotFileInput, .. } => Code::InvalidRequest,
        page::Error::Element { .. } => Code::ActOperationFailed,
        page::Error::Navigation { .. } | page::Error::Download { .. } => Code::NavigationFailed,
        page::Error::Kept { .. } => Code::PageNotLeft,
        page::Error::Script(_) => Code::ScriptFailed,
        page::Error::Syntax { .. } => return (Code::ScriptFailed, Some("fn")),
        page::Error::Cdp(_) | page::Error::NoBody { .. } | page::Error::Unanswered(_) => Code::Refused,
        page::Error::Unfit { field, .. } => return (Code::InvalidRequest, Some(field)),
        page::Error::ScriptTimeout(_)
        | page::Error::TypedInPart { .. }
        | page::Error::NoChooser(_)
        | page::Error::NoResponse(_)
        | page::Error::Wait { .. }
        | page::Error::Unmet(_)
        | page::Error::NavigationTimeout { .. } => Code::Timeout,
    };
    (code, None)
}

impl From<cdp::Error> for Error {
    fn from(error: cdp::Error) -> Self {
        let code = match error {
            cdp::Error::Closed(_) => Code::BrowserGone,
            cdp::Error::Crashed { .. } => Code::TargetCrashed,
            cdp::Error::Detached { .. } | cdp::Error::Revoked { .. } => Code::TargetGone,
            cdp::Error::Refused { .. } | cdp::Error::Unreadable { .. } => Code::Refused,
            cdp::Error::Timeout { .. } => Code::Timeout,
        };
        let details =
            (code == Code::Timeout).then(|| Box::new(Details { reason: NO_ANSWER, ..Details::default() }));
        Self { details, ..Self::new(code, error.to_string()) }
    }
}
