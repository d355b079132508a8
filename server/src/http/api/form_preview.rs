//! `POST /api/v1/forms/preview`: a questionnaire as a phone draws it, under answers that are kept nowhere.
//!
//! The page holds the answers and sends them with each act; the form answers what is asked then. So an author tries rules,
//! choices and calculations before anybody has the form. The JSON is that of the form session's view (`client-core`).

use axum::extract::State;
use doorstep_forms::drawing::{Beside, Drawing};
use doorstep_forms::{AnswerError, Answers, Context, Form, Severity};
use doorstep_protocol::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::Caller;
use super::form_changes::{Source, source};
use crate::app::AppState;
use crate::http::extract::JsonFiles;
use crate::http::problem::HttpProblem;
use crate::language::Language;

/// Most answers of one preview.
const ANSWERS_MAX: usize = 5_000;

/// Body of `POST /forms/preview`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    form: Source,
    /// What was answered so far.
    #[serde(default)]
    answers: Answers,
    /// What is done to them.
    act: Option<Act>,
}

/// One act of a person: an answer, or typed text; a null clears.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Act {
    path: String,
    #[serde(default)]
    value: Value,
    text: Option<String>,
}

/// Answer to `POST /forms/preview`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Previewed {
    answers: Answers,
    view: Value,
}

/// What a phone would show.
pub(crate) async fn show(
    State(state): State<AppState>,
    caller: Caller,
    language: Language,
    JsonFiles(body): JsonFiles<Preview>,
) -> Result<axum::Json<Previewed>, HttpProblem> {
    if body.answers.len() > ANSWERS_MAX {
        return Err(ProblemKind::TooLarge.into());
    }
    let form = source(&state, &caller, body.form, "/form").await?;
    let (mut answers, act) = (body.answers, body.act);
    // Evaluating takes a while: on a blocking thread.
    let drawn = state
        .read(move |_| {
            Ok(act.map_or(Ok(()), |act| apply(&form, &mut answers, act)).map(|()| {
                let view = view(&form, language.tag(), &answers);
                Previewed { answers, view }
            }))
        })
        .await?;
    drawn.map(axum::Json).map_err(|error| {
        HttpProblem::new(ProblemKind::Invalid).detail(error.message("en"), error.message("zh"))
    })
}

/// Does an act; with a tick go those that cannot stand beside it.
fn apply(form: &Form, answers: &mut Answers, act: Act) -> Result<(), AnswerError> {
    let value = match act.text {
        Some(text) => form.parse_answer(&act.path, &text)?,
        None => act.value,
    };
    if value == Value::Bool(true) {
        for path in form.ruled_out(&act.path) {
            answers.insert(path, Value::Bool(false));
        }
    }
    if value.is_null() {
        answers.remove(&act.path);
    } else {
        answers.insert(act.path, value);
    }
    Ok(())
}

/// The JSON of the form session's view; nobody differs, and nobody has remarked on anything.
fn view(form: &Form, locale: &str, answers: &Answers) -> Value {
    let outcome = form.evaluate(answers, &Context::FULL);
    let drawing: Drawing<'_, ()> = Drawing::new(form, locale, answers, &outcome, Beside::default());
    json!({
        "title": form.title(locale),
        "label": form.label(answers),
        "area": "",
        "state": "draft",
        "version": form.manifest().version,
        "pages": drawing.pages(),
        "errors": drawing.count(Severity::Error),
        "warnings": drawing.count(Severity::Warning),
        "violations": drawing.said_at(""),
        "comments": [],
    })
}
