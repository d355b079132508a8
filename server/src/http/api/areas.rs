//! `/api/v1/areas`: the administrative tree inside the caller's areas.

use axum::body::Bytes;
use axum::extract::State;
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use crate::app::AppState;
use crate::areas::table::TableFault;
use crate::areas::{Imported, Succession};
use crate::http::answer::Made;
use crate::http::extract::Json;
use crate::http::problem::HttpProblem;

/// Answer to `GET /areas`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Areas {
    areas: Vec<crate::areas::Area>,
}

/// The areas of the caller's scope, parents first.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<Areas>, HttpProblem> {
    let areas = state.read(move |store| store.area_list(&caller.scope)).await?;
    Ok(axum::Json(Areas { areas }))
}

/// Imports a CSV file (the body itself); every wrong row is a violation, and then nothing is imported.
pub(crate) async fn import(
    State(state): State<AppState>,
    caller: Caller,
    body: Bytes,
) -> Result<Made<Imported>, HttpProblem> {
    let now_ms = state.now_ms();
    let imported = state.write(move |store| store.areas_import(&caller.scope, &body, now_ms)).await?;
    match imported {
        Ok(imported) => Ok(Made(imported)),
        Err(faults) => Err(wrong_rows(faults)),
    }
}

/// Body of `POST /areas/successions`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Successions {
    successions: Vec<Succession>,
    on: String,
}

/// Answer to `POST /areas/successions`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Succeeded {
    /// Records that lie in a successor now.
    moved: u64,
}

/// Ends areas and says which follow them; with any fault nothing is done.
pub(crate) async fn succeed(
    State(state): State<AppState>,
    caller: Caller,
    Json(body): Json<Successions>,
) -> Result<Made<Succeeded>, HttpProblem> {
    let now_ms = state.now_ms();
    let done = state
        .write(move |store| store.areas_succeed(&caller.scope, &body.successions, &body.on, now_ms))
        .await?;
    let moved = done.map_err(|faults| {
        let mut problem = HttpProblem::from(ProblemKind::Invalid);
        let at = |place: Option<usize>| place.map_or("/on".to_owned(), |at| format!("/successions/{at}"));
        problem.violations = faults.into_iter().map(|fault| (at(fault.place), fault.said)).collect();
        problem
    })?;
    Ok(Made(Succeeded { moved }))
}

fn wrong_rows(faults: Vec<TableFault>) -> HttpProblem {
    let mut problem = HttpProblem::from(ProblemKind::Invalid);
    problem.violations =
        faults.into_iter().map(|fault| (format!("{}:{}", fault.line, fault.column), fault.said)).collect();
    problem
}
