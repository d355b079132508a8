//! `/api/v1/progress/{form}`: how a survey goes.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::access::Caller;
use crate::app::AppState;
use crate::checks::sweep::civil_day;
use crate::http::extract::{Path, Query};
use crate::http::problem::HttpProblem;
use crate::progress::count::count;
use crate::progress::model::{Progress, ProgressFilter};

/// Query of `GET /progress/{form}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgressQuery {
    area: Option<String>,
    fast_s: Option<i64>,
    far_m: Option<f64>,
    #[serde(default)]
    counts_only: bool,
}

/// Counts progress over the caller's scope.
pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    Path(form): Path<String>,
    Query(query): Query<ProgressQuery>,
) -> Result<axum::Json<Progress>, HttpProblem> {
    let usual = ProgressFilter::of(&form);
    let filter = ProgressFilter {
        area: query.area,
        fast_s: query.fast_s.unwrap_or(usual.fast_s),
        far_m: query.far_m.unwrap_or(usual.far_m),
        odd: !query.counts_only,
        ..usual
    };
    let asked = filter.clone();
    let found = state.read(move |store| store.progress_read(&caller.scope, &asked)).await?;
    Ok(axum::Json(count(&filter, found, state.checks(), &civil_day(state.now_ms()))))
}
