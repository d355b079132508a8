//! `doorstep form diff|dry-run|publish`: what a version changes, what that does to stored records, publishing it.

use std::path::Path;

use doorstep_forms::{Change, Class, Comparison, Form, FormHash};
use doorstep_server::language::{Language, Said};
use doorstep_server::publish::dry_run::DryRun;
use doorstep_server::publish::service::{self, Asked, Impact, Outcome, Refusal};
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use serde_json::json;

use super::Context;
use super::form::sound;
use crate::args;
use crate::output::{Failure, Fault, table};

/// Records named for one rule in text; all that are known stand in the JSON.
const SHOWN: usize = 3;

/// Every change between two versions; a failure without words when one is forbidden.
pub(super) fn diff(old: &str, new: &str, context: &Context) -> Result<(), Failure> {
    let (old, new) = (version(old, context)?, version(new, context)?);
    if old.manifest().id != new.manifest().id {
        return Err(Failure::new(
            "different_forms",
            format!("These are two forms: {} and {}.", old.manifest().id, new.manifest().id),
            format!("这是两个表单：{} 和 {}。", old.manifest().id, new.manifest().id),
        )
        .help("Compare versions of one form.", "请比较同一表单的不同版本。"));
    }
    if old.manifest().version > new.manifest().version {
        let (later, earlier) = (old.manifest().version, new.manifest().version);
        context.output.remark(&Said::new(
            format!("Version {later} was named before version {earlier}: this is the way back."),
            format!("第 {later} 版写在第 {earlier} 版之前：以下为倒退的更改。"),
        ));
    }
    let comparison = service::compare_packages(&[old], &new);
    let mut result = json!(comparison);
    result["class"] = json!(comparison.class());
    result["form"] = json!(new.manifest().id);
    context.output.result(&result, &changes_text(&comparison, context.output.language));
    if comparison.class() == Class::Forbidden { Err(Failure::silent()) } else { Ok(()) }
}

/// What a package would change and do; nothing is published.
pub(super) fn dry_run(path: &Path, acting: Option<&str>, context: &Context) -> Result<(), Failure> {
    let form = sound(path)?;
    let store = context.store()?;
    let scope = scope(&store, acting, context)?;
    let impact = service::impact(&store, &scope, &form, true, &|| false)?;
    let language = context.output.language;
    context.output.result(&json!(impact), &impact_text(&impact, language));
    Ok(())
}

/// Publishes a package.
pub(super) fn publish(asked: &args::Publish, context: &Context) -> Result<(), Failure> {
    if asked.dry_run {
        return dry_run(&asked.path, asked.acting.as_deref(), context);
    }
    let form = sound(&asked.path)?;
    let base = asked.base.as_deref().map(hash).transpose()?;
    let store = context.store()?;
    let scope = scope(&store, asked.acting.as_deref(), context)?;
    let place = asked.path.display().to_string();
    let asked = Asked { base, confirm: asked.confirm };
    let outcome = service::publish(&store, &scope, &form, asked, &|| false, context.now_ms())
        .map_err(|error| Failure::from(error).at(place.as_str()))?;
    let (published, impact) = match outcome {
        Outcome::Published(published, impact) => (published, impact),
        Outcome::Refused(refusal, impact) => return Err(refused(refusal, &impact).at(place)),
    };
    let (id, version, class) = (&published.form, published.version, impact.class);
    let text = match (published.already, impact.comparison.is_some()) {
        (true, _) => context.output.one_of(
            format!("{id} version {version} is published already with this content; nothing changed."),
            format!("表单 {id} 第 {version} 版已发布且内容相同，未作更改。"),
        ),
        (false, false) => context.output.one_of(
            format!("{id} version {version} is published."),
            format!("表单 {id} 第 {version} 版已发布。"),
        ),
        (false, true) => context.output.one_of(
            format!("{id} version {version} is published (changes of class {class})."),
            format!("表单 {id} 第 {version} 版已发布（{class} 类更改）。"),
        ),
    };
    let mut result = json!(published);
    if !published.already {
        result["class"] = json!(class);
        result["base"] = json!(impact.base);
        result["comparison"] = json!(impact.comparison);
        result["dry_run"] = json!(impact.dry_run);
    }
    context.output.result(&result, &text);
    Ok(())
}

/// In whose name: the named account, else the operator.
pub(super) fn scope(store: &SqliteStore, acting: Option<&str>, context: &Context) -> Result<Scope, Failure> {
    match acting {
        Some(name) => context.acting(store, Some(name)),
        None => Ok(store.operator_scope()),
    }
}

/// A folder, or `FORM@VERSION` of the store.
fn version(named: &str, context: &Context) -> Result<Form, Failure> {
    let path = Path::new(named);
    let published = named.rsplit_once('@').and_then(|(form, version)| Some((form, version.parse().ok()?)));
    match published {
        Some((form, version)) if !path.exists() => {
            let store = context.store()?;
            service::compiled(&store, &store.operator_scope(), form, version).map_err(|error| match error {
                StoreError::NotFound => Failure::new(
                    "form_missing",
                    format!("Version {version} of {form} is not published."),
                    format!("表单 {form} 第 {version} 版未发布。"),
                )
                .at(named)
                .help("`doorstep form list` shows the versions.", "可用 doorstep form list 查看各版本。"),
                error => Failure::from(error).at(named),
            })
        }
        _ => sound(path).map_err(|failure| match failure.kind {
            "file_missing" => failure.help(
                "Name a folder, or a published version as FORM@VERSION, such as household_register@1.",
                "请指定文件夹，或写作“表单@版本号”的已发布版本，如 household_register@1。",
            ),
            _ => failure,
        }),
    }
}

fn hash(text: &str) -> Result<FormHash, Failure> {
    text.parse().map_err(|_| {
        Failure::new("bad_option", "This is not the hash of a form version.", "这不是表单版本的内容哈希。")
            .at(format!("--base {text}"))
            .help(
                "`doorstep form list` shows the hash of every version.",
                "可用 doorstep form list 查看各版本的内容哈希。",
            )
    })
}

/// Why nothing was published, with everything that was found.
fn refused(refusal: Refusal, impact: &Impact) -> Failure {
    let kind = refusal.kind();
    let failure = Failure::new(kind.name(), kind.title_en(), kind.title_zh()).member("impact", json!(impact));
    let said = |language| impact_text(impact, language);
    match refusal {
        Refusal::Forbidden => {
            failure.faults(impact.comparison.iter().flat_map(Comparison::blocking).map(fault)).help(
                "Nothing was published. Follow the way out of each change, then `doorstep form diff` again.",
                "未发布。请按各项的处理办法修改，再用 doorstep form diff 检查。",
            )
        }
        Refusal::Confirm => failure.lines(Said::new(said(Language::En), said(Language::Zh))).help(
            "Nothing was published. To publish all the same: --confirm",
            "未发布。确认仍要发布请加 --confirm",
        ),
        Refusal::Unreadable => failure.lines(Said::new(said(Language::En), said(Language::Zh))).help(
            "Nothing was published. Correct the lenses (docs/form-format.md), then `doorstep form dry-run`.",
            "未发布。请更正转换规则（见 docs/form-format.md），再用 doorstep form dry-run 检查。",
        ),
    }
}

fn fault(change: &Change) -> Fault {
    Fault {
        file: None,
        pointer: change.path.clone(),
        kind: Some(change.kind.code().to_owned()),
        reason: Said::new(change.in_full("en"), change.in_full("zh")),
        ..Fault::default()
    }
}

fn one_of<'t>(language: Language, en: &'t str, zh: &'t str) -> &'t str {
    if language == Language::Zh { zh } else { en }
}

/// The changes as a table, the worst first.
fn changes_text(comparison: &Comparison, language: Language) -> String {
    if comparison.is_empty() {
        return one_of(language, "Nothing differs.", "没有差异。").to_owned();
    }
    let tag = language.tag();
    let (mut rows, mut ways) = (Vec::new(), String::new());
    for change in &comparison.changes {
        let lensed =
            if change.lensed { one_of(language, " (has its lens)", "（已有转换规则）") } else { "" };
        rows.push(vec![
            change.class.letter().to_string(),
            if change.path.is_empty() { "-".to_owned() } else { change.path.clone() },
            format!("{}{lensed}", change.reason(tag)),
        ]);
        let way = change.way_out(tag);
        if !way.is_empty() {
            ways.push_str(&format!("  {} {}: {way}\n", change.class.letter(), change.path));
        }
    }
    let heading = match language {
        Language::En => ["class", "question", "change"],
        Language::Zh => ["类别", "问题", "更改"],
    };
    let mut text = table(&heading, &rows);
    if comparison.left_out > 0 {
        text.push_str(&format!("... +{}\n", comparison.left_out));
    }
    if !ways.is_empty() {
        text.push_str(one_of(language, "What to do:\n", "处理办法：\n"));
        text.push_str(&ways);
    }
    let class = comparison.class();
    match language {
        Language::En => text.push_str(&format!("Class {}: {}.\n", class.letter(), class.word(tag))),
        Language::Zh => text.push_str(&format!("总体为 {} 类：{}。\n", class.letter(), class.word(tag))),
    }
    text
}

fn impact_text(impact: &Impact, language: Language) -> String {
    let mut text = match &impact.comparison {
        Some(comparison) => changes_text(comparison, language),
        None => one_of(language, "This is the first version.\n", "这是第一个版本。\n").to_owned(),
    };
    if let Some(run) = &impact.dry_run {
        text.push_str(&run_text(run, language));
    }
    text
}

fn run_text(run: &DryRun, language: Language) -> String {
    let mut text = format!("{}\n", run.said().of(language));
    let names = |records: &mut dyn Iterator<Item = String>| {
        let shown: Vec<String> = records.take(SHOWN).collect();
        shown.join(" ")
    };
    if !run.rules.is_empty() {
        let rows: Vec<Vec<String>> = run
            .rules
            .iter()
            .map(|rule| {
                let records = names(&mut rule.records.iter().map(ToString::to_string));
                vec![rule.key.clone(), rule.path.clone(), rule.count.to_string(), records]
            })
            .collect();
        let heading = match language {
            Language::En => ["rule", "question", "would become invalid", "such as"],
            Language::Zh => ["规则", "问题", "将变为有错误", "例如"],
        };
        text.push_str(&table(&heading, &rows));
    }
    for at in run.unreadable.iter().take(20) {
        let record = at.record.map_or_else(|| "-".to_owned(), |record| record.to_string());
        text.push_str(&format!(
            "  {record} {} {}\n",
            one_of(language, "cannot be read:", "无法读取："),
            at.paths.join(", ")
        ));
    }
    text
}
