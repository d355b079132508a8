//! The history of a household in words, for a page and for a terminal.

use std::collections::BTreeMap;

use doorstep_forms::Form;
use serde_json::Value;

use super::history::HistoryEvent;
use crate::language::Language;
use crate::review::state::RecordState;

/// Kind, in Chinese, in English.
const KINDS: [(&str, &str, &str); 26] = [
    ("began", "开始登记", "begun"),
    ("answered", "填写", "answered"),
    ("submitted", "上传", "submitted"),
    ("approved", "审核通过", "approved"),
    ("confirmed", "复核通过", "confirmed"),
    ("sent_back", "退回修改", "sent back"),
    ("not_accepted", "不予采用", "not accepted"),
    ("reopened", "重新审核", "reopened"),
    ("waived", "说明原因后通过", "accepted with reason"),
    ("commented", "意见", "remark"),
    ("discarded", "作废", "entered by mistake"),
    ("undiscarded", "取消作废", "not a mistake after all"),
    ("merged", "合并重复登记", "merged duplicates"),
    ("unmerged", "撤销合并", "merge taken back"),
    ("not_duplicate", "确认不是重复登记", "no duplicates"),
    ("members_left", "成员转出", "members left"),
    ("members_came", "成员转入", "members came"),
    ("edit_followed", "填写随成员转出", "edit followed a member"),
    ("edit_carried", "填写随成员转入", "edit came with a member"),
    ("area_changed", "变更行政区划", "moved to another area"),
    ("status_moved", "台账状态变动", "status moved"),
    ("moved_status", "变动台账状态", "moved the status"),
    ("assigned", "分配任务", "work assigned"),
    ("assignment_moved", "任务转交", "work handed over"),
    ("assignment_closed", "任务关闭", "work closed"),
    ("about", "相关记录", "record about it"),
];

/// What happened, in one or two words.
pub fn title(kind: &str, language: Language) -> &str {
    let found = KINDS.iter().find(|(known, _, _)| *known == kind);
    found.map_or(kind, |(_, zh, en)| if language == Language::Zh { zh } else { en })
}

/// The rest in words: answers under their questions when there is a form, else under their paths.
pub fn detail(event: &HistoryEvent, form: Option<&Form>, language: Language) -> String {
    let pick = |zh: &'static str, en: &'static str| if language == Language::Zh { zh } else { en };
    let path_words = |path: &str| match form {
        Some(form) if !path.starts_with('_') => form.describe_path(path, language.tag()),
        _ => path.to_owned(),
    };
    let all: BTreeMap<String, Value> =
        event.answers.iter().map(|given| (given.path.clone(), given.value.clone())).collect();
    let mut parts: Vec<String> = Vec::new();
    for given in event.answers.iter().filter(|given| is_shown(&given.path)) {
        let value = match form {
            Some(form) => form.words(&given.path, &given.value, &all, language.tag()),
            None => plain(&given.value),
        };
        let value = if value.is_empty() { pick("（清空）", "(cleared)").to_owned() } else { value };
        parts.push(format!("{}: {value}", path_words(&given.path)));
    }
    for (name, value) in &event.detail {
        let said = match name.as_str() {
            // For machines, or said otherwise.
            "change" | "changes" | "original" | "cites" | "heads" | "device_ms" | "original_ms"
            | "begins" => continue,
            "form_version" => format!("{} {}", pick("表单版本", "form version"), plain(value)),
            "path" | "answer" => path_words(&plain(value)),
            "rows" => {
                let rows = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                rows.map(str::to_owned).collect::<Vec<_>>().join(", ")
            }
            "from" => format!("{} {}", pick("自", "from"), plain(value)),
            "to" => format!("{} {}", pick("至", "to"), plain(value)),
            "due" => format!("{} {}", pick("截止", "due"), plain(value)),
            "auto" => pick("系统按规则", "by rule").to_owned(),
            "discarded" => pick("已作废", "entered by mistake").to_owned(),
            "state" if event.kind == "about" => RecordState::from_name(&plain(value))
                .map_or_else(|| plain(value), |state| state.title(language).to_owned()),
            _ => plain(value),
        };
        parts.push(said);
    }
    if let Some(other) = event.other {
        parts.push(other.to_string());
    }
    parts.join("; ")
}

/// The order of rows is nobody's answer.
fn is_shown(path: &str) -> bool {
    path != "_order" && !path.ends_with("/_order")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use doorstep_records::RecordId;
    use serde_json::json;

    use super::*;
    use crate::households::history::Given;

    #[test]
    fn every_kind_has_words_in_both_languages() {
        for (kind, zh, en) in KINDS {
            assert_eq!((title(kind, Language::Zh), title(kind, Language::En)), (zh, en));
        }
        assert_eq!(title("news", Language::En), "news");
    }

    #[test]
    fn answers_come_first_and_what_is_for_machines_is_left_out() {
        let record = RecordId::from_parts(1, [1; 10]);
        let mut event = HistoryEvent::new(1, "answered", record, "li")
            .with("reason", "asked again")
            .with("change", "00ff")
            .with("form_version", 2);
        for (path, value) in [("land", json!(3)), ("phone", Value::Null), ("members/A/_order", json!("1"))] {
            event.answers.push(Given { path: path.into(), value, superseded: false });
        }
        assert_eq!(
            detail(&event, None, Language::En),
            "land: 3; phone: (cleared); form version 2; asked again"
        );
    }
}
