//! Bundles: envelopes that somebody carried. Each goes the way of a push by the phone that signed it; who carried it says
//! nothing, and a file that cannot be opened changes nothing.

use doorstep_protocol::bundle::{self, BundleError};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict};
use doorstep_protocol::{EnvelopeId, ProblemKind};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::Serialize;

use super::push;
use crate::language::Said;
use crate::store::{SqliteStore, StoreError};

/// What became of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BundleReport {
    /// Envelopes in the file.
    pub envelopes: u32,
    /// Those that were here already.
    pub known: u32,
    /// Items as they stand now: taken...
    pub accepted: u32,
    /// ...waiting for what they build on...
    pub waiting: u32,
    /// ...or kept for a supervisor to look at.
    pub quarantined: u32,
    /// Envelopes that were not taken.
    pub refused: Vec<CarriedRefusal>,
}

/// An envelope of a bundle that was not taken; its neighbours were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CarriedRefusal {
    /// Its place in the file, from 1.
    pub place: u32,
    /// Why; `not_found`: no phone of that key is known.
    pub problem: ProblemKind,
}

/// Takes a bundle.
pub(crate) fn import(store: &SqliteStore, file: &[u8], now_ms: i64) -> Result<BundleReport, StoreError> {
    let secret = store.identity().bundle_secret();
    let bundle = bundle::open(file, &secret).map_err(|error| refusal(&error))?;
    let ids: Vec<EnvelopeId> =
        bundle.envelopes.iter().filter_map(|signed| Some(signed.peek().ok()?.id)).collect();
    let known = store.read(|conn| known(conn, &ids))?;
    let mut report = BundleReport { known, ..BundleReport::default() };
    for (place, result) in (1..).zip(push::push_carried(store, bundle.envelopes, now_ms)?) {
        report.envelopes += 1;
        match result {
            EnvelopeResult::Recorded { items, .. } => items.iter().for_each(|item| report.count(item)),
            EnvelopeResult::Refused { problem, .. } => report.refused.push(CarriedRefusal { place, problem }),
        }
    }
    Ok(report)
}

impl BundleReport {
    fn count(&mut self, item: &ItemVerdict) {
        match item {
            ItemVerdict::Accepted | ItemVerdict::Duplicate => self.accepted += 1,
            ItemVerdict::Waiting { .. } => self.waiting += 1,
            ItemVerdict::Quarantined { .. } => self.quarantined += 1,
        }
    }
}

fn known(conn: &Connection, ids: &[EnvelopeId]) -> Result<u32, StoreError> {
    const KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM envelope WHERE id = ?1)";
    let mut known = 0;
    for id in ids {
        known +=
            u32::from(conn.prepare_cached(KNOWN)?.query_row([id.to_bytes()], |row| row.get::<_, bool>(0))?);
    }
    Ok(known)
}

fn refusal(error: &BundleError) -> StoreError {
    let (kind, en, zh) = match error {
        BundleError::NotABundle => (
            ProblemKind::Invalid,
            "This file is no bundle. Choose the file that `doorstep-device bundle` has written.",
            "该文件不是离线数据包。请选择 doorstep-device bundle 写出的文件。",
        ),
        BundleError::OtherServer => (
            ProblemKind::Invalid,
            "This bundle is sealed to another server; only that one can open it. Import it there.",
            "该数据包是为另一台服务器加密的，只能在那里导入。",
        ),
        BundleError::TooLarge => (
            ProblemKind::TooLarge,
            "This file is larger than a bundle may be. Nothing was taken.",
            "该文件超出数据包的大小上限，未导入任何内容。",
        ),
        BundleError::Damaged | BundleError::Content(_) | BundleError::Key => (
            ProblemKind::Invalid,
            "This bundle is damaged or cut off. Nothing was taken. Copy it again, or let the phone write it again.",
            "该数据包已损坏或不完整，未导入任何内容。请重新复制，或在设备上重新生成。",
        ),
    };
    StoreError::Refused(kind, Some(Said::new(en, zh)))
}
