//! Admitting the changes of one envelope to one document, all at once.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::push::ItemVerdict;
use doorstep_records::gate::{Admission, Admitted, ChangeFacts};

use super::judge::quarantined;
use crate::log::{PreparedChange, PreparedDocument};
use crate::store::StoreError;

/// A change with what is known about it before the document is looked at.
pub(super) enum Offered<'f> {
    /// Settled already.
    Settled(ItemVerdict),
    /// To be admitted.
    Change(&'f ChangeFacts),
}

impl Offered<'_> {
    pub(super) fn settled_or(self, reason: &str) -> ItemVerdict {
        match self {
            Offered::Settled(verdict) => verdict,
            Offered::Change(_) => quarantined(reason),
        }
    }
}

/// What admitting came to.
pub(super) struct Outcome {
    /// In the order offered.
    pub(super) verdicts: Vec<ItemVerdict>,
    /// The document, when at least one change was accepted.
    pub(super) document: Option<PreparedDocument>,
    /// The document to go on with.
    pub(super) admission: Admission,
}

/// Admits what is to be admitted.
///
/// The document is the one that a replay of the accepted changes alone makes, byte for byte: changes that were refused
/// or wait could have moved the order of the others.
pub(super) fn admit(mut admission: Admission, offered: Vec<Offered<'_>>) -> Result<Outcome, StoreError> {
    let before = admission.saved().to_vec();
    let mut verdicts = Vec::with_capacity(offered.len());
    let mut places = Vec::new();
    let mut changes = Vec::new();
    for (place, offered) in offered.into_iter().enumerate() {
        match offered {
            Offered::Settled(verdict) => verdicts.push(verdict),
            Offered::Change(facts) => {
                verdicts.push(ItemVerdict::Duplicate);
                places.push(place);
                changes.push(facts);
            }
        }
    }
    let mut accepted = Vec::new();
    for ((place, facts), outcome) in
        places.into_iter().zip(changes.iter().copied()).zip(admission.admit_all(&changes))
    {
        verdicts[place] = match outcome {
            Ok(Admitted::Applied) => {
                accepted.push(facts);
                ItemVerdict::Accepted
            }
            Ok(Admitted::Duplicate) => ItemVerdict::Duplicate,
            Ok(Admitted::Waiting { missing }) => ItemVerdict::Waiting { missing },
            Err(error) => quarantined(error.kind()),
        };
    }
    if accepted.len() < changes.len() && planted(Plant::PoisonSpreads) {
        verdicts.fill(quarantined("neighbour"));
        return Ok(Outcome { verdicts, document: None, admission: Admission::load(Some(&before))? });
    }
    if accepted.is_empty() {
        return Ok(Outcome { verdicts, document: None, admission });
    }
    if accepted.len() < changes.len() {
        admission = Admission::load(Some(&before))?;
        let again = admission.admit_all(&accepted);
        if again.iter().any(|outcome| !matches!(outcome, Ok(Admitted::Applied))) {
            return Err(StoreError::Damaged("accepted changes do not stand alone"));
        }
    }
    let document = PreparedDocument {
        saved: admission.saved().to_vec(),
        heads: admission.record().heads(),
        changes: accepted.into_iter().map(PreparedChange::from).collect(),
    };
    Ok(Outcome { verdicts, document: Some(document), admission })
}
