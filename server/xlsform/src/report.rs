//! What the import says of every cell: carried over, carried in another way, or not carried, and why.
//!
//! Every cell that is not empty ends as carried or as not carried; the second always with an entry. A cell nobody
//! spoke of is found by [`Tracker::finish`] and reported.

use std::collections::BTreeMap;

use doorstep_sheet::column_letter;
use serde::Serialize;

use crate::book::Book;
use crate::limits;
use crate::said::Said;

/// What became of the cells an entry speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Not carried over.
    Lost,
    /// Carried over in another way than it stands there.
    Changed,
    /// Carried over; worth a look.
    Note,
}

macro_rules! subjects {
    ($($(#[$doc:meta])* $variant:ident $code:literal;)*) => {
        /// What an entry is about; the codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Subject { $($(#[$doc])* $variant),* }

        impl Subject {
            /// The stable code, as serialised.
            pub fn code(self) -> &'static str {
                match self { $(Subject::$variant => $code),* }
            }
        }
    };
}

subjects! {
    /// The workbook: macros, merged cells, formulas.
    Workbook "workbook";
    /// A sheet that is no part of an XLSForm.
    Sheet "sheet";
    /// A column that is not known, or stands twice.
    Column "column";
    /// A row without type, switched off, or of an unknown type.
    Row "row";
    /// A name that forms refuse, and what it became.
    Name "name";
    /// A question type that has no counterpart.
    Type "type";
    /// A group or a repeat.
    Nesting "nesting";
    /// A missing or changed text.
    Text "text";
    /// A language.
    Language "language";
    /// A picture, sound or film beside a text.
    Media "media";
    /// Layout on the screen.
    Appearance "appearance";
    /// A parameter of a question.
    Parameter "parameter";
    /// A default answer.
    Default "default";
    /// An expression that cannot be translated, or only nearly.
    Expression "expression";
    /// A list of choices or one of its rows.
    Choice "choice";
    /// A required, read-only or trigger mark that has no meaning here.
    Rule "rule";
    /// A declaration of entities.
    Entity "entity";
    /// A setting of the form.
    Setting "setting";
    /// More than a form package may hold.
    Limit "limit";
}

/// One thing to know about the import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Name of the sheet; empty for the workbook as a whole.
    pub sheet: String,
    /// Row as the spreadsheet numbers it, from 1; 0 for a whole sheet.
    pub row: usize,
    /// Letter and heading (`K relevant`) of the column; empty for a whole row.
    pub column: String,
    /// What it is about.
    pub subject: Subject,
    /// What became of it.
    pub effect: Effect,
    /// How many cells it speaks for.
    pub cells: usize,
    /// What stands in the cell, shortened.
    pub value: String,
    /// Why, and what stands there now.
    pub reason: Said,
}

/// How many cells of the workbook went which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// Cells that are not empty.
    pub total: usize,
    /// Carried over, as they stand or in another way.
    pub carried: usize,
    /// Not carried over; each is in an entry.
    pub lost: usize,
}

/// What the import found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Id of the form.
    pub form: String,
    /// Locales, the first one is the language of `schema.json`.
    pub locales: Vec<String>,
    /// Questions of the package, groups and rosters not counted.
    pub questions: usize,
    /// Groups and rosters.
    pub groups: usize,
    /// Expressions translated.
    pub expressions: usize,
    /// Cells of the workbook.
    pub cells: Cells,
    /// Number of entries by effect, those not listed included.
    pub counts: BTreeMap<&'static str, usize>,
    /// Entries by sheet and row.
    pub entries: Vec<Entry>,
    /// Entries beyond the longest list.
    pub more: usize,
}

/// A cell: sheet, row (index of the rows that are kept) and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At {
    pub(crate) sheet: usize,
    pub(crate) row: usize,
    pub(crate) column: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    Unspoken,
    Carried,
    Lost,
}

/// Keeps what became of every cell.
#[derive(Debug, Clone)]
pub(crate) struct Tracker<'b> {
    book: &'b Book,
    states: Vec<Vec<Vec<State>>>,
    entries: Vec<((usize, usize, usize), Entry)>,
    counts: BTreeMap<&'static str, usize>,
    more: usize,
}

impl<'b> Tracker<'b> {
    pub(crate) fn new(book: &'b Book) -> Tracker<'b> {
        let state = |cell: &String| {
            if cell.is_empty() { State::Empty } else { State::Unspoken }
        };
        let rows = |sheet: &crate::book::Sheet| {
            sheet.rows.iter().map(|row| row.cells.iter().map(state).collect()).collect()
        };
        let states = book.sheets.iter().map(rows).collect();
        Tracker { book, states, entries: Vec::new(), counts: BTreeMap::new(), more: 0 }
    }

    fn state(&mut self, at: At) -> Option<&mut State> {
        self.states.get_mut(at.sheet)?.get_mut(at.row)?.get_mut(at.column)
    }

    fn text(&self, at: At) -> &'b str {
        let row = self.book.sheets.get(at.sheet).and_then(|sheet| sheet.rows.get(at.row));
        row.and_then(|row| row.cells.get(at.column)).map_or("", String::as_str)
    }

    /// Whether nothing was said of a cell yet.
    pub(crate) fn is_unspoken(&mut self, at: At) -> bool {
        self.state(at).is_some_and(|state| *state == State::Unspoken)
    }

    /// Marks a cell as carried over, unless it is lost already.
    pub(crate) fn carried(&mut self, at: At) {
        if let Some(state) = self.state(at).filter(|state| **state == State::Unspoken) {
            *state = State::Carried;
        }
    }

    /// Marks a cell as carried over in another way.
    pub(crate) fn changed(&mut self, at: At, subject: Subject, reason: Said) {
        self.carried(at);
        self.cell_entry(at, subject, Effect::Changed, 1, reason);
    }

    /// Tells something about a cell without saying what became of it.
    pub(crate) fn note(&mut self, at: At, subject: Subject, reason: Said) {
        self.cell_entry(at, subject, Effect::Note, 0, reason);
    }

    /// Marks a cell as not carried over.
    pub(crate) fn lost(&mut self, at: At, subject: Subject, reason: Said) {
        match self.state(at) {
            Some(state) if matches!(state, State::Unspoken | State::Carried) => {
                *state = State::Lost;
                self.cell_entry(at, subject, Effect::Lost, 1, reason);
            }
            _ => {}
        }
    }

    /// Marks all cells of a row as not carried over.
    pub(crate) fn lost_row(&mut self, sheet: usize, row: usize, subject: Subject, reason: Said) {
        let Some(states) = self.states.get_mut(sheet).and_then(|sheet| sheet.get_mut(row)) else {
            return;
        };
        let mut cells = 0;
        for state in states.iter_mut().filter(|s| matches!(s, State::Unspoken | State::Carried)) {
            *state = State::Lost;
            cells += 1;
        }
        if cells > 0 {
            let number = self.book.sheets[sheet].rows[row].number;
            self.push((sheet, number, usize::MAX), subject, Effect::Lost, (String::new(), cells), reason);
        }
    }

    /// Marks all cells of a sheet as not carried over.
    pub(crate) fn lost_sheet(&mut self, sheet: usize, subject: Subject, reason: Said) {
        let mut cells = 0;
        for state in self.states.get_mut(sheet).into_iter().flatten().flatten() {
            if matches!(state, State::Unspoken | State::Carried) {
                *state = State::Lost;
                cells += 1;
            }
        }
        if cells > 0 {
            self.push((sheet, 0, usize::MAX), subject, Effect::Lost, (String::new(), cells), reason);
        }
    }

    /// Tells something about the workbook as a whole, or about a sheet.
    pub(crate) fn remark(&mut self, sheet: Option<usize>, subject: Subject, reason: Said) {
        self.push(
            (sheet.unwrap_or(usize::MAX), 0, usize::MAX),
            subject,
            Effect::Note,
            (String::new(), 0),
            reason,
        );
    }

    fn cell_entry(&mut self, at: At, subject: Subject, effect: Effect, cells: usize, reason: Said) {
        let text = self.text(at);
        let mut value: String = text.chars().take(120).collect();
        if value.len() < text.len() {
            value.push('…');
        }
        let Some(row) = self.book.sheets.get(at.sheet).and_then(|sheet| sheet.rows.get(at.row)) else {
            return;
        };
        self.push((at.sheet, row.number, at.column), subject, effect, (value, cells), reason);
    }

    fn push(
        &mut self,
        place: (usize, usize, usize),
        subject: Subject,
        effect: Effect,
        (value, cells): (String, usize),
        reason: Said,
    ) {
        let (sheet, row, column) = place;
        let count = match effect {
            Effect::Lost => "lost",
            Effect::Changed => "changed",
            Effect::Note => "note",
        };
        *self.counts.entry(count).or_default() += 1;
        if self.entries.len() >= limits::ENTRIES {
            self.more += 1;
            return;
        }
        let column_name = if column == usize::MAX { String::new() } else { self.heading(sheet, column) };
        let name = self.book.sheets.get(sheet).map_or(String::new(), |sheet| sheet.name.clone());
        let entry = Entry { sheet: name, row, column: column_name, subject, effect, cells, value, reason };
        self.entries.push((place, entry));
    }

    fn heading(&self, sheet: usize, column: usize) -> String {
        let header = self.book.sheets.get(sheet).and_then(|sheet| sheet.rows.first());
        let header = header.and_then(|row| row.cells.get(column)).map_or("", String::as_str);
        let header: String = header.chars().take(60).collect();
        format!("{} {header}", column_letter(column)).trim_end().to_owned()
    }

    /// Reports what nobody spoke of, and counts.
    pub(crate) fn finish(mut self, report: &mut Report) {
        for sheet in 0..self.states.len() {
            for row in 0..self.states[sheet].len() {
                for column in 0..self.states[sheet][row].len() {
                    if self.states[sheet][row][column] == State::Unspoken {
                        let reason = Said::new("nothing in a form says this", "表单中没有与此对应的内容");
                        self.lost(At { sheet, row, column }, Subject::Column, reason);
                    }
                }
            }
        }
        let all = self.states.iter().flatten().flatten();
        for state in all.filter(|state| **state != State::Empty) {
            report.cells.total += 1;
            match state {
                State::Lost => report.cells.lost += 1,
                _ => report.cells.carried += 1,
            }
        }
        self.entries.sort_by_key(|entry| entry.0);
        report.counts = self.counts;
        report.more = self.more;
        report.entries = self.entries.into_iter().map(|(_, entry)| entry).collect();
    }
}
