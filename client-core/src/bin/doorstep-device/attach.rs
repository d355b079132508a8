//! Files: attached to a question, fetched from the server.

use std::path::Path;

use doorstep_client_core::Device;
use doorstep_client_core::device::LocalFile;
use serde_json::json;

use crate::commands::{Output, pair, sync_now};
use crate::failure::Failure;

/// Attaches a file.
pub(crate) fn attach(device: &mut Device, record: &str, file: &str, zh: bool) -> Result<Output, Failure> {
    let id = device.find(record)?;
    let (path, file) = pair(file)?;
    let content = std::fs::read(file).map_err(|error| {
        Failure::new("file", format!("The file cannot be read: {error}."), format!("无法读取文件：{error}。"))
            .at(file)
    })?;
    let name = Path::new(file).file_name().and_then(|name| name.to_str());
    let mut session = device.session(id)?;
    let attached = session.attach(path, &content, name)?;
    let what = attached.text(if zh { "zh" } else { "en" });
    let text = if zh {
        format!("已添加附件：{what}。同步后上传。")
    } else {
        format!("Attached: {what}. It is sent with the next sync.")
    };
    Ok(Output::new(json!({"record": session.id().to_string(), "path": path, "attachment": attached}), text))
}

/// Fetches a file, unless it is here, and writes it where it is wanted.
pub(crate) fn fetch(
    device: &mut Device,
    record: &str,
    path: &str,
    to: Option<&Path>,
    zh: bool,
) -> Result<Output, Failure> {
    let id = device.find(record)?;
    let mut file = device.file(id, path)?;
    let mut content = device.file_content(&file.attachment)?;
    if content.is_none() {
        device.want_file(id, path)?;
        sync_now(device)?;
        file = device.file(id, path)?;
        content = device.file_content(&file.attachment)?;
    }
    let Some(content) = content else { return Err(not_here(path, &file)) };
    if let Some(to) = to {
        std::fs::write(to, &content).map_err(|error| {
            Failure::new(
                "file",
                format!("The file cannot be written: {error}."),
                format!("无法写入文件：{error}。"),
            )
            .at(to.display().to_string())
        })?;
    }
    let what = file.attachment.text(if zh { "zh" } else { "en" });
    let text =
        if zh { format!("附件已在本机：{what}。") } else { format!("The file is here: {what}.") };
    let place = to.map(|to| to.display().to_string());
    Ok(Output::new(json!({"path": path, "attachment": file.attachment, "to": place}), text))
}

fn not_here(path: &str, file: &LocalFile) -> Failure {
    let failure = match file.reason.as_deref() {
        Some("damaged") => Failure::new(
            "attachment_damaged",
            "What came is not the file that was described; it was thrown away.",
            "收到的内容与所述附件不符，已丢弃。",
        ),
        _ => Failure::new(
            "attachment_absent",
            "The server has no such file for you.",
            "服务器上没有可供您下载的该附件。",
        ),
    };
    failure.at(path).help(
        "It may still be on the phone where it was taken: fetch it again after that phone has synchronised.",
        "附件可能仍在拍摄它的手机上，待该手机同步后再下载。",
    )
}
