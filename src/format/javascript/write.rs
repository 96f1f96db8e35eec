//! Statements that write into an object behind its literal: `config.ssl = true`, `Object.assign(config, ...)`.

use oxc_ast::ast::{
    Argument, AssignmentExpression, AssignmentTarget, CallExpression, ComputedMemberExpression, Expression,
    StaticMemberExpression,
};
use oxc_span::GetSpan;

use super::build::span;
use super::expression::unwrapped;
use crate::format::syntax::number_sites;
use crate::format::{Body, Name, Node};
use crate::text::Span;

/// Something that is written to a member of an object that has a name.
pub(super) struct Write {
    /// As `const config` or `module.exports`.
    root: String,
    /// From the object to the member; one that only the program knows has no name.
    keys: Vec<Option<Name>>,
    /// What is written, or the whole statement where it is not known.
    node: Node,
}

/// The object that an expression leads to, and its keys from there.
type Target = (String, Vec<Option<Name>>);

impl Write {
    /// What `assignment` writes, with `value` as its right side reads; `None` where it is no member of a name.
    pub fn of(assignment: &AssignmentExpression<'_>, value: Node) -> Option<Self> {
        let (root, keys) = match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => of_static(member)?,
            AssignmentTarget::ComputedMemberExpression(member) => of_computed(member)?,
            _ => return None,
        };
        let whole = span(assignment.span);
        let node = if assignment.operator.is_assign() { Node { entry: whole, ..value } } else { any(whole) };
        (!keys.is_empty()).then_some(Self { root, keys, node })
    }

    /// What `Object.assign(...)` writes into its first argument.
    pub fn of_call(call: &CallExpression<'_>) -> Option<Self> {
        let Expression::StaticMemberExpression(callee) = unwrapped(&call.callee) else { return None };
        let is_object = matches!(&callee.object, Expression::Identifier(id) if id.name == "Object");
        let (root, keys) = target(call.arguments.first().and_then(Argument::as_expression)?)?;
        let node = any(span(call.span));
        (is_object && callee.property.name == "assign").then_some(Self { root, keys, node })
    }
}

/// Adds to the objects of `children` what is written into them.
pub(super) fn written(children: &mut [Node], writes: Vec<Write>) {
    for Write { root, keys, node } in writes {
        let named = |child: &&mut Node| child.key.as_ref().is_some_and(|key| key.text == root);
        children.iter_mut().filter(named).for_each(|child| write(child, &keys, &node));
    }
}

fn write(object: &mut Node, keys: &[Option<Name>], value: &Node) {
    // What is no object of this file is somebody else's, or an error when the program runs.
    if !matches!(object.body, Body::Map(_)) {
        return;
    }
    match keys {
        [Some(key)] if value.body != Body::Spread => {
            object.children.push(Node { key: Some(key.clone()), ..value.clone() });
            number_sites(&mut object.children);
        }
        [] | [None, ..] | [_] => object.children.push(any(value.entry)),
        [Some(key), rest @ ..] => {
            let named = |child: &&mut Node| child.key.as_ref().is_some_and(|known| known.text == key.text);
            object.children.iter_mut().filter(named).for_each(|child| write(child, rest, value));
        }
    }
}

/// Something that may write any member.
fn any(entry: Span) -> Node {
    Node { key: None, entry, value: entry, body: Body::Spread, children: Vec::new() }
}

fn target(expression: &Expression<'_>) -> Option<Target> {
    match unwrapped(expression) {
        Expression::Identifier(id) => Some((format!("const {}", id.name), Vec::new())),
        Expression::StaticMemberExpression(member) => of_static(member),
        Expression::ComputedMemberExpression(member) => of_computed(member),
        _ => None,
    }
}

fn of_static(member: &StaticMemberExpression<'_>) -> Option<Target> {
    if matches!(&member.object, Expression::Identifier(id) if id.name == "module") && member.property.name == "exports"
    {
        return Some(("module.exports".to_owned(), Vec::new()));
    }
    let (root, mut keys) = target(&member.object)?;
    keys.push(Some(named(member.property.name.as_str(), span(member.property.span))));
    Some((root, keys))
}

fn of_computed(member: &ComputedMemberExpression<'_>) -> Option<Target> {
    let (root, mut keys) = target(&member.object)?;
    keys.push(match unwrapped(&member.expression) {
        Expression::StringLiteral(name) => Some(named(name.value.as_str(), span(member.expression.span()))),
        _ => None,
    });
    Some((root, keys))
}

fn named(name: &str, span: Span) -> Name {
    Name { text: name.to_owned(), span, site: None }
}
