//! Waiting for something to be true of a page, without polling from outside.

use std::fmt;
use std::time::Duration;

use super::error::{Error, Fault};
use super::state::PageState;
use super::{Page, Script, world};
use crate::cdp;
use crate::deadline::Deadline;

/// How long telling what is there instead may take when the time is over.
const REPORT: Duration = Duration::from_millis(600);

/// One condition to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Time passes.
    Time(Duration),
    /// This text is visible.
    Text(String),
    /// This text is not visible.
    TextGone(String),
    /// An element that this CSS selector matches is visible.
    Selector(String),
    /// The URL is this, or fits this glob (`*` within a path segment, `**` across).
    Url(String),
    /// The document has come this far.
    Load(LoadState),
    /// This JavaScript yields something truthy.
    Function(String),
}

/// How far a document has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadState {
    /// The markup is parsed.
    DomContentLoaded,
    /// Images and styles are there too.
    Load,
    /// No request for half a second.
    NetworkIdle,
}

impl fmt::Display for LoadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DomContentLoaded => "domcontentloaded",
            Self::Load => "load",
            Self::NetworkIdle => "networkidle",
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(span) => write!(f, "{}ms", span.as_millis()),
            Self::Text(text) => write!(f, "text \"{text}\" to be visible"),
            Self::TextGone(text) => write!(f, "text \"{text}\" to be gone"),
            Self::Selector(selector) => write!(f, "selector \"{selector}\" to be visible"),
            Self::Url(url) => write!(f, "URL \"{url}\""),
            Self::Load(state) => write!(f, "load state \"{state}\""),
            Self::Function(_) => f.write_str("the function to return a truthy value"),
        }
    }
}

/// Why a wait for one condition ended without it.
#[derive(Debug)]
enum Ending {
    /// The time is over; what was there instead, if the wait itself knows.
    TimeOver(Option<String>),
    /// It cannot come true any more.
    Failed(Error),
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        // The page may not even say that the time is over: its timers are held back, or it is busy.
        let is_over = matches!(error, Error::Wait { .. } | Error::Cdp(cdp::Error::Timeout { .. }));
        if is_over { Self::TimeOver(None) } else { Self::Failed(error) }
    }
}

impl Condition {
    /// Its name in requests.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Time(_) => "timeMs",
            Self::Text(_) => "text",
            Self::TextGone(_) => "textGone",
            Self::Selector(_) => "selector",
            Self::Url(_) => "url",
            Self::Load(_) => "loadState",
            Self::Function(_) => "fn",
        }
    }
}

impl Page {
    /// Waits for conditions, one after the other. A pause is not counted in the time.
    ///
    /// # Errors
    /// [`Error::Unmet`] at the deadline, with what was found of each; [`Error::Dialog`], or [`Error::WaitEnded`] when a
    /// crash or a closed tab ends it earlier.
    pub async fn wait(&self, conditions: &[Condition], deadline: Deadline) -> Result<(), Error> {
        let pause =
            |condition: &Condition| if let Condition::Time(span) = condition { Some(*span) } else { None };
        let deadline = deadline.later(conditions.iter().filter_map(pause).sum());
        self.arm(deadline).await;
        for (at, condition) in conditions.iter().enumerate() {
            match self.wait_for(condition, deadline).await {
                Ok(()) => {}
                Err(Ending::TimeOver(instead)) => {
                    self.last_look(conditions, at, instead, deadline.later(REPORT)).await?;
                }
                Err(Ending::Failed(error)) => return Err(ended(condition, error)),
            }
        }
        Ok(())
    }

    async fn wait_for(&self, condition: &Condition, until: Deadline) -> Result<(), Ending> {
        match condition {
            Condition::Time(span) => match self.until(Deadline::after(*span), "", |_| false).await {
                Err(Error::Wait { .. }) => Ok(()),
                outcome => Ok(outcome?),
            },
            Condition::Url(url) => {
                let here = |state: &PageState| fits(url, &state.frames.main().url);
                Ok(self.until(until, "", here).await?)
            }
            Condition::Load(state) => Ok(self.wait_for_load(*state, until).await?),
            Condition::Function(source) => self.wait_for_function(source, until).await,
            Condition::Text(text) => self.wait_in_page("text", text, until).await,
            Condition::TextGone(text) => self.wait_in_page("textGone", text, until).await,
            Condition::Selector(selector) => self.wait_in_page("selector", selector, until).await,
        }
    }

    /// Waits inside the document; when a navigation replaces it, goes on waiting in the next one.
    async fn wait_in_page(&self, key: &str, value: &str, until: Deadline) -> Result<(), Ending> {
        loop {
            let main = self.state().frames.main().id.to_string();
            let (session, context) = self.world(&main, until).await?;
            let left = until.remaining().as_millis();
            let expression = format!("__openclaw.wait({{{key}:{},timeoutMs:{left}}})", world::quoted(value));
            let asked: Option<Waited> = self.ask(&session, context, &expression, until).await?;
            match asked {
                Some(Waited { fail: None }) => return Ok(()),
                Some(Waited { fail: Some(Failed { why, message }) }) if why == "badSelector" => {
                    let fault = Fault::BadSelector(message);
                    return Err(Error::Element { label: value.to_owned(), fault }.into());
                }
                Some(_) => return Err(Ending::TimeOver(None)),
                None if until.remaining().is_zero() => return Err(Ending::TimeOver(None)),
                None => {}
            }
        }
    }

    /// Asks a function again and again, ever less often, until it says yes.
    async fn wait_for_function(&self, source: &str, until: Deadline) -> Result<(), Ending> {
        let script = Script { source: source.to_owned(), element: None };
        let mut pause = Duration::from_millis(5);
        let mut last = None;
        loop {
            match self.run(&script, false, until).await {
                Ok(Some(text)) if !["false", "0", "null", "\"\""].contains(&text.as_str()) => return Ok(()),
                Ok(answer) => {
                    last = Some(format!("it returned {}", answer.as_deref().unwrap_or("undefined")))
                }
                Err(Error::Cdp(cdp::Error::Refused { message, .. })) if world::is_context_gone(&message) => {}
                Err(Error::ScriptTimeout(_)) => {
                    // What it said before says more than that a last look, begun at the very end, was not over.
                    let silent = || Some("it did not return in time".to_owned());
                    return Err(Ending::TimeOver(last.or_else(silent)));
                }
                Err(error) => return Err(Ending::Failed(error)),
            }
            if until.remaining() <= pause {
                return Err(Ending::TimeOver(last));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}

/// Says what was waited for when the page is gone; a dialog has an answer of its own.
fn ended(condition: &Condition, error: Error) -> Error {
    if matches!(error, Error::Crashed | Error::Gone | Error::Cdp(_)) {
        return Error::WaitEnded { condition: condition.to_string(), error: Box::new(error) };
    }
    error
}

#[derive(serde::Deserialize)]
struct Waited {
    fail: Option<Failed>,
}

#[derive(serde::Deserialize)]
struct Failed {
    why: String,
    #[serde(default)]
    message: String,
}

/// Whether a URL is, or fits, a pattern: `*` stands for anything but `/`, `**` for anything.
pub(super) fn fits(pattern: &str, url: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return (0..=url.len()).any(|n| url.is_char_boundary(n) && fits(rest, &url[n..]));
    }
    let Some(first) = pattern.chars().next() else { return url.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    if first == '*' {
        let end = url.find('/').unwrap_or(url.len());
        return (0..=end).any(|n| url.is_char_boundary(n) && fits(rest, &url[n..]));
    }
    url.strip_prefix(first).is_some_and(|url| fits(rest, url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_fit_exactly_or_by_glob() {
        let check =
            |pattern, expected| assert_eq!(fits(pattern, "http://h:1/a/b.html?x=1"), expected, "{pattern}");
        check("http://h:1/a/b.html?x=1", true);
        check("http://h:1/a/b.html", false);
        check("**/b.html*", true);
        check("http://h:1/*/b.html?x=1", true);
        check("http://h:1/*.html?x=1", false);
        check("**", true);
        check("*", false);
        check("", false);
    }
}
