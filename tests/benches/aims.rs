//! Aims and ratios: how fast Doorstep is against what the machine could do at best, measured in the same run.
//!
//! `cargo xtask bench [--records N] [--large] [--growth] [--edits] [--crowd] [--quiet] [--people] [--json]`. It makes its own data on disk, asserts that everything was
//! acknowledged and arrived, and never fails for being slow. What the numbers mean: docs/performance.md.

#[path = "aims/alone.rs"]
mod alone;
#[path = "aims/bare.rs"]
mod bare;
#[path = "aims/chance.rs"]
mod chance;
#[path = "aims/dry_run.rs"]
mod dry_run;
#[path = "aims/duplicates.rs"]
mod duplicates;
#[path = "aims/growth.rs"]
mod growth;
#[path = "aims/hand.rs"]
mod hand;
#[path = "aims/households.rs"]
mod households;
#[path = "aims/machine.rs"]
mod machine;
#[path = "aims/phone.rs"]
mod phone;
#[path = "aims/plot.rs"]
mod plot;
#[path = "aims/push.rs"]
mod push;
#[path = "aims/reconcile.rs"]
mod reconcile;
#[path = "aims/reports.rs"]
mod reports;
#[path = "aims/server.rs"]
mod server;
#[path = "aims/table.rs"]
mod table;
#[path = "aims/town.rs"]
mod town;
#[path = "aims/wire.rs"]
mod wire;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use server::Server;
use table::Row;
use town::Town;

const USAGE: &str = "\
cargo xtask bench [--records N] [--large] [--growth [--plot FILE.svg]] [--edits] [--crowd] [--quiet] [--people] [--json]
  --records N  households of the town, at least 200 (default 10000; 1000 for a quick look)
  --large      also ten times as many: memory, and a sync with nothing new
  --growth     instead: the same work at 1,000, 10,000 and 100,000 households, and a crowd of 300 devices
  --edits      instead: only the push of edits, and reconciling them
  --crowd      instead: only the server's memory with 50 and 300 devices at once
  --quiet      instead: only a sync with nothing new, at 1,000, 10,000 and 100,000 households
  --people     instead: possible duplicates among a million people
  --plot FILE  the ratios of --growth as a drawing
  --json       one JSON object instead of the table";

/// Timed rounds of every measurement; one more warms up.
const ROUNDS: usize = 3;
/// Devices that sync at once.
const DEVICES: usize = 50;

struct Asked {
    records: usize,
    large: bool,
    growth: bool,
    edits: bool,
    crowd: bool,
    quiet: bool,
    people: bool,
    plot: Option<PathBuf>,
    json: bool,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, folder] = args.as_slice()
        && serve == server::SERVE
    {
        return server::serve(Path::new(folder));
    }
    if let [dry_run, folder] = args.as_slice()
        && dry_run == dry_run::DRY_RUN
    {
        return dry_run::run(Path::new(folder));
    }
    let asked = read(&args)?;
    let folder = tempfile::Builder::new().prefix("doorstep-bench-").tempdir_in(disk()?)?;
    let load = machine::load();
    let start = Instant::now();
    let mut rows = Vec::new();
    let outcome = match &asked {
        Asked { growth: true, .. } => growth::measure(folder.path(), asked.plot.as_ref(), &mut rows),
        Asked { edits: true, .. } => edits(&asked, folder.path(), &mut rows),
        Asked { crowd: true, .. } => crowd(&asked, folder.path(), &mut rows),
        Asked { quiet: true, .. } => growth::quiet(folder.path(), &mut rows),
        Asked { people: true, .. } => people(folder.path(), &mut rows),
        _ => measure(&asked, folder.path(), &mut rows),
    };
    let summary = json!({
        "machine": machine::describe(),
        "records": asked.records,
        "load_before": load,
        "load_after": machine::load(),
        "seconds": start.elapsed().as_secs(),
    });
    if asked.json {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        println!("{}", json!({ "run": summary, "rows": rows }));
    } else {
        println!("{summary}\n\n{}", table::markdown(&rows));
    }
    // What was measured before something failed is printed all the same.
    outcome
}

fn read(args: &[String]) -> Result<Asked> {
    let mut asked = Asked {
        records: 10_000,
        large: false,
        growth: false,
        edits: false,
        crowd: false,
        quiet: false,
        people: false,
        plot: None,
        json: false,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--records" => asked.records = args.next().context(USAGE)?.parse().context(USAGE)?,
            "--large" => asked.large = true,
            "--growth" => asked.growth = true,
            "--edits" => asked.edits = true,
            "--crowd" => asked.crowd = true,
            "--quiet" => asked.quiet = true,
            "--people" => asked.people = true,
            "--plot" => asked.plot = Some(root().join(args.next().context(USAGE)?)),
            "--json" => asked.json = true,
            // What cargo itself says to a bench.
            "--bench" => {}
            _ => bail!("{arg}?\n{USAGE}"),
        }
    }
    ensure!(asked.records >= 200, "{USAGE}");
    Ok(asked)
}

/// The folder of the workspace, from which paths are given; a bench runs in that of its package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder on a disk: the system's temporary folder may live in memory, where fsync costs nothing.
fn disk() -> Result<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

fn measure(asked: &Asked, folder: &Path, rows: &mut Vec<Row>) -> Result<()> {
    let count = asked.records;
    say("one form, one disk");
    rows.push(alone::append(folder)?);
    rows.push(reconcile::validate()?);

    say("a small town, for comparison");
    let mut small = Town::found(&folder.join("small"), villages(count / 10))?;
    small.fill(count / 10)?;
    reconcile::once(&small)?;
    let server = Server::start(&small.folder)?;
    let small_memory = phone::crowd(&small, &server, DEVICES)?;
    drop(server);
    reconcile::rest(&small)?;
    let small_server = Server::start(&small.folder)?;
    let (_, file) = phone::first_sync(&small, &small_server, 0)?;
    let mut little = phone::quiet(&small, &small_server, &file)?;

    say("the town: submissions");
    let mut town = Town::found(&folder.join("town"), villages(count))?;
    let filled = town.fill(count)?;
    rows.push(push::submissions(&filled, average_answers()));

    say("the town: edits and reconciling");
    reconciled(&mut town, ROUNDS, rows)?;
    rows.push(dry_run::row(&town)?);

    say("the town: phones");
    let server = Server::start(&town.folder)?;
    let (first, file) = phone::first_sync(&town, &server, ROUNDS)?;
    rows.extend(first);
    rows.extend(phone::quiet_rows(&mut little, &mut phone::quiet(&town, &server, &file)?)?);
    rows.push(phone::edit_weight(&town, &server, "records begun by others")?);
    rows.push(phone::open_and_search(&town, &file)?);
    rows.push(small_memory);
    // A fresh process: the most memory it ever had is that of the crowd.
    drop(server);
    let server = Server::start(&town.folder)?;
    rows.push(phone::crowd(&town, &server, DEVICES)?);
    rows.push(alone::single_submissions(&town, &server, 16, (count / 50).min(100))?);
    drop(server);
    if !asked.large {
        rows.push(counted(&town)?);
    }

    let twice = phone_of(&folder.join("twice"), 2 * count)?;
    rows.push(twice);
    if asked.large {
        large(folder, 10 * count, &mut little, rows)?;
        people(folder, rows)?;
    }
    Ok(())
}

fn edits(asked: &Asked, folder: &Path, rows: &mut Vec<Row>) -> Result<()> {
    let mut town = Town::found(&folder.join("town"), villages(asked.records))?;
    town.fill(asked.records)?;
    reconciled(&mut town, ROUNDS, rows)
}

fn crowd(asked: &Asked, folder: &Path, rows: &mut Vec<Row>) -> Result<()> {
    let mut town = Town::found(&folder.join("town"), villages(asked.records))?;
    town.fill(asked.records)?;
    reconcile::once(&town)?;
    growth::crowds(&town, rows)
}

fn people(folder: &Path, rows: &mut Vec<Row>) -> Result<()> {
    say("a million people");
    rows.push(duplicates::row(&folder.join("people"))?);
    Ok(())
}

fn reconciled(town: &mut Town, rounds: usize, rows: &mut Vec<Row>) -> Result<()> {
    let count = town.households.len();
    let (mut ours, mut bare_times): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    reconcile::once(town)?;
    let edits = push::edits(town, rounds, |town| {
        ours.push(reconcile::once(town)?);
        bare_times.push(reconcile::primitive(town, ours.len())?);
        Ok(())
    })?;
    rows.push(edits);
    rows.push(reconcile::row(count, &ours[1..], &bare_times[1..]));
    Ok(())
}

/// Reports over the town; with `--large` over the larger one instead.
fn counted(town: &Town) -> Result<Row> {
    say("reports");
    reconcile::rest(town)?;
    reports::approve(town)?;
    reports::row(town, ROUNDS)
}

/// The phone that holds twice as many households.
fn phone_of(folder: &Path, count: usize) -> Result<Row> {
    say("twice the town on one phone");
    let mut town = Town::found(folder, villages(count))?;
    town.fill(count)?;
    reconcile::once(&town)?;
    let server = Server::start(&town.folder)?;
    let (_, file) = phone::first_sync(&town, &server, 0)?;
    phone::open_and_search(&town, &file)
}

/// Ten times the town.
fn large(folder: &Path, count: usize, little: &mut phone::Quiet, rows: &mut Vec<Row>) -> Result<()> {
    say("ten times the town");
    let mut town = Town::found(&folder.join("large"), villages(count))?;
    town.fill(count)?;
    reconcile::once(&town)?;
    rows.push(dry_run::row(&town)?);
    let server = Server::start(&town.folder)?;
    let (_, file) = phone::first_sync(&town, &server, 0)?;
    rows.extend(phone::quiet_rows(little, &mut phone::quiet(&town, &server, &file)?)?);
    drop(server);
    let server = Server::start(&town.folder)?;
    rows.push(phone::crowd(&town, &server, DEVICES)?);
    drop(server);
    rows.push(counted(&town)?);
    Ok(())
}

/// Villages of 500 households, twenty at most.
fn villages(count: usize) -> usize {
    (count / 500).clamp(1, 20)
}

fn average_answers() -> usize {
    (0..10).map(|number| households::household(number, households::members_of(number)).len()).sum::<usize>()
        / 10
}

fn say(what: &str) {
    eprintln!("{what}...");
}
