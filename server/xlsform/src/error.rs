//! Why a workbook is not imported at all.

use doorstep_sheet::{ArchiveError, limits};

use crate::said::Said;

/// A workbook that gives no package. Everything smaller is an entry of the report.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Neither xlsx nor xls.
    #[error("this is no Excel workbook; an XLSForm is an .xlsx or .xls file")]
    NotExcel,
    /// Larger than [`limits::FILE_BYTES`].
    #[error("the file has {0} bytes, at most {max}", max = limits::FILE_BYTES)]
    TooLarge(usize),
    /// Protected with a password.
    #[error("the workbook is protected with a password; save it without one")]
    Password,
    /// The archive that an xlsx file is cannot be opened.
    #[error(transparent)]
    Archive(ArchiveError),
    /// An xls file that is damaged, or older than Excel 97.
    #[error("the xls file is damaged or older than Excel 97 ({0}); save it as .xlsx")]
    OldBook(&'static str),
    /// The workbook inside the archive cannot be read.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// More cells or text than allowed.
    #[error("the workbook holds more than {max} cells, or too much text in them", max = limits::CELLS)]
    TooManyCells,
    /// More columns than allowed.
    #[error("a sheet has more than {max} columns", max = limits::COLUMNS)]
    TooManyColumns,
    /// No sheet named survey.
    #[error("there is no sheet named \"survey\"; the workbook has: {0}")]
    NoSurvey(String),
    /// The survey sheet has no column named type.
    #[error("the sheet \"survey\" has no column named \"type\" in its first row")]
    NoType,
    /// The survey sheet has no row below its header.
    #[error("the sheet \"survey\" holds no questions")]
    Empty,
    /// What was built does not pass the check of forms.
    #[error("the package that was built does not pass the form check: {0}")]
    NotSound(String),
}

impl ImportError {
    /// A stable word for scripts.
    pub fn kind(&self) -> &'static str {
        match self {
            ImportError::NotExcel => "not_excel",
            ImportError::TooLarge(_) => "file_too_large",
            ImportError::Password => "workbook_password",
            ImportError::Archive(_) => "workbook_archive",
            ImportError::OldBook(_) => "workbook_old",
            ImportError::Workbook(_) => "workbook_damaged",
            ImportError::TooManyCells | ImportError::TooManyColumns => "workbook_too_large",
            ImportError::NoSurvey(_) => "survey_missing",
            ImportError::NoType => "survey_header",
            ImportError::Empty => "survey_empty",
            ImportError::NotSound(_) => "package_not_sound",
        }
    }

    /// Both languages.
    pub fn said(&self) -> Said {
        Said::new(format!("{self}."), self.zh())
    }

    fn zh(&self) -> String {
        match self {
            ImportError::NotExcel => "这不是 Excel 工作簿；XLSForm 应为 .xlsx 或 .xls 文件。".into(),
            ImportError::TooLarge(bytes) => {
                format!("文件有 {bytes} 字节，最多 {}。", limits::FILE_BYTES)
            }
            ImportError::Password => "工作簿设有密码，请另存为不加密的文件。".into(),
            ImportError::Archive(error) => format!("xlsx 文件无法打开：{}。", archive_zh(*error)),
            ImportError::OldBook(why) => {
                format!("xls 文件已损坏或早于 Excel 97（{why}），请另存为 .xlsx。")
            }
            ImportError::Workbook(why) => format!("无法读取工作簿：{why}。"),
            ImportError::TooManyCells => {
                format!("工作簿的单元格超过 {} 个，或其中文字过多。", limits::CELLS)
            }
            ImportError::TooManyColumns => format!("有工作表超过 {} 列。", limits::COLUMNS),
            ImportError::NoSurvey(names) => format!("没有名为 survey 的工作表；现有：{names}。"),
            ImportError::NoType => "survey 工作表首行没有名为 type 的列。".into(),
            ImportError::Empty => "survey 工作表中没有题目。".into(),
            ImportError::NotSound(why) => format!("生成的表单包未通过检查：{why}。"),
        }
    }
}

fn archive_zh(error: ArchiveError) -> String {
    match error {
        ArchiveError::Damaged(why) => format!("已损坏或不是电子表格软件保存的（{why}）"),
        ArchiveError::Encrypted => "已加密".into(),
        ArchiveError::TooManyEntries(n) => format!("含 {n} 个部件，最多 {}", limits::ZIP_ENTRIES),
        ArchiveError::Inflates => format!("解压后超过 {} 字节", limits::INFLATED_BYTES),
        ArchiveError::Doctype => "含文档类型声明，电子表格不需要它".into(),
    }
}

impl From<ArchiveError> for ImportError {
    fn from(error: ArchiveError) -> ImportError {
        if error == ArchiveError::Encrypted { ImportError::Password } else { ImportError::Archive(error) }
    }
}
