//! Dealing totals over many by number alone, so that nothing has to be remembered between two persons.

/// The part of `total` that the first `index` of `parts` have together.
pub(super) fn before(total: u64, parts: u64, index: u64) -> u64 {
    total.saturating_mul(index.min(parts)).checked_div(parts).unwrap_or(0)
}

/// The part of `total` that falls to number `index` of `parts`; all parts add up to the total.
pub(super) fn part(total: u64, parts: u64, index: u64) -> u64 {
    before(total, parts, index + 1) - before(total, parts, index)
}

/// The numbers of the pieces of `total` that fall to `index` of `parts`.
pub(super) fn pieces(total: u64, parts: u64, index: u64) -> std::ops::Range<u64> {
    before(total, parts, index)..before(total, parts, index + 1)
}

/// Which of `count` the number `index` is, when `count` of `of` are taken at even distances; none when it is not taken.
pub(super) fn chosen(count: u64, of: u64, index: u64) -> Option<u64> {
    let pieces = pieces(count.min(of), of, index);
    (!pieces.is_empty()).then_some(pieces.start)
}

/// Like [`part`], but neighbours differ: what one has more, its partner has less.
pub(super) fn varied(total: u64, parts: u64, index: u64) -> u64 {
    let even = part(total, parts, index);
    let (pair, first) = (index / 2, index.is_multiple_of(2));
    if pair * 2 + 1 >= parts {
        return even;
    }
    let smaller = even.min(part(total, parts, pair * 2 + u64::from(first)));
    let swing = smaller * scatter(pair, 60) / 100;
    if first { even + swing } else { even - swing }
}

/// A number below `bound` that looks accidental and is the same each time.
pub(super) fn scatter(number: u64, bound: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 31)).checked_rem(bound).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        for (total, parts) in
            [(26_288, 9_000), (49_498, 106), (2_223_430_000, 26_288), (7, 3), (3, 7), (5, 1)]
        {
            assert_eq!((0..parts).map(|index| part(total, parts, index)).sum::<u64>(), total);
            assert_eq!((0..parts).map(|index| varied(total, parts, index)).sum::<u64>(), total);
            assert_eq!((0..parts).flat_map(|index| pieces(total, parts, index)).count() as u64, total);
        }
        assert_eq!(part(5, 0, 0), 0);
    }

    #[test]
    fn as_many_are_chosen_as_are_wanted() {
        for (count, of) in [(719, 9_000), (2_570, 2_681), (0, 4), (4, 4)] {
            let taken: Vec<u64> = (0..of).filter_map(|index| chosen(count, of, index)).collect();
            assert_eq!(taken, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn neighbours_differ() {
        let amounts: Vec<u64> = (0..20).map(|index| varied(2_000_000, 20, index)).collect();
        assert!(amounts.windows(2).filter(|pair| pair[0] == pair[1]).count() < 5, "{amounts:?}");
    }
}
