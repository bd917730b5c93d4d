//! Reading the values of a request as leniently as the contract demands. What a lenient reading passed over is told
//! in warnings.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::registry::{ALL, Entry};
use super::{Code, Error, Route};
use crate::nearest::nearest;

pub(super) fn positive(value: &Value) -> Option<u64> {
    whole(value).filter(|number| *number > 0)
}

/// A whole number, also written as text.
pub(super) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What kind of value a parameter takes, as far as leniency goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Whole,
    Number,
    Text,
    /// One of these words.
    Choice(Vec<String>),
    List,
    Other,
}

impl Kind {
    /// Whether a value is none of the words that there are to choose from.
    fn has_no_word(&self, value: &Value) -> bool {
        matches!(self, Self::Choice(words) if !words.iter().any(|word| value == word))
    }

    fn complaint(&self) -> String {
        match self {
            Self::Choice(words) => format!("must be {} ", words.join(" or ")),
            Self::Switch | Self::Whole | Self::Number | Self::Text | Self::List | Self::Other => {
                "has the wrong type ".to_owned()
            }
        }
    }
}

/// A parameter: what it takes, and the names inside it when it takes objects.
pub(super) struct Property {
    kind: Kind,
    inside: Vec<String>,
}

impl Property {
    /// What is misspelt inside a value of it.
    fn misspelt(&self, at: &str, value: &Value) -> Vec<String> {
        let names: Vec<&str> = self.inside.iter().map(String::as_str).collect();
        match value {
            Value::Object(map) if !names.is_empty() => {
                let unknown = map.keys().filter(|name| !names.contains(&name.as_str()));
                unknown.map(|name| unknown_field(&format!("{at}."), name, &names)).collect()
            }
            Value::Array(list) => {
                let items = list.iter().enumerate();
                items.flat_map(|(place, item)| self.misspelt(&format!("{at}[{place}]"), item)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Vec::new()
            }
        }
    }
}

/// A name that nothing is known by, and the one that was probably meant.
fn unknown_field(within: &str, name: &str, names: &[&str]) -> String {
    let meant = nearest(name, names).map(|n| format!("; did you mean \"{within}{n}\"?")).unwrap_or_default();
    format!("unknown field \"{within}{name}\" was ignored{meant}")
}

/// The parameters of an operation, by name.
pub(super) fn properties(entry: &'static Entry) -> &'static BTreeMap<String, Property> {
    static TABLES: OnceLock<BTreeMap<&'static str, BTreeMap<String, Property>>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| ALL.iter().map(|entry| (entry.name, kinds_of(entry))).collect());
    &tables[entry.name]
}

/// The names of the object that a schema is of, be it optional or in a list.
fn inside(property: &Value, definitions: &Value) -> Vec<String> {
    let places = ["/$ref", "/anyOf/0/$ref", "/items/$ref"];
    let reference = places.iter().find_map(|place| property.pointer(place)?.as_str());
    let name = reference.and_then(|reference| reference.strip_prefix("#/$defs/"));
    let object = name.and_then(|name| definitions[name]["properties"].as_object());
    object.map(|names| names.keys().cloned().collect()).unwrap_or_default()
}

fn kinds_of(entry: &Entry) -> BTreeMap<String, Property> {
    let schema = (entry.schema)();
    let definitions = schema.get("$defs").unwrap_or(&Value::Null);
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let kind = |property: &Value| {
        let first = match property.get("type") {
            Some(Value::Array(types)) => types.first().and_then(Value::as_str),
            Some(single) => single.as_str(),
            None => None,
        };
        let words = property.get("enum").and_then(Value::as_array);
        if let (Some(words), Some("string")) = (words, first) {
            return Kind::Choice(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        match first {
            Some("boolean") => Kind::Switch,
            Some("integer") => Kind::Whole,
            Some("number") => Kind::Number,
            Some("string") => Kind::Text,
            Some("array") => Kind::List,
            _ => Kind::Other,
        }
    };
    let read = |property| Property { kind: kind(property), inside: inside(property, definitions) };
    properties.iter().map(|(name, property)| (name.clone(), read(property))).collect()
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
        let Some(property) = known.get(&name) else {
            let names: Vec<&str> =
                known.keys().map(String::as_str).chain(["profile", "targetId", "timeoutMs"]).collect();
            warnings.push(unknown_field("", &name, &names));
            continue;
        };
        let kind = &property.kind;
        warnings.extend(property.misspelt(&name, &value));
        // A ref of the wrong type must not count as none: the act would do something else.
        let value = if name == "ref" && value.is_number() { value.to_string().into() } else { value };
        match coerced(kind, &value) {
            // Queries are read leniently (contract 2), and so is what an act waits for (8.2); what another body says
            // wrong, the operation answers.
            Some(value)
                if kind.has_no_word(&value) && matches!(entry.route, Route::Get(_) | Route::Act(_)) =>
            {
                warnings.push(format!("field \"{name}\" {}and was ignored", kind.complaint()));
            }
            Some(value) => drop(read.insert(name, value)),
            None if value.is_null() => {}
            // Only a snapshot's numbers are never refused (contract 2).
            None if matches!(kind, Kind::Whole | Kind::Number) && entry.route != Route::Get("/snapshot") => {
                let code = if matches!(entry.route, Route::Act(_)) {
                    Code::ActInvalidRequest
                } else {
                    Code::InvalidRequest
                };
                let message = match (*kind == Kind::Number, name.as_str()) {
                    (true, _) => format!("{name} must be a finite number."),
                    (false, "maxChars") => "maxChars must be a positive integer.".to_owned(),
                    (false, "width" | "height") => "resize requires positive width and height".to_owned(),
                    (false, _) => format!("{name} must be a non-negative integer."),
                };
                return Err(Error::field(code, &name, message));
            }
            None => {
                warnings.push(format!("field \"{name}\" {}and was ignored", kind.complaint()));
            }
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

fn coerced(kind: &Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Switch, value) => switch(value).map(Into::into),
        (Kind::Whole, value) => whole(value).map(Into::into),
        (Kind::Number, Value::Number(_)) => Some(value.clone()),
        (Kind::Number, Value::String(text)) => {
            let number = text.trim().parse().ok().and_then(serde_json::Number::from_f64);
            number.map(Value::Number)
        }
        (Kind::Choice(_), Value::String(word)) => Some(word.trim().into()),
        (Kind::Text, Value::String(_)) | (Kind::List, Value::Array(_)) => Some(value.clone()),
        // A query has no types: what looks like a number may be meant as text.
        (Kind::Other, value) if !value.is_null() => Some(value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::registry;
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
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
}
