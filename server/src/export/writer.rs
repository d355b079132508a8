//! Writes records as they come, to one file each for the records and their rosters.

use std::io::{self, Write};

use doorstep_forms::Form;
use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use super::cell::{self, MASK};
use super::layout::{Cells, Layout, Table};
use crate::dataset::canonical::row_json;

/// The mark by which spreadsheets know UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// How to export.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Write personal answers in clear: only for those who may.
    pub with_sensitive: bool,
    /// What holds on this date: later events, rows of other times and answers of later years are left out.
    pub valid_at: Option<Date>,
}

/// One record of the dataset.
#[derive(Debug, Clone)]
pub struct ExportRow {
    /// Record id.
    pub record: String,
    /// The form version that judged it.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about.
    pub subject: Option<String>,
    /// Approved at, RFC 3339.
    pub approved_at: String,
    /// Answers by path.
    pub answers: Map<String, Json>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `household_register.members.csv`.
    pub name: String,
    /// Lines below the header.
    pub rows: u64,
}

/// The files of one export.
pub struct Exporter<W: Write> {
    layout: Layout,
    options: Options,
    files: Vec<(Written, csv::Writer<W>)>,
}

const RECORD_HEADINGS: [&str; 5] = ["_record", "_form_version", "_area", "_subject", "_approved_at"];
const DATE: &str = "_date";
const UNKNOWN: &str = "_unknown";

impl<W: Write> Exporter<W> {
    /// Opens the files and writes their headers, for every version of a form, oldest first. `open` gets each file's name.
    pub fn new<'f>(
        versions: impl IntoIterator<Item = &'f Form>,
        options: Options,
        mut open: impl FnMut(&str) -> io::Result<W>,
    ) -> io::Result<Exporter<W>> {
        let mut versions = versions.into_iter().peekable();
        let id = versions.peek().map(|form| form.manifest().id.clone()).unwrap_or_default();
        let layout = Layout::of(versions);
        let mut files = Vec::with_capacity(layout.tables.len());
        for table in &layout.tables {
            let name = match table.name.as_str() {
                "" => format!("{id}.csv"),
                name => format!("{id}.{name}.csv"),
            };
            let mut file = open(&name)?;
            file.write_all(MARK)?;
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
            writer.write_record(header(table))?;
            files.push((Written { name, rows: 0 }, writer));
        }
        Ok(Exporter { layout, options, files })
    }

    /// Writes one record and the rows of its rosters.
    pub fn row(&mut self, row: &ExportRow) -> io::Result<()> {
        let mut cells = Cells::new();
        cells.insert((0, Vec::new()), vec![String::new(); self.layout.tables[0].columns.len()]);
        let mut unknown = Map::new();
        // What the record's own version asks takes its cell first: of two names of one column the other one stands apart.
        let placed = row.answers.iter().map(|at| (at, self.layout.place(at.0, row.form_version)));
        let (own, others): (Vec<_>, Vec<_>) =
            placed.partition(|(_, place)| place.as_ref().is_some_and(|place| place.own));
        for ((path, value), place) in own.into_iter().chain(others) {
            let cell = place.and_then(|place| {
                let columns = &self.layout.tables[place.table].columns;
                let masked =
                    columns[place.column].personal && !self.options.with_sensitive && !value.is_null();
                let line = cells.entry((place.table, place.rows));
                let line = line.or_insert_with(|| vec![String::new(); columns.len()]);
                let cell = line.get_mut(place.column).filter(|cell| cell.is_empty())?;
                let mut texts = cell::cells(value, place.kind).into_iter();
                *cell = if masked { MASK.to_owned() } else { texts.next().unwrap_or_default() };
                for (column, text) in place.parts.iter().zip(texts.skip(usize::from(masked))) {
                    line[*column] = if masked { MASK.to_owned() } else { text };
                }
                Some(())
            });
            // What begins with a low line is the record's own housekeeping.
            if cell.is_none() && !path.starts_with('_') && !path.ends_with("/_order") && !value.is_null() {
                unknown.insert(path.clone(), value.clone());
            }
        }
        for ((table, rows), cells) in cells {
            let line = if table == 0 {
                self.record_line(row, &cells, &unknown)
            } else {
                roster_line(row, &rows, cells)
            };
            let (written, writer) = &mut self.files[table];
            writer.write_record(&line)?;
            written.rows += 1;
        }
        Ok(())
    }

    fn record_line(&self, row: &ExportRow, cells: &[String], unknown: &Map<String, Json>) -> Vec<String> {
        let mut line = vec![
            row.record.clone(),
            row.form_version.to_string(),
            cell::text(&row.area).into_owned(),
            row.subject.clone().unwrap_or_default(),
            row.approved_at.clone(),
            row.answers.get(DATE).and_then(Json::as_str).unwrap_or_default().to_owned(),
        ];
        line.extend(cells.iter().cloned());
        line.push(match (unknown.is_empty(), self.options.with_sensitive) {
            (true, _) => String::new(),
            (false, false) => MASK.to_owned(),
            (false, true) => canonical_object(unknown),
        });
        line
    }

    /// Flushes the files and tells what they hold.
    pub fn finish(self) -> io::Result<Vec<Written>> {
        self.files
            .into_iter()
            .map(|(written, mut writer)| {
                writer.flush()?;
                Ok(written)
            })
            .collect()
    }
}

/// JSON with sorted keys and no white space.
fn canonical_object(fields: &Map<String, Json>) -> String {
    row_json(&fields.iter().map(|(path, value)| (path.clone(), value.clone())).collect())
}

fn header(table: &Table) -> Vec<String> {
    let owned = |text: &str| text.to_owned();
    let answers = table.columns.iter().map(|column| column.heading.clone());
    if table.rosters.is_empty() {
        let own = RECORD_HEADINGS.iter().copied().chain([DATE]).map(owned);
        return own.chain(answers).chain([owned(UNKNOWN)]).collect();
    }
    let rows = table.rosters.iter().map(|roster| format!("_row.{roster}"));
    [owned(RECORD_HEADINGS[0])].into_iter().chain(rows).chain(answers).collect()
}

fn roster_line(row: &ExportRow, rows: &[&str], cells: Vec<String>) -> Vec<String> {
    let rows = rows.iter().map(|id| cell::text(id).into_owned());
    [row.record.clone()].into_iter().chain(rows).chain(cells).collect()
}
