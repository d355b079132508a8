//! `doorstep-device bundle`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use doorstep_client_core::Device;
use serde_json::json;

use crate::commands::Output;
use crate::failure::Failure;

/// Writes what waits to be sent into files. A file that is there already may not have been delivered yet: it stays.
pub(crate) fn bundle(device: &mut Device, file: &Path, zh: bool) -> Result<Output, Failure> {
    let bundles = device.bundle()?;
    let paths: Vec<PathBuf> = (1..=bundles.files.len()).map(|number| path(file, number)).collect();
    if let Some(taken) = paths.iter().find(|path| path.exists()) {
        return Err(Failure::new("file_exists", "This file exists already.", "该文件已存在。")
            .at(taken.display().to_string())
            .help("Name another file.", "请指定另一个文件名。"));
    }
    for (path, bytes) in paths.iter().zip(&bundles.files) {
        write(path, bytes).map_err(|error| {
            Failure::new(
                "file_failed",
                format!("The file cannot be written: {error}."),
                format!("无法写入文件：{error}。"),
            )
            .at(path.display().to_string())
            .help("Check the path and the free space.", "请检查路径和剩余空间。")
        })?;
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let text = match (bundles.envelopes, zh) {
        (0, false) => "Nothing waits to be sent.".to_owned(),
        (0, true) => "没有待上传的数据。".to_owned(),
        (_, false) => format!(
            "{}\nCarry it to the server: doorstep bundle import FILE. Only that server can read it; your work also stays here.",
            names.join("\n")
        ),
        (_, true) => format!(
            "{}\n请带到服务器：doorstep bundle import 文件。只有该服务器能读取；数据仍保留在本设备。",
            names.join("\n")
        ),
    };
    Ok(Output::new(json!({"files": names, "envelopes": bundles.envelopes}), text))
}

/// `FILE`, `FILE.2`, `FILE.3`...
fn path(file: &Path, number: usize) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    if number > 1 {
        name.push(format!(".{number}"));
    }
    PathBuf::from(name)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
