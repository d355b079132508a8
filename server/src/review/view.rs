//! A record as a reviewer sees it, put together from its document and its form.

use std::collections::BTreeMap;

use doorstep_forms::{Form, Outcome, Severity, SignatureState};
use doorstep_plant::{Plant, is as planted};
use doorstep_records::{ActorId, Answer, ChangeHash, Heads, HistoryEntry, Record};
use serde_json::Value;

use super::model::{AnswerView, Author, CandidateView, HistoryLine, SignatureView, ViolationView};
use super::rule::StandingError;
use crate::reconcile::published::Published;
use crate::reconcile::reading::Reading;

/// Actor -> who stands behind it.
pub type Authors = BTreeMap<ActorId, Author>;

/// The answers with everyone's values. Where people disagree no value is put forward.
pub fn answer_views(
    answers: &BTreeMap<String, Answer>,
    reading: &Reading,
    authors: &Authors,
    form: Option<&Form>,
) -> BTreeMap<String, AnswerView> {
    let mut views: BTreeMap<String, AnswerView> = answers
        .iter()
        .map(|(path, answer)| (path.clone(), answer_view(answer, reading.is_disputed(path), authors)))
        .collect();
    if let Some(form) = form {
        views
            .iter_mut()
            .filter(|(_, view)| view.different)
            .for_each(|(path, view)| suggest(form, path, view));
    }
    views
}

/// Marks the candidates that the form suggests.
fn suggest(form: &Form, path: &str, view: &mut AnswerView) {
    let who = |by: &Author| by.post.iter().chain([&by.role]).cloned().collect::<Vec<String>>();
    let words: Vec<Vec<String>> =
        view.candidates.iter().map(|one| one.by.as_ref().map(who).unwrap_or_default()).collect();
    let given: Vec<(Value, Vec<&str>)> = view
        .candidates
        .iter()
        .zip(&words)
        .map(|(one, words)| (one.value.clone(), words.iter().map(String::as_str).collect()))
        .collect();
    for (candidate, suggested) in view.candidates.iter_mut().zip(form.suggested(path, &given)) {
        candidate.suggested = suggested;
    }
}

fn answer_view(answer: &Answer, different: bool, authors: &Authors) -> AnswerView {
    let candidates = answer.candidates.iter().map(|candidate| CandidateView {
        value: candidate.value.to_json(),
        change: candidate.hash,
        by: authors.get(&candidate.actor).cloned(),
        at_ms: candidate.at_ms,
        suggested: false,
    });
    let hidden = different && !planted(Plant::WinnerShown);
    let value = if hidden { Value::Null } else { answer.value.to_json() };
    AnswerView { value, different, candidates: candidates.collect() }
}

/// The broken rules in words, errors first.
pub fn violation_views(outcome: &Outcome, form: &Published, reading: &Reading) -> Vec<ViolationView> {
    let mut views: Vec<ViolationView> = outcome
        .violations
        .iter()
        .filter(|violation| !(violation.key == "required" && reading.is_disputed(&violation.path)))
        .map(|violation| ViolationView {
            path: violation.path.clone(),
            key: violation.key.clone(),
            severity: match violation.severity {
                Severity::Error => "error".to_owned(),
                Severity::Warning => "warning".to_owned(),
            },
            zh: form.form().message(violation, "zh"),
            en: form.form().message(violation, "en"),
        })
        .collect();
    views.sort_by(|a, b| (&a.severity, &a.path, &a.key).cmp(&(&b.severity, &b.path, &b.key)));
    views
}

/// Files that have not arrived, in words.
pub fn missing_views(missing: Vec<StandingError>) -> Vec<ViolationView> {
    let view = |missing: StandingError| ViolationView {
        path: missing.path,
        key: missing.key,
        severity: "error".to_owned(),
        zh: "附件尚未上传到服务器".to_owned(),
        en: "The file has not arrived at the server yet".to_owned(),
    };
    missing.into_iter().map(view).collect()
}

/// The signatures among the answers at `heads`, and what is to be said about them.
pub fn signature_states(
    form: &Form,
    answers: &doorstep_forms::Answers,
    record: &mut Record,
    heads: &Heads,
) -> Vec<SignatureState> {
    form.signatures(answers, |signed| {
        let signed =
            signed.iter().map(|head| head.parse::<ChangeHash>()).collect::<Result<Heads, _>>().ok()?;
        let touched = record.touched(&signed, heads).ok()?;
        Some(touched.iter().map(|key| key.as_str().to_owned()).collect())
    })
}

/// Signatures as they are shown.
pub fn signature_views(states: Vec<SignatureState>) -> Vec<SignatureView> {
    let view = |state: SignatureState| SignatureView {
        path: state.path,
        by: state.signature.by,
        role: state.signature.role,
        signed_on: state.signature.signed_on,
        heads: state.signature.heads,
        changed: state.changed.into_iter().collect(),
        unknown: state.unknown,
    };
    states.into_iter().map(view).collect()
}

/// History with names.
pub fn history_lines(history: Vec<HistoryEntry>, authors: &Authors) -> Vec<HistoryLine> {
    history
        .into_iter()
        .map(|entry| HistoryLine {
            path: entry.key.as_str().to_owned(),
            value: entry.value.to_json(),
            change: entry.hash,
            by: authors.get(&entry.actor).cloned(),
            at_ms: entry.original_at_ms.unwrap_or(entry.at_ms),
            form_version: entry.form_version,
            reason: entry.reason,
            cites: entry.cites,
            superseded: entry.superseded,
        })
        .collect()
}
