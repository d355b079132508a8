//! `/api/v1/reports`: the reports the server knows, counted over the caller's scope.

use axum::extract::State;
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use super::dataset::{cut_off, day};
use crate::app::AppState;
use crate::http::extract::{Path, Query};
use crate::http::problem::HttpProblem;
use crate::language::Said;
use crate::reports::definition::Words;
use crate::reports::{Asked, ReportError, ReportResult};

/// Answer to `GET /reports`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Reports {
    reports: Vec<Title>,
}

/// A report in lists.
#[derive(Serialize, JsonSchema)]
struct Title {
    id: String,
    title: Words,
}

/// Query of `GET /reports/{report}`: `drill=true` names the records behind each number, `area=CODE` counts below that
/// area only, `as_of=TIME` what was approved by then, `valid_at=DATE` what holds on that day.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountQuery {
    #[serde(default)]
    drill: bool,
    area: Option<String>,
    as_of: Option<String>,
    valid_at: Option<String>,
}

/// The reports the server knows.
pub(crate) async fn list(State(state): State<AppState>) -> axum::Json<Reports> {
    let title = |definition: &crate::reports::Definition| Title {
        id: definition.id.clone(),
        title: definition.title.clone(),
    };
    axum::Json(Reports { reports: state.reports().definitions().iter().map(title).collect() })
}

/// Counts one report over the caller's scope.
pub(crate) async fn count(
    State(state): State<AppState>,
    caller: Caller,
    Path(report): Path<String>,
    Query(query): Query<CountQuery>,
) -> Result<axum::Json<ReportResult>, HttpProblem> {
    let (reports, now_ms) = (state.reports().clone(), state.now_ms());
    let (as_of_ms, valid_at) = (cut_off(query.as_of.as_deref())?, day(query.valid_at.as_deref())?);
    let counted = state
        .read(move |store| {
            let asked = Asked {
                names: &[report.as_str()],
                area: query.area.as_deref(),
                as_of_ms,
                valid_at,
                now_ms,
                drill: query.drill,
                by_figure: false,
            };
            match reports.count_asked(store, &caller.scope, &asked) {
                Ok(results) => Ok(Ok(results)),
                Err(ReportError::Store(error)) => Err(error),
                Err(other) => Ok(Err(other)),
            }
        })
        .await?;
    let results = counted.map_err(|error| problem(&error))?;
    results.into_iter().next().map(axum::Json).ok_or(ProblemKind::NotFound.into())
}

fn problem(error: &ReportError) -> HttpProblem {
    match error {
        ReportError::Unknown(_) | ReportError::UnknownArea(_) => ProblemKind::NotFound.into(),
        ReportError::Faults(faults) => {
            let mut problem = HttpProblem::new(ProblemKind::Conflict).detail(
                "The report does not fit the published forms. Publish the forms it counts, or correct it.",
                "报表与已发布的表单不符，请发布其统计的表单或更正报表。",
            );
            problem.violations = faults
                .iter()
                .map(|fault| {
                    let said = Said::new(fault.reason.en.clone(), fault.reason.zh.clone());
                    (format!("{}#{}", fault.file, fault.pointer), said)
                })
                .collect();
            problem
        }
        ReportError::Store(_) => ProblemKind::Internal.into(),
    }
}
