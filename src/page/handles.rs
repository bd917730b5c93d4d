//! Handles of several nodes at once: of a list that our world yields, and of each node in it. The inspector holds what
//! has a handle, so that it would never be collected: whoever asks for them gives them back.

use serde::Deserialize;

use super::{Error, listeners};
use crate::cdp::js_protocol::runtime::GetPropertiesParams;
use crate::cdp::protocol::{Evaluate, Evaluated, RemoteObject};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;

/// A list and its members.
#[derive(Debug)]
pub(super) struct Handles {
    /// Of the list itself.
    pub(super) list: String,
    /// Of its members, in their order.
    pub(super) members: Vec<String>,
}

#[derive(Deserialize)]
struct Members {
    result: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    value: Option<RemoteObject>,
}

impl Handles {
    /// What an expression yields in a context; none when that is no list.
    pub(super) async fn of(
        session: &Session,
        context: i64,
        expression: &str,
        deadline: Deadline,
    ) -> Result<Option<Self>, Error> {
        let list = Call::of(&Evaluate::handle(expression, Some(context)));
        let list: Evaluated = session.call(list, deadline).await?.parse()?;
        let Some(list) = list.result.object_id else { return Ok(None) };
        let own =
            GetPropertiesParams { own_properties: Some(true), ..GetPropertiesParams::new(list.clone()) };
        let members: Members = session.call(Call::of(&own), deadline).await?.parse()?;
        let members = members.result.into_iter().filter_map(|member| member.value?.object_id).collect();
        Ok(Some(Self { list, members }))
    }

    /// Gives them back.
    pub(super) fn release(self) -> impl Iterator<Item = Call> {
        std::iter::once(self.list).chain(self.members).map(listeners::release)
    }
}
