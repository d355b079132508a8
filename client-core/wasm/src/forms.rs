//! What the list of forms says.

use doorstep_client_core::{Device, DeviceError};
use doorstep_forms::{Form, FormKind, SubjectRule};
use serde_json::{Value, json};

/// The forms that take new records, test versions after them. A form of a newer program is left out.
pub(crate) fn all(device: &Device) -> Result<Vec<Value>, DeviceError> {
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
