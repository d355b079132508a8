//! `doorstep form check|list`, and the way to the other form commands.

use std::path::Path;

use doorstep_forms::{FaultKind, Form};
use doorstep_server::publish;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::publishing::Publishing;
use serde_json::json;

use super::files::read_package;
use super::{Context, day_and_time};
use super::{form_change, form_test};
use crate::args;
use crate::output::{Failure, Fault, faults_of, table};

pub(super) fn run(command: args::Form, context: &Context) -> Result<(), Failure> {
    match command {
        args::Form::Check { path } => check(&path, context),
        args::Form::Publish(publish) => form_change::publish(&publish, context),
        args::Form::List => list(context),
        args::Form::New { id, kind, out } => super::form_authoring::new(&id, kind, &out, context),
        args::Form::Render { path, out } => super::form_authoring::render(&path, &out, context),
        args::Form::EditorSchemas { out } => super::form_authoring::editor_schemas(&out, context),
        args::Form::Diff { old, new } => form_change::diff(&old, &new, context),
        args::Form::DryRun { path } => form_change::dry_run(&path, None, context),
        args::Form::Test { path, devices, user, acting } => {
            form_test::begin(&path, &devices, user.as_deref(), acting.as_deref(), context)
        }
        args::Form::Close(version) => form_test::open(&version, false, context),
        args::Form::Reopen(version) => form_test::open(&version, true, context),
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

fn list(context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let scope = store.operator_scope();
    let (forms, tests) = (store.form_list(&scope)?, store.test_list(&scope)?);
    let state = |open: bool, test: bool| {
        let (en, zh) = match (test, open) {
            (false, true) => ("open", "可新增"),
            (false, false) => ("closed", "停止新增"),
            (true, true) => ("test version", "测试版"),
            (true, false) => ("test ended", "测试已结束"),
        };
        context.output.one_of(en, zh).to_owned()
    };
    let row = |form: &str, version: u32, state: String, at_ms: i64, hash: &str| {
        vec![form.to_owned(), version.to_string(), state, day_and_time(at_ms), hash.to_owned()]
    };
    let published =
        forms.iter().map(|at| row(&at.form, at.version, state(at.open, false), at.published_ms, &at.hash));
    let tested =
        tests.iter().map(|at| row(&at.form, at.version, state(at.open, true), at.begun_ms, &at.hash));
    let rows: Vec<Vec<String>> = published.chain(tested).collect();
    let heading = context.output.one_of(
        ["form", "version", "state", "published", "hash"],
        ["表单", "版本", "状态", "发布时间", "内容哈希"],
    );
    context.output.result(&json!({ "forms": forms, "tests": tests }), &table(&heading, &rows));
    Ok(())
}

/// Reads and checks a package folder; every fault in one failure.
pub(super) fn sound(path: &Path) -> Result<Form, Failure> {
    let files = read_package(path)?;
    publish::check(files).map_err(|faults| {
        let count = faults.len();
        Failure::new(
            "form_faulty",
            format!("The form package has {}; nothing was published.", faults_of(count)),
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
