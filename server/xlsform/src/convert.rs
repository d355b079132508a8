//! From the workbook to a package that the check of forms accepts.
//!
//! What that check refuses is left out, reported, and the package built again: rounds end because each leaves out more.

use std::collections::HashMap;

use doorstep_forms::{Fault, FaultKind, Form as Compiled, FormPackage};

use crate::book::Book;
use crate::choices::Lists;
use crate::emit::{self, Emitted, Part, Site, Source};
use crate::error::ImportError;
use crate::form::{Form, Node};
use crate::languages::{self, Languages};
use crate::report::{At, Report, Subject, Tracker};
use crate::said::Said;
use crate::table::{Field, Role, Table};
use crate::{Imported, Options, choice_rows, cycles, entities, keys, limits, names, plan, settings, survey};

/// Which sheet is which.
#[derive(Default)]
struct Sheets {
    survey: Option<usize>,
    choices: Option<usize>,
    settings: Option<usize>,
    external: Option<usize>,
    entities: Option<usize>,
}

/// What the rounds before have taught.
struct Lessons {
    refused: HashMap<Site, Said>,
    /// How much of the limits may be used, in percent.
    most: usize,
}

pub(crate) fn convert(book: &Book, options: &Options<'_>) -> Result<Imported, ImportError> {
    let mut lessons = Lessons { refused: HashMap::new(), most: 100 };
    let mut last = String::new();
    for _ in 0..limits::ROUNDS {
        let round = Round::run(book, options, &lessons)?;
        let circles = cycles::broken(&round.form, &round.emitted.reads);
        if !circles.is_empty() {
            lessons.refused.extend(circles);
            continue;
        }
        let files = round.emitted.files.clone();
        let faults = match FormPackage::from_files(files) {
            Ok(package) => match Compiled::compile(package) {
                Ok(_) => return Ok(round.finish()),
                Err(faults) => faults,
            },
            Err(faults) => faults,
        };
        last = faults.iter().take(3).map(Fault::to_string).collect::<Vec<_>>().join("; ");
        if !learn(&mut lessons, &faults, &round.emitted) {
            break;
        }
    }
    Err(ImportError::NotSound(last))
}

/// Takes what the faults say; false when nothing can be left out for them.
fn learn(lessons: &mut Lessons, faults: &[Fault], emitted: &Emitted) -> bool {
    let mut learned = false;
    for fault in faults {
        let large = [FaultKind::TooLarge, FaultKind::TooManySubschemas, FaultKind::TooDeep];
        if large.contains(&fault.kind) && lessons.most > 10 {
            lessons.most -= 10;
            return true;
        }
        let Some(site) = site(fault, emitted) else {
            continue;
        };
        let said = Said::new(
            format!("forms refuse it: {}", fault.reason_en),
            format!("表单不接受：{}", fault.reason_zh),
        );
        learned |= lessons.refused.insert(site, said).is_none();
    }
    learned
}

/// The expression a fault is about, else the question it stands in.
fn site(fault: &Fault, emitted: &Emitted) -> Option<Site> {
    let here = || emitted.sites.iter().filter(|(file, ..)| *file == fault.file);
    let exact = here().find(|(_, pointer, _)| *pointer == fault.pointer);
    let inside = || {
        let below =
            |pointer: &str| pointer.strip_prefix(&fault.pointer).is_some_and(|rest| rest.starts_with('/'));
        here().find(|(_, pointer, site)| {
            site.1 != Part::Whole && fault.pointer.contains("/x-") && below(pointer)
        })
    };
    let around = || {
        let above = |pointer: &str| {
            fault.pointer.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        here().filter(|(_, pointer, _)| above(pointer)).max_by_key(|(_, pointer, _)| pointer.len())
    };
    exact.or_else(inside).or_else(around).map(|(.., site)| *site)
}

struct Round<'b> {
    form: Form,
    emitted: Emitted,
    tracker: Tracker<'b>,
    id: String,
    languages: Languages,
}

impl<'b> Round<'b> {
    fn run(book: &'b Book, options: &Options<'_>, lessons: &Lessons) -> Result<Round<'b>, ImportError> {
        let mut tracker = Tracker::new(book);
        let sheets = sheets(book, &mut tracker);
        let missing = || {
            let names: Vec<&str> = book.sheets.iter().map(|sheet| sheet.name.as_str()).take(20).collect();
            ImportError::NoSurvey(names.join(", "))
        };
        let survey = sheets.survey.ok_or_else(missing)?;
        workbook_notes(book, &mut tracker);
        let table = Table::new(book, survey, Role::Survey, &mut tracker);
        if !table.has(Field::Type) {
            // The only sheet of a workbook need not be called survey, but then it must look like one.
            let called = book.sheets[survey].name.trim().eq_ignore_ascii_case("survey");
            return Err(match table.columns.is_empty() {
                _ if !called && !book.sheets[survey].rows.is_empty() => missing(),
                true => ImportError::Empty,
                false => ImportError::NoType,
            });
        }
        if table.rows().is_empty() {
            return Err(ImportError::Empty);
        }
        let mut settings = settings::read(book, sheets.settings, &mut tracker);
        let choices = sheets.choices.map(|sheet| Table::new(book, sheet, Role::Choices, &mut tracker));
        let external = sheets.external.map(|sheet| Table::new(book, sheet, Role::Choices, &mut tracker));
        let mut lists = Lists::default();
        if let Some(choices) = &choices {
            lists.read(choices, false, settings.duplicates);
        }
        if let Some(external) = &external {
            lists.read(external, true, true);
        }
        let sheet_lists = (lists.sheet.clone(), lists.external.clone());
        let mut form = survey::read(&table, lists, &mut settings, options.files, &mut tracker);
        keys::empty(&mut form, &table, &mut tracker);
        keys::assign(&mut form, &table, &mut tracker);
        plan::fit(&mut form, &table, lessons.most, &mut tracker);
        plan::refuse(&mut form, &table, &lessons.refused, &mut tracker);
        keys::empty(&mut form, &table, &mut tracker);
        if form.nodes.iter().all(|node| node.lost || node.dissolved) {
            placeholder(&mut form, &mut tracker);
        }
        let mut tables = vec![&table];
        tables.extend(choices.iter().chain(&external));
        let default = settings.default_language.clone();
        let languages = languages::find(&tables, default.as_deref(), options.language, &mut tracker);
        let entity = entities::read(book, sheets.entities, &form, &table, &mut tracker);
        let id = form_id(&settings, options, &mut tracker);
        let source = Source {
            table: &table,
            form: &form,
            settings: &settings,
            languages: &languages,
            entity,
            id: id.clone(),
            refused: &lessons.refused,
        };
        let emitted = emit::package(&source, &mut tracker);
        let (inside, outside) = sheet_lists;
        for (table, names) in
            choices.iter().map(|t| (t, &inside)).chain(external.iter().map(|t| (t, &outside)))
        {
            choice_rows::account(&form, table, names, &languages, &mut tracker);
        }
        Ok(Round { form, emitted, tracker, id, languages })
    }

    fn finish(self) -> Imported {
        let mut report = Report {
            form: self.id,
            locales: self.languages.all.iter().map(|language| language.locale.clone()).collect(),
            questions: self.emitted.questions,
            groups: self.emitted.groups,
            expressions: self.emitted.expressions,
            ..Report::default()
        };
        self.tracker.finish(&mut report);
        Imported { files: self.emitted.files, report }
    }
}

fn sheets(book: &Book, tracker: &mut Tracker<'_>) -> Sheets {
    let mut out = Sheets::default();
    for (index, sheet) in book.sheets.iter().enumerate() {
        let name = sheet.name.trim().to_lowercase();
        let place = match name.as_str() {
            "survey" => &mut out.survey,
            "choices" => &mut out.choices,
            "settings" => &mut out.settings,
            "external_choices" => &mut out.external,
            "entities" => &mut out.entities,
            // A workbook of one sheet needs no name for it.
            _ if book.sheets.len() == 1 => &mut out.survey,
            _ => {
                let said = Said::new("the sheet is no part of an XLSForm", "该工作表不属于 XLSForm");
                tracker.lost_sheet(index, Subject::Sheet, said);
                continue;
            }
        };
        if place.is_some() {
            let said = Said::new("a sheet of this name stands before it", "前面已有同名工作表");
            tracker.lost_sheet(index, Subject::Sheet, said);
        } else {
            *place = Some(index);
        }
    }
    out
}

fn workbook_notes(book: &Book, tracker: &mut Tracker<'_>) {
    if book.macros {
        let said = Said::new("the macros of the workbook are not looked at", "工作簿中的宏不会读取或运行");
        tracker.remark(None, Subject::Workbook, said);
    }
    for (index, sheet) in book.sheets.iter().enumerate() {
        for (number, column) in &sheet.formulas {
            let Ok(row) = sheet.rows.binary_search_by_key(number, |row| row.number) else {
                continue;
            };
            let said = Said::new(
                "the cell holds a formula; its last result is taken",
                "该单元格为公式，采用其最近一次的结果",
            );
            tracker.note(At { sheet: index, row, column: *column }, Subject::Workbook, said);
        }
        for [top, left, bottom, right] in &sheet.merged {
            let cell =
                |row: &usize, column: &usize| format!("{}{row}", doorstep_sheet::column_letter(*column));
            let (from, to) = (cell(top, left), cell(bottom, right));
            let said = Said::new(
                format!("the cells {from}:{to} are merged; their text stands in the first of them only"),
                format!("单元格 {from}:{to} 已合并，文字仅算在第一个单元格"),
            );
            tracker.remark(Some(index), Subject::Workbook, said);
        }
    }
}

/// A form of nothing but metadata still becomes a form.
fn placeholder(form: &mut Form, tracker: &mut Tracker<'_>) {
    let said = Said::new(
        "no question could be carried over; the form holds a single note",
        "没有可导入的题目；表单中只有一条说明",
    );
    tracker.remark(None, Subject::Type, said);
    let name = "form_note".to_owned();
    let (template, segments) = (name.clone(), vec![name.clone()]);
    form.nodes.push(Node { key: name.clone(), template, segments, ..Node::note(&name) });
}

fn form_id(settings: &settings::Settings, options: &Options<'_>, tracker: &mut Tracker<'_>) -> String {
    let wanted = settings.id.as_deref().unwrap_or(options.name);
    let id = names::key(wanted);
    if id != wanted {
        let en = format!("the form \"{wanted}\" has the id {id}");
        tracker.remark(None, Subject::Name, Said::new(en, format!("表单“{wanted}”的编号为 {id}")));
    }
    id
}
