//! Files for a page: put straight into a file input, or into the chooser that the page opens next. It does not know
//! which files are allowed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::error::Error;
use super::evaluate::millis;
use super::input::Press;
use super::reference::Target;
use super::{Fault, Page};
use crate::cdp::browser_protocol::dom::{BackendNodeId, SetFileInputFilesParams};
use crate::cdp::browser_protocol::page::SetInterceptFileChooserDialogParams;
use crate::cdp::protocol::{Evaluate, Evaluated, FileChooserOpened};
use crate::cdp::{Call, Session, SessionId};
use crate::deadline::Deadline;

/// How long after a click a page may still open a chooser: Chromium takes a user's gesture for 5 seconds.
const GESTURE: Duration = Duration::from_millis(5500);

/// The choosers of a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choosers {
    armed: Option<Armed>,
    answered: u64,
    /// Why the last chooser did not take its files.
    fault: Option<Error>,
}

/// Files for a chooser that is yet to open.
#[derive(Debug, Clone)]
pub(crate) struct Armed {
    pub(super) files: Vec<PathBuf>,
    until: Deadline,
}

impl Choosers {
    /// The files for the chooser that has just opened, if it came in time.
    pub(crate) fn take(&mut self) -> Option<Armed> {
        self.armed.take().filter(|armed| !armed.until.remaining().is_zero())
    }

    /// Whether a chooser is waited for.
    pub(crate) fn is_armed(&self) -> bool {
        self.armed.is_some()
    }

    /// A chooser got its files, or did not take them.
    pub(crate) fn answered(&mut self, outcome: Result<(), Error>) {
        self.answered += 1;
        self.fault = outcome.err();
    }
}

/// What a file input says of itself.
#[derive(Debug, Deserialize)]
struct FileInput {
    multiple: bool,
}

impl Page {
    /// Puts files straight into a file input, whether it can be seen or not.
    ///
    /// # Errors
    /// [`Error::Element`] when it is no file input, is disabled, or takes one file only.
    pub async fn upload_into(
        &self,
        input: &Target,
        files: &[PathBuf],
        deadline: Deadline,
    ) -> Result<(), Error> {
        let place = self.locate(input, deadline).await?;
        let FileInput { multiple } = self.call_on(&place, "fileInput", "{}", deadline).await?;
        if !multiple && files.len() > 1 {
            return Err(Error::Element { label: place.label, fault: Fault::OneFileOnly });
        }
        let missing = || Error::Element { label: input.label(), fault: Fault::Missing };
        let lookup = format!("__openclaw.fileInputOf({})", place.target);
        let handle = Call::of(&Evaluate::handle(&lookup, Some(place.context)));
        let found: Evaluated = place.session.call(handle, deadline).await?.parse()?;
        let object = found.result.object_id.ok_or_else(missing)?;
        let set = SetFileInputFilesParams { object_id: Some(object.into()), ..params(files) };
        // What the page does with the files may open a dialog.
        let given = async {
            self.does();
            Ok(place.session.send(&set, deadline).await?)
        };
        self.unless_dialog(given).await?;
        Ok(())
    }

    /// Clicks an element and gives the chooser that it opens these files. A file input gets them without a click.
    ///
    /// # Errors
    /// [`Error::NoChooser`] when none opens in time.
    pub async fn upload_by(
        &self,
        target: &Target,
        files: &[PathBuf],
        deadline: Deadline,
    ) -> Result<(), Error> {
        let place = self.locate(target, deadline).await?;
        let is_input: bool = self.call_on(&place, "isFileInput", "{}", deadline).await?;
        if is_input {
            return self.upload_into(target, files, deadline).await;
        }
        let allowed = deadline.remaining().min(GESTURE);
        let deadline = deadline.within(GESTURE);
        let before = self.state().choosers.answered;
        self.arm_chooser(files.to_vec(), deadline).await?;
        self.step(self.click_on(target, Press::default(), false, deadline)).await?;
        let answered = self.until(deadline, "a file chooser", |state| state.choosers.answered > before).await;
        if self.state().choosers.answered > before {
            // What the page does with the files may open a dialog here, too.
            self.does();
        }
        match answered {
            Err(Error::Wait { .. }) => {
                self.modify(|state| state.choosers.armed = None);
                Err(Error::NoChooser(millis(allowed)))
            }
            Err(error) => Err(error),
            Ok(()) => self.state().choosers.fault.clone().map_or(Ok(()), Err),
        }
    }

    /// Gives the next chooser that the page opens these files, if it opens in time. A later call takes the place of an
    /// earlier one.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn arm_chooser(&self, files: Vec<PathBuf>, until: Deadline) -> Result<(), Error> {
        self.modify(|state| state.choosers.armed = Some(Armed { files, until }));
        let sessions: HashMap<Option<SessionId>, Session> = {
            let state = self.state();
            state.frames.all().map(|frame| (frame.session.id().cloned(), frame.session.clone())).collect()
        };
        for session in sessions.into_values() {
            session.send(&SetInterceptFileChooserDialogParams::new(true), until.within(GESTURE)).await?;
        }
        Ok(())
    }
}

/// Has the choosers of a channel told instead of shown.
pub(super) async fn intercept(session: &Session, deadline: Deadline) {
    // A frame that is gone opens no chooser.
    session.send(&SetInterceptFileChooserDialogParams::new(true), deadline).await.ok();
}

/// Gives a chooser its files, and lets the ones after it be shown again.
pub(super) async fn fill(
    session: Session,
    opened: FileChooserOpened,
    armed: Option<Armed>,
    deadline: Deadline,
) -> Option<Result<(), Error>> {
    let outcome = match armed {
        Some(armed) => Some(put(&session, &opened, &armed.files, deadline).await),
        None => None,
    };
    session.send(&SetInterceptFileChooserDialogParams::new(false), deadline).await.ok();
    outcome
}

async fn put(
    session: &Session,
    opened: &FileChooserOpened,
    files: &[PathBuf],
    deadline: Deadline,
) -> Result<(), Error> {
    let refused = |fault| Error::Element { label: "file chooser".to_owned(), fault };
    if opened.mode != "selectMultiple" && files.len() > 1 {
        return Err(refused(Fault::OneFileOnly));
    }
    let node = opened.backend_node_id.ok_or_else(|| refused(Fault::NotFileInput))?;
    let set = SetFileInputFilesParams { backend_node_id: Some(BackendNodeId::new(node)), ..params(files) };
    session.send(&set, deadline).await?;
    Ok(())
}

fn params(files: &[PathBuf]) -> SetFileInputFilesParams {
    SetFileInputFilesParams::new(files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>())
}
