//! The words that ledgers write in their cells, where they differ from the titles of the form's options.

use doorstep_forms::expr::{date_text, parse_date, parse_decimal};
use doorstep_forms::{Form, Kind, Question};
use serde_json::{Value as Json, json};

use super::fault::Said;

const RELATION: &[(&str, &[&str])] = &[
    ("head", &["本人", "户主本人"]),
    ("spouse", &["妻子", "丈夫", "妻", "夫", "之妻", "之夫"]),
    ("son", &["子", "儿子", "长子", "次子", "三子", "独生子"]),
    ("daughter", &["女", "女儿", "长女", "次女", "三女", "独生女"]),
    ("daughter_in_law", &["儿媳", "儿媳妇", "媳"]),
    ("son_in_law", &["女婿"]),
    ("grandson", &["孙子", "孙"]),
    ("granddaughter", &["孙女"]),
    ("daughters_son", &["外孙", "外孙子"]),
    ("daughters_daughter", &["外孙女"]),
    ("father", &["父亲", "父", "爸爸"]),
    ("mother", &["母亲", "母", "妈妈"]),
    ("grandfather", &["祖父", "爷爷"]),
    ("grandmother", &["祖母", "奶奶"]),
    ("sibling", &["兄", "弟", "姐", "妹", "哥哥", "弟弟", "姐姐", "妹妹", "兄弟", "兄弟姐妹"]),
    ("other", &["其它", "其他亲属", "非亲属"]),
];
const LABOUR: &[(&str, &[&str])] = &[
    ("ordinary", &["有", "是", "有劳动力", "有劳动能力", "普通"]),
    ("skilled", &["技能"]),
    ("weak", &["弱劳动力", "半劳动力", "弱", "半劳动力或弱劳动力"]),
    ("lost", &["丧失"]),
    ("none", &["无", "否", "无劳动能力"]),
];
const HEALTH: &[(&str, &[&str])] = &[
    ("healthy", &["良好", "一般", "正常"]),
    ("chronic", &["慢性病", "长期慢性疾病"]),
    ("major_illness", &["大病", "重病", "患大病"]),
    ("disabled", &["残疾人", "残"]),
];
const EDUCATION: &[(&str, &[&str])] = &[
    ("illiterate", &["文盲", "半文盲", "无", "文盲、半文盲"]),
    ("senior", &["中专", "职高", "高中及中专"]),
    ("college", &["专科"]),
    ("bachelor", &["本科", "大学", "大学本科"]),
];
const ATTRIBUTE: &[(&str, &[&str])] = &[
    ("general_poor", &["一般农户", "一般", "贫困户"]),
    ("dibao_poor", &["低保贫困", "低保贫困农户"]),
    ("wubao", &["五保", "五保贫困户", "特困供养户", "特困户"]),
    ("dibao", &["低保"]),
];
const STATUS: &[(&str, &[&str])] = &[
    ("registered", &["未脱贫", "贫困", "在册", "建档立卡贫困户"]),
    ("exited", &["已脱贫", "脱贫"]),
    ("returned", &["返贫户"]),
];
const INSURANCE: &[(&str, &[&str])] =
    &[("resident", &["是", "新农合", "城乡居民医疗保险", "参保"]), ("none", &["否", "无", "未参加"])];
const PENSION: &[(&str, &[&str])] =
    &[("resident", &["是", "新农保", "城乡居民基本养老保险", "参保"]), ("none", &["否", "无", "未参加"])];

fn table(key: &str) -> &'static [(&'static str, &'static [&'static str])] {
    match key {
        "relation" => RELATION,
        "labour" => LABOUR,
        "health" => HEALTH,
        "education" => EDUCATION,
        "household_attribute" => ATTRIBUTE,
        "register_status" => STATUS,
        "medical_insurance" => INSURANCE,
        "pension" => PENSION,
        _ => &[],
    }
}

/// What a cell says to a question: answers by path relative to the question (empty = the question itself).
pub(super) fn read(form: &Form, question: &Question, text: &str) -> Result<Vec<(String, Json)>, Said> {
    let own = |value: Json| vec![(String::new(), value)];
    match question.kind() {
        Kind::SelectMany => many(form, question, text),
        Kind::SelectOne => Ok(own(json!(code(form, question, text).ok_or_else(|| unknown(text))?))),
        Kind::Bool => boolean(text).map(|yes| own(json!(yes))),
        Kind::Date => match parse_date(&date(text)) {
            Some(date) => Ok(own(json!(date_text(date)))),
            None => Err(not(text, "日期（如 1970-01-02）", "a date such as 1970-01-02")),
        },
        Kind::Decimal => match parse_decimal(&text.replace(',', "")) {
            Some(number) => Ok(own(json!(number.normalize().to_string()))),
            None => Err(not(text, "数字", "a number")),
        },
        Kind::Quantity => match question.quantity().map(|def| def.parse(text)) {
            Some(Ok(quantity)) => Ok(own(json!(quantity.canonical()))),
            Some(Err(error)) => Err(Said::new(error.zh(), error.to_string())),
            None => Ok(own(json!(text))),
        },
        Kind::Integer => match text.parse::<i64>() {
            Ok(number) => Ok(own(json!(number))),
            Err(_) => Err(not(text, "整数", "a whole number")),
        },
        _ => Ok(own(json!(text))),
    }
}

fn not(text: &str, zh: &str, en: &str) -> Said {
    Said::new(format!("“{text}”不是{zh}"), format!("{text:?} is not {en}"))
}

/// A code, its title in any language, a word of the table, or one of these with a usual ending.
fn code(form: &Form, question: &Question, text: &str) -> Option<String> {
    let options = form.option_labels(question);
    let titled = |wanted: &str| {
        let mut found = options.iter().filter(|(code, titles)| {
            code == wanted || titles.values().any(|title| title == wanted || bare(title) == wanted)
        });
        found.next().map(|(code, _)| code.clone())
    };
    let listed = || {
        let found = table(question.key()).iter().find(|(_, words)| words.contains(&text));
        found.map(|(code, _)| (*code).to_owned()).filter(|code| options.iter().any(|(c, _)| c == code))
    };
    let shorter = text.strip_suffix("致贫").or(text.strip_suffix('级'));
    titled(text)
        .or_else(listed)
        .or_else(|| titled(&format!("{text}族")))
        .or_else(|| titled(&format!("之{text}")))
        .or_else(|| shorter.and_then(titled))
        .or_else(|| titled(bare(text)))
}

/// A title without what stands in brackets: `D级（整幢危房）` is `D级`.
fn bare(title: &str) -> &str {
    title.split(['（', '(']).next().unwrap_or(title).trim()
}

fn many(form: &Form, question: &Question, text: &str) -> Result<Vec<(String, Json)>, Said> {
    let parts = text.split([',', '，', '、', ';', '；', '/', '|', '\n']).map(str::trim);
    let ticked = parts.filter(|part| !part.is_empty() && !matches!(*part, "无" | "-"));
    ticked.map(|part| Ok((code(form, question, part).ok_or_else(|| unknown(part))?, json!(true)))).collect()
}

fn unknown(text: &str) -> Said {
    Said::new(format!("选项中没有“{text}”"), format!("{text:?} is not one of the options"))
}

fn boolean(text: &str) -> Result<bool, Said> {
    match text.to_lowercase().as_str() {
        "是" | "有" | "享受" | "√" | "✓" | "1" | "y" | "yes" | "true" => Ok(true),
        "否" | "无" | "不享受" | "未享受" | "×" | "0" | "n" | "no" | "false" => Ok(false),
        _ => Err(not(text, "“是”或“否”", "yes or no")),
    }
}

/// `1970年1月2日`, `1970/1/2`, `1970.1.2`, `19700102` as `1970-01-02`; anything else stays as it is.
fn date(text: &str) -> String {
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        [whole] if whole.len() == 8 && *whole == text => {
            format!("{}-{}-{}", &whole[..4], &whole[4..6], &whole[6..])
        }
        _ => text.to_owned(),
    }
}

/// An id number as it should be written: half-width, without spaces, X upper.
pub(super) fn id_number(text: &str) -> String {
    let characters = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').map(|c| match c {
        '０'..='９' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        'x' | 'ｘ' | 'Ｘ' | '×' => 'X',
        c => c,
    });
    characters.collect()
}

/// What deserves a look about an id number (GB 11643; 20 and 22 characters are disability cards). Evidence is kept as
/// it was written, right or wrong.
pub(super) fn id_doubt(number: &str) -> Option<Said> {
    if !matches!(number.len(), 15 | 18 | 20 | 22) {
        return Some(Said::new(
            format!("证件号码有 {} 位，应为 18、20 或 22 位", number.chars().count()),
            format!("the number has {} characters; 18, 20 or 22 are due", number.chars().count()),
        ));
    }
    if number.len() >= 18 && !checksum_fits(number.as_bytes()) {
        return Some(Said::new("证件号码校验位不符", "the check digit of the number does not fit"));
    }
    None
}

fn checksum_fits(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Some((digits, check)) = number.get(..17).zip(number.get(17)) else { return false };
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        if !digit.is_ascii_digit() {
            return false;
        }
        sum += u32::from(digit - b'0') * weight;
    }
    b"10X98765432"[(sum % 11) as usize] == *check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_follow_gb_11643() {
        for good in ["11010519491231002X", "440524188001010014", "34052419800101001X", "999999197001010017"] {
            assert_eq!(id_doubt(good), None, "{good}");
        }
        assert!(id_doubt("999999197001010018").is_some());
        assert!(id_doubt("99999919700101001").is_some());
        assert!(id_doubt("99999919700101001A").is_some());
        assert_eq!(id_doubt("99999919700101001743"), None);
        assert_eq!(id_number("'９９9999 19950303003x"), "99999919950303003X");
    }

    #[test]
    fn dates_of_ledgers_are_read() {
        for text in ["1970年1月2日", "1970/1/2", "1970.01.02", "19700102", "1970-01-02"] {
            assert_eq!(date(text), "1970-01-02", "{text}");
        }
        assert_eq!(date("1970年"), "1970年");
    }
}
