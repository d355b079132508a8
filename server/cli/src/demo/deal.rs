//! Dealing known totals over many households so that every total comes out exactly and no household is a copy.

use super::seed::Seed;

/// Parts of `total`, one for each of `slots`, each within `least..=most`; varied, not equal. `None` when it cannot be.
pub fn spread(total: usize, slots: usize, least: usize, most: usize, seed: &mut Seed) -> Option<Vec<usize>> {
    if total < slots * least || total > slots * most {
        return None;
    }
    let mut parts = vec![least; slots];
    let mut rest = total - slots * least;
    while rest > 0 {
        let slot = seed.below(slots);
        if parts[slot] < most {
            parts[slot] += 1;
            rest -= 1;
        } else if let Some(free) = parts.iter().position(|part| *part < most) {
            parts[free] += 1;
            rest -= 1;
        }
    }
    Some(parts)
}

/// One code for each of `slots`: each code as often as its count says, shuffled. `None` unless the counts fill the slots.
pub fn single(counts: &[(String, usize)], slots: usize, seed: &mut Seed) -> Option<Vec<String>> {
    let mut dealt: Vec<String> =
        counts.iter().flat_map(|(code, count)| std::iter::repeat_n(code.clone(), *count)).collect();
    if dealt.len() != slots {
        return None;
    }
    seed.shuffle(&mut dealt);
    Some(dealt)
}

/// Several different codes for each of `slots`, between `least` and `most`: each code as often as its count says.
///
/// The commonest code is dealt first, always to those with the most room left (Gale and Ryser's construction), so that
/// no household gets a code twice. `None` when the counts do not fit.
pub fn several(
    counts: &[(String, usize)],
    slots: usize,
    least: usize,
    most: usize,
    seed: &mut Seed,
) -> Option<Vec<Vec<String>>> {
    let total = counts.iter().map(|(_, count)| count).sum();
    let mut room = spread(total, slots, least, most, seed)?;
    let mut dealt: Vec<Vec<String>> = vec![Vec::new(); slots];
    let mut by_count = counts.to_vec();
    by_count.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), code.clone()));
    for (code, count) in by_count {
        let mut order: Vec<usize> = (0..slots).collect();
        seed.shuffle(&mut order);
        order.sort_by_key(|slot| std::cmp::Reverse(room[*slot]));
        for slot in order.into_iter().take(count) {
            if room[slot] == 0 {
                return None;
            }
            room[slot] -= 1;
            dealt[slot].push(code.clone());
        }
    }
    for codes in &mut dealt {
        seed.shuffle(codes);
    }
    room.iter().all(|left| *left == 0).then_some(dealt)
}

/// `count` different places out of `slots`, in order.
pub fn places(count: usize, slots: usize, seed: &mut Seed) -> Vec<usize> {
    let mut all: Vec<usize> = (0..slots).collect();
    seed.shuffle(&mut all);
    all.truncate(count);
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, usize)]) -> Vec<(String, usize)> {
        pairs.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
    }

    #[test]
    fn totals_come_out_exactly() {
        for seed in 0..20 {
            let parts = spread(100, 30, 1, 8, &mut Seed::new(seed)).unwrap();
            assert_eq!(parts.iter().sum::<usize>(), 100);
            assert!(parts.iter().all(|part| (1..=8).contains(part)));
            let wanted = counts(&[("a", 20), ("b", 9), ("c", 7), ("d", 1)]);
            let dealt = several(&wanted, 22, 1, 3, &mut Seed::new(seed)).unwrap();
            for (code, count) in &wanted {
                assert_eq!(dealt.iter().filter(|codes| codes.contains(code)).count(), *count);
            }
            assert!(dealt.iter().all(|codes| (1..=3).contains(&codes.len())));
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert_eq!(spread(10, 3, 1, 3, &mut Seed::new(1)), None);
        assert_eq!(single(&counts(&[("a", 2)]), 3, &mut Seed::new(1)), None);
        assert_eq!(several(&counts(&[("a", 5)]), 3, 1, 3, &mut Seed::new(1)), None);
    }
}
