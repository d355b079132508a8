//! `GET /health`: whether the server can read its store and may still acknowledge.

use axum::extract::State;
use serde::Serialize;

use super::problem::HttpProblem;
use crate::app::AppState;

/// Answer to `GET /health`; it tells nothing of what the store holds.
#[derive(Serialize)]
pub(super) struct Healthy {
    status: &'static str,
    version: &'static str,
}

pub(super) async fn get(State(state): State<AppState>) -> Result<axum::Json<Healthy>, HttpProblem> {
    state.read(|store| store.health()).await?;
    Ok(axum::Json(Healthy { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}
