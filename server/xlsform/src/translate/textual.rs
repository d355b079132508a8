//! Functions of XPath that make or look at texts.

use super::value::quoted;
use super::{Out, Res, Translator, Ty, Val, regex, why};
use crate::xpath::{Step, X};

impl Translator<'_> {
    pub(super) fn textual(&self, name: &str, args: &[X]) -> Res<Val> {
        let count = |least, most| Self::arity(name, args, least, most);
        let call =
            |name: &str, value: Val| Val::new(format!("{name}({})", value.code), 7, Ty::Text, value.nullable);
        match name {
            "string" => {
                count(1, 1)?;
                self.text_of(args, 0)
            }
            "string-length" => {
                count(0, 1)?;
                let text = match args.first() {
                    Some(arg) => self.one(arg)?.full_text()?,
                    None => self.one(&X::Path { absolute: false, steps: vec![Step::This] })?.full_text()?,
                };
                Ok(Val::new(format!("size({})", text.code), 7, Ty::Num, false))
            }
            "concat" => self.join(args, &Val::text("")),
            "join" => {
                count(2, 50)?;
                let separator = self.one(&args[0])?.full_text()?;
                self.join(&args[1..], &separator)
            }
            "normalize-space" => {
                count(1, 1)?;
                Ok(call("trim", self.text_of(args, 0)?))
            }
            "upper-case" | "lower-case" => {
                count(1, 1)?;
                Ok(call(if name == "upper-case" { "upper" } else { "lower" }, self.text_of(args, 0)?))
            }
            "contains" | "starts-with" | "ends-with" => {
                count(2, 2)?;
                let ours = match name {
                    "contains" => "contains",
                    "starts-with" => "startsWith",
                    _ => "endsWith",
                };
                let (text, part) = (self.text_of(args, 0)?, self.one(&args[1])?.full_text()?);
                let null_is = text.nullable.then_some(false);
                Ok(Val::bool(format!("{ours}({}, {})", text.code, part.code), 7, null_is))
            }
            "substr" => {
                count(2, 3)?;
                self.substring(args)
            }
            "regex" => {
                count(2, 2)?;
                let text = self.one(&args[0])?.full_text()?;
                let X::Text(pattern) = &args[1] else {
                    return why("the pattern of regex() must be a text", "regex() 的模式应为文字");
                };
                Ok(Val::bool(format!("matches({}, {})", text.code, quoted(&regex::whole(pattern))), 7, None))
            }
            "random" | "uuid" => why(
                format!("{name}() has no counterpart: the same answers must always give the same result"),
                format!("没有与 {name}() 对应的函数：相同答案须得出相同结果"),
            ),
            "pulldata" | "instance" => why(
                format!("{name}() reads another file, which expressions of a form do not"),
                format!("{name}() 读取其他文件，表单的表达式不支持"),
            ),
            _ => why(
                format!("the function {name}() has no counterpart"),
                format!("没有与函数 {name}() 对应的写法"),
            ),
        }
    }

    /// Nulls are left out of what is joined, as empty texts would be.
    fn join(&self, args: &[X], separator: &Val) -> Res<Val> {
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            let part = match self.out(arg)? {
                Out::One(value) => value.text_value()?.code,
                Out::Nodes(nodes) => self.joined(&nodes, separator)?.code,
            };
            parts.push(part);
        }
        // A list of nothing but null has no type.
        parts.retain(|part| part != "null");
        match parts.as_slice() {
            [] => return Ok(Val::empty()),
            // One text, or the texts of all rows, joined already.
            [one] if args.len() == 1 => return Ok(Val::new(one.clone(), 0, Ty::Text, true)),
            _ => {}
        }
        Ok(Val::new(format!("join([{}], {})", parts.join(", "), separator.code), 7, Ty::Text, false))
    }

    fn substring(&self, args: &[X]) -> Res<Val> {
        let text = self.text_of(args, 0)?;
        let mut code = text.code.clone();
        for arg in &args[1..] {
            let number = self.num(arg)?;
            let negative = number.literal.as_ref().and_then(|text| text.strip_prefix('-'));
            code = match negative {
                Some(back) => format!("{code}, size({}) - {back}", text.code),
                None => format!("{code}, {}", number.code),
            };
        }
        Ok(Val::new(format!("substring({code})"), 7, Ty::Text, text.nullable))
    }
}
