//! `migrate certs`: certificates for development, and what a certificate file holds.

use super::Failure;
use super::args::{Arguments, CertsArguments, CertsCommand, CertsDevArguments, CertsShowArguments};
use super::doctor::now;
use super::exit::Exit;
use super::ui::Ui;
use super::up::{commit_files, is_dry};
use super::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::format::{self, Change, Rank};
use crate::migration::BuiltIn;
use crate::path::RepoPath;
use crate::plan::doctor::{InGit, MAX_BYTES};
use crate::plan::{FileChange, Place, Survey, survey};
use crate::report;
use crate::tls::{Certificate, Material, Usage, Wanted, date, make};
use crate::tree::{FileState, OutsideError};
use crate::value::KeyPath;

const IGNORE: &str = ".gitignore";

pub(crate) fn run(
    arguments: &Arguments,
    certs: &CertsArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    match &certs.command {
        CertsCommand::Dev(dev) => self::dev(arguments, dev, migrations, ui),
        CertsCommand::Show(show) => self::show(arguments, show, migrations, ui),
    }
}

fn dev(arguments: &Arguments, dev: &CertsDevArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    let folder = RepoPath::new(dev.out.trim_end_matches('/'))
        .map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()).help("--out certificates"))?;
    let loaded = workspace.load()?;
    let survey = survey(&loaded.disk, &|path| !workspace.is_excluded(path) && !workspace.is_own(path));
    let role = match &dev.role {
        Some(role) => role.clone(),
        None => role(&survey)?,
    };
    let hosts = if dev.host.is_empty() { survey.hosts.into_iter().collect() } else { dev.host.clone() };
    let wanted = Wanted { hosts, role: role.clone(), days: dev.days, now: u64::try_from(now()).unwrap_or(0) };
    let kit = make(&wanted)
        .map_err(|error| Diagnostic::error(Code::Usage, error.to_string()).help("--host db.internal,10.0.0.5"))?;
    let mut files = vec![
        ("server-ca.pem", &kit.ca, 0o644, format!("CA for development, until {}", date(kit.until))),
        ("server-cert.pem", &kit.server, 0o644, kit.hosts.join(", ")),
        ("server-key.pem", &kit.server_key, 0o600, "0600".to_owned()),
        ("client-cert.pem", &kit.client, 0o644, format!("CN={role}")),
        ("client-key.pem", &kit.client_key, 0o600, "0600".to_owned()),
    ];
    if dev.keep_ca_key {
        files.push(("server-ca-key.pem", &kit.ca_key, 0o600, "0600".to_owned()));
    }
    let mut changes = Vec::new();
    let mut told = Vec::new();
    for (name, text, mode, what) in files {
        let path = format!("{folder}/{name}");
        changes.push(created(&workspace, &path, text, mode)?);
        told.push((path, what));
    }
    if let Some((change, line)) = ignored(&workspace, &folder)? {
        changes.push(change);
        told.push((IGNORE.to_owned(), format!("+ {line}")));
    }
    let written = !is_dry(arguments, ui);
    if written {
        commit_files("certs", arguments, &workspace, ui, &changes)?;
    }
    if ui.json {
        let files: Vec<&String> = told.iter().map(|(path, _)| path).collect();
        let result = serde_json::json!({
            "written": written, "files": files, "hosts": kit.hosts, "role": role, "until": date(kit.until),
        });
        ui.answer(&format!("{}\n", report::envelope("certs", result, &[])));
        return Ok(Exit::Done);
    }
    let width = told.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    for (path, what) in &told {
        ui.text(&format!("{path:<width$}  {what}\n"));
    }
    if !dev.keep_ca_key {
        ui.text("The key of the CA was not kept (--keep-ca-key keeps it): to renew one, make all of them anew.\n");
    }
    ui.text(if written { "For development only.\n" } else { "For development only. Nothing was written.\n" });
    Ok(Exit::Done)
}

/// The one role that the settings name.
fn role(survey: &Survey) -> Result<String, Failure> {
    let roles: Vec<&str> = survey.roles.iter().map(String::as_str).collect();
    match roles.as_slice() {
        [] => Ok("postgres".to_owned()),
        [role] => Ok((*role).to_owned()),
        several => {
            let several: Vec<String> = several.iter().map(|role| format!("`{role}`")).collect();
            let message = format!("the settings name several database roles: {}", several.join(", "));
            Err(Diagnostic::error(Code::Usage, message).help("say for which one the client is: --role NAME").into())
        }
    }
}

fn created(workspace: &Workspace, path: &str, text: &str, mode: u32) -> Result<FileChange, Failure> {
    let path = RepoPath::new(path).map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()))?;
    if workspace.file(&path)?.is_some() {
        return Err(Diagnostic::error(Code::Usage, format!("`{path}` is there already"))
            .note("nothing was written")
            .help("move the old ones away first, or write to another folder: --out DIR")
            .into());
    }
    let after = Some(FileState { bytes: text.as_bytes().to_vec(), mode });
    Ok(FileChange { place: Place::Repository(path), before: None, after })
}

/// The edit that keeps the keys out of git, where git does not leave them out already.
fn ignored(workspace: &Workspace, folder: &RepoPath) -> Result<Option<(FileChange, String)>, Failure> {
    if workspace.in_git(&format!("{folder}/client-key.pem")) != InGit::Untracked {
        return Ok(None);
    }
    let line = format!("/{folder}/*-key.pem");
    let path = RepoPath::new(IGNORE).map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()))?;
    let before = workspace.file(&path)?;
    let text = before.as_ref().map_or(String::new(), |file| String::from_utf8_lossy(&file.bytes).into_owned());
    let Some(lines) = format::by_name("lines") else { return Ok(None) };
    let change =
        Change::Insert { container: KeyPath::default(), key: None, value: line.as_str().into(), rank: Rank::Last };
    let edited =
        format::edit(lines, &text, &change).map_err(|refusal| Diagnostic::error(refusal.code, refusal.message))?;
    let mode = before.as_ref().map_or(0o644, |file| file.mode);
    let after = Some(FileState { bytes: edited.text.into_bytes(), mode });
    Ok(Some((FileChange { place: Place::Repository(path), before, after }, line)))
}

fn show(arguments: &Arguments, show: &CertsShowArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations)?;
    let shown = show.file.display();
    let file = workspace.typed(&show.file, MAX_BYTES).map_err(|error| match error {
        OutsideError::Missing => Diagnostic::error(Code::NotFound, format!("there is no file `{shown}`")),
        OutsideError::NotAFile => Diagnostic::error(Code::NotAFile, format!("`{shown}` is not a regular file")),
        OutsideError::TooLarge => Diagnostic::error(Code::TooLarge, format!("`{shown}` is larger than a certificate")),
        OutsideError::Unreadable(why) => Diagnostic::error(Code::Machine, format!("failed to read `{shown}`: {why}")),
    })?;
    let material =
        Material::read(&file.bytes).map_err(|error| Diagnostic::error(Code::NotPem, format!("`{shown}` {error}")))?;
    let certificates: Vec<serde_json::Value> = material.certificates.iter().map(result).collect();
    if ui.json {
        let result = serde_json::json!({
            "file": shown.to_string(), "certificates": certificates, "keys": material.keys.len(),
            "encrypted": material.is_encrypted, "mode": format!("{:04o}", file.stat.mode & 0o777),
        });
        ui.answer(&format!("{}\n", report::envelope("certs", result, &[])));
        return Ok(Exit::Done);
    }
    let mut text = format!("{shown}   mode {:04o}\n", file.stat.mode & 0o777);
    for certificate in &certificates {
        text.push_str("certificate\n");
        for (name, value) in certificate.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.push_str(&format!("  {name:<10} {value}\n"));
        }
    }
    for _ in &material.keys {
        text.push_str("private key, without a passphrase\n");
    }
    if material.is_encrypted {
        text.push_str("private key, with a passphrase\n");
    }
    ui.answer(&crate::text::printable(&text));
    Ok(Exit::Done)
}

fn result(certificate: &Certificate) -> serde_json::Value {
    let hosts: Vec<String> = certificate.hosts.iter().flatten().map(ToString::to_string).collect();
    let uses = [(Usage::Client, "client"), (Usage::Server, "server")];
    let uses: Vec<&str> = uses.iter().filter(|(usage, _)| certificate.allows(*usage)).map(|(_, word)| *word).collect();
    serde_json::json!({
        "name": certificate.common_name.clone().unwrap_or_default(),
        "hosts": hosts.join(", "),
        "from": date(certificate.not_before),
        "until": date(certificate.not_after),
        "uses": uses.join(", "),
        "ca": certificate.is_ca.unwrap_or(false),
        "version": if certificate.is_version_1 { 1 } else { 3 },
    })
}
