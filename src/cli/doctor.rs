//! `migrate doctor`: faults of TLS settings and of the files they name. Reads only.

mod connect;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Failure;
use super::args::{Arguments, DoctorArguments};
use super::exit::Exit;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Severity};
use crate::migration::BuiltIn;
use crate::path::RepoPath;
use crate::plan::doctor::{InGit, MAX_BYTES, Seen, examine, shown};
use crate::plan::{Named, survey};
use crate::report;
use crate::tls::{Said, recognise};
use crate::tree::OutsideError;

pub(crate) fn run(
    arguments: &Arguments,
    doctor: &DoctorArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    if let Some(text) = &doctor.explain_error {
        return Ok(explained(text, ui));
    }
    let workspace = Workspace::open(arguments, migrations)?;
    let loaded = workspace.load()?;
    let survey = survey(&loaded.disk, &|path| !workspace.is_excluded(path) && !workspace.is_own(path));
    let look = |config: &RepoPath, named: &Named| look(&workspace, config, named);
    let mut findings = examine(&survey, &look, now());
    let mut server = None;
    match doctor.connect.as_deref().map(connect::ask) {
        None => {}
        Some(Ok((host, answer))) => {
            findings.diagnostics.extend(shown(&host, &answer, &survey, &look, now()));
            server = Some(answer);
        }
        Some(Err(usage)) if usage.code == Code::Usage => return Err(usage.into()),
        Some(Err(finding)) => findings.diagnostics.push(finding),
    }
    let count = |severity| findings.diagnostics.iter().filter(|one| one.severity == severity).count();
    let (failures, warnings) = (count(Severity::Error), count(Severity::Warning));
    if ui.json {
        let result = serde_json::json!({
            "connections": survey.blocks.len(), "files": findings.files, "failures": failures, "warnings": warnings,
            "server": server.map(|one| serde_json::json!({ "protocol": one.protocol, "cipher": one.cipher })),
        });
        ui.envelope("doctor", result, &findings.diagnostics);
    } else {
        if !findings.diagnostics.is_empty() {
            ui.answer(&format!("{}\n\n", report::diagnostics(&findings.diagnostics, ui.style)));
        }
        if let Some(server) = server {
            ui.text(&format!("the server speaks {} with {}\n", server.protocol, server.cipher));
        }
        let looked = format!(
            "{} with TLS settings, {} looked at",
            report::plural(survey.blocks.len(), "place"),
            report::plural(findings.files.len(), "file")
        );
        let found = match (failures, warnings) {
            (0, 0) => "nothing found".to_owned(),
            _ => format!("{}, {}", report::plural(failures, "failure"), report::plural(warnings, "warning")),
        };
        let more = findings.diagnostics.first().map(|one| format!("   more: migrate explain {}", one.code.id()));
        ui.text(&format!("{looked}: {found}.{}\n", more.unwrap_or_default()));
    }
    Ok(if failures > 0 { Exit::Findings } else { Exit::Done })
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

/// The file that a setting of `config` names: from the root, else from the folder of the config file.
fn look(workspace: &Workspace, config: &RepoPath, named: &Named) -> Option<Seen> {
    let path = Path::new(named.text());
    let beside = || PathBuf::from(config.folder()).join(path);
    let seen = [path.to_owned(), beside()].into_iter().map(|path| seen(workspace, &path));
    let is_there = |seen: &Seen| seen.found != Err(OutsideError::Missing);
    match (seen.clone().find(is_there), named) {
        (Some(seen), _) => Some(seen),
        (None, Named::Joined(_)) => None,
        (None, Named::Text(_)) => seen.into_iter().next(),
    }
}

fn seen(workspace: &Workspace, path: &Path) -> Seen {
    let whole = workspace.root.join(path);
    let inside = whole.strip_prefix(&workspace.root).ok().and_then(|path| RepoPath::new(&path.to_string_lossy()).ok());
    let found = workspace.outside(&whole, MAX_BYTES);
    let git = match (&inside, &found) {
        (Some(path), Ok(_)) => workspace.in_git(path.as_str()),
        _ => InGit::Outside,
    };
    let shown = inside.as_ref().map_or_else(|| whole.display().to_string(), ToString::to_string);
    Seen { shown, is_inside: inside.is_some(), found, git }
}

/// What a driver meant.
fn explained(text: &str, ui: &Ui) -> Exit {
    let known = recognise(text);
    if ui.json {
        let one = |said: &&Said| serde_json::json!({ "name": said.name, "cause": said.cause, "mend": said.mend });
        let result = serde_json::json!({ "errors": known.iter().map(one).collect::<Vec<_>>() });
        ui.envelope("doctor", result, &[]);
    } else if known.is_empty() {
        ui.answer("not known. The cause may still be here: migrate doctor\n");
    } else {
        let one = |said: &&Said| {
            let mend: String = said.mend.iter().map(|mend| format!("  * {mend}\n")).collect();
            format!("{}\n\n  {}\n\n{mend}", ui.style.strong(said.name), said.cause)
        };
        ui.answer(&known.iter().map(one).collect::<Vec<_>>().join("\n"));
    }
    if known.is_empty() { Exit::Findings } else { Exit::Done }
}
