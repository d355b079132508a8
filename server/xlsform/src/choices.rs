//! Lists of choices: from the sheets, and from files beside the workbook.

use std::collections::{BTreeMap, HashMap, HashSet};

use encoding_rs::{GB18030, UTF_8};

use crate::form::{Choice, List, ListColumn, ListId};
use crate::names;
use crate::said::Said;
use crate::table::{Field, Table};

/// The lists of a form by where they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    pub(crate) all: Vec<List>,
    pub(crate) sheet: HashMap<String, ListId>,
    pub(crate) external: HashMap<String, ListId>,
    pub(crate) files: HashMap<String, ListId>,
    keys: HashSet<String>,
}

/// How a column is called that holds the codes of another list instead of its names.
pub(crate) fn recoded(column: &str, list: &str) -> String {
    let name = format!("{column}_as_{list}");
    if name.len() <= 64 { name } else { names::key(&name) }
}

impl Lists {
    fn add(&mut self, name: &str) -> ListId {
        let key = names::unique(names::key(name), &mut self.keys);
        self.all.push(List { name: name.to_owned(), key, ..List::default() });
        self.all.len() - 1
    }

    /// Reads a sheet of choices.
    pub(crate) fn read(&mut self, table: &Table<'_>, external: bool, duplicates: bool) {
        let mut rows: BTreeMap<ListId, Vec<usize>> = BTreeMap::new();
        for row in table.rows() {
            let Some((name, _)) = table.get(row, Field::ListName) else {
                continue;
            };
            let known = if external { self.external.get(name) } else { self.sheet.get(name) };
            let id = match known {
                Some(id) => *id,
                None => {
                    let id = self.add(name);
                    let names = if external { &mut self.external } else { &mut self.sheet };
                    names.insert(name.to_owned(), id);
                    id
                }
            };
            rows.entry(id).or_default().push(row);
        }
        for (id, rows) in rows {
            fill(&mut self.all[id], table, &rows, duplicates);
        }
    }

    /// Adds the choice "other" where a question asks for it.
    pub(crate) fn with_other(&mut self, id: ListId, labels: HashMap<String, String>) {
        let list = &mut self.all[id];
        if !list.codes.contains_key("other") {
            list.codes.insert("other".into(), "other".into());
            let cells = vec![String::new(); list.columns.len()];
            list.choices.push(Choice { name: "other".into(), code: "other".into(), labels, cells });
        }
    }

    /// Reads a comma-separated file of choices; `value` and `label` name its columns.
    pub(crate) fn read_file(
        &mut self,
        name: &str,
        bytes: &[u8],
        value: &str,
        label: &str,
    ) -> Result<ListId, Said> {
        if let Some(id) = self.files.get(name) {
            return Ok(*id);
        }
        let text = decoded(bytes)
            .ok_or_else(|| Said::new("the file is not text in UTF-8", "文件不是 UTF-8 文本"))?;
        let broken = |_| Said::new("the file is no comma-separated table", "文件不是逗号分隔的表格");
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
        let headings: Vec<String> = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect();
        let at = |wanted: &str| headings.iter().position(|heading| heading == wanted);
        let (Some(value_at), Some(label_at)) = (at(value), at(label)) else {
            return Err(Said::new(
                format!("the file has no columns {value} and {label}"),
                format!("文件没有 {value} 和 {label} 列"),
            ));
        };
        let id = self.add(name.rsplit_once('.').map_or(name, |(stem, _)| stem));
        let list = &mut self.all[id];
        list.in_file = true;
        let others: Vec<usize> = (0..headings.len()).filter(|i| *i != value_at && *i != label_at).collect();
        list.columns = columns(others.iter().map(|i| (headings[*i].clone(), None)));
        let mut taken = HashSet::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let cell = |i: usize| record.get(i).unwrap_or_default().to_owned();
            let name = cell(value_at);
            if name.is_empty() || list.codes.contains_key(&name) {
                continue;
            }
            if list.choices.len() >= doorstep_forms::limits::CODES_ROWS {
                let most = doorstep_forms::limits::CODES_ROWS;
                self.all.truncate(id);
                return Err(Said::new(
                    format!("the file has more than {most} choices"),
                    format!("文件中的选项超过 {most} 个"),
                ));
            }
            let code = names::unique(names::code(&name), &mut taken);
            list.codes.insert(name.clone(), code.clone());
            let labels = HashMap::from([(String::new(), cell(label_at))]);
            let cells = others.iter().map(|i| cell(*i)).collect();
            list.choices.push(Choice { name, code, labels, cells });
        }
        self.files.insert(name.to_owned(), id);
        Ok(id)
    }
}

fn decoded(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.contains(&0) {
        return None;
    }
    let text = UTF_8.decode_without_bom_handling_and_without_replacement(bytes);
    let text = text.or_else(|| GB18030.decode_without_bom_handling_and_without_replacement(bytes));
    text.map(std::borrow::Cow::into_owned)
}

/// Names by which filters may call columns.
fn columns(headings: impl Iterator<Item = (String, Option<usize>)>) -> Vec<ListColumn> {
    let mut taken = HashSet::from(["code".to_owned(), "label".to_owned()]);
    headings
        .map(|(heading, index)| {
            let key = names::key(&heading);
            // Columns named label_… are translations.
            let key = if key.starts_with("label_") { format!("x_{key}") } else { key };
            ListColumn { heading, index, ident: names::unique(key, &mut taken) }
        })
        .collect()
}

fn fill(list: &mut List, table: &Table<'_>, rows: &[usize], duplicates: bool) {
    let used = |index: usize| rows.iter().any(|row| !table.cell(*row, index).is_empty());
    let others = table.columns.iter().filter(|column| column.field == Field::Other && used(column.index));
    list.columns = columns(others.map(|column| (column.heading.clone(), Some(column.index))));
    let mut taken = HashSet::new();
    for row in rows {
        let Some((name, _)) = table.get(*row, Field::Name) else {
            list.refused.push((*row, Said::new("a choice without name", "选项没有名称 (name)")));
            continue;
        };
        // Expressions are read with plain quotes; the names they compare with must be too.
        let name = &crate::xpath::straight(name);
        if list.codes.contains_key(name) && !duplicates {
            let said = Said::new(
                format!("the choice {name} stands in this list already"),
                format!("选项 {name} 在表中重复"),
            );
            list.refused.push((*row, said));
            continue;
        }
        if list.choices.len() >= doorstep_forms::limits::CODES_ROWS {
            let most = doorstep_forms::limits::CODES_ROWS;
            let said =
                Said::new(format!("a list has at most {most} choices"), format!("一个选项表最多 {most} 项"));
            list.refused.push((*row, said));
            continue;
        }
        let code = names::unique(names::code(name), &mut taken);
        if code != *name {
            list.renamed.push((
                *row,
                Said::new(
                    format!(
                        "the choice is stored as {code}: codes are letters, digits and _, each once in a list"
                    ),
                    format!("选项存为 {code}：代码只能用字母、数字和下划线，且不得重复"),
                ),
            ));
        }
        list.codes.entry(name.to_owned()).or_insert_with(|| code.clone());
        let labels = table.texts(*row, Field::Label).into_iter();
        let labels = labels.map(|(language, (text, _))| (language.to_owned(), text.to_owned())).collect();
        let cells = list.columns.iter().filter_map(|column| column.index);
        let cells = cells.map(|index| table.cell(*row, index).to_owned()).collect();
        list.choices.push(Choice { name: name.to_owned(), code, labels, cells });
    }
}
