//! Reading what the operator names: files and folders, bounded, with failures that say what to do.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::output::Failure;

/// Files of one form package.
const PACKAGE_FILES_MAX: usize = 1_000;
/// Bytes of all files of a form package.
const PACKAGE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Folders inside folders of a form package.
const PACKAGE_DEPTH_MAX: usize = 4;

/// The bytes of a file of at most `limit` bytes.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(Failure::new("not_a_file", "This is a folder, not a file.", "这是文件夹，不是文件。")
            .at(path.display().to_string())
            .help("Name the file itself.", "请指定具体文件。"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > limit {
        let mib = limit / 1024 / 1024;
        return Err(Failure::new(
            "file_too_large",
            format!("The file is larger than {mib} MiB."),
            format!("文件超过 {mib} MiB。"),
        )
        .at(path.display().to_string())
        .help("Split it.", "请拆分文件。"));
    }
    Ok(bytes)
}

/// The files of a form package folder, by their path inside it with `/` between folders. Hidden files are left out.
pub fn read_package(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let about = fs::metadata(folder).map_err(|error| unreadable(folder, &error))?;
    if !about.is_dir() {
        return Err(Failure::new("not_a_folder", "A form package is a folder.", "表单包应为文件夹。")
            .at(folder.display().to_string())
            .help(
                "Name the folder that holds form.json, such as schemas/forms/household_register/1.",
                "请指定含有 form.json 的文件夹，例如 schemas/forms/household_register/1。",
            ));
    }
    let mut package = Package { files: BTreeMap::new(), bytes: 0 };
    package.add(folder, "", 0)?;
    Ok(package.files)
}

struct Package {
    files: BTreeMap<String, Vec<u8>>,
    bytes: u64,
}

impl Package {
    fn add(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
            let entry = entry.map_err(|error| unreadable(folder, &error))?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                return Err(Failure::new("bad_file_name", "A file name is not UTF-8.", "文件名不是 UTF-8。")
                    .at(path.display().to_string()));
            };
            if name.starts_with('.') {
                continue;
            }
            let inside = format!("{prefix}{name}");
            let about = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
            if about.is_dir() {
                if depth >= PACKAGE_DEPTH_MAX {
                    return Err(too_large(folder));
                }
                self.add(&path, &format!("{inside}/"), depth + 1)?;
                continue;
            }
            let bytes = read_file(&path, PACKAGE_BYTES_MAX)?;
            self.bytes += bytes.len() as u64;
            self.files.insert(inside, bytes);
            if self.bytes > PACKAGE_BYTES_MAX || self.files.len() > PACKAGE_FILES_MAX {
                return Err(too_large(folder));
            }
        }
        Ok(())
    }
}

/// Writes a file, making its folder.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, content)).map_err(|error| {
        let (en, zh) = (format!("It cannot be written: {error}."), format!("无法写入：{error}。"));
        Failure::new("cannot_write", en, zh)
            .at(path.display().to_string())
            .help("Check the path, its permissions and the free space.", "请检查路径、权限和剩余空间。")
    })
}

fn too_large(folder: &Path) -> Failure {
    Failure::new(
        "package_too_large",
        "The folder holds more than a form package may: 1,000 files, 16 MiB, 4 folders deep.",
        "该文件夹超出表单包上限：1000 个文件、16 MiB、4 层文件夹。",
    )
    .at(folder.display().to_string())
    .help("Name the folder that holds form.json.", "请指定含有 form.json 的文件夹。")
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let failure = match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new("file_missing", "The file or folder does not exist.", "文件或文件夹不存在。")
                .help("Check the path.", "请检查路径。")
        }
        io::ErrorKind::PermissionDenied => {
            Failure::new("file_forbidden", "The file may not be read.", "没有读取该文件的权限。")
                .help("Check its permissions.", "请检查文件权限。")
        }
        _ => Failure::new(
            "file_unreadable",
            format!("It cannot be read: {error}."),
            format!("无法读取：{error}。"),
        ),
    };
    failure.at(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_whole_without_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("i18n")).unwrap();
        for (name, text) in [("form.json", "{}"), ("i18n/en.json", "{}"), (".DS_Store", "x")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let files = read_package(folder.path()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["form.json", "i18n/en.json"]);
        assert_eq!(read_package(&folder.path().join("form.json")).unwrap_err().kind, "not_a_folder");
        assert_eq!(read_package(&folder.path().join("nowhere")).unwrap_err().kind, "file_missing");
    }

    #[test]
    fn a_file_is_bounded_and_a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_file(&path, 5).unwrap(), b"12345");
        assert_eq!(read_file(&path, 4).unwrap_err().kind, "file_too_large");
        assert_eq!(read_file(folder.path(), 4).unwrap_err().kind, "not_a_file");
    }
}
