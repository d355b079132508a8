//! `doorstep import households FILE`; other imports have files of their own.

use std::path::Path;

use doorstep_protocol::ProblemKind;
use doorstep_server::import::households::{FORM, ImportError, ImportOptions, ImportReport, import};
use doorstep_server::import::{RowFault, limits};
use doorstep_server::language::Said;
use doorstep_server::source::Machine;
use doorstep_server::store::{Scope, SqliteStore};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Context;
use super::files::read_file;
use crate::args;
use crate::output::{Failure, Fault, faults_of};

/// Faults shown to a person; scripts get them all.
const SHOWN: usize = 50;
/// A deployment has one time zone: Asia/Shanghai.
const HOURS_EAST: i8 = 8;

pub(super) fn run(command: args::Import, context: &Context) -> Result<(), Failure> {
    let (file, all_or_nothing, dry_run, acting) = match command {
        args::Import::Households { file, all_or_nothing, dry_run, acting } => {
            (file, all_or_nothing, dry_run, acting)
        }
        args::Import::Xlsform { file, out, language } => {
            return super::xlsform::run(&file, &out, language.as_deref(), context);
        }
    };
    let bytes = read_file(&file, limits::FILE_BYTES as u64)?;
    let store = context.store()?;
    let scope = scope(context, &store, acting.as_deref())?;
    let options = ImportOptions { all_or_nothing, dry_run, ..ImportOptions::on(&today(context.now_ms())) };
    let bar = progress(context);
    let sources = (context.now_ms(), &Machine as _);
    let report = import(&store, &scope, &bytes, &options, sources, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let report = report.map_err(|error| failure(error, &file))?;
    if !report.imported && !dry_run {
        return Err(nothing_imported(report, &file));
    }
    context.settle(&store)?;
    context.output.result(&json!(report), &text(&report, dry_run, context));
    Ok(())
}

/// The person named; else whom every command acts for; else, on a server without accounts, the operator.
fn scope(context: &Context, store: &SqliteStore, name: Option<&str>) -> Result<Scope, Failure> {
    match context.acting(store, name) {
        Err(failure) if failure.kind == "nobody_to_act" => Ok(store.operator_scope()),
        other => other,
    }
}

fn today(now_ms: i64) -> String {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::tz::Offset::constant(HOURS_EAST).to_datetime(now).date().to_string()
}

fn progress(context: &Context) -> ProgressBar {
    if context.output.json {
        return ProgressBar::hidden();
    }
    let template = context
        .output
        .one_of("{bar:40} {pos}/{len} households {elapsed}", "{bar:40} {pos}/{len} 户 {elapsed}");
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn failure(error: ImportError, file: &Path) -> Failure {
    match error {
        ImportError::File(error) => {
            let said = error.said();
            Failure::new("bad_ledger", said.en, said.zh)
                .at(file.display().to_string())
                .help("See docs/ledger.md for what a ledger looks like.", "台账格式见 docs/ledger.md。")
        }
        ImportError::Store(error) if error.kind() == ProblemKind::NotFound => Failure::new(
            "form_missing",
            format!("The form {FORM} is not published, so that there is nothing to import into."),
            format!("表单 {FORM} 尚未发布，无法导入。"),
        )
        .help(
            format!("Run `doorstep form publish schemas/forms/{FORM}/1` first."),
            format!("请先运行 doorstep form publish schemas/forms/{FORM}/1。"),
        ),
        ImportError::Store(error) => error.into(),
    }
}

fn nothing_imported(report: ImportReport, file: &Path) -> Failure {
    let count = report.fault_count;
    Failure::new(
        "bad_rows",
        format!("The ledger has {}; nothing was imported.", faults_of(count)),
        format!("台账有 {count} 处错误，未导入任何内容。"),
    )
    .at(file.display().to_string())
    .help(
        "Correct the rows, or leave out --all-or-nothing to import the good households.",
        "请更正后重新导入；去掉 --all-or-nothing 可先导入无误的农户。",
    )
    .faults(report.faults.into_iter().map(fault))
}

fn fault(fault: RowFault) -> Fault {
    let pointer = if fault.column.is_empty() {
        fault.row.to_string()
    } else {
        format!("{}:{}", fault.row, fault.column)
    };
    let reason = Said::new(fault.reason.en, fault.reason.zh);
    Fault { pointer, reason, ..Fault::default() }
}

fn text(report: &ImportReport, dry_run: bool, context: &Context) -> String {
    let written = &report.written;
    let out = context.output;
    let mut lines = vec![out.one_of(
        format!(
            "{} rows: {} households with {} persons are good, {} households have faults.",
            report.rows, report.households, report.persons, report.rejected
        ),
        format!(
            "共 {} 行：{} 户 {} 人无误，{} 户有错误。",
            report.rows, report.households, report.persons, report.rejected
        ),
    )];
    lines.push(if dry_run {
        out.one_of("Only checked; nothing was written.".to_owned(), "仅作检查，未写入。".to_owned())
    } else {
        out.one_of(
            format!(
                "{} new, {} changed ({} to be reviewed), {} unchanged, {} not written.",
                written.created,
                written.changed,
                written.for_review,
                written.unchanged,
                written.refused.len()
            ),
            format!(
                "新建 {} 户，更改 {} 户（待审核 {} 户），未变 {} 户，未写入 {} 户。",
                written.created,
                written.changed,
                written.for_review,
                written.unchanged,
                written.refused.len()
            ),
        )
    });
    if !report.ignored_columns.is_empty() {
        let columns = report.ignored_columns.join(out.one_of(", ", "、"));
        lines.push(out.one_of(format!("Ignored columns: {columns}"), format!("未识别的列：{columns}")));
    }
    let faults = report.faults.iter().chain(&written.refused);
    lines.extend(listed(
        out.one_of("error", "错误"),
        report.fault_count + written.refused.len(),
        faults,
        context,
    ));
    lines.extend(listed(
        out.one_of("warning", "提醒"),
        report.warning_count,
        report.warnings.iter(),
        context,
    ));
    lines.join("\n")
}

fn listed<'a>(
    word: &str,
    count: usize,
    faults: impl Iterator<Item = &'a RowFault>,
    context: &Context,
) -> Vec<String> {
    let language = context.output.language.tag();
    let mut lines: Vec<String> = faults
        .take(SHOWN)
        .map(|fault| {
            let place = context.output.one_of(
                format!("row {} {} (household {})", fault.row, fault.column, fault.household),
                format!("第 {} 行 {}（户编号 {}）", fault.row, fault.column, fault.household),
            );
            format!("{word}: {place}: {}", fault.reason.in_language(language))
        })
        .collect();
    if count > lines.len() {
        let more = count - lines.len();
        lines.push(context.output.one_of(
            format!("... and {more} more; --json lists them."),
            format!("……另有 {more} 处，--json 可全部列出。"),
        ));
    }
    lines
}
