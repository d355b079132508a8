//! What a person does with a phone, and what they see on it.

use std::collections::BTreeMap;

use doorstep_client_core::sync::{Effect, Event};
use doorstep_protocol::SignedEnvelope;
use doorstep_records::RecordId;
use doorstep_server::review::model::CandidateView;
use doorstep_tests::sim::phone::Phone;
use serde_json::Value;

use super::{Answers, PLACE};

/// Begins a record on a phone and answers.
pub(crate) fn begin(
    phone: &mut Phone,
    form: &str,
    subject: Option<RecordId>,
    answers: Answers<'_>,
) -> RecordId {
    let record = phone.device().unwrap().new_record(form, Some(PLACE), subject).unwrap();
    answer(phone, record, answers);
    record
}

/// Answers on a phone, one change each.
pub(crate) fn answer(phone: &mut Phone, record: RecordId, answers: Answers<'_>) {
    for (path, value) in answers {
        phone.device().unwrap().session(record).unwrap().answer(path, value).unwrap();
    }
}

/// Begins a row on a phone and answers in it; the row's path.
pub(crate) fn row(phone: &mut Phone, record: RecordId, roster: &str, answers: Answers<'_>) -> String {
    let mut session = phone.device().unwrap().session(record).unwrap();
    let row = format!("{roster}/{}", session.add_row(roster).unwrap());
    for (key, value) in answers {
        session.answer(&format!("{row}/{key}"), value).unwrap();
    }
    row
}

/// Says "complete" on a phone, whatever errors stand.
pub(crate) fn submit(phone: &mut Phone, record: RecordId) {
    phone.device().unwrap().session(record).unwrap().submit(None, true).unwrap();
}

/// Signs what is queued on a phone, and gives all that is signed and not sent. Called after each answer it makes an
/// envelope of each.
pub(crate) fn outbox(phone: &mut Phone) -> Vec<SignedEnvelope> {
    let read = Effect::ReadOutbox { max_bytes: usize::MAX };
    let event = phone.device().unwrap().perform(&read).unwrap();
    let Event::Outbox(signed) = event else { panic!("{event:?}") };
    signed.into_iter().map(|(_, envelope)| envelope).collect()
}

/// Values of candidates with who gave them, sorted by who.
pub(crate) fn given(candidates: &[CandidateView]) -> Vec<(String, Value)> {
    let mut given: Vec<(String, Value)> =
        candidates.iter().map(|one| (one.by.as_ref().unwrap().name.clone(), one.value.clone())).collect();
    given.sort_by_key(|(by, value)| (by.clone(), value.to_string()));
    given
}

/// What a phone shows of an answer: none while there is none or it is disputed; and the values that stand, by whom.
pub(crate) fn shown(phone: &mut Phone, record: RecordId, path: &str) -> (Value, BTreeMap<String, Value>) {
    let shown = phone.device().unwrap().show(record).unwrap();
    let disputed = shown.conflicts.iter().find(|conflict| conflict.path == path);
    let value = shown.answers.get(path).filter(|_| disputed.is_none()).map(|answer| answer.value.clone());
    let candidates = disputed.iter().flat_map(|conflict| &conflict.candidates);
    (value.unwrap_or_default(), candidates.map(|one| (one.by.clone(), one.value.clone())).collect())
}

/// Pairs of texts as assertions have them.
pub(crate) fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}
