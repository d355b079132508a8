//! `doorstep record history`, and the same as a page: everything that ever happened to a record.

use doorstep_forms::Form;
use doorstep_records::RecordId;
use doorstep_server::households::history::HistoryEvent;
use doorstep_server::households::words;
use doorstep_server::language::Language;
use doorstep_server::print::{self, HistoryRow, PrintedHistory};
use doorstep_server::store::forms::Forms;
use doorstep_server::store::households::Households;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use serde_json::json;

use super::{Context, day_and_time, known, print as pages};
use crate::args;
use crate::output::{Failure, table};

pub(super) fn run(command: args::Record, context: &Context) -> Result<(), Failure> {
    let args::Record::History { record, acting } = command;
    let (store, scope) = pages::asker(context, acting.as_deref())?;
    let (id, events) = events(&store, &scope, &record)?;
    let form = form_of(&store, &scope, id)?;
    let rows: Vec<Vec<String>> = lines(&events, form.as_ref(), context.output.language)
        .into_iter()
        .map(|HistoryRow { at, by, what, detail }| vec![at, by, what, detail])
        .collect();
    let heading = context.output.one_of(["when", "who", "what", "detail"], ["时间", "人员", "事项", "内容"]);
    context.output.result(&json!({ "record": id, "events": events }), &table(&heading, &rows));
    Ok(())
}

/// The page for paper.
pub(super) fn page(
    store: &SqliteStore,
    scope: &Scope,
    record: &str,
    language: Language,
) -> Result<String, Failure> {
    let (id, events) = events(store, scope, record)?;
    let line = store.record_get(scope, id, &At::Now)?.line;
    let form = form_of(store, scope, id)?;
    let areas = doorstep_server::store::areas::Areas::area_list(store, scope)?;
    let printed = PrintedHistory {
        record: id.to_string(),
        label: line.label,
        area: pages::area_name(&areas, &line.area, None, language),
        state: line.state.title(language).to_owned(),
        lines: lines(&events, form.as_ref(), language),
    };
    Ok(print::history(&printed, language))
}

fn events(
    store: &SqliteStore,
    scope: &Scope,
    record: &str,
) -> Result<(RecordId, Vec<HistoryEvent>), Failure> {
    let unknown = || known::no_record(record);
    let id: RecordId = record.parse().map_err(|_| unknown())?;
    let events = store.record_events(scope, id).map_err(|error| match error {
        StoreError::NotFound => unknown(),
        other => other.into(),
    })?;
    Ok((id, events))
}

/// The version that judges the record now; none when it is not published here.
fn form_of(store: &SqliteStore, scope: &Scope, record: RecordId) -> Result<Option<Form>, Failure> {
    let view = store.record_get(scope, record, &At::Now)?;
    match store.form_package(scope, &view.line.form, view.judged_by) {
        Ok(package) => Ok(Form::compile(package).ok()),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn lines(events: &[HistoryEvent], form: Option<&Form>, language: Language) -> Vec<HistoryRow> {
    let line = |event: &HistoryEvent| {
        let device = event.device.map(|device| device.to_string());
        let short = device.as_deref().and_then(|device| device.get(..8)).unwrap_or_default();
        let at = day_and_time(event.at_ms);
        HistoryRow {
            at: at.get(..19).unwrap_or(at.as_str()).to_owned(),
            by: [event.by.as_str(), short].join(" ").trim().to_owned(),
            what: words::title(&event.kind, language).to_owned(),
            detail: words::detail(event, form, language),
        }
    };
    events.iter().map(line).collect()
}
