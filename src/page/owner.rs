//! Which element of the parent document holds a child frame, across processes.

use serde::Deserialize;

use super::Page;
use super::error::Error;
use crate::cdp::Call;
use crate::cdp::browser_protocol::dom::{BackendNodeId, GetFrameOwnerParams, ResolveNodeParams};
use crate::cdp::js_protocol::runtime::ExecutionContextId;
use crate::cdp::protocol::{CallFunctionOn, Evaluated, RemoteObject};
use crate::deadline::Deadline;

impl Page {
    /// The ref number of a child frame's element in its parent's document. Asked once a document.
    pub(super) async fn owner_ref(&self, frame: &str, deadline: Deadline) -> Result<u32, Error> {
        let parent = {
            let state = self.state();
            let known = state.frames.get(frame).ok_or(Error::Gone)?;
            if let Some(owner) = known.owner_ref {
                return Ok(owner);
            }
            known.parent.clone().ok_or(Error::Gone)?
        };
        let (session, context) = self.eyes(&parent, deadline).await?;
        let owner = session.call(Call::of(&GetFrameOwnerParams::new(frame.to_owned())), deadline).await?;
        let Owner { backend_node_id } = owner.parse()?;
        let resolve = ResolveNodeParams {
            backend_node_id: Some(BackendNodeId::new(backend_node_id)),
            execution_context_id: Some(ExecutionContextId::new(context)),
            ..Default::default()
        };
        let resolved: Resolved = session.call(Call::of(&resolve), deadline).await?.parse()?;
        let number = CallFunctionOn {
            function_declaration: "function() { return __openclaw.refOf(this) }",
            object_id: &resolved.object.object_id.ok_or(Error::Gone)?,
            arguments: Vec::new(),
            return_by_value: true,
            await_promise: false,
            user_gesture: false,
        };
        let answered: Evaluated = session.call(Call::of(&number), deadline).await?.parse()?;
        let owner: u32 = super::world::value_of(answered)?;
        self.modify(|state| {
            if let Some(frame) = state.frames.get_mut(frame) {
                frame.owner_ref = Some(owner);
            }
        });
        Ok(owner)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    backend_node_id: i64,
}

#[derive(Deserialize)]
struct Resolved {
    object: RemoteObject,
}
