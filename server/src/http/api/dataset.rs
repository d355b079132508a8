//! `/api/v1/dataset/{form}`: the approved rows of a form.

use axum::extract::State;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::{Heads, RecordId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::access::Caller;
use crate::app::AppState;
use crate::dataset::cutoff;
use crate::dataset::model::DatasetRow;
use crate::http::extract::{Path, Query};
use crate::http::problem::HttpProblem;

/// Rows of one page.
const PAGE_MAX: u32 = 200;

/// Query of `GET /dataset/{form}`; `as_of=TIME` shows the register as it stood then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    after: Option<RecordId>,
    limit: Option<u32>,
    as_of: Option<String>,
}

/// Answer to `GET /dataset/{form}`.
#[derive(Serialize)]
pub(crate) struct Page {
    rows: Vec<Row>,
    next: Option<RecordId>,
    total: u64,
}

/// One row.
#[derive(Serialize)]
struct Row {
    record: RecordId,
    form: String,
    form_version: u32,
    area: String,
    subject: Option<RecordId>,
    heads: Heads,
    approved_ms: i64,
    answers: Box<RawValue>,
}

/// A page of rows inside the caller's scope.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(form): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Page>, HttpProblem> {
    let limit = query.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let scope = caller.scope.as_of(cut_off(query.as_of.as_deref())?);
    let page = state.read(move |store| store.dataset_list(&scope, &form, query.after, limit)).await?;
    let rows = page.rows.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    Ok(axum::Json(Page { rows, next: page.next, total: page.total }))
}

/// The instant of an `as_of`.
pub(super) fn cut_off(text: Option<&str>) -> Result<Option<i64>, HttpProblem> {
    let Some(text) = text else { return Ok(None) };
    cutoff::as_of_ms(text).map(Some).ok_or_else(|| {
        HttpProblem::new(ProblemKind::Invalid).violation(
            "as_of".to_owned(),
            "A time such as 2015-12-31T18:00:00+08:00, or a date, is due.",
            "应为时间（如 2015-12-31T18:00:00+08:00）或日期。",
        )
    })
}

fn row(row: DatasetRow) -> Result<Row, HttpProblem> {
    let answers =
        RawValue::from_string(row.json).map_err(|_| doorstep_protocol::problem::ProblemKind::Internal)?;
    Ok(Row {
        record: row.record,
        form: row.form,
        form_version: row.form_version,
        area: row.area,
        subject: row.subject,
        heads: row.heads,
        approved_ms: row.approved_ms,
        answers,
    })
}
