//! What is wrong with a file or with one cell of it, in both languages.

use doorstep_sheet::ArchiveError;
use serde::Serialize;

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Said {
    /// Both languages of one sentence.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Said {
        Said { zh: zh.into(), en: en.into() }
    }

    /// The sentence in `zh` or else English.
    pub fn in_language(&self, language: &str) -> &str {
        if language.starts_with("zh") { &self.zh } else { &self.en }
    }
}

/// One cell, or one row when `column` is empty, that cannot be used or deserves a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowFault {
    /// The row as the spreadsheet numbers it, from 1, title and header included.
    pub row: usize,
    /// The column's letter and heading (`D 身份证号`), or empty.
    pub column: String,
    /// The household number of the row, or empty.
    pub household: String,
    /// What is wrong and what to do.
    pub reason: Said,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Larger than [`super::limits::FILE_BYTES`].
    #[error("the file has {0} bytes, at most {max}", max = super::limits::FILE_BYTES)]
    TooLarge(usize),
    /// UTF-16 text.
    #[error("the file is UTF-16 text; save it as CSV UTF-8 or as xlsx")]
    Utf16,
    /// Neither UTF-8 nor GB18030.
    #[error("the file is neither UTF-8 nor GB18030 text; save it as CSV UTF-8 or as xlsx")]
    Encoding,
    /// The old binary Excel format, or a password-protected workbook.
    #[error("this is an old .xls file or a protected workbook; save it as .xlsx without a password")]
    OldExcel,
    /// The archive that an xlsx file is cannot be opened.
    #[error(transparent)]
    Archive(ArchiveError),
    /// More cells than [`super::limits::CELLS`], or more text in them than allowed.
    #[error("the sheet holds too many cells or too much text; split the ledger")]
    TooManyCells,
    /// More columns than [`super::limits::COLUMNS`].
    #[error("the sheet has more than {max} columns", max = super::limits::COLUMNS)]
    TooManyColumns,
    /// The workbook cannot be read.
    #[error("the workbook cannot be read")]
    Workbook(#[source] Box<calamine::XlsxError>),
    /// The comma-separated text cannot be read.
    #[error("the comma-separated text cannot be read")]
    Csv(#[source] csv::Error),
    /// No header line.
    #[error("no header line with 户编号 and 姓名 in the first {max} rows", max = super::limits::TITLE_ROWS)]
    NoHeader,
    /// Two columns mean the same.
    #[error("the columns {first} and {second} mean the same; keep one")]
    SameColumn {
        /// The first, with its letter.
        first: String,
        /// The second, with its letter.
        second: String,
    },
    /// A column that every ledger needs is not there.
    #[error("the column {0} is missing")]
    MissingColumn(&'static str),
}

impl FileError {
    /// The error in Chinese.
    pub fn zh(&self) -> String {
        match self {
            FileError::TooLarge(bytes) => format!("文件有 {bytes} 字节，最多 {}", super::limits::FILE_BYTES),
            FileError::Utf16 => "文件为 UTF-16 编码，请另存为“CSV UTF-8”或 xlsx".into(),
            FileError::Encoding => "文件既不是 UTF-8 也不是 GB18030 编码，请另存为“CSV UTF-8”或 xlsx".into(),
            FileError::OldExcel => "这是旧版 .xls 或加密的工作簿，请另存为不加密的 .xlsx".into(),
            FileError::Archive(error) => archive_zh(*error),
            FileError::TooManyCells => "单元格或文字过多，请拆分台账".into(),
            FileError::TooManyColumns => format!("超过 {} 列", super::limits::COLUMNS),
            FileError::Workbook(_) => "无法读取工作簿".into(),
            FileError::Csv(_) => "无法读取逗号分隔的文本".into(),
            FileError::NoHeader => {
                format!("前 {} 行中没有含“户编号”和“姓名”的表头", super::limits::TITLE_ROWS)
            }
            FileError::SameColumn { first, second } => format!("列“{first}”与“{second}”含义相同，请保留一列"),
            FileError::MissingColumn(name) => format!("缺少列“{name}”"),
        }
    }

    /// Both languages.
    pub fn said(&self) -> Said {
        Said::new(self.zh(), self.to_string())
    }
}

impl From<ArchiveError> for FileError {
    fn from(error: ArchiveError) -> FileError {
        // Only a password makes a spreadsheet program encrypt an archive.
        if error == ArchiveError::Encrypted { FileError::OldExcel } else { FileError::Archive(error) }
    }
}

fn archive_zh(error: ArchiveError) -> String {
    match error {
        ArchiveError::Damaged(why) => format!("xlsx 文件已损坏或不是电子表格软件保存的（{why}）"),
        ArchiveError::Encrypted => "压缩包已加密".into(),
        ArchiveError::TooManyEntries(n) => {
            format!("xlsx 文件含 {n} 个部件，最多 {}", super::limits::ZIP_ENTRIES)
        }
        ArchiveError::Inflates => format!("xlsx 文件解压后超过 {} 字节", super::limits::INFLATED_BYTES),
        ArchiveError::Doctype => "xlsx 文件含文档类型声明，电子表格不需要它".into(),
    }
}
