//! One shared secret: made, read, compared. It must not know where it is kept or who sends it. Pure but for `generate`.

use std::fmt;

use subtle::ConstantTimeEq;

/// Longest secret in bytes; both sides of a comparison are padded to it.
const LIMIT: usize = 256;

/// What people and programs leave where a secret belongs, in lower case without punctuation.
const PLACEHOLDERS: &[&str] = &[
    "undefined",
    "null",
    "none",
    "nil",
    "nan",
    "true",
    "false",
    "objectobject",
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "placeholder",
    "example",
    "exampletoken",
    "todo",
    "tbd",
    "token",
    "password",
    "passwd",
    "secret",
    "yourtoken",
    "yourtokenhere",
    "yourpassword",
    "yourpasswordhere",
    "yoursecret",
    "yoursecrethere",
    "mytoken",
    "mypassword",
    "mysecret",
    "inserttokenhere",
    "openclawredacted",
    "redacted",
];

/// A shared secret. `Debug` never shows it, there is no `Display`, and comparing takes constant time.
#[derive(Clone)]
pub struct Token {
    text: Box<str>,
    padded: Box<[u8; LIMIT]>,
}

/// Why a text cannot serve as a secret. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but white space.
    #[error("the secret is empty; remove the setting to have a token generated, or set a long random one")]
    Empty,
    /// A word that stands for a missing secret, such as `undefined` or `changeme`.
    #[error(
        "the secret is a placeholder; remove the setting to have a token generated, or set a long random one"
    )]
    Placeholder,
    /// A character that an HTTP header cannot carry.
    #[error("the secret holds a control character; use printable characters")]
    Unprintable,
    /// More than 256 bytes.
    #[error("the secret is longer than {LIMIT} bytes; use a shorter one")]
    TooLong,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes; set gateway.auth.token yourself")]
    NoRandomness,
}

impl Token {
    /// Makes a new secret: 24 random bytes as 48 hex characters, as onboarding always has.
    ///
    /// # Errors
    /// [`TokenError::NoRandomness`] when the operating system has none.
    pub fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; 24];
        getrandom::fill(&mut bytes).map_err(|_| TokenError::NoRandomness)?;
        let digits =
            |byte: u8| [byte >> 4, byte & 15].map(|n| char::from(b"0123456789abcdef"[usize::from(n)]));
        Self::parse(&bytes.into_iter().flat_map(digits).collect::<String>())
    }

    /// Reads a secret that somebody chose; white space around it does not count.
    ///
    /// # Errors
    /// A [`TokenError`] for what is empty, a placeholder, unprintable or too long.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        if text.len() > LIMIT {
            return Err(TokenError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(TokenError::Unprintable);
        }
        if is_placeholder(text) {
            return Err(TokenError::Placeholder);
        }
        Ok(Self { text: text.into(), padded: Box::new(pad(text.as_bytes())) })
    }

    /// Whether `candidate` is this secret. The time depends on the candidate alone, never on the secret's bytes or length.
    #[must_use]
    pub fn matches(&self, candidate: &str) -> bool {
        let fits = candidate.len() <= LIMIT;
        let candidate = candidate.as_bytes();
        let padded = pad(&candidate[..candidate.len().min(LIMIT)]);
        let same_bytes = self.padded.as_slice().ct_eq(padded.as_slice());
        // Zero padding alone would let "abc" equal "abc\0".
        let same_length = (self.text.len() as u64).ct_eq(&(candidate.len() as u64));
        bool::from(same_bytes & same_length) && fits
    }

    /// The secret itself, for the one place that must send or write it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn pad(bytes: &[u8]) -> [u8; LIMIT] {
    let mut padded = [0; LIMIT];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

fn is_placeholder(text: &str) -> bool {
    let is_reference = text.starts_with("${") && text.ends_with('}');
    let is_one_character = text.chars().all(|c| text.starts_with(c));
    let word: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    is_reference || is_one_character || PLACEHOLDERS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_tokens_are_48_hex_and_differ() {
        let (one, two) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_eq!(one.expose().len(), 48);
        assert!(one.expose().chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')));
        assert!(!one.matches(two.expose()));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        use TokenError::{Empty, Placeholder, TooLong, Unprintable};
        for (text, error) in [
            ("", Empty),
            (" \t\n", Empty),
            ("undefined", Placeholder),
            ("NULL", Placeholder),
            ("[object Object]", Placeholder),
            ("changeme", Placeholder),
            ("Change-Me!", Placeholder),
            ("<your-token-here>", Placeholder),
            ("__OPENCLAW_REDACTED__", Placeholder),
            ("${OPENCLAW_GATEWAY_TOKEN}", Placeholder),
            ("********", Placeholder),
            ("x", Placeholder),
            ("a\u{0}b", Unprintable),
            ("a\nb", Unprintable),
            (&"ab".repeat(200), TooLong),
        ] {
            assert_eq!(Token::parse(text).unwrap_err(), error, "{text:?}");
        }
        for text in ["labtoken", " tok-1 ", "two words", "påss-wörd", "changeme-not-7f3a"] {
            assert_eq!(Token::parse(text).unwrap().expose(), text.trim());
        }
    }

    #[test]
    fn only_the_same_bytes_match() {
        let token = Token::parse("tok-12345").unwrap();
        assert!(token.matches("tok-12345"));
        let long = "tok-12345".to_owned() + &"x".repeat(5000);
        let padded = "tok-12345".to_owned() + &"\0".repeat(LIMIT - 9);
        for wrong in ["", "tok-1234", "tok-12345\0", "tok-123456", "TOK-12345", " tok-12345", &long, &padded]
        {
            assert!(!token.matches(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn debug_hides_it() {
        assert!(!format!("{:?}", Token::parse("tok-12345").unwrap()).contains("tok"));
    }
}
