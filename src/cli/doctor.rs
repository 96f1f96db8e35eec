//! `migrate doctor`: faults of TLS settings and of the files they name. Reads only.

mod connect;

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Failure;
use super::args::{Arguments, DoctorArguments};
use super::certs;
use super::exit::Exit;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::migration::BuiltIn;
use crate::path::RepoPath;
use crate::plan::doctor::{InGit, MAX_BYTES, Seen, copied, examine, shown};
use crate::plan::{Named, survey};
use crate::report;
use crate::text::printable;
use crate::tls::{Answer, Material, Said, Visitor, Welcome, recognise};
use crate::tree::{OutsideError, Tree};

use connect::Visit;

pub(crate) fn run(
    arguments: &Arguments,
    doctor: &DoctorArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    if let Some(text) = &doctor.explain_error {
        return Ok(explained(&pasted(text)?, ui));
    }
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let loaded = workspace.load(ui)?;
    ui.talk(&loaded.left_out());
    let is_asked = |path: &&RepoPath| !workspace.is_excluded(path) && !workspace.is_own(path);
    let survey = survey(&loaded.disk, &loaded.disk.paths().iter().filter(is_asked).collect::<Vec<_>>());
    let look = |config: &RepoPath, named: &Named| look(&workspace, config, named);
    let mut findings = examine(&survey, &look, now());
    findings.diagnostics.extend(copies(&workspace, loaded.disk.paths()).iter().map(|path| copied(path)));
    let mut server = None;
    if let Some(address) = &doctor.connect {
        let visit = Visit::planned(address, &doctor.visit, &workspace, &survey, &look)?;
        match visit.made() {
            Ok(answer) => {
                findings.diagnostics.extend(shown(&visit.host, &answer, &survey, &look, now()));
                server = Some((visit, answer));
            }
            Err(finding) => findings.diagnostics.push(finding),
        }
    }
    let count = |severity| findings.diagnostics.iter().filter(|one| one.severity == severity).count();
    let (failures, warnings) = (count(Severity::Error), count(Severity::Warning));
    if ui.json {
        let result = serde_json::json!({
            "connections": survey.blocks.len(), "files": findings.files, "failures": failures, "warnings": warnings,
            "server": server.as_ref().map(|(visit, answer)| result(visit, answer)),
        });
        ui.envelope("doctor", result, &findings.diagnostics);
    } else {
        if !findings.diagnostics.is_empty() {
            ui.answer(&format!("{}\n\n", ui.told(&findings.diagnostics)));
        }
        if let Some((visit, answer)) = server {
            ui.text(&printable(&described(&visit, &answer)));
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

/// What a server showed, for a machine.
fn result(visit: &Visit, answer: &Answer) -> serde_json::Value {
    let certificates: Vec<serde_json::Value> = answer.certificates.iter().map(certs::result).collect();
    let (word, code, text) = match &answer.welcome {
        Welcome::Open => ("open", None, None),
        Welcome::Asks(method) => ("asks", None, Some((*method).to_owned())),
        Welcome::Refused { code, text } => ("refused", Some(code.clone()), Some(text.clone())),
        Welcome::CertificateRefused(alert) => ("certificate refused", None, Some(alert.clone())),
        Welcome::Unknown(why) => ("unknown", None, Some(why.clone())),
    };
    serde_json::json!({
        "protocol": answer.protocol, "cipher": answer.cipher, "certificates": certificates,
        "role": visit.visitor.role, "database": visit.visitor.database, "certificate": visit.certificate,
        "welcome": word, "code": code, "text": text,
    })
}

/// The same for a person.
fn described(visit: &Visit, answer: &Answer) -> String {
    let mut text = format!("the server speaks {} with {}\n", answer.protocol, answer.cipher);
    for (index, certificate) in answer.certificates.iter().enumerate() {
        let title = if index == 0 { "its certificate" } else { "sent with it" };
        text.push_str(&certs::lines(title, &certs::result(certificate)));
    }
    let Visitor { role, database, .. } = &visit.visitor;
    let with = visit.certificate.as_deref().map_or("without a certificate".to_owned(), |file| format!("with `{file}`"));
    let says = match &answer.welcome {
        Welcome::Open => "lets in",
        Welcome::Asks(_) => "goes on to log in",
        Welcome::Refused { .. } | Welcome::CertificateRefused(_) | Welcome::Unknown(_) => "does not let in",
    };
    let by = match &answer.welcome {
        Welcome::Asks(method) => format!(", by {method}"),
        _ => String::new(),
    };
    text + &format!("it {says} `{role}` to `{database}`, {with}{by}\n")
}

/// The text of an error, which may hold bytes that are no text; `-` stands for standard input.
fn pasted(text: &OsStr) -> Result<String, Failure> {
    const LIMIT: u64 = 1024 * 1024;
    if text != "-" {
        return Ok(text.to_string_lossy().into_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LIMIT)
        .read_to_end(&mut bytes)
        .map_err(|error| Diagnostic::error(Code::Machine, format!("failed to read standard input: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Private keys in the folders that builds write, beside each package of node.
fn copies(workspace: &Workspace, paths: &[RepoPath]) -> Vec<String> {
    const BUILDS: [&str; 5] = [".next", ".output", "build", "dist", "out"];
    let packages = paths.iter().filter(|path| path.file_name() == "package.json").map(RepoPath::folder);
    let folders = packages.flat_map(|folder| BUILDS.map(|build| Path::new(folder).join(build)));
    let is_named = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        name.contains("key") && [".pem", ".key", ".pk8"].iter().any(|end| name.ends_with(end))
    };
    let is_key = |path: &PathBuf| {
        let file = workspace.outside(path, MAX_BYTES);
        file.is_ok_and(|file| {
            Material::read(&file.bytes).is_ok_and(|found| !found.keys.is_empty() || found.is_encrypted)
        })
    };
    let found = folders.flat_map(|folder| workspace.names_below(&folder)).filter(|path| is_named(path)).filter(is_key);
    found.map(|path| path.display().to_string()).collect()
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
    let whole = workspace.base.root.join(path);
    let inside =
        whole.strip_prefix(&workspace.base.root).ok().and_then(|path| RepoPath::new(&path.to_string_lossy()).ok());
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
