//! What an outside client may ask of a browser that others use, too. Pure.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What becomes of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The browser gets it.
    Passes,
    /// The browser gets it with these parameters.
    PassesAs(String),
    /// The browser does not get it; the result is this.
    Answered(String),
    /// It is answered as done, and the client is let go: the browser stays for the others.
    Leaves,
    /// It is refused, for this reason and with what to do instead.
    Refused(&'static str),
}

/// What runs a caller's code in a page.
const RUNS_CODE: &[&str] = &[
    "DOM.setNodeName",
    "DOM.setNodeValue",
    "DOM.setOuterHTML",
    "DOM.setAttributeValue",
    "DOM.setAttributesAsText",
    "Debugger.evaluateOnCallFrame",
    "Debugger.setReturnValue",
    "Debugger.setScriptSource",
    "Debugger.setVariableValue",
    "Fetch.fulfillRequest",
    "Page.addCompilationCache",
    "Page.addScriptToEvaluateOnLoad",
    "Page.addScriptToEvaluateOnNewDocument",
    "Page.setDocumentContent",
    "Runtime.callFunctionOn",
    "Runtime.compileScript",
    "Runtime.evaluate",
    "Runtime.runScript",
];

const CODE: &str = "JavaScript of callers is switched off here: set browser.evaluateEnabled=true";
const NESTED: &str = "sessions are flat here: attach with flatten=true and send with sessionId";
const OTHERS: &str =
    "others use this browser, too: close your own tabs, or stop the browser through openclaw";
const EXPOSES: &str = "a page must not drive the browser";

/// Commands that go to a URL.
const NAVIGATES: &[&str] = &["Page.navigate", "Target.createTarget"];

/// Commands that send a request elsewhere which is paused for a client: our guard may have judged it already.
const REDIRECTS: &[&str] = &["Fetch.continueRequest", "Network.continueInterceptedRequest"];

/// Commands that run a caller's code where they are given some.
const MAY_RUN_CODE: &[(&str, &str)] = &[
    ("Debugger.setBreakpoint", "condition"),
    ("Debugger.setBreakpointByUrl", "condition"),
    ("Debugger.setBreakpointOnFunctionCall", "condition"),
    ("Network.continueInterceptedRequest", "rawResponse"),
    ("Page.reload", "scriptToEvaluateOnLoad"),
];

const LOADS: &str = "what it loads is held against no policy: open it in a tab";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Going {
    url: String,
}

/// Where a command goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// The guard sees the request before it is sent.
    Guarded(String),
    /// Nobody sees it any more.
    Unguarded(String),
}

/// Where a command goes, if it goes anywhere; an error when its parameters could be read in two ways.
pub(super) fn destination(method: &str, params: &str) -> Result<Option<Destination>, serde_json::Error> {
    let way = match method {
        _ if NAVIGATES.contains(&method) => Destination::Guarded,
        _ if REDIRECTS.contains(&method) => Destination::Unguarded,
        _ => return Ok(None),
    };
    let Going { url } = serde_json::from_str(params)?;
    // Chromium shows the blank page then, or leaves the request as it is.
    Ok((!url.is_empty()).then(|| way(url)))
}

/// Judges a command; `evaluates`: callers may run code of their own in pages.
pub(super) fn judge(method: &str, params: &str, evaluates: bool) -> Verdict {
    match method {
        "Browser.close" => Verdict::Leaves,
        "Browser.crash" | "Browser.crashGpuProcess" => Verdict::Refused(OTHERS),
        "Target.sendMessageToTarget" => Verdict::Refused(NESTED),
        "Target.exposeDevToolsProtocol" => Verdict::Refused(EXPOSES),
        "Network.loadNetworkResource" => Verdict::Refused(LOADS),
        _ if evaluates => Verdict::Passes,
        _ if MAY_RUN_CODE.iter().any(|(name, field)| *name == method && has(params, field)) => {
            Verdict::Refused(CODE)
        }
        _ if RUNS_CODE.contains(&method) => Verdict::Refused(CODE),
        _ => Verdict::Passes,
    }
}

/// Whether parameters have a field, however its name is spelt; what cannot be read may have it.
fn has(params: &str, field: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(params).map_or(true, |params| params.contains_key(field))
}

/// Whether a command says where downloads go in the context that all share, or in the one that is all a lease's.
pub(super) fn takes_downloads(method: &str) -> bool {
    matches!(method, "Browser.setDownloadBehavior" | "Page.setDownloadBehavior")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_command_goes_is_read_in_one_way() {
        let read = |method: &str, params: &str| destination(method, params).map_err(drop);
        assert_eq!(read("Page.navigate", r#"{"url":"a:"}"#), Ok(Some(Destination::Guarded("a:".into()))));
        for method in REDIRECTS {
            assert_eq!(read(method, r#"{"url":"a:"}"#), Ok(Some(Destination::Unguarded("a:".into()))));
            assert_eq!(read(method, "{}"), Ok(None));
            assert_eq!(read(method, r#"{"url":"a:","url":"b:"}"#), Err(()));
        }
        assert_eq!(read("Page.reload", r#"{"url":"a:"}"#), Ok(None));
    }

    #[test]
    fn nobody_ends_what_others_use_and_code_is_run_only_where_it_may() {
        assert_eq!(judge("Browser.close", "{}", true), Verdict::Leaves);
        assert_eq!(judge("Browser.crash", "{}", true), Verdict::Refused(OTHERS));
        assert_eq!(judge("Target.sendMessageToTarget", "{}", true), Verdict::Refused(NESTED));
        for method in RUNS_CODE {
            assert_eq!(judge(method, "{}", true), Verdict::Passes);
            assert_eq!(judge(method, "{}", false), Verdict::Refused(CODE));
        }
        for (method, field) in MAY_RUN_CODE {
            for params in [
                format!(r#"{{"{field}":"1"}}"#),
                format!(r#"{{"\u{:04x}{}":"1"}}"#, field.as_bytes()[0], &field[1..]),
            ] {
                assert_eq!(judge(method, &params, false), Verdict::Refused(CODE), "{params}");
                assert_eq!(judge(method, &params, true), Verdict::Passes);
            }
        }
        assert_eq!(judge("Page.reload", "{}", false), Verdict::Passes);
    }
}
