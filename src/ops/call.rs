//! A request as HTTP and the gateway have it, found in the registry, read as leniently as the contract demands, and
//! run. What a lenient reading passed over is told in `warnings`.

use std::time::Duration;

use serde_json::{Map, Value};

use super::coerce::{Read, coerce, positive, properties, whole};
use super::quote::LongTexts;
use super::registry::{self, ALL, Entry};
use super::slip::Slip;
use super::{Code, Error, Reach, Route, Scope, Window, batch, response_body, scope, screencast, text};
use crate::nearest::nearest;
use crate::service::Service;

/// What a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To look.
    Get,
    /// To do.
    Post,
    /// To remove.
    Delete,
}

/// A request to the control API, however it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// What it wants.
    pub verb: Verb,
    /// The path, such as `/tabs/open`.
    pub path: String,
    /// The query.
    pub query: Map<String, Value>,
    /// The body; what is not an object counts as empty.
    pub body: Value,
    /// What of it could not be read: a body of another type, which counts as empty (contract 1.7), or one of two values.
    pub unread: Vec<String>,
    /// The time that the transport allows, in milliseconds.
    pub timeout_ms: Option<u64>,
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
}

impl Answer {
    /// When it may be worth trying again, in milliseconds; none where it would be no use, or at any time.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let is_error = self.status >= 400;
        is_error.then(|| self.body.get("retryAfterMs")?.as_u64()).flatten()
    }
}

/// Answers a request. Dropping the future cancels the call.
pub async fn answer(service: &Service, mut request: Request) -> Answer {
    let mut unread = std::mem::take(&mut request.unread);
    if !matches!(request.body, Value::Null | Value::Object(_)) {
        unread.push("the body is not an object and was ignored".to_owned());
    }
    let texts = LongTexts::of(&request.path, &request.query, &request.body);
    let mut answer = match run(service, request).await {
        Ok(mut body) => {
            tell(&mut body, unread);
            Answer { status: 200, body }
        }
        Err(mut error) => {
            tracing::debug!(code = ?error.code, error = %error, "call failed");
            error.warnings.extend(unread);
            error.into()
        }
    };
    texts.cut(&mut answer.body);
    answer
}

/// Puts warnings into an answer, before those that it has.
fn tell(answer: &mut Value, mut warnings: Vec<String>) {
    if let (Value::Object(map), false) = (answer, warnings.is_empty()) {
        if let Some(Value::Array(own)) = map.get("warnings") {
            warnings.extend(own.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        map.insert("warnings".to_owned(), warnings.into());
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        let body = serde_json::to_value(error.body()).unwrap_or(Value::Null);
        Self { status: error.code.status(), body }
    }
}

async fn run(service: &Service, request: Request) -> Result<Value, Error> {
    let Request { verb, path, query, body, timeout_ms, .. } = request;
    let body = if let Value::Object(map) = body { map } else { Map::new() };
    let (entry, query, body, mut said_twice) = route(verb, &path, query, body)?;
    let (query, forgiven) = forgive(entry, query);
    said_twice.extend(scope::said_twice(&query, &body));
    let (mut scope, params) = scope::of(entry, query, body)?;
    // What the transport allows is no wish to wait.
    let is_patient = scope.timeout_ms.is_some();
    let named = scope.timeout_ms;
    scope.timeout_ms = scope.timeout_ms.or(timeout_ms.filter(|_| entry.window.default >= 20_000));
    let (params, mut slips) = judged(entry, service, &scope, params)?;
    slips.extend(forgiven);
    slips.extend(said_twice);
    slips.extend(scope::without_meaning(entry, &scope));
    slips.extend(out_of_range(entry, &params, named));
    let deadline = entry.window.deadline(scope.timeout_ms).patient(is_patient);
    let answered = (entry.run)(service.clone(), scope.clone(), params, deadline).await;
    let lost = lost(service, entry, &scope);
    match answered {
        Ok(mut answer) => {
            tell(&mut answer, lost.into_iter().chain(slips.iter().map(Slip::warning)).collect());
            Ok(answer)
        }
        // A call that fails may have failed for what was passed over. What the error itself is about was not.
        Err(error) => {
            let others = slips.iter().filter(|slip| error.field.as_ref() != Some(&slip.field));
            Err(Error { warnings: lost.into_iter().chain(others.map(Slip::warning)).collect(), ..error })
        }
    }
}

/// What was lost with browsers that ended by themselves, if this is the first answer since. A lease tells of its own end.
fn lost(service: &Service, entry: &Entry, scope: &Scope) -> Vec<String> {
    let is_of_profile = matches!(entry.reach, Reach::Profile | Reach::Tab);
    match scope.holder(service) {
        Ok((profile, None)) if is_of_profile => service.take_news(&profile.name),
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// Reads parameters. What is wrong with them in the operation's own words comes first (contract 3.1).
fn judged(
    entry: &'static Entry,
    service: &Service,
    scope: &Scope,
    params: Map<String, Value>,
) -> Result<(Value, Vec<Slip>), Error> {
    let Read { params, slips, refused } = read(entry, params)?;
    let Some(refused) = refused else { return Ok((params, slips)) };
    // Whether scripts are allowed comes later still.
    let wrong = (entry.check)(service, scope, params).err();
    let error = wrong.filter(|wrong| wrong.code != Code::ActEvaluateDisabled).unwrap_or(refused);
    let others = slips.iter().filter(|slip| error.field.as_ref() != Some(&slip.field));
    let warnings = others.map(|slip| slip.refusal(&slip.field)).collect();
    Err(Error { warnings, ..error })
}

/// Reads parameters as the contract does (section 2).
pub(super) fn read(entry: &'static Entry, params: Map<String, Value>) -> Result<Read, Error> {
    let selector = selector_refused(entry, &params);
    let read = coerce(entry, params)?;
    Ok(Read { refused: read.refused.or(selector), ..read })
}

/// Parameters that only the command line reads before it asks: what it refuses.
pub fn slips(
    entry: &'static Entry,
    scope: &Scope,
    params: &Map<String, Value>,
    named: Option<u64>,
) -> Vec<Slip> {
    // What is wrong beyond that, the gateway says.
    let Ok(Read { params, mut slips, .. }) = read(entry, params.clone()) else { return Vec::new() };
    slips.extend(scope::without_meaning(entry, scope));
    slips.extend(out_of_range(entry, &params, named));
    if let Some(actions) = params.get("actions").and_then(Value::as_array) {
        slips.extend(batch::passed_over(actions));
    }
    slips
}

/// What a call takes besides its time: pauses, what is watched longer (contract 8.2) and the wait for a place, also in the acts of a batch.
pub fn beside(params: &Map<String, Value>) -> Duration {
    let named = ["timeMs", "effectsMs", "waitMs"].into_iter().filter_map(|name| whole(params.get(name)?));
    let own = Duration::from_millis(named.fold(0, u64::saturating_add));
    let acts = params.get("actions").and_then(Value::as_array).into_iter().flatten();
    acts.filter_map(Value::as_object).map(beside).fold(own, Duration::saturating_add)
}

/// Numbers that the operation takes and does not follow to the letter (contract 2): what it does instead.
pub(super) fn out_of_range(entry: &Entry, params: &Value, timeout_ms: Option<u64>) -> Vec<Slip> {
    let Window { least, most, .. } = entry.window;
    let of_time = |asked: u64| {
        let counts = asked.clamp(least, most);
        let why = format!("{} takes {least} to {most} ms", entry.name);
        (asked != counts).then(|| Slip::counts_as("timeoutMs", counts, why))
    };
    let mut slips: Vec<Slip> = timeout_ms.and_then(of_time).into_iter().collect();
    for (name, least, most) in bounds(entry) {
        let asked = params.get(name).and_then(Value::as_f64);
        let why = format!("{} takes {least} to {most}", entry.name);
        let of_number = |asked: f64| Slip::counts_as(name, asked.clamp(least, most), why);
        slips.extend(asked.filter(|asked| *asked != asked.clamp(least, most)).map(of_number));
    }
    if entry.route == Route::Get("/snapshot") {
        let number = |name: &str| params.get(name).and_then(Value::as_u64);
        let zeros = ["limit", "budget", "maxTokens"].into_iter().filter(|name| number(name) == Some(0));
        slips.extend(zeros.map(|name| Slip::wrong(name, "must be a positive integer")));
        let (_, most) = super::snapshot::ARIA_NODES;
        let is_data = params.get("format").is_some_and(|format| format == "aria");
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        if is_data && number("limit").is_some_and(|limit| limit > most) {
            slips.push(Slip::counts_as("limit", most, format!("format=aria takes 1 to {most} nodes")));
        }
        if number("offset").is_some_and(|offset| offset > 0) && params.get("within").is_none() {
            slips.push(Slip::wrong("offset", "means something with \"within\" only"));
        }
    }
    slips
}

/// Numbers beyond these count as the nearest: least and most.
fn bounds(entry: &Entry) -> Vec<(&'static str, f64, f64)> {
    match entry.route.path() {
        "/text" => vec![("maxChars", 1.0, text::MOST_CHARS as f64)],
        "/response/body" => vec![("maxChars", 1.0, response_body::MOST_CHARS as f64)],
        "/screencast" => screencast::BOUNDS.map(|(name, (least, _, most))| (name, least, most)).into(),
        _ => Vec::new(),
    }
}

/// A wrong `timeoutMs` of an operation whose numbers are never refused counts as none (contract 2).
fn forgive(entry: &Entry, mut query: Map<String, Value>) -> (Map<String, Value>, Option<Slip>) {
    let wrong = query.get("timeoutMs").is_some_and(|value| !value.is_null() && positive(value).is_none());
    let slip = (entry.forgives_timeout && wrong).then(|| {
        query.remove("timeoutMs");
        Slip::wrong("timeoutMs", "must be a positive integer")
    });
    (query, slip)
}

/// An operation with its query and body, and what the path and they say of the same thing.
type Found = (&'static Entry, Map<String, Value>, Map<String, Value>, Vec<Slip>);

/// Finds the operation of a path; what the path itself says goes into the body.
fn route(
    verb: Verb,
    path: &str,
    mut query: Map<String, Value>,
    mut body: Map<String, Value>,
) -> Result<Found, Error> {
    let trimmed = path.trim_end_matches('/');
    let path = if trimmed.is_empty() { "/" } else { trimmed };
    if (verb, path) == (Verb::Post, "/act") {
        let (entry, body) = act(body)?;
        return Ok((entry, query, body, Vec::new()));
    }
    if (verb, path) == (Verb::Post, "/tabs/action") {
        let (entry, body) = tab_action(body)?;
        return Ok((entry, query, body, Vec::new()));
    }
    let found = ALL.iter().find_map(|entry| match (entry.route, verb) {
        (Route::Get(at), Verb::Get) | (Route::Post(at), Verb::Post) | (Route::Delete(at), Verb::Delete) => {
            Some((entry, path_params(at, path)?))
        }
        _ => None,
    });
    let (entry, params) = found.ok_or_else(|| Error::new(Code::NoRoute, "Not Found"))?;
    let mut slips = Vec::new();
    for (name, segment) in params {
        let named = decoded(name, segment)?;
        let others = [query.remove(name), body.insert(name.to_owned(), named.clone().into())];
        if others.into_iter().flatten().any(|other| other != *named) {
            slips.push(Slip::counts_as(name, &named, "the path says so"));
        }
    }
    Ok((entry, query, body, slips))
}

/// The parameters that a path bears where its route says `:name`; none when it is the path of another route.
fn path_params<'a>(route: &'static str, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let (mut parts, mut segments) = (route.split('/'), path.split('/'));
    let mut params = Vec::new();
    loop {
        match (parts.next(), segments.next()) {
            (None, None) => return Some(params),
            (Some(part), Some(segment)) => match part.strip_prefix(':') {
                Some(name) if !segment.is_empty() => params.push((name, segment)),
                None if part == segment => {}
                Some(_) | None => return None,
            },
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
}

fn decoded(name: &str, segment: &str) -> Result<String, Error> {
    let wrong =
        || Error::field(Code::InvalidRequest, name, format!("invalid path parameter encoding: {name}"));
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or_else(wrong);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// Finds the operation of an act's kind; yields its body without the kind.
pub(super) fn act(mut body: Map<String, Value>) -> Result<(&'static Entry, Map<String, Value>), Error> {
    let required = || Error::field(Code::ActKindRequired, "kind", "kind is required");
    let kind = body.remove("kind").ok_or_else(required)?;
    let kind = kind.as_str().map(str::trim).filter(|kind| !kind.is_empty()).ok_or_else(required)?;
    let entry = registry::by_kind(kind).ok_or_else(|| {
        let known: Vec<&str> = registry::kinds().collect();
        let meant = nearest(kind, &known).map(|kind| format!("; did you mean {kind}?")).unwrap_or_default();
        let message = format!("kind is required: {kind:?} is none of {}{meant}", known.join(", "));
        Error::field(Code::ActKindRequired, "kind", message)
    })?;
    Ok((entry, body))
}

/// A selector where the kind takes none. The contract looks for it after all else that is wrong with a body (3.1).
pub(super) fn selector_refused(entry: &'static Entry, params: &Map<String, Value>) -> Option<Error> {
    let is_given = params.get("selector").is_some_and(|selector| !selector.is_null());
    (is_given && matches!(entry.route, Route::Act(_)) && !properties(entry).contains_key("selector"))
        .then(|| Error::field(Code::ActSelectorUnsupported, "selector", SELECTOR_UNSUPPORTED))
}

/// Finds the operation of a tab action; yields its body without the action.
fn tab_action(mut body: Map<String, Value>) -> Result<(&'static Entry, Map<String, Value>), Error> {
    let wrong = |field: &str, message: &str| Error::field(Code::InvalidRequest, field, message);
    let action = body.remove("action").unwrap_or_default();
    let entry = action.as_str().and_then(|action| registry::by_action(action.trim()));
    let entry = entry.ok_or_else(|| wrong("action", "unknown tab action"))?;
    // Null is no place either: the action would close another tab than the one that was meant.
    if body.get("index").is_some_and(|index| whole(index).is_none()) {
        return Err(wrong("index", "index must be a non-negative integer"));
    }
    Ok((entry, body))
}

/// Contract, appendix A10; word for word.
const SELECTOR_UNSUPPORTED: &str = "Error: 'selector' is not supported. Use 'ref' from snapshot instead.\n\nExample \
    workflow:\n1. snapshot action to get page state with refs\n2. act with ref: \"e123\" to interact with element\n\n\
    This is more reliable for modern SPAs.";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn paths_bear_the_parameters_that_routes_name() {
        for (route, path, expected) in [
            ("/tabs", "/tabs", Some(vec![])),
            ("/tabs/:targetId", "/tabs/t%201", Some(vec![("targetId", "t%201")])),
            ("/storage/:kind/set", "/storage/local/set", Some(vec![("kind", "local")])),
            ("/tabs/:targetId", "/tabs", None),
            ("/tabs/:targetId", "/tabs/", None),
            ("/tabs/:targetId", "/tabs/a/b", None),
            ("/storage/:kind/set", "/storage/local/clear", None),
        ] {
            assert_eq!(path_params(route, path), expected, "{route} {path}");
        }
        assert_eq!(decoded("targetId", "t%201").expect("encoded"), "t 1");
        assert_eq!(
            decoded("name", "%zz").expect_err("not encoded").message,
            "invalid path parameter encoding: name"
        );
    }

    #[test]
    fn paths_find_operations() {
        let found = |verb, path: &str, body: Value| {
            route(verb, path, Map::new(), object(body))
                .ok()
                .map(|(entry, _, body, _)| (entry.name, Value::Object(body)))
        };
        let named = |name, body| Some((name, body));
        assert_eq!(found(Verb::Get, "/", json!({})), named("status", json!({})));
        assert_eq!(found(Verb::Get, "/tabs/", json!({})), named("tabs", json!({})));
        assert_eq!(found(Verb::Delete, "/tabs/a%20b", json!({})), named("close", json!({"targetId": "a b"})));
        assert_eq!(found(Verb::Delete, "/tabs/a%zz", json!({})), None);
        assert_eq!(found(Verb::Delete, "/tabs/a/b", json!({})), None);
        assert_eq!(found(Verb::Get, "/act", json!({})), None);
        assert_eq!(
            found(Verb::Post, "/act", json!({"kind": "press", "key": "a"})),
            named("press", json!({"key": "a"}))
        );
        assert_eq!(found(Verb::Get, "/tabs/open", json!({})), None);
    }

    #[test]
    fn an_act_needs_a_kind_that_takes_what_it_is_given() {
        let code = |body: Value| act(object(body)).err().map(|error| error.code);
        assert_eq!(code(json!({})), Some(Code::ActKindRequired));
        assert_eq!(code(json!({"kind": 5})), Some(Code::ActKindRequired));
        assert_eq!(code(json!({"kind": "klick"})), Some(Code::ActKindRequired));
        let refused = |kind: &str| {
            let entry = registry::by_kind(kind).expect("a kind");
            selector_refused(entry, &object(json!({"selector": "#x"}))).map(|error| error.code)
        };
        assert_eq!(refused("press"), Some(Code::ActSelectorUnsupported));
        assert_eq!(refused("click"), None);
    }
}
