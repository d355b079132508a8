//! `/api/v1/records/{record}/reviews` and `/comments`: decisions on exact heads, remarks.

use axum::extract::State;
use axum::http::StatusCode;
use doorstep_protocol::ObjectId;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::{Heads, RecordId};
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::http::extract::{Json, Path};
use crate::http::problem::HttpProblem;
use crate::language::Said;
use crate::review::model::{COMMENTS_MAX, NewComment, NewReview, Refused, Reviewed, WAIVERS_MAX};
use crate::review::rule::{Decision, Refusal, Waiver};
use crate::store::reviews::Decided;

/// Body of `POST /records/{record}/reviews`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    decision: Decision,
    heads: Heads,
    note: Option<String>,
    #[serde(default)]
    comments: Vec<NewComment>,
    #[serde(default)]
    waivers: Vec<Waiver>,
}

/// Body of `POST /records/{record}/comments`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comment {
    heads: Heads,
    path: Option<String>,
    text: String,
}

/// Answer to `POST /records/{record}/comments`.
#[derive(Serialize)]
pub(crate) struct Commented {
    id: ObjectId,
}

/// Takes or refuses a decision.
pub(crate) async fn decide(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Json(body): Json<Review>,
) -> Result<(StatusCode, axum::Json<Reviewed>), HttpProblem> {
    if body.comments.len() > COMMENTS_MAX || body.waivers.len() > WAIVERS_MAX {
        return Err(ProblemKind::TooLarge.into());
    }
    let mut comments = Vec::with_capacity(body.comments.len());
    for comment in body.comments {
        comments.push((state.object_id()?, comment));
    }
    let review = NewReview {
        id: state.object_id()?,
        decision: body.decision,
        heads: body.heads,
        note: body.note,
        comments,
        waivers: body.waivers,
        at_ms: state.now_ms(),
    };
    match state.write(move |store| store.review_decide(&caller.scope, record, &review)).await? {
        Decided::Taken(reviewed) => Ok((StatusCode::CREATED, axum::Json(reviewed))),
        Decided::Refused(refused) => Err(refusal_problem(&refused)),
    }
}

/// A remark for the phones of a record.
pub(crate) async fn comment(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Json(body): Json<Comment>,
) -> Result<(StatusCode, axum::Json<Commented>), HttpProblem> {
    let (id, at_ms) = (state.object_id()?, state.now_ms());
    let comment = NewComment { path: body.path, text: body.text };
    state
        .write(move |store| store.comment_add(&caller.scope, record, id, &body.heads, &comment, at_ms))
        .await?;
    Ok((StatusCode::CREATED, axum::Json(Commented { id })))
}

/// A refused decision as a problem: what stands against it, and what changed since.
pub fn refusal_problem(refused: &Refused) -> HttpProblem {
    let mut problem = HttpProblem::from(refusal_kind(&refused.refusal));
    match &refused.refusal {
        Refusal::DifferentAnswers { paths } => {
            for path in paths {
                problem = problem.violation(path.clone(), "Different answers.", "填写不一致。");
            }
        }
        Refusal::InvalidAnswers { violations } => {
            problem.violations.extend(violations.iter().map(|error| {
                let said = Said::new(format!("Error: {}.", error.key), format!("错误：{}。", error.key));
                (error.path.clone(), said)
            }));
        }
        Refusal::ReasonMissing { path } => {
            problem = problem.violation(path.clone(), "A reason is needed.", "请说明原因。");
        }
        Refusal::WrongState(_) | Refusal::NotSeen | Refusal::NotDescending => {
            problem.violations.extend(refused.difference.iter().map(|changed| {
                let said = Said::new("Changed since you were shown it.", "在您查看之后已更改。");
                (changed.path.clone(), said)
            }));
        }
    }
    problem
}

/// The kind of problem a refusal is.
fn refusal_kind(refusal: &Refusal) -> ProblemKind {
    match refusal {
        Refusal::WrongState(_) => ProblemKind::WrongState,
        Refusal::NotSeen => ProblemKind::NotSeen,
        Refusal::NotDescending => ProblemKind::Conflict,
        Refusal::DifferentAnswers { .. } => ProblemKind::DifferentAnswers,
        Refusal::InvalidAnswers { .. } => ProblemKind::InvalidAnswers,
        Refusal::ReasonMissing { .. } => ProblemKind::Invalid,
    }
}
