//! What a person does, one call each: the words are those of `doorstep-device`.
//!
//! A call may be made again when nobody knows whether it was done (the window that did it was closed): `again` is true
//! then, ids are minted before, and doing it twice changes nothing.

use doorstep_client_core::device::{Purpose, Query};
use doorstep_client_core::failure::Failure;
use doorstep_client_core::session::{FormSession, Screen};
use doorstep_client_core::store::state;
use doorstep_client_core::{Device, DeviceError, told};
use doorstep_forms::{Mode, Severity, Violation};
use doorstep_records::{RecordId, RowId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::env::uuid_parts;
use crate::forms;

/// A call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb")]
pub(crate) enum Call {
    /// Whose device it is, and how it stands towards its server.
    Standing,
    /// Lines of records.
    List(Wanted),
    /// Work given to the person that is not done.
    Todo,
    /// The forms that take new records.
    Forms,
    /// The places of the person's scope.
    Areas,
    /// Fresh ids for a record and a row.
    Mint,
    /// Begins a record: one that counts, practice, or under a test version.
    Begin {
        record: String,
        form: String,
        area: Option<String>,
        subject: Option<String>,
        test: bool,
        #[serde(default)]
        practice: bool,
    },
    /// What the screen shows.
    Open(Place),
    /// Answers a question.
    Answer { at: Place, path: String, value: Value },
    /// Answers a question by typed text.
    AnswerText { at: Place, path: String, text: String },
    /// Clears an answer.
    Clear { at: Place, path: String },
    /// Begins a row under an id minted before.
    AddRow { at: Place, roster: String, row: String },
    /// Closes a row.
    RemoveRow { at: Place, path: String },
    /// Settles different answers.
    Resolve { at: Place, path: String, value: Value, reason: Option<String> },
    /// Remarks.
    Comment { at: Place, path: Option<String>, text: String, again: bool },
    /// What stands against completing.
    Check(Place),
    /// Says that the record is complete.
    Complete { at: Place, note: Option<String>, with_errors: bool, again: bool },
    /// Entered by mistake, or takes that back.
    Discard { record: String, undo: bool },
}

/// A record on a screen in a language.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) record: String,
    pub(crate) language: String,
    /// The name of the view that the window has: see [`Screen::tell`].
    #[serde(default)]
    holds: Option<String>,
    /// When this was asked for, of a call that its window did not live to see answered: what was said later stands.
    #[serde(default)]
    asked_ms: Option<i64>,
}

/// Which lines are wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    search: Option<String>,
    form: Option<String>,
    group: Option<String>,
    test: Option<bool>,
    from: usize,
    limit: usize,
}

/// Does a call.
pub(crate) fn run(device: &mut Device, screen: &mut Screen, call: Call) -> Result<Value, Failure> {
    match call {
        Call::Standing => standing(device),
        Call::List(wanted) => list(device, wanted),
        Call::Todo => {
            let work: Vec<Value> = device.to_do()?.iter().map(told::work).collect();
            Ok(json!({ "assignments": work }))
        }
        Call::Forms => Ok(json!({ "forms": forms::all(device)? })),
        Call::Areas => Ok(json!({ "areas": device.areas()? })),
        Call::Mint => {
            let (ms, random) = uuid_parts();
            let (record, row) = (RecordId::from_parts(ms, random), RowId::from_parts(ms, random));
            Ok(json!({"record": record.to_string(), "row": row.to_string()}))
        }
        Call::Begin { record, form, area, subject, test, practice } => {
            let id = record.parse().map_err(|_| DeviceError::UnknownRecord(record))?;
            let subject = subject.map(|subject| device.find(&subject)).transpose()?;
            let purpose = match (test, practice) {
                (true, _) => Purpose::TestVersion,
                (false, true) => Purpose::Practice,
                (false, false) => Purpose::Work,
            };
            device.new_record_as(id, &form, area.as_deref(), subject, purpose)?;
            Ok(json!({"record": id.to_string()}))
        }
        Call::Discard { record, undo } => {
            let id = device.find(&record)?;
            device.discard(id, undo)?;
            Ok(told::line(&device.row(id)?))
        }
        Call::Comment { at, path, text, again } => {
            let id = device.find(&at.record)?;
            if !(again && is_said(device, id, path.as_deref(), &text)?) {
                device.comment(id, path.as_deref(), &text)?;
            }
            in_session(device, screen, &at, |_| Ok(()))
        }
        Call::Check(at) => {
            let mut session = session(device, &at)?;
            let violations = session.check(Mode::Full).violations;
            let count =
                |severity| violations.iter().filter(|violation| violation.severity == severity).count();
            let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
            let said = said(&mut session, &violations, &at.language);
            Ok(json!({"errors": errors, "warnings": warnings, "violations": said}))
        }
        Call::Complete { at, note, with_errors, again } => complete(device, &at, note, with_errors, again),
        Call::Open(at) => in_session(device, screen, &at, |_| Ok(())),
        Call::Answer { at, path, .. } | Call::AnswerText { at, path, .. } | Call::Clear { at, path }
            if is_answered_since(device, &at, &path)? =>
        {
            in_session(device, screen, &at, |_| Ok(()))
        }
        Call::Answer { at, path, value } => {
            in_session(device, screen, &at, |session| session.answer(&path, &value))
        }
        Call::AnswerText { at, path, text } => {
            in_session(device, screen, &at, |session| session.answer_text(&path, &text))
        }
        Call::Clear { at, path } => in_session(device, screen, &at, |session| session.clear(&path)),
        Call::AddRow { at, roster, row } => in_session(device, screen, &at, |session| {
            session.answer(&format!("{roster}/{row}/_order"), &Value::String(row.clone()))
        }),
        Call::RemoveRow { at, path } => in_session(device, screen, &at, |session| session.close_row(&path)),
        Call::Resolve { at, path, value, reason } => in_session(device, screen, &at, |session| {
            match session.resolve(&path, &value, reason.as_deref()) {
                // Settled already, by this very call made before.
                Err(DeviceError::NoConflict { .. }) if session.answers().get(&path) == Some(&value) => Ok(()),
                settled => settled,
            }
        }),
    }
}

/// Opens the form of a record.
pub(crate) fn session<'d>(device: &'d mut Device, at: &Place) -> Result<FormSession<'d>, DeviceError> {
    let id = device.find(&at.record)?;
    device.session(id)
}

/// Does something in the form of a record and says what the screen shows then.
fn in_session(
    device: &mut Device,
    screen: &mut Screen,
    at: &Place,
    act: impl FnOnce(&mut FormSession<'_>) -> Result<(), DeviceError>,
) -> Result<Value, Failure> {
    let mut session = session(device, at)?;
    act(&mut session)?;
    Ok(tell(session, screen, at)?)
}

/// What the screen shows, told to the window that asked.
pub(crate) fn tell(
    mut session: FormSession<'_>,
    screen: &mut Screen,
    at: &Place,
) -> Result<Value, DeviceError> {
    let view = json!(session.view(&at.language)?);
    let (ms, random) = uuid_parts();
    let mut told = screen.tell(view, RowId::from_parts(ms, random).to_string(), at.holds.as_deref());
    told["record"] = json!(session.id().to_string());
    session.leave();
    Ok(told)
}

fn standing(device: &Device) -> Result<Value, Failure> {
    let standing = device.standing()?;
    let person = device.person()?.map(|person| json!({"name": person.name, "role": person.role}));
    Ok(json!({
        "person": person,
        "server": device.server_url()?,
        "device": device.id()?.map(|id| id.to_string()),
        "today": device.today(),
        "unsent": standing.unsent,
        "files_unsent": standing.files_unsent,
        "synced_ms": standing.synced_ms,
        "blocked": standing.blocked.map(|blocked| blocked.name()),
        "clock_offset_ms": standing.clock_offset_ms,
    }))
}

/// The lines wanted, what was begun last first, and how many there are in each group.
fn list(device: &mut Device, wanted: Wanted) -> Result<Value, Failure> {
    let search = wanted.search.unwrap_or_default();
    let query = Query { search, form: wanted.form, test: wanted.test, merged: false };
    let found = device.search(&query)?;
    let group = wanted.group.as_deref();
    let rows = found.rows.into_iter().rev().filter(|row| group.is_none_or(|group| told::group(row) == group));
    let records: Vec<Value> = rows.skip(wanted.from).take(wanted.limit).map(told::line).collect();
    Ok(json!({"records": records, "counts": found.counts}))
}

/// Whether an answer was given after this was asked for.
fn is_answered_since(device: &mut Device, at: &Place, path: &str) -> Result<bool, DeviceError> {
    let Some(asked_ms) = at.asked_ms else { return Ok(false) };
    let id = device.find(&at.record)?;
    let shown = device.show(id)?;
    let candidates = shown.answers.get(path).map(|answer| answer.candidates.as_slice());
    Ok(candidates.unwrap_or_default().iter().any(|candidate| candidate.at > asked_ms))
}

/// Whether the person has made this remark on the record as it stands.
fn is_said(device: &mut Device, id: RecordId, path: Option<&str>, text: &str) -> Result<bool, DeviceError> {
    let Some(me) = device.person()? else { return Ok(false) };
    let heads = device.session(id)?.heads();
    let comments = device.comments(id)?;
    Ok(comments.iter().any(|comment| {
        comment.by == me.name
            && comment.path.as_deref() == path
            && comment.text == text
            && comment.heads == heads
    }))
}

fn complete(
    device: &mut Device,
    at: &Place,
    note: Option<String>,
    with_errors: bool,
    again: bool,
) -> Result<Value, Failure> {
    let id = device.find(&at.record)?;
    let row = device.row(id)?;
    if again && row.state == state::SUBMITTED && row.unsent_submission {
        return Ok(json!({"record": id.to_string(), "violations": []}));
    }
    let mut session = device.session(id)?;
    match session.submit(note.as_deref(), with_errors) {
        Ok(submitted) => {
            let said = said(&mut session, &submitted.violations, &at.language);
            Ok(json!({"record": session.id().to_string(), "violations": said}))
        }
        Err(DeviceError::Incomplete(violations)) => {
            let said = said(&mut session, &violations, &at.language);
            let mut failure = Failure::from(DeviceError::Incomplete(violations));
            failure.violations = said;
            Err(failure)
        }
        Err(error) => Err(error.into()),
    }
}

fn said(session: &mut FormSession<'_>, violations: &[Violation], language: &str) -> Vec<Value> {
    let form = session.form();
    let one = |violation: &Violation| {
        json!({
            "path": violation.path,
            "place": form.describe_path(&violation.path, language),
            "key": violation.key,
            "severity": violation.severity,
            "message": form.message(violation, language),
        })
    };
    violations.iter().map(one).collect()
}
