//! `doorstep print record | history | posting | report`: A4 pages as HTML.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use doorstep_forms::{Form, Kind, Question};
use doorstep_records::RecordId;
use doorstep_server::areas::Area;
use doorstep_server::language::Language;
use doorstep_server::print::{self, Head, Posted, Posting, PrintedRecord, Signed};
use doorstep_server::reports::Asked;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::dataset::Datasets;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use serde_json::{Value, json};

use super::files::write_file;
use super::{Context, day_and_time, known};
use crate::args::Print;
use crate::catalog::report_set;
use crate::output::Failure;

/// The register whose head of household names an event's subject.
const REGISTER: &str = "household_register";
/// The answers that hold what is posted as a class, the first that a form has.
const CLASSES: [&str; 2] = ["class", "register_status"];
const ADULT_YEARS: i16 = 18;

pub(super) fn run(print: Print, context: &Context) -> Result<(), Failure> {
    match print {
        Print::Record { record, out, acting } => {
            let (store, scope) = asker(context, acting.as_deref())?;
            let html = self::record(&store, &scope, &record, context.output.language)?;
            page(&html, out.as_deref(), context)
        }
        Print::History { record, out, acting } => {
            let (store, scope) = asker(context, acting.as_deref())?;
            let html = super::record::page(&store, &scope, &record, context.output.language)?;
            page(&html, out.as_deref(), context)
        }
        Print::Posting { form, area, as_of, out, acting } => {
            let (store, scope) = asker(context, acting.as_deref())?;
            let html = posting(&store, &scope.as_of(as_of), (&form, &area), context)?;
            page(&html, out.as_deref(), context)
        }
        Print::Report { name, compiler, reviewer, as_of, valid_at, out, acting } => {
            let (store, scope) = asker(context, acting.as_deref())?;
            let set = report_set()?;
            let names = [name.as_str()];
            let asked = Asked {
                names: &names,
                as_of_ms: as_of,
                valid_at,
                now_ms: context.now_ms(),
                ..Asked::default()
            };
            let results = set
                .count_asked(&store, &scope, &asked)
                .map_err(|error| super::report::failure(error, &set))?;
            let Some(result) = results.first() else {
                return Err(
                    Failure::new("unknown_report", "There is no such report.", "没有该报表。").at(name)
                );
            };
            let signed = Signed { compiler, reviewer, as_of: day_and_time(result.as_of_ms) };
            page(&print::report(result, &signed, context.output.language), out.as_deref(), context)
        }
    }
}

/// Opens the store for a person, or for the operator who sees everything.
pub(super) fn asker(context: &Context, acting: Option<&str>) -> Result<(SqliteStore, Scope), Failure> {
    let store = context.settled_store()?;
    let scope = match acting {
        Some(name) => context.acting(&store, Some(name))?,
        None => store.operator_scope(),
    };
    Ok((store, scope))
}

/// Writes the page to the file, or to standard output.
pub(super) fn page(html: &str, out: Option<&Path>, context: &Context) -> Result<(), Failure> {
    match out {
        Some(path) => {
            write_file(path, html.as_bytes())?;
            let place = path.display().to_string();
            let text = context.output.one_of(format!("Written to {place}."), format!("已写入 {place}。"));
            context.output.result(&json!({ "file": place, "bytes": html.len() }), &text);
        }
        None => context.output.result(&json!({ "html": html }), html),
    }
    Ok(())
}

/// The newest published version of a form, or exactly the one asked for.
fn form_of(store: &SqliteStore, scope: &Scope, id: &str, version: Option<u32>) -> Result<Form, Failure> {
    let version = match version {
        Some(version) => version,
        None => known::published(store, scope, "--form", id)?,
    };
    let package = store.form_package(scope, id, version)?;
    Form::compile(package).map_err(|faults| {
        let reason = faults.first().map(ToString::to_string).unwrap_or_default();
        Failure::new(
            "internal",
            format!("A published form does not compile: {reason}."),
            "已发布的表单无法编译。",
        )
    })
}

fn record(store: &SqliteStore, scope: &Scope, id: &str, language: Language) -> Result<String, Failure> {
    let unknown = || known::no_record(id);
    let record: RecordId = id.parse().map_err(|_| unknown())?;
    let view = store.record_get(scope, record, &At::Now).map_err(|error| match error {
        StoreError::NotFound => unknown(),
        other => other.into(),
    })?;
    let form = form_of(store, scope, &view.line.form, Some(view.judged_by))?;
    let areas = store.area_list(scope)?;
    let answers: BTreeMap<String, Value> =
        view.answers.iter().map(|(path, answer)| (path.clone(), answer.value.clone())).collect();
    let signatures = view.signatures.iter().map(|shown| shown.to_state()).collect();
    let different = view.answers.iter().filter(|(_, answer)| answer.different).map(|(path, _)| path.clone());
    let printed = PrintedRecord {
        record: record.to_string(),
        area: area_name(&areas, &view.line.area, None, language),
        state: view.line.state.title(language).to_owned(),
        different: different.collect(),
        answers,
        signatures,
    };
    Ok(print::record(&form, &printed, language))
}

/// The name of an area with those above it, from below `inside`, else from the town down.
pub(super) fn area_name(areas: &[Area], code: &str, inside: Option<&str>, language: Language) -> String {
    let by_code: BTreeMap<&str, &Area> = areas.iter().map(|area| (area.code.as_str(), area)).collect();
    let mut names = Vec::new();
    let mut at = by_code.get(code);
    let mut seen = BTreeSet::new();
    while let Some(area) = at.filter(|area| seen.insert(area.code.as_str())) {
        if inside == Some(area.code.as_str()) && !names.is_empty() {
            break;
        }
        names.push(name_of(area, language));
        if area.level == "town" || inside == Some(area.code.as_str()) {
            break;
        }
        at = area.parent.as_deref().and_then(|parent| by_code.get(parent));
    }
    names.reverse();
    let between = if language == Language::Zh { " " } else { " · " };
    if names.is_empty() { code.to_owned() } else { names.join(between) }
}

fn name_of(area: &Area, language: Language) -> &str {
    match language {
        Language::Zh => &area.name_zh,
        Language::En => &area.name_en,
    }
}

fn posting(
    store: &SqliteStore,
    scope: &Scope,
    (form_id, area): (&str, &str),
    context: &Context,
) -> Result<String, Failure> {
    let language = context.output.language;
    let form = form_of(store, scope, form_id, None)?;
    let areas = known::areas(store, scope, "--area", area)?;
    let place = areas.iter().find(|known| known.code == area).map_or(area, |place| name_of(place, language));
    let class = CLASSES.iter().find_map(|path| form.question(path).filter(|q| q.kind() == Kind::SelectOne));
    let Some(class) = class else {
        return Err(Failure::new(
            "nothing_to_post",
            "The form has no class or register status that could be posted.",
            "该表单没有可公示的类别或台账状态。",
        )
        .at(form_id)
        .help(
            "Use identification_case or household_register.",
            "请用 identification_case 或 household_register。",
        ));
    };
    let below = within(&areas, area);
    let now = day_and_time(scope.as_of_ms().unwrap_or_else(|| context.now_ms()));
    let today = now.get(..10).unwrap_or_default();
    let lister = Lister { store, scope, form: &form, class, areas: &areas, place: area, language, today };
    // Rows come in the order they were begun: of several cases of a household the latest stands.
    let mut households = BTreeMap::new();
    store.dataset_each(scope, form_id, &mut |row| {
        if below.contains(row.area.as_str())
            && let Some(posted) = lister.posted(&row)?
        {
            households.insert(row.subject.unwrap_or(row.record), posted);
        }
        Ok(())
    })?;
    let posting = Posting {
        area: place.to_owned(),
        subject: form.title(language.tag()).to_owned(),
        day: today.to_owned(),
        households: households.into_values().collect(),
    };
    Ok(print::posting(&posting, language))
}

/// The codes of an area and of everything below it.
fn within<'a>(areas: &'a [Area], code: &str) -> BTreeSet<&'a str> {
    let mut below = BTreeSet::new();
    // Parents come first in the list.
    for area in areas {
        let inside = area.parent.as_deref().is_some_and(|parent| below.contains(parent));
        if area.code == code || inside {
            below.insert(area.code.as_str());
        }
    }
    below
}

struct Lister<'a> {
    store: &'a SqliteStore,
    scope: &'a Scope,
    form: &'a Form,
    class: &'a Question,
    areas: &'a [Area],
    /// Where it is posted.
    place: &'a str,
    language: Language,
    today: &'a str,
}

impl Lister<'_> {
    /// What is posted of a household; nothing while it has no class.
    fn posted(
        &self,
        row: &doorstep_server::dataset::model::DatasetRow,
    ) -> Result<Option<Posted>, StoreError> {
        let answers = readable(row)?;
        let path = self.class.template();
        let Some(class) = answers.get(path).filter(|value| value.is_string()) else { return Ok(None) };
        let class = self.form.words(path, class, &answers, self.language.tag());
        // An event speaks about a household of the register; its head is named there.
        let household = match row.subject {
            Some(subject) if row.form != REGISTER => match self.store.dataset_get(self.scope, subject) {
                Ok(household) => readable(&household)?,
                Err(StoreError::NotFound) => return Ok(None),
                Err(error) => return Err(error),
            },
            _ => answers,
        };
        let head = head_of(&household, self.today);
        let group = area_name(self.areas, &row.area, Some(self.place), self.language);
        Ok(Some(Posted { group, head, class }))
    }
}

fn readable(
    row: &doorstep_server::dataset::model::DatasetRow,
) -> Result<BTreeMap<String, Value>, StoreError> {
    row.answers().map_err(|_| StoreError::Damaged("a dataset row cannot be read"))
}

/// The head of household: named when certainly an adult.
fn head_of(household: &BTreeMap<String, Value>, today: &str) -> Head {
    let text = |path: String| household.get(&path).and_then(Value::as_str);
    let rows: BTreeSet<&str> =
        household.keys().filter_map(|path| path.strip_prefix("members/")?.split('/').next()).collect();
    let mut heads = rows.iter().filter(|row| text(format!("members/{row}/relation")) == Some("head"));
    let Some(head) = heads.next() else { return Head::AgeUnknown };
    let age = text(format!("members/{head}/born")).and_then(|born| years(born, today));
    match (age, text(format!("members/{head}/name"))) {
        (Some(age), Some(name)) if age >= ADULT_YEARS => Head::Adult(name.to_owned()),
        (Some(age), _) if age < ADULT_YEARS => Head::Minor,
        _ => Head::AgeUnknown,
    }
}

fn years(born: &str, today: &str) -> Option<i16> {
    let (born, today): (jiff::civil::Date, jiff::civil::Date) = (born.parse().ok()?, today.parse().ok()?);
    let before = (today.month(), today.day()) < (born.month(), born.day());
    Some(today.year() - born.year() - i16::from(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_adult_head_is_named() {
        let household = |born: Option<&str>, relation: &str| {
            let mut answers: BTreeMap<String, Value> = BTreeMap::new();
            answers.insert("members/A/name".into(), "王小明".into());
            answers.insert("members/A/relation".into(), relation.into());
            if let Some(born) = born {
                answers.insert("members/A/born".into(), born.into());
            }
            head_of(&answers, "2015-07-01")
        };
        let named = Head::Adult("王小明".into());
        assert_eq!(household(Some("1970-01-01"), "head"), named);
        assert_eq!(household(Some("1997-07-01"), "head"), named);
        assert_eq!(household(Some("1997-07-02"), "head"), Head::Minor, "a day short of 18 years");
        assert_eq!(household(None, "head"), Head::AgeUnknown, "who may be a minor is not named");
        assert_eq!(household(Some("1970-01-01"), "child"), Head::AgeUnknown);
    }
}
