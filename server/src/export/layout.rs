//! Which answer stands in which file and column, over every version a form ever had.
//!
//! Invariant: a column keeps its place relative to the others for ever. The columns of the first version stand in the
//! order of its questions; what a later version adds comes after all that was there before, in its own order. A question
//! that moved (`x-from`) keeps its column, under its newest name; one that is gone keeps its column too.

use std::collections::{BTreeMap, HashMap};

use doorstep_forms::{Form, Kind, Pii, Question};

use super::cell;

/// A column of answers.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Path below the record or the row: `health/disabled`.
    pub(super) heading: String,
    /// True when any version says so, or says nothing: a mark taken off later uncovers nothing of before.
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
    /// The columns of its parts, as [`cell::parts_of`] its kind.
    pub(super) parts: Vec<usize>,
    /// What kind of answer stands there in the version asked about.
    pub(super) kind: Kind,
    /// True when that version knows the path under this very name.
    pub(super) own: bool,
}

/// Where the answers of a template stand.
#[derive(Debug, Clone, Copy)]
struct Spot {
    table: usize,
    column: usize,
}

#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) tables: Vec<Table>,
    /// Roster template to its table, of every version.
    rosters: HashMap<String, usize>,
    /// Template of an answer to its column, of every version.
    spots: HashMap<String, Spot>,
    /// Its kind by version.
    kinds: HashMap<String, BTreeMap<u32, Kind>>,
}

/// A question's template with those it had before.
struct Names {
    now: String,
    former: Vec<String>,
}

impl Names {
    /// The names of something below: its own, and what follows from where the whole stood before.
    fn below(&self, tail: &str, own_former: &[String]) -> Names {
        let join =
            |above: &String| if above.is_empty() { tail.to_owned() } else { format!("{above}/{tail}") };
        let inherited = self.former.iter().map(join);
        Names { now: join(&self.now), former: own_former.iter().cloned().chain(inherited).collect() }
    }
}

impl Names {
    /// The names of a part of the answer. A dot stands in no path, so that no answer has such a name.
    fn part(&self, part: &str) -> Names {
        let of = |name: &String| format!("{name}.{part}");
        Names { now: of(&self.now), former: self.former.iter().map(of).collect() }
    }
}

impl Layout {
    /// The layout over the versions of a form, oldest first.
    pub(super) fn of<'f>(versions: impl IntoIterator<Item = &'f Form>) -> Layout {
        let mut layout = Layout { tables: vec![Table::default()], ..Layout::default() };
        for form in versions {
            let root = Names { now: String::new(), former: Vec::new() };
            layout.add(form, form.questions(), 0, "", &root);
        }
        layout
    }

    fn add<'f>(
        &mut self,
        form: &'f Form,
        questions: impl Iterator<Item = &'f Question>,
        table: usize,
        prefix: &str,
        around: &Names,
    ) {
        for question in questions {
            let heading = format!("{prefix}{}", question.key());
            let names = around.below(question.key(), former(question));
            match question.kind() {
                Kind::Group => self.add(form, form.children(question), table, &format!("{heading}/"), &names),
                Kind::Roster | Kind::Yearly => {
                    let inner = self.roster(table, &heading, &names);
                    let rows = names.below("*", &[]);
                    self.add(form, form.children(question), inner, "", &rows);
                }
                Kind::SelectMany => {
                    for (code, _) in form.option_labels(question) {
                        let heading = format!("{heading}/{code}");
                        self.column(form, table, heading, &names.below(&code, &[]), question);
                    }
                }
                kind => {
                    self.column(form, table, heading.clone(), &names, question);
                    for part in cell::parts_of(kind) {
                        self.column(form, table, format!("{heading}.{part}"), &names.part(part), question);
                    }
                }
            }
        }
    }

    /// The table of a roster: the one it has had, under its newest name, or a new one.
    fn roster(&mut self, outer: usize, heading: &str, names: &Names) -> usize {
        let outer = &self.tables[outer];
        let own = heading.replace('/', ".");
        let name = if outer.name.is_empty() { own.clone() } else { format!("{}.{own}", outer.name) };
        let rosters: Vec<String> = outer.rosters.iter().cloned().chain([own]).collect();
        let known = std::iter::once(&names.now).chain(&names.former).find_map(|name| self.rosters.get(name));
        let table = match known.copied() {
            // Rows that moved to another depth have other row ids before them: that is another file.
            Some(table) if self.tables[table].rosters.len() == rosters.len() => table,
            _ => {
                self.tables.push(Table::default());
                self.tables.len() - 1
            }
        };
        (self.tables[table].name, self.tables[table].rosters) = (name, rosters);
        self.rosters.insert(names.now.clone(), table);
        table
    }

    fn column(&mut self, form: &Form, table: usize, heading: String, names: &Names, question: &Question) {
        let personal = question.pii() != Pii::None;
        let known = std::iter::once(&names.now).chain(&names.former).find_map(|name| self.spots.get(name));
        let spot = match known.copied() {
            Some(spot) if spot.table == table => {
                let column = &mut self.tables[table].columns[spot.column];
                column.heading = heading;
                column.personal |= personal;
                spot
            }
            _ => {
                let columns = &mut self.tables[table].columns;
                columns.push(Column { heading, personal });
                Spot { table, column: columns.len() - 1 }
            }
        };
        self.spots.insert(names.now.clone(), spot);
        let version = form.manifest().version;
        self.kinds.entry(names.now.clone()).or_default().insert(version, question.kind());
    }

    /// Where an answer of a record judged by `version` stands; nothing for a path no version knows.
    pub(super) fn place<'p>(&self, path: &'p str, version: u32) -> Option<Place<'p>> {
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
        let Spot { table, column } = *self.spots.get(&template)?;
        let kinds = self.kinds.get(&template)?;
        let kind =
            kinds.range(..=version).next_back().or_else(|| kinds.iter().next()).map(|(_, kind)| *kind)?;
        let own = kinds.contains_key(&version);
        let part = |part: &&str| self.spots.get(&format!("{template}.{part}")).map(|spot| spot.column);
        let parts = cell::parts_of(kind).iter().filter_map(part).collect();
        let place = Place { table, column, rows, parts, kind, own };
        (place.rows.len() == self.tables[table].rosters.len()).then_some(place)
    }
}

/// The templates a question's answers stood under before.
fn former(question: &Question) -> &[String] {
    question.former()
}

/// Cells of one record, by table and row ids, in row id order.
pub(super) type Cells<'a> = BTreeMap<(usize, Vec<&'a str>), Vec<String>>;
