//! The names that a module takes out of others: `require`, and the patterns that take an object apart.

use oxc_ast::ast::{Argument, BindingProperty, Expression, ObjectPattern};
use oxc_span::GetSpan;

use super::build::{span, unwrapped};
use crate::format::{Body, Name, Node, Opaque};
use crate::text::Span;

/// A name taken out of a module: the name there, its name here, and the whole entry.
pub(super) type Imported = (String, Span, Span);

/// The module of `require('module')` or `await import('module')`, and the part of `require('module').part`.
pub(super) fn required<'e>(expression: &'e Expression<'_>) -> Option<(&'e str, Option<&'e str>)> {
    match unwrapped(expression) {
        Expression::CallExpression(call) => {
            match (&call.callee, call.arguments.first().and_then(Argument::as_expression)) {
                (Expression::Identifier(callee), Some(Expression::StringLiteral(module)))
                    if callee.name == "require" =>
                {
                    Some((module.value.as_str(), None))
                }
                _ => None,
            }
        }
        Expression::AwaitExpression(wait) => match unwrapped(&wait.argument) {
            Expression::ImportExpression(import) => match &import.source {
                Expression::StringLiteral(module) => Some((module.value.as_str(), None)),
                _ => None,
            },
            _ => None,
        },
        Expression::StaticMemberExpression(member) => {
            let (module, _) = required(&member.object).filter(|(_, part)| part.is_none())?;
            Some((module, Some(member.property.name.as_str())))
        }
        _ => None,
    }
}

/// The names that a pattern takes out of an object: the name there, the one here, and the whole.
pub(super) fn parts(object: &ObjectPattern<'_>) -> Vec<Imported> {
    let part = |property: &BindingProperty<'_>| {
        Some((property.key.static_name()?.to_string(), span(property.value.span()), span(property.span)))
    };
    object.properties.iter().filter_map(part).collect()
}

pub(super) fn imported((name, local, entry): (String, Span, Span)) -> Node {
    let key = Some(Name { text: name, span: local, site: None });
    Node { key, entry, value: local, body: Body::Opaque(Opaque::Import), children: Vec::new() }
}
