//! A schema object with its reference followed: its own keywords hide those of the target.

use std::collections::HashMap;

use crate::json::{Node, join};

/// The definitions of a schema by name.
pub(super) type Defs<'a> = HashMap<&'a str, &'a Node>;

#[derive(Clone)]
pub(super) struct View<'a> {
    defs: &'a Defs<'a>,
    /// The object itself, its target, the target's target...
    chain: Vec<(&'a Node, String)>,
    /// Names of the definitions in the chain.
    names: Vec<&'a str>,
}

impl<'a> View<'a> {
    pub(super) fn new(defs: &'a Defs<'a>, node: &'a Node, pointer: String) -> View<'a> {
        let mut view = View { defs, chain: vec![(node, pointer)], names: Vec::new() };
        let mut at = node;
        while let Some(name) = at.str_at("$ref").and_then(|r| r.strip_prefix("#/$defs/")) {
            let Some((name, target)) = defs.get_key_value(name) else { break };
            view.chain.push((target, join("/$defs", name)));
            view.names.push(name);
            at = target;
        }
        view
    }

    pub(super) fn pointer(&self) -> &str {
        &self.chain[0].1
    }

    pub(super) fn def_names(&self) -> &[&'a str] {
        &self.names
    }

    /// A keyword and the pointer where it stands.
    pub(super) fn at(&self, key: &str) -> Option<(&'a Node, String)> {
        self.chain.iter().find_map(|(node, pointer)| Some((node.get(key)?, join(pointer, key))))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.at(key).map(|(node, _)| node)
    }

    pub(super) fn str_at(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Node::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|n| n.as_bool() == Some(true))
    }

    /// The schema under a keyword, itself with its reference followed.
    pub(super) fn child(&self, key: &str) -> Option<View<'a>> {
        let (node, pointer) = self.at(key)?;
        node.is_object().then(|| View::new(self.defs, node, pointer))
    }

    /// The properties in schema order.
    pub(super) fn properties(&self) -> Vec<(&'a str, View<'a>)> {
        let Some((node, pointer)) = self.at("properties") else { return Vec::new() };
        let entries = node.entries().iter();
        entries
            .map(|(name, node)| (name.as_str(), View::new(self.defs, node, join(&pointer, name))))
            .collect()
    }

    /// A view of one object of the chain alone, its reference not followed.
    pub(super) fn only(&self, node: &'a Node) -> View<'a> {
        View { defs: self.defs, chain: vec![(node, String::new())], names: Vec::new() }
    }

    /// The objects of the chain, outermost first.
    pub(super) fn chain(&self) -> impl DoubleEndedIterator<Item = &'a Node> {
        self.chain.iter().map(|(node, _)| *node)
    }
}
