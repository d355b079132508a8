//! A record on the screen of a terminal.

use doorstep_client_core::Device;
use doorstep_client_core::device::ShownCandidate;
use doorstep_client_core::session::{ItemView, QuestionView, Remark, Said, View};
use doorstep_forms::Severity;
use serde_json::Value;

use crate::commands::Output;
use crate::failure::Failure;
use crate::words::state_word;

/// Shows a record: as JSON all answers, as text the pages.
pub(crate) fn show(device: &mut Device, record: &str, zh: bool) -> Result<Output, Failure> {
    let id = device.find(record)?;
    let shown = device.show(id)?;
    let json = shown.to_json();
    let view = device.session(id)?.view(if zh { "zh" } else { "en" })?;
    let mut lines =
        vec![format!("{}  {}  {}  {}", shown.id, view.title, view.label, state_word(&shown.row, zh))];
    lines.extend(text(&view, zh));
    Ok(Output::new(json, lines.join("\n")))
}

fn text(view: &View, zh: bool) -> Vec<String> {
    let mut lines: Vec<String> = version_lines(view, zh);
    lines.extend(view.comments.iter().map(|remark| remark_line(remark, 0)));
    lines.extend(view.violations.iter().map(|said| said_line(said, 0)));
    for page in &view.pages {
        let mark = match (page.state, zh) {
            ("complete", false) => "complete",
            ("complete", true) => "已填完",
            ("incomplete", false) => "incomplete",
            ("incomplete", true) => "未填完",
            (_, false) => "has errors",
            (_, true) => "有错误",
        };
        lines.push(format!("\n== {} [{mark}]", page.title));
        for item in &page.items {
            item_lines(item, 1, &mut lines);
        }
    }
    lines
}

/// What a new version of the form means for this record.
fn version_lines(view: &View, zh: bool) -> Vec<String> {
    let notice = view.notice.as_ref().map(|notice| format!("! {}", if zh { &notice.zh } else { &notice.en }));
    let pinned = view.newer_version.map(|newest| pinned_line(view.version, newest, zh));
    notice.into_iter().chain(pinned).collect()
}

/// A record stays under the version it was begun under.
pub(crate) fn pinned_line(version: u32, newest: u32, zh: bool) -> String {
    if zh {
        format!("! 表单已有第 {newest} 版，题目结构不同；本记录仍按第 {version} 版填写。")
    } else {
        format!(
            "! The form has a version {newest} that is built otherwise; this record is filled under version {version}."
        )
    }
}

fn item_lines(item: &ItemView, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match item {
        ItemView::Question(question) => question_lines(question, depth, lines),
        ItemView::Group { title, items } => {
            lines.push(format!("{indent}{title}"));
            items.iter().for_each(|item| item_lines(item, depth + 1, lines));
        }
        ItemView::Roster { title, rows, violations, .. } => {
            lines.push(format!("{indent}{title} ({})", rows.len()));
            lines.extend(violations.iter().map(|said| said_line(said, depth + 1)));
            for row in rows {
                lines.push(format!("{indent}  - {} ({})", row.label, row.path));
                lines.extend(row.violations.iter().map(|said| said_line(said, depth + 2)));
                row.items.iter().for_each(|item| item_lines(item, depth + 2, lines));
            }
        }
    }
}

fn question_lines(question: &QuestionView, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let star = if question.required { " *" } else { "" };
    let unit = question.unit.as_deref().filter(|_| !question.value.is_null() && question.words.is_none());
    let unit = unit.map(|unit| format!(" {unit}"));
    let value = question.words.clone().unwrap_or_else(|| value_text(question));
    lines.push(format!("{indent}{}{star}: {value}{}", question.title, unit.unwrap_or_default()));
    if let Some(remark) = question.remark {
        lines.push(format!("{indent}  ! {remark}"));
    }
    for (path, candidates) in &question.different {
        lines.push(format!("{indent}  ≠ {path}"));
        lines.extend(candidates.iter().map(|candidate| format!("{indent}  {}", candidate_line(candidate))));
    }
    if !question.unknown_codes.is_empty() {
        lines.push(format!("{indent}  + {}", question.unknown_codes.join(", ")));
    }
    lines.extend(question.violations.iter().map(|said| said_line(said, depth + 1)));
    lines.extend(question.comments.iter().map(|remark| remark_line(remark, depth + 1)));
}

/// The value as a person reads it: the label of a code, not the code.
fn value_text(question: &QuestionView) -> String {
    let label = |code: &str| {
        let choice = question.choices.iter().find(|choice| choice.code == code);
        choice.map_or_else(|| code.to_owned(), |choice| choice.label.clone())
    };
    match &question.value {
        Value::Null => "—".to_owned(),
        Value::String(text) => label(text),
        Value::Array(codes) => {
            codes.iter().filter_map(Value::as_str).map(label).collect::<Vec<_>>().join(", ")
        }
        Value::Object(object) if object.contains_key("missing") => {
            format!("?{}", object.get("missing").and_then(Value::as_str).unwrap_or_default())
        }
        other => other.to_string(),
    }
}

/// `  = value  (by, at)`, with a star where the form suggests it.
pub(crate) fn candidate_line(candidate: &ShownCandidate) -> String {
    let value = match &candidate.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let star = if candidate.suggested { "  ★" } else { "" };
    format!("  = {value}  ({}, {}){star}", candidate.by, instant(candidate.at))
}

fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| format!("{at:.0}"))
}

fn said_line(said: &Said, depth: usize) -> String {
    let mark = if said.severity == Severity::Error { "✗" } else { "!" };
    format!("{}{mark} {}", "  ".repeat(depth), said.message)
}

fn remark_line(remark: &Remark, depth: usize) -> String {
    format!("{}» {}: {}", "  ".repeat(depth), remark.by, remark.text)
}
