//! `/api/v1/areas`: the administrative tree inside the caller's areas.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use doorstep_protocol::problem::ProblemKind;
use serde::Serialize;

use super::access::Caller;
use crate::app::AppState;
use crate::areas::table::TableFault;
use crate::http::problem::HttpProblem;

/// Answer to `GET /areas`.
#[derive(Serialize)]
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
) -> Result<Response, HttpProblem> {
    let now_ms = state.now_ms();
    let imported = state.write(move |store| store.areas_import(&caller.scope, &body, now_ms)).await?;
    match imported {
        Ok(imported) => Ok((StatusCode::CREATED, axum::Json(imported)).into_response()),
        Err(faults) => Err(wrong_rows(faults)),
    }
}

fn wrong_rows(faults: Vec<TableFault>) -> HttpProblem {
    let mut problem = HttpProblem::from(ProblemKind::Invalid);
    problem.violations =
        faults.into_iter().map(|fault| (format!("{}:{}", fault.line, fault.column), fault.said)).collect();
    problem
}
