//! What a lenient reading of a request passes over (contract 2): HTTP and the gateway do the rest and tell it in
//! `warnings`, the command line refuses it.

use crate::nearest::nearest;

/// A field that is not followed to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// Its name in the request, such as `actions[0].delay`.
    pub field: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    /// Nobody knows the name; perhaps this one was meant.
    Unknown { meant: Option<String> },
    /// It counts as absent; what it must be.
    Wrong { requirement: String },
    /// It counts as this; why.
    Other { counts: String, why: String },
}

impl Slip {
    /// A name that nothing is known by.
    pub(super) fn unknown(field: &str, names: &[&str]) -> Self {
        let meant = nearest(field, names).map(str::to_owned);
        Self { field: field.to_owned(), fault: Fault::Unknown { meant } }
    }

    /// A value that counts as absent; `requirement` is such as `must be a list`.
    pub(super) fn wrong(field: &str, requirement: impl Into<String>) -> Self {
        Self { field: field.to_owned(), fault: Fault::Wrong { requirement: requirement.into() } }
    }

    /// A value that counts as another one.
    pub(super) fn counts_as(field: &str, counts: impl ToString, why: impl Into<String>) -> Self {
        let fault = Fault::Other { counts: counts.to_string(), why: why.into() };
        Self { field: field.to_owned(), fault }
    }

    /// The same of a field inside another one.
    pub(super) fn within(self, outer: &str) -> Self {
        let inside = |name: &str| format!("{outer}.{name}");
        let fault = match self.fault {
            Fault::Unknown { meant } => Fault::Unknown { meant: meant.as_deref().map(inside) },
            fault @ (Fault::Wrong { .. } | Fault::Other { .. }) => fault,
        };
        Self { field: inside(&self.field), fault }
    }

    /// What an answer says of it when all else was done.
    pub fn warning(&self) -> String {
        let Self { field, fault } = self;
        match fault {
            Fault::Unknown { meant } => {
                format!("unknown field \"{field}\" was ignored{}", hint(meant.as_ref()))
            }
            Fault::Wrong { requirement } => format!("field \"{field}\" {requirement} and was ignored"),
            Fault::Other { counts, why } => format!("field \"{field}\" counts as {counts}: {why}"),
        }
    }

    /// What is said of it when nothing is done; `name` is what the caller calls the field.
    pub fn refusal(&self, name: &str) -> String {
        match &self.fault {
            Fault::Unknown { meant } => format!("unknown field \"{name}\"{}", hint(meant.as_ref())),
            Fault::Wrong { requirement } => format!("\"{name}\" {requirement}"),
            Fault::Other { why, .. } => format!("\"{name}\" is not followed to the letter: {why}"),
        }
    }
}

fn hint(meant: Option<&String>) -> String {
    meant.map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ignored_is_said_only_when_the_rest_was_done() {
        let unknown = Slip::unknown("delay", &["delayMs", "key"]).within("actions[0]");
        assert_eq!(
            unknown.warning(),
            "unknown field \"actions[0].delay\" was ignored; did you mean \"actions[0].delayMs\"?"
        );
        let unknown = unknown.refusal("actions[0].delay");
        assert_eq!(unknown, "unknown field \"actions[0].delay\"; did you mean \"actions[0].delayMs\"?");
        let wrong = Slip::wrong("limit", "must be a positive integer");
        assert_eq!(wrong.warning(), "field \"limit\" must be a positive integer and was ignored");
        assert_eq!(wrong.refusal("--limit"), "\"--limit\" must be a positive integer");
        let other = Slip::counts_as("timeoutMs", 500, "wait takes 500 to 120000 ms");
        assert_eq!(other.warning(), "field \"timeoutMs\" counts as 500: wait takes 500 to 120000 ms");
        assert!(!other.refusal("timeoutMs").contains("counts"));
    }
}
