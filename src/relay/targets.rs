//! The HTTP side of a CDP port, as Chromium answers it: what there is to connect to
//! (<https://chromedevtools.github.io/devtools-protocol/#endpoints>).

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::respond;
use crate::browser::{Browser, Tenant};
use crate::cdp::browser_protocol::target::{
    ActivateTargetParams, CloseTargetParams, CreateTargetParams, TargetId,
};
use crate::cdp::protocol::{GetTargets, TargetInfo, only};
use crate::cdp::{Call, Error};
use crate::deadline::Deadline;
use crate::pool::{Descriptor, DescriptorError};

/// How long the browser may take to answer.
const ANSWERING: Duration = Duration::from_secs(10);

/// Kinds of targets that are listed.
const LISTED: &[&str] =
    &["page", "iframe", "webview", "worker", "shared_worker", "service_worker", "background_page"];

/// Where the asker is, as the URLs tell that it gets.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// As it has named us.
    pub(super) host: &'a str,
    /// The browser's id.
    pub(super) browser: &'a str,
    /// The secret, if it came in the URL: those who cannot send headers get it back in the same way.
    pub(super) token: Option<&'a str>,
}

impl Place<'_> {
    fn socket(&self, kind: &str, id: &str) -> String {
        let token = self.token.map(|token| {
            let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
            format!("?token={token}")
        });
        format!("{}/devtools/{kind}/{id}{}", self.host, token.unwrap_or_default())
    }
}

/// `GET /json/version`.
#[derive(Serialize)]
struct VersionAnswer<'a> {
    #[serde(rename = "Browser")]
    browser: &'a str,
    #[serde(rename = "Protocol-Version")]
    protocol_version: &'a str,
    #[serde(rename = "User-Agent")]
    user_agent: &'a str,
    #[serde(rename = "V8-Version")]
    v8_version: &'a str,
    #[serde(rename = "WebKit-Version")]
    webkit_version: &'a str,
    #[serde(rename = "webSocketDebuggerUrl")]
    socket: String,
}

/// One entry of `GET /json/list`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetRow {
    description: &'static str,
    devtools_frontend_url: String,
    id: String,
    title: String,
    r#type: String,
    url: String,
    web_socket_debugger_url: String,
}

impl TargetRow {
    fn of(info: TargetInfo, place: &Place<'_>) -> Self {
        let TargetInfo { target_id: id, r#type, title, url, .. } = info;
        let socket = place.socket("page", &id);
        let escaped: String = url::form_urlencoded::byte_serialize(socket.as_bytes()).collect();
        Self {
            description: "",
            devtools_frontend_url: format!("devtools://devtools/bundled/inspector.html?ws={escaped}"),
            id,
            title,
            r#type,
            url,
            web_socket_debugger_url: format!("ws://{socket}"),
        }
    }
}

/// Answers one request that is no WebSocket.
pub(super) async fn answer(
    browser: &Browser,
    descriptor: &Descriptor,
    place: &Place<'_>,
    method: &Method,
    path: &str,
    query: &str,
) -> Response {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let outcome = match path.split_at_checked(6).filter(|(root, _)| *root == "/json/") {
        _ if path == "/json" && is_read => list(browser, place).await,
        Some((_, "version")) if is_read => Ok(version(browser, place)),
        Some((_, "list")) if is_read => list(browser, place).await,
        Some((_, "protocol")) if is_read => Ok(protocol(browser, descriptor).await),
        Some((_, "new")) if *method == Method::PUT => open(browser, place, query).await,
        Some((_, "new")) => Ok(text(
            StatusCode::METHOD_NOT_ALLOWED,
            format!(
                "Using unsafe HTTP verb {method} to invoke /json/new. This action supports only PUT verb."
            ),
        )),
        Some((_, rest)) if is_read || *method == Method::PUT => match rest.split_once('/') {
            Some(("activate", id)) => activate(browser, id).await,
            Some(("close", id)) => close(browser, id).await,
            _ => Ok(unknown(path)),
        },
        _ => Ok(unknown(path)),
    };
    outcome.unwrap_or_else(|error| respond(StatusCode::BAD_GATEWAY, &json!({ "error": error.to_string() })))
}

fn unknown(path: &str) -> Response {
    let known = "/json/version, /json/list, /json/protocol, /json/new, /json/activate/<id>, /json/close/<id>";
    respond(StatusCode::NOT_FOUND, &json!({ "error": format!("Unknown command: {path}; there are {known}") }))
}

fn version(browser: &Browser, place: &Place<'_>) -> Response {
    let version = browser.version();
    let answer = VersionAnswer {
        browser: &version.product,
        protocol_version: &version.protocol_version,
        user_agent: &version.user_agent,
        v8_version: &version.js_version,
        webkit_version: &version.revision,
        socket: format!("ws://{}", place.socket("browser", place.browser)),
    };
    respond(StatusCode::OK, &answer)
}

async fn protocol(browser: &Browser, descriptor: &Descriptor) -> Response {
    match descriptor.read(browser.version()).await {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json; charset=UTF-8")], text).into_response(),
        Err(error) => {
            let status = match &error {
                DescriptorError::Launch(_) | DescriptorError::Replaced { .. } => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                DescriptorError::Silent(_) => StatusCode::BAD_GATEWAY,
            };
            respond(status, &json!({ "error": error.to_string() }))
        }
    }
}

async fn targets(browser: &Browser) -> Result<Vec<TargetInfo>, Error> {
    let filter = only(LISTED);
    let listed = browser.session().send(&GetTargets { filter }, Deadline::after(ANSWERING)).await?;
    let mut targets = listed.target_infos;
    if let Some(tenant) = browser.tenant() {
        targets.retain(|info| info.browser_context_id.as_deref().is_some_and(|id| tenant.has_context(id)));
    }
    Ok(targets)
}

async fn list(browser: &Browser, place: &Place<'_>) -> Result<Response, Error> {
    let rows: Vec<TargetRow> =
        targets(browser).await?.into_iter().map(|info| TargetRow::of(info, place)).collect();
    Ok(respond(StatusCode::OK, &rows))
}

async fn open(browser: &Browser, place: &Place<'_>, query: &str) -> Result<Response, Error> {
    let url = percent_decoded(query);
    let url = if url.is_empty() { "about:blank".to_owned() } else { url };
    if let Err(refusal) = browser.glance(&url) {
        return Ok(text(StatusCode::FORBIDDEN, refusal.to_string()));
    }
    let deadline = Deadline::after(ANSWERING);
    let context = browser.tenant().and_then(Tenant::context).map(|id| id.to_owned().into());
    let create = CreateTargetParams { browser_context_id: context, ..CreateTargetParams::new(url) };
    let created = browser.session().send(&create, deadline).await;
    let created = match created {
        Ok(created) => created,
        Err(Error::Refused { message, .. }) => return Ok(text(StatusCode::BAD_REQUEST, message)),
        Err(error) => return Err(error),
    };
    let id = created.target_id.as_ref();
    let info = targets(browser).await?.into_iter().find(|info| info.target_id == id);
    Ok(match info {
        Some(info) => respond(StatusCode::OK, &TargetRow::of(info, place)),
        None => text(StatusCode::INTERNAL_SERVER_ERROR, "Could not create new page".to_owned()),
    })
}

async fn activate(browser: &Browser, id: &str) -> Result<Response, Error> {
    let activate = Call::of(&ActivateTargetParams::new(TargetId::new(id)));
    done(browser, activate, "Target activated", id).await
}

async fn close(browser: &Browser, id: &str) -> Result<Response, Error> {
    done(browser, Call::of(&CloseTargetParams::new(TargetId::new(id))), "Target is closing", id).await
}

async fn done(browser: &Browser, call: Call, words: &str, id: &str) -> Result<Response, Error> {
    browser.caught_up().await;
    if browser.tenant().is_some() && !browser.owns(id) {
        return Ok(text(StatusCode::NOT_FOUND, format!("No such target id: {id}")));
    }
    match browser.session().call(call, Deadline::after(ANSWERING)).await {
        Ok(_) => Ok(text(StatusCode::OK, words.to_owned())),
        Err(Error::Refused { .. }) => Ok(text(StatusCode::NOT_FOUND, format!("No such target id: {id}"))),
        Err(error) => Err(error),
    }
}

fn text(status: StatusCode, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=UTF-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

/// The secret of a query, and the rest of it: `/json/new` takes a whole URL there, whose own `token` is none of ours, so
/// it is ours only where it comes first.
pub(super) fn split_token(query: &str) -> (Option<String>, String) {
    let Some(rest) = query.strip_prefix("token=") else { return (None, query.to_owned()) };
    let (token, rest) = rest.split_once('&').unwrap_or((rest, ""));
    (Some(percent_decoded(token)), rest.to_owned())
}

fn percent_decoded(text: &str) -> String {
    // A pair without a name has its text as the name; `+` stays one there.
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

/// A name for a browser that nobody can guess, in the form of Chromium's own.
pub(super) fn new_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_first_and_a_url_keeps_its_own() {
        let split = |query: &str| split_token(query);
        assert_eq!(split("token=a%2Bb"), (Some("a+b".into()), String::new()));
        assert_eq!(
            split("token=a&http://x/?token=b&c=d"),
            (Some("a".into()), "http://x/?token=b&c=d".into())
        );
        assert_eq!(split("http://x/?token=b").0, None);
        assert_eq!(percent_decoded("http%3A%2F%2Fx/?a=1+2&b=%C3%A9"), "http://x/?a=1+2&b=é");
    }

    #[test]
    fn urls_carry_the_secret_only_for_who_sent_it_so() {
        let place = |token| Place { host: "127.0.0.1:1", browser: "b", token };
        assert_eq!(place(None).socket("page", "T"), "127.0.0.1:1/devtools/page/T");
        assert_eq!(place(Some("a&b")).socket("page", "T"), "127.0.0.1:1/devtools/page/T?token=a%26b");
    }
}
