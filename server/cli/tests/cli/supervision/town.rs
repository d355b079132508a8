//! A town with two villages, people and phones whose clocks can be moved on.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use doorstep_client_core::Device;
use doorstep_client_core::device::Surroundings;
use doorstep_client_core::driver::{HttpTransport, SystemClock, SystemEntropy};
use doorstep_client_core::env::Clock;
use doorstep_records::RecordId;
use serde_json::{Value, json};

use crate::support::{Ran, Served, arg, doorstep, repository};

const PASSWORD: &str = "correct horse";
const TOWN: &str = "999999100000";
/// The day the town counts from.
const TODAY: &str = "2015-07-01";

/// Time that passes on a phone while somebody fills a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Minutes(pub(super) i64);

/// The machine's clock and what was added to it.
#[derive(Debug, Clone, Default)]
struct MovedClock(Arc<AtomicI64>);

impl Clock for MovedClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::Relaxed)
    }

    fn wait_until(&self, until_ms: i64) {
        SystemClock.wait_until(until_ms - self.0.load(Ordering::Relaxed));
    }
}

/// The county's ledger.
pub(super) struct Ledger {
    text: String,
    never: Vec<&'static str>,
    personal: Vec<&'static str>,
}

impl Ledger {
    /// Three households in each of the two villages: in the first an adult with a member, an adult, and a child who is
    /// head of the household.
    pub(super) fn six() -> Ledger {
        let rows = "户编号,行政区划代码,户主姓名,姓名,身份证号,与户主关系,性别,民族,健康状况,劳动力,低保,户属性,主要致贫原因,地址,电话\n\
            1001,9999991002000101,赵一,赵一,999999197001010017,户主,男,汉族,长期慢性病,弱劳动力,是,低保贫困户,因病,湾里3号,13800000001\n\
            1001,9999991002000101,赵一,赵小妹,999999200502020023,女儿,女,汉族,健康,,是,,,,\n\
            1002,9999991002000101,钱二,钱二,999999196502020016,户主,男,苗族,残疾,无劳动力,是,低保贫困户,因残,湾里5号,13800000002\n\
            1003,9999991002000101,孙小三,孙小三,999999200903030011,户主,男,汉族,健康,,否,一般贫困户,缺劳力,湾里7号,13800000003\n\
            1004,9999991002010101,李四,李四,999999197004040019,户主,男,汉族,健康,普通劳动力,否,一般贫困户,缺技术,坡上1号,13800000004\n\
            1005,9999991002010101,周五,周五,999999197005050016,户主,男,汉族,健康,普通劳动力,否,一般贫困户,缺技术,坡上2号,13800000005\n\
            1006,9999991002010101,吴六,吴六,999999197006060013,户主,男,汉族,健康,普通劳动力,否,一般贫困户,缺技术,坡上3号,13800000006\n";
        let personal = [
            "赵小妹",
            "孙小三",
            "李四",
            "周五",
            "吴六",
            "湾里",
            "13800000",
            "99999919",
            "9999992005",
            "9999992009",
        ];
        let sensitive = ["慢性病", "残疾", "因病", "因残", "苗族", "低保贫困户"];
        let never = [&personal[..], &sensitive].concat();
        Ledger { text: rows.to_owned(), never, personal: personal.to_vec() }
    }

    /// What no page for the village's wall may hold: numbers, members, children, illness, addresses, other villages.
    pub(super) fn never_posted(&self) -> &[&'static str] {
        &self.never
    }

    /// Names, numbers and addresses: what no table of figures may hold.
    pub(super) fn personal(&self) -> &[&'static str] {
        &self.personal
    }
}

pub(super) struct Town {
    folder: tempfile::TempDir,
    served: Option<Served>,
}

impl Town {
    pub(super) fn begin(forms: &[&str]) -> Town {
        let folder = tempfile::tempdir().expect("folder");
        let data = folder.path().join("data");
        let run = |words: &[&str]| doorstep(&[words, &["--data", arg(&data)]].concat()).done();
        run(&["area", "import", arg(&repository("schemas/areas/demo.csv"))]);
        for form in forms {
            run(&["form", "publish", arg(&repository(&format!("schemas/forms/{form}/1")))]);
        }
        for (name, role, area) in [
            ("chen", "admin", TOWN),
            ("shen", "supervisor", TOWN),
            ("zhang", "supervisor", super::SONGLING),
            ("li", "enumerator", super::SONGLING),
            ("wang", "enumerator", super::SONGLING),
            ("zhou", "enumerator", super::YUNTAI),
        ] {
            run(&["user", "add", name, "--role", role, "--area", area, "--password", PASSWORD]);
        }
        let served = Some(Served::start(&data));
        Town { folder, served }
    }

    fn served(&self) -> &Served {
        self.served.as_ref().expect("a running server")
    }

    /// Runs the checks as on that day. A running server runs them by itself, as of its own day: it stands still meanwhile,
    /// and stays away.
    pub(super) fn checks(&mut self, today: &str) {
        self.served = None;
        self.run(&["check", "--today", today]);
    }

    /// Begins to serve again, at another address.
    pub(super) fn serve(&mut self) {
        self.served = Some(Served::start(&self.folder.path().join("data")));
    }

    fn ran(&self, words: &[&str]) -> Ran {
        doorstep(&[words, &["--data", arg(&self.folder.path().join("data"))]].concat())
    }

    /// A command's JSON.
    pub(super) fn run(&self, words: &[&str]) -> Value {
        self.ran(&[words, &["--json"]].concat()).done().json()
    }

    /// A command's text.
    pub(super) fn said(&self, words: &[&str]) -> String {
        self.ran(words).done().out
    }

    /// The JSON of a command that does not do what was asked.
    pub(super) fn refused(&self, words: &[&str]) -> Value {
        let ran = self.ran(words);
        assert_eq!(ran.code, 1, "{}", ran.out);
        ran.json()
    }

    pub(super) fn progress(&self, form: &str) -> Value {
        self.run(&["progress", form, "--today", TODAY, "--as", "shen"])
    }

    /// Imports a ledger: its households in the order of their numbers.
    pub(super) fn import(&self, ledger: &Ledger) -> Vec<RecordId> {
        let file = self.folder.path().join("ledger.csv");
        fs::write(&file, &ledger.text).expect("ledger");
        self.run(&["import", "households", arg(&file), "--all-or-nothing"]);
        let listed = self.run(&["review", "list", "--state", "approved"]);
        let records = listed["records"].as_array().expect("records").iter();
        let named = |head: &str| {
            let mut own = records.clone().filter(|record| record["label"] == head);
            let record = own.next().unwrap_or_else(|| panic!("{head} in {listed}"));
            record["record"].as_str().expect("id").parse().expect("record id")
        };
        ["赵一", "钱二", "孙小三", "李四", "周五", "吴六"].map(named).to_vec()
    }

    /// Approves a record as it stands, with a reason for each error: these tests fill only what they look at.
    pub(super) fn approve(&self, record: RecordId) {
        let record = record.to_string();
        let body = json!({"name": "shen", "password": PASSWORD});
        let (status, session) = self.served().request("POST", "/api/v1/sessions", None, Some(&body));
        assert_eq!(status, 201, "{session}");
        let path = format!("/api/v1/records/{record}");
        let (status, view) = self.served().request("GET", &path, session["token"].as_str(), None);
        assert_eq!(status, 200, "{view}");
        let errors = view["violations"].as_array().expect("violations").iter();
        let mut keys: Vec<&str> = errors.filter_map(|error| error["key"].as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let waivers: Vec<String> = keys.iter().map(|key| format!("{key}=checked by phone")).collect();
        let mut line = vec!["review", "approve", &record, "--as", "shen"];
        waivers.iter().for_each(|waiver| line.extend(["--waive", waiver]));
        assert_eq!(self.run(&line)["decided"][0]["state"], "approved");
    }

    /// The phone of an enumerator, enrolled and synchronised.
    pub(super) fn phone(&self, person: &str) -> Phone {
        let url = &self.served().url;
        let transport = HttpTransport::new(url).expect("address");
        let clock = MovedClock::default();
        let around = Surroundings::new(Box::new(clock.clone()), Box::new(SystemEntropy));
        let path = self.folder.path().join(format!("{person}.db"));
        let mut device = Device::open(Path::new(&path), around).expect("phone");
        let code = self.run(&["device", "invite", person])["code"].as_str().expect("code").to_owned();
        device.enrol(&transport, url, &code, person).expect("enrolled");
        let mut phone = Phone { device, transport, clock };
        phone.sync();
        phone
    }
}

pub(super) struct Phone {
    device: Device,
    transport: HttpTransport,
    clock: MovedClock,
}

impl Phone {
    pub(super) fn sync(&mut self) {
        // A phone that was moved on comes back to the hour when it meets the network.
        self.clock.0.store(0, Ordering::Relaxed);
        self.device.sync(&self.transport).expect("synchronised");
    }

    /// Finds the server again at its new address.
    pub(super) fn find(&mut self, town: &Town) {
        self.transport = HttpTransport::new(&town.served().url).expect("address");
    }

    /// Form, household and day of the work on the phone, by day.
    pub(super) fn work(&self) -> Vec<(String, String, Option<String>)> {
        let work = self.device.assignments().expect("work").into_iter();
        let mut work: Vec<_> =
            work.map(|work| (work.assignment.form, work.label, work.assignment.due)).collect();
        // What is due on the same day has no order; what is due comes before what is not.
        work.sort_by_key(|(_, label, due)| (due.is_none(), due.clone(), label.clone()));
        work
    }

    pub(super) fn begin_form(&mut self, form: &str, about: RecordId, answers: &[(&str, Value)]) -> RecordId {
        let record = self.device.new_record(form, None, Some(about)).expect("a record");
        self.answer(record, answers);
        record
    }

    /// Begins a household in an area.
    pub(super) fn register(&mut self, area: &str) -> RecordId {
        self.device.new_record("household_register", Some(area), None).expect("a record")
    }

    pub(super) fn begin(&mut self, about: RecordId, answers: &[(&str, Value)]) -> RecordId {
        self.begin_form("sample_check", about, answers)
    }

    /// Answers and submits an existing record.
    pub(super) fn fill(&mut self, record: RecordId, answers: &[(&str, Value)], took: Minutes) {
        self.answer(record, answers);
        self.submit(record, took);
    }

    /// Fills and submits a check that takes so long.
    pub(super) fn check(&mut self, about: RecordId, answers: &[(&str, Value)], took: Minutes) -> RecordId {
        let record = self.begin(about, answers);
        self.submit(record, took);
        record
    }

    pub(super) fn answer(&mut self, record: RecordId, answers: &[(&str, Value)]) {
        for (path, value) in answers {
            self.answer_at(record, path, value.clone());
        }
    }

    pub(super) fn answer_at(&mut self, record: RecordId, path: &str, value: Value) {
        let mut session = self.device.session(record).expect("session");
        // A position is typed, or comes from the receiver as text.
        match path {
            "gps" => session.answer_text(path, value.as_str().expect("a text")).expect(path),
            _ => session.answer(path, &value).expect(path),
        }
    }

    pub(super) fn row(&mut self, record: RecordId, roster: &str) -> String {
        self.device.session(record).expect("session").add_row(roster).expect("a row").to_string()
    }

    pub(super) fn submit(&mut self, record: RecordId, took: Minutes) {
        self.clock.0.fetch_add(took.0 * 60_000, Ordering::Relaxed);
        self.device.session(record).expect("session").submit(None, true).expect("submitted");
    }

    pub(super) fn said(&mut self, record: RecordId, path: &str) -> Value {
        self.device.session(record).expect("session").answers()[path].clone()
    }
}
