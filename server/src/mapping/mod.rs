//! Texts that were answered because a list had no code for them, and the codes they are mapped to once it has.
//!
//! Nothing is recoded silently: a record keeps its text and stays valid under its version until a reviewer maps the text. The
//! mapping is a change of its own in the reviewer's name, under the first version whose list has the code; it cites the
//! change that gave the text, says why, and waits for approval like every amendment.

use std::collections::BTreeMap;

use doorstep_forms::Form;
use doorstep_records::{ChangeHash, Heads, RecordId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language::Said;
use crate::review::state::RecordState;

/// Texts of one answer to the queue.
pub const QUEUE_MAX: u32 = 500;

/// A text that waits for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unmapped {
    /// The record.
    pub record: RecordId,
    /// Form id.
    pub form: String,
    /// The version that judges the record.
    pub version: u32,
    /// What people call the record.
    pub label: String,
    /// Area code.
    pub area: String,
    /// Where the record stands.
    pub state: RecordState,
    /// Path of the text.
    pub path: String,
    /// Path of the code it stands for.
    pub code_path: String,
    /// What was answered.
    pub text: String,
    /// The change that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeHash>,
    /// Who gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The first version from that one on whose list has a code of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely: Option<Likely>,
}

/// A code that bears the very name that was answered. It is never taken by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Likely {
    /// The code.
    pub code: String,
    /// The version of the form whose list has it.
    pub version: u32,
    /// What the list calls it, in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A text to be mapped to a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMapping {
    /// Form id.
    pub form: String,
    /// The text, as the queue shows it.
    pub text: String,
    /// The code.
    pub code: String,
    /// Why; never empty.
    pub reason: String,
    /// Only in these records; empty: wherever it waits inside the scope.
    pub records: Vec<RecordId>,
    /// Server clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// A record whose text was mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mapped {
    /// The record.
    pub record: RecordId,
    /// Path of each code written.
    pub paths: Vec<String>,
    /// The version it was written under.
    pub version: u32,
    /// The state that waits for approval.
    pub heads: Heads,
}

/// A record whose text was not mapped, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotMapped {
    /// The record.
    pub record: RecordId,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What became of a mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MappingDone {
    /// By record id.
    pub mapped: Vec<Mapped>,
    /// By record id.
    pub refused: Vec<NotMapped>,
}

/// Why one record was not mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// A draft, sent back, or finally not accepted: it is in somebody else's hands, or in nobody's.
    State(RecordState),
    /// The text does not stand there, or has its code.
    NotWaiting,
    /// No published version has the code in that list.
    NoSuchCode(String),
    /// The change was not taken: somebody else was first.
    NotTaken,
}

impl WhyNot {
    /// What happened and what to do.
    pub fn said(&self) -> Said {
        match self {
            WhyNot::State(state) => Said::new(
                format!("The record is {}; map it when it was submitted.", state.name()),
                format!("该记录当前为“{}”，上传后再对应。", state.title(crate::language::Language::Zh)),
            ),
            WhyNot::NotWaiting => Said::new(
                "This text does not wait for a code there. Look at the queue again.",
                "该处没有待对应的此项文字，请重新查看队列。",
            ),
            WhyNot::NoSuchCode(code) => Said::new(
                format!(
                    "No published version from its own on offers the code `{code}` there. Publish the list first."
                ),
                format!("从该记录所用版本起，已发布的选项表中没有代码“{code}”，请先发布新的选项表。"),
            ),
            WhyNot::NotTaken => {
                Said::new("The record changed meanwhile. Repeat.", "记录在此期间有变动，请重试。")
            }
        }
    }
}

/// The code of a list that bears exactly the name answered, in any language of the form.
pub fn likely(form: &Form, code_path: &str, text: &str) -> Option<Likely> {
    let names = |locale: &str| -> BTreeMap<String, String> {
        let choices = form.choices(code_path, &BTreeMap::new(), locale);
        choices.into_iter().map(|choice| (choice.code, choice.label)).collect()
    };
    let (zh, mut en) = (names("zh"), names("en"));
    let (code, zh) =
        zh.into_iter().find(|(code, zh)| zh == text || en.get(code).is_some_and(|en| en == text))?;
    let en = en.remove(&code).unwrap_or_default();
    Some(Likely { code, version: form.manifest().version, zh, en })
}
