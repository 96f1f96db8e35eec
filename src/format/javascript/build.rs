//! A JavaScript or TypeScript module as a tree: each place that holds settings is a child of the root.

use std::collections::{BTreeMap, BTreeSet};

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, AssignmentExpression, AssignmentTarget, BindingPattern, CallExpression,
    ExportDefaultDeclaration, Expression, ImportDeclaration, ImportDeclarationSpecifier, NewExpression,
    ObjectExpression, ObjectPropertyKind, PropertyKey, PropertyKind, TSImportEqualsDeclaration, TSModuleReference,
    UnaryOperator, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_parser::config::TokensParserConfig;
use oxc_span::{GetSpan, SourceType};

use super::expression::{last_name, required, returned, unwrapped};
use super::import;
use super::names::{Imported, imported, parts};
use super::write::{Write, written};
use crate::format::{Body, Document, Fault, Layout, Name, Node, Opaque, code};
use crate::text::Span;
use crate::value::{Key, KeyPath, Value};

/// Reads `text` as the first dialect that takes it: TypeScript with JSX, without, module, CommonJS.
pub(super) fn document(text: &str) -> Result<Document, Fault> {
    let dialects = [SourceType::tsx(), SourceType::ts(), SourceType::jsx(), SourceType::cjs()];
    let mut furthest: Option<Fault> = None;
    for dialect in dialects {
        match parse(text, dialect) {
            Ok(document) => return Ok(document),
            Err(fault) if furthest.as_ref().is_none_or(|known| fault.span.start > known.span.start) => {
                furthest = Some(fault);
            }
            Err(_) => {}
        }
    }
    Err(furthest.unwrap_or_else(|| Fault::new("not JavaScript", Span::at(0))))
}

fn parse(text: &str, dialect: SourceType) -> Result<Document, Fault> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, dialect).with_config(TokensParserConfig).parse();
    if let Some(diagnostic) = parsed.diagnostics.iter().next() {
        let label = diagnostic.labels.iter().next();
        let at = label
            .map_or(Span::at(0), |label| Span::new(label.offset() as usize, (label.offset() + label.len()) as usize));
        return Err(Fault::new(diagnostic.message.trim_end_matches('.').to_owned(), at));
    }
    let tokens = parsed
        .tokens
        .iter()
        .map(|token| Span::new(token.start() as usize, token.end() as usize))
        .filter(|token| !token.is_empty())
        .collect();
    let mut module = Module {
        text,
        children: Vec::new(),
        taken_apart: Vec::new(),
        assigned: BTreeSet::new(),
        replaced: Vec::new(),
        writes: Vec::new(),
    };
    module.visit_program(&parsed.program);
    let whole = Span::new(0, text.len());
    let children = finish(module);
    let root = Node { key: None, entry: whole, value: whole, body: Body::Map(Layout::Implied), children };
    Ok(Document::new(root, tokens))
}

struct Module<'t> {
    text: &'t str,
    children: Vec<Node>,
    /// `const { Pool } = pg`: the name on the right, and what becomes of its parts.
    taken_apart: Vec<(String, Vec<Imported>)>,
    /// Names that are given another value after their declaration.
    assigned: BTreeSet<String>,
    /// Those values, each as a place of its own.
    replaced: Vec<Node>,
    /// What statements write into objects.
    writes: Vec<Write>,
}

/// Numbers equal names, and lets a reference point at the one place it can mean.
fn finish(module: Module<'_>) -> Vec<Node> {
    let Module { text, mut children, taken_apart, assigned, replaced, writes } = module;
    for (name, parts) in taken_apart {
        // Parts of a whole module are imported from it.
        let from = children.iter_mut().find(|node| {
            node.body == Body::Opaque(Opaque::Import) && node.children.iter().any(|child| child.value.of(text) == name)
        });
        if let Some(import) = from {
            import.children.extend(parts.into_iter().map(imported));
        }
    }
    let name = |node: &Node| node.key.as_ref().map_or(String::new(), |name| name.text.clone());
    let declared: BTreeSet<String> = children.iter().map(name).collect();
    children.extend(replaced.into_iter().filter(|node| declared.contains(&name(node))));
    children.sort_by_key(|node| node.entry.start);
    written(&mut children, writes);
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, node) in children.iter().enumerate() {
        places.entry(name(node)).or_default().push(index);
    }
    let repeated = places.iter().filter(|(name, all)| !name.starts_with(import::PREFIX) && all.len() > 1);
    for (site, index) in repeated.flat_map(|(_, all)| all.iter().enumerate()) {
        if let Some(key) = &mut children[*index].key {
            key.site = Some(site + 1);
        }
    }
    let targets: Vec<Option<usize>> = children.iter().map(|node| target(node, &children, &places, &assigned)).collect();
    for index in 0..children.len() {
        let Body::Reference(wanted) = &children[index].body else { continue };
        let leads_on = |at: &usize| targets[*at];
        let is_short = std::iter::successors(Some(index), leads_on).nth(MAX_REFERENCES + 1).is_none();
        children[index].body = match targets[index].and_then(|target| children[target].path_key()) {
            Some(key) if is_short => Body::Reference(KeyPath { keys: vec![key] }),
            _ => Body::Opaque(if is_constant(wanted) { Opaque::Variable } else { Opaque::Call }),
        };
    }
    children
}

/// More names that stand for one another in a row than code has, unless they lead back to themselves.
const MAX_REFERENCES: usize = 16;

fn is_constant(wanted: &KeyPath) -> bool {
    wanted.keys.first().and_then(Key::name).is_some_and(|name| name.starts_with("const "))
}

/// The one child that the reference `node` means; none where there are several, or the name gets another value later.
fn target(
    node: &Node,
    children: &[Node],
    places: &BTreeMap<String, Vec<usize>>,
    assigned: &BTreeSet<String>,
) -> Option<usize> {
    let Body::Reference(wanted) = &node.body else { return None };
    let name = wanted.keys.first().and_then(Key::name)?;
    if name.strip_prefix("const ").is_some_and(|name| assigned.contains(name)) {
        return None;
    }
    let is_meant = |index: &&usize| is_constant(wanted) || node.value.contains(children[**index].entry);
    let mut found = places.get(name)?.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(*only),
        _ => None,
    }
}

impl<'a> Visit<'a> for Module<'_> {
    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        if let Some(name) = last_name(&new.callee) {
            self.call(format!("new {name}"), span(new.span), span(new.callee.span()), &new.arguments);
        }
        walk::walk_new_expression(self, new);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Some(name) = last_name(&call.callee).filter(|name| *name != "require") {
            self.call(format!("{name}()"), span(call.span), span(call.callee.span()), &call.arguments);
        }
        self.writes.extend(Write::of_call(call));
        walk::walk_call_expression(self, call);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let Some(init) = &declarator.init {
            let whole = span(declarator.span);
            match (&declarator.id, required(init)) {
                (pattern, Some(module)) => self.require(whole, module, pattern),
                (BindingPattern::ObjectPattern(object), None)
                    if matches!(unwrapped(init), Expression::Identifier(_)) =>
                {
                    self.taken_apart.push((span(unwrapped(init).span()).of(self.text).to_owned(), parts(object)));
                }
                (BindingPattern::BindingIdentifier(id), None) => {
                    self.push(format!("const {}", id.name), whole, span(id.span), self.expression(init));
                }
                _ => {}
            }
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        let target = span(assignment.left.span());
        let value = self.expression(&assignment.right);
        if let AssignmentTarget::AssignmentTargetIdentifier(id) = &assignment.left {
            let key = Some(Name { text: format!("const {}", id.name), span: target, site: None });
            self.replaced.push(Node { key, entry: span(assignment.span), ..value });
        } else {
            self.writes.extend(Write::of(assignment, self.property_value(&assignment.right)));
        }
        if target.of(self.text) == "module.exports" {
            self.push("module.exports".to_owned(), span(assignment.span), target, self.expression(&assignment.right));
        }
        self.assigned.insert(target.of(self.text).to_owned());
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        if let Some(expression) = export.declaration.as_expression() {
            let node = match returned(expression) {
                Some(object) => self.object(object),
                None => self.expression(expression),
            };
            let whole = span(export.span);
            self.push(
                "export default".to_owned(),
                whole,
                Span::new(whole.start, whole.start + "export default".len()),
                node,
            );
        }
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'a>) {
        if let TSModuleReference::ExternalModuleReference(external) = &import.module_reference {
            let local = span(import.id.span);
            let names = vec![("*".to_owned(), local, local)];
            self.imports(span(import.span), external.expression.value.as_str(), names);
        }
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        let specifiers = import.specifiers.iter().flatten().map(|specifier| match specifier {
            ImportDeclarationSpecifier::ImportSpecifier(one) => {
                (one.imported.name().to_string(), span(one.local.span), span(one.span))
            }
            ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                ("default".to_owned(), span(one.local.span), span(one.span))
            }
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                ("*".to_owned(), span(one.local.span), span(one.span))
            }
        });
        // What is imported as a type is no value.
        let values = import.import_kind.is_value();
        let names = specifiers.filter(|_| values).collect();
        self.imports(span(import.span), import.source.value.as_str(), names);
    }
}

impl Module<'_> {
    fn push(&mut self, name: String, entry: Span, key: Span, value: Node) {
        let key = Some(Name { text: name, span: key, site: None });
        self.children.push(Node { key, entry, ..value });
    }

    fn imports(&mut self, statement: Span, module: &str, names: Vec<Imported>) {
        let children = names.into_iter().map(imported).collect();
        let key = Some(Name { text: import::key(module), span: statement, site: None });
        self.children.push(Node {
            key,
            entry: statement,
            value: statement,
            body: Body::Opaque(Opaque::Import),
            children,
        });
    }

    /// `const fs = require('fs')` and `const { a, b: c } = require('fs')`.
    fn require(&mut self, declarator: Span, (module, part): (&str, Option<&str>), pattern: &BindingPattern<'_>) {
        let names = match (pattern, part) {
            (BindingPattern::BindingIdentifier(id), None) => vec![("*".to_owned(), span(id.span), span(id.span))],
            (BindingPattern::BindingIdentifier(id), Some(part)) => {
                vec![(part.to_owned(), span(id.span), span(id.span))]
            }
            (BindingPattern::ObjectPattern(object), None) => parts(object),
            _ => Vec::new(),
        };
        let line = crate::text::line_start(self.text, declarator.start);
        let lead = self.text[line..declarator.start].trim();
        let start = if matches!(lead, "const" | "let" | "var") { line } else { declarator.start };
        let end = declarator.end + usize::from(self.text[declarator.end..].starts_with(';'));
        self.imports(Span::new(start, end), module, names);
    }

    /// A call with an object to configure it: its first literal argument, or the one a first name stands for.
    fn call(&mut self, name: String, whole: Span, callee: Span, arguments: &[Argument<'_>]) {
        let expressions = || arguments.iter().filter_map(Argument::as_expression);
        let object = expressions().find_map(|argument| match unwrapped(argument) {
            Expression::ObjectExpression(object) => Some(self.object(object)),
            _ => None,
        });
        let named = || match expressions().next().map(unwrapped) {
            Some(Expression::Identifier(id)) => {
                Some(self.expression(expressions().next()?)).filter(|_| !id.name.is_empty())
            }
            _ => None,
        };
        let constructs = name.starts_with("new ");
        let none = (constructs && arguments.is_empty()).then(|| opaque(Span::at(whole.end), Opaque::NoArgument));
        let other = || {
            let argument = expressions().next().filter(|_| constructs)?;
            let node = self.expression(argument);
            // What a call gives back is not what it was given.
            let call = matches!(unwrapped(argument), Expression::CallExpression(_) | Expression::NewExpression(_));
            Some(if call { Node { body: Body::Opaque(Opaque::Call), ..node } } else { node })
        };
        let value = object.or_else(named).or_else(other).or(none);
        self.arguments(&name, whole, callee, arguments, value.as_ref().map(|value| value.value));
        if let Some(value) = value {
            self.push(name, whole, callee, value);
        }
    }

    /// The arguments by number, as `argument 2 of createPool()`; that which the call itself stands for leads to the call.
    fn arguments(&mut self, name: &str, whole: Span, callee: Span, arguments: &[Argument<'_>], meant: Option<Span>) {
        for (index, argument) in arguments.iter().filter_map(Argument::as_expression).enumerate() {
            let numbered = code::numbered(name, index + 1);
            let node = self.expression(argument);
            if meant == Some(node.value) {
                let body = Body::Reference(KeyPath::new([name]));
                let value = whole;
                self.push(numbered, whole, callee, Node { key: None, entry: whole, value, body, children: Vec::new() });
            } else if !matches!(node.body, Body::Opaque(_)) {
                let entry = node.entry;
                self.push(numbered, entry, callee, node);
            }
        }
    }

    /// The node of a value; its entry is the whole expression, its value what a new one would replace.
    fn expression(&self, expression: &Expression<'_>) -> Node {
        let inner = unwrapped(expression);
        let value = span(inner.span());
        let scalar = |value| (Body::Scalar { value, content: None }, Vec::new());
        let (body, children) = match inner {
            Expression::StringLiteral(string) => {
                let content = Span::new(value.start + 1, value.end.saturating_sub(1).max(value.start + 1));
                let plain = self.text.get(content.start..content.end) == Some(string.value.as_str());
                (Body::Scalar { value: string.value.as_str().into(), content: plain.then_some(content) }, Vec::new())
            }
            Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
                let content = Span::new(value.start + 1, value.end.saturating_sub(1).max(value.start + 1));
                scalar(content.of(self.text).into())
            }
            Expression::BooleanLiteral(flag) => scalar(Value::Bool(flag.value)),
            Expression::NullLiteral(_) => scalar(Value::Null),
            Expression::NumericLiteral(literal) => scalar(number(literal.value)),
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::UnaryNegation => {
                match &unary.argument {
                    Expression::NumericLiteral(literal) => scalar(number(-literal.value)),
                    _ => (Body::Opaque(Opaque::Expression), Vec::new()),
                }
            }
            Expression::ObjectExpression(object) => {
                return Node { entry: span(expression.span()), ..self.object(object) };
            }
            Expression::ArrayExpression(array) => {
                let items =
                    array.elements.iter().filter(|element| !matches!(element, ArrayExpressionElement::Elision(_)));
                let children = items.map(|element| match element.as_expression() {
                    Some(item) => self.expression(item),
                    None => opaque(span(element.span()), Opaque::Spread),
                });
                (Body::List(brackets(value)), children.collect())
            }
            Expression::Identifier(id) if id.name.as_str() != "undefined" => {
                (Body::Reference(KeyPath::new([format!("const {}", id.name)])), Vec::new())
            }
            Expression::NewExpression(new) => {
                (anchor(last_name(&new.callee).map(|name| format!("new {name}"))), Vec::new())
            }
            Expression::CallExpression(call) => {
                (anchor(last_name(&call.callee).map(|name| format!("{name}()"))), Vec::new())
            }
            Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => {
                (Body::Opaque(Opaque::Function), Vec::new())
            }
            Expression::ConditionalExpression(_) => (Body::Opaque(Opaque::Choice), Vec::new()),
            _ => (Body::Opaque(Opaque::Expression), Vec::new()),
        };
        Node { key: None, entry: span(expression.span()), value, body, children }
    }

    fn object(&self, object: &ObjectExpression<'_>) -> Node {
        let value = span(object.span);
        let children = object.properties.iter().map(|property| match property {
            ObjectPropertyKind::SpreadProperty(spread) => {
                Node { body: Body::Spread, ..opaque(span(spread.span), Opaque::Spread) }
            }
            ObjectPropertyKind::ObjectProperty(property) => {
                let whole = span(property.span);
                let key = name(&property.key).filter(|_| !property.computed);
                let node = if property.kind != PropertyKind::Init || property.method {
                    opaque(whole, Opaque::Method)
                } else if property.shorthand {
                    Node { value: Span::at(whole.end), ..opaque(whole, Opaque::Shorthand) }
                } else {
                    self.property_value(&property.value)
                };
                Node { key, entry: whole, ..node }
            }
        });
        Node { key: None, entry: value, value, body: Body::Map(brackets(value)), children: children.collect() }
    }

    /// Inside an object a name is just code: what it stands for is edited where it is declared.
    fn property_value(&self, expression: &Expression<'_>) -> Node {
        let node = self.expression(expression);
        match node.body {
            Body::Reference(_) => Node { body: Body::Opaque(Opaque::VariableOrCall), ..node },
            _ => node,
        }
    }
}

/// Whole where it is, and surely so.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::Int(value as i64) } else { Value::Float(value) }
}

fn opaque(span: Span, what: Opaque) -> Node {
    Node { key: None, entry: span, value: span, body: Body::Opaque(what), children: Vec::new() }
}

fn anchor(name: Option<String>) -> Body {
    name.map_or(Body::Opaque(Opaque::Call), |name| Body::Reference(KeyPath::new([name])))
}

fn name(key: &PropertyKey<'_>) -> Option<Name> {
    Some(Name { text: key.static_name()?.to_string(), span: span(key.span()), site: None })
}

fn brackets(span: Span) -> Layout {
    Layout::Delimited { open: span.start + 1, close: span.end.saturating_sub(1) }
}

pub(super) fn span(span: oxc_span::Span) -> Span {
    Span::new(span.start as usize, span.end as usize)
}
