//! The command tree: names, options and their help, nothing else.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Form packages
    #[command(subcommand)]
    Form(Form),
    /// The review queue
    #[command(subcommand)]
    Review(Review),
    /// Texts answered where a list had no code, and the codes they are mapped to
    #[command(subcommand)]
    Mapping(Mapping),
    /// Work given to people: which form about which household, by what day
    #[command(subcommand)]
    Assign(Assign),
    /// Bring in data from files
    #[command(subcommand)]
    Import(Import),
    /// A4 pages as HTML: a filled record, a posting list, a report table
    #[command(subcommand)]
    Print(crate::commands::print::Print),
    /// How a survey goes: by enumerator, village and day; what looks odd; what is to be done
    Progress(Progress),
    /// Count a report over the approved dataset
    Report(Report),
    /// Write the approved dataset of a form to files
    Export(Export),
    /// Run the checks over several records: their findings become flags
    Check(Check),
    /// Drop everything derived and rebuild it from the log
    Rebuild,
    /// The survey of a town, end to end, with real phones on a bad network
    Demo(crate::demo::Args),
}

#[derive(Debug, Args)]
pub struct Check {
    /// The civil day the checks count from. Default: today in Asia/Shanghai
    #[arg(long, value_name = "DATE")]
    pub today: Option<String>,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address devices reach the server at, printed in invitations. Default: the listen address
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A proxy in front ends TLS: allows a listen address other than loopback
    #[arg(long)]
    pub behind_proxy: bool,
}

#[derive(Debug, Subcommand)]
pub enum Area {
    /// Import areas from a CSV file: code,parent,level,name_zh,name_en,valid_from,valid_to
    Import {
        /// The CSV file
        file: PathBuf,
    },
    /// List all areas
    List,
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account
    Add {
        /// Sign-in name
        name: String,
        /// enumerator, supervisor or admin
        #[arg(long)]
        role: String,
        /// Area code; the account covers everything below it. May be given several times
        #[arg(long = "area", value_name = "CODE")]
        areas: Vec<String>,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Say what a person is besides the role (doctor, cadre): whose answer is suggested when people differ
    Post {
        /// Sign-in name
        name: String,
        /// One word; without it the post is taken away
        post: Option<String>,
    },
    /// List accounts
    List,
}

/// Where the password comes from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct PasswordFrom {
    /// The password itself (visible to others on this machine; prefer --password-stdin)
    #[arg(long, value_name = "P")]
    pub password: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum Device {
    /// Make a one-time code (10 minutes) that enrols a phone for a user
    Invite {
        /// Sign-in name
        user: String,
        /// The server's address to print. Default: that of the last `doorstep serve`
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// List phones
    List,
    /// Revoke a phone: it delivers what it has signed and receives nothing more
    Revoke {
        /// Device id, as `device list` prints it
        device: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Import a household ledger; importing it again changes nothing
    Households {
        /// CSV (UTF-8, BOM or GB18030) or XLSX
        file: PathBuf,
        /// Import nothing when any row is wrong. Default: the good rows are imported
        #[arg(long)]
        all_or_nothing: bool,
        /// Only check the file; nothing is written
        #[arg(long)]
        dry_run: bool,
        /// Who imports; default: see `docs/operations.md`
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Make a form package of an XLSForm workbook, and tell of every cell that is not carried over
    Xlsform {
        /// XLSX, XLSM or XLS
        file: PathBuf,
        /// Folder of the package; it must not exist or be empty
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Language of texts that name none, such as es. Default: told from their letters
        #[arg(long, value_name = "TAG")]
        language: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Form {
    /// Check a form package and name every fault; nothing is published
    Check {
        /// Folder of the form package
        path: PathBuf,
    },
    /// Check and publish a form package. Changes that reach stored records are tried on them first
    Publish(Publish),
    /// List published forms and test versions
    List,
    /// Name every change between two versions, with its class and the way out; fails when one is forbidden (class E)
    Diff {
        /// The earlier version: a folder, or FORM@VERSION of the published ones
        old: String,
        /// The later version: the same
        new: String,
    },
    /// Try a form package on every stored record and draft; nothing is published
    DryRun {
        /// Folder of the form package
        path: PathBuf,
    },
    /// Give a form package to chosen phones as a test version; what is filled under it never counts
    Test {
        /// Folder of the form package
        path: PathBuf,
        /// A phone, as `device list` prints it. May be given several times
        #[arg(long = "device", value_name = "DEVICE", required_unless_present = "user")]
        devices: Vec<String>,
        /// All phones of this person
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Who gives it
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Write a small form package that passes the check, to begin with
    New {
        /// Form id: lower-case letters, digits and _
        id: String,
        /// register: one living record per household; event: one new record each time
        #[arg(long, value_enum, default_value = "event")]
        kind: FormKind,
        /// Folder to write; made when it does not exist
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Write the form as a questionnaire for paper (A4 HTML), in the language of --lang
    Render {
        /// Folder of the form package
        path: PathBuf,
        /// The page to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the JSON Schemas by which an editor completes and checks form.json and schema.json
    EditorSchemas {
        /// Folder to write; made when it does not exist
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Close a version to new records; records and drafts of it stay valid
    Close(FormVersion),
    /// Open a version to new records again
    Reopen(FormVersion),
}

/// Whether a form is a living record or one record per event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormKind {
    /// One living record per household
    Register,
    /// One new record each time
    Event,
}

#[derive(Debug, Args)]
pub struct Publish {
    /// Folder of the form package
    pub path: PathBuf,
    /// The effect on stored records was seen and is wanted
    #[arg(long)]
    pub confirm: bool,
    /// Hash of the newest published version this was made against. Default: the one found when the command begins
    #[arg(long, value_name = "HASH")]
    pub base: Option<String>,
    /// Only say what it would change and do to stored records
    #[arg(long, conflicts_with_all = ["confirm", "base"])]
    pub dry_run: bool,
    /// Who publishes
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct FormVersion {
    /// Form id
    pub form: String,
    /// Version
    #[arg(value_name = "VERSION")]
    pub number: u32,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Review {
    /// List records that wait for review
    List(ReviewList),
    /// Approve records as they stand
    Approve(ReviewDecide),
    /// Send records back to the enumerator
    SendBack(ReviewDecide),
    /// Not accept records: kept, and out of the dataset
    NotAccept(ReviewDecide),
}

#[derive(Debug, Subcommand)]
pub enum Mapping {
    /// List the texts that wait for a code
    List {
        /// Only this form
        #[arg(long)]
        form: Option<String>,
        /// Who asks
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Map a text to a code: a change of its own in each record, to be approved
    Apply(MappingApply),
}

#[derive(Debug, Args)]
pub struct MappingApply {
    /// Form id
    #[arg(long)]
    pub form: String,
    /// The text, word for word
    #[arg(long)]
    pub text: String,
    /// The code of the list
    #[arg(long)]
    pub code: String,
    /// Why; kept in the history of the record
    #[arg(long)]
    pub reason: String,
    /// Only this record; may be given again. Default: wherever the text waits
    #[arg(long = "record", value_name = "RECORD")]
    pub records: Vec<String>,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Assign {
    /// Give work: households with --subject, all of an area with --area --households, or records to begin there
    Add(AssignAdd),
    /// Give open work to somebody else; what was filled stays
    Move {
        /// Assignment ids
        #[arg(value_name = "ASSIGNMENT", required_unless_present = "from", conflicts_with = "from")]
        assignments: Vec<String>,
        /// All open work of this person
        #[arg(long, value_name = "USER")]
        from: Option<String>,
        /// To whom
        #[arg(long, value_name = "USER")]
        to: String,
        /// Who moves it
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Close open work that is no longer asked for
    Close {
        /// Assignment ids
        #[arg(value_name = "ASSIGNMENT", required = true)]
        assignments: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
        /// Who closes it
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// List work and how far it is
    List(AssignList),
}

#[derive(Debug, Args)]
pub struct AssignAdd {
    /// To whom
    #[arg(long, value_name = "USER")]
    pub to: String,
    /// Form id
    #[arg(long)]
    pub form: String,
    /// A household's record. May be given several times
    #[arg(
        long = "subject",
        value_name = "RECORD",
        required_unless_present = "area",
        conflicts_with = "area"
    )]
    pub subjects: Vec<String>,
    /// Area code
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Every household of --area, one assignment each
    #[arg(long, requires = "area")]
    pub households: bool,
    /// The register whose records --households takes
    #[arg(long, value_name = "FORM", default_value = "household_register")]
    pub register: String,
    /// How many records are to be begun in --area
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub quantity: u32,
    /// The day by which it is to be done: 2015-07-13
    #[arg(long, value_name = "DATE")]
    pub due: Option<String>,
    /// What they should know
    #[arg(long)]
    pub note: Option<String>,
    /// Who gives it
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct AssignList {
    /// Only of this person
    #[arg(long, value_name = "USER")]
    pub to: Option<String>,
    /// Only this form
    #[arg(long)]
    pub form: Option<String>,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Closed work too
    #[arg(long)]
    pub closed: bool,
    /// Who asks
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReviewList {
    /// Only this form
    #[arg(long)]
    pub form: Option<String>,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// draft, submitted, sent_back, approved or not_accepted
    #[arg(long, default_value = "submitted")]
    pub state: String,
    /// Only with this flag: conflict, invalid, duplicate_suspect...
    #[arg(long)]
    pub flag: Option<String>,
    /// Records filled under test versions instead, in any state
    #[arg(long)]
    pub test: bool,
    /// Who asks
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct ReviewDecide {
    /// Record ids
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub records: Vec<String>,
    /// All submitted records of --form without different answers and errors
    #[arg(long, requires = "form")]
    pub all: bool,
    /// The form that --all speaks of
    #[arg(long)]
    pub form: Option<String>,
    /// A remark on an answer, for the enumerator
    #[arg(long = "comment", value_name = "PATH=TEXT")]
    pub comments: Vec<String>,
    /// Accept an error or different answers with a reason; KEY as `review list` prints it
    #[arg(long = "waive", value_name = "KEY=REASON")]
    pub waivers: Vec<String>,
    /// A note on the whole record
    #[arg(long)]
    pub note: Option<String>,
    /// Who decides
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct Progress {
    /// Form id
    pub form: String,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Name what was filled in less than so many seconds. Default: 180
    #[arg(long, value_name = "SECONDS")]
    pub fast: Option<i64>,
    /// Name what was filled further than so many metres from its household. Default: 500
    #[arg(long, value_name = "METRES")]
    pub far: Option<f64>,
    /// Count days from this one. Default: the day of the deployment
    #[arg(long, value_name = "DATE")]
    pub today: Option<String>,
    /// Count what this person may see. Default: everything
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct Report {
    /// Name of the report, such as T8a
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub name: Option<String>,
    /// Every report
    #[arg(long)]
    pub all: bool,
    /// Name the records behind each number (with --json)
    #[arg(long)]
    pub drill: bool,
    /// Count below this area only. Default: everything; with --all, each figure over the area it speaks of
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Count what was approved by this time: RFC 3339, or a date for the end of that day. Default: now
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub as_of: Option<i64>,
    /// Count what holds on this date: later events, members who were not there and answers of later years are left out
    #[arg(long, value_name = "DATE", value_parser = valid_at)]
    pub valid_at: Option<jiff::civil::Date>,
    /// Count what this person may see. Default: everything
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

#[derive(Debug, Args)]
pub struct Export {
    /// Form id
    pub form: String,
    /// File format
    #[arg(long, value_enum, default_value = "csv")]
    pub format: ExportFormat,
    /// FILE.csv for the records (rosters beside it), or a folder for all files. Default: the records alone, on
    /// standard output
    #[arg(long, visible_alias = "to", value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
    /// Write personal answers in clear; without it they are masked
    #[arg(long)]
    pub with_sensitive: bool,
    /// The dataset as it stood at this time: RFC 3339, or a date for the end of that day. Default: now
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub as_of: Option<i64>,
    /// Export what this person may see, if their role allows it. Default: everything
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}

fn as_of(text: &str) -> Result<i64, String> {
    doorstep_server::dataset::cutoff::as_of_ms(text)
        .ok_or_else(|| "a time such as 2015-12-31T18:00:00+08:00, or a date, is due".to_owned())
}

fn valid_at(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "a date such as 2015-12-31 is due".to_owned())
}

/// A file format of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// UTF-8 with BOM, ids as text
    Csv,
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
            "import households ledger.xlsx --all-or-nothing --dry-run --as chen",
            "import xlsform form.xlsx --out folder --language es --json",
            "report T8a --json --drill",
            "report --all --as chen",
            "report T8a --area 99 --as-of 2015-12-31 --valid-at 2015-12-31",
            "report --all --as-of 2015-12-31T18:00:00+08:00",
            "export household_register --as-of 2015-12-31",
            "export household_register --format csv --out folder --with-sensitive",
            "export household_register --to folder",
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
            "review approve",
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
