//! The decision at the door: is this request from this machine's own user, and does it carry the secret?
//! It must not know what stands behind the door. Pure.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Knock, Refusal, Token};

/// The origin of Chrome's own DevTools.
const DEVTOOLS: &str = "devtools://devtools";

/// The secret of an instance and the way it is carried (`gateway.auth.mode`).
#[derive(Debug, Clone)]
pub enum Credential {
    /// `Authorization: Bearer <token>`, and nothing else.
    Token(Token),
    /// `x-openclaw-password: <password>`, or HTTP Basic with any user name.
    Password(Token),
}

impl Credential {
    /// The secret, whichever way it is carried.
    #[must_use]
    pub fn secret(&self) -> &Token {
        match self {
            Self::Token(token) | Self::Password(token) => token,
        }
    }
}

impl Credential {
    /// The `Authorization` header that carries it, for requests of our own.
    #[must_use]
    pub fn authorization(&self) -> String {
        match self {
            Self::Token(token) => format!("Bearer {}", token.expose()),
            Self::Password(password) => {
                format!("Basic {}", STANDARD.encode(format!("openclaw:{}", password.expose())))
            }
        }
    }
}

/// Which pages may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pages {
    /// Any loopback page over http, whatever its port.
    Loopback,
    /// Pages that one of our own ports served.
    Own,
}

/// One listener's door: its secret, its ports and which pages may call.
#[derive(Debug, Clone)]
pub struct Door {
    credential: Credential,
    own_ports: Vec<u16>,
    pages: Pages,
    devtools: bool,
}

impl Door {
    /// A door that lets pages of any loopback origin call (the control API's rule).
    /// `own_ports` are those that a `Host` header may name: the port of the listener that was reached.
    #[must_use]
    pub fn new(credential: Credential, own_ports: &[u16]) -> Self {
        Self { credential, own_ports: own_ports.to_vec(), pages: Pages::Loopback, devtools: false }
    }

    /// The stricter door for WebSockets, whose answers a page can read: only pages from `own_ports` may call.
    #[must_use]
    pub fn for_own_pages(mut self) -> Self {
        self.pages = Pages::Own;
        self
    }

    /// The same door for Chrome's own DevTools, too, which no site can speak for.
    #[must_use]
    pub fn for_devtools(mut self) -> Self {
        self.devtools = true;
        self
    }

    /// Checks everything: first where the request comes from, then what it carries.
    ///
    /// # Errors
    /// The first [`Refusal`]; a foreign Host or Origin is found before the credential is looked at.
    pub fn admit(&self, knock: &Knock<'_>) -> Result<(), Refusal> {
        self.check_origin(knock)?;
        self.check_credential(knock)
    }

    /// Checks that no other site, rebound name or proxy sent the request.
    ///
    /// # Errors
    /// A [`Refusal`] with status 403, or 400 when a header stands twice.
    pub fn check_origin(&self, knock: &Knock<'_>) -> Result<(), Refusal> {
        if let Some(header) = knock.forwarded {
            return Err(Refusal::Forwarded { header: header.to_owned() });
        }
        let host = knock.host.clone()?.ok_or(Refusal::MissingHost)?;
        if !self.is_own_host(host) {
            return Err(Refusal::ForeignHost { host: shorten(host) });
        }
        if knock.fetch_site.clone()?.is_some_and(|site| site.eq_ignore_ascii_case("cross-site")) {
            return Err(Refusal::CrossSite);
        }
        match (knock.origin.clone()?, knock.referer.clone()?) {
            (Some(origin), _) if !self.is_welcome(origin) => {
                Err(Refusal::ForeignOrigin { origin: shorten(origin) })
            }
            (None, Some(referer)) if knock.mutates && !self.is_welcome(origin_of(referer)) => {
                Err(Refusal::ForeignReferer { referer: shorten(origin_of(referer)) })
            }
            (Some(_) | None, _) => Ok(()),
        }
    }

    /// Checks the credential in the one form that the mode takes.
    ///
    /// # Errors
    /// A [`Refusal`] with status 401, or 400 when a header stands twice.
    pub fn check_credential(&self, knock: &Knock<'_>) -> Result<(), Refusal> {
        let (authorization, header) = (knock.authorization.clone()?, knock.password.clone()?);
        match &self.credential {
            Credential::Token(token) => match authorization.map(bearer) {
                Some(Some(sent)) => verdict(token, sent),
                Some(None) => Err(Refusal::WrongCredential),
                None if header.is_some() => Err(Refusal::WrongCredential),
                None => Err(Refusal::NoCredential),
            },
            Credential::Password(password) => match (header, authorization.map(basic_password)) {
                (Some(sent), _) => verdict(password, sent),
                (None, Some(Some(sent))) => verdict(password, &sent),
                (None, Some(None)) => Err(Refusal::WrongCredential),
                (None, None) => Err(Refusal::NoCredential),
            },
        }
    }

    /// Checks the credential at a CDP port, where clients differ in what they can send: Bearer, the password of HTTP
    /// Basic (a `http://user:secret@host` endpoint), or `query_token`, the value of `?token=`. A header wins over the query.
    ///
    /// # Errors
    /// A [`Refusal`] with status 401, or 400 when a header stands twice.
    pub fn check_cdp_credential(&self, knock: &Knock<'_>, query_token: Option<&str>) -> Result<(), Refusal> {
        verdict(self.credential.secret(), &Self::cdp_secret(knock, query_token)?)
    }

    /// The secret that a client of a CDP port has sent, whosever it is.
    ///
    /// # Errors
    /// A [`Refusal`] with status 401, or 400 when a header stands twice.
    pub fn cdp_secret<'a>(knock: &Knock<'a>, query_token: Option<&'a str>) -> Result<Cow<'a, str>, Refusal> {
        match (knock.authorization.clone()?, query_token) {
            (Some(authorization), _) => match (bearer(authorization), basic_password(authorization)) {
                (Some(sent), _) => Ok(sent.into()),
                (None, Some(sent)) => Ok(sent.into()),
                (None, None) => Err(Refusal::WrongCredential),
            },
            (None, Some(sent)) => Ok(sent.into()),
            (None, None) => Err(Refusal::NoCredential),
        }
    }

    /// Checks a request that carries no secret where none is asked for: any program of this machine may send it, and no
    /// page, not even one that a server of this machine gave out. Browsers say so of what pages send.
    ///
    /// # Errors
    /// A [`Refusal`] with status 403, or 400 when a header stands twice.
    pub fn check_no_page(&self, knock: &Knock<'_>) -> Result<(), Refusal> {
        let is_devtools = |origin: &str| self.devtools && origin == DEVTOOLS;
        match (knock.origin.clone()?, knock.referer.clone()?, knock.fetch_site.clone()?) {
            (Some(origin), ..) if is_devtools(origin) => Ok(()),
            (Some(origin), ..) => Err(Refusal::ForeignOrigin { origin: shorten(origin) }),
            (None, Some(referer), _) => Err(Refusal::ForeignReferer { referer: shorten(origin_of(referer)) }),
            // What somebody typed into the address bar is `none`.
            (None, None, Some(site)) if !site.eq_ignore_ascii_case("none") => Err(Refusal::CrossSite),
            (None, None, Some(_) | None) => Ok(()),
        }
    }

    fn is_own_host(&self, host: &str) -> bool {
        loopback_port(&host.to_ascii_lowercase())
            .is_some_and(|port| port.is_none_or(|port| self.own_ports.contains(&port)))
    }

    /// Browsers write an origin in lower case, so it is compared as it stands.
    fn is_welcome(&self, origin: &str) -> bool {
        if self.devtools && origin == DEVTOOLS {
            return true;
        }
        let Some(port) = origin.strip_prefix("http://").and_then(loopback_port) else { return false };
        match self.pages {
            Pages::Loopback => true,
            Pages::Own => self.own_ports.contains(&port.unwrap_or(80)),
        }
    }
}

/// `Some(port)` when `authority` is exactly a loopback name, with or without a port; a name is never resolved.
fn loopback_port(authority: &str) -> Option<Option<u16>> {
    let rest = ["127.0.0.1", "localhost", "[::1]"].iter().find_map(|name| authority.strip_prefix(name))?;
    if rest.is_empty() {
        return Some(None);
    }
    let digits = rest.strip_prefix(':')?;
    let port: u16 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    (port != 0).then_some(Some(port))
}

/// The scheme and authority of a URL, as text. A `user@` stays in it, so that it never looks like a loopback name.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

fn credentials<'a>(authorization: &'a str, scheme: &str) -> Option<&'a str> {
    let (sent, rest) = authorization.trim().split_once(' ')?;
    sent.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn bearer(authorization: &str) -> Option<&str> {
    credentials(authorization, "bearer")
}

fn basic_password(authorization: &str) -> Option<String> {
    let decoded = STANDARD.decode(credentials(authorization, "basic")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

fn verdict(secret: &Token, sent: &str) -> Result<(), Refusal> {
    if secret.matches(sent) { Ok(()) } else { Err(Refusal::WrongCredential) }
}

fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::*;

    const SECRET: &str = "tok-12345";

    fn token_door() -> Door {
        Door::new(Credential::Token(Token::parse(SECRET).unwrap()), &[18791])
    }

    fn password_door() -> Door {
        Door::new(Credential::Password(Token::parse(SECRET).unwrap()), &[18791])
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    /// The status of the origin check: 200 when it passes. A Host is added unless one is given.
    fn origin(door: &Door, method: Method, pairs: &[(&str, &str)]) -> u16 {
        let mut all = headers(pairs);
        if !all.contains_key("host") {
            all.insert("host", HeaderValue::from_static("127.0.0.1:18791"));
        }
        door.check_origin(&Knock::from_headers(&method, &all))
            .map_or_else(|refusal| refusal.status().as_u16(), |()| 200)
    }

    fn basic(user_and_password: &str) -> String {
        format!("Basic {}", STANDARD.encode(user_and_password))
    }

    #[test]
    fn only_exact_loopback_hosts_with_our_port_pass() {
        for (host, status) in [
            ("127.0.0.1:18791", 200),
            ("127.0.0.1", 200),
            ("localhost", 200),
            ("LOCALHOST:18791", 200),
            ("[::1]", 200),
            ("[::1]:18791", 200),
            ("127.0.0.1:18792", 403),
            ("localhost:0", 403),
            ("localhost:+18791", 403),
            ("localhost:", 403),
            ("localhost:99999", 403),
            ("", 403),
            ("evil.example", 403),
            ("evil.example:18791", 403),
            ("localhost.evil.example", 403),
            ("foo.localhost", 403),
            ("localhost.", 403),
            ("127.0.0.1.nip.io", 403),
            ("127.0.0.2", 403),
            ("169.254.169.254", 403),
            ("10.0.0.1:18791", 403),
            ("0.0.0.0:18791", 403),
            ("[::]:18791", 403),
            ("[::ffff:127.0.0.1]:18791", 403),
            ("::1", 403),
            ("127.0.0.1@evil", 403),
            ("127.0.0.1:18791@evil", 403),
            ("127.0.0.1:18791, evil", 403),
            ("bücher:18791", 400),
        ] {
            assert_eq!(origin(&token_door(), Method::GET, &[("host", host)]), status, "{host:?}");
        }
        let none = HeaderMap::new();
        let refusal = token_door().check_origin(&Knock::from_headers(&Method::GET, &none)).unwrap_err();
        assert_eq!(refusal, Refusal::MissingHost);
    }

    #[test]
    fn without_a_secret_no_page_comes_through_whatever_gave_it_out() {
        let door = token_door().for_own_pages().for_devtools();
        for (name, value, passes) in [
            ("user-agent", "curl", true),
            ("origin", "devtools://devtools", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "same-origin", false),
            ("origin", "http://127.0.0.1:18791", false),
            ("origin", "null", false),
            ("referer", "http://127.0.0.1:18791/", false),
        ] {
            let map = headers(&[(name, value)]);
            let found = door.check_no_page(&Knock::from_headers(&Method::GET, &map));
            assert_eq!(found.is_ok(), passes, "{name}: {value}");
        }
    }

    #[test]
    fn a_header_that_stands_twice_is_malformed() {
        for name in ["host", "origin", "referer", "sec-fetch-site"] {
            let twice = [(name, "127.0.0.1"), (name, "127.0.0.1")];
            assert_eq!(origin(&token_door(), Method::POST, &twice), 400, "{name}");
        }
        for name in ["authorization", "x-openclaw-password"] {
            let map = headers(&[(name, "Bearer tok-12345"), (name, "Bearer tok-12345")]);
            let knock = Knock::from_headers(&Method::GET, &map);
            assert_eq!(token_door().check_credential(&knock), Err(Refusal::Malformed { header: name }));
        }
    }

    #[test]
    fn only_loopback_pages_may_call() {
        // (origin, the control API's door, the door for our own pages)
        for (value, any, own) in [
            ("http://localhost:3000", 200, 403),
            ("http://127.0.0.1:18791", 200, 200),
            ("http://[::1]:18791", 200, 200),
            ("http://localhost", 200, 403),
            ("http://localhost:1", 200, 403),
            ("https://localhost:18791", 403, 403),
            ("HTTP://LOCALHOST:18791", 403, 403),
            ("https://evil.example", 403, 403),
            ("http://localhost.evil", 403, 403),
            ("http://127.0.0.1.evil", 403, 403),
            ("http://localhost.:18791", 403, 403),
            ("http://127.0.0.1:18791@evil", 403, 403),
            ("http://[2001:db8::1]:18791", 403, 403),
            ("chrome-extension://abcdefghijklmnopabcdefghijklmnop", 403, 403),
            ("file://", 403, 403),
            ("null", 403, 403),
            ("", 403, 403),
        ] {
            for method in [Method::GET, Method::POST] {
                let pairs = [("origin", value), ("referer", "http://localhost:18791/")];
                assert_eq!(origin(&token_door(), method.clone(), &pairs), any, "{method} {value:?}");
                assert_eq!(origin(&token_door().for_own_pages(), method, &pairs), own, "own {value:?}");
            }
        }
    }

    #[test]
    fn a_referer_counts_only_for_changes_without_an_origin() {
        for (method, referer, status) in [
            (Method::POST, "https://evil.example/x", 403),
            (Method::DELETE, "https://evil.example", 403),
            (Method::PUT, "http://localhost:3000/a?b=http://evil", 200),
            (Method::PATCH, "http://127.0.0.1@evil.example/", 403),
            (Method::POST, "http://127.0.0.1\\@evil.example/", 403),
            (Method::POST, "", 403),
            (Method::GET, "https://evil.example/x", 200),
            (Method::HEAD, "https://evil.example/x", 200),
        ] {
            assert_eq!(
                origin(&token_door(), method.clone(), &[("referer", referer)]),
                status,
                "{method} {referer}"
            );
        }
    }

    #[test]
    fn cross_site_and_forwarded_requests_are_refused() {
        for (name, value, status) in [
            ("sec-fetch-site", "cross-site", 403),
            ("sec-fetch-site", "same-origin", 200),
            ("sec-fetch-site", "none", 200),
            ("x-forwarded-for", "1.2.3.4", 403),
            ("x-forwarded-for", "9.9.9.9, 127.0.0.1", 403),
            ("x-forwarded-for", "::ffff:127.0.0.1", 403),
            ("x-forwarded-host", "localhost", 403),
            ("x-forwarded-proto", "http", 403),
            ("forwarded", "for=127.0.0.1", 403),
            ("x-real-ip", "127.0.0.1", 403),
            ("x-request-id", "7", 200),
        ] {
            assert_eq!(origin(&token_door(), Method::GET, &[(name, value)]), status, "{name}: {value}");
        }
    }

    /// 200 or the status of the refusal.
    fn check(result: Result<(), Refusal>) -> u16 {
        result.map_or_else(|refusal| refusal.status().as_u16(), |()| 200)
    }

    #[test]
    fn each_mode_takes_its_own_credential_only() {
        let (right, wrong, empty) = (basic("me:tok-12345"), basic("me:no"), basic("tok-12345"));
        // (header, value, token mode, password mode, CDP port)
        for (name, value, token, password, cdp) in [
            ("authorization", "Bearer tok-12345", 200, 401, 200),
            ("authorization", "bearer   tok-12345 ", 200, 401, 200),
            ("authorization", "Bearer tok-1234", 401, 401, 401),
            ("authorization", "Bearer undefined", 401, 401, 401),
            ("authorization", "Bearer ", 401, 401, 401),
            ("authorization", "tok-12345", 401, 401, 401),
            ("authorization", right.as_str(), 401, 200, 200),
            ("authorization", wrong.as_str(), 401, 401, 401),
            ("authorization", empty.as_str(), 401, 401, 401),
            ("authorization", "Basic !!!", 401, 401, 401),
            ("x-openclaw-password", "tok-12345", 401, 200, 401),
            ("x-openclaw-password", "no", 401, 401, 401),
            ("x-other", "tok-12345", 401, 401, 401),
        ] {
            let map = headers(&[(name, value)]);
            let knock = Knock::from_headers(&Method::GET, &map);
            assert_eq!(check(token_door().check_credential(&knock)), token, "token mode, {name}: {value}");
            assert_eq!(
                check(password_door().check_credential(&knock)),
                password,
                "password mode, {name}: {value}"
            );
            for door in [token_door(), password_door()] {
                assert_eq!(check(door.check_cdp_credential(&knock, None)), cdp, "CDP, {name}: {value}");
            }
        }
    }

    #[test]
    fn the_cdp_query_counts_only_without_a_header() {
        let none = HeaderMap::new();
        let knock = Knock::from_headers(&Method::GET, &none);
        assert_eq!(token_door().check_cdp_credential(&knock, Some(SECRET)), Ok(()));
        assert_eq!(token_door().check_cdp_credential(&knock, Some("no")), Err(Refusal::WrongCredential));
        assert_eq!(token_door().check_cdp_credential(&knock, None), Err(Refusal::NoCredential));
        let map = headers(&[("authorization", "Bearer no")]);
        let knock = Knock::from_headers(&Method::GET, &map);
        assert_eq!(token_door().check_cdp_credential(&knock, Some(SECRET)), Err(Refusal::WrongCredential));
    }

    #[test]
    fn origin_is_judged_before_the_credential() {
        let map = headers(&[("host", "evil.example"), ("authorization", "Bearer no")]);
        let refusal = token_door().admit(&Knock::from_headers(&Method::GET, &map)).unwrap_err();
        assert_eq!(refusal.status().as_u16(), 403);
        let map = headers(&[("host", "localhost:18791"), ("authorization", "Bearer tok-12345")]);
        assert_eq!(token_door().admit(&Knock::from_headers(&Method::GET, &map)), Ok(()));
    }

    #[test]
    fn a_missing_and_a_wrong_credential_read_the_same() {
        assert_eq!(Refusal::NoCredential.to_string(), Refusal::WrongCredential.to_string());
        assert!(Refusal::WrongCredential.is_guess() && !Refusal::NoCredential.is_guess());
        assert!(!format!("{:?} {:?}", token_door(), password_door()).contains(SECRET));
    }
}
