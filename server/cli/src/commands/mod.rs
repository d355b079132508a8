//! The commands; one file each.

mod area;
mod assign;
mod backup;
mod bundle;
mod check;
mod device;
mod duplicate;
mod export;
pub mod files;
mod form;
mod form_authoring;
mod form_change;
mod form_test;
mod household;
mod import;
mod known;
mod mapping;
pub mod print;
mod progress;
mod quarantine;
mod rebuild;
mod record;
mod report;
mod review;
mod sample;
mod sample_report;
mod serve;
mod user;
mod verify;
mod xlsform;

use std::path::PathBuf;

use doorstep_protocol::problem::ProblemKind;
use doorstep_server::accounts::role::Role;
use doorstep_server::source::Machine;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::reconciles::Reconciles;
use doorstep_server::store::{Scope, SqliteStore, StoreError};

use crate::args::Command;
use crate::output::{Failure, Output};

/// Records reconciled in one transaction.
const RECONCILE_BATCH: usize = 200;

/// What every command gets.
#[derive(Debug, Clone)]
pub struct Context {
    /// The data folder.
    pub data: PathBuf,
    /// True when the folder was named on the command line.
    pub data_given: bool,
    /// How to speak.
    pub output: Output,
}

/// Runs a command to its end.
pub fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Serve(serve) => serve::run(serve, context),
        Command::Area(area) => area::run(area, context),
        Command::User(user) => user::run(user, context),
        Command::Device(device) => device::run(device, context),
        Command::Bundle(bundle) => bundle::run(bundle, context),
        Command::Form(form) => form::run(form, context),
        Command::Assign(assign) => assign::run(assign, context),
        Command::Review(review) => review::run(review, context),
        Command::Mapping(mapping) => mapping::run(mapping, context),
        Command::Quarantine(quarantine) => quarantine::run(quarantine, context),
        Command::Duplicate(duplicate) => duplicate::run(duplicate, context),
        Command::Sample(sample) => sample::run(sample, context),
        Command::Household(household) => household::run(household, context),
        Command::Record(record) => record::run(record, context),
        Command::Import(import) => import::run(import, context),
        Command::Print(print) => print::run(print, context),
        Command::Progress(progress) => progress::run(progress, context),
        Command::Report(report) => report::run(report, context),
        Command::Export(export) => export::run(export, context),
        Command::Check(check) => check::run(&check, context),
        Command::Backup(args) => backup::run(&args, context),
        Command::Restore(args) => backup::restore(&args, context),
        Command::Rebuild => rebuild::run(context),
        Command::Verify => verify::run(context),
        Command::Demo(args) => crate::demo::run(&args, context),
    }
}

impl Context {
    /// The context of a command line: `--data`, else `$DOORSTEP_DATA`, else `./doorstep-data`.
    pub fn new(data: Option<PathBuf>, output: Output) -> Context {
        let data_given = data.is_some();
        let data = data
            .or_else(|| std::env::var_os("DOORSTEP_DATA").filter(|dir| !dir.is_empty()).map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from("doorstep-data"));
        Context { data, data_given, output }
    }

    /// Opens the data folder, making it when it does not exist.
    pub fn store(&self) -> Result<SqliteStore, Failure> {
        let place = self.data.display().to_string();
        doorstep_server::folder::prepare(&self.data).map_err(|error| {
            Failure::new(
                "data_folder",
                format!("The data folder cannot be made or written: {error}."),
                format!("无法创建或写入数据目录：{error}。"),
            )
            .at(place.as_str())
            .help("Check the path, its permissions and the free space.", "请检查路径、权限和剩余空间。")
        })?;
        SqliteStore::open(&self.data, &Machine, self.now_ms()).map_err(|error| not_opened(&error).at(place))
    }

    /// Opens the data folder, with everything that has arrived reconciled.
    pub fn settled_store(&self) -> Result<SqliteStore, Failure> {
        let store = self.store()?;
        self.settle(&store)?;
        Ok(store)
    }

    /// Reconciles what waits for it.
    pub fn settle(&self, store: &SqliteStore) -> Result<(), Failure> {
        loop {
            let done = store.reconcile_pending(RECONCILE_BATCH, self.now_ms(), &Machine)?;
            if done.written == 0 && done.touched == 0 {
                return Ok(());
            }
        }
    }

    /// In whose name a command decides: the named account, else the oldest open admin, else the oldest open supervisor.
    pub fn acting(&self, store: &SqliteStore, name: Option<&str>) -> Result<Scope, Failure> {
        if let Some(name) = name {
            let place = format!("--as {name}");
            return store.scope_of(name, self.now_ms()).map_err(|error| match error {
                StoreError::NotFound => known::nobody(place),
                error => Failure::from(error).at(place),
            });
        }
        let users = store.user_list(&store.operator_scope())?;
        let oldest = |role: Role| {
            // User ids are UUIDv7: their order is the order in which they were made.
            users.iter().filter(|user| user.role == role.name() && !user.closed).min_by_key(|user| user.id)
        };
        let user = oldest(Role::Admin).or_else(|| oldest(Role::Supervisor)).ok_or_else(|| {
            Failure::new(
                "nobody_to_act",
                "There is no admin or supervisor in whose name this could be done.",
                "没有可代为操作的管理员或审核员账号。",
            )
            .help("Add one with `doorstep user add`.", "请用 doorstep user add 添加。")
        })?;
        Ok(store.scope_of(&user.name, self.now_ms())?)
    }

    /// The clock, milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|_| Context::no_random())?;
        Ok(bytes)
    }

    pub(crate) fn no_random() -> Failure {
        Failure::new("internal", "The system gives no random numbers.", "系统无法提供随机数。")
    }
}

/// Why a data folder cannot be opened.
fn not_opened(error: &StoreError) -> Failure {
    match error.kind() {
        ProblemKind::Unavailable => Failure::new(
            "data_folder_busy",
            "Another program holds the data folder for too long.",
            "数据目录被其他程序长时间占用。",
        )
        .help("Try again, or stop that program.", "请重试，或停止占用的程序。"),
        _ => Failure::new(
            "data_folder_unreadable",
            format!("The data folder cannot be opened: {error}."),
            format!("无法打开数据目录：{error}。"),
        )
        .help(
            "Check that it is a data folder of this program, made by this version or an earlier one, and undamaged.",
            "请确认这是本程序（本版本或更早版本）创建的数据目录，且未损坏。",
        ),
    }
}

/// An instant as people read it, in the time of the deployment (UTC+8).
pub(crate) fn day_and_time(unix_ms: i64) -> String {
    const ZONE: jiff::tz::Offset = jiff::tz::Offset::constant(8);
    jiff::Timestamp::from_millisecond(unix_ms)
        .map(|instant| format!("{}+08:00", ZONE.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S")))
        .unwrap_or_default()
}

/// The one place where an error of the store becomes a failure of a command.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let kind = error.kind();
        let failure = Failure::new(kind.name(), kind.title_en(), kind.title_zh());
        let failure = match kind {
            ProblemKind::NotAllowed => failure.help(
                "With --as name a person whose role allows it; `doorstep user list` shows the roles.",
                "请用 --as 指定有此权限的人员；角色见 doorstep user list。",
            ),
            _ => failure,
        };
        match error.said() {
            Some(said) => failure.saying(said),
            None => failure,
        }
    }
}
