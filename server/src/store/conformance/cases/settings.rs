//! Areas and forms: the same again changes nothing and writes nothing.

use doorstep_protocol::ProblemKind;

use crate::areas::Imported;
use crate::store::areas::Areas;
use crate::store::conformance::world::{AREAS, FORM, operator, package};
use crate::store::conformance::{Subject, World};
use crate::store::forms::Forms;

pub(crate) fn areas_are_imported_once<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    let import = |csv: &str| store.areas_import(&operator(), csv.as_bytes(), world.now()).unwrap();
    let codes = || -> Vec<String> {
        store.area_list(&operator()).unwrap().into_iter().map(|area| area.code).collect()
    };
    assert_eq!(codes(), ["99", "9911", "991101", "991102"], "parents first");
    let rows = world.log_rows();
    assert_eq!(import(AREAS), Ok(Imported { added: 0, changed: 0, unchanged: 4 }));
    assert_eq!(world.log_rows(), rows);
    // One wrong line and nothing of the file is imported.
    let wrong = format!("{AREAS}9912,99,town,新镇\n991301,nowhere,village,何村\n");
    let faults = import(&wrong).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [7]);
    assert_eq!((world.log_rows(), codes().len()), (rows, 4));
    let renamed = format!("{}9912,99,town,新镇\n", AREAS.replace("东村", "东新村"));
    assert_eq!(import(&renamed), Ok(Imported { added: 1, changed: 1, unchanged: 3 }));
    assert_eq!(codes(), ["99", "9911", "991101", "991102", "9912"]);
}

pub(crate) fn forms_are_published_once<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    let rows = world.log_rows();
    let again = store.form_publish(&operator(), &package(1, "农户"), world.now()).unwrap();
    assert!(again.already && world.log_rows() == rows);
    let other = store.form_publish(&operator(), &package(1, "住户"), world.now()).unwrap_err();
    assert_eq!(other.kind(), ProblemKind::Conflict, "a published version never changes");
    let next = store.form_publish(&operator(), &package(3, "农户"), world.now()).unwrap();
    assert!(!next.already && next.version == 3);
    let older = store.form_publish(&operator(), &package(2, "农户"), world.now()).unwrap_err();
    assert_eq!(older.kind(), ProblemKind::Conflict);
    let versions: Vec<u32> =
        store.form_list(&operator()).unwrap().into_iter().map(|form| form.version).collect();
    assert_eq!(versions, [1, 3]);
    let stored = store.form_package(&operator(), FORM, 1).unwrap();
    assert_eq!(stored.to_bytes(), package(1, "农户").to_bytes());
    let unknown = store.form_package(&operator(), FORM, 2).unwrap_err();
    assert_eq!(unknown.kind(), ProblemKind::NotFound);
}
