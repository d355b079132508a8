//! Whom a person is compared with: everybody who shares a key.
//!
//! Two keys are kept for each person, one for each way in which the same person may be entered twice without the same
//! number: the sound of the name with the date of birth, and the sound of the name with the village. A number that is
//! wrong brings the right ones it may have been meant to be ([`super::card::meant`]). A key that very many people share
//! (a name put where nobody knew one) tells nothing: only so many are compared, and the lists say which.

use sha2::{Digest, Sha256};

use super::name;
use super::person::Person;

/// People of one key that a person is compared with, those of the oldest records first.
pub const BLOCK_MAX: usize = 64;

/// What brings two people together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The sound of the name, and the date of birth.
    NameBirth,
    /// The sound of the name, and the village.
    NamePlace,
    /// A wrong number, and what it may have been meant to be.
    Number,
}

impl Basis {
    /// Every one.
    pub const ALL: [Basis; 3] = [Basis::NameBirth, Basis::NamePlace, Basis::Number];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Basis::NameBirth => "name_birth",
            Basis::NamePlace => "name_place",
            Basis::Number => "number",
        }
    }
}

/// The keys of one person. People of different forms never share one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keys {
    /// [`Basis::NameBirth`]; none when the birth is not known.
    pub birth: Option<i64>,
    /// [`Basis::NamePlace`]; none when the place is not known.
    pub place: Option<i64>,
}

/// The keys of a person registered with `form` in the village `place`.
pub fn keys(form: &str, place: &str, person: &Person) -> Keys {
    let sound = name::sounds(&person.name).concat();
    let birth = person.birth.as_deref().map(|birth| key(["birth", form, &sound, birth]));
    let place = (!place.is_empty()).then(|| key(["place", form, &sound, place]));
    Keys { birth, place }
}

/// 64 bits are enough: whoever meets by accident is compared and found different.
fn key(parts: [&str; 4]) -> i64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    hash[..8].iter().fold(0, |key, byte| key << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sounds_alike_shares_a_key_by_birth_or_by_village() {
        let person = |name: &str, birth: Option<&str>| Person {
            row: String::new(),
            name: name.into(),
            birth: birth.map(str::to_owned),
            sex: None,
            number: None,
        };
        let day = Some("1980-01-01");
        let one = keys("f", "01", &person("王伟", day));
        assert_eq!(one, keys("f", "01", &person("汪玮", day)));
        let elsewhere = keys("f", "02", &person("王伟", day));
        assert!(one.birth == elsewhere.birth && one.place != elsewhere.place);
        let unborn = keys("f", "01", &person("王伟", None));
        assert!(unborn.birth.is_none() && unborn.place == one.place);
        let other = keys("g", "01", &person("王伟", day));
        assert!(other.birth != one.birth && other.place != one.place, "another form");
        assert_eq!(keys("f", "", &person("王伟", None)), Keys::default());
    }
}
