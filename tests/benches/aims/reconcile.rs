//! Reconciling: read, project, validate, flag, write.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use doorstep_forms::{Answers, Context};
use doorstep_server::source::{Clock, Machine};
use doorstep_server::store::operations::Operations;
use doorstep_server::store::reconciles::Reconciles;
use serde_json::Value as Json;

use crate::bare;
use crate::chance::spread;
use crate::households::household;
use crate::machine::cores;
use crate::table::{Row, median, ms, ratio, whole};
use crate::town::{Town, form, form_files};

/// Records of a transaction.
const BATCH: usize = 100;
/// Records a running server takes at a time.
const AT_A_TIME: usize = 500;

/// Reconciles everything that waits; all records must.
pub(crate) fn once(town: &Town) -> Result<Duration> {
    let waiting = town.store.health()?.dirty;
    ensure!(waiting == town.households.len() as u64, "{waiting} records wait");
    rest(town)
}

/// Reconciles whatever waits.
pub(crate) fn rest(town: &Town) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let done = town.store.reconcile_pending(AT_A_TIME, Machine.now_ms(), &Machine)?;
        if done.written + done.touched == 0 {
            break;
        }
    }
    let time = start.elapsed();
    ensure!(town.store.health()?.dirty == 0, "records still wait");
    Ok(time)
}

/// The same by automerge, `jsonschema` and SQLite alone.
pub(crate) fn primitive(town: &Town, round: usize) -> Result<Duration> {
    let validator = validator()?;
    let scratch = bare::database(&town.folder.join(format!("bare-reconcile-{round}.sqlite")))?;
    let start = Instant::now();
    for batch in town.households.chunks(BATCH) {
        let rows = spread(batch.chunks(batch.len().div_ceil(cores())).collect(), cores(), |part| {
            part.iter()
                .map(|household| {
                    let tree = bare::tree(&household.saved)?;
                    ensure!(validator.is_valid(&tree), "a household that the schema refuses");
                    Ok(serde_json::to_vec(&tree)?)
                })
                .collect::<Result<Vec<_>>>()
        })?;
        bare::commit(&scratch, rows.iter().flatten().map(Vec::as_slice))?;
    }
    Ok(start.elapsed())
}

pub(crate) fn row(count: usize, ours: &[Duration], bare_times: &[Duration]) -> Row {
    let (ours, bare_time) = (median(ours), median(bare_times));
    let each = |time: Duration| ms(time) / count as f64;
    Row::new(
        format!("reconcile: project, validate, flag, write; {} records", whole(count as f64)),
        "<= 2 x primitive",
        format!("{:.3} ms a record, {} records/s", each(ours), whole(count as f64 / ours.as_secs_f64())),
    )
    .against(
        format!("{:.3} ms: load, hydrate, bare jsonschema, one row, on all cores", each(bare_time)),
        ratio(ours, bare_time),
        2.0,
    )
}

/// Checking and completing one household of ten.
pub(crate) fn validate() -> Result<Row> {
    let form = form()?;
    let validator = validator()?;
    let answers: Answers = household(4, 10).into_iter().collect();
    let outcome = form.evaluate(&answers, &Context::FULL);
    ensure!(!outcome.has_errors(), "{:?}", outcome.violations);
    let tree = bare::nest(&answers.iter().map(|(path, value)| (path.clone(), value.clone())).collect());
    let ours = each(|| {
        std::hint::black_box(form.evaluate(&answers, &Context::FULL));
    });
    let bare_time = each(|| {
        std::hint::black_box(validator.is_valid(&tree));
    });
    Ok(Row::new(
        format!("validate and calculate a household of 10 ({} answers), one core", answers.len()),
        "<= 1 ms",
        format!("{:.3} ms", ms(ours)),
    )
    .against(
        format!("{:.3} ms: bare jsonschema on the nested answers", ms(bare_time)),
        ratio(ours, bare_time),
        f64::MAX,
    )
    .met(ms(ours) <= 1.0))
}

/// The median of five rounds of two hundred, after a warm-up.
fn each(mut work: impl FnMut()) -> Duration {
    let mut round = || {
        let start = Instant::now();
        (0..200).for_each(|_| work());
        start.elapsed() / 200
    };
    round();
    let times: Vec<Duration> = (0..5).map(|_| round()).collect();
    median(&times)
}

/// The form's schema as a bare `jsonschema` validator.
pub(crate) fn validator() -> Result<jsonschema::Validator> {
    let files: BTreeMap<String, Vec<u8>> = form_files()?;
    let schema = files.get("schema.json").ok_or_else(|| anyhow!("no schema"))?;
    let schema: Json = serde_json::from_slice(schema)?;
    jsonschema::options().should_validate_formats(true).build(&schema).map_err(|error| anyhow!("{error}"))
}
