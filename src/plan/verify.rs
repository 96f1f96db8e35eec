//! Whether what was applied still holds: recorded settings, what migrations ensure for ever, and TLS that checks.

use super::absent::{check_out, ways_of_moved};
use super::applied::Applied;
use super::drift::{DriftKind, drift, still_there, without_record};
use super::foreign::foreign;
use super::status::edits_of;
use super::{Drift, Request};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format;
use crate::history::{RECORDS, Record};
use crate::migration::{Migration, Slug, ensured};
use crate::path::RepoPath;
use crate::tree::Overlay;
use crate::value::Selector;

/// Every setting of an applied migration that no longer holds, and every `[[ensure]]` that does not; of the
/// migrations that `is_asked`.
pub fn verify(request: &Request<'_>, is_asked: &dyn Fn(&Slug) -> bool) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let recorded: Vec<&Slug> = request.history.slugs().filter(|slug| is_asked(slug)).collect();
    let local = request.catalogue.iter().map(|migration| &migration.slug);
    let local =
        local.filter(|slug| request.history.ledger(slug).is_some() && is_asked(slug) && !recorded.contains(slug));
    let applied = Applied::of(request);
    for slug in recorded.iter().copied().chain(local) {
        let found = drift(request, &applied, slug, &edits_of(request, slug));
        let half = request.history.record(slug).filter(|record| record.is_half_reverted());
        let half = half.map(|record| still_there(request, record)).unwrap_or_default();
        findings.extend(found.iter().chain(&half).map(|drift| drifted(request, slug, drift)));
    }
    let lost = request.history.lost_slugs().filter(|slug| is_asked(slug));
    findings.extend(lost.filter_map(|slug| Some(drifted(request, slug, &without_record(request, slug)?))));
    for record in recorded.iter().filter_map(|slug| request.history.record(slug)).filter(|record| record.is_applied()) {
        findings.extend(foreign(request, record).unwrap_or_else(|fault| vec![fault]));
    }
    findings.extend(recorded.iter().filter_map(|slug| vanished(request, slug)));
    let mut overlay = Overlay::without(request.tree, &request.catalogue.owned());
    for migration in request.catalogue.iter().filter(|migration| is_asked(&migration.slug)) {
        let record = request.history.record(&migration.slug).filter(|record| record.is_applied());
        let Some(record) = record else { continue };
        match unmet(request, &mut overlay, &applied, migration, record) {
            Ok(unmet) => unmet.into_iter().for_each(|fault| join(&mut findings, fault)),
            Err(fault) => findings.push(fault),
        }
    }
    #[cfg(feature = "tls")]
    findings.extend(super::insecure::standing(request, request.history.slugs().filter(|slug| is_asked(slug))));
    findings
}

/// Adds `fault`, a condition that does not hold, at the line that breaks it. Where something was found on that line already,
/// it is said there.
fn join(findings: &mut Vec<Diagnostic>, mut fault: Diagnostic) {
    if let [condition, _] = fault.places.as_slice() {
        let condition = condition.to_string();
        fault.places.rotate_left(1);
        let line = |one: &Diagnostic| one.places.first().map(|place| (place.path.clone(), place.position.line));
        if let Some(known) = findings.iter_mut().find(|known| known.code == Code::Drift && line(known) == line(&fault))
        {
            known.notes.push(format!("{} ({condition})", fault.message));
            return;
        }
    }
    findings.push(fault);
}

/// A migration that is applied, and whose file is gone.
fn vanished(request: &Request<'_>, slug: &Slug) -> Option<Diagnostic> {
    let record = request.history.record(slug).filter(|record| record.is_applied())?;
    if request.catalogue.get(slug).is_some() {
        return None;
    }
    let told =
        Diagnostic::error(Code::Vanished, format!("`{slug}` is applied, and there is no such migration any more"))
            .at(Location::file(format!("{RECORDS}/{slug}.toml")));
    Some(match record.definition.starts_with("native:") {
        true => told.note("it was compiled into the program that applied it, and this one does not have it"),
        false => told.note(format!("where its file went: git log --diff-filter=D --name-only -- '*_{slug}.toml'")),
    })
    .map(|told| told.help(format!("take it back, for which its record is enough: migrate down {slug}")))
}

fn drifted(request: &Request<'_>, slug: &Slug, drift: &Drift) -> Diagnostic {
    let subject = drift.subject();
    let message = match &drift.kind {
        DriftKind::StillThere => format!("{subject} is as `{slug}` left it, though that was taken back"),
        DriftKind::RecordGone => {
            format!("{subject} is as `{slug}` left it, and the record of that is deleted, which git still has")
        }
        DriftKind::FileMoved(to) => {
            format!("{} is no longer where `{slug}` left it: the file is `{to}` now", drift.subject_in_file())
        }
        DriftKind::Unseen => {
            format!("whether {} holds can not be told: git leaves the file out here", drift.subject_in_file())
        }
        kind => format!("{subject} is no longer as `{slug}` left it: {}", kind.name()),
    };
    let text = || {
        let state = request.tree.read(&drift.path).ok()??;
        Some(format::decode(drift.path.file_name(), drift.format.as_deref(), &state.bytes).ok()?.1.content)
    };
    let private = request.ignored.contains(&drift.path);
    let place = match (drift.span, text(), drift.position) {
        (Some(span), Some(text), _) if !private => format::location(&drift.path, &text, span, drift.kind.name()),
        (_, _, Some(position)) => Location::bare(drift.path.as_str(), position),
        _ => Location::file(drift.path.as_str()),
    };
    let finding = Diagnostic::error(Code::Drift, message).at(place);
    match &drift.kind {
        DriftKind::StillThere => return finding.help(format!("take the rest back, too: migrate down {slug}")),
        DriftKind::RecordGone => {
            return finding.help(format!("bring the record back: git checkout HEAD -- '{}'", drift.path));
        }
        DriftKind::Unreadable => return finding.help("mend the file first"),
        DriftKind::Unseen => return finding.help(check_out(&drift.path)),
        DriftKind::FileMoved(to) => {
            return ways_of_moved(request, slug, &drift.path, to).into_iter().fold(finding, Diagnostic::help);
        }
        DriftKind::RevertedByHand | DriftKind::Changed | DriftKind::Gone | DriftKind::FileGone => {}
    }
    let finding = finding.help(format!("it was meant? keep it as the new truth: migrate accept {slug}"));
    match request.catalogue.get(slug) {
        Some(_) => finding.help(format!("it was not? apply the migration again: {}", again(slug))),
        None => finding,
    }
}

/// Applies a migration again, over what people changed in its settings.
fn again(slug: &Slug) -> String {
    format!("migrate redo {slug} --on-conflict=revert")
}

/// What `migration` ensures and does not hold; what a later migration changed is its business.
fn unmet(
    request: &Request<'_>,
    overlay: &mut Overlay<'_>,
    applied: &Applied<'_>,
    migration: &Migration,
    record: &Record,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let variables = request.given.resolve(&migration.variables(), Some(record))?;
    let is_left = |path: &RepoPath, at: &Selector| applied.changed_after(migration.version, path, at);
    let failed = ensured(migration, overlay, &variables, &is_left).map_err(|refused| *refused.0)?;
    let slug = &migration.slug;
    let source = migration.declaration().map(|declaration| &declaration.source.path);
    let told = |fault: Diagnostic| {
        let fault = fault.help(format!("apply the migration again: {}", again(slug)));
        source.into_iter().fold(fault, |fault, source| {
            fault
                .help(format!("it is meant to be so? change the `[[ensure]]` in {source}, then: migrate accept {slug}"))
        })
    };
    Ok(failed.into_iter().map(told).collect())
}
