//! XPath on the left, our expression on the right, over one small form.

use std::collections::HashMap;

use super::{Calculations, Done, Place, Translator};
use crate::form::{Choice, Form, Id, Kind, List, ListColumn, Node};
use crate::report::At;

const HERE: At = At { sheet: 0, row: 0, column: 0 };

fn list(name: &str, choices: &[&str]) -> List {
    let mut list = List { name: name.into(), key: crate::names::key(name), used: true, ..List::default() };
    for name in choices {
        let code = crate::names::code(name);
        list.codes.insert((*name).into(), code.clone());
        let cells = vec!["x".to_owned()];
        list.choices.push(Choice { name: (*name).into(), code, labels: HashMap::new(), cells });
    }
    list.columns.push(ListColumn { heading: "state".into(), index: None, ident: "state".into() });
    list
}

struct World {
    form: Form,
    calculations: Calculations,
}

impl World {
    fn add(&mut self, name: &str, kind: Kind, outer: Option<Id>) -> Id {
        let nodes = &self.form.nodes;
        let (prefix, roster, mut segments) = match outer {
            None => (String::new(), None, Vec::new()),
            Some(up) if nodes[up].kind == Kind::Repeat => {
                (format!("{}/*/", nodes[up].template), Some(up), Vec::new())
            }
            Some(up) => (format!("{}/", nodes[up].template), nodes[up].roster, nodes[up].segments.clone()),
        };
        let key = crate::names::key(name);
        segments.push(key.clone());
        let template = format!("{prefix}{key}");
        let node = Node { key, kind, outer, parent: outer, roster, segments, template, ..Node::note(name) };
        self.form.nodes.push(node);
        let id = self.form.nodes.len() - 1;
        self.form.by_name.entry(name.into()).or_default().push(id);
        id
    }

    fn calculated(&mut self, name: &str, expression: &str, outer: Option<Id>) {
        let id = self.add(name, Kind::Calculate, outer);
        self.form.nodes[id].calculation = Some((expression.into(), HERE));
    }

    fn new() -> World {
        let mut world = World { form: Form::default(), calculations: Calculations::default() };
        world.form.lists = vec![
            list("yes_no", &["yes", "no"]),
            list("numbers", &["1", "2", "-1"]),
            list("towns", &["New York", "Accra"]),
        ];
        for (name, kind) in [
            ("t", Kind::Text),
            ("u", Kind::Text),
            ("n", Kind::Integer),
            ("d", Kind::Decimal),
            ("day", Kind::Date),
            ("at", Kind::DateTime),
            ("ok", Kind::Acknowledge),
            ("yn", Kind::SelectOne(0)),
            ("num", Kind::SelectOne(1)),
            ("town", Kind::SelectOne(2)),
            ("many", Kind::SelectMany(0)),
            ("gps", Kind::Point),
        ] {
            world.add(name, kind, None);
        }
        let group = world.add("G", Kind::Group, None);
        world.add("inner", Kind::Text, Some(group));
        let rep = world.add("rep", Kind::Repeat, None);
        world.add("age", Kind::Integer, Some(rep));
        world.add("Name", Kind::Text, Some(rep));
        let deep = world.add("deep", Kind::Repeat, Some(rep));
        world.add("x", Kind::Integer, Some(deep));
        let other = world.add("other", Kind::Repeat, None);
        world.add("z", Kind::Text, Some(other));
        let label = world.form.find("Name", None).unwrap();
        world.add("who", Kind::RowOf { repeat: rep, label }, None);
        world.calculated("sum_n", "${n} + ${d}", None);
        world.calculated("is_old", "${n} > 60", None);
        world.calculated("loop_a", "${loop_b}", None);
        world.calculated("loop_b", "${loop_a}", None);
        world.form.days.insert("start".into());
        world
    }

    fn at(&self, name: &str) -> Translator<'_> {
        let place = Place { node: self.form.find(name, None), ..Place::default() };
        Translator::new(&self.form, &self.calculations, place)
    }
}

fn code(done: Result<Done, super::Why>) -> String {
    done.map_or_else(|why| format!("! {}", why.en), |done| done.code)
}

/// Relevance of a question at the top of the form.
#[test]
fn conditions_where_null_is_false() {
    let world = World::new();
    for (xpath, ours) in [
        ("${yn} = 'yes'", "doc.yn == 'yes'"),
        ("${yn}=’yes’", "doc.yn == 'yes'"),
        ("'yes' = ${yn}", "doc.yn == 'yes'"),
        ("${yn} != 'yes'", "coalesce(doc.yn != 'yes', true)"),
        ("not(${yn} = 'yes')", "coalesce(!(doc.yn == 'yes'), true)"),
        ("not(${yn} != 'yes')", "!(doc.yn != 'yes')"),
        ("${t} = ''", "!has(doc.t)"),
        ("${t} != ''", "has(doc.t)"),
        ("'' = ${n}", "!has(doc.n)"),
        ("${many} = ''", "size(doc.many) == 0"),
        ("${gps} != ''", "has(doc.gps)"),
        ("${n} > 5", "doc.n > 5"),
        ("5 < ${n}", "5 < doc.n"),
        ("${n} >= ${d}", "doc.n >= doc.d"),
        ("${n} = ${d}", "coalesce(doc.n == doc.d, !has(doc.n) && !has(doc.d))"),
        ("${n} = '5'", "doc.n == 5"),
        ("${n} = 'abc'", "false"),
        ("${n} < 'abc'", "false"),
        ("${n} != 'NaN'", "has(doc.n)"),
        ("${t} > 5", "number(doc.t) > 5"),
        ("${num} = 1", "doc.num == '1'"),
        ("${num} = '-1'", "doc.num == 'minus_1'"),
        ("${num} = -1", "doc.num == 'minus_1'"),
        ("${yn} > 5", "number(doc.yn) > 5"),
        ("${town} = 'New York'", "doc.town == 'New_York'"),
        ("${yn} = 'yes' and ${n} > 5 or ${t} = 'x'", "doc.yn == 'yes' && doc.n > 5 || doc.t == 'x'"),
        ("${yn} = 'yes' and ${t} != 'x'", "doc.yn == 'yes' && coalesce(doc.t != 'x', true)"),
        ("(${yn} = 'yes' or ${yn} = 'no') and ${n} > 1", "(doc.yn == 'yes' || doc.yn == 'no') && doc.n > 1"),
        ("selected(${many}, 'yes')", "'yes' in doc.many"),
        ("not(selected(${many}, 'yes'))", "!('yes' in doc.many)"),
        ("selected(${yn}, 'yes')", "doc.yn == 'yes'"),
        ("selected(${yn}, '')", "!has(doc.yn)"),
        ("selected(${t}, 'a')", "contains(' ' + coalesce(doc.t, '') + ' ', ' ' + 'a' + ' ')"),
        ("count-selected(${many}) > 1", "size(doc.many) > 1"),
        ("${many} = 'yes'", "'yes' in doc.many && size(doc.many) == 1"),
        ("${t}", "has(doc.t)"),
        ("${n}", "doc.n != 0"),
        ("true()", "true"),
        ("1 = 1", "1 == 1"),
        ("${ok} = 'OK'", "doc.ok"),
        ("${is_old} = 'true'", "doc.is_old"),
        ("${is_old}", "doc.is_old"),
        ("${sum_n} > 10", "doc.sum_n > 10"),
        ("${day} > '2020-01-31'", "doc.day > date('2020-01-31')"),
        ("${day} <= today()", "doc.day <= doc._date"),
        ("${at} < today()", "doc._date > date(substring(doc.at, 0, 10))"),
        ("${inner} = 'a'", "doc.g.inner == 'a'"),
        ("/data/G/inner = 'a'", "doc.g.inner == 'a'"),
        ("count(${rep}) > 2", "size(doc.rep) > 2"),
        ("sum(${age}) > 2", "sum(doc.rep.map(r1, r1.age)) > 2"),
        ("${age} > 60", "doc.rep.exists(r1, coalesce(r1.age > 60, false))"),
        ("contains(${t}, 'a')", "contains(doc.t, 'a')"),
        ("string-length(${t}) > 3", "size(coalesce(doc.t, '')) > 3"),
        ("regex(${t}, '[a-z]+')", "matches(coalesce(doc.t, ''), '^(?:[a-z]+)$')"),
        ("${start} > '2020-01-01'", "doc._date > date('2020-01-01')"),
    ] {
        assert_eq!(code(world.at("t").condition(xpath)), ours, "{xpath}");
    }
}

#[test]
fn constraints_where_null_passes() {
    let world = World::new();
    for (name, xpath, ours) in [
        ("n", ". >= 0 and . < 96", "value >= 0 && value < 96"),
        ("n", ". > ${d}", "coalesce(value > doc.d, false)"),
        ("n", ". != ${d}", "value != doc.d"),
        ("d", ". > 10.51 and . < 18.39", "value > 10.51 && value < 18.39"),
        ("many", "not(selected(., 'no') and count-selected(.) > 1)", "!('no' in value && size(value) > 1)"),
        ("t", "regex(., '^[A-Z]{2}$')", "matches(value, '^[A-Z]{2}$')"),
        ("n", "regex(., '^\\d{10}$')", "matches(text(value), '^[0-9]{10}$')"),
        ("day", ". <= today()", "value <= doc._date"),
        ("day", ". >= today() - 30", "value >= doc._date - 30"),
        ("t", "string-length(.) = 11", "size(value) == 11"),
        ("age", ". < 120 and ${n} > 0", "coalesce(value < 120 && doc.n > 0, false)"),
    ] {
        let place = Place { node: world.form.find(name, None), constraint: true, ..Place::default() };
        let translator = Translator::new(&world.form, &world.calculations, place);
        assert_eq!(code(translator.check(xpath)), ours, "{xpath}");
    }
}

#[test]
fn calculations() {
    let world = World::new();
    for (xpath, ours) in [
        ("${n} + ${d} * 2", "doc.n + doc.d * 2"),
        ("(${n} + 1) * 2", "(doc.n + 1) * 2"),
        ("${n} - (1 - 2)", "doc.n - (1 - 2)"),
        ("${n} div 2 mod 3", "doc.n / 2 % 3"),
        ("-${n}", "-doc.n"),
        ("if(${yn} = 'yes', 1, 0)", "coalesce(doc.yn == 'yes', false) ? 1 : 0"),
        ("if(${n} > 5, 'old', '')", "coalesce(doc.n > 5, false) ? 'old' : null"),
        ("if(${n} > 5, ${n}, 'x')", "coalesce(doc.n > 5, false) ? text(doc.n) : 'x'"),
        ("if(${n} > 5, ${n}, '0')", "coalesce(doc.n > 5, false) ? doc.n : 0"),
        ("if(true(), 1, if(false(), 2, 3))", "true ? 1 : false ? 2 : 3"),
        ("coalesce(${t}, ${u})", "coalesce(doc.t, doc.u)"),
        ("concat(${t}, ' ', ${n})", "join([doc.t, ' ', text(doc.n)], '')"),
        (
            "int((today() - ${day}) div 365.25)",
            "(doc._date - doc.day) / 365.25 < 0 ? ceil((doc._date - doc.day) / 365.25) : floor((doc._date - doc.day) / 365.25)",
        ),
        ("round(${d} div 3, 2)", "round(doc.d / 3, 2)"),
        (
            "int(${sum_n} + ${sum_n} + ${sum_n} + ${sum_n} + ${sum_n} + ${sum_n})",
            "[doc.sum_n + doc.sum_n + doc.sum_n + doc.sum_n + doc.sum_n + doc.sum_n].map(r1, r1 < 0 ? ceil(r1) : floor(r1))[0]",
        ),
        ("pow(${d}, 2)", "doc.d * doc.d"),
        ("number(${t})", "number(doc.t)"),
        ("string(${n})", "text(doc.n)"),
        ("substr(${t}, 0, 2)", "substring(doc.t, 0, 2)"),
        ("substr(${t}, -2)", "substring(doc.t, size(doc.t) - 2)"),
        ("min(${n}, ${d})", "min(doc.n, doc.d)"),
        ("max(${age})", "max(doc.rep.map(r1, r1.age))"),
        ("sum(${x})", "sum(doc.rep.map(r1, sum(r1.deep.map(r2, r2.x))))"),
        ("count(${deep})", "sum(doc.rep.map(r1, size(r1.deep)))"),
        ("join(', ', ${Name})", "join(doc.rep.map(r1, r1.name), ', ')"),
        ("indexed-repeat(${Name}, ${rep}, 2)", "doc.rep[1].name"),
        ("indexed-repeat(${x}, ${rep}, ${n}, ${deep}, 1)", "doc.rep[doc.n - 1].deep[0].x"),
        (
            "format-date(${day}, '%Y-%m')",
            "has(doc.day) ? join([text(year(doc.day)), '-', month(doc.day) < 10 ? '0' + text(month(doc.day)) : text(month(doc.day))], '') : null",
        ),
        ("format-date(today(), '%Y')", "text(year(doc._date))"),
        ("date('2020-02-03')", "date('2020-02-03')"),
        ("decimal-date-time(${day})", "days(date('1970-01-01'), doc.day)"),
        ("today()", "doc._date"),
        ("''", "null"),
        ("jr:choice-name(${who}, '${who}')", "doc.rep[doc.who].name"),
        ("once(${n})", "doc.n"),
        ("${is_old}", "coalesce(doc.is_old, false)"),
        ("not(${n} > 5)", "coalesce(!(doc.n > 5), true)"),
    ] {
        assert_eq!(code(world.at("t").value(xpath)), ours, "{xpath}");
    }
}

#[test]
fn rows_see_their_own_answers_and_those_around() {
    let world = World::new();
    for (name, xpath, ours) in [
        ("age", "${Name} = 'a'", "row.name == 'a'"),
        ("age", "../Name = 'a'", "row.name == 'a'"),
        ("age", "current()/../Name = 'a'", "row.name == 'a'"),
        ("age", "${n} > 1", "doc.n > 1"),
        ("age", "count(${rep}) > 1", "size(doc.rep) > 1"),
        ("age", "position(..) > 1", "size(doc.rep.filter(r1, r1._id <= row._id)) > 1"),
        ("age", "sum(${x}) > 1", "sum(row.deep.map(r1, r1.x)) > 1"),
        ("x", "${age} > 1", "parent.age > 1"),
        ("x", "${x} > 1", "row.x > 1"),
        ("x", "position(..) > 1", "size(parent.deep.filter(r1, r1._id <= row._id)) > 1"),
        ("x", "position(../..) > 1", "size(doc.rep.filter(r1, r1._id <= parent._id)) > 1"),
        (
            "z",
            "indexed-repeat(${Name}, ${rep}, position(..)) = 'a'",
            "doc.rep[size(doc.other.filter(r1, r1._id <= row._id)) - 1].name == 'a'",
        ),
        ("deep", "${age} > 1", "row.age > 1"),
    ] {
        assert_eq!(code(world.at(name).condition(xpath)), ours, "{name}: {xpath}");
    }
}

#[test]
fn filters_read_columns() {
    let world = World::new();
    let filter = |list: usize, xpath: &str| {
        let place = Place { node: world.form.find("t", None), filter: Some(list), ..Place::default() };
        Translator::new(&world.form, &world.calculations, place).filter(xpath)
    };
    for (list, xpath, ours) in [
        (0, "state = ${yn}", "coalesce(doc.yn == code.state, !has(doc.yn) && !has(code.state))"),
        (0, "state = 'x'", "code.state == 'x'"),
        (0, "name != ${yn}", "coalesce(code.code != doc.yn, true)"),
        (0, "selected(${many}, name)", "code.code in doc.many"),
        (0, "selected(${many}, state)", "code.state in doc.many"),
        (
            0,
            "state = ${town}",
            "coalesce(doc.town == code.state_as_towns, !has(doc.town) && !has(code.state_as_towns))",
        ),
        (0, "state < ${n}", "number(code.state) < doc.n"),
        (0, "true()", "true"),
    ] {
        assert_eq!(code(filter(list, xpath)), ours, "{xpath}");
    }
    assert!(filter(0, "county = 'x'").unwrap_err().en.contains("no column county"));
    assert_eq!(filter(0, "state = ${town}").unwrap().recoded.len(), 1);
}

#[test]
fn what_has_no_counterpart_says_so() {
    let world = World::new();
    for (xpath, word) in [
        ("pulldata('f', 'a', 'b', ${t})", "pulldata()"),
        ("random()", "random()"),
        ("selected-at(${many}, 0)", "selected-at()"),
        ("jr:choice-name(${yn}, '${yn}')", "label of a choice"),
        ("${nowhere} = 1", "no question named nowhere"),
        ("${rep}[age > 5]", "[ ]"),
        ("instance('x')/root/item", "paths below"),
        ("${last-saved#t}", "last saved"),
        ("${Name}", "many rows"),
        ("${gps} = 'a'", "cannot be compared"),
        ("regex(${t}, '(?=a)b')", "forms refuse it"),
        ("${loop_a}", "leads back to itself"),
        (". = 1", "outside its constraint"),
        ("1 +", "cannot be read: the end at character 4"),
        ("format-date(${day}, '%b')", "%b"),
        ("${G} = 1", "is a group"),
        ("../../nothing", "nothing"),
        ("${num} + 1", "renamed"),
        ("if(1)", "wrong number of arguments"),
    ] {
        let why = world.at("t").value(xpath).map(|done| done.code).unwrap_err();
        assert!(why.en.contains(word), "{xpath}: {}", why.en);
        assert!(!why.zh.is_empty());
    }
}

#[test]
fn what_grows_is_bounded() {
    let world = World::new();
    let nested = (0..30).fold("${n}".to_owned(), |inner, _| format!("int({inner})"));
    let _ = world.at("t").value(&nested);
    let many = vec!["${yn} = 'yes'"; 600].join(" or ");
    assert!(world.at("t").condition(&many).unwrap_err().en.contains("too long"));
    let hundred = vec!["${yn} = 'yes'"; 200].join(" or ");
    assert!(world.at("t").condition(&hundred).is_ok());
}
