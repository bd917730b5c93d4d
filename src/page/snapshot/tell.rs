//! A snapshot from the question to the text: fetch, select, write, cut.

use super::{Rendered, SnapshotOptions, rendered::assemble};
use crate::deadline::Deadline;
use crate::page::{Error, Page};

impl Page {
    /// Tells the page as text, frames included, with a ref for everything that can be acted on.
    ///
    /// # Errors
    /// When the page is blocked, gone, or does not answer in time.
    pub async fn snapshot(&self, options: &SnapshotOptions, deadline: Deadline) -> Result<Rendered, Error> {
        let frame = match &options.frame {
            Some(selector) => self.frame_at(selector, deadline).await?,
            None => self.state().frames.main().id.to_string(),
        };
        let selector = options.selector.as_deref();
        let captured = self.capture(frame, options.style.walk(), selector, deadline).await?;
        let parts = captured.parts();
        if let Some(told) = self.walks.told(options, &parts) {
            return Ok(told);
        }
        let told = assemble(options.style.list(&captured.forest()?), options.max_chars);
        self.state.send_if_modified(|state| {
            state.names.learn(&told.refs);
            // Nobody waits for it.
            false
        });
        self.walks.tell(options.clone(), parts, told.clone());
        Ok(told)
    }
}
