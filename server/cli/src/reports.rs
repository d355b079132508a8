//! The report definitions and quoted figures that come with the program.

use doorstep_server::language::Said;
use doorstep_server::reports::{Definition, Fault as Wrong, Quoted, ReportSet};

use crate::output::{Failure, Fault};

/// The embedded reports.
pub fn embedded() -> Result<ReportSet, Failure> {
    let texts = doorstep_schemas::report_definitions();
    let files: Vec<(String, &str)> =
        texts.into_iter().map(|(id, text)| (format!("{id}.json"), text)).collect();
    let definitions =
        Definition::read_all(files.iter().map(|(file, text)| (file.as_str(), *text))).map_err(faulty)?;
    let mut quoted = Quoted::default();
    for figure in doorstep_schemas::quoted() {
        let (values, units) = (figure.values.iter(), figure.units.iter());
        quoted.add(&figure.id, values.map(String::as_str), units.map(String::as_str));
    }
    Ok(ReportSet::new(definitions, quoted))
}

/// The failure of definitions with faults.
pub fn faulty(faults: Vec<Wrong>) -> Failure {
    Failure::new(
        "bad_report",
        format!("The report definitions have {} faults; nothing was counted.", faults.len()),
        format!("报表定义有 {} 处错误，未作统计。", faults.len()),
    )
    .help(
        "Publish the forms the reports speak of (doorstep form publish), or correct the definitions.",
        "请先发布报表所用的表单（doorstep form publish），或更正报表定义。",
    )
    .faults(faults.into_iter().map(|fault| Fault {
        file: Some(fault.file),
        pointer: fault.pointer,
        kind: None,
        reason: Said::new(fault.reason.en, fault.reason.zh),
    }))
}
