//! `doorstep sample draw|list|show|assign|replace|cover|report`.

use doorstep_protocol::ObjectId;
use doorstep_server::samples::cover::{CoverLine, cover};
use doorstep_server::samples::draw::Asked;
use doorstep_server::samples::model::{
    BaseFilter, Handout, NewSample, SampleView, Strata, UnitState, UnitView,
};
use doorstep_server::source::Machine;
use doorstep_server::store::samples::Samples;
use serde_json::json;

use super::{Context, day_and_time, known, sample_report};
use crate::args::{self, SampleBy, SampleFilter};
use crate::output::{Failure, table};

pub(super) fn run(command: args::Sample, context: &Context) -> Result<(), Failure> {
    match command {
        args::Sample::Draw(asked) => draw(asked, context),
        args::Sample::List { acting } => list(acting.as_deref(), context),
        args::Sample::Show(one) => show(&one, context),
        args::Sample::Assign(asked) => assign(asked, context),
        args::Sample::Replace(asked) => replace(&asked, context),
        args::Sample::Cover(one) => covered(&one, context),
        args::Sample::Report(asked) => sample_report::run(asked, context),
    }
}

fn draw(asked: args::SampleDraw, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, asked.acting.as_deref())?;
    known::area_asked(&store, &scope, Some(&asked.area))?;
    known::published(&store, &scope, "--register", &asked.register)?;
    known::published(&store, &scope, "--check", &asked.check)?;
    let count = asked.count.map(Asked::Count);
    let many = asked.percent.or(count).ok_or_else(|| {
        Failure::new(
            "how_many",
            "Say how many: --percent or --count.",
            "请用 --percent 或 --count 指定抽取多少。",
        )
    })?;
    let new = NewSample {
        name: asked.name,
        register: asked.register,
        check: asked.check,
        area: asked.area,
        filter: match asked.filter {
            SampleFilter::Registered => BaseFilter::Registered,
            SampleFilter::All => BaseFilter::All,
        },
        by: match asked.by {
            None => Strata::None,
            Some(SampleBy::Village) => Strata::Village,
            Some(SampleBy::Status) => Strata::Status,
        },
        asked: many,
        seed: asked.seed,
        as_of_ms: asked.as_of,
    };
    let view = store.sample_draw(&scope, &new, &Machine, context.now_ms())?;
    context.output.result(&json!(view), &told(&view, context));
    Ok(())
}

/// A sample in words: what it was drawn from, and how much of each stratum.
fn told(view: &SampleView, context: &Context) -> String {
    let head = context.output.one_of(
        format!(
            "{} {}\n{} of {} households ({}, {}), seed {}, register of {}\nbase SHA-256 {}\n",
            view.id,
            view.name,
            view.drawn,
            view.base,
            view.asked,
            view.filter,
            view.seed,
            day_and_time(view.as_of_ms),
            view.base_sha256
        ),
        format!(
            "{} {}\n从 {} 户中抽取 {} 户（{}，{}），种子 {}，台账时点 {}\n底册 SHA-256 {}\n",
            view.id,
            view.name,
            view.base,
            view.drawn,
            view.asked,
            if view.filter == BaseFilter::All.name() { "全部农户" } else { "建档立卡户" },
            view.seed,
            day_and_time(view.as_of_ms),
            view.base_sha256
        ),
    );
    let rows: Vec<Vec<String>> = view
        .strata
        .iter()
        .map(|stratum| vec![stratum.key.clone(), stratum.base.to_string(), stratum.drawn.to_string()])
        .collect();
    let heading = context.output.one_of(["stratum", "households", "drawn"], ["层", "户数", "抽取"]);
    head + &table(&heading, &rows)
}

fn list(acting: Option<&str>, context: &Context) -> Result<(), Failure> {
    let store = context.settled_store()?;
    let scope = context.acting(&store, acting)?;
    let samples = store.sample_list(&scope)?;
    let rows: Vec<Vec<String>> = samples
        .iter()
        .map(|view| {
            vec![
                view.id.to_string(),
                view.name.clone(),
                view.area.clone(),
                format!("{}/{}", view.drawn, view.base),
                view.asked.clone(),
                view.by.clone(),
                view.seed.to_string(),
                view.drawn_by.clone(),
                day_and_time(view.at_ms),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["sample", "name", "area", "drawn", "asked", "by", "seed", "who", "when"],
        ["抽样", "名称", "区划", "抽取", "要求", "分层", "种子", "抽取人", "时间"],
    );
    context.output.result(&json!({ "samples": samples }), &table(&heading, &rows));
    Ok(())
}

fn show(one: &args::SampleOne, context: &Context) -> Result<(), Failure> {
    let (view, units) = read(one, context)?;
    let rows: Vec<Vec<String>> = units
        .iter()
        .map(|unit| {
            let outcome = unit.checks.iter().find_map(|check| check.outcome.clone());
            vec![
                unit.stratum.clone(),
                unit.record.to_string(),
                unit.label.clone(),
                unit.area.clone(),
                state_word(unit.state, context).to_owned(),
                unit.assignee.clone().unwrap_or_default(),
                outcome.unwrap_or_default(),
                unit.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["stratum", "household", "name", "area", "state", "to", "outcome", "reason"],
        ["层", "农户", "户主", "区划", "状态", "调查员", "走访结果", "替换原因"],
    );
    let text = told(&view, context) + &table(&heading, &rows);
    context.output.result(&json!({ "sample": view, "households": units }), &text);
    Ok(())
}

fn state_word(state: UnitState, context: &Context) -> &'static str {
    match state {
        UnitState::Drawn => context.output.one_of("drawn", "抽中"),
        UnitState::Reserve => context.output.one_of("reserve", "备用"),
        UnitState::Replaced => context.output.one_of("replaced", "已替换"),
    }
}

fn read(one: &args::SampleOne, context: &Context) -> Result<(SampleView, Vec<UnitView>), Failure> {
    let id = id(&one.sample)?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, one.acting.as_deref())?;
    store.sample_get(&scope, id).map_err(|error| at(error.into(), &one.sample))
}

fn assign(asked: args::SampleAssign, context: &Context) -> Result<(), Failure> {
    let id = id(&asked.sample)?;
    let store = context.settled_store()?;
    let scope = context.acting(&store, asked.acting.as_deref())?;
    let handout = Handout {
        to: asked.to,
        by_village: !asked.in_turn,
        due: asked.due.map(|day| day.to_string()),
        note: asked.note,
    };
    let done = store
        .sample_assign(&scope, id, &handout, &Machine, context.now_ms())
        .map_err(|error| at(error.into(), &asked.sample))?;
    let mut text = String::new();
    for (name, count) in &done.given {
        text += &context
            .output
            .one_of(format!("{count} given to {name}.\n"), format!("已交给 {name} {count} 户。\n"));
    }
    if done.standing > 0 {
        text += &context.output.one_of(
            format!("{} were given or checked already.\n", done.standing),
            format!("{} 户此前已布置或已抽查。\n", done.standing),
        );
    }
    context.output.result(&json!(done), &text);
    Ok(())
}

fn replace(asked: &args::SampleReplace, context: &Context) -> Result<(), Failure> {
    let (id, record) = (id(&asked.sample)?, known::record_id("RECORD", &asked.record)?);
    let store = context.settled_store()?;
    let scope = context.acting(&store, asked.acting.as_deref())?;
    let done = store
        .sample_replace(&scope, id, record, &asked.reason, &Machine, context.now_ms())
        .map_err(|error| at(error.into(), &asked.record))?;
    let text = context.output.one_of(
        format!("{} takes its place; {} assignments given on.", done.by_record, done.assigned),
        format!("由 {} 替换，转交任务 {} 项。", done.by_record, done.assigned),
    );
    context.output.result(&json!(done), &text);
    Ok(())
}

fn covered(one: &args::SampleOne, context: &Context) -> Result<(), Failure> {
    let (view, units) = read(one, context)?;
    let cover = cover(&units);
    let total = context.output.one_of("total", "合计");
    let line = |name: &str, line: &CoverLine| {
        let ended: Vec<String> =
            line.ended.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
        let numbers = [
            line.drawn,
            line.attempted,
            line.completed,
            line.approved,
            line.partial,
            line.in_progress,
            line.not_begun,
            line.replaced,
        ];
        let mut cells = vec![name.to_owned()];
        cells.extend(numbers.map(|number| number.to_string()));
        cells.push(ended.join(", "));
        cells
    };
    let mut rows: Vec<Vec<String>> =
        cover.strata.iter().map(|stratum| line(&stratum.stratum, stratum)).collect();
    rows.push(line(total, &cover.total));
    let heading = context.output.one_of(
        [
            "stratum",
            "drawn",
            "attempted",
            "completed",
            "approved",
            "in part",
            "in progress",
            "not begun",
            "replaced",
            "ended otherwise",
        ],
        [
            "层",
            "抽中",
            "已走访",
            "完成",
            "审核通过",
            "部分完成",
            "填写中",
            "未开始",
            "已替换",
            "其他走访结果",
        ],
    );
    let mut text = table(&heading, &rows);
    for gone in &cover.replacements {
        let by = gone.by_record.map(|record| record.to_string()).unwrap_or_default();
        let (record, label, reason) = (gone.record, &gone.label, &gone.reason);
        text += &context.output.one_of(
            format!("{record} {label} replaced by {by}: {reason}\n"),
            format!("{record} {label} 由 {by} 替换：{reason}\n"),
        );
    }
    context.output.result(&json!({ "sample": view.id, "name": view.name, "cover": cover }), &text);
    Ok(())
}

pub(super) fn id(text: &str) -> Result<ObjectId, Failure> {
    text.parse().map_err(|_| {
        let failure = Failure::new(
            "bad_sample",
            format!("`{text}` is not a sample id."),
            format!("“{text}”不是抽样编号。"),
        );
        at(failure, "SAMPLE")
    })
}

/// A failure with the word it speaks of, and where to look.
pub(super) fn at(failure: Failure, word: &str) -> Failure {
    failure.at(word.to_owned()).help(
        "`doorstep sample list` and `doorstep sample show` tell what was drawn.",
        "抽样及抽中农户见 doorstep sample list 和 doorstep sample show。",
    )
}
