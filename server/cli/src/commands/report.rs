//! `doorstep report NAME | --all`.

use doorstep_server::language::Said;
use doorstep_server::reports::{Asked, ReportError, ReportResult, ReportSet, figures, table};
use serde_json::{Value, json};

use super::Context;
use crate::args;
use crate::catalog::report_set;
use crate::output::{Failure, Fault};

pub(super) fn run(report: args::Report, context: &Context) -> Result<(), Failure> {
    let set = report_set()?;
    let store = context.settled_store()?;
    let scope = match &report.acting {
        Some(name) => context.acting(&store, Some(name))?,
        None => store.operator_scope(),
    };
    let names: Vec<&str> = report.name.as_deref().into_iter().collect();
    let asked = Asked {
        names: &names,
        area: report.area.as_deref(),
        by_figure: report.all,
        as_of_ms: report.as_of,
        valid_at: report.valid_at,
        now_ms: context.now_ms(),
        drill: report.drill,
    };
    let results = set.count_asked(&store, &scope, &asked).map_err(|error| failure(error, &set))?;
    let language = context.output.language.tag();
    let text: Vec<String> = results.iter().map(|result| table::render(result, language)).collect();
    context.output.result(&as_json(&report, &results, &set, language), &text.join("\n"));
    Ok(())
}

/// All figures in one list; a report asked for by name also whole, with groups and drill-down.
fn as_json(report: &args::Report, results: &[ReportResult], set: &ReportSet, language: &str) -> Value {
    let as_of_ms = results.first().map(|result| result.as_of_ms);
    let mut json = json!({ "as_of_ms": as_of_ms, "valid_at": report.valid_at.map(|day| day.to_string()), "figures": figures(results, set.quoted(), language) });
    if !report.all || report.drill {
        json["reports"] = json!(results);
    }
    json
}

pub(super) fn failure(error: ReportError, set: &ReportSet) -> Failure {
    match error {
        ReportError::Unknown(name) => {
            let known: Vec<&str> =
                set.definitions().iter().map(|definition| definition.id.as_str()).collect();
            Failure::new("unknown_report", "There is no such report.", "没有该报表。").at(name).help(
                format!("Use one of {}, or --all.", known.join(", ")),
                format!("可用：{}，或 --all。", known.join("、")),
            )
        }
        ReportError::UnknownArea(code) => {
            Failure::new("unknown_area", "There is no such area.", "没有该行政区划。")
                .at(code)
                .help("`doorstep area list` shows the areas.", "可用 doorstep area list 查看行政区划。")
        }
        ReportError::Faults(faults) => Failure::new(
            "bad_report",
            format!("The reports do not fit the published forms in {} places.", faults.len()),
            format!("报表与已发布的表单有 {} 处不符。", faults.len()),
        )
        .help(
            "Publish the forms the reports speak of (doorstep form publish).",
            "请先发布报表所用的表单（doorstep form publish）。",
        )
        .faults(faults.into_iter().map(|fault| Fault {
            file: Some(fault.file),
            pointer: fault.pointer,
            kind: None,
            reason: Said::new(fault.reason.en, fault.reason.zh),
            ..Fault::default()
        })),
        ReportError::Store(error) => error.into(),
    }
}
