//! A ledger: one row a person, rows with the same household number are one household.
//!
//! A household with a fault in any of its rows is not imported at all, since half a household would be counted wrongly.
//! Warnings never stop a row: what a ledger says is evidence, and stays as it was written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doorstep_forms::Form;
use serde_json::{Value as Json, json};

use super::areas::AreaNames;
use super::columns::{Column, Header, PERSONS, Target};
use super::fault::{FileError, RowFault, Said};
use super::sheet::{self, Cell, Encoding, Row};
use super::{limits, words};

/// A person of a household.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Row of the ledger.
    pub row: usize,
    /// Answers by path below the member's row: `name`, `health/disabled`.
    pub answers: BTreeMap<String, Json>,
}

impl Member {
    /// The text of an answer, empty when there is none.
    pub fn text(&self, path: &str) -> &str {
        self.answers.get(path).and_then(Json::as_str).unwrap_or_default()
    }
}

/// A household of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Household {
    /// Its number in the ledger.
    pub number: String,
    /// Code of the area it lies in.
    pub area: String,
    /// First row of the ledger.
    pub row: usize,
    /// Answers of the household by path.
    pub answers: BTreeMap<String, Json>,
    /// Its members in the ledger's order.
    pub members: Vec<Member>,
}

/// A ledger as read: good households, and everything that is wrong or odd.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Households without a fault, in order of their first row.
    pub households: Vec<Household>,
    /// Numbers of households that have a fault.
    pub rejected: BTreeSet<String>,
    /// Rows and cells that cannot be used; at most [`limits::FAULTS`].
    pub faults: Vec<RowFault>,
    /// Cells that deserve a look; at most [`limits::FAULTS`].
    pub warnings: Vec<RowFault>,
    /// How many faults and warnings there are in all.
    pub found: (usize, usize),
    /// Headings that no question answers to.
    pub ignored_columns: Vec<String>,
    /// Rows with persons.
    pub rows: usize,
    /// Encoding of a text file.
    pub encoding: Option<Encoding>,
}

/// Reads a ledger for the register form. Areas are those the asker may write in: any other is not there.
pub fn read_ledger(bytes: &[u8], form: &Form, areas: &AreaNames) -> Result<Ledger, FileError> {
    let sheet = sheet::read(bytes)?;
    let header = Header::find(&sheet.rows, form)?;
    let mut reader = Reader { form, areas, header: &header, ledger: Ledger::default(), open: Vec::new() };
    reader.ledger.encoding = sheet.encoding;
    let mut index = HashMap::new();
    for row in &sheet.rows[header.position + 1..] {
        reader.row(row, &mut index);
    }
    reader.finish();
    let mut ledger = reader.ledger;
    ledger.ignored_columns = header.ignored;
    Ok(ledger)
}

/// A household while its rows come in.
struct Open {
    household: Household,
    /// Where each answer of the household was first given.
    given: BTreeMap<String, usize>,
    head_name: Option<String>,
    faulty: bool,
}

struct Reader<'a> {
    form: &'a Form,
    areas: &'a AreaNames,
    header: &'a Header,
    ledger: Ledger,
    open: Vec<Open>,
}

/// What one row says.
#[derive(Default)]
struct RowContent {
    number: String,
    area_code: Option<String>,
    area_names: BTreeMap<usize, String>,
    head_name: Option<String>,
    household: Vec<(String, Json, String)>,
    member: BTreeMap<String, Json>,
    faults: Vec<(String, Said)>,
    warnings: Vec<(String, Said)>,
}

impl Reader<'_> {
    fn row(&mut self, row: &Row, index: &mut HashMap<String, usize>) {
        let mut said = self.cells(row);
        if said.number.is_empty() && said.member.is_empty() {
            return;
        }
        // 合计, 总计, 小计: a line of totals below the persons.
        if said.number.ends_with('计') && said.number.chars().count() <= 4 {
            return;
        }
        self.ledger.rows += 1;
        let column = |target: &Target| self.title(target);
        if said.number.is_empty() {
            let reason = Said::new("缺户编号", "the household number is missing");
            said.faults.push((column(&Target::HouseholdNo), reason));
        }
        if !said.member.contains_key("name") {
            let reason = Said::new("缺姓名", "the name is missing");
            said.faults.push((column(&Target::Person("name".into())), reason));
        }
        let area = self.area(&mut said);
        let position = (!said.number.is_empty()).then(|| {
            *index.entry(said.number.clone()).or_insert_with(|| {
                self.open.push(Open {
                    household: Household {
                        number: said.number.clone(),
                        area: String::new(),
                        row: row.number,
                        answers: BTreeMap::new(),
                        members: Vec::new(),
                    },
                    given: BTreeMap::new(),
                    head_name: None,
                    faulty: false,
                });
                self.open.len() - 1
            })
        });
        if let Some(position) = position {
            self.join(position, row.number, area, &mut said);
        }
        self.note(row.number, position, said);
    }

    fn title(&self, target: &Target) -> String {
        let column = self.header.columns.iter().find(|column| column.target == *target);
        column.map(|column| column.title.clone()).unwrap_or_default()
    }

    fn cells(&self, row: &Row) -> RowContent {
        let mut said = RowContent::default();
        for column in &self.header.columns {
            let text = match row.cell(column.index) {
                Cell::Empty => continue,
                Cell::Text(text) => text.clone(),
                Cell::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
                Cell::ChangedNumber(shown) => {
                    said.faults.push((column.title.clone(), changed(shown)));
                    continue;
                }
                Cell::Error(error) => {
                    let reason = Said::new(
                        format!("单元格是公式错误 {error}"),
                        format!("the cell holds the error {error}"),
                    );
                    said.faults.push((column.title.clone(), reason));
                    continue;
                }
            };
            self.cell(column, text, &mut said);
        }
        said
    }

    fn cell(&self, column: &Column, text: String, said: &mut RowContent) {
        match &column.target {
            Target::HouseholdNo => said.number = text,
            Target::AreaCode => said.area_code = Some(text),
            Target::AreaName(level) => drop(said.area_names.insert(*level, text)),
            Target::HeadName => said.head_name = Some(text),
            Target::Household(path) => match self.read(path, &text) {
                Ok(answers) => said.household.extend(
                    answers
                        .into_iter()
                        .map(|(below, value)| (join(path, &below), value, column.title.clone())),
                ),
                Err(reason) => said.faults.push((column.title.clone(), reason)),
            },
            Target::Person(path) if path == "id_no" => {
                let number = words::id_number(&text);
                if let Some(doubt) = words::id_doubt(&number) {
                    said.warnings.push((column.title.clone(), doubt));
                }
                said.member.insert(path.clone(), json!(number));
            }
            Target::Person(path) => match self.read(&format!("{PERSONS}/*/{path}"), &text) {
                Ok(answers) => {
                    said.member.extend(answers.into_iter().map(|(below, value)| (join(path, &below), value)));
                }
                Err(reason) => said.faults.push((column.title.clone(), reason)),
            },
        }
    }

    fn read(&self, template: &str, text: &str) -> Result<Vec<(String, Json)>, Said> {
        match self.form.question(template) {
            Some(question) => words::read(self.form, question, text),
            None => Ok(Vec::new()),
        }
    }

    /// The area a row names, by code or by names.
    fn area(&self, said: &mut RowContent) -> Option<String> {
        let (title, found, shown) = match &said.area_code {
            Some(code) => {
                let title = self.title(&Target::AreaCode);
                (title, self.areas.has(code).then(|| code.clone()), code.clone())
            }
            None if said.area_names.is_empty() => return None,
            None => {
                let names: Vec<&str> = said.area_names.values().map(String::as_str).collect();
                let deepest = said.area_names.keys().next_back().copied().unwrap_or_default();
                (self.title(&Target::AreaName(deepest)), self.areas.find(&names), names.join(" "))
            }
        };
        if found.is_none() {
            let reason = Said::new(
                format!("没有行政区划“{shown}”"),
                format!("there is no area {shown:?}, or several"),
            );
            said.faults.push((title, reason));
        }
        found
    }

    /// Adds a row to its household.
    fn join(&mut self, position: usize, row: usize, area: Option<String>, said: &mut RowContent) {
        let area_title = self.title(&Target::AreaCode);
        let open = &mut self.open[position];
        if let Some(area) = area {
            if open.household.area.is_empty() {
                open.household.area = area;
            } else if open.household.area != area {
                said.faults.push((area_title, differs(&open.household.area, open.household.row)));
            }
        }
        if open.head_name.is_none() {
            open.head_name = said.head_name.take();
        }
        for (path, value, title) in said.household.drain(..) {
            match open.household.answers.get(&path) {
                Some(known) if *known != value => {
                    let known = known.as_str().map_or_else(|| known.to_string(), str::to_owned);
                    let first = open.given.get(&path).copied().unwrap_or(open.household.row);
                    said.faults.push((title, differs(&known, first)));
                }
                Some(_) => {}
                None => {
                    open.given.insert(path.clone(), row);
                    open.household.answers.insert(path, value);
                }
            }
        }
        let member = Member { row, answers: std::mem::take(&mut said.member) };
        if let Some(same) = open.household.members.iter().find(|other| same_person(other, &member)) {
            let reason = Said::new(
                format!("与第 {} 行是同一人", same.row),
                format!("the same person as in row {}", same.row),
            );
            said.faults.push((String::new(), reason));
        }
        open.household.members.push(member);
    }

    fn note(&mut self, row: usize, position: Option<usize>, said: RowContent) {
        if let Some(position) = position.filter(|_| !said.faults.is_empty()) {
            self.open[position].faulty = true;
        }
        for (column, reason) in said.faults {
            self.fault(RowFault { row, column, household: said.number.clone(), reason });
        }
        for (column, reason) in said.warnings {
            self.warn(RowFault { row, column, household: said.number.clone(), reason });
        }
    }

    fn fault(&mut self, fault: RowFault) {
        self.ledger.found.0 += 1;
        if self.ledger.faults.len() < limits::FAULTS {
            self.ledger.faults.push(fault);
        }
    }

    fn warn(&mut self, fault: RowFault) {
        self.ledger.found.1 += 1;
        if self.ledger.warnings.len() < limits::FAULTS {
            self.ledger.warnings.push(fault);
        }
    }

    /// What only shows when all rows are read.
    fn finish(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let id_title = self.title(&Target::Person("id_no".into()));
        let area_title = self.title(&Target::AreaCode);
        for mut open in std::mem::take(&mut self.open) {
            let household = &mut open.household;
            if household.area.is_empty() && !open.faulty {
                let reason = Said::new("缺行政区划", "the area is missing");
                let number = household.number.clone();
                self.fault(RowFault {
                    row: household.row,
                    column: area_title.clone(),
                    household: number,
                    reason,
                });
                open.faulty = true;
            }
            name_head(household, open.head_name.as_deref());
            for member in &mut household.members {
                complete(member);
                let id = member.text("id_no").to_owned();
                if id.is_empty() {
                    continue;
                }
                if let Some(first) = seen.get(&id) {
                    let reason = Said::new(
                        format!("证件号码与第 {first} 行相同"),
                        format!("the same id number as in row {first}"),
                    );
                    let (column, household) = (id_title.clone(), household.number.clone());
                    self.warn(RowFault { row: member.row, column, household, reason });
                } else {
                    seen.insert(id, member.row);
                }
            }
            if open.faulty {
                self.ledger.rejected.insert(open.household.number);
            } else {
                self.ledger.households.push(open.household);
            }
        }
        self.ledger.faults.sort_by_key(|fault| fault.row);
        self.ledger.warnings.sort_by_key(|fault| fault.row);
    }
}

fn join(path: &str, below: &str) -> String {
    if below.is_empty() { path.to_owned() } else { format!("{path}/{below}") }
}

fn changed(shown: &str) -> Said {
    Said::new(
        format!("电子表格已改动此号码（{shown}），请将该列设为“文本”格式后重新填写"),
        format!(
            "the spreadsheet changed this number ({shown}); format the column as text and enter it again"
        ),
    )
}

fn differs(known: &str, row: usize) -> Said {
    Said::new(
        format!("与同户第 {row} 行的“{known}”不一致"),
        format!("differs from {known:?} in row {row} of the same household"),
    )
}

fn same_person(a: &Member, b: &Member) -> bool {
    let (a_id, b_id) = (a.text("id_no"), b.text("id_no"));
    if a_id.is_empty() && b_id.is_empty() {
        return !a.text("name").is_empty() && a.text("name") == b.text("name");
    }
    a_id == b_id
}

/// A ledger without relations names the head in a column of its own.
fn name_head(household: &mut Household, head_name: Option<&str>) {
    let has_head = household.members.iter().any(|member| member.text("relation") == "head");
    let head = household
        .members
        .iter_mut()
        .find(|member| head_name == Some(member.text("name")) && member.text("relation").is_empty());
    if let Some(head) = head.filter(|_| !has_head) {
        head.answers.insert("relation".into(), json!("head"));
    }
}

/// The kind of a document is told by its length when the ledger does not say it.
fn complete(member: &mut Member) {
    let kind = match member.text("id_no").len() {
        15 | 18 => "id_card",
        20 | 22 => "disability_card",
        _ => return,
    };
    member.answers.entry("id_kind".into()).or_insert_with(|| json!(kind));
}
