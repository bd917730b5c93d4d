//! Closed shapes of JSON objects, and the sentence that says where a value breaks one.
//! It must not know what any field means. Pure.
//!
//! The sentences are those of the existing gateway, whose clients show them.

use serde_json::Value;

/// A field of a closed object.
#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    is_required: bool,
    kind: Kind,
}

/// What a field may hold.
#[derive(Debug)]
pub(super) enum Kind {
    /// Anything.
    Any,
    /// A whole number, 1 or more.
    Count,
    /// Text of at most so many bytes.
    Text(usize),
    /// Text that is not empty.
    Filled,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// An object of flags.
    Flags,
    /// A closed object.
    Object(&'static [Field]),
}

/// Text without a limit of its own; the frame's limit holds.
pub(super) const TEXT: Kind = Kind::Text(usize::MAX);

impl Field {
    /// A field that must be there.
    pub(super) const fn required(name: &'static str, kind: Kind) -> Self {
        Self { name, is_required: true, kind }
    }

    /// A field that may be there.
    pub(super) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, is_required: false, kind }
    }
}

/// Checks that `value` is an object of exactly these fields.
///
/// # Errors
/// The first fault, as a sentence.
pub(super) fn check(value: &Value, fields: &[Field]) -> Result<(), String> {
    check_object("", value, fields)
}

fn check_object(path: &str, value: &Value, fields: &[Field]) -> Result<(), String> {
    let Value::Object(entries) = value else { return Err(at(path, "must be object")) };
    if let Some(missing) = fields.iter().find(|field| field.is_required && !entries.contains_key(field.name))
    {
        return Err(at(path, &format!("must have required property '{}'", missing.name)));
    }
    if let Some(unknown) = entries.keys().find(|key| fields.iter().all(|field| field.name != key.as_str())) {
        let place = if path.is_empty() { "at root".to_owned() } else { format!("at {path}") };
        return Err(format!("{place}: unexpected property '{}'", shorten(unknown)));
    }
    for field in fields {
        if let Some(value) = entries.get(field.name) {
            check_kind(&format!("{path}/{}", field.name), value, &field.kind)?;
        }
    }
    Ok(())
}

fn check_kind(path: &str, value: &Value, kind: &Kind) -> Result<(), String> {
    match kind {
        Kind::Any => Ok(()),
        Kind::Count => match value.as_u64() {
            Some(0) => Err(at(path, "must be >= 1")),
            Some(_) => Ok(()),
            None => Err(at(path, "must be integer")),
        },
        Kind::Text(most) => check_text(path, value, 0, *most),
        Kind::Filled => check_text(path, value, 1, usize::MAX),
        Kind::OneOf(words) => match value.as_str() {
            Some(word) if words.contains(&word) => Ok(()),
            _ => Err(at(path, "must be equal to one of the allowed values")),
        },
        Kind::Texts => {
            let items = value.as_array().ok_or_else(|| at(path, "must be array"))?.iter().enumerate();
            items
                .into_iter()
                .try_for_each(|(n, item)| check_text(&format!("{path}/{n}"), item, 0, usize::MAX))
        }
        Kind::Flags => {
            let entries = value.as_object().ok_or_else(|| at(path, "must be object"))?;
            entries.iter().try_for_each(|(name, flag)| check_flag(&format!("{path}/{}", shorten(name)), flag))
        }
        Kind::Object(fields) => check_object(path, value, fields),
    }
}

fn check_flag(path: &str, value: &Value) -> Result<(), String> {
    if value.is_boolean() { Ok(()) } else { Err(at(path, "must be boolean")) }
}

fn check_text(path: &str, value: &Value, least: usize, most: usize) -> Result<(), String> {
    match value.as_str().map(str::len) {
        None => Err(at(path, "must be string")),
        Some(length) if length < least => {
            Err(at(path, &format!("must NOT have fewer than {least} characters")))
        }
        Some(length) if length > most => Err(at(path, &format!("must NOT have more than {most} characters"))),
        Some(_) => Ok(()),
    }
}

fn at(path: &str, fault: &str) -> String {
    if path.is_empty() { fault.to_owned() } else { format!("at {path}: {fault}") }
}

/// A name that a client made up, for an error text, not endless.
fn shorten(name: &str) -> &str {
    &name[..name.floor_char_boundary(60)]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: &[Field] = &[
        Field::required("id", Kind::Filled),
        Field::optional("kind", Kind::OneOf(&["a", "b"])),
        Field::optional("count", Kind::Count),
        Field::optional("note", Kind::Text(4)),
        Field::optional("list", Kind::Texts),
        Field::optional("flags", Kind::Flags),
        Field::optional("any", Kind::Any),
        Field::optional("inner", Kind::Object(&[Field::required("on", Kind::Count)])),
    ];

    #[test]
    fn the_first_fault_is_told_with_its_place() {
        let long = "x".repeat(100);
        for (value, fault) in [
            (json!({"id": "1"}), ""),
            (json!({"id": "1", "kind": "a", "count": 1, "note": "four", "list": ["x"], "any": 1}), ""),
            (json!({"id": "1", "flags": {"x": true}, "inner": {"on": 1}}), ""),
            (json!([]), "must be object"),
            (json!({}), "must have required property 'id'"),
            (json!({"id": ""}), "at /id: must NOT have fewer than 1 characters"),
            (json!({"id": 1}), "at /id: must be string"),
            (json!({"id": "1", "bogus": 1}), "at root: unexpected property 'bogus'"),
            (json!({"id": "1", &long: 1}), &format!("at root: unexpected property '{}'", &long[..60])),
            (json!({"id": "1", "kind": "c"}), "at /kind: must be equal to one of the allowed values"),
            (json!({"id": "1", "kind": 3}), "at /kind: must be equal to one of the allowed values"),
            (json!({"id": "1", "count": 0}), "at /count: must be >= 1"),
            (json!({"id": "1", "count": 1.5}), "at /count: must be integer"),
            (json!({"id": "1", "count": -1}), "at /count: must be integer"),
            (json!({"id": "1", "note": "fives"}), "at /note: must NOT have more than 4 characters"),
            (json!({"id": "1", "list": "x"}), "at /list: must be array"),
            (json!({"id": "1", "list": ["x", 2]}), "at /list/1: must be string"),
            (json!({"id": "1", "flags": {"x": 1}}), "at /flags/x: must be boolean"),
            (json!({"id": "1", "inner": {}}), "at /inner: must have required property 'on'"),
            (json!({"id": "1", "inner": {"on": 1, "x": 1}}), "at /inner: unexpected property 'x'"),
            (json!({"id": "1", "inner": {"on": 0}}), "at /inner/on: must be >= 1"),
        ] {
            assert_eq!(check(&value, SHAPE).err().unwrap_or_default(), fault, "{value}");
        }
    }
}
