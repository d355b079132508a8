//! Who may use a route. Each route declares it in the list of routes; nothing else decides it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use doorstep_protocol::problem::ProblemKind;

use crate::accounts::role::{Action, Role};
use crate::accounts::secret::token_digest;
use crate::app::AppState;
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
}

/// The gate in front of a route.
pub(super) async fn gate(
    State((state, access)): State<(AppState, Access)>,
    mut request: Request,
    next: Next,
) -> Result<Response, HttpProblem> {
    if access == Access::Public {
        return Ok(next.run(request).await);
    }
    let caller = caller(&state, &request).await?;
    if !access.admits(caller.scope.role()) {
        return Err(ProblemKind::NotAllowed.into());
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

async fn caller(state: &AppState, request: &Request) -> Result<Caller, HttpProblem> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| token_digest(token.trim()))
        .ok_or(ProblemKind::SignInRequired)?;
    let now_ms = state.now_ms();
    let scope = state.read(move |store| store.session_open(&token, now_ms)).await?;
    Ok(Caller { scope: Arc::new(scope), token })
}

/// Behind [`gate`] every handler but those of public routes may ask for its caller.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = HttpProblem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpProblem> {
        parts.extensions.get::<Caller>().cloned().ok_or(ProblemKind::SignInRequired.into())
    }
}
