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
pub(super) struct Names(HashMap<Reference, Told>);

/// What a ref was told to be, and where.
#[derive(Debug, Clone)]
struct Told {
    named: Named,
    /// The ref that was told before it, if it was not the first.
    before: Option<Reference>,
    /// The largest number that was told with it: elements that came later have larger ones.
    newest: u32,
}

impl Names {
    /// Takes what a snapshot tells.
    pub(super) fn learn(&mut self, refs: &[RefEntry]) {
        if self.0.len() > MOST {
            self.0.clear();
        }
        let references = refs.iter().filter_map(|entry| entry.reference.parse::<Reference>().ok());
        let newest = references.map(|reference| reference.number).max().unwrap_or_default();
        let mut before = None;
        for entry in refs {
            let Ok(reference) = entry.reference.parse() else { continue };
            match self.0.get_mut(&reference) {
                Some(told) if told.named.role == entry.role && told.named.name == entry.name => {
                    (told.before, told.newest) = (before, newest);
                }
                _ => drop(self.0.insert(reference, Told { named: named(entry), before, newest })),
            }
            before = Some(reference);
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
        let told = match reference.parse::<Reference>() {
            Ok(parsed) if fault != RefFault::NeverGiven => self.state().names.0.get(&parsed).cloned(),
            _ => None,
        };
        let Some(told) = told else { return Error::UnknownRef { reference, fault, closest: None } };
        let all = SnapshotOptions { max_chars: None, ..SnapshotOptions::default() };
        let now = match self.snapshot(&all, Deadline::after(LOOKING)).await {
            // Another document has no places that can be compared.
            Ok(now) => most_alike(&told, &now.refs, fault == RefFault::Removed),
            Err(_) => None,
        };
        Error::UnknownRef { reference, fault, closest: Some(Box::new(Closest { was: told.named, now })) }
    }
}

/// Of the same role and name, else what has come into its place, else of the same role and a name that is spelt alike, else
/// of the same name.
fn most_alike(told: &Told, refs: &[RefEntry], has_place: bool) -> Option<(Reference, Named)> {
    let was = &told.named;
    let same_role = || refs.iter().filter(|entry| entry.role == was.role);
    let alike = || {
        let names = same_role().filter_map(|entry| entry.name.as_deref());
        let names: Vec<&str> = names.filter(|name| name.len() <= LONGEST).collect();
        let name = nearest(was.name.as_deref().filter(|name| name.len() <= LONGEST)?, &names)?;
        same_role().find(|entry| entry.name.as_deref() == Some(name))
    };
    let found = same_role()
        .find(|entry| entry.name == was.name)
        .or_else(|| in_place(told, refs).filter(|_| has_place))
        .or_else(alike)
        .or_else(|| refs.iter().find(|entry| was.name.is_some() && entry.name == was.name))?;
    Some((found.reference.parse().ok()?, named(found)))
}

/// What is new, of the same role, and comes next after what was told before it.
fn in_place<'a>(told: &Told, refs: &'a [RefEntry]) -> Option<&'a RefEntry> {
    let reference = |entry: &RefEntry| entry.reference.parse::<Reference>().ok();
    let after = match told.before {
        Some(before) => refs.iter().position(|entry| reference(entry) == Some(before))? + 1,
        None => 0,
    };
    let next = refs[after..].iter().find(|entry| entry.role == told.named.role)?;
    (reference(next)?.number > told.newest).then_some(next)
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
            let named = Named { role: role.to_owned(), name: Some(name.to_owned()) };
            let told = Told { named, before: None, newest: 9 };
            let found = most_alike(&told, &refs, true).map(|(reference, _)| reference.to_string());
            assert_eq!(found.as_deref(), expected, "{role} {name}");
        };
        check("button", "Delete", Some("e3"));
        check("button", "Save", Some("e2"));
        check("tab", "Home", Some("e4"));
        check("tab", "Elsewhere", None);
    }
}
