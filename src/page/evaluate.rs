//! Running a caller's JavaScript in the page's own world. It does not know whether that is allowed: policy is
//! asked before.

use std::time::Duration;

use serde_json::value::RawValue;

use super::error::Error;
use super::reference::{Reference, Target};
use super::{Page, scripts, witness};
use crate::cdp::browser_protocol::dom::{BackendNodeId, DescribeNodeParams, ResolveNodeParams};
use crate::cdp::js_protocol::runtime::{CompileScriptParams, ExecutionContextId, TerminateExecutionParams};
use crate::cdp::protocol::{CallArgument, CallFunctionOn, Evaluate, Evaluated, ExceptionDetails};
use crate::cdp::{self, Call, Session};
use crate::deadline::Deadline;

/// A caller's code: an expression, a function, or statements with `return`.
#[derive(Debug, Clone)]
pub struct Script {
    /// The source text.
    pub source: String,
    /// The element that a function gets as its argument.
    pub element: Option<Reference>,
}

impl Page {
    /// Runs a script and yields its result as JSON text; `None` for `undefined`. A promise is awaited.
    ///
    /// # Errors
    /// [`Error::Script`] when it throws, [`Error::Syntax`] when it does not parse; [`Error::ScriptTimeout`] at the
    /// deadline, after which a script that still runs is stopped.
    pub async fn evaluate(&self, script: &Script, deadline: Deadline) -> Result<Option<String>, Error> {
        // With an element the script goes out on a way of its own, and nothing is armed in its flight.
        if script.element.is_some() || self.state().frames.main().world.is_none() {
            self.arm(deadline).await;
        }
        self.run(script, true, deadline).await
    }

    /// The same; `tells`: what it changes is asked in its own flight.
    pub(super) async fn run(
        &self,
        script: &Script,
        tells: bool,
        deadline: Deadline,
    ) -> Result<Option<String>, Error> {
        self.note_script();
        let session = self.session_of(script)?;
        let outcome = async {
            let Some(reference) = script.element else {
                let run = |text| self.run_plain(text, tells, deadline);
                return self.run_both_ways(&script.source, run, deadline).await;
            };
            let (session, element) = self.main_world_object(reference, deadline).await?;
            let run = |text| self.run_on(&session, &element, text, deadline);
            self.run_both_ways(&script.source, run, deadline).await
        };
        match outcome.await {
            Err(Error::Cdp(cdp::Error::Timeout { .. })) => {
                self.interrupt(&session).await;
                Err(Error::ScriptTimeout(deadline.span().as_millis()))
            }
            outcome => outcome,
        }
    }

    /// Tries the source as an expression or function first and as statements when it does not even parse as
    /// that; code that does not parse has not run, so nothing happens twice.
    async fn run_both_ways<F: Future<Output = Result<Evaluated, Error>>>(
        &self,
        source: &str,
        run: impl Fn(String) -> F,
        deadline: Deadline,
    ) -> Result<Option<String>, Error> {
        let trimmed = source.trim().trim_end_matches(';');
        let mut first_fault = None;
        for text in [scripts::expression(trimmed), scripts::statements(trimmed)] {
            let evaluated = run(text).await?;
            match &evaluated.exception_details {
                None => return Ok(result_text(evaluated.result.value.as_deref())),
                Some(thrown) if has_run(&evaluated) => return Err(Error::Script(thrown.message())),
                Some(thrown) => {
                    first_fault.get_or_insert(Error::Script(thrown.message()));
                }
            }
        }
        // That is told of our words around the source; where it is in the source itself is asked for.
        Err(self.syntax_fault(source, deadline).await?.or(first_fault).unwrap_or(Error::Gone))
    }

    /// Why a source does not parse, and where in it: it is compiled, not run, behind the beginnings of the ways in which
    /// sources are run, which nothing ends, so that its own end is told as one. The way in which more of it parses is the
    /// one that was meant.
    async fn syntax_fault(&self, source: &str, deadline: Deadline) -> Result<Option<Error>, Error> {
        let [expression, statements, plain] = scripts::openings().map(|opening| {
            let text = format!("{opening}{source}");
            Call::of(&CompileScriptParams::new(text, "", false))
        });
        let asked = async { Ok(self.session.flight([expression, statements, plain], deadline).await?) };
        let faults = self.unless_dialog(asked).await?.into_iter().zip(scripts::openings());
        let mut faults = faults.map(|(reply, opening)| {
            let thrown = reply.ok()?.parse::<Compiled>().ok()?.exception_details?;
            let line = thrown.line_number + if opening.is_empty() { 1 } else { 0 };
            Some((line, thrown.column_number + 1, thrown.message()))
        });
        let [expression, statements, plain] = [(); 3].map(|()| faults.next().flatten());
        // A source that ends what stands before it parses behind it.
        let fault = expression.into_iter().chain(statements.or(plain));
        let fault = fault.max_by_key(|(line, column, _)| (*line, *column));
        Ok(fault.map(|(line, column, message)| Error::Syntax { message, line, column }))
    }

    async fn run_plain(
        &self,
        expression: String,
        tells: bool,
        deadline: Deadline,
    ) -> Result<Evaluated, Error> {
        let evaluate = Evaluate { user_gesture: true, ..Evaluate::value(&expression, None) };
        let mut calls: Vec<Call> = self.arming().into_iter().chain([Call::of(&evaluate)]).collect();
        let count = calls.len();
        let question = self.witness.alongside(&self.session).filter(|_| tells);
        calls.extend(question.iter().map(|(_, call)| call.clone()));
        let asked = async {
            self.does();
            let (sent, told) = self.session.launch(calls).await?.split_at(count);
            let reply = sent.replies(deadline).await.pop().ok_or(Error::Gone)??;
            let evaluated = reply.parse()?;
            if let Some((document, _)) = question
                && has_run(&evaluated)
            {
                let told =
                    told.replies(deadline.within(witness::ALONGSIDE)).await.pop().ok_or(Error::Gone)?;
                self.witness.note_alongside(document, told, &reply);
            }
            Ok(evaluated)
        };
        self.unless_dialog(asked).await
    }

    async fn run_on(
        &self,
        session: &Session,
        element: &str,
        expression: String,
        deadline: Deadline,
    ) -> Result<Evaluated, Error> {
        let function = format!("function(el) {{ return {expression} }}");
        let call = Call::of(&CallFunctionOn {
            function_declaration: &function,
            object_id: element,
            arguments: vec![CallArgument { object_id: element }],
            return_by_value: true,
            await_promise: true,
            user_gesture: true,
        });
        let asked = async {
            self.does();
            Ok(session.call(call, deadline).await?.parse()?)
        };
        self.unless_dialog(asked).await
    }

    /// The element of a ref as an object of the page's own world, where the caller's code runs.
    async fn main_world_object(
        &self,
        reference: Reference,
        deadline: Deadline,
    ) -> Result<(Session, String), Error> {
        let place = self.locate(&Target::Ref(reference), deadline).await?;
        let lookup = format!("__openclaw.node({})", reference.number);
        let handle = Call::of(&Evaluate::handle(&lookup, Some(place.context)));
        let found: Evaluated = place.session.call(handle, deadline).await?.parse()?;
        let removed = || Error::unknown(reference, super::RefFault::Removed);
        let ours = found.result.object_id.ok_or_else(removed)?;
        let node = DescribeNodeParams { object_id: Some(ours.into()), ..Default::default() };
        let node: NodeReply = place.session.call(Call::of(&node), deadline).await?.parse()?;
        let context = self.state().frames.get(&place.frame).and_then(|f| f.main_context);
        let resolve = ResolveNodeParams {
            backend_node_id: Some(BackendNodeId::new(node.node.backend_node_id)),
            execution_context_id: context.map(ExecutionContextId::new),
            ..Default::default()
        };
        let resolved: ResolveReply = place.session.call(Call::of(&resolve), deadline).await?.parse()?;
        Ok((place.session, resolved.object.object_id.ok_or_else(removed)?))
    }

    /// Stops JavaScript that does not end by itself, in all frames of the channel's process; the tab stays usable.
    /// Whatever is asked next comes after this, so nobody waits for the reply.
    pub(super) async fn interrupt(&self, session: &Session) {
        session.launch([Call::of(&TerminateExecutionParams::default())]).await.ok();
    }

    /// The channel of the process that a script runs in.
    fn session_of(&self, script: &Script) -> Result<Session, Error> {
        let Some(reference) = script.element else { return Ok(self.session.clone()) };
        let frame = self.frame_of(reference)?;
        Ok(self.state().frames.get(&frame).ok_or(Error::Gone)?.session.clone())
    }
}

/// A span as the caller wrote it: microseconds have passed since, so it is rounded up.
pub(super) fn millis(span: Duration) -> u128 {
    span.as_micros().div_ceil(1000)
}

/// What became of a source that was compiled.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compiled {
    exception_details: Option<ExceptionDetails>,
}

#[derive(serde::Deserialize)]
struct NodeReply {
    node: NodePayload,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodePayload {
    backend_node_id: i64,
}

#[derive(serde::Deserialize)]
struct ResolveReply {
    object: crate::cdp::protocol::RemoteObject,
}

/// Our wrapper hands the result over in a list, so that null is told from undefined.
fn result_text(value: Option<&RawValue>) -> Option<String> {
    let list = serde_json::from_str::<Vec<Box<RawValue>>>(value?.get()).ok()?;
    list.first().map(|result| result.get().to_owned())
}

/// Code that does not parse has not run. That error comes from the evaluation itself; a `SyntaxError` that running code
/// throws comes out of the wrapper's promise.
fn has_run(evaluated: &Evaluated) -> bool {
    let Some(thrown) = &evaluated.exception_details else { return true };
    let is_syntax = thrown.exception.as_ref().and_then(|e| e.class_name.as_deref()) == Some("SyntaxError");
    !is_syntax || thrown.text.contains("in promise")
}
