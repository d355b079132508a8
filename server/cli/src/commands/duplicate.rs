//! `doorstep duplicate list|merge|unmerge|dismiss`: the same household registered twice.

use doorstep_records::RecordId;
use doorstep_server::duplicates::block::Basis;
use doorstep_server::duplicates::model::{Crowd, Pair, PairKind, PairState};
use doorstep_server::review::model::PAGE_RECORDS_MAX;
use doorstep_server::store::duplicates::Duplicates;
use doorstep_server::store::{Scope, SqliteStore};
use serde_json::json;

use super::{Context, known};
use crate::args;
use crate::output::{Failure, table};

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
    let state = PairState::from_name(state).ok_or_else(|| {
        Failure::new("bad_state", format!("`{state}` is no state."), format!("没有状态“{state}”。"))
            .at("--state")
            .help("Use open, merged or dismissed.", "可用 open、merged 或 dismissed。")
    })?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, acting)?;
    let mut pairs = Vec::new();
    loop {
        let after = pairs.last().map(|pair: &Pair| (pair.a, pair.b));
        let page = store.duplicate_page(&scope, state, after, PAGE_RECORDS_MAX)?;
        if page.is_empty() {
            break;
        }
        pairs.extend(page);
    }
    let crowds = store.duplicate_crowds(&scope)?;
    let rows: Vec<Vec<String>> = pairs.iter().map(|pair| row(pair, context)).collect();
    let heading = context.output.one_of(
        ["older", "younger", "names", "kind", "evidence"],
        ["先登记", "后登记", "户主", "类别", "依据"],
    );
    let mut text = table(&heading, &rows);
    for crowd in &crowds {
        text.push_str(&said(crowd, context));
    }
    context.output.result(&json!({ "pairs": pairs, "crowds": crowds }), &text);
    Ok(())
}

fn row(pair: &Pair, context: &Context) -> Vec<String> {
    let kind = match pair.kind {
        PairKind::Certain => context.output.one_of("certain", "确定"),
        PairKind::Candidate => context.output.one_of("candidate", "疑似"),
        PairKind::Told => context.output.one_of("told", "人工指定"),
    };
    let evidence = pair.evidence.iter().map(|found| {
        let reasons: Vec<&str> = found
            .reasons
            .iter()
            .map(|reason| context.output.one_of(reason.en.as_str(), reason.zh.as_str()))
            .collect();
        reasons.join(context.output.one_of(", ", "、"))
    });
    vec![
        pair.a.to_string(),
        pair.b.to_string(),
        format!("{} / {}", pair.labels.0, pair.labels.1),
        kind.to_owned(),
        evidence.collect::<Vec<_>>().join("; "),
    ]
}

/// What was not compared is said, never left out in silence.
fn said(crowd: &Crowd, context: &Context) -> String {
    let (en, zh) = match crowd.basis {
        Basis::NameBirth => ("the date of birth", "出生日期"),
        Basis::NamePlace | Basis::Number => ("the village", "村"),
    };
    let Crowd { name, people, compared, .. } = crowd;
    context.output.one_of(
        format!(
            "{people} people share the sound of \"{name}\" and {en}: each was compared with the first {compared} only.\n"
        ),
        format!("有 {people} 人与“{name}”同音且{zh}相同：每人只与最早的 {compared} 人比对。\n"),
    )
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
