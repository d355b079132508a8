//! `/api/v1/sessions`: signing in and out.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use doorstep_protocol::problem::ProblemKind;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::accounts::model::{SESSION_IDLE_MS, SESSION_LIFE_MS};
use crate::accounts::secret::{token_digest, token_text};
use crate::app::AppState;
use crate::http::extract::Json;
use crate::http::problem::HttpProblem;

/// Body of `POST /sessions`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    name: String,
    password: String,
}

/// Answer to `POST /sessions`.
#[derive(Serialize)]
pub(crate) struct SignedIn {
    token: String,
    user: Me,
    idle_seconds: i64,
    life_seconds: i64,
}

/// The person behind a session.
#[derive(Serialize)]
pub(crate) struct Me {
    id: String,
    name: String,
    role: &'static str,
}

/// Checks name and password. Unknown names, closed accounts and wrong passwords look and take alike.
pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    Json(body): Json<SignIn>,
) -> Result<(StatusCode, axum::Json<SignedIn>), HttpProblem> {
    let address = caller.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |info| info.0.0.ip());
    let now_ms = state.now_ms();
    state.doors().throttle().begin(&body.name, address, now_ms).map_err(|early| {
        let mut problem = HttpProblem::from(ProblemKind::TooMany);
        problem.retry_after_s = Some(u64::try_from(early.wait_ms.div_euclid(1_000) + 1).unwrap_or(1));
        problem
    })?;
    let name = body.name.clone();
    let credentials = state.read(move |store| store.credentials(&name)).await?;
    let stored = credentials.as_ref().map(|found| found.password_phc.clone());
    let password = body.password;
    let right = state.passwords(move |passwords| passwords.verify(&password, stored.as_deref())).await?;
    let Some(credentials) = credentials.filter(|_| right) else {
        return Err(ProblemKind::SignInFailed.into());
    };
    state.doors().throttle().succeeded(&body.name, address);
    let token = token_text(state.random()?);
    let digest = token_digest(&token).ok_or(ProblemKind::Internal)?;
    let scope = state.write(move |store| store.session_begin(credentials.user, &digest, now_ms)).await?;
    let user = Me {
        id: credentials.user.to_string(),
        name: scope.user_name().to_owned(),
        role: scope.role().name(),
    };
    let answer = SignedIn {
        token,
        user,
        idle_seconds: SESSION_IDLE_MS / 1_000,
        life_seconds: SESSION_LIFE_MS / 1_000,
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}

/// Ends the session that asks.
pub(crate) async fn delete(State(state): State<AppState>, caller: Caller) -> Result<StatusCode, HttpProblem> {
    state.write(move |store| store.session_end(&caller.token)).await?;
    Ok(StatusCode::NO_CONTENT)
}
