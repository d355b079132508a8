//! `doorstep bundle`.

use std::fs;
use std::path::Path;

use doorstep_protocol::{ProblemKind, limits};
use doorstep_server::language::Said;
use doorstep_server::store::sync::SyncStore;
use doorstep_server::sync::bundle::CarriedRefusal;
use serde_json::json;

use super::Context;
use crate::args;
use crate::output::Failure;

/// Runs one of the commands.
pub(super) fn run(bundle: args::Bundle, context: &Context) -> Result<(), Failure> {
    match bundle {
        args::Bundle::Import { file } => import(&file, context),
    }
}

fn import(file: &Path, context: &Context) -> Result<(), Failure> {
    let place = file.display().to_string();
    let bytes = read(file)?;
    let store = context.store()?;
    let report = store
        .bundle_import(&bytes, context.now_ms())
        .map_err(|error| Failure::from(error).at(place.clone()))?;
    context.settle(&store)?;
    for refused in &report.refused {
        context.output.remark(&said(refused));
    }
    let text = context.output.one_of(
        format!(
            "{place}: {} envelopes, {} known already, {} refused; items: {} taken, {} waiting, {} to be checked.",
            report.envelopes,
            report.known,
            report.refused.len(),
            report.accepted,
            report.waiting,
            report.quarantined
        ),
        format!(
            "{place}：数据 {} 份，其中已有 {} 份，未接受 {} 份；条目：接受 {}，等待 {}，待核查 {}。",
            report.envelopes,
            report.known,
            report.refused.len(),
            report.accepted,
            report.waiting,
            report.quarantined
        ),
    );
    context.output.result(&json!(report), &text);
    Ok(())
}

/// Reads the file, if it is not larger than a bundle may be.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let place = file.display().to_string();
    let unreadable = |error: std::io::Error| {
        Failure::new(
            "file_failed",
            format!("The file cannot be read: {error}."),
            format!("无法读取文件：{error}。"),
        )
        .at(place.clone())
        .help("Check the path.", "请检查路径。")
    };
    let size = fs::metadata(file).map_err(unreadable)?.len();
    if size > limits::BUNDLE_BYTES as u64 {
        let kind = ProblemKind::TooLarge;
        return Err(Failure::new(
            kind.name(),
            "This file is larger than a bundle may be. Nothing was taken.",
            "该文件超出数据包的大小上限，未导入任何内容。",
        )
        .at(place)
        .help(
            "Choose the file that `doorstep-device bundle` has written.",
            "请选择 doorstep-device bundle 写出的文件。",
        ));
    }
    fs::read(file).map_err(unreadable)
}

/// Why an envelope was not taken, and what to do.
fn said(refused: &CarriedRefusal) -> Said {
    let (place, problem) = (refused.place, refused.problem);
    match problem {
        ProblemKind::NotFound => Said::new(
            format!(
                "Envelope {place}: no phone of that key is known here. Enrol the phone, then import again."
            ),
            format!("第 {place} 份：本服务器不认识签名的设备。请先登记该设备，再重新导入。"),
        ),
        _ => Said::new(
            format!("Envelope {place}: {}", problem.title_en()),
            format!("第 {place} 份：{}", problem.title_zh()),
        ),
    }
}
