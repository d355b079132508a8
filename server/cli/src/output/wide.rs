//! Full-width letters, digits and signs on a command line: Chinese input methods write them where codes, dates and
//! options need the half-width ones, and on many screens the two look alike.

use std::ffi::OsString;

use doorstep_server::language::Said;

/// A remark for a line that failed, when a word of it holds full-width signs that may be the reason.
pub fn wide_word(words: &[OsString]) -> Option<Said> {
    let word = words.iter().filter_map(|word| word.to_str()).find(|word| is_wide(word))?;
    let narrow: String = word.chars().map(half).collect();
    Some(Said::new(
        format!(
            "Note: `{word}` holds full-width signs. Codes, dates and options are half-width: `{narrow}`."
        ),
        format!("提示：“{word}”含有全角字符；代码、日期和选项应为半角：{narrow}"),
    ))
}

/// Letters, digits and the signs that mean something in codes, dates and options; not the marks of Chinese sentences.
fn is_wide(word: &str) -> bool {
    let sign = |sign: char| matches!(sign, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '－' | '＝' | '＠' | '／' | '．' | '＿');
    word.starts_with('—') || word.chars().any(sign)
}

fn half(sign: char) -> char {
    match sign {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(sign as u32 - 0xFEE0).unwrap_or(sign),
        '—' => '-',
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<String> {
        wide_word(&line.split(' ').map(OsString::from).collect::<Vec<_>>()).map(|said| said.en)
    }

    #[test]
    fn what_was_meant_is_written_out() {
        assert!(told("doorstep progress f --area ９９９９").is_some_and(|said| said.contains("`9999`")));
        assert!(told("doorstep area list ——json").is_some_and(|said| said.contains("`--json`")));
        assert!(told("review send-back R --comment persons＝请核对").is_some());
        assert!(
            told("review send-back R --note 请核对（人数），谢谢！").is_none(),
            "a sentence is a sentence"
        );
        assert!(told("doorstep area list --json").is_none());
    }
}
