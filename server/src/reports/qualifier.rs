//! How exact a number is: printed sources say "over 40,000" and "nearly 200", and what is summed from such parts is no
//! more exact than they are.
//!
//! The rules of a sum, documented in `schemas/reports/README.md`: exact parts change nothing; parts that lie on the same
//! side keep it (`over` with `at_least` is `over`, `nearly` with `at_most` is `at_most`); parts on different sides, and
//! `about`, make `about`; a masked part masks the whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a value stands to the number given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// It is the number.
    #[default]
    Exact,
    /// A little more (余, 多).
    Over,
    /// A little more or less (左右, 约).
    About,
    /// A little less (近).
    Nearly,
    /// Not less (以上, 不少于).
    AtLeast,
    /// Not more (以内, 不足).
    AtMost,
    /// Digits of the number are not known.
    Masked,
}

impl Qualifier {
    /// The qualifier of a word; empty and unknown words are none.
    pub fn of(word: &str) -> Option<Qualifier> {
        Some(match word {
            "exact" => Qualifier::Exact,
            "over" => Qualifier::Over,
            "about" => Qualifier::About,
            "nearly" => Qualifier::Nearly,
            "at_least" => Qualifier::AtLeast,
            "at_most" => Qualifier::AtMost,
            "masked" => Qualifier::Masked,
            _ => return None,
        })
    }

    /// True for the number itself.
    pub fn is_exact(&self) -> bool {
        *self == Qualifier::Exact
    }

    /// Of a sum of two.
    pub fn with(self, other: Qualifier) -> Qualifier {
        use Qualifier::*;
        match (self, other) {
            (Masked, _) | (_, Masked) => Masked,
            (same, Exact) | (Exact, same) => same,
            (one, two) if one == two => one,
            (Over | AtLeast, Over | AtLeast) => Over,
            (Nearly | AtMost, Nearly | AtMost) => AtMost,
            _ => About,
        }
    }

    /// Of the number taken away, or divided by.
    pub fn turned(self) -> Qualifier {
        match self {
            Qualifier::Over => Qualifier::Nearly,
            Qualifier::Nearly => Qualifier::Over,
            Qualifier::AtLeast => Qualifier::AtMost,
            Qualifier::AtMost => Qualifier::AtLeast,
            same => same,
        }
    }

    /// The word before or after a printed number.
    pub fn word(self, zh: bool) -> &'static str {
        match (self, zh) {
            (Qualifier::Exact, _) => "",
            (Qualifier::Over, true) => "余",
            (Qualifier::Over, false) => "over",
            (Qualifier::About, true) => "左右",
            (Qualifier::About, false) => "about",
            (Qualifier::Nearly, true) => "近",
            (Qualifier::Nearly, false) => "nearly",
            (Qualifier::AtLeast, true) => "以上",
            (Qualifier::AtLeast, false) => "at least",
            (Qualifier::AtMost, true) => "以内",
            (Qualifier::AtMost, false) => "at most",
            (Qualifier::Masked, true) => "缺数字",
            (Qualifier::Masked, false) => "digits masked",
        }
    }

    /// A number as people print it: `over 40000`, `40000余`.
    pub fn print(self, number: &str, zh: bool) -> String {
        let word = self.word(zh);
        match self {
            Qualifier::Exact => number.to_owned(),
            Qualifier::Nearly if zh => format!("{word}{number}"),
            _ if zh => format!("{number}{word}"),
            _ => format!("{word} {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Qualifier::*;
    use super::*;

    const ALL: [Qualifier; 7] = [Exact, Over, About, Nearly, AtLeast, AtMost, Masked];

    #[test]
    fn sums_keep_the_side_of_their_parts() {
        let table = [
            (Exact, Over, Over),
            (Over, Over, Over),
            (Over, AtLeast, Over),
            (AtLeast, AtLeast, AtLeast),
            (Nearly, AtMost, AtMost),
            (Over, Nearly, About),
            (About, AtLeast, About),
            (About, Exact, About),
            (Masked, Over, Masked),
        ];
        for (one, two, sum) in table {
            assert_eq!((one.with(two), two.with(one)), (sum, sum), "{one:?} {two:?}");
        }
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter() {
        for a in ALL {
            for b in ALL {
                assert_eq!(a.with(b), b.with(a));
                for c in ALL {
                    assert_eq!(a.with(b).with(c), a.with(b.with(c)), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }

    #[test]
    fn words_read_back_and_turning_twice_changes_nothing() {
        for one in ALL {
            assert_eq!(one.turned().turned(), one);
            let name = serde_json::to_value(one).unwrap();
            assert_eq!(Qualifier::of(name.as_str().unwrap()), Some(one));
        }
        assert_eq!(Qualifier::of(""), None);
        assert_eq!((Over.print("4", true), Nearly.print("4", true)), ("4余".into(), "近4".into()));
        assert_eq!(AtLeast.print("4", false), "at least 4");
    }
}
