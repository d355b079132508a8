//! `doorstep quarantine list|retry`: what is kept and not applied.

use doorstep_server::quarantine::{AsideFilter, AsideItem, ITEMS_MAX};
use doorstep_server::store::quarantine::Quarantine;
use serde_json::json;

use super::known::record_id;
use super::{Context, day_and_time};
use crate::args;
use crate::output::{Failure, table};

pub(super) fn run(command: args::Quarantine, context: &Context) -> Result<(), Failure> {
    match command {
        args::Quarantine::List { record, reason, acting } => {
            let record = record.as_deref().map(|text| record_id("--record", text)).transpose()?;
            list(&AsideFilter { record, reason }, acting.as_deref(), context)
        }
        args::Quarantine::Retry { records, acting } => retry(&records, acting.as_deref(), context),
    }
}

fn list(filter: &AsideFilter, acting: Option<&str>, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, acting)?;
    let items = store.quarantine_list(&scope, filter, ITEMS_MAX)?;
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            vec![
                item.record.to_string(),
                item.form.clone().unwrap_or_default(),
                item.area.clone().unwrap_or_default(),
                item.kind.clone(),
                item.reason.clone(),
                item.by.clone(),
                day_and_time(item.at_ms),
                says(item),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["record", "form", "area", "kind", "reason", "by", "received", "says"],
        ["记录", "表单", "区划", "类别", "原因", "填报人", "收到时间", "内容"],
    );
    context.output.result(&json!({ "items": items }), &table(&heading, &rows));
    Ok(())
}

fn says(item: &AsideItem) -> String {
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let said: Vec<String> =
        item.says.iter().map(|(path, value)| format!("{path}={}", plain(value))).collect();
    said.join(" ")
}

fn retry(records: &[String], acting: Option<&str>, context: &Context) -> Result<(), Failure> {
    let records = records.iter().map(|text| record_id("RECORD", text)).collect::<Result<Vec<_>, _>>()?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, acting)?;
    let retried = store.quarantine_retry(&scope, &records, context.now_ms()).map_err(|error| {
        Failure::from(error).help(
            "See `doorstep quarantine list` for what is set aside.",
            "请用 doorstep quarantine list 查看待核查的内容。",
        )
    })?;
    context.settle(&store)?;
    let mut text = String::new();
    for one in &retried {
        let (kept, reasons) = (one.quarantined.len(), one.quarantined.join(" "));
        text.push_str(&context.output.one_of(
            format!(
                "{}: {} taken, {} waiting, {kept} still set aside {reasons}",
                one.record, one.accepted, one.waiting
            ),
            format!("{}：接受 {}，等待 {}，仍待核查 {kept} {reasons}", one.record, one.accepted, one.waiting),
        ));
        text = text.trim_end().to_owned() + "\n";
    }
    context.output.result(&json!({ "records": retried }), &text);
    if retried.iter().all(|one| one.quarantined.is_empty()) { Ok(()) } else { Err(Failure::silent()) }
}
