//! What can be wrong with an expression, in both languages.

/// A refused expression. `position` counts characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at character {position}){}", crate::suggest::en(suggestion.as_deref()))]
pub struct ExprError {
    /// Character offset in the expression text.
    pub position: usize,
    /// What is wrong.
    pub reason: Reason,
    /// The known name that was probably meant.
    pub suggestion: Option<String>,
}

/// Why an expression is refused. `Display` is English, [`Reason::zh`] Chinese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The text is longer than the limit.
    #[error("the expression is too long")]
    TooLong,
    /// Too many levels of nesting.
    #[error("the expression is nested too deeply")]
    TooDeep,
    /// A character that has no meaning here.
    #[error("unexpected character {sign:?}{}", crate::suggest::half_en(*.0), sign = .0)]
    Character(char),
    /// A text without its closing quote, or with a bad escape.
    #[error("the text is not closed, or has an unknown escape")]
    BadText,
    /// A number that cannot be read.
    #[error("this is not a usable number")]
    BadNumber,
    /// A word or sign where another was due.
    #[error("unexpected {found}")]
    Unexpected {
        /// What stands there.
        found: String,
    },
    /// The expression ends too early.
    #[error("the expression ends too early")]
    End,
    /// No such function.
    #[error("unknown function {0}")]
    UnknownFunction(String),
    /// Wrong number of arguments.
    #[error("wrong number of arguments for {0}")]
    Arguments(String),
    /// `matches` needs a text literal that is a valid pattern of the linear-time engine.
    #[error("the pattern must be a literal of the linear-time engine: {0}")]
    BadPattern(String),
    /// A name that is not in scope.
    #[error("unknown name {0}")]
    UnknownName(String),
    /// A record without this field.
    #[error("{record} has no answer {field}")]
    UnknownField {
        /// The record's template.
        record: String,
        /// The missing field.
        field: String,
    },
    /// A value of another type was due.
    #[error("expected {expected}, found {found}")]
    Type {
        /// The type wanted.
        expected: String,
        /// The type given.
        found: String,
    },
    /// Two values that cannot be compared.
    #[error("{left} cannot be compared with {right}")]
    Compare {
        /// Type on the left.
        left: String,
        /// Type on the right.
        right: String,
    },
    /// Comparing with `null` is always null; `has(x)` is meant.
    #[error("a comparison with null is always null; write has(...)")]
    NullComparison,
    /// The macro variable hides a name in scope.
    #[error("the variable {0} hides another name")]
    Shadow(String),
    /// A text literal that is compared with a date is no date.
    #[error("{0:?} is not a date of the form 2015-12-31")]
    DateLiteral(String),
}

impl Reason {
    /// The reason in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Reason::TooLong => "表达式过长".into(),
            Reason::TooDeep => "表达式嵌套过深".into(),
            Reason::Character(c) => format!("无法识别的字符 {c:?}{}", crate::suggest::half_zh(*c)),
            Reason::BadText => "文本缺少结束引号或转义有误".into(),
            Reason::BadNumber => "数字无法使用".into(),
            Reason::Unexpected { found } => format!("此处不应出现 {found}"),
            Reason::End => "表达式不完整".into(),
            Reason::UnknownFunction(name) => format!("没有函数 {name}"),
            Reason::Arguments(name) => format!("函数 {name} 的参数个数不对"),
            Reason::BadPattern(why) => format!("正则须为可线性匹配的文本常量：{why}"),
            Reason::UnknownName(name) => format!("没有名称 {name}"),
            Reason::UnknownField { record, field } => {
                format!("{} 中没有 {field}", record.trim_start_matches("record "))
            }
            Reason::Type { expected, found } => format!("类型应为 {expected}，实为 {found}"),
            Reason::Compare { left, right } => format!("{left} 与 {right} 不能比较"),
            Reason::NullComparison => "与 null 比较恒为空，请改用 has(...)".into(),
            Reason::Shadow(name) => format!("变量 {name} 与已有名称重复"),
            Reason::DateLiteral(text) => format!("{text:?} 不是 2015-12-31 形式的日期"),
        }
    }
}

impl ExprError {
    pub(super) fn new(position: usize, reason: Reason) -> ExprError {
        ExprError { position, reason, suggestion: None }
    }

    /// The same with the nearest of the known names to `word`.
    pub(super) fn near<'k>(mut self, word: &str, known: impl IntoIterator<Item = &'k str>) -> ExprError {
        self.suggestion = crate::suggest::nearest(word, known).map(String::from);
        self
    }

    /// The error in Chinese, with its place.
    pub fn zh(&self) -> String {
        let near = crate::suggest::zh(self.suggestion.as_deref());
        format!("{}（第 {} 个字符）{near}", self.reason.zh(), self.position)
    }
}
