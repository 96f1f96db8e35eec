//! The repository that a command works on: its root, its configuration, its private state, its history.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Failure;
use super::args::{Arguments, Command, DurabilityKind, HardLinkKind};
use super::configuration::{Configuration, FILE, nearest};
use crate::commit::{Durability, HardLinks, Pending, Policy, Recovery, Site, pending};
use crate::diagnostic::{Code, Diagnostic};
use crate::fs::{FileKind, Fs, RealFs};
use crate::history::{History, LEDGER, RECEIPTS, RECORDS};
use crate::migration::{BuiltIn, Catalogue, Migration};
use crate::path::RepoPath;
use crate::plan::{Given, Request};
use crate::text::{Charset, Text};
use crate::tree::{Disk, Git, Globs, Tree, file_state, find_root, folder_files};

static FILES: RealFs = RealFs;

/// Where a command works; nothing has been listed yet.
pub(crate) struct Workspace {
    pub root: PathBuf,
    pub configuration: Configuration,
    pub catalogue: Catalogue,
    state: PathBuf,
    durability: Durability,
    policy: Policy,
    force_read_only: bool,
    git: Option<Git>,
    given: Given,
    only: Globs,
    except: Globs,
    /// An interrupted run was found.
    pub pending: Option<Pending>,
}

/// The repository as it is now.
pub(crate) struct Loaded {
    pub disk: Disk<'static>,
    pub history: History,
}

impl Workspace {
    pub fn open(arguments: &Arguments, migrations: &[BuiltIn]) -> Result<Self, Failure> {
        let global = &arguments.global;
        let start = global.directory.clone().unwrap_or_else(|| PathBuf::from("."));
        let start = folder(&start)?;
        let git = Git::find(&start).map_err(|error| error.diagnostic())?;
        let root = match &global.root {
            Some(root) => folder(root)?,
            None => find_root(&FILES, &start, git.as_ref()),
        };
        let git = match git {
            Some(git) if root.starts_with(&git.top) => Some(git),
            _ => Git::find(&root).map_err(|error| error.diagnostic())?,
        };
        let configuration = read_configuration(&root)?;
        let catalogue = Catalogue::of(migrations)?;
        let own = global
            .migrations
            .clone()
            .or_else(|| configuration.migrations.clone())
            .unwrap_or_else(|| "migrations".to_owned());
        refuse_declarative(&root, &own)?;
        let state = state_folder(&root, git.as_ref());
        let except = global.except.iter().chain(&configuration.exclude);
        let workspace = Self {
            given: given(global.set.as_slice(), &configuration, &catalogue)?,
            only: globs(&global.only)?,
            except: globs(except)?,
            durability: match global.durability {
                DurabilityKind::Full => Durability::Full,
                DurabilityKind::Fast => Durability::Fast,
            },
            policy: policy(&arguments.command),
            force_read_only: arguments.command.writing().is_some_and(|writing| writing.force_readonly),
            pending: None,
            root,
            configuration,
            catalogue,
            state,
            git,
        };
        Ok(Self { pending: pending(&workspace.site()), ..workspace })
    }

    pub fn site(&self) -> Site<'static> {
        Site {
            durability: self.durability,
            head: self.git.as_ref().and_then(|git| git.head(&FILES)),
            policy: self.policy,
            ..Site::new(&FILES, self.root.clone(), self.state.clone())
        }
    }

    /// The name of this machine.
    pub fn host(&self) -> Option<String> {
        let kernel = || String::from_utf8(FILES.read(Path::new("/proc/sys/kernel/hostname"), 4096).ok()?).ok();
        let name = std::env::var("HOSTNAME").ok().or_else(kernel)?.trim().to_owned();
        (!name.is_empty()).then_some(name)
    }

    /// The name people know the repository by.
    pub fn name(&self) -> String {
        let folder = || self.root.file_name().map(|name| name.to_string_lossy().into_owned());
        self.configuration.name.clone().or_else(folder).unwrap_or_else(|| "repository".to_owned())
    }

    /// Lists the files and reads the history.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let patterns = self.catalogue.iter().flat_map(|migration| migration.native.targets().globs.iter().copied());
        let wanted = globs(patterns)?;
        let disk = Disk::open(&FILES, &self.root, self.git.as_ref(), &wanted).map_err(|error| error.diagnostic())?;
        let mut state = BTreeMap::new();
        for folder in [LEDGER, RECEIPTS] {
            for name in folder_files(&FILES, &self.state.join(folder)).map_err(|error| error.diagnostic())? {
                let relative = format!("{folder}/{name}");
                let file =
                    file_state(&FILES, &self.state.join(&relative), &relative).map_err(|error| error.diagnostic())?;
                state.extend(file.filter(|_| name.ends_with(".toml")).map(|file| (relative, file.bytes)));
            }
        }
        let history = History::read(&disk, &state)?;
        Ok(Loaded { disk, history })
    }

    /// A warning where git keeps the records out of commits, so that others would never learn of a change.
    pub fn ignored_records(&self) -> Option<Diagnostic> {
        let name = format!("{RECORDS}/record.toml");
        let ignored = self.git.as_ref().is_some_and(|git| git.ignores(&name));
        ignored.then(|| {
            Diagnostic::warning(
                Code::RecordIgnored,
                format!("git ignores `{RECORDS}`, so no other clone learns what is applied"),
            )
            .help(format!("remove the line that keeps them out; this names it: git check-ignore -v --no-index {name}"))
        })
    }

    /// What an answer about the whole repository depends on, as a hash: the look from outside of every file that a
    /// migration could see, the records, the variables, this program.
    pub fn fingerprint(&self, loaded: &Loaded) -> Result<String, Failure> {
        let patterns = self.catalogue.iter().flat_map(|migration| migration.native.targets().globs.iter().copied());
        let targets = globs(patterns.chain([".migrate/**", FILE]))?;
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update(format!(
            "{:?}{:?}",
            self.given,
            self.catalogue.iter().map(Migration::definition).collect::<Vec<_>>()
        ));
        for path in loaded.disk.paths().iter().filter(|path| targets.matches(path)) {
            let stat = FILES.stat(&self.root.join(path.as_str())).ok();
            hash.update(format!("{path}\0{stat:?}{}", self.is_excluded(path)));
        }
        for record in self.catalogue.iter().filter_map(|migration| loaded.history.ledger(&migration.slug)) {
            hash.update(record.render());
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What was remembered as `name`.
    pub fn recall(&self, name: &str) -> Option<String> {
        let file = file_state(&FILES, &self.state.join(name), name).ok()??;
        String::from_utf8(file.bytes).ok()
    }

    /// Whether a file must stay as it is.
    pub fn is_excluded(&self, path: &RepoPath) -> bool {
        self.except.matches(path) || !self.only.is_empty() && !self.only.matches(path)
    }

    pub fn request<'a>(&'a self, loaded: &'a Loaded, excluded: &'a dyn Fn(&RepoPath) -> bool) -> Request<'a> {
        Request {
            tree: &loaded.disk,
            ignored: loaded.disk.ignored(),
            catalogue: &self.catalogue,
            history: &loaded.history,
            excluded,
            force_read_only: self.force_read_only,
            given: &self.given,
        }
    }
}

fn folder(path: &Path) -> Result<PathBuf, Failure> {
    let canonical =
        FILES.canonical(path).ok().filter(|path| FILES.stat(path).is_ok_and(|stat| stat.kind == FileKind::Folder));
    canonical.ok_or_else(|| Diagnostic::error(Code::Usage, format!("there is no folder `{}`", path.display())).into())
}

fn policy(command: &Command) -> Policy {
    let writing = command.writing();
    let refuse = writing.is_some_and(|writing| writing.hardlinks == HardLinkKind::Refuse);
    Policy {
        hard_links: if refuse { HardLinks::Refuse } else { HardLinks::Break },
        owner_change: writing.is_some_and(|writing| writing.allow_owner_change),
        recovery: match command {
            Command::Recover(recover) if recover.forward => Recovery::Forward,
            Command::Recover(recover) if recover.back => Recovery::Back,
            _ => Recovery::Ask,
        },
    }
}

fn globs<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Globs, Failure> {
    Globs::new(patterns).map_err(|error| Diagnostic::error(Code::Usage, error.to_string()).into())
}

fn read_configuration(root: &Path) -> Result<Configuration, Failure> {
    let file = file_state(&FILES, &root.join(FILE), FILE).map_err(|error| error.diagnostic())?;
    let Some(file) = file else { return Ok(Configuration::default()) };
    let text = Text::decode(&file.bytes, Charset::Utf8)
        .map_err(|error| Diagnostic::error(Code::BadConfiguration, format!("{FILE} is {error}")))?;
    Ok(Configuration::parse(&text.content)?)
}

/// Migrations written in the repository itself are not read by this version; acting as if there were none would lie.
fn refuse_declarative(root: &Path, folder: &str) -> Result<(), Failure> {
    let place = FILES.canonical(&root.join(folder)).unwrap_or_else(|_| root.join(folder));
    let names = folder_files(&FILES, &place).unwrap_or_default();
    let own = names.iter().find(|name| {
        let number = name.strip_prefix('v').and_then(|rest| rest.split_once('_')).map_or("", |(number, _)| number);
        number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && name.ends_with(".toml")
    });
    match own {
        None => Ok(()),
        Some(name) => Err(Diagnostic::error(
            Code::BadConfiguration,
            format!("`{folder}/{name}` is a migration file, and this version reads compiled migrations only"),
        )
        .help("say where else the repository's migrations are: --migrations DIR")
        .into()),
    }
}

/// The values for variables, each of a name that some migration declares.
fn given(set: &[String], configuration: &Configuration, catalogue: &Catalogue) -> Result<Given, Failure> {
    let declared: BTreeSet<&str> =
        catalogue.iter().flat_map(|migration| migration.native.variables()).map(|variable| variable.name).collect();
    let known: Vec<&str> = declared.iter().copied().collect();
    let unknown = |name: &str, place: &str| {
        let diagnostic =
            Diagnostic::error(Code::UnknownVariable, format!("no migration has a variable `{name}` ({place})"));
        match nearest(name, &known) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("there is {}", known.join(", "))),
        }
    };
    let mut command_line = BTreeMap::new();
    for pair in set {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Diagnostic::error(Code::Usage, format!("--set takes NAME=VALUE, not `{pair}`"))
                .help(format!("--set {pair}=VALUE"))
                .into());
        };
        if !declared.contains(name) {
            return Err(unknown(name, "--set").into());
        }
        command_line.insert(name.to_owned(), value.to_owned());
    }
    if let Some(name) = configuration.variables.keys().find(|name| !declared.contains(name.as_str())) {
        return Err(unknown(name, FILE).into());
    }
    let environment = known.iter().filter_map(|name| {
        let value = std::env::var(format!("MIGRATE_VAR_{}", name.to_uppercase())).ok()?;
        Some(((*name).to_owned(), value))
    });
    Ok(Given { command_line, environment: environment.collect(), configuration: configuration.variables.clone() })
}

/// The folder of what only this work tree knows: in git's own folder, or, without git or across devices, beside the records.
fn state_folder(root: &Path, git: Option<&Git>) -> PathBuf {
    let inside = root.join(".migrate/local");
    let Some(git) = git else { return inside };
    let device = |path: &Path| FILES.stat(path).map(|stat| stat.device).ok();
    let Ok(private) = FILES.canonical(&git.private) else { return inside };
    if device(&private) != device(root) {
        return inside;
    }
    let relative = root.strip_prefix(&git.top).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let key: String =
        if relative.is_empty() { "_".to_owned() } else { relative.replace('%', "%25").replace('/', "%2F") };
    private.join("migrate").join(key)
}
