//! The name of a browser profile. Pure.

use std::fmt;
use std::str::FromStr;

/// The name of a browser profile: at most 64 of `a-z`, `0-9` and `-`, the first not a hyphen, so that it can be a
/// folder's name anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileName(String);

/// A text that is no profile name. The text is the existing system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid profile name: use lowercase letters, numbers, and hyphens only")]
pub struct ProfileNameError;

impl ProfileName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a browser of the pool is called in a profile's place. No profile can have that name.
    #[must_use]
    pub fn of_pool(number: usize) -> Self {
        Self(format!("pool.{number}"))
    }

    /// Whether it is that of one of the pool's own browsers.
    pub fn is_of_pool(&self) -> bool {
        // No profile of a user's has a dot in its name.
        self.as_str().starts_with("pool.")
    }

    pub(super) fn built_in(name: &'static str) -> Self {
        Self(name.to_owned())
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if text.is_empty() || text.len() > 64 || text.starts_with('-') || !is_word {
            return Err(ProfileNameError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_for_names() {
        let long = "a".repeat(65);
        for bad in ["", "-a", "A", "a b", "a_b", "a.b", "../a", "ä", " a", long.as_str()] {
            assert_eq!(bad.parse::<ProfileName>(), Err(ProfileNameError), "{bad:?}");
        }
        for good in ["a", "0", "a-", "work-2", &long[..64]] {
            assert_eq!(good.parse::<ProfileName>().unwrap().as_str(), good);
        }
        let of_pool = ProfileName::of_pool(3);
        assert_eq!((of_pool.as_str(), "pool.3".parse::<ProfileName>()), ("pool.3", Err(ProfileNameError)));
    }
}
