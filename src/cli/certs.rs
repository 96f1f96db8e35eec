//! `migrate certs`: certificates for development, and what a certificate file holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Failure;
use super::args::{
    Arguments, CertsArguments, CertsCommand, CertsDevArguments, CertsMakeArguments, CertsShowArguments, shell_word,
};
use super::doctor::now;
use super::exit::Exit;
use super::ui::Ui;
use super::up::commit_files;
use super::workspace::{FILES, Workspace};
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::format::{self, Change, Rank};
use crate::fs::Fs;
use crate::migration::BuiltIn;
use crate::path::RepoPath;
use crate::plan::doctor::{InGit, MAX_BYTES};
use crate::plan::{FileChange, Place, Survey, survey};
use crate::text::{CharsetError, Text, printable};
use crate::tls::{self, Certificate, Material, Part, SetError, Usage, Wanted, date, renewal};
use crate::tree::{FileState, Outside, OutsideError, Tree};
use crate::value::KeyPath;

const IGNORE: &str = ".gitignore";
const FOLDER: &str = "certificates";
const DAYS: u32 = 365;

pub(crate) fn run(
    arguments: &Arguments,
    certs: &CertsArguments,
    migrations: &[BuiltIn],
    ui: &Ui,
) -> Result<Exit, Failure> {
    match &certs.command {
        CertsCommand::Dev(dev) => self::dev(arguments, dev, migrations, ui),
        CertsCommand::Renew(make) => renew(arguments, make, migrations, ui),
        CertsCommand::Show(show) => self::show(arguments, show, migrations, ui),
    }
}

fn dev(arguments: &Arguments, dev: &CertsDevArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    if dev.renew {
        return renew(arguments, &dev.make, migrations, ui);
    }
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let folder = folder(&dev.make)?;
    let loaded = workspace.load(ui)?;
    ui.talk(&loaded.left_out());
    let is_asked = |path: &&RepoPath| !workspace.is_excluded(path) && !workspace.is_own(path);
    let survey = survey(&loaded.disk, &loaded.disk.paths().iter().filter(is_asked).collect::<Vec<_>>());
    let role = match &dev.role {
        Some(role) => role.clone(),
        None => role(&survey)?,
    };
    let hosts = if dev.host.is_empty() { survey.hosts.into_iter().collect() } else { dev.host.clone() };
    let wanted = Wanted { hosts, role, days: dev.make.days.unwrap_or(DAYS), now: seconds() };
    let pk8 = if dev.make.pk8 { " --pk8" } else { "" };
    for part in Part::ALL.into_iter().filter(|part| is_wanted(*part, &dev.make)) {
        let path = within(&folder, part)?;
        if workspace.file(&path)?.is_some() {
            return Err(Diagnostic::error(Code::Usage, format!("`{path}` is there already"))
                .note("nothing was written")
                .help(format!("make those that stand there anew: migrate certs renew{pk8}{}", out(&folder)))
                .help("or move them away first, or write to another folder: --out DIR")
                .into());
        }
    }
    write(arguments, &workspace, ui, &Task { folder, wanted, old: BTreeMap::new(), make: &dev.make })
}

fn renew(arguments: &Arguments, make: &CertsMakeArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let folder = folder(make)?;
    let mut old = BTreeMap::new();
    for part in Part::ALL {
        old.extend(workspace.file(&within(&folder, part)?)?.map(|file| (part, file)));
    }
    let contents = old.iter().map(|(part, file)| (*part, file.bytes.to_vec())).collect();
    let wanted = renewal(&contents, make.days, seconds()).map_err(|error| {
        let told = Diagnostic::error(Code::Usage, format!("`{folder}` is no set of `migrate certs dev`: {error}"))
            .note("nothing was written");
        match error {
            SetError::Missing(_) if old.is_empty() => told.help(format!("make one: migrate certs dev{}", out(&folder))),
            SetError::Foreign { part, .. } | SetError::Unread { part, .. } if part.is_key() => {
                let path = format!("{folder}/{}", part.file());
                told.help(format!("move it away, and it is made anew, too: mv {} ELSEWHERE", shell_word(&path)))
            }
            _ => told
                .help("have whoever signed them renew them; or make new ones elsewhere: migrate certs dev --out DIR"),
        }
    })?;
    write(arguments, &workspace, ui, &Task { folder, wanted, old, make })
}

/// What is to be written where.
struct Task<'a> {
    folder: RepoPath,
    wanted: Wanted,
    /// What stands there, and is made anew.
    old: BTreeMap<Part, FileState>,
    make: &'a CertsMakeArguments,
}

/// Makes all files as one change.
fn write(arguments: &Arguments, workspace: &Workspace, ui: &Ui, task: &Task<'_>) -> Result<Exit, Failure> {
    let Task { folder, wanted, old, make } = task;
    let kit = tls::make(wanted)
        .map_err(|error| Diagnostic::error(Code::Usage, error.to_string()).help("--host db.internal,10.0.0.5"))?;
    let parts: Vec<Part> =
        Part::ALL.into_iter().filter(|part| is_wanted(*part, make) || old.contains_key(part)).collect();
    let mut changes = Vec::new();
    let mut told = Vec::new();
    for part in &parts {
        let path = within(folder, *part)?;
        let before = old.get(part).cloned();
        let mode = mode(*part, before.as_ref());
        let after = Some(FileState::new(kit.content(*part).to_vec(), mode));
        let what = match part {
            Part::Ca => format!("CA for development, until {}", date(kit.until)),
            Part::Server => kit.hosts.join(", "),
            Part::Client => format!("CN={}", wanted.role),
            Part::ServerKey | Part::ClientKey | Part::ClientDer | Part::CaKey => format!("{mode:04o}"),
        };
        told.push((path.to_string(), what));
        changes.push(FileChange { place: Place::Repository(path), before, after });
    }
    if let Some((change, lines)) = ignored(workspace, folder, &parts)? {
        changes.push(change);
        told.extend(lines.into_iter().map(|line| (IGNORE.to_owned(), format!("+ {line}"))));
    }
    own_only(workspace, folder)?;
    let written = commit_files("certs", arguments, workspace, ui, &changes)?;
    if ui.json {
        let files: BTreeSet<&String> = told.iter().map(|(path, _)| path).collect();
        let result = serde_json::json!({
            "written": written, "files": files, "hosts": kit.hosts, "role": wanted.role, "until": date(kit.until),
        });
        ui.envelope("certs", result, &[]);
        return Ok(Exit::Done);
    }
    let width = told.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    for (path, what) in &told {
        ui.text(&printable(&format!("{path:<width$}  {what}\n")));
    }
    if !old.is_empty() {
        ui.text("The CA is a new one, too: give the server and all clients their files together.\n");
    } else if !make.keep_ca_key {
        let renew = format!("migrate certs renew{}", out(folder));
        ui.text(&format!("The key of the CA was not kept (--keep-ca-key keeps it); all are made anew by: {renew}\n"));
    }
    ui.text(if written { "For development only.\n" } else { "For development only. Nothing was written.\n" });
    Ok(Exit::Done)
}

fn seconds() -> u64 {
    u64::try_from(now()).unwrap_or(0)
}

fn folder(make: &CertsMakeArguments) -> Result<RepoPath, Failure> {
    RepoPath::of_new(make.out.trim_end_matches('/')).map_err(|error| {
        Diagnostic::error(Code::OutsideRepository, error.to_string()).help("--out certificates").into()
    })
}

/// Refuses a folder in which others could put a key of theirs in the place of one of these.
fn own_only(workspace: &Workspace, folder: &RepoPath) -> Result<(), Failure> {
    let Ok(stat) = FILES.stat(&workspace.base.root.join(folder.as_str())) else { return Ok(()) };
    if stat.mode & 0o022 == 0 || stat.mode & 0o1000 != 0 {
        return Ok(());
    }
    let word = shell_word(folder.as_str());
    Err(Diagnostic::error(
        Code::SharedFolder,
        format!("others may write to `{folder}` (mode {:04o}), and keys would lie there", stat.mode),
    )
    .at(Location::file(folder.as_str()))
    .note("nothing was written")
    .help(format!("take that right from them: chmod go-w {word}"))
    .help("or write to another folder: --out DIR")
    .into())
}

fn within(folder: &RepoPath, part: Part) -> Result<RepoPath, Failure> {
    RepoPath::new(&format!("{folder}/{}", part.file()))
        .map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()).into())
}

/// The argument that names the folder, where it is not the usual one.
fn out(folder: &RepoPath) -> String {
    if folder.as_str() == FOLDER { String::new() } else { format!(" --out {}", shell_word(folder.as_str())) }
}

fn is_wanted(part: Part, make: &CertsMakeArguments) -> bool {
    match part {
        Part::ClientDer => make.pk8,
        Part::CaKey => make.keep_ca_key,
        _ => true,
    }
}

/// A key is readable by its owner only, and stays read-only where it was.
fn mode(part: Part, before: Option<&FileState>) -> u32 {
    match (part.is_key(), before) {
        (true, Some(before)) if before.mode & 0o777 == 0o400 => 0o400,
        (true, _) => 0o600,
        (false, Some(before)) => before.mode,
        (false, None) => 0o644,
    }
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

/// The edit that keeps the keys out of git, where git does not leave them out already, and the lines it adds.
fn ignored(
    workspace: &Workspace,
    folder: &RepoPath,
    parts: &[Part],
) -> Result<Option<(FileChange, Vec<String>)>, Failure> {
    let path = RepoPath::new(IGNORE).map_err(|error| Diagnostic::error(Code::OutsideRepository, error.to_string()))?;
    let before = workspace.file(&path)?;
    let Some(format) = format::by_name("lines") else { return Ok(None) };
    let bytes = before.as_ref().map_or(&[][..], |file| &file.bytes);
    let not_text = |error: CharsetError| {
        Diagnostic::error(Code::NotText, format!("`{IGNORE}` is {error}"))
            .note("nothing was written")
            .help("save it as UTF-8, or add the line yourself")
            .help(format!("/{folder}/*-key.pem"))
    };
    let whole = Text::decode(bytes, format.charset(bytes)).map_err(not_text)?;
    let mut text = whole.content.clone();
    let mut lines = Vec::new();
    for (part, pattern) in [(Part::ClientKey, "*-key.pem"), (Part::ClientDer, "*.pk8")] {
        let is_seen = workspace.in_git(within(folder, part)?.as_str()) == InGit::Untracked;
        if !parts.contains(&part) || !is_seen {
            continue;
        }
        let line = format!("/{folder}/{pattern}");
        let value = line.as_str().into();
        let change = Change::Insert { container: KeyPath::default(), key: None, value, rank: Rank::Last };
        let edited =
            format::edit(format, &text, &change).map_err(|refusal| Diagnostic::error(refusal.code, refusal.message))?;
        text = edited.text;
        lines.push(line);
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let mode = before.as_ref().map_or(0o644, |file| file.mode);
    let after = Some(FileState::new(whole.encode(&text).map_err(not_text)?, mode));
    Ok(Some((FileChange { place: Place::Repository(path), before, after }, lines)))
}

fn show(arguments: &Arguments, show: &CertsShowArguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Exit, Failure> {
    let workspace = Workspace::open(arguments, migrations, ui)?;
    let shown = show.file.display();
    let file = typed(&workspace, &show.file)?;
    let material =
        Material::read(&file.bytes).map_err(|error| Diagnostic::error(Code::NotPem, format!("`{shown}` {error}")))?;
    let certificates: Vec<serde_json::Value> = material.certificates.iter().map(result).collect();
    if ui.json {
        let result = serde_json::json!({
            "file": shown.to_string(), "certificates": certificates, "keys": material.keys.len(),
            "encrypted": material.is_encrypted, "mode": format!("{:04o}", file.stat.mode & 0o777),
        });
        ui.envelope("certs", result, &[]);
        return Ok(Exit::Done);
    }
    let mut text = format!("{shown}   mode {:04o}\n", file.stat.mode & 0o777);
    for certificate in &certificates {
        text.push_str(&lines("certificate", certificate));
    }
    for _ in &material.keys {
        text.push_str("private key, without a passphrase\n");
    }
    if material.is_encrypted {
        text.push_str("private key, with a passphrase\n");
    }
    ui.answer(&printable(&text));
    Ok(Exit::Done)
}

/// The same as text, below `title`.
pub(crate) fn lines(title: &str, certificate: &serde_json::Value) -> String {
    let mut text = format!("{title}\n");
    for (name, value) in certificate.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push_str(&format!("  {name:<10} {value}\n"));
    }
    text
}

/// A certificate or key file, as typed.
pub(crate) fn typed(workspace: &Workspace, path: &Path) -> Result<Outside, Diagnostic> {
    let shown = path.display();
    workspace.typed(path, MAX_BYTES).map_err(|error| match error {
        OutsideError::Missing => Diagnostic::error(Code::NotFound, format!("there is no file `{shown}`")),
        OutsideError::NotAFile => Diagnostic::error(Code::NotAFile, format!("`{shown}` is not a regular file")),
        OutsideError::TooLarge => Diagnostic::error(Code::TooLarge, format!("`{shown}` is larger than a certificate")),
        OutsideError::Unreadable(why) => Diagnostic::error(Code::Machine, format!("failed to read `{shown}`: {why}")),
    })
}

/// What a certificate says.
pub(crate) fn result(certificate: &Certificate) -> serde_json::Value {
    let hosts: Vec<String> = certificate.hosts.iter().flatten().map(ToString::to_string).collect();
    let uses = [(Usage::Client, "client"), (Usage::Server, "server")];
    let uses: Vec<&str> = uses.iter().filter(|(usage, _)| certificate.allows(*usage)).map(|(_, word)| *word).collect();
    serde_json::json!({
        "name": certificate.common_name.clone().unwrap_or_default(),
        "subject": certificate.subject,
        "hosts": hosts.join(", "),
        "from": date(certificate.not_before),
        "until": date(certificate.not_after),
        "uses": uses.join(", "),
        "ca": certificate.is_ca.unwrap_or(false),
        "version": if certificate.is_version_1 { 1 } else { 3 },
    })
}
