//! A form as a questionnaire on paper: pages, questions with boxes, rosters as tables, when a question is asked in words.

use doorstep_forms::{Form, Kind, PageItem, Question};

use super::html::{Page, escape};
use crate::language::Language;

/// Codes that are printed in full; of longer lists only the place to write one.
const CODES_MAX: usize = 60;
/// Columns of a roster printed across; with more, the questions go down and the rows across.
const COLUMNS_MAX: usize = 6;
/// Rows to write into.
const ROWS: usize = 5;

/// The empty questionnaire.
pub fn questionnaire(form: &Form, language: Language) -> String {
    let mut page = Page::new(form.title(language.tag()), language);
    let about = match language {
        Language::Zh => format!("表单 {} 第 {} 版　★ 必填", form.manifest().id, form.manifest().version),
        Language::En => format!("form {} version {}, ★ needed", form.manifest().id, form.manifest().version),
    };
    page.text("p", "head", &about);
    for view in form.pages(page.locale()) {
        page.text("h2", "", &view.title);
        items(form, &view.items, &mut page);
    }
    if !form.manifest().label.as_deref().unwrap_or_default().is_empty() || form.questions().next().is_some() {
        let blank = |zh: &str, en: &str| (page.pick(zh, en).to_owned(), String::new());
        let boxes = [
            blank("被访人（签字）", "Respondent (signature)"),
            blank("调查员（签字）", "Enumerator (signature)"),
            blank("日期", "Date"),
        ];
        page.signatures(&boxes);
    }
    page.finish()
}

fn items(form: &Form, list: &[PageItem], page: &mut Page) {
    for item in list {
        match item {
            PageItem::Question(template) => {
                if let Some(question) = form.question(template) {
                    self::question(form, question, page);
                }
            }
            PageItem::Group { title, items: inside } => {
                if !title.is_empty() {
                    page.text("h3", "", title);
                }
                items(form, inside, page);
            }
        }
    }
}

/// Questions that somebody fills in.
fn is_asked(question: &Question) -> bool {
    !question.read_only() && !question.hidden_until_submitted()
}

fn question(form: &Form, question: &Question, page: &mut Page) {
    match question.kind() {
        _ if !is_asked(question) => {}
        Kind::Group => {
            page.text("h3", "", &headed(question, page));
            condition(form, question, page);
            for child in form.children(question) {
                self::question(form, child, page);
            }
        }
        Kind::Roster | Kind::Yearly => roster(form, question, page),
        _ => {
            let locale = page.locale();
            let mut html =
                format!("<div class=\"q\"><span class=\"title\">{}</span>", escape(&headed(question, page)));
            if let Some(hint) = question.hint(locale) {
                html.push_str(&format!(" <span class=\"note\">{}</span>", escape(hint)));
            }
            if let Some(words) = only_if(form, question, page) {
                html.push_str(&format!("<br><span class=\"note\">{}</span>", escape(&words)));
            }
            html.push_str(&format!("<div class=\"codes\">{}</div></div>", field(form, question, page)));
            page.markup(&html);
        }
    }
}

fn headed(question: &Question, page: &Page) -> String {
    let star = if question.may_be_required() { "★ " } else { "" };
    format!("{star}{}", question.title(page.locale()))
}

fn only_if(form: &Form, question: &Question, page: &Page) -> Option<String> {
    let words = form.relevance_words(question, page.locale())?;
    Some(match page.locale() {
        "zh" => format!("仅当{words}时填写"),
        _ => format!("only if {words}"),
    })
}

fn condition(form: &Form, question: &Question, page: &mut Page) {
    if let Some(words) = only_if(form, question, page) {
        page.text("p", "note", &words);
    }
}

/// Where the answer is written.
fn field(form: &Form, question: &Question, page: &Page) -> String {
    let locale = page.locale();
    let unit = question.unit(locale).map_or(String::new(), |(_, symbol)| format!(" {}", escape(symbol)));
    let line = |class: &str| format!("<span class=\"line {class}\"></span>");
    match question.kind() {
        Kind::Bool => {
            format!("<span>□ {}</span><span>□ {}</span>", page.pick("是", "yes"), page.pick("否", "no"))
        }
        Kind::SelectOne | Kind::SelectMany | Kind::Ranking => {
            let codes = form.option_labels(question);
            if codes.is_empty() || codes.len() > CODES_MAX {
                return line("");
            }
            let mark = if question.kind() == Kind::Ranking { "＿" } else { "□" };
            let ranked = if question.kind() == Kind::Ranking {
                page.pick("按先后写序号：", "number them in order: ")
            } else {
                ""
            };
            let label = |texts: &doorstep_forms::Texts| {
                let text = texts.get(locale).or_else(|| texts.values().next()).map_or("", String::as_str);
                format!("<span>{mark} {}</span> ", escape(text))
            };
            format!("{ranked}{}", codes.iter().map(|(_, texts)| label(texts)).collect::<String>())
        }
        Kind::Date => format!("{}{}", line("short"), page.pick("（年-月-日）", " (year-month-day)")),
        Kind::Integer | Kind::Decimal => format!("{}{unit}", line("short")),
        Kind::Quantity => {
            let words = if question.quantity().is_some_and(doorstep_forms::QuantityDef::takes_qualifiers) {
                page.pick(
                    "（可注明：余、约、近、不少于、不超过）",
                    " (over, about, nearly, at least, at most)",
                )
            } else {
                ""
            };
            format!("{}{unit}{words}", line("short"))
        }
        Kind::Signature => format!("{}{}", line(""), page.pick("日期", " date ")) + &line("short"),
        _ => line(""),
    }
}

/// Title, unit and codes of a column, in one cell.
fn column(form: &Form, question: &Question, page: &Page) -> String {
    let mut text = headed(question, page);
    let locale = page.locale();
    if let Some((_, symbol)) = question.unit(locale) {
        text.push_str(&format!(" ({symbol})"));
    }
    let codes = form.option_labels(question);
    if !codes.is_empty() && codes.len() <= CODES_MAX {
        let label = |texts: &doorstep_forms::Texts| {
            texts.get(locale).or_else(|| texts.values().next()).cloned().unwrap_or_default()
        };
        let list: Vec<String> = codes.iter().map(|(_, texts)| label(texts)).collect();
        text.push_str(&format!(": {}", list.join(" / ")));
    }
    if let Some(words) = only_if(form, question, page) {
        text.push_str(&format!(" [{words}]"));
    }
    text
}

fn roster(form: &Form, question: &Question, page: &mut Page) {
    page.text("h3", "", &headed(question, page));
    condition(form, question, page);
    if let Some(hint) = question.hint(page.locale()) {
        let hint = hint.to_owned();
        page.text("p", "note", &hint);
    }
    let mut columns: Vec<&Question> = Vec::new();
    let mut inside: Vec<&Question> = Vec::new();
    leaves(form, form.children(question), &mut columns, &mut inside);
    let first = if question.kind() == Kind::Yearly {
        page.pick("年份", "year")
    } else {
        page.pick("序号", "no.")
    };
    let titles: Vec<String> = columns.iter().map(|column| self::column(form, column, page)).collect();
    if titles.len() <= COLUMNS_MAX {
        let heading: Vec<String> = [first.to_owned()].into_iter().chain(titles).collect();
        let rows = vec![vec![String::new(); heading.len()]; ROWS];
        page.table(&heading, &rows, &[]);
    } else {
        let heading: Vec<String> =
            [first.to_owned()].into_iter().chain((1..=ROWS).map(|_| "　　　　".to_owned())).collect();
        let blank = || std::iter::repeat_n(String::new(), ROWS);
        let rows: Vec<Vec<String>> =
            titles.into_iter().map(|title| [title].into_iter().chain(blank()).collect()).collect();
        page.table(&heading, &rows, &[]);
    }
    for roster in inside {
        self::roster(form, roster, page);
    }
}

/// The questions of a row that take one cell, those of groups among them; rosters inside apart.
fn leaves<'f>(
    form: &'f Form,
    questions: impl Iterator<Item = &'f Question>,
    cells: &mut Vec<&'f Question>,
    rosters: &mut Vec<&'f Question>,
) {
    for question in questions.filter(|question| is_asked(question)) {
        match question.kind() {
            Kind::Group => {
                leaves(form, form.children(question).collect::<Vec<_>>().into_iter(), cells, rosters)
            }
            Kind::Roster | Kind::Yearly => rosters.push(question),
            _ => cells.push(question),
        }
    }
}
