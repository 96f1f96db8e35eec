//! `check --since`: what a branch breaks is found, and what it does not concern is not asked.

use crate::command::Folder;

fn migration(file: &str, key: &str) -> String {
    let example = file.replace('*', "");
    format!(
        "schema = 1\ntitle = \"{key}\"\n[[step]]\nedit = \"{file}\"\ndo = [{{ set = \"{key}\", to = 2 }}]\n\
             [[case]]\nname = \"one\"\nfile = \"{example}\"\nbefore = \"{key}: 1\\n\"\nafter = \"{key}: 2\\n\"\n"
    )
}

/// Two migrations, applied and on `main`, and a branch that starts there.
fn start() -> Folder {
    let (one, two) = (migration("config/a*.yaml", "port"), migration("config/b.yaml", "size"));
    let folder = Folder::repository(&[
        ("migrations/v0001_port.toml", &one),
        ("migrations/v0002_size.toml", &two),
        ("config/a.yaml", "port: 1\n"),
        ("config/b.yaml", "size: 1\n"),
    ]);
    folder.migrate(&["up"]).expect(0);
    folder.commit();
    folder.git(&["checkout", "-q", "-b", "branch"]).expect(0);
    folder
}

/// What a branch does, and what is found of it.
type Work<'w> = (&'w str, &'w dyn Fn(&Folder), &'w str);

#[test]
fn what_a_branch_breaks_is_found() {
    let remove = |folder: &Folder, name: &str| std::fs::remove_file(folder.path().join(name)).expect("the file");
    let works: [Work<'_>; 6] = [
        ("a setting put back by hand", &|folder| folder.write("config/a.yaml", b"port: 1\n"), "M0406"),
        ("a migration deleted", &|folder| remove(folder, "migrations/v0001_port.toml"), "M0412"),
        ("a record deleted", &|folder| remove(folder, ".migrate/applied/port.toml"), "applied/port.toml"),
        ("a new target", &|folder| folder.write("config/a2.yaml", b"port: 1\n"), "M0604"),
        ("a file deleted", &|folder| remove(folder, "config/a.yaml"), "M0406"),
        (
            "an applied migration edited",
            &|folder| folder.write("migrations/v0001_port.toml", migration("config/a*.yaml", "gate").as_bytes()),
            "M0401",
        ),
    ];
    for (what, work, code) in works {
        for committed in [true, false] {
            let folder = start();
            work(&folder);
            if committed {
                folder.commit();
            }
            let whole = folder.migrate(&["check"]);
            let since = folder.migrate(&["check", "--since", "main"]);
            assert_eq!(since.code, whole.code, "{what}\n{}", since.stdout);
            assert!(whole.code == 0 || since.stdout.contains(code), "{what}\n{}", since.stdout);
            assert!(!since.stdout.contains("v0002"), "{what}\n{}", since.stdout);
        }
    }
}

#[test]
fn what_main_had_is_not_asked_and_not_counted() {
    let folder = start();
    let main = |folder: &Folder| {
        folder.write("config/b.yaml", b"size: 1\n");
        folder.commit();
    };
    folder.git(&["checkout", "-q", "main"]).expect(0);
    main(&folder);
    folder.git(&["checkout", "-q", "-b", "other"]).expect(0);
    folder.write("notes.txt", b"x\n");
    folder.commit();
    folder.migrate(&["check"]).expect(1);
    let none = folder.migrate(&["check", "--since", "main"]).expect(0).stdout;
    for row in ["lint      0 migration files", "history   0 records", "drift     0 applied"] {
        assert!(none.contains(row), "{none}");
    }
    folder.write("config/a.yaml", b"# more\nport: 2\n");
    let one = folder.migrate(&["check", "--since", "main"]).expect(0).stdout;
    for row in ["lint      0 migration files", "history   1 record ", "drift     1 applied"] {
        assert!(one.contains(row), "{one}");
    }
}
