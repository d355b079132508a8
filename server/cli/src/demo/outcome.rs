//! What the demo came to, for a person and for a script.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow};
use doorstep_server::language::{Language, Said};
use doorstep_server::reports::{Asked, Comparison, figures as figures_of, table};
use doorstep_server::store::SqliteStore;
use doorstep_server::store::dataset::Datasets;
use serde_json::{Value, json};

use super::chapters::Carried;
use super::host::now_ms;
use super::proxy::ProxyCounts;
use super::survey::Conflicts;
use crate::catalog::report_set;
use crate::output::Output;

/// What the demo came to.
pub struct Outcome {
    /// The figures of the report, counted from approved records.
    pub figures: Figures,
    /// The town's survey.
    pub surveyed: Surveyed,
    /// The chapters of other reports.
    pub chapters: Vec<Carried>,
    /// Approved records by form.
    pub records: BTreeMap<String, u64>,
    /// What the bad network did.
    pub network: ProxyCounts,
    /// How long it all took.
    pub seconds: f64,
}

/// What the town's survey came to.
#[derive(Default)]
pub struct Surveyed {
    /// Different answers seen and settled.
    pub conflicts: Conflicts,
    /// Records sent back and corrected.
    pub corrected: usize,
    /// Pairs of records that were one household registered twice.
    pub merged: usize,
    /// Sample checks that still wait for the supervisor.
    pub waiting: usize,
    /// Bytes and failures of the phones.
    pub traffic: BTreeMap<&'static str, u64>,
}

/// The report as figures and as a table.
pub struct Figures {
    list: Vec<Value>,
    tables: String,
    /// With what is quoted of the same sources.
    compared: Comparison,
}

/// Counts these reports over the dataset, all of them when none is named; each figure over the area it speaks of. When
/// all are counted, a quoted figure that none of them counts is told; else it is none of this demo's.
pub fn figures(store: &SqliteStore, names: &[&str], language: Language) -> Result<Figures> {
    let set = report_set().map_err(|failure| anyhow!("report definitions: {failure:?}"))?;
    let asked = Asked { names, by_figure: true, now_ms: now_ms(), ..Asked::default() };
    let results = set.count_asked(store, &store.operator_scope(), &asked)?;
    let tables =
        results.iter().map(|result| table::render(result, language.tag())).collect::<Vec<_>>().join("\n");
    let list = figures_of(&results, set.quoted(), language.tag());
    let counted: Vec<&str> = list.iter().filter_map(|figure| figure["id"].as_str()).collect();
    let compared = Comparison::of(&results, set.quoted(), |id| names.is_empty() || counted.contains(&id));
    Ok(Figures { compared, list, tables })
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
            "compared": self.figures.compared,
            "conflicts": {"seen": self.surveyed.conflicts.seen, "resolved": self.surveyed.conflicts.resolved},
            "sent_back_and_corrected": self.surveyed.corrected,
            "registered_twice": self.surveyed.merged,
            "records": self.records,
            "waiting": self.surveyed.waiting,
            "chapters": self.chapters.iter().map(|chapter| json!({
                "chapter": chapter.chapter,
                "records": chapter.records,
                "seconds": (chapter.seconds * 10.0).round() / 10.0,
            })).collect::<Vec<_>>(),
            "bytes": self.surveyed.traffic,
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
                self.surveyed.conflicts.seen,
                self.surveyed.conflicts.resolved,
                self.surveyed.corrected,
                self.surveyed.merged,
                self.network.requests,
                self.network.cut_after,
                self.network.bytes_up,
                self.network.bytes_down,
                self.seconds,
            ),
            format!(
                "\n填写不一致 {} 处，已选定 {} 处；退回并更正 {} 份；重复登记已合并 {} 对。\n\
                 网络切断 {cut} 次（共 {} 次请求，{share:.0}%），其中 {} 次在服务器提交之后。上行 {} 字节，下行 {} 字节，用时 {:.0} 秒。",
                self.surveyed.conflicts.seen,
                self.surveyed.conflicts.resolved,
                self.surveyed.corrected,
                self.surveyed.merged,
                self.network.requests,
                self.network.cut_after,
                self.network.bytes_up,
                self.network.bytes_down,
                self.seconds,
            ),
        );
        format!("{}\n{}{said}", self.figures.tables, self.compared(output))
    }

    /// How many of the printed figures came out of the records.
    fn compared(&self, output: Output) -> String {
        let Comparison { owed, reproduced, different, not_counted, contradicted, .. } =
            &self.figures.compared;
        let list = |ids: &[String]| if ids.is_empty() { "-".to_owned() } else { ids.join(", ") };
        output.one_of(
            format!(
                "Printed figures that came out of the records: {reproduced} of {owed} owed. Different: {}. Not counted: {}. \
                 Contradicted by their own source: {}.",
                list(different),
                list(not_counted),
                list(contradicted)
            ),
            format!(
                "由记录算出的报告数字：应有 {owed} 个，一致 {reproduced} 个。不一致：{}。未统计：{}。原文自相矛盾：{}。",
                list(different),
                list(not_counted),
                list(contradicted)
            ),
        )
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
                 diaocha01 to diaocha20 (enumerators)\nIn a browser: {url}/console/ for the office, {url}/ for a phone \
                 (it asks for the code that `doorstep device invite` prints)\nTry, in another terminal:\n{commands}"
            ),
            format!(
                "\n正在 {url} 提供服务，按 Ctrl-C 结束。\n账号（密码 {password}）：chief（管理员）、shenhe（审核员）、\
                 diaocha01 至 diaocha20（调查员）\n浏览器中：审核台 {url}/console/，手机端 {url}/（需输入 `doorstep device invite` 给出的代码）\n\
                 可在另一终端尝试：\n{commands}"
            ),
        )
    }
}
