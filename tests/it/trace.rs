//! What a run of the real program makes or changes, as strace sees it.
//!
//! With `TRACE=1` in the environment every run of the program in these tests is looked at: what it makes or changes must
//! lie in the folder of its test, in the state folder, or be a report where the command line wants it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::command::Folder;

/// One system call that makes or changes something, with what it names.
pub struct Change {
    pub call: String,
    pub paths: Vec<PathBuf>,
}

/// Whether every run is to be looked at.
pub fn is_wanted() -> bool {
    std::env::var_os("TRACE").is_some()
}

/// Runs the command under strace; `None` where there is none, or it may not look.
pub fn run(command: &Command) -> Option<(Output, Vec<Change>)> {
    let log = Folder::new();
    let file = log.path().join("calls");
    let mut strace = Command::new(strace_here()?);
    strace.args(["-f", "--seccomp-bpf", "-y", "-qq", "-s", "4096", "-e", "trace=%file,%desc", "-o"]).arg(&file);
    strace.arg(command.get_program()).args(command.get_args()).env_clear();
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let start = command.get_current_dir().expect("every command says where it runs");
    let output = strace.current_dir(start).output().ok()?;
    if String::from_utf8_lossy(&output.stderr).contains("strace: ") || !file.exists() {
        return None;
    }
    let log = String::from_utf8_lossy(&std::fs::read(&file).expect("the log")).into_owned();
    Some((output, log.lines().filter_map(|line| change(start, line)).collect()))
}

/// Where strace is by our own environment: the one of the command may have another `PATH`.
fn strace_here() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("strace")).find(|program| program.is_file())
}

/// Fails where a change is none that a run with these arguments in `folder` may make.
pub fn expect_inside(folder: &Path, changes: &[Change], arguments: &[&str]) {
    for change in changes {
        for path in &change.paths {
            let fine = is_inside(folder, path) || is_report(arguments, path);
            assert!(fine, "`migrate {arguments:?}` made {} of {}", change.call, path.display());
        }
    }
}

/// In git's own folder, wherever it is, only the state; in the one of the test also what git keeps for a conflict.
fn is_inside(folder: &Path, path: &Path) -> bool {
    let mut parts = path.components().skip_while(|part| part.as_os_str() != ".git").skip(1);
    match parts.next() {
        None => path.starts_with(folder) || path == Path::new("/dev/null") || path == Path::new("/dev/tty"),
        Some(first) if first.as_os_str() == "objects" || first.as_os_str().to_string_lossy().starts_with("index") => {
            path.starts_with(folder)
        }
        Some(first) => first.as_os_str() == "migrate" || parts.any(|part| part.as_os_str() == "migrate"),
    }
}

/// `--report NAME=FILE` and `--report=NAME=FILE` write beside the file first.
fn is_report(arguments: &[&str], path: &Path) -> bool {
    let wanted = arguments.iter().filter_map(|argument| argument.rsplit_once('=')).map(|(_, file)| Path::new(file));
    wanted.into_iter().any(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let found = path.file_name().unwrap_or_default().to_string_lossy();
        file.parent() == path.parent() && (found == name || found.starts_with(&format!(".{name}.migrate-")))
    })
}

/// Reads one line: `PID openat(3</a>, "b", O_RDWR|O_CREAT) = 4</a/b>`.
fn change(start: &Path, line: &str) -> Option<Change> {
    let call = line.split_once(' ')?.1.trim_start();
    let (name, arguments) = call.split_once('(')?;
    let writes = match name {
        "open" | "openat" | "openat2" | "creat" => {
            ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| arguments.contains(flag))
        }
        "mkdir" | "mkdirat" | "rename" | "renameat" | "renameat2" | "link" | "linkat" | "symlink" | "symlinkat"
        | "unlink" | "unlinkat" | "rmdir" | "chmod" | "fchmod" | "fchmodat" | "chown" | "lchown" | "fchown"
        | "fchownat" | "truncate" | "ftruncate" | "fallocate" | "mknod" | "mknodat" | "utimensat" | "setxattr"
        | "lsetxattr" | "fsetxattr" => true,
        _ => false,
    };
    if !writes || line.contains(" = -1 ") {
        return None;
    }
    let mut paths = Vec::new();
    let mut folder = start.to_owned();
    // Of a call that others overtake the end comes later, on a line of its own.
    let arguments = arguments.strip_suffix(" <unfinished ...>").unwrap_or(arguments);
    let mut rest = arguments.split(") = ").next().unwrap_or(arguments);
    // A descriptor comes with its path in angle brackets, and a name in quotes belongs to the one before it.
    while let Some(at) = rest.find(['<', '"']) {
        let end = if rest.as_bytes()[at] == b'<' { '>' } else { '"' };
        let (text, after) = rest[at + 1..].split_once(end)?;
        if end == '>' {
            folder = PathBuf::from(text);
        } else {
            paths.push(folder.join(text));
        }
        rest = after;
    }
    if paths.is_empty() {
        paths.push(folder);
    }
    Some(Change { call: name.to_owned(), paths })
}

#[test]
fn a_change_outside_is_told_from_one_inside() {
    let folder = Path::new("/tmp/a");
    for (path, inside) in [
        ("/tmp/a/.env", true),
        ("/tmp/a/.git/migrate/_/lock", true),
        ("/tmp/a/.git/worktrees/b/migrate/_/lock", true),
        ("/tmp/a/.git/index.lock", true),
        ("/dev/null", true),
        ("/tmp/b/.git/worktrees/a/migrate/_/lock", true),
        ("/tmp/a/.git/objects/ab/cd", true),
        ("/tmp/b/.git/objects/ab/cd", false),
        ("/tmp/a/.git/config", false),
        ("/tmp/a/.git/hooks/pre-commit", false),
        ("/tmp/ab", false),
        ("/tmp/a/.git", true),
        ("/home/me/.cache/migrate", false),
    ] {
        assert_eq!(is_inside(folder, Path::new(path)), inside, "{path}");
    }
    let made = |line| change(folder, line).map(|change| change.paths);
    let renamed = "12 renameat2(3</tmp/a>, \"b\", 4</tmp/c>, \"d\", RENAME_EXCHANGE) = 0";
    assert_eq!(made(renamed), Some(vec![PathBuf::from("/tmp/a/b"), PathBuf::from("/tmp/c/d")]));
    assert_eq!(made("12 mkdir(\"b\", 0777) = 0"), Some(vec![PathBuf::from("/tmp/a/b")]));
    assert_eq!(made("12 openat(AT_FDCWD</tmp>, \"x\", O_RDONLY) = 3</tmp/x>"), None);
    assert_eq!(made("12 unlink(\"/x\") = -1 ENOENT (No such file or directory)"), None);
    let cut = "12 fchmod(5</tmp/a/b>, 0644 <unfinished ...>";
    assert_eq!(made(cut), Some(vec![PathBuf::from("/tmp/a/b")]));
    assert_eq!(made("12 <... fchmod resumed>) = 0"), None);
    let arguments = ["plan", "--report", "patch=/r/p.patch"];
    assert!(
        is_report(&arguments, Path::new("/r/.p.patch.migrate-12")) && is_report(&arguments, Path::new("/r/p.patch"))
    );
    assert!(is_report(&["plan", "--report=patch=/r/p.patch"], Path::new("/r/p.patch")));
    assert!(!is_report(&arguments, Path::new("/r/q.patch")) && !is_report(&arguments, Path::new("/p.patch")));
}
