//! What is added to a body: an attribute, an object or a block. Only the program that reads a file knows which of
//! these a missing map is, so the file has to show it, or a map is asked for as a value.

use super::{Hcl, behind_comments, inside, is_identifier, is_object, last_end, open_object};
use crate::diagnostic::Code;
use crate::format::delimited::Slot;
use crate::format::style::{self, Context};
use crate::format::{Body, Extend, Extension, Format, Layout, Node, Refusal, lines, locate};
use crate::text::{Edit, Span, indent_of};
use crate::value::{Key, KeyPath, Value};

/// What a name is where it stands in a file.
#[derive(Clone, Copy)]
enum Form<'d> {
    /// An attribute that holds an object, or an expression that may give one.
    Object,
    Block(Model<'d>),
    /// An attribute without keys.
    Plain,
}

/// A block to write another one like.
#[derive(Clone, Copy)]
struct Model<'d> {
    block: &'d Node,
    /// What both have before the labels that differ.
    header: Span,
    /// How many labels differ.
    labels: usize,
}

pub(super) fn extension(request: &Extend<'_>) -> Result<Extension, Refusal> {
    let Extend { text, node, rest, value, .. } = request;
    let is_group = match node.layout() {
        Some(Layout::Implied) => true,
        Some(Layout::Own | Layout::Lines { .. }) => false,
        _ => return Err(locate::not_a_container(node, request.path)),
    };
    match value {
        Some(value) if rest.len() == 1 && !is_group => {
            return attribute(request, |context| Hcl.write_value(value, None, context));
        }
        _ if is_object(text, node) || has_values_only(node) => return object(request),
        _ => {}
    }
    let forms = if is_group { below(node).into_iter().map(Form::Block).collect() } else { shown(request) };
    match agreed(&forms) {
        Some(Form::Block(model)) => block(request, model, &forms),
        Some(Form::Object) => object(request),
        _ if request.given && !is_group => object(request),
        _ => Err(unknown(request)),
    }
}

/// Whether this is a file of variables, in which there are no blocks.
fn has_values_only(node: &Node) -> bool {
    node.key.is_none() && !node.children.is_empty() && node.children.iter().all(is_attribute)
}

fn is_attribute(node: &Node) -> bool {
    node.key.as_ref().is_some_and(|key| key.span.end < node.value.start)
}

fn is_block(node: &Node) -> bool {
    node.key.is_some() && !is_attribute(node) && matches!(node.layout(), Some(Layout::Own | Layout::Lines { .. }))
}

/// What the missing name is elsewhere: in the blocks of the same kind, else in those with the same identifier, else in
/// any. At the top level only what stands there says so.
fn shown<'d>(request: &Extend<'d>) -> Vec<Form<'d>> {
    let (text, node) = (request.text, request.node);
    let mut found: Vec<((bool, bool), Form<'d>)> = Vec::new();
    request.document.root.walk(&KeyPath::default(), &mut |_, other| {
        let nearness = match (is_block(node), is_block(other)) {
            (true, true) => (kind(text, node) == kind(text, other), identifier(text, node) == identifier(text, other)),
            (false, _) if std::ptr::eq(node, other) => (true, true),
            _ => return,
        };
        let named = other.children.iter().filter(|child| is_named(child, &request.rest[0]));
        found.extend(named.flat_map(|child| forms(text, child)).map(|form| (nearness, form)));
    });
    let nearest = found.iter().map(|(nearness, _)| *nearness).max();
    found.into_iter().filter(|(nearness, _)| Some(*nearness) == nearest).map(|(_, form)| form).collect()
}

/// A block's identifier with all but the last of its labels.
fn kind<'t>(text: &'t str, block: &Node) -> &'t str {
    let key = block.key.as_ref().map_or(block.entry, |key| key.span);
    let end = if key.start == block.entry.start { key.end } else { key.start };
    text[block.entry.start..end].trim_end()
}

fn identifier<'t>(text: &'t str, block: &Node) -> &'t str {
    let kind = kind(text, block);
    kind.split(|c: char| c.is_whitespace() || c == '"').next().unwrap_or(kind)
}

fn is_named(node: &Node, key: &Key) -> bool {
    node.key.as_ref().is_some_and(|name| Some(name.text.as_str()) == key.name())
}

fn forms<'d>(text: &str, node: &'d Node) -> Vec<Form<'d>> {
    match &node.body {
        Body::Map(Layout::Implied) => below(node).into_iter().map(Form::Block).collect(),
        Body::Map(_) if is_block(node) => {
            let end = node.key.as_ref().map_or(node.entry.start, |key| key.span.end);
            let header = Span::new(node.entry.start, end);
            vec![Form::Block(Model { block: node, header, labels: 0 })]
        }
        Body::Map(_) if is_object(text, node) => vec![Form::Object],
        Body::Opaque(_) => vec![Form::Object],
        _ => vec![Form::Plain],
    }
}

/// The blocks of a group, whose children are named by the next label.
fn below<'d>(group: &'d Node) -> Vec<Model<'d>> {
    let label = group.children.first().and_then(|child| child.key.as_ref());
    let header = Span::new(group.entry.start, label.map_or(group.entry.start, |label| label.span.start));
    let models = |child: &'d Node| match child {
        Node { body: Body::Map(Layout::Implied), .. } => below(child),
        block => vec![Model { block, header, labels: 0 }],
    };
    let longer = |model: Model<'d>| Model { header, labels: model.labels + 1, ..model };
    group.children.iter().flat_map(models).map(longer).collect()
}

/// What the name is by `forms`: an object where it is an attribute in all of them and has keys in one.
fn agreed<'d>(forms: &[Form<'d>]) -> Option<Form<'d>> {
    let first = forms.iter().find(|form| !matches!(form, Form::Plain)).copied()?;
    let agrees = |form: &Form<'_>| match (form, first) {
        (Form::Object | Form::Plain, Form::Object) => true,
        (Form::Block(one), Form::Block(other)) => one.labels == other.labels,
        _ => false,
    };
    forms.iter().all(agrees).then_some(first)
}

fn object(request: &Extend<'_>) -> Result<Extension, Refusal> {
    attribute(request, |context| Ok(open_object(context)))
}

/// A new attribute, with its value as `write` gives it.
fn attribute(
    request: &Extend<'_>,
    write: impl FnOnce(&Context) -> Result<String, Refusal>,
) -> Result<Extension, Refusal> {
    let Extend { text, node, rest, .. } = request;
    let siblings: Vec<&Node> = node.children.iter().collect();
    let like = siblings.last().and_then(|node| node.key.as_ref()).map(|name| name.span.of(text));
    let entry = |context: &Context| {
        let (key, value) = (Hcl.write_key(rest[0].name().unwrap_or(""), like, context)?, write(context)?);
        // What stands on several lines is not kept in line with its neighbours.
        let separator = match value.contains('\n') {
            true => Hcl.separator().to_owned(),
            false => style::separator(&Hcl, text, None, &siblings, key.len()),
        };
        Ok(format!("{key}{separator}{value}"))
    };
    let edit = match node.layout() {
        Some(Layout::Lines { next, indent }) => {
            let slot = lines::slot(&Hcl, text, *next, indent);
            // At the top level it goes behind the blocks where there are only these.
            let apart = node.key.is_none() && !siblings.is_empty() && !siblings.iter().any(|node| is_attribute(node));
            placed(&slot, &entry(&slot.context)?, apart)
        }
        _ => opened(text, node, entry)?,
    };
    Ok(Extension { edit, covered: 1 })
}

/// A block without labels, behind all there is in another one: what asks for it knows that it is one.
pub(super) fn empty_block(request: &Extend<'_>) -> Result<Extension, Refusal> {
    let Extend { text, node, rest, .. } = request;
    let name = rest[0].name().filter(|name| is_identifier(name) && is_block(node)).ok_or_else(|| unknown(request))?;
    let entry = |context: &Context| Ok(format!("{name} {}", open_object(context)));
    let edit = match (node.layout(), node.children.iter().map(last_end).max()) {
        (Some(Layout::Lines { next, indent }), last) => {
            let slot = lines::slot(&Hcl, text, last.map_or(*next, |last| behind_comments(text, last)), indent);
            placed(&slot, &entry(&slot.context)?, last.is_some())
        }
        _ => opened(text, node, entry)?,
    };
    Ok(Extension { edit, covered: 1 })
}

/// A block like `model`, behind the last one of its name, else behind all there is; apart from it where `forms` are.
fn block(request: &Extend<'_>, model: Model<'_>, forms: &[Form<'_>]) -> Result<Extension, Refusal> {
    let Extend { text, node, rest, .. } = request;
    let is_group = node.layout() == Some(&Layout::Implied);
    let covered = model.labels + usize::from(!is_group);
    let is_plain = request.value.is_some_and(|value| !matches!(value, Value::Map(_)));
    if rest.len() < covered || rest.len() == covered && is_plain {
        return Err(unknown(request));
    }
    let equal = node.children.iter().filter(|child| is_named(child, &rest[0]));
    if let Key::Site(name, site) = &rest[0]
        && *site != equal.clone().count() + 1
    {
        let (path, next) = (request.path, equal.count() + 1);
        let message = format!("`{path}` has {} `{name}`: the next one is `{name}#{next}`", next - 1);
        return Err(Refusal::new(Code::NotFound, message).at(node.entry, "here"));
    }
    let like = model.block.key.as_ref().map(|label| label.span.of(text));
    let entry = |context: &Context| {
        let labels = rest[covered - model.labels..covered].iter();
        let labels = labels.map(|label| Hcl.write_key(label.name().unwrap_or(""), like, context));
        let labels = labels.collect::<Result<Vec<_>, _>>()?.join(" ");
        let header = format!("{}{labels}", model.header.of(text));
        Ok(format!("{} {}", header, open_object(context)))
    };
    let last = equal.map(last_end).max().or_else(|| node.children.iter().map(last_end).max());
    let edit = match (node.layout(), last) {
        (Some(Layout::Own), _) => opened(text, node, entry)?,
        (Some(Layout::Lines { next, indent }), None) => {
            let slot = lines::slot(&Hcl, text, *next, indent);
            placed(&slot, &entry(&slot.context)?, false)
        }
        (layout, last) => {
            let indent = match layout {
                Some(Layout::Lines { indent, .. }) => indent,
                _ => indent_of(text, model.block.entry.start),
            };
            let slot = lines::slot(&Hcl, text, behind_comments(text, last.unwrap_or(node.entry.end)), indent);
            let apart = forms.iter().rev().find_map(|form| stands_apart(text, form)).unwrap_or(true);
            placed(&slot, &entry(&slot.context)?, apart)
        }
    };
    Ok(Extension { edit, covered })
}

/// Whether there is a blank line above a block; `None` where nothing stands above it.
fn stands_apart(text: &str, form: &Form<'_>) -> Option<bool> {
    let Form::Block(Model { block, .. }) = form else { return None };
    let start = lines::comments_above(&Hcl, text, block.entry.start);
    let above = text[..start].trim_end();
    (!above.is_empty() && !above.ends_with('{')).then(|| text[above.len()..start].matches('\n').count() > 1)
}

fn placed(slot: &Slot, entry: &str, apart: bool) -> Edit {
    let blank = if apart { slot.context.eol } else { "" };
    Edit::insert(slot.offset, format!("{blank}{}{entry}{}", slot.prefix, slot.suffix))
}

/// An entry of a block on one line, which then stands on several.
fn opened(text: &str, block: &Node, entry: impl FnOnce(&Context) -> Result<String, Refusal>) -> Result<Edit, Refusal> {
    let outer = indent_of(text, block.entry.start);
    let context = Context::at(&Hcl, text, block.entry.start, outer.to_owned());
    let context = Context { indent: format!("{outer}{}", context.unit), ..context };
    let between = inside(text, block);
    let known = Some(between.of(text).trim()).filter(|known| !known.is_empty());
    let entry = entry(&context)?;
    let (eol, indent) = (context.eol, &context.indent);
    let body: String = known.into_iter().chain([entry.as_str()]).map(|entry| format!("{eol}{indent}{entry}")).collect();
    Ok(Edit::replace(between, format!("{body}{eol}{outer}")))
}

/// Why nothing is made where the file does not show what the name is.
fn unknown(request: &Extend<'_>) -> Refusal {
    let Extend { node, rest, path, .. } = request;
    let name = rest[0].name().unwrap_or("");
    let place = path.join(rest[0].clone());
    let message = format!("`{place}` is not in this file, and may be a block or a value");
    let help = match node.layout() {
        Some(Layout::Implied) => format!("write the block with the label \"{name}\" there first"),
        _ => format!("set `{place}` itself to a table for an object, or write the block `{name} {{ }}` there first"),
    };
    Refusal::new(Code::Unsupported, message).at(node.entry, "here").help(help)
}
