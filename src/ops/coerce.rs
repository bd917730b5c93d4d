//! Reading the values of a request as leniently as the contract demands. What a lenient reading passed over is told
//! in warnings.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::registry::{ALL, Entry};
use super::slip::Slip;
use super::{Code, Error, Route};

/// Parameters as the contract reads them.
pub(super) struct Read {
    /// What is left for the operation.
    pub(super) params: Value,
    /// What was passed over.
    pub(super) slips: Vec<Slip>,
    /// What cannot be passed over: without it something else would be done than what was asked.
    pub(super) refused: Option<Error>,
}

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
    fn of(property: &Value) -> Self {
        let first = match property.get("type") {
            Some(Value::Array(types)) => types.first().and_then(Value::as_str),
            Some(single) => single.as_str(),
            None => None,
        };
        let words = property.get("enum").and_then(Value::as_array);
        if let (Some(words), Some("string")) = (words, first) {
            return Self::Choice(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        match first {
            Some("boolean") => Self::Switch,
            Some("integer") => Self::Whole,
            Some("number") => Self::Number,
            Some("string") => Self::Text,
            Some("array") => Self::List,
            _ => Self::Other,
        }
    }

    /// Whether a value is none of the words that there are to choose from.
    fn has_no_word(&self, value: &Value) -> bool {
        matches!(self, Self::Choice(words) if !words.iter().any(|word| value == word))
    }

    /// What a value must be, and what this one is. The value itself may be a secret.
    fn requirement(&self, value: &Value) -> String {
        let wanted = match self {
            Self::Choice(words) => return format!("must be {}", words.join(" or ")),
            Self::Switch => return "must be true or false".to_owned(),
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::List => "a list",
            Self::Other => "of another type",
        };
        let got = match value {
            // A text may say a number, and in a query nothing else can.
            Value::String(_) if matches!(self, Self::Whole | Self::Number) => {
                return format!("must be {wanted}");
            }
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        format!("must be {wanted}, not {got}")
    }
}

/// A parameter: what it takes, and what is inside it when it takes objects.
pub(super) struct Property {
    kind: Kind,
    inside: BTreeMap<String, Kind>,
}

impl Property {
    /// What is passed over inside a value of it.
    fn slips(&self, at: &str, value: &Value) -> Vec<Slip> {
        let names: Vec<&str> = self.inside.keys().map(String::as_str).collect();
        let slip = |(name, value): (&String, &Value)| match self.inside.get(name) {
            None => Some(Slip::unknown(name, &names)),
            Some(kind) => (value.is_string() && kind.has_no_word(value))
                .then(|| Slip::wrong(name, kind.requirement(value))),
        };
        match value {
            Value::Object(map) if !names.is_empty() => {
                map.iter().filter_map(slip).map(|slip| slip.within(at)).collect()
            }
            Value::Array(list) => {
                let items = list.iter().enumerate();
                items.flat_map(|(place, item)| self.slips(&format!("{at}[{place}]"), item)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Vec::new()
            }
        }
    }
}

/// The parameters of an operation, by name.
pub(super) fn properties(entry: &'static Entry) -> &'static BTreeMap<String, Property> {
    static TABLES: OnceLock<BTreeMap<&'static str, BTreeMap<String, Property>>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| ALL.iter().map(|entry| (entry.name, kinds_of(entry))).collect());
    &tables[entry.name]
}

/// What is in the object that a schema is of, be it optional or in a list.
fn inside(property: &Value, definitions: &Value) -> BTreeMap<String, Kind> {
    let places = ["/$ref", "/anyOf/0/$ref", "/items/$ref"];
    let reference = places.iter().find_map(|place| property.pointer(place)?.as_str());
    let name = reference.and_then(|reference| reference.strip_prefix("#/$defs/"));
    let object = name.and_then(|name| definitions[name]["properties"].as_object());
    object.into_iter().flatten().map(|(name, property)| (name.clone(), Kind::of(property))).collect()
}

fn kinds_of(entry: &Entry) -> BTreeMap<String, Property> {
    let schema = (entry.schema)();
    let definitions = schema.get("$defs").unwrap_or(&Value::Null);
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let read = |property| Property { kind: Kind::of(property), inside: inside(property, definitions) };
    properties.iter().map(|(name, property)| (name.clone(), read(property))).collect()
}

/// Reads parameters as the contract does (section 2): numbers and switches may be text, unknown names and wrong
/// switches are passed over, and so are wrong words and numbers of those that only look. Any other value of the wrong
/// type is refused: numbers at once, the rest when the operation itself has nothing to say of it.
pub(super) fn coerce(entry: &'static Entry, params: Map<String, Value>) -> Result<Read, Error> {
    let known = properties(entry);
    let (mut read, mut slips, mut refused) = (Map::new(), Vec::new(), None);
    for (name, value) in params {
        let Some(property) = known.get(&name) else {
            let names: Vec<&str> =
                known.keys().map(String::as_str).chain(["profile", "targetId", "timeoutMs"]).collect();
            slips.push(Slip::unknown(&name, &names));
            continue;
        };
        let kind = &property.kind;
        slips.extend(property.slips(&name, &value));
        let value = if counts_as_text(entry, &name, &value) { value.to_string().into() } else { value };
        match coerced(kind, &value) {
            // Queries are read leniently (contract 2), and so is what an act waits for (8.2); what another body says
            // wrong, the operation answers.
            Some(value)
                if kind.has_no_word(&value) && matches!(entry.route, Route::Get(_) | Route::Act(_)) =>
            {
                slips.push(Slip::wrong(&name, kind.requirement(&value)));
            }
            Some(value) => drop(read.insert(name, value)),
            None if value.is_null() => {}
            None if entry.route == Route::Post("/storage/:kind/set") && name == "value" => {
                slips.push(Slip::counts_as(&name, "\"\"", format!("it {}", kind.requirement(&value))));
            }
            None if is_forgiven(entry, kind) => {
                slips.push(Slip::wrong(&name, kind.requirement(&value)));
            }
            None if matches!(kind, Kind::Whole | Kind::Number) => {
                return Err(refusal(entry, kind, &name, &value));
            }
            None => {
                slips.push(Slip::wrong(&name, kind.requirement(&value)));
                refused.get_or_insert_with(|| refusal(entry, kind, &name, &value));
            }
        }
    }
    Ok(Read { params: Value::Object(read), slips, refused })
}

/// A ref may be a bare number (contract 7.6), and a query has no types.
fn counts_as_text(entry: &Entry, name: &str, value: &Value) -> bool {
    let is_query = matches!(entry.route, Route::Get(_) | Route::Delete(_));
    let is_ref = name == "ref" || name.ends_with("Ref");
    (value.is_number() && (is_ref || is_query)) || (value.is_boolean() && is_query)
}

/// Whether a wrong value of this kind counts as none: switches everywhere, a query's words, a snapshot's numbers
/// (contract 2), and the word that a wait takes (8.2).
fn is_forgiven(entry: &Entry, kind: &Kind) -> bool {
    match kind {
        Kind::Switch => true,
        Kind::Choice(_) => matches!(entry.route, Route::Get(_) | Route::Act(_)),
        Kind::Whole | Kind::Number => entry.route == Route::Get("/snapshot"),
        Kind::Text | Kind::List | Kind::Other => false,
    }
}

fn refusal(entry: &Entry, kind: &Kind, name: &str, value: &Value) -> Error {
    let is_act = matches!(entry.route, Route::Act(_));
    let code = if is_act { Code::ActInvalidRequest } else { Code::InvalidRequest };
    let message = match (kind, name) {
        (Kind::Number, _) => format!("{name} must be a finite number."),
        (Kind::Whole, "maxChars") => "maxChars must be a positive integer.".to_owned(),
        (Kind::Whole, "width" | "height") => "resize requires positive width and height".to_owned(),
        (Kind::Whole, _) => format!("{name} must be a non-negative integer."),
        (kind, _) => format!("{name} {}", kind.requirement(value)),
    };
    Error::field(code, name, message)
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
        let check = |name: &str, params: Value, expected: Value, slipped: usize| {
            let entry = registry::find(name).expect("an operation");
            let Read { params, slips, refused } = coerce(entry, object(params)).expect("readable");
            assert!(refused.is_none(), "{refused:?}");
            assert_eq!((params, slips.len()), (expected, slipped), "{slips:?}");
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
        let read = |name, params| coerce(registry::find(name).expect("an operation"), object(params));
        let number = read("click", json!({"delayMs": 1.5})).err().expect("no whole number");
        assert_eq!(
            (number.message.as_str(), number.code),
            ("delayMs must be a non-negative integer.", Code::ActInvalidRequest)
        );
        let read = |name, params| read(name, params).expect("readable");
        let told = read("click", json!({"dubleClick": true})).slips.into_iter().map(|slip| slip.warning());
        assert_eq!(
            told.collect::<Vec<_>>(),
            ["unknown field \"dubleClick\" was ignored; did you mean \"doubleClick\"?"]
        );
        for (name, params, message) in [
            ("click", json!({"modifiers": "Shift"}), "modifiers must be a list, not a string"),
            ("type", json!({"text": 12}), "text must be a string, not a number"),
        ] {
            let error = read(name, params).refused.expect("a refusal");
            assert_eq!((error.message.as_str(), error.code), (message, Code::ActInvalidRequest));
        }
    }
}
