//! `migrate check`: the one command for CI and hooks. Fails where the repository is not migrated and clean.

use super::Failure;
use super::args::{Arguments, CheckArguments, PendingKind};
use super::edited::edited;
use super::exit::Exit;
use super::reports::{self, Told};
use super::since::{Since, since};
use super::ui::Ui;
use super::unsettled;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::migration::{BuiltIn, Migration, Slug};
use crate::plan::{self, Request, Standing, Status, Step, Target};
use crate::report::{self, Finding};
use crate::text::Position;

pub(crate) fn run(
    arguments: &Arguments,
    check: &CheckArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let loaded = workspace.load(ui)?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let tree = workspace.seen(&loaded.disk);
    let request = Request { tree: &tree, ..workspace.request(&loaded, &excluded) };
    let since = check.since.as_deref().map(|revision| since(&workspace, &loaded, revision)).transpose()?;
    let (findings, diagnostics) =
        findings(&workspace, &request, check, since.as_ref(), unsettled::findings(&workspace.base, ui))?;
    let failed = findings.iter().filter(|finding| finding.failed()).count();
    let result = report::check_result(&findings);
    if ui.json {
        ui.envelope("check", result.clone(), &diagnostics);
    } else {
        if !diagnostics.is_empty() {
            ui.text(&format!("{}\n\n", ui.told(&diagnostics)));
        }
        ui.text(&report::check(&findings, ui.style));
    }
    let is_asked = |slug: &Slug| since.as_ref().is_none_or(|since| since.all.contains(slug));
    let mends = reports::mends(arguments, &request, &is_asked);
    reports::tell(
        arguments,
        &workspace,
        ui,
        &Told { diagnostics: &diagnostics, mends: &mends, result: Some(result), ..Told::default() },
    )?;
    Ok(if failed > 0 { Exit::of_findings(&diagnostics) } else { Exit::Done })
}

fn findings(
    workspace: &Workspace,
    request: &Request<'_>,
    check: &CheckArguments,
    since: Option<&Since>,
    unsettled: Vec<Diagnostic>,
) -> Result<(Vec<Finding>, Vec<Diagnostic>), Failure> {
    let is_asked = &|slug: &Slug| since.is_none_or(|since| since.all.contains(slug));
    let is_new = |slug: &Slug| since.is_none_or(|since| since.files.contains(slug));
    let files: Vec<&Migration> =
        request.catalogue.iter().filter(|one| one.declaration().is_some() && is_new(&one.slug)).collect();
    let found = plan::lint(request, &|migration| is_new(&migration.slug));
    let mut diagnostics: Vec<Diagnostic> = found.into_iter().map(|finding| finding.told).collect();
    let lint = Finding::counted("lint", report::plural(files.len(), "migration file"), diagnostics.len());

    let mut examples = 0;
    let mut wrong = Vec::new();
    for migration in &files {
        for case in migration.declaration().into_iter().flat_map(|declaration| &declaration.cases) {
            examples += 1;
            if !plan::example(migration, case, request.tree)?.is_right() {
                wrong.push(format!("{} {}", migration.version, case.name.text));
            }
        }
    }
    let test = Finding::listed("test", report::plural(examples, "example"), &wrong, "see: migrate test");

    let edited = edited(workspace, request, is_asked).into_iter();
    let edited: Vec<Diagnostic> = edited.chain(unsettled).collect();
    let records = || request.history.slugs().filter(|slug| is_asked(slug));
    let history = Finding::counted("history", report::plural(records().count(), "record"), edited.len());
    diagnostics.extend(edited);

    let all = plan::status(request);
    let open = all.iter().filter(|one| is_asked(&one.slug)).filter(|one| match one.standing {
        Standing::Pending(_) | Standing::NewTargets(_) | Standing::Blocked(_) => true,
        Standing::Applied | Standing::Adopted | Standing::Reverted | Standing::NothingToDo | Standing::ByHand(_) => {
            !one.here.is_empty()
        }
    });
    let waiting: Vec<&Status> = open.collect();
    let name = |one: &&Status| one.version.map_or_else(|| one.slug.to_string(), |version| version.to_string());
    let open: Vec<String> = waiting.iter().map(name).collect();
    let pending = match check.pending {
        PendingKind::Allow => {
            Finding::noted("pending", if open.is_empty() { "nothing".to_owned() } else { open.join(", ") })
        }
        PendingKind::Fail => Finding::listed("pending", "nothing".to_owned(), &open, "apply it: migrate up"),
    };
    if pending.failed() {
        // Where each would begin to write; nothing where one of them refuses.
        let planned = plan::up(request, &Target::Latest).ok();
        let steps = planned.iter().flat_map(|plan| &plan.steps);
        let step = |slug: &Slug| steps.clone().find(|step| step.slug == *slug && !step.files.is_empty());
        diagnostics.extend(waiting.iter().map(|one| open_migration(request, one, step(&one.slug))));
    }

    let drift = plan::verify(request, is_asked);
    let applied = records().filter(|slug| request.history.record(slug).is_some_and(|one| one.is_applied()));
    let held = Finding::counted("drift", format!("{} applied", applied.count()), drift.len());
    diagnostics.extend(drift);
    let kept = workspace.ignored_records();
    let records = Finding::counted("records", "git keeps them".to_owned(), usize::from(kept.is_some()));
    diagnostics.extend(kept);
    Ok((vec![lint, test, history, pending, held, records], diagnostics))
}

/// One that is to be applied: at its own file, or, where it has none, at the first line that it would write.
fn open_migration(request: &Request<'_>, one: &Status, step: Option<&Step>) -> Diagnostic {
    let migration = request.catalogue.get(&one.slug);
    let name = migration.map_or_else(|| one.slug.to_string(), Migration::name);
    let files = |count: usize| report::plural(count, "file");
    let here: Vec<String> = one.here.iter().map(|path| format!("`{path}`")).collect();
    let what = match &one.standing {
        Standing::Pending(count) => format!("{name} is pending: it would change {}", files(*count)),
        Standing::NewTargets(count) => format!("{name} is applied, and would change {} more", files(*count)),
        Standing::Blocked(why) => {
            let why = why.first().map_or(String::new(), |why| format!(": {}", why.message));
            format!("{name} is pending, and can not be applied as things are{why}")
        }
        _ => format!("{name} is pending in this work tree: {}", here.join(", ")),
    };
    let told = Diagnostic::error(Code::Pending, what);
    let first = step.and_then(|step| step.files.first());
    let place = match (migration.and_then(Migration::declaration), first) {
        (Some(declaration), _) => Some(Location::file(declaration.source.path.clone())),
        (None, Some(file)) => Some(Location::bare(file.path.as_str(), Position { line: file.first_line(), column: 1 })),
        (None, None) => None,
    };
    let told = place.into_iter().fold(told, Diagnostic::at);
    told.help("apply it: migrate up").help("look first: migrate up -n")
}
