//! `/api/v1/dataset/{form}`: the approved rows of a form; `/{record}`: one of them.

use std::collections::BTreeMap;

use axum::extract::State;
use doorstep_forms::Form;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::{Heads, RecordId};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::access::Caller;
use crate::app::AppState;
use crate::dataset::canonical::row_json;
use crate::dataset::cutoff;
use crate::dataset::model::DatasetRow;
use crate::dataset::valid::Valid;
use crate::http::extract::{Path, Query};
use crate::http::problem::HttpProblem;
use crate::store::forms::Forms;
use crate::store::{Scope, StoreError};

/// Rows of one page.
const PAGE_MAX: u32 = 200;

/// Query of `GET /dataset/{form}`; `as_of=TIME` shows the register as it stood then, `valid_at=DATE` what holds on that day:
/// records of later days are left out of their page, `total` counts them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    after: Option<RecordId>,
    limit: Option<u32>,
    as_of: Option<String>,
    valid_at: Option<String>,
}

/// Query of `GET /dataset/{form}/{record}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetQuery {
    as_of: Option<String>,
    valid_at: Option<String>,
}

/// Answer to `GET /dataset/{form}`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Page {
    rows: Vec<Row>,
    next: Option<RecordId>,
    total: u64,
}

/// One row, and the answer to `GET /dataset/{form}/{record}`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Row {
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
    let valid_at = day(query.valid_at.as_deref())?;
    let (mut page, valid) = state
        .read(move |store| {
            let valid = match valid_at {
                Some(at) => newest(store, &scope, &form)?.map(|form| (Valid::of_form(&form), at)),
                None => None,
            };
            Ok((store.dataset_list(&scope, &form, query.after, limit)?, valid))
        })
        .await?;
    if let Some((valid, at)) = valid {
        page.rows = page
            .rows
            .into_iter()
            .filter_map(|row| holding(row, &valid, at).transpose())
            .collect::<Result<_, _>>()?;
    }
    let rows = page.rows.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    Ok(axum::Json(Page { rows, next: page.next, total: page.total }))
}

/// One row as it stood then, with what held on that day; what was not approved by then does not exist.
pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    Path((form, record)): Path<(String, RecordId)>,
    Query(query): Query<GetQuery>,
) -> Result<axum::Json<Row>, HttpProblem> {
    let scope = caller.scope.as_of(cut_off(query.as_of.as_deref())?);
    let valid_at = day(query.valid_at.as_deref())?;
    let (found, valid) = state
        .read(move |store| {
            let found = store.dataset_get(&scope, record)?;
            if found.form != form {
                return Err(StoreError::NotFound);
            }
            let valid = match valid_at {
                Some(at) => newest(store, &scope, &form)?.map(|form| (Valid::of_form(&form), at)),
                None => None,
            };
            Ok((found, valid))
        })
        .await?;
    let held = match valid {
        Some((valid, at)) => holding(found, &valid, at)?.ok_or(ProblemKind::NotFound)?,
        None => found,
    };
    row(held).map(axum::Json)
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

/// The newest version of a form; it tells what of a record holds for a date.
pub(super) fn newest(
    store: &(impl Forms + ?Sized),
    scope: &Scope,
    form: &str,
) -> Result<Option<Form>, StoreError> {
    let versions = store.form_list(scope)?.into_iter().filter(|view| view.form == form);
    let Some(version) = versions.map(|view| view.version).max() else { return Ok(None) };
    let package = store.form_package(scope, form, version)?;
    Form::compile(package).map(Some).map_err(|_| StoreError::Damaged("a published form no longer compiles"))
}

/// A row with what holds on a day; none when the whole record is of a later one.
fn holding(row: DatasetRow, valid: &Valid, at: Date) -> Result<Option<DatasetRow>, HttpProblem> {
    let answers: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&row.json).map_err(|_| ProblemKind::Internal)?;
    if !valid.counts(&answers, at) {
        return Ok(None);
    }
    let held: BTreeMap<String, serde_json::Value> = valid.answers(&answers, at).into_iter().collect();
    Ok(Some(DatasetRow { json: row_json(&held), ..row }))
}

/// The day of a `valid_at`.
pub(super) fn day(text: Option<&str>) -> Result<Option<Date>, HttpProblem> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let (en, zh) = ("A date such as 2015-12-31 is due.", "应为日期（如 2015-12-31）。");
        HttpProblem::new(ProblemKind::Invalid).violation("valid_at".to_owned(), en, zh)
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
