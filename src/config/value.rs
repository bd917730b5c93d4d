//! Typed values of a [`Section`]: each getter asks for one key, and a value of another type is a problem.
//! It must not know any key itself.

use std::path::PathBuf;
use std::time::Duration;

use super::Problem;
use super::document::Node;
use super::section::Section;

impl Section<'_> {
    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        let Node::Bool(value) = node else {
            return self.mistyped_choice(key, "boolean", &["true", "false"], node);
        };
        Some(*value)
    }

    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        let node = self.take(key)?;
        let Node::Text(text) = node else { return self.mistyped(key, "string", node) };
        Some(text.clone())
    }

    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        let node = self.take(key)?;
        let Node::List(items) = node else { return self.mistyped(key, "array", node) };
        let item = |(at, item): (usize, &Node)| {
            let Node::Text(text) = item else { return self.mistyped(&format!("{key}.{at}"), "string", item) };
            Some(text.clone())
        };
        Some(items.iter().enumerate().filter_map(item).collect())
    }

    /// A port, 1 to 65535.
    pub(super) fn port(&self, key: &'static str) -> Option<u16> {
        let port = self.integer(key, 1, u64::from(u16::MAX))?;
        Some(u16::try_from(port).expect("its bounds were checked"))
    }

    /// A time in milliseconds, at least one.
    pub(super) fn milliseconds(&self, key: &'static str) -> Option<Duration> {
        self.integer(key, 1, 86_400_000).map(Duration::from_millis)
    }

    /// How many of something.
    pub(super) fn count(&self, key: &'static str, least: u64, most: u64) -> Option<usize> {
        usize::try_from(self.integer(key, least, most)?).ok()
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number within u64 bounds"
    )]
    #[expect(clippy::cast_precision_loss, reason = "the bounds are far below 2^53")]
    /// A whole number within bounds.
    pub(super) fn integer(&self, key: &'static str, least: u64, most: u64) -> Option<u64> {
        let node = self.take(key)?;
        let Node::Number(number) = node else { return self.mistyped(key, "number", node) };
        let message = if number.fract() != 0.0 || !number.is_finite() {
            "Invalid input: expected int, received number".to_owned()
        } else if *number < least as f64 {
            format!("Too small: expected number to be >={least} (minimum: {least})")
        } else if *number > most as f64 {
            format!("Too big: expected number to be <={most} (maximum: {most})")
        } else {
            return Some(*number as u64);
        };
        let problem =
            Problem { received: Some(number.to_string()), ..Problem::new(&self.path(key), message) };
        self.problem(problem);
        None
    }

    /// One of a few words; the answer is one of `allowed`.
    pub(super) fn choice(&self, key: &'static str, allowed: &[&'static str]) -> Option<&'static str> {
        let node = self.take(key)?;
        if let Node::Text(text) = node
            && let Some(found) = allowed.iter().find(|word| *word == text)
        {
            return Some(found);
        }
        let quoted: Vec<String> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
        let expected =
            if let [only] = quoted.as_slice() { format!(": expected {only}") } else { String::new() };
        let path = self.path(key);
        let message = format!("Invalid input{expected} (allowed: {})", quoted.join(", "));
        let received = Some(shown(&path, node));
        self.problem(Problem { allowed: allowed.to_vec(), received, ..Problem::new(&path, message) });
        None
    }

    /// A path: `~` is the home directory, a relative one starts at the config's folder.
    pub(super) fn place_of(&self, key: &'static str) -> Option<PathBuf> {
        let text = self.text(key)?;
        self.place(&text).or_else(|| {
            self.problem(Problem::new(
                &self.path(key),
                "\"~\" needs a home directory; set HOME, or write the whole path",
            ));
            None
        })
    }

    /// Expands a path as [`Section::place_of`] does.
    pub(super) fn place(&self, text: &str) -> Option<PathBuf> {
        let text = text.trim();
        if text.starts_with('~') {
            return self.reader().environment.expand(text).ok();
        }
        Some(self.reader().folder.join(text).components().collect())
    }

    /// A text in which `${NAME}` stands for an environment variable.
    pub(super) fn substituted(&self, key: &'static str) -> Option<String> {
        let (text, path) = (self.text(key)?, self.path(key));
        let mut result = String::new();
        let mut rest = text.as_str();
        while let Some((before, name, after)) = next_reference(rest) {
            let Some(value) = self.reader().environment.get(name) else {
                let message =
                    format!("environment variable {name} is not set; export it, or write the value here");
                self.problem(Problem::new(&path, message));
                return None;
            };
            result.push_str(before);
            result.push_str(value);
            rest = after;
        }
        Some(result + rest)
    }

    fn mistyped<T>(&self, key: &str, expected: &str, node: &Node) -> Option<T> {
        self.problem(mistyped(&self.path(key), expected, node));
        None
    }

    fn mistyped_choice<T>(
        &self,
        key: &str,
        expected: &str,
        allowed: &[&'static str],
        node: &Node,
    ) -> Option<T> {
        let problem = mistyped(&self.path(key), expected, node);
        let message = format!("{} (allowed: {})", problem.message, allowed.join(", "));
        self.problem(Problem { message, allowed: allowed.to_vec(), ..problem });
        None
    }
}

pub(super) fn mistyped(path: &str, expected: &str, node: &Node) -> Problem {
    let message = format!("Invalid input: expected {expected}, received {}", node.kind());
    Problem { received: Some(shown(path, node)), ..Problem::new(path, message) }
}

/// A value as it may be shown: short, and hidden where a secret may stand.
pub(super) fn shown(path: &str, node: &Node) -> String {
    let lower = path.to_lowercase();
    if ["gateway.auth", "token", "password", "secret", "key", "url"].iter().any(|word| lower.contains(word)) {
        return "(hidden)".to_owned();
    }
    match node {
        Node::Null => "null".to_owned(),
        Node::Bool(value) => value.to_string(),
        Node::Number(number) => number.to_string(),
        Node::Text(text) if text.chars().count() > 60 => {
            format!("{:?}…", text.chars().take(60).collect::<String>())
        }
        Node::Text(text) => format!("{text:?}"),
        Node::List(items) => format!("an array of {}", items.len()),
        Node::Object(entries) => format!("an object of {}", entries.len()),
    }
}

/// Splits at the first `${NAME}`.
fn next_reference(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}
