//! Lenses: how records written under earlier versions are read under this one.
//!
//! * A question that moved names its former templates in `x-from`.
//! * `lenses/<n>.json` says what else must happen to what was written under version `n`: `add`, `remove`,
//!   `convert`, `map_codes`. It holds for earlier versions too, down to the next lens file: a version without one
//!   differed from the next only in ways that need none.
//! * Lenses are not chained: a package carries the lens of **every** earlier version it can read, each leading
//!   straight to itself. [`crate::compare`] watches that none is dropped.
//!
//! Invariant: a lens runs on reading and writes nothing. What was written stays in its register; what cannot be
//! converted is shown as it is and listed.

mod check;
mod convert;
mod file;
mod former;
mod read;
mod rows;
mod settle;

use std::collections::BTreeMap;

pub(crate) use check::check;
pub(crate) use file::{LensFile, Op, parse};
pub use read::{Clash, ClashKind, Lensed, Reading, Register, Said, Unconverted};

use crate::Form;
use former::Formers;

/// Which change has seen which.
pub trait Causality {
    /// Names a change.
    type Change: Clone + Ord;
    /// True when `newer` was made by someone who had seen `older`. A change has not seen itself.
    fn has_seen(&self, newer: &Self::Change, older: &Self::Change) -> bool;
}

/// The lenses of a form, checked against its questions.
#[derive(Debug, Default)]
pub(crate) struct Lenses {
    by_version: BTreeMap<u32, LensFile>,
    formers: Formers,
}

impl Lenses {
    /// The lens for what was written under `version`; none needed, or none there.
    pub(crate) fn of(&self, version: u32) -> Option<&LensFile> {
        // Version 0: the change does not say under what it was made.
        (version > 0).then(|| self.by_version.range(version..).next().map(|(_, lens)| lens))?
    }

    /// The versions that have a lens file.
    pub(crate) fn versions(&self) -> impl Iterator<Item = u32> {
        self.by_version.keys().copied()
    }

    pub(crate) fn file(&self, version: u32) -> Option<&LensFile> {
        self.by_version.get(&version)
    }

    /// The former templates of a question, those of what it stands in included.
    pub(crate) fn formers(&self, id: crate::model::QId) -> &[String] {
        self.formers.of(id)
    }
}

impl Form {
    /// Whether records written under earlier versions are read through a lens. When not, answers are read as they
    /// stand.
    pub fn has_lens(&self) -> bool {
        !self.lenses.by_version.is_empty() || !self.lenses.formers.is_empty()
    }

    /// The versions that have a lens file of their own, ascending.
    pub fn lens_versions(&self) -> Vec<u32> {
        self.lenses.versions().collect()
    }

    /// Reads the registers of a record under this version: the own register of an answer where it has seen the
    /// former one, the former one through the lens where that is newer, and both as a clash where neither has seen
    /// the other. Total: any registers give a reading, and no register is left out of it.
    pub fn read<C: Causality>(
        &self,
        registers: &BTreeMap<String, Register<C::Change>>,
        causality: &C,
    ) -> Reading<C::Change> {
        read::read(self, registers, causality)
    }
}
