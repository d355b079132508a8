//! Bundles: what phones without a network have signed, brought by somebody.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;

use crate::app::AppState;
use crate::http::problem::HttpProblem;
use crate::sync::bundle::BundleReport;

/// `POST /api/v1/bundles`: takes a bundle, the body itself. Who brings it does not matter; the answer counts and names nothing.
pub(crate) async fn import(
    State(state): State<AppState>,
    body: Bytes,
) -> Result<Json<BundleReport>, HttpProblem> {
    let now_ms = state.now_ms();
    Ok(Json(state.write(move |store| store.bundle_import(&body, now_ms)).await?))
}
