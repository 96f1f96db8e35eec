//! The program under test, and folders to run it in.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::StatVfsMountFlags;

use crate::trace;

/// What a test may fill, in bytes.
const ROOM: u64 = 1 << 30;

/// The file system in memory, if it has room and runs programs.
fn memory() -> Option<PathBuf> {
    let path = PathBuf::from("/dev/shm");
    let system = rustix::fs::statvfs(&path).ok()?;
    let is_fit = system.f_bavail * system.f_frsize >= ROOM && !system.f_flag.contains(StatVfsMountFlags::NOEXEC);
    is_fit.then_some(path)
}

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// A folder of its own for one test, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    /// In memory where there is room; where `TMPDIR` says, if that is set.
    pub fn new() -> Self {
        static BASE: OnceLock<PathBuf> = OnceLock::new();
        let base = || match memory().filter(|_| std::env::var_os("TMPDIR").is_none()) {
            Some(memory) => memory,
            None => std::env::temp_dir(),
        };
        Self::below(BASE.get_or_init(base))
    }

    /// In memory, where there is such a thing: for tests that lay out thousands.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(folder: &Path) -> Self {
        let name = format!("settings-migrate-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::SeqCst));
        let path = folder.join(name);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path.canonicalize().expect("its real path"))
    }

    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text.as_bytes());
        }
        folder
    }

    /// A git work tree with these files, all of them committed.
    pub fn repository(files: &[(&str, &str)]) -> Self {
        let folder = Self::with(files);
        folder.commit();
        folder
    }

    /// A git work tree with a copy of the files below `source`, modes included.
    pub fn copy_of(source: &Path) -> Self {
        let folder = Self::new();
        for (name, file) in files_below(source) {
            folder.write(&name, &file.bytes);
            let path = folder.path().join(&name);
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(file.mode)).expect("the mode");
        }
        folder
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder");
        std::fs::write(path, bytes).expect("the file");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Puts everything under git.
    pub fn commit(&self) {
        for arguments in
            [&["init", "-q", "-b", "main", "--template="][..], &["add", "-A"], &["commit", "-q", "-m", "start"]]
        {
            self.git(arguments).expect(0);
        }
    }

    /// Runs git here, as somebody without settings of their own.
    pub fn git(&self, arguments: &[&str]) -> Answer {
        let identity = [
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.com",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "maintenance.auto=false",
        ];
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.0).args(identity).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        Answer::of(&git.output().expect("git"))
    }

    /// Runs `migrate` here with a clean environment.
    pub fn migrate(&self, arguments: &[&str]) -> Answer {
        self.migrate_with(arguments, &[])
    }

    pub fn migrate_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
        self.program(Path::new(env!("CARGO_BIN_EXE_migrate")), arguments, environment)
    }

    /// Runs a program that has the command line of `migrate`.
    pub fn program(&self, program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
        let mut command = Command::new(program);
        command.current_dir(&self.0).args(arguments).env_clear();
        command.envs([("PATH", std::env::var("PATH").unwrap_or_default().as_str()), ("LC_ALL", "C.UTF-8")]);
        // A temporary folder may lie below a repository; only git's own top counts.
        command.env("GIT_CEILING_DIRECTORIES", self.0.parent().expect("a parent"));
        command.envs(environment.iter().copied());
        if !trace::is_wanted() {
            return Answer::of(&command.output().expect("the program"));
        }
        let (output, changes) = trace::run(&command).expect("strace is installed, and may look");
        trace::expect_inside(&self.0, &changes, arguments);
        Answer::of(&output)
    }

    /// Every file but git's own, with its mode.
    pub fn files(&self) -> BTreeMap<String, File> {
        files_below(&self.0)
    }

    /// Every file but git's own and the records.
    pub fn settings(&self) -> BTreeMap<String, File> {
        self.files().into_iter().filter(|(name, _)| !name.starts_with(".migrate/")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct File {
    pub bytes: Vec<u8>,
    pub mode: u32,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:o}\n{}", self.mode, String::from_utf8_lossy(&self.bytes))
    }
}

/// Every file below `folder` but those of git.
pub fn files_below(folder: &Path) -> BTreeMap<String, File> {
    let walk = walkdir::WalkDir::new(folder).into_iter().filter_entry(|entry| entry.file_name() != ".git");
    walk.map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
            (name, File { bytes: std::fs::read(entry.path()).expect("the file"), mode })
        })
        .collect()
}

/// How a run ended.
#[derive(Debug)]
pub struct Answer {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Answer {
    fn of(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n--- stdout ---\n{}\n--- stderr ---\n{}", self.stdout, self.stderr);
        self
    }
}
