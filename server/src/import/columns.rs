//! The headings of county ledgers, and which question each one answers.
//!
//! Any question of the form is found by its own title or path; the table here only adds the other names that
//! ledgers use. Nothing but headings: words in cells are in `words`.

use std::collections::BTreeMap;

use doorstep_forms::{Form, Kind};

use super::fault::FileError;
use super::limits;
use super::sheet::{Row, column_letter};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The household's number: rows with the same number are one household.
    HouseholdNo,
    /// Code of the area.
    AreaCode,
    /// Name of the area at a level, counted from the largest.
    AreaName(usize),
    /// Name of the head, to find the head among the members.
    HeadName,
    /// An answer of the household.
    Household(String),
    /// An answer of the person, relative to the member's row.
    Person(String),
}

/// A column of the ledger that is used.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) index: usize,
    /// `D 身份证号`.
    pub(super) title: String,
    pub(super) target: Target,
}

const HOUSEHOLD_NO: &[&str] =
    &["户编号", "户号", "户编码", "农户编号", "家庭编号", "household_no", "household number"];
const AREA_CODE: &[&str] = &[
    "行政区划代码",
    "区划代码",
    "行政区划编码",
    "村组代码",
    "area",
    "area_code",
    "area code",
    "division code",
];
const HEAD_NAME: &[&str] = &["户主", "户主姓名", "head", "head name"];
/// From the largest to the smallest.
const AREA_NAMES: &[&[&str]] = &[
    &["乡镇", "乡", "镇", "乡（镇）", "township", "town"],
    &["行政村", "村", "村（社区）", "村/社区", "village"],
    &["自然村", "natural village"],
    &["村民小组", "村组", "组", "小组", "组别", "group"],
];

const HOUSEHOLD: &[(&str, &[&str])] = &[
    ("household_attribute", &["户属性", "贫困户属性", "农户属性", "属性"]),
    ("cause_main", &["主要致贫原因", "致贫原因", "主致贫原因"]),
    ("causes_other", &["其他致贫原因", "其它致贫原因", "次要致贫原因"]),
    ("identification_standard", &["识别标准", "贫困户识别标准"]),
    ("register_status", &["台账状态", "建档立卡状态", "脱贫状态", "脱贫属性"]),
    ("poor", &["是否贫困户", "贫困户"]),
    ("address", &["地址", "家庭住址", "住址", "家庭地址"]),
    ("phone", &["电话", "联系电话", "手机", "手机号", "手机号码", "电话号码"]),
    ("bank_account", &["银行账号", "银行卡号", "一卡通账号", "一折通账号", "账号"]),
    ("cultivated_mu", &["耕地面积", "耕地面积（亩）", "耕地"]),
    ("irrigated_mu", &["有效灌溉面积", "有效灌溉面积（亩）"]),
    ("forest_mu", &["林地面积", "林地面积（亩）", "林地"]),
    ("orchard_mu", &["林果面积", "林果面积（亩）"]),
    ("house_grade", &["住房安全等级", "危房等级", "房屋等级"]),
    ("house_m2", &["住房面积", "住房面积（平方米）"]),
    ("water_difficulty", &["饮水困难", "是否饮水困难"]),
    ("tap_water", &["通自来水", "是否通自来水"]),
    ("road_access", &["入户道路", "入户路类型", "入户路情况"]),
    ("remark", &["备注"]),
];

const PERSON: &[(&str, &[&str])] = &[
    ("name", &["姓名", "成员姓名", "家庭成员姓名", "家庭成员", "name"]),
    (
        "id_no",
        &[
            "身份证号",
            "身份证号码",
            "身份证",
            "证件号码",
            "证件号",
            "公民身份号码",
            "id_no",
            "id number",
            "id",
        ],
    ),
    ("id_kind", &["证件类型", "证件种类"]),
    ("relation", &["与户主关系", "关系", "家庭关系", "relation"]),
    ("sex", &["性别", "sex"]),
    ("birth_date", &["出生日期", "出生年月日", "出生年月", "birth date"]),
    ("ethnicity", &["民族", "ethnicity"]),
    ("political", &["政治面貌"]),
    ("education", &["文化程度", "学历"]),
    ("student_state", &["在校生状况", "在校情况", "在校生情况"]),
    ("health", &["健康状况", "身体状况", "health"]),
    ("labour", &["劳动力", "劳动能力", "劳动技能", "劳动力状况", "labour"]),
    ("dibao", &["低保", "是否低保", "享受低保", "是否享受低保", "dibao"]),
    ("tekun", &["五保", "是否五保", "特困", "是否特困供养", "特困供养", "特困供养人员", "tekun"]),
    ("medical_insurance", &["医疗保险", "参加医疗保险", "是否参加新农合", "新农合"]),
    ("pension", &["养老保险", "新农保"]),
    ("work_place_kind", &["务工地点", "务工区域"]),
    ("work_months", &["务工月数", "务工时间", "务工时间（月）"]),
    ("months_resident", &["在家居住月数", "居住月数"]),
    ("veteran", &["退役军人", "是否退役军人"]),
];

/// The roster of persons in the register form.
pub(super) const PERSONS: &str = "members";

/// Headings that compare as equal: without spaces, marks of obligation, and the difference of bracket widths.
fn plain(heading: &str) -> String {
    let kept = heading.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '＊' | '\u{3000}'));
    let widths = kept.map(|c| match c {
        '(' => '（',
        ')' => '）',
        c => c,
    });
    widths.collect::<String>().to_lowercase()
}

/// Every heading known for this form.
fn known(form: &Form) -> BTreeMap<String, Target> {
    let mut known = BTreeMap::new();
    // Titles and paths of the form come first; the table of other names overrules them.
    for question in form.questions() {
        if question.key() == PERSONS {
            for question in form.children(question) {
                add_question(&mut known, question, Target::Person);
            }
        } else {
            add_question(&mut known, question, Target::Household);
        }
    }
    let mut add = |names: &[&str], target: &Target| {
        known.extend(names.iter().map(|name| (plain(name), target.clone())));
    };
    let asked = |path: &str| form.question(path).is_some_and(|question| !question.is_calculated());
    for (path, names) in HOUSEHOLD.iter().filter(|(path, _)| asked(path)) {
        add(names, &Target::Household((*path).to_owned()));
    }
    for (path, names) in PERSON.iter().filter(|(path, _)| asked(&format!("{PERSONS}/*/{path}"))) {
        add(names, &Target::Person((*path).to_owned()));
    }
    add(HOUSEHOLD_NO, &Target::HouseholdNo);
    add(AREA_CODE, &Target::AreaCode);
    add(HEAD_NAME, &Target::HeadName);
    for (level, names) in AREA_NAMES.iter().enumerate() {
        add(names, &Target::AreaName(level));
    }
    known
}

fn add_question(
    known: &mut BTreeMap<String, Target>,
    question: &doorstep_forms::Question,
    target: impl Fn(String) -> Target,
) {
    let container = question.kind().is_container() && question.kind() != Kind::SelectMany;
    if container || question.kind().is_compound() || question.is_calculated() {
        return;
    }
    for name in [question.key(), question.title("zh"), question.title("en")] {
        known.entry(plain(name)).or_insert_with(|| target(question.key().to_owned()));
    }
}

/// The header line and what follows it.
pub(super) struct Header {
    /// Position of the header among the rows.
    pub(super) position: usize,
    pub(super) columns: Vec<Column>,
    /// Headings that mean nothing to the form.
    pub(super) ignored: Vec<String>,
}

impl Header {
    pub(super) fn find(rows: &[Row], form: &Form) -> Result<Header, FileError> {
        let known = known(form);
        let first = rows.iter().take(limits::TITLE_ROWS).position(|row| {
            let has = |wanted: &Target| {
                row.cells
                    .iter()
                    .any(|cell| heading(cell).and_then(|name| known.get(&plain(name))) == Some(wanted))
            };
            has(&Target::HouseholdNo) && has(&Target::Person("name".into()))
        });
        let position = first.ok_or(FileError::NoHeader)?;
        let mut header = Header { position, columns: Vec::new(), ignored: Vec::new() };
        for (index, cell) in rows[position].cells.iter().enumerate() {
            let Some(name) = heading(cell) else { continue };
            let title = format!("{} {name}", column_letter(index));
            match known.get(&plain(name)) {
                Some(target) => header.add(Column { index, title, target: target.clone() })?,
                None => header.ignored.push(title),
            }
        }
        let has = |found: &dyn Fn(&Target) -> bool| header.columns.iter().any(|column| found(&column.target));
        if !has(&|target| matches!(target, Target::AreaCode | Target::AreaName(_))) {
            return Err(FileError::MissingColumn("行政区划代码 (area code)"));
        }
        if !has(&|target| *target == Target::HeadName || *target == Target::Person("relation".into())) {
            return Err(FileError::MissingColumn("与户主关系 (relation)"));
        }
        Ok(header)
    }

    fn add(&mut self, column: Column) -> Result<(), FileError> {
        match self.columns.iter().find(|other| other.target == column.target) {
            Some(other) => {
                Err(FileError::SameColumn { first: other.title.clone(), second: column.title.clone() })
            }
            None => {
                self.columns.push(column);
                Ok(())
            }
        }
    }
}

fn heading(cell: &super::sheet::Cell) -> Option<&str> {
    match cell {
        super::sheet::Cell::Text(text) => Some(text),
        _ => None,
    }
}
