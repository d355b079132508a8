//! `doorstep household split|move-member`: members who leave a household.

use std::collections::BTreeMap;

use doorstep_records::{RecordId, RowId};
use doorstep_server::households::{Destination, NewMove, rows_of};
use doorstep_server::source::Machine;
use doorstep_server::store::StoreError;
use doorstep_server::store::households::Households;
use serde_json::json;

use super::{Context, known};
use crate::args;
use crate::output::Failure;

pub(super) fn run(command: args::Household, context: &Context) -> Result<(), Failure> {
    match command {
        args::Household::Split(split) => {
            let to = Destination::Begins(split.area.clone());
            moved(&split.movers, to, None, split.area.as_deref(), context)
        }
        args::Household::MoveMember(moving) => {
            let to = Destination::Household(known::record_id("--to", &moving.to)?);
            moved(&moving.movers, to, Some(moving.state), None, context)
        }
    }
}

fn moved(
    movers: &args::Movers,
    to: Destination,
    state: Option<String>,
    area: Option<&str>,
    context: &Context,
) -> Result<(), Failure> {
    let from = known::record_id("RECORD", &movers.record)?;
    let rows = rows(&movers.rows)?;
    let relations = relations(&movers.relations)?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, movers.acting.as_deref())?;
    known::area_asked(&store, &scope, area)?;
    let named: Vec<RecordId> = match &to {
        Destination::Household(to) => vec![from, *to],
        Destination::Begins(_) => vec![from],
    };
    if let Some(missing) = known::missing_record(&store, &scope, &named)? {
        return Err(known::no_record(missing.to_string()));
    }
    let (on, reason, at_ms) = (movers.on.clone(), movers.reason.clone(), context.now_ms());
    let new = NewMove { from, to, rows, on, state, relations, reason, at_ms };
    let done = store.members_move(&scope, &new, &Machine).map_err(|error| match error {
        StoreError::Refused(..) => Failure::from(error).at(movers.record.as_str()).help(
            "See `doorstep record history RECORD` for the rows of its members, and `doorstep review list` for what waits.",
            "成员的行号见 doorstep record history 记录编号，待审核的记录见 doorstep review list。",
        ),
        error => Failure::from(error),
    })?;
    context.settle(&store)?;
    let text = match done.approved {
        true => context
            .output
            .one_of(format!("The members are in {} now.\n", done.to), format!("成员现已在 {}。\n", done.to)),
        false => context.output.one_of(
            format!("Written to {}; both records wait for review.\n", done.to),
            format!("已写入 {}；两份记录均待审核。\n", done.to),
        ),
    };
    context.output.result(&json!(done), &text);
    Ok(())
}

fn rows(texts: &[String]) -> Result<Vec<RowId>, Failure> {
    rows_of(texts.iter().map(String::as_str)).map_err(|text| no_row("--rows", &text))
}

fn relations(texts: &[String]) -> Result<BTreeMap<RowId, String>, Failure> {
    texts
        .iter()
        .map(|text| {
            let (row, code) = text.split_once('=').ok_or_else(|| no_row("--relation", text))?;
            let row = row.trim().parse().map_err(|_| no_row("--relation", text))?;
            Ok((row, code.trim().to_owned()))
        })
        .collect()
}

fn no_row(option: &str, text: &str) -> Failure {
    Failure::new("bad_row", format!("`{text}` names no row."), format!("“{text}”不是行号。")).at(option).help(
        "A row is the id after `members/`; `doorstep record history RECORD` shows them.",
        "行号是 members/ 之后的编号，见 doorstep record history 记录编号。",
    )
}
