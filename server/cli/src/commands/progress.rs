//! `doorstep progress FORM`.

use doorstep_server::progress::count::count;
use doorstep_server::progress::model::{Line, Progress, ProgressFilter, Todo};
use doorstep_server::reports::definition::Words;
use doorstep_server::store::progress::Progresses;
use serde_json::json;

use super::{Context, known};
use crate::args;
use crate::catalog::check_set;
use crate::output::{Failure, table};

pub(super) fn run(asked: args::Progress, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = match &asked.acting {
        Some(name) => context.acting(&store, Some(name))?,
        None => store.operator_scope(),
    };
    known::form(&store, &scope, "", &asked.form)?;
    known::area_asked(&store, &scope, asked.area.as_deref())?;
    let usual = ProgressFilter::of(&asked.form);
    let filter = ProgressFilter {
        area: asked.area,
        fast_s: asked.fast.unwrap_or(usual.fast_s),
        far_m: asked.far.unwrap_or(usual.far_m),
        ..usual
    };
    let now = || doorstep_server::checks::sweep::civil_day(context.now_ms());
    let today = asked.today.map_or_else(now, |day| day.to_string());
    let progress = count(&filter, store.progress_read(&scope, &filter)?, &check_set()?, &today);
    let text = text(&progress, context);
    context.output.result(&json!(progress), &text);
    Ok(())
}

fn text(progress: &Progress, context: &Context) -> String {
    let of = |en: &'static str, zh: &'static str| context.output.one_of(en, zh);
    let mut parts = vec![format!("{} {}", progress.form, progress.today)];
    let total = std::slice::from_ref(&progress.total);
    let groups = [
        (of("total", "合计"), total),
        (of("enumerator", "调查员"), &progress.by_enumerator),
        (of("village", "村"), &progress.by_village),
        (of("day", "日期"), &progress.by_day),
    ];
    for (title, lines) in groups.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let mut heading = vec![title];
        heading.extend(context.output.one_of(
            ["assigned", "in progress", "done", "sent back", "approved", "days left"],
            ["任务", "填写中", "已完成", "退回修改", "审核通过", "剩余天数"],
        ));
        let rows: Vec<Vec<String>> = lines.iter().map(|line| row(line, context)).collect();
        parts.push(table(&heading, &rows));
    }
    if !progress.odd.is_empty() {
        let word = |kind: &str| match kind {
            "too_fast" => of("filled too fast, seconds", "填写过快（秒）"),
            "gps_far" => of("far from the household, metres", "距农户过远（米）"),
            _ => of("same answers as", "答案雷同于"),
        };
        let rows: Vec<Vec<String>> = progress
            .odd
            .iter()
            .map(|odd| {
                vec![
                    odd.record.to_string(),
                    odd.author.clone(),
                    word(odd.kind).to_owned(),
                    odd.detail.clone(),
                ]
            })
            .collect();
        let heading = context
            .output
            .one_of(["record", "enumerator", "look again", ""], ["记录", "调查员", "请复核", ""]);
        parts.push(table(&heading, &rows));
    }
    if !progress.todo.is_empty() {
        let words = |todo: &Todo| {
            todo.message.as_ref().map_or(todo.key.as_str(), |words| of_both(words, context)).to_owned()
        };
        let rows: Vec<Vec<String>> = progress
            .todo
            .iter()
            .map(|todo| vec![todo.record.to_string(), todo.label.clone(), words(todo), todo.path.clone()])
            .collect();
        let heading =
            context.output.one_of(["record", "called", "to do", "answer"], ["记录", "名称", "待办", "答案"]);
        parts.push(table(&heading, &rows));
    }
    parts.join("\n")
}

fn of_both<'w>(words: &'w Words, context: &Context) -> &'w str {
    context.output.one_of(words.en.as_str(), words.zh.as_str())
}

fn row(line: &Line, context: &Context) -> Vec<String> {
    let name = line.name.as_ref().map(|(zh, en)| context.output.one_of(en.clone(), zh.clone()));
    let counts = line.counts;
    let mut row = vec![name.unwrap_or_else(|| line.key.clone())];
    row.extend(
        [counts.assigned, counts.in_progress, counts.done, counts.sent_back, counts.approved]
            .map(|count| count.to_string()),
    );
    row.push(line.days_left.map(|days| days.to_string()).unwrap_or_default());
    row
}
