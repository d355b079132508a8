//! Violations in words: one plain, short sentence in the reader's language.

use super::Form;
use super::outcome::Violation;
use crate::model::{Constraint, Options, Question, text_in};

impl Form {
    /// The violation as one short sentence in `locale` (Chinese for `zh...`, else the form's translation or
    /// English).
    pub fn message(&self, violation: &Violation, locale: &str) -> String {
        if let Some(rest) = violation.message_key.strip_prefix("constraint.")
            && let Some((owner, key)) = rest.rsplit_once('#')
            && let Some(constraint) = self.constraint(owner, key)
        {
            return text_in(&constraint.human, locale).to_string();
        }
        let param = |name: &str| violation.params.get(name).map_or("", String::as_str);
        let label = |name: &str| self.code_label(&violation.path, param(name), locale);
        if locale.starts_with("zh") {
            chinese(violation, param, label)
        } else {
            english(violation, param, label)
        }
    }

    fn constraint(&self, owner: &str, key: &str) -> Option<&Constraint> {
        let list = if owner.is_empty() {
            &self.model.constraints
        } else if let Some(roster) = owner.strip_suffix("/*") {
            &self.model.questions[*self.model.by_template.get(roster)?].row_constraints
        } else {
            &self.model.questions[*self.model.by_template.get(owner)?].constraints
        };
        list.iter().find(|c| c.key == key)
    }

    /// The label of a code at the question of `path`; the code itself when it has none.
    fn code_label(&self, path: &str, code: &str, locale: &str) -> String {
        let label = self.question(path).and_then(|q| self.option_label(q, code, locale));
        label.unwrap_or_else(|| code.to_string())
    }

    /// The label of a code of a question in `locale`.
    pub(super) fn option_label(&self, question: &Question, code: &str, locale: &str) -> Option<String> {
        match &question.options {
            Options::Fixed(codes) => {
                codes.iter().find(|(c, _)| c == code).map(|(_, texts)| text_in(texts, locale).to_string())
            }
            Options::List { list, .. } => {
                let list = self.package.codes.get(list).filter(|list| list.contains(code))?;
                Some(list.label(code, locale).to_string())
            }
            _ => None,
        }
    }

    /// What a path means, in words: the titles down to it, years and codes in their place.
    pub fn describe_path(&self, path: &str, locale: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut parent = None;
        let mut segments = path.split('/');
        while let Some(segment) = segments.next() {
            let Some(id) = self.model.child(parent, segment) else {
                return if parts.is_empty() { path.to_string() } else { parts.join(" › ") };
            };
            let question = &self.model.questions[id];
            let mut part = text_in(&question.title, locale).to_string();
            match question.kind {
                crate::Kind::Roster => _ = segments.next(),
                crate::Kind::Yearly => {
                    if let Some(year) = segments.next().filter(|y| *y != "*") {
                        part = format!("{part} {year}");
                    }
                }
                crate::Kind::SelectMany => {
                    if let Some(code) = segments.next() {
                        let label = self.option_label(question, code, locale);
                        part = format!("{part} › {}", label.unwrap_or_else(|| code.to_string()));
                    }
                }
                _ => {}
            }
            parts.push(part);
            parent = Some(id);
        }
        parts.join(" › ")
    }
}

fn chinese<'p>(v: &Violation, param: impl Fn(&str) -> &'p str, label: impl Fn(&str) -> String) -> String {
    let limit = param("limit");
    match v.key.as_str() {
        "required" => "请填写此项".into(),
        "type" => match param("kind") {
            "decimal" => "请填写数字".into(),
            "integer" => "请填写整数".into(),
            "bool" => "请选择是或否".into(),
            "date" => "请填写日期，如 2015-12-31".into(),
            "gps" => "定位数据无法识别".into(),
            "text" => "请填写文字".into(),
            "select" => "请从选项中选择".into(),
            _ => "内容无法识别".into(),
        },
        "format" => match param("format") {
            "date" => "请填写正确的日期，如 2015-12-31".into(),
            "decimal" => "请填写数字".into(),
            "email" => "请填写正确的电子邮箱".into(),
            _ => "格式不正确".into(),
        },
        "pattern" => "填写格式不正确".into(),
        "enum" | "oneOf" | "const" => "请从选项中选择".into(),
        "minimum" => format!("不能小于 {limit}"),
        "maximum" => format!("不能大于 {limit}"),
        "exclusiveMinimum" => format!("必须大于 {limit}"),
        "exclusiveMaximum" => format!("必须小于 {limit}"),
        "multipleOf" => format!("必须是 {limit} 的倍数"),
        "minLength" => format!("至少填写 {limit} 个字"),
        "maxLength" => format!("最多填写 {limit} 个字"),
        "minItems" | "minProperties" => format!("至少填写 {limit} 项"),
        "maxItems" | "maxProperties" => format!("最多填写 {limit} 项"),
        "uniqueItems" => "不能重复".into(),
        "propertyNames" => "行编号不正确".into(),
        "parts" => "内容不完整".into(),
        "additionalProperties" => "含有无法识别的内容".into(),
        "x-codes" => format!("选项“{}”在这里不可选", label("code")),
        "x-row-of" => "所选的行已不存在".into(),
        "x-transitions" if param("from").is_empty() => format!("不能从“{}”开始", label("to")),
        "x-transitions" => format!("不能由“{}”改为“{}”", label("from"), label("to")),
        "quantity_shape" => "数量须含数值（或隐去部分数字的写法）和单位，不能有别的内容".into(),
        "quantity_unit" => format!("单位应为{}", param("units_zh")),
        "quantity_value" => "数值须为十进制数，如 700000；隐去的数字写作 2x00，两者只能有其一".into(),
        "quantity_qualifier" if param("exact") == "true" => "此项只能填准确数".into(),
        "quantity_qualifier" => "限定词应为：超过、约、近、不少于、不超过".into(),
        "quantity_entered" => {
            format!("填写的 {} {} 与数值 {} 不符", param("entered"), param("entered_unit"), param("value"))
        }
        "signature_shape" => "签名须含签名人、日期和所签内容的标识".into(),
        "attachment_shape" => "附件说明须含文件的标识、大小和类型".into(),
        "attachment_type" => format!("文件类型须为 {}", param("types")),
        "attachment_size" => format!("文件不能大于 {limit} 字节"),
        "sign_again" => format!("{} 签名后有改动，请重新签名", param("by")),
        "unknown_path" => "表单中没有这一项，已保留".into(),
        _ => "此项有误".into(),
    }
}

fn english<'p>(v: &Violation, param: impl Fn(&str) -> &'p str, label: impl Fn(&str) -> String) -> String {
    let limit = param("limit");
    match v.key.as_str() {
        "required" => "Please answer this question".into(),
        "type" => match param("kind") {
            "decimal" => "Please enter a number".into(),
            "integer" => "Please enter a whole number".into(),
            "bool" => "Please choose yes or no".into(),
            "date" => "Please enter a date such as 2015-12-31".into(),
            "gps" => "The position cannot be read".into(),
            "text" => "Please enter text".into(),
            "select" => "Please choose one of the options".into(),
            _ => "The content cannot be read".into(),
        },
        "format" => match param("format") {
            "date" => "Please enter a real date such as 2015-12-31".into(),
            "decimal" => "Please enter a number".into(),
            "email" => "Please enter a correct e-mail address".into(),
            _ => "The format is not right".into(),
        },
        "pattern" => "This is not written as it should be".into(),
        "enum" | "oneOf" | "const" => "Please choose one of the options".into(),
        "minimum" => format!("Must not be less than {limit}"),
        "maximum" => format!("Must not be more than {limit}"),
        "exclusiveMinimum" => format!("Must be more than {limit}"),
        "exclusiveMaximum" => format!("Must be less than {limit}"),
        "multipleOf" => format!("Must be a multiple of {limit}"),
        "minLength" => format!("Needs at least {limit} characters"),
        "maxLength" => format!("Must have at most {limit} characters"),
        "minItems" | "minProperties" => format!("Needs at least {limit}"),
        "maxItems" | "maxProperties" => format!("Must have at most {limit}"),
        "uniqueItems" => "The same entry stands here twice".into(),
        "propertyNames" => "The row id is not right".into(),
        "parts" => "The content is not complete".into(),
        "additionalProperties" => "There is content that is not understood".into(),
        "x-codes" => format!("\"{}\" cannot be chosen here", label("code")),
        "x-row-of" => "The chosen row is no longer there".into(),
        "x-transitions" if param("from").is_empty() => format!("Cannot start with \"{}\"", label("to")),
        "x-transitions" => format!("Cannot change from \"{}\" to \"{}\"", label("from"), label("to")),
        "quantity_shape" => "A quantity has a value (or a masked one) and a unit, and nothing else".into(),
        "quantity_unit" => format!("The unit must be one of: {}", param("units_en")),
        "quantity_value" => {
            "The value must be a decimal such as 700000, or masked such as 2x00, not both".into()
        }
        "quantity_qualifier" if param("exact") == "true" => "Only an exact number is taken here".into(),
        "quantity_qualifier" => "The qualifier must be one of over, about, nearly, at_least, at_most".into(),
        "quantity_entered" => format!(
            "What was typed ({} {}) is not the value {}",
            param("entered"),
            param("entered_unit"),
            param("value")
        ),
        "signature_shape" => "A signature names who signed, when, and what was signed".into(),
        "attachment_shape" => "An attachment names its file, size and type".into(),
        "attachment_type" => format!("The file must be one of: {}", param("types")),
        "attachment_size" => format!("The file must not have more than {limit} bytes"),
        "sign_again" => format!("Changed after {} signed; please have it signed again", param("by")),
        "unknown_path" => "The form has no such question; the answer is kept".into(),
        _ => "Something is wrong with this answer".into(),
    }
}
