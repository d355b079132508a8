//! The report definitions and quoted figures that come with the program.

use doorstep_server::language::Said;
use doorstep_server::reports::{Definition, Quoted, ReportSet};

use crate::output::{Failure, Fault};

/// The embedded reports.
///
/// # Errors
/// A definition with a fault; only a build with a damaged `schemas/reports` has one.
pub fn report_set() -> Result<ReportSet, Failure> {
    let files: Vec<(String, &'static str)> = doorstep_schemas::report_definitions()
        .into_iter()
        .map(|(id, text)| (format!("reports/{id}.json"), text))
        .collect();
    let definitions =
        Definition::read_all(files.iter().map(|(name, text)| (name.as_str(), *text))).map_err(|faults| {
            Failure::new("report_faulty", "A report definition is faulty.", "报表定义有误。").faults(
                faults.into_iter().map(|fault| Fault {
                    file: Some(fault.file),
                    pointer: fault.pointer,
                    kind: None,
                    reason: Said::new(fault.reason.en, fault.reason.zh),
                    ..Fault::default()
                }),
            )
        })?;
    let mut quoted = Quoted::default();
    for figure in doorstep_schemas::quoted() {
        let values = figure.values.iter().map(String::as_str);
        quoted.add(&figure.id, values, figure.units.iter().map(String::as_str));
    }
    Ok(ReportSet::new(definitions, quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_reports_are_sound() {
        let set = report_set().unwrap_or_else(|failure| panic!("{failure:?}"));
        assert!(set.definitions().iter().any(|definition| definition.id == "T8a"));
        assert!(!set.quoted().figure("P8-31").is_empty());
    }
}
