//! The review queue.

use clap::{Args, Subcommand};

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
    /// Confirm approved records, as an admin, where their form asks for it
    Confirm(ReviewDecide),
    /// Take an approval or a final refusal back: the records wait for review again; a confirmation: they stay approved
    Reopen(ReviewDecide),
}

#[derive(Debug, Args)]
pub struct ReviewList {
    /// Only this form
    #[arg(long)]
    pub form: Option<String>,
    /// Only below this area
    #[arg(long, value_name = "CODE")]
    pub area: Option<String>,
    /// draft, submitted, sent_back, approved, confirmed or not_accepted
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
pub enum Quarantine {
    /// List what is kept and not applied: who sent it, why it was not taken, what it says
    List {
        /// Only what is about this record
        #[arg(long, value_name = "RECORD")]
        record: Option<String>,
        /// Only what was set aside for this reason, as `list` prints it
        #[arg(long)]
        reason: Option<String>,
        /// Who asks
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
    /// Judge what stands in quarantine about records once more, by the rules of now
    Retry {
        /// The records
        #[arg(required = true, value_name = "RECORD")]
        records: Vec<String>,
        /// Who decides
        #[arg(long = "as", value_name = "USER")]
        acting: Option<String>,
    },
}
