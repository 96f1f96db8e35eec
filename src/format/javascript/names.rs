//! The names that a module takes out of others, and the patterns that take an object apart.

use oxc_ast::ast::{BindingProperty, ObjectPattern};
use oxc_span::GetSpan;

use super::build::span;
use crate::format::{Body, Name, Node, Opaque};
use crate::text::Span;

/// A name taken out of a module: the name there, its name here, and the whole entry.
pub(super) type Imported = (String, Span, Span);

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
