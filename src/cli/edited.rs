//! Migration files that were edited after they were applied, with what git knows of it.

use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::history::RECORDS;
use crate::migration::{Migration, Slug};
use crate::plan::{self, Request};
use crate::text::Span;

/// A finding for each migration that `is_asked` and would do something else by now than it did.
pub(super) fn edited(
    workspace: &Workspace,
    request: &Request<'_>,
    is_asked: &dyn Fn(&Slug) -> bool,
) -> Vec<Diagnostic> {
    let asked = request.catalogue.iter().filter(|migration| is_asked(&migration.slug));
    let told = asked.filter_map(|migration| {
        // A file that would do the same is none.
        let told = plan::edited_since(request, migration).filter(|told| told.severity != Severity::Note)?;
        Some(dated(workspace, migration, Diagnostic { severity: Severity::Error, ..told }))
    });
    told.collect()
}

/// `told` at the first line that is another one than in the commit that recorded `migration`, with the way back to it.
fn dated(workspace: &Workspace, migration: &Migration, told: Diagnostic) -> Diagnostic {
    let known = || {
        let (git, source) = (workspace.git()?, &migration.declaration()?.source);
        let commit = git.commits_of("HEAD", &format!("{RECORDS}/{}.toml", migration.slug)).into_iter().next()?;
        let then = String::from_utf8(git.past_file(&commit, &source.path)?).ok()?;
        let at = source.text.lines().zip(then.lines()).position(|(now, then)| now != then)?;
        let day = git.day(&commit)?;
        let start: usize = source.text.split_inclusive('\n').take(at).map(str::len).sum();
        let line = source.text.lines().nth(at)?;
        let was = then.lines().nth(at)?.trim();
        let span = Span::new(start + line.len() - line.trim_start().len(), start + line.len());
        let place = Location::new(&source.path, &source.text, span, format!("was `{was}` on {day}"));
        let short: String = commit.chars().take(10).collect();
        Some((place, format!("undo it: git checkout {short} -- {}", source.path)))
    };
    let Some((place, undo)) = known().filter(|_| told.code == Code::Edited) else { return told };
    Diagnostic { places: vec![place], ..told }
        .help(format!("see the whole change: migrate show {} --since-applied", migration.slug))
        .help(undo)
}
