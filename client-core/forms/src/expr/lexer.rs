//! Text to tokens, with character positions.

use rust_decimal::Decimal;

use super::error::{ExprError, Reason};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Ident(String),
    Num(Decimal),
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

impl Token {
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Ident(name) => name.clone(),
            Token::Num(n) => n.to_string(),
            Token::Text(t) => format!("{t:?}"),
            Token::Sign(s) => format!("\"{s}\""),
            Token::End => "end".into(),
        }
    }
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: [&str; 22] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]",
];

pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, ExprError> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let start = at;
        if c.is_ascii_whitespace() {
            at += 1;
        } else if c.is_ascii_digit() {
            out.push((start, number(&chars, &mut at)?));
        } else if c == '"' || c == '\'' {
            out.push((start, Token::Text(quoted(&chars, &mut at, false)?)));
        } else if c == 'r' && matches!(chars.get(at + 1), Some('"' | '\'')) {
            at += 1;
            out.push((start, Token::Text(quoted(&chars, &mut at, true)?)));
        } else if c.is_ascii_alphabetic() || c == '_' {
            while at < chars.len() && (chars[at].is_ascii_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            out.push((start, Token::Ident(chars[start..at].iter().collect())));
        } else {
            let sign = SIGNS
                .into_iter()
                .find(|s| s.chars().enumerate().all(|(i, want)| chars.get(at + i) == Some(&want)))
                .ok_or(ExprError::new(start, Reason::Character(c)))?;
            at += sign.len();
            out.push((start, Token::Sign(sign)));
        }
    }
    out.push((chars.len(), Token::End));
    Ok(out)
}

fn number(chars: &[char], at: &mut usize) -> Result<Token, ExprError> {
    let start = *at;
    let digits = |at: &mut usize| {
        while chars.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
    };
    digits(at);
    if chars.get(*at) == Some(&'.') && chars.get(*at + 1).is_some_and(char::is_ascii_digit) {
        *at += 1;
        digits(at);
    }
    let bad = ExprError::new(start, Reason::BadNumber);
    if chars.get(*at).is_some_and(|c| c.is_ascii_alphabetic() || *c == '_') {
        return Err(bad);
    }
    let text: String = chars[start..*at].iter().collect();
    Decimal::from_str_exact(&text).map(|n| Token::Num(n.normalize())).map_err(|_| bad)
}

fn quoted(chars: &[char], at: &mut usize, raw: bool) -> Result<String, ExprError> {
    let start = *at;
    let bad = || ExprError::new(start, Reason::BadText);
    let quote = chars[*at];
    *at += 1;
    let mut out = String::new();
    loop {
        let c = *chars.get(*at).ok_or_else(bad)?;
        *at += 1;
        if c == quote {
            return Ok(out);
        }
        if c != '\\' || raw {
            out.push(c);
            continue;
        }
        let escape = *chars.get(*at).ok_or_else(bad)?;
        *at += 1;
        out.push(match escape {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\\' | '\'' | '"' => escape,
            'u' => {
                let hex: String = chars.get(*at..*at + 4).ok_or_else(bad)?.iter().collect();
                *at += 4;
                u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).ok_or_else(bad)?
            }
            _ => return Err(bad()),
        });
    }
}
