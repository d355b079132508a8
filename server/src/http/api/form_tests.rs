//! `/api/v1/forms/tests`, `.../close`, `.../reopen`: test versions, and whether a version takes new records.

use std::collections::BTreeMap;

use axum::extract::State;
use doorstep_protocol::DeviceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use super::form_changes::checked;
use crate::app::AppState;
use crate::http::answer::Made;
use crate::http::extract::{JsonFiles, Path};
use crate::http::problem::HttpProblem;
use crate::store::StoreError;
use crate::store::publishing::TestView;

/// Body of `POST /forms/tests`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    /// File name -> base64.
    files: BTreeMap<String, String>,
    /// The devices that try it.
    #[serde(default)]
    devices: Vec<DeviceId>,
    /// All devices of this person.
    user: Option<String>,
}

/// Answer to `GET /forms/tests`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tests {
    tests: Vec<TestView>,
}

/// Answer to `.../close` and `.../reopen`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Opened {
    form: String,
    version: u32,
    open: bool,
    /// False when it was so already.
    changed: bool,
}

/// The test versions.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<Tests>, HttpProblem> {
    let tests = state.read(move |store| store.test_list(&caller.scope)).await?;
    Ok(axum::Json(Tests { tests }))
}

/// Gives a version to chosen devices as a test.
pub(crate) async fn begin(
    State(state): State<AppState>,
    caller: Caller,
    JsonFiles(body): JsonFiles<Test>,
) -> Result<Made<TestView>, HttpProblem> {
    let form = checked(&state, body.files).await?;
    let now_ms = state.now_ms();
    let test = state
        .write(move |store| {
            let mut devices = body.devices;
            if let Some(user) = &body.user {
                let listed = store.device_list(&caller.scope)?;
                let theirs = listed.iter().filter(|view| view.user == *user && view.revoked_ms.is_none());
                let before = devices.len();
                devices.extend(theirs.map(|view| view.id));
                if devices.len() == before {
                    return Err(StoreError::NotFound);
                }
            }
            store.form_test(&caller.scope, form.package(), &devices, now_ms)
        })
        .await?;
    Ok(Made(test))
}

/// Closes a version to new records.
pub(crate) async fn close(
    State(state): State<AppState>,
    caller: Caller,
    Path((form, version)): Path<(String, u32)>,
) -> Result<axum::Json<Opened>, HttpProblem> {
    set(state, caller, form, version, false).await
}

/// Opens a version to new records again.
pub(crate) async fn reopen(
    State(state): State<AppState>,
    caller: Caller,
    Path((form, version)): Path<(String, u32)>,
) -> Result<axum::Json<Opened>, HttpProblem> {
    set(state, caller, form, version, true).await
}

async fn set(
    state: AppState,
    caller: Caller,
    form: String,
    version: u32,
    open: bool,
) -> Result<axum::Json<Opened>, HttpProblem> {
    let (now_ms, id) = (state.now_ms(), form.clone());
    let changed =
        state.write(move |store| store.form_open(&caller.scope, &id, version, open, now_ms)).await?;
    Ok(axum::Json(Opened { form, version, open, changed }))
}
