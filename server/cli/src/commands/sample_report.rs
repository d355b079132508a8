//! `doorstep sample report`: approved checks against the register of that day.

use std::collections::BTreeMap;

use doorstep_forms::Form;
use doorstep_server::samples::compare::{Difference, DifferenceKind, Discrepancies};
use doorstep_server::samples::model::CheckedFilter;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::samples::Samples;
use doorstep_server::store::{Scope, SqliteStore};
use serde_json::json;

use super::{Context, known, sample};
use crate::args;
use crate::output::{Failure, table};

/// Questions of the check whose codes are compared.
const NAMED: [&str; 4] = ["cause_main", "household_attribute", "registered_attribute", "registered_status"];

pub(super) fn run(asked: args::SampleReport, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, asked.acting.as_deref())?;
    known::area_asked(&store, &scope, asked.area.as_deref())?;
    let id = asked.sample.as_deref().map(sample::id).transpose()?;
    let filter = CheckedFilter { sample: id, area: asked.area, check: asked.check };
    let refused = |error: doorstep_server::store::StoreError| {
        sample::at(error.into(), asked.sample.as_deref().unwrap_or("--area"))
    };
    let found = store.sample_discrepancies(&scope, &filter).map_err(refused)?;
    let form = match id {
        Some(id) => store.sample_get(&scope, id).map_err(refused)?.0.check,
        None => filter.check,
    };
    let text = text(&found, &labels(&store, &scope, &form, context)?, context);
    context.output.result(&json!(found), &text);
    Ok(())
}

/// What the codes of the compared answers are called, by the newest version of the check.
fn labels(
    store: &SqliteStore,
    scope: &Scope,
    form: &str,
    context: &Context,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut labels =
        BTreeMap::from([("na".to_owned(), context.output.one_of("not applicable", "不适用").to_owned())]);
    let newest = store
        .form_list(scope)?
        .into_iter()
        .filter(|known| known.form == form)
        .map(|known| known.version)
        .max();
    let Some(version) = newest else { return Ok(labels) };
    // A published package compiles; should it not, codes are shown as they are.
    let Ok(form) = Form::compile(store.form_package(scope, form, version)?) else { return Ok(labels) };
    let locale = context.output.language.tag();
    for question in NAMED.iter().filter_map(|template| form.question(template)) {
        for (code, texts) in form.option_labels(question) {
            if let Some(label) = texts.get(locale).filter(|label| !label.is_empty()) {
                labels.insert(code, label.clone());
            }
        }
    }
    Ok(labels)
}

fn text(found: &Discrepancies, labels: &BTreeMap<String, String>, context: &Context) -> String {
    let mut text = context.output.one_of(
        format!(
            "{} checks compared, {} households differ, {} were not in the register on the day of the check\n",
            found.compared, found.differing, found.not_in_register
        ),
        format!(
            "已比对抽查 {} 户，有差异 {} 户，抽查当日不在台账 {} 户\n",
            found.compared, found.differing, found.not_in_register
        ),
    );
    for kind in DifferenceKind::ALL {
        let said = kind.said();
        let count = found.by_kind.get(kind.name()).copied().unwrap_or_default();
        text += &format!("{}: {count}\n", context.output.one_of(said.en, said.zh));
    }
    let rows: Vec<Vec<String>> = found.differences.iter().map(|one| row(one, labels, context)).collect();
    let heading = context.output.one_of(
        ["difference", "name", "area", "day", "registered", "found", "check", "household"],
        ["差异", "户主", "区划", "抽查日期", "台账", "查到", "抽查记录", "农户记录"],
    );
    text + &table(&heading, &rows)
}

fn row(one: &Difference, labels: &BTreeMap<String, String>, context: &Context) -> Vec<String> {
    let called = |code: &String| labels.get(code).unwrap_or(code).clone();
    let said = one.kind.said();
    vec![
        context.output.one_of(said.en, said.zh),
        one.label.clone(),
        one.area.clone(),
        one.date.clone(),
        called(&one.registered),
        called(&one.found),
        one.check.to_string(),
        one.household.to_string(),
    ]
}
