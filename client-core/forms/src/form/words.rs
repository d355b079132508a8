//! An answer as people say it: labels for codes, words for amounts, names for rows.

use serde_json::Value as Json;

use super::Form;
use crate::Answers;
use crate::attachment::Attachment;
use crate::expr::Missing;
use crate::model::{Kind, Options, Question};
use crate::quantity::Quantity;
use crate::signature::Signature;

impl Form {
    /// The answer `value` at `path` in words of `locale`; `answers` name the rows it may point to. What cannot be read
    /// as its kind is given as it is stored. Empty for `null`.
    pub fn words(&self, path: &str, value: &Json, answers: &Answers, locale: &str) -> String {
        if let Some(missing) = Missing::from_json(value) {
            return missing_word(missing, locale).to_string();
        }
        let Some((id, _)) = self.resolve(path) else { return stored(value) };
        let question = &self.model.questions[id];
        match (question.kind, value) {
            (_, Json::Null) => String::new(),
            (_, Json::Bool(yes)) => yes_no(*yes, locale).to_string(),
            (Kind::SelectOne, Json::String(code)) => self.code_words(question, code, answers, locale),
            (Kind::Ranking, _) => match codes(value) {
                Some(codes) => {
                    let words: Vec<String> =
                        codes.iter().map(|code| self.code_words(question, code, answers, locale)).collect();
                    words.join(if locale.starts_with("zh") { "、" } else { ", " })
                }
                None => stored(value),
            },
            (Kind::Quantity, _) => match (Quantity::read(value), &question.quantity) {
                (Some(quantity), Some(def)) => quantity.text(def, locale),
                _ => stored(value),
            },
            (Kind::Signature, _) => match Signature::read(value) {
                Some(signature) => self.signature_words(&signature, answers, locale),
                None => stored(value),
            },
            (Kind::Attachment, _) => match Attachment::read(value) {
                Some(attachment) => attachment.text(locale),
                None => stored(value),
            },
            (Kind::Gps, _) => position(value).unwrap_or_else(|| stored(value)),
            _ => stored(value),
        }
    }

    fn code_words(&self, question: &Question, code: &str, answers: &Answers, locale: &str) -> String {
        if let Options::Rows { roster } = &question.options {
            let row = self.rows(roster, answers).into_iter().find(|row| row.code == code);
            return row.map_or_else(|| code.to_string(), |row| row.label);
        }
        self.option_label(question, code, locale).unwrap_or_else(|| code.to_string())
    }

    /// `王小明（户主），2015-07-01`. A row id is told by what its row is called.
    fn signature_words(&self, signature: &Signature, answers: &Answers, locale: &str) -> String {
        let by = self.row_name(&signature.by, answers).unwrap_or_else(|| signature.by.clone());
        let zh = locale.starts_with("zh");
        match (&signature.role, zh) {
            (Some(role), true) => format!("{by}（{role}），{}", signature.signed_on),
            (Some(role), false) => format!("{by} ({role}), {}", signature.signed_on),
            (None, true) => format!("{by}，{}", signature.signed_on),
            (None, false) => format!("{by}, {}", signature.signed_on),
        }
    }

    fn row_name(&self, id: &str, answers: &Answers) -> Option<String> {
        if !crate::expr::is_row_id(id) {
            return None;
        }
        let rosters = self.model.questions.iter().filter(|q| q.kind.is_roster() && q.roster.is_none());
        rosters.flat_map(|q| self.rows(&q.template, answers)).find(|row| row.code == id).map(|row| row.label)
    }
}

fn codes(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(text) => serde_json::from_str(text).ok(),
        other => serde_json::from_value(other.clone()).ok(),
    }
}

fn position(value: &Json) -> Option<String> {
    let point: Json = serde_json::from_str(value.as_str()?).ok()?;
    let coordinates = point.get("coordinates")?.as_array()?;
    Some(format!("{}, {}", coordinates.get(1)?, coordinates.first()?))
}

fn stored(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

fn yes_no(yes: bool, locale: &str) -> &'static str {
    match (yes, locale.starts_with("zh")) {
        (true, true) => "是",
        (false, true) => "否",
        (true, false) => "yes",
        (false, false) => "no",
    }
}

fn missing_word(missing: Missing, locale: &str) -> &'static str {
    match (missing, locale.starts_with("zh")) {
        (Missing::Dk, true) => "不清楚",
        (Missing::Refused, true) => "拒答",
        (Missing::Na, true) => "不适用",
        (Missing::Dk, false) => "don't know",
        (Missing::Refused, false) => "refused",
        (Missing::Na, false) => "not applicable",
    }
}
