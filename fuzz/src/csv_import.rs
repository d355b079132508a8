//! Tables as text: a ledger of households, a list of areas, a code list of a form. The first byte chooses.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use doorstep_forms::{Form, FormPackage};
use doorstep_server::areas::table::read_areas;
use doorstep_server::import::{AreaNames, read_ledger};
use serde_json::json;

use crate::{Seed, seed};

fn register() -> &'static Form {
    static FORM: OnceLock<Form> = OnceLock::new();
    FORM.get_or_init(|| {
        let files = doorstep_schemas::form_files("household_register", 1).expect("the register");
        Form::compile(FormPackage::from_files(files).expect("sound")).expect("compiles")
    })
}

fn areas() -> AreaNames {
    let mut areas = AreaNames::default();
    areas.add("999999100200", None, &["东村"]);
    areas.add("99999910020001", Some("999999100200"), &["上寨"]);
    areas
}

/// Reads a ledger; every household it gives lies in an area that was given.
pub fn ledger(bytes: &[u8]) {
    let Ok(ledger) = read_ledger(bytes, register(), &areas()) else { return };
    for household in &ledger.households {
        assert!(areas().has(&household.area), "a household outside the areas");
        assert!(!ledger.rejected.contains(&household.number), "a household that has a fault is given");
    }
}

fn code_list(bytes: &[u8]) {
    let manifest = json!({"id": "small", "version": 1, "engine": 1, "kind": "register", "entity": "household",
        "title": {"zh": "小表"}, "locales": ["zh"]});
    let schema = json!({"title": "表", "type": "object", "additionalProperties": false,
        "properties": {"c": {"title": "码", "type": "string", "x-codes": {"list": "places"}}}});
    let files = BTreeMap::from([
        ("form.json".to_owned(), manifest.to_string().into_bytes()),
        ("schema.json".to_owned(), schema.to_string().into_bytes()),
        ("codes/places.csv".to_owned(), bytes.to_vec()),
    ]);
    let Ok(package) = FormPackage::from_files(files) else { return };
    let Some(list) = package.code_list("places") else { return };
    let codes: Vec<&str> = list.codes().collect();
    assert!(codes.iter().all(|code| list.contains(code)));
    assert!(codes.iter().all(|code| !list.label(code, "zh").is_empty()), "a code without a word");
}

/// Reads the rest.
pub fn run(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    match choice % 3 {
        0 => ledger(bytes),
        1 => drop(read_areas(bytes, &|code| (code == "99").then_some(None))),
        _ => code_list(bytes),
    }
}

/// A ledger of two households.
pub const LEDGER: &str = "户编号,行政区划代码,姓名,身份证号,与户主关系,性别,民族,健康状况,劳动力,低保,五保,户属性,主要致贫原因,识别标准,地址,电话
1001,99999910020001,赵一,999999197001010017,户主,男,汉,残疾、长期慢性病,弱劳动力,是,否,低保贫困户,因病,国家标准,一组3号,13800000000
1001,99999910020001,钱二,999999197202020027,妻子,女,苗族,健康,普通劳动力,是,否,,,,,
1002,99999910020001,孙三,,户主,男,汉,,,否,是,五保户,因残致贫,国家标准,,
";

/// One of each, and the ledger in other encodings.
pub fn seeds() -> Vec<Seed> {
    let with = |choice: u8, text: &[u8]| [&[choice][..], text].concat();
    let areas =
        "code,parent,level,name_zh,name_en,valid_from,valid_to\n9911,99,village,近村,Near,2015-01-01,\n";
    let codes = "code,parent,level,label,label_en\na,,1,甲,A\nb,a,2,\"乙,丙\",B\n";
    let utf16: Vec<u8> = LEDGER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        seed("ledger", with(0, LEDGER.as_bytes())),
        seed("ledger-bom", with(0, &[b"\xEF\xBB\xBF", LEDGER.as_bytes()].concat())),
        seed("ledger-tabs", with(0, LEDGER.replace(',', "\t").as_bytes())),
        seed("ledger-utf16", with(0, &[b"\xFF\xFE", utf16.as_slice()].concat())),
        seed("areas", with(1, areas.as_bytes())),
        seed("codes", with(2, codes.as_bytes())),
    ]
}
