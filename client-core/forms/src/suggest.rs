//! "Did you mean ...?": the known name that is nearest to a misspelt one.

/// The nearest of `known` to `word`, if it is near enough: at most a third of the letters differ, at least one may.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let most = (word.chars().count() / 3).max(1);
    let scored = known.into_iter().filter(|name| *name != word).map(|name| (distance(word, name), name));
    scored.filter(|(distance, _)| *distance <= most).min().map(|(_, name)| name)
}

/// `; did you mean x?`, or nothing.
pub(crate) fn en(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

/// The same in Chinese.
pub(crate) fn zh(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!("；是否应为 `{name}`？"))
}

/// The half-width sign that is meant by a full-width one, or by a typographic quote: Chinese input methods write them.
pub(crate) fn half_width(sign: char) -> Option<char> {
    match sign {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(sign as u32 - 0xFEE0),
        '\u{3000}' => Some(' '),
        '“' | '”' => Some('"'),
        '‘' | '’' => Some('\''),
        _ => None,
    }
}

/// ` (full-width; write x)`, or nothing.
pub(crate) fn half_en(sign: char) -> String {
    half_width(sign).map_or(String::new(), |half| format!(" (full-width; write {half:?})"))
}

/// The same in Chinese.
pub(crate) fn half_zh(sign: char) -> String {
    half_width(sign).map_or(String::new(), |half| format!("（全角字符，请写 {half:?}）"))
}

/// The values that are allowed, in both languages; a long list is cut.
pub(crate) fn one_of(options: &serde_json::Value) -> (String, String) {
    const SHOWN: usize = 8;
    let all: Vec<String> = options.as_array().into_iter().flatten().map(ToString::to_string).collect();
    let some = |comma: &str| all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(comma);
    let cut = if all.len() > SHOWN { ", ..." } else { "" };
    (format!("one of {}{cut} is due here", some(", ")), format!("此处应为 {}{cut} 之一", some("、")))
}

/// Edits between two words: letters put in, left out, replaced, or two neighbours swapped. Long words are not compared.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_named_and_a_far_one_is_not() {
        let known = ["cultivated_mu", "forest_mu", "name", "yuan"];
        let cases = [
            ("cultivated_mo", Some("cultivated_mu")),
            ("cultivatedmu", Some("cultivated_mu")),
            ("nmae", Some("name")),
            ("yaun", Some("yuan")),
            ("income", None),
            ("x", None),
            ("", None),
        ];
        for (word, want) in cases {
            assert_eq!(nearest(word, known), want, "{word}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_full_width_sign_is_told_with_the_one_that_is_meant() {
        assert_eq!("＞３（ｐ　“’".chars().filter_map(half_width).collect::<String>(), ">3(p \"'");
        assert_eq!((half_width('>'), half_width('问')), (None, None));
        assert_eq!(half_en('：'), " (full-width; write ':')");
        assert_eq!(half_zh('问'), "");
    }
}
