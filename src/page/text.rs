//! What a page says to a reader: its main content as text or Markdown, frames included, within a budget.

use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use serde::Deserialize;

use super::world::quoted;
use super::{Error, Fault, Page};
use crate::deadline::Deadline;

/// A frame that does not answer is left out after this long.
const FRAME: Duration = Duration::from_secs(2);

/// What is read, and how.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// With headings, lists, links, tables, code in Markdown.
    pub markdown: bool,
    /// Only the first element that this CSS selector matches, instead of the main content.
    pub selector: Option<String>,
    /// The longest text, in UTF-16 units.
    pub max_chars: usize,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The document's title.
    pub title: String,
    /// The text.
    pub text: String,
    /// UTF-16 units that did not fit.
    pub omitted: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Ok(Document),
    Fail(Fail),
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Fail {
    why: String,
    message: String,
}

#[derive(Default, Deserialize)]
struct Document {
    title: String,
    blocks: Vec<Block>,
}

/// Line breaks before it, its text, and the number of the frame's element in place of text.
#[derive(Debug, Clone, Deserialize)]
struct Block(usize, Option<String>, #[serde(default)] Option<u32>);

impl Page {
    /// Reads the main content of the page.
    ///
    /// # Errors
    /// When the selector matches nothing or is none, and when the page does not answer.
    pub async fn read(&self, options: &ReadOptions, deadline: Deadline) -> Result<Reading, Error> {
        let main = self.state().frames.main().id.to_string();
        let selector = options.selector.as_deref();
        let scope = selector.map(|selector| format!(",selector:{}", quoted(selector))).unwrap_or_default();
        let Document { title, blocks } = self.document_text(main, options.markdown, scope, deadline).await?;
        let (text, omitted) = joined(&blocks, options.max_chars);
        Ok(Reading { title, text, omitted })
    }

    fn document_text(
        &self,
        frame: String,
        markdown: bool,
        scope: String,
        deadline: Deadline,
    ) -> BoxFuture<'_, Result<Document, Error>> {
        async move {
            let format = if markdown { "markdown" } else { "text" };
            let script = format!("__openclaw.read({{format:\"{format}\"{scope}}})");
            let mut document = loop {
                let (session, context) = self.world(&frame, deadline).await?;
                match self.ask(&session, context, &script, deadline).await? {
                    Some(Answer::Ok(document)) => break document,
                    Some(Answer::Fail(fail)) => return Err(fail.into_error(&scope)),
                    // Another document came meanwhile.
                    None => {}
                }
            };
            document.blocks = self.with_frames(&frame, document.blocks, markdown, deadline).await;
            Ok(document)
        }
        .boxed()
    }

    /// Puts what frames say where they stand.
    async fn with_frames(
        &self,
        frame: &str,
        blocks: Vec<Block>,
        markdown: bool,
        deadline: Deadline,
    ) -> Vec<Block> {
        if blocks.iter().all(|block| block.2.is_none()) {
            return blocks;
        }
        let children: Vec<String> =
            self.state().frames.children(frame).map(|child| child.id.to_string()).collect();
        let soon = deadline.within(FRAME);
        let told = children.into_iter().map(|child| async move {
            let owner = self.owner_ref(&child, soon).await.ok()?;
            let text = soon.run(self.document_text(child, markdown, ",all:true".to_owned(), soon)).await;
            Some((owner, text.ok()?.ok()?.blocks))
        });
        let mut told: Vec<(u32, Vec<Block>)> = join_all(told).await.into_iter().flatten().collect();
        let mut all = Vec::new();
        for block in blocks {
            match block.2 {
                None => all.push(block),
                Some(number) => {
                    let inside = told.iter_mut().find(|(owner, _)| *owner == number);
                    all.append(&mut inside.map(|(_, blocks)| std::mem::take(blocks)).unwrap_or_default());
                }
            }
        }
        all
    }
}

impl Fail {
    fn into_error(self, scope: &str) -> Error {
        let label = scope.trim_start_matches(",selector:").trim_matches('"').to_owned();
        let fault = match self.why.as_str() {
            "badSelector" => Fault::BadSelector(self.message),
            _ => Fault::Missing,
        };
        Error::Element { label, fault }
    }
}

/// Blocks in one text, and how much did not fit. Only a first block that is too long alone is cut within.
fn joined(blocks: &[Block], most: usize) -> (String, usize) {
    let (mut text, mut length, mut omitted) = (String::new(), 0, 0);
    for Block(breaks, said, _) in blocks {
        let Some(said) = said else { continue };
        let breaks = if length == 0 && omitted == 0 { 0 } else { *breaks };
        let units = breaks + said.encode_utf16().count();
        if omitted == 0 && length + units <= most {
            text.extend(std::iter::repeat_n('\n', breaks));
            text.push_str(said);
            length += units;
        } else if omitted == 0 && length == 0 {
            text = start_of(said, most);
            length = text.encode_utf16().count();
            omitted = units - length;
        } else {
            omitted += units;
        }
    }
    (text, omitted)
}

/// As many whole characters as fit.
fn start_of(text: &str, most: usize) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= most
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(texts: &[(usize, &str)]) -> Vec<Block> {
        texts.iter().map(|(breaks, text)| Block(*breaks, Some((*text).to_owned()), None)).collect()
    }

    #[test]
    fn blocks_are_joined_and_cut_between() {
        let all = blocks(&[(2, "one"), (2, "two"), (1, "three"), (2, "4")]);
        assert_eq!(joined(&all, 100), ("one\n\ntwo\nthree\n\n4".to_owned(), 0));
        assert_eq!(joined(&all, 8), ("one\n\ntwo".to_owned(), 9));
        // Nothing small jumps a queue.
        assert_eq!(joined(&all, 10), ("one\n\ntwo".to_owned(), 9));
        assert_eq!(joined(&all, 2), ("on".to_owned(), 15));
        assert_eq!(joined(&blocks(&[(2, "🦊🦊")]), 3), ("🦊".to_owned(), 2));
        assert_eq!(joined(&[], 5), (String::new(), 0));
    }
}
