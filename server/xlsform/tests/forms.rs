//! Forms in several languages, type by type: what stands in the package, what the report says, what answers do.
#![allow(clippy::unwrap_used)]

mod common;

use common::{book, made, made_with, options, survey, with_choices};
use doorstep_xlsform::{Effect, Options, Subject};
use serde_json::json;

const ROW: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZA";
const ROW_2: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZB";

#[test]
fn every_type_has_its_place() {
    let made = with_choices(
        "type|name|label|parameters|calculation
        text|a_text|Text
        integer|a_number|Number
        decimal|a_decimal|Decimal
        range|a_range|Range|start=2 end=10 step=2
        range|odd|Odd steps|start=1 end=9 step=4
        select_one yn|a_choice|Choice
        select_multiple yn|some|Several
        rank yn|order|Order
        note|a_note|Please read this
        date|a_date|Date
        time|a_time|Time
        dateTime|a_moment|Moment
        geopoint|a_point|Point
        geotrace|a_line|Line
        geoshape|an_area|Area
        image|a_photo|Photo
        audio|a_sound|Sound
        barcode|a_code|Code
        acknowledge|an_ack|Understood
        calculate|a_sum|||${a_number} + 1
        hidden|a_secret|Secret
        start|s
        end|e
        today|t
        deviceid|d
        username|u
        xml-external|x
        background-audio|b",
        "list_name|name|label
        yn|yes|Yes
        yn|no|No",
    );
    let kind = |path: &str| made.form.question(path).map(|q| format!("{:?}", q.kind())).unwrap_or_default();
    let kinds: Vec<String> = [
        "a_text",
        "a_number",
        "a_decimal",
        "a_range",
        "a_choice",
        "some",
        "order",
        "a_note",
        "a_date",
        "a_time",
        "a_moment",
        "a_point",
        "a_line",
        "an_area",
        "a_photo",
        "a_sound",
        "a_code",
        "an_ack",
        "a_sum",
        "a_secret",
        "t",
    ]
    .map(kind)
    .into();
    let expected = [
        "Text",
        "Integer",
        "Decimal",
        "Integer",
        "SelectOne",
        "SelectMany",
        "Ranking",
        "Text",
        "Date",
        "Text",
        "Text",
        "Gps",
        "Compound",
        "Compound",
        "Attachment",
        "Attachment",
        "Text",
        "Bool",
        "Decimal",
        "Text",
        "Date",
    ];
    assert_eq!(kinds, expected);
    for (row, words) in
        [(23, "when it was filled"), (24, "by whom"), (27, "by whom"), (28, "no such question")]
    {
        made.says("survey", row, Effect::Lost, words);
    }
    assert_eq!(made.question("a_range")["multipleOf"], json!(2));
    assert_eq!(made.violations(&[("a_range", json!(3))]), ["a_range:multipleOf"]);
    assert_eq!(made.violations(&[("odd", json!(4))]), ["odd:step"]);
    assert_eq!(made.violations(&[("odd", json!(5)), ("an_ack", json!(false))]), ["an_ack:const"]);
    assert_eq!(made.calculated(&[("a_number", json!(4))], "a_sum"), json!("5"));
    assert_eq!(made.calculated(&[], "t"), json!("2024-03-01"));
    assert_eq!(made.report.questions, 22);
}

#[test]
fn rules_mean_what_they_meant() {
    let made = with_choices(
        "type|name|label|relevant|constraint|constraint_message|required|calculation
        select_one yn|consent|Consent|||| yes
        integer|age|Age|${consent} = 'yes'|. >= 0 and . < 120|Between 0 and 119
        text|why|Why not|${consent} != 'yes'
        text|phone|Phone||regex(., '[0-9]{10}')
        select_multiple fruit|fruit|Fruit||not(selected(., 'none') and count-selected(.) > 1)
        text|adult|Only adults|${age} >= 18||| ${consent} = 'yes'
        calculate|group|Group|||||if(${age} >= 18, 'adult', 'minor')",
        "list_name|name|label
        yn|yes|Yes
        yn|no|No
        fruit|apple|Apple
        fruit|pear|Pear
        fruit|none|None",
    );
    // XPath: no answer is not 'yes', so that the reason is asked until consent is given.
    assert_eq!(made.irrelevant(&[]), ["adult", "age"]);
    assert_eq!(made.irrelevant(&[("consent", json!("yes"))]), ["adult", "why"]);
    assert_eq!(made.violations(&[]), ["consent:required"]);
    let answers = |age: i64| [("consent", json!("yes")), ("age", json!(age)), ("adult", json!("x"))];
    assert_eq!(made.violations(&answers(30)), Vec::<String>::new());
    assert_eq!(made.violations(&answers(130)), ["age:valid"]);
    assert_eq!(made.violations(&[("consent", json!("yes")), ("age", json!(20))]), ["adult:required"]);
    let no = ("consent", json!("no"));
    assert_eq!(made.violations(&[no.clone(), ("phone", json!("12345"))]), ["phone:valid"]);
    assert_eq!(made.violations(&[no.clone(), ("phone", json!("1234567890"))]), Vec::<String>::new());
    let ticks = [no.clone(), ("fruit/none", json!(true)), ("fruit/pear", json!(true))];
    assert_eq!(made.violations(&ticks), ["fruit:valid"]);
    assert_eq!(made.violations(&ticks[..2]), Vec::<String>::new());
    // An age that is not there is not 18: XPath says minor.
    assert_eq!(made.calculated(&[no], "group"), json!("minor"));
    assert_eq!(made.calculated(&answers(18), "group"), json!("adult"));
    assert_eq!(made.question("age")["x-constraints"][0]["human"], json!("Between 0 and 119"));
    assert_eq!((made.report.cells.lost, made.report.expressions), (0, 8));
}

#[test]
fn repeats_are_rosters() {
    let made = survey(
        "type|name|label|relevant|repeat_count|calculation
        integer|people|How many people?
        begin repeat|member|Member||${people}
        text|name|Name
        integer|age|Age
        begin group|school|School|${age} < 18
        text|class|Class of ${name}
        end group
        begin repeat|job|Job
        decimal|pay|Pay
        begin repeat|month|Month
        text|remark|Remark
        end repeat
        end repeat
        calculate|pays||||sum(${pay})
        calculate|nth||||position(..)
        end repeat
        calculate|total||||sum(${age})
        calculate|all_pay||||sum(${pay})
        calculate|count||||count(${member})
        select_one ${name}|head|Who is the head?",
    );
    let path = |rest: &str| format!("member/{ROW}/{rest}");
    let second = format!("member/{ROW_2}/age");
    let (age, name, pay) = (path("age"), path("name"), path(&format!("job/{ROW}/pay")));
    let head = ("head", json!(ROW));
    let answers = [
        ("people", json!(2)),
        (age.as_str(), json!(10)),
        (name.as_str(), json!("A")),
        (second.as_str(), json!(40)),
        (pay.as_str(), json!("7.5")),
        head,
    ];
    assert_eq!(made.violations(&answers), Vec::<String>::new());
    assert_eq!(made.calculated(&answers, "total"), json!("50"));
    assert_eq!(made.calculated(&answers, "all_pay"), json!("7.5"));
    assert_eq!(made.calculated(&answers, "count"), json!("2"));
    assert_eq!(made.calculated(&answers, &path("pays")), json!("7.5"));
    assert_eq!(made.calculated(&answers, &format!("member/{ROW_2}/nth")), json!("2"));
    assert_eq!(made.irrelevant(&answers), [format!("member/{ROW_2}/school")]);
    assert_eq!(made.violations(&answers[..3]), ["member:member_count"]);
    assert_eq!(made.violations(&[("head", json!("nobody"))]), ["head:x-row-of"]);
    made.says("survey", 11, Effect::Changed, "at most two deep");
    made.says("survey", 3, Effect::Changed, "added by hand");
    made.says("survey", 7, Effect::Changed, "in brackets");
    assert_eq!(made.question("member/school/class")["title"], json!("Class of [Name]"));
    assert_eq!(made.question("member")["x-roster"]["label"], json!("row.name"));
}

#[test]
fn cascades_filter_by_codes_even_when_names_had_to_change() {
    let made = with_choices(
        "type|name|label|choice_filter
        select_one 省|province|省份
        select_one 县|county|县|省=${province}
        select_multiple 县|visited|去过的县|selected(${province}, 省)",
        "list_name|name|label|省
        省|云南|云南省
        省|贵州|贵州省
        县|会泽|会泽县|云南
        县|威宁|威宁县|贵州
        县|无省|无省县",
    );
    let csv = String::from_utf8(made.files["codes/u53bf.csv"].clone()).unwrap();
    assert!(csv.starts_with("code,label,u7701,u7701_as_u7701\n"), "{csv}");
    assert!(csv.contains("u4f1au6cfd,会泽县,云南,u4e91u5357\n"), "{csv}");
    let answers = |county: &'static str| [("province", json!("u4e91u5357")), ("county", json!(county))];
    assert_eq!(made.violations(&answers("u4f1au6cfd")), Vec::<String>::new());
    assert_eq!(made.violations(&answers("u5a01u5b81")), ["county:x-codes"]);
    let tick = |path: &'static str| [("province", json!("u4e91u5357")), (path, json!(true))];
    assert_eq!(made.violations(&tick("visited/u4f1au6cfd")), Vec::<String>::new());
    assert_eq!(made.violations(&tick("visited/u5a01u5b81")), ["visited/u5a01u5b81:x-codes"]);
    assert_eq!(made.report.locales, ["zh"]);
    made.says("choices", 2, Effect::Changed, "stored as u4e91u5357");
}

#[test]
fn languages_become_locales() {
    let made = with_choices(
        "type|name|label::English (en)|label::中文 (zh)|label::Français (fr)|hint::中文 (zh)|constraint|constraint_message::中文 (zh)
        text|name|Your name|您的姓名|Votre nom|请填写全名
        select_one yn|ok|Do you agree?||D'accord ?
        integer|age|Age|年龄|Âge||. > 0|须大于零",
        "list_name|name|label::English (en)|label::中文 (zh)|label::Français (fr)
        yn|yes|Yes|是|Oui
        yn|no|No||Non",
    );
    assert_eq!(made.report.locales, ["en", "zh", "fr"]);
    let zh = made.json("i18n/zh.json");
    assert_eq!(zh["name.label"], json!("您的姓名"));
    // What is missing is said in another language, and reported.
    assert_eq!(zh["ok.label"], json!("Do you agree?"));
    assert_eq!(zh["$defs.one_yn.yes"], json!("是"));
    assert_eq!(zh["$defs.one_yn.no"], json!("No"));
    assert_eq!(zh["age.valid.error"], json!("须大于零"));
    made.says("survey", 3, Effect::Note, "a text in zh is missing");
    // A hint in one language only stands in the others too.
    assert_eq!(made.question("name")["description"], json!("请填写全名"));
    assert_eq!(made.json("i18n/fr.json")["name.description"], json!("请填写全名"));
}

#[test]
fn a_sheet_that_names_its_language_and_one_that_does_not_agree() {
    let made = with_choices(
        "type|name|label\nselect_one l|a|A question in English",
        "list_name|name|label|label::English (en)|label::English\nl|x|An answer|An answer|Another",
    );
    assert_eq!(made.report.locales, ["en"]);
    assert_eq!(made.schema()["$defs"]["one_l"]["oneOf"][0]["title"], json!("An answer"));
    made.says("choices", 2, Effect::Lost, "another column of the same language");
    assert_eq!(made.report.cells.lost, 1);
}

#[test]
fn english_beside_chinese_holds_no_chinese() {
    let sheets = [
        (
            "survey",
            "type|name|label::中文 (zh)|label::English (en)
            text|a|姓名|Name 姓名
            text|籍贯|籍贯",
        ),
        ("settings", "form_title|form_id|default_language\n户主表|户主|中文 (zh)"),
    ];
    let made = made(&book(&sheets));
    assert_eq!(made.report.locales, ["zh", "en"]);
    let en = made.json("i18n/en.json");
    assert_eq!((&en["a.label"], &en["u7c4du8d2f.label"]), (&json!("a"), &json!("u7c4du8d2f")));
    made.says("survey", 2, Effect::Lost, "no Chinese characters");
    assert_eq!(made.json("form.json")["title"]["zh"], json!("户主表"));
    assert_eq!(made.report.form, "u6237u4e3b");
}

#[test]
fn arabic_and_spanish_forms_are_read() {
    let arabic = survey(
        "type|name|label|required|constraint
        text|الاسم|ما اسمك؟|yes
        integer|العمر|كم عمرك؟||. > 0 and ${الاسم} != ''",
    );
    assert_eq!(arabic.report.locales, ["ar"]);
    assert_eq!(arabic.report.cells.lost, 0);
    let spanish = made_with(
        &book(&[
            (
                "survey",
                "type|name|label|relevant
                select_one sí_no|¿acepta?|¿Acepta?
                text|ñandú|¿Por qué?|${acepta} = 'sí'
                select_one sí_no|acepta|¿Acepta?",
            ),
            ("choices", "list_name|name|label\nsí_no|sí|Sí\nsí_no|no|No"),
        ]),
        &Options { language: Some("es"), ..options() },
    );
    assert_eq!(spanish.report.locales, ["es"]);
    assert_eq!(spanish.question("nandu")["x-relevant"], json!("doc.acepta == 'si'"));
    assert!(spanish.report.entries.iter().any(|entry| entry.subject == Subject::Name));
}

#[test]
fn names_are_mapped_and_told() {
    let made = survey(
        "type|name|label
        text|Name|A
        text|name|B
        text|1st|C
        text|_x|D
        text|missing|E
        text|a-b.c|F",
    );
    let keys: Vec<String> = made.form.questions().map(|q| q.key().to_owned()).collect();
    assert_eq!(keys, ["name", "name_2", "q_1st", "q_x", "missing_q", "a_b_c"]);
    for row in [2, 3, 4, 5, 6, 7] {
        made.says("survey", row, Effect::Changed, "is called");
    }
}

#[test]
fn deep_groups_are_dissolved_with_their_relevance() {
    let mut text = "type|name|label|relevant\ninteger|n|N\n".to_owned();
    for level in 0..12 {
        text.push_str(&format!("begin group|g{level}|Group {level}|${{n}} > {level}\n"));
    }
    text.push_str("text|deep|Deep\n");
    text.push_str(&"end group\n".repeat(12));
    let made = survey(&text);
    let template = made.form.paths().find(|path| path.ends_with("deep")).unwrap();
    assert!(template.split('/').count() <= 7, "{template}");
    let asked = |n: i64| made.irrelevant(&[("n", json!(n))]).is_empty();
    assert!(asked(12));
    assert!(!asked(11), "the innermost condition is gone");
    assert!(!asked(0), "the outermost condition is gone");
}

#[test]
fn circles_lose_one_of_their_members() {
    let made = survey(
        "type|name|label|relevant|calculation
        text|a|A|${b} = 'x'
        text|b|B|${a} = 'x'
        text|own|Own|${own} = 'x'
        calculate|c|||${d} + 1
        calculate|d|||${c} + 1
        begin group|g|G|${inside} = 'x'
        text|inside|Inside
        end group
        text|fine|Fine|${a} = 'y'",
    );
    assert!(made.question("a")["x-relevant"].is_string());
    assert!(made.question("b").get("x-relevant").is_none());
    made.says("survey", 3, Effect::Lost, "depend on each other: a → b → a");
    made.says("survey", 4, Effect::Lost, "depend on each other");
    made.says("survey", 7, Effect::Lost, "depend on each other");
    assert!(
        made.entries("survey", 5).iter().chain(&made.entries("survey", 6)).any(|e| e.effect == Effect::Lost)
    );
    assert!(made.question("fine")["x-relevant"].is_string());
}

#[test]
fn defaults_media_looks_and_settings_are_told_of() {
    let made = made(&book(&[
        (
            "survey",
            "type|name|label|default|read_only|appearance|media::image|trigger|required_message|parameters|custom
            text|a|A|hello||multiline|a.png||needed|rows=5|own
            text|fixed|Fixed|always|yes
            integer|n|N|3|yes
            note|hint|Read|||||||| 
            calculate|c|C|${n}",
        ),
        ("settings", "form_title|form_id|version|instance_name|style\nTitle|my form|7|concat(${a}, '!')|pages"),
        ("Sheet9", "notes|for the team"),
    ]));
    for words in [
        "filled in before",
        "looks is not carried",
        "pictures",
        "words of the program",
        "no such parameters",
        "nothing that this column",
    ] {
        made.says("survey", 2, Effect::Lost, words);
    }
    assert_eq!(made.calculated(&[], "fixed"), json!("always"));
    assert_eq!(made.calculated(&[], "n"), json!(3));
    assert_eq!(made.calculated(&[], "c"), json!("3"));
    made.says("settings", 2, Effect::Lost, "version 1");
    made.says("settings", 2, Effect::Lost, "layout");
    made.says("Sheet9", 0, Effect::Lost, "no part of an XLSForm");
    assert_eq!(made.json("form.json")["label"], json!("join([doc.a, '!'], '')"));
    assert_eq!(made.report.form, "my_form");
}

#[test]
fn other_brings_its_own_question() {
    let made = with_choices(
        "type|name|label\nselect_one l or_other|kind|Kind\nselect_multiple l or_other|kinds|Kinds",
        "list_name|name|label\nl|a|A",
    );
    assert_eq!(made.irrelevant(&[("kind", json!("a"))]), ["kind_other", "kinds_other"]);
    assert_eq!(
        made.irrelevant(&[("kind", json!("other")), ("kinds/other", json!(true))]),
        Vec::<String>::new()
    );
}

#[test]
fn choices_may_stand_beside_the_workbook() {
    let towns = |name: &str| {
        (name == "towns.csv").then(|| "name,label,region\nt1,Town 1,north\nt2,Town 2,south\n".into())
    };
    let sheets = [(
        "survey",
        "type|name|label|choice_filter|relevant
        text|region|Region
        select_one_from_file towns.csv|town|Town|region = ${region}
        select_one_from_file gone.csv|gone|Gone
        select_one_from_file places.geojson|place|Place
        text|after|After||${gone} = 'x'",
    )];
    let made = made_with(&book(&sheets), &Options { files: &towns, ..options() });
    assert_eq!(made.violations(&[("region", json!("north")), ("town", json!("t2"))]), ["town:x-codes"]);
    made.says("survey", 4, Effect::Lost, "does not lie beside");
    made.says("survey", 5, Effect::Lost, "only .csv");
    made.says("survey", 6, Effect::Lost, "not carried over");
}

#[test]
fn entities_are_kept_as_written() {
    let made = made(&book(&[
        ("survey", "type|name|label|save_to\ntext|a|A|tree_name"),
        ("entities", "list_name|label|create_if|odd\ntrees|${a}|${a} != ''|x"),
    ]));
    let entity = &made.schema()["x-entity"];
    assert_eq!(entity["save_to"]["tree_name"], json!("a"));
    assert_eq!(entity["declarations"][0]["dataset"], json!("trees"));
    assert_eq!(made.json("form.json")["entity"], json!("trees"));
    assert_eq!(made.report.cells.lost, 2);
}

#[test]
fn what_is_wrong_in_a_row_does_not_stop_the_others() {
    let made = with_choices(
        "type|name|label|relevant|constraint|calculation
        text|a|A
        nonsense|b|B
        |no_type|No type
        end group
        begin group|g|G
        text|c|C|pulldata('x')|. = 'x' and (|
        select_one nowhere|d|D
        select_one empty|e|E
        begin repeat|r|R
        begin group|hollow|Hollow
        end group
        text|h|H
        end group
        text||No name
        integer|calc|Calc|||'text'
        geopoint|p|P|||1
        text|last|Last",
        "list_name|name|label
        l|x|X
        empty||No name
        |y|Y",
    );
    for (row, words) in [
        (3, "not known"),
        (4, "no type"),
        (5, "no beginning"),
        (7, "pulldata()"),
        (7, "cannot be read"),
        (8, "not in the workbook"),
        (9, "is empty"),
        (11, "no question in it"),
        (17, "cannot be calculated"),
    ] {
        made.says("survey", row, Effect::Lost, words);
    }
    made.says("survey", 14, Effect::Changed, "began as something else");
    made.says("survey", 6, Effect::Changed, "never ends");
    made.says("choices", 2, Effect::Lost, "no question of the form uses");
    made.says("choices", 4, Effect::Lost, "no list");
    assert!(made.form.question("a").is_some() && made.form.question("g/last").is_some());
}

#[test]
fn a_form_of_nothing_but_metadata_is_a_form() {
    let made = survey("type|name\nstart|start\nend|end");
    assert_eq!(made.form.questions().count(), 1);
}
