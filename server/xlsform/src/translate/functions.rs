//! Functions of XPath and their counterparts.

use super::value::plain_number;
use super::{Out, Res, Translator, Ty, Val, dates, why};
use crate::xpath::X;

/// Longest part that is written twice; longer ones get a name.
const TWICE: usize = 60;

impl Translator<'_> {
    pub(super) fn call(&self, name: &str, args: &[X]) -> Res<Out> {
        if let Some(result) = self.over_rows(name, args) {
            return result;
        }
        self.function(name, args).map(Out::One)
    }

    /// Functions that take many rows.
    fn over_rows(&self, name: &str, args: &[X]) -> Option<Res<Out>> {
        let [arg] = args else { return None };
        if !matches!(name, "count" | "count-non-empty" | "sum" | "min" | "max") {
            return None;
        }
        let out = match self.out(arg) {
            Ok(out) => out,
            Err(why) => return Some(Err(why)),
        };
        let value = match (&out, name) {
            (Out::Nodes(nodes), "count") => self.count(nodes),
            (Out::Nodes(nodes), "count-non-empty") => self.count_answered(nodes),
            (Out::Nodes(nodes), "sum" | "min" | "max") => self.aggregate(nodes, name),
            (Out::One(_), "count") => Ok(Val::count(1)),
            (Out::One(value), "count-non-empty") => {
                let there = value.is_there();
                Ok(Val::new(format!("{} ? 1 : 0", there.paren(1)), 0, Ty::Num, false))
            }
            (Out::One(value), "sum" | "min" | "max") => value.clone().number(self.form),
            _ => return None,
        };
        Some(value.map(Out::One))
    }

    pub(super) fn arity(name: &str, args: &[X], least: usize, most: usize) -> Res<()> {
        if (least..=most).contains(&args.len()) {
            return Ok(());
        }
        why(format!("{name}() has a wrong number of arguments"), format!("{name}() 的参数个数有误"))
    }

    pub(super) fn text_of(&self, args: &[X], at: usize) -> Res<Val> {
        self.one(&args[at])?.text_value()
    }

    fn date_of(&self, args: &[X], at: usize) -> Res<Val> {
        self.one(&args[at])?.date()
    }

    fn function(&self, name: &str, args: &[X]) -> Res<Val> {
        let count = |least, most| Self::arity(name, args, least, most);
        match name {
            "true" | "false" => {
                count(0, 0)?;
                Ok(Val::constant(name == "true"))
            }
            "not" => {
                count(1, 1)?;
                Ok(self.bool(&args[0])?.not())
            }
            "boolean" | "boolean-from-string" => {
                count(1, 1)?;
                self.bool(&args[0])
            }
            "if" => {
                count(3, 3)?;
                self.choice(args)
            }
            "coalesce" => {
                count(1, 50)?;
                self.first_of(args)
            }
            "once" => {
                count(1, 1)?;
                self.note("once() is worked out again each time", "once() 每次重新计算");
                self.one(&args[0])
            }
            "selected" => {
                count(2, 2)?;
                self.selected(&args[0], &args[1])
            }
            "count-selected" => {
                count(1, 1)?;
                self.count_selected(&args[0])
            }
            "position" => {
                count(1, 1)?;
                self.position(&args[0])
            }
            "indexed-repeat" => {
                count(3, 7)?;
                self.indexed(args)
            }
            "jr:choice-name" => self.choice_name(args),
            "today" | "now" => {
                count(0, 0)?;
                if name == "now" {
                    self.note(
                        "now() is read as the day of the record, without the time",
                        "now() 按记录日期读取，不含时间",
                    );
                }
                Ok(Val::new("doc._date", 7, Ty::Date, false))
            }
            "date" | "date-time" => {
                count(1, 1)?;
                if name == "date-time" {
                    self.note("the time of the day is left out", "不含一天中的时间");
                }
                self.date_of(args, 0)
            }
            "decimal-date-time" => {
                count(1, 1)?;
                self.note("the time of the day is left out", "不含一天中的时间");
                self.date_of(args, 0)?.number(self.form)
            }
            "format-date" | "format-date-time" => {
                count(2, 2)?;
                let day = self.one(&args[0])?;
                match &args[1] {
                    X::Text(format) => dates::formatted(day, format),
                    _ => why("the form of a date must be a text", "日期格式应为文字"),
                }
            }
            _ => self.numeric(name, args).unwrap_or_else(|| self.textual(name, args)),
        }
    }

    fn numeric(&self, name: &str, args: &[X]) -> Option<Res<Val>> {
        let ours = match name {
            "number" | "int" | "pow" | "pi" => name,
            "round" => "round",
            "abs" => "abs",
            "floor" => "floor",
            "ceiling" | "ceil" => "ceil",
            "min" | "max" | "sum" if args.len() > 1 => name,
            _ => return None,
        };
        Some(self.number_function(ours, args))
    }

    fn number_function(&self, name: &str, args: &[X]) -> Res<Val> {
        let most = match name {
            "pi" => 0,
            "round" | "pow" => 2,
            "min" | "max" | "sum" => 50,
            _ => 1,
        };
        Self::arity(name, args, most.min(1), most)?;
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.num(arg)?);
        }
        let nullable = values.iter().any(|value| value.nullable);
        let call = |values: &[Val]| {
            let codes: Vec<&str> = values.iter().map(|value| value.code.as_str()).collect();
            format!("{name}({})", codes.join(", "))
        };
        match name {
            "pi" => Val::num("3.14159265358979"),
            "number" => Ok(values.remove(0)),
            "int" => Ok(self.twice(values.remove(0), &|x| {
                let x = x.paren(4);
                format!("{x} < 0 ? ceil({x}) : floor({x})")
            })),
            "pow" => {
                let power = values.get(1).and_then(|value| value.literal.as_ref()?.parse::<usize>().ok());
                match power.filter(|power| (1..=6).contains(power)) {
                    Some(power) => {
                        let value = values.remove(0);
                        let mut out = self.twice(value, &|x| vec![x.paren(6); power].join(" * "));
                        out.strength = out.strength.min(5);
                        Ok(out)
                    }
                    None => why("only powers from 1 to 6 have a counterpart", "仅支持 1 至 6 次幂"),
                }
            }
            _ => Ok(Val::new(call(&values), 7, Ty::Num, nullable)),
        }
    }

    /// Something that reads a part more than once.
    fn twice(&self, value: Val, code: &dyn Fn(&Val) -> String) -> Val {
        if value.code.len() <= TWICE {
            return Val::new(code(&value), 0, Ty::Num, value.nullable);
        }
        let name = self.variable();
        let named = Val::new(name.clone(), 7, Ty::Num, value.nullable);
        Val::new(format!("[{}].map({name}, {})[0]", value.code, code(&named)), 7, Ty::Num, value.nullable)
    }

    fn choice(&self, args: &[X]) -> Res<Val> {
        let condition = self.bool(&args[0])?.exact();
        let values = self.same_type(vec![self.one(&args[1])?, self.one(&args[2])?])?;
        let [yes, no] = values.as_slice() else {
            return why("if() needs two results", "if() 须有两个结果");
        };
        let code = format!("{} ? {} : {}", condition.paren(1), yes.paren(1), no.paren(0));
        let nullable = yes.nullable || no.nullable;
        if yes.ty == Ty::Bool {
            // Both are exact by now.
            return Ok(Val::bool(code, 0, None));
        }
        Ok(Val::new(code, 0, yes.ty.clone(), nullable))
    }

    fn first_of(&self, args: &[X]) -> Res<Val> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.one(arg)?);
        }
        let values = self.same_type(values)?;
        let codes: Vec<&str> = values.iter().map(|value| value.code.as_str()).collect();
        let ty = values.first().map_or(Ty::Empty, |value| value.ty.clone());
        let nullable = values.iter().all(|value| value.nullable);
        Ok(Val::new(format!("coalesce({})", codes.join(", ")), 7, ty, nullable))
    }

    /// Results of which one is taken: of one type, of text when they differ.
    fn same_type(&self, values: Vec<Val>) -> Res<Vec<Val>> {
        let types: Vec<Ty> = values.iter().map(|v| v.ty.clone()).filter(|ty| *ty != Ty::Empty).collect();
        let all = |ty: &dyn Fn(&Ty) -> bool| types.iter().all(ty);
        let number =
            |v: &Val| v.ty == Ty::Num || v.literal.as_ref().is_some_and(|text| plain_number(text).is_some());
        let Some(first) = types.first().cloned() else {
            return Ok(values);
        };
        let convert: Box<dyn Fn(Val) -> Res<Val> + '_> = if first == Ty::Bool && all(&|ty| *ty == Ty::Bool) {
            let some_empty = values.iter().any(|value| value.ty == Ty::Empty);
            if some_empty { Box::new(Val::text_value) } else { Box::new(|v: Val| Ok(v.exact())) }
        } else if all(&|ty| *ty == first) && !matches!(first, Ty::Many(_) | Ty::Opaque | Ty::Row(_)) {
            Box::new(Ok)
        } else if values.iter().all(|v| v.ty == Ty::Empty || number(v)) && types.contains(&Ty::Num) {
            Box::new(|v: Val| v.number(self.form))
        } else {
            Box::new(Val::text_value)
        };
        let mut out = Vec::with_capacity(values.len());
        for value in values {
            out.push(convert(value)?);
        }
        let ty = out.iter().map(|v| v.ty.clone()).find(|ty| *ty != Ty::Empty).unwrap_or(first);
        out.iter_mut().for_each(|value| value.ty = ty.clone());
        Ok(out)
    }
}
