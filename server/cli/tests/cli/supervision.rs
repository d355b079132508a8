//! Supervision the whole way, with the real server and stores of real phones: work is given with days, filled, sent,
//! sent back, approved and moved; what `doorstep progress` tells is compared with numbers counted by hand, and the pages
//! for paper are read for what must and must not be in them.

mod sampling;
mod town;

use serde_json::{Value, json};

use town::{Ledger, Minutes, Town};

/// Assigned, in progress, done, sent back, approved, days left of a line.
fn line(of: &Value) -> Value {
    let keys = ["assigned", "in_progress", "done", "sent_back", "approved", "days_left"];
    keys.iter().map(|key| of[*key].clone()).collect()
}

/// The lines of a group by their key.
fn lines(of: &Value) -> Value {
    let lines = of.as_array().expect("lines").iter();
    lines
        .map(|of| (of["key"].as_str().expect("key").to_owned(), line(of)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Record and kind of what looks odd.
fn odd(progress: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let odd = progress["odd"].as_array().expect("odd").iter();
    odd.map(|odd| (text(&odd["kind"]), text(&odd["record"]), text(&odd["detail"]))).collect()
}

const SONGLING: &str = "999999100200";
const YUNTAI: &str = "999999100201";

/// What a check says when the household is as registered.
fn as_registered(members: u8) -> Vec<(&'static str, Value)> {
    vec![
        ("event_date", json!("2015-07-01")),
        ("visit_mode", json!("face_to_face")),
        ("visit_outcome", json!("completed")),
        ("informant", json!("head")),
        ("was_registered", json!(true)),
        ("household_attribute", json!("dibao_poor")),
        ("cause_main", json!("illness")),
        ("members_found", json!(members)),
        ("members_match", json!(true)),
        ("cause_match", json!(true)),
        ("living/road_blocked", json!(true)),
        ("living/unsafe_house", json!(true)),
    ]
}

fn point(lon: f64) -> (&'static str, Value) {
    ("gps", json!(format!("28.6,{lon}")))
}

/// Longitude of the registered houses.
const HOME: f64 = 103.9;

#[test]
fn work_goes_from_the_office_to_the_phones_and_back_and_the_numbers_are_those_counted_by_hand() {
    let town = Town::begin(&["household_register", "sample_check"]);
    let homes = town.import(&Ledger::six());
    let (mut li, mut wang, mut zhou) = (town.phone("li"), town.phone("wang"), town.phone("zhou"));
    // Where the first two houses are, the phone of li has seen.
    for home in &homes[..2] {
        li.fill(*home, &[point(HOME)], Minutes(5));
    }
    li.sync();
    homes[..2].iter().for_each(|home| town.approve(*home));

    let subject = |home: usize| homes[home].to_string();
    let due = |day: &'static str| ["--due", day];
    let check = ["--form", "sample_check", "--as", "shen"];
    let give = |to: &str, about: &[&str], day: &'static str| {
        town.run(&[&["assign", "add", "--to", to][..], &check, about, &due(day)].concat())
    };
    give("li", &["--subject", &subject(0), "--subject", &subject(1)], "2015-07-13");
    let third = give("wang", &["--subject", &subject(2)], "2015-06-28");
    give("zhou", &["--area", YUNTAI, "--households"], "2015-07-10");
    let other = ["--form", "household_register", "--area", SONGLING, "--quantity", "20", "--as", "shen"];
    town.run(&[&["assign", "add", "--to", "li"][..], &other].concat());

    for phone in [&mut li, &mut wang, &mut zhou] {
        phone.sync();
    }
    assert_eq!(
        li.work(),
        [
            ("sample_check".to_owned(), "赵一".to_owned(), Some("2015-07-13".to_owned())),
            ("sample_check".to_owned(), "钱二".to_owned(), Some("2015-07-13".to_owned())),
            ("household_register".to_owned(), String::new(), None),
        ]
    );
    assert_eq!(zhou.work().len(), 3);

    // A quiet visit; one of a minute, 1.5 km away; a draft; two households of which one is as the other, to the letter.
    let near = [as_registered(2), vec![point(HOME + 0.001)]].concat();
    let quiet = li.check(homes[0], &near, Minutes(10));
    let far = [as_registered(3), vec![point(HOME + 0.0155)]].concat();
    let hasty = li.check(homes[1], &far, Minutes(1));
    let begun = wang.begin(homes[2], &as_registered(1)[..3]);
    let first = zhou.check(homes[3], &as_registered(4), Minutes(15));
    let copied = zhou.check(homes[4], &as_registered(4), Minutes(15));
    for phone in [&mut li, &mut wang, &mut zhou] {
        phone.sync();
    }
    let told = town.progress("sample_check");
    assert_eq!(line(&told["total"]), json!([6, 1, 4, 0, 0, -3]));
    let expected_odd = |hasty: &str| {
        vec![
            ("copied_answers".to_owned(), copied.to_string(), first.to_string()),
            ("gps_far".to_owned(), hasty.to_owned(), "1513".to_owned()),
            ("too_fast".to_owned(), hasty.to_owned(), "60".to_owned()),
        ]
    };
    let mut seen = odd(&told);
    seen.sort();
    assert_eq!(seen, expected_odd(&hasty.to_string()));

    town.run(&["review", "approve", &quiet.to_string(), "--as", "shen"]);
    let remark = "members_found=请再数一遍";
    town.run(&["review", "send-back", &first.to_string(), "--comment", remark, "--as", "shen"]);
    let told = town.progress("sample_check");
    assert_eq!(
        lines(&told["by_enumerator"]),
        json!({
            "li": [2, 0, 2, 0, 1, null],
            "wang": [1, 1, 0, 0, 0, -3],
            // What was sent back is waited for again: 2015-07-10, and so is the third household.
            "zhou": [3, 0, 2, 1, 0, 9],
        })
    );
    assert_eq!(
        lines(&told["by_village"]),
        json!({ SONGLING: [3, 1, 2, 0, 1, -3], YUNTAI: [3, 0, 2, 1, 0, 9] })
    );
    assert_eq!(told["by_village"][0]["name"], json!(["松岭村", "Songling Village"]));
    let days = told["by_day"].as_array().expect("days");
    let of = |key: &str| days.iter().map(|day| day[key].as_u64().expect("a count")).sum::<u64>();
    assert_eq!((of("done"), of("sent_back"), of("approved")), (4, 1, 1), "{days:?}");
    assert_eq!(line(&told["total"]), json!([6, 1, 4, 1, 1, -3]));
    let mut seen = odd(&told);
    seen.sort();
    assert_eq!(seen, expected_odd(&hasty.to_string()), "a copy of what was decided since is still a copy");

    // Wang fills on without a network; meanwhile the work is given to li.
    wang.answer(begun, &[("members_found", json!(1)), ("remark", json!("王填的"))]);
    let id = third["assignments"][0].as_str().expect("an assignment").to_owned();
    town.run(&["assign", "move", &id, "--to", "li", "--as", "shen"]);
    li.sync();
    assert_eq!(li.work().len(), 4, "the moved work is on the phone of li");
    li.answer(begun, &[("informant", json!("spouse"))]);
    wang.sync();
    assert_eq!(wang.work(), []);
    li.sync();
    assert_eq!(li.said(begun, "remark"), json!("王填的"), "what wang had not sent is not lost");
    assert_eq!(li.said(begun, "informant"), json!("spouse"));
    li.submit(begun, Minutes(8));
    li.sync();
    let told = town.progress("sample_check");
    assert_eq!(
        lines(&told["by_enumerator"]),
        json!({
            "li": [3, 0, 2, 0, 1, null],
            "wang": [0, 0, 1, 0, 0, null],
            "zhou": [3, 0, 2, 1, 0, 9],
        }),
        "who began it keeps it; who is asked for it has the work"
    );
    assert_eq!(line(&told["total"]), json!([6, 0, 5, 1, 1, 9]));
    let text = town.said(&["progress", "sample_check", "--today", "2015-07-01", "--lang", "zh"]);
    for word in ["松岭村", "剩余天数", "填写过快（秒）", "距农户过远（米）", "答案雷同于"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn overdue_follow_ups_and_ending_postings_are_on_the_to_do_list() {
    let forms = ["household_register", "health_service_record", "identification_case", "sample_check"];
    let mut town = Town::begin(&forms);
    let homes = town.import(&Ledger::six());
    let mut li = town.phone("li");
    let case = li.begin_form("health_service_record", homes[0], &[("event_date", json!("2015-06-01"))]);
    let row = li.row(case, "cases");
    let cases = |key: &str| format!("cases/{row}/{key}");
    li.answer_at(case, &cases("case_kind"), json!("key_chronic"));
    li.answer_at(case, &cases("diagnosed_on"), json!("2014-03-01"));
    li.submit(case, Minutes(9));
    let posted = li.begin_form(
        "identification_case",
        homes[1],
        &[
            ("event_date", json!("2015-06-25")),
            ("case_kind", json!("enter")),
            ("state", json!("posted_1")),
            ("class", json!("1")),
        ],
    );
    let row = li.row(posted, "postings");
    for (key, value) in [("n", json!(1)), ("from", json!("2015-06-25")), ("to", json!("2015-07-02"))] {
        li.answer_at(posted, &format!("postings/{row}/{key}"), value);
    }
    li.submit(posted, Minutes(9));
    li.sync();
    town.approve(case);
    town.approve(posted);
    town.checks("2015-07-01");
    let todo = town.progress("sample_check")["todo"].clone();
    let keys: Vec<(&str, &str)> = todo
        .as_array()
        .expect("todo")
        .iter()
        .map(|todo| (todo["key"].as_str().unwrap_or_default(), todo["record"].as_str().unwrap_or_default()))
        // The ledger was entered today, which lies ahead of the day that is played here.
        .filter(|(key, _)| *key != "event_date_ahead")
        .collect();
    let (case_id, posted_id) = (case.to_string(), posted.to_string());
    assert_eq!(keys, [("followup_overdue", case_id.as_str()), ("posting_ending", posted_id.as_str())]);
    let text = town.said(&["progress", "sample_check", "--lang", "en"]);
    assert!(text.contains("The posting ends within three days"), "{text}");

    // A visit face to face in each of the two quarters that are over, and the posting is taken down.
    for day in ["2015-03-10", "2015-06-10"] {
        let row = li.row(case, "follow_ups");
        li.answer_at(case, &format!("follow_ups/{row}/mode"), json!("face_to_face"));
        li.answer_at(case, &format!("follow_ups/{row}/date"), json!(day));
    }
    li.submit(case, Minutes(9));
    town.serve();
    li.find(&town);
    li.sync();
    town.approve(case);
    town.checks("2015-07-04");
    let told = town.progress("sample_check");
    let keys = told["todo"].as_array().expect("todo").iter().filter_map(|todo| todo["key"].as_str());
    let keys: Vec<&str> = keys.filter(|key| *key != "event_date_ahead").collect();
    assert_eq!(keys, ["posting_over"]);
}

#[test]
fn what_is_printed_holds_what_it_must_and_nothing_that_it_must_not() {
    let town = Town::begin(&["household_register", "sample_check", "identification_case"]);
    let ledger = Ledger::six();
    let homes = town.import(&ledger);
    let mut li = town.phone("li");
    let check = li.check(homes[0], &as_registered(2), Minutes(10));
    let enter =
        [("event_date", json!("2015-06-25")), ("case_kind", json!("enter")), ("state", json!("posted_1"))];
    let enter = [&enter[..], &[("class", json!("2a"))]].concat();
    let posted = li.begin_form("identification_case", homes[1], &enter);
    li.submit(posted, Minutes(9));
    li.sync();
    town.run(&["review", "approve", &check.to_string(), "--as", "shen"]);
    town.approve(posted);

    for (form, class) in [("household_register", "建档立卡"), ("identification_case", "第二类：中等偏下")]
    {
        let list = ["print", "posting", "--form", form, "--area", SONGLING, "--lang", "zh", "--as", "shen"];
        let html = town.said(&list);
        for must in ["松岭村公示名单", "姓名", "组别", "类别", class, "大湾第一村民小组", "钱二", "公示日期"]
        {
            assert!(html.contains(must), "{must} in the posting of {form}: {html}");
        }
        let register = form == "household_register";
        assert_eq!(html.contains("赵一"), register, "{form} posts the heads it is about");
        assert_eq!(html.contains("（未成年人，姓名不公示）"), register);
        assert!(!html.contains("青禾镇") && !html.contains("出生日期不详"), "{html}");
        assert!(html.contains(if register { "共 3 户" } else { "共 1 户" }), "{html}");
        for cell in ledger.never_posted() {
            assert!(!html.contains(cell), "{cell} is posted by {form}");
        }
        let english = town.said(&["print", "posting", "--form", form, "--area", SONGLING, "--lang", "en"]);
        let own = [("Posting list of Songling Village", true), ("公示", false), ("class", true)];
        for (word, expected) in own {
            assert_eq!(english.contains(word), expected, "{word} in {english}");
        }
    }

    let record = ["print", "record", &check.to_string(), "--as", "shen"];
    let zh = town.said(&[&record[..], &["--lang", "zh"]].concat());
    let must = [
        "抽查核对表",
        "赵一",
        "大湾第一村民小组",
        "审核通过",
        "入户面谈",
        "低保贫困户",
        "因病",
        "通路不通畅",
        "（签字）",
    ];
    for word in must {
        assert!(zh.contains(word), "{word} in {zh}");
    }
    for never in ["face_to_face", "dibao_poor", "<script", "http://", "https://", "_date"] {
        assert!(!zh.contains(never), "{never} in {zh}");
    }
    let en = town.said(&[&record[..], &["--lang", "en"]].concat());
    for word in ["Sample check", "approved", "face to face", "Enumerator (signature)", "赵一"] {
        assert!(en.to_lowercase().contains(&word.to_lowercase()), "{word} in {en}");
    }

    let report =
        ["print", "report", "T8b", "--compiler", "陈", "--reviewer", "沈", "--as", "shen", "--lang", "zh"];
    let html = town.said(&report);
    for word in ["填表人", "陈", "审核人", "沈", "截止时间：", "单位（盖章）", "统计记录"]
    {
        assert!(html.contains(word), "{word} in {html}");
    }
    for cell in ledger.personal() {
        assert!(!html.contains(cell), "{cell} in a report");
    }
    for elsewhere in [homes[3], homes[5]] {
        let line = ["print", "record", &elsewhere.to_string(), "--as", "zhang", "--json"];
        assert_eq!(
            town.refused(&line)["error"]["kind"],
            "not_found",
            "another village's record is not there"
        );
    }
}
