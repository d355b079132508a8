//! `/api/v1/mappings`: texts answered where a list had no code, and the codes they are mapped to.

use axum::extract::State;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::http::extract::{Json, Query};
use crate::http::problem::HttpProblem;
use crate::mapping::{MappingDone, NewMapping, QUEUE_MAX, Unmapped};

/// Query of `GET /mappings`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    form: Option<String>,
}

/// Answer to `GET /mappings`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Queue {
    waiting: Vec<Unmapped>,
}

/// Body of `POST /mappings`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Map {
    form: String,
    text: String,
    code: String,
    reason: String,
    #[serde(default)]
    records: Vec<RecordId>,
}

/// The texts that wait inside the caller's scope.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Queue>, HttpProblem> {
    let form = query.form;
    let waiting =
        state.read(move |store| store.mapping_queue(&caller.scope, form.as_deref(), QUEUE_MAX)).await?;
    Ok(axum::Json(Queue { waiting }))
}

/// Maps a text to a code, in the caller's name.
pub(crate) async fn apply(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Map>,
) -> Result<axum::Json<MappingDone>, HttpProblem> {
    let Map { form, text, code, reason, records } = body;
    let mapping = NewMapping { form, text, code, reason, records, at_ms: state.now_ms() };
    let entropy = state.entropy();
    let done =
        state.write(move |store| store.mapping_apply(&caller.scope, &mapping, entropy.as_ref())).await?;
    Ok(axum::Json(done))
}
