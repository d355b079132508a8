//! What handlers answer: the status is in the type, so that the description of the API (`http::openapi`) cannot say another.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// 201: it was made, and here it is.
pub(crate) struct Made<T>(pub(crate) T);

/// 204: done, and nothing to say.
pub(crate) struct Done;

/// A file, or the range of it that was asked for.
pub(crate) struct File(pub(crate) Response);

/// A stream of server-sent events.
pub(crate) struct Events(pub(crate) Response);

impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        self.0
    }
}
