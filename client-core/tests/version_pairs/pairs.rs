//! The property, over generated pairs of versions and generated lives of a record.

use std::collections::BTreeSet;

use doorstep_forms::{Class, Context, compare, compare_all};
use doorstep_records::{ConflictKind, Record};
use proptest::prelude::*;

use crate::expected::{expected, target};
use crate::phones::{acts, merge, read, registers, run};
use crate::plan::{Turn, pair, plan};

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_path_is_lost_and_all_read_the_same(plan in plan(), acts in acts()) {
        let pair = pair(&plan);
        let comparison = compare(&pair.one, &pair.two);
        prop_assert_eq!(comparison.blocking().count(), 0, "{:#?}", comparison.changes);
        let [mut old, mut new] = run(&pair, &acts);
        let (mut first, mut second) = (Record::new(), Record::new());
        for (whole, order) in [(&mut first, [0, 1]), (&mut second, [1, 0])] {
            for phone in order {
                merge(whole, if phone == 0 { &mut old } else { &mut new });
            }
        }
        // Each phone ends with what the other has, whoever comes first.
        let (mut a, mut b) = (Record::load(&old.save()).unwrap(), Record::load(&new.save()).unwrap());
        merge(&mut a, &mut new);
        merge(&mut b, &mut old);
        for replica in [&mut second, &mut a, &mut b] {
            prop_assert_eq!(read(&pair.one, replica), read(&pair.one, &mut first));
            prop_assert_eq!(read(&pair.two, replica), read(&pair.two, &mut first));
        }

        // Under the old version every register stands as it is, known or kept as unknown.
        let registers = registers(&mut first);
        let under_one = read(&pair.one, &mut first);
        prop_assert_eq!(under_one.answers.keys().collect::<Vec<_>>(), registers.keys().collect::<Vec<_>>());
        let outcome = pair.one.evaluate(&under_one.answers, &Context::DRAFT);
        for (path, value) in under_one.answers.iter().filter(|(path, _)| path.contains("_moved")) {
            prop_assert!(value.is_null() || outcome.unknown.get(path) == Some(value), "{}", path);
        }

        // A lens that does nothing finds the conflicts that the record itself finds, closed rows among them.
        let clashes: Vec<_> =
            read(&pair.plain, &mut first).clashes.into_iter().map(|clash| (clash.path, clash.kind.code())).collect();
        let conflicts: Vec<_> = first.conflicts().into_iter().map(|conflict| {
            let kind = match conflict.kind {
                ConflictKind::DifferentAnswers => "different_answers",
                ConflictKind::ClosedAndEdited => "closed_and_edited",
            };
            (conflict.key.to_string(), kind)
        }).collect();
        prop_assert_eq!(clashes, conflicts);

        // Under the new one every value that nobody has replaced is read, through the lens, or kept apart.
        let under_two = read(&pair.two, &mut first);
        let expected = expected(&pair, &mut first);
        for (path, values) in &expected {
            let found: BTreeSet<String> =
                under_two.candidates.get(path).into_iter().flatten().map(|at| at.value().to_string()).collect();
            prop_assert_eq!(&found, values, "{}", path);
            let shown = under_two.answers[path].to_string();
            prop_assert!(values.contains(&shown));
            let clash = under_two.clashes.iter().any(|c| c.path == *path && c.kind.code() == "different_answers");
            prop_assert_eq!(clash, values.len() > 1, "{}", path);
        }
        for path in registers.keys() {
            let read = under_two.candidates.values().flatten().any(|at| at.register == *path);
            let kept = under_two.kept.contains_key(path);
            let replaced = registers[path].candidates.iter().any(|said| {
                target(&pair, path, said.version).is_some_and(|(at, _)| expected.contains_key(&at))
            });
            prop_assert!(read || kept || replaced, "{} is nowhere", path);
        }
        prop_assert_eq!(under_two.assumed.contains("fresh"), plan.added);
        prop_assert_eq!(under_two.unconverted, Vec::new());
    }

    #[test]
    fn the_class_is_that_of_the_worst_turn(plan in plan()) {
        let pair = pair(&plan);
        let class = compare(&pair.one, &pair.two).class();
        let structural = plan.roster_moves
            || pair.fates.values().any(|fate| {
                fate.now.is_none()
                    || matches!(fate.turn, Turn::Move | Turn::Convert | Turn::MoveAndConvert | Turn::MapCode)
            });
        let widened = plan.added || pair.fates.values().any(|fate| fate.turn == Turn::Widen);
        let expected = match (structural, widened) {
            (true, _) => Class::Structural,
            (_, true) => Class::Widening,
            _ => Class::Cosmetic,
        };
        prop_assert_eq!(class, expected);
        prop_assert!(compare(&pair.one, &pair.one).is_empty());
        prop_assert!(compare(&pair.two, &pair.two).is_empty());
        prop_assert_eq!(compare_all(&[], &pair.two).changes, Vec::new());
    }
}
