//! The report definitions and quoted figures that come with the program.

use doorstep_server::checks::{CheckDefinition, CheckSet};
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
    Ok(ReportSet::new(definitions, Quoted::read_all(doorstep_schemas::quoted_texts())))
}

/// The embedded checks over several records.
///
/// # Errors
/// A check with a fault; only a build with a damaged `schemas/rules` has one.
pub fn check_set() -> Result<CheckSet, Failure> {
    let files: Vec<(String, &'static str)> = doorstep_schemas::check_rules()
        .into_iter()
        .map(|(key, text)| (format!("rules/{key}.json"), text))
        .collect();
    CheckDefinition::read_all(files.iter().map(|(name, text)| (name.as_str(), *text)))
        .map(CheckSet::new)
        .map_err(check_faults)
}

/// Faults of checks, for a person.
pub fn check_faults(faults: Vec<doorstep_server::reports::Fault>) -> Failure {
    Failure::new("check_faulty", "A check over several records is faulty.", "跨记录核对规则有误。").faults(
        faults.into_iter().map(|fault| Fault {
            file: Some(fault.file),
            pointer: fault.pointer,
            kind: None,
            reason: Said::new(fault.reason.en, fault.reason.zh),
            ..Fault::default()
        }),
    )
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
