//! What lists say of records, work and forms.

use doorstep_client_core::device::Work;
use doorstep_client_core::store::{RecordRow, state};
use doorstep_client_core::{Device, DeviceError};
use doorstep_forms::{Form, FormKind, SubjectRule};
use serde_json::{Value, json};

/// Where on the home screen a record stands.
pub(crate) fn group(row: &RecordRow) -> &'static str {
    match row.state.as_str() {
        _ if row.discarded => "discarded",
        _ if row.unsent_submission => "completed",
        state::DRAFT if row.own => "in_progress",
        state::SENT_BACK => "sent_back",
        state::DRAFT => "elsewhere",
        _ => "sent",
    }
}

pub(crate) fn row(row: &RecordRow) -> Value {
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

pub(crate) fn work(work: &Work) -> Value {
    json!({
        "assignment": work.assignment,
        "label": work.label,
        "completed": work.completed,
        "begun": work.begun,
        "days_left": work.days_left,
    })
}

/// The forms that take new records, test versions after them. A form of a newer program is left out.
pub(crate) fn forms(device: &Device) -> Result<Vec<Value>, DeviceError> {
    let mut said = Vec::new();
    for (list, test) in [(device.forms()?, false), (device.test_forms()?, true)] {
        for (id, version) in list {
            match device.form(&id, version) {
                Ok(form) => said.push(one_form(&form, test)),
                Err(DeviceError::FormUnusable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(said)
}

fn one_form(form: &Form, test: bool) -> Value {
    let manifest = form.manifest();
    json!({
        "form": manifest.id,
        "version": manifest.version,
        "title": {"zh": form.title("zh"), "en": form.title("en")},
        "register": manifest.kind == FormKind::Register,
        "subject": match manifest.subject_rule() {
            SubjectRule::None => "none",
            SubjectRule::Optional => "optional",
            SubjectRule::Required => "required",
        },
        "test": test,
    })
}
