//! `doorstep verify`.

use doorstep_protocol::AttachmentHash;
use doorstep_records::RecordId;
use doorstep_server::attachments::model::{BadBlob, Checked};
use doorstep_server::store::attachments::Attachments;
use doorstep_server::store::operations::Operations;
use serde_json::json;

use super::Context;
use crate::output::Failure;

/// What is named one by one on a screen; `--json` names all.
const NAMED: usize = 20;

/// Checks the log and the attachments. Both are looked at whatever the other says; exit code 1 when something is wrong.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    // A log that cannot even be read is as wrong as one whose chain is broken.
    let (rows, broken, unreadable) = match store.log_check() {
        Ok((rows, broken)) => (rows, broken, None),
        Err(error) => (0, None, Some(error.to_string())),
    };
    let files = store.attachments_verify()?;
    let log_sound = broken.is_none() && unreadable.is_none();
    let log = json!({ "sound": log_sound, "rows": rows, "broken_at": broken, "unreadable": unreadable });
    let sound = log_sound && files.is_sound();
    let result = json!({ "sound": sound, "log": log, "attachments": &files });
    let log_line = log_line(context, rows, broken, unreadable.as_deref());
    let text = [vec![log_line], file_lines(context, &files)].concat().join("\n");
    context.output.result(&result, &text);
    if sound { Ok(()) } else { Err(Failure::silent()) }
}

fn log_line(context: &Context, rows: u64, broken: Option<u64>, unreadable: Option<&str>) -> String {
    let output = context.output;
    match (broken, unreadable) {
        (Some(at), _) => output.one_of(
            format!(
                "LOG: broken at row {at}; the {rows} rows before it are in order. Keep a copy of the data folder and restore a backup."
            ),
            format!("日志：第 {at} 行起链已断，此前 {rows} 行完好。请保留数据目录副本，并从备份恢复。"),
        ),
        (_, Some(why)) => {
            output.one_of(format!("LOG: cannot be read: {why}."), format!("日志：无法读取：{why}。"))
        }
        _ => output.one_of(
            format!("Log: {rows} rows, the chain is whole."),
            format!("日志：{rows} 行，链完整。"),
        ),
    }
}

fn file_lines(context: &Context, files: &Checked) -> Vec<String> {
    let output = context.output;
    let mut lines = vec![output.one_of(
        format!(
            "Attachments: {} sound, {} damaged, {} gone, {} not arrived yet.",
            files.sound,
            files.damaged.len(),
            files.gone.len(),
            files.awaited.len()
        ),
        format!(
            "附件：完好 {} 个，损坏 {} 个，丢失 {} 个，尚未上传 {} 个。",
            files.sound,
            files.damaged.len(),
            files.gone.len(),
            files.awaited.len()
        ),
    )];
    let mut bad = |en: &str, zh: &str, blobs: &[BadBlob]| {
        let line =
            |blob: &BadBlob| format!("  {} {}", output.one_of(en, zh), named(blob.sha256, &blob.records));
        lines.extend(blobs.iter().take(NAMED).map(line));
        lines.extend(left_out(context, blobs.len()));
    };
    bad("DAMAGED", "损坏", &files.damaged);
    bad("GONE", "丢失", &files.gone);
    for awaited in files.awaited.iter().take(NAMED) {
        let word = output.one_of("not arrived", "尚未上传");
        lines.push(format!("  {word} {} {} {}", awaited.sha256, awaited.record, awaited.path));
    }
    lines.extend(left_out(context, files.awaited.len()));
    if files.strays > 0 {
        lines.push(output.one_of(
            format!("  {} files nobody knows of: left by a crash, harmless.", files.strays),
            format!("  另有 {} 个无主文件：系中断所留，无害。", files.strays),
        ));
    }
    if !files.is_sound() {
        lines.push(output.one_of(
            "Restore the damaged files from a backup: copy `attachments/` over; a file's name is its content.".to_owned(),
            "请从备份恢复损坏的文件：将 attachments/ 覆盖即可，文件名即其内容的标识。".to_owned(),
        ));
    }
    lines
}

fn named(sha256: AttachmentHash, records: &[RecordId]) -> String {
    let records: Vec<String> = records.iter().take(NAMED).map(RecordId::to_string).collect();
    format!("{sha256} {}", records.join(" "))
}

fn left_out(context: &Context, count: usize) -> Option<String> {
    let more = count.checked_sub(NAMED).filter(|more| *more > 0)?;
    Some(context.output.one_of(format!("  … {more} more (--json)"), format!("  … 另有 {more} 个（--json）")))
}
