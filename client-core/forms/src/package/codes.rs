//! Large code lists: `codes/<list>.csv`.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::manifest::is_code;
use crate::expr::{Record, RecordType, Table, Type, Value};
use crate::fault::{FaultKind, Faults};
use crate::{json, limits};

/// Template of the record `codes` of an expression; no question can have it.
pub(crate) const LISTS: &str = "$lists";
/// The column that closes a code.
pub(crate) const CLOSED: &str = "closed";

/// A code list. Columns: `code` and `label` (in the form's first locale), optionally `label_<locale>`, `parent`,
/// `level`, `closed` (`true` or empty) and any other; all text.
#[derive(Debug)]
pub struct CodeList {
    columns: Vec<Arc<str>>,
    rows: Vec<Vec<Arc<str>>>,
    index: HashMap<Arc<str>, usize>,
    code_column: usize,
}

impl CodeList {
    /// The codes in file order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| &*row[self.code_column])
    }

    /// Whether the list has `code`.
    pub fn contains(&self, code: &str) -> bool {
        self.index.contains_key(code)
    }

    /// The columns in file order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| &**column)
    }

    /// Whether the code is offered no more (column `closed`). It stays valid where it was answered.
    pub fn is_closed(&self, code: &str) -> bool {
        self.cell(code, CLOSED) == Some("true")
    }

    /// The text in `column` of the row of `code`, if it is there and not empty.
    pub fn cell(&self, code: &str, column: &str) -> Option<&str> {
        let row = &self.rows[*self.index.get(code)?];
        let at = self.columns.iter().position(|c| &**c == column)?;
        row.get(at).map(|t| &**t).filter(|t| !t.is_empty())
    }

    /// The label in `locale`, else in the first locale, else the code.
    pub fn label<'a>(&'a self, code: &'a str, locale: &str) -> &'a str {
        self.cell(code, &format!("label_{locale}")).or_else(|| self.cell(code, "label")).unwrap_or(code)
    }

    /// The row of `code` as a record for filters; empty cells are null.
    pub(crate) fn record(&self, code: &str) -> Option<Value> {
        let row = &self.rows[*self.index.get(code)?];
        let cell = |text: &Arc<str>| if text.is_empty() { Value::Null } else { Value::Text(text.clone()) };
        let fields = self.columns.iter().zip(row).map(|(c, text)| (&**c, cell(text)));
        Some(Value::Record(Rc::new(Record::new(fields))))
    }

    fn value(&self, cells: &[Arc<str>]) -> Value {
        let record = Record::row(&cells[self.code_column], cells.len());
        for (column, text) in self.columns.iter().zip(cells).filter(|(_, text)| !text.is_empty()) {
            record.set(column, Value::Text(text.clone()));
        }
        Value::Record(Rc::new(record))
    }

    pub(crate) fn record_type(&self, name: &str) -> Type {
        self.typed(format!("$codes/{name}"))
    }

    /// The type of `codes.<list>`: a list of rows.
    pub(crate) fn list_type(&self, name: &str) -> Type {
        Type::list(self.typed(format!("{LISTS}/{name}/*")))
    }

    fn typed(&self, template: String) -> Type {
        let fields: BTreeMap<_, _> = self.columns.iter().map(|c| (c.to_string(), Type::Text)).collect();
        Type::Record(Arc::new(RecordType { template, fields, ..RecordType::default() }))
    }
}

/// Rows in file order, each found by its code: `codes.<list>['<code>'].<column>`.
impl Table for CodeList {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn row(&self, code: &str) -> Option<Value> {
        self.index.get(code).map(|at| self.value(&self.rows[*at]))
    }

    fn rows(&self) -> Vec<Value> {
        self.rows.iter().map(|cells| self.value(cells)).collect()
    }
}

pub(super) fn read(file: &str, bytes: &[u8], faults: &mut Faults) -> Option<CodeList> {
    let text = json::text(file, bytes, limits::CODES_BYTES, faults)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns: Vec<Arc<str>> = match reader.headers() {
        Ok(headers) => headers.iter().map(Arc::from).collect(),
        Err(_) => {
            faults.add(file, "line 1", FaultKind::CodeList, "no header", "缺少表头");
            return None;
        }
    };
    let position = |name: &str| columns.iter().position(|c| &**c == name);
    let (Some(code_column), Some(label_column)) = (position("code"), position("label")) else {
        let en = "the header needs the columns code and label";
        faults.add(file, "line 1", FaultKind::CodeList, en, "表头须有 code 和 label 两列");
        return None;
    };
    let closed_column = position(CLOSED);
    let mut list = CodeList { columns, rows: Vec::new(), index: HashMap::new(), code_column };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let en = "a row with another number of columns than the header";
                faults.add(file, format!("line {line}"), FaultKind::CodeList, en, "列数与表头不一致");
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let mut wrong = |en: &str, zh: &str| {
            faults.add(file, format!("line {line}"), FaultKind::CodeList, en, zh);
        };
        let code: Arc<str> = Arc::from(&record[code_column]);
        if !is_code(&code) {
            wrong("a code is 1 to 64 letters, digits or _", "代码只能用 1 至 64 个字母、数字或下划线");
        } else if record[label_column].is_empty() {
            wrong("a code without label", "代码缺少名称");
        } else if closed_column.is_some_and(|at| !matches!(&record[at], "" | "true")) {
            wrong("the column closed holds true or nothing", "closed 列只能填 true 或留空");
        } else if list.rows.len() >= limits::CODES_ROWS {
            wrong("too many codes", "代码过多");
            return None;
        } else if list.index.insert(code, list.rows.len()).is_some() {
            wrong("a code that stands here twice", "代码重复");
        } else {
            list.rows.push(record.iter().map(Arc::from).collect());
        }
    }
    Some(list)
}
