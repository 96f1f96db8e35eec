//! Calls: each is a place of its own that holds its arguments, wherever it stands.

use ruff_python_ast::visitor::{Visitor, walk_body, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::expression::{Reader, brackets};
use super::span;
use crate::format::syntax::number_sites;
use crate::format::{Body, Name, Node, code};
use crate::text::Span;

/// What these give or write is part of the tree already: of a literal, or of the name that a statement is about.
const READ_ELSEWHERE: [&str; 5] = ["dict", "update", "extend", "append", "setdefault"];

/// The calls of a module, in the order in which their parentheses open.
pub(super) fn calls(suite: &[Stmt]) -> Vec<&ExprCall> {
    let mut calls = Calls { found: Vec::new() };
    walk_body(&mut calls, suite);
    calls.found.sort_by_key(|call| open(call));
    calls.found
}

/// Where the parenthesis of `call` opens.
pub(super) fn open(call: &ExprCall) -> usize {
    span(call.arguments.range).start
}

/// Whether a node of this name is a call, or one of the arguments of a call.
pub(super) fn is_call(name: &str) -> bool {
    name.ends_with("()")
}

/// The places that `calls` are: `create_engine()` with its keyword arguments, and `argument 1 of create_engine()`.
pub(super) fn places(reader: &Reader<'_>, calls: &[&ExprCall]) -> Vec<Node> {
    let mut places = Vec::new();
    for call in calls {
        let Some(name) = last_name(&call.func).filter(|name| !READ_ELSEWHERE.contains(name)) else { continue };
        let name = format!("{name}()");
        let callee = span(call.func.range());
        let key = |text: String| Some(Name { text, span: callee, site: None });
        let value = span(call.arguments.range);
        let children = reader.arguments(&call.arguments);
        // Behind `*arguments` nobody can count.
        for (index, argument) in call.arguments.args.iter().take_while(|one| !one.is_starred_expr()).enumerate() {
            let node = reader.positional(argument);
            if !matches!(node.body, Body::Opaque(_)) {
                places.push(Node { key: key(code::numbered(&name, index + 1)), ..node });
            }
        }
        let entry = Span::new(span(call.range()).start, value.end);
        places.push(Node { key: key(name), entry, value, body: Body::Map(brackets(value)), children });
    }
    number_sites(&mut places);
    places
}

/// The last name of `sqlalchemy.create_engine`.
fn last_name(callee: &Expr) -> Option<&str> {
    match callee {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

struct Calls<'a> {
    found: Vec<&'a ExprCall>,
}

impl<'a> Visitor<'a> for Calls<'a> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            // Inside of a text other quotes and lines are allowed than around it.
            Expr::FString(_) | Expr::TString(_) => return,
            Expr::Call(call) => self.found.push(call),
            _ => {}
        }
        walk_expr(self, expression);
    }
}
