//! The commands; one file each.

mod area;
mod device;
pub mod files;
mod form;
mod serve;
mod user;

use std::path::PathBuf;

use doorstep_protocol::problem::ProblemKind;
use doorstep_server::app::AppState;
use doorstep_server::language::{Language, Said};
use doorstep_server::store::{SqliteStore, StoreError};

use crate::args::Command;
use crate::output::{Failure, Output};

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
        Command::Form(form) => form::run(form, context),
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
        SqliteStore::open(&self.data).map_err(|error| Failure::from(error).at(self.data.display().to_string()))
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

/// An instant as people read it, in UTC.
pub(crate) fn day_and_time(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms)
        .map(|instant| instant.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
        .unwrap_or_default()
}
