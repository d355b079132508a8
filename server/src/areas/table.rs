//! Reads a table of areas from CSV, naming every fault by line and column.
//!
//! Columns: `code`, `parent`, `level`, `name_zh` (or `name`), and optionally `name_en`, `valid_from`, `valid_to`; any
//! order, other columns are faults so that a misspelt one is not silently lost. UTF-8 with or without BOM, or GB18030.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::limits::AREA_CODE_BYTES;

use crate::language::Said;

/// Rows in one file: all areas of a large province fit.
pub const ROWS_MAX: usize = 1_000_000;
/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 200;
/// Faults listed before the reader gives up.
pub const FAULTS_MAX: usize = 1_000;
/// Steps from a root to a leaf.
pub const DEPTH_MAX: usize = 16;

/// One area as a file tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaLine {
    /// Line of the file, the header being line 1.
    pub line: u64,
    /// Code: letters, digits and `_`.
    pub code: String,
    /// Code of the parent; none for a root.
    pub parent: Option<String>,
    /// Level: `province`, `city`, `county`, `town`, `village`, `natural_village`, `group`...
    pub level: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name; the Chinese one when the file has none.
    pub name_en: String,
    /// First day it exists, ISO 8601.
    pub valid_from: Option<String>,
    /// Last day it exists, ISO 8601.
    pub valid_to: Option<String>,
}

/// One wrong place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFault {
    /// Line of the file, the header being line 1; 0 for the file as a whole.
    pub line: u64,
    /// Column by its heading; empty for the line as a whole.
    pub column: String,
    /// What is wrong and what to do.
    pub said: Said,
}

/// What the file must fit to: the parent of an area that exists already. `None` when there is no such area,
/// `Some(None)` for a root.
pub type ParentOf<'a> = dyn Fn(&str) -> Option<Option<String>> + 'a;

/// Reads a file; parents may stand in the file, in any order, or exist already (`known`).
/// The areas come out parents first. All faults at once (up to [`FAULTS_MAX`]), or none.
pub fn read_areas(bytes: &[u8], known: &ParentOf<'_>) -> Result<Vec<AreaLine>, Vec<TableFault>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(vec![whole("The file is larger than 64 MiB.", "文件超过 64 MiB。")]);
    }
    let text = decode(bytes).ok_or_else(|| {
        vec![whole(
            "The file is neither UTF-8 nor GB18030 text. Save it as \"CSV UTF-8\".",
            "文件既不是 UTF-8 也不是 GB18030 文本，请另存为“CSV UTF-8”。",
        )]
    })?;
    let mut faults = Faults(Vec::new());
    let lines = read_lines(&text, &mut faults);
    let ordered = order(lines, known, &mut faults);
    if faults.0.is_empty() { Ok(ordered) } else { Err(faults.0) }
}

struct Faults(Vec<TableFault>);

impl Faults {
    fn add(&mut self, line: u64, column: &str, en: impl Into<String>, zh: impl Into<String>) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(TableFault { line, column: column.to_owned(), said: Said::new(en, zh) });
        }
    }
}

fn whole(en: &str, zh: &str) -> TableFault {
    TableFault { line: 0, column: String::new(), said: Said::new(en, zh) }
}

fn decode(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    encoding_rs::GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(|text| text.into_owned())
}

/// Where the columns stand.
struct Columns(BTreeMap<&'static str, usize>);

const COLUMNS: [&str; 7] = ["code", "parent", "level", "name_zh", "name_en", "valid_from", "valid_to"];
const OWED: [&str; 4] = ["code", "parent", "level", "name_zh"];

impl Columns {
    fn find(header: &csv::StringRecord, faults: &mut Faults) -> Columns {
        let mut places = BTreeMap::new();
        for (place, heading) in header.iter().enumerate() {
            let heading = heading.trim().to_lowercase();
            let heading = if heading == "name" { "name_zh" } else { &heading };
            match COLUMNS.iter().find(|column| **column == heading) {
                Some(column) if places.insert(*column, place).is_none() => {}
                Some(column) => faults.add(1, column, "The column stands twice.", "该列重复出现。"),
                None => faults.add(
                    1,
                    heading,
                    format!("Unknown column. Known: {}.", COLUMNS.join(", ")),
                    format!("未知的列，可用的列：{}。", COLUMNS.join("、")),
                ),
            }
        }
        for column in OWED.iter().filter(|column| !places.contains_key(**column)) {
            faults.add(1, column, "The column is missing.", "缺少该列。");
        }
        Columns(places)
    }

    fn cell<'a>(&self, record: &'a csv::StringRecord, column: &str) -> &'a str {
        self.0.get(column).and_then(|place| record.get(*place)).unwrap_or_default().trim()
    }
}

fn read_lines(text: &str, faults: &mut Faults) -> Vec<AreaLine> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) if !header.is_empty() => header.clone(),
        _ => {
            faults.0.push(whole("The file is empty.", "文件为空。"));
            return Vec::new();
        }
    };
    let columns = Columns::find(&header, faults);
    if !faults.0.is_empty() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.add(line, "", "The line cannot be read as CSV.", "该行无法按 CSV 读取。");
                continue;
            }
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        if lines.len() >= ROWS_MAX {
            faults.add(line, "", "More than 1,000,000 rows. Split the file.", "超过 100 万行，请拆分文件。");
            break;
        }
        if let Some(area) = read_line(line, &record, header.len(), &columns, faults) {
            lines.push(area);
        }
    }
    lines
}

fn read_line(
    line: u64,
    record: &csv::StringRecord,
    width: usize,
    columns: &Columns,
    faults: &mut Faults,
) -> Option<AreaLine> {
    let before = faults.0.len();
    if record.len() != width {
        faults.add(
            line,
            "",
            format!("{} cells instead of {width}.", record.len()),
            format!("有 {} 个单元格，应为 {width} 个。", record.len()),
        );
        return None;
    }
    let cell = |column: &str| columns.cell(record, column).to_owned();
    let code = cell("code");
    check_code(line, "code", &code, faults);
    let parent = Some(cell("parent")).filter(|parent| !parent.is_empty());
    if let Some(parent) = &parent {
        check_code(line, "parent", parent, faults);
    }
    let level = cell("level");
    let level_is_word = level.starts_with(|c: char| c.is_ascii_lowercase())
        && level.len() <= 32
        && level.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !level_is_word {
        faults.add(
            line,
            "level",
            "A level is a word such as province, city, county, town, village, natural_village or group.",
            "层级应为 province、city、county、town、village、natural_village、group 等小写单词。",
        );
    }
    let name_zh = cell("name_zh");
    let name_en = Some(cell("name_en")).filter(|name| !name.is_empty()).unwrap_or_else(|| name_zh.clone());
    check_name(line, "name_zh", &name_zh, faults);
    check_name(line, "name_en", &name_en, faults);
    let valid_from = day(line, "valid_from", cell("valid_from"), faults);
    let valid_to = day(line, "valid_to", cell("valid_to"), faults);
    if let (Some(from), Some(to)) = (&valid_from, &valid_to)
        && from > to
    {
        faults.add(line, "valid_to", "Ends before it begins.", "截止日期早于起始日期。");
    }
    (faults.0.len() == before).then_some(AreaLine {
        line,
        code,
        parent,
        level,
        name_zh,
        name_en,
        valid_from,
        valid_to,
    })
}

fn check_code(line: u64, column: &str, code: &str, faults: &mut Faults) {
    let legal = (1..=AREA_CODE_BYTES).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !legal {
        faults.add(
            line,
            column,
            format!("`{}` is not a code: 1 to 64 letters, digits or `_`.", shorten(code)),
            format!("“{}”不是有效代码：应为 1 至 64 个字母、数字或下划线。", shorten(code)),
        );
    }
}

fn check_name(line: u64, column: &str, name: &str, faults: &mut Faults) {
    if name.is_empty() {
        faults.add(line, column, "The name is missing.", "缺少名称。");
    } else if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        faults.add(
            line,
            column,
            "A name has at most 200 characters and no control characters.",
            "名称最多 200 个字符，且不得含控制字符。",
        );
    }
}

fn day(line: u64, column: &str, text: String, faults: &mut Faults) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() {
        return Some(text);
    }
    faults.add(
        line,
        column,
        format!("`{}` is not a date such as 2015-01-01.", shorten(&text)),
        format!("“{}”不是日期，应如 2015-01-01。", shorten(&text)),
    );
    None
}

fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Parents before children; duplicates, unknown parents, moved areas and circles are faults.
fn order(lines: Vec<AreaLine>, known: &ParentOf<'_>, faults: &mut Faults) -> Vec<AreaLine> {
    let mut first: BTreeMap<&str, &AreaLine> = BTreeMap::new();
    for area in &lines {
        if let Some(other) = first.get(area.code.as_str()) {
            faults.add(
                area.line,
                "code",
                format!("`{}` stands in line {} already.", area.code, other.line),
                format!("代码“{}”已在第 {} 行出现。", area.code, other.line),
            );
        } else {
            first.insert(&area.code, area);
        }
        if known(&area.code).is_some_and(|parent| parent != area.parent) {
            faults.add(
                area.line,
                "parent",
                format!("`{}` exists under another parent. Give the new place a new code.", area.code),
                format!("代码“{}”已属于其他上级，请为新的区划使用新代码。", area.code),
            );
        }
    }
    let mut ordered = Vec::new();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    for area in &lines {
        let mut chain = Vec::new();
        let mut next = Some(area);
        while let Some(area) = next {
            if placed.contains(area.code.as_str()) || chain.len() > DEPTH_MAX {
                break;
            }
            chain.push(area);
            next = match &area.parent {
                None => None,
                Some(parent) => match first.get(parent.as_str()) {
                    Some(above) => Some(above),
                    None => {
                        if known(parent).is_none() {
                            faults.add(
                                area.line,
                                "parent",
                                format!("No area has the code `{parent}`, neither in this file nor before."),
                                format!("代码“{parent}”不存在：文件中和已导入的区划中均没有。"),
                            );
                        }
                        None
                    }
                },
            };
        }
        if chain.len() > DEPTH_MAX {
            faults.add(
                area.line,
                "parent",
                "Going from parent to parent does not end within 16 steps.",
                "逐级向上超过 16 级，可能存在循环。",
            );
            continue;
        }
        for area in chain.into_iter().rev() {
            placed.insert(&area.code);
            ordered.push(area.clone());
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "code,parent,level,name_zh,name_en,valid_from,valid_to\n";

    fn read(text: &str) -> Result<Vec<AreaLine>, Vec<TableFault>> {
        read_areas(text.as_bytes(), &|code| (code == "old").then(|| Some("top".to_owned())))
    }

    fn faults(text: &str) -> Vec<(u64, String)> {
        read(text).unwrap_err().into_iter().map(|fault| (fault.line, fault.column)).collect()
    }

    #[test]
    fn children_may_stand_before_their_parents() {
        let text = format!(
            "{HEAD}9911,99,town,青禾镇,Qinghe,2015-01-01,\n99,,county,示例县,,,\nx,old,village,旧村,,,\n"
        );
        let areas = read(&text).unwrap();
        let codes: Vec<&str> = areas.iter().map(|area| area.code.as_str()).collect();
        assert_eq!(codes, ["99", "9911", "x"]);
        assert_eq!(areas[0].name_en, "示例县");
        assert_eq!(areas[1].valid_from.as_deref(), Some("2015-01-01"));
    }

    #[test]
    fn gb18030_and_bom_are_read() {
        let text = format!("{HEAD}99,,county,示例县,,,\n");
        let (gb, _, _) = encoding_rs::GB18030.encode(&text);
        assert_eq!(read_areas(&gb, &|_| None).unwrap()[0].name_zh, "示例县");
        assert_eq!(read(&format!("\u{feff}{text}")).unwrap()[0].name_zh, "示例县");
        assert_eq!(read_areas(b"code\xff\xff\xff", &|_| None).unwrap_err()[0].line, 0);
    }

    #[test]
    fn every_fault_is_named_by_line_and_column() {
        let text = format!(
            "{HEAD}99,,county,县,,,\n99,,county,县,,,\n12-3,99,town,镇,,,\n1,nowhere,town,镇,,,\n2,99,Town!,,,,\n\
             3,99,town,镇,,2015-02-30,\n4,99,town,镇,,2015-02-03,2014-01-01\n5,99,town\nold,99,town,镇,,,\n"
        );
        let at = |line, column: &str| (line, column.to_owned());
        assert_eq!(
            faults(&text),
            [
                at(4, "code"),
                at(6, "level"),
                at(6, "name_zh"),
                at(6, "name_en"),
                at(7, "valid_from"),
                at(8, "valid_to"),
                at(9, ""),
                at(3, "code"),
                at(10, "parent"),
                at(5, "parent"),
            ]
        );
    }

    #[test]
    fn circles_missing_columns_and_empty_files_are_faults() {
        assert!(
            faults(&format!("{HEAD}a,b,town,甲,,,\nb,a,town,乙,,,\n")).contains(&(2, "parent".to_owned()))
        );
        assert_eq!(
            faults("code,parent,level,colour\n"),
            [(1, "colour".to_owned()), (1, "name_zh".to_owned())]
        );
        assert_eq!(faults(""), [(0, String::new())]);
        assert_eq!(read(HEAD).unwrap(), []);
    }
}
