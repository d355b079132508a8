//! A report as an aligned table for a terminal. Chinese characters take two columns.

use rust_decimal::Decimal;

use super::qualifier::Qualifier;
use super::result::{ReportResult, RowResult, ValueResult};

/// The report in `zh` or else English.
pub fn render(result: &ReportResult, language: &str) -> String {
    let zh = language.starts_with("zh");
    let mut out = format!("{} {}\n", result.id, result.title.in_language(language));
    let mut lines = vec![heading(zh)];
    for row in &result.rows {
        lines.extend(row.values.iter().map(|value| line(result, row, value, language)));
    }
    out.push_str(&align(&lines));
    let forms: Vec<String> = result.forms.iter().map(|f| format!("{} v{}", f.form, f.version)).collect();
    let lists: Vec<String> = result
        .forms
        .iter()
        .flat_map(|f| {
            f.code_lists.iter().map(|(name, hash)| format!("{name}@{}", hash.get(..8).unwrap_or(hash)))
        })
        .collect();
    let cut_off = instant(result.as_of_ms);
    out.push_str(&over(result, language));
    out.push_str(&failures(result, language));
    let (records, conflicts) = (result.records, result.conflicts);
    out.push_str(&if zh {
        format!("截止时间 {cut_off} · 记录 {records} · 未解决的填写不一致 {conflicts} · 表单 {}\n", forms.join("、"))
    } else {
        let forms = forms.join(", ");
        format!("cut-off {cut_off} · records {records} · different answers unsettled {conflicts} · forms {forms}\n")
    });
    if !lists.is_empty() {
        out.push_str(&format!("{} {}\n", if zh { "选项表" } else { "answer lists" }, lists.join(" ")));
    }
    out
}

/// The area and the day that were asked for.
fn over(result: &ReportResult, language: &str) -> String {
    let zh = language.starts_with("zh");
    let mut parts = Vec::new();
    if let Some(code) = &result.area {
        let name = result.area_name.as_ref().map(|name| name.in_language(language)).unwrap_or_default();
        parts.push(format!("{} {name} {code}", if zh { "行政区划" } else { "area" }));
    }
    if let Some(day) = result.valid_at {
        parts.push(format!("{} {day}", if zh { "事实日期" } else { "facts as of" }));
    }
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(" · ")) }
}

/// Figures whose quoted source contradicts itself: computed and quoted stand in the table, here is why they differ.
fn failures(result: &ReportResult, language: &str) -> String {
    let zh = language.starts_with("zh");
    let failing = result.rows.iter().filter_map(|row| Some((row, row.fails.as_ref()?)));
    failing
        .map(|(row, reason)| {
            let (figure, reason) = (row.figure.as_deref().unwrap_or_default(), reason.in_language(language));
            let note =
                if zh { "引用值自相矛盾" } else { "the quoted value contradicts its own source" };
            format!("FAIL {figure}: {note}{}{reason}\n", if zh { "：" } else { ": " })
        })
        .collect()
}

fn heading(zh: bool) -> Vec<String> {
    let words = if zh {
        ["项目", "数值", "单位", "引用值", "差值", "记录", "编号", "口径"]
    } else {
        ["figure", "value", "unit", "quoted", "difference", "records", "id", "definition"]
    };
    words.map(str::to_owned).into()
}

fn line(result: &ReportResult, row: &RowResult, value: &ValueResult, language: &str) -> Vec<String> {
    let label = row.label.in_language(language);
    let label = match &value.label {
        Some(own) => format!("{label}: {}", own.in_language(language)),
        None => label.to_owned(),
    };
    let zh = language.starts_with("zh");
    let number = |number: Option<Decimal>| number.map(|n| n.normalize().to_string());
    let computed = match number(value.value) {
        Some(number) => value.qualifier.print(&number, zh),
        None if value.qualifier == Qualifier::Masked => value.qualifier.word(zh).to_owned(),
        None => "-".to_owned(),
    };
    let label = match &row.area {
        Some(code) if result.area.as_ref() != Some(code) => format!("{label} [{code}]"),
        _ => label,
    };
    vec![
        label,
        computed,
        value.unit.in_language(language).to_owned(),
        value.quoted.as_ref().map(|text| value.quoted_qualifier.print(text, zh)).unwrap_or_default(),
        value.difference.map(|n| n.normalize().to_string()).unwrap_or_default(),
        row.records.to_string(),
        row.figure.clone().unwrap_or_default(),
        row.definition.in_language(language).to_owned(),
    ]
}

/// Columns of numbers stand to the right.
const RIGHT: [usize; 4] = [1, 3, 4, 5];

fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|n| lines.iter().filter_map(|line| line.get(n)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(n, (cell, wide))| {
            let space = " ".repeat(wide - width(cell));
            if RIGHT.contains(&n) { format!("{space}{cell}") } else { format!("{cell}{space}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}')
}

fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}
