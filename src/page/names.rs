//! What refs were told to stand for: the memory by which a ref that names nothing any more is explained. It asks the
//! page for nothing but a snapshot.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::Page;
use super::error::{Closest, Error, RefFault};
use super::reference::Reference;
use super::snapshot::{RefEntry, SnapshotOptions};
use crate::deadline::Deadline;
use crate::nearest::nearest;

/// Refs that are remembered; beyond that the oldest snapshots' are forgotten all at once.
const MOST: usize = 50_000;

/// Names longer than this, in bytes, are not compared letter by letter.
const LONGEST: usize = 100;

/// How long looking for what is like a lost element may take: the error must come soon.
const LOOKING: Duration = Duration::from_secs(1);

/// What an element is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its role.
    pub role: String,
    /// Its name.
    pub name: Option<String>,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} {name:?}", self.role),
            None => f.write_str(&self.role),
        }
    }
}

/// What the refs of a tab were told to be.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Reference, Named>);

impl Names {
    /// Takes what a snapshot tells.
    pub(super) fn learn(&mut self, refs: &[RefEntry]) {
        if self.0.len() > MOST {
            self.0.clear();
        }
        for entry in refs {
            let Ok(reference) = entry.reference.parse() else { continue };
            let known = self.0.get(&reference);
            if known.is_none_or(|known| known.role != entry.role || known.name != entry.name) {
                self.0.insert(reference, named(entry));
            }
        }
    }
}

fn named(entry: &RefEntry) -> Named {
    Named { role: entry.role.clone(), name: entry.name.clone() }
}

impl Page {
    /// The same error; a ref that names nothing any more is told with what it named, and what is most like that now.
    pub async fn explained(&self, error: Error) -> Error {
        let Error::UnknownRef { reference, fault, closest: None } = error else { return error };
        let was = match reference.parse::<Reference>() {
            Ok(parsed) if fault != RefFault::NeverGiven => self.state().names.0.get(&parsed).cloned(),
            _ => None,
        };
        let Some(was) = was else { return Error::UnknownRef { reference, fault, closest: None } };
        let all = SnapshotOptions { max_chars: None, ..SnapshotOptions::default() };
        let now = match self.snapshot(&all, Deadline::after(LOOKING)).await {
            Ok(told) => most_alike(&was, &told.refs),
            Err(_) => None,
        };
        Error::UnknownRef { reference, fault, closest: Some(Box::new(Closest { was, now })) }
    }
}

/// Of the same role and name, else of the same role and a name that is spelt alike, else of the same name.
fn most_alike(was: &Named, refs: &[RefEntry]) -> Option<(Reference, Named)> {
    let same_role = || refs.iter().filter(|entry| entry.role == was.role);
    let alike = || {
        let names = same_role().filter_map(|entry| entry.name.as_deref());
        let names: Vec<&str> = names.filter(|name| name.len() <= LONGEST).collect();
        let name = nearest(was.name.as_deref().filter(|name| name.len() <= LONGEST)?, &names)?;
        same_role().find(|entry| entry.name.as_deref() == Some(name))
    };
    let found = same_role()
        .find(|entry| entry.name == was.name)
        .or_else(alike)
        .or_else(|| refs.iter().find(|entry| was.name.is_some() && entry.name == was.name))?;
    Some((found.reference.parse().ok()?, named(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_has_the_same_role_and_the_nearest_name() {
        let entry = |reference: &str, role: &str, name: &str| RefEntry {
            reference: reference.to_owned(),
            role: role.to_owned(),
            name: Some(name.to_owned()),
            ..RefEntry::default()
        };
        let refs = [
            entry("e1", "link", "Save"),
            entry("e2", "button", "Saved"),
            entry("e3", "button", "Delete"),
            entry("e4", "link", "Home"),
        ];
        let check = |role: &str, name: &str, expected: Option<&str>| {
            let was = Named { role: role.to_owned(), name: Some(name.to_owned()) };
            let found = most_alike(&was, &refs).map(|(reference, _)| reference.to_string());
            assert_eq!(found.as_deref(), expected, "{role} {name}");
        };
        check("button", "Delete", Some("e3"));
        check("button", "Save", Some("e2"));
        check("tab", "Home", Some("e4"));
        check("tab", "Elsewhere", None);
    }
}
