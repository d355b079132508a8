//! `/api/v1/records/{record}/split` and `/members`: members who leave a household.

use std::collections::BTreeMap;

use axum::extract::State;
use doorstep_records::{RecordId, RowId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::access::Caller;
use crate::app::AppState;
use crate::households::{Destination, MembersMoved, NewMove};
use crate::http::answer::Made;
use crate::http::extract::{Json, Path};
use crate::http::problem::HttpProblem;

/// Body of `POST /records/{record}/split`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Split {
    rows: Vec<RowId>,
    on: String,
    #[serde(default)]
    area: Option<String>,
    #[serde(default)]
    relations: BTreeMap<RowId, String>,
    #[serde(default)]
    reason: Option<String>,
}

/// Body of `POST /records/{record}/members`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MembersMove")]
pub(crate) struct Move {
    to: RecordId,
    rows: Vec<RowId>,
    on: String,
    state: String,
    #[serde(default)]
    relations: BTreeMap<RowId, String>,
    #[serde(default)]
    reason: Option<String>,
}

/// Begins a household with some of the members of this one.
pub(crate) async fn split(
    State(state): State<AppState>,
    caller: Caller,
    Path(from): Path<RecordId>,
    Json(body): Json<Split>,
) -> Result<Made<MembersMoved>, HttpProblem> {
    let Split { rows, on, area, relations, reason } = body;
    let to = Destination::Begins(area);
    let new = NewMove { from, to, rows, on, state: None, relations, reason, at_ms: state.now_ms() };
    moved(state, caller, new).await
}

/// Moves members into another household of the register.
pub(crate) async fn move_members(
    State(state): State<AppState>,
    caller: Caller,
    Path(from): Path<RecordId>,
    Json(body): Json<Move>,
) -> Result<Made<MembersMoved>, HttpProblem> {
    let Move { to, rows, on, state: left, relations, reason } = body;
    let to = Destination::Household(to);
    let new = NewMove { from, to, rows, on, state: Some(left), relations, reason, at_ms: state.now_ms() };
    moved(state, caller, new).await
}

async fn moved(state: AppState, caller: Caller, new: NewMove) -> Result<Made<MembersMoved>, HttpProblem> {
    let entropy = state.entropy();
    let done = state.write(move |store| store.members_move(&caller.scope, &new, entropy.as_ref())).await?;
    Ok(Made(done))
}
