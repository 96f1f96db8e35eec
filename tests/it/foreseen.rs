//! Files that are read once for many migrations become what they become when each migration is applied alone.

use crate::command::Folder;

const FILES: [(&str, &str); 8] = [
    ("f.yaml", "s:\n  k0: a # one\n  k1: 'b'\n  k2: 3\n  k3: \"d\"\nt: [1, 2]\n"),
    ("f.json", "{\n  \"s\": {\"k0\": \"a\", \"k1\": \"b\",\n    \"k2\": 3, \"k3\": \"d\"},\n  \"t\": [1, 2]\n}\n"),
    ("f.toml", "[s]\nk0 = 'a' # one\nk1 = \"b\"\nk2 = 3\nk3 = 'd'\n[t]\nu = 1\n"),
    ("f.ini", "[s]\nk0 = a\nk1=b\nk2 = 3\nk3: d\n[t]\nu = 1\n"),
    ("f.properties", "s.k0=a\ns.k1 = b\n# two\ns.k2: 3\ns.k3 d\nt.u=1\n"),
    ("f.tf", "s {\n  k0 = \"a\" # one\n  k1 = \"b\"\n  k2 = 3\n  k3 = \"d\"\n}\nt = [1, 2]\n"),
    ("f.xml", "<s>\n  <k0>a</k0>\n  <k1>b</k1>\n  <k2>3</k2>\n  <k3>d</k3>\n</s>\n"),
    (".env", "k0=a # one\nexport k1='b'\nk2=3\nk3=\"d\"\nu=1\n"),
];
const VALUES: [&str; 8] = ["'x'", "'longer, and: with signs'", "7", "true", "'it is so'", "2.5", "'no'", "'a'"];

/// Numbers that look like chance, the same each time.
struct Chance(usize);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = (self.0 * 1_103_515_245 + 12_345) % 2_147_483_648;
        self.0 / 65_536 % limit
    }
}

/// Migrations of all the files, most of whose operations give a plain value the place of another.
fn migrations(chance: &mut Chance, count: usize) -> Vec<(String, String)> {
    let mut keys: Vec<String> = (0..4).map(|number| format!("k{number}")).collect();
    let migration = |number: usize| {
        let operations: Vec<(String, String)> = (0..1 + chance.below(3))
            .map(|step| {
                let key = keys[chance.below(keys.len())].clone();
                let value = VALUES[chance.below(VALUES.len())];
                match chance.below(12) {
                    0 => (key, "remove = \"KEY\", if_present = true".to_owned()),
                    1 => {
                        keys.push(format!("n{number}{step}"));
                        (format!("n{number}{step}"), format!("set = \"KEY\", to = {value}"))
                    }
                    _ => (key, format!("set = \"KEY\", to = {value}")),
                }
            })
            .collect();
        let done = |head: &str| {
            let each =
                operations.iter().map(|(key, what)| format!("{{ {} }}", what.replace("KEY", &format!("{head}{key}"))));
            each.collect::<Vec<_>>().join(", ")
        };
        let steps = [("f.*", done("s.")), (".env", done(""))]
            .map(|(glob, done)| format!("[[step]]\nedit = \"{glob}\"\ndo = [{done}]\n"));
        (format!("migrations/v{number:04}_m{number}.toml"), format!("schema = 1\ntitle = \"One\"\n{}", steps.concat()))
    };
    (1..=count).map(migration).collect()
}

fn folder(migrations: &[(String, String)]) -> Folder {
    let folder = Folder::with(&FILES);
    migrations.iter().for_each(|(name, text)| folder.write(name, text.as_bytes()));
    folder
}

#[test]
fn all_at_once_is_as_one_after_the_other() {
    for seed in 0..12 {
        let migrations = migrations(&mut Chance(seed * 7919 + 17), 6);
        let (together, alone) = (folder(&migrations), folder(&migrations));
        let before = together.files();
        together.migrate(&["up", "--yes"]).expect(0);
        for number in 1..=migrations.len() {
            alone.migrate(&["up", &format!("m{number}"), "--yes"]).expect(0);
        }
        let (one, other) = (together.files(), alone.files());
        for name in one.keys().chain(other.keys()).filter(|name| !name.starts_with(".migrate/local/")) {
            assert_eq!(one.get(name), other.get(name), "{seed} {name}: {migrations:?}");
        }
        together.migrate(&["down", "--to", "0", "--yes"]).expect(0);
        for (name, _) in FILES {
            assert_eq!(together.files().get(name), before.get(name), "{seed} {name}: {migrations:?}");
        }
    }
}

/// What was foreseen of a file counts for what stands under its name, and goes where it goes.
#[test]
fn whole_files_go_and_come_behind_what_was_foreseen() {
    let edit = |file: &str, value: &str| {
        format!("[[step]]\nedit = \"{file}\"\ndo = [{{ set = \"a.x\", to = \"{value}\" }}]\n")
    };
    let steps = [
        edit("a.yaml", "some longer one"),
        "[[step]]\nmove = \"a.yaml\"\nto = \"b.yaml\"\n".to_owned(),
        "[[step]]\ncreate = \"a.yaml\"\ncontent = \"b: 1\\na:\\n  x: new\\n\"\n".to_owned(),
        edit("[ab].yaml", "two"),
        "[[step]]\ndelete = \"b.yaml\"\n[[step]]\nchmod = \"a.yaml\"\nmode = \"0600\"\n".to_owned(),
        edit("a.yaml", "three"),
    ];
    let folders = [(); 2].map(|()| {
        let folder = Folder::with(&[("a.yaml", "a:\n  x: one\n  y: 2\n")]);
        for (number, step) in (1..).zip(&steps) {
            let text = format!("schema = 1\ntitle = \"One\"\n{step}");
            folder.write(&format!("migrations/v{number:04}_m{number}.toml"), text.as_bytes());
        }
        folder
    });
    let [together, alone] = &folders;
    together.migrate(&["up", "--yes"]).expect(0);
    for number in 1..=steps.len() {
        alone.migrate(&["up", &format!("m{number}"), "--yes"]).expect(0);
    }
    assert_eq!(together.settings(), alone.settings());
    assert_eq!(together.read("a.yaml"), "b: 1\na:\n  x: three\n");
    let records =
        |folder: &Folder| (1..=6).map(|n| folder.read(&format!(".migrate/applied/m{n}.toml"))).collect::<Vec<_>>();
    assert_eq!(records(together), records(alone));
}

fn readings(folder: &Folder) -> usize {
    let said = folder.migrate(&["up", "-n", "--diff", "none", "--stats"]).expect(0);
    number_of_readings(&said.stderr)
}

fn number_of_readings(said: &str) -> usize {
    let (_, rest) = said.split_once("looked at  ·  ").expect("how many were looked at");
    rest.split_once(' ').and_then(|(number, _)| number.parse().ok()).expect("a number")
}

fn twenty(file: &str, text: &str) -> Folder {
    let folder = Folder::with(&[(file, text)]);
    for number in 0..20 {
        let step = format!("[[step]]\nedit = \"{file}\"\ndo = [{{ set = \"k{number}\", to = {} }}]\n", number + 100);
        let name = format!("migrations/v{:04}_m.toml", number + 1).replace("_m", &format!("_m{number}"));
        folder.write(&name, format!("schema = 1\ntitle = \"One\"\n{step}").as_bytes());
    }
    folder
}

#[test]
fn twenty_migrations_of_a_file_read_it_twice() {
    let text: String = (0..20).map(|number| format!("k{number}: {number}\n")).collect();
    assert_eq!(readings(&twenty("a.yaml", &text)), 2);
}

#[test]
fn what_reads_otherwise_than_foreseen_is_read_after_each_edit() {
    // What is no number is not equal to itself, so that no tree with it is as foreseen.
    let text: String = (0..20).map(|number| format!("k{number}: {number}\n")).collect();
    let folder = twenty("a.yaml", &format!("{text}n: .nan\n"));
    assert!(readings(&folder) > 20);
    folder.migrate(&["up", "--yes"]).expect(0);
    let after: String = (100..120).map(|number| format!("k{}: {number}\n", number - 100)).collect();
    assert_eq!(folder.read("a.yaml"), format!("{after}n: .nan\n"));
    folder.migrate(&["down", "--to", "0", "--yes"]).expect(0);
    assert_eq!(folder.read("a.yaml"), format!("{text}n: .nan\n"));
}

#[test]
fn a_refusal_is_that_of_the_edit_itself() {
    let text: String = (0..20).map(|number| format!("k{number}: {number}\n")).collect();
    let folder = twenty("a.yaml", &text);
    let refused = "schema = 1\ntitle = \"R\"\n[[step]]\nedit = \"a.yaml\"\ndo = [{ set = \"k3.x\", to = 1 }]\n";
    folder.write("migrations/v0021_r.toml", refused.as_bytes());
    let said = folder.migrate(&["up", "--yes"]).expect(3);
    assert!(said.stderr.contains("a.yaml:4:5") && said.stderr.contains("k3: 103"), "{}", said.stderr);
    assert_eq!(folder.read("a.yaml"), text);
}

#[test]
fn many_elements_of_a_list_are_written_together_and_taken_back_together() {
    let items = |entries: &str| {
        let item = |number| format!("- n: {number}\n{entries}");
        format!("items:\n{}", (0..200).map(item).collect::<String>())
    };
    let before = items("  mode: slow\n");
    for (operation, after) in [
        ("{ set = \"items[*].mode\", to = \"fast\" }", items("  mode: fast\n")),
        ("{ set = \"items[*].tries\", to = 3, create = true }", items("  mode: slow\n  tries: 3\n")),
        ("{ rename = \"items[*].mode\", to = \"speed\" }", items("  speed: slow\n")),
        ("{ remove = \"items[*].mode\" }", items("")),
    ] {
        let folder = Folder::with(&[("a.yaml", &before)]);
        let step = format!("[[step]]\nedit = \"a.yaml\"\ndo = [{operation}]\n");
        folder.write("migrations/v0001_fast.toml", format!("schema = 1\ntitle = \"One\"\n{step}").as_bytes());
        assert_eq!(readings(&folder), 2, "{operation}");
        folder.migrate(&["up", "--yes"]).expect(0);
        assert_eq!(folder.read("a.yaml"), after);
        let verified = folder.migrate(&["verify", "--stats"]).expect(0);
        assert!(number_of_readings(&verified.stderr) < 9, "{operation}: {}", verified.stderr);
        folder.migrate(&["down", "--yes"]).expect(0);
        assert_eq!(folder.read("a.yaml"), before);
    }
}

#[test]
fn a_file_is_read_before_it_goes_elsewhere() {
    let steps = [
        "[[step]]\nedit = \"a.yaml\"\ndo = [{ set = \"x\", to = 2 }]\n",
        "[[step]]\nmove = \"a.yaml\"\nto = \"b.yaml\"\n",
    ];
    let read = |text: &str| {
        let folder = Folder::with(&[("a.yaml", text)]);
        for (number, step) in (1..).zip(steps) {
            let text = format!("schema = 1\ntitle = \"One\"\n{step}");
            folder.write(&format!("migrations/v{number:04}_m{number}.toml"), text.as_bytes());
        }
        readings(&folder)
    };
    // What reads otherwise than foreseen is noticed, so that all is read anew.
    assert!(read("x: 1\nn: .nan\n") > read("x: 1\nn: 0.5\n"));
}
