//! Profiles of places (`community_profile`) in the making, and totals dealt over places by weight.

use serde_json::{Map, Value};

use super::Filling;
use super::tools::{Answer, Seed, answer, at, row};

/// A profile under way.
pub(super) struct Profile {
    area: String,
    answers: Vec<Answer>,
    rows: u64,
    seed: Seed,
}

impl Profile {
    /// What every profile says first.
    pub(super) fn begin(area: &str, name: &str, level: &str, visit: &str, year: i16) -> Profile {
        let answers = vec![
            answer("event_date", visit),
            answer("level", level),
            answer("place_name", name),
            answer("year", year),
        ];
        // The code makes the row ids of each place others.
        let seed = Seed::new(area.bytes().fold(1, |sum, byte| sum * 31 % 1_000_000_007 + u64::from(byte)));
        Profile { area: area.to_owned(), answers, rows: 0, seed }
    }

    /// An answer.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.answers.push(answer(key, value));
    }

    /// A row of a roster.
    pub(super) fn row(&mut self, roster: &str, fields: &Map<String, Value>) {
        let id = row(self.rows, &mut self.seed);
        self.rows += 1;
        self.answers
            .extend(fields.iter().map(|(key, value)| answer(at(roster, id, key), register_of(value))));
    }

    /// The record to be filled.
    pub(super) fn fill(self) -> Filling {
        Filling { form: "community_profile", area: self.area, about: None, answers: self.answers }
    }
}

/// A quantity is one register: its canonical JSON as text, keys sorted.
fn register_of(value: &Value) -> Value {
    match value {
        Value::Object(parts) => {
            let sorted: std::collections::BTreeMap<&String, &Value> = parts.iter().collect();
            Value::from(serde_json::json!(sorted).to_string())
        }
        plain => plain.clone(),
    }
}

/// `total` in parts as the weights say, which add up to it exactly: what rounding leaves goes to the largest remainders,
/// the first of equal ones. All zeros when nothing weighs anything.
pub(super) fn by_weight(total: u64, weights: &[u64]) -> Vec<u64> {
    let all: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &u64| u128::from(total) * u128::from(*weight);
    let part = |weight: &u64| u64::try_from(exact(weight) / all).unwrap_or(u64::MAX);
    let mut parts: Vec<u64> = weights.iter().map(part).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse(exact(&weights[*n]) % all));
    let left = total.saturating_sub(parts.iter().sum());
    for n in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        parts[n] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_follow_the_weights() {
        assert_eq!(by_weight(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(by_weight(7, &[0, 3, 1]), [0, 5, 2]);
        assert_eq!(by_weight(5, &[0, 0]), [0, 0]);
        let weights: Vec<u64> = (1..30).collect();
        assert_eq!(by_weight(65_000_000, &weights).iter().sum::<u64>(), 65_000_000);
    }

    #[test]
    fn no_part_is_larger_than_its_weight_when_the_total_is_not() {
        let weights: Vec<u64> = (100..160).collect();
        let total = weights.iter().sum::<u64>() * 3 / 5;
        assert!(by_weight(total, &weights).iter().zip(&weights).all(|(part, weight)| part <= weight));
    }
}
