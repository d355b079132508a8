//! `doorstep mapping list|apply`: texts answered where a list had no code.

use doorstep_server::mapping::{NewMapping, QUEUE_MAX};
use doorstep_server::source::Machine;
use doorstep_server::store::mappings::Mappings;
use serde_json::json;

use super::Context;
use crate::args;
use crate::output::{Failure, table};

pub(super) fn run(command: args::Mapping, context: &Context) -> Result<(), Failure> {
    match command {
        args::Mapping::List { form, acting } => list(form.as_deref(), acting.as_deref(), context),
        args::Mapping::Apply(apply) => map(apply, context),
    }
}

fn list(form: Option<&str>, acting: Option<&str>, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, acting)?;
    let waiting = store.mapping_queue(&scope, form, QUEUE_MAX)?;
    let rows: Vec<Vec<String>> = waiting
        .iter()
        .map(|one| {
            let likely = one.likely.as_ref().map(|likely| {
                let name = context.output.one_of(likely.en.clone(), likely.zh.clone());
                format!("{} {name} (v{})", likely.code, likely.version)
            });
            vec![
                one.record.to_string(),
                format!("{} v{}", one.form, one.version),
                one.area.clone(),
                one.path.clone(),
                one.text.clone(),
                one.by.clone().unwrap_or_default(),
                likely.unwrap_or_default(),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["record", "form", "area", "answer", "text", "by", "code of this name"],
        ["记录", "表单", "区划", "答案", "填写内容", "填报人", "同名选项"],
    );
    context.output.result(&json!({ "waiting": waiting }), &table(&heading, &rows));
    Ok(())
}

fn map(apply: args::MappingApply, context: &Context) -> Result<(), Failure> {
    let records = apply
        .records
        .iter()
        .map(|text| super::known::record_id("--record", text))
        .collect::<Result<_, _>>()?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, apply.acting.as_deref())?;
    let mapping = NewMapping {
        form: apply.form,
        text: apply.text,
        code: apply.code,
        reason: apply.reason,
        records,
        at_ms: context.now_ms(),
    };
    let done = store.mapping_apply(&scope, &mapping, &Machine).map_err(|error| {
        Failure::from(error).at(mapping.text.as_str()).help(
            "See `doorstep mapping list` for what waits, word for word.",
            "请用 doorstep mapping list 查看待对应的文字（须一字不差）。",
        )
    })?;
    context.settle(&store)?;
    let mut text = context.output.one_of(
        format!("{} mapped, waiting for approval; {} not mapped.\n", done.mapped.len(), done.refused.len()),
        format!("已对应 {} 条，待审核；未对应 {} 条。\n", done.mapped.len(), done.refused.len()),
    );
    for refused in &done.refused {
        let why = context.output.one_of(refused.en.as_str(), refused.zh.as_str());
        text.push_str(&format!("{} {why}\n", refused.record));
    }
    context.output.result(&json!(done), &text);
    if done.refused.is_empty() { Ok(()) } else { Err(Failure::silent()) }
}
