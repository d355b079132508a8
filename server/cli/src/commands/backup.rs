//! `doorstep backup` and `doorstep restore`.

use doorstep_server::backup::{self, BackupError, Damage, Manifest};
use doorstep_server::language::Said;
use doorstep_server::source::Machine;
use doorstep_server::store::sqlite::DATABASE_FILE;
use serde_json::{Value, json};

use super::Context;
use crate::args;
use crate::output::{Failure, Fault};

/// Takes a backup, beside a running server or without one.
pub(super) fn run(args: &args::Backup, context: &Context) -> Result<(), Failure> {
    // Opening makes a data folder; a backup of nothing helps nobody.
    if !context.data.join(DATABASE_FILE).is_file() {
        return Err(failure(&BackupError::NoData(context.data.clone())));
    }
    let store = context.store()?;
    let taken = backup::take(&store, &context.data, &args.to, args.phones_keep, context.now_ms())
        .map_err(|error| failure(&error))?;
    for file in &taken.left_out {
        context.output.remark(&Said::new(
            format!("attachments/{file}: its content is not what its name says; left out of the backup."),
            format!("attachments/{file}：内容与文件名不符，未列入备份。"),
        ));
    }
    let mut told = summary(&taken.manifest);
    told["folder"] = json!(args.to.display().to_string());
    told["left_out"] = json!(taken.left_out);
    let place = args.to.display();
    let text = context.output.one_of(
        format!("{place}: {}. Checked, and on disk.", counted(&taken.manifest).en),
        format!("{place}：{}。已检查并写入磁盘。", counted(&taken.manifest).zh),
    );
    context.output.result(&told, &text);
    Ok(())
}

/// Checks a backup and makes a data folder of it.
pub(super) fn restore(args: &args::Restore, context: &Context) -> Result<(), Failure> {
    let place = args.from.display();
    if args.verify {
        let manifest = backup::examine(&args.from).map_err(|error| failure(&error))?;
        let text = context.output.one_of(
            format!("{place} is whole: {}, of {}.", counted(&manifest).en, manifest.made_at),
            format!("{place} 完整：{}，备份时间 {}。", counted(&manifest).zh, manifest.made_at),
        );
        context.output.result(&summary(&manifest), &text);
        return Ok(());
    }
    let restored = backup::restore(&args.from, &context.data, &Machine, context.now_ms())
        .map_err(|error| failure(&error))?;
    let mut told = summary(&restored.manifest);
    told["folder"] = json!(context.data.display().to_string());
    told["new_epoch"] = json!(restored.epoch);
    let (data, at) = (context.data.display(), &restored.manifest.made_at);
    let text = context.output.one_of(
        format!(
            "{data}: restored, {}, as of {at}. Phones send again what came later.\n\
             Before they do, repeat what the office did after {at}: areas, accounts, forms, revoked phones. Then \
             `doorstep serve` at the old address.",
            counted(&restored.manifest).en
        ),
        format!(
            "{data}：已恢复，{}，截至 {at}。之后的数据由设备再次上传。\n\
             在此之前，请重做 {at} 之后的后台操作：行政区划、账号、表单、停用的设备；然后在原地址运行 doorstep serve。",
            counted(&restored.manifest).zh
        ),
    );
    context.output.result(&told, &text);
    Ok(())
}

fn counted(manifest: &Manifest) -> Said {
    let (rows, files, bytes) = (manifest.log.rows, manifest.attachments(), manifest.bytes());
    Said::new(
        format!("{rows} log rows, {files} attachments, {bytes} bytes"),
        format!("日志 {rows} 行，附件 {files} 个，共 {bytes} 字节"),
    )
}

fn summary(manifest: &Manifest) -> Value {
    json!({
        "made_at": manifest.made_at,
        "program": manifest.program,
        "epoch": manifest.epoch,
        "log_rows": manifest.log.rows,
        "log_head": manifest.log.head,
        "attachments": manifest.attachments(),
        "bytes": manifest.bytes(),
    })
}

/// What went wrong, with every damaged part.
fn failure(error: &BackupError) -> Failure {
    let (what, help) = (error.said(), error.help());
    let mut failure = Failure::new(error.kind(), what.en, what.zh).help(help.en, help.zh);
    if let Some(place) = error.place() {
        failure = failure.at(place);
    }
    match error {
        BackupError::Damaged(damages) => failure.faults(damages.iter().map(fault)),
        _ => failure,
    }
}

fn fault(damage: &Damage) -> Fault {
    Fault {
        file: Some(damage.file.clone()),
        kind: Some(damage.kind().to_owned()),
        reason: damage.said(),
        ..Fault::default()
    }
}
