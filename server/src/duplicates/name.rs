//! Names as they are compared: by their characters and by their sound.
//!
//! The sound is toneless Hanyu Pinyin (ISO 7098): who writes a name down from hearing it picks among the characters of
//! one sound. What separates the parts of a name in the languages of the minorities (`·` and everything typed for it)
//! says nothing.

use pinyin::ToPinyin;

/// Letters to Unicode that people type as separators between the parts of a name.
const SEPARATORS: [char; 5] = ['丶', 'ㆍ', 'ᐧ', 'ꞏ', 'ー'];

/// Surnames that are read otherwise than the same character elsewhere.
const SURNAMES: [(char, &str); 18] = [
    ('单', "shan"),
    ('曾', "zeng"),
    ('仇', "qiu"),
    ('解', "xie"),
    ('查', "zha"),
    ('区', "ou"),
    ('朴', "piao"),
    ('盖', "ge"),
    ('缪', "miao"),
    ('翟', "zhai"),
    ('乐', "yue"),
    ('员', "yun"),
    ('折', "she"),
    ('黑', "he"),
    ('秘', "bi"),
    ('种', "chong"),
    ('召', "shao"),
    ('洗', "xian"),
];

/// A name as it is compared: letters and digits alone, narrow, small; `None` when nothing is left.
pub fn plain(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .map(super::identity::narrow)
        .filter(|c| c.is_alphanumeric() && !SEPARATORS.contains(c))
        .flat_map(char::to_lowercase)
        .collect();
    (!kept.is_empty()).then_some(kept)
}

/// What a plain name sounds like, character by character; a character without a reading stands for itself.
pub fn sounds(plain: &str) -> Vec<String> {
    let mut sounds: Vec<String> = plain
        .chars()
        .map(|c| c.to_pinyin().map_or_else(|| c.to_string(), |reading| reading.plain().to_owned()))
        .collect();
    let read_otherwise =
        plain.chars().next().and_then(|first| SURNAMES.iter().find(|(surname, _)| *surname == first));
    if let (Some((_, sound)), Some(first)) = (read_otherwise, sounds.first_mut()) {
        *first = (*sound).to_owned();
    }
    sounds
}

/// How alike two plain names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    /// Neither of the below.
    Not,
    /// One is part of the other, or of three characters or more all but one sound alike.
    Partly,
    /// Other characters of the same sound.
    Sound,
    /// The same characters.
    Letters,
}

/// Compares two plain names.
pub fn alike(one: &str, other: &str) -> Alike {
    if one == other {
        return Alike::Letters;
    }
    let (a, b) = (sounds(one), sounds(other));
    if a.concat() == b.concat() {
        return Alike::Sound;
    }
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let within = short.len() >= 2 && long.windows(short.len()).any(|part| part == short.as_slice());
    let all_but_one = a.len() >= 3
        && a.len() == b.len()
        && a.iter().zip(&b).filter(|(one, other)| one != other).count() == 1;
    if within || all_but_one { Alike::Partly } else { Alike::Not }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_separates_the_parts_says_nothing() {
        let written = [
            "阿卜杜拉·买买提",
            "阿卜杜拉•买买提",
            "阿卜杜拉．买买提",
            "阿卜杜拉.买买提",
            "阿卜杜拉・买买提",
            "阿卜杜拉‧买买提",
            "阿卜杜拉∙买买提",
            "阿卜杜拉⋅买买提",
            "阿卜杜拉ㆍ买买提",
            "阿卜杜拉丶买买提",
            "阿卜杜拉 买买提",
            "　阿卜杜拉　买买提 ",
            "阿卜杜拉-买买提",
            "阿卜杜拉—买买提",
            "阿卜杜拉买买提",
        ];
        for text in written {
            assert_eq!(plain(text).as_deref(), Some("阿卜杜拉买买提"), "{text}");
        }
        assert_eq!(plain("Ｌｉ Ming").as_deref(), Some("liming"));
        assert_eq!(plain(" ·、 "), None);
    }

    #[test]
    fn other_characters_of_one_sound_are_heard_alike() {
        for (one, other, expected) in [
            ("王伟", "王伟", Alike::Letters),
            ("王伟", "汪玮", Alike::Sound),
            ("曾丽", "增莉", Alike::Sound),
            ("单芳", "善方", Alike::Sound),
            ("张伟", "zhangwei", Alike::Sound),
            ("买买提", "麦麦提", Alike::Sound),
            ("阿卜杜拉", "阿卜杜拉买买提", Alike::Partly),
            ("王小明", "王晓敏", Alike::Partly),
            ("王伟", "王芳", Alike::Not),
            ("王", "王伟", Alike::Not),
            ("李明", "王伟强", Alike::Not),
        ] {
            assert_eq!(alike(one, other), expected, "{one} {other}");
            assert_eq!(alike(other, one), expected, "{other} {one}");
        }
    }
}
