//! A report as an aligned table for a terminal. Chinese characters take two columns.

use rust_decimal::Decimal;

use super::result::{ReportResult, RowResult, ValueResult};

/// The report in `zh` or else English.
pub fn render(result: &ReportResult, language: &str) -> String {
    let zh = language.starts_with("zh");
    let mut out = format!("{} {}\n", result.id, result.title.in_language(language));
    let mut lines = vec![heading(zh)];
    for row in &result.rows {
        lines.extend(row.values.iter().map(|value| line(row, value, language)));
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

fn heading(zh: bool) -> Vec<String> {
    let words = if zh {
        ["项目", "数值", "单位", "引用值", "差值", "记录", "编号", "口径"]
    } else {
        ["figure", "value", "unit", "quoted", "difference", "records", "id", "definition"]
    };
    words.map(str::to_owned).into()
}

fn line(row: &RowResult, value: &ValueResult, language: &str) -> Vec<String> {
    let label = row.label.in_language(language);
    let label = match &value.label {
        Some(own) => format!("{label}: {}", own.in_language(language)),
        None => label.to_owned(),
    };
    let number =
        |number: Option<Decimal>| number.map_or_else(|| "-".to_owned(), |n| n.normalize().to_string());
    vec![
        label,
        number(value.value),
        value.unit.in_language(language).to_owned(),
        value.quoted.clone().unwrap_or_default(),
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
