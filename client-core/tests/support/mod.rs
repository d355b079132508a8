//! A server in memory that obeys the protocol, a network that does not, and devices whose clock and randomness are
//! numbers. The real server has its own tests; this one exists to be cut, torn, restored and lied to.
#![allow(dead_code, unreachable_pub, clippy::large_enum_variant)]

pub mod approve;
pub mod server;
pub mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use doorstep_client_core::Device;
use doorstep_client_core::device::{FormCache, Surroundings};
use doorstep_client_core::env::{Clock, Entropy};
use doorstep_client_core::sync::Policy;
use doorstep_forms::FormPackage;

/// SplitMix64: good enough to choose faults, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

impl Entropy for Rng {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// A clock that moves when it is asked to.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(ms: i64) -> Arc<TestClock> {
        Arc::new(TestClock(AtomicI64::new(ms)))
    }

    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn wait_until(&self, until_ms: i64) {
        self.0.fetch_max(until_ms, Ordering::Relaxed);
    }
}

pub const START_MS: i64 = 1_450_000_000_000;

/// A device that can be closed and opened again.
pub struct Phone {
    pub path: PathBuf,
    pub clock: Arc<TestClock>,
    pub forms: FormCache,
    pub seed: u64,
    device: Option<Device>,
}

impl Phone {
    pub fn new(folder: &Path, name: &str, clock: &Arc<TestClock>, forms: &FormCache, seed: u64) -> Phone {
        let path = folder.join(name);
        let mut phone = Phone { path, clock: clock.clone(), forms: forms.clone(), seed, device: None };
        phone.open();
        phone
    }

    pub fn open(&mut self) -> &mut Device {
        if self.device.is_none() {
            self.seed = self.seed.wrapping_mul(31).wrapping_add(17);
            let around = Surroundings {
                clock: Box::new(self.clock.clone()),
                entropy: Box::new(Rng(self.seed)),
                policy: Policy { attempts: 12, first_wait_ms: 10, longest_wait_ms: 100 },
                forms: self.forms.clone(),
                civil_offset_s: 8 * 3600,
            };
            self.device = Some(Device::open(&self.path, around).unwrap());
        }
        self.device.as_mut().unwrap()
    }

    /// The process dies: nothing is written any more.
    pub fn crash(&mut self) {
        self.device = None;
    }

    /// A copy of the whole phone, marker included.
    pub fn cloned(&mut self, name: &str) -> Phone {
        self.crash();
        let path = self.path.with_file_name(name);
        for suffix in ["", ".install"] {
            let from = PathBuf::from(format!("{}{suffix}", self.path.display()));
            std::fs::copy(from, format!("{}{suffix}", path.display())).unwrap();
        }
        let wal = PathBuf::from(format!("{}-wal", self.path.display()));
        if wal.exists() {
            std::fs::copy(wal, format!("{}-wal", path.display())).unwrap();
        }
        Phone {
            path,
            clock: self.clock.clone(),
            forms: self.forms.clone(),
            seed: self.seed.wrapping_add(999),
            device: None,
        }
    }
}

/// A form of the repository.
pub fn repository_form(form: &str) -> FormPackage {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/forms").join(form).join("1");
    let mut files = BTreeMap::new();
    collect(&folder, &folder, &mut files);
    FormPackage::from_files(files).unwrap()
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// A small form: a total, a relevance, a cascade, a roster, a constraint.
pub fn visit_form() -> FormPackage {
    let schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "走访", "type": "object", "additionalProperties": false,
        "properties": {
            "name": {"title": "户主姓名", "type": "string", "maxLength": 20, "x-required": true, "x-pii": "direct"},
            "town": {"title": "乡镇", "type": "string", "x-codes": {"list": "places", "filter": "code.level == 'town'"}, "x-pii": "none"},
            "village": {"title": "村", "type": "string",
                "x-codes": {"list": "places", "filter": "code.level == 'village' && code.parent == doc.town"}, "x-pii": "none"},
            "poor": {"title": "是否贫困", "type": "boolean", "x-pii": "none"},
            "why": {"title": "原因", "type": "string", "x-relevant": "doc.poor", "x-required": true, "x-pii": "none"},
            "dry": {"title": "旱地", "type": "integer", "minimum": 0, "x-pii": "none"},
            "wet": {"title": "水田", "type": "integer", "minimum": 0, "x-pii": "none"},
            "land": {"title": "合计", "type": "integer", "readOnly": true, "x-calculate": "sum(doc.dry, doc.wet)", "x-pii": "none"},
            "causes": {"title": "其他原因", "type": "object", "additionalProperties": false, "x-multi": true, "x-pii": "none",
                "properties": {"illness": {"title": "因病", "type": "boolean"}, "water": {"title": "缺水", "type": "boolean"}}},
            "members": {"title": "家庭成员", "type": "object", "x-roster": {"kind": "rows", "order": "_order", "label": "row.name"},
                "x-pii": "none",
                "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {
                    "name": {"title": "姓名", "type": "string", "x-required": true, "x-pii": "direct"},
                    "age": {"title": "年龄", "type": "integer", "minimum": 0, "maximum": 130, "x-pii": "quasi"}
                }}}
        },
        "x-constraints": [
            {"key": "some_land", "severity": "warning", "location": ["/dry"], "expression": "!has(doc.dry) || doc.dry < 100", "human": "旱地面积偏大"}
        ]
    });
    let form = serde_json::json!({
        "id": "visit", "version": 1, "engine": 1, "kind": "register", "entity": "household",
        "title": {"zh": "走访"}, "locales": ["zh"], "sensitivity": "general", "label": "doc.name",
        "search": ["members/*/name"]
    });
    let places =
        "code,parent,level,label\nt1,,town,甲镇\nt2,,town,乙镇\nv1,t1,village,一村\nv2,t2,village,二村\n";
    let files = BTreeMap::from([
        ("form.json".to_owned(), form.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
        ("codes/places.csv".to_owned(), places.as_bytes().to_vec()),
    ]);
    FormPackage::from_files(files).unwrap()
}
