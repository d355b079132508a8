//! The command tree: names, options and their help, nothing else; a file for each subject in `args/`.

mod assign;
mod backup;
mod bundle;
mod figures;
mod form;
mod household;
mod import;
mod office;
mod print;
mod review;
mod sample;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use assign::{Assign, AssignAdd, AssignList, Progress};
pub use backup::{Backup, Restore};
pub use bundle::Bundle;
pub use figures::{Check, Export, ExportFormat, Report};
pub use form::{Form, FormKind, FormVersion, Publish};
pub use household::{Duplicate, Household, HouseholdMoveMember, HouseholdSplit, Movers, Record, TwoRecords};
pub use import::Import;
pub use office::{Area, Device, PasswordFrom, Serve, User};
pub use print::Print;
pub use review::{Mapping, MappingApply, Quarantine, Review, ReviewDecide, ReviewList};
pub use sample::{
    Sample, SampleAssign, SampleBy, SampleDraw, SampleFilter, SampleOne, SampleReplace, SampleReport,
};
pub use values::WrongValue;

/// `doorstep`: the server of a household survey, and every command of its operator.
#[derive(Debug, Parser)]
#[command(name = "doorstep", version, about, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The data folder; made by the first command that needs it. Default: $DOORSTEP_DATA, or ./doorstep-data
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print one JSON value instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of the output. Default: from LC_ALL, LC_MESSAGES or LANG
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
}

/// A language of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// 中文
    Zh,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve devices and the REST API until SIGINT or SIGTERM
    Serve(Serve),
    /// The administrative tree
    #[command(subcommand)]
    Area(Area),
    /// Accounts
    #[command(subcommand)]
    User(User),
    /// Phones: invite, list, revoke
    #[command(subcommand)]
    Device(Device),
    /// What phones without a network have signed, brought by somebody
    #[command(subcommand)]
    Bundle(Bundle),
    /// Form packages
    #[command(subcommand)]
    Form(Form),
    /// The review queue
    #[command(subcommand)]
    Review(Review),
    /// Texts answered where a list had no code, and the codes they are mapped to
    #[command(subcommand)]
    Mapping(Mapping),
    /// What is kept and not applied: list, judge once more
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// The same household registered twice: list, merge, take back, dismiss
    #[command(subcommand)]
    Duplicate(Duplicate),
    /// Members who leave a household: split off, or moved into another
    #[command(subcommand)]
    Household(Household),
    /// Single records
    #[command(subcommand)]
    Record(Record),
    /// Work given to people: which form about which household, by what day
    #[command(subcommand)]
    Assign(Assign),
    /// Sample checks: households drawn from the register, checked, compared
    #[command(subcommand)]
    Sample(Sample),
    /// Bring in data from files
    #[command(subcommand)]
    Import(Import),
    /// A4 pages as HTML: a filled record, a posting list, a report table
    #[command(subcommand)]
    Print(Print),
    /// How a survey goes: by enumerator, village and day; what looks odd; what is to be done
    Progress(Progress),
    /// Count a report over the approved dataset
    Report(Report),
    /// Write the approved dataset of a form to files
    Export(Export),
    /// Run the checks over several records: their findings become flags
    Check(Check),
    /// Copy everything a server knows into a folder, beside the running server
    Backup(Backup),
    /// Make a data folder of a backup: another life of the server, to which phones send again what the backup lacks
    Restore(Restore),
    /// Drop everything derived and rebuild it from the log
    Rebuild,
    /// Check the log's chain and every attachment, byte by byte; nothing is changed
    Verify,
    /// The survey of a town, end to end, with real phones on a bad network
    Demo(crate::demo::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_commands_of_the_manual_parse() {
        for line in [
            "serve --data d --listen 127.0.0.1:0",
            "area import areas.csv --data d --json",
            "area list --json --data d",
            "user add li --role enumerator --area 99 --password p --data d",
            "user add li --role admin --area 99 --area 98 --password-stdin",
            "user post li doctor",
            "user post li",
            "device invite li --json --url http://127.0.0.1:1",
            "device list",
            "device revoke 00ff",
            "form check a/b",
            "form publish a/b --json",
            "form new pension_visit --kind event --out a",
            "form render a/b --lang zh --out a.html",
            "form editor-schemas --out a",
            "print record R --out a.html",
            "print history R --out a.html --as chen",
            "record history R --json",
            "duplicate list --state merged",
            "duplicate merge A B --as chen",
            "duplicate unmerge B",
            "duplicate dismiss A B",
            "household split R --rows A,B --on 2015-07-01 --area 99 --relation A=head --reason 分家 --json",
            "household move-member R --rows A --to S --state married_out --on 2015-07-01",
            "print posting --form household_register --area 99 --as chen",
            "print report T8a --compiler 陈 --reviewer 李 --lang zh",
            "form publish a/b --confirm --base 00ff --as chen",
            "form publish a/b --dry-run",
            "form diff a/1 a/2 --json",
            "form diff household_register@1 a/2",
            "form dry-run a/2",
            "form test a/2 --device 00ff --device 01ff",
            "form test a/2 --user li",
            "form close household_register 1",
            "form reopen household_register 1 --as chen",
            "mapping list --form health_service_record --as chen",
            "quarantine list --reason outside_area --as chen",
            "quarantine list --record R",
            "quarantine retry R1 R2 --as chen",
            "mapping apply --form f --text 脑卒中 --code md23 --reason 新目录 --record R1 --record R2",
            "review list --test",
            "review list --form f --area 99 --state approved --flag conflict",
            "review approve R1 R2 --comment a/b=text --waive key=reason",
            "review approve --all --form f --as chen",
            "review send-back R --comment members/x/name=看",
            "assign add --to li --form sample_check --subject R1 --subject R2 --due 2015-07-13 --note x",
            "assign add --to li --form sample_check --area 99 --households",
            "assign add --to li --form household_register --area 99 --quantity 20",
            "assign move A1 A2 --to wang",
            "assign move --from li --to wang --as chen",
            "assign close A1 --reason moved",
            "progress sample_check --area 99 --fast 120 --far 300 --today 2015-07-01 --as chen",
            "assign list --to li --form f --area 99 --closed",
            "duplicate list --state dismissed --as chen",
            "duplicate merge R1 R2",
            "duplicate dismiss R1 R2 --as chen",
            "sample draw --area 99 --percent 30 --by village --seed 8 --name 抽查",
            "sample draw --area 99 --count 615 --by status --seed 8 --filter all --as-of 2015-06-30 --json",
            "sample list --as chen",
            "sample show S --json",
            "sample assign S --to li --to wang --in-turn --due 2015-07-13 --note x",
            "sample replace S R --reason 搬走",
            "sample cover S",
            "sample report S --area 99 --json",
            "import households ledger.xlsx --all-or-nothing --dry-run --as chen",
            "import xlsform form.xlsx --out folder --language es --json",
            "report T8a --json --drill",
            "report --all --as chen",
            "report T8a --area 99 --as-of 2015-12-31 --valid-at 2015-12-31",
            "report --all --as-of 2015-12-31T18:00:00+08:00",
            "export household_register --as-of 2015-12-31",
            "export household_register --format csv --out folder --with-sensitive",
            "export household_register --to folder",
            "bundle import li.bundle --data d --json",
            "backup --to backups/monday --data d",
            "backup --to b --phones-keep --json",
            "restore b --data d --json",
            "restore b --verify --lang zh",
            "rebuild --data d",
            "--data d --json rebuild",
        ] {
            let words = std::iter::once("doorstep").chain(line.split(' '));
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{line}: {error}");
            }
        }
    }

    #[test]
    fn contradictions_are_refused() {
        for line in [
            "user add li --role enumerator --area 99",
            "user add li --role enumerator --area 99 --password p --password-stdin",
            "household split R --on 2015-07-01",
            "household move-member R --rows A --on 2015-07-01 --to S",
            "review approve",
            "sample draw --area 99 --seed 1",
            "sample draw --area 99 --seed 1 --percent 30 --count 3",
            "sample draw --area 99 --percent 30",
            "sample draw --area 99 --seed 1 --percent 130",
            "sample assign S",
            "review approve R --all --form f",
            "review approve --all",
            "serve --listen nowhere",
            "report T8a --as-of yesterday",
            "report T8a --valid-at 2015",
            "form test a/2",
            "form publish a/b --dry-run --confirm",
        ] {
            let words = std::iter::once("doorstep").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_err(), "{line}");
        }
    }
}
