//! Exports over the store after a version took questions away.

use std::collections::BTreeMap;

use doorstep_forms::{Form, FormPackage};
use serde_json::{Value, json};

use super::folder_tests::{File, Folder};
use super::{Options, export_form};
use crate::accounts::role::Role;
use crate::publish::service::{Asked, Outcome, publish};
use crate::store::conformance::world::{operator, package};
use crate::store::conformance::{EAST, FORM, Sqlite, member};
use crate::store::dataset::Datasets;
use crate::store::operations::Operations;

type World = crate::store::conformance::World<Sqlite>;

/// Each file as lines from heading to cell.
fn export(world: &World) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let folder = Folder::default();
    let open = |name: &str| Ok(File(folder.clone(), name.to_owned()));
    export_form(world.store(), &operator(), FORM, Options { with_sensitive: true }, open).unwrap();
    let lines = |bytes: &Vec<u8>| {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap();
        csv::Reader::from_reader(bytes).deserialize().map(Result::unwrap).collect()
    };
    folder.0.borrow().iter().map(|(name, bytes)| (name.clone(), lines(bytes))).collect()
}

/// The second version: neither a phone number nor members are asked for.
fn shorter() -> Form {
    let mut files = package(2, "农户").files().clone();
    let mut edit = |file: &str, edit: &dyn Fn(&mut Value)| {
        let mut json: Value = serde_json::from_slice(&files[file]).unwrap();
        edit(&mut json);
        files.insert(file.into(), json.to_string().into_bytes());
    };
    edit("form.json", &|manifest| manifest["identity"] = json!([]));
    edit("schema.json", &|schema| {
        let questions = schema["properties"].as_object_mut().unwrap();
        questions.retain(|key, _| key != "phone" && key != "members");
    });
    let steps = json!([{"op": "remove", "at": "phone"}, {"op": "remove", "at": "members"}]);
    files.insert("lenses/1.json".into(), json!({ "steps": steps }).to_string().into_bytes());
    let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"));
    Form::compile(package).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The fault it found: a household approved again after its questions were removed lost their cells. They are no unknown
/// answers either.
#[test]
fn kept_answers_stay_in_their_columns() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let id_no = "999999197001010017";
    let answers = [("name", "a"), ("phone", "139"), (&member(1), id_no), (&member(2), "999999197001010025")];
    let record = li.registered(&world, EAST, &answers);
    let closed = member(2).replace("id_no", "_deleted");
    li.edit(&world, record, &[(closed.as_str(), true)]);
    li.complete(&world, record);
    world.approve(record);
    let before = export(&world);
    let asked = Asked { base: None, confirm: true };
    let published = publish(world.store(), &operator(), &shorter(), asked, &|| false, world.now()).unwrap();
    assert!(matches!(published, Outcome::Published(..)), "{published:?}");
    assert_eq!(export(&world), before, "publishing changes no row");

    li.edit_under(&world, record, 2, &[("land", 5_i64)]);
    li.complete_under(&world, record, 2);
    world.approve(record);
    let after = export(&world);
    let line = &after["household.csv"][0];
    let cells = ["_form_version", "name", "land", "phone", "_unknown"].map(|heading| line[heading].as_str());
    assert_eq!(cells, ["2", "a", "5", "139", ""]);
    assert_eq!(after["household.members.csv"], before["household.members.csv"], "closed rows stay out");
    assert_eq!(after["household.members.csv"].len(), 1);
    let digest = world.store().dataset_digest().unwrap();
    world.store().rebuild().unwrap();
    world.settle();
    assert_eq!(world.store().dataset_digest().unwrap(), digest);
}
