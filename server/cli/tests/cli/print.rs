//! Pages for paper through the commands: what is posted holds nothing else, and what is asked for is written.

use std::fs;
use std::path::PathBuf;

use crate::support::{Ran, arg, doorstep, repository};

struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    fn new() -> Office {
        let office = Office { folder: tempfile::tempdir().expect("folder") };
        office.run(&["area", "import", arg(&repository("schemas/areas/demo.csv"))]).done();
        for form in ["household_register", "sample_check"] {
            office.run(&["form", "publish", arg(&repository(&format!("schemas/forms/{form}/1")))]).done();
        }
        office
    }

    fn run(&self, words: &[&str]) -> Ran {
        let data = self.folder.path().join("data");
        doorstep(&[words, &["--data", arg(&data)]].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The sample of docs/ledger.md, imported: approved households of the register.
    fn import(&self) {
        let manual = fs::read_to_string(repository("docs/ledger.md")).expect("docs/ledger.md");
        let sample = manual.split("```csv\n").nth(1).and_then(|rest| rest.split("```").next());
        fs::write(self.path("ledger.csv"), sample.expect("a sample")).expect("file");
        self.run(&["import", "households", arg(&self.path("ledger.csv"))]).done();
    }
}

#[test]
fn a_posting_list_holds_names_of_heads_groups_and_classes_and_nothing_else() {
    let office = Office::new();
    office.import();
    let page = office.path("posting.html");
    let line = ["print", "posting", "--form", "household_register", "--area", "999999", "--lang", "zh"];
    office.run(&[&line[..], &["--out", arg(&page)]].concat()).done();
    let html = fs::read_to_string(&page).expect("page");
    assert!(html.contains("赵一") && html.contains("公示名单") && html.contains("建档立卡"), "{html}");
    // Everything else of the ledger: numbers, the other member, illness, telephone.
    let ledger = fs::read_to_string(office.path("ledger.csv")).expect("ledger");
    let row = ledger.lines().last().expect("a row");
    assert!(row.len() > 20);
    for cell in ledger.lines().skip(1).flat_map(|line| line.split(',')) {
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        if digits >= 11 {
            assert!(!html.contains(cell), "{cell} is posted");
        }
    }
    for hidden in ["慢性病", "因病", "残疾", "illness", "999999197001010017", "999999199503030033"] {
        assert!(!html.contains(hidden), "{hidden} is posted");
    }
    let elsewhere =
        office.run(&["print", "posting", "--form", "household_register", "--area", "no_area", "--json"]);
    assert_eq!((elsewhere.code, elsewhere.json()["error"]["kind"].as_str()), (1, Some("area_missing")));
    let nothing = office.run(&["print", "posting", "--form", "sample_check", "--area", "999999", "--json"]);
    assert_eq!((nothing.code, nothing.json()["error"]["kind"].as_str()), (1, Some("nothing_to_post")));
}

#[test]
fn a_record_and_a_report_are_printed_in_both_languages() {
    let office = Office::new();
    office.import();
    let list = office.run(&["review", "list", "--state", "approved", "--json"]).done().json();
    let record = list["records"][0]["record"].as_str().expect("a record").to_owned();
    let zh = office.run(&["print", "record", &record, "--lang", "zh"]).done().out;
    for said in ["农户登记与年度核查表", "赵一", "审核通过", "户主（签字）", "<th></th>"]
    {
        assert!(zh.contains(said), "{said} in {zh}");
    }
    let en = office.run(&["print", "record", &record, "--lang", "en"]).done().out;
    assert!(en.contains("Head of household (signature)") && en.contains("approved"));
    assert_eq!(office.run(&["print", "record", "01J9ZZZZZZZZZZZZZZZZZZZZZZ"]).code, 1);

    let page = office.path("report.html");
    let report =
        ["print", "report", "T8f", "--compiler", "陈<b>", "--reviewer", "李", "--lang", "zh", "--out"];
    office.run(&[&report[..], &[arg(&page)]].concat()).done();
    let html = fs::read_to_string(&page).expect("page");
    for said in ["填表人", "陈&lt;b&gt;", "审核人", "李", "截止时间", "口径"] {
        assert!(html.contains(said), "{said} in {html}");
    }
    assert_eq!(office.run(&["print", "report", "T9z", "--compiler", "a", "--reviewer", "b"]).code, 1);
}

#[test]
fn a_new_form_passes_the_check_and_faults_show_the_caret() {
    let office = Office::new();
    let folder = office.path("pension_visit");
    let begin = ["form", "new", "pension_visit", "--kind", "event", "--out"];
    office.run(&[&begin[..], &[arg(&folder)]].concat()).done();
    let checked = office.run(&["form", "check", arg(&folder)]).done();
    assert!(checked.out.contains("2 golden records"), "{}", checked.out);
    assert_eq!(office.run(&[&begin[..], &[arg(&folder)]].concat()).code, 1, "nothing is written over");
    assert_eq!(office.run(&["form", "new", "Wrong id", "--out", arg(&office.path("x"))]).code, 1);
    assert!(!office.path("x").exists(), "nothing of a wrong form is left");

    let page = office.path("form.html");
    office.run(&["form", "render", arg(&folder), "--lang", "zh", "--out", arg(&page)]).done();
    let html = fs::read_to_string(&page).expect("page");
    assert!(html.contains("仅当并非（“家中有人”为“是”）时填写") && html.contains("□ 外出务工"), "{html}");

    let schema = folder.join("schema.json");
    let text = fs::read_to_string(&schema).expect("schema").replace("\"!doc.at_home\"", "\"!doc.at_hom\"");
    fs::write(&schema, text).expect("schema");
    let faulty = office.run(&["form", "check", arg(&folder)]);
    assert_eq!(faulty.code, 1);
    let said = &faulty.err;
    assert!(
        said.contains("did you mean `at_home`?") && said.contains("      !doc.at_hom\n          ^"),
        "{said}"
    );
    assert!(said.contains("schema.json:16:7#/properties/why_away/x-relevant"), "{said}");
    let json = office.run(&["form", "check", arg(&folder), "--json"]).json();
    let fault = &json["error"]["faults"][0];
    assert_eq!((fault["line"].as_u64(), fault["column"].as_u64()), (Some(16), Some(7)));
}

#[test]
fn editor_schemas_are_those_of_the_repository() {
    let office = Office::new();
    let folder = office.path("meta");
    office.run(&["form", "editor-schemas", "--out", arg(&folder)]).done();
    for name in ["form.schema.json", "form-schema.schema.json"] {
        let written = fs::read_to_string(folder.join(name)).expect("written");
        let kept = fs::read_to_string(repository("schemas/meta").join(name)).expect("kept");
        assert_eq!(written, kept, "{name}: run `doorstep form editor-schemas --out schemas/meta`");
    }
}
