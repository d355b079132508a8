//! `doorstep import xlsform FILE --out FOLDER`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use doorstep_xlsform::{Effect, Entry, ImportError, Imported, Options, Report, import};
use serde_json::json;

use super::Context;
use super::files::read_file;
use crate::output::Failure;

/// Entries shown to a person; scripts get them all.
const SHOWN: usize = 60;

pub(super) fn run(file: &Path, out: &Path, language: Option<&str>, context: &Context) -> Result<(), Failure> {
    refuse_full(out)?;
    let bytes = read_file(file, doorstep_xlsform::FILE_BYTES as u64)?;
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("form");
    let beside = |name: &str| beside(file, name);
    let imported = import(&bytes, &Options { name, language, files: &beside })
        .map_err(|error| failure(&error).at(file.display().to_string()))?;
    write(&imported, out)?;
    let result = json!({ "ok": true, "package": out.display().to_string(), "report": imported.report });
    context.output.result(&result, &text(&imported.report, out, context));
    Ok(())
}

/// A file that lies beside the workbook; names that lead elsewhere are not followed.
fn beside(workbook: &Path, name: &str) -> Option<Vec<u8>> {
    let plain = Path::new(name).file_name().is_some_and(|last| last == name) && !name.starts_with('.');
    let path = workbook.parent()?.join(name);
    let is_file = plain && fs::symlink_metadata(&path).is_ok_and(|about| about.is_file());
    is_file.then(|| read_file(&path, doorstep_xlsform::FILE_BYTES as u64).ok()).flatten()
}

fn failure(error: &ImportError) -> Failure {
    let said = error.said();
    let mut en = said.en.chars();
    let en = en.next().map(|first| first.to_uppercase().chain(en).collect()).unwrap_or(said.en.clone());
    let (todo_en, todo_zh) = match error {
        ImportError::NotExcel => ("Save it as .xlsx. Nothing", "请另存为 .xlsx。未"),
        ImportError::NoSurvey(_) => {
            ("Call the sheet with the questions `survey`. Nothing", "请把题目所在的工作表命名为 survey。未")
        }
        ImportError::NoType => (
            "Name the columns of the first row type, name, label. Nothing",
            "首行各列应为 type、name、label。未",
        ),
        _ => ("Nothing", "未"),
    };
    Failure::new(error.kind(), en, said.zh).help(
        format!("{todo_en} was written; docs/xlsform.md tells what can be imported."),
        format!("{todo_zh}写入任何内容；可导入的内容见 docs/xlsform.md。"),
    )
}

/// A folder with something in it is not written into.
fn refuse_full(out: &Path) -> Result<(), Failure> {
    let full = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(not_written(out, &error)),
    };
    if !full {
        return Ok(());
    }
    Err(Failure::new("out_not_empty", "The folder exists and is not empty.", "该文件夹已存在且不为空。")
        .at(out.display().to_string())
        .help(
            "Name a new folder with --out, or empty this one.",
            "请用 --out 指定新文件夹，或清空该文件夹。",
        ))
}

fn not_written(out: &Path, error: &io::Error) -> Failure {
    Failure::new(
        "not_written",
        format!("The package cannot be written: {error}."),
        format!("无法写入表单包：{error}。"),
    )
    .at(out.display().to_string())
    .help("Check the path, its permissions and the free space.", "请检查路径、权限和剩余空间。")
}

/// Writes into a folder beside, which then takes its name: what is there is whole, or nothing is.
fn write(imported: &Imported, out: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| not_written(out, &error);
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(failed)?;
    let folder = tempfile::Builder::new().prefix(".importing-").tempdir_in(&parent).map_err(failed)?;
    let package = folder.path().join("package");
    for (name, content) in &imported.files {
        let path = package.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&path, content).map_err(failed)?;
    }
    // An empty folder gives way; one that was filled meanwhile does not.
    match fs::remove_dir(out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    fs::rename(&package, out).map_err(failed)
}

fn text(report: &Report, out: &Path, context: &Context) -> String {
    let (form, questions, groups) = (&report.form, report.questions, report.groups);
    let (cells, locales) = (report.cells, report.locales.join(", "));
    let mut lines = vec![
        context.output.one_of(
            format!("{form}: questions {questions}, groups and rosters {groups}, languages {locales}."),
            format!("{form}：{questions} 个题目，{groups} 个分组和子表，语言 {locales}。"),
        ),
        context.output.one_of(
            format!("{} of {} cells carried over, {} not.", cells.carried, cells.total, cells.lost),
            format!("共 {} 个单元格，导入 {} 个，未导入 {} 个。", cells.total, cells.carried, cells.lost),
        ),
        context.output.one_of(
            format!("Written to {}; check it with `doorstep form check`.", out.display()),
            format!("已写入 {}；可用 doorstep form check 检查。", out.display()),
        ),
    ];
    // What is missing comes first.
    let mut entries: Vec<&Entry> = report.entries.iter().collect();
    entries.sort_by_key(|entry| entry.effect);
    lines.extend(entries.iter().take(SHOWN).map(|entry| line(entry, context)));
    let more = (entries.len() + report.more).saturating_sub(SHOWN);
    if more > 0 {
        lines.push(context.output.one_of(
            format!("... and {more} more; --json lists them."),
            format!("……另有 {more} 条，--json 可全部列出。"),
        ));
    }
    lines.join("\n")
}

fn line(entry: &Entry, context: &Context) -> String {
    let effect = match entry.effect {
        Effect::Lost => context.output.one_of("not carried", "未导入"),
        Effect::Changed => context.output.one_of("changed", "有改动"),
        Effect::Note => context.output.one_of("note", "提示"),
    };
    let colon = context.output.one_of(": ", "：");
    let mut place = String::new();
    if !entry.sheet.is_empty() {
        place = entry.sheet.clone();
        if entry.row > 0 {
            place.push_str(
                &context.output.one_of(format!(" row {}", entry.row), format!(" 第 {} 行", entry.row)),
            );
        }
        if !entry.column.is_empty() {
            place.push_str(&format!(" {}", entry.column));
        }
        place.push_str(colon);
    }
    let value: String = entry.value.chars().take(50).collect();
    let value = if value.is_empty() { String::new() } else { format!(" [{}]", value.replace('\n', " ")) };
    format!("{effect}{colon}{place}{}{value}", entry.reason.in_language(context.output.language.tag()))
}
