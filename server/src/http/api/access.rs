//! Who may use a route. Each route declares it in the list of routes; nothing else decides it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use doorstep_protocol::problem::ProblemKind;

use crate::accounts::role::{Action, Role};
use crate::accounts::secret::token_digest;
use crate::app::AppState;
use crate::http::browser::{BrowserSession, foreign, own_page};
use crate::http::problem::HttpProblem;
use crate::store::Scope;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a session.
    Public,
    /// Anybody signed in.
    SignedIn,
    /// Roles that may do this.
    May(Action),
}

impl Access {
    /// True when a signed-in person of this role passes.
    pub fn admits(self, role: Role) -> bool {
        match self {
            Access::Public | Access::SignedIn => true,
            Access::May(action) => role.may(action),
        }
    }
}

/// The person behind a request, with what they may see.
#[derive(Clone)]
pub struct Caller {
    /// What every store method asks for.
    pub scope: Arc<Scope>,
    /// Digest of the session's token.
    pub token: [u8; 32],
    /// What pages of a browser's session say with every change; none where the caller carries the token itself.
    pub page_word: Option<String>,
}

/// The gate in front of a route.
pub(crate) async fn gate(
    State((state, access)): State<(AppState, Access)>,
    mut request: Request,
    next: Next,
) -> Result<Response, HttpProblem> {
    if access == Access::Public {
        return Ok(next.run(request).await);
    }
    let caller = match token_of(request.headers()) {
        Some(token) => caller(&state, token, None).await?,
        None => in_browser(&state, request.method(), request.headers()).await?,
    };
    if !access.admits(caller.scope.role()) {
        return Err(ProblemKind::NotAllowed.into());
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn token_of(headers: &HeaderMap) -> Option<[u8; 32]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token_digest(token.trim())).flatten()
}

/// The caller behind a browser's cookie. The cookie comes along by itself, so a change must show who asked for it.
async fn in_browser(state: &AppState, method: &Method, headers: &HeaderMap) -> Result<Caller, HttpProblem> {
    let session = BrowserSession::of_headers(headers).ok_or(ProblemKind::SignInRequired)?;
    let known = session.has_word(headers);
    let caller = caller(state, session.token, Some(session.word)).await?;
    if !matches!(*method, Method::GET | Method::HEAD) {
        own_page(state, headers).await?;
        if !known {
            return Err(foreign());
        }
    }
    Ok(caller)
}

async fn caller(state: &AppState, token: [u8; 32], page_word: Option<String>) -> Result<Caller, HttpProblem> {
    let now_ms = state.now_ms();
    let open = state.read(move |store| store.session_open(&token, now_ms)).await?;
    if open.touch {
        state.write(move |store| store.session_touch(&token, now_ms)).await?;
    }
    Ok(Caller { scope: Arc::new(open.scope), token, page_word })
}

/// Behind [`gate`] every handler but those of public routes may ask for its caller.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = HttpProblem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpProblem> {
        parts.extensions.get::<Caller>().cloned().ok_or(ProblemKind::SignInRequired.into())
    }
}
