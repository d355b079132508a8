//! Everything that ever happened to a household, on paper.

use super::html::Page;
use crate::language::Language;

/// What is printed.
#[derive(Debug, Clone, Default)]
pub struct PrintedHistory {
    /// Record id.
    pub record: String,
    /// What people call it.
    pub label: String,
    /// Name of its place.
    pub area: String,
    /// Where it stands, in words.
    pub state: String,
    /// Oldest first.
    pub lines: Vec<HistoryRow>,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub struct HistoryRow {
    /// Day and time.
    pub at: String,
    /// Who, and on which device.
    pub by: String,
    /// What happened.
    pub what: String,
    /// The rest.
    pub detail: String,
}

/// The page.
pub fn history(printed: &PrintedHistory, language: Language) -> String {
    let zh = language == Language::Zh;
    let title =
        if zh { format!("{} · 历史", printed.label) } else { format!("History of {}", printed.label) };
    let mut page = Page::new(&title, language);
    page.text("p", "head", &format!("{} · {}", printed.area, printed.state));
    page.text("p", "head note", &printed.record);
    let heading = [("时间", "when"), ("人员", "who"), ("事项", "what"), ("内容", "detail")]
        .map(|(zh, en)| page.pick(zh, en).to_owned());
    let rows: Vec<Vec<String>> = printed
        .lines
        .iter()
        .map(|line| [&line.at, &line.by, &line.what, &line.detail].map(String::clone).into())
        .collect();
    page.table(&heading, &rows, &[]);
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_there_and_no_text_becomes_markup() {
        let line = HistoryRow {
            at: "2015-07-01 08:00:00".into(),
            by: "li".into(),
            what: "填写".into(),
            detail: "<b>住址</b>".into(),
        };
        let printed =
            PrintedHistory { lines: vec![line; 2], label: "测试甲".into(), ..PrintedHistory::default() };
        let html = history(&printed, Language::Zh);
        assert_eq!(html.matches("&lt;b&gt;住址&lt;/b&gt;").count(), 2);
        assert!(html.contains("测试甲 · 历史") && !html.contains("<b>住址"));
    }
}
