//! The language by tables: every function, the null rules, what is refused and where; and laws.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::functions::{ALL, Func};
use super::*;

fn row() -> Json {
    json!({
        "a": "10.5", "n": "4", "zero": "0", "name": " Wang 王 ", "born": "1980-02-29", "day": "2015-02-28",
        "yes": true, "no": false, "dk": {"missing": "dk"}, "refused": {"missing": "refused"}, "na": {"missing": "na"},
        "causes": {"illness": true, "school": false}, "id": "11010519491231002X",
        "members": {
            "01J9ZZZZZZZZZZZZZZZZZZZZZB": {"name": "乙", "income": "2", "_order": "b"},
            "01J9ZZZZZZZZZZZZZZZZZZZZZA": {"name": "甲", "income": "1", "_order": "c"},
            "01J9ZZZZZZZZZZZZZZZZZZZZZC": {"name": "丙", "_order": "a"},
            "01J9ZZZZZZZZZZZZZZZZZZZZZD": {"name": "丁", "income": "100", "_deleted": true}
        },
        "years": {"2014": {"x": "7"}, "2015": {"x": "8"}}, "nobody": {}
    })
}

fn value(text: &str) -> Json {
    match Expr::parse(text) {
        Ok(expr) => eval_on_row(&expr, &row()).to_json(),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn table(cases: &[(&str, Json)]) {
    for (text, want) in cases {
        assert_eq!(value(text), *want, "{text}");
    }
}

#[test]
fn literals_and_arithmetic() {
    table(&[
        ("1 + 2 * 3", json!("7")),
        ("(1 + 2) * 3", json!("9")),
        ("10 - 2 - 3", json!("5")),
        ("0.1 + 0.2", json!("0.3")),
        ("7 % 4", json!("3")),
        ("-doc.a", json!("-10.5")),
        ("1 / 4", json!("0.25")),
        ("doc.a + 1", json!("11.5")),
        ("'a' + \"b\" + r'\\n'", json!("ab\\n")),
        ("'\\u738b\\n'", json!("王\n")),
        ("true ? 1 : 2", json!("1")),
        ("false ? 1 : true ? 2 : 3", json!("2")),
        ("[1, 2][1]", json!("2")),
        ("[1, 2][5]", Json::Null),
        ("date('2015-12-31') + 1", json!("2016-01-01")),
        ("date('2016-01-01') - 1", json!("2015-12-31")),
        ("date('2016-01-01') - date('2015-01-01')", json!("365")),
    ]);
}

#[test]
fn nothing_divides_by_zero_or_overflows() {
    for (text, note) in [
        ("1 / doc.zero", Note::DivisionByZero),
        ("1 % 0", Note::DivisionByZero),
        ("79228162514264337593543950335 * 2", Note::Overflow),
        ("sum([79228162514264337593543950335, 1])", Note::Overflow),
        ("date('2015-01-01') + 99999999", Note::DateRange),
        ("date('2015-01-01') + 0.5", Note::DateRange),
    ] {
        let mut scope = Scope::default().with("doc", row_value(&row()));
        let mut budget = Budget::for_expression();
        let value = Expr::parse(text).unwrap().eval(&mut scope, &mut budget);
        assert!(value.is_null(), "{text}");
        assert!(budget.take_notes().contains(&note), "{text}");
    }
}

#[test]
fn null_passes_through_and_logic_is_three_valued() {
    table(&[
        ("doc.nothing + 1", Json::Null),
        ("doc.nothing.deeper", Json::Null),
        ("doc.nothing < 3", Json::Null),
        ("doc.nothing == doc.nothing", Json::Null),
        ("!doc.nothing", Json::Null),
        ("-doc.nothing", Json::Null),
        ("doc.nothing ? 1 : 2", Json::Null),
        ("doc.dk + 1", Json::Null),
        ("true && doc.nothing", Json::Null),
        ("doc.nothing && true", Json::Null),
        ("false && doc.nothing", json!(false)),
        ("doc.nothing && false", json!(false)),
        ("doc.nothing || true", json!(true)),
        ("true || doc.nothing", json!(true)),
        ("false || doc.nothing", Json::Null),
        ("doc.nothing || doc.nothing", Json::Null),
        ("doc.nothing in [1]", Json::Null),
        ("1 in [doc.nothing, 1]", json!(true)),
        ("2 in [doc.nothing, 1]", json!(false)),
        ("[true, doc.nothing].exists(x, x)", json!(true)),
        ("[false, doc.nothing].exists(x, x)", Json::Null),
        ("[false, doc.nothing].all(x, x)", json!(false)),
        ("[true, doc.nothing].all(x, x)", Json::Null),
        ("[true, doc.nothing].exists_one(x, x)", Json::Null),
        ("[true, true, doc.nothing].exists_one(x, x)", json!(false)),
        ("[].all(x, x)", json!(true)),
        ("[].exists(x, x)", json!(false)),
        ("doc.nothing.map(x, x)", Json::Null),
    ]);
}

#[test]
fn comparisons() {
    table(&[
        ("1.0 == 1", json!(true)),
        ("doc.a > 10", json!(true)),
        ("'a' < 'b'", json!(true)),
        ("doc.yes == true", json!(true)),
        ("doc.yes != doc.no", json!(true)),
        ("doc.born < '1990-01-01'", json!(true)),
        ("date('2015-01-01') >= date('2015-01-01')", json!(true)),
        ("'illness' in doc.causes", json!(true)),
        ("'school' in doc.causes", json!(false)),
        ("'war' in doc.causes", json!(false)),
        ("doc.causes.illness && !doc.causes.war", json!(true)),
        ("'a' in ['a', 'b']", json!(true)),
        // Different kinds are not comparable.
        ("true == 1", Json::Null),
    ]);
}

#[test]
fn rosters_are_ordered_lists_without_closed_rows() {
    table(&[
        ("size(doc.members)", json!("3")),
        ("join(doc.members.map(m, m.name), ' ')", json!("丙 乙 甲")),
        ("doc.members.map(m, m.income)", json!([null, "2", "1"])),
        ("sum(doc.members.map(m, m.income))", json!("3")),
        ("avg(doc.members.map(m, m.income))", json!("1.5")),
        ("min(doc.members.map(m, m.income))", json!("1")),
        ("max(doc.members.map(m, m.income))", json!("2")),
        ("count(doc.members.map(m, m.income))", json!("2")),
        ("count_missing(doc.members.map(m, m.income))", json!("1")),
        ("size(doc.members.filter(m, m.income > 1))", json!("1")),
        ("doc.members.exists(m, m.name == '甲')", json!(true)),
        ("doc.members.exists_one(m, m.name == '甲')", json!(true)),
        ("doc.members.filter(m, m.name == '甲')[0].income", json!("1")),
        ("doc.members['01J9ZZZZZZZZZZZZZZZZZZZZZB'].name", json!("乙")),
        ("doc.members[0]._id", json!("01J9ZZZZZZZZZZZZZZZZZZZZZC")),
        ("doc.years['2014'].x", json!("7")),
        ("doc.years['2013'].x", Json::Null),
        ("doc.years.map(y, y._year)", json!(["2014", "2015"])),
        ("size(doc.nobody)", json!("0")),
        ("sum(doc.nobody)", json!("0")),
        ("size(doc.causes)", json!("1")),
        ("doc.causes.map(c, c)", json!(["illness"])),
        (
            "doc.members.map(m, doc.members.filter(o, o.income > m.income)).map(l, size(l))",
            json!(["0", "0", "1"]),
        ),
    ]);
}

/// One line at least for every function.
const FUNCTIONS: &[(Func, &str, &str)] = &[
    (Func::Has, "has(doc.a) && !has(doc.nothing) && !has(doc.dk)", "true"),
    (Func::Size, "size('王 a')", "\"3\""),
    (Func::Sum, "sum([1, doc.nothing, 2])", "\"3\""),
    (Func::Sum, "sum(1, doc.nothing, 2)", "\"3\""),
    (Func::Sum, "sum([])", "\"0\""),
    (Func::Sum, "sum(doc.nothing)", "null"),
    (Func::Min, "min([3, 1, 2])", "\"1\""),
    (Func::Min, "min(date('2015-01-02'), date('2015-01-01'))", "\"2015-01-01\""),
    (Func::Max, "max(3, doc.nothing)", "\"3\""),
    (Func::Max, "max([])", "null"),
    (Func::Avg, "avg([1, doc.nothing, 2])", "\"1.5\""),
    (Func::Avg, "avg([])", "null"),
    (Func::Count, "count([1, doc.nothing, doc.dk])", "\"1\""),
    (Func::CountMissing, "count_missing([1, doc.nothing, doc.dk])", "\"2\""),
    (Func::Position, "position(['b', 'a'], 'a')", "\"2\""),
    (Func::Distinct, "distinct([1, 2, 1.0, doc.nothing])", "[\"1\",\"2\"]"),
    (Func::Round, "round(2.345, 2)", "\"2.35\""),
    (Func::Round, "round(-2.5)", "\"-3\""),
    (Func::Round, "round(2.5, -1)", "null"),
    (Func::Floor, "floor(-1.5)", "\"-2\""),
    (Func::Ceil, "ceil(1.2)", "\"2\""),
    (Func::Abs, "abs(-1.5)", "\"1.5\""),
    (Func::Years, "years(date('1980-02-29'), date('2015-02-28'))", "\"34\""),
    (Func::Years, "years(date('1980-02-29'), date('2015-03-01'))", "\"35\""),
    (Func::Years, "years(date('2015-01-01'), date('2014-06-01'))", "\"0\""),
    (Func::Days, "days(date('2015-01-01'), date('2015-03-01'))", "\"59\""),
    (Func::Days, "days(date('2015-03-01'), date('2015-01-01'))", "\"-59\""),
    (Func::Year, "year(date('2015-12-31'))", "\"2015\""),
    (Func::Month, "month(date('2015-12-31'))", "\"12\""),
    (Func::Day, "day(date('2015-12-31'))", "\"31\""),
    (Func::Date, "date('2015-02-29')", "null"),
    (Func::Date, "date('20150228')", "null"),
    (Func::Text, "text(1.50) + text(true) + text(date('2015-01-01'))", "\"1.5true2015-01-01\""),
    (Func::Number, "number('12.50')", "\"12.5\""),
    (Func::Number, "number('1e5')", "null"),
    (Func::Join, "join(['a', 'b'], '、')", "\"a、b\""),
    (Func::StartsWith, "'138'.startsWith('1')", "true"),
    (Func::EndsWith, "endsWith('138', '1')", "false"),
    (Func::Contains, "'王一'.contains('一')", "true"),
    (Func::Matches, "'13800000000'.matches('^1[0-9]{10}$')", "true"),
    (Func::Matches, "doc.nothing.matches('^1')", "null"),
    (Func::Substring, "substring('王一二', 1, 2)", "\"一\""),
    (Func::Substring, "substring('王一二', 1)", "\"一二\""),
    (Func::Substring, "substring('王', 5, 9)", "\"\""),
    (Func::Upper, "upper('x')", "\"X\""),
    (Func::Lower, "lower('X')", "\"x\""),
    (Func::Trim, "doc.name.trim()", "\"Wang 王\""),
    (Func::IsDk, "is_dk(doc.dk) && !is_dk(doc.refused) && !is_dk(doc.nothing)", "true"),
    (Func::IsRefused, "is_refused(doc.refused)", "true"),
    (Func::IsNa, "is_na(doc.na)", "true"),
    (Func::Coalesce, "coalesce(doc.nothing, doc.dk, 3)", "\"3\""),
    (Func::IdChecksumOk, "id_checksum_ok(doc.id)", "true"),
    (Func::IdBirthDate, "id_birth_date(doc.id)", "\"1949-12-31\""),
    (Func::IdSex, "id_sex(doc.id)", "\"female\""),
];

#[test]
fn every_function() {
    for (_, text, want) in FUNCTIONS {
        assert_eq!(value(text).to_string(), *want, "{text}");
    }
    let untested: Vec<_> = ALL.iter().filter(|f| !FUNCTIONS.iter().any(|(g, ..)| g == *f)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn every_function_is_in_the_document() {
    let doc = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/form-format.md");
    let doc = std::fs::read_to_string(doc).unwrap();
    for func in ALL {
        let named = [format!("`{}`", func.name()), format!("`{}(", func.name())];
        assert!(named.iter().any(|n| doc.contains(n)), "{}", func.name());
    }
}

#[test]
fn identity_numbers() {
    let cases = [
        ("11010519491231002X", true, json!("1949-12-31"), json!("female")),
        ("11010519491231002x", true, json!("1949-12-31"), json!("female")),
        ("440524188001010014", true, json!("1880-01-01"), json!("male")),
        ("34052419800101001X", true, json!("1980-01-01"), json!("male")),
        ("999999197001010017", true, json!("1970-01-01"), json!("male")),
        ("999999197202020027", true, json!("1972-02-02"), json!("female")),
        ("999999199503030033", true, json!("1995-03-03"), json!("male")),
        // A disability card: category 4, grade 1; re-issued.
        ("99999919700101001741", true, json!("1970-01-01"), json!("male")),
        ("9999991970010100174101", true, json!("1970-01-01"), json!("male")),
        ("999999197001010018", false, json!("1970-01-01"), json!("male")),
        ("999999197013010017", false, Json::Null, json!("male")),
        ("999999700101001", false, json!("1970-01-01"), json!("male")),
        ("9999991970010100", false, Json::Null, Json::Null),
        ("99999919700101王", false, Json::Null, Json::Null),
        ("", false, Json::Null, Json::Null),
    ];
    for (id, ok, born, sex) in cases {
        assert_eq!(value(&format!("id_checksum_ok('{id}')")), json!(ok), "{id}");
        assert_eq!(value(&format!("id_birth_date('{id}')")), born, "{id}");
        assert_eq!(value(&format!("id_sex('{id}')")), sex, "{id}");
    }
}

#[test]
fn refused_with_a_position() {
    let long = "1 + ".repeat(3000) + "1";
    let deep = "(".repeat(200) + "1" + &")".repeat(200);
    let tall = vec!["1"; 200].join(" + ");
    type Case<'a> = (&'a str, usize, fn(&Reason) -> bool);
    let cases: Vec<Case<'_>> = vec![
        ("1 +", 3, |r| matches!(r, Reason::End)),
        ("", 0, |r| matches!(r, Reason::End)),
        ("1 2", 2, |r| matches!(r, Reason::Unexpected { .. })),
        ("a in in", 5, |r| matches!(r, Reason::Unexpected { .. })),
        ("王", 0, |r| matches!(r, Reason::Character('王'))),
        ("{'a': 1}", 0, |r| matches!(r, Reason::Character('{'))),
        ("'open", 0, |r| matches!(r, Reason::BadText)),
        ("'\\x'", 0, |r| matches!(r, Reason::BadText)),
        ("99999999999999999999999999999999", 0, |r| matches!(r, Reason::BadNumber)),
        ("5u", 0, |r| matches!(r, Reason::BadNumber)),
        ("now()", 0, |r| matches!(r, Reason::UnknownFunction(_))),
        ("1 + round()", 4, |r| matches!(r, Reason::Arguments(_))),
        ("x.map(1, y)", 6, |r| matches!(r, Reason::Unexpected { .. })),
        ("x.matches(y)", 10, |r| matches!(r, Reason::BadPattern(_))),
        ("x.matches('(?=a)')", 10, |r| matches!(r, Reason::BadPattern(_))),
        ("x.matches('a{1000}{1000}')", 10, |r| matches!(r, Reason::BadPattern(_))),
        (&long, 0, |r| matches!(r, Reason::TooLong)),
        (&deep, 100, |r| matches!(r, Reason::TooDeep)),
        (&tall, 398, |r| matches!(r, Reason::TooDeep)),
    ];
    for (text, position, reason) in cases {
        let error = Expr::parse(text).unwrap_err();
        let short: String = text.chars().take(40).collect();
        assert!(reason(&error.reason), "{short}: {error}");
        assert_eq!(error.position, position, "{short}");
        assert!(!error.reason.zh().is_ascii());
    }
}

fn typed() -> TypeEnv {
    let member = RecordType {
        template: "members/*".into(),
        fields: [("income".to_string(), Type::Num), ("name".to_string(), Type::Text)].into(),
        ..RecordType::default()
    };
    let causes = RecordType {
        template: "causes".into(),
        fields: [("illness".to_string(), Type::Bool)].into(),
        multi: true,
        ..RecordType::default()
    };
    let doc = RecordType {
        fields: [
            ("n".to_string(), Type::Num),
            ("t".to_string(), Type::Text),
            ("b".to_string(), Type::Bool),
            ("d".to_string(), Type::Date),
            ("members".to_string(), Type::list(Type::Record(Arc::new(member)))),
            ("causes".to_string(), Type::Record(Arc::new(causes))),
        ]
        .into(),
        ..RecordType::default()
    };
    TypeEnv::default().with("doc", Type::Record(Arc::new(doc)))
}

/// A document of the type of [`typed`].
fn typed_row() -> Value {
    let member = Record::new([("income", Value::Num(7.into())), ("name", Value::from("甲"))]);
    let causes = Record::multi();
    causes.set(&"illness".into(), Value::Bool(true));
    let doc = Record::new([
        ("n", Value::Num(5.into())),
        ("t", Value::from("2015-01-01")),
        ("b", Value::Bool(true)),
        ("d", Value::Date(parse_date("2015-12-31").unwrap())),
        ("members", Value::List(vec![Value::Record(member.into())].into())),
        ("causes", Value::Record(causes.into())),
    ]);
    Value::Record(doc.into())
}

#[test]
fn static_types() {
    let good: &[(&str, Type)] = &[
        ("doc.n + 1", Type::Num),
        ("doc.t + 'x'", Type::Text),
        ("doc.d + 1", Type::Date),
        ("doc.d - doc.d", Type::Num),
        ("doc.d <= '2015-12-31'", Type::Bool),
        ("doc.b ? doc.n : null", Type::Num),
        ("doc.members.map(m, m.income)", Type::list(Type::Num)),
        ("sum(doc.members.map(m, m.income)) / size(doc.members)", Type::Num),
        ("doc.members.filter(m, m.name == 'x')[0].income", Type::Num),
        ("doc.members['x'].name", Type::Text),
        ("doc.causes['illness']", Type::Bool),
        ("doc.t in doc.causes", Type::Bool),
        ("join(doc.causes, ',')", Type::Text),
        ("min(doc.d, doc.d)", Type::Date),
        ("coalesce(doc.d, doc.d)", Type::Date),
        ("doc.t in ['a']", Type::Bool),
        ("doc.causes.exists(c, c == doc.t)", Type::Bool),
    ];
    for (text, want) in good {
        let checked = Expr::parse(text).unwrap().check(&typed());
        assert_eq!(checked.map(|c| c.ty), Ok(want.clone()), "{text}");
    }
    let bad: &[(&str, usize)] = &[
        ("doc.t + 1", 8),
        ("doc.n + 'x'", 8),
        ("doc.n && true", 3),
        ("!doc.n", 4),
        ("-doc.t", 4),
        ("doc.n == 'x'", 6),
        ("doc.n == null", 6),
        ("doc.d <= doc.t", 6),
        ("doc.d <= 'soon'", 9),
        ("doc.d * 2", 3),
        ("doc.members == 1", 12),
        ("doc.members.income", 11),
        ("doc.members.map(m, m.shoe)", 20),
        ("doc.shoe", 3),
        ("dog.n", 0),
        ("doc.n.x", 5),
        ("doc.n.map(m, m)", 3),
        ("doc.members.filter(m, m.income)", 23),
        ("doc.members.map(doc, 1)", 21),
        ("sum(doc.members)", 7),
        ("sum(doc.n)", 7),
        ("round(doc.t, 1)", 9),
        ("years(doc.d, doc.n)", 16),
        ("doc.b ? 1 : 'x'", 12),
        ("[1, 'x']", 4),
        ("doc.causes[doc.n]", 14),
        ("doc.causes.war", 10),
        ("startsWith(doc.n, 'x')", 14),
        ("text(doc.members)", 8),
        ("distinct(doc.members)", 0),
        ("true < false", 0),
    ];
    for (text, position) in bad {
        let error = Expr::parse(text).unwrap().check(&typed()).map(|c| c.ty).unwrap_err();
        assert_eq!(error.position, *position, "{text}: {error}");
        assert!(!error.reason.zh().is_ascii());
    }
}

#[test]
fn the_answers_read_are_known() {
    let expr = Expr::parse("doc.causes.illness && sum(doc.members.map(m, m.income)) > doc.n").unwrap();
    let reads: Vec<String> = expr.check(&typed()).unwrap().reads.into_iter().collect();
    assert_eq!(reads, ["causes", "causes/illness", "members", "members/*/income", "n"]);
}

#[test]
fn the_step_budget_ends_everything() {
    let list = format!("[{}]", vec!["1"; 90].join(","));
    let bomb = format!("{list}.map(a, {list}.map(b, {list}.map(c, {list}.map(d, {list}.map(e, 1)))))");
    let mut budget = Budget::for_expression();
    let value = Expr::parse(&bomb).unwrap().eval(&mut Scope::default(), &mut budget);
    assert!(value.is_null());
    assert!(budget.take_notes().contains(&Note::Steps));
    // Even where the answer seemed decided.
    let mut budget = Budget::with_total(2 * crate::limits::EXPR_STEPS);
    let either = Expr::parse(&format!("has({bomb}) || true")).unwrap();
    assert!(either.eval(&mut Scope::default(), &mut budget).is_null());
    let texts = Expr::parse("[1,2,3,4,5,6,7,8].map(x, 'abcdefgh')").unwrap();
    assert!(
        !texts.eval(&mut Scope::default(), &mut budget).is_null(),
        "the next expression has steps of its own"
    );
}

/// Random expressions: printable, sometimes ill-typed.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("doc.a".to_string()),
        Just("doc.n".to_string()),
        Just("doc.t".to_string()),
        Just("doc.b".to_string()),
        Just("doc.d".to_string()),
        Just("doc.members".to_string()),
        Just("doc.dk".to_string()),
        Just("doc.causes".to_string()),
        Just("doc.born".to_string()),
        Just("doc.nothing".to_string()),
        Just("null".to_string()),
        Just("true".to_string()),
        Just("[]".to_string()),
        Just("79228162514264337593543950335".to_string()),
        "[0-9]{1,12}([.][0-9]{1,6})?",
        "'[a-z0-9王-]{0,12}'",
        "'(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}'",
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        let names: Vec<&'static str> =
            ALL.iter().filter(|f| **f != Func::Matches).map(|f| f.name()).collect();
        let arity = |name: &str| Func::by_name(name).map_or((1, 1), Func::arity);
        let call = (proptest::sample::select(names), proptest::collection::vec(inner.clone(), 4)).prop_map(
            move |(name, args)| {
                let (least, most) = arity(name);
                let n = args.len().clamp(least, most);
                format!("{name}({})", args[..n].join(", "))
            },
        );
        const OPS: &[&str] = &["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"];
        const MACROS: &[&str] = &["map", "filter", "all", "exists", "exists_one"];
        prop_oneof![
            call,
            (inner.clone(), proptest::sample::select(OPS), inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (inner.clone(), proptest::sample::select(MACROS), inner.clone())
                .prop_map(|(a, m, b)| format!("({a}).{m}(v, ({b}) == v.income)")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            inner.clone().prop_map(|a| format!("({a}).income")),
            inner.clone().prop_map(|a| format!("(!{a})")),
            inner.prop_map(|a| format!("(-{a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn evaluation_is_total_and_printing_is_stable(text in expression()) {
        let expr = Expr::parse(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        let first = eval_on_row(&expr, &row()).to_json();
        let printed = expr.to_string();
        let again = Expr::parse(&printed).map_err(|e| TestCaseError::fail(format!("{printed}: {e}")))?;
        prop_assert_eq!(&again.to_string(), &printed);
        prop_assert_eq!(eval_on_row(&again, &row()).to_json(), first);
        let _ = expr.check(&typed());
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
        let _ = Expr::parse(&text);
    }

    #[test]
    fn a_well_typed_expression_gives_its_type(text in expression()) {
        let expr = Expr::parse(&text).unwrap();
        let Ok(checked) = expr.check(&typed()) else { return Ok(()) };
        let mut scope = Scope::default().with("doc", typed_row());
        let value = expr.eval(&mut scope, &mut Budget::for_expression());
        let fits = match (&checked.ty, &value) {
            (_, v) if v.is_null() => true,
            (Type::Bool, v) => v.as_bool().is_some(),
            (Type::Num, v) => matches!(v, Value::Num(_)),
            (Type::Text, v) => v.as_text().is_some(),
            (Type::Date, v) => matches!(v, Value::Date(_)),
            (Type::List(_), v) => matches!(v, Value::List(_)),
            (Type::Record(_), v) => matches!(v, Value::Record(_)),
            (Type::Any, _) => true,
            (Type::Null, _) => false,
        };
        prop_assert!(fits, "{} : {} gives {:?}", text, checked.ty, value);
    }
}
