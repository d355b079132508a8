//! `/api/v1/users`: accounts inside the caller's areas.

use axum::extract::State;
use doorstep_protocol::UserId;
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::accounts::model::{NewUser, UserView};
use crate::accounts::password::PASSWORD_CHARS_MIN;
use crate::accounts::role::Role;
use crate::app::AppState;
use crate::http::answer::Made;
use crate::http::extract::Json;
use crate::http::problem::HttpProblem;

/// Answer to `GET /users`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Users {
    users: Vec<UserView>,
}

/// Body of `POST /users`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddUser {
    name: String,
    role: String,
    areas: Vec<String>,
    password: String,
}

/// Accounts that cover anything inside the caller's areas.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<Users>, HttpProblem> {
    let users = state.read(move |store| store.user_list(&caller.scope)).await?;
    Ok(axum::Json(Users { users }))
}

/// Adds an account inside the caller's areas.
pub(crate) async fn add(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<AddUser>,
) -> Result<Made<UserView>, HttpProblem> {
    let role: Role = body.role.parse().map_err(|_| {
        HttpProblem::new(ProblemKind::Invalid).violation(
            "/role",
            "A role is enumerator, supervisor or admin.",
            "角色应为 enumerator（调查员）、supervisor（审核员）或 admin（管理员）。",
        )
    })?;
    if body.password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(HttpProblem::new(ProblemKind::Invalid).violation(
            "/password",
            format!("A password has at least {PASSWORD_CHARS_MIN} characters."),
            format!("密码至少 {PASSWORD_CHARS_MIN} 个字符。"),
        ));
    }
    let id = UserId::mint(u64::try_from(state.now_ms()).unwrap_or_default(), state.random()?);
    let (name, areas, at_ms) = (body.name, body.areas, state.now_ms());
    let (password, salt) = (body.password, state.random()?);
    let password_phc = state.passwords(move |passwords| passwords.hash(&password, salt)).await?;
    let new = NewUser { id, name, role, areas, password_phc, at_ms };
    let user = state.write(move |store| store.user_add(&caller.scope, &new)).await?;
    Ok(Made(user))
}
