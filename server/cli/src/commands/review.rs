//! `doorstep review list|approve|send-back|not-accept|confirm|reopen`.

use doorstep_protocol::ObjectId;
use doorstep_records::RecordId;
use doorstep_server::http::api::refusal_problem;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::model::{NewComment, NewReview, RecordFilter, RecordLine, RecordView};
use doorstep_server::review::rule::{Decision, WAIVE_DIFFERENT, Waiver};
use doorstep_server::review::state::RecordState;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use serde_json::{Value, json};

use super::{Context, known};
use crate::args;
use crate::output::{Failure, Fault, table};

/// Records read at a time.
const PAGE: u32 = 500;

pub(super) fn run(command: args::Review, context: &Context) -> Result<(), Failure> {
    match command {
        args::Review::List(list) => show(list, context),
        args::Review::Approve(decide) => run_decision(Decision::Approve, decide, context),
        args::Review::SendBack(decide) => run_decision(Decision::SendBack, decide, context),
        args::Review::NotAccept(decide) => run_decision(Decision::NotAccept, decide, context),
        args::Review::Confirm(decide) => run_decision(Decision::Confirm, decide, context),
        args::Review::Reopen(decide) => run_decision(Decision::Reopen, decide, context),
    }
}

fn show(list: args::ReviewList, context: &Context) -> Result<(), Failure> {
    let state = RecordState::from_name(&list.state).ok_or_else(|| {
        let known: Vec<&str> = RecordState::ALL.iter().map(|state| state.name()).collect();
        bad_word("--state", &list.state, &known)
    })?;
    let flag = list.flag.as_deref().map(flag_of).transpose()?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, list.acting.as_deref())?;
    if let Some(form) = &list.form {
        known::form(&store, &scope, "--form", form)?;
    }
    known::area_asked(&store, &scope, list.area.as_deref())?;
    let filter = RecordFilter {
        form: list.form,
        area: list.area,
        // A test is in nobody's queue: whoever asks for tests asks for all of them.
        state: (!list.test).then_some(state),
        flag,
        test: list.test,
        ..RecordFilter::default()
    };
    let records = all(&store, &scope, &filter)?;
    let rows: Vec<Vec<String>> = records
        .iter()
        .map(|line| {
            let flags: Vec<String> =
                line.flags.iter().map(|(kind, count)| format!("{} {count}", kind.name())).collect();
            vec![
                line.record.to_string(),
                line.form.clone(),
                line.area.clone(),
                line.label.clone(),
                line.author.clone(),
                flags.join(", "),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["record", "form", "area", "label", "author", "flags"],
        ["记录", "表单", "区划", "名称", "填报人", "标记"],
    );
    context.output.result(&json!({ "total": records.len(), "records": records }), &table(&heading, &rows));
    Ok(())
}

fn flag_of(word: &str) -> Result<FlagKind, Failure> {
    FlagKind::from_name(word).ok_or_else(|| {
        let known: Vec<&str> = FlagKind::ALL.iter().map(|kind| kind.name()).collect();
        bad_word("--flag", word, &known)
    })
}

fn bad_word(option: &str, word: &str, known: &[&str]) -> Failure {
    Failure::new("bad_word", format!("`{word}` is not known."), format!("“{word}”无效。"))
        .at(option)
        .help(format!("Use one of {}.", known.join(", ")), format!("可用：{}。", known.join("、")))
}

pub(super) fn all(
    store: &SqliteStore,
    scope: &Scope,
    filter: &RecordFilter,
) -> Result<Vec<RecordLine>, Failure> {
    let (mut records, mut after) = (Vec::new(), None);
    loop {
        let page = store.record_list(scope, filter, after, PAGE)?;
        records.extend(page.records);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(records),
        }
    }
}

/// What was said on the command line about each record.
struct Said {
    decision: Decision,
    note: Option<String>,
    comments: Vec<NewComment>,
    /// Key, path when given, reason.
    waivers: Vec<(String, Option<String>, String)>,
}

fn run_decision(decision: Decision, words: args::ReviewDecide, context: &Context) -> Result<(), Failure> {
    let said = Said {
        decision,
        note: words.note,
        comments: words.comments.iter().map(|text| comment(text)).collect::<Result<_, _>>()?,
        waivers: words.waivers.iter().map(|text| waiver(text)).collect::<Result<_, _>>()?,
    };
    let records =
        words.records.iter().map(|text| known::record_id("RECORD", text)).collect::<Result<Vec<_>, _>>()?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, words.acting.as_deref())?;
    let (records, left) =
        if words.all { waiting(&store, &scope, words.form)? } else { (records, Vec::new()) };
    let (mut decided, mut refused) = (Vec::new(), Vec::new());
    for record in records {
        match decide(&store, &scope, record, &said, context) {
            Ok(state) => decided.push(json!({ "record": record, "state": state })),
            Err(failure) => refused.push((record, failure)),
        }
    }
    context.settle(&store)?;
    report(&decided, &refused, &left, words.all, context)
}

/// The submitted records of a form: those that nothing stands against, and those that are left to be looked at.
fn waiting(
    store: &SqliteStore,
    scope: &Scope,
    form: Option<String>,
) -> Result<(Vec<RecordId>, Vec<RecordLine>), Failure> {
    let filter = RecordFilter { form, state: Some(RecordState::Submitted), ..RecordFilter::default() };
    let (clear, left): (Vec<_>, Vec<_>) = all(store, scope, &filter)?.into_iter().partition(|line| {
        let against = [FlagKind::Conflict, FlagKind::Invalid, FlagKind::AttachmentsMissing];
        !against.iter().any(|kind| line.flags.contains_key(kind))
    });
    Ok((clear.into_iter().map(|line| line.record).collect(), left))
}

fn decide(
    store: &SqliteStore,
    scope: &Scope,
    record: RecordId,
    said: &Said,
    context: &Context,
) -> Result<&'static str, Failure> {
    let view = store.record_get(scope, record, &At::ToReview).map_err(|error| match error {
        StoreError::NotFound => known::no_record(record.to_string()),
        error => error.into(),
    })?;
    let review = NewReview {
        id: object_id(context)?,
        decision: said.decision,
        heads: view.heads.clone(),
        note: said.note.clone(),
        comments: said
            .comments
            .iter()
            .map(|comment| Ok((object_id(context)?, comment.clone())))
            .collect::<Result<_, Failure>>()?,
        waivers: waivers_for(&view, said),
        at_ms: context.now_ms(),
    };
    match store.review_decide(scope, record, &review)? {
        Decided::Taken(reviewed) => Ok(reviewed.state.name()),
        Decided::Refused(refused) => {
            let problem = refusal_problem(&refused);
            let faults = problem.violations.into_iter().map(|(pointer, reason)| Fault {
                file: None,
                pointer,
                kind: None,
                reason,
                ..Fault::default()
            });
            Err(Failure::new(problem.kind.name(), problem.kind.title_en(), problem.kind.title_zh())
                .faults(faults))
        }
    }
}

/// The waivers of a record: a key without a path waives every place where it stands.
fn waivers_for(view: &RecordView, said: &Said) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    for (key, path, reason) in &said.waivers {
        let places: Vec<String> = match path {
            Some(path) => vec![path.clone()],
            None if key == WAIVE_DIFFERENT => view
                .answers
                .iter()
                .filter(|(_, answer)| answer.different)
                .map(|(path, _)| path.clone())
                .collect(),
            None => view
                .violations
                .iter()
                .filter(|violation| violation.key == *key && violation.severity == "error")
                .map(|violation| violation.path.clone())
                .collect(),
        };
        let waiver = |path| Waiver { key: key.clone(), path, reason: reason.clone() };
        waivers.extend(places.into_iter().map(waiver));
    }
    waivers
}

fn report(
    decided: &[Value],
    refused: &[(RecordId, Failure)],
    left: &[RecordLine],
    all: bool,
    context: &Context,
) -> Result<(), Failure> {
    let language = context.output.language;
    let refusals: Vec<Value> = refused
        .iter()
        .map(|(record, failure)| {
            let mut entry = failure.json(language)["error"].take();
            entry["record"] = json!(record);
            entry
        })
        .collect();
    let result = json!({ "decided": decided, "refused": refusals, "left": left });
    let mut text = context.output.one_of(
        format!("{} decided, {} refused", decided.len(), refused.len()),
        format!("已处理 {} 条，未通过 {} 条", decided.len(), refused.len()),
    );
    if all {
        text.push_str(&context.output.one_of(
            format!(", {} left to be looked at", left.len()),
            format!("，另有 {} 条需人工查看", left.len()),
        ));
    }
    text.push_str(context.output.one_of(".\n", "。\n"));
    for (record, failure) in refused {
        text.push_str(&format!("{record}\n{}", failure.text(language)));
    }
    context.output.result(&result, &text);
    if refused.is_empty() || all {
        return Ok(());
    }
    Err(Failure::silent())
}

fn object_id(context: &Context) -> Result<ObjectId, Failure> {
    Ok(ObjectId::mint(u64::try_from(context.now_ms()).unwrap_or_default(), context.random()?))
}

fn comment(text: &str) -> Result<NewComment, Failure> {
    let (path, text) = split("--comment", "PATH=TEXT", text)?;
    Ok(NewComment { path: Some(path).filter(|path| !path.is_empty()), text })
}

fn waiver(text: &str) -> Result<(String, Option<String>, String), Failure> {
    let (key, reason) = split("--waive", "KEY=REASON", text)?;
    Ok(match key.split_once('@') {
        Some((key, path)) => (key.to_owned(), Some(path.to_owned()), reason),
        None => (key, None, reason),
    })
}

fn split(option: &str, shape: &str, text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((left, right)) if !right.trim().is_empty() => {
            Ok((left.trim().to_owned(), right.trim().to_owned()))
        }
        _ => Err(Failure::new(
            "bad_option",
            format!("`{text}` is not of the form {shape}."),
            format!("“{text}”不符合 {shape} 的格式。"),
        )
        .at(option)
        .help(
            format!("Write the half-width sign = between the two, in one word: {option} '{shape}'."),
            format!("请用半角 = 连接，并用引号括起：{option} '{shape}'。"),
        )),
    }
}
