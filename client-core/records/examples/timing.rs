//! Times of the crate against bare automerge, as ratios. Run: `cargo run -p doorstep-records --example timing`.

use std::hint::black_box;
use std::time::Instant;

use automerge::{Automerge, ReadDoc};
use doorstep_records::gate::{self, Admission};
use doorstep_records::{ActorId, ChangeNote, Key, Record, RecordId, RowId, Value};

fn puts() -> Vec<(Key, Value)> {
    let key = |path: String| Key::parse(&path).expect("legal");
    let mut puts = Vec::new();
    for n in 0..60 {
        puts.push((key(format!("house/q{n}")), Value::Text(format!("value {n}"))));
    }
    for m in 0..5u8 {
        let row = RowId::from_parts(1_767_225_600_000 + u64::from(m), [m; 10]);
        for n in 0..15 {
            puts.push((key(format!("members/{row}/q{n}")), Value::Int(n)));
        }
    }
    puts
}

fn time<T>(name: &str, mut work: impl FnMut() -> T) -> f64 {
    let rounds = 300;
    for _ in 0..20 {
        black_box(work());
    }
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(work());
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    println!("{name:<44} {each:>9.1} us");
    each
}

fn main() {
    let record_id = RecordId::from_parts(1, [1; 10]);
    let actor = |n: u8| ActorId::derive(&[n; 16], "u", record_id, 0);
    let note = |at| ChangeNote::new(1, at);
    for edits in [0i64, 20, 1000] {
        println!("--- a household with {edits} later edits");
        let mut record = Record::new();
        let first = record.write(&actor(1), &note(1_767_225_600_000), &puts()).expect("written");
        for n in 0..edits {
            let key = puts()[(n as usize * 7) % 135].0.clone();
            record
                .write(&actor((n % 3) as u8), &note(1_767_225_600_000 + n), &[(key, Value::Int(1000 + n))])
                .expect("written");
        }
        let saved = record.save();
        let mut next = Record::load(&saved).expect("loads");
        let edit = next
            .write(&actor(1), &note(1_767_225_700_000), &[(puts()[3].0.clone(), Value::Int(-1))])
            .expect("written");
        println!(
            "saved {} bytes, first change {}, edit {}",
            saved.len(),
            first.bytes.len(),
            edit.bytes.len()
        );
        let facts = gate::inspect(&edit.bytes).expect("passes");
        let first_facts = gate::inspect(&first.bytes).expect("passes");
        time("inspect edit", || gate::inspect(&edit.bytes).is_ok());
        time("inspect first change", || gate::inspect(&first.bytes).is_ok());
        let bare = time("bare load + apply + save + load", || {
            let mut doc = Automerge::load(&saved).expect("loads");
            doc.apply_changes([automerge::Change::try_from(&edit.bytes[..]).expect("reads")])
                .expect("applies");
            Automerge::load(&doc.save_nocompress()).expect("loads")
        });
        let ours = time("Admission load + inspect + admit", || {
            let facts = gate::inspect(&edit.bytes).expect("passes");
            let mut admission = Admission::load(Some(&saved)).expect("loads");
            admission.admit(&facts).expect("admitted");
            admission.into_parts()
        });
        println!("    ratio {:.2}", ours / bare);
        time("admit on a loaded record", || gate::admit(&mut next_base(&saved), &facts).is_ok());
        let bare_first = time("bare first change", || {
            let mut doc = Automerge::new();
            doc.apply_changes([automerge::Change::try_from(&first.bytes[..]).expect("reads")])
                .expect("applies");
            Automerge::load(&doc.save_nocompress()).expect("loads")
        });
        let ours_first = time("Admission first change", || {
            let mut admission = Admission::load(None).expect("loads");
            admission.admit(&first_facts).expect("admitted");
            admission.into_parts()
        });
        println!("    ratio {:.2}", ours_first / bare_first);
        time("bare load", || Automerge::load(&saved).expect("loads"));
        time("load", || Record::load(&saved).expect("loads"));
        let doc = Automerge::load(&saved).expect("loads");
        let mut record = Record::load(&saved).expect("loads");
        time("bare hydrate", || doc.hydrate(None));
        time("values", || record.values());
        time("open keys", || record.open_keys());
        time("answers", || record.answers());
        time("conflicts", || record.conflicts());
        time("graph (first has_change after load)", || {
            Record::load(&saved).expect("loads").has_change(&first.hash)
        });
        time("history", || record.history(None));
        time("changes", || record.changes());
        time("write first", || Record::new().write(&actor(1), &note(1), &puts()).expect("written"));
        time("load + write edit", || {
            let mut record = Record::load(&saved).expect("loads");
            record.write(&actor(1), &note(5), &[(puts()[3].0.clone(), Value::Int(-1))]).expect("written")
        });
        black_box(doc.get_heads());
        black_box(doc.stats());
    }
}

fn next_base(saved: &[u8]) -> Record {
    Record::load(saved).expect("loads")
}
