//! `doorstep form check|publish|list`.

use std::path::Path;

use doorstep_forms::{FaultKind, Form};
use doorstep_server::publish;
use doorstep_server::store::forms::Forms;
use serde_json::json;

use super::files::read_package;
use super::{Context, day_and_time};
use crate::args;
use crate::output::{Failure, Fault, table};

pub(super) fn run(command: args::Form, context: &Context) -> Result<(), Failure> {
    match command {
        args::Form::Check { path } => check(&path, context),
        args::Form::Publish { path, .. } => publish_package(&path, context),
        args::Form::List => list(context),
        args::Form::New { id, kind, out } => super::form_authoring::new(&id, kind, &out, context),
        args::Form::Render { path, out } => super::form_authoring::render(&path, &out, context),
        args::Form::EditorSchemas { out } => super::form_authoring::editor_schemas(&out, context),
    }
}

fn check(path: &Path, context: &Context) -> Result<(), Failure> {
    let form = sound(path)?;
    let package = form.package();
    let result = json!({
        "ok": true, "form": package.id(), "version": package.version(), "hash": package.hash().to_string(),
        "golden_tests": package.golden_tests().len(),
    });
    let (id, version, goldens) = (package.id(), package.version(), package.golden_tests().len());
    let text = context.output.one_of(
        format!("{id} version {version} is sound; {goldens} golden records come out as they say."),
        format!("表单 {id} 第 {version} 版检查通过，{goldens} 个样例记录结果相符。"),
    );
    context.output.result(&result, &text);
    Ok(())
}

fn publish_package(path: &Path, context: &Context) -> Result<(), Failure> {
    let form = sound(path)?;
    let store = context.store()?;
    let published = store
        .form_publish(&store.operator_scope(), form.package(), context.now_ms())
        .map_err(|error| Failure::from(error).at(path.display().to_string()))?;
    let (id, version) = (&published.form, published.version);
    let text = if published.already {
        context.output.one_of(
            format!("{id} version {version} is published already with this content; nothing changed."),
            format!("表单 {id} 第 {version} 版已发布且内容相同，未作更改。"),
        )
    } else {
        context.output.one_of(
            format!("{id} version {version} is published."),
            format!("表单 {id} 第 {version} 版已发布。"),
        )
    };
    context.output.result(&json!(published), &text);
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let forms = store.form_list(&store.operator_scope())?;
    let rows: Vec<Vec<String>> = forms
        .iter()
        .map(|form| {
            vec![
                form.form.clone(),
                form.version.to_string(),
                day_and_time(form.published_ms),
                form.hash.clone(),
            ]
        })
        .collect();
    let heading = context
        .output
        .one_of(["form", "version", "published", "hash"], ["表单", "版本", "发布时间", "内容哈希"]);
    context.output.result(&json!({ "forms": forms }), &table(&heading, &rows));
    Ok(())
}

/// Reads and checks a package folder; every fault in one failure.
pub(super) fn sound(path: &Path) -> Result<Form, Failure> {
    let files = read_package(path)?;
    publish::check(files).map_err(|faults| {
        let count = faults.len();
        Failure::new(
            "form_faulty",
            format!("The form package has {count} faults; nothing was published."),
            format!("表单包有 {count} 处错误，未发布任何内容。"),
        )
        .at(path.display().to_string())
        .help("Correct them and check again.", "请更正后重新检查。")
        .faults(faults.into_iter().map(fault))
    })
}

pub(super) fn fault(fault: doorstep_forms::Fault) -> Fault {
    let kind: FaultKind = fault.kind;
    Fault {
        file: Some(fault.file).filter(|file| !file.is_empty()),
        pointer: fault.pointer,
        kind: Some(kind.code().to_owned()),
        place: fault.line.map(|line| (line, fault.column)),
        excerpt: fault.excerpt.map(|excerpt| excerpt.with_caret()),
        reason: doorstep_server::language::Said::new(fault.reason_en, fault.reason_zh),
    }
}
