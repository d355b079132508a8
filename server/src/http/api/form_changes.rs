//! `POST /api/v1/forms`, `/forms/diff`, `/forms/dry-run`: what a version changes, and publishing it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use doorstep_forms::{Change, Comparison, Form, FormHash};
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Caller;
use super::forms::sound;
use crate::app::AppState;
use crate::http::border::PUBLISH_TIMEOUT;
use crate::http::extract::JsonFiles;
use crate::http::problem::HttpProblem;
use crate::language::Said;
use crate::publish::service::{self, Asked, Impact, Outcome, Refusal};
use crate::store::StoreError;

/// Between the end of a run and the end of the request.
const MARGIN: Duration = Duration::from_secs(20);

/// Body of `POST /forms`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Publish {
    /// File name -> base64.
    files: BTreeMap<String, String>,
    /// Hash of the newest published version this was made against.
    base: Option<String>,
    /// What happens to stored records was seen and is wanted.
    #[serde(default)]
    confirm: bool,
}

/// Body of `POST /forms/dry-run`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    files: BTreeMap<String, String>,
}

/// Body of `POST /forms/diff`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Diff {
    /// Without it the newest published version below the other.
    old: Option<Source>,
    new: Source,
}

/// A form version: published, or with its files.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Source {
    /// `FORM@VERSION`.
    Published(String),
    Files {
        files: BTreeMap<String, String>,
    },
}

/// Answer to `POST /forms`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PublishedAnswer {
    form: String,
    version: u32,
    hash: String,
    already: bool,
    #[serde(flatten)]
    change: Option<ChangeAnswer>,
}

/// What changed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChangeAnswer {
    class: char,
    base: Option<String>,
    comparison: Option<Comparison>,
}

/// Answer to `POST /forms/diff`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DiffAnswer {
    class: char,
    #[serde(flatten)]
    comparison: Comparison,
}

/// Checks and publishes a package. When rules change or answers move, what that does to stored records is told, and
/// nothing is published before it is confirmed.
pub(crate) async fn publish(
    State(state): State<AppState>,
    caller: Caller,
    JsonFiles(body): JsonFiles<Publish>,
) -> Result<(StatusCode, axum::Json<PublishedAnswer>), HttpProblem> {
    let form = checked(&state, body.files).await?;
    let asked = Asked { base: body.base.map(hash).transpose()?, confirm: body.confirm };
    let (now_ms, stop) = (state.now_ms(), deadline());
    let outcome = state
        .try_form(move |store| service::publish(store, &caller.scope, &form, asked, &stop, now_ms))
        .await?;
    match outcome {
        Outcome::Published(published, impact) => {
            let status = if published.already { StatusCode::OK } else { StatusCode::CREATED };
            let change = (!published.already).then_some(ChangeAnswer {
                class: impact.class,
                base: impact.base,
                comparison: impact.comparison,
            });
            let crate::store::forms::PublishedForm { form, version, hash, already } = published;
            Ok((status, axum::Json(PublishedAnswer { form, version, hash, already, change })))
        }
        Outcome::Refused(refusal, impact) => Err(refused(refusal, &impact)),
    }
}

/// What a package would change, and what it would do to stored records. Nothing is published.
pub(crate) async fn dry_run(
    State(state): State<AppState>,
    caller: Caller,
    JsonFiles(body): JsonFiles<Package>,
) -> Result<axum::Json<Impact>, HttpProblem> {
    let form = checked(&state, body.files).await?;
    let stop = deadline();
    let impact =
        state.try_form(move |store| service::impact(store, &caller.scope, &form, true, &stop)).await?;
    Ok(axum::Json(impact))
}

/// Every change between two versions.
pub(crate) async fn diff(
    State(state): State<AppState>,
    caller: Caller,
    JsonFiles(body): JsonFiles<Diff>,
) -> Result<axum::Json<DiffAnswer>, HttpProblem> {
    let new = source(&state, &caller, body.new, "/new").await?;
    let comparison = match body.old {
        Some(old) => {
            let old = source(&state, &caller, old, "/old").await?;
            if old.manifest().id != new.manifest().id {
                return Err(HttpProblem::new(ProblemKind::Invalid).violation(
                    "/old",
                    "These are two different forms; only versions of one form can be compared.",
                    "这是两个不同的表单，只能比较同一表单的不同版本。",
                ));
            }
            service::compare_packages(&[old], &new)
        }
        None => {
            let no_stop = || false;
            let impact =
                state.read(move |store| service::impact(store, &caller.scope, &new, false, &no_stop)).await?;
            impact.comparison.ok_or(ProblemKind::NotFound)?
        }
    };
    Ok(axum::Json(DiffAnswer { class: comparison.class().letter(), comparison }))
}

/// A version as a body names it, compiled.
pub(super) async fn source(
    state: &AppState,
    caller: &Caller,
    source: Source,
    pointer: &'static str,
) -> Result<Form, HttpProblem> {
    match source {
        Source::Files { files } => checked(state, files).await,
        Source::Published(name) => {
            let named = name.rsplit_once('@').and_then(|(form, version)| Some((form, version.parse().ok()?)));
            let Some((form, version)) = named else {
                return Err(HttpProblem::new(ProblemKind::Invalid).violation(
                    pointer,
                    "Write FORM@VERSION, or the files.",
                    "请写“表单@版本号”，或给出文件。",
                ));
            };
            let (form, scope) = (form.to_owned(), caller.scope.clone());
            state.read(move |store| service::compiled(store, &scope, &form, version)).await
        }
    }
}

/// Checks a package on a blocking thread: compiling takes a while.
pub(super) async fn checked(state: &AppState, files: BTreeMap<String, String>) -> Result<Form, HttpProblem> {
    state.read(move |_| Ok::<_, StoreError>(sound(files))).await?
}

fn hash(text: String) -> Result<FormHash, HttpProblem> {
    text.parse().map_err(|_| {
        HttpProblem::new(ProblemKind::Invalid).violation(
            "/base",
            "Not the hash of a form version.",
            "不是表单版本的内容哈希。",
        )
    })
}

/// Stops a run in time for an answer.
fn deadline() -> impl Fn() -> bool + Send + 'static {
    let end = Instant::now() + PUBLISH_TIMEOUT.saturating_sub(MARGIN);
    move || Instant::now() >= end
}

/// A refused publication as a problem: what stands against it, with everything that was found.
fn refused(refusal: Refusal, impact: &Impact) -> HttpProblem {
    let mut problem = HttpProblem::new(refusal.kind());
    let blocking = impact.comparison.iter().flat_map(Comparison::blocking);
    match refusal {
        Refusal::Forbidden => problem.violations.extend(blocking.map(violation)),
        Refusal::Confirm => {
            let rules = impact.dry_run.iter().flat_map(|run| &run.rules);
            problem.violations.extend(rules.map(|rule| {
                let said = Said::new(
                    format!("{} records that are valid now would break `{}`.", rule.count, rule.key),
                    format!("{} 条现为有效的记录将违反“{}”。", rule.count, rule.key),
                );
                (rule.path.clone(), said)
            }));
        }
        Refusal::Unreadable => {
            let unreadable = impact.dry_run.iter().flat_map(|run| &run.unreadable);
            problem.violations.extend(unreadable.filter_map(|at| {
                let paths = at.paths.join(", ");
                let said = Said::new(
                    format!("Cannot be read under this version: {paths}"),
                    format!("无法按此版本读取：{paths}"),
                );
                Some((at.record?.to_string(), said))
            }));
        }
    }
    problem.detail = impact.dry_run.as_ref().map(|run| run.said());
    problem.member("impact", impact)
}

fn violation(change: &Change) -> (String, Said) {
    (change.path.clone(), Said::new(change.in_full("en"), change.in_full("zh")))
}
