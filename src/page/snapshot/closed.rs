//! Closed shadow roots: the page's scripts keep them to themselves, so our world is handed them by the browser. It is
//! asked once about each element that draws something which is not among its children.

use serde::Deserialize;

use crate::cdp::browser_protocol::dom::{BackendNodeId, DescribeNodeParams, ResolveNodeParams};
use crate::cdp::js_protocol::runtime::{ExecutionContextId, GetPropertiesParams, ReleaseObjectParams};
use crate::cdp::protocol::{CallFunctionOn, Evaluate, Evaluated, RemoteObject};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;
use crate::page::{Error, Page};

impl Page {
    /// Asks about the elements that the last walk of a document suspects; whether a root was found.
    pub(super) async fn reveal(
        &self,
        session: &Session,
        context: i64,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        let taken = Call::of(&Evaluate::handle("__openclaw.takeSuspects()", Some(context)));
        let taken: Evaluated = session.call(taken, deadline).await?.parse()?;
        let Some(list) = taken.result.object_id else { return Ok(false) };
        let mut held = vec![list.clone()];
        let mut members = GetPropertiesParams::new(list);
        members.own_properties = Some(true);
        let members: Members = session.call(Call::of(&members), deadline).await?.parse()?;
        let hosts: Vec<String> =
            members.result.into_iter().filter_map(|member| member.value?.object_id).collect();
        held.extend(hosts.iter().cloned());
        let describe = |host: String| {
            Call::of(&DescribeNodeParams { object_id: Some(host.into()), ..Default::default() })
        };
        let mut roots = Vec::new();
        for described in session.flight(hosts.into_iter().map(describe), deadline).await? {
            // One that went away meanwhile has nothing to show.
            let described: Option<Described> = described.ok().and_then(|reply| reply.parse().ok());
            let closed = |root: &Root| root.shadow_root_type.as_deref() == Some("closed");
            roots.extend(described.into_iter().flat_map(|d| d.node.shadow_roots).find(closed));
        }
        let resolve = |root: &Root| {
            Call::of(&ResolveNodeParams {
                backend_node_id: Some(BackendNodeId::new(root.backend_node_id)),
                execution_context_id: Some(ExecutionContextId::new(context)),
                ..Default::default()
            })
        };
        let mut found = Vec::new();
        for resolved in session.flight(roots.iter().map(resolve), deadline).await? {
            let resolved: Option<Resolved> = resolved.ok().and_then(|reply| reply.parse().ok());
            found.extend(resolved.and_then(|resolved| resolved.object.object_id));
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
        let release = |object: &String| Call::of(&ReleaseObjectParams::new(object.clone()));
        // What is held by the inspector would never be collected.
        let calls: Vec<Call> = found.iter().map(show).chain(held.iter().chain(&found).map(release)).collect();
        session.flight(calls, deadline).await?;
        Ok(!found.is_empty())
    }
}

#[derive(Deserialize)]
struct Members {
    result: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    value: Option<RemoteObject>,
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
