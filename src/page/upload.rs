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
use super::world::value_of;
use super::{Fault, Page, scripts};
use crate::cdp::browser_protocol::dom::{BackendNodeId, ResolveNodeParams, SetFileInputFilesParams};
use crate::cdp::browser_protocol::page::SetInterceptFileChooserDialogParams;
use crate::cdp::js_protocol::runtime::ReleaseObjectParams;
use crate::cdp::protocol::{CallFunctionOn, Evaluate, Evaluated, FileChooserOpened};
use crate::cdp::{Call, Session, SessionId};
use crate::deadline::Deadline;

/// How long after a click a page may still open a chooser: Chromium takes a user's gesture for 5 seconds.
const GESTURE: Duration = Duration::from_millis(5500);

/// How long a chooser that has opened may take to be given its files.
const GIVING: Duration = Duration::from_secs(1);

/// The choosers of a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choosers {
    armed: Option<Armed>,
    /// Choosers that are being given their files.
    giving: u32,
    answered: u64,
    /// What choosers made of their files, or why they did not take them, that no call has told of yet.
    untold: Vec<Result<Kept, Error>>,
    /// Choosers so far that nobody had files for.
    pub(super) unanswered: u32,
}

/// What a file input made of files that it was given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    /// Whether it holds anything: a page may empty it as it hears of them.
    any: bool,
    /// What it asks for, as its `accept` says.
    accept: String,
    /// The names of those that are nothing of that.
    misfits: Vec<String>,
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
        let armed = self.armed.take().filter(|armed| !armed.until.remaining().is_zero());
        self.unanswered += u32::from(armed.is_none());
        self.giving += u32::from(armed.is_some());
        armed
    }

    /// Whether a chooser is waited for.
    pub(crate) fn is_armed(&self) -> bool {
        self.armed.is_some()
    }

    /// A chooser got its files, or did not take them.
    pub(crate) fn answered(&mut self, outcome: Result<Kept, Error>) {
        self.giving = self.giving.saturating_sub(1);
        self.answered += 1;
        self.untold.push(outcome);
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
        // What the page does with the files may open a dialog.
        let given = async {
            self.does();
            give(&place.session, object, files, deadline).await
        };
        let kept = self.unless_dialog(given).await?;
        self.note_kept(&kept);
        Ok(())
    }

    fn note_kept(&self, Kept { any, accept, misfits }: &Kept) {
        if !any {
            self.warn(
                "the page emptied the file input at once: it may have taken the files over, or thrown them away; look at \
                 the page"
                    .to_owned(),
            );
        }
        if !misfits.is_empty() {
            let names = misfits.join(", ");
            self.warn(format!("the file input asks for {accept:?}, which is not what it was given: {names}"));
        }
    }

    /// Tells what choosers made of the files that waited for them, and of those that nobody had files for, when there are
    /// more of these than before. Yields whether one has taken files.
    pub(super) async fn tell_of_choosers(&self, before: u32, deadline: Deadline) -> bool {
        if self.state().choosers.giving > 0 {
            let given = self.until(deadline.within(GIVING), "a chooser", |state| state.choosers.giving == 0);
            // A dialog that the page opens as it hears of its files is told by itself.
            given.await.ok();
        }
        let mut has_taken = false;
        for outcome in self.take_untold() {
            match outcome {
                Ok(kept) => {
                    has_taken = true;
                    self.note_kept(&kept);
                }
                Err(error) => self.warn(format!(
                    "a file chooser opened and did not take the files that waited for it: {error}"
                )),
            }
        }
        if self.state().choosers.unanswered > before {
            let next = "Send them with upload, and name as ref what opens it";
            self.warn(format!("the page opened a file chooser that nobody had files for. {next}"));
        }
        has_taken
    }

    fn take_untold(&self) -> Vec<Result<Kept, Error>> {
        let mut untold = Vec::new();
        if !self.state().choosers.untold.is_empty() {
            self.modify(|state| untold = std::mem::take(&mut state.choosers.untold));
        }
        untold
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
            Ok(()) => {
                if let Some(outcome) = self.take_untold().pop() {
                    self.note_kept(&outcome?);
                }
                Ok(())
            }
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
            session.send(&choosers(true, false), until.within(GESTURE)).await?;
        }
        Ok(())
    }
}

/// Whether choosers are told instead of shown: while files wait for one, and where nobody sees them. There one that has no
/// files is closed, and the page hears of that.
pub(super) fn choosers(is_armed: bool, is_headless: bool) -> SetInterceptFileChooserDialogParams {
    let cancel = Some(is_headless && !is_armed);
    SetInterceptFileChooserDialogParams {
        cancel,
        ..SetInterceptFileChooserDialogParams::new(is_armed || is_headless)
    }
}

/// Has the choosers of a channel told instead of shown.
pub(super) async fn intercept(session: &Session, deadline: Deadline) {
    // A frame that is gone opens no chooser.
    session.send(&choosers(true, false), deadline).await.ok();
}

/// Lets the choosers after this one be shown again, and gives it its files.
pub(super) async fn fill(
    session: Session,
    opened: FileChooserOpened,
    armed: Option<Armed>,
    is_headless: bool,
    deadline: Deadline,
) -> Option<Result<Kept, Error>> {
    session.send(&choosers(false, is_headless), deadline).await.ok();
    Some(put(&session, &opened, &armed?.files, deadline).await)
}

async fn put(
    session: &Session,
    opened: &FileChooserOpened,
    files: &[PathBuf],
    deadline: Deadline,
) -> Result<Kept, Error> {
    let refused = |fault| Error::Element { label: "file chooser".to_owned(), fault };
    if opened.mode != "selectMultiple" && files.len() > 1 {
        return Err(refused(Fault::OneFileOnly));
    }
    let no_input = || refused(Fault::NotFileInput);
    let node = BackendNodeId::new(opened.backend_node_id.ok_or_else(no_input)?);
    let resolve = ResolveNodeParams { backend_node_id: Some(node), ..Default::default() };
    let input = session.send(&resolve, deadline).await?.object.object_id.ok_or_else(no_input)?;
    give(session, input.into(), files, deadline).await
}

/// Puts files into an input, asks in the same moment what it holds then, and lets go of it.
async fn give(
    session: &Session,
    input: String,
    files: &[PathBuf],
    deadline: Deadline,
) -> Result<Kept, Error> {
    let files = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>();
    let set = SetFileInputFilesParams {
        object_id: Some(input.clone().into()),
        ..SetFileInputFilesParams::new(files)
    };
    let holds = CallFunctionOn {
        function_declaration: scripts::KEPT,
        object_id: &input,
        arguments: Vec::new(),
        return_by_value: true,
        await_promise: false,
        user_gesture: false,
    };
    let calls = [Call::of(&set), Call::of(&holds), Call::of(&ReleaseObjectParams::new(input.clone()))];
    let mut replies = session.flight(calls, deadline).await?.into_iter();
    replies.next().transpose()?;
    let kept = replies.next().and_then(Result::ok).and_then(|reply| value_of(reply.parse().ok()?).ok());
    // A page that has left with its files has taken them.
    Ok(kept.unwrap_or_else(|| Kept { any: true, ..Kept::default() }))
}
