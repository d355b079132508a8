//! Names and paths: which question is meant, and how it is reached from here.

use super::many::Nodes;
use super::{Calculations, Out, Res, Translator, Ty, Val, why};
use crate::form::{Form, Id, Kind};
use crate::said::Said;
use crate::xpath::{Step, X};

impl Translator<'_> {
    /// `${name}`
    pub(super) fn named(&self, name: &str) -> Res<Out> {
        if let Some(id) = self.form.find(name, self.place.node) {
            return self.node(id);
        }
        if self.form.days.contains(name) {
            self.note(
                "the time when the form was opened is read as the day of the record",
                "表单打开时间按记录日期读取",
            );
            return Ok(Out::One(Val::new("doc._date", 7, Ty::Date, false)));
        }
        match self.form.absent.get(name) {
            Some(said) => why(
                format!("it reads {name}, which is not carried over: {}", said.en),
                format!("引用了未导入的 {name}：{}", said.zh),
            ),
            None => why(format!("there is no question named {name}"), format!("没有名为 {name} 的题目")),
        }
    }

    /// A path of names; in a filter, one name is a column of the choices.
    pub(super) fn path(&self, absolute: bool, steps: &[Step]) -> Res<Out> {
        if let (Some(list), false, [Step::Child(name)]) = (self.place.filter, absolute, steps) {
            return self.column(list, name).map(Out::One);
        }
        if steps.iter().all(|step| *step == Step::This) && !absolute {
            return self.own().map(Out::One);
        }
        match self.walk(absolute, steps)? {
            Some(id) => self.node(id),
            None => why("the form as a whole is no value", "整个表单不是一个值"),
        }
    }

    /// The question a path leads to; none for the form itself.
    pub(super) fn walk(&self, absolute: bool, steps: &[Step]) -> Res<Option<Id>> {
        let mut at = if absolute { None } else { self.place.node };
        // The first name of an absolute path is that of the form.
        for step in steps.iter().skip(usize::from(absolute)) {
            at = match step {
                Step::This => at,
                Step::Parent => at.and_then(|id| self.form.nodes[id].outer),
                Step::Child(name) => {
                    let found = self.form.inside(at).find(|id| self.form.nodes[*id].name == *name);
                    if found.is_none() {
                        return why(
                            format!("the path leads to {name}, which is not there or not carried over"),
                            format!("路径所指的 {name} 不存在或未导入"),
                        );
                    }
                    found
                }
            };
        }
        Ok(at)
    }

    /// `.`
    fn own(&self) -> Res<Val> {
        match self.place.node {
            Some(id) if self.place.constraint => {
                let ty = self.type_of(id)?;
                Ok(Val::new("value", 7, ty, false))
            }
            _ => why("the answer itself is read outside its constraint", "在约束之外引用了本题答案"),
        }
    }

    fn column(&self, list: usize, name: &str) -> Res<Val> {
        let data = &self.form.lists[list];
        if name == "name" {
            return Ok(Val::new("code.code", 7, Ty::Code(list), false));
        }
        if name == "label" {
            return Ok(Val::new("code.label", 7, Ty::Text, false));
        }
        match data.columns.iter().find(|column| column.heading == name) {
            Some(column) => {
                let ty = Ty::Column(list, column.ident.clone());
                Ok(Val::new(format!("code.{}", column.ident), 7, ty, true))
            }
            None => why(
                format!("the choices of {} have no column {name}", data.name),
                format!("选项表 {} 没有列 {name}", data.name),
            ),
        }
    }

    pub(super) fn type_of(&self, id: Id) -> Res<Ty> {
        type_of(self.form, self.calculations, id)
    }

    /// The value of a question, seen from here.
    pub(super) fn node(&self, id: Id) -> Res<Out> {
        let node = &self.form.nodes[id];
        if node.lost {
            return why(
                format!("it reads {}, which is not carried over", node.name),
                format!("引用了未导入的 {}", node.name),
            );
        }
        if node.kind == Kind::Group {
            return why(
                format!("{} is a group, not an answer", node.name),
                format!("{} 是分组，不是答案", node.name),
            );
        }
        self.reads.borrow_mut().insert(id);
        let target = self.form.rosters(Some(id));
        self.reads.borrow_mut().extend(&target);
        let shared = target.iter().zip(&self.rosters).take_while(|(a, b)| a == b).count();
        let base = self.base(shared);
        if node.kind == Kind::Repeat {
            let mut levels = self.levels(base, &target[shared..]);
            levels.push(match levels.is_empty() {
                true => format!("{base}.{}", node.segments.join(".")),
                false => node.segments.join("."),
            });
            return Ok(Out::Nodes(Nodes { levels, leaf: None }));
        }
        let ty = self.type_of(id)?;
        let path = node.segments.join(".");
        if shared < target.len() {
            let levels = self.levels(base, &target[shared..]);
            return Ok(Out::Nodes(Nodes { levels, leaf: Some((path, ty)) }));
        }
        let nullable = !matches!(ty, Ty::Many(_));
        Ok(Out::One(Val::new(format!("{base}.{path}"), 7, ty, nullable)))
    }

    /// What the rows around this place are called, by how many of them are shared.
    fn base(&self, shared: usize) -> &'static str {
        match self.rosters.len() - shared {
            _ if shared == 0 => "doc",
            0 => "row",
            _ => "parent",
        }
    }

    fn levels(&self, base: &str, rosters: &[Id]) -> Vec<String> {
        let path = |id: &Id| self.form.nodes[*id].segments.join(".");
        rosters
            .iter()
            .enumerate()
            .map(|(i, id)| if i == 0 { format!("{base}.{}", path(id)) } else { path(id) })
            .collect()
    }

    /// `position(..)`: rows have no number of their own; their ids grow with the time they were made.
    pub(super) fn position(&self, x: &X) -> Res<Val> {
        let id = match x {
            X::Path { absolute, steps } => self.walk(*absolute, steps)?,
            X::Ref(name) => self.form.find(name, self.place.node),
            _ => None,
        };
        let depth = id.and_then(|id| self.rosters.iter().position(|roster| *roster == id));
        let Some(depth) = depth else {
            return why(
                "position() of something else than a repeat around it",
                "position() 所指不是外层重复组",
            );
        };
        let roster = self.rosters[depth];
        self.reads.borrow_mut().extend(&self.rosters[..=depth]);
        let list = format!("{}.{}", self.base(depth), self.form.nodes[roster].segments.join("."));
        let row = self.base(depth + 1);
        let variable = self.variable();
        self.note("rows are numbered by the time they were made", "行号按行的建立时间计算");
        let code = format!("size({list}.filter({variable}, {variable}._id <= {row}._id))");
        Ok(Val::new(code, 7, Ty::Num, false))
    }

    /// `indexed-repeat(answer, repeat, number, ...)`
    pub(super) fn indexed(&self, args: &[X]) -> Res<Val> {
        let meant = |x: &X| match x {
            X::Ref(name) => Ok(self.form.find(name, self.place.node)),
            X::Path { absolute, steps } => self.walk(*absolute, steps),
            _ => why("indexed-repeat() of something else than names", "indexed-repeat() 的参数应为名称"),
        };
        let wrong =
            || Said::new("the repeats of indexed-repeat() do not fit", "indexed-repeat() 的重复组不符");
        let id = args.first().map(meant).transpose()?.flatten().ok_or_else(wrong)?;
        let rosters = self.form.rosters(Some(id));
        let pairs = &args[1..];
        if rosters.is_empty() || pairs.len() != 2 * rosters.len() || self.form.nodes[id].kind == Kind::Group {
            return Err(wrong());
        }
        let mut code = "doc".to_owned();
        for (roster, pair) in rosters.iter().zip(pairs.chunks(2)) {
            if meant(&pair[0])? != Some(*roster) {
                return Err(wrong());
            }
            let number = self.num(&pair[1])?;
            let index = match number.literal.as_ref().and_then(|text| text.parse::<u32>().ok()) {
                Some(number) => number.saturating_sub(1).to_string(),
                None => format!("{} - 1", number.paren(4)),
            };
            code = format!("{code}.{}[{index}]", self.form.nodes[*roster].segments.join("."));
        }
        let ty = self.type_of(id)?;
        self.reads.borrow_mut().insert(id);
        self.reads.borrow_mut().extend(rosters);
        let code = format!("{code}.{}", self.form.nodes[id].segments.join("."));
        Ok(Val::new(code, 7, ty, true))
    }
}

/// The type of an answer; that of a calculation is worked out.
pub(crate) fn type_of(form: &Form, all: &Calculations, id: Id) -> Res<Ty> {
    Ok(match &form.nodes[id].kind {
        Kind::Text | Kind::Note => Ty::Text,
        Kind::Integer | Kind::Decimal => Ty::Num,
        Kind::Acknowledge => Ty::Bool,
        Kind::Date => Ty::Date,
        Kind::DateTime => Ty::DateTime,
        Kind::Time => Ty::Time,
        Kind::SelectOne(list) => Ty::Code(*list),
        Kind::SelectMany(list) => Ty::Many(*list),
        Kind::RowOf { repeat, .. } => Ty::Row(*repeat),
        Kind::Rank(_) | Kind::Point | Kind::Line | Kind::Area | Kind::File | Kind::Group | Kind::Repeat => {
            Ty::Opaque
        }
        Kind::Calculate => stored(Translator::calculation(form, all, id)?.ty),
    })
}

/// What a calculated answer of this type is once it stands in the record.
fn stored(ty: Ty) -> Ty {
    match ty {
        Ty::Empty | Ty::Many(_) | Ty::Row(_) | Ty::Opaque | Ty::Column(..) => Ty::Text,
        other => other,
    }
}
