//! The answers of the canvas host: a file, a redirect, a refusal in JSON, and the headers that all of them carry.
//! It must not decide anything.
use std::collections::BTreeMap;
use std::io;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::files::Found;
use super::media_type;

/// Bytes read at once: few trips to the blocking pool for a picture, little memory for a film.
const CHUNK: usize = 128 * 1024;

/// A file: whole, or its headers only.
pub(super) fn file(found: Found, head_only: bool) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type::of(&found.name))),
        (header::CONTENT_LENGTH, HeaderValue::from(found.length)),
    ];
    let body = if head_only {
        Body::empty()
    } else {
        // A file that grows meanwhile must not exceed the length announced; one that shrinks ends the connection.
        Body::from_stream(chunks(tokio::fs::File::from_std(found.file).take(found.length)))
    };
    (headers, body).into_response()
}

/// A temporary redirect: where the canvas is mounted may change, so nobody shall remember it.
pub(super) fn redirect(location: &'static str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// A refusal: `{"error": text}`.
pub(super) fn refusal(status: StatusCode, text: &str) -> Response {
    let body =
        serde_json::to_string(&BTreeMap::from([("error", text)])).expect("a map of texts is always JSON");
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// Puts the headers on that every answer carries, refusals too.
pub(super) async fn guarded(mut response: Response) -> Response {
    // The canvas is for looking at: a page in it gets no device, and no other origin may frame it. Only features that
    // Chromium 156 knows: each other one would put a warning into the console that agents read.
    let permissions = "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), \
                       midi=(), payment=()";
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (HeaderName::from_static("permissions-policy"), permissions),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn chunks(file: impl AsyncRead + Send + Unpin + 'static) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(file, |mut file| async {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = file.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), file)))
    })
}
