//! Wrong command lines in Chinese; clap itself speaks English.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use doorstep_server::language::Language;

use crate::args::WrongValue;

/// What clap says about a wrong command line, in the asked language.
pub fn usage_text(error: &clap::Error, language: Language) -> String {
    if language == Language::En {
        return error.to_string();
    }
    let about = |kind: ContextKind| {
        error.get(kind).map(|value| match value {
            ContextValue::Strings(many) => many.join("、"),
            other => other.to_string(),
        })
    };
    let argument = about(ContextKind::InvalidArg).unwrap_or_default();
    let value = about(ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{argument}"),
        ErrorKind::UnknownArgument => format!("未知的参数：{argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("未知的命令：{}", about(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::MissingSubcommand => "缺少子命令".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 {argument} 缺少值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("参数 {argument} 的值“{value}”无效"),
        ErrorKind::ArgumentConflict => {
            format!("参数 {argument} 不能与 {} 同时使用", about(ContextKind::PriorArg).unwrap_or_default())
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("参数 {argument} 的值的个数不对")
        }
        _ => return error.to_string(),
    };
    let mut text = format!("错误：{what}");
    // What our own parsers say about a value.
    let why = std::error::Error::source(error).and_then(|source| source.downcast_ref::<WrongValue>());
    if let Some(why) = why {
        text.push_str(&format!("：{}", why.0.zh));
    }
    text.push('\n');
    if let Some(valid) = about(ContextKind::ValidValue).filter(|valid| !valid.is_empty()) {
        text.push_str(&format!("  可用的值：{valid}\n"));
    }
    if let Some(usage) = about(ContextKind::Usage) {
        text.push_str(&format!("  {}\n", usage.replace("Usage: ", "用法：").trim()));
    }
    text.push_str("  更多说明：doorstep --help\n");
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn a_wrong_line_is_told_in_chinese() {
        let told = |line: &str| {
            let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
            usage_text(&error, Language::Zh)
        };
        assert!(told("doorstep rebuild --lang fr").contains("的值“fr”无效\n  可用的值：en、zh"));
        assert!(told("doorstep area import").contains("缺少必需的参数：<FILE>"));
        assert!(told("doorstep fly").contains("未知的命令：fly"));
        assert!(told("doorstep rebuild --fast").contains("未知的参数：--fast"));
        assert!(told("doorstep review approve R --all --form f").contains("不能与"));
        let day = told("doorstep progress f --today 2015-02-30");
        assert!(day.contains("--today <DATE> 的值“2015-02-30”无效：日历上没有这一天\n"), "{day}");
        assert!(told("doorstep progress f --far -3").contains("应为米数，如 500"));
        let none = told("doorstep assign add --to li --form f --subject");
        assert!(!none.contains("可用的值"), "{none}");
    }
}
