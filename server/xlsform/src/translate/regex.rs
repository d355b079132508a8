//! Patterns of Java made into those of the linear-time engine: the whole text must match, and `\d`, `\w` mean ASCII.

/// The pattern as forms know it.
pub(super) fn whole(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    let (mut in_class, mut groups) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[A-Za-z0-9_]"),
                Some('W') => out.push_str("[^A-Za-z0-9_]"),
                Some(other) if other.is_ascii() => out.extend(['\\', other]),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            '[' => {
                // A bracket inside brackets is itself in most patterns people write.
                out.push_str(if in_class { "\\[" } else { "[" });
                in_class = true;
            }
            ']' => {
                out.push(']');
                in_class = false;
            }
            '|' => {
                groups = groups || !in_class;
                out.push('|');
            }
            c => out.push(c),
        }
    }
    let anchored = out.starts_with('^') && out.ends_with('$') && !out.ends_with("\\$");
    if anchored && !groups { out } else { format!("^(?:{out})$") }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn the_whole_text_must_match() {
        for (java, ours) in [
            ("^[a-z]{2}$", "^[a-z]{2}$"),
            (r"\d{10}", "^(?:[0-9]{10})$"),
            (r"^[\s\S]{0,100}$", r"^[\s\S]{0,100}$"),
            ("^a|b$", "^(?:^a|b$)$"),
            (r"[\d-]+", "^(?:[[0-9]-]+)$"),
            (r"^\$$", r"^\$$"),
            (r"\p{L}+", r"^(?:\p{L}+)$"),
        ] {
            assert_eq!(whole(java), ours, "{java}");
            doorstep_forms::expr::Expr::parse(&format!("matches('x', r\"{ours}\")")).unwrap();
        }
    }
}
