//! `/api/v1/sessions`: signing in and out; a browser keeps its token in a cookie and never sees it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::accounts::model::{SESSION_IDLE_MS, SESSION_LIFE_MS};
use crate::accounts::secret::{token_digest, token_text};
use crate::app::AppState;
use crate::http::answer::{Done, Made};
use crate::http::browser::{cookie_begin, cookies_end, own_page, page_word};
use crate::http::extract::Json;
use crate::http::problem::HttpProblem;
use crate::store::Scope;

/// Body of `POST /sessions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    name: String,
    password: String,
    /// A browser asks: the token goes into a cookie.
    #[serde(default)]
    cookie: bool,
}

/// Answer to `POST /sessions` and `GET /sessions`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SignedIn {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// What a browser's pages say with every change.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    user: Me,
    idle_seconds: i64,
    life_seconds: i64,
}

/// The person behind a session.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Me {
    id: String,
    name: String,
    role: &'static str,
}

/// Checks name and password. Unknown names, closed accounts and wrong passwords look and take alike.
pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<(HeaderMap, Made<SignedIn>), HttpProblem> {
    if body.cookie {
        own_page(&state, &headers).await?;
    }
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
    if body.cookie {
        let cookie = (header::SET_COOKIE, cookie_begin(&headers, &token)?);
        let answer = SignedIn::of(&scope, None, Some(page_word(&token)));
        return Ok((HeaderMap::from_iter([cookie]), Made(answer)));
    }
    Ok((HeaderMap::new(), Made(SignedIn::of(&scope, Some(token), None))))
}

impl SignedIn {
    fn of(scope: &Scope, token: Option<String>, page: Option<String>) -> SignedIn {
        let user = Me {
            id: scope.user().map(|user| user.to_string()).unwrap_or_default(),
            name: scope.user_name().to_owned(),
            role: scope.role().name(),
        };
        let (idle_seconds, life_seconds) = (SESSION_IDLE_MS / 1_000, SESSION_LIFE_MS / 1_000);
        SignedIn { token, page, user, idle_seconds, life_seconds }
    }
}

/// Who is signed in; how a page that was loaded again learns its word.
pub(crate) async fn get(caller: Caller) -> axum::Json<SignedIn> {
    axum::Json(SignedIn::of(&caller.scope, None, caller.page_word))
}

/// Ends the session that asks, and takes its cookie back.
pub(crate) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<(HeaderMap, Done), HttpProblem> {
    state.write(move |store| store.session_end(&caller.token)).await?;
    let mut headers = HeaderMap::new();
    for cookie in cookies_end() {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok((headers, Done))
}
