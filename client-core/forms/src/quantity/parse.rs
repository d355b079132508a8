//! Typed text to a quantity. A small total reader: words are known or refused, and nothing is guessed.
//!
//! ```text
//! text := before* number (after | magnitude | unit)*      70 余 万 份,  over 70 wan copies,  ¥ 300
//! ```
//! At most one magnitude, before the unit; at most one unit; qualifiers only if they agree.

use rust_decimal::Decimal;

use super::units::{self, MAGNITUDES, Magnitude, ONE};
use super::{Qualifier, Quantity, QuantityDef};
use crate::expr::parse_decimal;
use crate::form::half_width;

/// Longest text that is looked at.
const MAX_CHARS: usize = 100;

/// Longest masked number, as the structural schema has it.
pub(super) const MASKED_CHARS: usize = 40;

/// Words before the number.
const BEFORE: [(&str, Qualifier); 30] = [
    ("超过", Qualifier::Over),
    ("多于", Qualifier::Over),
    ("逾", Qualifier::Over),
    ("超", Qualifier::Over),
    ("over", Qualifier::Over),
    ("more than", Qualifier::Over),
    (">=", Qualifier::AtLeast),
    ("≥", Qualifier::AtLeast),
    (">", Qualifier::Over),
    ("大约", Qualifier::About),
    ("约", Qualifier::About),
    ("about", Qualifier::About),
    ("approximately", Qualifier::About),
    ("around", Qualifier::About),
    ("~", Qualifier::About),
    ("将近", Qualifier::Nearly),
    ("接近", Qualifier::Nearly),
    ("近", Qualifier::Nearly),
    ("nearly", Qualifier::Nearly),
    ("almost", Qualifier::Nearly),
    ("不少于", Qualifier::AtLeast),
    ("不低于", Qualifier::AtLeast),
    ("至少", Qualifier::AtLeast),
    ("at least", Qualifier::AtLeast),
    ("不超过", Qualifier::AtMost),
    ("不多于", Qualifier::AtMost),
    ("至多", Qualifier::AtMost),
    ("at most", Qualifier::AtMost),
    ("<=", Qualifier::AtMost),
    ("≤", Qualifier::AtMost),
];

/// Words after the number. 以上 and 以下 include the number (Civil Code of the PRC, article 1259).
const AFTER: [(&str, Qualifier); 8] = [
    ("余", Qualifier::Over),
    ("多", Qualifier::Over),
    ("左右", Qualifier::About),
    ("上下", Qualifier::About),
    ("以上", Qualifier::AtLeast),
    ("or more", Qualifier::AtLeast),
    ("以下", Qualifier::AtMost),
    ("以内", Qualifier::AtMost),
];

/// Why a text is no quantity of its question. `Display` is English, [`QuantityError::zh`] Chinese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {}; expected {expected_en}", reason.en())]
pub struct QuantityError {
    text: String,
    reason: Reason,
    expected_en: String,
    expected_zh: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    NoNumber,
    SecondNumber,
    BadNumber(String),
    Word(String),
    Place(String),
    SecondUnit(String),
    /// A unit in English and Chinese.
    Unit(String, String),
    Disagree,
    ExactOnly,
    TooLarge,
    TooLong,
}

impl Reason {
    fn en(&self) -> String {
        match self {
            Reason::NoNumber => "there is no number in digits".into(),
            Reason::SecondNumber => "there are two numbers".into(),
            Reason::BadNumber(number) => format!("{number} is not a number in plain digits"),
            Reason::Word(word) => format!("{word:?} is not understood"),
            Reason::Place(word) => format!("{word:?} does not belong there"),
            Reason::SecondUnit(word) => format!("{word:?} is a second unit"),
            Reason::Unit(unit, _) => format!("the unit {unit} is not taken here"),
            Reason::Disagree => "two qualifiers contradict each other".into(),
            Reason::ExactOnly => "only an exact number is taken here".into(),
            Reason::TooLarge => "the number is too large".into(),
            Reason::TooLong => "the text is too long".into(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Reason::NoNumber => "没有阿拉伯数字".into(),
            Reason::SecondNumber => "出现了两个数".into(),
            Reason::BadNumber(number) => format!("“{number}”不是规范的数字"),
            Reason::Word(word) => format!("“{word}”无法识别"),
            Reason::Place(word) => format!("“{word}”的位置不对"),
            Reason::SecondUnit(word) => format!("“{word}”是第二个单位"),
            Reason::Unit(_, unit) => format!("这里不用单位“{unit}”"),
            Reason::Disagree => "两个限定词互相矛盾".into(),
            Reason::ExactOnly => "这里只能填准确数".into(),
            Reason::TooLarge => "数字过大".into(),
            Reason::TooLong => "内容过长".into(),
        }
    }
}

impl QuantityError {
    /// The error in Chinese.
    pub fn zh(&self) -> String {
        format!("“{}”：{}；应填{}", self.text, self.reason.zh(), self.expected_zh)
    }
}

fn error(def: &QuantityDef, text: &str, reason: Reason) -> QuantityError {
    let list = |locale: &str, comma: &str| {
        let units: Vec<String> = def.entry.iter().map(|code| def.unit_text(code, locale)).collect();
        units.join(comma)
    };
    let (words_en, words_zh) = if def.qualifiers {
        (
            "; before it at most one of over, about, nearly, at least, at most",
            "，可加余、约、近、不少于、不超过之一",
        )
    } else {
        ("", "")
    };
    QuantityError {
        text: text.chars().take(MAX_CHARS).collect(),
        reason,
        expected_en: format!("one number, such as 70 or 1.5, in {}{words_en}", list("en", ", ")),
        expected_zh: format!("一个数（如 70 或 1.5），单位用{}{words_zh}", list("zh", "、")),
    }
}

enum Token {
    Number(String),
    Before(Qualifier),
    After(Qualifier),
    Magnitude(Magnitude),
    /// A unit, or a whole code such as `wan_yuan`.
    Unit(Magnitude, String),
}

/// The words of a question, longest first.
fn dictionary(def: &QuantityDef) -> Vec<(String, Token)> {
    let mut words: Vec<(String, Token)> = Vec::new();
    words.extend(BEFORE.iter().map(|(word, q)| (word.to_string(), Token::Before(*q))));
    words.extend(AFTER.iter().map(|(word, q)| (word.to_string(), Token::After(*q))));
    for magnitude in MAGNITUDES {
        words.extend([magnitude.zh, magnitude.en].map(|word| (word.into(), Token::Magnitude(magnitude))));
    }
    for code in &def.entry {
        let (magnitude, base) = if *code == def.unit { (ONE, code.as_str()) } else { units::split(code) };
        words.push((code.clone(), Token::Unit(magnitude, base.to_string())));
        let table = units::unit(base).into_iter();
        let mut names: Vec<&str> =
            table.flat_map(|u| [u.zh, u.en].into_iter().chain(u.words.clone())).collect();
        if base == def.unit {
            names.extend(def.symbol.values().map(String::as_str));
        }
        names.push(base);
        words.extend(names.into_iter().map(|name| (name.to_lowercase(), Token::Unit(ONE, base.to_string()))));
    }
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    words
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | 'x' | '□' | '*' | ',' | '，')
}

/// The next token and how many bytes it takes. A word of letters ends where the letters end.
fn token<'d>(
    words: &'d [(String, Token)],
    rest: &str,
) -> Result<(&'d str, Option<&'d Token>, usize), Reason> {
    let whole = |word: &str| {
        let after = rest[word.len()..].chars().next();
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        !(letter(word.chars().last()) && letter(after))
    };
    if let Some((word, token)) = words.iter().find(|(word, _)| rest.starts_with(word.as_str()) && whole(word))
    {
        return Ok((word, Some(token), word.len()));
    }
    let digits = rest.strip_prefix('-').unwrap_or(rest);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '□' || c == 'x' || c == '*') {
        let word = rest.chars().take_while(|c| !c.is_whitespace() && !c.is_ascii_digit()).take(20).collect();
        return Err(Reason::Word(word));
    }
    let taken = digits.find(|c| !is_digit(c)).unwrap_or(digits.len());
    Ok(("", None, rest.len() - digits.len() + taken))
}

#[derive(Default)]
struct Found {
    number: Option<String>,
    qualifier: Option<Qualifier>,
    magnitude: Option<Magnitude>,
    unit: Option<(Magnitude, String)>,
}

impl Found {
    fn take(&mut self, word: &str, token: &Token) -> Result<(), Reason> {
        let place = || Reason::Place(word.to_string());
        match token {
            Token::Number(number) => {
                if self.number.replace(number.clone()).is_some() {
                    return Err(Reason::SecondNumber);
                }
                if self.magnitude.is_some() {
                    return Err(place());
                }
            }
            Token::Before(_) if self.number.is_some() => return Err(place()),
            Token::After(_) if self.number.is_none() => return Err(place()),
            Token::Before(q) | Token::After(q) => {
                if self.qualifier.replace(*q).is_some_and(|before| before != *q) {
                    return Err(Reason::Disagree);
                }
            }
            Token::Magnitude(m) => {
                if self.number.is_none() || self.unit.is_some() || self.magnitude.replace(*m).is_some() {
                    return Err(place());
                }
            }
            Token::Unit(m, base) => {
                // Only a sign of money stands before its number.
                if self.number.is_none() && !matches!(word, "¥" | "￥") {
                    return Err(place());
                }
                if self.magnitude.is_some() && *m != ONE {
                    return Err(place());
                }
                if self.unit.replace((*m, base.clone())).is_some() {
                    return Err(Reason::SecondUnit(word.to_string()));
                }
            }
        }
        Ok(())
    }

    fn finish(self, def: &QuantityDef) -> Result<Quantity, Reason> {
        let number = self.number.ok_or(Reason::NoNumber)?;
        if self.qualifier.is_some() && !def.qualifiers {
            return Err(Reason::ExactOnly);
        }
        let (own, base) = self.unit.unwrap_or((ONE, def.unit.clone()));
        let magnitude = self.magnitude.unwrap_or(own);
        let code = format!("{}{base}", magnitude.prefix);
        if !def.entry.contains(&code) {
            return Err(Reason::Unit(def.unit_text(&code, "en"), def.unit_text(&code, "zh")));
        }
        let masked = number.contains(['x', '□', '*']);
        if masked && !number.contains([',', '，', '-']) && number.chars().count() <= MASKED_CHARS {
            return Ok(Quantity {
                value: None,
                masked: Some(number),
                entered: None,
                entered_unit: (code != def.unit).then_some(code),
                unit: def.unit.clone(),
                qualifier: self.qualifier,
            });
        }
        let amount: Decimal = parse_decimal(&number).ok_or(Reason::BadNumber(number))?;
        Quantity::new(amount, &code, &def.unit, self.qualifier).ok_or(Reason::TooLarge)
    }
}

pub(super) fn parse(def: &QuantityDef, text: &str) -> Result<Quantity, QuantityError> {
    let plain = half_width(text).to_lowercase().replace('＞', ">").replace('～', "~");
    let read = || {
        if plain.chars().count() > MAX_CHARS {
            return Err(Reason::TooLong);
        }
        let words = dictionary(def);
        let mut found = Found::default();
        let mut rest = plain.trim_start();
        while !rest.is_empty() {
            let (word, known, length) = token(&words, rest)?;
            let number = Token::Number(rest[..length].to_string());
            found.take(word, known.unwrap_or(&number))?;
            rest = rest[length..].trim_start();
        }
        found.finish(def)
    };
    read().map_err(|reason| error(def, text, reason))
}
