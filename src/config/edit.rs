//! Edits of a config file that keep comments, order and everything they do not understand. Under a lock, so that two of
//! our processes do not lose each other's edit. It must not know what the settings mean.

use std::io;
use std::path::{Path, PathBuf};

use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};
use serde_json::Value;

use super::Error;
use super::document::{self, SyntaxError};
use crate::instance::file;

/// Sets the value at `keys`, and creates the objects on the way and the file when they are missing.
///
/// # Errors
/// [`Error::Syntax`] and [`Error::NotAnObject`] leave the file as it was.
pub fn set(path: &Path, keys: &[&str], value: Value) -> Result<(), Error> {
    locked(path, |text| set_in(text.unwrap_or("{}\n"), keys, value).map(Some))
}

/// Sets the value at `keys` unless something stands there, and says whether it did.
///
/// # Errors
/// As [`set`].
pub fn add(path: &Path, keys: &[&str], value: Value) -> Result<bool, Error> {
    let mut is_new = true;
    locked(path, |text| {
        let text = text.unwrap_or("{}\n");
        is_new = !stands_in(text, keys)?;
        if is_new { set_in(text, keys, value).map(Some) } else { Ok(None) }
    })?;
    Ok(is_new)
}

/// Removes the key at the end of `keys`; that it does not stand there is fine.
///
/// # Errors
/// As [`set`].
pub fn remove(path: &Path, keys: &[&str]) -> Result<(), Error> {
    if read(path)?.is_none() {
        return Ok(());
    }
    locked(path, |text| text.map(|text| remove_in(text, keys)).transpose())
}

/// Why an edit did not come about, before it is known which file it is.
#[derive(Debug)]
pub(super) enum Refused {
    Syntax(SyntaxError),
    NotAnObject { key: String, parent: String },
    Other(Error),
}

/// The file's text; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
    }
}

/// Reads the file, lets `change` make its new text, and writes that, while no other process of ours does the same.
/// `change` gets `None` for a missing file and answers `None` to leave things as they are. The file is 0600 afterwards.
pub(super) fn locked(
    path: &Path,
    change: impl FnOnce(Option<&str>) -> Result<Option<String>, Refused>,
) -> Result<(), Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    file::create_private_dir(path.parent().unwrap_or(Path::new("/"))).map_err(unreadable)?;
    // The file may be a link into a folder of dotfiles: the link stays, its target changes.
    let real = file::canonical(path);
    let lock = file::open_lock_file(&lock_path(&real)).map_err(unreadable)?;
    lock.lock().map_err(unreadable)?;
    let old = read(&real)?;
    let new = change(old.as_deref()).map_err(|refused| refused.in_file(path))?;
    match new {
        Some(new) if old.as_ref() != Some(&new) => {
            document::parse(&new).map_err(|error| error.in_file(path))?;
            file::write_atomic(&real, new.as_bytes()).map_err(unreadable)
        }
        Some(_) | None => Ok(()),
    }
}

impl Refused {
    fn in_file(self, path: &Path) -> Error {
        match self {
            Self::Syntax(error) => error.in_file(path),
            Self::NotAnObject { key, parent } => Error::NotAnObject { path: path.to_owned(), key, parent },
            Self::Other(error) => error,
        }
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.lock"))
}

pub(super) fn set_in(text: &str, keys: &[&str], value: Value) -> Result<String, Refused> {
    let root = parse(text)?;
    let Some((last, parents)) = keys.split_last() else { return Ok(text.to_owned()) };
    let refused = |parent: String| Refused::NotAnObject { key: keys.join("."), parent };
    let mut object = root.object_value_or_create().ok_or_else(|| refused("the whole file".to_owned()))?;
    for (depth, key) in parents.iter().enumerate() {
        let property =
            property(&object, key).unwrap_or_else(|| object.append(key, CstInputValue::Object(Vec::new())));
        object = property.object_value().ok_or_else(|| refused(keys[..=depth].join(".")))?;
    }
    match property(&object, last) {
        Some(property) => property.set_value(input(value)),
        None => drop(object.append(last, input(value))),
    }
    Ok(with_mark_of(text, &root.to_string()))
}

fn remove_in(text: &str, keys: &[&str]) -> Result<String, Refused> {
    let root = parse(text)?;
    let (Some((last, parents)), Some(whole)) = (keys.split_last(), root.object_value()) else {
        return Ok(text.to_owned());
    };
    let object = parents.iter().try_fold(whole, |object, key| property(&object, key)?.object_value());
    if let Some(property) = object.and_then(|object| property(&object, last)) {
        property.remove();
    }
    Ok(with_mark_of(text, &root.to_string()))
}

fn stands_in(text: &str, keys: &[&str]) -> Result<bool, Refused> {
    let (Some((last, parents)), Some(whole)) = (keys.split_last(), parse(text)?.object_value()) else {
        return Ok(false);
    };
    let object = parents.iter().try_fold(whole, |object, key| property(&object, key)?.object_value());
    Ok(object.is_some_and(|object| property(&object, last).is_some()))
}

fn parse(text: &str) -> Result<CstRootNode, Refused> {
    CstRootNode::parse(document::without_mark(text), &document::options())
        .map_err(|error| Refused::Syntax(SyntaxError::from(error)))
}

/// The property that counts: the last one of that name.
fn property(object: &CstObject, key: &str) -> Option<CstObjectProp> {
    object.properties().into_iter().rev().find(|property| property.decoded_name().as_deref() == Some(key))
}

fn with_mark_of(old: &str, new: &str) -> String {
    if old.starts_with('\u{feff}') { format!("\u{feff}{new}") } else { new.to_owned() }
}

fn input(value: Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(value),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text),
        Value::Array(items) => CstInputValue::Array(items.into_iter().map(input).collect()),
        Value::Object(map) => {
            CstInputValue::Object(map.into_iter().map(|(key, value)| (key, input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use serde_json::json;

    use super::*;

    const FILE: &str = "// mine\n{\n  channels: { x: [1, 2,], }, // theirs\n  'browser': {\n    headless: true, // why\n    profiles: {},\n  },\n}\n";

    #[test]
    fn edits_keep_everything_else() {
        for (keys, value, old, new) in [
            (vec!["browser", "headless"], json!(false), "headless: true, // why", "headless: false, // why"),
            (
                vec!["browser", "profiles", "work", "cdpPort"],
                json!(18801),
                "profiles: {},",
                "profiles: {\n      \"work\": {\n        \"cdpPort\": 18801\n      }\n    },",
            ),
            (vec!["channels"], json!(null), "channels: { x: [1, 2,], },", "channels: null,"),
        ] {
            let edited = set_in(FILE, &keys, value.clone()).unwrap();
            assert_eq!(edited.replace(", \n", ",\n"), FILE.replace(old, new), "{keys:?}");
            let found = keys
                .iter()
                .fold(document::parse(&edited).unwrap(), |node, key| node.get(key).unwrap().clone());
            assert!(!matches!(found, document::Node::Object(_)));
        }
        let appended = set_in(FILE, &["gateway", "auth", "token"], json!("a\"b")).unwrap();
        assert!(appended.starts_with(FILE.trim_end_matches("}\n")), "{appended}");
        let token = document::parse(&appended).unwrap();
        let token = token
            .get("gateway")
            .and_then(|node| node.get("auth"))
            .and_then(|node| node.get("token"))
            .unwrap();
        assert_eq!(*token, document::Node::Text("a\"b".to_owned()));
    }

    #[test]
    fn odd_files_are_edited_too() {
        for (text, expected) in [
            ("", "{\n  \"a\": 1\n}"),
            ("{}", "{\n  \"a\": 1\n}"),
            ("\u{feff}{a: 0}", "\u{feff}{a: 1}"),
            ("{a: 5, a: 6}", "{a: 5, a: 1}"),
            ("{\r\n  b: 0x10,\r\n}\r\n", "{\r\n  b: 0x10,\r\n  \"a\": 1,\r\n}\r\n"),
        ] {
            let edited = set_in(text, &["a"], json!(1)).unwrap();
            assert_eq!(edited.trim_end_matches('\n'), expected.trim_end_matches('\n'), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_edited_stays_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("openclaw.json");
        for (text, message) in [
            ("{ browser: 5 }", "browser is not an object"),
            ("[1]", "the whole file is not an object"),
            ("{ browser: ", ":1:"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = set(&path, &["browser", "headless"], json!(true)).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn what_stands_there_is_not_replaced_by_what_is_added() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("openclaw.json");
        std::fs::write(&path, FILE).unwrap();
        assert!(!add(&path, &["browser", "headless"], json!(false)).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), FILE);
        assert!(add(&path, &["browser", "profiles", "work"], json!({"cdpPort": 1})).unwrap());
        assert!(!add(&path, &["browser", "profiles", "work"], json!({"cdpPort": 2})).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"cdpPort\": 1") && text.contains("headless: true, // why"), "{text}");
    }

    #[test]
    fn removing_keeps_the_neighbours() {
        let edited = remove_in(FILE, &["browser", "headless"]).unwrap();
        let browser = document::parse(&edited).unwrap();
        assert!(browser.get("browser").unwrap().get("headless").is_none());
        assert!(edited.contains("channels: { x: [1, 2,], }, // theirs") && edited.contains("profiles: {}"));
        for keys in [vec!["browser", "nope"], vec!["nope", "x"], vec!["channels", "x", "y"], vec![]] {
            assert_eq!(remove_in(FILE, &keys).unwrap(), FILE, "{keys:?}");
        }
        let dir = tempfile::tempdir().unwrap();
        remove(&dir.path().join("new/openclaw.json"), &["a"]).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is created to remove from");
    }

    #[test]
    fn the_file_is_private_afterwards_and_links_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("openclaw.json"));
        std::fs::write(&real, "{}").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
        symlink(&real, &link).unwrap();
        set(&link, &["a"], json!(1)).unwrap();
        assert!(link.is_symlink());
        assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(std::fs::read_to_string(&real).unwrap().contains("\"a\": 1"));
        let fresh = dir.path().join("new/openclaw.json");
        set(&fresh, &["a", "b"], json!([true])).unwrap();
        assert_eq!(fresh.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn simultaneous_edits_are_all_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("openclaw.json");
        std::thread::scope(|scope| {
            for n in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for m in 0..5 {
                        set(path, &["x", &format!("k{n}-{m}")], json!(m)).unwrap();
                    }
                });
            }
        });
        let document::Node::Object(entries) =
            document::parse(&std::fs::read_to_string(&path).unwrap()).unwrap().get("x").unwrap().clone()
        else {
            panic!("x is an object")
        };
        assert_eq!(entries.len(), 40);
    }
}
