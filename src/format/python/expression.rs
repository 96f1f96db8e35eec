//! Expressions as nodes: literals with what stands in them, and everything else as code.

use ruff_python_ast::{ArgOrKeyword, Arguments, DictItem, Expr, ExprCall, Keyword, Number, UnaryOp};
use ruff_text_size::Ranged;

use super::span;
use crate::format::{Body, Layout, Name, Node, Opaque};
use crate::text::Span;
use crate::value::Value;

/// Reads the expressions of one module.
pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub tokens: &'t [Span],
    /// Where the parentheses of calls open, in order: no others stand around an expression.
    pub opens: Vec<usize>,
}

impl Reader<'_> {
    /// The node of a value; its entry is its span, parentheses included.
    pub(super) fn expression(&self, expression: &Expr) -> Node {
        let span = self.outer(span(expression.range()));
        let scalar = |value| (Body::Scalar { value, content: None }, Vec::new());
        let (body, children) = match expression {
            Expr::StringLiteral(string) => {
                let content = plain_content(self.text, span, string.value.to_str());
                (Body::Scalar { value: string.value.to_str().into(), content }, Vec::new())
            }
            Expr::BooleanLiteral(flag) => scalar(Value::Bool(flag.value)),
            Expr::NoneLiteral(_) => scalar(Value::Null),
            Expr::NumberLiteral(number) => match number_value(&number.value, false) {
                Some(value) => scalar(value),
                None => (Body::Opaque(Opaque::Number), Vec::new()),
            },
            Expr::UnaryOp(unary) => match (unary.op, &*unary.operand) {
                (UnaryOp::USub, Expr::NumberLiteral(number)) => match number_value(&number.value, true) {
                    Some(value) => scalar(value),
                    None => (Body::Opaque(Opaque::Number), Vec::new()),
                },
                _ => (Body::Opaque(Opaque::Expression), Vec::new()),
            },
            Expr::Dict(dict) => {
                let children = dict.items.iter().map(|item| self.item(item)).collect();
                (Body::Map(brackets(self.inner(span, expression))), children)
            }
            Expr::List(list) => {
                let children = list.elts.iter().map(|item| self.expression(item)).collect();
                (Body::List(brackets(self.inner(span, expression))), children)
            }
            Expr::Tuple(tuple) if tuple.parenthesized => {
                let children = tuple.elts.iter().map(|item| self.expression(item)).collect();
                (Body::List(brackets(self.inner(span, expression))), children)
            }
            Expr::Call(call) => match self.keywords(call) {
                Some((layout, children)) => (Body::Map(layout), children),
                None => (Body::Opaque(Opaque::Call), Vec::new()),
            },
            Expr::Name(_) | Expr::Attribute(_) => (Body::Opaque(Opaque::Variable), Vec::new()),
            _ => (Body::Opaque(Opaque::Expression), Vec::new()),
        };
        Node { key: None, entry: span, value: span, body, children }
    }

    /// `dict(a=1, ...)` is a literal with other brackets.
    fn keywords(&self, call: &ExprCall) -> Option<(Layout, Vec<Node>)> {
        let Expr::Name(name) = &*call.func else { return None };
        let is_literal = name.id.as_str() == "dict" && call.arguments.args.is_empty();
        is_literal.then(|| (brackets(span(call.arguments.range)), self.arguments(&call.arguments)))
    }

    /// What stands between the parentheses of a call: keyword arguments by their names, the others without one.
    pub(super) fn arguments(&self, arguments: &Arguments) -> Vec<Node> {
        let node = |argument: ArgOrKeyword<'_>| match argument {
            ArgOrKeyword::Arg(value) => self.positional(value),
            ArgOrKeyword::Keyword(keyword) => self.keyword(keyword),
        };
        arguments.iter_source_order().map(node).collect()
    }

    pub(super) fn positional(&self, value: &Expr) -> Node {
        let node = self.expression(value);
        if value.is_starred_expr() { Node { body: Body::Spread, ..node } } else { node }
    }

    fn keyword(&self, keyword: &Keyword) -> Node {
        let value = self.expression(&keyword.value);
        let entry = Span::new(span(keyword.range).start, value.value.end);
        match &keyword.arg {
            Some(arg) => {
                let key = Name { text: arg.as_str().to_owned(), span: span(arg.range), site: None };
                Node { key: Some(key), entry, ..value }
            }
            None => Node { entry, body: Body::Spread, children: Vec::new(), ..value },
        }
    }

    fn item(&self, item: &DictItem) -> Node {
        let value = self.expression(&item.value);
        match &item.key {
            Some(Expr::StringLiteral(key)) => {
                let written = self.outer(span(key.range));
                let name = Name { text: key.value.to_str().to_owned(), span: written, site: None };
                Node { key: Some(name), entry: Span::new(written.start, value.value.end), ..value }
            }
            Some(key) => Node { entry: Span::new(span(key.range()).start, value.value.end), ..value },
            None => {
                let start = self.text[..value.value.start].rfind("**").unwrap_or(value.value.start);
                Node { entry: Span::new(start, value.value.end), body: Body::Spread, children: Vec::new(), ..value }
            }
        }
    }

    /// `range` with the parentheses around it, which the parser leaves out.
    fn outer(&self, range: Span) -> Span {
        let mut range = range;
        loop {
            let first = self.tokens.partition_point(|token| token.start < range.start);
            let behind = self.tokens.partition_point(|token| token.start < range.end);
            let (Some(before), Some(after)) = (first.checked_sub(1).map(|at| self.tokens[at]), self.tokens.get(behind))
            else {
                return range;
            };
            let called = self.opens.binary_search(&before.start).is_ok();
            if before.of(self.text) != "(" || after.of(self.text) != ")" || called {
                return range;
            }
            range = Span::new(before.start, after.end);
        }
    }

    /// The expression's own range inside parentheses around it.
    fn inner(&self, outer: Span, expression: &Expr) -> Span {
        let own = span(expression.range());
        if outer.contains(own) { own } else { outer }
    }
}

pub(super) fn brackets(span: Span) -> Layout {
    Layout::Delimited { open: span.start + 1, close: span.end.saturating_sub(1) }
}

fn number_value(number: &Number, negative: bool) -> Option<Value> {
    match number {
        Number::Int(int) => int.as_i64().map(|number| Value::Int(if negative { -number } else { number })),
        Number::Float(float) => Some(Value::Float(if negative { -float } else { *float })),
        Number::Complex { .. } => None,
    }
}

fn plain_content(text: &str, span: Span, value: &str) -> Option<Span> {
    let inner = Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
    (text.get(inner.start..inner.end) == Some(value) && !value.contains('\\')).then_some(inner)
}
