//! What `form.json` names must be there: the label's expression, the questions of its templates.

use super::Model;
use super::rules::reads_hidden;
use crate::expr::{Expr, Type, TypeEnv};
use crate::fault::{FaultKind, Faults};
use crate::package::{Manifest, PersonAnswers};
use crate::suggest::{self, nearest};

pub(super) fn manifest_refs(model: &Model, manifest: &Manifest, faults: &mut Faults) {
    const FORM: &str = "form.json";
    if let Some(label) = &manifest.label {
        let env = TypeEnv::default().with("doc", model.doc_type.clone());
        match Expr::parse(label).and_then(|e| e.check(&env)) {
            Ok(checked) if reads_hidden(model, &checked.reads) => {
                let (en, zh) = ("the label reads a hidden answer", "列表名称引用了上报前不显示的答案");
                faults.whole_expression(FORM, "/label", label, en.into(), zh.into());
            }
            Ok(checked) if checked.ty.fits(&Type::Text) => {}
            Ok(checked) => {
                let en = format!("expected text, but this is {}", checked.ty);
                faults.whole_expression(FORM, "/label", label, en, "标签须为文本".into());
            }
            Err(error) => faults.expression(FORM, "/label", label, &error),
        }
    }
    let lists = [("search", &manifest.search), ("identity", &manifest.identity)];
    let listed = lists.iter().flat_map(|(name, list)| {
        list.iter().enumerate().map(move |(i, template)| (format!("/{name}/{i}"), template))
    });
    let area = manifest.area_path.iter().map(|t| ("/area_path".to_string(), t));
    let named = listed.chain(area).map(|(pointer, template)| (pointer, template.as_str()));
    let person = manifest.person.iter().flat_map(|person| person.templates());
    let person = person.map(|(field, template)| (format!("/person/{field}"), template));
    for (pointer, template) in named.chain(person) {
        if !model.by_template.contains_key(template) {
            let near = nearest(template, model.questions.iter().map(|q| q.template.as_str()));
            let en = format!("{template} is no question{}", suggest::en(near));
            let zh = format!("{template} 不是题目{}", suggest::zh(near));
            faults.add(FORM, pointer, FaultKind::Manifest, en, zh);
        }
    }
    if let Some(person) = &manifest.person {
        one_roster(person, faults);
    }
}

/// What tells who a person is stands beside the name: otherwise one person's name would meet another's number.
fn one_roster(person: &PersonAnswers, faults: &mut Faults) {
    let row = |template: &str| template.rfind('*').map_or("", |star| &template[..star]).to_owned();
    let home = row(&person.name);
    for (field, template) in person.templates().filter(|(_, template)| row(template) != home) {
        let en = format!("{template} does not stand in the same row as {}", person.name);
        let zh = format!("{template} 与 {} 不在同一行", person.name);
        faults.add("form.json", format!("/person/{field}"), FaultKind::Manifest, en, zh);
    }
}
