//! Counting: a pure function of what was read.

use std::collections::BTreeMap;

use super::model::{Counts, Found, Line, Progress, ProgressFilter, Tally, Todo};
use super::odd::odd;
use crate::checks::CheckSet;
use crate::checks::sweep::civil_day;
use crate::review::state::RecordState;

/// Counts what was found. `today`: civil day of the deployment; `checks`: those that may have found something.
pub fn count(filter: &ProgressFilter, found: Found, checks: &CheckSet, today: &str) -> Progress {
    let (mut total, mut enumerators, mut villages, mut days) =
        (Group::default(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let village = |area: &str| found.villages.get(area).map_or(area, |(code, _, _)| code).to_owned();
    for tally in &found.tallies {
        let add = |group: &mut Group| group.add(tally);
        add(&mut total);
        add(enumerators.entry(tally.author.clone()).or_default());
        add(villages.entry(village(&tally.area)).or_default());
        if let Some(received_ms) = tally.received_ms {
            add(days.entry(civil_day(received_ms)).or_default());
        }
    }
    for work in found.assignments.iter().filter(|work| work.open) {
        // What was sent back is waited for again.
        let done = work.done.saturating_sub(work.sent_back);
        let due = work.due.as_deref().filter(|_| done < work.quantity);
        let groups = [
            &mut total,
            enumerators.entry(work.assignee.clone()).or_default(),
            villages.entry(village(&work.area)).or_default(),
        ];
        groups.into_iter().for_each(|group| group.assign(work.quantity, due));
    }
    let names: BTreeMap<&String, (String, String)> =
        found.villages.values().map(|(code, zh, en)| (code, (zh.clone(), en.clone()))).collect();
    let lines = |groups: BTreeMap<String, Group>| -> Vec<Line> {
        groups.into_iter().map(|(key, group)| group.line(names.get(&key).cloned(), key, today)).collect()
    };
    Progress {
        form: filter.form.clone(),
        today: today.to_owned(),
        total: total.line(None, String::new(), today),
        by_enumerator: lines(enumerators),
        by_village: lines(villages),
        by_day: lines(days),
        odd: odd(filter, &found.records),
        todo: found
            .todo
            .into_iter()
            .map(|todo| Todo { message: checks.message(&todo.key).cloned(), ..todo })
            .collect(),
    }
}

#[derive(Default)]
struct Group {
    counts: Counts,
    due: Option<String>,
}

impl Group {
    fn add(&mut self, tally: &Tally) {
        let counts = &mut self.counts;
        match tally.state {
            RecordState::Draft => counts.in_progress += tally.records,
            _ => counts.done += tally.records,
        }
        let of = |whether: bool| if whether { tally.records } else { 0 };
        counts.sent_back += of(tally.state == RecordState::SentBack);
        counts.approved += of(tally.state.is_approved());
    }

    fn assign(&mut self, quantity: u32, due: Option<&str>) {
        self.counts.assigned += u64::from(quantity);
        if let Some(due) = due
            && self.due.as_deref().is_none_or(|first| due < first)
        {
            self.due = Some(due.to_owned());
        }
    }

    fn line(self, name: Option<(String, String)>, key: String, today: &str) -> Line {
        Line { key, name, counts: self.counts, days_left: self.due.and_then(|due| days(today, &due)) }
    }
}

/// Days from one civil day to another.
fn days(from: &str, to: &str) -> Option<i32> {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    day(from)?.until(day(to)?).ok().map(|span| span.get_days())
}

#[cfg(test)]
mod tests {
    use doorstep_protocol::ObjectId;

    use super::*;
    use crate::assignments::model::AssignmentView;

    fn tally(author: &str, area: &str, state: RecordState, received_ms: Option<i64>, records: u64) -> Tally {
        Tally { author: author.to_owned(), area: area.to_owned(), state, received_ms, records }
    }

    fn work(assignee: &str, area: &str, quantity: u32, done: u32, due: &str) -> AssignmentView {
        AssignmentView {
            id: ObjectId::from_bytes([1; 16]),
            form: "visit".to_owned(),
            subject: None,
            label: String::new(),
            area: area.to_owned(),
            quantity,
            done,
            approved: 0,
            sent_back: 0,
            in_progress: 0,
            assignee: assignee.to_owned(),
            due: Some(due.to_owned()),
            note: None,
            by: String::new(),
            at_ms: 0,
            open: true,
            reason: None,
        }
    }

    #[test]
    fn every_record_is_counted_once_for_its_person_its_village_and_its_day() {
        let day = 86_400_000;
        let villages = BTreeMap::from([
            ("0101".to_owned(), ("01".to_owned(), "东村".to_owned(), "East".to_owned())),
            ("0102".to_owned(), ("01".to_owned(), "东村".to_owned(), "East".to_owned())),
        ]);
        let found = Found {
            tallies: vec![
                tally("li", "0101", RecordState::Approved, Some(day), 2),
                tally("li", "0102", RecordState::SentBack, Some(day + 900_000), 1),
                tally("wang", "0102", RecordState::Submitted, Some(2 * day), 3),
                tally("wang", "02", RecordState::Draft, None, 1),
            ],
            records: Vec::new(),
            assignments: vec![
                work("li", "0101", 5, 2, "1970-01-10"),
                work("li", "0101", 1, 1, "1970-01-03"),
                work("zhao", "02", 3, 0, "1970-01-01"),
            ],
            villages,
            todo: Vec::new(),
        };
        let progress = count(&ProgressFilter::of("visit"), found, &CheckSet::default(), "1970-01-05");
        let lines = |lines: &[Line]| -> Vec<(String, [u64; 5], Option<i32>)> {
            let of = |line: &Line| {
                let c = line.counts;
                (
                    line.key.clone(),
                    [c.assigned, c.in_progress, c.done, c.sent_back, c.approved],
                    line.days_left,
                )
            };
            lines.iter().map(of).collect()
        };
        assert_eq!(
            lines(&progress.by_enumerator),
            [
                ("li".to_owned(), [6, 0, 3, 1, 2], Some(5)),
                ("wang".to_owned(), [0, 1, 3, 0, 0], None),
                ("zhao".to_owned(), [3, 0, 0, 0, 0], Some(-4)),
            ],
            "what is done is not waited for"
        );
        let back = AssignmentView { sent_back: 1, ..work("li", "0101", 1, 1, "1970-01-03") };
        let again = Found { assignments: vec![back], ..Found::default() };
        let again = count(&ProgressFilter::of("visit"), again, &CheckSet::default(), "1970-01-05");
        assert_eq!(again.total.days_left, Some(-2), "what was sent back is waited for again");
        assert_eq!(
            lines(&progress.by_village),
            [("01".to_owned(), [6, 0, 6, 1, 2], Some(5)), ("02".to_owned(), [3, 1, 0, 0, 0], Some(-4))]
        );
        assert_eq!(progress.by_village[0].name, Some(("东村".to_owned(), "East".to_owned())));
        assert_eq!(
            lines(&progress.by_day),
            [
                ("1970-01-02".to_owned(), [0, 0, 3, 1, 2], None),
                ("1970-01-03".to_owned(), [0, 0, 3, 0, 0], None)
            ]
        );
        let sums = |lines: &[Line]| lines.iter().map(|line| line.counts.done).sum::<u64>();
        assert_eq!(
            sums(&progress.by_enumerator),
            progress.total.counts.done,
            "a total is the sum of its parts"
        );
        assert_eq!(sums(&progress.by_village), progress.total.counts.done);
        assert_eq!(sums(&progress.by_day), progress.total.counts.done);
    }
}
