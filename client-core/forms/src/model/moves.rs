//! `x-moves`: what an approved record moves in the record it is about; `x-other-of`: text answered instead of a code.

use super::options::rule;
use super::view::View;
use super::{Kind, Model, Options, Rule};
use crate::fault::{FaultKind, Faults};
use crate::json::join;
use crate::profile::FILE;
use crate::suggest::{self, nearest};

/// `x-moves` of a form.
#[derive(Debug, Clone)]
pub(crate) struct MoveDef {
    /// Form id of the record that is moved: the subject.
    pub(crate) form: String,
    /// The answer that moves, outside rosters.
    pub(crate) answer: String,
    /// Where to; null moves nothing.
    pub(crate) to: Rule,
    /// The answer that takes the date of the move, and the date.
    pub(crate) dated: Option<(String, Rule)>,
}

impl MoveDef {
    /// As text to compare.
    pub(crate) fn text(&self) -> String {
        let dated = self.dated.as_ref().map(|(answer, on)| format!("{answer}: {}", on.text));
        format!("{}/{}: {}; {}", self.form, self.answer, self.to.text, dated.unwrap_or_default())
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        std::iter::once(&self.to).chain(self.dated.as_ref().map(|(_, on)| on))
    }
}

pub(super) fn read(root: &View<'_>, faults: &mut Faults) -> Option<MoveDef> {
    let (node, pointer) = root.at("x-moves")?;
    let text = |key: &str| node.str_at(key).unwrap_or_default().to_string();
    let to = rule(node.str_at("to")?, &join(&pointer, "to"), faults)?;
    let dated = match (node.str_at("dated"), node.str_at("on")) {
        (Some(answer), Some(on)) => Some((answer.to_string(), rule(on, &join(&pointer, "on"), faults)?)),
        (None, None) => None,
        _ => {
            let en = "`dated` names the answer that takes the date, `on` is the date: both or neither";
            faults.add(FILE, pointer, FaultKind::KeywordValue, en, "dated 和 on 须同时填写或同时省略");
            return None;
        }
    };
    Some(MoveDef { form: text("form"), answer: text("answer"), to, dated })
}

/// The template of the select beside a question.
pub(crate) fn beside(template: &str, key: &str) -> String {
    match template.rsplit_once('/') {
        Some((before, _)) => format!("{before}/{key}"),
        None => key.to_string(),
    }
}

/// Text that stands for a code names a select beside it, and is asked only as long as that has no code of its own:
/// so that a mapped answer leaves the queue by itself.
pub(super) fn check_others(model: &Model, faults: &mut Faults) {
    for question in &model.questions {
        let Some(key) = &question.other_of else { continue };
        let pointer = join(&question.pointer, "x-other-of");
        let template = beside(&question.template, key);
        let target = model.by_template.get(&template).map(|id| &model.questions[*id]);
        let is_list = target.is_some_and(|target| {
            target.kind == Kind::SelectOne
                && matches!(target.options, Options::Fixed(_) | Options::List { .. })
        });
        if !is_list || question.kind != Kind::Text {
            let selects = model.questions.iter().filter(|q| q.kind == Kind::SelectOne);
            let near = nearest(key, selects.map(|q| &*q.key));
            let en = format!("a text names a select beside it; {key} is none{}", suggest::en(near));
            let zh = format!("须为文本题，并指明同一层的单选题；{key} 不是{}", suggest::zh(near));
            faults.add(FILE, pointer, FaultKind::Question, en, zh);
            continue;
        }
        if !question.relevant.as_ref().is_some_and(|rule| rule.reads.contains(&template)) {
            let en = format!(
                "needs an x-relevant that reads {key}, and is false once a code of the list is there"
            );
            let zh = format!("须有引用 {key} 的 x-relevant，选定代码后不再询问");
            faults.add(FILE, pointer, FaultKind::Question, en, zh);
        }
    }
}
