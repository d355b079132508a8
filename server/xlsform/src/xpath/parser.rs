//! Tokens to a tree: a Pratt parser, bounded in length and depth. Chains of `and` and `or` become one node, so that
//! a hundred of them are not a hundred deep.

use super::lexer::{Token, tokens};
use super::{Op, Step, SyntaxError, X};
use crate::limits;

pub(crate) fn parse(text: &str) -> Result<X, SyntaxError> {
    if text.len() > limits::XPATH_BYTES {
        return Err(SyntaxError::new(limits::XPATH_BYTES, "…"));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let tree = parser.or()?;
    match parser.peek() {
        Token::End => Ok(tree),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn after(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].1
    }

    fn unexpected(&self) -> SyntaxError {
        let (position, token) = &self.tokens[self.at.min(self.tokens.len() - 1)];
        SyntaxError::new(*position, token.describe())
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.depth >= limits::XPATH_DEPTH {
            return Err(self.unexpected());
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<X, SyntaxError> {
        self.nested(|p| {
            let mut all = vec![p.and()?];
            while p.eat("or") {
                all.push(p.and()?);
            }
            Ok(if all.len() == 1 { all.remove(0) } else { X::Or(all) })
        })
    }

    fn and(&mut self) -> Result<X, SyntaxError> {
        let mut all = vec![self.binary(1)?];
        while self.eat("and") {
            all.push(self.binary(1)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { X::And(all) })
    }

    fn operator(&self) -> Option<(Op, u8)> {
        let Token::Sign(sign) = self.peek() else {
            return None;
        };
        Some(match *sign {
            "=" | "==" => (Op::Eq, 1),
            "!=" => (Op::Ne, 1),
            "<" => (Op::Lt, 2),
            "<=" => (Op::Le, 2),
            ">" => (Op::Gt, 2),
            ">=" => (Op::Ge, 2),
            "+" => (Op::Add, 3),
            "-" => (Op::Sub, 3),
            "*" => (Op::Mul, 4),
            "div" => (Op::Div, 4),
            "mod" => (Op::Mod, 4),
            _ => return None,
        })
    }

    fn binary(&mut self, least: u8) -> Result<X, SyntaxError> {
        let mut left = self.unary()?;
        let mut height = 0;
        while let Some((op, strength)) = self.operator().filter(|(_, strength)| *strength >= least) {
            height += 1;
            if height > limits::XPATH_CHAIN {
                return Err(self.unexpected());
            }
            self.at += 1;
            let right = self.nested(|p| p.binary(strength + 1))?;
            left = X::Binary(op, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<X, SyntaxError> {
        if self.eat("-") {
            return Ok(X::Neg(Box::new(self.nested(Self::unary)?)));
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Result<X, SyntaxError> {
        let mut node = self.primary()?;
        let mut height = 0;
        loop {
            height += 1;
            if height > limits::XPATH_DEPTH {
                return Err(self.unexpected());
            }
            if self.eat("[") {
                let condition = self.or()?;
                self.expect("]")?;
                node = X::Filter(Box::new(node), Box::new(condition));
            } else if self.eat("/") {
                let steps = self.steps()?;
                node = match node {
                    X::Path { absolute, steps: mut before } => {
                        before.extend(steps);
                        X::Path { absolute, steps: before }
                    }
                    other => X::Below(Box::new(other), steps),
                };
            } else {
                return Ok(node);
            }
        }
    }

    fn primary(&mut self) -> Result<X, SyntaxError> {
        let token = self.peek().clone();
        let node = match token {
            Token::Num(text) => X::Num(text),
            Token::Text(text) => X::Text(text),
            Token::Ref(name) => match name.strip_prefix("last-saved#") {
                Some(name) => X::LastSaved(name.to_owned()),
                None => X::Ref(name),
            },
            Token::Name(name) if matches!(self.after(), Token::Sign("(")) => {
                self.at += 2;
                return self.call(name);
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.or()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("/") => {
                self.at += 1;
                return Ok(X::Path { absolute: true, steps: self.steps()? });
            }
            Token::Name(_) | Token::Sign("." | "..") => {
                return Ok(X::Path { absolute: false, steps: self.steps()? });
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(node)
    }

    fn call(&mut self, name: String) -> Result<X, SyntaxError> {
        let mut args = Vec::new();
        if !self.eat(")") {
            loop {
                args.push(self.or()?);
                if self.eat(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        if name == "current" && args.is_empty() {
            return Ok(X::Path { absolute: false, steps: vec![Step::This] });
        }
        Ok(X::Call(name, args))
    }

    fn steps(&mut self) -> Result<Vec<Step>, SyntaxError> {
        let mut steps = Vec::new();
        loop {
            let step = match self.peek() {
                Token::Sign(".") => Step::This,
                Token::Sign("..") => Step::Parent,
                Token::Name(name) => Step::Child(name.clone()),
                _ => return Err(self.unexpected()),
            };
            self.at += 1;
            steps.push(step);
            if steps.len() > limits::XPATH_DEPTH || !matches!(self.peek(), Token::Sign("/")) {
                return Ok(steps);
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in words: operators in front, so that nesting shows.
    fn show(x: &X) -> String {
        let all = |list: &[X]| list.iter().map(show).collect::<Vec<_>>().join(" ");
        let path = |steps: &[Step]| {
            let step = |step: &Step| match step {
                Step::This => ".".to_owned(),
                Step::Parent => "..".to_owned(),
                Step::Child(name) => name.clone(),
            };
            steps.iter().map(step).collect::<Vec<_>>().join("/")
        };
        match x {
            X::Num(n) => n.clone(),
            X::Text(t) => format!("'{t}'"),
            X::Ref(name) => format!("${name}"),
            X::LastSaved(name) => format!("last${name}"),
            X::Path { absolute, steps } => {
                format!("{}{}", if *absolute { "/" } else { "" }, path(steps))
            }
            X::Below(inner, steps) => format!("{}//{}", show(inner), path(steps)),
            X::Filter(inner, condition) => format!("{}[{}]", show(inner), show(condition)),
            X::Call(name, args) => format!("({name} {})", all(args)),
            X::Neg(inner) => format!("(- {})", show(inner)),
            X::Binary(op, a, b) => format!("({op:?} {} {})", show(a), show(b)),
            X::And(list) => format!("(and {})", all(list)),
            X::Or(list) => format!("(or {})", all(list)),
        }
    }

    #[test]
    fn expressions_become_trees() {
        for (text, tree) in [
            ("${a} = 'x'", "(Eq $a 'x')"),
            (". > 10.51 and . < 18.39", "(and (Gt . 10.51) (Lt . 18.39))"),
            ("${a}='1' or ${a} ='2' or ${b} != 3", "(or (Eq $a '1') (Eq $a '2') (Ne $b 3))"),
            ("1 + 2 * 3 - 4", "(Sub (Add 1 (Mul 2 3)) 4)"),
            ("${a} div 2 mod 3", "(Mod (Div $a 2) 3)"),
            ("-${a} - -1", "(Sub (- $a) (- 1))"),
            (
                "not(selected(., 'None') and count-selected(.) > 1)",
                "(not (and (selected . 'None') (Gt (count-selected .) 1)))",
            ),
            ("regex(.,'^[a-z]$')", "(regex . '^[a-z]$')"),
            ("../../a/b", "../../a/b"),
            ("/data/g/q", "/data/g/q"),
            ("current()/../x", "./../x"),
            ("count(${rep}[age > 5])", "(count $rep[(Gt age 5)])"),
            ("instance('l')/root/item[name = ${x}]/label", "(instance 'l')//root/item[(Eq name $x)]//label"),
            ("jr:choice-name(${x}, '${x}')", "(jr:choice-name $x '${x}')"),
            ("position(..)", "(position ..)"),
            ("state=${s}and div = 2", "(and (Eq state $s) (Eq div 2))"),
            ("today()", "(today )"),
            (".5 + 5.", "(Add .5 5.)"),
            ("${last-saved#x}", "last$x"),
            ("是否 = ${姓名}", "(Eq 是否 $姓名)"),
            ("a-b = 1", "(Eq a-b 1)"),
        ] {
            assert_eq!(parse(text).map(|x| show(&x)).unwrap(), tree, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_its_place() {
        for (text, position) in [
            ("", 0),
            ("1 +", 3),
            ("(1", 2),
            ("'a", 0),
            ("${a", 0),
            ("1 2", 2),
            ("a # b", 2),
            ("f(1,)", 4),
            ("@x", 0),
            ("*", 0),
        ] {
            assert_eq!(parse(text).unwrap_err().position, position, "{text}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        for deep in [
            "(".repeat(10_000),
            "-".repeat(10_000),
            "1+".repeat(5_000),
            "a[".repeat(5_000),
            "f(".repeat(5_000),
            "../".repeat(4_000),
        ] {
            assert!(parse(&deep).is_err());
        }
        let chain = vec!["${a}='x'"; 500].join(" or ");
        assert!(matches!(parse(&chain), Ok(X::Or(list)) if list.len() == 500));
        assert!(parse(&"1".repeat(limits::XPATH_BYTES + 1)).is_err());
    }
}
