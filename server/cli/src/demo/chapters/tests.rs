//! The machine, with a chapter made for it: a county of households and checks about them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::BTreeSet;

use doorstep_records::RecordId;
use doorstep_server::language::Language;
use doorstep_server::store::dataset::Datasets;
use serde_json::Value;

use super::tools::{Registry, Seed, answer, at, household, row};
use super::*;
use crate::demo::host::{Host, password_hash};
use crate::demo::proxy::FaultProxy;
use crate::demo::stage::Stage;
use crate::output::Output;

const AREAS: &str = "code,parent,level,name_zh,name_en,valid_from,valid_to\n\
    999901000000,999900000000,county,试验县,Trial County,2015-01-01,\n\
    999901100000,999901000000,town,东镇,East,2015-01-01,\n\
    999901101000,999901000000,town,西镇,West,2015-01-01,\n\
    999901100200,999901100000,village,东村,East Village,2015-01-01,\n";
const PLACES: [&str; 4] = ["999901100200", "999901101000", "999901100000", "999901000000"];

/// So many households, and a check of each of them from the county or from where it lies, by turns.
struct Trial {
    households: usize,
    areas: &'static str,
    backwards: bool,
}

impl Trial {
    fn of(households: usize) -> Trial {
        Trial { households, areas: AREAS, backwards: false }
    }
}

const ABOUT: About =
    About { name: "trial", root: "999901000000", forms: &[("household_register", 1), ("sample_check", 1)] };

impl Chapter for Trial {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn areas(&self) -> &'static str {
        self.areas
    }

    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_> {
        let (mut registry, mut seed) = (Registry::default(), Seed::new(1));
        let registers = (0..self.households).map(move |number| register(number, &mut registry, &mut seed));
        let checks = (0..self.households).map(|number| check(number, self.backwards));
        Box::new(registers.chain(checks))
    }
}

fn register(number: usize, registry: &mut Registry, seed: &mut Seed) -> Filling {
    let head = &household(1, true, registry, seed)[0];
    let member = row(0, seed);
    let mut answers = vec![
        answer("form_mode", "new_register"),
        answer("event_date", "2015-07-01"),
        answer("visit_mode", "office_records"),
        answer("visit_outcome", "partial"),
        answer("informant", "head"),
        answer("address", format!("第{number}户")),
        answer("poor", number.is_multiple_of(2)),
    ];
    for (key, value) in [("name", head.name.as_str()), ("relation", head.relation), ("ethnicity", "01")] {
        answers.push(answer(at("members", member, key), value));
    }
    Filling { form: "household_register", area: PLACES[number % 4].to_owned(), about: None, answers }
}

fn check(number: usize, backwards: bool) -> Filling {
    let answers = vec![
        answer("event_date", "2015-07-02"),
        answer("visit_mode", "face_to_face"),
        answer("visit_outcome", "nobody_home"),
        answer("retry_date", "2015-07-20"),
    ];
    let area = if number.is_multiple_of(3) { PLACES[3] } else { PLACES[number % 4] };
    let about = if backwards { 1_000_000 } else { number };
    Filling { form: "sample_check", area: area.to_owned(), about: Some(about), answers }
}

pub(super) struct Scene {
    _folder: tempfile::TempDir,
    pub(super) host: Host,
    pub(super) carried: anyhow::Result<Carried>,
}

pub(super) fn play(chapter: &dyn Chapter) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start(folder.path(), "127.0.0.1:0".parse().unwrap()).unwrap();
    host.prepare().unwrap();
    let proxy = FaultProxy::start(host.address, 5, 1).unwrap();
    let stage = Stage::new(Output { json: true, language: Language::En });
    let hashed = password_hash("trial-2015").unwrap();
    let phones = folder.path().join("phones");
    let way = Way {
        host: &host,
        url: &proxy.url(),
        phones: &phones,
        password: ("trial-2015", &hashed),
        stage: &stage,
    };
    let carried = way.carry(chapter);
    Scene { _folder: folder, host, carried }
}

impl Scene {
    /// Area, subject and answers of every dataset row of a form.
    fn rows(&self, form: &str) -> Vec<(RecordId, String, Option<RecordId>, Value)> {
        let mut rows = Vec::new();
        let store = &self.host.store;
        store
            .dataset_each(&store.operator_scope(), form, &mut |row| {
                rows.push((row.record, row.area, row.subject, serde_json::from_str(&row.json).unwrap()));
                Ok(())
            })
            .unwrap();
        rows
    }
}

#[test]
fn every_filling_becomes_a_row_of_the_dataset_where_it_belongs() {
    let scene = play(&Trial::of(40));
    let carried = scene.carried.as_ref().unwrap();
    assert_eq!((carried.chapter, carried.records), ("trial", 80));
    let households = scene.rows("household_register");
    let checks = scene.rows("sample_check");
    assert_eq!((households.len(), checks.len()), (40, 40));
    let subjects: BTreeSet<RecordId> = checks.iter().filter_map(|(_, _, subject, _)| *subject).collect();
    assert_eq!(subjects, households.iter().map(|(record, ..)| *record).collect());
    for (number, place) in PLACES.iter().enumerate() {
        let here = households.iter().filter(|(_, area, ..)| area == place);
        let named: Vec<usize> = here
            .map(|(.., answers)| answers["address"].as_str().unwrap())
            .map(|address| address.trim_matches(['第', '户']).parse::<usize>().unwrap() % 4)
            .collect();
        assert_eq!(named, [number; 10], "{place}");
    }
}

#[test]
fn what_does_not_fit_is_named_with_the_filling() {
    let told = |trial: Trial| format!("{:#}", play(&trial).carried.unwrap_err());
    let backwards = told(Trial { backwards: true, ..Trial::of(1) });
    assert!(backwards.contains("filling 1 (sample_check") && backwards.contains("before it"), "{backwards}");
    let areas = "code,parent,level,name_zh,name_en\n999901000000,nowhere,county,县,County\n";
    let areas = told(Trial { areas, ..Trial::of(1) });
    assert!(areas.contains("trial") && areas.contains("nowhere"), "{areas}");
}
