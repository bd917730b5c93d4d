//! A trace's lines as Playwright's viewer reads them: version 8 of its format (`packages/trace/src/trace.ts` of
//! Playwright; newer viewers read older versions). Times are milliseconds on the trace's own clock.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

/// The page of a trace; a trace has one.
pub(super) const PAGE: &str = "page@1";

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Line<'a> {
    ContextOptions {
        version: u32,
        origin: &'static str,
        browser_name: &'static str,
        platform: &'static str,
        wall_time: f64,
        monotonic_time: f64,
        sdk_language: &'static str,
        context_id: &'static str,
        title: &'a str,
        options: BTreeMap<String, String>,
    },
    Before {
        call_id: &'a str,
        step_id: &'a str,
        start_time: f64,
        class: &'static str,
        method: &'a str,
        title: &'a str,
        params: BTreeMap<String, String>,
        page_id: &'static str,
        before_snapshot: String,
    },
    After {
        call_id: &'a str,
        end_time: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Message<'a>>,
        after_snapshot: String,
    },
    ScreencastFrame {
        page_id: &'static str,
        sha1: &'a str,
        width: f64,
        height: f64,
        timestamp: f64,
    },
    FrameSnapshot {
        snapshot: Snapshot<'a>,
    },
    Console {
        time: f64,
        page_id: &'static str,
        message_type: &'a str,
        text: &'a str,
        args: [(); 0],
        location: Location<'a>,
    },
    Event {
        time: f64,
        page_id: &'static str,
        class: &'static str,
        method: &'static str,
        params: Params<'a>,
    },
    ResourceSnapshot {
        snapshot: Resource<'a>,
    },
}

#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub(super) message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Snapshot<'a> {
    pub(super) call_id: &'a str,
    pub(super) snapshot_name: &'a str,
    pub(super) page_id: &'static str,
    pub(super) frame_id: &'static str,
    pub(super) frame_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doctype: Option<&'a str>,
    pub(super) html: &'a RawValue,
    pub(super) viewport: Size,
    pub(super) timestamp: f64,
    pub(super) wall_time: f64,
    pub(super) collection_time: f64,
    pub(super) resource_overrides: [(); 0],
    pub(super) is_main_frame: bool,
}

#[derive(Serialize)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    pub(super) url: &'a str,
    pub(super) line_number: i64,
    pub(super) column_number: i64,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum Params<'a> {
    Page { page_id: &'static str },
    Error { error: Thrown<'a> },
}

#[derive(Serialize)]
pub(super) struct Thrown<'a> {
    pub(super) error: Exception<'a>,
}

#[derive(Serialize)]
pub(super) struct Exception<'a> {
    pub(super) name: &'a str,
    pub(super) message: &'a str,
    pub(super) stack: &'a str,
}

/// An entry of an HTTP archive (HAR 1.2), with the viewer's own fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource<'a> {
    pub(super) pageref: &'static str,
    #[serde(rename = "_frameref")]
    pub(super) frameref: &'static str,
    #[serde(rename = "_monotonicTime")]
    pub(super) monotonic_time: f64,
    #[serde(rename = "_resourceType")]
    pub(super) resource_type: &'a str,
    pub(super) started_date_time: String,
    pub(super) time: f64,
    pub(super) request: Asked<'a>,
    pub(super) response: Answered<'a>,
    pub(super) cache: BTreeMap<String, String>,
    pub(super) timings: Timings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: [(); 0],
    pub(super) query_string: [(); 0],
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered<'a> {
    pub(super) status: i64,
    pub(super) status_text: &'static str,
    pub(super) http_version: &'static str,
    pub(super) cookies: [(); 0],
    pub(super) headers: Vec<Header<'a>>,
    pub(super) content: Content<'a>,
    #[serde(rename = "redirectURL")]
    pub(super) redirect_url: &'static str,
    pub(super) headers_size: i64,
    pub(super) body_size: i64,
    #[serde(rename = "_transferSize")]
    pub(super) transfer_size: i64,
    #[serde(rename = "_failureText", skip_serializing_if = "Option::is_none")]
    pub(super) failure_text: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Header<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content<'a> {
    pub(super) size: i64,
    pub(super) mime_type: &'a str,
    #[serde(rename = "_sha1", skip_serializing_if = "Option::is_none")]
    pub(super) sha1: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Timings {
    pub(super) send: f64,
    pub(super) wait: f64,
    pub(super) receive: f64,
}
