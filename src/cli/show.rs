//! `migrate show`: one migration, what it is and what it did or would do.

use std::path::Path;

use super::Failure;
use super::args::{Arguments, ShowArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::workspace::{Loaded, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::history::RECORDS;
use crate::migration::{BuiltIn, Migration, Slug};
use crate::path::RepoPath;
use crate::plan::{self, Reason, Target};
use crate::report::{self, Known};
use crate::text::printable;
use crate::tree::FileState;

/// Lines around what was changed may show a secret that was moved there, under a name that people have changed since.
const NO_CONTEXT: usize = 0;

pub(crate) fn run(
    arguments: &Arguments,
    show: &ShowArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    if let Some(place) = &show.why {
        return why(&workspace, place, ui);
    }
    let loaded = workspace.load(ui)?;
    let slug = workspace.slug(show.name.as_deref().unwrap_or(""), &loaded.history)?;
    let file = show.file.as_deref().map(|file| workspace.repo_path(file)).transpose()?;
    let migration = workspace.catalogue.get(&slug);
    if show.record {
        return record(&workspace, &slug, ui);
    }
    if show.since_applied {
        return since_applied(&workspace, &loaded, &slug, file.as_ref(), ui);
    }
    let excluded = |path: &_| workspace.is_excluded(path);
    let request = workspace.request(&loaded, &excluded);
    let all = plan::status(&request);
    let Some(status) = all.iter().find(|one| one.slug == slug) else { return Ok(Exit::Done) };
    let record = loaded.history.record(&slug);
    let planned = migration.and_then(|_| plan::up(&request, &Target::Only(vec![slug.clone()])).ok());
    let effect = record.filter(|record| record.is_applied()).and_then(|_| plan::effect(&request, &slug));
    let origin = record.and_then(|_| workspace.origin(&slug));
    let known = Known {
        migration,
        status,
        record,
        plan: planned.as_ref(),
        effect: effect.as_deref(),
        origin: origin.as_deref(),
        file: file.as_ref(),
    };
    if ui.json {
        ui.envelope("show", report::show_result(&known), &[]);
    } else {
        ui.screen(&report::show(&known, NO_CONTEXT, &ui.migrate, ui.style));
    }
    Ok(Exit::Done)
}

/// The record as git keeps it: what it withholds is not in it.
fn record(workspace: &Workspace, slug: &Slug, ui: &Ui) -> Result<Exit, Failure> {
    let name = format!("{RECORDS}/{slug}.toml");
    let path = RepoPath::new(&name).map_err(|error| Diagnostic::error(Code::NotFound, error.to_string()))?;
    let Some(state) = workspace.file(&path)? else { return Err(not_recorded(slug).into()) };
    let text = String::from_utf8_lossy(&state.bytes);
    if ui.json {
        let result = serde_json::json!({ "path": name, "record": printable(&text) });
        ui.envelope("show", result, &[]);
    } else {
        ui.screen(&printable(&text));
    }
    Ok(Exit::Done)
}

fn not_recorded(slug: &Slug) -> Diagnostic {
    Diagnostic::error(Code::NotFound, format!("`{slug}` has no record here")).help("see what has: migrate status")
}

/// What people changed in its files since it was recorded, as git tells it; its own file included.
fn since_applied(
    workspace: &Workspace,
    loaded: &Loaded,
    slug: &Slug,
    file: Option<&RepoPath>,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let Some(record) = loaded.history.record(slug) else { return Err(not_recorded(slug).into()) };
    let commit =
        workspace.git().and_then(|git| git.commits_of("HEAD", &format!("{RECORDS}/{slug}.toml")).into_iter().next());
    let (Some(git), Some(commit)) = (workspace.git(), commit) else {
        let message = format!("the record of `{slug}` is in no commit yet, so nothing tells what came later");
        return Err(Diagnostic::error(Code::NotFound, message)
            .help("commit it first: git add .migrate && git commit")
            .into());
    };
    let own = workspace.catalogue.get(slug).and_then(Migration::declaration).map(|one| one.source.path.clone());
    let own = own.and_then(|path| RepoPath::new(&path).ok());
    let mut paths: Vec<RepoPath> = record.edits.iter().map(|edit| edit.file.clone()).chain(own).collect();
    paths.sort();
    paths.dedup();
    paths.retain(|path| file.is_none_or(|file| file == path));
    let mut steps = Vec::new();
    for path in paths {
        let after = workspace.file(&path)?;
        let mode = after.as_ref().map_or(0o644, |after| after.mode);
        let before = git.past_file(&commit, path.as_str()).map(|bytes| FileState::new(bytes, mode));
        if before != after {
            steps.push(plan::since(&loaded.history, slug, path, (before, after)));
        }
    }
    if ui.json {
        let files: Vec<_> =
            steps.iter().map(|step| report::file_result(step, false, NO_CONTEXT)["file"].clone()).collect();
        let result = serde_json::json!({ "slug": slug.as_str(), "commit": commit, "since": files });
        ui.envelope("show", result, &[]);
    } else {
        let short: String = commit.chars().take(10).collect();
        let head = match steps.is_empty() {
            true => format!("nothing was changed since {short}, which recorded `{slug}` last\n"),
            false => format!("what was changed since {short}, which recorded `{slug}` last\n"),
        };
        let diffs: String = steps.iter().map(|step| report::file_diff_shown(step, NO_CONTEXT, ui.style)).collect();
        ui.screen(&(head + &diffs));
    }
    Ok(Exit::Done)
}

/// Which migrations set a line of a file.
fn why(workspace: &Workspace, place: &str, ui: &Ui) -> Result<Exit, Failure> {
    let wrong = || {
        Diagnostic::error(Code::Usage, format!("`{place}` is no FILE:LINE")).help("migrate show --why compose.yaml:7")
    };
    let number = |text: &str| text.parse::<usize>().ok();
    let (rest, last) = place.rsplit_once(':').and_then(|(rest, last)| Some((rest, number(last)?))).ok_or_else(wrong)?;
    // As this program and others name a place: FILE:LINE:COLUMN.
    let (file, line) = match rest.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?))) {
        Some(place)
            if workspace.repo_path(Path::new(rest)).and_then(|path| workspace.file(&path)).ok().flatten().is_none() =>
        {
            place
        }
        _ => (rest, last),
    };
    let path = workspace.repo_path(Path::new(file))?;
    let Some(state) = workspace.file(&path)? else {
        return Err(Diagnostic::error(Code::NotFound, format!("there is no file `{path}`")).into());
    };
    let lines = String::from_utf8_lossy(&state.bytes).lines().count();
    if line == 0 || line > lines {
        let message = format!("`{path}` has no line {line}: it has {}", report::plural(lines, "line"));
        return Err(Diagnostic::error(Code::Usage, message).help("lines are counted from 1").into());
    }
    let loaded = workspace.load(ui)?;
    let excluded = |path: &_| workspace.is_excluded(path);
    let reasons = plan::why(&workspace.request(&loaded, &excluded), &path, line);
    let origin = |reason: &Reason| workspace.origin(&reason.slug);
    if ui.json {
        ui.envelope("show", report::why_result(&path, line, &reasons, &origin), &[]);
        return Ok(Exit::Done);
    }
    ui.text(&report::why(&reasons, &workspace.catalogue, &origin));
    if reasons.is_empty() {
        ui.text(&format!("no applied migration set line {line} of {path}\n"));
    }
    Ok(Exit::Done)
}
