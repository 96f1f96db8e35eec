//! The files that are listed are those that git names: from an index of any kind, under rules of any kind.

use std::path::Path;
use std::process::Command;

use settings_migrate::fs::{FaultFs, RealFs};
use settings_migrate::path::RepoPath;
use settings_migrate::tree::{Disk, Git, Globs, LeftOut, Reach, Tree};

use crate::command::Folder;

/// Files and the rules that meet them; some are tracked although ignored, some lie in repositories inside.
const FILES: &[(&str, &str)] = &[
    (
        ".gitignore",
        "*.log\n/build/\n!keep.log\nsecret/*\n!secret/open.env\nspaced\\ \n**/deep/*.env\n*.local\n\u{e9}.env\n",
    ),
    ("a.env", ""),
    ("a.log", ""),
    ("keep.log", ""),
    ("build/x.env", ""),
    ("src/build/x.env", ""),
    ("secret/a.env", ""),
    ("secret/open.env", ""),
    ("spaced ", ""),
    ("one/deep/b.env", ""),
    ("one/deep/two/b.env", ""),
    ("app/.gitignore", "!*.local\n/only.env\nsub/\n# a remark\n\n\\!odd.env\n"),
    ("app/c.local", ""),
    ("app/only.env", ""),
    ("app/!odd.env", ""),
    ("app/deeper/only.env", ""),
    ("app/sub/d.env", ""),
    ("app/sub/tracked.env", ""),
    ("excluded/e.env", ""),
    ("machine/f.env", ""),
    ("new/.env", ""),
    ("new/only_ignored/x.local", ""),
    ("\u{e9}.env", ""),
    ("inner/g.env", ""),
    ("z", ""),
];

const TRACKED: &[&str] = &[".gitignore", "keep.log", "src", "app/sub/tracked.env", "app/.gitignore", "z"];

fn git(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().expect("git starts");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn repository() -> Folder {
    let folder = Folder::with(FILES);
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["init", "-q", "inner"]);
    folder.write(".git/info/exclude", b"excluded/\n");
    git(folder.path(), &[&["add", "-f", "--"], TRACKED].concat());
    folder
}

fn sorted(names: &[u8]) -> Vec<String> {
    let names = names.split(|byte| *byte == 0).filter_map(|name| String::from_utf8(name.to_vec()).ok());
    let mut names: Vec<String> = names.filter(|name| RepoPath::new(name).is_ok()).collect();
    names.sort();
    names.dedup();
    names
}

/// What git itself says of the files below `root`.
fn by_git(root: &Path) -> (Vec<String>, Vec<String>) {
    let list = ["ls-files", "-z", "--others", "--exclude-standard"];
    let shared = git(root, &[&list[..], &["--cached"]].concat());
    (sorted(&shared), sorted(&git(root, &[&list[..], &["--ignored", "--directory"]].concat())))
}

fn by_us(root: &Path) -> (Vec<String>, Vec<String>) {
    let root = root.canonicalize().expect("a folder");
    let found = Git::find(&root).expect("git answers").expect("a work tree");
    let everything = Globs::new(["**"]).expect("a glob");
    let disk = Disk::open(&RealFs, &root, Some(&found), &everything, Reach::Everything).expect("a listing");
    let text = |path: &RepoPath| path.to_string();
    let shared = disk.paths().iter().filter(|path| !disk.ignored().contains(path));
    (shared.map(text).collect(), disk.ignored().iter().map(text).collect())
}

fn agree(root: &Path, about: &str) {
    let ((shared, ignored), (our_shared, our_ignored)) = (by_git(root), by_us(root));
    assert_eq!(our_shared, shared, "{about}: shared");
    // Git folds a folder of ignored files only into one name; we look into it.
    let missed: Vec<&String> = ignored.iter().filter(|name| !our_ignored.contains(name)).collect();
    assert!(missed.is_empty(), "{about}: ignored files that are missed: {missed:?}");
    for name in our_ignored.iter().filter(|name| !ignored.contains(name)) {
        git(root, &["check-ignore", "-q", "--no-index", "--", name]);
    }
}

#[test]
fn rules_of_every_kind_are_those_of_git() {
    let folder = repository();
    agree(folder.path(), "from the top");
    for below in ["app", "src", "one/deep", "new", "secret", "app/sub", "build", "excluded"] {
        agree(&folder.path().join(below), below);
    }
}

#[test]
fn an_index_of_every_kind_gives_the_same_names() {
    let folder = repository();
    let root = folder.path();
    let expected = by_us(root);
    let commands: [&[&str]; 6] = [
        &["update-index", "--index-version=4"],
        &["update-index", "--index-version=3"],
        &["update-index", "--index-version=2"],
        &["update-index", "--skip-worktree", "keep.log"],
        &["update-index", "--split-index"],
        &["update-index", "--no-split-index"],
    ];
    for command in commands {
        git(root, command);
        agree(root, &command.join(" "));
        assert_eq!(by_us(root), expected, "{command:?}");
    }
    let intent = ["add", "-f", "-N", "--", "a.log"];
    git(root, &intent);
    agree(root, "intent to add");
}

#[test]
fn conflicts_sparse_indexes_other_hashes_and_linked_work_trees_are_listed() {
    let folder = repository();
    let root = folder.path();
    let commit = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x"];
    git(root, &commit);
    let linked = folder.path().join("build/linked");
    git(root, &["worktree", "add", "-q", "--detach", &linked.to_string_lossy()]);
    std::fs::write(linked.join("excluded.env"), "").expect("written");
    agree(&linked, "a linked work tree");
    git(root, &["sparse-checkout", "init", "--cone", "--sparse-index"]);
    git(root, &["sparse-checkout", "set", "src"]);
    agree(root, "a sparse index");
    git(root, &["sparse-checkout", "disable"]);
    let (one, two) = (["hash-object", "-w", "z"], ["hash-object", "-w", ".gitignore"]);
    let id = |arguments: &[&str]| String::from_utf8(git(root, arguments)).expect("a name").trim().to_owned();
    for (stage, id) in [(1, id(&one)), (2, id(&two)), (3, id(&one))] {
        let input = format!("100644 {id} {stage}\tz\n");
        folder.write("stage", input.as_bytes());
        let shell = "git update-index --index-info < stage";
        assert!(Command::new("sh").current_dir(root).args(["-c", shell]).status().expect("sh").success());
    }
    std::fs::remove_file(root.join("stage")).expect("removed");
    agree(root, "a conflict");
    let other = Folder::with(&[("a.env", ""), ("b.env", "")]);
    git(other.path(), &["init", "-q", "--object-format=sha256"]);
    git(other.path(), &["add", "a.env"]);
    agree(other.path(), "names by another hash");
}

/// A folder that this user may not enter is named, since nobody knows what lies in it; one that git ignores is nobody's.
#[test]
fn a_folder_that_can_not_be_listed_is_named() {
    for (folder, expected) in [("one", &["one"][..]), ("one/deep", &["one/deep"]), ("build", &[]), ("excluded", &[])] {
        let repository = repository();
        let root = repository.path();
        let fs = FaultFs::new(RealFs).closed(root.join(folder));
        let git = Git::find(root).expect("git starts");
        let wanted = Globs::new(["**"]).expect("a glob");
        let disk = Disk::open(&fs, root, git.as_ref(), &wanted, Reach::Everything).expect("it is listed");
        let expected: Vec<LeftOut> = expected.iter().map(|folder| LeftOut::Folder((*folder).to_owned())).collect();
        assert_eq!(disk.left_out(), expected, "{folder}");
        let plain = Disk::open(&fs, root, None, &wanted, Reach::Everything).expect("it is listed");
        assert_eq!(plain.left_out(), [LeftOut::Folder(folder.to_owned())], "{folder}, without git");
    }
}

/// Names that are no text, or no line of it, are no paths here: those that a migration would look for are named.
#[test]
fn a_file_whose_name_is_no_text_is_told_of() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let migration = "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"config/*.toml\"\ndo = [{ set = \"a\", to = 2 }]\n";
    let folder = Folder::with(&[("migrations/v0001_a.toml", migration), ("config/a.toml", "a = 1\n")]);
    for name in [&b"config/b\xff.toml"[..], b"config/c\n.toml", b"config/d\xff.txt"] {
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), "a = 1\n").expect("the file");
    }
    let told = |when: &str| {
        let said = folder.migrate(&["up", "-n"]).expect(0).stderr;
        let named = said.matches("and the file was left out").count();
        assert!(named == 2 && said.contains("config/b\u{fffd}.toml"), "{when}: {said}");
    };
    told("without git");
    folder.git(&["init", "-q"]).expect(0);
    told("untracked");
    folder.commit();
    told("tracked");
}
