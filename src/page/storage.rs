//! The local and the session storage of a page's origin, read and written in our own world: a page that replaced
//! `Storage.prototype` or broke its own globals does not matter.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::world::quoted;
use super::{Error, Page};
use crate::deadline::Deadline;

/// Which storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// It stays.
    Local,
    /// It ends with the tab.
    Session,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer<T> {
    Ok(T),
    Fail(String),
}

impl StorageKind {
    /// What the web calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "localStorage",
            Self::Session => "sessionStorage",
        }
    }
}

impl Page {
    /// What a storage holds, in its own order; of one key, when one is named.
    ///
    /// # Errors
    /// [`Error::Unfit`] when the document has no storage, as `about:blank` and sandboxed frames have none.
    pub async fn storage(
        &self,
        kind: StorageKind,
        key: Option<&str>,
        deadline: Deadline,
    ) -> Result<Vec<(String, String)>, Error> {
        let keys = match key {
            Some(key) => format!("[{}]", quoted(key)),
            None => "Array.from({length: store.length}, (_, at) => store.key(at))".to_owned(),
        };
        let pairs = "map(key => [key, store.getItem(key)]).filter(([, value]) => value !== null)";
        self.in_storage(kind, &format!("{keys}.{pairs}"), deadline).await
    }

    /// Puts a value there.
    ///
    /// # Errors
    /// As for [`Page::storage`], and when the storage is full.
    pub async fn store(
        &self,
        kind: StorageKind,
        key: &str,
        value: &str,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let put = format!("(store.setItem({}, {}), null)", quoted(key), quoted(value));
        self.in_storage(kind, &put, deadline).await
    }

    /// Empties it.
    ///
    /// # Errors
    /// As for [`Page::storage`].
    pub async fn clear_storage(&self, kind: StorageKind, deadline: Deadline) -> Result<(), Error> {
        self.in_storage(kind, "(store.clear(), null)", deadline).await
    }

    async fn in_storage<T: DeserializeOwned>(
        &self,
        kind: StorageKind,
        what: &str,
        deadline: Deadline,
    ) -> Result<T, Error> {
        let name = kind.name();
        let script = format!(
            "(() => {{ try {{ const store = {name}; return {{ok: {what}}} }} \
             catch (error) {{ return {{fail: error.name}} }} }})()"
        );
        let main = self.state().frames.main().id.to_string();
        loop {
            let (session, context) = self.world(&main, deadline).await?;
            // A document that was replaced meanwhile is asked again, in its new form.
            let Some(answer) = self.ask(&session, context, &script, deadline).await? else { continue };
            return match answer {
                Answer::Ok(value) => Ok(value),
                Answer::Fail(error) => Err(Error::Unfit { field: "kind", message: refusal(name, &error) }),
            };
        }
    }
}

/// The engine's own sentences would repeat the value.
fn refusal(name: &str, error: &str) -> String {
    match error {
        "QuotaExceededError" => format!("{name} is full: the value does not fit; clear it or store less"),
        "SecurityError" => {
            format!("this document has no {name}; navigate to an http(s) page of the origin that is meant")
        }
        error => format!("{name} cannot be used in this document ({error})"),
    }
}
