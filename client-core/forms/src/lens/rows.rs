//! Rows closed on one side and edited on the other, also when the sides write the row in different places.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value as Json;

use super::Causality;
use super::read::{Clash, ClashKind, Seen};

type Targets<C> = BTreeMap<String, Vec<Seen<C>>>;

/// The clash at `path` (`.../_deleted`), if its row was edited by someone who had not seen the close, and the closer
/// had not seen the edit.
pub(super) fn closed_and_edited<C: Causality>(
    path: &str,
    targets: &Targets<C::Change>,
    causality: &C,
) -> Option<Clash<C::Change>> {
    let row = path.strip_suffix("/_deleted")?;
    let candidates = targets.get(path)?;
    let closes: Vec<&Seen<C::Change>> =
        candidates.iter().filter(|candidate| candidate.value == Json::Bool(true)).collect();
    if closes.is_empty() || closes.len() != candidates.len() {
        // Open, or already told as different answers.
        return None;
    }
    let settled = |edit: &Seen<C::Change>| {
        closes.iter().any(|close| {
            edit.change == close.change
                || causality.has_seen(&close.change, &edit.change)
                || causality.has_seen(&edit.change, &close.change)
        })
    };
    // '0' is the character after '/': these are the paths below the row.
    let below = (Bound::Included(format!("{row}/")), Bound::Excluded(format!("{row}0")));
    let edited: Vec<_> = targets
        .range(below)
        .filter(|(path, _)| !path.ends_with("/_deleted") && !path.ends_with("/_order"))
        .flat_map(|(path, edits)| edits.iter().map(move |edit| (path, edit)))
        .filter(|(_, edit)| !settled(edit))
        .map(|(path, edit)| (path.clone(), edit.lensed()))
        .collect();
    (!edited.is_empty()).then(|| Clash {
        path: path.to_owned(),
        kind: ClashKind::ClosedAndEdited,
        candidates: candidates.iter().map(Seen::lensed).collect(),
        edited,
    })
}
