//! `/api/v1/forms`: published form versions.

use std::collections::BTreeMap;

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_forms::Form;
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::access::Caller;
use crate::app::AppState;
use crate::http::extract::Path;
use crate::http::problem::HttpProblem;
use crate::language::Said;
use crate::publish;
use crate::store::forms::FormView;

/// Answer to `GET /forms`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Forms {
    forms: Vec<FormView>,
}

/// Answer to `GET /forms/{form}/{version}`: JSON files as JSON, other files as text.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Version {
    form: String,
    version: u32,
    hash: String,
    files: BTreeMap<String, Value>,
}

/// The published versions.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<Forms>, HttpProblem> {
    let forms = state.read(move |store| store.form_list(&caller.scope)).await?;
    Ok(axum::Json(Forms { forms }))
}

/// One version with its files.
pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    Path((form, version)): Path<(String, u32)>,
) -> Result<axum::Json<Version>, HttpProblem> {
    let package = state.read(move |store| store.form_package(&caller.scope, &form, version)).await?;
    let files = package
        .files()
        .iter()
        .map(|(name, bytes)| {
            let text = || Value::String(String::from_utf8_lossy(bytes).into_owned());
            let value = name
                .ends_with(".json")
                .then(|| serde_json::from_slice(bytes).ok())
                .flatten()
                .unwrap_or_else(text);
            (name.clone(), value)
        })
        .collect();
    let (form, version, hash) = (package.id().to_owned(), package.version(), package.hash().to_string());
    Ok(axum::Json(Version { form, version, hash, files }))
}

/// A package as a body carries it, checked whole: every fault is a violation.
pub(super) fn sound(files: BTreeMap<String, String>) -> Result<Form, HttpProblem> {
    publish::check(decode(files)?).map_err(|faults| {
        let mut problem = HttpProblem::from(ProblemKind::Invalid);
        problem.violations = faults
            .into_iter()
            .map(|fault| {
                (format!("{}#{}", fault.file, fault.pointer), Said::new(fault.reason_en, fault.reason_zh))
            })
            .collect();
        problem
    })
}

/// File name -> base64.
fn decode(package: BTreeMap<String, String>) -> Result<BTreeMap<String, Vec<u8>>, HttpProblem> {
    let mut files = BTreeMap::new();
    for (name, text) in package {
        let bytes = STANDARD.decode(text).map_err(|_| {
            HttpProblem::new(ProblemKind::Invalid).violation(
                format!("/files/{}", name.replace('~', "~0").replace('/', "~1")),
                "Not base64.",
                "不是 base64。",
            )
        })?;
        files.insert(name, bytes);
    }
    Ok(files)
}
