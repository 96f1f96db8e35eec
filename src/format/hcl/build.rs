//! The tree of an HCL file, from the spans of `hcl-edit`.

use hcl_edit::expr::{Expression, Object, ObjectKey, UnaryOperator};
use hcl_edit::structure::{Attribute, Block, BlockLabel, Structure};
use hcl_edit::template::Element;

use super::{Hcl, behind_comments, inside, last_end};
use crate::format::style::{Context, skip_trivia};
use crate::format::syntax::number_sites;
use crate::format::{Body, Document, Fault, Layout, Name, Node, Opaque};
use crate::text::{Span, indent_of, line_end, line_start};
use crate::value::Value;

pub(super) fn document(text: &str) -> Result<Document, Fault> {
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let mut at = error.location().offset().min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        Fault::new(error.message().trim_end().replace('\n', ", "), Span::at(at))
    })?;
    let (children, own_end) = body_nodes(text, &body);
    // Settings outside of blocks come first where there are some, else behind all blocks.
    let last = children.iter().map(last_end).max().unwrap_or(text.len());
    let next = behind_comments(text, own_end.unwrap_or(last));
    let whole = Span::new(0, text.len());
    let layout = Layout::Lines { next, indent: String::new() };
    let root = Node { key: None, entry: whole, value: whole, body: Body::Map(layout), children };
    Ok(Document::new(root, Vec::new()))
}

/// The nodes of a body, and where the last of its own attributes ends.
fn body_nodes(text: &str, body: &hcl_edit::structure::Body) -> (Vec<Node>, Option<usize>) {
    let mut nodes = Vec::new();
    let mut own_end = None;
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let node = attribute_node(text, attribute);
                own_end = Some(node.entry.end);
                nodes.push(node);
            }
            Structure::Block(block) => add_block(text, &mut nodes, block),
        }
    }
    number(&mut nodes);
    (nodes, own_end)
}

/// Tells equal names apart, in the groups of blocks too.
fn number(nodes: &mut [Node]) {
    number_sites(nodes);
    for group in nodes.iter_mut().filter(|node| node.layout() == Some(&Layout::Implied)) {
        number(&mut group.children);
    }
}

fn attribute_node(text: &str, attribute: &Attribute) -> Node {
    let key = Name { text: attribute.key.to_string(), span: span_of(&attribute.key), site: None };
    value_node(text, Some(key), &attribute.value)
}

/// Hangs a block below the groups that its identifier and all but the last of its labels name.
fn add_block(text: &str, nodes: &mut Vec<Node>, block: &Block) {
    let entry = span_of(block);
    let mut names = vec![Name { text: block.ident.to_string(), span: span_of(&block.ident), site: None }];
    names.extend(block.labels.iter().map(|label| {
        let span = match label {
            BlockLabel::Ident(ident) => span_of(ident),
            BlockLabel::String(string) => span_of(string),
        };
        Name { text: label.as_str().to_owned(), span, site: None }
    }));
    let Some(last) = names.pop() else { return };
    let mut level = nodes;
    for name in names {
        let known = level.iter().position(|node| {
            node.layout() == Some(&Layout::Implied) && node.key.as_ref().is_some_and(|key| key.text == name.text)
        });
        let index = known.unwrap_or(level.len());
        if known.is_none() {
            let at = Span::at(entry.start);
            let body = Body::Map(Layout::Implied);
            level.push(Node { key: Some(name), entry: at, value: at, body, children: Vec::new() });
        }
        level = &mut level[index].children;
    }
    level.push(block_node(text, last, entry, &block.body));
}

fn block_node(text: &str, name: Name, entry: Span, body: &hcl_edit::structure::Body) -> Node {
    let value = Span::new(name.span.end, entry.end.max(name.span.end));
    let (children, own_end) = body_nodes(text, body);
    let mut node = Node { key: Some(name), entry, value, body: Body::Map(Layout::Own), children };
    if !body.prefer_oneline() {
        let open = inside(text, &node).start;
        let first = node.children.iter().map(|child| child.entry.start).min();
        let indent = match first {
            Some(first) => indent_of(text, first).to_owned(),
            None => {
                let outer = indent_of(text, entry.start);
                format!("{outer}{}", Context::at(&Hcl, text, open, String::new()).unit)
            }
        };
        let next = behind_comments(text, own_end.unwrap_or(open));
        node.body = Body::Map(Layout::Lines { next, indent });
    }
    node
}

fn value_node(text: &str, key: Option<Name>, expression: &Expression) -> Node {
    let span = span_of(expression);
    let start = key.as_ref().map_or(span.start, |key| key.span.start.min(span.start));
    let source = span.of(text);
    let scalar = |value, content| (Body::Scalar { value, content }, Vec::new());
    let (body, children) = match expression {
        Expression::Null(_) => scalar(Value::Null, None),
        Expression::Bool(flag) => scalar(Value::Bool(*flag.value()), None),
        Expression::Number(_) => scalar(number_of(source), None),
        Expression::UnaryOp(operation)
            if *operation.operator.value() == UnaryOperator::Neg && operation.expr.is_number() =>
        {
            scalar(number_of(source), None)
        }
        Expression::String(string) => {
            let plain = source.len() >= 2 && !source.contains('\\') && !source.contains("$${");
            let content = (plain && !source.contains("%%{")).then(|| Span::new(span.start + 1, span.end - 1));
            scalar(Value::Str(string.value().clone()), content)
        }
        Expression::HeredocTemplate(heredoc) if heredoc.template.iter().all(Element::is_literal) => {
            let literals = heredoc.template.iter().filter_map(Element::as_literal);
            scalar(Value::Str(literals.map(|literal| literal.value().as_str()).collect()), None)
        }
        Expression::Array(array) => {
            let elements = array.iter().map(|element| value_node(text, None, element)).collect();
            (Body::List(brackets(span)), elements)
        }
        Expression::Object(object) => {
            let children = object_nodes(text, object);
            (Body::Map(object_layout(text, span, &children)), children)
        }
        Expression::StringTemplate(_) | Expression::HeredocTemplate(_) => (Body::Opaque(Opaque::Template), Vec::new()),
        _ => (Body::Opaque(Opaque::Expression), Vec::new()),
    };
    Node { key, entry: Span::new(start, span.end), value: span, body, children }
}

fn span_of(node: &impl hcl_edit::Span) -> Span {
    node.span().map_or(Span::default(), |range| Span::new(range.start, range.end))
}

/// A number as written; one that no number of ours holds is kept as source.
fn number_of(source: &str) -> Value {
    match (source.parse::<i64>(), source.parse::<f64>()) {
        (Ok(number), _) => Value::Int(number),
        (_, Ok(number)) if number.is_finite() && source.contains(['.', 'e', 'E']) => Value::Float(number),
        _ => Value::Code(source.to_owned()),
    }
}

fn brackets(span: Span) -> Layout {
    Layout::Delimited { open: span.start + 1, close: span.end.saturating_sub(1).max(span.start + 1) }
}

fn object_nodes(text: &str, object: &Object) -> Vec<Node> {
    let mut nodes: Vec<Node> = object
        .iter()
        .map(|(key, value)| {
            let span = match key {
                ObjectKey::Ident(ident) => span_of(ident),
                ObjectKey::Expression(expression) => span_of(expression),
            };
            let name = match key {
                ObjectKey::Ident(ident) => ident.to_string(),
                ObjectKey::Expression(Expression::String(string)) => string.value().clone(),
                ObjectKey::Expression(_) => span.of(text).to_owned(),
            };
            value_node(text, Some(Name { text: name, span, site: None }), value.expr())
        })
        .collect();
    nodes.sort_by_key(|node| node.entry.start);
    nodes
}

/// One entry a line where no commas separate them, else between the braces.
fn object_layout(text: &str, span: Span, children: &[Node]) -> Layout {
    let own_line = |node: &Node| {
        let comma = text.as_bytes().get(skip_trivia(&Hcl, text, node.entry.end)) == Some(&b',');
        !comma && text[line_start(text, node.entry.start)..node.entry.start].trim().is_empty()
    };
    match children.last() {
        Some(last) if children.iter().all(own_line) => {
            let next = behind_comments(text, last.entry.end);
            if line_end(text, next) >= span.end {
                return brackets(span);
            }
            Layout::Lines { next, indent: indent_of(text, last.entry.start).to_owned() }
        }
        _ => brackets(span),
    }
}
