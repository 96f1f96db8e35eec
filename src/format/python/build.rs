//! A Python module as a tree: every top-level name with its literal, and what later statements write into it.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{ExceptHandler, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::expression::Reader;
use super::statement::{How, Write, place, writes_of};
use super::{call, span};
use crate::format::{Body, Document, Fault, Layout, Name, Node, Opaque};
use crate::text::{Span, line_end};

/// Reads `text`. Names that several branches assign are several sites.
pub(super) fn document(text: &str) -> Result<Document, Fault> {
    let parsed = ruff_python_parser::parse_module(text)
        .map_err(|error| Fault::new(format!("not Python 3: {}", error.error), span(error.location)))?;
    let tokens: Vec<Span> = parsed
        .tokens()
        .iter()
        .filter(|token| {
            !matches!(
                token.kind(),
                TokenKind::Comment
                    | TokenKind::Newline
                    | TokenKind::NonLogicalNewline
                    | TokenKind::Indent
                    | TokenKind::Dedent
                    | TokenKind::EndOfFile
            )
        })
        .map(|token| span(token.range()))
        .collect();
    let calls = call::calls(parsed.suite());
    let reader = Reader { text, tokens: &tokens, opens: calls.iter().map(|call| call::open(call)).collect() };
    let mut module = Module::new(&reader);
    module.suite(parsed.suite(), &mut Vec::new());
    let mut children = module.finish();
    children.extend(call::places(&reader, &calls));
    children.sort_by_key(|node| node.entry.start);
    let whole = Span::new(0, text.len());
    let root = Node { key: None, entry: whole, value: whole, body: Body::Map(Layout::Implied), children };
    Ok(Document::new(root, tokens))
}

/// Behind the last import at the top of the file; before the first statement where there is none.
pub(super) fn import_place(document: &Document, text: &str) -> usize {
    let is_import = |node: &&Node| node.key.as_ref().is_some_and(|name| name.text.starts_with("import "));
    let top = |node: &&Node| crate::text::indent_of(text, node.entry.start).is_empty();
    match document.root.children.iter().filter(is_import).filter(top).map(|node| node.entry.end).max() {
        Some(end) => line_end(text, end),
        None => document
            .tokens
            .iter()
            .find(|token| !token.of(text).contains("\"\"\""))
            .map_or(text.len(), |token| token.start),
    }
}

/// One place that gives a name its value: a block, and what its statements make of the name.
struct Site {
    name: String,
    block: Vec<usize>,
    node: Node,
}

struct Module<'r> {
    reader: &'r Reader<'r>,
    sites: Vec<Site>,
    imports: Vec<Node>,
    /// How many branches were entered; each gets a number of its own.
    arms: usize,
}

impl<'r> Module<'r> {
    fn new(reader: &'r Reader<'r>) -> Self {
        Self { reader, sites: Vec::new(), imports: Vec::new(), arms: 0 }
    }

    fn suite(&mut self, suite: &[Stmt], block: &mut Vec<usize>) {
        for statement in suite {
            match statement {
                Stmt::If(branch) => {
                    self.arm(&branch.body, block);
                    for clause in &branch.elif_else_clauses {
                        self.arm(&clause.body, block);
                    }
                }
                Stmt::Try(attempt) => {
                    self.arm(&attempt.body, block);
                    for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                        self.arm(&handler.body, block);
                    }
                    self.arm(&attempt.orelse, block);
                    self.arm(&attempt.finalbody, block);
                }
                Stmt::With(with) => self.arm(&with.body, block),
                Stmt::For(each) => self.arm(&each.body, block),
                Stmt::While(while_true) => self.arm(&while_true.body, block),
                Stmt::ClassDef(class) => self.class(class, block),
                Stmt::Import(import) => {
                    for name in &import.names {
                        self.import(span(import.range), name.name.as_str(), &[]);
                    }
                }
                Stmt::ImportFrom(import) => {
                    let names: Vec<(&str, Span)> = import
                        .names
                        .iter()
                        .map(|alias| (alias.name.as_str(), span(alias.asname.as_ref().unwrap_or(&alias.name).range)))
                        .collect();
                    let module = import.module.as_ref().map_or("", |module| module.as_str());
                    self.import(span(import.range), &format!("{}{module}", ".".repeat(import.level as usize)), &names);
                }
                other => {
                    for write in writes_of(other) {
                        self.write(&write, block);
                    }
                }
            }
        }
    }

    /// A class holds settings, too: `Prod.DATABASES`. One without any is no setting.
    fn class(&mut self, class: &StmtClassDef, block: &[usize]) {
        let mut inside = Module::new(self.reader);
        inside.suite(&class.body, &mut Vec::new());
        let children = inside.finish();
        if children.is_empty() {
            return;
        }
        let key = Some(Name { text: class.name.to_string(), span: span(class.name.range), site: None });
        let entry = span(class.range);
        let node = Node { key, entry, value: entry, body: Body::Map(Layout::Own), children };
        self.sites.push(Site { name: class.name.to_string(), block: block.to_vec(), node });
    }

    fn arm(&mut self, suite: &[Stmt], block: &mut Vec<usize>) {
        self.arms += 1;
        block.push(self.arms);
        self.suite(suite, block);
        block.pop();
    }

    fn import(&mut self, statement: Span, module: &str, names: &[(&str, Span)]) {
        let children = names
            .iter()
            .map(|(name, known)| Node {
                key: Some(Name { text: (*name).to_owned(), span: *known, site: None }),
                entry: *known,
                value: *known,
                body: Body::Opaque(Opaque::Import),
                children: Vec::new(),
            })
            .collect();
        let key = Some(Name { text: format!("import {module}"), span: statement, site: None });
        self.imports.push(Node {
            key,
            entry: statement,
            value: statement,
            body: Body::Opaque(Opaque::Import),
            children,
        });
    }

    fn write(&mut self, write: &Write<'_>, block: &[usize]) {
        let same_block = self.sites.iter().rposition(|site| site.name == write.name && site.block == block);
        if write.keys.is_empty() && write.how == How::Replaces {
            let node = self.site_node(write);
            let site = Site { name: write.name.clone(), block: block.to_vec(), node };
            match same_block {
                // Assigned again with nothing between that could skip it: the earlier value is dead.
                Some(index) => self.sites[index] = site,
                None => self.sites.push(site),
            }
            return;
        }
        if matches!(write.how, How::Appends | How::AppendsOne) {
            let value = self.reader.expression(write.value);
            let elements = match write.how {
                How::Appends => value.children,
                _ => vec![Node { entry: write.statement, ..value }],
            };
            let site = same_block.map(|index| &mut self.sites[index].node);
            let list = site.and_then(|site| inner(site, write)).filter(|node| node.is_list());
            // To what is computed, or comes from another module or branch, something is added; what is not known.
            list.into_iter().for_each(|list| list.children.extend(elements.iter().cloned()));
            return;
        }
        let value = self.reader.expression(write.value);
        // What some other object is updated with is no setting.
        if same_block.is_none() && write.how == How::Merges && !matches!(value.body, Body::Map(_)) {
            return;
        }
        let index = same_block.unwrap_or_else(|| {
            let at = Span::at(write.statement.start);
            let key = Some(Name { text: write.name.clone(), span: write.name_span, site: None });
            let node = Node { key, entry: at, value: at, body: Body::Map(Layout::Implied), children: Vec::new() };
            self.sites.push(Site { name: write.name.clone(), block: block.to_vec(), node });
            self.sites.len() - 1
        });
        let site = &mut self.sites[index].node;
        site.entry.end = site.entry.end.max(write.statement.end);
        apply(site, write, value);
    }

    fn site_node(&self, write: &Write<'_>) -> Node {
        let value = self.reader.expression(write.value);
        let key = Some(Name { text: write.name.clone(), span: write.name_span, site: None });
        Node { key, entry: write.statement, ..value }
    }

    /// The sites as children of the root, numbered where a name has several.
    fn finish(self) -> Vec<Node> {
        let mut children = Vec::new();
        let count = |name: &str| self.sites.iter().filter(|site| site.name == name).count();
        for (index, site) in self.sites.iter().enumerate() {
            let mut node = site.node.clone();
            let number = self.sites[..=index].iter().filter(|other| other.name == site.name).count();
            if let Some(key) = &mut node.key {
                key.site = (count(&site.name) > 1).then_some(number);
            }
            children.push(node);
        }
        // Two statements import from one module: they are one thing to ask for, so they carry no number.
        children.extend(self.imports);
        children.sort_by_key(|node| node.entry.start);
        children
    }
}

/// Puts what a later statement writes where the path says; the value it replaces is dead.
fn apply(site: &mut Node, write: &Write<'_>, value: Node) {
    let mut node = site;
    let keys = if write.how == How::Merges { write.keys.as_slice() } else { &write.keys[..write.keys.len() - 1] };
    for key in keys {
        let known = node.children.iter().position(|child| child.key.as_ref().is_some_and(|name| name.text == key.text));
        let index = known.unwrap_or_else(|| {
            let at = if write.how == How::Merges { write.statement } else { Span::at(write.statement.start) };
            let name = Name { text: key.text.clone(), span: key.span, site: None };
            node.children.push(Node {
                key: Some(name),
                entry: at,
                value: Span::at(at.start),
                body: Body::Map(Layout::Implied),
                children: Vec::new(),
            });
            node.children.len() - 1
        });
        node = &mut node.children[index];
    }
    if write.how == How::Merges && !matches!(value.body, Body::Map(_)) {
        node.children.push(Node { entry: write.statement, body: Body::Spread, children: Vec::new(), ..value });
        return;
    }
    if write.how == How::Merges {
        if matches!(node.body, Body::Map(Layout::Implied)) {
            node.body = value.body;
            node.value = value.value;
        }
        for child in value.children {
            place(node, child);
        }
        return;
    }
    let Some(last) = write.keys.last() else { return };
    let name = Name { text: last.text.clone(), span: last.span, site: None };
    place(node, Node { key: Some(name), entry: write.statement, ..value });
}

/// What `write` is about, below the node of its name.
fn inner<'n>(node: &'n mut Node, write: &Write<'_>) -> Option<&'n mut Node> {
    write.keys.iter().try_fold(node, |node, key| {
        node.children.iter_mut().rfind(|child| child.key.as_ref().is_some_and(|name| name.text == key.text))
    })
}
