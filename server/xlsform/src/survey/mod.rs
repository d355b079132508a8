//! The survey sheet read into a tree: which row is which question, what stands around it, what is no question here.

mod selects;

use crate::choices::Lists;
use crate::form::{Bounds, Form, Id, Kind, Node};
use crate::limits;
use crate::report::{Subject, Tracker};
use crate::said::Said;
use crate::settings::{Settings, is_yes};
use crate::table::{Field, Table};
use crate::types::{self, Control, RowType};

/// Gives the content of a file that lies beside the workbook.
pub(crate) type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

pub(crate) struct Reader<'a, 'b, 't> {
    table: &'a Table<'b>,
    tracker: &'a mut Tracker<'t>,
    lists: Lists,
    settings: &'a mut Settings,
    files: Files<'a>,
    form: Form,
    open: Vec<(Control, Id)>,
    /// Selects from answers: the row to be looked up when all questions are known.
    later: Vec<(Id, String)>,
}

/// Reads all rows; keys and paths are given out afterwards by [`crate::keys::assign`].
pub(crate) fn read<'b>(
    table: &Table<'b>,
    lists: Lists,
    settings: &mut Settings,
    files: Files<'_>,
    tracker: &mut Tracker<'_>,
) -> Form {
    let mut reader = Reader {
        table,
        tracker,
        lists,
        settings,
        files,
        form: Form::default(),
        open: Vec::new(),
        later: Vec::new(),
    };
    for row in table.rows() {
        reader.row(row);
    }
    reader.finish()
}

impl Reader<'_, '_, '_> {
    fn lost(&mut self, row: usize, subject: Subject, said: Said) {
        if let Some((name, _)) = self.table.get(row, Field::Name) {
            self.form.absent.entry(name.to_owned()).or_insert_with(|| said.clone());
        }
        self.tracker.lost_row(self.table.sheet, row, subject, said);
    }

    fn row(&mut self, row: usize) {
        if let Some((disabled, at)) = self.table.get(row, Field::Disabled) {
            if is_yes(disabled) {
                return self.lost(
                    row,
                    Subject::Row,
                    Said::new("the row is disabled", "此行已停用 (disabled)"),
                );
            }
            self.tracker.carried(at);
        }
        let Some((text, at)) = self.table.get(row, Field::Type) else {
            let said = Said::new("the row has no type: it is no question", "此行没有 type，不是题目");
            return self.lost(row, Subject::Row, said);
        };
        let kind = types::parse(text);
        if self.form.nodes.len() >= limits::NODES && !matches!(kind, RowType::End(_)) {
            let most = limits::NODES;
            let said = Said::new(
                format!("a form holds no more than {most} questions"),
                format!("一个表单最多 {most} 个题目"),
            );
            return self.lost(row, Subject::Limit, said);
        }
        self.tracker.carried(at);
        match kind {
            RowType::End(control) => self.end(row, control),
            RowType::Begin(control) => self.begin(row, control),
            RowType::Select { takes, source, other } => self.select(row, takes, source, other),
            RowType::Today => {
                let id = self.push(row, Kind::Calculate);
                self.form.nodes[id].calculation = Some(("today()".to_owned(), at));
            }
            RowType::Setting => self.setting(row, text),
            other => self.question(row, &other, text),
        }
    }

    fn push(&mut self, row: usize, kind: Kind) -> Id {
        let outer = self.open.last().map(|(_, id)| *id);
        let name = match self.table.get(row, Field::Name) {
            Some((name, at)) => {
                self.tracker.carried(at);
                name.to_owned()
            }
            None => format!("{}_{}", if kind == Kind::Note { "note" } else { "row" }, self.table.number(row)),
        };
        let id = self.form.nodes.len();
        let twin = outer_twin(&self.form, outer, &name);
        if let (true, Some((_, at))) = (twin, self.table.get(row, Field::Name)) {
            let en = format!("the name {name} stands here twice; expressions read the first");
            let zh = format!("名称 {name} 在此重复；表达式引用第一个");
            self.tracker.note(at, Subject::Name, Said::new(en, zh));
        }
        self.form.by_name.entry(name.clone()).or_default().push(id);
        self.form.nodes.push(Node { kind, row, outer, ..Node::note(&name) });
        id
    }

    fn begin(&mut self, row: usize, control: Control) {
        let within = self.open.iter().filter(|(_, id)| self.form.nodes[*id].kind == Kind::Repeat).count();
        let kind = match control {
            Control::Group => Kind::Group,
            Control::Repeat if within < 2 => Kind::Repeat,
            Control::Repeat => {
                let said = Said::new(
                    "repeats stand at most two deep in one another; what is in this one is asked once",
                    "重复组最多嵌套两层；此组内的题目只问一次",
                );
                self.changed_type(row, Subject::Nesting, said);
                Kind::Group
            }
            Control::Loop => {
                let said = Said::new(
                    "a loop over choices is asked once, not once for every choice",
                    "按选项循环的组只问一次，不按选项重复",
                );
                self.changed_type(row, Subject::Nesting, said);
                Kind::Group
            }
        };
        let id = self.push(row, kind);
        self.open.push((control, id));
    }

    fn changed_type(&mut self, row: usize, subject: Subject, said: Said) {
        if let Some((_, at)) = self.table.get(row, Field::Type) {
            self.tracker.changed(at, subject, said);
        }
    }

    fn end(&mut self, row: usize, control: Control) {
        match self.open.pop() {
            None => {
                let said = Said::new("this end has no beginning", "此结束行没有对应的开始行");
                self.lost(row, Subject::Nesting, said);
            }
            Some((opened, id)) => {
                if opened != control {
                    let number = self.table.number(self.form.nodes[id].row);
                    let said = Said::new(
                        format!("this ends what row {number} began as something else"),
                        format!("此行结束的是第 {number} 行开始的另一种组"),
                    );
                    self.changed_type(row, Subject::Nesting, said);
                }
                // A name or label on an end says again what is said at the beginning.
                for column in 0..self.table.columns.iter().map(|c| c.index + 1).max().unwrap_or(0) {
                    let at = self.table.at(row, column);
                    if matches!(self.field(column), Some(Field::Name | Field::Type)) {
                        self.tracker.carried(at);
                    } else {
                        let said = Said::new("the end of a group says nothing", "分组的结束行不含内容");
                        self.tracker.lost(at, Subject::Nesting, said);
                    }
                }
            }
        }
    }

    fn field(&self, column: usize) -> Option<Field> {
        self.table.columns.iter().find(|c| c.index == column).map(|c| c.field)
    }

    fn setting(&mut self, row: usize, text: &str) {
        let (Some((value, at)), false) = (self.table.get(row, Field::Name), text.starts_with("prefix"))
        else {
            let said = Said::new("a form has no such setting", "表单没有此设置");
            return self.lost(row, Subject::Setting, said);
        };
        self.tracker.carried(at);
        let place = if text.contains("title") { &mut self.settings.title } else { &mut self.settings.id };
        *place = Some(value.to_owned());
    }

    fn question(&mut self, row: usize, kind: &RowType, text: &str) {
        let kind = match kind {
            RowType::Text => Kind::Text,
            RowType::Integer | RowType::Within(..) => Kind::Integer,
            RowType::Decimal => Kind::Decimal,
            RowType::Range => return self.range(row),
            RowType::Date => Kind::Date,
            RowType::DateTime => Kind::DateTime,
            RowType::Time => Kind::Time,
            RowType::Note => Kind::Note,
            RowType::Point => Kind::Point,
            RowType::Line => Kind::Line,
            RowType::Area => Kind::Area,
            RowType::File => Kind::File,
            RowType::Acknowledge => Kind::Acknowledge,
            RowType::SilentPoint => {
                let said = Said::new(
                    "a place that the phone took by itself is asked here",
                    "原由手机自动取得的位置在此改为询问",
                );
                self.changed_type(row, Subject::Type, said);
                Kind::Point
            }
            RowType::Hidden | RowType::Calculate => {
                return self.calculate(row, *kind == RowType::Calculate);
            }
            RowType::Start => {
                if let Some((name, _)) = self.table.get(row, Field::Name) {
                    self.form.days.insert(name.to_owned());
                }
                let said = Said::new("a record keeps by itself when it was filled", "记录自身保存填写时间");
                return self.lost(row, Subject::Type, said);
            }
            RowType::Metadata => {
                let said = Said::new(
                    "a record keeps by itself when, by whom and on which phone it was filled and changed",
                    "记录自身保存何时、何人、用哪台设备填写和修改",
                );
                return self.lost(row, Subject::Type, said);
            }
            RowType::Silent => {
                let said = Said::new("a form has no such question", "表单没有此类题目");
                return self.lost(row, Subject::Type, said);
            }
            _ => {
                let said =
                    Said::new(format!("the type \"{text}\" is not known"), format!("未知题型“{text}”"));
                return self.lost(row, Subject::Type, said);
            }
        };
        let id = self.push(row, kind);
        if let RowType::Within(least, most) = types::parse(text) {
            let (least, most) = (least.to_string(), most.to_string());
            self.form.nodes[id].bounds = Some(Bounds { least, most, step: String::new(), multiple: false });
        }
        self.calculation(id, row);
    }

    fn calculation(&mut self, id: Id, row: usize) {
        if let Some((text, at)) = self.table.get(row, Field::Calculation) {
            self.form.nodes[id].calculation = Some((text.to_owned(), at));
        }
    }

    /// A calculation, or a hidden answer; one with nothing but a default is that default.
    fn calculate(&mut self, row: usize, calculate: bool) {
        let default = self.table.get(row, Field::Default);
        let calculation = self.table.get(row, Field::Calculation);
        if calculation.is_none() && calculate && default.is_none() {
            let said = Said::new("a calculation without expression", "计算题没有表达式");
            return self.lost(row, Subject::Type, said);
        }
        if !calculate && calculation.is_none() && default.is_none() {
            let said = Said::new(
                "a hidden answer stands here as one that cannot be typed",
                "隐藏项在此为不可填写的题目",
            );
            self.changed_type(row, Subject::Type, said);
            self.push(row, Kind::Note);
            return;
        }
        let id = self.push(row, Kind::Calculate);
        self.form.nodes[id].calculation = match (calculation, default) {
            (Some((text, at)), _) => Some((text.to_owned(), at)),
            (None, Some((text, at))) => {
                let said = Said::new(
                    "the default is worked out always, not only at the beginning",
                    "默认值始终计算，不仅在开始时",
                );
                self.tracker.changed(at, Subject::Default, said);
                Some((crate::defaults::as_expression(text), at))
            }
            _ => None,
        };
    }

    fn range(&mut self, row: usize) {
        let text = self.table.get(row, Field::Parameters);
        let given = types::parameters(text.map_or("", |(text, _)| text));
        let value = |name: &str, otherwise: &str| {
            let found = given.iter().find(|(known, _)| known == name);
            let number = found.and_then(|(_, value)| doorstep_forms::expr::parse_decimal(value));
            number.map_or_else(|| otherwise.to_owned(), |number| number.normalize().to_string())
        };
        let (mut least, mut most) = (value("start", "1"), value("end", "10"));
        let step = value("step", "1").trim_start_matches('-').to_owned();
        let number = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap_or_default();
        if number(&least) > number(&most) {
            std::mem::swap(&mut least, &mut most);
        }
        let whole = [&least, &most, &step].iter().all(|text| !text.contains('.'));
        let multiple = !number(&step).is_zero()
            && number(&least).checked_rem(number(&step)).is_some_and(|rest| rest.is_zero())
            && !(whole && step == "1");
        let id = self.push(row, if whole { Kind::Integer } else { Kind::Decimal });
        self.form.nodes[id].bounds = Some(Bounds { least, most, step, multiple });
        if let Some((_, at)) = text {
            let others = given.iter().any(|(name, _)| !matches!(name.as_str(), "start" | "end" | "step"));
            if others {
                let said = Said::new("only start, end and step are carried", "仅导入 start、end 和 step");
                self.tracker.changed(at, Subject::Parameter, said);
            } else {
                self.tracker.carried(at);
            }
        }
        self.calculation(id, row);
    }

    fn finish(mut self) -> Form {
        for (_, id) in std::mem::take(&mut self.open) {
            let row = self.form.nodes[id].row;
            let said =
                Said::new("this begins and never ends; it ends with the sheet", "此组没有结束行，到表尾为止");
            if let Some((_, at)) = self.table.get(row, Field::Type) {
                self.tracker.changed(at, Subject::Nesting, said);
            }
        }
        for (id, name) in std::mem::take(&mut self.later) {
            let around = |id: Id| {
                std::iter::successors(self.form.nodes[id].outer, |id| self.form.nodes[*id].outer)
                    .filter(|id| self.form.nodes[*id].kind == Kind::Repeat)
                    .collect::<Vec<_>>()
            };
            let label = self.form.find(&name, Some(id));
            let repeats = label.map(around).unwrap_or_default();
            match (label, repeats.as_slice()) {
                (Some(label), [repeat]) => self.form.nodes[id].kind = Kind::RowOf { repeat: *repeat, label },
                _ => {
                    let row = self.form.nodes[id].row;
                    self.form.nodes[id].lost = true;
                    let said = Said::new(
                        "only rows of a repeat that stands in no other repeat can be chosen from",
                        "仅可从最外层重复组的行中选择",
                    );
                    self.lost(row, Subject::Choice, said);
                }
            }
        }
        self.form.lists = self.lists.all;
        self.form
    }
}

fn outer_twin(form: &Form, outer: Option<Id>, name: &str) -> bool {
    form.by_name.get(name).is_some_and(|all| all.iter().any(|id| form.nodes[*id].outer == outer))
}
