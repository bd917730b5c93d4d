//! What a call is about, whatever it asks: the profile, the tab, the lease, and its time.

use serde_json::{Map, Value};

use super::coerce::{positive, switch};
use super::registry::Entry;
use super::slip::Slip;
use super::{Code, Error, Reach, Route, Scope};

/// The largest `timeoutMs` (contract 2).
const LONGEST_TIMEOUT: u64 = (1 << 31) - 1;

/// What a request says of its scope; here the query wins over the body, elsewhere the body does.
const NAMES: &[&str] = &["profile", "targetId", "lease", "fence", "timeoutMs", "managedOnly"];

/// What the query and the body say differently.
pub(super) fn said_twice(query: &Map<String, Value>, body: &Map<String, Value>) -> Vec<Slip> {
    // A query has no types.
    let text =
        |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned());
    let differs = |(name, one): &(&String, &Value)| {
        body.get(*name).is_some_and(|other| !other.is_null() && text(other) != text(one))
    };
    let slip = |(name, _): (&String, &Value)| {
        let (counts, other) =
            if NAMES.contains(&name.as_str()) { ("query", "body") } else { ("body", "query") };
        Slip::counts_as(name, format!("the {counts} has it"), format!("the {other} says something else"))
    };
    query.iter().filter(differs).map(slip).collect()
}

/// Takes the scope out of a request for an operation.
pub(super) fn of(
    entry: &Entry,
    query: Map<String, Value>,
    body: Map<String, Value>,
) -> Result<(Scope, Map<String, Value>), Error> {
    split(query, body).map_err(|error| {
        // The contract counts the time among the fields of an act.
        let is_time = matches!(entry.route, Route::Act(_)) && error.field.as_deref() == Some("timeoutMs");
        Error { code: if is_time { Code::ActInvalidRequest } else { error.code }, ..error }
    })
}

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
    let lease = named("lease", take("lease"))?;
    let fence = "fence must be a positive integer, as the lease has it";
    let fence = read("fence", take("fence"), positive, fence)?;
    let timeout_ms = "timeoutMs must be a positive integer.";
    let timeout_ms = read("timeoutMs", take("timeoutMs"), positive, timeout_ms)?;
    // What keeps a call from other people's browsers must not count as nothing, either.
    let managed_only = "managedOnly must be true or false";
    let managed_only = read("managedOnly", take("managedOnly"), switch, managed_only)?.unwrap_or(false);
    for (key, value) in query {
        if body.get(&key).is_none_or(Value::is_null) {
            body.insert(key, value);
        }
    }
    let timeout_ms = timeout_ms.map(|timeout| timeout.min(LONGEST_TIMEOUT));
    Ok((Scope { profile, target_id, lease, fence, timeout_ms, managed_only, ..Scope::default() }, body))
}

/// A field that is read in one way or refused with these words; null counts as absent.
fn read<T>(
    field: &str,
    value: Option<Value>,
    reads: impl Fn(&Value) -> Option<T>,
    expected: &str,
) -> Result<Option<T>, Error> {
    let wrong = || Error::field(Code::InvalidRequest, field, expected);
    value.filter(|value| !value.is_null()).map(|value| reads(&value).ok_or_else(wrong)).transpose()
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

/// A profile, a tab or a lease that is named where none is meant.
pub(super) fn without_meaning(entry: &Entry, scope: &Scope) -> impl Iterator<Item = Slip> {
    let profile = scope.profile.is_some() && matches!(entry.reach, Reach::Service | Reach::Lease);
    let tab = scope.target_id.is_some() && entry.reach != Reach::Tab;
    let lease = scope.lease.is_some() && entry.reach == Reach::Service;
    let named = [("profile", profile), ("targetId", tab), ("lease", lease)];
    let idle = named.into_iter().filter(|(_, is_idle)| *is_idle);
    idle.map(|(field, _)| Slip::wrong(field, format!("means nothing to {}", entry.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn the_scope_is_taken_out_and_the_query_wins() {
        let query = object(json!({"profile": " a ", "limit": "3", "managedOnly": "yes"}));
        let body = object(json!({"profile": "b", "targetId": null, "timeoutMs": "700", "x": 1}));
        let (scope, rest) = split(query, body).expect("readable");
        assert_eq!(
            scope,
            Scope {
                profile: Some("a".into()),
                timeout_ms: Some(700),
                managed_only: true,
                ..Scope::default()
            }
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
}
