//! What a request shows at the door: the few headers that decide. It must not decide anything itself. Pure.

use axum::http::{HeaderMap, Method};

use super::Refusal;

/// A header that may stand once: its text, nothing, or why it cannot be read.
type Once<'a> = Result<Option<&'a str>, Refusal>;

/// The headers of one request that the [`Door`](super::Door) looks at, borrowed.
#[derive(Clone)]
pub struct Knock<'a> {
    pub(super) mutates: bool,
    pub(super) host: Once<'a>,
    pub(super) origin: Once<'a>,
    pub(super) referer: Once<'a>,
    pub(super) fetch_site: Once<'a>,
    pub(super) authorization: Once<'a>,
    pub(super) password: Once<'a>,
    pub(super) forwarded: Option<&'a str>,
}

impl<'a> Knock<'a> {
    /// Picks the deciding headers; a header that stands twice is kept as malformed, not as its first value.
    #[must_use]
    pub fn from_headers(method: &Method, headers: &'a HeaderMap) -> Self {
        Self {
            mutates: !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS),
            host: once(headers, "host"),
            origin: once(headers, "origin"),
            referer: once(headers, "referer"),
            fetch_site: once(headers, "sec-fetch-site"),
            authorization: once(headers, "authorization"),
            password: once(headers, "x-openclaw-password"),
            forwarded: headers.keys().map(|name| name.as_str()).find(|name| is_forwarding(name)),
        }
    }
}

impl std::fmt::Debug for Knock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The credentials stay out.
        f.debug_struct("Knock")
            .field("host", &self.host)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

fn once<'a>(headers: &'a HeaderMap, header: &'static str) -> Once<'a> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Refusal::Malformed { header }),
        (Some(_), Some(_)) => Err(Refusal::Malformed { header }),
    }
}

fn is_forwarding(name: &str) -> bool {
    name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded-")
}
