//! When a text must be quoted to stay a YAML string, and how. It knows nothing of snapshots.

use std::borrow::Cow;

use super::forgery::{is_unprinted, mentions_marks};
use super::rendered::quoted;

/// A text in the place of a value: double quotes when needed, or when it would seem to have a mark of ours.
pub(super) fn value(text: &str) -> Cow<'_, str> {
    if needs_quotes(text) || mentions_marks(text) { Cow::Owned(quoted(text)) } else { Cow::Borrowed(text) }
}

/// A text in the place of a key: single quotes when needed, so that the quotes of the name in it can stay.
pub(super) fn key(text: &str) -> Cow<'_, str> {
    if needs_quotes(text) {
        Cow::Owned(format!("'{}'", text.replace('\'', "''")))
    } else {
        Cow::Borrowed(text)
    }
}

fn needs_quotes(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return true };
    // Indicators of YAML 1.2, section 5.3; a hyphen is one before a blank, and looks like one before a digit.
    first.is_whitespace()
        || text.ends_with(char::is_whitespace)
        || "-&*],?!>|@\"'#%[`".contains(first)
        || text.contains(['{', '}', '`'])
        || text.contains(is_unprinted)
        || text.ends_with(':')
        || text.contains(": ")
        || text.contains(" #")
        || is_number(text)
        || is_word(text)
}

/// Words that YAML 1.1 reads as booleans or null.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 10] = ["y", "n", "yes", "no", "true", "false", "on", "off", "null", "~"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    body.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && (text.parse::<f64>().is_ok() || is_radix(body))
        || matches!(body, ".inf" | ".Inf" | ".nan" | ".NaN" | "NaN" | "Infinity")
}

fn is_radix(body: &str) -> bool {
    [("0x", 16), ("0o", 8), ("0b", 2)].iter().any(|(prefix, radix)| {
        body.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(*radix)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_only_when_needed() {
        for plain in [
            "1,200",
            "(",
            "Name",
            "Log in",
            "/auth?r=/",
            "a:b",
            "a#b",
            "A [b]",
            "http://x/",
            "1.2.3",
            "e1",
            "12 px",
        ] {
            assert_eq!(value(plain), plain);
        }
        for odd in [
            "",
            " a",
            "a ",
            "one:",
            "a: b",
            "a #b",
            "#sec",
            "[x]",
            "]",
            ",",
            ") {",
            "} [",
            "`four",
            "'three",
            "\"two",
            "@hello",
            "True",
            "NO",
            "y",
            "Off",
            "NULL",
            "123",
            "-1.2",
            "-",
            "- a",
            "0x1F",
            "1e5",
            "a\nb",
            "*",
            "!",
            "%",
            "| x",
            "x [ref=e9]",
            "x [new]",
            "a\u{2028}b",
            "a\u{85}b",
        ] {
            assert_eq!(value(odd), quoted(odd));
        }
    }

    #[test]
    fn keys_keep_their_double_quotes() {
        assert_eq!(key(r#"button "Dup" [ref=e4]"#), r#"button "Dup" [ref=e4]"#);
        assert_eq!(key(r#"button "It's: x" [ref=e4]"#), r#"'button "It''s: x" [ref=e4]'"#);
        assert_eq!(key(r#"link "{x}""#), r#"'link "{x}"'"#);
    }
}
