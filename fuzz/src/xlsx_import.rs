//! Workbooks. The parts of one as `files` joins them are made an archive whose checksums fit; anything else is taken as the
//! file. It is read as a form (XLSForm) and as a ledger.

use doorstep_xlsform::{Options, import};

use crate::{Seed, csv_import, files, seed, zip};

/// Reads it in every way a workbook is read.
pub fn run(data: &[u8]) {
    let workbook = match data.first() {
        Some(1) => zip::archive(&files::split(data)),
        _ => data.to_vec(),
    };
    let options = Options { name: "fuzz", language: None, files: &|_| Some(b"name,label\na,A\n".to_vec()) };
    if let Ok(imported) = import(&workbook, &options) {
        // What an import gives is judged like any other package: its faults are the person's, a crash is ours.
        drop(doorstep_server::publish::check(imported.files));
    }
    csv_import::ledger(&workbook);
}

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
const RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut list, mut rels, mut parts) = (String::new(), String::new(), Vec::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let id = at + 1;
        list += &format!(r#"<sheet name="{name}" sheetId="{id}" r:id="rId{id}"/>"#);
        rels += &format!(
            r#"<Relationship Id="rId{id}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{id}.xml"/>"#
        );
        let mut data = String::new();
        for (row, cells) in rows.iter().enumerate() {
            data += &format!(r#"<row r="{}">"#, row + 1);
            for (column, cell) in cells.iter().enumerate() {
                let letter = char::from(b'A' + column as u8);
                let cell = cell.replace('&', "&amp;").replace('<', "&lt;");
                data += &format!(r#"<c r="{letter}{}" t="inlineStr"><is><t>{cell}</t></is></c>"#, row + 1);
            }
            data += "</row>";
        }
        let sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>"#);
        parts.push((format!("xl/worksheets/sheet{id}.xml"), sheet));
    }
    parts.push(("[Content_Types].xml".to_owned(), TYPES.to_owned()));
    parts.push(("_rels/.rels".to_owned(), RELS.to_owned()));
    let book = format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>{list}</sheets></workbook>"#);
    parts.push(("xl/workbook.xml".to_owned(), book));
    let rels = format!(r#"<Relationships xmlns="{PACKAGE}">{rels}</Relationships>"#);
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), rels));
    files::join(parts.iter().map(|(name, content)| (name.as_str(), content.as_bytes())))
}

/// Forms and ledgers, as parts and as whole files.
pub fn seeds() -> Vec<Seed> {
    let survey = |rows: &[&[&str]], choices: &[&[&str]]| {
        workbook(&[
            ("survey", rows),
            ("choices", choices),
            ("settings", &[&["form_id", "version"], &["f", "1"]]),
        ])
    };
    let none: &[&[&str]] = &[&["list_name", "name", "label"]];
    let simple: &[&[&str]] = &[
        &["type", "name", "label", "required", "relevant", "constraint", "calculation"],
        &["text", "head", "Head", "yes", "", "", ""],
        &["integer", "n", "Persons", "", "${head} != ''", ". > 0 and . < 20", ""],
        &["calculate", "twice", "", "", "", "", "${n} * 2"],
    ];
    let selects: &[&[&str]] = &[
        &["type", "name", "label", "choice_filter", "appearance"],
        &["select_one c", "one", "One", "", ""],
        &["select_multiple c or_other", "many", "Many", "", "minimal"],
        &["select_one d", "town", "Town", "parent=${one}", ""],
    ];
    let choices: &[&[&str]] = &[
        &["list_name", "name", "label::English (en)", "label::中文 (zh)", "parent"],
        &["c", "a", "A", "甲", ""],
        &["c", "b", "B", "乙", ""],
        &["d", "x", "X", "丙", "a"],
    ];
    let groups: &[&[&str]] = &[
        &["type", "name", "label", "repeat_count"],
        &["begin group", "g", "Group", ""],
        &["begin repeat", "m", "Member", "3"],
        &["date", "born", "Born", ""],
        &["end repeat", "", "", ""],
        &["geopoint", "place", "Place", ""],
        &["end group", "", "", ""],
    ];
    let ledger: Vec<Vec<&str>> = csv_import::LEDGER.lines().map(|line| line.split(',').collect()).collect();
    let ledger: Vec<&[&str]> = ledger.iter().map(Vec::as_slice).collect();
    let parts = survey(simple, none);
    vec![
        seed("file", zip::archive(&files::split(&parts))),
        seed("simple", parts),
        seed("selects", survey(selects, choices)),
        seed("groups", survey(groups, none)),
        seed("ledger", workbook(&[("台账", &ledger)])),
        seed("empty", workbook(&[("survey", &[])])),
    ]
}
