//! Exports over the store after a version took questions away.

use std::collections::BTreeMap;

use doorstep_forms::{Form, FormPackage};
use serde_json::{Value, json};

use super::folder_tests::{File, Folder};
use super::{Options, export_form};
use crate::accounts::role::Role;
use crate::publish::service::{Asked, Outcome, publish};
use crate::store::conformance::world::{changed, operator, package};
use crate::store::conformance::{EAST, FORM, Sqlite, member};
use crate::store::dataset::Datasets;
use crate::store::forms::Forms;
use crate::store::operations::Operations;

type World = crate::store::conformance::World<Sqlite>;

/// Each file as lines from heading to cell.
fn export(world: &World) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    export_with(world, Options { with_sensitive: true, ..Options::default() })
}

fn export_with(world: &World, options: Options) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let folder = Folder::default();
    let open = |name: &str| Ok(File(folder.clone(), name.to_owned()));
    export_form(world.store(), &operator(), FORM, options, open).unwrap();
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

#[test]
fn a_date_leaves_out_what_does_not_hold_on_it() {
    let world = World::new();
    let date = |title: &str| json!({"title": title, "type": "string", "format": "date"});
    let stay = json!({"type": "object", "additionalProperties": false,
        "properties": {"from": date("来"), "to": date("去")}});
    let second = changed(2, |questions| {
        questions["stays"] = json!({"title": "居住", "type": "object", "x-roster": {"kind": "rows"},
            "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}, "additionalProperties": stay});
    });
    world.store().form_publish(&operator(), &second, world.now()).unwrap();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let record = li.household(&world, EAST, "a");
    let row = "stays/01ARZ3NDEKTSV4RRFFQ69G5F01";
    let (from, to) = (format!("{row}/from"), format!("{row}/to"));
    li.edit_under(&world, record, 2, &[(from.as_str(), "2015-01-01"), (to.as_str(), "2015-06-30")]);
    li.complete_under(&world, record, 2);
    world.approve(record);
    let stays = |valid_at: Option<&str>| {
        let valid_at = valid_at.map(|day| day.parse().unwrap());
        let files = export_with(&world, Options { with_sensitive: true, valid_at });
        assert_eq!(files[&format!("{FORM}.csv")].len(), 1);
        files[&format!("{FORM}.stays.csv")].len()
    };
    assert_eq!((stays(None), stays(Some("2015-06-30")), stays(Some("2015-07-01"))), (1, 1, 0));
}
