//! `/api/v1/quarantine`: what is kept and not applied.

use axum::extract::State;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::http::extract::{Json, Query};
use crate::http::problem::HttpProblem;
use crate::quarantine::{AsideFilter, AsideItem, ITEMS_MAX, Retried};

/// Query of `GET /quarantine`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    record: Option<RecordId>,
    reason: Option<String>,
}

/// Answer to `GET /quarantine`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Aside {
    items: Vec<AsideItem>,
}

/// Body of `POST /quarantine/retry`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    records: Vec<RecordId>,
}

/// Answer to `POST /quarantine/retry`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Done {
    records: Vec<Retried>,
}

/// What is kept and not applied inside the caller's scope.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Aside>, HttpProblem> {
    let filter = AsideFilter { record: query.record, reason: query.reason };
    let items = state.read(move |store| store.quarantine_list(&caller.scope, &filter, ITEMS_MAX)).await?;
    Ok(axum::Json(Aside { items }))
}

/// Has what stands in quarantine about records judged once more, in the caller's name.
pub(crate) async fn retry(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Retry>,
) -> Result<axum::Json<Done>, HttpProblem> {
    let now_ms = state.now_ms();
    let records =
        state.write(move |store| store.quarantine_retry(&caller.scope, &body.records, now_ms)).await?;
    Ok(axum::Json(Done { records }))
}
