//! Tokens to a tree: a Pratt parser, bounded in length and depth.

use std::sync::Arc;

use super::ast::{Kind, MacroKind, Node, Op, Pattern};
use super::error::{ExprError, Reason};
use super::functions::{self, Func};
use super::lexer::{Token, tokens};
use crate::limits;

pub(super) fn parse(text: &str) -> Result<Node, ExprError> {
    if text.len() > limits::EXPR_BYTES {
        return Err(ExprError::new(0, Reason::TooLong));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let (node, _) = parser.ternary()?;
    match parser.peek() {
        Token::End => Ok(node),
        other => Err(parser.unexpected(other)),
    }
}

/// A node with the height of its tree.
type Tall = (Node, usize);

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn pos(&self) -> usize {
        self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn unexpected(&self, token: &Token) -> ExprError {
        let reason = match token {
            Token::End => Reason::End,
            other => Reason::Unexpected { found: other.describe() },
        };
        ExprError::new(self.pos(), reason)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(s) if *s == sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExprError> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(self.peek())) }
    }

    /// A node over children whose tallest is `below`; refuses trees that are too tall to walk recursively.
    fn tall(&self, pos: usize, kind: Kind, below: usize) -> Result<Tall, ExprError> {
        if below + 1 > limits::EXPR_DEPTH {
            return Err(ExprError::new(pos, Reason::TooDeep));
        }
        Ok((Node { pos, kind }, below + 1))
    }

    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, ExprError>) -> Result<T, ExprError> {
        if self.depth >= limits::EXPR_DEPTH {
            return Err(ExprError::new(self.pos(), Reason::TooDeep));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn ternary(&mut self) -> Result<Tall, ExprError> {
        self.nested(|p| {
            let pos = p.pos();
            let (condition, h1) = p.binary(1)?;
            if !p.eat("?") {
                return Ok((condition, h1));
            }
            let (yes, h2) = p.ternary()?;
            p.expect(":")?;
            let (no, h3) = p.ternary()?;
            p.tall(pos, Kind::Ternary(Box::new(condition), Box::new(yes), Box::new(no)), h1.max(h2).max(h3))
        })
    }

    fn operator(&self) -> Option<Op> {
        Some(match self.peek() {
            Token::Ident(word) if word == "in" => Op::In,
            Token::Sign(sign) => match *sign {
                "||" => Op::Or,
                "&&" => Op::And,
                "==" => Op::Eq,
                "!=" => Op::Ne,
                "<" => Op::Lt,
                "<=" => Op::Le,
                ">" => Op::Gt,
                ">=" => Op::Ge,
                "+" => Op::Add,
                "-" => Op::Sub,
                "*" => Op::Mul,
                "/" => Op::Div,
                "%" => Op::Rem,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn binary(&mut self, min: u8) -> Result<Tall, ExprError> {
        let (mut left, mut height) = self.unary()?;
        while let Some(op) = self.operator().filter(|op| op.strength() >= min) {
            let pos = self.pos();
            self.at += 1;
            let (right, h2) = self.nested(|p| p.binary(op.strength() + 1))?;
            (left, height) =
                self.tall(pos, Kind::Binary(op, Box::new(left), Box::new(right)), height.max(h2))?;
        }
        Ok((left, height))
    }

    fn unary(&mut self) -> Result<Tall, ExprError> {
        let pos = self.pos();
        if self.eat("!") {
            let (inner, h) = self.nested(Self::unary)?;
            return self.tall(pos, Kind::Not(Box::new(inner)), h);
        }
        if self.eat("-") {
            let (inner, h) = self.nested(Self::unary)?;
            return self.tall(pos, Kind::Neg(Box::new(inner)), h);
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Result<Tall, ExprError> {
        let (mut node, mut height) = self.primary()?;
        loop {
            let pos = self.pos();
            if self.eat(".") {
                let name = self.name()?;
                if matches!(self.peek(), Token::Sign("(")) {
                    (node, height) = self.method(pos, node, height, &name)?;
                } else {
                    (node, height) = self.tall(pos, Kind::Field(Box::new(node), name.into()), height)?;
                }
            } else if self.eat("[") {
                let (index, h2) = self.ternary()?;
                self.expect("]")?;
                (node, height) =
                    self.tall(pos, Kind::Index(Box::new(node), Box::new(index)), height.max(h2))?;
            } else {
                return Ok((node, height));
            }
        }
    }

    fn name(&mut self) -> Result<String, ExprError> {
        match self.peek() {
            Token::Ident(name) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            other => Err(self.unexpected(other)),
        }
    }

    /// `receiver.name(...)`: a macro, or the function with the receiver as its first argument.
    fn method(&mut self, pos: usize, receiver: Node, height: usize, name: &str) -> Result<Tall, ExprError> {
        if let Some(kind) = MacroKind::by_name(name) {
            self.expect("(")?;
            let variable: Arc<str> = self.name()?.into();
            self.expect(",")?;
            let (body, h2) = self.ternary()?;
            self.expect(")")?;
            let kind = Kind::Macro(kind, Box::new(receiver), variable, Box::new(body));
            return self.tall(pos, kind, height.max(h2));
        }
        self.call(pos, name, vec![receiver], height)
    }

    fn primary(&mut self) -> Result<Tall, ExprError> {
        let pos = self.pos();
        match self.next() {
            Token::Num(n) => self.tall(pos, Kind::Num(n), 0),
            Token::Text(t) => self.tall(pos, Kind::Text(t.into()), 0),
            Token::Sign("(") => {
                let inner = self.ternary()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                let (items, height) = self.arguments("]", Vec::new(), 0)?;
                self.tall(pos, Kind::List(items), height)
            }
            Token::Ident(word) => match word.as_str() {
                "true" => self.tall(pos, Kind::Bool(true), 0),
                "false" => self.tall(pos, Kind::Bool(false), 0),
                "null" => self.tall(pos, Kind::Null, 0),
                "in" => Err(ExprError::new(pos, Reason::Unexpected { found: word })),
                _ if matches!(self.peek(), Token::Sign("(")) => self.call(pos, &word, Vec::new(), 0),
                _ => self.tall(pos, Kind::Ident(word.into()), 0),
            },
            other => {
                self.at -= 1;
                Err(self.unexpected(&other))
            }
        }
    }

    fn arguments(
        &mut self,
        close: &str,
        mut items: Vec<Node>,
        mut height: usize,
    ) -> Result<(Vec<Node>, usize), ExprError> {
        if self.eat(close) {
            return Ok((items, height));
        }
        loop {
            let (item, h) = self.ternary()?;
            height = height.max(h);
            items.push(item);
            if self.eat(close) {
                return Ok((items, height));
            }
            self.expect(",")?;
        }
    }

    fn call(&mut self, pos: usize, name: &str, first: Vec<Node>, height: usize) -> Result<Tall, ExprError> {
        self.expect("(")?;
        let func = Func::by_name(name).ok_or_else(|| {
            let known = functions::names().chain(["map", "filter", "all", "exists", "exists_one"]);
            ExprError::new(pos, Reason::UnknownFunction(name.to_string())).near(name, known)
        })?;
        let (args, height) = self.arguments(")", first, height)?;
        let (least, most) = func.arity();
        if args.len() < least || args.len() > most {
            return Err(ExprError::new(pos, Reason::Arguments(name.to_string())));
        }
        let kind = if func == Func::Matches { matches_kind(args)? } else { Kind::Call(func, args) };
        self.tall(pos, kind, height)
    }
}

fn matches_kind(args: Vec<Node>) -> Result<Kind, ExprError> {
    let mut args = args.into_iter();
    let (Some(subject), Some(pattern)) = (args.next(), args.next()) else {
        return Err(ExprError::new(0, Reason::Arguments("matches".into())));
    };
    let bad = |why: &str| ExprError::new(pattern.pos, Reason::BadPattern(why.to_string()));
    let Kind::Text(text) = &pattern.kind else { return Err(bad("text literal")) };
    let regex = crate::pattern::compile(text).map_err(|why| bad(&why))?;
    Ok(Kind::Matches(Box::new(subject), Pattern { text: text.clone(), regex }))
}
