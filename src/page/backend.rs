//! The browser's own numbers of nodes: what other clients of the same browser know an element by.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Page, Reference, listeners};
use crate::cdp::Call;
use crate::cdp::protocol::Evaluate;
use crate::deadline::Deadline;

/// Numbers that are remembered; beyond that all are asked for again.
const MOST: usize = 50_000;

impl Page {
    /// The `backendDOMNodeId` of each of these; whatever is gone meanwhile has none. Two round trips a document, and
    /// none for what was asked about before.
    pub(super) async fn backend_ids(
        &self,
        references: impl IntoIterator<Item = Reference>,
        deadline: Deadline,
    ) -> HashMap<Reference, i64> {
        let mut known: HashMap<Reference, i64> = HashMap::new();
        let mut documents: HashMap<u32, Vec<u32>> = HashMap::new();
        self.remember(|memory| {
            for reference in references {
                match memory.backend_ids.get(&reference) {
                    Some(id) => {
                        known.insert(reference, *id);
                    }
                    None => documents.entry(reference.frame).or_default().push(reference.number),
                }
            }
        });
        let asked = documents.into_iter().map(|(frame, numbers)| async move {
            let ids = self.backend_ids_in(frame, &numbers, deadline).await.unwrap_or_default();
            ids.into_iter().map(move |(number, id)| (Reference { frame, number }, id))
        });
        let found: Vec<(Reference, i64)> =
            futures::future::join_all(asked).await.into_iter().flatten().collect();
        self.remember(|memory| {
            if memory.backend_ids.len() > MOST {
                memory.backend_ids.clear();
            }
            memory.backend_ids.extend(found.iter().copied());
        });
        known.extend(found);
        known
    }

    /// A node that is handed over as a value says its number too, but building such a value takes Chromium five times as
    /// long as telling who listens to what. So each node gets a listener for a moment, for an event that never comes;
    /// the page does not see listeners of our world.
    async fn backend_ids_in(
        &self,
        frame: u32,
        numbers: &[u32],
        deadline: Deadline,
    ) -> Option<HashMap<u32, i64>> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mark = NEXT.fetch_add(1, Ordering::Relaxed);
        let frame = self.state().frames.by_number(frame)?.id.to_string();
        let (session, context) = self.eyes(&frame, deadline).await.ok()?;
        let marking = format!("__openclaw.mark({mark},{numbers:?})");
        let marked = Call::of(&Evaluate::handle(&marking, Some(context)));
        let document = self.unless_dialog(async { Ok(session.call(marked, deadline).await) }).await.ok()?;
        let document = listeners::handle(document)?;
        let end = format!("__openclaw.unmark({mark})");
        let end = Call::of(&Evaluate::value(&end, Some(context)));
        let calls = [listeners::below(&document), end, listeners::release(document)];
        let asked = async { Ok(session.flight(calls, deadline).await?) };
        let reply = self.unless_dialog(asked).await.ok()?.into_iter().next()?.ok()?;
        let prefix = format!("openclaw-{mark}-");
        let number = |event: &str| event.strip_prefix(&prefix)?.parse().ok();
        let rows = listeners::told(&reply)?;
        Some(rows.iter().filter_map(|row| Some((number(&row.r#type)?, row.backend_node_id?))).collect())
    }
}
