//! Typed text to answers, for command lines and imports.

use serde_json::{Value as Json, json};

use super::Form;
use super::outcome::canonical;
use crate::expr::{Missing, date_text, decimal_text, parse_date, parse_decimal};
use crate::model::{Kind, Options, Question};
use crate::quantity::QuantityError;

/// Why a text is no answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The form has no such question.
    #[error("the form has no question at {0}")]
    UnknownPath(String),
    /// The question is calculated or preloaded.
    #[error("{0} is not typed: it is calculated or copied")]
    ReadOnly(String),
    /// The text cannot be read as the question's kind.
    #[error("{text:?} is not {expected}")]
    NotReadable {
        /// What was typed.
        text: String,
        /// What was wanted, in English.
        expected: &'static str,
        /// What was wanted, in Chinese.
        expected_zh: &'static str,
    },
    /// No such code at this question.
    #[error("{text:?} is not one of the options")]
    UnknownCode {
        /// What was typed.
        text: String,
    },
    /// Nothing to sign there, or nobody named who signs.
    #[error("{0} is not signed: it must be a signature of the form, with the name of who signs")]
    NotSigned(String),
    /// No file can be attached there.
    #[error("nothing can be attached at {0}")]
    NotAttached(String),
    /// The file is none of the kinds that the question takes.
    #[error("the file is none of {}", .taken.join(", "))]
    FileType {
        /// Media types taken.
        taken: Vec<&'static str>,
    },
    /// The file is empty or too large.
    #[error("a file of {bytes} bytes; at least 1 and at most {most}")]
    FileSize {
        /// Its size.
        bytes: u64,
        /// Most that the question takes.
        most: u64,
    },
    /// A quantity that cannot be read in one way only.
    #[error("{0}")]
    Quantity(#[source] QuantityError),
    /// Longer than an answer may be.
    #[error("the text is too long")]
    TooLong,
}

impl AnswerError {
    /// The error in Chinese for `zh...`, else in English.
    pub fn message(&self, locale: &str) -> String {
        if !locale.starts_with("zh") {
            return self.to_string();
        }
        match self {
            AnswerError::UnknownPath(path) => format!("表单中没有 {path}"),
            AnswerError::ReadOnly(path) => format!("{path} 由系统计算或带出，不能填写"),
            AnswerError::NotReadable { text, expected_zh, .. } => format!("“{text}”不是{expected_zh}"),
            AnswerError::UnknownCode { text } => format!("选项中没有“{text}”"),
            AnswerError::NotSigned(path) => format!("{path} 没有签名：须是表单中的签名题，并写明签名人"),
            AnswerError::NotAttached(path) => format!("{path} 不是附件题，不能添加附件"),
            AnswerError::FileType { taken } => format!("文件类型须为 {}", taken.join("、")),
            AnswerError::FileSize { bytes, most } => {
                format!("文件大小为 {bytes} 字节，须为 1 至 {most} 字节")
            }
            AnswerError::Quantity(error) => error.zh(),
            AnswerError::TooLong => "内容过长".into(),
        }
    }
}

/// Full-width digits, signs and spaces as typed by Chinese input methods.
pub(crate) fn half_width(text: &str) -> String {
    let narrow = |c: char| match c {
        '０'..='９' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '．' => '.',
        '－' => '-',
        '\u{3000}' => ' ',
        c => c,
    };
    text.chars().map(narrow).collect::<String>().trim().to_string()
}

impl Form {
    /// Reads a typed text as the answer to the question at `path`: `1200.50`, `true`, `2015-12-31`, a code (or its
    /// label), a row id, `over 70 wan copies` or `70余万份` for a
    /// quantity, `infrastructure,jobs` for a ranking, a JSON object for compounds (`28.1,104.2[,accuracy]` for a GPS point). Empty = `null`
    /// (cleared); `?dk`, `?refused`, `?na` = missing. Only the kind is checked here; [`Form::evaluate`] does the rest.
    pub fn parse_answer(&self, path: &str, text: &str) -> Result<Json, AnswerError> {
        if path.ends_with("/_deleted") || path.ends_with("/_order") {
            return self.row_key(path, text);
        }
        if path == "_date" {
            return date(text.trim());
        }
        let known = super::nest::is_path(path).then(|| self.resolve(path)).flatten();
        let (id, tick) = known.ok_or_else(|| AnswerError::UnknownPath(path.to_string()))?;
        let question = &self.model.questions[id];
        if self.model.lineage(id).any(|id| {
            let q = &self.model.questions[id];
            q.calculate.is_some() || q.preload.is_some()
        }) {
            return Err(AnswerError::ReadOnly(path.to_string()));
        }
        let trimmed = half_width(text);
        match trimmed.as_str() {
            "" => return Ok(Json::Null),
            "?dk" => return Ok(Missing::Dk.to_json()),
            "?refused" => return Ok(Missing::Refused.to_json()),
            "?na" => return Ok(Missing::Na.to_json()),
            _ if text.len() > crate::limits::STRING_BYTES => return Err(AnswerError::TooLong),
            _ => {}
        }
        match (question.kind, tick) {
            (Kind::SelectMany, Some(code)) if self.knows_code(question, code) => boolean(&trimmed),
            (Kind::SelectMany | Kind::Roster | Kind::Yearly | Kind::Group, _) => {
                Err(AnswerError::UnknownPath(path.to_string()))
            }
            (Kind::Text, _) => Ok(json!(text)),
            (Kind::Decimal, _) => parse_decimal(&trimmed)
                .map(|n| json!(decimal_text(&n)))
                .ok_or_else(|| not(text, "a number", "数字")),
            (Kind::Integer, _) => {
                trimmed.parse::<i64>().map(Json::from).map_err(|_| not(text, "a whole number", "整数"))
            }
            (Kind::Bool, _) => boolean(&trimmed),
            (Kind::Date, _) => date(&trimmed),
            (Kind::SelectOne, _) => self.code(question, &trimmed),
            (Kind::Gps, _) if !trimmed.starts_with('{') => gps(&trimmed),
            (Kind::Quantity, _) if !trimmed.starts_with('{') => match &question.quantity {
                Some(def) => def
                    .parse(text)
                    .map(|quantity| Json::String(quantity.canonical()))
                    .map_err(AnswerError::Quantity),
                None => compound(text),
            },
            (Kind::Ranking, _) if !trimmed.starts_with('[') => self.ranking(question, &trimmed),
            (Kind::Signature, _) if !trimmed.starts_with('{') => {
                Err(not(text, "a signature: signing is a step of its own", "签名；签名须单独进行"))
            }
            (Kind::Attachment, _) if !trimmed.starts_with('{') => {
                Err(not(text, "a file: attaching one is a step of its own", "附件；添加附件须单独进行"))
            }
            (kind, _) if kind.is_compound() => compound(text),
            _ => Err(AnswerError::UnknownPath(path.to_string())),
        }
    }

    /// Codes (or labels) in their order: `infrastructure,jobs`.
    fn ranking(&self, question: &Question, text: &str) -> Result<Json, AnswerError> {
        let parts = text.split([',', '，', '、', '>']).map(str::trim);
        let codes: Result<Vec<Json>, _> = parts.map(|part| self.code(question, part)).collect();
        Ok(Json::String(canonical(&Json::Array(codes?))))
    }

    fn row_key(&self, path: &str, text: &str) -> Result<Json, AnswerError> {
        let unknown = || AnswerError::UnknownPath(path.to_string());
        let (row, key) = path.rsplit_once('/').ok_or_else(unknown)?;
        let (roster, _) = row.rsplit_once('/').ok_or_else(unknown)?;
        let (id, _) = self.resolve(row).ok_or_else(unknown)?;
        if !self.model.questions[id].kind.is_roster() || self.resolve(roster) != Some((id, None)) {
            return Err(unknown());
        }
        if key == "_deleted" { boolean(text.trim()) } else { Ok(json!(text.trim())) }
    }

    fn knows_code(&self, question: &Question, code: &str) -> bool {
        match &question.options {
            Options::Fixed(codes) => codes.iter().any(|(c, _)| c == code),
            Options::List { list, .. } => self.package.codes.get(list).is_some_and(|l| l.contains(code)),
            _ => true,
        }
    }

    /// A code, or the label of exactly one code in any language.
    fn code(&self, question: &Question, text: &str) -> Result<Json, AnswerError> {
        if self.knows_code(question, text) {
            return Ok(json!(text));
        }
        let locales = &self.manifest().locales;
        let mut labelled: Vec<&str> = match &question.options {
            Options::Fixed(codes) => {
                codes.iter().filter(|(_, t)| t.values().any(|t| t == text)).map(|(c, _)| c.as_str()).collect()
            }
            Options::List { list, .. } => self.package.codes.get(list).map_or(Vec::new(), |list| {
                let matches = |code: &&str| locales.iter().any(|locale| list.label(code, locale) == text);
                list.codes().filter(matches).take(2).collect()
            }),
            _ => Vec::new(),
        };
        match (labelled.pop(), labelled.is_empty()) {
            (Some(code), true) => Ok(json!(code)),
            _ => Err(AnswerError::UnknownCode { text: text.to_string() }),
        }
    }
}

fn not(text: &str, expected: &'static str, expected_zh: &'static str) -> AnswerError {
    let text = text.chars().take(100).collect();
    AnswerError::NotReadable { text, expected, expected_zh }
}

fn boolean(text: &str) -> Result<Json, AnswerError> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(Json::Null),
        "true" | "1" | "yes" | "y" | "是" | "有" => Ok(json!(true)),
        "false" | "0" | "no" | "n" | "否" | "无" => Ok(json!(false)),
        _ => Err(not(text, "yes or no (true or false)", "是或否")),
    }
}

fn date(text: &str) -> Result<Json, AnswerError> {
    let plain = text.replace(['/', '.'], "-");
    parse_date(&plain)
        .map(|d| json!(date_text(d)))
        .ok_or_else(|| not(text, "a date such as 2015-12-31", "日期（如 2015-12-31）"))
}

/// `latitude,longitude[,accuracy in metres]` as a GeoJSON point (longitude first).
fn gps(text: &str) -> Result<Json, AnswerError> {
    let bad = || not(text, "a position such as 28.1,104.2", "坐标（如 28.1,104.2）");
    let parts: Option<Vec<f64>> = text.split(',').map(|p| p.trim().parse().ok()).collect();
    let point = match parts.as_deref() {
        Some([lat, lon]) => json!({ "type": "Point", "coordinates": [lon, lat] }),
        Some([lat, lon, accuracy]) => {
            json!({ "type": "Point", "coordinates": [lon, lat], "accuracy": accuracy })
        }
        _ => return Err(bad()),
    };
    let inside = parts.is_some_and(|p| p[0].abs() <= 90.0 && p[1].abs() <= 180.0);
    if inside { Ok(Json::String(canonical(&point))) } else { Err(bad()) }
}

fn compound(text: &str) -> Result<Json, AnswerError> {
    let value: Json = serde_json::from_str(text).map_err(|_| not(text, "JSON", "JSON"))?;
    Ok(Json::String(canonical(&value)))
}
