//! Pages for paper: A4 HTML in Chinese or English, to be printed by any browser.
//!
//! Invariant: every text of a form, a record or a caller goes through [`html::escape`]; the pages hold no script and load nothing.

mod history;
pub mod html;
mod posting;
mod questionnaire;
mod record;
mod report;

pub use history::{HistoryRow, PrintedHistory, history};
pub use posting::{Head, Posted, Posting, posting};
pub use questionnaire::questionnaire;
pub use record::{PrintedRecord, record};
pub use report::{Signed, report};
