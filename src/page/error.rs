//! Why something could not be done on a page. It does not know which face asked.

use std::fmt;

use super::dialog::Dialog;
use super::findings::Unmet;
use super::input::Held;
use super::names::Named;
use super::reference::Reference;
use crate::cdp;

/// Why something could not be done on a page.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The browser said no, or is gone.
    #[error(transparent)]
    Cdp(#[from] cdp::Error),
    /// The tab was closed.
    #[error("the tab was closed")]
    Gone,
    /// The tab's renderer died; a navigation revives it.
    #[error("the tab's page crashed; navigate it again or close it")]
    Crashed,
    /// The renderer of one of the tab's frames died; the rest of the tab goes on.
    #[error("the frame's page crashed; navigate the tab again, or use the rest of it")]
    FrameCrashed,
    /// A dialog is open; nothing on the page moves until it is answered.
    #[error("a {} dialog is open ({}: {:?})", .0.kind, .0.id, .0.message)]
    Dialog(Box<Dialog>),
    /// The ref names nothing that is there.
    #[error(
        "Unknown ref \"{reference}\"{}.{} Run a new snapshot and use a ref from that snapshot.",
        .fault.because(),
        .closest.as_ref().map(ToString::to_string).unwrap_or_default()
    )]
    UnknownRef {
        /// As the caller spelled it.
        reference: String,
        /// Why it names nothing.
        fault: RefFault,
        /// What it named, and what is like that now.
        closest: Option<Box<Closest>>,
    },
    /// The element is there, or should be, but cannot be acted on.
    #[error("{}", .fault.sentence(.label))]
    Element {
        /// The ref or selector.
        label: String,
        /// What is the matter with it.
        fault: Fault,
    },
    /// A parameter that this page, or this browser, cannot do anything with.
    #[error("{message}")]
    Unfit {
        /// Its name.
        field: &'static str,
        /// Why.
        message: String,
    },
    /// It was tried again and again for as long as the caller wished.
    #[error("{error} Waited {millis} ms for that to change.")]
    Waited {
        /// How long.
        millis: u64,
        /// What was the matter to the end.
        error: Box<Error>,
    },
    /// The page could not be loaded.
    #[error("{text} at {url}")]
    Navigation {
        /// Where to.
        url: String,
        /// Chromium's error name, such as `net::ERR_CONNECTION_REFUSED`.
        text: String,
    },
    /// The page asked whether it may be left, and the answer was no.
    #[error("the page was not left for {url}: its beforeunload dialog was answered with Cancel")]
    Kept {
        /// Where to.
        url: String,
    },
    /// What was navigated to is no document: the browser downloads it.
    #[error("{url} is a download, not a page")]
    Download {
        /// Where to.
        url: String,
    },
    /// No file chooser opened.
    #[error("Timeout {0}ms exceeded while completing file upload")]
    NoChooser(u128),
    /// The browser, or what we run in the page, did not answer as it should; nothing that the caller could correct.
    #[error("{0}")]
    Unanswered(String),
    /// The caller's code threw.
    #[error("{0}")]
    Script(String),
    /// A caller's code does not parse.
    #[error("{message} (line {line}, column {column})")]
    Syntax {
        /// The engine's words.
        message: String,
        /// The line of the caller's text, from 1.
        line: i64,
        /// The character in it, from 1.
        column: i64,
    },
    /// The page's code takes too long.
    #[error("evaluate timed out after {0}ms")]
    ScriptTimeout(u128),
    /// Text was typed key by key, and the time was over before its end.
    #[error(
        "Timeout {millis}ms exceeded while typing: {typed} of {length} characters were typed{}. Raise timeoutMs, or type \
         without slowly.",
        .held.as_ref().map(ToString::to_string).unwrap_or_default()
    )]
    TypedInPart {
        /// How long was typed.
        millis: u128,
        /// How many characters were sent.
        typed: usize,
        /// How many there are.
        length: usize,
        /// What the field holds now; none when that could not be asked.
        held: Option<Box<Held>>,
    },
    /// A trace of the tab is being taken already.
    #[error("Trace already running. Stop the current trace before starting a new one.")]
    TraceRunning,
    /// No trace of the tab is being taken.
    #[error("No active trace. Start a trace before stopping it.")]
    NoTrace,
    /// No answer came that a caller waited for.
    #[error(
        "Response not found for url pattern {0:?}. Run 'openclaw browser requests' to inspect recent network activity."
    )]
    NoResponse(String),
    /// An answer came, and its body cannot be had.
    #[error("Failed to read response body for {url:?}: {why}")]
    NoBody {
        /// Whose.
        url: String,
        /// Why.
        why: String,
    },
    /// Conditions that were waited for did not all come true.
    #[error("{0}")]
    Unmet(Box<Unmet>),
    /// What was waited for cannot come true any more.
    #[error("{error}, while waiting for {condition}")]
    WaitEnded {
        /// The condition, in words.
        condition: String,
        /// What ended it.
        error: Box<Error>,
    },
    /// A waited-for condition did not come true.
    #[error("Timeout {millis}ms exceeded waiting for {condition}")]
    Wait {
        /// The condition, in words.
        condition: String,
        /// How long was waited.
        millis: u128,
    },
    /// The navigation did not finish in time.
    #[error("navigation to {url} did not finish in time: {}", .unfinished.sentence(.shows))]
    NavigationTimeout {
        /// Where to.
        url: String,
        /// What the tab shows.
        shows: String,
        /// What the navigation has come to.
        unfinished: Unfinished,
    },
}

/// What a navigation has come to whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// No document has come, and none will: it was stopped.
    GivenUp,
    /// No document has come yet.
    OnItsWay,
    /// Its document is there and goes on loading.
    Loading {
        /// What loads: the document itself, or the one that it goes to next.
        navigation: String,
    },
}

impl Unfinished {
    /// The kind of it, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::GivenUp => "givenUp",
            Self::OnItsWay => "navigating",
            Self::Loading { .. } => "loading",
        }
    }

    /// What it has come to, and what to do then.
    fn sentence(&self, shows: &str) -> String {
        match self {
            Self::GivenUp => format!(
                "its server sent no document, so it was given up; the tab shows {shows}. Raise timeoutMs"
            ),
            Self::OnItsWay => format!(
                "its server has sent no document, and could not be given up yet; the tab still shows {shows}. Navigate \
                 elsewhere"
            ),
            Self::Loading { navigation } if navigation == shows => {
                "its document is there and goes on loading. Wait for loadState load, or snapshot what has loaded"
                    .to_owned()
            }
            Self::Loading { navigation } => {
                format!("its document is there and goes on to {navigation}. Wait longer, or navigate elsewhere")
            }
        }
    }
}

/// Why a ref names nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefFault {
    /// It was never given, or is not a ref at all.
    NeverGiven,
    /// It named a node of a document that a navigation replaced.
    Navigated,
    /// Its node was removed from the document.
    Removed,
    /// Its frame was removed from the page.
    FrameRemoved,
}

/// What a ref named that names nothing any more, and what is most like it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closest {
    /// What the ref named when it was last told.
    pub was: Named,
    /// The ref of what is most like it, and what that is.
    pub now: Option<(Reference, Named)>,
}

impl fmt::Display for Closest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.now {
            Some((reference, named)) => write!(f, " It was {}. Closest: {reference} {named}.", self.was),
            None => write!(f, " It was {}; nothing like that is there now.", self.was),
        }
    }
}

impl RefFault {
    /// The kind of it, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::NeverGiven => "neverGiven",
            Self::Navigated => "navigated",
            Self::Removed => "removed",
            Self::FrameRemoved => "frameRemoved",
        }
    }

    fn because(self) -> &'static str {
        match self {
            Self::NeverGiven => "",
            Self::Navigated => " (its document was replaced by a navigation)",
            Self::Removed => " (its element was removed from the page)",
            Self::FrameRemoved => " (its frame was removed from the page)",
        }
    }
}

/// What is the matter with an element. The sentences are the contract's.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The selector matches nothing.
    Missing,
    /// The selector matches this many.
    Many(u64),
    /// The selector is no selector; the engine's words.
    BadSelector(String),
    /// It has no size, is hidden, or lies where nothing can be scrolled to.
    NotVisible {
        /// What hides it, and how.
        because: String,
    },
    /// Something else is in front of it.
    Covered {
        /// A description of what is in front.
        by: String,
    },
    /// The page keeps all input from it (`inert`).
    Inert {
        /// The element that says so, itself perhaps.
        by: String,
    },
    /// The mouse goes through it (`pointer-events: none`).
    PassesMouse {
        /// The ancestor whose style says so, when it is not its own.
        by: Option<String>,
    },
    /// It keeps moving.
    Unstable,
    /// It is disabled.
    Disabled {
        /// What disables it, when it is not disabled itself.
        by: Option<String>,
    },
    /// It is read-only.
    ReadOnly,
    /// It takes no text.
    NotEditable,
    /// It takes numbers only.
    NotNumeric,
    /// It is an input that is not filled with text, such as a checkbox.
    Unfillable,
    /// The text is not in the form that the input type wants.
    Format,
    /// It is no `<select>`.
    NotSelect,
    /// The `<select>` has no such option.
    NoOption {
        /// What was asked for.
        wanted: String,
        /// What there is.
        options: Vec<String>,
    },
    /// It is no file input.
    NotFileInput,
    /// It is a file input that takes one file.
    OneFileOnly,
    /// It is not a checkbox, radio button or switch.
    NotCheckable,
    /// Clicking it did not change its state.
    StateKept,
    /// It did not take the text that was sent to it.
    TextRefused,
    /// The point is not in the viewport.
    Outside {
        /// The viewport's width.
        width: f64,
        /// The viewport's height.
        height: f64,
    },
    /// No element that takes text has the focus.
    NothingFocused {
        /// What has it instead.
        holder: Option<String>,
    },
    /// The page's code answered something that we do not know.
    Other(String),
}

impl Fault {
    /// The kind of it, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Many(_) => "ambiguous",
            Self::BadSelector(_) => "badSelector",
            Self::NotVisible { .. } => "notVisible",
            Self::Covered { .. } => "covered",
            Self::Inert { .. } => "inert",
            Self::PassesMouse { .. } => "passesMouse",
            Self::Unstable => "moving",
            Self::Disabled { .. } => "disabled",
            Self::ReadOnly => "readOnly",
            Self::NotEditable => "notEditable",
            Self::NotNumeric => "notNumeric",
            Self::Unfillable => "unfillable",
            Self::Format => "badFormat",
            Self::NotSelect => "notSelect",
            Self::NoOption { .. } => "noOption",
            Self::NotFileInput => "notFileInput",
            Self::OneFileOnly => "oneFileOnly",
            Self::NotCheckable => "notCheckable",
            Self::StateKept => "stateKept",
            Self::TextRefused => "textRefused",
            Self::Outside { .. } => "outsideViewport",
            Self::NothingFocused { .. } => "nothingFocused",
            Self::Other(_) => "other",
        }
    }

    /// What is in the way, when something is.
    pub fn culprit(&self) -> Option<&str> {
        match self {
            Self::NotVisible { because } => Some(because),
            Self::Covered { by } | Self::Inert { by } => Some(by),
            Self::Disabled { by } | Self::PassesMouse { by } => by.as_deref(),
            Self::NothingFocused { holder } => holder.as_deref(),
            Self::Missing
            | Self::Many(_)
            | Self::BadSelector(_)
            | Self::Unstable
            | Self::ReadOnly
            | Self::NotEditable
            | Self::NotNumeric
            | Self::Unfillable
            | Self::Format
            | Self::NotSelect
            | Self::NoOption { .. }
            | Self::NotFileInput
            | Self::OneFileOnly
            | Self::NotCheckable
            | Self::StateKept
            | Self::TextRefused
            | Self::Outside { .. }
            | Self::Other(_) => None,
        }
    }

    fn sentence(&self, label: &str) -> String {
        let short: String = label.chars().take(200).collect();
        let element = format!("Element \"{short}\"");
        match self {
            Self::Missing => {
                format!(
                    "{element} not found or not visible. Run a new snapshot to see current page elements."
                )
            }
            Self::Many(count) => format!(
                "Selector \"{short}\" matched {count} elements. Run a new snapshot to get updated refs, or use a different ref."
            ),
            Self::BadSelector(why) => format!("Selector \"{short}\" is not valid CSS: {why}"),
            Self::NotVisible { because } => format!(
                "{element} is not interactable (not visible). Try scrolling it into view, closing overlays, or \
                 re-snapshotting. Why: {because}."
            ),
            Self::Covered { by } => format!(
                "{element} is not interactable (covered; another element intercepts pointer events). Try scrolling \
                 it into view, closing overlays, or re-snapshotting. Covered by: {by}."
            ),
            Self::Inert { by } => format!(
                "{element} is not interactable (inert; another element intercepts pointer events). Wait until the page \
                 takes input there again, or act on what it wants first. Made inert by: {by}."
            ),
            Self::PassesMouse { by } => format!(
                "{element} is not interactable (pointer-events: none; another element intercepts pointer events). Wait \
                 until the page takes the mouse there again. Set by: {}.",
                by.as_deref().unwrap_or("the element's own style")
            ),
            Self::Unstable => format!(
                "{element} is not stable. Wait for movement or animation to finish before interacting."
            ),
            Self::Disabled { by } => {
                let by = by.as_ref().map(|by| format!(" Disabled by: {by}.")).unwrap_or_default();
                format!("{element} is not enabled. Complete any prerequisites that enable the control.{by}")
            }
            Self::ReadOnly => {
                format!("{element} is not editable (for example, read-only). Use an editable control.")
            }
            Self::NotEditable => format!(
                "{element} is not editable: this control does not support text input. Use an editable input, \
                 textarea, or contenteditable element."
            ),
            Self::NotNumeric => {
                format!("{element} requires a numeric value. Use a valid number instead of text.")
            }
            Self::Unfillable => format!(
                "{element} has an input type that cannot be filled. Use the interaction appropriate for this control."
            ),
            Self::Format => {
                format!("{element} rejected the value format. Use a value supported by this input type.")
            }
            Self::NotSelect => format!("{element} is not a select element. Click it and its option instead."),
            Self::NoOption { wanted, options } => {
                format!("{element} has no option \"{wanted}\". Options: {}.", options.join(", "))
            }
            Self::NotFileInput => {
                format!("{element} is no file input. Use the input itself, or a ref that opens its chooser.")
            }
            Self::OneFileOnly => format!(
                "{element}: Non-multiple file input can only accept single file. Send one path, or use another input."
            ),
            Self::NotCheckable => format!("{element} is not a checkbox, radio button or switch."),
            Self::StateKept => format!("{element} was clicked but did not change its state."),
            Self::TextRefused => format!("{element} did not take the text: it holds what it held before."),
            Self::Outside { width, height } => format!(
                "The point {short} lies outside of the viewport ({width} x {height}). Scroll or resize first, or use a ref."
            ),
            Self::NothingFocused { holder } => format!(
                "{short} went nowhere: {}. Click or type into a field by its ref.",
                match holder {
                    Some(holder) => format!("the focus is on {holder}, which takes no text"),
                    None => "no element has the focus".to_owned(),
                }
            ),
            Self::Other(why) => format!("{element} could not be acted on: {why}."),
        }
    }
}

impl Error {
    /// A ref that was spelled right but names nothing.
    pub(super) fn unknown(reference: Reference, fault: RefFault) -> Self {
        Self::UnknownRef { reference: reference.to_string(), fault, closest: None }
    }
}
