//! Default answers, as far as a calculation can stand for them.

/// A default as an expression: as it stands when it reads something, else as a text.
pub(crate) fn as_expression(text: &str) -> String {
    if is_dynamic(text) {
        return text.to_owned();
    }
    if doorstep_forms::expr::parse_decimal(text).is_some() {
        return text.to_owned();
    }
    let quote = if text.contains('\'') { '"' } else { '\'' };
    format!("{quote}{text}{quote}")
}

/// Whether a default is worked out: it names a question or calls a function.
pub(crate) fn is_dynamic(text: &str) -> bool {
    text.contains("${")
        || text.split('(').next().is_some_and(|name| {
            text.contains('(')
                && text.trim_end().ends_with(')')
                && !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '_'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_texts_unless_they_read_something() {
        assert_eq!(as_expression("yes"), "'yes'");
        assert_eq!(as_expression("it's"), "\"it's\"");
        assert_eq!(as_expression("12.5"), "12.5");
        assert_eq!(as_expression("today()"), "today()");
        assert_eq!(as_expression("${a} + 1"), "${a} + 1");
        assert_eq!(as_expression("Dar (es Salaam)"), "'Dar (es Salaam)'");
    }
}
