//! The county's ledger of registered households, as counties keep it: one line a person, Chinese headings, UTF-8 with BOM.

use super::people::Person;
use super::town::{House, Town};

const HEADINGS: &str = "户编号,行政区划代码,户主,姓名,身份证号,与户主关系,性别,民族,健康状况,低保,五保,户属性,主要致贫原因,\
                        识别标准,台账状态,贫困户,地址";

/// The ledger of the town's registered households.
pub fn csv(town: &Town) -> Vec<u8> {
    let mut text = format!("\u{feff}{HEADINGS}\r\n");
    for house in town.houses.iter().filter(|house| house.registered) {
        for person in &house.persons {
            text.push_str(&line(house, person));
            text.push_str("\r\n");
        }
    }
    text.into_bytes()
}

fn line(house: &House, person: &Person) -> String {
    let yes = |flag: bool| if flag { "是" } else { "否" };
    [
        house.ledger_number(),
        house.group.clone(),
        house.persons[0].name.clone(),
        person.name.clone(),
        person.id_no.clone(),
        person.relation.to_owned(),
        if person.male { "男" } else { "女" }.to_owned(),
        person.ethnicity.to_owned(),
        if person.disabled { "残疾" } else { "健康" }.to_owned(),
        yes(person.dibao).to_owned(),
        yes(person.wubao).to_owned(),
        house.attribute.clone(),
        house.cause_main.clone(),
        "national".to_owned(),
        "registered".to_owned(),
        "是".to_owned(),
        format!("第{}户", house.number),
    ]
    .join(",")
}
