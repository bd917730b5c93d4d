//! Every operation, once. Faces iterate over [`ALL`].

use clap::{Args, FromArgMatches};
use futures::future::{BoxFuture, FutureExt};
use schemars::Schema;
use serde_json::{Map, Value};

use super::blocked::BlockedByDialog;
use super::effects::Wish;
use super::{
    Access, Code, Error, Operation, Reach, Route, Scope, Subject, Window, batch, cookies, dialog, disguise,
    doctor, download, element, evaluate, field, headers, lease, lifecycle, look, mouse, navigate, paper,
    permissions, profile, response_body, screencast, screenshot, settings, snapshot, storage, tab_action,
    tabs, text, trace, upload, wait,
};
use crate::deadline::Deadline;
use crate::service::Service;

/// Does an operation: service, scope, parameters, deadline.
pub type Run = fn(Service, Scope, Value, Deadline) -> BoxFuture<'static, Result<Value, Error>>;

/// One operation, its type erased into constants and functions.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Entry {
    /// Its name in kebab case.
    pub name: &'static str,
    /// Where the command line has it.
    pub commands: &'static [&'static str],
    /// Where HTTP and the gateway have it.
    pub route: Route,
    /// How much of a scope means something to it.
    pub reach: Reach,
    /// Whether it only looks.
    pub access: Access,
    /// How long it may take.
    pub window: Window,
    /// A wrong `timeoutMs` in a query counts as none.
    pub forgives_timeout: bool,
    /// Its answer tells what it changed.
    pub tells_effects: bool,
    /// The JSON schema of its parameters.
    pub schema: fn() -> Schema,
    /// Puts its arguments into a command of the command line.
    pub args: fn(clap::Command) -> clap::Command,
    /// Reads its parameters from the command line, or says what is wrong with it.
    pub from_args: fn(&clap::ArgMatches) -> Result<Value, String>,
    /// Judges parameters before anything is reached.
    pub check: fn(&Service, &Scope, Value) -> Result<(), Error>,
    /// Does it.
    pub run: Run,
    /// Its answer as a person reads it, from parameters and answer.
    pub text: fn(Value, Value) -> Result<String, Error>,
}

/// All operations.
pub static ALL: &[Entry] = &[
    entry::<lifecycle::Status>(),
    entry::<lifecycle::Start>(),
    entry::<lifecycle::Stop>(),
    entry::<lifecycle::Profiles>(),
    entry::<doctor::Doctor>(),
    entry::<profile::CreateProfile>(),
    entry::<profile::DeleteProfile>(),
    entry::<profile::ResetProfile>(),
    entry::<profile::SystemProfiles>(),
    entry::<profile::ImportStatus>(),
    entry::<profile::DismissImport>(),
    entry::<profile::ImportProfile>(),
    entry::<lease::AcquireLease>(),
    entry::<lease::RenewLease>(),
    entry::<lease::ReleaseLease>(),
    entry::<lease::GetLease>(),
    entry::<lease::ListLeases>(),
    entry::<tabs::Tabs>(),
    entry::<tabs::Open>(),
    entry::<tabs::Focus>(),
    entry::<tabs::Close>(),
    entry::<tabs::CloseCurrent>(),
    entry::<tab_action::TabList>(),
    entry::<tab_action::TabNew>(),
    entry::<tab_action::TabLabel>(),
    entry::<tab_action::TabSelect>(),
    entry::<tab_action::TabClose>(),
    entry::<navigate::Navigate>(),
    entry::<snapshot::Snapshot>(),
    entry::<screenshot::Screenshot>(),
    entry::<screencast::Screencast>(),
    entry::<look::Console>(),
    entry::<look::Errors>(),
    entry::<look::Requests>(),
    entry::<response_body::ResponseBody>(),
    entry::<trace::TraceStart>(),
    entry::<trace::TraceStop>(),
    entry::<element::Click>(),
    entry::<mouse::ClickCoords>(),
    entry::<mouse::Drag>(),
    entry::<field::Type>(),
    entry::<field::InsertText>(),
    entry::<element::Press>(),
    entry::<element::Hover>(),
    entry::<field::Select>(),
    entry::<field::Fill>(),
    entry::<element::ScrollIntoView>(),
    entry::<wait::Wait>(),
    entry::<evaluate::Evaluate>(),
    entry::<navigate::Resize>(),
    entry::<batch::Batch>(),
    entry::<dialog::Dialog>(),
    entry::<dialog::Dialogs>(),
    entry::<download::WaitForDownload>(),
    entry::<download::Download>(),
    entry::<upload::Upload>(),
    entry::<paper::Pdf>(),
    entry::<paper::Highlight>(),
    entry::<cookies::Cookies>(),
    entry::<cookies::CookiesSet>(),
    entry::<cookies::CookiesSetMany>(),
    entry::<cookies::CookiesClear>(),
    entry::<storage::StorageGet>(),
    entry::<storage::StorageSet>(),
    entry::<storage::StorageClear>(),
    entry::<settings::SetOffline>(),
    entry::<headers::SetHeaders>(),
    entry::<settings::SetCredentials>(),
    entry::<settings::SetGeolocation>(),
    entry::<settings::SetMedia>(),
    entry::<disguise::SetTimezone>(),
    entry::<disguise::SetLocale>(),
    entry::<disguise::SetDevice>(),
    entry::<permissions::PermissionsGrant>(),
    entry::<text::Text>(),
];

/// The operation of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name)
}

/// The operation that `/act` knows by this kind.
pub fn by_kind(kind: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.route == Route::Act(kind_of(kind)))
}

/// The operation that `/tabs/action` knows by this name.
pub fn by_action(action: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| matches!(entry.route, Route::TabAction(known) if known == action))
}

/// The kinds that `/act` knows.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    ALL.iter().filter_map(|entry| match entry.route {
        Route::Act(kind) => Some(kind),
        Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::TabAction(_) => None,
    })
}

/// The same text with the lifetime of the table.
fn kind_of(kind: &str) -> &'static str {
    kinds().find(|known| *known == kind).unwrap_or("")
}

const fn entry<O: Operation>() -> Entry {
    Entry {
        name: O::NAME,
        commands: O::COMMANDS,
        route: O::ROUTE,
        reach: O::On::REACH,
        access: O::ACCESS,
        window: O::WINDOW,
        forgives_timeout: O::FORGIVES_TIMEOUT,
        tells_effects: O::TELLS_EFFECTS,
        schema: schema::<O>,
        args: |command| {
            // Its own description stands last, so that it is the command's.
            O::augment_args(if O::TELLS_EFFECTS { Wish::augment_args(command) } else { command })
        },
        from_args: from_args::<O>,
        check: |service, scope, params| {
            wish::<O>(&params)?;
            parse::<O>(params)?.check(service, scope)
        },
        run: |service, scope, params, deadline| run::<O>(service, scope, params, deadline).boxed(),
        text: |params, answer| {
            let output = serde_json::from_value(answer).map_err(|e| internal(&e))?;
            Ok(parse::<O>(params)?.text(&output))
        },
    }
}

fn schema<O: Operation>() -> Schema {
    let mut schema = schemars::schema_for!(O);
    if O::TELLS_EFFECTS {
        let wish = schemars::schema_for!(Wish);
        let more = wish.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let own = schema.ensure_object().entry("properties").or_insert_with(|| Value::Object(Map::new()));
        own.as_object_mut().into_iter().for_each(|own| own.extend(more.clone()));
    }
    schema
}

fn from_args<O: Operation>(matches: &clap::ArgMatches) -> Result<Value, String> {
    let operation = O::from_arg_matches(matches).map_err(|e| e.to_string())?.with_flags()?;
    let mut params = serde_json::to_value(operation).map_err(|e| e.to_string())?;
    // A command that stands for several operations has the arguments of the first.
    if O::TELLS_EFFECTS && matches.try_contains_id("effects_ms").is_ok() {
        let wish = Wish::from_arg_matches(matches).map_err(|e| e.to_string())?;
        let wish = serde_json::to_value(wish).map_err(|e| e.to_string())?;
        if let (Value::Object(params), Value::Object(wish)) = (&mut params, wish) {
            params.extend(wish);
        }
    }
    Ok(params)
}

/// What is wished to be told of an act.
fn wish<O: Operation>(params: &Value) -> Result<Wish, Error> {
    if !O::TELLS_EFFECTS {
        return Ok(Wish::default());
    }
    let wish = serde_json::from_value::<Wish>(params.clone()).map_err(|e| invalid::<O>(&e.to_string()))?;
    wish.check()?;
    Ok(wish)
}

async fn run<O: Operation>(
    service: Service,
    scope: Scope,
    params: Value,
    deadline: Deadline,
) -> Result<Value, Error> {
    let scope = Scope { wish: wish::<O>(&params)?, ..scope };
    let operation = parse::<O>(params)?;
    operation.check(&service, &scope)?;
    let outcome = under_lease(&service, &scope, operation, deadline).await;
    outcome.map_err(|error| match scope.holder(&service) {
        Ok((profile, lease)) => error.explained_by(service.seen(&profile, lease.as_ref()).as_ref()),
        Err(_) => error,
    })
}

async fn under_lease<O: Operation>(
    service: &Service,
    scope: &Scope,
    operation: O,
    deadline: Deadline,
) -> Result<Value, Error> {
    let is_meant = matches!(O::On::REACH, Reach::Profile | Reach::Tab);
    let Some(lease) = (if is_meant { scope.lease(service)? } else { None }) else {
        return reached(service, scope, operation, deadline).await;
    };
    // What is under way when a lease ends has ended, too: whatever it still waits for is not waited for.
    let outcome = tokio::select! {
        biased;
        () = lease.ended() => None,
        outcome = reached(service, scope, operation, deadline) => Some(outcome),
    };
    match outcome {
        Some(outcome) if outcome.is_ok() || !lease.has_ended() => outcome,
        Some(_) | None => Err(lease::ended_under_way::<O>(service, &lease)),
    }
}

async fn reached<O: Operation>(
    service: &Service,
    scope: &Scope,
    operation: O,
    deadline: Deadline,
) -> Result<Value, Error> {
    let on = O::On::reach(service, scope, deadline).await?;
    let traced = match on.tab() {
        Some(tab) => trace::begin(tab.page(), &operation).await,
        None => None,
    };
    // On the heap: what an operation keeps while it waits is large, and each layer above would have it on the stack again.
    let work = operation.run(&on, deadline).boxed();
    let (outcome, is_silent) = match on.tab() {
        Some(tab) => tab.attended(work, deadline).await,
        None => (work.await, false),
    };
    if let Some(call) = traced {
        trace::end::<O>(call, outcome.as_ref().map(drop)).await;
    }
    match outcome {
        Ok(output) => serde_json::to_value(output).map_err(|e| internal(&e)),
        Err(Error { blocked: Some(blocked), .. }) => {
            serde_json::to_value(BlockedByDialog::from(&*blocked)).map_err(|e| internal(&e))
        }
        Err(error) => {
            let is_late = is_silent && error.code == Code::Timeout;
            let rescue = match on.tab().filter(|_| is_late) {
                Some(tab) => tab.rescue().await,
                None => None,
            };
            Err(on.explain(error).with_rescue(rescue))
        }
    }
}

fn parse<O: Operation>(params: Value) -> Result<O, Error> {
    serde_json::from_value(params.clone()).map_err(|error| match culprit::<O>(params) {
        Some(field) => invalid::<O>(&format!("{field}: {error}")).of(&field),
        None => invalid::<O>(&error.to_string()),
    })
}

/// The parameter that cannot be read even when it stands alone.
fn culprit<O: Operation>(params: Value) -> Option<String> {
    let Value::Object(params) = params else { return None };
    let cannot_be_read = |(name, value): &(String, Value)| {
        let alone = Value::Object([(name.clone(), value.clone())].into_iter().collect());
        serde_json::from_value::<O>(alone).is_err()
    };
    params.into_iter().find(cannot_be_read).map(|(name, _)| name)
}

fn invalid<O: Operation>(message: &str) -> Error {
    let code = match O::ROUTE {
        Route::Act(_) => Code::ActInvalidRequest,
        Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::TabAction(_) => Code::InvalidRequest,
    };
    Error::new(code, format!("{}: {message}", O::NAME))
}

fn internal(error: &serde_json::Error) -> Error {
    Error::new(Code::Internal, format!("an answer could not be written as JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_routes_are_unique_and_every_parameter_is_described() {
        let names: HashSet<_> = ALL.iter().map(|entry| entry.name).collect();
        let routes: HashSet<_> = ALL.iter().map(|entry| format!("{:?}", entry.route)).collect();
        assert_eq!((names.len(), routes.len()), (ALL.len(), ALL.len()));
        for entry in ALL {
            let schema = (entry.schema)();
            let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, property) in properties {
                assert!(property.get("description").is_some(), "{} {name}", entry.name);
            }
        }
    }

    #[test]
    fn act_finds_by_kind() {
        assert_eq!(by_kind("scrollIntoView").map(|e| e.name), Some("scrollintoview"));
        assert!(by_kind("").is_none() && by_kind("Click").is_none() && by_kind("status").is_none());
    }
}
