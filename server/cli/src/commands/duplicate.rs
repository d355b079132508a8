//! `doorstep duplicate list|merge|unmerge|dismiss`: the same household registered twice.

use doorstep_records::RecordId;
use doorstep_server::duplicates::model::PairState;
use doorstep_server::store::duplicates::Duplicates;
use doorstep_server::store::{Scope, SqliteStore};
use serde_json::json;

use super::{Context, known};
use crate::args;
use crate::output::{Failure, table};

/// Pairs listed at once.
const PAIRS_MAX: u32 = 500;

pub(super) fn run(command: args::Duplicate, context: &Context) -> Result<(), Failure> {
    match command {
        args::Duplicate::List { state, acting } => list(&state, acting.as_deref(), context),
        args::Duplicate::Merge(two) => {
            let (store, scope, [one, other]) = both(&two, context)?;
            let canonical = store.duplicate_merge(&scope, one, other, context.now_ms())?;
            context.settle(&store)?;
            let text = context.output.one_of(
                format!("{canonical} stands for both now.\n"),
                format!("现由 {canonical} 代表两份登记。\n"),
            );
            context.output.result(&json!({ "canonical": canonical }), &text);
            Ok(())
        }
        args::Duplicate::Unmerge { record, acting } => {
            let alias = known::record_id("RECORD", &record)?;
            let store = context.settled_store()?;
            let scope = context.acting(&store, acting.as_deref())?;
            exists(&store, &scope, &[alias])?;
            let canonical = store.duplicate_unmerge(&scope, alias, context.now_ms())?;
            context.settle(&store)?;
            let text = context.output.one_of(
                format!("{alias} stands for itself again, beside {canonical}.\n"),
                format!("{alias} 已恢复为独立登记，与 {canonical} 并存。\n"),
            );
            context.output.result(&json!({ "canonical": canonical, "record": alias }), &text);
            Ok(())
        }
        args::Duplicate::Dismiss(two) => {
            let (store, scope, [one, other]) = both(&two, context)?;
            store.duplicate_dismiss(&scope, one, other, context.now_ms())?;
            context.settle(&store)?;
            let text = context.output.one_of("They stay two.\n", "两份登记保持独立。\n");
            context.output.result(&json!({ "a": one, "b": other }), text);
            Ok(())
        }
    }
}

fn list(state: &str, acting: Option<&str>, context: &Context) -> Result<(), Failure> {
    let known: Vec<&str> = PairState::ALL.iter().map(|state| state.name()).collect();
    let asked = PairState::from_name(state).ok_or_else(|| {
        Failure::new("bad_word", format!("`{state}` is not known."), format!("“{state}”无效。"))
            .at("--state")
            .help(format!("Use one of {}.", known.join(", ")), format!("可用：{}。", known.join("、")))
    })?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, acting)?;
    let pairs = store.duplicate_list(&scope, asked, PAIRS_MAX)?;
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .map(|pair| {
            let shared: Vec<String> = pair.shared.iter().map(|(a, b)| format!("{a} = {b}")).collect();
            vec![pair.a.to_string(), pair.b.to_string(), shared.join(", ")]
        })
        .collect();
    let heading = context.output.one_of(
        ["older record", "younger record", "the same number"],
        ["较早的记录", "较晚的记录", "证件号码相同处"],
    );
    context.output.result(&json!({ "pairs": pairs }), &table(&heading, &rows));
    Ok(())
}

fn both(two: &args::TwoRecords, context: &Context) -> Result<(SqliteStore, Scope, [RecordId; 2]), Failure> {
    let records = [known::record_id("ONE", &two.one)?, known::record_id("OTHER", &two.other)?];
    let store = context.settled_store()?;
    let scope = context.acting(&store, two.acting.as_deref())?;
    exists(&store, &scope, &records)?;
    Ok((store, scope, records))
}

fn exists(store: &SqliteStore, scope: &Scope, records: &[RecordId]) -> Result<(), Failure> {
    match known::missing_record(store, scope, records)? {
        Some(missing) => Err(known::no_record(missing.to_string())),
        None => Ok(()),
    }
}
