//! A report table with who compiled it, who reviewed it, and the cut-off.

use super::html::Page;
use crate::language::Language;
use crate::reports::{ReportResult, RowResult, ValueResult};

/// Who answers for the table.
#[derive(Debug, Clone, Default)]
pub struct Signed {
    /// Who compiled it.
    pub compiler: String,
    /// Who reviewed it.
    pub reviewer: String,
    /// The cut-off, as people read it.
    pub as_of: String,
}

/// The report as a page; each group after the whole.
pub fn report(result: &ReportResult, signed: &Signed, language: Language) -> String {
    let locale = language.tag();
    let mut page = Page::new(result.title.in_language(locale), language);
    let mut head = format!("{} · {}{}", result.id, page.pick("截止时间：", "cut-off: "), signed.as_of);
    if let Some(area) = &result.area_name {
        head.push_str(&format!(" · {}", area.in_language(locale)));
    }
    if let Some(day) = result.valid_at {
        head.push_str(&format!(" · {}{day}", page.pick("事实日期：", "facts as of ")));
    }
    page.text("p", "head", &head);
    table(&result.rows, &mut page);
    for group in &result.groups {
        let name = group.name.as_ref().map_or(group.code.as_str(), |name| name.in_language(locale));
        page.text("h2", "", name);
        table(&group.rows, &mut page);
    }
    for row in &result.rows {
        if let Some(reason) = &row.fails {
            let note = page.pick("引用值自相矛盾：", "the quoted value contradicts its own source: ");
            let figure = row.figure.as_deref().unwrap_or_default();
            let said = format!("{figure} {note}{}", reason.in_language(locale));
            page.text("p", "note", &said);
        }
    }
    let counted = match language {
        Language::Zh => format!("统计记录 {} 条，其中填写不一致 {} 处。", result.records, result.conflicts),
        Language::En => {
            format!(
                "{} records counted, with {} unresolved different answers.",
                result.records, result.conflicts
            )
        }
    };
    page.text("p", "foot", &counted);
    let boxes = [
        (page.pick("填表人", "Compiled by").to_owned(), signed.compiler.clone()),
        (page.pick("审核人", "Reviewed by").to_owned(), signed.reviewer.clone()),
        (page.pick("单位（盖章）", "Office (seal)").to_owned(), String::new()),
    ];
    page.signatures(&boxes);
    page.finish()
}

fn table(rows: &[RowResult], page: &mut Page) {
    let locale = page.locale();
    let heading = [
        page.pick("指标", "indicator"),
        page.pick("数值", "value"),
        page.pick("单位", "unit"),
        page.pick("口径", "definition"),
    ];
    let mut lines: Vec<Vec<String>> = Vec::new();
    for row in rows {
        for (i, value) in row.values.iter().enumerate() {
            let label = row.label.in_language(locale);
            let own = value.label.as_ref().map(|label| label.in_language(locale));
            let label = own.map_or(label.to_owned(), |own| format!("{label} · {own}"));
            let definition = if i == 0 { row.definition.in_language(locale) } else { "" };
            lines.push(vec![
                label,
                shown(value, locale),
                value.unit.in_language(locale).to_owned(),
                definition.to_owned(),
            ]);
        }
    }
    page.table(&heading.map(str::to_owned), &lines, &[1]);
}

/// The number and how exact it is; a number that cannot be told is a dash.
fn shown(value: &ValueResult, locale: &str) -> String {
    let zh = locale.starts_with("zh");
    match &value.value {
        Some(number) => value.qualifier.print(&number.normalize().to_string(), zh),
        None if !value.qualifier.is_exact() => value.qualifier.word(zh).to_owned(),
        None => "—".to_owned(),
    }
}
