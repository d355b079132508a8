//! Failures at the HTTP border as RFC 9457 problems.
//!
//! A handler answers a [`HttpProblem`]; the outermost layer (`http::border`) renders it in the language and with the
//! request id it alone knows. Invariant: a fault of the server tells the caller nothing but the request id.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_protocol::frame;
use doorstep_protocol::problem::{Problem, ProblemKind, ProblemViolation};

use doorstep_protocol::version::MEDIA_TYPE;

use crate::language::{Language, Said};

/// A failure as a handler knows it: in both languages, not rendered yet.
#[derive(Debug, Clone)]
pub struct HttpProblem {
    /// The kind, from the closed list of the protocol.
    pub kind: ProblemKind,
    /// What, where and what to do, for this occurrence.
    pub detail: Option<Said>,
    /// What is wrong where: JSON pointer, path, `file#pointer` or `line:column`.
    pub violations: Vec<(String, Said)>,
    /// Seconds after which a retry makes sense.
    pub retry_after_s: Option<u64>,
    /// Further members of the JSON document (RFC 9457, 3.2): what a program can go on with.
    pub members: serde_json::Map<String, serde_json::Value>,
}

impl HttpProblem {
    /// A problem of a kind, with the kind's own sentence only.
    pub fn new(kind: ProblemKind) -> HttpProblem {
        HttpProblem {
            kind,
            detail: None,
            violations: Vec::new(),
            retry_after_s: None,
            members: serde_json::Map::new(),
        }
    }

    /// Adds what happened this time.
    pub fn detail(mut self, en: impl Into<String>, zh: impl Into<String>) -> HttpProblem {
        self.detail = Some(Said::new(en, zh));
        self
    }

    /// Adds one wrong place.
    pub fn violation(
        mut self,
        pointer: impl Into<String>,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> HttpProblem {
        self.violations.push((pointer.into(), Said::new(en, zh)));
        self
    }

    /// Adds a member of its own.
    pub fn member(mut self, name: &str, value: impl serde::Serialize) -> HttpProblem {
        if let Ok(value) = serde_json::to_value(value) {
            self.members.insert(name.to_owned(), value);
        }
        self
    }

    /// The body in one language.
    pub fn render(&self, language: Language, request_id: &str) -> Problem {
        let mut problem = Problem::new(self.kind, language.tag());
        problem.detail = self.detail.as_ref().map(|said| said.of(language).to_owned());
        problem.instance = Some(format!("urn:doorstep:request:{request_id}"));
        problem.violations = self
            .violations
            .iter()
            .map(|(pointer, said)| ProblemViolation {
                pointer: pointer.clone(),
                detail: said.of(language).to_owned(),
            })
            .collect();
        problem
    }

    /// The response, rendered: `application/problem+json`.
    pub fn respond(&self, language: Language, request_id: &str) -> Response {
        let mut body = serde_json::to_value(self.render(language, request_id)).unwrap_or_default();
        if let Some(members) = body.as_object_mut() {
            for (name, value) in &self.members {
                members.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self.response(body.to_string().into_bytes(), "application/problem+json", language)
    }

    /// The response for devices: the media type of the sync protocol.
    pub fn respond_cbor(&self, language: Language, request_id: &str) -> Response {
        let body = frame::encode(&self.render(language, request_id)).unwrap_or_default();
        self.response(body, MEDIA_TYPE, language)
    }

    fn response(&self, body: Vec<u8>, media: &'static str, language: Language) -> Response {
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind.status() == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ProblemKind> for HttpProblem {
    fn from(kind: ProblemKind) -> HttpProblem {
        HttpProblem::new(kind)
    }
}

/// Carries the problem to the border, which renders it.
impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The kind for a bare status that a layer below answered by itself (limits, timeouts, unread bodies).
pub(crate) fn kind_of_status(status: StatusCode) -> ProblemKind {
    match status {
        StatusCode::NOT_FOUND => ProblemKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemKind::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemKind::UnsupportedMedia,
        StatusCode::UNAUTHORIZED => ProblemKind::SignInRequired,
        StatusCode::FORBIDDEN => ProblemKind::NotAllowed,
        StatusCode::TOO_MANY_REQUESTS => ProblemKind::TooMany,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
            ProblemKind::Unavailable
        }
        status if status.is_client_error() => ProblemKind::BadRequest,
        _ => ProblemKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_speaks_the_asked_language() {
        let problem = HttpProblem::new(ProblemKind::Invalid)
            .detail("Two rows are wrong.", "两行有误。")
            .violation("/name", "The name is missing.", "缺少名称。");
        let zh = problem.render(Language::Zh, "abc");
        assert_eq!(zh.detail.as_deref(), Some("两行有误。"));
        assert_eq!(zh.violations[0].detail, "缺少名称。");
        assert_eq!(zh.instance.as_deref(), Some("urn:doorstep:request:abc"));
        assert_eq!(problem.render(Language::En, "abc").violations[0].pointer, "/name");
    }

    #[test]
    fn every_bare_status_has_a_kind_of_its_class() {
        for code in 400..600 {
            let status = StatusCode::from_u16(code).unwrap();
            assert_eq!(kind_of_status(status).status() < 500, code < 500 && code != 408, "{code}");
        }
    }
}
