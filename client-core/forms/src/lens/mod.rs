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

    /// The path under which this version reads a register: its own, or where its question stands now (`x-from`). `None`:
    /// no question reads it.
    pub fn reads_at(&self, register: &str) -> Option<String> {
        let roster = register.strip_suffix("/_deleted").or_else(|| register.strip_suffix("/_order"));
        let is_row = |row: &str| row.rsplit_once('/').is_some_and(|(roster, _)| self.is_roster(roster));
        if self.resolve(register).is_some() || roster.is_some_and(is_row) {
            return Some(register.to_owned());
        }
        self.lenses.formers.find(&self.model, register).map(|found| found.path)
    }

    /// Where the answer at `path` stood in earlier versions, with the same meaning: none where a lens converts it or reads
    /// its codes as others.
    pub(crate) fn unconverted_formers(&self, path: &str) -> Vec<String> {
        let Some((id, tick)) = self.resolve(path) else { return Vec::new() };
        let template = &self.model.questions[id].template;
        let lenses = self.lenses.by_version.values();
        if lenses.clone().any(|lens| lens.convert(template).is_some() || lens.codes(template).is_some()) {
            return Vec::new();
        }
        let parts = template.split('/').zip(path.split('/'));
        let rows: Vec<&str> = parts.filter(|(wanted, _)| *wanted == "*").map(|(_, row)| row).collect();
        let stood = |former: &String| {
            let mut rows = rows.iter();
            let parts =
                former.split('/').map(|part| if part == "*" { rows.next().copied() } else { Some(part) });
            let mut parts = parts.collect::<Option<Vec<&str>>>()?;
            parts.extend(tick);
            Some(parts.join("/"))
        };
        self.lenses.formers(id).iter().filter_map(stood).collect()
    }

    fn is_roster(&self, path: &str) -> bool {
        let found = self.resolve(path).map(|(id, _)| &self.model.questions[id]);
        found.is_some_and(|question| {
            let level = |path: &str| path.split('/').count();
            question.kind.is_roster() && level(&question.template) == level(path)
        })
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
