//! The process environment as a value, so that everything that depends on it can be tested. Nothing else may read
//! environment variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::Error;

/// A snapshot of environment variables. `Debug` shows the names only: values may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

impl Environment {
    /// The environment of this process, as it is now. Names that are not UTF-8 are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self { variables: std::env::vars_os().filter_map(named).collect() }
    }

    /// An environment of these variables alone.
    pub fn from_pairs<N: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self { variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The trimmed value of a variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.to_str().map(str::trim).filter(|value| !value.is_empty())
    }

    /// Whether a switch is on: `1`, `true`, `yes` or `on`, whatever the case.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| ["1", "true", "yes", "on"].iter().any(|on| value.eq_ignore_ascii_case(on)))
    }

    /// The user's home directory.
    ///
    /// # Errors
    /// [`Error::NoHome`] when `HOME` is not an absolute path.
    pub fn home(&self) -> Result<PathBuf, Error> {
        let home = self.variables.get("HOME").map(PathBuf::from);
        home.filter(|home| home.is_absolute()).ok_or(Error::NoHome)
    }

    /// The path in a variable, made absolute, with `~` expanded.
    ///
    /// # Errors
    /// [`Error::NoHome`] for a `~` without a home, [`Error::NoWorkingDirectory`] for a relative path without one.
    pub fn path(&self, name: &str) -> Result<Option<PathBuf>, Error> {
        let Some(value) = self.variables.get(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        match value.to_str().map(str::trim) {
            Some("") => Ok(None),
            Some(text) => self.expand(text).map(Some),
            None => absolute(value.into()).map(Some),
        }
    }

    /// A path as a person writes it: `~` and `~/x` mean the home directory; relative ones are made absolute.
    ///
    /// # Errors
    /// As [`Environment::path`].
    pub fn expand(&self, path: &str) -> Result<PathBuf, Error> {
        match path.strip_prefix('~') {
            Some("") => self.home(),
            Some(rest) if rest.starts_with('/') => Ok(self.home()?.join(rest.trim_start_matches('/'))),
            Some(_) | None => absolute(path.into()),
        }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Absolute and without `.` or doubled separators, so that two spellings of a place are equal.
fn absolute(path: PathBuf) -> Result<PathBuf, Error> {
    std::path::absolute(path).map(|path| path.components().collect()).map_err(|_| Error::NoWorkingDirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_counts_as_unset() {
        let environment = Environment::from_pairs([("A", " x "), ("B", "  "), ("C", "")]);
        assert_eq!(environment.get("A"), Some("x"));
        assert_eq!(environment.get("B"), None);
        assert_eq!(environment.get("C"), None);
        assert_eq!(environment.path("B").unwrap(), None);
    }

    #[test]
    fn switches_have_four_spellings() {
        for (value, on) in
            [("1", true), ("TRUE", true), ("Yes", true), ("on", true), ("0", false), ("maybe", false)]
        {
            assert_eq!(Environment::from_pairs([("S", value)]).is_on("S"), on, "{value}");
        }
    }

    #[test]
    fn paths_are_expanded() {
        let environment = Environment::from_pairs([("HOME", "/home/ann")]);
        for (path, expanded) in [
            ("~", "/home/ann"),
            ("~/x", "/home/ann/x"),
            ("~//x/", "/home/ann/x"),
            ("/a/./b//c/", "/a/b/c"),
            ("~ann/x", "~ann/x"),
        ] {
            let found = environment.expand(path).unwrap();
            assert!(found.is_absolute() && found.ends_with(expanded), "{path} -> {}", found.display());
        }
        assert_eq!(Environment::from_pairs([("HOME", "relative")]).home(), Err(Error::NoHome));
    }

    #[test]
    fn debug_shows_no_values() {
        let shown = format!("{:?}", Environment::from_pairs([("OPENCLAW_GATEWAY_TOKEN", "tok-1")]));
        assert!(shown.contains("OPENCLAW_GATEWAY_TOKEN") && !shown.contains("tok-1"));
    }
}
