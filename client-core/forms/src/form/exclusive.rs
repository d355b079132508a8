//! Ticks of a multi-select that stand alone (`x-exclusive`).

use super::Form;
use crate::model::{Kind, Options};

impl Form {
    /// The ticks that cannot stand beside the one at `path`, when that is ticked: beside one that stands alone all others,
    /// beside any other those that stand alone. None elsewhere.
    pub fn ruled_out(&self, path: &str) -> Vec<String> {
        let Some((set, code)) = path.rsplit_once('/') else { return Vec::new() };
        let Some(question) = self.question(set).filter(|question| question.kind == Kind::SelectMany) else {
            return Vec::new();
        };
        let Options::Fixed(ticks) = &question.options else { return Vec::new() };
        let alone = question.exclusive.contains(code);
        let others = ticks.iter().map(|(tick, _)| tick).filter(|tick| *tick != code);
        let out = others
            .filter(|tick| !question.exclusive.is_empty() && (alone || question.exclusive.contains(*tick)));
        out.map(|tick| format!("{set}/{tick}")).collect()
    }

    /// Whether the tick at `path` stands alone.
    pub fn stands_alone(&self, path: &str) -> bool {
        let Some((set, code)) = path.rsplit_once('/') else { return false };
        self.question(set).is_some_and(|question| question.exclusive.contains(code))
    }
}
