//! Trying a form version with a changed rule (class C) on every stored record, in a process of its own: its memory is its
//! own.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use doorstep_forms::{Form, FormPackage};
use doorstep_server::publish::service::impact;
use doorstep_server::source::{Clock, Machine};
use doorstep_server::store::SqliteStore;
use serde_json::{Value as Json, json};

use crate::bare;
use crate::chance::spread;
use crate::machine::{self, cores};
use crate::reconcile::validator;
use crate::table::{Row, ms, rate, ratio, whole};
use crate::town::{Town, form_files};

/// The word that makes this program a dry run instead of a bench.
pub(crate) const DRY_RUN: &str = "--dry-run";

/// The register with one more rule, which about half of the households break.
fn stricter() -> Result<Form> {
    let mut files = form_files()?;
    let mut edit = |name: &str, change: &dyn Fn(&mut Json)| -> Result<()> {
        let bytes = files.get(name).ok_or_else(|| anyhow!("{name} is gone"))?;
        let mut json: Json = serde_json::from_slice(bytes)?;
        change(&mut json);
        files.insert(name.to_owned(), json.to_string().into_bytes());
        Ok(())
    };
    edit("form.json", &|form| form["version"] = json!(2))?;
    edit("i18n/en.json", &|texts| texts["few_sheep.error"] = json!("More sheep than the bench expects"))?;
    edit("schema.json", &|schema| {
        if schema.get("x-constraints").is_none() {
            schema["x-constraints"] = json!([]);
        }
        if let Some(rules) = schema["x-constraints"].as_array_mut() {
            rules.push(json!({"key": "few_sheep", "severity": "error", "location": ["/sheep_n"],
                "human": "羊的数量超出测速的预期", "expression": "doc.sheep_n < 5"}));
        }
    })?;
    let package = FormPackage::from_files(files).map_err(|faults| anyhow!("{faults:?}"))?;
    Form::compile(package).map_err(|faults| anyhow!("{faults:?}"))
}

/// The dry run itself; prints what it found, how long it took and the most memory it had.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let store = SqliteStore::open(folder, &Machine, Machine.now_ms())?;
    let form = stricter()?;
    let start = Instant::now();
    let found = impact(&store, &store.operator_scope(), &form, true, &|| false)?;
    let seconds = start.elapsed().as_secs_f64();
    let run = found.dry_run.context("nothing was tried")?;
    let peak = machine::resident_mib(std::process::id()).map(|(_, peak)| peak);
    println!(
        "{}",
        json!({ "class": found.class, "records": run.records, "invalid": run.invalid, "seconds": seconds, "peak": peak })
    );
    Ok(())
}

pub(crate) fn row(town: &Town) -> Result<Row> {
    let ran = Command::new(std::env::current_exe()?).arg(DRY_RUN).arg(&town.folder).output()?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Json = serde_json::from_slice(&ran.stdout)?;
    let count = town.households.len();
    ensure!(told["class"] == "C" && told["records"] == json!(count), "{told}");
    ensure!(
        told["invalid"].as_u64().is_some_and(|invalid| invalid > 0),
        "the rule is broken by nobody: {told}"
    );
    let time = Duration::from_secs_f64(told["seconds"].as_f64().context("no time")?);
    let bare_time = primitive(town)?;
    let peak = told["peak"].as_f64().map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.0} MB"));
    Ok(Row::new(
        format!("dry run of a changed rule (class C) over {} records", whole(count as f64)),
        "<= 150 MB, flat in records",
        format!("{} records/s ({:.1} s), {peak} at most", whole(rate(count, time)), time.as_secs_f64()),
    )
    .against(
        format!("{:.3} ms: load, hydrate, bare jsonschema, on all cores", ms(bare_time) / count as f64),
        ratio(time, bare_time),
        f64::MAX,
    )
    .met(told["peak"].as_f64().is_some_and(|mib| mib <= 150.0)))
}

/// The least that anybody must do: open each record and look at its structure.
fn primitive(town: &Town) -> Result<Duration> {
    let validator = validator()?;
    let start = Instant::now();
    let parts = town.households.chunks(town.households.len().div_ceil(cores()).max(1)).collect();
    spread(parts, cores(), |part| {
        part.iter().try_for_each(|household| {
            let tree = bare::tree(&household.saved)?;
            ensure!(validator.is_valid(&tree), "a household that the schema refuses");
            Ok(())
        })
    })?;
    Ok(start.elapsed())
}
