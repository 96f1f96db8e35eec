//! The repository that a command works on: its root, its configuration, its private state, its history.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Failure;
use super::args::{Arguments, Command, DurabilityKind, HardLinkKind};
use super::catalogue::{Staged, catalogue, staged_files};
use super::configuration::{Configuration, FILE};
use super::new::Changed;
use super::progress::PROGRESS;
use super::selection::{Selection, globs};
use crate::commit::{Durability, HardLinks, Pending, Policy, Recovery, Site, pending};
use crate::diagnostic::{Code, Diagnostic};
use crate::fs::{FileKind, Fs, RealFs};
use crate::history::{History, LEDGER, RECEIPTS, RECORDS, RecordError};
use crate::migration::{BuiltIn, Catalogue, Extent, Migration, Slug, Variable};
use crate::path::RepoPath;
#[cfg(feature = "tls")]
use crate::plan::doctor::InGit;
use crate::plan::{Given, Order, Request, Waiting};
use crate::text::{Charset, Text, nearest};
use crate::tree::{Disk, FileState, Git, Overlay, Reach, Tree, TreeError, file_state, find_root, folder_files};
#[cfg(feature = "tls")]
use crate::tree::{Outside, OutsideError, outside};

pub(super) static FILES: RealFs = RealFs;

/// Where a command works; nothing has been listed yet.
pub(crate) struct Workspace {
    pub root: PathBuf,
    /// The folder of the repository's own migrations, from the root.
    pub migrations: String,
    /// Migrations that may be applied behind later ones.
    pub out_of_order: Vec<Slug>,
    /// In which order migrations may come.
    order: Order,
    /// Where paths on the command line start.
    start: PathBuf,
    pub catalogue: Catalogue,
    /// Files that count as they are staged, where that is asked for and differs from the work tree.
    staged: Staged,
    state: PathBuf,
    durability: Durability,
    policy: Policy,
    force_read_only: bool,
    git: Option<Git>,
    given: Given,
    /// The name people know the repository by.
    pub name: String,
    pub selection: Selection,
    reach: Reach,
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
        let own = global
            .migrations
            .clone()
            .or_else(|| configuration.migrations.clone())
            .unwrap_or_else(|| "migrations".to_owned());
        let staged = match &arguments.command {
            Command::Check(check) if check.staged => staged_files(&root, git.as_ref())?,
            _ => Vec::new(),
        };
        let catalogue = catalogue(&root, &own, &staged, migrations)?;
        let state = state_folder(&root, git.as_ref());
        let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = configuration.name.clone().or_else(folder).unwrap_or_else(|| "repository".to_owned());
        let names = global.names.as_deref();
        let selection =
            Selection::new(global, names, &configuration.exclude, name.clone(), (start.as_path(), root.as_path()))?;
        let workspace = Self {
            given: given(global.set.as_slice(), &configuration, &catalogue, migrations)?,
            selection,
            reach: if global.scale.tracked { Reach::Tracked } else { Reach::Everything },
            name,
            durability: match global.durability {
                DurabilityKind::Full => Durability::Full,
                DurabilityKind::Fast => Durability::Fast,
            },
            policy: policy(&arguments.command),
            force_read_only: arguments.command.writing().is_some_and(|writing| writing.force_readonly),
            pending: None,
            migrations: own,
            out_of_order: Vec::new(),
            order: configuration.order,
            start,
            root,
            catalogue,
            staged,
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

    /// From the top of the git work tree to the root, with a slash at the end where that is not the top itself.
    pub fn prefix(&self) -> String {
        let below = self.git.as_ref().and_then(|git| self.root.strip_prefix(&git.top).ok());
        let below = below.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        if below.is_empty() { below } else { below + "/" }
    }

    /// Lists the files and reads the history.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let disk = self.disk()?;
        let history = self.history(&self.seen(&disk))?;
        Ok(Loaded { disk, history })
    }

    /// The files of `disk`, those as staged that count so.
    pub fn seen<'d>(&self, disk: &'d Disk<'_>) -> Overlay<'d> {
        let mut tree = Overlay::new(disk);
        for (path, state) in &self.staged {
            tree.write(path.clone(), state.clone());
        }
        tree
    }

    fn disk(&self) -> Result<Disk<'static>, Failure> {
        let wanted = globs(self.catalogue.iter().flat_map(|migration| migration.targets().globs))?;
        let disk = Disk::open(&FILES, &self.root, self.git.as_ref(), &wanted, self.reach);
        Ok(disk.map_err(|error| error.diagnostic())?.counted(&PROGRESS))
    }

    /// What the records of `tree` and the state folder say.
    fn history(&self, tree: &dyn Tree) -> Result<History, Failure> {
        let mut state = BTreeMap::new();
        for folder in [LEDGER, RECEIPTS] {
            for name in folder_files(&FILES, &self.state.join(folder)).map_err(|error| error.diagnostic())? {
                let relative = format!("{folder}/{name}");
                let file =
                    file_state(&FILES, &self.state.join(&relative), &relative).map_err(|error| error.diagnostic())?;
                state.extend(file.filter(|_| name.ends_with(".toml")).map(|file| (relative, file.bytes)));
            }
        }
        let lost = self.lost_records(tree)?;
        let mut history = History::read(tree, &state)?;
        lost.iter().for_each(|(path, bytes)| history.lose(path, bytes));
        Ok(history)
    }

    /// The records that git has, staged or in the last commit, and `tree` has not.
    fn lost_records(&self, tree: &dyn Tree) -> Result<Vec<(RepoPath, Vec<u8>)>, Diagnostic> {
        let Some(git) = self.git() else { return Ok(Vec::new()) };
        let committed = git.names_in("HEAD", RECORDS).into_iter().filter_map(|name| RepoPath::new(&name).ok());
        let listed = tree.paths().iter().filter(|path| path.folder() == RECORDS).cloned();
        let names: BTreeSet<RepoPath> =
            listed.chain(committed).filter(|path| path.file_name().ends_with(".toml")).collect();
        let mut lost = Vec::new();
        for path in names.into_iter().filter(|path| !matches!(tree.read(path), Ok(Some(_)))) {
            let what = match FILES.stat(&self.root.join(path.as_str())).map(|stat| stat.kind) {
                Ok(FileKind::Folder) => "folder",
                Ok(FileKind::Link) => "link",
                Ok(_) => continue,
                Err(_) => {
                    let bytes = ["", "HEAD"].iter().find_map(|commit| git.file(commit, path.as_str()));
                    lost.extend(bytes.map(|bytes| (path, bytes)));
                    continue;
                }
            };
            return Err(RecordError::NoFile { path: path.to_string(), what }.diagnostic());
        }
        Ok(lost)
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
        let patterns = self.catalogue.iter().flat_map(|migration| migration.targets().globs);
        let targets = globs(patterns.chain([".migrate/**".to_owned(), FILE.to_owned()]))?;
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

    /// A `down` that waits for a person, and its file in the state folder.
    pub fn waiting(&self) -> Result<Option<(Waiting, FileState)>, Failure> {
        let file = file_state(&FILES, &self.state.join(Waiting::FILE), Waiting::FILE);
        let Some(file) = file.map_err(|error| error.diagnostic())? else { return Ok(None) };
        Ok(Some((Waiting::read(&file)?, file)))
    }

    /// Git, seen from the root.
    pub fn git(&self) -> Option<Git> {
        self.git.as_ref().map(|git| git.at(&self.root))
    }

    /// The file of the repository that `path` names, as typed.
    pub fn repo_path(&self, path: &Path) -> Result<RepoPath, Failure> {
        let outside = |why: String| {
            Failure::from(Diagnostic::error(Code::OutsideRepository, why).help("say where the repository is: -C DIR"))
        };
        let whole = self.start.join(path);
        let folder = whole.parent().and_then(|folder| FILES.canonical(folder).ok());
        let (Some(folder), Some(name)) = (folder, whole.file_name()) else {
            return Err(Diagnostic::error(Code::NotFound, format!("there is no file `{}`", path.display())).into());
        };
        let inside = folder.join(name);
        let relative = inside.strip_prefix(&self.root).map_err(|_| {
            outside(format!("`{}` lies outside of the repository {}", path.display(), self.root.display()))
        })?;
        RepoPath::new(&relative.to_string_lossy()).map_err(|error| outside(error.to_string()))
    }

    /// The file at `path` as it is; `None` where there is none.
    pub fn file(&self, path: &RepoPath) -> Result<Option<FileState>, Failure> {
        Ok(file_state(&FILES, &self.root.join(path.as_str()), path.as_str()).map_err(|error| error.diagnostic())?)
    }

    /// A file that a setting names, absolute or from the root.
    #[cfg(feature = "tls")]
    pub fn outside(&self, path: &Path, limit: u64) -> Result<Outside, OutsideError> {
        outside(&FILES, &self.root.join(path), limit)
    }

    /// The file that `path` names, as typed.
    #[cfg(feature = "tls")]
    pub fn typed(&self, path: &Path, limit: u64) -> Result<Outside, OutsideError> {
        outside(&FILES, &self.start.join(path), limit)
    }

    /// Whether the file is one of ours: a migration or a record, with examples in it.
    #[cfg(feature = "tls")]
    pub fn is_own(&self, path: &RepoPath) -> bool {
        let path = path.as_str();
        path.starts_with(".migrate/") || path.strip_prefix(&self.migrations).is_some_and(|rest| rest.starts_with("/v"))
    }

    /// What git makes of the file at `path`, which lies in the repository.
    #[cfg(feature = "tls")]
    pub fn in_git(&self, path: &str) -> InGit {
        let Some(git) = self.git.as_ref().map(|git| git.at(&self.root)) else { return InGit::Outside };
        match (git.tracks(path), git.ignores(path)) {
            (true, _) => InGit::Tracked,
            (false, true) => InGit::Ignored,
            (false, false) => InGit::Untracked,
        }
    }

    /// The migrations whose files `revision` does not have as they are now.
    pub fn migrations_since(&self, revision: &str) -> Result<Vec<Slug>, Failure> {
        let Some(git) = &self.git else {
            return Err(Diagnostic::error(Code::Usage, "without git there is no revision").into());
        };
        let git = git.at(&self.root);
        let wrong = |error: TreeError| Failure::from(Diagnostic::error(Code::Usage, error.to_string()));
        let commit = git.commit(revision).map_err(wrong)?;
        let base = git.common_ancestor(&commit).unwrap_or(commit);
        let is_new = |migration: &&Migration| {
            let Some(declaration) = migration.declaration() else { return false };
            let source = &declaration.source;
            git.file(&base, &source.path).is_none_or(|bytes| bytes != source.text.as_bytes())
        };
        Ok(self.catalogue.iter().filter(is_new).map(|migration| migration.slug.clone()).collect())
    }

    /// The migration that `name` stands for; a record is enough of one.
    ///
    /// # Errors
    /// When there is neither.
    pub fn slug(&self, name: &str, history: &History) -> Result<Slug, Diagnostic> {
        let unknown = match self.catalogue.find(name) {
            Ok(migration) => return Ok(migration.slug.clone()),
            Err(unknown) => unknown,
        };
        let recorded = name.parse::<Slug>().ok().filter(|slug| history.record(slug).is_some());
        recorded.ok_or(unknown)
    }

    /// Who recorded a migration, when and in which commit, as git tells it.
    pub fn origin(&self, slug: &Slug) -> Option<String> {
        let git = self.git.as_ref()?.at(&self.root);
        git.added(&format!("{RECORDS}/{slug}.toml"))
    }

    /// The names of migrations on every branch that git knows.
    pub fn names_on_branches(&self) -> Result<Vec<String>, Failure> {
        let Some(git) = &self.git else { return Ok(Vec::new()) };
        Ok(git.at(&self.root).names_on_branches(&self.migrations).map_err(|error| error.diagnostic())?)
    }

    /// The tracked files that differ from `revision`, before and now; not the migrations and records.
    pub fn changed_since(&self, revision: &str) -> Result<Vec<Changed>, Failure> {
        let Some(git) = &self.git else {
            return Err(Diagnostic::error(Code::Usage, "without git nothing tells what was edited").into());
        };
        let git = git.at(&self.root);
        let wrong = |error: TreeError| Failure::from(error.diagnostic());
        let commit = git.commit(revision).map_err(|error| Diagnostic::error(Code::Usage, error.to_string()))?;
        let own = format!("{}/", self.migrations);
        let mut changed = Vec::new();
        for name in git.changed_since(&commit).map_err(wrong)? {
            let Some(path) = String::from_utf8(name).ok().and_then(|name| RepoPath::new(&name).ok()) else { continue };
            if path.as_str().starts_with(&own) || path.as_str().starts_with(".migrate/") || self.is_excluded(&path) {
                continue;
            }
            let after = self.file(&path)?;
            let mode = after.as_ref().map_or(0o644, |after| after.mode);
            let before = git.file(&commit, path.as_str()).map(|bytes| FileState { bytes, mode });
            changed.push((path, before, after));
        }
        Ok(changed)
    }

    /// Whether a file must stay as it is.
    pub fn is_excluded(&self, path: &RepoPath) -> bool {
        self.selection.excludes(path)
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
            extent: Extent::Whole,
            out_of_order: &self.out_of_order,
            order: self.order,
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
        in_place: writing.is_some_and(|writing| writing.in_place),
        recovery: match command {
            Command::Recover(recover) if recover.forward => Recovery::Forward,
            Command::Recover(recover) if recover.back => Recovery::Back,
            _ => Recovery::Ask,
        },
    }
}

fn read_configuration(root: &Path) -> Result<Configuration, Failure> {
    let file = file_state(&FILES, &root.join(FILE), FILE).map_err(|error| error.diagnostic())?;
    let Some(file) = file else { return Ok(Configuration::default()) };
    let text = Text::decode(&file.bytes, Charset::Utf8)
        .map_err(|error| Diagnostic::error(Code::BadConfiguration, format!("{FILE} is {error}")))?;
    Ok(Configuration::parse(&text.content)?)
}

/// The values for variables, each of a name that some migration declares.
fn given(
    set: &[String],
    configuration: &Configuration,
    catalogue: &Catalogue,
    built_in: &[BuiltIn],
) -> Result<Given, Failure> {
    let variables: Vec<Variable> = catalogue.iter().flat_map(Migration::variables).collect();
    let declared: BTreeSet<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
    let known: Vec<&str> = declared.iter().copied().collect();
    let unknown = |name: &str, place: &str| {
        let diagnostic =
            Diagnostic::error(Code::UnknownVariable, format!("no migration has a variable `{name}` ({place})"));
        match nearest(name, &known) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => diagnostic.help("leave it out: no migration here has a variable"),
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
    // A compiled migration that this repository does not use may still have its variables in the file.
    let compiled: Vec<Variable> = built_in.iter().flat_map(|one| one.native.variables()).collect();
    let is_known = |name: &str| declared.contains(name) || compiled.iter().any(|variable| variable.name == name);
    if let Some(name) = configuration.variables.keys().find(|name| !is_known(name)) {
        return Err(unknown(name, FILE).into());
    }
    let environment = variables.iter().filter_map(|variable| {
        let own = std::env::var(format!("MIGRATE_VAR_{}", variable.name.to_uppercase())).ok();
        let value = own.or_else(|| std::env::var(variable.environment.as_ref()?).ok())?;
        Some((variable.name.clone(), value))
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
