//! Reports over the approved dataset: every household is looked at once for all of them.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use doorstep_protocol::{ObjectId, UserId};
use doorstep_server::accounts::model::NewUser;
use doorstep_server::accounts::role::Role;
use doorstep_server::reports::{Asked, Definition, Quoted, ReportResult, ReportSet};
use doorstep_server::review::model::NewReview;
use doorstep_server::review::rule::Decision;
use doorstep_server::source::{Clock, Machine};
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_server::store::sqlite::DATABASE_FILE;

use crate::chance::{Chance, spread};
use crate::reconcile;
use crate::table::{Row, median, ratio, whole};
use crate::town::{FORM, Town};

const SUPERVISOR: &str = "supervisor";
/// Decisions at once: those that wait together share a commit.
const REVIEWERS: usize = 16;

/// Approves every household of a town, as a supervisor does.
pub(crate) fn approve(town: &Town) -> Result<()> {
    let now_ms = Machine.now_ms();
    let new = NewUser {
        id: UserId::mint(u64::try_from(now_ms)?, Chance::new(0xA11).bytes()),
        name: SUPERVISOR.to_owned(),
        role: Role::Supervisor,
        areas: vec!["9901".to_owned()],
        password_phc: "no password has this hash".to_owned(),
        at_ms: now_ms,
    };
    town.store.user_add(&town.store.operator_scope(), &new)?;
    let scope = town.store.scope_of(SUPERVISOR, now_ms)?;
    let parts = town.households.chunks(town.households.len().div_ceil(REVIEWERS)).collect();
    spread(parts, REVIEWERS, |households| {
        households.iter().try_for_each(|household| {
            let shown = town.store.record_get(&scope, household.id, &At::ToReview)?;
            let mut chance = Chance::new(0xA12 ^ household.number as u64);
            let review = NewReview {
                id: ObjectId::mint(u64::try_from(Machine.now_ms())?, chance.bytes()),
                decision: Decision::Approve,
                heads: shown.heads,
                note: None,
                comments: Vec::new(),
                waivers: Vec::new(),
                at_ms: Machine.now_ms(),
            };
            match town.store.review_decide(&scope, household.id, &review)? {
                Decided::Taken(_) => Ok(()),
                Decided::Refused(refused) => bail!("household {}: {:?}", household.number, refused.refusal),
            }
        })
    })?;
    reconcile::rest(town)?;
    Ok(())
}

/// All reports that count households, against reading the same rows and nothing else.
pub(crate) fn row(town: &Town, rounds: usize) -> Result<Row> {
    let count = town.households.len();
    let set = household_reports()?;
    let (mut ours, mut scans) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..=rounds {
        ours.push(counted(town, &set, count)?);
        let (time, read) = scan(town, count)?;
        scans.push(time);
        bytes = read;
    }
    let (ours, bare) = (median(&ours[1..]), median(&scans[1..]));
    let figures: usize = set.definitions().iter().map(|report| report.rows.len()).sum();
    let mut row = Row::new(
        format!(
            "reports over {} households ({figures} rows, {} reports)",
            whole(count as f64),
            set.definitions().len()
        ),
        "-",
        format!("{:.2} s", ours.as_secs_f64()),
    )
    .against(
        format!(
            "{:.2} s: one SQLite scan of the same rows, {:.0} MB",
            bare.as_secs_f64(),
            bytes as f64 / 1e6
        ),
        ratio(ours, bare),
        f64::MAX,
    );
    row.met = None;
    Ok(row)
}

/// The program's reports that count nothing but households.
fn household_reports() -> Result<ReportSet> {
    let definitions = doorstep_schemas::report_definitions();
    let definitions = Definition::read_all(definitions.iter().map(|(id, text)| (id.as_str(), *text)));
    let mut definitions = definitions.map_err(|faults| anyhow!("report definitions: {faults:?}"))?;
    definitions.retain(|report| report.sources.values().all(|source| source.form == FORM));
    ensure!(!definitions.is_empty(), "no report counts households");
    Ok(ReportSet::new(definitions, Quoted::default()))
}

fn counted(town: &Town, set: &ReportSet, count: usize) -> Result<Duration> {
    let asked = Asked { now_ms: Machine.now_ms(), ..Asked::default() };
    let start = Instant::now();
    let results = set.count_asked(town.store.as_ref(), &town.store.operator_scope(), &asked)?;
    let time = start.elapsed();
    // Every synthetic household is poor: each is counted once.
    let most = results.iter().map(|result: &ReportResult| result.records).max();
    ensure!(most == Some(count as u64), "{most:?} of {count} households are counted");
    Ok(time)
}

fn scan(town: &Town, count: usize) -> Result<(Duration, usize)> {
    let database = rusqlite::Connection::open(town.folder.join(DATABASE_FILE))?;
    let start = Instant::now();
    let mut statement = database.prepare("SELECT row FROM dataset WHERE form = ?1")?;
    let mut rows = statement.query([FORM])?;
    let (mut read, mut bytes) = (0, 0);
    while let Some(row) = rows.next()? {
        read += 1;
        bytes += row.get_ref(0)?.as_str()?.len();
    }
    ensure!(read == count, "{read} of {count} households are in the dataset");
    Ok((start.elapsed(), bytes))
}
