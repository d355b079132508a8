//! One function per command.

use doorstep_client_core::device::{Purpose, Query, ShownConflict, VersionStanding};
use doorstep_client_core::driver::{HttpTransport, surroundings};
use doorstep_client_core::session::{FormSession, Signer};
use doorstep_client_core::store::{RecordRow, Store};
use doorstep_client_core::sync::{SyncFailure, SyncReport};
use doorstep_client_core::{Device, DeviceError, told};
use doorstep_forms::{Mode, Violation};
use serde_json::{Value, json};

use crate::args::{Args, Command};
use crate::failure::{CORRUPT, Failure};
use crate::rows::NewRows;
use crate::words::state_word;

/// What a command says.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) json: Value,
    pub(crate) text: String,
}

impl Output {
    pub(crate) fn new(json: Value, text: impl Into<String>) -> Output {
        Output { json, text: text.into() }
    }
}

/// Runs a command. A store that turns out to be damaged while it is read is set aside as one that cannot be opened.
pub(crate) fn run(args: &Args, zh: bool) -> Result<Output, Failure> {
    let device = Device::open(&args.store, surroundings())?;
    let now_ms = device.now_ms();
    run_on(device, args, zh).map_err(|failure| match failure.kind {
        CORRUPT => DeviceError::from(Store::quarantine(&args.store, now_ms)).into(),
        _ => failure,
    })
}

fn run_on(mut device: Device, args: &Args, zh: bool) -> Result<Output, Failure> {
    let said = |en: &str, cn: &str| if zh { cn.to_owned() } else { en.to_owned() };
    match &args.command {
        Command::Enrol { url, code, name } => enrol(&mut device, url, code, name, zh),
        Command::Sync => sync(&mut device, zh),
        Command::Bundle { file } => crate::bundle::bundle(&mut device, file, zh),
        Command::New { form, area, subject, test, practice } => {
            let subject = subject.as_deref().map(|subject| device.find(subject)).transpose()?;
            let purpose = match (test, practice) {
                (true, _) => Purpose::TestVersion,
                (_, true) => Purpose::Practice,
                _ => Purpose::Work,
            };
            let record = device.mint_record();
            device.new_record_as(record, form, area.as_deref(), subject, purpose)?;
            Ok(Output::new(json!({"record": record.to_string()}), record.to_string()))
        }
        Command::Set { record, answers } => set(&mut device, record, answers, zh),
        Command::Sign { record, signature, role } => sign(&mut device, record, signature, role.clone(), zh),
        Command::Attach { record, file } => crate::attach::attach(&mut device, record, file, zh),
        Command::Fetch { record, path, to } => {
            crate::attach::fetch(&mut device, record, path, to.as_deref(), zh)
        }
        Command::Show { record } => crate::show::show(&mut device, record, zh),
        Command::Submit { record, note, with_errors } => {
            submit(&mut device, record, (note.as_deref(), *with_errors), args.json, zh)
        }
        Command::List { search, form } => list(&mut device, search.as_deref(), form.as_deref(), zh),
        Command::Conflicts { record } => conflicts(&mut device, record.as_deref(), zh),
        Command::Resolve { record, answer, reason } => {
            let id = device.find(record)?;
            let (path, text) = pair(answer)?;
            let mut session = device.session(id)?;
            let value = session.parse(path, text)?;
            session.resolve(path, &value, reason.as_deref())?;
            let json = json!({"record": session.id().to_string(), "path": path, "value": value});
            Ok(Output::new(json, said("Answer chosen.", "已选定答案。")))
        }
        Command::Discard { record, undo } => {
            let id = device.find(record)?;
            device.discard(id, *undo)?;
            let text = match undo {
                false => said(
                    "Set aside as entered by mistake. Take it back with --undo.",
                    "已作废，可用 --undo 撤销。",
                ),
                true => said("Back among your records.", "已撤销作废。"),
            };
            Ok(Output::new(json!({"record": id.to_string(), "discarded": !undo}), text))
        }
        Command::Comment { record, text, path } => {
            let id = device.find(record)?;
            device.comment(id, path.as_deref(), text)?;
            Ok(Output::new(json!({"record": id.to_string()}), said("Remark kept.", "已保存批注。")))
        }
        Command::Assignments => assignments(&device, zh),
        Command::Areas => areas(&device, zh),
        Command::Forms => {
            let forms = device.forms()?.into_iter().map(|form| (form, false));
            let forms = forms.chain(device.test_forms()?.into_iter().map(|form| (form, true)));
            let (mut text, mut json) = (Vec::new(), Vec::new());
            for ((form, version), test) in forms {
                let mark = if test { said("  test version", "  测试版") } else { String::new() };
                text.push(format!("{form} {version}{mark}"));
                json.push(json!({"form": form, "version": version, "test": test}));
            }
            Ok(Output::new(json!({"forms": json}), text.join("\n")))
        }
    }
}

fn enrol(device: &mut Device, url: &str, code: &str, name: &str, zh: bool) -> Result<Output, Failure> {
    let transport =
        HttpTransport::new(url).map_err(|error| DeviceError::from(SyncFailure::Offline(error)))?;
    let person = device.enrol(&transport, url, code, name)?;
    let id = device.id()?.map(|id| id.to_string());
    let text = if zh {
        format!("本设备已登记给 {}。请运行 sync 获取表单和记录。", person.name)
    } else {
        format!("This device belongs to {} now. Run sync to fetch forms and records.", person.name)
    };
    Ok(Output::new(json!({"user": person.name, "role": person.role, "device": id}), text))
}

/// Syncs with the server of the device.
pub(crate) fn sync_now(device: &mut Device) -> Result<SyncReport, Failure> {
    let url = device.server_url()?.ok_or(DeviceError::NotEnrolled)?;
    let transport =
        HttpTransport::new(&url).map_err(|error| DeviceError::from(SyncFailure::Offline(error)))?;
    Ok(device.sync(&transport)?)
}

fn sync(device: &mut Device, zh: bool) -> Result<Output, Failure> {
    let report = sync_now(device)?;
    Ok(Output::new(told::sync(&report, &device.standing()?), report_text(&report, zh)))
}

fn report_text(report: &SyncReport, zh: bool) -> String {
    let verdicts = &report.verdicts;
    let needs_checking = verdicts.quarantined + verdicts.refused;
    let mut text = if zh {
        format!(
            "已同步：上传 {} 项，收到 {} 项（{} 次请求）。",
            verdicts.accepted, report.page_items, report.requests
        )
    } else {
        format!(
            "Synchronised: {} items sent, {} received ({} requests).",
            verdicts.accepted, report.page_items, report.requests
        )
    };
    if report.files_sent > 0 {
        text.push_str(&if zh {
            format!("\n已上传附件 {} 个。", report.files_sent)
        } else {
            format!("\n{} files sent.", report.files_sent)
        });
    }
    if needs_checking > 0 {
        text.push_str(&if zh {
            format!("\n{needs_checking} 项待核查，见 list。")
        } else {
            format!("\n{needs_checking} items need checking, see list.")
        });
    }
    text
}

fn set(device: &mut Device, record: &str, answers: &[String], zh: bool) -> Result<Output, Failure> {
    let id = device.find(record)?;
    let mut session = device.session(id)?;
    let mut rows = NewRows::default();
    let mut puts = Vec::with_capacity(answers.len());
    for answer in answers {
        let (path, text) = pair(answer)?;
        let path = rows.resolve(path, || session.mint_row());
        let value = session.parse(&path, text)?;
        puts.push((path, value));
    }
    session.answer_all(&puts)?;
    let outcome = session.check(Mode::Draft);
    let touched = |violation: &&Violation| puts.iter().any(|(path, _)| violation.path == *path);
    let violations: Vec<&Violation> = outcome.violations.iter().filter(touched).collect();
    let rows = rows.into_map();
    let mut text: Vec<String> = rows.iter().map(|(label, row)| format!("{label} = {row}")).collect();
    text.extend(violations.iter().map(|violation| violation_text(&session, violation, zh)));
    let violations: Vec<Value> =
        violations.iter().map(|violation| violation_json(&session, violation, zh)).collect();
    let json = json!({"record": session.id().to_string(), "rows": rows, "violations": violations});
    Ok(Output::new(json, text.join("\n")))
}

fn sign(
    device: &mut Device,
    record: &str,
    signature: &str,
    role: Option<String>,
    zh: bool,
) -> Result<Output, Failure> {
    let id = device.find(record)?;
    let (path, by) = pair(signature)?;
    let mut session = device.session(id)?;
    let signed = session.sign(path, &Signer { by: by.to_owned(), role })?;
    let text = if zh {
        format!("{} 已签名（{}）。此后再改动答案，会显示“签名后有改动”。", signed.by, signed.signed_on)
    } else {
        format!(
            "Signed by {} on {}. A later change of an answer is shown as changed after signing.",
            signed.by, signed.signed_on
        )
    };
    Ok(Output::new(json!({"record": session.id().to_string(), "path": path, "signature": signed}), text))
}

fn locale(zh: bool) -> &'static str {
    if zh { "zh" } else { "en" }
}

fn violation_json(session: &FormSession<'_>, violation: &Violation, zh: bool) -> Value {
    json!({
        "path": violation.path,
        "key": violation.key,
        "severity": violation.severity,
        "message": session.form().message(violation, locale(zh)),
    })
}

fn violation_text(session: &FormSession<'_>, violation: &Violation, zh: bool) -> String {
    let form = session.form();
    let place = form.describe_path(&violation.path, locale(zh));
    let mark = match violation.severity {
        doorstep_forms::Severity::Error => "✗",
        doorstep_forms::Severity::Warning => "!",
    };
    format!("{mark} {place} ({}): {}", violation.path, form.message(violation, locale(zh)))
}

fn submit(
    device: &mut Device,
    record: &str,
    (note, with_errors): (Option<&str>, bool),
    json_wanted: bool,
    zh: bool,
) -> Result<Output, Failure> {
    let id = device.find(record)?;
    let mut session = device.session(id)?;
    match session.submit(note, with_errors) {
        Ok(submitted) => {
            let lines = submitted.violations.iter().map(|violation| violation_text(&session, violation, zh));
            let done = if zh {
                "已完成，同步后上传。"
            } else {
                "Completed; it is sent with the next sync."
            };
            let text: Vec<String> = lines.chain([done.to_owned()]).collect();
            let violations: Vec<Value> = submitted
                .violations
                .iter()
                .map(|violation| violation_json(&session, violation, zh))
                .collect();
            let heads: Vec<String> = submitted.heads.iter().map(ToString::to_string).collect();
            let json = json!({"record": session.id().to_string(), "heads": heads, "violations": violations});
            Ok(Output::new(json, text.join("\n")))
        }
        Err(DeviceError::Incomplete(violations)) => {
            let lines: Vec<String> =
                violations.iter().map(|violation| violation_text(&session, violation, zh)).collect();
            let json: Vec<Value> =
                violations.iter().map(|violation| violation_json(&session, violation, zh)).collect();
            let mut failure = Failure::from(DeviceError::Incomplete(violations));
            failure.violations = json;
            if !json_wanted {
                // The list goes before the sentence; in JSON it has a place of its own.
                failure = failure.after(&lines.join("\n"));
            }
            Err(failure)
        }
        Err(error) => Err(error.into()),
    }
}

fn list(device: &mut Device, search: Option<&str>, form: Option<&str>, zh: bool) -> Result<Output, Failure> {
    let query = Query {
        search: search.unwrap_or_default().to_owned(),
        form: form.map(str::to_owned),
        test: None,
        merged: true,
    };
    let rows: Vec<RecordRow> = device.search(&query)?.rows.into_iter().cloned().collect();
    let standing: Vec<VersionStanding> =
        rows.iter().map(|row| device.version_standing(row)).collect::<Result<_, _>>()?;
    let line = |(row, standing): (&RecordRow, &VersionStanding)| {
        let mut line =
            format!("{}  {}  {}  {}  {}", row.id, row.form, row.area, state_word(row, zh), row.label);
        if row.test {
            line.push_str(if zh { "  [测试]" } else { "  [test]" });
        }
        if row.needs_checking > 0 {
            line.push_str(if zh { "  [待核查]" } else { "  [needs checking]" });
        }
        if let Some(canonical) = row.canonical {
            line.push_str(&format!("  → {canonical}"));
        }
        match standing {
            VersionStanding::Current => {}
            VersionStanding::Changed(notice) => {
                line.push_str(&format!("\n  ! {}", if zh { &notice.zh } else { &notice.en }));
            }
            VersionStanding::Pinned { version, newest } => {
                line.push_str(&format!("\n  {}", crate::show::pinned_line(*version, *newest, zh)));
            }
        }
        line
    };
    let text: Vec<String> = rows.iter().zip(&standing).map(line).collect();
    let with_standing = |(row, standing): (&RecordRow, &VersionStanding)| {
        let mut json = told::line(row);
        if *standing != VersionStanding::Current {
            json["form_standing"] = json!(standing);
        }
        json
    };
    let records: Vec<Value> = rows.iter().zip(&standing).map(with_standing).collect();
    Ok(Output::new(json!({ "records": records }), text.join("\n")))
}

fn conflicts(device: &mut Device, record: Option<&str>, zh: bool) -> Result<Output, Failure> {
    let found: Vec<(RecordRow, Vec<ShownConflict>)> = match record {
        Some(record) => {
            let id = device.find(record)?;
            let conflicts = device.conflicts_of(id)?;
            let id = device.canonical(id)?;
            vec![(device.row(id)?, conflicts)]
        }
        None => device.conflicts()?,
    };
    let mut text = Vec::new();
    let mut json = Vec::new();
    for (row, conflicts) in &found {
        for conflict in conflicts {
            text.push(format!("{} {} {}", row.id, row.label, conflict.path));
            text.extend(conflict.candidates.iter().map(crate::show::candidate_line));
            text.extend(
                conflict
                    .edited
                    .iter()
                    .map(|(path, candidate)| format!("  {path}:{}", crate::show::candidate_line(candidate))),
            );
        }
        if !conflicts.is_empty() {
            json.push(json!({"record": row.id.to_string(), "label": row.label, "conflicts": conflicts}));
        }
    }
    let mut all = found.iter().flat_map(|(_, conflicts)| conflicts).flat_map(|conflict| &conflict.candidates);
    if all.any(|candidate| candidate.suggested) {
        text.push(if zh { "★ 表单建议采用" } else { "★ suggested by the form" }.to_owned());
    }
    if text.is_empty() {
        text.push(if zh { "没有填写不一致。" } else { "No different answers." }.to_owned());
    }
    Ok(Output::new(json!({"records": json}), text.join("\n")))
}

fn assignments(device: &Device, zh: bool) -> Result<Output, Failure> {
    let work = device.assignments()?;
    let text: Vec<String> = work.iter().map(|work| crate::words::work_line(work, zh)).collect();
    let json: Vec<Value> = work.iter().map(told::work).collect();
    let none = if zh { "没有任务。" } else { "No assignments." };
    let text = if text.is_empty() { none.to_owned() } else { text.join("\n") };
    Ok(Output::new(json!({ "assignments": json }), text))
}

fn areas(device: &Device, zh: bool) -> Result<Output, Failure> {
    let areas = device.areas()?;
    let line = |area: &doorstep_protocol::pull::Area| {
        let ended = if zh { "（已终止）" } else { " (ended)" };
        let name = if zh { &area.name_zh } else { &area.name_en };
        format!("{}  {}  {name}{}", area.code, area.level, if area.ended { ended } else { "" })
    };
    let text: Vec<String> = areas.iter().map(line).collect();
    Ok(Output::new(json!({"areas": areas}), text.join("\n")))
}

/// Splits `PATH=VALUE`.
pub(crate) fn pair(answer: &str) -> Result<(&str, &str), Failure> {
    answer.split_once('=').filter(|(path, _)| !path.is_empty()).ok_or_else(|| {
        Failure::new("command", "An answer is written PATH=VALUE.", "答案写作 路径=值。")
            .at(answer)
            .help("For instance: members/+a/name=王小明", "例如：members/+a/name=王小明")
    })
}
