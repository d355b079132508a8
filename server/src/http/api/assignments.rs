//! `/api/v1/assignments`: work given to people.

use axum::extract::State;
use doorstep_protocol::ObjectId;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::assignments::model::{About, AssignmentFilter, AssignmentView, NewAssignments, Progress};
use crate::http::answer::{Done, Made};
use crate::http::extract::{Json, Query};
use crate::http::problem::HttpProblem;

/// Assignments of one page.
const PAGE: u32 = 200;

/// Query of `GET /assignments`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    to: Option<String>,
    form: Option<String>,
    area: Option<String>,
    #[serde(default)]
    open: bool,
    after: Option<ObjectId>,
}

/// An assignment with how far it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AssignmentLine")]
pub(crate) struct Line {
    #[serde(flatten)]
    view: AssignmentView,
    progress: Progress,
}

/// Answer to `GET /assignments`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Lines {
    assignments: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<ObjectId>,
}

/// Body of `POST /assignments`: `subjects`, or `area` with `quantity`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Add {
    form: String,
    to: String,
    #[serde(default)]
    subjects: Vec<RecordId>,
    area: Option<String>,
    quantity: Option<u32>,
    due: Option<String>,
    note: Option<String>,
}

/// Answer to `POST /assignments`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Added {
    assignments: Vec<ObjectId>,
}

/// Body of `POST /assignments/move`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AssignmentMove")]
pub(crate) struct Move {
    assignments: Vec<ObjectId>,
    to: String,
}

/// Body of `POST /assignments/close`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Close {
    assignments: Vec<ObjectId>,
    reason: String,
}

/// Lists assignments; an enumerator sees their own.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Lines>, HttpProblem> {
    let filter = AssignmentFilter { to: query.to, form: query.form, area: query.area, open: query.open };
    let after = query.after;
    let views = state.read(move |store| store.assignment_list(&caller.scope, &filter, after, PAGE)).await?;
    let next = views.last().filter(|_| views.len() == PAGE as usize).map(|view| view.id);
    let assignments = views.into_iter().map(|view| Line { progress: view.progress(), view }).collect();
    Ok(axum::Json(Lines { assignments, next }))
}

/// Gives work.
pub(crate) async fn add(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Add>,
) -> Result<Made<Added>, HttpProblem> {
    let about = match (body.subjects.is_empty(), body.area) {
        (false, None) => About::Subjects(body.subjects),
        (true, Some(area)) => About::Area { area, quantity: body.quantity.unwrap_or(1) },
        _ => {
            return Err(HttpProblem::new(ProblemKind::Invalid).violation(
                "/subjects",
                "Name either households or an area.",
                "请指定农户，或者指定一个行政区划。",
            ));
        }
    };
    let new = NewAssignments { form: body.form, about, to: body.to, due: body.due, note: body.note };
    let (entropy, at_ms) = (state.entropy(), state.now_ms());
    let assignments =
        state.write(move |store| store.assignment_add(&caller.scope, &new, entropy.as_ref(), at_ms)).await?;
    Ok(Made(Added { assignments }))
}

/// Gives open work to somebody else.
pub(crate) async fn hand_over(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Move>,
) -> Result<Done, HttpProblem> {
    let at_ms = state.now_ms();
    state
        .write(move |store| store.assignment_move(&caller.scope, &body.assignments, &body.to, at_ms))
        .await?;
    Ok(Done)
}

/// Closes open work.
pub(crate) async fn close(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Close>,
) -> Result<Done, HttpProblem> {
    let at_ms = state.now_ms();
    state
        .write(move |store| store.assignment_close(&caller.scope, &body.assignments, &body.reason, at_ms))
        .await?;
    Ok(Done)
}
