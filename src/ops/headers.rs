//! Headers that go with the requests of all tabs.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bits::wrong;
use super::output::Handled;
use super::{Access, Error, Operation, Route, Scope, Window};
use crate::deadline::Deadline;
use crate::service::{Service, Tab};

/// Sends headers with every request of all tabs, in place of those that were set before.
#[derive(Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SetHeaders {
    /// Names and values; an empty object takes all away. Values that are no texts are left out.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub headers: Option<Value>,
    /// The headers as a JSON object.
    #[serde(skip)]
    // Not `json`: that is the option of all commands.
    #[arg(id = "headers-argument", value_name = "headersJson")]
    pub json: Option<String>,
    /// The same as a flag.
    #[serde(skip)]
    #[arg(long, value_name = "json", conflicts_with = "headers-argument")]
    pub headers_json: Option<String>,
}

impl fmt::Debug for SetHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetHeaders")
    }
}

impl SetHeaders {
    fn read(&self) -> Result<BTreeMap<String, String>, Error> {
        let Some(Value::Object(headers)) = &self.headers else {
            return Err(wrong("headers", "headers is required"));
        };
        let mut read = BTreeMap::new();
        for (name, value) in texts(headers) {
            if read.keys().any(|known: &String| known.eq_ignore_ascii_case(name)) {
                let why = "is there twice, in other letters: one of them would be lost";
                return Err(wrong(&format!("headers.{name}"), format!("headers.{name} {why}")));
            }
            let (name, value) = checked(name, value)?;
            read.insert(name, value);
        }
        Ok(read)
    }
}

fn texts(headers: &Map<String, Value>) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.trim(), value.as_str()?)))
}

/// Why Chromium sends no request at all with this header, or never this header, and what to use instead.
fn reserved(name: &str, value: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "host" => Some("is made of the URL: go to a URL with that host"),
        "set-cookie" | "cookie2" => {
            Some("is no header of requests: set cookies with /cookies/set, or send Cookie")
        }
        "connection" | "content-length" | "keep-alive" | "te" | "trailer" | "transfer-encoding"
        | "upgrade" => Some("belongs to the connection, which the browser keeps: leave it out"),
        "x-http-method" | "x-http-method-override" | "x-method-override" if names_barred_method(value) => {
            Some("names a method that browsers do not send: CONNECT, TRACE or TRACK")
        }
        "referer" if origin_of(value).is_none() => Some("is sent only with an http(s) URL: give it one"),
        proxy if proxy.starts_with("proxy-") => Some("is for proxies, and the browser's own: leave it out"),
        _ => None,
    }
}

fn names_barred_method(value: &str) -> bool {
    let barred =
        |method: &str| ["connect", "trace", "track"].contains(&method.trim().to_lowercase().as_str());
    value.split(',').any(barred)
}

fn origin_of(referer: &str) -> Option<url::Url> {
    url::Url::parse(referer).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// Where Chromium does not send a header of this name as it is, or sends nothing because of it: seen at documents, scripts
/// and pictures of Chromium 156.
fn caveat(name: &str, value: &str) -> Option<&'static str> {
    match name.to_ascii_lowercase().as_str() {
        "accept" => Some("goes with what pages ask for; documents are asked for with the browser's own"),
        "origin" => Some("goes with documents; what pages of other origins ask for fails with it"),
        "referer" => {
            let url = origin_of(value)?;
            let tells_more = url.scheme() == "https" || url.path() != "/" || url.query().is_some();
            tells_more.then_some(
                "keeps requests to other origins from being sent: they are told the origin at most",
            )
        }
        "sec-fetch-dest" | "sec-fetch-mode" | "sec-fetch-site" | "sec-fetch-user" => Some(
            "is the browser's own: documents may be asked for with the browser's, and what pages ask for fails with it",
        ),
        "sec-purpose" | "sec-browsing-topics" | "sec-shared-storage-writable" => None,
        "sec-gpc" if value == "1" => None,
        other if other.starts_with("sec-") && !other.starts_with("sec-ch-") => {
            Some("goes with documents; what pages ask for fails with it")
        }
        _ => None,
    }
}

/// A header that could end its line would be two headers. Nothing of the value is ever repeated.
fn checked(name: &str, value: &str) -> Result<(String, String), Error> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(wrong("headers", format!("headers has an invalid name: {name:?}")));
    }
    if let Some(why) = reserved(name, value) {
        return Err(wrong(&format!("headers.{name}"), format!("headers.{name} {why}")));
    }
    if value.contains(['\r', '\n', '\0']) {
        return Err(wrong(&format!("headers.{name}"), format!("headers.{name} must be a single line")));
    }
    Ok((name.to_owned(), value.to_owned()))
}

impl Operation for SetHeaders {
    const NAME: &'static str = "set-headers";
    const COMMANDS: &'static [&'static str] = &["set headers"];
    const ROUTE: Route = Route::Post("/set/headers");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn with_flags(self) -> Result<Self, String> {
        let text = self.headers_json.or(self.json).filter(|text| !text.trim().is_empty());
        let missing = "Error: Missing headers JSON (pass --headers-json or positional JSON argument)";
        // What is no JSON is not repeated: a header may be a secret.
        let headers = serde_json::from_str(&text.ok_or(missing)?).ok().filter(Value::is_object);
        let headers = headers.ok_or("Error: Headers JSON must be a JSON object")?;
        let mut rows = headers.as_object().into_iter().flatten();
        if let Some((name, _)) = rows.find(|(_, value)| !value.is_string()) {
            return Err(format!("Error: header \"{name}\" must be text"));
        }
        Ok(Self { headers: Some(headers), json: None, headers_json: None })
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let headers = self.read()?;
        let caveats = headers.iter().filter_map(|(name, value)| Some((name, caveat(name, value)?)));
        let dropped = self.headers.as_ref().and_then(Value::as_object).into_iter().flatten();
        let dropped = dropped.filter(|(_, value)| !value.is_string());
        let dropped = dropped.map(|(name, _)| (name, "is no text and was left out"));
        let told = caveats.chain(dropped).map(|(name, what)| format!("header \"{name}\" {what}"));
        let warnings = told.collect();
        tab.browser.set_headers(headers, deadline).await;
        Ok(Handled { warnings, ..Handled::on(tab) })
    }

    fn text(&self, _: &Handled) -> String {
        "headers set".to_owned()
    }
}
