//! The areas a ledger may name, by code or by name.

use std::collections::{BTreeMap, BTreeSet};

/// The areas within the asker's reach.
#[derive(Debug, Clone, Default)]
pub struct AreaNames {
    codes: BTreeSet<String>,
    /// By parent and Chinese or English name.
    children: BTreeMap<(Option<String>, String), BTreeSet<String>>,
}

impl AreaNames {
    /// Adds an area with its names.
    pub fn add(&mut self, code: &str, parent: Option<&str>, names: &[&str]) {
        let parent = parent.filter(|parent| !parent.is_empty()).map(str::to_owned);
        self.codes.insert(code.to_owned());
        for name in names.iter().filter(|name| !name.is_empty()) {
            self.children.entry((parent.clone(), (*name).to_owned())).or_default().insert(code.to_owned());
        }
    }

    /// Whether the area is there.
    pub fn has(&self, code: &str) -> bool {
        self.codes.contains(code)
    }

    /// The area that these names lead to, from the largest to the smallest; nothing when none or several do.
    pub fn find(&self, names: &[&str]) -> Option<String> {
        let (first, rest) = names.split_first()?;
        let anywhere = self.children.iter().filter(|((_, name), _)| name == first);
        let starts: BTreeSet<&String> = anywhere.flat_map(|(_, codes)| codes).collect();
        let mut found: BTreeSet<String> = starts.into_iter().cloned().collect();
        for name in rest {
            let below = found.iter().flat_map(|code| {
                self.children.get(&(Some(code.clone()), (*name).to_owned())).into_iter().flatten().cloned()
            });
            found = below.collect();
        }
        if found.len() == 1 { found.pop_first() } else { None }
    }
}
