//! Work given to people, and how it goes.

use clap::{Args, Subcommand};

use super::values::{day, metres, number, seconds};

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
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = number)]
    pub quantity: u32,
    /// The day by which it is to be done: 2015-07-13
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub due: Option<jiff::civil::Date>,
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
pub struct Progress {
    /// Form id
    pub form: String,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// Name what was filled in less than so many seconds. Default: 180
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = seconds)]
    pub fast: Option<i64>,
    /// Name what was filled further than so many metres from its household. Default: 500
    #[arg(long, value_name = "METRES", allow_negative_numbers = true, value_parser = metres)]
    pub far: Option<f64>,
    /// Count days from this one. Default: the day of the deployment
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub today: Option<jiff::civil::Date>,
    /// Count what this person may see. Default: everything
    #[arg(long = "as", value_name = "USER")]
    pub acting: Option<String>,
}
