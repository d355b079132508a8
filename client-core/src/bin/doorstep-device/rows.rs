//! `members/+a/name=X`: labels for rows that a command begins.

use std::collections::BTreeMap;

use doorstep_records::RowId;

/// Rows begun by one command: `members/+a` -> its id.
#[derive(Debug, Default)]
pub(crate) struct NewRows(BTreeMap<String, RowId>);

impl NewRows {
    /// The path with each label replaced by its row id; the same label below the same roster is the same row.
    pub(crate) fn resolve(&mut self, path: &str, mut mint: impl FnMut() -> RowId) -> String {
        let mut resolved = String::new();
        for segment in path.split('/') {
            if !resolved.is_empty() {
                resolved.push('/');
            }
            if segment.starts_with('+') {
                let row = *self.0.entry(format!("{resolved}{segment}")).or_insert_with(&mut mint);
                resolved.push_str(&row.to_string());
            } else {
                resolved.push_str(segment);
            }
        }
        resolved
    }

    /// Labels with their row ids.
    pub(crate) fn into_map(self) -> BTreeMap<String, String> {
        self.0.into_iter().map(|(label, row)| (label, row.to_string())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_row_within_its_roster() {
        let mut count = 0;
        let mut mint = || {
            count += 1;
            RowId::from_parts(count, [0; 10])
        };
        let mut rows = NewRows::default();
        let name = rows.resolve("members/+a/name", &mut mint);
        let sex = rows.resolve("members/+a/sex", &mut mint);
        assert_eq!(name.strip_suffix("/name"), sex.strip_suffix("/sex"));
        assert_ne!(rows.resolve("members/+b/sex", &mut mint), sex);
        assert_ne!(rows.resolve("wage/+a/sex", &mut mint), sex);
        assert_eq!(rows.resolve("land", &mut mint), "land");
        assert_eq!(rows.into_map().keys().collect::<Vec<_>>(), ["members/+a", "members/+b", "wage/+a"]);
    }
}
