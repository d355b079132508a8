//! What lists and reports say as JSON: the same words for the command line and the browser.

use serde_json::{Value, json};

use crate::device::{Standing, Work};
use crate::store::{RecordRow, state};
use crate::sync::SyncReport;

/// Where on the home screen a record stands.
pub fn group(row: &RecordRow) -> &'static str {
    match row.state.as_str() {
        _ if row.discarded => "discarded",
        _ if row.unsent_submission => "completed",
        state::DRAFT if row.own => "in_progress",
        state::SENT_BACK => "sent_back",
        state::DRAFT => "elsewhere",
        _ => "sent",
    }
}

/// A record's line.
pub fn line(row: &RecordRow) -> Value {
    json!({
        "record": row.id.to_string(),
        "form": row.form,
        "version": row.form_version,
        "area": row.area,
        "subject": row.subject.map(|id| id.to_string()),
        "label": row.label,
        "state": row.state,
        "group": group(row),
        "same_as": row.canonical.map(|id| id.to_string()),
        "own": row.own,
        "discarded": row.discarded,
        "test": row.test,
        "unsent": row.unsent,
        "needs_checking": row.needs_checking,
    })
}

/// A piece of work.
pub fn work(work: &Work) -> Value {
    json!({
        "assignment": work.assignment,
        "label": work.label,
        "completed": work.completed,
        "begun": work.begun,
        "days_left": work.days_left,
    })
}

/// What a sync has come to, and what still waits.
pub fn sync(report: &SyncReport, standing: &Standing) -> Value {
    json!({
        "requests": report.requests,
        "failures": report.failures,
        "bytes_up": report.bytes_up,
        "bytes_down": report.bytes_down,
        "envelopes": report.envelopes,
        "accepted": report.verdicts.accepted,
        "waiting": report.verdicts.waiting,
        "quarantined": report.verdicts.quarantined,
        "refused": report.verdicts.refused,
        "pages": report.pages,
        "items": report.page_items,
        "repaired": report.repaired,
        "files_sent": report.files_sent,
        "files_fetched": report.files_fetched,
        "unsent": standing.unsent,
        "files_unsent": standing.files_unsent,
    })
}
