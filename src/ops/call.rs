//! A request as HTTP and the gateway have it, found in the registry, read as leniently as the contract demands, and
//! run. What a lenient reading passed over is told in `warnings`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::registry::{self, ALL, Entry};
use super::{Code, Error, Route, Scope};
use crate::nearest::nearest;
use crate::service::Service;

/// The largest `timeoutMs` (contract 2).
const LONGEST_TIMEOUT: u64 = (1 << 31) - 1;

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

/// Answers a request. Dropping the future cancels the call.
pub async fn answer(service: &Service, request: Request) -> Answer {
    match run(service, request).await {
        Ok(body) => Answer { status: 200, body },
        Err(error) => {
            tracing::debug!(code = ?error.code, error = %error, "call failed");
            error.into()
        }
    }
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        let body = serde_json::to_value(error.body()).unwrap_or(Value::Null);
        Self { status: error.code.status(), body }
    }
}

async fn run(service: &Service, request: Request) -> Result<Value, Error> {
    let Request { verb, path, query, body, timeout_ms } = request;
    let body = if let Value::Object(map) = body { map } else { Map::new() };
    let (entry, query, body) = route(verb, &path, query, body)?;
    let (mut scope, params) = split(query, body).map_err(|error| {
        // The contract counts the time among the fields of an act.
        let is_time = matches!(entry.route, Route::Act(_)) && error.field.as_deref() == Some("timeoutMs");
        Error { code: if is_time { Code::ActInvalidRequest } else { error.code }, ..error }
    })?;
    // What the transport allows is no wish to wait.
    let is_patient = scope.timeout_ms.is_some();
    scope.timeout_ms = scope.timeout_ms.or(timeout_ms.filter(|_| entry.window.default >= 20_000));
    let refused = selector_refused(entry, &params);
    let (params, warnings) = coerce(entry, params)?;
    if let Some(refused) = refused {
        // Whether scripts are allowed comes later still.
        let wrong = (entry.check)(service, &scope, params).err();
        return Err(wrong.filter(|wrong| wrong.code != Code::ActEvaluateDisabled).unwrap_or(refused));
    }
    let deadline = entry.window.deadline(scope.timeout_ms).patient(is_patient);
    let answered = (entry.run)(service.clone(), scope, params, deadline).await;
    // A call that fails may have failed for what was passed over.
    let mut answer = match answered {
        Ok(answer) => answer,
        Err(error) => return Err(Error { warnings, ..error }),
    };
    if let (Value::Object(map), false) = (&mut answer, warnings.is_empty()) {
        let told = warnings.into_iter().map(Value::from);
        match map.get_mut("warnings") {
            Some(Value::Array(own)) => own.extend(told),
            _ => drop(map.insert("warnings".to_owned(), told.collect())),
        }
    }
    Ok(answer)
}

type Found = (&'static Entry, Map<String, Value>, Map<String, Value>);

/// Finds the operation of a path; what the path itself says goes into the body.
fn route(
    verb: Verb,
    path: &str,
    query: Map<String, Value>,
    mut body: Map<String, Value>,
) -> Result<Found, Error> {
    let trimmed = path.trim_end_matches('/');
    let path = if trimmed.is_empty() { "/" } else { trimmed };
    if (verb, path) == (Verb::Post, "/act") {
        let (entry, body) = act(body)?;
        return Ok((entry, query, body));
    }
    if (verb, path) == (Verb::Post, "/tabs/action") {
        let (entry, body) = tab_action(body)?;
        return Ok((entry, query, body));
    }
    let found = ALL.iter().find_map(|entry| match (entry.route, verb) {
        (Route::Get(at), Verb::Get) | (Route::Post(at), Verb::Post) | (Route::Delete(at), Verb::Delete) => {
            Some((entry, path_params(at, path)?))
        }
        _ => None,
    });
    let (entry, params) = found.ok_or_else(|| Error::new(Code::NoRoute, "Not Found"))?;
    for (name, segment) in params {
        body.insert(name.to_owned(), decoded(name, segment)?.into());
    }
    Ok((entry, query, body))
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

/// Takes the scope out of a request; the query wins over the body.
pub(super) fn split(
    mut query: Map<String, Value>,
    mut body: Map<String, Value>,
) -> Result<(Scope, Map<String, Value>), Error> {
    let mut take = |key: &str| {
        let of_body = body.remove(key);
        query.remove(key).or(of_body)
    };
    let (profile, target_id) = (named("profile", take("profile"))?, named("targetId", take("targetId"))?);
    let timeout_ms = match take("timeoutMs") {
        None | Some(Value::Null) => None,
        Some(value) => Some(positive(&value).ok_or_else(|| {
            Error::field(Code::InvalidRequest, "timeoutMs", "timeoutMs must be a positive integer.")
        })?),
    };
    let managed_only = take("managedOnly").and_then(|value| coerced(Kind::Switch, &value));
    let managed_only = managed_only == Some(Value::Bool(true));
    for (key, value) in query {
        body.entry(key).or_insert(value);
    }
    let timeout_ms = timeout_ms.map(|timeout| timeout.min(LONGEST_TIMEOUT));
    Ok((Scope { profile, target_id, timeout_ms, managed_only }, body))
}

/// What a call names. A wrong type must not count as nothing: the call would hit another tab, or another browser.
fn named(field: &str, value: Option<Value>) -> Result<Option<String>, Error> {
    let text = match value.unwrap_or_default() {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        other @ (Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(Error::field(
                Code::InvalidRequest,
                field,
                format!("{field} must be a string, got {other}"),
            ));
        }
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn positive(value: &Value) -> Option<u64> {
    whole(value).filter(|number| *number > 0)
}

/// A whole number, also written as text.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What kind of value a parameter takes, as far as leniency goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Switch,
    Whole,
    Number,
    Text,
    List,
    Other,
}

/// The parameters of an operation, by name.
fn properties(entry: &'static Entry) -> &'static BTreeMap<String, Kind> {
    static TABLES: OnceLock<BTreeMap<&'static str, BTreeMap<String, Kind>>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| ALL.iter().map(|entry| (entry.name, kinds_of(entry))).collect());
    &tables[entry.name]
}

fn kinds_of(entry: &Entry) -> BTreeMap<String, Kind> {
    let schema = (entry.schema)();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let kind = |property: &Value| {
        let first = match property.get("type") {
            Some(Value::Array(types)) => types.first().and_then(Value::as_str),
            Some(single) => single.as_str(),
            None => None,
        };
        match first {
            Some("boolean") => Kind::Switch,
            Some("integer") => Kind::Whole,
            Some("number") => Kind::Number,
            Some("string") => Kind::Text,
            Some("array") => Kind::List,
            _ => Kind::Other,
        }
    };
    properties.iter().map(|(name, property)| (name.clone(), kind(property))).collect()
}

/// Reads parameters as the contract does (section 2): numbers and switches may be text, what has the wrong type
/// counts as absent, unknown names are passed over. Each of these is told in a warning.
pub(super) fn coerce(
    entry: &'static Entry,
    params: Map<String, Value>,
) -> Result<(Value, Vec<String>), Error> {
    let known = properties(entry);
    let mut read = Map::new();
    let mut warnings = Vec::new();
    for (name, value) in params {
        let Some(kind) = known.get(&name) else {
            let names: Vec<&str> =
                known.keys().map(String::as_str).chain(["profile", "targetId", "timeoutMs"]).collect();
            let meant =
                nearest(&name, &names).map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
            warnings.push(format!("unknown field \"{name}\" was ignored{meant}"));
            continue;
        };
        // A ref of the wrong type must not count as none: the act would do something else.
        let value = if name == "ref" && value.is_number() { value.to_string().into() } else { value };
        match coerced(*kind, &value) {
            Some(value) => drop(read.insert(name, value)),
            None if value.is_null() => {}
            // Only a snapshot's numbers are never refused (contract 2).
            None if matches!(kind, Kind::Whole | Kind::Number) && entry.route != Route::Get("/snapshot") => {
                let code = if matches!(entry.route, Route::Act(_)) {
                    Code::ActInvalidRequest
                } else {
                    Code::InvalidRequest
                };
                let wanted = match (*kind == Kind::Number, name.as_str()) {
                    (true, _) => "a finite number",
                    (false, "maxChars") => "a positive integer",
                    (false, _) => "a non-negative integer",
                };
                let message = format!("{name} must be {wanted}.");
                return Err(Error::field(code, &name, message));
            }
            None => warnings.push(format!("field \"{name}\" has the wrong type and was ignored")),
        }
    }
    Ok((Value::Object(read), warnings))
}

/// A switch, also written as a number or as text.
pub(super) fn switch(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(switch) => Some(*switch),
        Value::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn coerced(kind: Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Switch, value) => switch(value).map(Into::into),
        (Kind::Whole, value) => whole(value).map(Into::into),
        (Kind::Number, Value::Number(_)) => Some(value.clone()),
        (Kind::Number, Value::String(text)) => {
            let number = text.trim().parse().ok().and_then(serde_json::Number::from_f64);
            number.map(Value::Number)
        }
        (Kind::Text, Value::String(_)) | (Kind::List, Value::Array(_)) => Some(value.clone()),
        // A query has no types: what looks like a number may be meant as text.
        (Kind::Other, value) if !value.is_null() => Some(value.clone()),
        _ => None,
    }
}

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
    fn values_are_read_as_the_contract_reads_them() {
        let check = |name: &str, params: Value, expected: Value, warnings: usize| {
            let entry = registry::find(name).expect("an operation");
            let (read, told) = coerce(entry, object(params)).expect("readable");
            assert_eq!((read, told.len()), (expected, warnings), "{told:?}");
        };
        check(
            "click",
            json!({"ref": "e1", "doubleClick": "yes"}),
            json!({"ref": "e1", "doubleClick": true}),
            0,
        );
        check(
            "click",
            json!({"ref": 5, "doubleClick": "maybe", "delayMs": "20"}),
            json!({"ref": "5", "delayMs": 20}),
            1,
        );
        check("resize", json!({"width": "700", "height": 300}), json!({"width": 700, "height": 300}), 0);
        check("snapshot", json!({"maxChars": "abc", "interactive": 1}), json!({"interactive": true}), 1);
        check("type", json!({"text": 12, "ref": "e1"}), json!({"ref": "e1"}), 1);
        let entry = registry::find("click").expect("an operation");
        let (_, told) = coerce(entry, object(json!({"dubleClick": true}))).expect("readable");
        assert_eq!(told, ["unknown field \"dubleClick\" was ignored; did you mean \"doubleClick\"?"]);
        let error = coerce(entry, object(json!({"delayMs": 1.5}))).expect_err("no whole number");
        assert_eq!(
            (error.message.as_str(), error.code),
            ("delayMs must be a non-negative integer.", Code::ActInvalidRequest)
        );
    }

    #[test]
    fn the_scope_is_taken_out_and_the_query_wins() {
        let query = object(json!({"profile": " a ", "limit": "3", "managedOnly": "yes"}));
        let body = object(json!({"profile": "b", "targetId": null, "timeoutMs": "700", "x": 1}));
        let (scope, rest) = split(query, body).expect("readable");
        assert_eq!(
            scope,
            Scope { profile: Some("a".into()), target_id: None, timeout_ms: Some(700), managed_only: true }
        );
        assert_eq!(Value::Object(rest), json!({"limit": "3", "x": 1}));
        let target = |value: Value| split(Map::new(), object(json!({"targetId": value})));
        assert_eq!(target(json!(2)).expect("readable").0.target_id.as_deref(), Some("2"));
        for bad in [json!(["t1"]), json!({"a": 1}), json!(true)] {
            assert_eq!(target(bad).expect_err("no name").field.as_deref(), Some("targetId"));
        }
        for bad in [json!(0), json!(-5), json!("x"), json!(1.5), json!(true)] {
            let error = split(Map::new(), object(json!({"timeoutMs": bad}))).expect_err("no timeout");
            assert_eq!(error.message, "timeoutMs must be a positive integer.");
        }
    }

    #[test]
    fn paths_find_operations() {
        let found = |verb, path: &str, body: Value| {
            route(verb, path, Map::new(), object(body))
                .ok()
                .map(|(entry, _, body)| (entry.name, Value::Object(body)))
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
