//! What people type wrong around supervision and forms: the message says what, where and what to do, in both languages.

use std::fs;
use std::path::Path;

use crate::support::{arg, doorstep, repository};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// Two forms, a supervisor, two enumerators of different villages.
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("folder") };
        desk.done(&["area", "import", arg(&repository("schemas/areas/demo.csv"))]);
        for form in ["household_register", "sample_check"] {
            desk.done(&["form", "publish", arg(&repository(&format!("schemas/forms/{form}/1")))]);
        }
        for (name, role, area) in [
            ("shen", "supervisor", "999999100000"),
            ("li", "enumerator", "999999100200"),
            ("zhou", "enumerator", "999999100201"),
        ] {
            desk.done(&["user", "add", name, "--role", role, "--area", area, "--password", "correct horse"]);
        }
        desk
    }

    fn done(&self, words: &[&str]) {
        doorstep(&[words, &["--data", arg(self.folder.path())]].concat()).done();
    }

    /// Exit code and standard error in a language.
    fn told(&self, line: &str, lang: &str) -> (i32, String) {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = doorstep(&[&words[..], &["--data", arg(self.folder.path()), "--lang", lang]].concat());
        (ran.code, ran.err)
    }
}

/// A line, its exit code, and what the English and the Chinese message hold.
type Case<'a> = (&'a str, i32, &'a [&'a str], &'a [&'a str]);

fn check(desk: &Desk, cases: &[Case<'_>]) {
    for (line, code, en, zh) in cases {
        for (lang, words) in [("en", en), ("zh", zh)] {
            let (ended, said) = desk.told(line, lang);
            assert_eq!(ended, *code, "{line}: {said}");
            for word in *words {
                assert!(said.contains(word), "{word:?} in the answer to {line}:\n{said}");
            }
        }
    }
}

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

#[test]
fn of_progress_and_assignments() {
    let desk = Desk::new();
    let subject = format!("assign add --to li --form sample_check --subject {NOBODY}");
    let moved = format!("assign move {NOBODY} --to li");
    let closed = format!("assign close {NOBODY} --reason x");
    let area = "999999100201";
    let far = format!("assign add --to li --form sample_check --area {area}");
    let none = format!("assign add --to zhou --form sample_check --area {area} --quantity 0");
    let day = format!("assign add --to zhou --form sample_check --area {area} --due 2015-02-30");
    let cases: &[Case<'_>] = &[
        (
            "progress nosuch",
            1,
            &["no such form", "where: nosuch", "sample_check"],
            &["没有该表单", "位置：nosuch", "sample_check"],
        ),
        (
            "progress sample_check --area 123",
            1,
            &["no such area", "--area 123", "area list"],
            &["没有该区划", "--area 123", "area list"],
        ),
        ("progress sample_check --today 2015-02-30", 2, &["no such day"], &["--today", "日历上没有这一天"]),
        ("progress sample_check --today tomorrow", 2, &["2015-07-13"], &["日期应写作 2015-07-13"]),
        (
            "progress sample_check --today ２０１５-07-01",
            2,
            &["full-width", "`2015-07-01`"],
            &["全角", "2015-07-01"],
        ),
        ("progress sample_check --fast x", 2, &["number of seconds"], &["整数秒"]),
        ("progress sample_check --far -3", 2, &["number of metres"], &["米数"]),
        (
            "progress sample_check --as nobody",
            1,
            &["no open account", "--as nobody", "user list"],
            &["没有该名称的有效账号", "--as nobody", "user list"],
        ),
        ("progress sample_check --as li", 1, &["role does not allow", "--as"], &["无权进行此操作", "--as"]),
        (
            "assign add --to li --form nosuch --area 999999100200",
            1,
            &["no such form", "--form nosuch"],
            &["没有该表单", "--form nosuch"],
        ),
        (
            "assign add --to nobody --form sample_check --area 999999100200",
            1,
            &["no open account", "--to nobody", "user list"],
            &["没有该名称的有效账号", "--to nobody"],
        ),
        (
            "assign add --to li --form sample_check --subject 12",
            1,
            &["`12` is not a record id", "--subject", "review list"],
            &["“12”不是记录编号", "--subject"],
        ),
        (&subject, 1, &["no such record", NOBODY], &["没有该记录", NOBODY]),
        (&far, 1, &["li may not work there", "--to li", "user list"], &["没有此表单的权限", "--to li"]),
        (
            "assign add --to li --form sample_check --area 123",
            1,
            &["no such area", "--area 123"],
            &["没有该区划", "--area 123"],
        ),
        (&none, 2, &["from 1 to 100000"], &["1 至 100000"]),
        (&day, 2, &["no such day"], &["日历上没有这一天"]),
        (
            "assign add --to li --form sample_check --area 999999100200 --households --register nosuch",
            1,
            &["--register nosuch"],
            &["--register nosuch"],
        ),
        (
            "assign move xyz --to li",
            1,
            &["`xyz` is not an assignment id", "assign list"],
            &["“xyz”不是任务编号", "assign list"],
        ),
        (&moved, 1, &["no such assignment", NOBODY, "assign list"], &["没有该任务", NOBODY]),
        ("assign move --from nobody --to li", 1, &["--from nobody"], &["--from nobody"]),
        (&closed, 1, &["no such assignment", NOBODY], &["没有该任务", NOBODY]),
        ("assign list --to nobody", 1, &["--to nobody"], &["--to nobody"]),
        ("assign list --area 123", 1, &["no such area"], &["没有该区划"]),
        (
            "review list --form nosuch",
            1,
            &["no such form", "--form nosuch"],
            &["没有该表单", "--form nosuch"],
        ),
        (
            "review send-back xyz --comment persons＝请核对",
            1,
            &["PATH=TEXT", "half-width", "full-width"],
            &["PATH=TEXT", "半角", "全角"],
        ),
    ];
    check(&desk, cases);
    let nothing =
        doorstep(&["assign", "move", "--from", "li", "--to", "zhou", "--data", arg(desk.folder.path())]);
    assert!(nothing.done().out.contains("li has no open work"));
}

#[test]
fn of_printing() {
    let desk = Desk::new();
    let record = format!("print record {NOBODY}");
    let cases: &[Case<'_>] = &[
        (&record, 1, &["no such record", NOBODY, "review list"], &["没有该记录", NOBODY]),
        (
            "print posting --form nosuch --area 999999100000",
            1,
            &["no such form", "--form nosuch"],
            &["没有该表单"],
        ),
        (
            "print posting --form household_register --area 123",
            1,
            &["no such area", "--area 123"],
            &["没有该区划"],
        ),
        (
            "print posting --form sample_check --area 999999100000",
            1,
            &["no class", "identification_case"],
            &["没有可公示的类别"],
        ),
        (
            "print report T99 --compiler a --reviewer b",
            1,
            &["no such report", "T99", "T8a"],
            &["没有该报表", "T99"],
        ),
        ("print report T8a --compiler a", 2, &["--reviewer"], &["缺少必需的参数", "--reviewer"]),
    ];
    check(&desk, cases);
}

fn write(folder: &Path, schema: &str) {
    fs::create_dir_all(folder.join("i18n")).expect("folder");
    let manifest = r#"{"id":"small","version":1,"kind":"register","entity":"household","title":{"zh":"小表","en":"Small"}}"#;
    for (name, text) in
        [("form.json", manifest), ("schema.json", schema), ("i18n/en.json", r#"{"a.label":"A"}"#)]
    {
        fs::write(folder.join(name), text).expect("a file");
    }
}

#[test]
fn of_form_packages() {
    let desk = Desk::new();
    let folder = |name: &str| desk.folder.path().join(name);
    let schema = |inner: &str| {
        format!(r#"{{"title":"小表","type":"object","additionalProperties":false,"properties":{{{inner}}}}}"#)
    };
    write(&folder("whole"), &schema(r#""a":{"type":"integer","title":"甲"}"#));
    write(&folder("text"), &schema(r#""a":{"type":"string","title":"甲"}"#));
    write(&folder("colon"), &schema(r#""a":{"type"："integer","title":"甲"}"#));
    write(&folder("cut"), r#"{"title":"小表","type":"object""#);
    write(&folder("sign"), &schema(r#""a":{"type":"integer","title":"甲","x-relevant":"doc.a ＞ 3"}"#));
    write(&folder("name"), &schema(r#""姓名":{"type":"string","title":"姓名"}"#));
    write(&folder("type"), &schema(r#""a":{"type":"strng","title":"甲"}"#));
    let path = |name: &str| arg(&folder(name)).to_owned();
    let line = |words: &str, name: &str| format!("{words} {}", path(name));
    let (whole, text) = (path("whole"), path("text"));
    let lines = [
        line("form check", "nowhere"),
        line("form check", "colon"),
        line("form check", "cut"),
        line("form check", "sign"),
        line("form check", "name"),
        line("form check", "type"),
        format!("form diff sample_check@9 {whole}"),
        format!("form diff sample_check {whole}"),
        format!("form diff sample_check@1 {whole}"),
        "form close nosuch 1".to_owned(),
        "form close sample_check one".to_owned(),
        format!("form new 小表 --out {}", path("new")),
    ];
    let said: [(i32, &[&str], &[&str]); 12] = [
        (1, &["does not exist", "nowhere", "Check the path"], &["不存在", "nowhere", "检查路径"]),
        (
            1,
            &["1 fault;", "column 85", "'：' stands there (full-width; write ':')"],
            &["第 85 列", "全角字符，请写 ':'"],
        ),
        (1, &["the file ends too early"], &["文件不完整"]),
        (1, &["'＞' (full-width; write '>')"], &["'＞'（全角字符，请写 '>'）"]),
        (1, &["lower-case letters", "title"], &["小写字母", "title"]),
        (1, &["one of", "\"string\""], &["此处应为", "\"string\""]),
        (1, &["Version 9 of sample_check is not published", "form list"], &["第 9 版未发布", "form list"]),
        (1, &["household_register@1"], &["household_register@1"]),
        (1, &["two forms", "sample_check and small"], &["两个表单"]),
        (1, &["nosuch", "form list"], &["nosuch", "form list"]),
        (2, &["one"], &["值“one”无效"]),
        (1, &["pension_visit"], &["pension_visit"]),
    ];
    let cases: Vec<Case<'_>> =
        lines.iter().zip(said).map(|(line, (code, en, zh))| (line.as_str(), code, en, zh)).collect();
    check(&desk, &cases);
    for (lang, word) in [("en", "whole number → text"), ("zh", "整数 → 文本")] {
        let ran = doorstep(&["form", "diff", &whole, &text, "--lang", lang]).done();
        assert!(ran.out.contains(word), "{}", ran.out);
    }
}

#[test]
fn of_xlsforms() {
    use rust_xlsxwriter::Workbook;

    let desk = Desk::new();
    let file = |name: &str| desk.folder.path().join(name);
    let book = |name: &str, sheet: &str, rows: &[&[&str]]| {
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        page.set_name(sheet).expect("a name");
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                page.write(row as u32, column as u16, *cell).expect("a cell");
            }
        }
        book.save(file(name)).expect("saved");
    };
    fs::write(file("text.xlsx"), "type,name,label").expect("a file");
    book("other.xlsx", "数据", &[&["户主", "人数"], &["赵一", "3"]]);
    book("head.xlsx", "survey", &[&["name", "label"], &["a", "A"]]);
    book("empty.xlsx", "survey", &[&["type", "name", "label"]]);
    let wide = ["integer", "age", "年龄", "${age} ＞ 18"];
    book(
        "wide.xlsx",
        "survey",
        &[&["type", "name", "label", "relevant"], &["integer", "b", "乙", ""], &wide],
    );
    let path = |name: &str| arg(&file(name)).to_owned();
    let out = path("out");
    let line = |name: &str| format!("import xlsform {} --out {out}", path(name));
    let lines = ["nowhere.xlsx", "text.xlsx", "other.xlsx", "head.xlsx", "empty.xlsx"].map(line);
    let said: [(&[&str], &[&str]); 5] = [
        (&["does not exist", "nowhere.xlsx"], &["不存在", "nowhere.xlsx"]),
        (
            &["error: This is no Excel workbook", "text.xlsx", "Save it as .xlsx"],
            &["不是 Excel 工作簿", "另存为 .xlsx"],
        ),
        (
            &["no sheet named \"survey\"", "数据", "Call the sheet"],
            &["没有名为 survey 的工作表", "数据", "命名为 survey"],
        ),
        (&["no column named \"type\"", "type, name, label"], &["没有名为 type 的列", "首行"]),
        (&["holds no questions", "Nothing was written"], &["没有题目", "未写入"]),
    ];
    let cases: Vec<Case<'_>> =
        lines.iter().zip(said).map(|(line, (en, zh))| (line.as_str(), 1, en, zh)).collect();
    check(&desk, &cases);
    assert!(!file("out").exists(), "nothing was written");
    for (lang, words) in
        [("en", ["full-width", "survey row 3 D"]), ("zh", ["全角，应写半角", "survey 第 3 行 D"])]
    {
        let out = path(&format!("out-{lang}"));
        let ran = doorstep(&["import", "xlsform", &path("wide.xlsx"), "--out", &out, "--lang", lang]).done();
        assert!(words.iter().all(|word| ran.out.contains(word)), "{}", ran.out);
    }
}
