//! What is refused or told before anything is staged: folders, space, owners, hard links, read-only files.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use settings_migrate::commit::{CommitError, Policy, Session, Site};
use settings_migrate::diagnostic::{Code, Severity};
use settings_migrate::fs::{Access, FaultFs, Fs, RealFs};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{FileChange, Place};
use settings_migrate::tree::FileState;

use crate::command::Folder;
use crate::crash::{PATIENCE, changes, lay_out, site, work};

const FINE: Access = Access { writable: true, read_only: false, free: u64::MAX, fixed: false, inherited: None };

/// Commits on a disk that claims something; the codes of the refusal, after which nothing is there.
fn refused(fs: &FaultFs<'_, RealFs>, policy: Policy) -> Vec<Code> {
    let folder = Folder::in_memory();
    lay_out(&folder);
    let before = work(&folder);
    let site = Site { policy, ..site(fs, folder.path()) };
    let (session, _) = Session::open(site, "test", PATIENCE).expect("the lock");
    let calls = fs.calls();
    let Err(error) = session.commit(&changes(), &|| false) else {
        assert_ne!(work(&folder), before);
        return Vec::new();
    };
    assert!(matches!(error, CommitError::Refused { .. }), "{error}");
    assert_eq!((fs.calls(), work(&folder)), (calls, before), "something was written");
    for diagnostic in error.diagnostics() {
        assert!(diagnostic.notes.contains(&"nothing was written".to_owned()) && !diagnostic.help.is_empty());
        assert!(!diagnostic.places.is_empty(), "{diagnostic:?}");
    }
    error.diagnostics().iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_disk_that_can_not_take_the_change_is_refused_before_it_is_tried() {
    let claim = |access| refused(&FaultFs::new(RealFs).claim(access), Policy::default());
    assert_eq!(claim(FINE), []);
    assert_eq!(claim(Access { free: 3 * 8_192, ..FINE }), [Code::NoSpace]);
    assert_eq!(claim(Access { free: 4 * 8_192, ..FINE }), []);
    // The root, `bin` in it: each folder once.
    assert_eq!(claim(Access { writable: false, ..FINE }), [Code::NotWritable; 2]);
    assert_eq!(claim(Access { read_only: true, ..FINE }), [Code::NotWritable; 2]);
}

#[test]
fn a_file_that_is_mounted_by_itself_is_written_where_it_stands_if_that_is_wanted() {
    let folder = Folder::in_memory();
    lay_out(&folder);
    let place = folder.path().join("work/a.env");
    let disk = FaultFs::new(RealFs).mounted(place.clone());
    let open = |policy| {
        let site = Site { policy, ..site(&disk, folder.path()) };
        Session::open(site, "test", PATIENCE).expect("the lock").0
    };
    let inode = || std::fs::metadata(&place).expect("the file").ino();
    let (before, stood) = (work(&folder), inode());
    let error = open(Policy::default()).commit(&changes(), &|| false).expect_err("it can not be replaced");
    let [diagnostic] = &error.diagnostics()[..] else { panic!("{error}") };
    assert!(diagnostic.code == Code::NotWritable && diagnostic.help[0].contains("--in-place"), "{diagnostic:?}");
    assert_eq!(work(&folder), before);
    let session = open(Policy { in_place: true, ..Policy::default() });
    let told = session.preflight(&changes());
    assert!(
        matches!(&told[..], [one] if one.code == Code::NotWritable && one.severity == Severity::Warning),
        "{told:?}"
    );
    session.commit(&changes(), &|| false).expect("a commit");
    assert_eq!((folder.read("work/a.env").as_str(), inode()), ("A=2\n", stood));
}

/// A real mount, where this process may make one.
#[test]
fn a_mounted_file_goes_up_and_down() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    folder.write("outside/env", b"PGHOST=db\n");
    let script = r#"mount --bind outside/env .env 2>/dev/null || exit 99
        "$0" up --only .env --set certs=/c && exit 98
        "$0" up --only .env --set certs=/c --in-place && cp outside/env up && "$0" down --in-place"#;
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_migrate")])
        .current_dir(folder.path())
        .env("GIT_CEILING_DIRECTORIES", folder.path().parent().expect("a parent"))
        .output();
    let Ok(output) = output.map_err(|error| println!("skipped: no unshare: {error}")) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(1 | 99) => return println!("skipped: nothing may be mounted here"),
        code => panic!("{code:?}: {said}"),
    }
    assert!(said.contains("error[M0608]") && said.contains("warning[M0608]"), "{said}");
    assert!(folder.read("up").contains("PGSSLMODE=require\n"));
    assert_eq!(folder.read("outside/env"), "PGHOST=db\n");
}

#[test]
fn an_owner_that_can_not_be_kept_is_refused_unless_that_is_wanted() {
    let disk = || FaultFs::new(RealFs).without_owner();
    assert_eq!(refused(&disk(), Policy::default()), [Code::OwnerLost; 3]);
    assert_eq!(refused(&disk(), Policy { owner_change: true, ..Policy::default() }), []);
}

#[test]
fn hard_links_are_told_before_they_part() {
    let start = || {
        let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
        std::fs::hard_link(folder.path().join(".env"), folder.path().join("other")).expect("a link");
        folder
    };
    let folder = start();
    let plan = folder.migrate(&["plan", "--set", "certs=/c"]).expect(0);
    assert!(plan.stderr.contains("warning[M0206]: `.env` is one of 2 hard links"), "{}", plan.stderr);
    let answer = folder.migrate(&["up", "--set", "certs=/c", "--hardlinks=refuse"]).expect(3);
    for words in ["error[M0206]", ".env", "nothing was written", "--hardlinks=break"] {
        assert!(answer.stderr.contains(words), "`{words}` is not in\n{}", answer.stderr);
    }
    assert_eq!(folder.read(".env"), "PGHOST=db\n");
    let approved = folder.migrate(&["plan", "--set", "certs=/c", "--hardlinks=refuse"]).expect(0).stdout;
    assert!(approved.contains("up --hardlinks=refuse --expect"), "{approved}");
    let answer = folder.migrate(&["up", "--set", "certs=/c", "--format", "json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    assert_eq!(json["diagnostics"][0]["code"], "M0206");
    assert_ne!(folder.read(".env"), "PGHOST=db\n");
    assert_eq!(folder.read("other"), "PGHOST=db\n");
    folder.migrate(&["down", "--hardlinks=refuse"]).expect(0);
}

#[test]
fn a_read_only_file_is_changed_where_that_is_wanted() {
    let folder = Folder::repository(&[(".env", "PGHOST=db\n")]);
    let path = folder.path().join(".env");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).expect("the mode");
    let old = folder.settings();
    let answer = folder.migrate(&["up", "--set", "certs=/c"]).expect(3);
    assert!(answer.stderr.contains("M0203") && answer.stderr.contains("--force-readonly"), "{}", answer.stderr);
    folder.migrate(&["up", "--set", "certs=/c", "--force-readonly"]).expect(0);
    assert_eq!(folder.files()[".env"].mode, 0o444);
    folder.migrate(&["down"]).expect(3);
    folder.migrate(&["down", "--force-readonly"]).expect(0);
    assert!(folder.settings().get(".env") == old.get(".env"));
}

/// The real thing, as a user who is nobody.
#[test]
fn another_user_meets_the_same_refusals() {
    let nobody = |folder: &Folder, arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_migrate")]);
        command.args(arguments).current_dir(folder.path()).env("GIT_CEILING_DIRECTORIES", folder.path());
        command.env("MIGRATE_SAFE_DIRECTORY", folder.path());
        command.output()
    };
    let folder = Folder::with(&[(".env", "PGHOST=db\n")]);
    let allow =
        |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).expect("the mode");
    allow(0o777);
    let is_root = std::fs::metadata(folder.path()).expect("the folder").uid() == 0;
    if !is_root || !nobody(&folder, &["--version"]).is_ok_and(|output| output.status.success()) {
        return println!("skipped: this test needs root, setpriv, and a program that anybody may run");
    }
    let run = |arguments: &[&str]| {
        let output = nobody(&folder, arguments).expect("the program");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&["up", "--set", "certs=/c"]);
    assert!(code == 3 && said.contains("M0207") && said.contains("--allow-owner-change"), "{code}: {said}");
    assert_eq!(folder.read(".env"), "PGHOST=db\n");
    let (code, said) = run(&["up", "--set", "certs=/c", "--allow-owner-change"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(std::fs::metadata(folder.path().join(".env")).expect("the file").uid(), 65534);
    allow(0o555);
    let (code, said) = run(&["down"]);
    assert!(code == 4 && said.contains("M0608") && said.contains("chmod u+w"), "{code}: {said}");
    allow(0o777);
    assert_eq!(run(&["down"]).0, 0);
    assert_eq!(folder.read(".env"), "PGHOST=db\n");
}

/// In a folder that gives its group to new files a new file is staged, and gets it.
#[test]
fn a_new_file_has_the_group_of_a_folder_that_gives_it() {
    let folder = Folder::new();
    lay_out(&folder);
    let records = folder.path().join("work/.migrate/applied");
    std::fs::create_dir_all(&records).expect("a folder");
    if std::os::unix::fs::chown(&records, None, Some(12_345)).is_err() {
        return println!("skipped: only root gives a folder to another group");
    }
    std::fs::set_permissions(&records, std::fs::Permissions::from_mode(0o2755)).expect("the mode");
    let (session, _) = Session::open(site(&RealFs, folder.path()), "test", PATIENCE).expect("the lock");
    session.commit(&changes(), &|| false).expect("a commit");
    assert_eq!(std::fs::metadata(records.join("x.toml")).expect("the record").gid(), 12_345);
    assert_eq!(std::fs::read_dir(&records).expect("the folder").count(), 1, "a staged file is left over");
}

/// A default access list as Linux keeps it, of tags and permissions; a named user is number 12345.
fn access_list(entries: &[(u16, u16)]) -> Vec<u8> {
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permissions) in entries {
        let number: u32 = if matches!(tag, 0x02 | 0x08) { 12_345 } else { u32::MAX };
        list.extend(tag.to_le_bytes().into_iter().chain(permissions.to_le_bytes()).chain(number.to_le_bytes()));
    }
    list
}

/// Mode and access list of what lies at `path`.
fn rights(path: &std::path::Path) -> (u32, Vec<u8>) {
    let mut list = Vec::with_capacity(4096);
    let _ = rustix::fs::getxattr(path, "system.posix_acl_access", rustix::buffer::spare_capacity(&mut list));
    (std::fs::metadata(path).expect("the file").mode() & 0o7777, list)
}

/// In a folder with a default access list a new file, and a new folder with it, get what the system gives one that is
/// made there.
#[test]
fn a_new_file_has_the_access_list_that_its_folder_gives() {
    let lists: [(&str, &[(u16, u16)]); 4] = [
        ("a colleague writes", &[(0x01, 7), (0x02, 7), (0x04, 5), (0x10, 7), (0x20, 0)]),
        ("a colleague reads", &[(0x01, 6), (0x02, 4), (0x04, 0), (0x10, 4), (0x20, 4)]),
        ("nobody else", &[(0x01, 7), (0x04, 0), (0x20, 0)]),
        ("everybody", &[(0x01, 7), (0x04, 7), (0x20, 7)]),
    ];
    for (who, entries) in lists {
        let folder = Folder::new();
        lay_out(&folder);
        let records = folder.path().join("work/.migrate");
        std::fs::create_dir(&records).expect("a folder");
        let flags = rustix::fs::XattrFlags::empty();
        if rustix::fs::setxattr(&records, "system.posix_acl_default", &access_list(entries), flags).is_err() {
            return println!("skipped: this file system has no access lists");
        }
        std::fs::create_dir(records.join("plain")).expect("a folder");
        std::fs::write(records.join("plain/x.toml"), "x").expect("a file");
        let (session, _) = Session::open(site(&RealFs, folder.path()), "test", PATIENCE).expect("the lock");
        session.commit(&changes(), &|| false).expect("a commit");
        for name in ["", "x.toml"] {
            let (ours, plain) = (records.join("applied").join(name), records.join("plain").join(name));
            assert_eq!(rights(&ours), rights(&plain), "{who}: {}", ours.display());
        }
        assert_eq!(std::fs::read_dir(&records).expect("the folder").count(), 2, "a staged file is left over");
    }
}

/// What is meant to be private is not opened by the folder it lies in.
#[test]
fn a_private_new_file_stays_private_below_an_open_access_list() {
    let folder = Folder::new();
    folder.write("work/a.env", b"A=1\n");
    let list = access_list(&[(0x01, 7), (0x04, 7), (0x20, 7)]);
    let flags = rustix::fs::XattrFlags::empty();
    if rustix::fs::setxattr(folder.path().join("work"), "system.posix_acl_default", &list, flags).is_err() {
        return println!("skipped: this file system has no access lists");
    }
    let place = Place::Repository(RepoPath::new("key.pem").expect("a path"));
    let after = Some(FileState::new(b"x".to_vec(), 0o600));
    let (session, _) = Session::open(site(&RealFs, folder.path()), "test", PATIENCE).expect("the lock");
    session.commit(&[FileChange { place, before: None, after }], &|| false).expect("a commit");
    assert_eq!(rights(&folder.path().join("work/key.pem")).0, 0o600);
}

/// On a disk where capitals do not count: what is refused, by which names.
#[test]
fn names_that_a_disk_takes_for_one_are_refused() {
    let new = |name: &str| FileChange {
        place: Place::Repository(RepoPath::new(name).expect("a path")),
        before: None,
        after: Some(FileState::new(b"A=1\n".to_vec(), 0o644)),
    };
    let cases: [(&[&str], &[&str]); 8] = [
        (&["new.env"], &[]),
        (&["app.env"], &["`app.env` would change, but `App.env` is there"]),
        (&["CONF/new.env"], &["`CONF/new.env` would change, but `conf` is there"]),
        (&["conf/B.toml"], &["`conf/B.toml` would change, but `conf/b.toml` is there"]),
        (&["x.env", "X.env"], &["`X.env` would change, but `x.env` would be new, too"]),
        (&["deep/er/x.env", "deep/er/X.env"], &["`deep/er/X.env` would change, but `deep/er/x.env` would be new, too"]),
        (&["conf/é.env", "conf/É.env"], &["`conf/É.env` would change, but `conf/é.env` would be new, too"]),
        (&["one.env", "two.env"], &[]),
    ];
    for (names, expected) in cases {
        let folder = Folder::new();
        for name in ["App.env", "conf/b.toml"] {
            folder.write(&format!("work/{name}"), b"A=1\n");
        }
        let changes: Vec<FileChange> = names.iter().map(|name| new(name)).collect();
        let try_on = |fs: &dyn Fs| {
            let (session, _) = Session::open(site(fs, folder.path()), "test", PATIENCE).expect("the lock");
            session.preflight(&changes)
        };
        let told = try_on(&FaultFs::new(RealFs).folding_names());
        let said: Vec<&str> =
            told.iter().map(|one| one.message.split(", and this disk").next().unwrap_or("")).collect();
        assert_eq!(said, expected);
        assert!(told.iter().all(|one| one.code == Code::SameName && one.help[0].contains("--except")));
        // A disk that tells them apart takes them all.
        assert_eq!(try_on(&RealFs), [], "{names:?}");
    }
}
