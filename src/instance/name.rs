//! The name of an instance and what follows from it alone. Pure.

use std::fmt;

/// The name of an instance. The default one has none: it writes no suffix anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceName(Option<String>);

/// A text that is no instance name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(r#"use letters, numbers, "_", "-" only"#)]
pub struct NameError;

impl InstanceName {
    /// Reads a name: at most 64 of `a-z`, `0-9`, `_` and `-` in either case, the first a letter or digit.
    /// `default` in any case is the instance without a name.
    ///
    /// # Errors
    /// [`NameError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        let is_word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if !is_word || !starts_well || text.len() > 64 {
            return Err(NameError);
        }
        Ok(Self((!text.eq_ignore_ascii_case("default")).then(|| text.to_owned())))
    }

    /// The name that `--dev` stands for.
    #[must_use]
    pub fn dev() -> Self {
        Self(Some("dev".to_owned()))
    }

    /// The name, or `None` for the default instance.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// What the name adds to folder and service names: `-rescue`, or nothing.
    #[must_use]
    pub fn suffix(&self) -> String {
        self.0.as_ref().map(|name| format!("-{name}")).unwrap_or_default()
    }

    /// The gateway port of an instance that configures none: 18789 without a name, 19001 for `dev`, else
    /// 20000 + FNV-1a(name) mod 40000, so that names spread without a registry (as the existing system does).
    #[must_use]
    pub fn default_port(&self) -> u16 {
        match self.as_str() {
            None => 18789,
            Some("dev") => 19001,
            Some(name) => {
                let spread = fnv1a(name.as_bytes()) % 40_000;
                20_000 + u16::try_from(spread).expect("a number below 40000 fits")
            }
        }
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str().unwrap_or("default"))
    }
}

/// FNV-1a, 32 bits.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_for_names() {
        let long = "a".repeat(65);
        for bad in ["", " ", "-a", "_a", "a b", "a/b", "../x", "a.b", "ä", long.as_str()] {
            assert_eq!(InstanceName::parse(bad), Err(NameError), "{bad:?}");
        }
        for good in ["a", "0", "Rescue", "a-b_c", "x-", &long[..64]] {
            assert_eq!(InstanceName::parse(good).unwrap().as_str(), Some(good));
        }
        for none in ["default", "DEFAULT", "Default"] {
            assert_eq!(InstanceName::parse(none).unwrap(), InstanceName::default());
        }
    }

    #[test]
    fn default_ports_are_those_of_the_existing_system() {
        for (name, port) in [
            ("rescue", 23532),
            ("main", 23592),
            ("ops", 55291),
            ("r2", 23877),
            ("default", 18789),
            ("dev", 19001),
        ] {
            assert_eq!(InstanceName::parse(name).unwrap().default_port(), port, "{name}");
        }
    }

    #[test]
    fn every_default_family_fits_below_the_last_port() {
        for n in 0..5000 {
            let port = InstanceName::parse(&format!("n{n}")).unwrap().default_port();
            assert!((20_000..60_000).contains(&port));
        }
    }
}
