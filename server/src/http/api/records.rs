//! `/api/v1/records`: lists, one record with its candidates and flags, its history, edits from the office, its area.

use std::collections::BTreeMap;

use axum::extract::State;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::{Heads, Key, RecordId, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::households::history::HistoryEvent;
use crate::http::answer::{Done, Made};
use crate::http::extract::{Json, Path, Query};
use crate::http::problem::HttpProblem;
use crate::reconcile::flag::FlagKind;
use crate::review::model::{HistoryLine, RecordFilter, RecordPage, RecordView};
use crate::review::state::RecordState;
use crate::store::records::{At, OfficeEdit};

/// Records of one page.
const PAGE_MAX: u32 = 200;

/// Query of `GET /records`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    form: Option<String>,
    area: Option<String>,
    state: Option<RecordState>,
    flag: Option<FlagKind>,
    author: Option<String>,
    text: Option<String>,
    subject: Option<RecordId>,
    #[serde(default)]
    discarded: bool,
    #[serde(default)]
    test: bool,
    after: Option<RecordId>,
    limit: Option<u32>,
}

/// Query of `GET /records/{record}`: `at=now` shows everything that has arrived, `at=<heads>` exactly those heads;
/// without it what is there to be decided on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetQuery {
    at: Option<String>,
}

/// Query of `GET /records/{record}/history`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryQuery {
    path: Option<String>,
}

/// Answer to `GET /records/{record}/history`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct History {
    history: Vec<HistoryLine>,
    /// Everything that ever happened to the record; only when no single answer was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<HistoryEvent>>,
}

/// Body of `POST /records/{record}/answers`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    heads: Heads,
    answers: BTreeMap<String, serde_json::Value>,
    reason: Option<String>,
}

/// Answer to `POST /records/{record}/answers`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Edited {
    heads: Heads,
}

/// Body of `POST /records/{record}/area`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AreaMove")]
pub(crate) struct Move {
    area: String,
}

/// A page of records inside the caller's scope.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<RecordPage>, HttpProblem> {
    let limit = query.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let filter = RecordFilter {
        form: query.form,
        area: query.area,
        state: query.state,
        flag: query.flag,
        author: query.author,
        text: query.text,
        subject: query.subject,
        discarded: query.discarded,
        test: query.test,
    };
    let page = state.read(move |store| store.record_list(&caller.scope, &filter, query.after, limit)).await?;
    Ok(axum::Json(page))
}

/// One record; being shown its heads is what allows deciding about them.
pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Query(query): Query<GetQuery>,
) -> Result<axum::Json<RecordView>, HttpProblem> {
    let at = match query.at.as_deref() {
        None => At::ToReview,
        Some("now") => At::Now,
        Some(heads) => At::Heads(heads_of(heads)?),
    };
    let view = state.read(move |store| store.record_get(&caller.scope, record, &at)).await?;
    Ok(axum::Json(view))
}

fn heads_of(text: &str) -> Result<Heads, HttpProblem> {
    let hashes: Result<Heads, _> = text.split(',').map(str::parse::<doorstep_records::ChangeHash>).collect();
    hashes.map_err(|_| {
        HttpProblem::new(ProblemKind::BadRequest)
            .detail("`at` is `now` or change hashes with commas.", "at 应为 now 或以逗号分隔的变更哈希。")
    })
}

/// Every value ever given to an answer; or to all, with everything else that ever happened to the record.
pub(crate) async fn history(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<History>, HttpProblem> {
    let key = query.path.as_deref().map(key_of).transpose()?;
    let (history, events) = state
        .read(move |store| {
            let history = store.record_history(&caller.scope, record, key.as_ref())?;
            let events = key.is_none().then(|| store.record_events(&caller.scope, record)).transpose()?;
            Ok((history, events))
        })
        .await?;
    Ok(axum::Json(History { history, events }))
}

/// Writes answers in the caller's name over the heads the caller saw.
pub(crate) async fn edit(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Json(body): Json<Edit>,
) -> Result<Made<Edited>, HttpProblem> {
    let mut puts = Vec::with_capacity(body.answers.len());
    for (path, json) in &body.answers {
        let value = Value::from_json(json).ok_or_else(|| {
            HttpProblem::new(ProblemKind::Invalid).violation(
                path.clone(),
                "An answer is a text, a whole number, true or false, null, or {\"missing\": \"dk\"}.",
                "答案应为文本、整数、真假值、空值或 {\"missing\": \"dk\"}。",
            )
        })?;
        puts.push((key_of(path)?, value));
    }
    let edit = OfficeEdit { record, heads: body.heads, puts, reason: body.reason, at_ms: state.now_ms() };
    let entropy = state.entropy();
    let heads = state.write(move |store| store.record_edit(&caller.scope, &edit, entropy.as_ref())).await?;
    Ok(Made(Edited { heads }))
}

/// Moves a record to another area of the caller's scope.
pub(crate) async fn area(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Json(body): Json<Move>,
) -> Result<Done, HttpProblem> {
    let at_ms = state.now_ms();
    state.write(move |store| store.area_apply(&caller.scope, record, &body.area, at_ms)).await?;
    Ok(Done)
}

fn key_of(path: &str) -> Result<Key, HttpProblem> {
    Key::parse(path).map_err(|_| {
        HttpProblem::new(ProblemKind::Invalid).violation(
            path.to_owned(),
            "Not the path of an answer.",
            "不是有效的答案路径。",
        )
    })
}
