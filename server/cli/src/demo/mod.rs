//! `doorstep demo`: the survey of a town, end to end, with real phones, a real server and a bad network.
//!
//! 1. The county's ledger is imported, forms are published, twenty phones are enrolled.
//! 2. Offline: households found beside the ledger are registered, sample checks are filled, thirty of them on two phones.
//! 3. Everybody synchronises through a network that cuts requests; the supervisor reviews, merges what was registered
//!    twice and sends some back; they are corrected.
//! 4. The report is counted from the approved records.
//!
//! With `--all-reports` the places of the other source reports follow, chapter by chapter.

pub mod answers;
pub mod chapters;
pub mod crew;
pub mod deal;
pub mod host;
pub mod ledger;
pub mod office;
pub mod outcome;
pub mod people;
pub mod proxy;
pub mod seed;
pub mod stage;
pub mod survey;
pub mod town;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use doorstep_server::accounts::role::Role;
use doorstep_server::import::households::{ImportOptions, import};
use doorstep_server::source::Machine;
use doorstep_server::store::accounts::Accounts;

use crate::commands::Context;
use crate::output::Failure;
use chapters::{Carried, Chapter, Way};
use host::{Host, now_ms, password_hash};
use office::Office;
use outcome::{Outcome, Surveyed};
use proxy::FaultProxy;
use stage::Stage;
use survey::{Crew, Script};
use town::{Plan, Town};

/// Of every so many requests two are cut, one of them after the server's commit: a little more than a fifth.
const REQUESTS_PER_TWO_CUTS: u64 = 9;
/// One town for everybody: the demo's chance is the same each time.
const SEED: u64 = 8;
/// Password of every demo account; the demo serves the loopback only.
const PASSWORD: &str = "demo-2014";
const SUPERVISOR: &str = "shenhe";
const CHIEF: &str = "chief";

/// Options of `doorstep demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Print the result and end instead of going on serving
    #[arg(long)]
    pub once: bool,
    /// The loopback address to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// After the town, carry the records of every other report through the same way
    #[arg(long)]
    pub all_reports: bool,
    /// Only the places and records of this report, without the town's survey. May be given several times
    #[arg(long = "chapter", value_name = "NAME", conflicts_with = "all_reports")]
    pub chapters: Vec<String>,
}

/// Runs the demo.
pub fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(
            "not_loopback",
            "The demo's passwords are known to everybody: it serves this machine only.",
            "演示账号的密码是公开的，只能在本机提供服务。",
        )
        .at(format!("--listen {}", args.listen)));
    }
    let chosen = chosen(args)?;
    let folder = folder(context)?;
    let told = |error: anyhow::Error| {
        Failure::new(
            "demo_failed",
            format!("The demo did not come to its end: {error:#}."),
            format!("演示未能完成：{error:#}。"),
        )
        .at(folder.path().display().to_string())
    };
    let (host, outcome) = play(args, &chosen, context, folder.path()).map_err(told)?;
    context.output.result(&outcome.json(), &outcome.text(context.output));
    if !args.once {
        context.output.remark(&outcome.next_steps(&host.url(), folder.path(), PASSWORD));
        host.wait().map_err(told)?;
    }
    Ok(())
}

/// Where the demo lives: an empty folder that was named, else a temporary one that goes when the demo ends.
enum Folder {
    Named(std::path::PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Folder::Named(path) => path,
            Folder::Temporary(folder) => folder.path(),
        }
    }
}

fn folder(context: &Context) -> Result<Folder, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            "no_folder",
            format!("No folder for the demo: {error}."),
            format!("无法建立演示目录：{error}。"),
        )
    };
    if !context.data_given {
        return tempfile::Builder::new()
            .prefix("doorstep-demo-")
            .tempdir()
            .map(Folder::Temporary)
            .map_err(failed);
    }
    std::fs::create_dir_all(&context.data).map_err(failed)?;
    if std::fs::read_dir(&context.data).map_err(failed)?.next().is_some() {
        return Err(Failure::new("folder_in_use", "The demo wants an empty folder.", "演示需要一个空目录。")
            .at(context.data.display().to_string())
            .help("Name another folder with --data.", "请用 --data 指定其他目录。"));
    }
    Ok(Folder::Named(context.data.clone()))
}

/// The chapters that are asked for; an unknown name is told with those there are.
fn chosen(args: &Args) -> Result<Vec<Box<dyn Chapter>>, Failure> {
    let all = chapters::all().map_err(|error| {
        Failure::new(
            "demo_failed",
            format!("A chapter's plan cannot be read: {error:#}."),
            format!("报告的计划无法读取：{error:#}。"),
        )
    })?;
    let known: Vec<&str> = all.iter().map(|chapter| chapter.name()).collect();
    if let Some(unknown) = args.chapters.iter().find(|name| !known.contains(&name.as_str())) {
        let (en, zh) = (known.join(", "), known.join("、"));
        return Err(Failure::new("unknown_chapter", "There is no such chapter.", "没有该报告。")
            .at(format!("--chapter {unknown}"))
            .help(format!("Use one of: {en}."), format!("可用：{zh}。")));
    }
    let asked = |name: &str| args.all_reports || args.chapters.iter().any(|named| named == name);
    Ok(all.into_iter().filter(|chapter| asked(chapter.name())).collect())
}

/// Everything that takes part.
struct Play {
    stage: Stage,
    host: Host,
    proxy: FaultProxy,
    phones: std::path::PathBuf,
    password_phc: String,
}

impl Play {
    fn new(args: &Args, context: &Context, folder: &Path) -> Result<Play> {
        let host = Host::start(folder, args.listen)?;
        host.prepare()?;
        let proxy = FaultProxy::start(host.address, REQUESTS_PER_TWO_CUTS, SEED)?;
        let phones = folder.join("phones");
        std::fs::create_dir_all(&phones)?;
        let (stage, password_phc) = (Stage::new(context.output), password_hash(PASSWORD)?);
        Ok(Play { stage, host, proxy, phones, password_phc })
    }

    fn carry(&self, chapters: &[Box<dyn Chapter>]) -> Result<Vec<Carried>> {
        let way = Way {
            host: &self.host,
            url: &self.proxy.url(),
            phones: &self.phones,
            password: (PASSWORD, &self.password_phc),
            stage: &self.stage,
        };
        chapters.iter().map(|chapter| way.carry(chapter.as_ref())).collect()
    }
}

fn play(
    args: &Args,
    chosen: &[Box<dyn Chapter>],
    context: &Context,
    folder: &Path,
) -> Result<(Host, Outcome)> {
    let began = Instant::now();
    let play = Play::new(args, context, folder)?;
    let surveyed = if args.chapters.is_empty() { survey(&play, context)? } else { Surveyed::default() };
    let chapters = play.carry(chosen)?;
    // The town's survey owes the reports of its plan; every other figure needs records of another place.
    let owed = Plan::read(doorstep_schemas::demo_town())?.reports;
    let owed: Vec<&str> = owed.iter().map(String::as_str).filter(|_| chosen.is_empty()).collect();
    let outcome = Outcome {
        figures: outcome::figures(&play.host.store, &owed, context.output.language)?,
        surveyed,
        chapters,
        records: outcome::counts(&play.host.store)?,
        network: play.proxy.counts(),
        seconds: began.elapsed().as_secs_f64(),
    };
    Ok((play.host, outcome))
}

/// The survey of the town.
fn survey(play: &Play, context: &Context) -> Result<Surveyed> {
    let Play { stage, host, proxy, phones, password_phc } = play;
    let town = Town::deal(doorstep_schemas::demo_town(), doorstep_schemas::areas_demo(), SEED)?;
    let script = Script::draw(&town, SEED)?;
    prepare(host, &town, password_phc, stage)?;

    let office = Office::sign_in(&host.url(), SUPERVISOR, PASSWORD)?;
    let codes: Vec<String> =
        (0..town.plan.enumerators).map(|number| office.invite(&enumerator(number))).collect::<Result<_>>()?;
    let mut crew = stage.step("Phones enrol", "登记手机", codes.len(), |progress| {
        Crew::enrol(&town, phones, &proxy.url(), &codes, progress)
    })?;

    let fillings = town.checks.len() + town.plan.unregistered.households + 2 * town.plan.registered_twice;
    stage.step("Forms are filled offline", "离线填表", fillings, |progress| {
        crew.fill(&town, &script, progress)
    })?;
    synchronise(&mut crew, stage, 2)?;
    crew.edit_twice(&town, &script)?;
    synchronise(&mut crew, stage, 2)?;
    let conflicts = crew.resolve(&town, &script)?;
    synchronise(&mut crew, stage, 1)?;
    host.settle()?;

    let wrong = crew.records_of(&town, &script.sent_back)?;
    let comment = context.output.one_of("Please count the persons again.", "请重新核对人数。");
    survey::send_back(&office, &wrong, comment)?;
    let merged_households = review(&office, host, &wrong, fillings, stage)?;
    synchronise(&mut crew, stage, 1)?;
    let corrected = crew.correct(&town)?;
    synchronise(&mut crew, stage, 1)?;
    host.settle()?;
    let merged_checks = review(&office, host, &[], corrected, stage)?;
    host.settle()?;
    Ok(Surveyed {
        conflicts,
        corrected,
        merged: merged_households + merged_checks,
        waiting: office.records("sample_check", "submitted")?.len(),
        traffic: crew.traffic(),
    })
}

/// People, and the county's ledger.
fn prepare(host: &Host, town: &Town, password: &str, stage: &Stage) -> Result<()> {
    let all = town.area.as_str();
    host.add_user(CHIEF, Role::Admin, all, password)?;
    host.add_user(SUPERVISOR, Role::Supervisor, all, password)?;
    for number in 0..town.plan.enumerators {
        host.add_user(&enumerator(number), Role::Enumerator, &town.village_of(number).code, password)?;
    }
    let today = town.day(0);
    stage
        .step("The ledger is imported", "导入台账", town.plan.registered.households, |progress| {
            let options = ImportOptions::on(&today);
            let scope = host.store.scope_of(CHIEF, now_ms())?;
            let mut done = 0;
            let mut count = |so_far: usize, _: usize| {
                (done..so_far).for_each(|_| progress());
                done = so_far;
            };
            let report =
                import(&host.store, &scope, &ledger::csv(town), &options, (now_ms(), &Machine), &mut count)?;
            anyhow::ensure!(report.fault_count == 0, "the ledger has faults: {:?}", report.faults);
            host.settle()
        })
        .context("the ledger")
}

fn enumerator(number: usize) -> String {
    format!("diaocha{:02}", number + 1)
}

fn synchronise(crew: &mut Crew, stage: &Stage, rounds: usize) -> Result<()> {
    for _ in 0..rounds {
        let phones = crew.phones();
        stage.step("Phones synchronise", "手机同步", phones, |progress| crew.sync(progress))?;
    }
    Ok(())
}

/// Approves what is right, merges what was registered twice; answers how many pairs were merged.
fn review(office: &Office, host: &Host, leave: &[String], about: usize, stage: &Stage) -> Result<usize> {
    let held = stage.step("The supervisor reviews", "审核", about, |progress| {
        let households = office.approve_all("household_register", leave, &mut || progress())?;
        let checks = office.approve_all("sample_check", leave, &mut || progress())?;
        Ok((households.held, checks.held))
    })?;
    anyhow::ensure!(held.0.is_empty() && held.1.is_empty(), "records that cannot be approved: {held:?}");
    host.settle()?;
    office.merge_duplicates()
}
