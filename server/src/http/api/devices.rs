//! `/api/v1/devices` and `/api/v1/invites`: phones of people inside the caller's areas.

use axum::extract::State;
use doorstep_protocol::DeviceId;
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::accounts::model::DeviceView;
use crate::accounts::secret::{code_digest, code_text};
use crate::app::AppState;
use crate::http::answer::{Done, Made};
use crate::http::extract::{Json, Path};
use crate::http::problem::HttpProblem;

/// Answer to `GET /devices`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Devices {
    devices: Vec<DeviceView>,
}

/// Body of `POST /invites`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invite {
    user: String,
}

/// Answer to `POST /invites`; the code is never shown again.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invited {
    url: Option<String>,
    code: String,
    expires_ms: i64,
}

/// Phones of people inside the caller's areas.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<Devices>, HttpProblem> {
    let devices = state.read(move |store| store.device_list(&caller.scope)).await?;
    Ok(axum::Json(Devices { devices }))
}

/// Makes a one-time code for a person the caller may manage.
pub(crate) async fn invite(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Invite>,
) -> Result<Made<Invited>, HttpProblem> {
    let code = code_text(state.random()?);
    let digest = code_digest(&code).ok_or(ProblemKind::Internal)?;
    let now_ms = state.now_ms();
    let expires_ms =
        state.write(move |store| store.device_invite(&caller.scope, &body.user, &digest, now_ms)).await?;
    let url = state.read(|store| store.server_url()).await?;
    Ok(Made(Invited { url, code, expires_ms }))
}

/// Revokes a phone of a person the caller may manage.
pub(crate) async fn revoke(
    State(state): State<AppState>,
    caller: Caller,
    Path(device): Path<DeviceId>,
) -> Result<Done, HttpProblem> {
    let now_ms = state.now_ms();
    state.write(move |store| store.device_revoke(&caller.scope, device, now_ms)).await?;
    Ok(Done)
}
