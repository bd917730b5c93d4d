//! From a request's path to the names to open below the root; pure.
//! It must not touch the file system: whether the names exist is for `files` to find out.

/// Where the root is mounted.
/// Where the canvas folder is served.
pub const MOUNT: &str = "/__openclaw__/canvas/";

/// A place below the root: plain names, none of which can climb.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Names from the root downwards; none for the root itself.
    pub(super) names: Vec<String>,
    /// The path ended in a slash, so that only a directory fits.
    pub(super) is_directory: bool,
}

/// Reads a request's path as it came over the wire (still percent-encoded). `None` for a path outside the mount and
/// for one that is not plain.
///
/// A name is decoded once and then taken literally, so a doubly encoded `%252e` is a file called `%2e`, nothing more.
pub(super) fn place(path: &str) -> Option<Place> {
    let below = match path.strip_prefix(MOUNT) {
        Some(below) => below,
        None if Some(path) == MOUNT.strip_suffix('/') => "",
        None => return None,
    };
    let (below, is_directory) = match below.strip_suffix('/') {
        Some(stem) if !stem.is_empty() => (stem, true),
        _ => (below, below.is_empty()),
    };
    if below.is_empty() {
        return Some(Place { names: Vec::new(), is_directory });
    }
    let names = below.split('/').map(name).collect::<Option<Vec<_>>>()?;
    Some(Place { names, is_directory })
}

/// One decoded name, or `None` when it is empty, climbs, or holds a separator or a control character.
fn name(encoded: &str) -> Option<String> {
    let name = String::from_utf8(decoded(encoded.as_bytes())?).ok()?;
    let climbs = matches!(name.as_str(), "" | "." | "..");
    let strange = name.contains(|c: char| matches!(c, '/' | '\\') || c.is_control());
    (!climbs && !strange).then_some(name)
}

/// Percent-decoding, once; `None` for a `%` without two hex digits.
fn decoded(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((first, rest)) = text.split_first() {
        text = rest;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, rest) = text.split_first_chunk::<2>()?;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(digit(digits[0])? << 4 | digit(digits[1])?);
        text = rest;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<(&[&str], bool)>) {
        let place = place(path);
        let seen = place
            .as_ref()
            .map(|place| (place.names.iter().map(String::as_str).collect(), place.is_directory));
        assert_eq!(seen, expected.map(|(names, is_directory)| (names.to_vec(), is_directory)), "{path}");
    }

    #[test]
    fn plain_paths() {
        check("/__openclaw__/canvas", Some((&[], true)));
        check("/__openclaw__/canvas/", Some((&[], true)));
        check("/__openclaw__/canvas/a.html", Some((&["a.html"], false)));
        check("/__openclaw__/canvas/a/b/", Some((&["a", "b"], true)));
        check("/__openclaw__/canvas/b%C3%BCcher%20%26.html", Some((&["bücher &.html"], false)));
        check("/__openclaw__/canvas/100%25+1", Some((&["100%+1"], false)));
        check("/__openclaw__/canvas/...", Some((&["..."], false)));
        check("/__openclaw__/canvas/%252e%252e%252fx", Some((&["%2e%2e%2fx"], false)));
    }

    #[test]
    fn paths_that_climb_or_are_strange() {
        for below in [
            "..",
            "../",
            "../x",
            "a/../x",
            ".",
            "./x",
            "a/.",
            "%2e",
            "%2e%2e",
            "%2E%2e/x",
            ".%2e/x",
            "%2e%2e%2fx",
            "a%2fb",
            "%2fetc/passwd",
            "/etc/passwd",
            "/",
            "//",
            "a//b",
            "a//",
            "..\\x",
            "..%5cx",
            "a%5Cb",
            "c:%5cx",
            "a%00",
            "%00",
            "a%00.html",
            "a%0a",
            "%7f",
            "%c2%85",
            "%ff",
            "%c0%ae%c0%ae/x",
            "%",
            "%2",
            "%zz",
            "%+1",
            "%-1",
            "a%",
            "..%2f..%2fetc/passwd",
            "%2e%2e\\x",
        ] {
            check(&format!("/__openclaw__/canvas/{below}"), None);
        }
    }

    #[test]
    fn paths_outside_the_mount() {
        for path in [
            "",
            "/",
            "*",
            "/__openclaw__/",
            "/__openclaw__/canvasx",
            "/%5f_openclaw__/canvas/",
            "/canvas/",
            "//__openclaw__/canvas/",
            "/__OPENCLAW__/canvas/",
            "/../__openclaw__/canvas/",
        ] {
            check(path, None);
        }
    }
}
