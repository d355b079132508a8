//! Bad input: an error or an entry of the report, in bounded time and memory.
#![allow(clippy::unwrap_used)]

mod common;

use common::{accounted, book, made, options, survey};
use doorstep_xlsform::{Effect, ImportError, import};
use rust_xlsxwriter::{Format, Formula, Workbook};

fn error(bytes: &[u8]) -> ImportError {
    import(bytes, &options()).map(|imported| imported.report).unwrap_err()
}

#[test]
fn what_is_no_form_is_refused_with_both_languages() {
    let cases = [
        error(b"type,name,label\ntext,a,A\n"),
        error(b"PK\x03\x04nothing else"),
        error(&book(&[("data", "a|b"), ("more", "c")])),
        error(&book(&[("survey", "name|label\na|A")])),
        error(&book(&[("survey", "type|name|label")])),
        error(&book(&[("survey", ""), ("choices", "")])),
        error(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]),
    ];
    let kinds: Vec<&str> = cases.iter().map(ImportError::kind).collect();
    assert_eq!(
        kinds,
        [
            "not_excel",
            "workbook_archive",
            "survey_missing",
            "survey_header",
            "survey_empty",
            "survey_empty",
            "workbook_old"
        ]
    );
    for case in &cases {
        let said = case.said();
        assert!(!said.en.is_empty() && said.zh.chars().any(|c| c >= '\u{4e00}'), "{said:?}");
    }
}

#[test]
fn protected_workbooks_are_named_so() {
    // A compound file that holds nothing but an encrypted package.
    assert!(matches!(error(&compound("EncryptedPackage")), ImportError::Password));
    assert!(matches!(error(&compound("Book")), ImportError::OldBook(_)));
    assert!(matches!(error(&compound("Other")), ImportError::NotExcel));
}

/// A compound file of one directory sector: the root and one empty stream.
fn compound(stream: &str) -> Vec<u8> {
    let mut file = vec![0_u8; 3 * 512];
    file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    file[30] = 9;
    file[32] = 6;
    let number =
        |file: &mut Vec<u8>, at: usize, value: u32| file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    number(&mut file, 44, 1);
    number(&mut file, 48, 1);
    for at in [60, 68] {
        number(&mut file, at, 0xFFFF_FFFE);
    }
    (76..512).step_by(4).for_each(|at| number(&mut file, at, 0xFFFF_FFFF));
    number(&mut file, 76, 0);
    (512..1024).step_by(4).for_each(|at| number(&mut file, at, 0xFFFF_FFFF));
    number(&mut file, 512, 0xFFFF_FFFD);
    number(&mut file, 516, 0xFFFF_FFFE);
    for (entry, name) in ["Root Entry", stream].into_iter().enumerate() {
        let at = 1024 + entry * 128;
        for (i, unit) in name.encode_utf16().enumerate() {
            file[at + 2 * i..at + 2 * i + 2].copy_from_slice(&unit.to_le_bytes());
        }
        file[at + 64] = (2 * name.len() + 2) as u8;
        number(&mut file, at + 116, 0xFFFF_FFFE);
    }
    file
}

#[test]
fn torn_workbooks_never_panic() {
    let whole = compound("Workbook");
    for length in (0..whole.len()).step_by(7) {
        let _ = import(&whole[..length], &options());
    }
    for at in (0..whole.len()).step_by(3) {
        for byte in [0, 1, 0x7F, 0xFF] {
            let mut torn = whole.clone();
            torn[at] = byte;
            let _ = import(&torn, &options());
        }
    }
    let xlsx = book(&[("survey", "type|name|label\ntext|a|A")]);
    for at in (0..xlsx.len()).step_by(31) {
        let mut torn = xlsx.clone();
        torn[at] ^= 0xFF;
        let _ = import(&torn, &options());
    }
}

#[test]
fn formulas_and_merged_cells_are_told_of() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("survey").unwrap();
    for (column, text) in ["type", "name", "label"].into_iter().enumerate() {
        sheet.write(0, column as u16, text).unwrap();
    }
    sheet.write(1, 0, "text").unwrap();
    sheet.write(1, 1, "a").unwrap();
    sheet.write_formula(1, 2, Formula::new("\"Na\"&\"me\"").set_result("Name")).unwrap();
    sheet.merge_range(2, 0, 2, 2, "text", &Format::new()).unwrap();
    let made = made(&workbook.save_to_buffer().unwrap());
    assert_eq!(made.question("a")["title"], "Name");
    made.says("survey", 2, Effect::Note, "formula");
    assert!(made.report.entries.iter().any(|entry| entry.reason.en.contains("A3:C3 are merged")));
}

#[test]
fn a_million_rows_are_refused() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("survey").unwrap();
    for row in 0..350_000 {
        for column in 0..3 {
            sheet.write(row, column, 1.0).unwrap();
        }
    }
    assert!(matches!(error(&workbook.save_to_buffer().unwrap()), ImportError::TooManyCells));
}

#[test]
fn more_questions_than_a_package_holds_are_listed_one_by_one() {
    let mut text = "type|name|label|relevant\n".to_owned();
    for i in 0..6_000 {
        text.push_str(&format!("text|q{i}|Question {i}|${{q{}}} = 'x'\n", i / 2));
    }
    let made = survey(&text);
    assert!(made.report.questions > 1_000, "{}", made.report.questions);
    assert!(made.report.cells.lost > 1_000);
    assert!(made.report.entries.iter().any(|entry| entry.effect == Effect::Lost && entry.row == 6_001));
}

#[test]
fn long_lists_many_lists_and_long_texts_still_fit() {
    let mut survey = "type|name|label\nselect_one long|long|Long\nrank long|ranked|Ranked\n".to_owned();
    let mut choices = "list_name|name|label\n".to_owned();
    for list in 0..300 {
        survey.push_str(&format!(
            "select_one l{list}|q{list}|Question\nselect_multiple l{list}|m{list}|Question\n"
        ));
        for choice in 0..30 {
            choices.push_str(&format!("l{list}|c{choice}|Choice {choice}\n"));
        }
    }
    (0..21_000).for_each(|choice| choices.push_str(&format!("long|c{choice}|Choice {choice}\n")));
    survey.push_str(&format!("text|wide|{}\n", "长".repeat(30_000)));
    let made = made(&book(&[("survey", &survey), ("choices", &choices)]));
    assert!(made.form.question("long").is_some(), "{:?}", made.entries("survey", 2));
    assert!(made.report.questions > 300, "{}", made.report.questions);
    made.says("choices", 30_000, Effect::Lost, "at most 20000 choices");
}

#[test]
fn deep_and_wide_nesting_ends() {
    let mut text = "type|name|label\n".to_owned();
    (0..3_000).for_each(|i| text.push_str(&format!("begin group|g{i}|G\n")));
    text.push_str("text|a|A\n");
    survey(&text);
    let repeats = (0..50).map(|i| format!("begin repeat|r{i}|R\n")).collect::<String>();
    survey(&format!("type|name|label\n{repeats}text|a|A\n"));
    let long = "x".repeat(500);
    let groups = (0..9).map(|i| format!("begin group|{long}{i}|G\n")).collect::<String>();
    survey(&format!("type|name|label\n{groups}text|{long}|A\nselect_one {long}|b|B\n"));
}

#[test]
fn expressions_that_grow_or_nest_without_end_are_left_out() {
    let nested = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    let chain = vec!["${a} = 'x'"; 1_500].join(" or ");
    let deep = (0..200).fold("${a}".to_owned(), |inner, _| format!("int({inner})"));
    let mut text = "type|name|label|relevant|calculation\ntext|a|A\n".to_owned();
    for (i, expression) in [nested, chain, deep].iter().enumerate() {
        text.push_str(&format!("text|q{i}|Q|{expression}\ncalculate|c{i}|C||{expression}\n"));
    }
    // Calculations that each read the one below.
    for i in 0..1_000 {
        text.push_str(&format!("calculate|k{i}|K||${{k{}}} + 1\n", i + 1));
    }
    let made = survey(&text);
    accounted(&made.report);
    for row in 3..=8 {
        assert!(made.entries("survey", row).iter().any(|entry| entry.effect == Effect::Lost), "row {row}");
    }
}

#[test]
fn a_circle_of_every_question_ends() {
    let mut text = "type|name|label|relevant\n".to_owned();
    (0..800).for_each(|i| text.push_str(&format!("text|q{i}|Q|${{q{}}} = 'x'\n", i ^ 1)));
    let made = survey(&text);
    assert_eq!(made.report.cells.lost, 400);
}
