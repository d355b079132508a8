//! What the demo came to, for a person and for a script.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use doorstep_server::language::{Language, Said};
use doorstep_server::reports::{Definition, Quoted, ReportSet, figures as figures_of, table};
use doorstep_server::store::SqliteStore;
use doorstep_server::store::dataset::Datasets;
use serde_json::{Value, json};

use super::host::now_ms;
use super::proxy::ProxyCounts;
use super::survey::Conflicts;
use crate::output::Output;

/// What the demo came to.
pub struct Outcome {
    /// The figures of the report, counted from approved records.
    pub figures: Figures,
    /// Different answers seen and settled.
    pub conflicts: Conflicts,
    /// Records sent back and corrected.
    pub corrected: usize,
    /// Pairs of records that were one household registered twice.
    pub merged: usize,
    /// Approved records by form.
    pub records: BTreeMap<String, u64>,
    /// Sample checks that still wait for the supervisor.
    pub waiting: usize,
    /// Bytes and failures of the phones.
    pub traffic: BTreeMap<&'static str, u64>,
    /// What the bad network did.
    pub network: ProxyCounts,
    /// How long it all took.
    pub seconds: f64,
}

/// The report as figures and as a table.
pub struct Figures {
    list: Vec<Value>,
    tables: String,
}

/// Counts every report over the dataset.
pub fn figures(store: &SqliteStore, language: Language) -> Result<Figures> {
    let set = reports()?;
    let results = set.count(store, &store.operator_scope(), &[], now_ms(), false)?;
    let tables =
        results.iter().map(|result| table::render(result, language.tag())).collect::<Vec<_>>().join("\n");
    Ok(Figures { list: figures_of(&results, set.quoted(), language.tag()), tables })
}

fn reports() -> Result<ReportSet> {
    let mut quoted = Quoted::default();
    for figure in doorstep_schemas::quoted() {
        quoted.add(
            &figure.id,
            figure.values.iter().map(String::as_str),
            figure.units.iter().map(String::as_str),
        );
    }
    let definitions = doorstep_schemas::report_definitions();
    let definitions = Definition::read_all(definitions.iter().map(|(id, text)| (id.as_str(), *text)));
    let definitions = definitions.map_err(|faults| anyhow!("report definitions: {faults:?}"))?;
    Ok(ReportSet::new(definitions, quoted))
}

/// Approved records by form.
pub fn counts(store: &SqliteStore) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for (form, _) in doorstep_schemas::forms() {
        let mut count = 0;
        store.dataset_each(&store.operator_scope(), &form, &mut |_| {
            count += 1;
            Ok(())
        })?;
        counts.insert(form, count);
    }
    Ok(counts)
}

impl Outcome {
    /// One JSON object.
    pub fn json(&self) -> Value {
        json!({
            "figures": self.figures.list,
            "conflicts": {"seen": self.conflicts.seen, "resolved": self.conflicts.resolved},
            "sent_back_and_corrected": self.corrected,
            "registered_twice": self.merged,
            "records": self.records,
            "waiting": self.waiting,
            "bytes": self.traffic,
            "network": {
                "requests": self.network.requests,
                "cut_before_commit": self.network.cut_before,
                "cut_after_commit": self.network.cut_after,
                "bytes_up": self.network.bytes_up,
                "bytes_down": self.network.bytes_down,
            },
            "seconds": (self.seconds * 10.0).round() / 10.0,
        })
    }

    /// The report and what lies behind it, as text.
    pub fn text(&self, output: Output) -> String {
        let cut = self.network.cut_before + self.network.cut_after;
        let share = 100.0 * cut as f64 / self.network.requests.max(1) as f64;
        let said = output.one_of(
            format!(
                "\nDifferent answers seen {}, settled {}. Sent back and corrected {}. Registered twice and merged {}.\n\
                 The network cut {cut} of {} requests ({share:.0} %), {} of them after the server's commit. \
                 Bytes up {}, down {}. {:.0} s.",
                self.conflicts.seen,
                self.conflicts.resolved,
                self.corrected,
                self.merged,
                self.network.requests,
                self.network.cut_after,
                self.network.bytes_up,
                self.network.bytes_down,
                self.seconds,
            ),
            format!(
                "\n填写不一致 {} 处，已选定 {} 处；退回并更正 {} 份；重复登记已合并 {} 对。\n\
                 网络切断 {cut} 次（共 {} 次请求，{share:.0}%），其中 {} 次在服务器提交之后。上行 {} 字节，下行 {} 字节，用时 {:.0} 秒。",
                self.conflicts.seen,
                self.conflicts.resolved,
                self.corrected,
                self.merged,
                self.network.requests,
                self.network.cut_after,
                self.network.bytes_up,
                self.network.bytes_down,
                self.seconds,
            ),
        );
        format!("{}{said}", self.figures.tables)
    }

    /// Logins, and commands to try on the data that is there now.
    pub fn next_steps(&self, url: &str, data: &Path, password: &str) -> Said {
        let data = data.display();
        let commands = format!(
            "  doorstep review list --data {data}\n  doorstep report T8b --data {data}\n  \
             doorstep export sample_check --format csv --out checks.csv --data {data}\n  \
             doorstep device invite diaocha01 --data {data}\n  doorstep rebuild --data {data}\n"
        );
        Said::new(
            format!(
                "\nServing on {url}; Ctrl-C ends it.\nLogins (password {password}): chief (admin), shenhe (supervisor), \
                 diaocha01 to diaocha20 (enumerators)\nTry, in another terminal:\n{commands}"
            ),
            format!(
                "\n正在 {url} 提供服务，按 Ctrl-C 结束。\n账号（密码 {password}）：chief（管理员）、shenhe（审核员）、\
                 diaocha01 至 diaocha20（调查员）\n可在另一终端尝试：\n{commands}"
            ),
        )
    }
}
