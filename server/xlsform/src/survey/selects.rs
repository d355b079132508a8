//! Selects: where their choices stand, and the question that `or_other` brings.

use std::collections::HashMap;

use super::Reader;
use crate::form::{Id, Kind};
use crate::report::Subject;
use crate::said::Said;
use crate::table::Field;
use crate::types::{self, Source, Takes};

impl Reader<'_, '_, '_> {
    pub(super) fn select(&mut self, row: usize, takes: Takes, source: Source, other: bool) {
        let list = match &source {
            Source::Answer(name) => {
                if takes != Takes::One {
                    let said = Said::new(
                        "several rows of a repeat as one answer have no counterpart",
                        "没有与“选择多行”对应的题型",
                    );
                    return self.lost(row, Subject::Choice, said);
                }
                let id = self.push(row, Kind::Text);
                self.later.push((id, name.clone()));
                return self.calculation(id, row);
            }
            Source::Sheet(name) if is_file(name) => Err(name.clone()),
            Source::Sheet(name) => self.lists.sheet.get(name).copied().ok_or_else(String::new),
            Source::External(name) => self.lists.external.get(name).copied().ok_or_else(String::new),
            Source::File(name) => Err(name.clone()),
        };
        let list = match list {
            Ok(list) => list,
            Err(file) if file.is_empty() => {
                let said = Said::new("its list of choices is not in the workbook", "工作簿中没有它的选项表");
                return self.lost(row, Subject::Choice, said);
            }
            Err(file) => match self.list_of_file(row, &file) {
                Ok(list) => list,
                Err(said) => return self.lost(row, Subject::Choice, said),
            },
        };
        if self.lists.all[list].choices.is_empty() {
            let said = Said::new("its list of choices is empty", "它的选项表是空的");
            return self.lost(row, Subject::Choice, said);
        }
        self.lists.all[list].used = true;
        // Only lists in files can be filtered.
        self.lists.all[list].in_file |= self.table.get(row, Field::ChoiceFilter).is_some();
        let kind = match takes {
            Takes::One => Kind::SelectOne(list),
            Takes::Many => Kind::SelectMany(list),
            Takes::Order => {
                self.lists.all[list].ranked = true;
                Kind::Rank(list)
            }
        };
        let id = self.push(row, kind);
        self.calculation(id, row);
        if other && takes != Takes::Order {
            self.other(id, list, row);
        }
    }

    fn list_of_file(&mut self, row: usize, file: &str) -> Result<usize, Said> {
        if !file.to_lowercase().ends_with(".csv") {
            let said = Said::new(
                format!("choices of {file} cannot be read; only .csv files can"),
                format!("无法读取 {file} 中的选项，仅支持 .csv 文件"),
            );
            return Err(said);
        }
        let parameters = self.table.get(row, Field::Parameters);
        let given = types::parameters(parameters.map_or("", |(text, _)| text));
        let value = |name: &str, otherwise: &str| {
            given
                .iter()
                .find(|(known, _)| known == name)
                .map_or(otherwise.to_owned(), |(_, value)| value.clone())
        };
        let bytes = (self.files)(file).ok_or_else(|| {
            Said::new(
                format!("the file {file} does not lie beside the workbook"),
                format!("工作簿旁没有文件 {file}"),
            )
        })?;
        let list = self.lists.read_file(file, &bytes, &value("value", "name"), &value("label", "label"))?;
        if let Some((_, at)) = parameters {
            self.tracker.carried(at);
        }
        Ok(list)
    }

    /// The text question that `or_other` brings with it.
    fn other(&mut self, select: Id, list: usize, row: usize) {
        let languages = self.table.columns.iter().filter(|column| column.field == Field::Label);
        let labels: HashMap<String, String> = languages
            .map(|column| {
                let chinese = crate::language::locale(&column.language).starts_with("zh");
                (column.language.clone(), if chinese { "其他" } else { "Other" }.to_owned())
            })
            .collect();
        self.lists.with_other(list, labels);
        let name = format!("{}_other", self.form.nodes[select].name);
        let id = self.push(row, Kind::Text);
        let node = &mut self.form.nodes[id];
        node.other_of = Some(select);
        let old = std::mem::replace(&mut node.name, name.clone());
        if let Some(list) = self.form.by_name.get_mut(&old) {
            list.retain(|known| *known != id);
        }
        self.form.by_name.entry(name).or_default().push(id);
    }
}

fn is_file(name: &str) -> bool {
    [".csv", ".xml", ".geojson"].iter().any(|ending| name.to_lowercase().ends_with(ending))
}
