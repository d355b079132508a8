//! Text to tokens, with character positions.

use super::SyntaxError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Num(String),
    Text(String),
    Ref(String),
    Name(String),
    /// An operator or bracket; `and`, `or`, `div`, `mod` where an operator is due.
    Sign(&'static str),
    End,
}

impl Token {
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Num(text) | Token::Name(text) => text.clone(),
            Token::Text(text) => format!("'{text}'"),
            Token::Ref(name) => format!("${{{name}}}"),
            Token::Sign(sign) => (*sign).to_owned(),
            Token::End => super::END.to_owned(),
        }
    }
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: [&str; 21] = [
    "!=", "<=", ">=", "==", "..", "=", "<", ">", "+", "-", "*", "/", "|", "(", ")", "[", "]", ",", ".", "@",
    "$",
];

pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, SyntaxError> {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<(usize, Token)> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (c, start) = (chars[at], at);
        let token = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c == '$' && chars.get(at + 1) == Some(&'{') {
            reference(&chars, &mut at)?
        } else if c == '"' || c == '\'' {
            let end = chars[at + 1..].iter().position(|other| *other == c);
            let end = at + 1 + end.ok_or_else(|| SyntaxError::new(start, c))?;
            at = end + 1;
            Token::Text(chars[start + 1..end].iter().collect())
        } else if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) {
            number(&chars, &mut at)
        } else if starts_name(c) {
            name(&chars, &mut at, out.last().map(|(_, token)| token))
        } else {
            let here =
                |sign: &&str| sign.chars().enumerate().all(|(i, want)| chars.get(at + i) == Some(&want));
            let sign = SIGNS.iter().find(|sign| here(sign)).ok_or_else(|| SyntaxError::new(start, c))?;
            at += sign.len();
            Token::Sign(sign)
        };
        out.push((start, token));
    }
    out.push((chars.len(), Token::End));
    Ok(out)
}

fn starts_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}')
}

fn reference(chars: &[char], at: &mut usize) -> Result<Token, SyntaxError> {
    let start = *at;
    let end = chars[start..].iter().position(|c| *c == '}').ok_or_else(|| SyntaxError::new(start, "${"))?;
    *at = start + end + 1;
    let name: String = chars[start + 2..start + end].iter().collect();
    Ok(Token::Ref(name.trim().to_owned()))
}

fn number(chars: &[char], at: &mut usize) -> Token {
    let start = *at;
    let digits = |at: &mut usize| {
        while chars.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
    };
    digits(at);
    if chars.get(*at) == Some(&'.') && chars.get(*at + 1) != Some(&'.') {
        *at += 1;
        digits(at);
    }
    Token::Num(chars[start..*at].iter().collect())
}

/// A name, with its prefix (`jr:choice-name`); an operator where the token before it asks for one.
fn name(chars: &[char], at: &mut usize, before: Option<&Token>) -> Token {
    let start = *at;
    let word = |at: &mut usize| {
        while chars.get(*at).is_some_and(|c| goes_on(*c)) {
            *at += 1;
        }
    };
    word(at);
    let text: String = chars[start..*at].iter().collect();
    let operator_due = match before {
        None => false,
        Some(Token::Sign(sign)) => matches!(*sign, ")" | "]" | "." | ".."),
        Some(_) => true,
    };
    if operator_due {
        // `a -1` is written `a-1` by many: a name in the place of an operator starts with one.
        for operator in ["and", "or", "div", "mod"] {
            if text == operator {
                return Token::Sign(operator);
            }
        }
    }
    if chars.get(*at) == Some(&':') && chars.get(*at + 1).is_some_and(|c| starts_name(*c)) {
        *at += 1;
        word(at);
    }
    Token::Name(chars[start..*at].iter().collect())
}
