//! Problems drawn with their lines, as compilers draw them.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::style::Style;
use crate::diagnostic::{Diagnostic, Location, Severity};
use crate::text::{Span, printable};
use crate::value::mask;

/// All `diagnostics`, one after the other; escape codes for colour are part of the text.
pub fn diagnostics(diagnostics: &[Diagnostic], style: Style) -> String {
    let renderer = Renderer::styled();
    let drawn: Vec<String> = diagnostics.iter().map(|diagnostic| style.fit(&draw(&renderer, diagnostic))).collect();
    drawn.join("\n\n")
}

fn draw(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(safe(&diagnostic.message)).id(diagnostic.code.id()));
    for (index, place) in diagnostic.places.iter().enumerate() {
        if place.excerpt.trim().is_empty() {
            let origin = Origin::path(safe(&place.path)).line(place.position.line).char_column(place.position.column);
            group = group.element(origin);
            continue;
        }
        let (excerpt, span) = safe_excerpt(place);
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(span.start..span.end).label(safe(&place.label));
        group = group.element(
            Snippet::source(excerpt).line_start(place.first_line).path(safe(&place.path)).annotation(annotation),
        );
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(safe(note)));
    }
    let mended = mended(diagnostic);
    let shown = diagnostic.patch.as_ref().filter(|_| mended.is_none()).map(|patch| &patch.help);
    for help in shown.into_iter().chain(&diagnostic.help) {
        group = group.element(Level::HELP.message(safe(help)));
    }
    let groups: Vec<Group<'_>> = [group].into_iter().chain(mended).collect();
    renderer.render(&groups)
}

/// The marked line as it should be; `None` where not all of it is shown as it is.
fn mended(diagnostic: &Diagnostic) -> Option<Group<'_>> {
    let (place, patch) = (diagnostic.places.first()?, diagnostic.patch.as_ref()?);
    let is_shown = !place.excerpt.trim().is_empty() && safe(&place.excerpt) == place.excerpt;
    is_shown.then(|| {
        let line = Snippet::source(&place.excerpt).line_start(place.first_line).path(safe(&place.path));
        let text = Patch::new(place.span.start..place.span.end, &patch.text);
        Group::with_title(Level::HELP.secondary_title(safe(&patch.help))).element(line.patch(text))
    })
}

fn safe(text: &str) -> String {
    printable(&mask(text)).into_owned()
}

/// The excerpt without secrets and control characters, with the mark moved along.
fn safe_excerpt(place: &Location) -> (String, Span) {
    let whole = safe(&place.excerpt);
    if whole == place.excerpt {
        return (whole, place.span);
    }
    // Something before or in the mark was replaced: what is unchanged before it decides where it starts now.
    let before = safe(&place.excerpt[..place.span.start]);
    let start = if whole.starts_with(&before) { before.len() } else { whole.len() - whole.trim_start().len() };
    let marked = safe(place.span.of(&place.excerpt));
    let end = if whole[start..].starts_with(&marked) { start + marked.len() } else { whole.trim_end().len() };
    (whole, Span::new(start, end.max(start)))
}
