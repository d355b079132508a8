//! `doorstep rebuild`.

use doorstep_server::store::dataset::Datasets;
use doorstep_server::store::operations::Operations;
use serde_json::json;

use super::Context;
use crate::output::Failure;

/// Drops everything derived and makes it again from the log; says whether the dataset came out the same.
pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let (before, _) = store.dataset_digest()?;
    let entries = store.rebuild()?;
    context.settle(&store)?;
    let (after, rows) = store.dataset_digest()?;
    let digest: String = after.iter().map(|byte| format!("{byte:02x}")).collect();
    if before != after {
        return Err(Failure::new(
            "dataset_differs",
            format!("The rebuilt dataset ({rows} rows) is not the one that stood there before."),
            format!("重建后的数据集（{rows} 行）与之前不一致。"),
        )
        .at(context.data.display().to_string())
        .help(
            "Keep a copy of the data folder and report this: the log is intact, what was derived from it was not.",
            "请保留数据目录副本并报告此问题：日志完好，之前的派生数据有误。",
        ));
    }
    let text = context.output.one_of(
        format!("{entries} log entries replayed; the dataset of {rows} rows is the same, {digest}."),
        format!("已重放 {entries} 条日志；数据集 {rows} 行，内容一致，{digest}。"),
    );
    let result = json!({ "entries": entries, "rows": rows, "dataset_sha256": digest, "identical": true });
    context.output.result(&result, &text);
    Ok(())
}
