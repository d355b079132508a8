//! One answer that stands in several registers: which of them holds.

use super::Causality;
use super::read::Seen;

/// Drops what somebody has replaced knowingly: a candidate whose change was seen by the author of a candidate in
/// another register. (Within one register the document has done so already.) What one change wrote in both places
/// is the newer place's.
pub(super) fn settle<C: Causality>(candidates: &mut Vec<Seen<C::Change>>, causality: &C) {
    let one_register = candidates.windows(2).all(|pair| pair[0].register == pair[1].register);
    if one_register {
        return;
    }
    let replaced: Vec<bool> = candidates
        .iter()
        .map(|old| {
            candidates.iter().filter(|new| new.register != old.register).any(|new| {
                let same_change = new.change == old.change && new.own && !old.own;
                same_change || causality.has_seen(&new.change, &old.change)
            })
        })
        .collect();
    let mut keep = replaced.iter().map(|replaced| !replaced);
    candidates.retain(|_| keep.next().unwrap_or(true));
}
