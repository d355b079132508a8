//! The sync routes over HTTP: media type, size and token; everything else is [`crate::sync::door`].

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use doorstep_protocol::{ProblemKind, version};

use crate::app::AppState;
use crate::language::Language;
use crate::sync::door::{Reply, Route};

/// Handles every sync route; the path tells which.
pub(super) async fn door(
    State(state): State<AppState>,
    language: Language,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(route) = Route::of_path(uri.path()) else {
        return respond(Reply::problem(ProblemKind::NotFound, None, language));
    };
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media != Some(version::MEDIA_TYPE) {
        // A body of another version of the protocol: the app must be updated. Anything else is no app of ours.
        let other = media.is_some_and(|media| media.starts_with("application/vnd.doorstep.sync."));
        let kind = if other { ProblemKind::ProtocolUnsupported } else { ProblemKind::UnsupportedMedia };
        return respond(Reply::problem(kind, Some(version::MEDIA_TYPE), language));
    }
    let token = bearer(&headers);
    respond(state.sync(route, token, body, language).await)
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media = HeaderValue::from_static(version::MEDIA_TYPE);
    (status, [(header::CONTENT_TYPE, media)], reply.body).into_response()
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}
