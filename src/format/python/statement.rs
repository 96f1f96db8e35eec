//! Statements that write into a name after its assignment, and how another one is added.

use ruff_python_ast::{Expr, ExprCall, Operator, Stmt};
use ruff_text_size::Ranged;

use super::{Python, call, is_identifier, span};
use crate::diagnostic::Code;
use crate::format::{Body, Context, Document, Extend, Extension, Format, Layout, Node, Refusal, find, locate, quote};
use crate::text::{Edit, Span, indent_of, line_end, line_start};
use crate::value::{Key, KeyPath, Value};

/// One statement's write: `name['a']['b'] = value`, or a merge of a literal into `name['a']`.
pub(super) struct Write<'a> {
    pub name: String,
    pub name_span: Span,
    pub keys: Vec<KeyLiteral>,
    pub value: &'a Expr,
    pub how: How,
    pub statement: Span,
}

/// What a statement makes of the value that was there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Replaces,
    /// `.update({...})` and `|=` set some of its keys.
    Merges,
    /// `+=` and `.extend([...])` put elements behind its own.
    Appends,
    /// `.append(...)` puts one there.
    AppendsOne,
}

/// A string key in a subscript or call.
#[derive(Clone)]
pub(super) struct KeyLiteral {
    pub text: String,
    pub span: Span,
}

/// What `statement` writes into names of the module.
pub(super) fn writes_of(statement: &Stmt) -> Vec<Write<'_>> {
    let whole = span(statement.range());
    let write = |target: &Expr, value, how| {
        let (name, name_span, keys) = target_path(target)?;
        Some(Write { name, name_span, keys, value, how, statement: whole })
    };
    match statement {
        Stmt::Assign(assign) => {
            assign.targets.iter().filter_map(|target| write(target, &assign.value, How::Replaces)).collect()
        }
        Stmt::AnnAssign(assign) => {
            assign.value.iter().filter_map(|value| write(&assign.target, value, How::Replaces)).collect()
        }
        Stmt::AugAssign(assign) if assign.op == Operator::BitOr && matches!(*assign.value, Expr::Dict(_)) => {
            write(&assign.target, &assign.value, How::Merges).into_iter().collect()
        }
        Stmt::AugAssign(assign)
            if assign.op == Operator::Add && matches!(*assign.value, Expr::List(_) | Expr::Tuple(_)) =>
        {
            write(&assign.target, &assign.value, How::Appends).into_iter().collect()
        }
        Stmt::Expr(expression) => match &*expression.value {
            Expr::Call(call) => {
                updated(call).and_then(|(target, value, how)| write(target, value, how)).into_iter().collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `TARGET.update(...)` with a literal, or with what holds entries that only a run can tell, `TARGET.extend([...])` and
/// `TARGET.append(...)`.
fn updated(call: &ExprCall) -> Option<(&Expr, &Expr, How)> {
    let Expr::Attribute(method) = &*call.func else { return None };
    match (&*call.arguments.args, call.arguments.keywords.is_empty()) {
        ([dict @ (Expr::Dict(_) | Expr::Call(_) | Expr::Name(_))], true) if method.attr.as_str() == "update" => {
            Some((&method.value, dict, How::Merges))
        }
        ([list @ (Expr::List(_) | Expr::Tuple(_))], true) if method.attr.as_str() == "extend" => {
            Some((&method.value, list, How::Appends))
        }
        ([element], true) if method.attr.as_str() == "append" && !element.is_starred_expr() => {
            Some((&method.value, element, How::AppendsOne))
        }
        _ => None,
    }
}

/// `NAME['a'].setdefault('b', {})['c']` as the name and its keys.
fn target_path(target: &Expr) -> Option<(String, Span, Vec<KeyLiteral>)> {
    match target {
        Expr::Name(name) => Some((name.id.to_string(), span(name.range), Vec::new())),
        Expr::Subscript(subscript) => {
            let (name, place, mut keys) = target_path(&subscript.value)?;
            keys.push(key_literal(&subscript.slice)?);
            Some((name, place, keys))
        }
        Expr::Call(call) => {
            let Expr::Attribute(method) = &*call.func else { return None };
            let [key, Expr::Dict(empty)] = &*call.arguments.args else { return None };
            if method.attr.as_str() != "setdefault" || !empty.items.is_empty() {
                return None;
            }
            let (name, place, mut keys) = target_path(&method.value)?;
            keys.push(key_literal(key)?);
            Some((name, place, keys))
        }
        _ => None,
    }
}

fn key_literal(expression: &Expr) -> Option<KeyLiteral> {
    match expression {
        Expr::StringLiteral(key) => Some(KeyLiteral { text: key.value.to_str().to_owned(), span: span(key.range) }),
        _ => None,
    }
}

/// Makes `child` the one child of `node` with its name, behind those that stood before.
pub(super) fn place(node: &mut Node, child: Node) {
    if let Some(name) = child.key.as_ref().map(|name| name.text.clone()) {
        node.children.retain(|other| other.key.as_ref().is_none_or(|key| key.text != name));
    }
    node.children.push(child);
}

/// A statement that makes `request.rest` where the value is computed: `NAME['a'].setdefault('b', {})['c'] = ...`.
pub(super) fn extension(format: &Python, request: &Extend<'_>) -> Result<Extension, Refusal> {
    let Extend { text, document, path, rest, .. } = request;
    if path.keys.first().and_then(Key::name).is_some_and(call::is_call) {
        return Err(locate::not_a_container(request.node, path));
    }
    if path.keys.is_empty() {
        let name = rest.first().and_then(Key::name).unwrap_or("");
        return match (request.value, rest.len()) {
            (Some(value), 1) if is_identifier(name) => assignment(format, text, name, value),
            // One that is asked for as a value starts empty, and is filled then.
            _ if request.given && is_identifier(name) => assignment(format, text, name, &Value::Map(Vec::new())),
            // A table is somebody else's: another module makes it.
            _ => Err(not_assigned(name)),
        };
    }
    if request.node.body == Body::Map(Layout::Own) && request.given {
        return attribute(format, request);
    }
    if !matches!(request.node.body, Body::Opaque(_) | Body::Map(Layout::Implied)) {
        return Err(locate::not_a_container(request.node, path));
    }
    let (offset, context) = behind(format, text, document, path)?;
    let keys: Vec<&Key> = path.keys.iter().chain(rest.iter()).collect();
    let mut target = keys[0].name().unwrap_or("").to_owned();
    let exists = path.keys.len();
    let implied = request.node.body == Body::Map(Layout::Implied);
    for (index, key) in keys.iter().enumerate().skip(1) {
        let literal = quote::escaped(key.name().unwrap_or(""), context.quote);
        let made = index >= exists || index + 1 == exists && implied && index > 1;
        let assigned = index + 1 == keys.len() && request.value.is_some();
        let step = if made && !assigned { format!(".setdefault({literal}, {{}})") } else { format!("[{literal}]") };
        target.push_str(&step);
    }
    let Context { eol, indent, .. } = &context;
    let statement = match request.value {
        Some(value) => format!("{target} = {}", format.write_value(value, None, &context)?),
        None => format!("{target}.update({{{eol}{indent}}})"),
    };
    Ok(Extension { edit: Edit::insert(offset, format!("{eol}{indent}{statement}")), covered: rest.len() })
}

/// A name that the module does not have yet, behind everything that it says.
fn assignment(format: &Python, text: &str, name: &str, value: &Value) -> Result<Extension, Refusal> {
    let offset = text.trim_end().len();
    let context = Context::at(format, text, offset, String::new());
    let written = format!("{name} = {}", format.write_value(value, None, &context)?);
    let eol = context.eol;
    let statement = if offset == 0 { format!("{written}{eol}") } else { format!("{eol}{written}") };
    Ok(Extension { edit: Edit::insert(offset, statement), covered: 1 })
}

/// A new attribute behind the last one of a class.
fn attribute(format: &Python, request: &Extend<'_>) -> Result<Extension, Refusal> {
    let Extend { text, path, node, rest, .. } = request;
    let name = rest.first().and_then(Key::name).filter(|name| is_identifier(name));
    let name = name.ok_or_else(|| locate::not_a_container(node, path))?;
    let indent = |node: &&Node| indent_of(text, node.entry.start).len();
    let least = node.children.iter().map(|child| indent(&child)).min();
    let last = node.children.iter().rfind(|child| Some(indent(child)) == least);
    let last = last.ok_or_else(|| locate::not_a_container(node, path))?;
    let context = Context::at(format, text, last.entry.start, indent_of(text, last.entry.start).to_owned());
    let empty = Value::Map(Vec::new());
    let value = request.value.filter(|_| rest.len() == 1).unwrap_or(&empty);
    let written = format.write_value(value, None, &context)?;
    let statement = format!("{}{}{name} = {written}", context.eol, context.indent);
    Ok(Extension { edit: Edit::insert(line_end(text, last_end(last)), statement), covered: 1 })
}

/// `code` behind the last statement that writes the name `path` starts with.
pub(super) fn statement(
    format: &Python,
    text: &str,
    document: &Document,
    path: &KeyPath,
    code: &str,
) -> Result<Edit, Refusal> {
    let (offset, context) = behind(format, text, document, path)?;
    let written = format.write_value(&Value::Code(code.to_owned()), None, &context)?;
    Ok(Edit::insert(offset, format!("{}{}{written}", context.eol, context.indent)))
}

/// The end of the line of the last statement that writes the name, and the block it is in.
fn behind(format: &Python, text: &str, document: &Document, path: &KeyPath) -> Result<(usize, Context), Refusal> {
    let name = path.keys.first().and_then(Key::name).unwrap_or("");
    let root = KeyPath { keys: path.keys[..1].to_vec() };
    let site = find(format, document, &root).ok_or_else(|| not_assigned(name))?;
    if site.body == Body::Map(Layout::Own) {
        let message = format!("`{path}` is computed in the class `{name}`, where nothing can be put behind it");
        return Err(Refusal::new(Code::Computed, message).at(site.entry, "this class"));
    }
    let end = last_end(site);
    let statement = statement_start(site, end);
    if !text[line_start(text, statement)..statement].trim().is_empty() {
        let message = format!("`{name}` is assigned behind other code on its line");
        return Err(Refusal::new(Code::Unsupported, message)
            .at(site.entry, "here")
            .help("put the assignment on a line of its own"));
    }
    let context = Context::at(format, text, statement, indent_of(text, statement).to_owned());
    Ok((line_end(text, end), context))
}

fn not_assigned(name: &str) -> Refusal {
    if call::is_call(name) {
        return Refusal::new(Code::NotFound, format!("`{name}` does not stand in this file"))
            .help("write the call first, or name the file that has it");
    }
    Refusal::new(Code::NotFound, format!("`{name}` is not assigned at the top level of this file"))
        .help("assign it first, or name the file that does")
}

/// The end of the last statement that writes into the site.
fn last_end(node: &Node) -> usize {
    node.children.iter().map(last_end).max().unwrap_or(0).max(node.entry.end)
}

/// The start of the statement that ends at `end`.
fn statement_start(node: &Node, end: usize) -> usize {
    let below = node.children.iter().filter(|child| last_end(child) == end).map(|child| statement_start(child, end));
    let own = (node.entry.end == end).then_some(node.entry.start);
    below.chain(own).min().unwrap_or(node.entry.start)
}
