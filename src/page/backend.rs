//! The browser's own numbers of nodes: what other clients of the same browser know an element by.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Page, Reference};
use crate::cdp::Call;
use crate::cdp::js_protocol::runtime::{
    EvaluateParams, ExecutionContextId, SerializationOptions, SerializationOptionsSerialization,
};
use crate::deadline::Deadline;

/// Numbers that are remembered; beyond that all are asked for again.
const MOST: usize = 50_000;

/// What `Runtime.evaluate` answers when it is asked for a deep serialization
/// (<https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#type-DeepSerializedValue>).
#[derive(Deserialize)]
struct Evaluated<'a> {
    #[serde(borrow)]
    result: Serialized<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Serialized<'a> {
    #[serde(borrow)]
    deep_serialized_value: List<'a>,
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    value: Vec<Item<'a>>,
}

/// A node, or `null` for one that is gone.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    value: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    backend_node_id: i64,
}

impl Page {
    /// The `backendDOMNodeId` of each of these; whatever is gone meanwhile has none. One round trip a document, and
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
            let named = move |number| Reference { frame, number };
            numbers.into_iter().map(named).zip(ids).filter_map(|(reference, id)| Some((reference, id?)))
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

    async fn backend_ids_in(
        &self,
        frame: u32,
        numbers: &[u32],
        deadline: Deadline,
    ) -> Option<Vec<Option<i64>>> {
        let frame = self.state().frames.by_number(frame)?.id.to_string();
        let (session, context) = self.eyes(&frame, deadline).await.ok()?;
        let nodes = format!("{numbers:?}.map((n) => __openclaw.node(n))");
        let options = SerializationOptions {
            serialization: SerializationOptionsSerialization::Deep,
            max_depth: Some(1),
            additional_parameters: Some(serde_json::from_str(r#"{"maxNodeDepth":0}"#).ok()?),
        };
        let evaluate = EvaluateParams {
            context_id: Some(ExecutionContextId::new(context)),
            serialization_options: Some(options),
            ..EvaluateParams::new(nodes)
        };
        let asked = async { Ok(session.call(Call::of(&evaluate), deadline).await?) };
        let reply = self.unless_dialog(asked).await.ok()?;
        let Evaluated { result } = reply.parse().ok()?;
        let id = |item: Item<'_>| {
            let node: Node = serde_json::from_str(item.value?.get()).ok()?;
            Some(node.backend_node_id)
        };
        Some(result.deep_serialized_value.value.into_iter().map(id).collect())
    }
}
