//! Opening an envelope: everything its bytes and its signer say, without a database.

use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::{Envelope, EnvelopeError, EnvelopeId, Item, ProblemKind, SignedEnvelope, UserId};
use doorstep_records::gate::{ChangeFacts, GateError, inspect};

/// An envelope whose signature fits, with its changes inspected.
pub(super) struct Opened {
    pub(super) signed: SignedEnvelope,
    pub(super) digest: [u8; 32],
    pub(super) envelope: Envelope,
    /// One per item; `None` for items that are no changes.
    pub(super) inspected: Vec<Option<Result<ChangeFacts, GateError>>>,
}

/// Why an envelope as a whole is not taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub(super) id: Option<EnvelopeId>,
    pub(super) problem: ProblemKind,
}

/// Checks signature, limits and user, and inspects every change.
pub(super) fn open(signed: SignedEnvelope, key: &[u8; 32], user: UserId) -> Result<Opened, Refusal> {
    let opened = match signed.open(key) {
        Err(EnvelopeError::Signature) if planted(Plant::SignatureUnchecked) => signed.peek(),
        opened => opened,
    };
    let envelope = opened.map_err(|error| Refusal {
        id: signed.peek().ok().map(|envelope| envelope.id),
        problem: problem(&error),
    })?;
    let refuse = |problem| Refusal { id: Some(envelope.id), problem };
    if envelope.user != user && !planted(Plant::AuthorUnchecked) {
        return Err(refuse(ProblemKind::UserNotOnDevice));
    }
    if i64::try_from(envelope.number).is_err() || envelope.number == 0 {
        return Err(refuse(ProblemKind::BadRequest));
    }
    let inspected = envelope
        .items
        .iter()
        .map(|item| match item {
            Item::Change { change, .. } => Some(inspect(change)),
            _ => None,
        })
        .collect();
    Ok(Opened { digest: signed.digest(), signed, envelope, inspected })
}

fn problem(error: &EnvelopeError) -> ProblemKind {
    match error {
        EnvelopeError::TooLarge(_) | EnvelopeError::TooManyItems(_) => ProblemKind::TooLarge,
        EnvelopeError::Signature | EnvelopeError::OtherDevice => ProblemKind::SignatureInvalid,
        EnvelopeError::Body(_) => ProblemKind::BadRequest,
    }
}
