//! Why a page did not answer, as far as that is known: Chromium itself never says.

use std::fmt;
use std::sync::Arc;

use super::Page;

/// Why a page did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// It is on its way to another document, whose server has not answered: Chromium keeps back what is asked of the
    /// page until then.
    Navigating(Arc<str>),
    /// Its document is not loaded yet, or is replaced again and again.
    Loading,
    /// Nothing else is in the way, so a script of its keeps its thread.
    Busy,
}

impl Silence {
    /// The kind of it, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Navigating(_) => "navigating",
            Self::Loading => "loading",
            Self::Busy => "busy",
        }
    }

    /// The URL that it waits for.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Navigating(url) => Some(url),
            Self::Loading | Self::Busy => None,
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Navigating(url) => write!(
                f,
                "the tab is on its way to {url}, whose server has not answered yet; until then the page answers nothing. \
                 Wait longer, or navigate elsewhere"
            ),
            Self::Loading => f.write_str(
                "its document is still loading, or replaced by another one again and again. Wait longer, or navigate \
                 elsewhere",
            ),
            Self::Busy => f.write_str(
                "the page, or a frame of it, seems to be busy with a script that does not end. evaluate stops such a \
                 script when its own time is over; navigate leaves the page",
            ),
        }
    }
}

impl Page {
    /// Why something that was asked of the page got no answer.
    pub fn silence(&self) -> Silence {
        let state = self.state();
        let main = state.frames.main();
        match main.bound_for.clone() {
            Some(url) => Silence::Navigating(url),
            None if main.milestones.loaded => Silence::Busy,
            None => Silence::Loading,
        }
    }
}
