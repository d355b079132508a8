//! What can be wrong with a backup or its place: which file, what, and what to do, in both languages.

use std::io;
use std::path::{Path, PathBuf};

use crate::language::Said;
use crate::store::StoreError;

/// Why a backup was not taken, is not whole, or was not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// What is to be written stands there already.
    #[error("{} is not empty", .0.display())]
    Taken(PathBuf),
    /// There is no server's data in the folder.
    #[error("{} holds no data of a server", .0.display())]
    NoData(PathBuf),
    /// The folder is no backup.
    #[error("{} is no backup", .0.display())]
    NoBackup(PathBuf),
    /// It was made by a later program.
    #[error("{what} of version {found}, at most {known} is known")]
    Newer {
        /// `manifest` or `database`.
        what: &'static str,
        /// Its version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// Parts of it are not what was written.
    #[error("{} damaged parts", .0.len())]
    Damaged(Vec<Damage>),
    /// A file or folder could not be read or written.
    #[error("{}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    }

    /// The stable word.
    pub fn kind(&self) -> &'static str {
        match self {
            BackupError::Taken(_) => "folder_not_empty",
            BackupError::NoData(_) => "no_data",
            BackupError::NoBackup(_) => "not_a_backup",
            BackupError::Newer { .. } => "backup_newer",
            BackupError::Damaged(_) => "backup_damaged",
            BackupError::Io { .. } => "file_failed",
            BackupError::Store(error) => error.kind().name(),
        }
    }

    /// What happened.
    pub fn said(&self) -> Said {
        match self {
            BackupError::Taken(_) => {
                Said::new("This folder exists and is not empty.", "该文件夹已存在且不为空。")
            }
            BackupError::NoData(_) => {
                Said::new("There is no data of a server in this folder.", "该文件夹中没有服务器数据。")
            }
            BackupError::NoBackup(_) => Said::new(
                "This folder is no backup: it has no manifest.json.",
                "该文件夹不是备份：缺少 manifest.json。",
            ),
            BackupError::Newer { .. } => Said::new(
                "This backup was made by a newer version of this program.",
                "该备份由更新版本的程序生成。",
            ),
            BackupError::Damaged(parts) => Said::new(
                format!("The backup is damaged in {} place(s). Nothing was written.", parts.len()),
                format!("备份有 {} 处损坏。未写入任何内容。", parts.len()),
            ),
            BackupError::Io { source, .. } => Said::new(
                format!("A file or folder could not be read or written: {source}."),
                format!("无法读取或写入文件或文件夹：{source}。"),
            ),
            BackupError::Store(error) => {
                error.said().unwrap_or_else(|| Said::new(error.kind().title_en(), error.kind().title_zh()))
            }
        }
    }

    /// What to do.
    pub fn help(&self) -> Said {
        match self {
            BackupError::Taken(_) => {
                Said::new("Name a folder that does not exist yet.", "请指定一个尚不存在的文件夹。")
            }
            BackupError::NoData(_) => Said::new(
                "With --data name the data folder of the server.",
                "请用 --data 指定服务器的数据目录。",
            ),
            BackupError::NoBackup(_) => Said::new(
                "Name a folder that `doorstep backup` has written, whole.",
                "请指定由 doorstep backup 写出的完整文件夹。",
            ),
            BackupError::Newer { .. } => {
                Said::new("Restore it with that version or a later one.", "请用该版本或更新版本的程序恢复。")
            }
            BackupError::Damaged(_) => Said::new(
                "Copy it again from where it was kept, or take another backup. What phones still hold is offered again \
                 in any case.",
                "请从原存放处重新复制，或使用另一份备份。设备上仍保留的数据会再次上传。",
            ),
            BackupError::Io { .. } => Said::new(
                "Check the path, its permissions and the free space.",
                "请检查路径、权限和剩余空间。",
            ),
            BackupError::Store(_) => Said::new("Try again.", "请重试。"),
        }
    }

    /// Where.
    pub fn place(&self) -> Option<String> {
        match self {
            BackupError::Taken(path) | BackupError::NoData(path) | BackupError::NoBackup(path) => {
                Some(path.display().to_string())
            }
            BackupError::Io { path, .. } => Some(path.display().to_string()),
            _ => None,
        }
    }
}

/// One damaged part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file, relative to the backup.
    pub file: String,
    /// What is wrong with it.
    pub kind: DamageKind,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DamageKind {
    /// The manifest names it and it is not there.
    Missing,
    /// It is there and the manifest does not name it.
    Extra,
    /// The manifest names what no backup holds.
    Strange,
    /// Its size is another one.
    Size {
        /// By the manifest.
        expected: u64,
        /// As it is.
        found: u64,
    },
    /// Its content is another one.
    Content,
    /// It cannot be read as what it should be.
    Unreadable,
    /// The database finds faults in itself.
    Database(String),
    /// The chain of the log is broken, or ends elsewhere than the manifest says.
    Log,
    /// The database is of another version or life than the manifest says.
    Other,
}

impl Damage {
    pub(super) fn new(file: &str, kind: DamageKind) -> Damage {
        Damage { file: file.to_owned(), kind }
    }

    /// The stable word.
    pub fn kind(&self) -> &'static str {
        match self.kind {
            DamageKind::Missing => "missing",
            DamageKind::Extra => "extra",
            DamageKind::Strange => "strange",
            DamageKind::Size { .. } => "size",
            DamageKind::Content => "content",
            DamageKind::Unreadable => "unreadable",
            DamageKind::Database(_) => "database",
            DamageKind::Log => "log",
            DamageKind::Other => "other",
        }
    }

    /// What is wrong.
    pub fn said(&self) -> Said {
        match &self.kind {
            DamageKind::Missing => Said::new("The file is missing.", "文件缺失。"),
            DamageKind::Extra => Said::new(
                "The file does not belong to the backup. Move it away.",
                "该文件不属于此备份，请移走。",
            ),
            DamageKind::Strange => {
                Said::new("The manifest names a file that no backup holds.", "清单中列有备份不应包含的文件。")
            }
            DamageKind::Size { expected, found } => Said::new(
                format!("{found} bytes instead of {expected}."),
                format!("文件为 {found} 字节，应为 {expected} 字节。"),
            ),
            DamageKind::Content => {
                Said::new("Its content is not what was written (SHA-256).", "内容与写入时不符（SHA-256）。")
            }
            DamageKind::Unreadable => Said::new("The file cannot be read.", "文件无法识别。"),
            DamageKind::Database(fault) => {
                Said::new(format!("The database is damaged: {fault}."), format!("数据库损坏：{fault}。"))
            }
            DamageKind::Log => Said::new("The chain of the log is broken.", "日志链已断裂。"),
            DamageKind::Other => Said::new(
                "It is not the database that the manifest speaks of.",
                "该数据库不是清单所述的数据库。",
            ),
        }
    }
}
