//! Typed extractors that answer problems: JSON bodies, queries, path parameters, the caller's language.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use doorstep_protocol::problem::ProblemKind;
use serde::de::DeserializeOwned;

use super::border::language_of;
use super::json::{self, JsonError, JsonLimits};
use super::problem::HttpProblem;
use crate::language::Language;

/// A JSON body of an ordinary request.
pub struct Json<T>(pub T);

/// A JSON body whose strings are whole files.
pub struct JsonFiles<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = HttpProblem;
    async fn from_request(request: Request, state: &S) -> Result<Self, HttpProblem> {
        body(request, state, json::ORDINARY).await.map(Json)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonFiles<T> {
    type Rejection = HttpProblem;
    async fn from_request(request: Request, state: &S) -> Result<Self, HttpProblem> {
        body(request, state, json::FILES).await.map(JsonFiles)
    }
}

async fn body<S: Send + Sync, T: DeserializeOwned>(
    request: Request,
    state: &S,
    limits: JsonLimits,
) -> Result<T, HttpProblem> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(HttpProblem::new(ProblemKind::UnsupportedMedia)
            .detail("Send the body as application/json.", "请以 application/json 发送请求体。"));
    }
    let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
    json::read(&bytes, limits).map_err(|error| wrong_json(&error))
}

pub(crate) fn unread(rejection: &BytesRejection) -> HttpProblem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ProblemKind::TooLarge.into(),
        _ => HttpProblem::new(ProblemKind::BadRequest).detail("The body broke off.", "请求体不完整。"),
    }
}

fn wrong_json(error: &JsonError) -> HttpProblem {
    match error {
        JsonError::Syntax(source) => HttpProblem::new(ProblemKind::BadRequest).detail(
            format!("The body is not JSON (line {}, column {}).", source.line(), source.column()),
            format!("请求体不是有效的 JSON（第 {} 行第 {} 列）。", source.line(), source.column()),
        ),
        JsonError::Strict(source) => HttpProblem::new(ProblemKind::BadRequest)
            .detail(format!("The body is refused: {source}."), format!("请求体不可接受：{source}。")),
        JsonError::Shape { pointer, source } => HttpProblem::new(ProblemKind::Invalid).violation(
            pointer.clone(),
            format!("{source}."),
            format!("该值不符合要求（{source}）。"),
        ),
    }
}

/// Query parameters; an unknown or unreadable one is a problem.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Query<T> {
    type Rejection = HttpProblem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
        axum::extract::Query::<T>::from_request_parts(parts, state).await.map(|query| Query(query.0)).map_err(
            |rejection| {
                let why = rejection.body_text();
                HttpProblem::new(ProblemKind::BadRequest)
                    .detail(format!("The query cannot be read: {why}."), format!("查询参数无法识别：{why}。"))
            },
        )
    }
}

/// Path parameters; what is no id cannot exist: 404.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = HttpProblem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Path(path.0))
            .map_err(|_| ProblemKind::NotFound.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, std::convert::Infallible> {
        Ok(language_of(parts.headers.get(header::ACCEPT_LANGUAGE)))
    }
}
