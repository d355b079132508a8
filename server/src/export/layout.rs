//! Which answer stands in which file and column.

use std::collections::{BTreeMap, HashMap};

use doorstep_forms::{Form, Kind, Pii, Question};

use super::cell;

/// A column of answers.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Path below the record or the row: `health/disabled`.
    pub(super) heading: String,
    pub(super) kind: Kind,
    pub(super) personal: bool,
}

/// A file: the records themselves, or the rows of one roster.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Empty for the records, else the roster's path with dots: `years.wage`.
    pub(super) name: String,
    /// Names of the rosters around and of this one: `years`, `wage`.
    pub(super) rosters: Vec<String>,
    pub(super) columns: Vec<Column>,
}

/// Where a path belongs.
#[derive(Debug, PartialEq)]
pub(super) struct Place<'p> {
    pub(super) table: usize,
    pub(super) column: usize,
    /// Row ids from the outermost roster to the innermost.
    pub(super) rows: Vec<&'p str>,
}

#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) tables: Vec<Table>,
    /// Roster template to its table.
    rosters: HashMap<String, usize>,
    /// Template of an answer to table and column.
    columns: HashMap<String, (usize, usize)>,
}

impl Layout {
    pub(super) fn of(form: &Form) -> Layout {
        let mut layout = Layout { tables: vec![Table::default()], ..Layout::default() };
        layout.add(form, form.questions(), 0, "");
        layout
    }

    fn add<'f>(
        &mut self,
        form: &'f Form,
        questions: impl Iterator<Item = &'f Question>,
        table: usize,
        prefix: &str,
    ) {
        for question in questions {
            let heading = format!("{prefix}{}", question.key());
            match question.kind() {
                Kind::Group => self.add(form, form.children(question), table, &format!("{heading}/")),
                Kind::Roster | Kind::Yearly => {
                    let inner = self.table_below(table, &heading);
                    self.rosters.insert(question.template().to_owned(), inner);
                    self.add(form, form.children(question), inner, "");
                }
                Kind::SelectMany => {
                    for (code, _) in form.option_labels(question) {
                        let template = format!("{}/{code}", question.template());
                        self.column(table, template, format!("{heading}/{code}"), question);
                    }
                }
                kind => {
                    let parts = cell::parts_of(kind).iter().map(|part| format!("{heading}.{part}"));
                    let parts: Vec<String> = parts.collect();
                    self.column(table, question.template().to_owned(), heading, question);
                    for part in parts {
                        self.part(table, part, question);
                    }
                }
            }
        }
    }

    fn table_below(&mut self, outer: usize, heading: &str) -> usize {
        let outer = &self.tables[outer];
        let own = heading.replace('/', ".");
        let name = if outer.name.is_empty() { own.clone() } else { format!("{}.{own}", outer.name) };
        let rosters = outer.rosters.iter().cloned().chain([own]).collect();
        self.tables.push(Table { name, rosters, columns: Vec::new() });
        self.tables.len() - 1
    }

    fn column(&mut self, table: usize, template: String, heading: String, question: &Question) {
        let columns = &mut self.tables[table].columns;
        self.columns.insert(template, (table, columns.len()));
        columns.push(Column { heading, kind: question.kind(), personal: question.pii() != Pii::None });
    }

    /// A column beside that of the answer: one of the parts of a quantity.
    fn part(&mut self, table: usize, heading: String, question: &Question) {
        let personal = question.pii() != Pii::None;
        self.tables[table].columns.push(Column { heading, kind: question.kind(), personal });
    }

    /// Where an answer stands; nothing for a path the form does not know.
    pub(super) fn place<'p>(&self, path: &'p str) -> Option<Place<'p>> {
        let mut template = String::new();
        let mut rows = Vec::new();
        for segment in path.split('/') {
            if self.rosters.contains_key(&template) {
                rows.push(segment);
                template.push_str("/*");
            } else {
                if !template.is_empty() {
                    template.push('/');
                }
                template.push_str(segment);
            }
        }
        let (table, column) = *self.columns.get(&template)?;
        (rows.len() == self.tables[table].rosters.len()).then_some(Place { table, column, rows })
    }
}

/// Cells of one record, by table and row ids, in row id order.
pub(super) type Cells<'a> = BTreeMap<(usize, Vec<&'a str>), Vec<String>>;
