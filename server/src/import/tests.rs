//! Ledgers as counties send them, read for the real register form.

use encoding_rs::GB18030;
use rust_xlsxwriter::Workbook;
use serde_json::json;

use super::*;
use crate::reports::fixtures;

const HEADER: &str = "户编号,行政区划代码,姓名,身份证号,与户主关系,性别,民族,健康状况,劳动力,低保,五保,户属性,主要致贫原因,识别标准,地址,电话";
const HEAD: &str = "1001,99999910020001,赵一,999999197001010017,户主,男,汉,残疾、长期慢性病,弱劳动力,是,否,低保贫困户,因病,国家标准,一组3号,13800000000";
const WIFE: &str = "1001,99999910020001,钱二,999999197202020027,妻子,女,苗族,健康,普通劳动力,是,否,,,,,";
const OTHER: &str = "1002,99999910020001,孙三,,户主,男,汉,,,否,是,五保户,因残致贫,国家标准,,";

fn areas() -> AreaNames {
    let mut areas = AreaNames::default();
    areas.add("999999100000", None, &["青禾镇", "Qinghe Town"]);
    areas.add("999999100200", Some("999999100000"), &["东村"]);
    areas.add("99999910020001", Some("999999100200"), &["上寨"]);
    areas.add("999999100201", Some("999999100000"), &["西村"]);
    areas.add("99999910020101", Some("999999100201"), &["上寨"]);
    areas
}

fn read(bytes: &[u8]) -> Ledger {
    read_ledger(bytes, &fixtures::form("household_register"), &areas()).unwrap()
}

fn csv(lines: &[&str]) -> String {
    let mut text = lines.join("\r\n");
    text.push_str("\r\n");
    text
}

/// Row, column and English reason of each fault.
fn faults(faults: &[RowFault]) -> Vec<(usize, &str, &str)> {
    faults.iter().map(|f| (f.row, f.column.as_str(), f.reason.en.as_str())).collect()
}

#[test]
fn persons_become_households() {
    let ledger = read(csv(&[HEADER, HEAD, OTHER, WIFE]).as_bytes());
    assert_eq!(faults(&ledger.faults), []);
    assert_eq!((ledger.rows, ledger.households.len()), (3, 2));
    let household = &ledger.households[0];
    assert_eq!((household.number.as_str(), household.area.as_str()), ("1001", "99999910020001"));
    assert_eq!(household.answers["household_attribute"], "dibao_poor");
    assert_eq!(household.answers["cause_main"], "illness");
    assert_eq!(household.answers["identification_standard"], "national");
    let [head, wife] = household.members.as_slice() else { panic!("two members") };
    let expected = json!({
        "name": "赵一", "id_no": "999999197001010017", "id_kind": "id_card", "relation": "head", "sex": "male",
        "ethnicity": "01", "health/disabled": true, "health/chronic": true, "labour": "weak",
        "dibao": true, "tekun": false,
    });
    assert_eq!(json!(head.answers), expected);
    assert_eq!((wife.row, wife.text("relation")), (4, "spouse"));
    assert_eq!(ledger.households[1].answers["cause_main"], "disability");
    // The second ID number is a good one, the first household's too; 孙三 has none.
    assert_eq!(faults(&ledger.warnings), []);
}

#[test]
fn every_encoding_and_file_kind_reads_alike() {
    let text = csv(&[HEADER, HEAD, WIFE, OTHER]);
    let plain = read(text.as_bytes());
    let bom = read(&[b"\xEF\xBB\xBF", text.as_bytes()].concat());
    let gb = read(&GB18030.encode(&text).0);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in text.lines().enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            sheet.write(row as u32, column as u16, cell).unwrap();
        }
    }
    let xlsx = read(&book.save_to_buffer().unwrap());
    for other in [&bom, &gb, &xlsx] {
        assert_eq!(other.households, plain.households);
    }
}

#[test]
fn a_title_above_the_header_other_orders_and_unknown_columns_are_fine() {
    let ledger = read(
        csv(&[
            "青禾镇贫困户台账,,,",
            "姓 名*,乡镇,行政村,自然村,户主姓名,户号,鞋码",
            "赵一,青禾镇,西村,上寨,赵一,7,42",
        ])
        .as_bytes(),
    );
    assert_eq!(faults(&ledger.faults), []);
    assert_eq!(ledger.households[0].area, "99999910020101");
    assert_eq!(ledger.households[0].members[0].text("relation"), "head");
    assert_eq!(
        (ledger.households[0].row, ledger.ignored_columns.as_slice()),
        (3, &["G 鞋码".to_owned()][..])
    );
}

#[test]
fn each_bad_row_is_named_and_good_households_stay() {
    let ledger = read(
        csv(&[
            HEADER,
            HEAD,
            "1002,999999999999,孙三,,户主,男,汉,,,否,是,,,,,",
            ",99999910020001,李四,,户主,男,汉,,,,,,,,,",
            "1003,99999910020001,,,户主,男,火星,健康,,也许,,,,,,",
            "1001,99999910020001,赵一,999999197001010017,户主,男,汉,,,,,,,,,",
            "1004,99999910020001,周五,9.99999E+17,户主,男,汉,,,,,,,,,",
            "1005,99999910020001,吴六,,户主,男,汉,,,,,一般贫困户,,,,",
            "1005,99999910020001,郑七,,配偶,女,汉,,,,,五保户,,,,",
            "1006,99999910020001,王八,,户主,男,汉,,,,,,,,,",
            "合计,,6,,,,,,,,,,,,,",
        ])
        .as_bytes(),
    );
    let expected = [
        (3, "B 行政区划代码", "there is no area \"999999999999\", or several"),
        (4, "A 户编号", "the household number is missing"),
        (5, "G 民族", "\"火星\" is not one of the options"),
        (5, "J 低保", "\"也许\" is not yes or no"),
        (5, "C 姓名", "the name is missing"),
        (6, "", "the same person as in row 2"),
        (
            7,
            "D 身份证号",
            "the spreadsheet changed this number (9.99999E+17); format the column as text and enter it again",
        ),
        (9, "L 户属性", "differs from \"general_poor\" in row 8 of the same household"),
    ];
    assert_eq!(faults(&ledger.faults), expected);
    let good: Vec<_> = ledger.households.iter().map(|household| household.number.as_str()).collect();
    assert_eq!(good, ["1006"]);
    assert_eq!(
        ledger.rejected.iter().map(String::as_str).collect::<Vec<_>>(),
        ["1001", "1002", "1003", "1004", "1005"]
    );
    assert!(ledger.faults.iter().all(|fault| !fault.reason.zh.is_ascii()));
}

#[test]
fn a_number_cell_that_excel_shortened_names_row_and_column() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in ["户编号", "行政区划代码", "姓名", "身份证号", "与户主关系"].iter().enumerate()
    {
        sheet.write(0, column as u16, *heading).unwrap();
    }
    sheet.write(1, 0, 1001.0).unwrap();
    sheet.write(1, 1, "99999910020001").unwrap();
    sheet.write(1, 2, "赵一").unwrap();
    sheet.write(1, 3, 999_999_197_001_010_017.0).unwrap();
    sheet.write(1, 4, "户主").unwrap();
    let ledger = read(&book.save_to_buffer().unwrap());
    let [fault] = ledger.faults.as_slice() else { panic!("one fault") };
    assert_eq!((fault.row, fault.column.as_str(), fault.household.as_str()), (2, "D 身份证号", "1001"));
    assert!(fault.reason.en.contains("format the column as text"));
}

#[test]
fn doubtful_numbers_are_warnings_and_stay_as_written() {
    let ledger = read(
        csv(&[
            "户编号,行政区划代码,姓名,身份证号,与户主关系",
            "1,99999910020001,赵一,99999919950303003x,户主",
            "1,99999910020001,钱二,999999197001010018,配偶",
            "2,99999910020001,孙三,999999197001010018,户主",
        ])
        .as_bytes(),
    );
    assert_eq!(ledger.households.len(), 2);
    assert_eq!(ledger.households[0].members[0].text("id_no"), "99999919950303003X");
    let warnings: Vec<_> = ledger.warnings.iter().map(|w| (w.row, w.reason.en.as_str())).collect();
    let check = "the check digit of the number does not fit";
    assert_eq!(warnings, [(2, check), (3, check), (4, check), (4, "the same id number as in row 3")]);
}

#[test]
fn a_ledger_without_what_it_needs_is_refused_as_a_whole() {
    let form = fixtures::form("household_register");
    let error = |lines: &[&str]| read_ledger(csv(lines).as_bytes(), &form, &areas()).unwrap_err();
    assert!(matches!(error(&["a,b", "1,2"]), FileError::NoHeader));
    assert!(matches!(error(&[]), FileError::NoHeader));
    assert!(matches!(error(&["户编号,姓名,关系", "1,a,户主"]), FileError::MissingColumn(_)));
    assert!(matches!(error(&["户编号,姓名,area", "1,a,1"]), FileError::MissingColumn(_)));
    assert!(matches!(
        error(&["户编号,姓名,关系,村,与户主关系", "1,a,户主,x,户主"]),
        FileError::SameColumn { .. }
    ));
}

#[test]
fn what_the_ledger_says_is_valid_under_the_form() {
    // Every value that was read is one the form knows: nothing but what the ledger does not carry is missing.
    let form = fixtures::form("household_register");
    let ledger = read(csv(&[HEADER, HEAD, WIFE]).as_bytes());
    let mut answers = doorstep_forms::Answers::new();
    answers.insert("_date".into(), json!("2015-07-01"));
    for (path, value) in
        [("form_mode", "new_register"), ("event_date", "2015-07-01"), ("visit_mode", "office_records")]
    {
        answers.insert(path.into(), json!(value));
    }
    answers.extend(ledger.households[0].answers.clone());
    for (row, member) in
        ["0AAAAAAAAAAAAAAAAAAAAAAAAA", "0BBBBBBBBBBBBBBBBBBBBBBBBB"].iter().zip(&ledger.households[0].members)
    {
        answers.extend(
            member.answers.iter().map(|(path, value)| (format!("members/{row}/{path}"), value.clone())),
        );
    }
    let context = doorstep_forms::Context { mode: doorstep_forms::Mode::Full, previous: None };
    let outcome = form.evaluate(&answers, &context);
    let errors: Vec<_> =
        outcome.violations.iter().filter(|v| v.severity == doorstep_forms::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
}
