//! The web faces, as they were built into the binary: the enumerator's app at `/`, the console at `/console/`.
//!
//! What holds here: files named by their content are kept for ever, everything else is asked about each time; no page runs
//! a script, style or connection from elsewhere; a binary without faces says how to build them.

mod files;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use doorstep_protocol::problem::ProblemKind;

use self::files::{File, Files};
use super::problem::HttpProblem;

/// What a page of ours may load and do. WebAssembly needs `wasm-unsafe-eval`; photos are shown from `blob:`.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";
/// The folder of files named by their content.
const HASHED: &str = "assets/";
const FOREVER: &str = "public, max-age=31536000, immutable";
const EACH_TIME: &str = "no-cache";
/// Instead of the faces, in a binary that was built without them.
const UNBUILT: &str = include_str!("unbuilt.html");

/// Whatever is no route: a file of the faces, else nothing.
pub(super) async fn face(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpProblem::from(ProblemKind::NotFound).into_response();
    }
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    // Compressing a file the first time takes a while, and files of a debug build lie on the disk.
    let answered = tokio::task::spawn_blocking(move || answer(Files::built(), &path, &headers)).await;
    answered.unwrap_or_else(|_| HttpProblem::from(ProblemKind::Internal).into_response())
}

fn answer(files: &Files, path: &str, headers: &HeaderMap) -> Response {
    let name = match path {
        "/" => "index.html",
        "/console" => return Redirect::permanent("/console/").into_response(),
        "/console/" => "console/index.html",
        other => other.trim_start_matches('/'),
    };
    match files.get(name) {
        Some(file) => give(files, name, file, headers),
        None if name.ends_with("index.html") => page(Bytes::from_static(UNBUILT.as_bytes())),
        None => HttpProblem::from(ProblemKind::NotFound).into_response(),
    }
}

fn page(body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, EACH_TIME),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    ];
    (headers, body).into_response()
}

fn give(files: &Files, name: &str, file: File, headers: &HeaderMap) -> Response {
    let kind = kind_of(name);
    let zipped = (is_text(kind) && takes_gzip(headers)).then(|| files.zipped(name, &file));
    let tag = format!("\"{}{}\"", file.tag, if zipped.is_some() { "-gzip" } else { "" });
    let mut response = if knows(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(zipped.clone().unwrap_or(file.bytes)))
    };
    let answered = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(header::ETAG, tag);
    }
    let keep = if name.starts_with(HASHED) { FOREVER } else { EACH_TIME };
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answered.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    if is_text(kind) {
        answered.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if zipped.is_some() {
        answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|weight| weight.replace(' ', "") == "q=0")
    })
}

/// The media type of a file, by the end of its name.
fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// True for what is worth compressing.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || ["application/json", "application/wasm", "image/svg+xml"].contains(&kind)
}

#[cfg(test)]
mod tests;
