//! The guard of a browser: each document request is paused until the policy has answered, so that a refused hop is
//! never sent; and our own pages get their credential here, never in a URL.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::future::BoxFuture;
use url::{Origin, Url};

use super::Error;
use crate::cdp::browser_protocol::fetch::{FulfillRequestParams, HeaderEntry as Header};
use crate::cdp::protocol::{
    ContinueRequest, FailRequest, FetchEnable, HeaderEntry, RequestPattern, RequestPaused,
};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;
use crate::page::Page;
use crate::policy::{Policy, Refusal, Verdict};

/// How long a host name may take to resolve.
const RESOLVE: Duration = Duration::from_secs(10);
/// How long the browser may take to hear our answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// `<link rel=icon href=data:,>` in base64: a document that asks for nothing, its icon included.
const EMPTY: &str = "PGxpbmsgcmVsPWljb24gaHJlZj1kYXRhOiw+";
/// Refusals that are remembered a browser, for the call that caused them.
const MOST_REFUSALS: usize = 256;

/// The instance's own pages: the canvas host, in browsers that are ours.
#[derive(Clone)]
pub struct OwnPages {
    /// Scheme, host and port.
    pub origin: Origin,
    /// The `Authorization` header that opens them.
    pub authorization: String,
}

impl std::fmt::Debug for OwnPages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnPages").field("origin", &self.origin.ascii_serialization()).finish_non_exhaustive()
    }
}

/// Judges document requests.
#[derive(Debug, Clone)]
pub struct Guard {
    policy: Policy,
    own: Option<Arc<OwnPages>>,
    refused: Arc<Mutex<HashMap<String, Refusal>>>,
    /// Frames that get an empty document, whatever they ask for.
    blanks: Blanks,
}

type Blanks = Arc<Mutex<HashSet<String>>>;

/// A frame gets an empty document, whatever it asks for, as long as this is there.
#[derive(Debug)]
pub(super) struct Blank {
    frame: String,
    blanks: Blanks,
}

impl Drop for Blank {
    fn drop(&mut self) {
        blanks(&self.blanks).remove(&self.frame);
    }
}

fn blanks(blanks: &Blanks) -> MutexGuard<'_, HashSet<String>> {
    blanks.lock().expect("nothing panics while it is held")
}

impl Guard {
    /// A guard that asks this policy.
    pub fn new(policy: Policy, own: Option<OwnPages>) -> Self {
        Self { policy, own: own.map(Arc::new), refused: Arc::default(), blanks: Arc::default() }
    }

    /// The command that pauses documents, and whatever is asked of our own pages. Who asks for a password is answered
    /// by us for what is paused, else by a window that nobody sees; so while there are credentials everything is.
    pub(super) fn enable(&self, has_credentials: bool) -> FetchEnable {
        let resource_type = (!has_credentials).then_some("Document");
        let documents = RequestPattern { url_pattern: "*".to_owned(), resource_type };
        let own = self.own.as_ref().map(|own| RequestPattern {
            url_pattern: format!("{}/*", own.origin.ascii_serialization()),
            resource_type: None,
        });
        let patterns = std::iter::once(documents).chain(own).collect();
        FetchEnable { handle_auth_requests: true, patterns }
    }

    /// Judges a URL that a caller asks for; yields it in the form that was judged.
    pub(super) async fn judge(&self, url: &str) -> Result<String, Error> {
        Ok(self.settle(self.policy.navigation(url)?).await?.into())
    }

    /// Judges a URL that a client of the protocol asks for, as far as its words tell; where its host leads is judged when
    /// it is requested. What reaches neither network nor files may hold code of the caller.
    pub(super) fn glance(&self, url: &str) -> Result<(), Refusal> {
        let may_run_code = self.policy.evaluate().is_ok();
        if may_run_code { self.policy.document(url) } else { self.policy.navigation(url) }.map(drop)
    }

    async fn settle(&self, verdict: Verdict) -> Result<Url, Error> {
        match verdict {
            Verdict::Allowed(url) => Ok(url),
            Verdict::Resolve { url, host } => {
                self.policy.addresses(&host, &resolve(&host).await?)?;
                Ok(url)
            }
        }
    }

    /// From now on a frame gets an empty document, whatever it asks for: nothing of it reaches the network.
    pub(super) fn keep_blank(&self, frame: &str) -> Blank {
        blanks(&self.blanks).insert(frame.to_owned());
        Blank { frame: frame.to_owned(), blanks: Arc::clone(&self.blanks) }
    }

    /// Whether a frame gets an empty document, whatever it asks for.
    pub(super) fn is_blank(&self, frame: &str) -> bool {
        blanks(&self.blanks).contains(frame)
    }

    /// Answers one paused request of a frame that gets an empty document.
    pub(super) async fn answer_blank(session: Session, paused: RequestPaused) {
        let html = Header::new("Content-Type", "text/html");
        let answer = FulfillRequestParams {
            response_headers: Some(vec![html]),
            body: Some(EMPTY.to_owned().into()),
            ..FulfillRequestParams::new(paused.request_id, 200)
        };
        session.call(Call::of(&answer), Deadline::after(ANSWER)).await.ok();
    }

    /// Answers one paused request. `is_tab` tells that it is a tab itself that goes there and no frame in it; `pages`
    /// tells the page of that frame of a refusal, before the browser is told.
    pub(super) async fn answer(
        &self,
        session: Session,
        paused: RequestPaused,
        is_tab: bool,
        pages: impl FnOnce(Arc<str>) -> BoxFuture<'static, ()> + Send,
    ) {
        let RequestPaused { request_id, request, frame_id, .. } = &paused;
        let is_document = paused.resource_type == "Document";
        let call = match self.verdict(&request.url, is_document).await {
            Ok(url) => {
                let headers =
                    url.and_then(|url| self.credential(&url, is_tab && is_document, &request.headers));
                Call::of(&ContinueRequest { request_id, headers })
            }
            Err(error) => {
                if let Error::Refused(refusal) = error {
                    tracing::info!(host = url_host(&request.url), "navigation refused by policy");
                    self.remember(frame_id, refusal);
                    pages(frame_id.as_str().into()).await;
                }
                // "Aborted" leaves the old document in place; the other reasons put an error page there.
                Call::of(&FailRequest { request_id, error_reason: "Aborted" })
            }
        };
        // A request whose tab is gone needs no answer.
        session.call(call, Deadline::after(ANSWER)).await.ok();
    }

    /// What a request goes to, if it may; parts of pages are not judged, and need no address that we can read.
    async fn verdict(&self, url: &str, is_document: bool) -> Result<Option<Url>, Error> {
        if !is_document {
            return Ok(Url::parse(url).ok());
        }
        self.settle(self.policy.document(url)?).await.map(Some)
    }

    /// The headers of a request to our own pages. What a foreign page asks of them, in a frame or as a part of itself,
    /// goes without the credential; a tab that goes there shows nothing to where it came from.
    fn credential<'a>(
        &'a self,
        url: &Url,
        is_visit: bool,
        headers: &'a BTreeMap<String, String>,
    ) -> Option<Vec<HeaderEntry<'a>>> {
        let own = self.own.as_ref().filter(|own| url.origin() == own.origin)?;
        let referer = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("referer"));
        let asked_by = referer.and_then(|(_, value)| Url::parse(value).ok()).map(|url| url.origin());
        if !is_visit && asked_by.as_ref() != Some(&own.origin) {
            return None;
        }
        let kept = headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        let kept = kept.map(|(name, value)| HeaderEntry { name, value });
        let pass = HeaderEntry { name: "Authorization", value: &own.authorization };
        Some(kept.chain([pass]).collect())
    }

    fn remember(&self, frame: &str, refusal: Refusal) {
        let mut refused = self.refused.lock().expect("nothing panics while it is held");
        if refused.len() >= MOST_REFUSALS {
            refused.clear();
        }
        refused.insert(frame.to_owned(), refusal);
    }

    /// Why the last navigation in one of a page's frames was refused.
    pub(super) fn last_refusal(&self, page: &Page) -> Refusal {
        let refused = self.refused.lock().expect("nothing panics while it is held");
        let of_page = refused.iter().find(|(frame, _)| page.has_frame(frame));
        of_page.map_or(Refusal::InvalidUrl { raw: String::new() }, |(_, refusal)| refusal.clone())
    }
}

async fn resolve(host: &str) -> Result<Vec<IpAddr>, Error> {
    let unresolvable = || Error::Unresolvable(host.to_owned());
    let looked_up = Deadline::after(RESOLVE).run(tokio::net::lookup_host((host, 0))).await;
    let addresses = looked_up.map_err(|_| unresolvable())?.map_err(|_| unresolvable())?;
    Ok(addresses.map(|address| address.ip()).collect())
}

fn url_host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicySettings;

    #[test]
    fn our_pages_get_their_credential_from_tabs_and_from_each_other_only() {
        let origin = Url::parse("http://127.0.0.1:4/").expect("a URL").origin();
        let policy = Policy::new(&PolicySettings::default(), Vec::new()).expect("no patterns");
        let guard = Guard::new(policy, Some(OwnPages { origin, authorization: "Bearer x".to_owned() }));
        let check = |url: &str, is_visit: bool, referer: Option<&str>, expected: bool| {
            let url = Url::parse(url).expect("a URL");
            let headers = referer.map(|from| ("Referer".to_owned(), from.to_owned()));
            let headers = headers.into_iter().collect();
            let added = guard.credential(&url, is_visit, &headers);
            assert_eq!(added.is_some(), expected, "{url} {is_visit} {referer:?}");
        };
        check("http://127.0.0.1:4/a", true, None, true);
        check("http://127.0.0.1:4/a", true, Some("http://foreign/"), true);
        check("http://127.0.0.1:4/a", false, Some("http://127.0.0.1:4/"), true);
        check("http://127.0.0.1:4/a", false, Some("http://foreign/"), false);
        check("http://127.0.0.1:4/a", false, None, false);
        check("http://localhost:4/a", true, None, false);
        check("http://127.0.0.1:5/a", true, None, false);
    }
}
