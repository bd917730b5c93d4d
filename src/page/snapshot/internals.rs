//! What custom elements say of themselves in their `ElementInternals`: the page's scripts keep those to themselves, and
//! the browser's accessibility tree has what they say. It is asked of elements alone whose class is written as if they
//! said something, and of none of a tag again that said nothing.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::Flags;
use crate::cdp::browser_protocol::accessibility::{DisableParams, EnableParams, GetPartialAxTreeParams};
use crate::cdp::js_protocol::runtime::GetPropertiesParams;
use crate::cdp::protocol::{CallFunctionOn, Evaluate, Evaluated, RemoteObject};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;
use crate::page::scripts::SPEAKERS;
use crate::page::{Error, Page, listeners};

/// What has come of asking.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Heard {
    /// Something else was said than before.
    pub(super) is_new: bool,
    /// Something was said.
    pub(super) is_any: bool,
}

/// What an element says of itself; the walk reads it.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Saying {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    flags: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl Page {
    /// Those of these tags whose class may say something. `main`: the page's own world.
    pub(super) async fn speaking(
        &self,
        session: &Session,
        main: Option<i64>,
        tags: &[&str],
        deadline: Deadline,
    ) -> Vec<String> {
        let Some(main) = main else { return Vec::new() };
        let tags = serde_json::to_string(tags).expect("texts are plain data");
        let spoken = self.ask(session, main, &format!("({SPEAKERS})({tags})"), deadline).await;
        // A page may have broken what this reads; then nothing is known of it.
        spoken.ok().flatten().unwrap_or_default()
    }

    /// Asks the browser about the custom elements that the last walk of a document has met. `tags`: those of the tags
    /// unheard that may say something; `known`: how many elements of other tags are known to.
    pub(super) async fn hear(
        &self,
        session: &Session,
        context: i64,
        tags: &[String],
        known: usize,
        deadline: Deadline,
    ) -> Result<Heard, Error> {
        if tags.is_empty() && known == 0 {
            session
                .launch([Call::of(&Evaluate::value("void __openclaw.takeSpeakers([])", Some(context)))])
                .await?;
            return Ok(Heard::default());
        }
        let tags = serde_json::to_string(tags).expect("texts are plain data");
        let taken = format!("__openclaw.takeSpeakers({tags})");
        let taken: Evaluated = session.send(&Evaluate::handle(&taken, Some(context)), deadline).await?;
        let Some(list) = taken.result.object_id else { return Ok(Heard::default()) };
        let own =
            GetPropertiesParams { own_properties: Some(true), ..GetPropertiesParams::new(list.clone()) };
        let members: Members = session.call(Call::of(&own), deadline).await?.parse()?;
        let members = members.result.into_iter().filter_map(|member| member.value?.object_id);
        let members: Vec<String> = members.collect();
        let heard = if members.is_empty() {
            Heard::default()
        } else {
            let sayings = sayings(session, &members, deadline).await?;
            let sayings = serde_json::to_string(&sayings).expect("sayings are plain data");
            let tell = CallFunctionOn {
                function_declaration: &format!("function() {{ return __openclaw.hear(this, {sayings}) }}"),
                object_id: &list,
                arguments: Vec::new(),
                return_by_value: true,
                await_promise: false,
                user_gesture: false,
            };
            let told: Evaluated = session.call(Call::of(&tell), deadline).await?.parse()?;
            told.result.value.and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
        };
        // The inspector holds what has a handle, so that it would never be collected.
        session.launch(std::iter::once(list).chain(members).map(listeners::release)).await?;
        Ok(heard)
    }
}

/// The tree is made once for all of them.
async fn sayings(
    session: &Session,
    elements: &[String],
    deadline: Deadline,
) -> Result<Vec<Option<Saying>>, Error> {
    let about = |element: &String| {
        let object_id = Some(element.clone().into());
        Call::of(&GetPartialAxTreeParams { object_id, fetch_relatives: Some(false), ..Default::default() })
    };
    let (enable, disable) = (Call::of(&EnableParams::default()), Call::of(&DisableParams::default()));
    let calls: Vec<Call> =
        std::iter::once(enable).chain(elements.iter().map(about)).chain([disable]).collect();
    let replies = session.flight(calls, deadline).await?;
    let saying = |reply: Result<crate::cdp::Reply, _>| {
        // One that went away meanwhile says nothing.
        let tree: Tree = reply.ok()?.parse().ok()?;
        Saying::of(tree.nodes.into_iter().next()?)
    };
    Ok(replies.into_iter().skip(1).take(elements.len()).map(saying).collect())
}

impl Saying {
    fn of(node: Node) -> Option<Self> {
        if node.ignored {
            return None;
        }
        let role = node.role.and_then(|role| role.value.text()).filter(|role| role != "generic");
        let label = node.name.and_then(Name::label);
        let (mut flags, mut level, mut spoken) = (0, None, None);
        for Property { name, value: Value { value } } in node.properties {
            flags |= match (name.as_str(), &value) {
                ("checked", Scalar::Text(state)) => tristate(Flags::CHECKED, state),
                ("pressed", Scalar::Text(state)) => tristate(Flags::PRESSED, state),
                ("disabled", Scalar::Bool(true)) => Flags::DISABLED,
                ("expanded", Scalar::Bool(true)) => Flags::EXPANDED,
                ("selected", Scalar::Bool(true)) => Flags::SELECTED,
                ("invalid", Scalar::Text(state)) if state != "false" => Flags::INVALID,
                _ => 0,
            };
            match (name.as_str(), value) {
                ("level", Scalar::Number(number)) => level = Some(number),
                ("valuetext", Scalar::Text(text)) if !text.is_empty() => spoken = Some(text),
                _ => {}
            }
        }
        let number = match node.value {
            Some(Value { value: Scalar::Number(number) }) => Some(number.to_string()),
            _ => None,
        };
        let saying = Self { role, label, flags, level, value: spoken.or(number) };
        Some(saying).filter(|saying| *saying != Self::default())
    }
}

fn tristate(flag: u32, state: &str) -> u32 {
    match state {
        "true" => flag,
        "mixed" => flag | Flags::MIXED,
        _ => 0,
    }
}

impl Name {
    /// What somebody has written as a label: what an element holds is read better by the walk.
    fn label(self) -> Option<String> {
        let source = self.sources.iter().find(|source| source.value.is_some() && !source.superseded)?;
        let is_label = source.attribute.as_deref().is_some_and(|name| name.starts_with("aria-label"));
        self.value.text().filter(|_| is_label)
    }
}

/// What `Runtime.getProperties` answers for a list.
#[derive(Deserialize)]
struct Members {
    result: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    value: Option<RemoteObject>,
}

/// What `Accessibility.getPartialAXTree` answers
/// (<https://chromedevtools.github.io/devtools-protocol/tot/Accessibility/#type-AXNode>): newer browsers have properties
/// that the generated types do not know.
#[derive(Deserialize)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    ignored: bool,
    role: Option<Value>,
    name: Option<Name>,
    value: Option<Value>,
    #[serde(default)]
    properties: Vec<Property>,
}

#[derive(Deserialize)]
struct Value {
    #[serde(default)]
    value: Scalar,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Number(f64),
    Text(String),
    #[default]
    None,
    Other(IgnoredAny),
}

impl Scalar {
    fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    value: Scalar,
    #[serde(default)]
    sources: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    attribute: Option<String>,
    value: Option<Value>,
    #[serde(default)]
    superseded: bool,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    value: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(node: &str) -> Option<Saying> {
        Saying::of(serde_json::from_str(node).expect("a node"))
    }

    #[test]
    fn what_is_written_is_told_and_what_it_holds_is_not() {
        let checkbox = r#"{"ignored":false,"role":{"value":"checkbox"},"name":{"value":"Tick","sources":[{"attribute":"aria-labelledby"},
            {"attribute":"aria-label","value":{"value":"Tick"}}]},"properties":[{"name":"checked","value":{"value":"mixed"}},
            {"name":"disabled","value":{"value":true}}]}"#;
        let flags = Flags::CHECKED | Flags::MIXED | Flags::DISABLED;
        let saying =
            Saying { role: Some("checkbox".into()), label: Some("Tick".into()), flags, ..Saying::default() };
        assert_eq!(said(checkbox), Some(saying));
        let button = r#"{"ignored":false,"role":{"value":"button"},"name":{"value":"Go","sources":[{"attribute":"aria-label"},
            {"value":{"value":"Go"}}]}}"#;
        assert_eq!(said(button), Some(Saying { role: Some("button".into()), ..Saying::default() }));
        let slider = r#"{"ignored":false,"role":{"value":"slider"},"value":{"value":4},"properties":[{"name":"valuetext","value":{"value":""}}]}"#;
        let saying = Saying { role: Some("slider".into()), value: Some("4".into()), ..Saying::default() };
        assert_eq!(said(slider), Some(saying));
        assert_eq!(said(r#"{"ignored":false,"role":{"value":"generic"}}"#), None);
        assert_eq!(said(r#"{"ignored":true,"role":{"value":"none"}}"#), None);
    }
}
