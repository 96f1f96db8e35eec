//! The repository that a command works on: its root, its configuration, its private state, its history.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
#[cfg(feature = "tls")]
use std::path::PathBuf;

use super::Failure;
use super::args::{Arguments, Command};
use super::base::Base;
use super::catalogue::{Staged, catalogue, staged_files};
use super::committed;
use super::configuration::{Configuration, FILE};
use super::named;
use super::new::Changed;
use super::progress::PROGRESS;
use super::selection::{Selection, globs};
use super::ui::Ui;
use super::unsettled;
use crate::diagnostic::{Code, Diagnostic, Location};
use crate::fs::{FileKind, Fs, RealFs};
use crate::history::{History, LEDGER, OLD_RECEIPTS, RECEIPTS, RECORDS, RecordError};
use crate::migration::{BuiltIn, Catalogue, Extent, Migration, Slug, Variable};
use crate::path::RepoPath;
#[cfg(feature = "tls")]
use crate::plan::doctor::InGit;
use crate::plan::{Given, Order, Request};
use crate::report::{self, Touched};
use crate::text::{Charset, Text, nearest, printable};
use crate::tree::{Absence, Disk, FileState, Git, Overlay, Reach, Tree, TreeError, file_state, folder_files};
#[cfg(feature = "tls")]
use crate::tree::{Outside, OutsideError, names_below, outside};

pub(super) static FILES: RealFs = RealFs;

/// Where a command works; nothing has been listed yet.
pub(crate) struct Workspace {
    pub base: Base,
    /// The folder of the repository's own migrations, from the root.
    pub migrations: String,
    /// Migrations that may be applied behind later ones.
    pub out_of_order: Vec<Slug>,
    /// In which order migrations may come.
    order: Order,
    pub catalogue: Catalogue,
    /// Files that count as they are staged, where that is asked for and differs from the work tree.
    staged: Staged,
    force_read_only: bool,
    given: Given,
    /// The name people know the repository by.
    pub name: String,
    pub selection: Selection,
    reach: Reach<'static>,
}

/// The repository as it is now.
pub(crate) struct Loaded {
    pub disk: Disk<'static>,
    pub history: History,
    /// Files that git ignores; also recorded ones that are not here.
    ignored: BTreeSet<RepoPath>,
}

impl Loaded {
    /// What was left out, a note for each; of many files the first, and how many more.
    pub fn left_out(&self) -> String {
        const MOST: usize = 5;
        let all = self.disk.left_out();
        let mut notes: String =
            all.iter().take(MOST).map(|one| format!("note: {}\n", printable(&one.words()))).collect();
        if all.len() > MOST {
            notes.push_str(&format!("note: and {} more\n", all.len() - MOST));
        }
        notes
    }
}

impl Workspace {
    /// Opens the repository for a command, once what an earlier run left is settled or told.
    pub fn open(arguments: &Arguments, migrations: &[BuiltIn], ui: &Ui) -> Result<Self, Failure> {
        let base = Base::find(arguments)?;
        ui.works_in(&base.root);
        unsettled::settle(arguments, &base, ui)?;
        let workspace = Self::read(base, arguments, migrations)?;
        if let Some(count) = workspace.selection.missing(&workspace.base.root) {
            let names = report::plural(count, "name");
            ui.talk(&format!(
                "note: of {names} in --files-from none is a file here; they count from the current folder\n"
            ));
        }
        Ok(workspace)
    }

    /// The repository as it stands, whatever an earlier run left.
    pub fn read(base: Base, arguments: &Arguments, migrations: &[BuiltIn]) -> Result<Self, Failure> {
        let global = &arguments.global;
        let Base { root, start, git, .. } = &base;
        let configuration = read_configuration(root)?;
        let own = own_folder(global.migrations.as_deref(), configuration.migrations.as_deref())?;
        base.owned(&own)?;
        let staged = match &arguments.command {
            Command::Check(check) if check.staged => staged_files(root, git.as_ref())?,
            _ => Vec::new(),
        };
        let catalogue = catalogue(root, &own, &staged, migrations)?;
        let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = configuration.name.clone().or_else(folder).unwrap_or_else(|| "repository".to_owned());
        let names = global.names.as_deref();
        let selection =
            Selection::new(global, names, &configuration.exclude, name.clone(), (start.as_path(), root.as_path()))?;
        Ok(Self {
            given: given(global.set.as_slice(), &configuration, &catalogue, migrations)?,
            selection,
            reach: if global.scale.tracked { Reach::Tracked } else { Reach::Everything },
            name,
            force_read_only: arguments.command.writing().is_some_and(|writing| writing.force_readonly),
            migrations: own,
            out_of_order: Vec::new(),
            order: configuration.order,
            catalogue,
            staged,
            base,
        })
    }

    /// The whole git work tree instead of the root below it, for files that belong there.
    pub fn at_top(self) -> Self {
        Self { base: self.base.at_top(), ..self }
    }

    /// Lists the files and reads the history; says what of it was left out.
    pub fn load(&self, ui: &Ui) -> Result<Loaded, Failure> {
        let disk = self.disk(self.reach)?;
        let history = self.history(&self.seen(&disk))?;
        Ok(self.loaded(disk, history, ui))
    }

    /// As `load`, to take back the migrations that `chosen` picks: without a walk, where nothing depends on files that no
    /// record names.
    pub fn load_recorded(
        &self,
        ui: &Ui,
        chosen: impl Fn(&History) -> Result<Vec<Slug>, Failure>,
    ) -> Result<(Loaded, Vec<Slug>), Failure> {
        let Base { root, git, .. } = &self.base;
        let records = Disk::of_records(&FILES, root, git.as_ref()).map_err(|error| error.of_own())?;
        let mut history = self.history(&self.seen(&records))?;
        let slugs = chosen(&history)?;
        let names = named::files(root, &self.catalogue, &history, &slugs);
        let reach = match &names {
            Some(names) if self.reach == Reach::Everything => Reach::Named(names),
            _ => self.reach,
        };
        let disk = self.disk(reach)?;
        history.place(&self.seen(&disk));
        Ok((self.loaded(disk, history, ui), slugs))
    }

    fn loaded(&self, disk: Disk<'static>, history: History, ui: &Ui) -> Loaded {
        ui.warn(history.notes());
        let mut ignored = disk.ignored().clone();
        ignored.extend(self.ignored_since(&disk, &history));
        Loaded { disk, history, ignored }
    }

    /// Files that records name, and that git ignores by now: where one of them is missing, it is missing here only.
    fn ignored_since(&self, disk: &Disk<'_>, history: &History) -> Vec<RepoPath> {
        let Some(git) = self.git() else { return Vec::new() };
        let records = history.slugs().filter_map(|slug| history.record(slug)).filter(|record| record.is_applied());
        let mut names: Vec<RepoPath> = records.flat_map(|record| &record.edits).map(|edit| edit.file.clone()).collect();
        names.sort();
        names.dedup();
        let is_here = |path: &RepoPath| {
            disk.paths().binary_search(path).is_ok() || FILES.stat(&self.base.root.join(path.as_str())).is_ok()
        };
        names.retain(|path| !is_here(path) && git.ignores(path.as_str()) && !git.tracks(path.as_str()));
        names
    }

    /// The files of `disk`, those as staged that count so.
    pub fn seen<'d>(&self, disk: &'d Disk<'_>) -> Overlay<'d> {
        let mut tree = Overlay::new(disk);
        for (path, state) in &self.staged {
            tree.write(path.clone(), state.clone());
        }
        tree
    }

    fn disk(&self, reach: Reach<'_>) -> Result<Disk<'static>, Failure> {
        let wanted = globs(self.catalogue.iter().flat_map(|migration| migration.targets().globs))?;
        let disk = Disk::open(&FILES, &self.base.root, self.base.git.as_ref(), &wanted, reach);
        Ok(disk.map_err(|error| error.of_own())?.counted(&PROGRESS))
    }

    /// What the records of `tree` and the state folder say.
    fn history(&self, tree: &dyn Tree) -> Result<History, Failure> {
        let mut state = BTreeMap::new();
        let own = [(&self.base.state, LEDGER, LEDGER), (&self.base.shared, RECEIPTS, RECEIPTS)];
        let old = (self.base.shared != self.base.state).then_some((&self.base.state, RECEIPTS, OLD_RECEIPTS));
        for (base, folder, called) in own.into_iter().chain(old) {
            let folder = base.join(folder);
            for name in folder_files(&FILES, &folder).map_err(|error| error.of_own())? {
                let (relative, place) = (format!("{called}/{name}"), folder.join(&name));
                let file = file_state(&FILES, &place, &place.display().to_string()).map_err(|error| error.of_own())?;
                state.extend(file.filter(|_| name.ends_with(".toml")).map(|file| (relative, file.bytes.to_vec())));
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
        let committed = committed::names(&self.base).into_iter().filter_map(|name| RepoPath::new(&name).ok());
        let listed = tree.below(RECORDS).iter().filter(|path| path.folder() == RECORDS).cloned();
        let names: BTreeSet<RepoPath> =
            listed.chain(committed).filter(|path| path.file_name().ends_with(".toml")).collect();
        let mut lost = Vec::new();
        let is_file = |path: &RepoPath| tree.referent(path).is_none() && matches!(tree.read(path), Ok(Some(_)));
        for path in names.into_iter().filter(|path| !is_file(path)) {
            let what = match FILES.stat(&self.base.root.join(path.as_str())).map(|stat| stat.kind) {
                Ok(FileKind::Folder) => "folder",
                Ok(FileKind::Link) => "link",
                Ok(_) => continue,
                Err(_) if tree.absence(&path) == Absence::Unseen => {
                    return Err(RecordError::LeftOut { path: path.to_string() }.diagnostic());
                }
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

    /// Why nobody would learn of a change: git keeps the records out of commits.
    pub fn ignored_records(&self) -> Option<Diagnostic> {
        let git = self.base.git.as_ref().map(|git| git.at(&self.base.root))?;
        let name = format!("{RECORDS}/record.toml");
        if !git.ignores(&name) {
            return None;
        }
        // What is let in again has to be reached first.
        let folders = [".migrate/".to_owned(), format!("{RECORDS}/")];
        let closed = folders.into_iter().find(|folder| git.ignores(folder));
        let line = closed.unwrap_or_else(|| format!("{RECORDS}/*.toml"));
        let message = format!("git ignores `{RECORDS}`, so no other clone learns what is applied");
        Some(
            Diagnostic::error(Code::RecordIgnored, message)
                .help(format!("add this line to the end of .gitignore: !/{line}"))
                .help(format!("what keeps them out: git check-ignore -v --no-index {name}")),
        )
    }

    /// What a plan depends on beside files: values, and how far it reaches. `None` where somebody asks for a part only.
    pub fn circumstances(&self) -> Option<String> {
        let definitions: Vec<_> = self.catalogue.iter().map(Migration::definition).collect();
        let Self { given, reach, order, .. } = self;
        let all = format!("{:?}\n{given:?}\n{reach:?}\n{order:?}\n{definitions:?}", self.base.root);
        self.selection.is_whole().then_some(all)
    }

    /// What was remembered as `name`.
    pub fn recall(&self, name: &str) -> Option<String> {
        let file = file_state(&FILES, &self.base.state.join(name), name).ok()??;
        String::from_utf8(file.bytes.to_vec()).ok()
    }

    /// Git, seen from the root.
    pub fn git(&self) -> Option<Git> {
        self.base.git.as_ref().map(|git| git.at(&self.base.root))
    }

    /// The file of the repository that `path` names, as typed.
    pub fn repo_path(&self, path: &Path) -> Result<RepoPath, Failure> {
        let outside = |why: String| {
            Failure::from(Diagnostic::error(Code::OutsideRepository, why).help("say where the repository is: -C DIR"))
        };
        let whole = self.base.start.join(path);
        let folder = whole.parent().and_then(|folder| FILES.canonical(folder).ok());
        let (Some(folder), Some(name)) = (folder, whole.file_name()) else {
            return Err(Diagnostic::error(Code::NotFound, format!("there is no file `{}`", path.display())).into());
        };
        let inside = folder.join(name);
        let relative = inside.strip_prefix(&self.base.root).map_err(|_| {
            outside(format!("`{}` lies outside of the repository {}", path.display(), self.base.root.display()))
        })?;
        RepoPath::new(&relative.to_string_lossy()).map_err(|error| outside(error.to_string()))
    }

    /// The file at `path` as it is; `None` where there is none.
    pub fn file(&self, path: &RepoPath) -> Result<Option<FileState>, Failure> {
        Ok(file_state(&FILES, &self.base.root.join(path.as_str()), path.as_str()).map_err(|error| error.of_own())?)
    }

    /// A file that a setting names, absolute or from the root.
    #[cfg(feature = "tls")]
    pub fn outside(&self, path: &Path, limit: u64) -> Result<Outside, OutsideError> {
        outside(&FILES, &self.base.root.join(path), limit)
    }

    /// The files below a folder of the root that git may not know, each from the root.
    #[cfg(feature = "tls")]
    pub fn names_below(&self, folder: &Path) -> Vec<PathBuf> {
        let found = names_below(&FILES, &self.base.root.join(folder)).into_iter();
        found.filter_map(|path| Some(path.strip_prefix(&self.base.root).ok()?.to_owned())).collect()
    }

    /// The file that `path` names, as typed.
    #[cfg(feature = "tls")]
    pub fn typed(&self, path: &Path, limit: u64) -> Result<Outside, OutsideError> {
        outside(&FILES, &self.base.start.join(path), limit)
    }

    /// Whether the file is one of ours: a migration or a record, with examples in it.
    #[cfg(feature = "tls")]
    pub fn is_own(&self, path: &RepoPath) -> bool {
        path.is_own() || path.as_str().strip_prefix(&self.migrations).is_some_and(|rest| rest.starts_with("/v"))
    }

    /// What git makes of the file at `path`, which lies in the repository.
    #[cfg(feature = "tls")]
    pub fn in_git(&self, path: &str) -> InGit {
        let Some(git) = self.base.git.as_ref().map(|git| git.at(&self.base.root)) else { return InGit::Outside };
        match (git.tracks(path), git.ignores(path)) {
            (true, _) => InGit::Tracked,
            (false, true) => InGit::Ignored,
            (false, false) => InGit::Untracked,
        }
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

    /// The migrations that `names` stand for, in their order, each once: one may be named in several ways.
    ///
    /// # Errors
    /// When a name stands for none.
    pub fn slugs(&self, names: &[String], history: &History) -> Result<Vec<Slug>, Diagnostic> {
        let mut slugs = Vec::new();
        for name in names {
            let slug = self.slug(name, history)?;
            if !slugs.contains(&slug) {
                slugs.push(slug);
            }
        }
        Ok(slugs)
    }

    /// Who recorded a migration, when and in which commit, as git tells it.
    pub fn origin(&self, slug: &Slug) -> Option<String> {
        let git = self.base.git.as_ref()?.at(&self.base.root);
        git.added(&format!("{RECORDS}/{slug}.toml"))
    }

    /// The names of migrations on every branch that git knows.
    pub fn names_on_branches(&self) -> Result<Vec<String>, Failure> {
        let Some(git) = &self.base.git else { return Ok(Vec::new()) };
        Ok(git.at(&self.base.root).names_on_branches(&self.migrations).map_err(|error| error.of_own())?)
    }

    /// The tracked files that differ from `revision`, before and now; not the migrations and records.
    pub fn changed_since(&self, revision: &str) -> Result<Vec<Changed>, Failure> {
        let Some(git) = &self.base.git else {
            return Err(Diagnostic::error(Code::Usage, "without git nothing tells what was edited").into());
        };
        let git = git.at(&self.base.root);
        let wrong = |error: TreeError| Failure::from(error.of_own());
        let commit = git.commit(revision).map_err(|error| Diagnostic::error(Code::Usage, error.to_string()))?;
        let own = format!("{}/", self.migrations);
        let mut changed = Vec::new();
        for name in git.changed_since(&commit).map_err(wrong)? {
            let Some(path) = String::from_utf8(name).ok().and_then(|name| RepoPath::new(&name).ok()) else { continue };
            if path.as_str().starts_with(&own) || path.is_own() || self.is_excluded(&path) {
                continue;
            }
            let after = self.file(&path)?;
            let mode = after.as_ref().map_or(0o644, |after| after.mode);
            // Of a mode git keeps this only.
            let mode = match git.was_executable(&commit, path.as_str()) {
                Some(true) => mode | 0o111,
                Some(false) => mode & !0o111,
                None => mode,
            };
            let before = git.file(&commit, path.as_str()).map(|bytes| FileState::new(bytes, mode));
            changed.push((path, before, after));
        }
        Ok(changed)
    }

    /// The lines that a pull request on GitHub adds or changes; none where this is no such build, or git can not tell.
    pub fn touched(&self) -> Vec<Touched> {
        let base = std::env::var("GITHUB_BASE_REF").ok().filter(|base| !base.is_empty());
        let (Some(base), Some(git)) = (base, self.git()) else { return Vec::new() };
        let base = git.commit(&format!("origin/{base}")).ok().and_then(|commit| git.common_ancestor(&commit));
        let Some(base) = base else { return Vec::new() };
        let names = git.changed_since(&base).unwrap_or_default();
        let paths = names.into_iter().filter_map(|name| RepoPath::new(&String::from_utf8(name).ok()?).ok());
        let touched = paths.filter_map(|path| {
            let after = self.file(&path).ok()??;
            let before = git.file(&base, path.as_str()).unwrap_or_default();
            Some(report::touched(format!("{}{path}", self.base.prefix()), &before, &after.bytes))
        });
        touched.collect()
    }

    /// Whether a file must stay as it is.
    pub fn is_excluded(&self, path: &RepoPath) -> bool {
        self.selection.excludes(path)
    }

    pub fn request<'a>(&'a self, loaded: &'a Loaded, excluded: &'a (dyn Fn(&RepoPath) -> bool + Sync)) -> Request<'a> {
        Request {
            tree: &loaded.disk,
            ignored: &loaded.ignored,
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

fn read_configuration(root: &Path) -> Result<Configuration, Failure> {
    let file = file_state(&FILES, &root.join(FILE), FILE).map_err(|error| error.of_own())?;
    let Some(file) = file else { return Ok(Configuration::default()) };
    let text = Text::decode(&file.bytes, Charset::Utf8)
        .map_err(|error| Diagnostic::error(Code::BadConfiguration, format!("{FILE} is {error}")))?;
    Ok(Configuration::parse(&text.content)?)
}

/// The folder of the repository's own migrations: inside, and not among what the program keeps.
fn own_folder(asked: Option<&str>, configured: Option<&str>) -> Result<String, Failure> {
    let Some(folder) = asked.or(configured) else { return Ok("migrations".to_owned()) };
    let path = RepoPath::of_new(folder.trim_start_matches("./").trim_end_matches('/'));
    let why = match path {
        Ok(path) if !path.is_own() => return Ok(path.to_string()),
        Ok(_) => format!("`{folder}` is no folder for migrations: what is in `.migrate` belongs to this program"),
        Err(error) => error.to_string(),
    };
    let fault = match asked {
        Some(_) => Diagnostic::error(Code::Usage, why).help("name one from the root: --migrations migrations"),
        None => Diagnostic::error(Code::BadConfiguration, why)
            .at(Location::file(FILE))
            .help("name one from the root: migrations = \"migrations\""),
    };
    Err(fault.into())
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
