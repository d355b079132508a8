//! `doorstep check`.

use doorstep_server::checks::CheckError;
use serde_json::json;

use super::Context;
use crate::args;
use crate::catalog::{check_faults, check_set};
use crate::output::{Failure, table};

/// Runs the checks over several records; their findings become flags of the records.
pub(super) fn run(check: &args::Check, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let now = || doorstep_server::checks::sweep::civil_day(context.now_ms());
    let today = check.today.map_or_else(now, |day| day.to_string());
    let set = check_set()?;
    let flags = set.sweep(&store, &store.operator_scope(), &today).map_err(|error| match error {
        CheckError::Store(error) => Failure::from(error),
        CheckError::Faults(faults) => check_faults(faults),
    })?;
    let message = |key: &str| {
        let check = set.definitions().iter().find(|check| check.key == key);
        check.map_or("", |check| context.output.one_of(check.message.en.as_str(), check.message.zh.as_str()))
    };
    let rows: Vec<Vec<String>> = flags
        .iter()
        .map(|(record, flag)| {
            vec![record.to_string(), flag.key.clone(), flag.path.clone(), message(&flag.key).to_owned()]
        })
        .collect();
    let found: Vec<_> = flags
        .iter()
        .map(|(record, flag)| json!({"record": record, "key": flag.key, "path": flag.path}))
        .collect();
    let heading = context
        .output
        .one_of(["record", "check", "answer", "what is wrong"], ["记录", "核对规则", "答案", "问题"]);
    context
        .output
        .result(&json!({"today": today, "total": found.len(), "found": found}), &table(&heading, &rows));
    Ok(())
}
