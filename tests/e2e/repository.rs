//! The fixture's copy that is migrated: a git repository whose connections all lead to the test's server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::certificates::ROLE;
use crate::scratch::{ScratchDirectory, run};

pub const DATABASE: &str = "projectx";

/// The made-up password of every connection in the fixture.
pub const PASSWORD: &str = "not-a-real-password";

pub struct Repository {
    pub path: PathBuf,
    /// An empty home folder, so that nobody's own settings reach git, libpq or the program.
    home: PathBuf,
}

/// The files of a repository without those of git.
pub struct Snapshot(BTreeMap<String, File>);

#[derive(PartialEq)]
struct File {
    contents: Vec<u8>,
    mode: u32,
    inode: u64,
    modified: SystemTime,
}

impl Repository {
    pub fn copy_fixture(scratch: &ScratchDirectory, port: u16) -> Repository {
        let repository = Repository { path: scratch.folder("repository"), home: scratch.folder("home") };
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repos/projectx");
        run(Command::new("cp").arg("-R").arg(fixture.join(".")).arg(&repository.path));
        repository.point_to_server(port);
        // A mode that git does not keep, on the file with a password.
        fs::set_permissions(repository.path.join("services/exporter/.env"), fs::Permissions::from_mode(0o600))
            .expect("the fixture has this file");
        repository.git(&["init", "--quiet"]);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message=ProjectX before TLS"]);
        repository
    }

    /// Every connection uses one role, since a repository has one client certificate.
    fn point_to_server(&self, port: u16) {
        let port = port.to_string();
        let user = format!("{ROLE}:{PASSWORD}");
        let replacements = [("db.internal", "127.0.0.1"), ("5432", port.as_str()), ("exporter:s3cret", user.as_str())];
        let mut unused: BTreeSet<&str> = replacements.iter().map(|(from, _)| *from).collect();
        for path in files_below(&self.path) {
            let mut contents = fs::read_to_string(&path).expect("the fixture is text");
            for (from, to) in replacements {
                if contents.contains(from) {
                    contents = contents.replace(from, to);
                    unused.remove(from);
                }
            }
            fs::write(&path, contents).expect("the copy is ours");
        }
        assert_eq!(unused, BTreeSet::new(), "the fixture holds what is replaced");
    }

    /// Runs the program on the repository; it has to succeed.
    pub fn migrate(&self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
        run(self.clean(&mut command).arg("-C").arg(&self.path).args(arguments));
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        run(self
            .clean(&mut command)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .arg("-C")
            .arg(&self.path)
            .args(["-c", "user.name=e2e", "-c", "user.email=e2e@projectx.example"])
            .args(arguments));
    }

    /// With `PATH` and the empty home folder as the whole environment.
    pub fn clean<'command>(&self, command: &'command mut Command) -> &'command mut Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("programs are found by PATH"))
            .env("HOME", &self.home)
            .env("LC_ALL", "C.UTF-8")
    }

    pub fn snapshot(&self) -> Snapshot {
        let files = files_below(&self.path).into_iter().map(|path| {
            let metadata = fs::metadata(&path).expect("the file was just listed");
            let file = File {
                contents: fs::read(&path).expect("the file was just listed"),
                mode: metadata.mode(),
                inode: metadata.ino(),
                modified: metadata.modified().expect("this system keeps times"),
            };
            let relative = path.strip_prefix(&self.path).expect("the file lies in the repository");
            (relative.display().to_string(), file)
        });
        Snapshot(files.collect())
    }
}

impl Snapshot {
    /// The files outside the program's own folder that differ in bytes or mode, or that only one of the two has.
    pub fn differences(&self, other: &Snapshot) -> BTreeSet<String> {
        let mut paths = self.paths_unlike(other, |one, two| one.contents == two.contents && one.mode == two.mode);
        paths.retain(|path| !path.starts_with(".migrate/"));
        paths
    }

    /// The files that were written at all, be it with the same bytes.
    pub fn written(&self, later: &Snapshot) -> BTreeSet<String> {
        self.paths_unlike(later, |one, two| one == two)
    }

    fn paths_unlike(&self, other: &Snapshot, alike: fn(&File, &File) -> bool) -> BTreeSet<String> {
        let paths = self.0.keys().chain(other.0.keys());
        paths
            .filter(|path| match (self.0.get(*path), other.0.get(*path)) {
                (Some(one), Some(two)) => !alike(one, two),
                _ => true,
            })
            .cloned()
            .collect()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let entry = entry.expect("the folder is readable");
        if entry.file_name() == ".git" {
            continue;
        }
        if entry.file_type().expect("the entry is readable").is_dir() {
            files.extend(files_below(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}
