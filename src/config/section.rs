//! Strict reading of one section: every key is asked for by name and type, what is left over is refused.
//! It must not know any key itself. Problems are collected, so that a file is told all of them at once.

use std::cell::RefCell;
use std::path::Path;

use super::document::Node;
use super::value::{mistyped, shown};
use super::{Problem, UnknownKey};
use crate::instance::Environment;
use crate::nearest::{distance, nearest};

/// What reading needs from outside, and what it found.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a Environment,
    pub(super) folder: &'a Path,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<String>>,
}

/// A section that is being read.
pub(super) struct Section<'a> {
    reader: &'a Reader<'a>,
    path: String,
    node: &'a Node,
    known: RefCell<Vec<&'static str>>,
    former: RefCell<Vec<&'static str>>,
}

impl<'a> Reader<'a> {
    /// `folder` is the config file's, which relative paths in it refer to.
    pub(super) fn new(environment: &'a Environment, folder: &'a Path) -> Self {
        Self { environment, folder, problems: RefCell::default(), warnings: RefCell::default() }
    }

    pub(super) fn into_findings(self) -> (Vec<Problem>, Vec<String>) {
        (self.problems.into_inner(), self.warnings.into_inner())
    }
}

impl<'a> Section<'a> {
    /// The whole file; `None` and a problem when it is no object.
    pub(super) fn root(reader: &'a Reader<'a>, node: &'a Node) -> Option<Self> {
        Self::at(reader, String::new(), node)
    }

    fn at(reader: &'a Reader<'a>, path: String, node: &'a Node) -> Option<Self> {
        if !matches!(node, Node::Object(_)) {
            reader.problems.borrow_mut().push(mistyped(&path, "object", node));
            return None;
        }
        Some(Self { reader, path, node, known: RefCell::default(), former: RefCell::default() })
    }

    /// The path of a key in this section.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn problem(&self, problem: Problem) {
        self.reader.problems.borrow_mut().push(problem);
    }

    /// A problem of the section as a whole.
    pub(super) fn refuse(&self, message: &str) {
        self.problem(Problem::new(&self.path, message));
    }

    pub(super) fn warn(&self, warning: String) {
        self.reader.warnings.borrow_mut().push(warning);
    }

    pub(super) fn reader(&self) -> &'a Reader<'a> {
        self.reader
    }

    /// The raw value of a key, without making it known.
    pub(super) fn peek(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key)
    }

    /// Whether the key stands in the file.
    pub(super) fn has(&self, key: &str) -> bool {
        self.peek(key).is_some()
    }

    /// The raw value of a key, which is known from now on.
    pub(super) fn take(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.node.get(key)
    }

    /// A section of ours within this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        Self::at(self.reader, self.path(key), self.take(key)?)
    }

    /// The entries of a section whose keys are names, each a section of its own.
    pub(super) fn entries(&self, key: &'static str) -> Vec<(&'a str, Option<Section<'a>>)> {
        let Some(Node::Object(entries)) = self.take(key) else {
            self.section(key);
            return Vec::new();
        };
        let section = |name: &str, node| Self::at(self.reader, format!("{}.{name}", self.path(key)), node);
        entries.iter().map(|(name, node)| (name.as_str(), section(name, node))).collect()
    }

    /// A text in sections that are not ours, when it happens to stand there.
    pub(super) fn foreign_text(&self, keys: &[&str]) -> Option<String> {
        let found = keys.iter().try_fold(self.node, |node, key| node.get(key))?;
        if let Node::Text(text) = found { Some(text.clone()) } else { None }
    }

    /// Keys of former versions, accepted with a warning whatever their value.
    pub(super) fn retired(&self, keys: &[(&'static str, &str)]) {
        for (key, advice) in keys {
            self.former(key);
            if self.has(key) {
                self.warn(format!("{} is retired and has no effect; {advice}", self.path(key)));
            }
        }
    }

    /// Accepts a key of a former version, which is never offered as the nearest one.
    pub(super) fn former(&self, key: &'static str) {
        self.former.borrow_mut().push(key);
    }

    /// Ends a section of ours: keys that nobody asked for, or that stand twice, are refused.
    pub(super) fn finish(&self) {
        let Node::Object(entries) = self.node else { return };
        for (at, (key, _)) in entries.iter().enumerate() {
            if entries[..at].iter().any(|(earlier, _)| earlier == key) {
                self.problem(Problem::new(&self.path(key), "Duplicate key: keep one of the two"));
            }
        }
        let (known, former) = (self.known.borrow(), self.former.borrow());
        let current: Vec<&'static str> = known.iter().copied().filter(|key| !former.contains(key)).collect();
        let is_unknown = |key: &str| !known.contains(&key) && !former.contains(&key);
        let unknown: Vec<UnknownKey> = entries
            .iter()
            .filter(|(key, _)| is_unknown(key))
            .map(|(key, value)| UnknownKey {
                key: key.clone(),
                value: shown(&self.path(key), value),
                nearest: nearest(key, &current),
            })
            .collect();
        let keys: Vec<String> = unknown.iter().map(|unknown| format!("\"{}\"", unknown.key)).collect();
        if !unknown.is_empty() {
            let plural = if keys.len() == 1 { "" } else { "s" };
            let message = format!("Unrecognized key{plural}: {}", keys.join(", "));
            self.problem(Problem { unknown, allowed: current, ..Problem::new(&self.path, message) });
        }
    }

    /// In a section that others share: a key one slip away from one of ours passes, but is named.
    pub(super) fn warn_of_slips(&self, ours: &[&'static str]) {
        let Node::Object(entries) = self.node else { return };
        for (key, _) in entries.iter().filter(|(key, _)| !ours.contains(&key.as_str())) {
            if let Some(meant) = ours.iter().find(|own| distance(own, key) <= 1 && !self.has(own)) {
                self.warn(format!(
                    "{} is not a setting of this program; did you mean \"{meant}\"?",
                    self.path(key)
                ));
            }
        }
    }
}
