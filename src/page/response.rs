//! Waiting for a server's answer, and reading its body.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::sync::watch;

use super::request::PageRequest;
use super::state::PageState;
use super::{Error, Page};
use crate::cdp;
use crate::cdp::browser_protocol::network::GetResponseBodyParams;
use crate::deadline::Deadline;

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// The request's URL, without a user's name and password.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers, with names in lower case; none that carries a cookie.
    pub headers: BTreeMap<String, String>,
    /// The body, decoded as the browser decodes it.
    pub body: Vec<u8>,
}

/// Keeps the heads of answers for as long as it lives.
#[derive(Debug)]
pub(super) struct Wait {
    state: Arc<watch::Sender<PageState>>,
    since: u64,
}

impl Wait {
    pub(super) fn new(page: &Page) -> Self {
        let mut since = 0;
        page.modify(|state| since = state.requests.wait());
        Self { state: Arc::clone(&page.state), since }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.state.send_modify(|state| state.requests.stop_waiting());
    }
}

impl Page {
    /// Waits for the next answer whose URL is this text, contains it, or fits it (`*` and `**` stand for anything), and
    /// for its whole body. Redirects are followed, as the page does: the answer is the last one.
    ///
    /// # Errors
    /// [`Error::NoResponse`] at the deadline; [`Error::NoBody`] for an answer that broke off or whose body the browser
    /// does not have; a dialog, a crash or a closed tab end it earlier.
    pub async fn response(&self, pattern: &str, deadline: Deadline) -> Result<Response, Error> {
        self.caught_up().await;
        let wait = Wait::new(self);
        let mut found: Option<PageRequest> = None;
        let waited = self
            .until(deadline, "a response", |state| {
                found = state.requests.answer(wait.since, |url| fits(pattern, url)).cloned();
                found.as_ref().is_some_and(|request| request.ended.is_some())
            })
            .await;
        let request = match (waited, found) {
            (Err(Error::Wait { millis, .. }), Some(request)) => {
                let condition = format!("the response from {} to be whole", request.url);
                return Err(Error::Wait { condition, millis });
            }
            (Err(Error::Wait { .. }), None) | (Ok(()), None) => {
                return Err(Error::NoResponse(pattern.to_owned()));
            }
            (Err(error), _) => return Err(error),
            (Ok(()), Some(request)) => request,
        };
        let body = match &request.failure {
            _ if request.is_bodiless() => Vec::new(),
            Some(failure) => return Err(no_body(&request, &failure.text)),
            None => self.body(&request, deadline).await?,
        };
        let headers = request.answer.map(|answer| answer.headers).unwrap_or_default();
        Ok(Response { url: request.url, status: request.status.unwrap_or_default(), headers, body })
    }

    pub(super) async fn body(&self, request: &PageRequest, deadline: Deadline) -> Result<Vec<u8>, Error> {
        let session = match &request.session {
            Some(session) => self.session.connection().session(&**session),
            None => self.session.clone(),
        };
        let asked = session.send(&GetResponseBodyParams::new(request.id.clone()), deadline).await;
        match asked {
            Ok(reply) if reply.base64_encoded => {
                BASE64.decode(&reply.body).map_err(|error| no_body(request, &error.to_string()))
            }
            Ok(reply) => Ok(reply.body.into_bytes()),
            Err(cdp::Error::Refused { message, .. }) => Err(no_body(request, &message)),
            Err(error) => Err(error.into()),
        }
    }
}

fn no_body(request: &PageRequest, why: &str) -> Error {
    Error::NoBody { url: request.url.clone(), why: why.to_owned() }
}

/// Whether a URL is a text, contains it, or fits it where it has stars: each stands for anything.
fn fits(pattern: &str, url: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return url.contains(pattern) };
    let Some(mut url) = url.strip_prefix(first) else { return false };
    let (between, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in between.split('*') {
        let Some(place) = url.find(part) else { return false };
        url = &url[place + part.len()..];
    }
    url.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_fit_exactly_in_part_or_by_stars() {
        let check =
            |pattern, expected| assert_eq!(fits(pattern, "http://h:1/a/b.json?x=1"), expected, "{pattern}");
        check("http://h:1/a/b.json?x=1", true);
        check("b.json", true);
        check("c.json", false);
        check("**/b.json*", true);
        check("**/b.json", false);
        check("*b.json?x=1", true);
        check("http://*/a/*x=1", true);
        check("http://*/c/*x=1", false);
        check("*x=1*x=1", false);
        check("**", true);
        check("*", true);
    }
}
