//! `/api/v1/duplicates`: possible duplicates, merging and dismissing them.

use axum::extract::State;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::duplicates::model::{Crowd, Pair, PairState};
use crate::http::answer::Done;
use crate::http::extract::{Json, Query};
use crate::http::problem::HttpProblem;

/// Pairs of one answer.
const PAIRS_MAX: u32 = 200;

/// Query of `GET /duplicates`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    #[serde(default)]
    state: PairState,
    /// The older and the younger of the last pair that was seen.
    after: Option<RecordId>,
    after_younger: Option<RecordId>,
}

/// Answer to `GET /duplicates`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Pairs {
    pairs: Vec<Pair>,
    /// More follow: ask again `after` the last of these.
    more: bool,
    /// Groups of people too large to be compared throughout.
    crowds: Vec<Crowd>,
}

/// Body of `POST /duplicates/merge` and `POST /duplicates/dismiss`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Two {
    a: RecordId,
    b: RecordId,
}

/// Body of `POST /duplicates/unmerge`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct One {
    record: RecordId,
}

/// Answer to `POST /duplicates/merge` and `POST /duplicates/unmerge`: the record that stands, or stood, for both.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Merged {
    canonical: RecordId,
}

/// Pairs whose records both lie in the caller's scope.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Pairs>, HttpProblem> {
    let (mut pairs, crowds) = state
        .read(move |store| {
            let after = query.after.zip(query.after_younger);
            let pairs = store.duplicate_page(&caller.scope, query.state, after, PAIRS_MAX + 1)?;
            Ok((pairs, store.duplicate_crowds(&caller.scope)?))
        })
        .await?;
    let more = pairs.len() > PAIRS_MAX as usize;
    pairs.truncate(PAIRS_MAX as usize);
    Ok(axum::Json(Pairs { pairs, more, crowds }))
}

/// Makes two registrations one; the older stays.
pub(crate) async fn merge(
    State(state): State<AppState>,
    caller: Caller,
    Json(two): Json<Two>,
) -> Result<axum::Json<Merged>, HttpProblem> {
    let at_ms = state.now_ms();
    let canonical =
        state.write(move |store| store.duplicate_merge(&caller.scope, two.a, two.b, at_ms)).await?;
    Ok(axum::Json(Merged { canonical }))
}

/// Takes a merge back.
pub(crate) async fn unmerge(
    State(state): State<AppState>,
    caller: Caller,
    Json(one): Json<One>,
) -> Result<axum::Json<Merged>, HttpProblem> {
    let at_ms = state.now_ms();
    let canonical =
        state.write(move |store| store.duplicate_unmerge(&caller.scope, one.record, at_ms)).await?;
    Ok(axum::Json(Merged { canonical }))
}

/// Says that two records are not one.
pub(crate) async fn dismiss(
    State(state): State<AppState>,
    caller: Caller,
    Json(two): Json<Two>,
) -> Result<Done, HttpProblem> {
    let at_ms = state.now_ms();
    state.write(move |store| store.duplicate_dismiss(&caller.scope, two.a, two.b, at_ms)).await?;
    Ok(Done)
}
