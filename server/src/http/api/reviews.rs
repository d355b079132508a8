//! `/api/v1/records/{record}/reviews` and `/comments`: decisions on exact heads, remarks.

use axum::extract::State;
use doorstep_protocol::ObjectId;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::{Heads, RecordId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::http::answer::Made;
use crate::http::extract::{Json, Path};
use crate::http::problem::HttpProblem;
use crate::language::Said;
use crate::review::model::{COMMENTS_MAX, NewComment, NewReview, Refused, Reviewed, WAIVERS_MAX};
use crate::review::rule::{Decision, Refusal, Waiver};
use crate::store::reviews::Decided;

/// Body of `POST /records/{record}/reviews`.
#[derive(Deserialize, JsonSchema)]
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
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comment {
    heads: Heads,
    path: Option<String>,
    text: String,
}

/// Answer to `POST /records/{record}/comments`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Commented {
    id: ObjectId,
}

/// Takes or refuses a decision.
pub(crate) async fn decide(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Json(body): Json<Review>,
) -> Result<Made<Reviewed>, HttpProblem> {
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
        Decided::Taken(reviewed) => Ok(Made(reviewed)),
        Decided::Refused(refused) => Err(refusal_problem(&refused)),
    }
}

/// Records in one body of `POST /reviews`.
const BULK_MAX: usize = 200;

/// Body of `POST /reviews`: one decision on many records, each at the heads that were shown.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bulk {
    decision: Decision,
    records: Vec<Shown>,
    note: Option<String>,
}

/// A record at the heads that were shown.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    record: RecordId,
    heads: Heads,
}

/// Answer to `POST /reviews`: every record of the body stands in one of the two lists.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BulkDone {
    decided: Vec<BulkDecided>,
    refused: Vec<BulkRefused>,
}

#[derive(Serialize, JsonSchema)]
struct BulkDecided {
    record: RecordId,
    #[serde(flatten)]
    reviewed: Reviewed,
}

#[derive(Serialize, JsonSchema)]
struct BulkRefused {
    record: RecordId,
    /// The kind of problem.
    problem: &'static str,
    zh: String,
    en: String,
    /// The answers it is about.
    paths: Vec<String>,
}

impl BulkRefused {
    fn new(record: RecordId, problem: &HttpProblem) -> BulkRefused {
        let said = problem.detail.clone();
        let said = said.unwrap_or_else(|| Said::new(problem.kind.title_en(), problem.kind.title_zh()));
        let paths = problem.violations.iter().map(|(path, _)| path.clone()).collect();
        BulkRefused { record, problem: problem.kind.name(), zh: said.zh, en: said.en, paths }
    }
}

/// Takes or refuses a decision on each of many records; one that is refused holds up no other.
pub(crate) async fn bulk(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Bulk>,
) -> Result<axum::Json<BulkDone>, HttpProblem> {
    if body.records.len() > BULK_MAX {
        return Err(ProblemKind::TooLarge.into());
    }
    let mut done = BulkDone { decided: Vec::new(), refused: Vec::new() };
    for Shown { record, heads } in body.records {
        let review = NewReview {
            id: state.object_id()?,
            decision: body.decision,
            heads,
            note: body.note.clone(),
            comments: Vec::new(),
            waivers: Vec::new(),
            at_ms: state.now_ms(),
        };
        let scope = caller.scope.clone();
        let outcome = state.write(move |store| store.review_decide(&scope, record, &review)).await;
        match outcome {
            Ok(Decided::Taken(reviewed)) => done.decided.push(BulkDecided { record, reviewed }),
            Ok(Decided::Refused(refused)) => {
                done.refused.push(BulkRefused::new(record, &refusal_problem(&refused)));
            }
            // What fails for another reason than the record itself fails for all that follow.
            Err(problem) if problem.kind.status() >= 500 => return Err(problem),
            Err(problem) => done.refused.push(BulkRefused::new(record, &problem)),
        }
    }
    Ok(axum::Json(done))
}

/// A remark for the phones of a record.
pub(crate) async fn comment(
    State(state): State<AppState>,
    caller: Caller,
    Path(record): Path<RecordId>,
    Json(body): Json<Comment>,
) -> Result<Made<Commented>, HttpProblem> {
    let (id, at_ms) = (state.object_id()?, state.now_ms());
    let comment = NewComment { path: body.path, text: body.text };
    state
        .write(move |store| store.comment_add(&caller.scope, record, id, &body.heads, &comment, at_ms))
        .await?;
    Ok(Made(Commented { id }))
}

/// A refused decision as a problem: what stands against it, and what changed since.
pub fn refusal_problem(refused: &Refused) -> HttpProblem {
    let mut problem = HttpProblem::from(refused.refusal.kind());
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
        Refusal::Headquarters => {
            problem = problem.violation(
                "",
                "An admin confirms, and takes back what was confirmed.",
                "由管理员复核，复核通过后也由管理员撤回。",
            );
        }
        Refusal::NotAsked => {
            let (en, zh) = ("The form does not ask for a confirmation.", "该表单无需复核。");
            problem = problem.violation("", en, zh);
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
