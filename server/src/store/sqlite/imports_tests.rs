use std::collections::BTreeMap;

use doorstep_records::{Key, Value};
use serde_json::json;

use super::*;
use crate::accounts::role::Role;
use crate::areas::Area;
use crate::import::households::{ImportError, ImportReport, import};
use crate::reports::fixtures;
use crate::reports::{Definition, Quoted, ReportSet, figures};
use crate::source::Machine;
use crate::store::FormScope;
use crate::store::dataset::Datasets;
use crate::store::reconciles::Reconciles;
use crate::store::records::{At, Records};

const NOW: i64 = 1_435_708_800_000;

struct Office {
    _folder: tempfile::TempDir,
    store: SqliteStore,
}

fn area(code: &str, parent: Option<&str>, level: &str) -> Area {
    Area {
        code: code.into(),
        parent: parent.map(str::to_owned),
        level: level.into(),
        name_zh: format!("村{code}"),
        name_en: format!("Village {code}"),
        valid_from: None,
        valid_to: None,
    }
}

fn scope_over(paths: &[&str]) -> Scope {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    Scope::new(Some(UserId::from_bytes([7; 16])), "office".into(), Role::Admin, paths, FormScope::All, 1)
}

impl Office {
    fn new() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), &Machine, NOW).unwrap();
        let by = By { user: None, name: "test".into() };
        let package = fixtures::form("household_register").package().to_bytes();
        let areas = vec![
            area("99", None, "town"),
            area("9901", Some("99"), "village"),
            area("9902", Some("99"), "village"),
        ];
        store
            .write(move |tx| {
                log::commit(tx, NOW, &LogEntry::AreasImported { areas, by: by.clone() })?;
                log::commit(tx, NOW, &LogEntry::FormPublished { package: ByteBuf::from(package), by })
            })
            .unwrap();
        Office { _folder: folder, store }
    }

    fn try_import(
        &self,
        scope: &Scope,
        ledger: &str,
        options: &ImportOptions,
    ) -> Result<ImportReport, ImportError> {
        import(&self.store, scope, ledger.as_bytes(), options, (NOW, &Machine), &mut |_, _| {})
    }

    fn import(&self, ledger: &str) -> ImportReport {
        self.try_import(&scope_over(&["99/"]), ledger, &ImportOptions::on("2015-07-01")).unwrap()
    }

    fn reconcile(&self) {
        loop {
            let done = self.store.reconcile_pending(100, NOW, &Machine).unwrap();
            if done.written == 0 && done.touched == 0 {
                return;
            }
        }
    }

    /// The figures of the repository's reports.
    fn figure(&self, scope: &Scope, id: &str) -> serde_json::Value {
        let mut files = fixtures::files("reports");
        let quoted = Quoted::read(&String::from_utf8(files.remove("quoted/report8.tsv").unwrap()).unwrap());
        let text = |(name, bytes): (&String, &Vec<u8>)| {
            (name == "T8f.json").then(|| (name.clone(), String::from_utf8(bytes.clone()).unwrap()))
        };
        let files: Vec<(String, String)> = files.iter().filter_map(text).collect();
        let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let set = ReportSet::new(Definition::read_all(files).unwrap(), quoted);
        let results = set.count(&self.store, scope, &[], NOW, true).unwrap();
        figures(&results, set.quoted(), "zh").into_iter().find(|figure| figure["id"] == id).unwrap()
    }

    fn count(&self, table: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        self.store.read(|conn| Ok(conn.query_row(&count, [], |row| row.get(0))?)).unwrap()
    }

    fn answers(&self, id: RecordId) -> BTreeMap<String, serde_json::Value> {
        let bytes: Vec<u8> =
            self.store.read(|conn| Ok(conn.query_row(STANDING, [id.to_bytes()], |row| row.get(6))?)).unwrap();
        answers(&Record::load(&bytes).unwrap().values()).into_iter().collect()
    }

    /// A phone's change of a record, as its push leads to it.
    fn edit(&self, id: RecordId, path: &str, value: Value) {
        let key = Key::parse(path).unwrap();
        self.store
            .write(move |tx| {
                let bytes: Vec<u8> = tx.query_row(STANDING, [id.to_bytes()], |row| row.get(6))?;
                let mut record = Record::load(&bytes)?;
                let actor = ActorId::derive(&[9; 16], "phone", id, 0);
                let change = record.write(&actor, &ChangeNote::new(1, NOW), &[(key, value)]).unwrap();
                let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
                let device = doorstep_protocol::DeviceId::of_key(key.verifying_key().as_bytes());
                let user = UserId::from_bytes([9; 16]);
                let item = Item::Change { record: id, change: ByteBuf::from(change.bytes) };
                let envelope = Envelope {
                    number: 1,
                    id: EnvelopeId::mint(1, [9; 10]),
                    device,
                    user,
                    made_at_ms: NOW,
                    items: vec![item],
                };
                let signed = SignedEnvelope::seal(&envelope, &key).unwrap();
                let author =
                    Author { user, name: "li".into(), role: "enumerator".into(), device, server: false };
                let verdicts = vec![ItemVerdict::Accepted];
                log::commit(tx, NOW, &LogEntry::Envelope(EnvelopeEntry { signed, author, verdicts }))
            })
            .unwrap();
    }
}

const HEADER: &str = "户编号,区划代码,姓名,身份证号,与户主关系,电话\n";

fn ledger(lines: &[&str]) -> String {
    format!("{HEADER}{}\n", lines.join("\n"))
}

fn three_households() -> String {
    ledger(&[
        "1,9901,赵一,999999197001010017,户主,13800000001",
        "1,9901,钱二,999999197202020027,配偶,",
        "2,9902,孙三,,户主,13800000002",
        "3,9902,李四,,户主,",
    ])
}

#[test]
fn a_ledger_becomes_records_once() {
    let office = Office::new();
    let first = office.import(&three_households());
    assert_eq!((first.rows, first.households, first.persons), (4, 3, 4));
    assert_eq!((first.written.created, first.written.changed, first.written.unchanged), (3, 0, 0));
    assert_eq!((office.count("record"), office.count("submission"), office.count("envelope")), (3, 3, 1));
    let answers = office.answers(record_id("9901", "1"));
    assert_eq!(answers["household_no"], json!("1"));
    assert_eq!(answers["register_status"], json!("registered"));
    assert_eq!(answers["_form"], json!("household_register"));
    assert_eq!(answers.keys().filter(|path| path.ends_with("/id_no")).count(), 2);
    let log = office.count("log");
    let second = office.import(&three_households());
    assert_eq!((second.written.created, second.written.changed, second.written.unchanged), (0, 0, 3));
    assert_eq!((office.count("record"), office.count("log")), (3, log));
}

#[test]
fn a_changed_cell_becomes_one_change() {
    let office = Office::new();
    office.import(&three_households());
    let changes = office.count("record_change");
    let report = office.import(&three_households().replace("13800000002", "13900000002"));
    assert_eq!((report.written.created, report.written.changed, report.written.unchanged), (0, 1, 2));
    assert_eq!(office.count("record_change"), changes + 1);
    assert_eq!(office.answers(record_id("9902", "2"))["phone"], json!("13900000002"));
}

#[test]
fn what_phones_wrote_since_is_not_taken_back() {
    let office = Office::new();
    office.import(&three_households());
    let id = record_id("9902", "2");
    office.edit(id, "phone", Value::Text("13711111111".into()));
    assert_eq!(office.import(&three_households()).written.unchanged, 3);
    assert_eq!(office.answers(id)["phone"], json!("13711111111"));
}

#[test]
fn good_rows_or_none_as_asked() {
    let office = Office::new();
    let bad = three_households().replace("3,9902,李四", "3,7777,李四");
    let mut options = ImportOptions::on("2015-07-01");
    options.all_or_nothing = true;
    let refused = office.try_import(&scope_over(&["99/"]), &bad, &options).unwrap();
    assert_eq!((refused.imported, refused.fault_count, refused.rejected), (false, 1, 1));
    assert_eq!((refused.faults[0].row, refused.faults[0].column.as_str()), (5, "B 区划代码"));
    assert_eq!(office.count("record"), 0);
    options.all_or_nothing = false;
    options.dry_run = true;
    office.try_import(&scope_over(&["99/"]), &bad, &options).unwrap();
    assert_eq!(office.count("record"), 0);
    let report = office.import(&bad);
    assert_eq!((report.imported, report.written.created, office.count("record")), (true, 2, 2));
}

#[test]
fn areas_and_records_outside_the_scope_are_not_there() {
    let office = Office::new();
    let scope = scope_over(&["99/9901/"]);
    let report = office.try_import(&scope, &three_households(), &ImportOptions::on("2015-07-01")).unwrap();
    assert_eq!((report.written.created, report.rejected), (1, 2));
    // A record that lies outside by now is refused in the words of an area that does not exist.
    office
        .store
        .write(
            |tx| Ok(tx.execute("UPDATE record SET area = (SELECT num FROM area WHERE code = '9902')", [])?),
        )
        .unwrap();
    let report = office.try_import(&scope, &three_households(), &ImportOptions::on("2015-07-01")).unwrap();
    assert_eq!(report.written.refused[0].reason.en, "there is no area \"9901\"");
}

#[test]
fn who_may_not_import_is_refused() {
    let office = Office::new();
    let enumerator = Scope::new(
        Some(UserId::from_bytes([7; 16])),
        "li".into(),
        Role::Enumerator,
        vec!["99/".into()],
        FormScope::All,
        1,
    );
    let error = office.try_import(&enumerator, &three_households(), &ImportOptions::on("2015-07-01"));
    assert!(matches!(error, Err(ImportError::Store(StoreError::Refused(ProblemKind::NotAllowed, _)))));
    assert_eq!(office.count("record"), 0);
    let operator = office.store.operator_scope();
    let report = office.try_import(&operator, &three_households(), &ImportOptions::on("2015-07-01")).unwrap();
    assert_eq!(report.written.created, 3);
}

#[test]
fn a_discarded_record_is_not_brought_back() {
    let office = Office::new();
    office.import(&three_households());
    office.store.write(|tx| Ok(tx.execute("UPDATE record SET discarded = 1", [])?)).unwrap();
    let report = office.import(&three_households());
    assert_eq!((report.written.refused.len(), report.written.unchanged), (3, 0));
}

#[test]
fn many_households_go_in_batches_and_report_progress() {
    let office = Office::new();
    let lines: Vec<String> = (0..250).map(|n| format!("{n},9901,赵{n},,户主,")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut heard = Vec::new();
    let report = import(
        &office.store,
        &scope_over(&["99/"]),
        ledger(&lines).as_bytes(),
        &ImportOptions::on("2015-07-01"),
        (NOW, &Machine),
        &mut |done, total| heard.push((done, total)),
    )
    .unwrap();
    assert_eq!((report.written.created, office.count("record"), office.count("envelope")), (250, 250, 3));
    assert_eq!(heard, [(0, 250), (100, 250), (200, 250), (250, 250)]);
}

#[test]
fn an_imported_household_is_registered_and_counted_at_once() {
    let office = Office::new();
    office.import(&three_households());
    office.reconcile();
    let everything = scope_over(&["99/"]);
    let figure = office.figure(&everything, "P8-26");
    assert_eq!((&figure["values"], &figure["records"]), (&json!([3, 4]), &json!(3)));
    assert_eq!((&figure["unit"], &figure["quoted"]), (&json!("户;人"), &json!([2051, 8854])));
    // Whoever covers one village counts that village.
    assert_eq!(office.figure(&scope_over(&["99/9902/"]), "P8-26")["values"], json!([2, 2]));
    // A further person in the ledger moves the figure.
    office.import(&format!("{}4,9902,周五,,户主,\n4,9902,吴六,,配偶,\n", three_households()));
    office.reconcile();
    assert_eq!(office.figure(&everything, "P8-26")["values"], json!([4, 6]));
}

#[test]
fn a_second_import_is_approved_and_leaves_a_phone_s_edit_to_review() {
    let office = Office::new();
    office.import(&three_households());
    let id = record_id("9902", "2");
    office.edit(id, "address", Value::Text("七组".into()));
    let report = office.import(&three_households().replace("13800000002", "13900000002"));
    assert_eq!((report.written.changed, report.written.for_review), (1, 0));
    office.reconcile();
    let scope = scope_over(&["99/"]);
    let row = office.store.dataset_get(&scope, id).unwrap().answers().unwrap();
    assert_eq!((row.get("phone"), row.get("address")), (Some(&json!("13900000002")), None));
    // The phone's edit is not lost: it stands in the record, to be approved by a person.
    assert_eq!(office.answers(id)["address"], json!("七组"));
    let view = office.store.record_get(&scope, id, &At::Now).unwrap();
    assert_eq!(view.line.record, id);
}

#[test]
fn errors_of_the_ledger_are_let_stand_and_named() {
    let office = Office::new();
    office.import(&ledger(&["5,9901,赵一,999999197001010018,户主,123"]));
    let waived: Vec<(String, String)> = office
        .store
        .read(|conn| {
            let mut statement = conn.prepare("SELECT key, reason FROM waiver ORDER BY key")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert!(!waived.is_empty() && waived.iter().all(|(_, reason)| reason == REASON), "{waived:?}");
    office.reconcile();
    assert_eq!(office.figure(&scope_over(&["99/"]), "P8-26")["values"], json!([1, 1]));
}

#[test]
fn the_dataset_goes_out_as_files_within_the_scope() {
    use crate::export::{Options, export_form, read_text};
    let office = Office::new();
    office.import(&three_households());
    office.reconcile();
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| std::fs::File::create(folder.path().join(name));
    let options = Options { with_sensitive: true, ..Options::default() };
    let written =
        export_form(&office.store, &scope_over(&["99/9901/"]), "household_register", options, open).unwrap();
    assert_eq!((written[0].name.as_str(), written[0].rows), ("household_register.csv", 1));
    let text = std::fs::read_to_string(folder.path().join("household_register.members.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let column = reader.headers().unwrap().iter().position(|heading| heading == "id_no").unwrap();
    let ids: Vec<String> =
        reader.records().map(|line| read_text(&line.unwrap()[column]).to_owned()).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&"999999197001010017".to_owned()));
    let nobody = Scope::new(None, "li".into(), Role::Enumerator, vec!["99/".into()], FormScope::All, 1);
    let refused =
        export_form(&office.store, &nobody, "household_register", Options::default(), |_| Ok(Vec::new()));
    assert!(refused.is_err());
}
