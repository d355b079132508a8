//! The sync routes over HTTP: media type, size and token; everything else is [`crate::sync::door`].

use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_protocol::{ProblemKind, limits, version};
use serde::Serialize;

use super::problem::HttpProblem;
use crate::app::AppState;
use crate::language::Language;
use crate::sync::door::{Reply, Route};

/// The start of the media type of every version of the protocol.
const MEDIA_FAMILY: &str = "application/vnd.doorstep.sync.";

/// Handles every sync route; the path tells which.
pub(super) async fn door(
    State(state): State<AppState>,
    language: Language,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let problem = |kind, detail| respond(Reply::problem(kind, detail, language));
    let Some(route) = Route::of_path(uri.path()) else {
        return problem(ProblemKind::NotFound, None);
    };
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media != Some(version::MEDIA_TYPE) {
        // A body of another version of the protocol: the app must be updated. Anything else is no app of ours.
        let other = media.is_some_and(|media| media.starts_with(MEDIA_FAMILY));
        let kind = if other { ProblemKind::ProtocolUnsupported } else { ProblemKind::UnsupportedMedia };
        return problem(kind, Some(version::MEDIA_TYPE));
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|bytes| bytes.parse::<usize>().ok()).is_some_and(|bytes| bytes > limits::BODY_BYTES)
    {
        return problem(ProblemKind::TooLarge, None);
    }
    let Ok(body) = to_bytes(body, limits::BODY_BYTES).await else {
        // Cut off on the way, or longer than announced: a device sends it again, in smaller parts when it is told so.
        let kind = if announced.is_some() { ProblemKind::BadRequest } else { ProblemKind::TooLarge };
        return problem(kind, None);
    };
    let token = bearer(&headers);
    respond(state.sync(route, token, body, language).await)
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media = HeaderValue::from_static(version::MEDIA_TYPE);
    (status, [(header::CONTENT_TYPE, media)], reply.body).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

/// Answer to `GET /health`.
#[derive(Serialize)]
pub(super) struct Healthy {
    status: &'static str,
}

/// Well, or a problem: nothing about the content, for anybody may ask.
pub(super) async fn health(State(state): State<AppState>) -> Result<axum::Json<Healthy>, HttpProblem> {
    state.read(|store| store.health()).await?;
    Ok(axum::Json(Healthy { status: "ok" }))
}
