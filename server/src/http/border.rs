//! The outermost layer of every route: a request id, one tracing span, one deadline, and every failure as a problem.
//!
//! The span holds method, route pattern and status; never a path with ids in it, a query, a token or an answer.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use doorstep_protocol::problem::ProblemKind;
use tracing::Instrument;

use super::problem::{HttpProblem, kind_of_status};
use crate::language::Language;

/// The time a handler may take.
pub const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);
/// The time publishing may take: it tries every stored record.
pub const PUBLISH_TIMEOUT: Duration = Duration::from_secs(600);
/// The time a phone may take for a piece of a file: at 2 kB a second it comes through.
pub const PIECE_TIMEOUT: Duration = Duration::from_secs(600);
/// The header that carries the request id.
pub const REQUEST_ID: &str = "x-request-id";
/// Bytes of a request's path and query.
pub const URL_BYTES_MAX: usize = 2 * 1024;

/// What is not a page of ours runs nothing and loads nothing, should a browser ever show it.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// Makes request ids; a function so that tests and the simulator can choose them.
#[derive(Clone, Copy)]
pub struct RequestIds(pub fn() -> String);

impl RequestIds {
    /// 64 random bits in hexadecimal.
    pub fn random() -> RequestIds {
        RequestIds(|| {
            let mut bytes = [0; 8];
            // Without randomness the id is all zeros: worse to search for, harmful to nobody.
            let _ = getrandom::fill(&mut bytes);
            data_encoding::HEXLOWER.encode(&bytes)
        })
    }
}

/// Wraps a request: see the module.
pub async fn border(State(ids): State<RequestIds>, request: Request, next: Next) -> Response<Body> {
    let request_id = (ids.0)();
    let language = language_of(request.headers().get(header::ACCEPT_LANGUAGE));
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        request.id = %request_id,
        http.method = %request.method(),
        http.route = %route,
    );
    let began = Instant::now();
    let publishes = request.method() == Method::POST && request.uri().path().starts_with("/api/v1/forms");
    let sends_file = request.uri().path() == doorstep_protocol::attachment::APPEND;
    let limit = match (publishes, sends_file) {
        (true, _) => PUBLISH_TIMEOUT,
        (_, true) => PIECE_TIMEOUT,
        _ => HANDLER_TIMEOUT,
    };
    let sync = request.uri().path().starts_with("/sync/");
    let too_long = request.uri().path_and_query().is_some_and(|url| url.as_str().len() > URL_BYTES_MAX);
    let answer = async {
        if too_long {
            return Err(HttpProblem::from(ProblemKind::BadRequest)
                .detail("The address is too long.", "请求地址过长。"));
        }
        // Its own task: a panic ends that task, not the connection, and a caller who hangs up cannot stop a handler
        // between a commit and its answer.
        let handler = tokio::spawn(next.run(request).in_current_span());
        match tokio::time::timeout(limit, handler).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(failure)) => {
                tracing::error!(panicked = failure.is_panic(), "a handler failed");
                Err(ProblemKind::Internal.into())
            }
            Err(_) => {
                tracing::error!("a handler took too long");
                Err(ProblemKind::Unavailable.into())
            }
        }
    }
    .instrument(span.clone())
    .await;
    let mut response = match answer {
        Ok(response) => rendered(response, sync, language, &request_id),
        Err(problem) => answer_to(&problem, sync, language, &request_id),
    };
    let status = response.status();
    span.in_scope(|| {
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(http.status = status.as_u16(), took_ms, "answered");
    });
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    // The faces say for themselves what may be kept and what a page may do; nothing else is kept or shown as a page.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_PAGE));
    response
}

/// The language an `Accept-Language` header asks for.
pub(crate) fn language_of(header: Option<&HeaderValue>) -> Language {
    header.and_then(|value| value.to_str().ok()).map_or(Language::En, Language::of_accept_language)
}

/// Problems, and bare failures of the layers below, become problem documents; other answers stay as they are.
fn rendered(
    mut response: Response<Body>,
    sync: bool,
    language: Language,
    request_id: &str,
) -> Response<Body> {
    if let Some(problem) = response.extensions_mut().remove::<HttpProblem>() {
        let mut rendered = answer_to(&problem, sync, language, request_id);
        if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
            rendered.headers_mut().insert(header::ALLOW, allow);
        }
        return rendered;
    }
    let status = response.status();
    let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        !kind.as_bytes().starts_with(b"text/plain") && kind.as_bytes().starts_with(b"application/")
    });
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request.id = request_id, "a layer failed");
    }
    answer_to(&HttpProblem::new(kind_of_status(status)), sync, language, request_id)
}

/// Devices read CBOR, everybody else JSON.
fn answer_to(problem: &HttpProblem, sync: bool, language: Language, request_id: &str) -> Response<Body> {
    if sync { problem.respond_cbor(language, request_id) } else { problem.respond(language, request_id) }
}
