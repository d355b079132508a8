//! `doorstep assign add|move|close|list`.

use doorstep_protocol::{ObjectId, ProblemKind};
use doorstep_records::RecordId;
use doorstep_server::assignments::model::{
    About, AssignmentFilter, AssignmentView, NewAssignments, Progress,
};
use doorstep_server::review::model::RecordFilter;
use doorstep_server::source::Machine;
use doorstep_server::store::assignments::Assignments;
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use serde_json::{Value, json};

use super::{Context, known, review};
use crate::args;
use crate::output::{Failure, table};

/// Assignments read at a time.
const PAGE: u32 = 500;
/// Households of one command that are given together.
const TOGETHER: usize = doorstep_server::assignments::model::ASSIGNMENTS_MAX;

pub(super) fn run(command: args::Assign, context: &Context) -> Result<(), Failure> {
    match command {
        args::Assign::Add(add) => give(add, context),
        args::Assign::Move { assignments, from, to, acting } => {
            let store = context.settled_store()?;
            let scope = context.acting(&store, acting.as_deref())?;
            let ids = match &from {
                Some(from) => open_of(&store, &scope, from)?,
                None => ids(&assignments)?,
            };
            for part in ids.chunks(TOGETHER) {
                store
                    .assignment_move(&scope, part, &to, context.now_ms())
                    .map_err(|error| refused(&store, &scope, part, &to, error))?;
            }
            if let (Some(from), true) = (from, ids.is_empty()) {
                let en = format!("{from} has no open work; nothing was moved.");
                done(context, &ids, en, format!("{from} 没有未完成的任务，未作更改。"));
                return Ok(());
            }
            let count = ids.len();
            done(context, &ids, format!("{count} moved to {to}."), format!("已将 {count} 项任务转给 {to}。"));
            Ok(())
        }
        args::Assign::Close { assignments, reason, acting } => {
            let store = context.settled_store()?;
            let scope = context.acting(&store, acting.as_deref())?;
            let ids = ids(&assignments)?;
            store
                .assignment_close(&scope, &ids, &reason, context.now_ms())
                .map_err(|error| refused(&store, &scope, &ids, "", error))?;
            let count = ids.len();
            done(context, &ids, format!("{count} closed."), format!("已关闭 {count} 项任务。"));
            Ok(())
        }
        args::Assign::List(list) => show(list, context),
    }
}

fn give(add: args::AssignAdd, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, add.acting.as_deref())?;
    known::form(&store, &scope, "--form", &add.form)?;
    known::area_asked(&store, &scope, add.area.as_deref())?;
    let new = |about| NewAssignments {
        form: add.form.clone(),
        about,
        to: add.to.clone(),
        due: add.due.map(|day| day.to_string()),
        note: add.note.clone(),
    };
    let work = match (&add.area, add.households) {
        (Some(area), true) => {
            known::form(&store, &scope, "--register", &add.register)?;
            let filter = RecordFilter {
                form: Some(add.register.clone()),
                area: Some(area.clone()),
                ..RecordFilter::default()
            };
            let records = review::all(&store, &scope, &filter)?;
            let standing = records.iter().filter(|line| line.alias_of.is_none() && !line.discarded);
            about(standing.map(|line| line.record).collect())
        }
        (Some(area), false) => vec![About::Area { area: area.clone(), quantity: add.quantity }],
        (None, _) => {
            let subjects = add.subjects.iter().map(|text| known::record_id("--subject", text));
            let subjects = subjects.collect::<Result<Vec<_>, _>>()?;
            if let Some(missing) = known::missing_record(&store, &scope, &subjects)? {
                return Err(known::no_record(known::place("--subject", &missing.to_string())));
            }
            about(subjects)
        }
    };
    let mut given = Vec::new();
    for about in work {
        let added = store.assignment_add(&scope, &new(about), &Machine, context.now_ms());
        given.extend(added.map_err(|error| refused(&store, &scope, &[], &add.to, error))?);
    }
    let (count, to) = (given.len(), &add.to);
    if let (Some(area), 0) = (&add.area, count) {
        let en = format!("No household of {} lies in {area}; nothing was given.", add.register);
        done(context, &given, en, format!("{area} 没有 {} 的农户，未布置任务。", add.register));
        return Ok(());
    }
    done(context, &given, format!("{count} given to {to}."), format!("已将 {count} 项任务交给 {to}。"));
    Ok(())
}

fn about(subjects: Vec<RecordId>) -> Vec<About> {
    subjects.chunks(TOGETHER).map(|part| About::Subjects(part.to_vec())).collect()
}

/// Why work could not be given, moved or closed, with the word of the command line that it comes from: an assignment
/// that does not exist or is closed already, else the person.
fn refused(store: &SqliteStore, scope: &Scope, ids: &[ObjectId], to: &str, error: StoreError) -> Failure {
    let Ok(views) = all(store, scope, &AssignmentFilter::default()) else { return error.into() };
    for id in ids {
        let view = views.iter().find(|view| view.id == *id);
        let help = |failure: Failure| {
            failure
                .at(id.to_string())
                .help("See `doorstep assign list --closed`.", "请查看 doorstep assign list --closed。")
        };
        match (view, error.kind()) {
            (None, ProblemKind::NotFound) => {
                let failure = Failure::new("not_found", "There is no such assignment.", "没有该任务。");
                return help(failure);
            }
            (Some(view), ProblemKind::WrongState) if !view.open => return help(error.into()),
            _ => {}
        }
    }
    match error.kind() {
        ProblemKind::Invalid if !to.is_empty() => Failure::from(error)
            .at(known::place("--to", to))
            .help("`doorstep user list` shows who works where.", "各账号的区划见 doorstep user list。"),
        _ => error.into(),
    }
}

fn open_of(store: &SqliteStore, scope: &Scope, name: &str) -> Result<Vec<ObjectId>, Failure> {
    let filter = AssignmentFilter { to: Some(name.to_owned()), open: true, ..AssignmentFilter::default() };
    let open: Vec<ObjectId> = all(store, scope, &filter)?.into_iter().map(|view| view.id).collect();
    if open.is_empty() {
        known::user(store, scope, "--from", name)?;
    }
    Ok(open)
}

fn all(
    store: &SqliteStore,
    scope: &Scope,
    filter: &AssignmentFilter,
) -> Result<Vec<AssignmentView>, Failure> {
    let mut found: Vec<AssignmentView> = Vec::new();
    loop {
        let after = found.last().map(|view| view.id);
        let page = store.assignment_list(scope, filter, after, PAGE)?;
        let last = page.len() < PAGE as usize;
        found.extend(page);
        if last {
            return Ok(found);
        }
    }
}

fn show(list: args::AssignList, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, list.acting.as_deref())?;
    if let Some(form) = &list.form {
        known::form(&store, &scope, "--form", form)?;
    }
    known::area_asked(&store, &scope, list.area.as_deref())?;
    let to = list.to.clone();
    let filter = AssignmentFilter { to: list.to, form: list.form, area: list.area, open: !list.closed };
    let views = all(&store, &scope, &filter)?;
    if let (Some(to), true) = (to, views.is_empty()) {
        known::user(&store, &scope, "--to", &to)?;
    }
    let word = |progress: Progress| match progress {
        Progress::NotBegun => context.output.one_of("not begun", "未开始"),
        Progress::InProgress => context.output.one_of("in progress", "填写中"),
        Progress::SentBack => context.output.one_of("sent back", "退回修改"),
        Progress::Done => context.output.one_of("completed", "已完成"),
        Progress::Approved => context.output.one_of("approved", "审核通过"),
    };
    let rows: Vec<Vec<String>> = views
        .iter()
        .map(|view| {
            vec![
                view.id.to_string(),
                view.assignee.clone(),
                view.form.clone(),
                view.area.clone(),
                view.label.clone(),
                format!("{}/{}", view.done, view.quantity),
                word(view.progress()).to_owned(),
                view.due.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["assignment", "to", "form", "area", "household", "done", "progress", "due"],
        ["任务", "调查员", "表单", "行政区划", "农户", "完成", "进度", "截止日期"],
    );
    let json: Vec<Value> = views
        .iter()
        .map(|view| {
            let mut json = json!(view);
            json["progress"] = json!(view.progress());
            json
        })
        .collect();
    context.output.result(&json!({ "assignments": json }), &table(&heading, &rows));
    Ok(())
}

fn done(context: &Context, ids: &[ObjectId], en: String, zh: String) {
    context.output.result(&json!({ "assignments": ids }), &context.output.one_of(en, zh));
}

fn ids(texts: &[String]) -> Result<Vec<ObjectId>, Failure> {
    texts
        .iter()
        .map(|text| {
            text.parse().map_err(|_| {
                Failure::new(
                    "bad_assignment",
                    format!("`{text}` is not an assignment id."),
                    format!("“{text}”不是任务编号。"),
                )
                .at("ASSIGNMENT")
                .help("See `doorstep assign list`.", "请查看 doorstep assign list。")
            })
        })
        .collect()
}
