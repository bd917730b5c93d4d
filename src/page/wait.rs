//! Waiting for something to be true of a page, without polling from outside.

use std::fmt;
use std::time::Duration;

use super::error::{Error, Fault};
use super::evaluate::millis;
use super::{Page, Script, world};
use crate::cdp;
use crate::deadline::Deadline;

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

impl Page {
    /// Waits for one condition.
    ///
    /// # Errors
    /// [`Error::Wait`] naming the condition at the deadline; a dialog, a crash or a closed tab end it earlier.
    pub async fn wait(&self, condition: &Condition, deadline: Deadline) -> Result<(), Error> {
        let allowed = millis(deadline.remaining());
        self.arm(deadline).await;
        match self.wait_for(condition, deadline).await {
            // The deadline may come while the page is asked.
            Err(Error::Cdp(cdp::Error::Timeout { .. }) | Error::ScriptTimeout(_)) => {
                Err(Error::Wait { condition: condition.to_string(), millis: allowed })
            }
            outcome => outcome,
        }
    }

    async fn wait_for(&self, condition: &Condition, deadline: Deadline) -> Result<(), Error> {
        match condition {
            Condition::Time(span) => {
                tokio::time::sleep(*span).await;
                Ok(())
            }
            Condition::Url(url) => {
                let pattern = url.clone();
                self.until(deadline, &condition.to_string(), move |state| {
                    fits(&pattern, &state.frames.main().url)
                })
                .await
            }
            Condition::Load(state) => self.wait_for_load(*state, deadline).await,
            Condition::Function(source) => self.wait_for_function(source, condition, deadline).await,
            Condition::Text(text) => self.wait_in_page("text", text, condition, deadline).await,
            Condition::TextGone(text) => self.wait_in_page("textGone", text, condition, deadline).await,
            Condition::Selector(selector) => {
                self.wait_in_page("selector", selector, condition, deadline).await
            }
        }
    }

    /// Waits inside the document; when a navigation replaces it, goes on waiting in the next one.
    async fn wait_in_page(
        &self,
        key: &str,
        value: &str,
        condition: &Condition,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let allowed = millis(deadline.remaining());
        loop {
            let main = self.state().frames.main().id.to_string();
            let (session, context) = self.world(&main, deadline).await?;
            let left = deadline.remaining().as_millis();
            let expression = format!("__openclaw.wait({{{key}:{},timeoutMs:{left}}})", world::quoted(value));
            // The page answers at the deadline itself; a little more lets that answer arrive.
            let patience = Deadline::after(deadline.remaining() + Duration::from_millis(250));
            let asked: Option<Waited> = self.ask(&session, context, &expression, patience).await?;
            match asked {
                Some(Waited { fail: None }) => return Ok(()),
                Some(Waited { fail: Some(Unmet { why, message }) }) if why == "badSelector" => {
                    let fault = Fault::BadSelector(message);
                    return Err(Error::Element { label: value.to_owned(), fault });
                }
                Some(_) => return Err(Error::Wait { condition: condition.to_string(), millis: allowed }),
                None if deadline.remaining().is_zero() => {
                    return Err(Error::Wait { condition: condition.to_string(), millis: allowed });
                }
                None => {}
            }
        }
    }

    /// Asks a function again and again, ever less often, until it says yes.
    async fn wait_for_function(
        &self,
        source: &str,
        condition: &Condition,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let allowed = millis(deadline.remaining());
        let script = Script { source: source.to_owned(), element: None };
        let mut pause = Duration::from_millis(5);
        loop {
            match self.evaluate(&script, deadline).await {
                Ok(Some(text)) if !["false", "0", "null", "\"\""].contains(&text.as_str()) => return Ok(()),
                Ok(_) => {}
                Err(Error::Cdp(cdp::Error::Refused { message, .. })) if world::is_context_gone(&message) => {}
                Err(error) => return Err(error),
            }
            if deadline.remaining() <= pause {
                return Err(Error::Wait { condition: condition.to_string(), millis: allowed });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}

#[derive(serde::Deserialize)]
struct Waited {
    fail: Option<Unmet>,
}

#[derive(serde::Deserialize)]
struct Unmet {
    why: String,
    #[serde(default)]
    message: String,
}

/// Whether a URL is, or fits, a pattern: `*` stands for anything but `/`, `**` for anything.
fn fits(pattern: &str, url: &str) -> bool {
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
