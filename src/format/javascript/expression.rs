//! What an expression is below its parentheses and types: the module it requires, its last name, the object it returns.

use oxc_ast::ast::{Argument, ArrowFunctionBody, Expression, ObjectExpression, Statement};

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

/// The last name of `a.b.Pool`; `require('knex')` is called by the name of its module.
pub(super) fn last_name<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match unwrapped(callee) {
        Expression::CallExpression(_) => required(callee).map(|(module, _)| module),
        Expression::Identifier(id) => Some(id.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        _ => None,
    }
}

/// The object that a function returns, where that is all it returns.
pub(super) fn returned<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e ObjectExpression<'a>> {
    let body = match unwrapped(expression) {
        Expression::ArrowFunctionExpression(arrow) => match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => body,
            body => return as_object(body.as_expression()?),
        },
        Expression::FunctionExpression(function) => function.body.as_ref()?,
        _ => return None,
    };
    let mut returns = body.statements.iter().filter_map(|statement| match statement {
        Statement::ReturnStatement(end) => end.argument.as_ref(),
        _ => None,
    });
    let nested = body.statements.iter().any(|statement| {
        matches!(statement, Statement::IfStatement(_) | Statement::SwitchStatement(_) | Statement::TryStatement(_))
    });
    let first = returns.next().filter(|_| !nested)?;
    as_object(first)
}

fn as_object<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e ObjectExpression<'a>> {
    match unwrapped(expression) {
        Expression::ObjectExpression(object) => Some(object),
        _ => None,
    }
}

/// The expression inside parentheses, `as`, `satisfies`, `!` and type assertions.
pub(super) fn unwrapped<'e, 'a>(expression: &'e Expression<'a>) -> &'e Expression<'a> {
    let mut inner = expression;
    loop {
        inner = match inner {
            Expression::ParenthesizedExpression(wrapped) => &wrapped.expression,
            Expression::TSAsExpression(wrapped) => &wrapped.expression,
            Expression::TSSatisfiesExpression(wrapped) => &wrapped.expression,
            Expression::TSNonNullExpression(wrapped) => &wrapped.expression,
            Expression::TSTypeAssertion(wrapped) => &wrapped.expression,
            _ => return inner,
        };
    }
}
