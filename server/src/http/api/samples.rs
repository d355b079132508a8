//! `/api/v1/samples`: sample checks drawn from the register.

use axum::extract::State;
use doorstep_protocol::ObjectId;
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::dataset::cutoff::as_of_ms;
use crate::http::answer::Made;
use crate::http::extract::{Json, Path};
use crate::http::problem::HttpProblem;
use crate::samples::compare::Discrepancies;
use crate::samples::cover::{Cover, cover};
use crate::samples::draw::Asked;
use crate::samples::model::{
    BaseFilter, CHECK, CheckedFilter, HandedOut, Handout, NewSample, REGISTER, Replaced, SampleView, Strata,
    UnitView,
};

/// Body of `POST /samples`: `asked` is `30%` or `615`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draw {
    area: String,
    asked: String,
    seed: u64,
    #[serde(default)]
    by: Strata,
    #[serde(default)]
    filter: BaseFilter,
    #[serde(default)]
    name: String,
    as_of: Option<String>,
    register: Option<String>,
    check: Option<String>,
}

/// Answer to `GET /samples`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Samples {
    samples: Vec<SampleView>,
}

/// Answer to `GET /samples/{sample}`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SampleShown")]
pub(crate) struct Shown {
    sample: SampleView,
    households: Vec<UnitView>,
}

/// Body of `POST /samples/{sample}/assign`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assign {
    to: Vec<String>,
    #[serde(default)]
    in_turn: bool,
    due: Option<String>,
    note: Option<String>,
}

/// Body of `POST /samples/{sample}/replace`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replace {
    record: RecordId,
    reason: String,
}

/// Lists samples.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<Samples>, HttpProblem> {
    let samples = state.read(move |store| store.sample_list(&caller.scope)).await?;
    Ok(axum::Json(Samples { samples }))
}

/// Draws a sample.
pub(crate) async fn draw(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Draw>,
) -> Result<Made<SampleView>, HttpProblem> {
    let new = asked(body)?;
    let (entropy, at_ms) = (state.entropy(), state.now_ms());
    let sample =
        state.write(move |store| store.sample_draw(&caller.scope, &new, entropy.as_ref(), at_ms)).await?;
    Ok(Made(sample))
}

fn asked(body: Draw) -> Result<NewSample, HttpProblem> {
    let wrong = |at: &str, en: &str, zh: &str| HttpProblem::new(ProblemKind::Invalid).violation(at, en, zh);
    let asked = Asked::parse(&body.asked).ok_or_else(|| {
        wrong(
            "/asked",
            "A share such as 30%, or a number such as 615.",
            "应为比例（如 30%）或户数（如 615）。",
        )
    })?;
    let as_of_ms =
        match body.as_of.as_deref() {
            None => None,
            Some(text) => Some(as_of_ms(text).ok_or_else(|| {
                wrong("/as_of", "An RFC 3339 time, or a date.", "应为 RFC 3339 时间或日期。")
            })?),
        };
    Ok(NewSample {
        name: body.name,
        register: body.register.unwrap_or_else(|| REGISTER.to_owned()),
        check: body.check.unwrap_or_else(|| CHECK.to_owned()),
        area: body.area,
        filter: body.filter,
        by: body.by,
        asked,
        seed: body.seed,
        as_of_ms,
    })
}

/// A sample with its households.
pub(crate) async fn show(
    State(state): State<AppState>,
    caller: Caller,
    Path(sample): Path<ObjectId>,
) -> Result<axum::Json<Shown>, HttpProblem> {
    let (sample, households) = state.read(move |store| store.sample_get(&caller.scope, sample)).await?;
    Ok(axum::Json(Shown { sample, households }))
}

/// How far a sample is.
pub(crate) async fn covered(
    State(state): State<AppState>,
    caller: Caller,
    Path(sample): Path<ObjectId>,
) -> Result<axum::Json<Cover>, HttpProblem> {
    let (_, units) = state.read(move |store| store.sample_get(&caller.scope, sample)).await?;
    Ok(axum::Json(cover(&units)))
}

/// What its approved checks found against the register.
pub(crate) async fn differences(
    State(state): State<AppState>,
    caller: Caller,
    Path(sample): Path<ObjectId>,
) -> Result<axum::Json<Discrepancies>, HttpProblem> {
    let filter = CheckedFilter { sample: Some(sample), area: None, check: CHECK.to_owned() };
    let found = state.read(move |store| store.sample_discrepancies(&caller.scope, &filter)).await?;
    Ok(axum::Json(found))
}

/// Gives its households to people.
pub(crate) async fn assign(
    State(state): State<AppState>,
    caller: Caller,
    Path(sample): Path<ObjectId>,
    Json(body): Json<Assign>,
) -> Result<Made<HandedOut>, HttpProblem> {
    let handout = Handout { to: body.to, by_village: !body.in_turn, due: body.due, note: body.note };
    let (entropy, at_ms) = (state.entropy(), state.now_ms());
    let done = state
        .write(move |store| store.sample_assign(&caller.scope, sample, &handout, entropy.as_ref(), at_ms))
        .await?;
    Ok(Made(done))
}

/// Replaces a household by the next of the reserve.
pub(crate) async fn replace(
    State(state): State<AppState>,
    caller: Caller,
    Path(sample): Path<ObjectId>,
    Json(body): Json<Replace>,
) -> Result<axum::Json<Replaced>, HttpProblem> {
    let (entropy, at_ms) = (state.entropy(), state.now_ms());
    let done = state
        .write(move |store| {
            let Replace { record, reason } = body;
            store.sample_replace(&caller.scope, sample, record, &reason, entropy.as_ref(), at_ms)
        })
        .await?;
    Ok(axum::Json(done))
}
