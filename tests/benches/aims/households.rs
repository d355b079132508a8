//! Synthetic households: every question of the register that an ordinary household answers.
//!
//! Names are put together by chance; ID numbers lie in the unassigned area 999999.

use doorstep_records::{Key, RowId, Value};
use serde_json::{Value as Json, json};

use crate::chance::Chance;

/// A path and its answer.
pub(crate) type Answer = (String, Json);

/// The day of the visits, milliseconds since 1970 UTC (2015-07-05).
pub(crate) const VISIT_MS: i64 = 1_436_061_600_000;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗",
];
const GIVEN: &[&str] = &[
    "文", "明", "世", "国", "兴", "家", "永", "天", "大", "春", "秀", "玉", "桂", "小", "新", "光", "华",
    "平", "成", "贵",
];
const RELATIONS: &[&str] = &[
    "head",
    "spouse",
    "son",
    "daughter",
    "mother",
    "father",
    "grandson",
    "granddaughter",
    "sibling",
    "sibling",
];
/// Weights of GB 11643-1999, first seventeen digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// How many members the `number`-th household has: 4.3 on average, as in the town of the demo.
pub(crate) fn members_of(number: usize) -> usize {
    [3, 5, 4, 2, 6, 4, 5, 3, 7, 4][number % 10]
}

/// The answers of the `number`-th household with so many members: about 45 about the household, 12 about each member.
pub(crate) fn household(number: usize, members: usize) -> Vec<Answer> {
    let mut chance = Chance::new(number as u64);
    let mut answers = about_household(number, &mut chance);
    let surname = chance.pick(SURNAMES);
    let mut head = String::new();
    for place in 0..members {
        let row = row(place as i64, &mut chance);
        if place == 0 {
            head = row.clone();
        }
        answers.extend(member(number, place, &row, surname, &mut chance));
    }
    answers.push(answer("respondent_member_id", head.as_str()));
    answers.extend(year(&head, &mut chance));
    answers
}

fn about_household(number: usize, chance: &mut Chance) -> Vec<Answer> {
    let number_in_group = number % 97 + 1;
    let causes = ["illness", "disability", "schooling", "no_skill", "no_labour", "no_capital", "transport"];
    let mut answers = vec![
        answer("_form", "household_register"),
        answer("_date", "2015-07-05"),
        answer("form_mode", "new_register"),
        answer("event_date", "2015-07-05"),
        answer("visit_mode", "face_to_face"),
        answer("visit_outcome", "completed"),
        answer("informant", "head"),
        answer("unit_kind", "village"),
        answer("address", format!("{}村{number_in_group}号", chance.pick(&["大湾", "松岭", "河口", "石桥"]))),
        answer("phone", format!("139{:08}", chance.below(100_000_000))),
        answer("poor", true),
        answer("identification_standard", chance.pick(&["national", "provincial"])),
        answer("household_attribute", chance.pick(&["general_poor", "dibao_poor"])),
        answer("is_big_breeder", false),
        answer("coop_member", chance.yes(30)),
        answer("willing", true),
        answer("wished_project", chance.pick(&["养羊", "养猪", "种植核桃", "外出务工"])),
        answer("cause_main", chance.pick(&causes)),
        answer("house_grade", chance.pick(&["A", "B", "C", "D"])),
        answer("house_m2", (40 + chance.below(120)).to_string()),
        answer("structure", chance.pick(&["brick_concrete", "brick_wood", "earth_wood"])),
        answer("built_year", json!(1970 + chance.below(45))),
        answer("cultivated_mu", format!("{}.{}", 3 + chance.below(9), chance.below(10))),
        answer("irrigated_mu", chance.below(3).to_string()),
        answer("forest_mu", chance.below(20).to_string()),
        answer("road_access", chance.pick(&["paved", "gravel", "dirt"])),
        answer("toilet", chance.pick(&["sanitary", "dry", "none"])),
        answer("fuel", chance.pick(&["firewood", "coal", "gas", "electricity"])),
        answer("cattle_n", json!(chance.below(3))),
        answer("sheep_n", json!(chance.below(9))),
    ];
    for path in
        ["water_difficulty", "tap_water", "grain_shortage", "path_hardened", "electricity", "tv", "telecom"]
    {
        answers.push(answer(path, chance.yes(50)));
    }
    for path in ["city_house", "shop", "car", "business_entity"] {
        answers.push(answer(path, false));
    }
    answers
}

fn member(number: usize, place: usize, row: &str, surname: &str, chance: &mut Chance) -> Vec<Answer> {
    let at = |path: &str| format!("members/{row}/{path}");
    let relation = RELATIONS.get(place).copied().unwrap_or("sibling");
    let male = match relation {
        "spouse" | "daughter" | "mother" | "granddaughter" => false,
        "son" | "father" | "grandson" => true,
        _ => chance.yes(60),
    };
    let year = match relation {
        "son" | "daughter" => 1988 + chance.below(8),
        "grandson" | "granddaughter" => 1996,
        "mother" | "father" => 1938 + chance.below(12),
        _ => 1960 + chance.below(20),
    };
    let born = format!("{year}{:02}{:02}", 1 + chance.below(12), 1 + chance.below(28));
    // Serial numbers repeat, dates vary: in 100,000 households a number may stand twice, as it does in the field.
    let serial = (number * 7 + place * 131) % 499;
    let id_no = with_check_digit(&format!("999999{born}{:03}", serial * 2 + usize::from(male)));
    let name = format!("{surname}{}{}", chance.pick(GIVEN), chance.pick(GIVEN));
    vec![
        (at("_order"), json!(format!("{place:02}"))),
        (at("name"), json!(name)),
        (at("relation"), json!(relation)),
        (at("sex"), json!(if male { "male" } else { "female" })),
        (at("id_kind"), json!("id_card")),
        (at("id_no"), json!(id_no)),
        (at("ethnicity"), json!(chance.pick(&["01", "01", "01", "06"]))),
        (at("education"), json!(chance.pick(&["illiterate", "primary", "junior"]))),
        (at("health/healthy"), json!(true)),
        (at("labour"), json!(chance.pick(&["ordinary", "weak"]))),
        (at("counts_in_income"), json!(true)),
        (at("medical_insurance"), json!("resident")),
    ]
}

fn year(worker: &str, chance: &mut Chance) -> Vec<Answer> {
    let at = |path: &str| format!("years/2015/{path}");
    let (wage, business) = (row(500, chance), row(600, chance));
    vec![
        (at("accounting_start"), json!("2014-07-01")),
        (at("accounting_end"), json!("2015-06-30")),
        (at("is_estimate"), json!(false)),
        (at(&format!("wage/{wage}/member")), json!(worker)),
        (at(&format!("wage/{wage}/employer")), json!("砖厂")),
        (at(&format!("wage/{wage}/months")), json!(3 + chance.below(8))),
        (at(&format!("wage/{wage}/amount")), json!(format!("{}.00", 3_000 + 100 * chance.below(90)))),
        (at(&format!("business/{business}/kind")), json!("crops")),
        (at(&format!("business/{business}/amount")), json!(format!("{}.00", 1_500 + 10 * chance.below(400)))),
        (at(&format!("business/{business}/expense")), json!(format!("{}.00", 300 + 10 * chance.below(80)))),
    ]
}

/// One field changed on a later visit, another one in each round.
pub(crate) fn edit(number: usize, round: usize) -> Answer {
    let mut chance = Chance::new((number as u64) << 8 | round as u64);
    match round % 3 {
        0 => answer("phone", format!("137{:08}", chance.below(100_000_000))),
        1 => answer("sheep_n", json!(20 + chance.below(80))),
        _ => answer("house_m2", (200 + chance.below(100)).to_string()),
    }
}

/// Answers as the records crate takes them.
pub(crate) fn puts(answers: &[Answer]) -> anyhow::Result<Vec<(Key, Value)>> {
    answers
        .iter()
        .map(|(path, json)| {
            let value = Value::from_json(json).ok_or_else(|| anyhow::anyhow!("{path}: no value"))?;
            Ok((Key::parse(path)?, value))
        })
        .collect()
}

fn answer(path: &str, value: impl Into<Json>) -> Answer {
    (path.to_owned(), value.into())
}

fn row(place: i64, chance: &mut Chance) -> String {
    RowId::from_parts(u64::try_from(VISIT_MS + place * 20_000).unwrap_or(0), chance.bytes()).to_string()
}

fn with_check_digit(body: &str) -> String {
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}
