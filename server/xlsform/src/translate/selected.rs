//! `selected()` and its kin: choices that were made.

use super::value::quoted;
use super::{Out, Res, Translator, Ty, Val, why};
use crate::form::Kind;
use crate::xpath::X;

impl Translator<'_> {
    pub(super) fn selected(&self, answer: &X, choice: &X) -> Res<Val> {
        let (answer, choice) = (self.one(answer)?, self.one(choice)?);
        if choice.ty == Ty::Empty {
            let there = answer.is_there();
            return Ok(there.not());
        }
        let literal = choice.as_text_literal();
        match &answer.ty {
            Ty::Many(list) => {
                let needle = match (&choice.ty, literal) {
                    (_, Some(text)) => quoted(&self.form.lists[*list].code_of(&text)),
                    (Ty::Column(of, column), _) => {
                        let (of, column) = (*of, column.clone());
                        self.recoded(choice, of, &column, *list).code
                    }
                    _ => choice.text_value()?.code,
                };
                Ok(Val::bool(format!("{needle} in {}", answer.code), 3, needle_null(&needle)))
            }
            Ty::Code(list) => {
                let code = match (&choice.ty, literal) {
                    (_, Some(text)) => Val::text(&self.form.lists[*list].code_of(&text)),
                    (Ty::Column(of, column), _) => {
                        let (of, column) = (*of, column.clone());
                        self.recoded(choice, of, &column, *list)
                    }
                    _ => choice.text_value()?,
                };
                let null_is = (answer.nullable || code.nullable).then_some(false);
                Ok(Val::bool(format!("{} == {}", answer.code, code.paren(4)), 3, null_is))
            }
            _ => {
                // Words of a text.
                let (text, word) = (answer.full_text()?, choice.full_text()?);
                Ok(Val::bool(
                    format!("contains(' ' + {} + ' ', ' ' + {} + ' ')", text.paren(5), word.paren(5)),
                    7,
                    None,
                ))
            }
        }
    }

    pub(super) fn count_selected(&self, answer: &X) -> Res<Val> {
        let answer = self.one(answer)?;
        if matches!(answer.ty, Ty::Many(_)) {
            return Ok(Val::new(format!("size({})", answer.code), 7, Ty::Num, false));
        }
        let there = answer.is_there();
        Ok(Val::new(format!("{} ? 1 : 0", there.paren(1)), 0, Ty::Num, false))
    }

    /// The name of a row that was chosen; the labels of lists are not in reach of expressions.
    pub(super) fn choice_name(&self, args: &[X]) -> Res<Val> {
        let id = match args.first() {
            Some(X::Ref(name)) => self.form.find(name, self.place.node),
            Some(X::Path { absolute, steps }) => self.walk(*absolute, steps)?,
            _ => None,
        };
        let Some((id, Kind::RowOf { repeat, label })) = id.map(|id| (id, &self.form.nodes[id].kind)) else {
            return why("the label of a choice is not in reach of expressions", "表达式无法读取选项的名称");
        };
        let Out::One(row) = self.node(id)? else {
            return why("the label of a choice is not in reach of expressions", "表达式无法读取选项的名称");
        };
        self.reads.borrow_mut().extend([*repeat, *label]);
        let path = |id: &usize| self.form.nodes[*id].segments.join(".");
        let code = format!("doc.{}[{}].{}", path(repeat), row.code, path(label));
        Ok(Val::new(code, 7, self.type_of(*label)?, true))
    }
}

fn needle_null(needle: &str) -> Option<bool> {
    // A literal is never null; a column or another answer may be, and is then in nothing.
    (!needle.starts_with('\'')).then_some(false)
}
