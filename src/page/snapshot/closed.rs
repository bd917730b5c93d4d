//! Closed shadow roots: the page's scripts keep them to themselves, so our world is handed them by the browser. It is
//! asked once about each element that draws something which is not among its children.

use serde::Deserialize;

use crate::cdp::browser_protocol::dom::{BackendNodeId, DescribeNodeParams, ResolveNodeParams};
use crate::cdp::js_protocol::runtime::ExecutionContextId;
use crate::cdp::protocol::{CallFunctionOn, Evaluate, RemoteObject};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;
use crate::page::{Error, Page, listeners};

impl Page {
    /// Asks about the elements that the last walk of a document suspects, so many; whether a root was found.
    pub(super) async fn reveal(
        &self,
        session: &Session,
        context: i64,
        suspects: usize,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        let take = || Call::of(&Evaluate::handle("__openclaw.takeSuspect()", Some(context)));
        let taken = session.flight(std::iter::repeat_with(take).take(suspects), deadline).await?;
        let mut held: Vec<String> = taken.into_iter().filter_map(listeners::handle).collect();
        let describe = |host: &String| {
            Call::of(&DescribeNodeParams { object_id: Some(host.clone().into()), ..Default::default() })
        };
        let mut roots = Vec::new();
        for described in session.flight(held.iter().map(describe), deadline).await? {
            // One that went away meanwhile has nothing to show.
            let described: Option<Described> = described.ok().and_then(|reply| reply.parse().ok());
            // Those of players are the browser's own.
            let hidden = |root: &Root| root.shadow_root_type.as_deref() != Some("open");
            roots.extend(described.into_iter().flat_map(|d| d.node.shadow_roots).find(hidden));
        }
        let resolve = |root: &Root| {
            Call::of(&ResolveNodeParams {
                backend_node_id: Some(BackendNodeId::new(root.backend_node_id)),
                execution_context_id: Some(ExecutionContextId::new(context)),
                ..Default::default()
            })
        };
        let mut found = Vec::new();
        if !roots.is_empty() {
            for resolved in session.flight(roots.iter().map(resolve), deadline).await? {
                let resolved: Option<Resolved> = resolved.ok().and_then(|reply| reply.parse().ok());
                found.extend(resolved.and_then(|resolved| resolved.object.object_id));
            }
        }
        let show = |root: &String| {
            Call::of(&CallFunctionOn {
                function_declaration: "function() { __openclaw.reveal(this) }",
                object_id: root,
                arguments: Vec::new(),
                return_by_value: true,
                await_promise: false,
                user_gesture: false,
            })
        };
        let mut calls: Vec<Call> = found.iter().map(show).collect();
        let is_any = !found.is_empty();
        held.extend(found);
        calls.extend(held.into_iter().map(listeners::release));
        // What is asked of the document afterwards is answered afterwards, so nobody waits.
        session.launch(calls).await?;
        Ok(is_any)
    }
}

#[derive(Deserialize)]
struct Described {
    node: Host,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    #[serde(default)]
    shadow_roots: Vec<Root>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    backend_node_id: i64,
    shadow_root_type: Option<String>,
}

#[derive(Deserialize)]
struct Resolved {
    object: RemoteObject,
}
