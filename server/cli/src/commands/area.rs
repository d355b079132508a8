//! `doorstep area import|list|succeed`.

use std::path::Path;

use doorstep_server::areas::Succession;
use doorstep_server::areas::succession::SuccessionFault;
use doorstep_server::areas::table::FILE_BYTES_MAX;
use doorstep_server::store::areas::Areas;
use serde_json::json;

use super::Context;
use super::files::read_file;
use crate::args;
use crate::output::{Failure, Fault, faults_of, table};

pub(super) fn run(command: args::Area, context: &Context) -> Result<(), Failure> {
    match command {
        args::Area::Import { file } => import(&file, context),
        args::Area::List { as_of } => list(as_of, context),
        args::Area::Succeed { from, to, on } => succeed(&from, &to, &on, context),
    }
}

fn import(file: &Path, context: &Context) -> Result<(), Failure> {
    let bytes = read_file(file, FILE_BYTES_MAX as u64)?;
    let store = context.store()?;
    let imported =
        store.areas_import(&store.operator_scope(), &bytes, context.now_ms())?.map_err(|faults| {
            let count = faults.len();
            Failure::new(
                "bad_rows",
                format!("The file has {}; nothing was imported.", faults_of(count)),
                format!("文件有 {count} 处错误，未导入任何内容。"),
            )
            .at(file.display().to_string())
            .help("Correct the rows and import again.", "请更正后重新导入。")
            .faults(faults.into_iter().map(|fault| Fault {
                file: None,
                pointer: format!("{}:{}", fault.line, fault.column),
                kind: None,
                reason: fault.said,
                ..Fault::default()
            }))
        })?;
    let text = context.output.one_of(
        format!(
            "{} areas added, {} changed, {} unchanged.",
            imported.added, imported.changed, imported.unchanged
        ),
        format!(
            "新增区划 {} 个，更改 {} 个，未变 {} 个。",
            imported.added, imported.changed, imported.unchanged
        ),
    );
    context.output.result(&json!(imported), &text);
    Ok(())
}

fn succeed(from: &[String], to: &[String], on: &str, context: &Context) -> Result<(), Failure> {
    let successions: Vec<Succession> = from
        .iter()
        .flat_map(|from| to.iter().map(|to| Succession { from: from.clone(), to: to.clone() }))
        .collect();
    let store = context.store()?;
    let moved = store
        .areas_succeed(&store.operator_scope(), &successions, on, context.now_ms())?
        .map_err(|faults| not_succeeded(faults, &successions))?;
    context.settle(&store)?;
    let text = context.output.one_of(
        format!("Records moved to the area that follows: {moved}.\n"),
        format!("已转入后续区划的记录：{moved} 条。\n"),
    );
    context.output.result(&json!({ "moved": moved }), &text);
    Ok(())
}

fn not_succeeded(faults: Vec<SuccessionFault>, successions: &[Succession]) -> Failure {
    let at = |place: Option<usize>| match place.and_then(|place| successions.get(place)) {
        Some(one) => format!("{} -> {}", one.from, one.to),
        None => "--on".to_owned(),
    };
    Failure::new("bad_areas", "The areas cannot follow one another so.", "区划接续关系有误。").faults(
        faults.into_iter().map(|fault| Fault {
            pointer: at(fault.place),
            reason: fault.said,
            ..Fault::default()
        }),
    )
}

fn list(as_of_ms: Option<i64>, context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let areas = store.area_list(&store.operator_scope().as_of(as_of_ms))?;
    let rows: Vec<Vec<String>> = areas
        .iter()
        .map(|area| {
            vec![
                area.code.clone(),
                area.parent.clone().unwrap_or_default(),
                area.level.clone(),
                context.output.one_of(area.name_en.clone(), area.name_zh.clone()),
            ]
        })
        .collect();
    let heading =
        context.output.one_of(["code", "parent", "level", "name"], ["代码", "上级", "层级", "名称"]);
    context.output.result(&json!({ "areas": areas }), &table(&heading, &rows));
    Ok(())
}
