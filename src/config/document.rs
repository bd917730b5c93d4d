//! JSON5 text as a tree that keeps the order of keys. It must not know what any key means. Pure.

use jsonc_parser::ast::Value;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// A value of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// A place where the text is not JSON5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

impl From<ParseError> for SyntaxError {
    fn from(error: ParseError) -> Self {
        let message = error.kind().to_string().to_lowercase();
        Self { line: error.line_display(), column: error.column_display(), message }
    }
}

impl Node {
    /// The type's name as the existing system's errors write it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The value of a key, the last one when it stands twice, as JSON5 has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// JSON5, no more: the parser would also let commas be left out.
pub(super) fn options() -> ParseOptions {
    ParseOptions { allow_missing_commas: false, ..ParseOptions::default() }
}

/// The text without a byte order mark, which some editors put first.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads JSON5; a file without any value is an empty object.
pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let parsed = parse_to_ast(without_mark(text), &CollectOptions::default(), &options())?;
    Ok(parsed.value.map_or_else(|| Node::Object(Vec::new()), convert))
}

fn convert(value: Value<'_>) -> Node {
    match value {
        Value::NullKeyword(_) => Node::Null,
        Value::BooleanLit(literal) => Node::Bool(literal.value),
        Value::NumberLit(literal) => Node::Number(number(literal.value)),
        Value::StringLit(literal) => Node::Text(literal.value.into_owned()),
        Value::Array(array) => Node::List(array.elements.into_iter().map(convert).collect()),
        Value::Object(object) => {
            let entry = |property: jsonc_parser::ast::ObjectProp<'_>| {
                (property.name.clone().into_string(), convert(property.value))
            };
            Node::Object(object.properties.into_iter().map(entry).collect())
        }
    }
}

/// The number that a JSON5 literal means; Rust reads all of them but hexadecimal ones.
#[expect(clippy::cast_precision_loss, reason = "JSON numbers are doubles; no setting of ours is near 2^53")]
fn number(literal: &str) -> f64 {
    let (sign, digits) = match literal.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, literal.trim_start_matches('+')),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let size = match hexadecimal {
        Some(digits) => u64::from_str_radix(digits, 16).map_or(f64::NAN, |number| number as f64),
        None => digits.parse().unwrap_or(f64::NAN),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json5_is_read_in_order() {
        let text = "\u{feff}// hi\n{ b: 1, 'a': [.5, +2, 0x10, -0xF, 1e3, null,], \"c\": 'it\\'s', /* x */ d: true, }\n";
        let list =
            [0.5, 2.0, 16.0, -15.0, 1000.0].map(Node::Number).into_iter().chain([Node::Null]).collect();
        let entry = |key: &str, node| (key.to_owned(), node);
        let expected = Node::Object(vec![
            entry("b", Node::Number(1.0)),
            entry("a", Node::List(list)),
            entry("c", Node::Text("it's".to_owned())),
            entry("d", Node::Bool(true)),
        ]);
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse(" // nothing\n").unwrap(), Node::Object(vec![]));
    }

    #[test]
    fn syntax_errors_have_a_place() {
        for (text, line, column) in [
            ("{\n  a: 1\n  b: 2\n}", 2, 7),
            ("{ a: }", 1, 6),
            ("{\n  a: 'x\n", 2, 6),
            ("{} {}", 1, 4),
            ("{", 1, 1),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{text:?}: {}", error.message);
        }
        assert!(parse(&"[".repeat(100_000)).unwrap_err().message.contains("depth"));
    }
}
