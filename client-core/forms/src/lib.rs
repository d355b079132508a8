//! Forms: packages, expressions and validation. Pure: no clock, no randomness, no IO.
//!
//! A *form package* ([`FormPackage`]) is the files of one immutable form version. [`Form::compile`] makes it
//! ready; [`Form::evaluate`] then checks flat answers. Answers are flat: `path -> JSON scalar` ([`Answers`]).
#![warn(missing_docs)]

mod attachment;
mod compat;
pub mod drawing;
pub mod expr;
mod fault;
mod form;
mod json;
mod lens;
pub mod limits;
mod locate;
mod model;
mod package;
mod pattern;
mod profile;
mod quantity;
mod signature;
mod suggest;

use std::collections::BTreeMap;

pub use attachment::{ATTACHMENT_TYPES, Attachment, AttachmentDef};
pub use compat::{Change, ChangeKind, Class, Comparison, Upgrade, compare, compare_all, upgrade};
pub use fault::{Excerpt, Fault, FaultKind};
pub use form::{
    AnswerError, Asked, Choice, Context, Diagnostic, Form, GoldenResult, Move, OtherAnswer, Outcome,
    PageItem, PageView, Preload, Violation,
};
pub use lens::{Causality, Clash, ClashKind, Lensed, Reading, Register, Said, Unconverted};
pub use model::{Kind, Membership, Pii, Question, Severity, Unit};
pub use package::FORM_META_SCHEMA;
pub use package::{
    BadFormHash, CodeList, Expectation, ExpectedViolation, FormHash, FormKind, FormPackage, Golden, Manifest,
    PersonAnswers, SubjectRule, Texts,
};
pub use profile::{META_SCHEMA, editor_schema};
pub use quantity::{Qualifier, Quantity, QuantityDef, QuantityError};
pub use signature::{Signature, SignatureDef, SignatureState};

/// Flat answers: path -> scalar (text, decimal, date and code as JSON string, whole numbers, booleans, `null` for
/// cleared, `{"missing": "dk" | "refused" | "na"}`, compounds as a JSON string of canonical JSON).
pub type Answers = BTreeMap<String, serde_json::Value>;

/// How strictly answers are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// While filling: nothing is required.
    Draft,
    /// For a submission.
    #[default]
    Full,
}
