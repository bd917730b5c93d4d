//! What a page says must never be taken for a line, a mark or a ref of ours: when it could be, and how it is quoted
//! then. It knows how lines begin and end, and writes none.

use std::borrow::Cow;

use super::rendered::quoted;

/// How marks of ours begin that stand in brackets behind an element.
const MARKS: [&str; 14] = [
    "[ref=",
    "[more=",
    "[unseen]",
    "[new]",
    "[aria-hidden]",
    "[cursor=",
    "[active]",
    "[checked",
    "[disabled]",
    "[expanded]",
    "[level=",
    "[pressed",
    "[selected]",
    "[invalid]",
];
/// How lines without a ref begin, other than those of places and headings: counts, signs, gaps, changes.
const BEGINNINGS: [&str; 14] = [
    "... ", "[...", "[iframe ", "+ ", "~ ", "- ", "(link", "([", "((", "(field=", "(- ", "(*", "(no",
    "(omitted",
];
/// How what stands behind a ref begins, other than a plain name.
const SIGNS: [&str; 8] = ["[", "(", "*", "#", "- ", "<", "▸", "▾"];
/// Roles that are said as they are.
const ROLES: [&str; 7] = ["combobox", "listbox", "menuitem", "slider", "spinbutton", "tab", "treeitem"];
/// What is said in brackets at the end of a lean line.
pub(super) const STATES: [&str; 9] = [
    "disabled",
    "open",
    "pressed",
    "half pressed",
    "selected",
    "invalid",
    "focused",
    "aria-hidden",
    "unseen",
];

/// Whether a text mentions a mark of ours.
pub(super) fn mentions_marks(text: &str) -> bool {
    text.contains('[') && MARKS.iter().any(|mark| text.contains(mark))
}

/// A text that is a lean line by itself.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    let is_ours = names_ref(text)
        || is_place(text)
        || text.trim_start_matches('#').len() < text.len() && text.trim_start_matches('#').starts_with(' ')
        || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || ends_in_states(text);
    quoted_if(is_ours, text)
}

/// A name behind a ref, where a sign or another kind of line could stand, too.
pub(super) fn bare_name(name: &str) -> Cow<'_, str> {
    let is_role = ROLES.iter().any(|role| name.strip_prefix(role).is_some_and(|rest| rest.starts_with(' ')));
    let is_led = name.ends_with('>') && name.contains(" <");
    let is_signed = SIGNS.iter().any(|sign| name.starts_with(sign));
    quoted_if(is_role || is_led || is_signed || name.contains('=') || ends_in_states(name), name)
}

/// A name behind a sign that it cannot change, and before an end that it could.
pub(super) fn signed_name<'a>(name: &'a str, end: &str) -> Cow<'a, str> {
    quoted_if(ends_in_states(name) || (!end.is_empty() && name.contains(end)), name)
}

/// Where something leads, in one word.
pub(super) fn address(url: &str) -> Cow<'_, str> {
    let is_odd = |c: char| c.is_whitespace() || is_unprinted(c);
    let forges = mentions_marks(url);
    if !forges && !url.contains(|c: char| is_odd(c) || c == '>') {
        return Cow::Borrowed(url);
    }
    let encode = |c: char| {
        let bytes = c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        if is_odd(c) || c == '>' || (forges && c == '[') { bytes } else { c.to_string() }
    };
    Cow::Owned(url.chars().map(encode).collect())
}

/// Whether a character is no part of a line: it ends one for some readers, or moves what is printed.
pub(super) fn is_unprinted(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn quoted_if(is_ours: bool, text: &str) -> Cow<'_, str> {
    if is_ours { Cow::Owned(quoted(text)) } else { Cow::Borrowed(text) }
}

/// Whether the first word is a ref, such as `e12` or `f1e12`.
fn names_ref(text: &str) -> bool {
    let word = text.split([' ', ':', ',']).next().unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((frame, number)) = word.split_once('e') else { return false };
    digits(number) && (frame.is_empty() || frame.strip_prefix('f').is_some_and(digits))
}

fn is_place(text: &str) -> bool {
    let rest = text.strip_prefix('<').map(|rest| rest.strip_prefix('/').unwrap_or(rest));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn ends_in_states(text: &str) -> bool {
    let last = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    last.is_some_and(|(_, said)| said.split(", ").all(|word| STATES.contains(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_be_lines_are_quoted() {
        for text in [
            "e12 [Pay]",
            "f1e3",
            "e5: x",
            "<nav Main>",
            "</main>",
            "# Head",
            "## Head",
            "... 5 more of this shape",
            "[...9 nodes",
            "[iframe e3 is]",
            "+ e3 [x]",
            "- e3",
            "(link, [button])",
            "Gone (unseen)",
            "Go (disabled, focused)",
        ] {
            assert_eq!(line(text), quoted(text));
        }
        for text in [
            "Plain",
            "e-mail",
            "e12th",
            "fee1 x",
            "<3",
            "#1 of all",
            "(optional)",
            "-5 %",
            "*required",
            "a (b)",
            "…",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn names_that_could_be_signs_are_quoted() {
        for name in
            ["[Delete]", "(x) Red", "*More", "a=b", "tab One", "Save (disabled)", "Go <http://x/>", "- One"]
        {
            assert_eq!(bare_name(name), quoted(name));
        }
        for name in ["Save", "Table of all", "Vec<T>", "Terms (2024)", "tab", "A [b]"] {
            assert_eq!(bare_name(name), name);
        }
        assert_eq!(
            (signed_name("a] (x)", "]").as_ref(), signed_name("a=b", "]").as_ref()),
            ("\"a] (x)\"", "a=b")
        );
        assert_eq!(address("http://x/ a\ne5 [ref=e9]>"), "http://x/%20a%0Ae5%20%5Bref=e9]%3E");
        assert_eq!(address("http://x/?a[]=1"), "http://x/?a[]=1");
    }
}
