//! HCL: Terraform, Packer, Nomad, Vault. `hcl-edit` gives the spans, nothing of it is printed.
//!
//! A block is found by its identifier and then each of its labels. Blocks that share the first of these hang
//! below one node; blocks that share all of them are the sites of one name.

use hcl_edit::expr::{Expression, Object, ObjectKey, UnaryOperator};
use hcl_edit::structure::{Attribute, Block, BlockLabel, Structure};
use hcl_edit::template::Element;

use super::style::{self, skip_trivia, without_sites};
use super::syntax::number_sites;
use super::{
    Alteration, Body, Context, Document, Extend, Extension, Fault, Format, Layout, Name, Node, Refusal, inline, lines,
    locate, quote,
};
use crate::diagnostic::Code;
use crate::text::{Edit, Span, indent_of, line_end, line_start};
use crate::value::{Key, Value};

pub struct Hcl;

impl Format for Hcl {
    fn name(&self) -> &'static str {
        "hcl"
    }

    fn globs(&self) -> &'static [&'static str] {
        &["*.tf", "*.tfvars", "*.hcl", "*.nomad"]
    }

    fn parse(&self, text: &str) -> Result<Document, Fault> {
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
        Ok(Document { root, tokens: Vec::new() })
    }

    fn comment_end(&self, text: &str, offset: usize) -> Option<usize> {
        let rest = &text[offset..];
        if let Some(comment) = rest.strip_prefix("/*") {
            return comment.find("*/").map(|at| offset + at + 4);
        }
        (rest.starts_with('#') || rest.starts_with("//")).then(|| line_end(text, offset))
    }

    fn write_key(&self, key: &str, like: Option<&str>, _context: &Context) -> Result<String, Refusal> {
        let quoted = like.is_some_and(|like| like.starts_with('"'));
        Ok(if is_identifier(key) && !quoted { key.to_owned() } else { string(key) })
    }

    fn write_value(&self, value: &Value, _like: Option<&str>, context: &Context) -> Result<String, Refusal> {
        Ok(match value {
            Value::Str(text) => string(text),
            Value::Null | Value::Bool(_) | Value::Int(_) => value.to_string(),
            Value::Float(number) if number.is_finite() => format!("{number:?}"),
            Value::Float(_) => return Err(Refusal::new(Code::Unsupported, "HCL has no such number")),
            Value::Code(code) => context.indented(code),
            Value::List(items) => inline::list(items, |item| self.write_value(item, None, context))?,
            Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Value::Map(entries) => {
                let value = |value: &Value| self.write_value(value, None, context);
                let entries = inline::entries(entries, " = ", |key| self.write_key(key, None, context), value)?;
                format!("{{ {} }}", entries.join(", "))
            }
        })
    }

    fn separator(&self) -> &'static str {
        " = "
    }

    fn repeats_names(&self) -> bool {
        true
    }

    fn aligns(&self) -> bool {
        true
    }

    fn empty_map(&self, context: &Context) -> Option<String> {
        // A body may hold a block or an object; only between brackets is it known which.
        context.bracketed.then(|| if context.one_line { "{}".to_owned() } else { open_object(context) })
    }

    fn padding(&self) -> &'static str {
        " "
    }

    fn meaning(&self, value: Value) -> Value {
        without_sites(value)
    }

    /// Takes a block away, or the one attribute of a block on one line.
    fn alter(
        &self,
        text: &str,
        parent: &Node,
        index: usize,
        alteration: &Alteration<'_>,
    ) -> Result<Option<Vec<Edit>>, Refusal> {
        if let (Alteration::Rename(name), Some(Layout::Lines { .. } | Layout::Own)) = (alteration, parent.layout())
            && !is_object(text, parent)
            && !is_identifier(name)
        {
            let message = format!("`{name}` can not name a block or an attribute of HCL");
            return Err(Refusal::new(Code::Unsupported, message).at(parent.children[index].entry, "here"));
        }
        let node = &parent.children[index];
        if matches!(alteration, Alteration::Replace(_))
            && node.key.as_ref().is_some_and(|key| key.span.end == node.value.start)
        {
            return Err(Refusal::new(Code::Unsupported, "a block is no single value").at(node.entry, "here"));
        }
        Ok(match (alteration, parent.layout()) {
            (Alteration::Remove, Some(Layout::Implied)) => Some(lines::removal(self, text, parent, index)),
            (Alteration::Remove, Some(Layout::Own)) => Some(vec![Edit::delete(inside(text, parent))]),
            _ => None,
        })
    }

    /// Adds to a block on one line, which then stands on several; or an object as the value of a new key.
    fn extend(&self, request: &Extend<'_>) -> Result<Extension, Refusal> {
        let Extend { text, node, rest, .. } = request;
        let siblings: Vec<&Node> = node.children.iter().collect();
        let key = |context: &Context| self.write_key(rest[0].name().unwrap_or(""), None, context);
        match (node.layout(), request.value) {
            (Some(Layout::Own), Some(value)) if rest.len() == 1 => {
                let indent = indent_of(text, node.entry.start);
                let context = Context::at(self, text, node.entry.start, indent.to_owned());
                let (key, written) = (key(&context)?, self.write_value(value, None, &context)?);
                let entry = format!("{key}{}{written}", style::separator(self, text, None, &siblings, key.len()));
                let between = inside(text, node);
                let (eol, step) = (context.eol, &context.unit);
                let known = Some(between.of(text).trim()).filter(|known| !known.is_empty());
                let entries = known.into_iter().chain([entry.as_str()]);
                let body: String = entries.map(|entry| format!("{eol}{indent}{step}{entry}")).collect();
                Ok(Extension { edit: Edit::replace(between, format!("{body}{eol}{indent}")), covered: 1 })
            }
            (Some(Layout::Lines { next, indent }), _) if is_object(text, node) || has_values_only(node) => {
                let slot = lines::slot(self, text, *next, indent);
                let like = siblings.last().and_then(|node| node.key.as_ref()).map(|name| name.span.of(text));
                let key = self.write_key(rest[0].name().unwrap_or(""), like, &slot.context)?;
                // What stands on several lines is not kept in line with its neighbours.
                let object = format!("{key}{}{}", self.separator(), open_object(&slot.context));
                let entry = format!("{}{object}{}", slot.prefix, slot.suffix);
                Ok(Extension { edit: Edit::insert(slot.offset, entry), covered: 1 })
            }
            (Some(Layout::Own | Layout::Lines { .. } | Layout::Implied), _) => Err(no_block(request)),
            _ => Err(locate::not_a_container(node, request.path)),
        }
    }
}

/// Why nothing is made where only the program that reads the file knows whether it is a block.
fn no_block(request: &Extend<'_>) -> Refusal {
    let name = match &request.rest[0] {
        Key::Site(name, _) | Key::Name(name) => name.clone(),
        Key::Index(index) => index.to_string(),
    };
    let place = request.path.join(request.rest[0].clone());
    let message = format!("`{place}` is not in this file, and may be a block or a value");
    let help = match request.node.layout() {
        Some(Layout::Implied) => format!("write the block with the label \"{name}\" there first"),
        _ => format!("write `{name} {{ }}` for a block or `{name} = {{ }}` for an object there first"),
    };
    Refusal::new(Code::Unsupported, message).at(request.node.entry, "here").help(help)
}

/// An empty object that its entries will stand in on lines of their own.
fn open_object(context: &Context) -> String {
    format!("{{{}{}}}", context.eol, context.indent)
}

fn is_object(text: &str, node: &Node) -> bool {
    node.value.of(text).starts_with('{')
}

/// Whether this is a file of variables, in which there are no blocks.
fn has_values_only(node: &Node) -> bool {
    let is_value = |child: &Node| child.key.as_ref().is_some_and(|key| key.span.end < child.value.start);
    node.key.is_none() && !node.children.is_empty() && node.children.iter().all(is_value)
}

/// What stands between the braces of a block.
fn inside(text: &str, block: &Node) -> Span {
    let open = skip_trivia(&Hcl, text, block.value.start) + 1;
    Span::new(open, block.value.end.saturating_sub(1).max(open))
}

fn is_identifier(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// `text` as a quoted string in which nothing is an expression.
fn string(text: &str) -> String {
    quote::escaped(text, '"').replace("${", "$${").replace("%{", "%%{")
}

fn span_of(node: &impl hcl_edit::Span) -> Span {
    node.span().map_or(Span::default(), |range| Span::new(range.start, range.end))
}

fn last_end(node: &Node) -> usize {
    node.children.iter().map(last_end).max().unwrap_or(0).max(node.entry.end)
}

/// Behind the comments that go on with the line of `offset`.
fn behind_comments(text: &str, offset: usize) -> usize {
    let mut at = offset;
    loop {
        let rest = &text[at..];
        let comment = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match Hcl.comment_end(text, comment) {
            Some(end) if end > comment => at = end,
            _ => return at,
        }
    }
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
        Expression::StringTemplate(_) | Expression::HeredocTemplate(_) => {
            (Body::Opaque("a text with an expression in it"), Vec::new())
        }
        _ => (Body::Opaque("an expression"), Vec::new()),
    };
    Node { key, entry: Span::new(start, span.end), value: span, body, children }
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
