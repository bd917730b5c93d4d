//! The count of all leases that an instance has ever granted. It is kept in the state dir, so that no number is given
//! twice, whatever ends the gateway.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::LeaseError;
use crate::instance::file;

/// Numbers that are set aside at once: one write for so many leases, and after a crash those that were not given are
/// skipped.
const BATCH: u64 = 1000;

/// The count, and the file that it is kept in.
#[derive(Debug)]
pub(super) struct FenceCounter {
    path: PathBuf,
    /// Held for the short, synchronous read-change-write of the file.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    /// No number up to this one will be given by another gateway.
    set_aside: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    /// What a reader should know who opens the file.
    #[serde(default)]
    note: String,
    set_aside: u64,
}

impl FenceCounter {
    /// The count that is kept in a file, from 0 when there is none.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default() }
    }

    /// The next number.
    ///
    /// # Errors
    /// [`LeaseError::Counter`] when the file cannot be read or written: without it a number could be given twice.
    pub(super) fn next(&self) -> Result<u64, LeaseError> {
        let mut state = self.state.lock().expect("nothing panics while it is held");
        if state.last == state.set_aside {
            let known = self.read()?.max(state.set_aside);
            let set_aside = known + BATCH;
            self.write(set_aside)?;
            *state = State { last: known, set_aside };
        }
        state.last += 1;
        Ok(state.last)
    }

    fn read(&self) -> Result<u64, LeaseError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(self.trouble(&error)),
        };
        let written: Written = serde_json::from_slice(&bytes).map_err(|error| self.trouble(&error))?;
        Ok(written.set_aside)
    }

    fn write(&self, set_aside: u64) -> Result<(), LeaseError> {
        let note =
            "Fences of leases: every number up to this one may have been given and is never given again"
                .to_owned();
        let text =
            serde_json::to_vec_pretty(&Written { note, set_aside }).expect("text and numbers are JSON");
        file::write_atomic(&self.path, &text).map_err(|error| self.trouble(&error))
    }

    fn trouble(&self, error: &impl ToString) -> LeaseError {
        LeaseError::Counter { path: self.path.clone(), why: Arc::from(error.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_given_twice_and_a_file_that_cannot_be_read_gives_none() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("fences.json");
        let counter = FenceCounter::new(path.clone());
        let given: Vec<u64> = (0..BATCH + 2).map(|_| counter.next().expect("a number")).collect();
        assert!(given.iter().zip(1..).all(|(given, expected)| *given == expected));
        // Another gateway goes on behind what this one has set aside.
        let next = FenceCounter::new(path.clone()).next().expect("a number");
        assert_eq!(next, 2 * BATCH + 1);
        std::fs::write(&path, "{").expect("written");
        let error = FenceCounter::new(path).next().expect_err("a number could be given twice").to_string();
        assert!(error.contains("fences.json"), "{error}");
    }
}
