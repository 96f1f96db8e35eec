//! Elements of lists, and names that stand several times: found again whatever comes and goes around them.

use crate::command::Folder;

/// A file, the operations of a migration on it, a later edit of what it wrote, and the file once it is taken back.
struct Case {
    file: &'static str,
    text: &'static str,
    operations: &'static str,
    edit: (&'static str, &'static str),
    after: &'static str,
}

const CASES: [Case; 14] = [
    Case {
        file: "named_element.yaml",
        text: "c:\n- name: api\n  n: 1\n- name: worker\n  n: 1\n",
        operations: "{ set = \"c[name=worker].n\", to = 3 }",
        edit: ("c:\n", "c:\n- name: proxy\n  n: 3\n"),
        after: "c:\n- name: proxy\n  n: 3\n- name: api\n  n: 1\n- name: worker\n  n: 1\n",
    },
    Case {
        file: "added_key.yaml",
        text: "c:\n- name: api\n- name: worker\n",
        operations: "{ set = \"c[name=api].pull\", to = \"Always\", create = true }",
        edit: ("c:\n", "c:\n- name: proxy\n  pull: Always\n"),
        after: "c:\n- name: proxy\n  pull: Always\n- name: api\n- name: worker\n",
    },
    Case {
        file: "swapped.yaml",
        text: "c:\n- name: api\n  n: 1\n- name: worker\n  n: 3\n",
        operations: "{ set = \"c[name=api].n\", to = 3 }",
        edit: ("- name: api\n  n: 3\n- name: worker\n  n: 3\n", "- name: worker\n  n: 3\n- name: api\n  n: 3\n"),
        after: "c:\n- name: worker\n  n: 3\n- name: api\n  n: 1\n",
    },
    Case {
        file: "taken_out.yaml",
        text: "c:\n- name: api\n  n: 3\n- name: worker\n  n: 1\n- name: cron\n  n: 3\n",
        operations: "{ set = \"c[name=worker].n\", to = 3 }",
        edit: ("- name: api\n  n: 3\n", ""),
        after: "c:\n- name: worker\n  n: 1\n- name: cron\n  n: 3\n",
    },
    Case {
        file: "by_a_value_that_no_other_has.json",
        text: "{\"a\": [{\"host\": \"x\", \"v\": 2}, {\"host\": \"y\", \"v\": 2}]}\n",
        operations: "{ set = \"a[1].v\", to = 3 }",
        edit: ("[{", "[{\"host\": \"z\", \"v\": 3}, {"),
        after: "{\"a\": [{\"host\": \"z\", \"v\": 3}, {\"host\": \"x\", \"v\": 2}, {\"host\": \"y\", \"v\": 2}]}\n",
    },
    Case {
        file: "a_name_that_others_have_too.yaml",
        text: "c:\n- name: s\n  host: a\n  n: 1\n- name: s\n  host: b\n  n: 1\n",
        operations: "{ set = \"c[host=b].n\", to = 3 }",
        edit: ("c:\n", "c:\n- name: s\n  host: z\n  n: 3\n"),
        after: "c:\n- name: s\n  host: z\n  n: 3\n- name: s\n  host: a\n  n: 1\n- name: s\n  host: b\n  n: 1\n",
    },
    Case {
        file: "tables.toml",
        text: "[[srv]]\nname = \"a\"\nport = 1\n\n[[srv]]\nname = \"b\"\nport = 1\n",
        operations: "{ set = \"srv[name=b].port\", to = 2 }",
        edit: ("[[srv]]\nname = \"a\"", "[[srv]]\nname = \"c\"\nport = 2\n\n[[srv]]\nname = \"a\""),
        after: "[[srv]]\nname = \"c\"\nport = 2\n\n[[srv]]\nname = \"a\"\nport = 1\n\n[[srv]]\nname = \"b\"\nport = 1\n",
    },
    Case {
        file: "documents.yaml",
        text: "kind: A\nn: 1\n---\nkind: B\nn: 1\n",
        operations: "{ set = \"n\", to = 2, doc = 1 }",
        edit: ("kind: A\n", "kind: C\nn: 2\n---\nkind: A\n"),
        after: "kind: C\nn: 2\n---\nkind: A\nn: 1\n---\nkind: B\nn: 1\n",
    },
    Case {
        file: "elements.xml",
        text: "<c>\n  <s name=\"a\"><n>1</n></s>\n  <s name=\"b\"><n>1</n></s>\n</c>\n",
        operations: "{ set = \"c.s[1].n\", to = \"2\" }",
        edit: ("<c>\n", "<c>\n  <s name=\"z\"><n>2</n></s>\n"),
        after: "<c>\n  <s name=\"z\"><n>2</n></s>\n  <s name=\"a\"><n>1</n></s>\n  <s name=\"b\"><n>1</n></s>\n</c>\n",
    },
    Case {
        file: "blocks.tf",
        text: "r {\n  rule {\n    port = 1\n    open = false\n  }\n  rule {\n    port = 2\n    open = false\n  }\n}\n",
        operations: "{ set = \"r.rule[1].open\", to = true }",
        edit: ("r {\n", "r {\n  rule {\n    port = 3\n    open = true\n  }\n"),
        after: "r {\n  rule {\n    port = 3\n    open = true\n  }\n  rule {\n    port = 1\n    open = false\n  }\n  rule {\n    port = 2\n    open = false\n  }\n}\n",
    },
    Case {
        file: "calls.py",
        text: "c = connect(host='a', mode='x')\nd = connect(host='b', mode='x')\n",
        operations: "{ set = \"connect()#2.mode\", to = \"y\" }",
        edit: ("c = ", "n = connect(host='n', mode='y')\nc = "),
        after: "n = connect(host='n', mode='y')\nc = connect(host='a', mode='x')\nd = connect(host='b', mode='x')\n",
    },
    Case {
        file: "removed.yaml",
        text: "c:\n- name: api\n  pull: a\n  n: 1\n- name: worker\n  pull: a\n  n: 1\n",
        operations: "{ remove = \"c[name=worker].pull\" }",
        edit: ("c:\n", "c:\n- name: proxy\n  n: 1\n"),
        after: "c:\n- name: proxy\n  n: 1\n- name: api\n  pull: a\n  n: 1\n- name: worker\n  pull: a\n  n: 1\n",
    },
    Case {
        file: "renamed.yaml",
        text: "c:\n- name: api\n  old: 1\n- name: worker\n  old: 1\n",
        operations: "{ rename = \"c[name=worker].old\", to = \"new\" }",
        edit: ("c:\n", "c:\n- name: proxy\n  new: 1\n"),
        after: "c:\n- name: proxy\n  new: 1\n- name: api\n  old: 1\n- name: worker\n  old: 1\n",
    },
    Case {
        file: "moved_by_the_migration_itself.yaml",
        text: "c:\n- name: api\n  n: 1\n",
        operations: "{ set = \"c[name=api].n\", to = 3 }, { prepend = \"c\", value = { name = \"q\", n = 3 } }",
        edit: ("c:\n", "c: # all\n"),
        after: "c: # all\n- name: api\n  n: 1\n",
    },
];

fn applied(file: &str, text: &str, operations: &str) -> Folder {
    let migration = format!("schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"{file}\"\ndo = [{operations}]\n");
    let folder = Folder::repository(&[("migrations/v0001_m.toml", &migration), (file, text)]);
    folder.migrate(&["up"]).expect(0);
    folder
}

#[test]
fn what_was_changed_in_one_of_several_is_found_again() {
    for case in CASES {
        taken_back(&case);
    }
}

fn taken_back(Case { file, text, operations, edit: (from, to), after }: &Case) {
    let folder = applied(file, text, operations);
    let written = folder.read(file);
    assert!(written.contains(from), "{file}\n{written}");
    folder.write(file, written.replacen(from, to, 1).as_bytes());
    let verified = folder.migrate(&["verify"]);
    assert_eq!(verified.code, 0, "{file}\n{}{}", verified.stdout, folder.read(file));
    let down = folder.migrate(&["down"]);
    assert_eq!(down.code, 0, "{file}\n{}{}", down.stdout, down.stderr);
    assert_eq!(folder.read(file), *after, "{file}\n{}", down.stdout);
}

/// Elements that were taken out, and the list as people left it since: each comes back behind the one that it stood behind.
const TAKEN_OUT: [Case; 19] = [
    Case {
        file: "neighbours_went.yaml",
        text: "c:\n  - a\n  - b\n  - out\n  - d\n",
        operations: "{ remove = \"c[2]\" }",
        edit: ("  - a\n  - b\n  - d\n", "  - b\n  - d\n"),
        after: "c:\n  - b\n  - out\n  - d\n",
    },
    Case {
        file: "others_came.json",
        text: "{\"c\": [\"a\", \"b\", \"out\", \"d\"]}\n",
        operations: "{ remove = \"c[2]\" }",
        edit: ("\"a\", ", "\"x\", \"y\", \"a\", "),
        after: "{\"c\": [\"x\", \"y\", \"a\", \"b\", \"out\", \"d\"]}\n",
    },
    Case {
        file: "settings.py",
        text: "MIDDLEWARE = [\n    'a.First',\n    'a.Out',\n    'a.Second',\n    'a.OutToo',\n    'a.Last',\n]\n",
        operations: "{ remove = \"MIDDLEWARE[1]\" }, { remove = \"MIDDLEWARE[2]\" }",
        edit: ("    'a.First',\n", "    'b.New',\n    'b.Newer',\n    'a.First',\n"),
        after: "MIDDLEWARE = [\n    'b.New',\n    'b.Newer',\n    'a.First',\n    'a.Out',\n    'a.Second',\n    'a.OutToo',\n    'a.Last',\n]\n",
    },
    Case {
        file: "the_nearest_went_too.yaml",
        text: "c:\n- name: a\n- name: b\n- name: out\n- name: d\n",
        operations: "{ remove = \"c[name=out]\" }",
        edit: ("- name: a\n- name: b\n", "- name: x\n- name: y\n- name: a\n"),
        after: "c:\n- name: x\n- name: y\n- name: a\n- name: out\n- name: d\n",
    },
    Case {
        file: "tables.toml",
        text: "[[s]]\nname = \"a\"\n\n[[s]]\nname = \"out\"\n\n[[s]]\nname = \"d\"\n",
        operations: "{ remove = \"s[name=out]\" }",
        edit: ("[[s]]\nname = \"a\"\n", "[[s]]\nname = \"x\"\n\n[[s]]\nname = \"a\"\n"),
        after: "[[s]]\nname = \"x\"\n\n[[s]]\nname = \"a\"\n\n[[s]]\nname = \"out\"\n\n[[s]]\nname = \"d\"\n",
    },
    Case {
        file: "added_by_the_migration_itself.yaml",
        text: "c:\n  - a\n  - out\n  - d\n",
        operations: "{ remove = \"c[1]\" }, { prepend = \"c\", value = \"first\" }",
        edit: ("  - a\n", "  - x\n  - y\n  - a\n"),
        after: "c:\n  - x\n  - y\n  - a\n  - out\n  - d\n",
    },
    Case {
        file: "two_side_by_side.yaml",
        text: "c:\n- name: a\n- name: out1\n  old: true\n- name: out2\n  old: true\n- name: d\n",
        operations: "{ remove = \"c[?@.old == true]\" }",
        edit: ("c:\n", "c:\n- name: x\n"),
        after: "c:\n- name: x\n- name: a\n- name: out1\n  old: true\n- name: out2\n  old: true\n- name: d\n",
    },
    Case {
        file: "two_side_by_side_at_the_end.json",
        text: "{\"c\": [\"a\", \"out1\", \"out2\"]}\n",
        operations: "{ remove = \"c[1]\" }, { remove = \"c[1]\" }",
        edit: ("[\"a\"", "[\"x\", \"a\""),
        after: "{\"c\": [\"x\", \"a\", \"out1\", \"out2\"]}\n",
    },
    Case {
        file: "behind_one_without_a_name.yaml",
        text: "steps:\n- name: build\n- uses: x/y@v4\n- name: out\n- name: d\n",
        operations: "{ remove = \"steps[name=out]\" }",
        edit: ("steps:\n", "steps: # all\n"),
        after: "steps: # all\n- name: build\n- uses: x/y@v4\n- name: out\n- name: d\n",
    },
    Case {
        file: "last_behind_one_without_a_name.yaml",
        text: "steps:\n- name: build\n- uses: x/y@v4\n- name: out\n",
        operations: "{ remove = \"steps[name=out]\" }",
        edit: ("steps:\n", "steps:\n- name: first\n"),
        after: "steps:\n- name: first\n- name: build\n- uses: x/y@v4\n- name: out\n",
    },
    Case {
        file: "behind_one_of_two_equals.json",
        text: "{\"c\": [\"--a\", \"x\", \"--b\", \"x\", \"--out\", \"--d\"]}\n",
        operations: "{ remove = \"c[4]\" }",
        edit: ("[", "[\"--first\", "),
        after: "{\"c\": [\"--first\", \"--a\", \"x\", \"--b\", \"x\", \"--out\", \"--d\"]}\n",
    },
    Case {
        file: "behind_one_that_is_there_twice_by_now.yaml",
        text: "c:\n- a\n- b\n- out\n- d\n",
        operations: "{ remove = \"c[2]\" }",
        edit: ("- d\n", "- d\n- b\n"),
        after: "c:\n- a\n- b\n- out\n- d\n- b\n",
    },
    Case {
        file: "the_one_before_it_went.yaml",
        text: "c:\n  - a\n  - out\n  - last\n",
        operations: "{ remove = \"c[1]\" }",
        edit: ("  - a\n", ""),
        after: "c:\n  - out\n  - last\n",
    },
    Case {
        file: "others_took_the_place_of_the_one_before_it.py",
        text: "M = [\n    'security',\n    'out',\n    'sessions',\n]\n",
        operations: "{ remove = \"M[1]\" }",
        edit: ("    'security',\n", "    'a',\n    'b',\n    'c',\n"),
        after: "M = [\n    'a',\n    'b',\n    'c',\n    'out',\n    'sessions',\n]\n",
    },
    Case {
        file: "the_one_before_it_is_called_otherwise.yaml",
        text: "c:\n- a\n- b\n- out\n",
        operations: "{ remove = \"c[2]\" }",
        edit: ("- b\n", "- b2\n"),
        after: "c:\n- a\n- b2\n- out\n",
    },
    Case {
        file: "the_migration_itself_calls_the_one_before_it_otherwise.yaml",
        text: "c:\n- a\n- b\n- out\n",
        operations: "{ remove = \"c[2]\" }, { set = \"c[1]\", to = \"q\" }",
        edit: ("c:\n", "c: # all\n"),
        after: "c: # all\n- a\n- b\n- out\n",
    },
    Case {
        file: "behind_numbers_and_flags.yaml",
        text: "l: [1, 2.5, 3, 4]\nm:\n- a\n- true\n- b\n",
        operations: "{ remove = \"l[2]\" }, { remove = \"m[2]\" }",
        edit: ("m:\n", "m: # all\n"),
        after: "l: [1, 2.5, 3, 4]\nm: # all\n- a\n- true\n- b\n",
    },
    Case {
        file: "as_many_and_nothing_told.json",
        text: "{\"c\": [\"e0\", \"e1\", true, \"e3\", \"e4\"]}\n",
        operations: "{ remove = \"c[1]\" }, { remove = \"c[0]\" }",
        edit: ("\"e3\", \"e4\"", "\"e4\", \"n\""),
        after: "{\"c\": [\"e0\", \"e1\", true, \"e4\", \"n\"]}\n",
    },
    Case {
        file: "told_by_nothing.yaml",
        text: "c:\n  - true\n  - false\n  - out\n  - true\n",
        operations: "{ remove = \"c[2]\" }",
        edit: ("c:\n", "c: # all\n"),
        after: "c: # all\n  - true\n  - false\n  - out\n  - true\n",
    },
];

#[test]
fn what_was_taken_out_of_a_list_comes_back_behind_its_neighbour() {
    for case in TAKEN_OUT {
        taken_back(&case);
    }
}

#[test]
fn where_nothing_tells_which_is_meant_nothing_is_touched() {
    let text = "c:\n- n: 1\n- n: 1\n";
    let folder = applied("a.yaml", text, "{ set = \"c[1].n\", to = 3 }");
    folder.write("a.yaml", b"c:\n- n: 3\n- n: 1\n- n: 3\n");
    let before = folder.files();
    for command in [&["down"][..], &["down", "--on-conflict=revert"], &["down", "--on-conflict=markers"]] {
        let answer = folder.migrate(command).expect(3);
        assert!(answer.stderr.contains("(its list changed)"), "{}", answer.stderr);
        assert!(folder.files() == before, "{command:?}");
    }
    assert!(folder.migrate(&["verify"]).expect(1).stdout.contains("c[1].n"));
    folder.migrate(&["down", "--on-conflict=keep"]).expect(0);
    assert_eq!(folder.read("a.yaml"), "c:\n- n: 3\n- n: 1\n- n: 3\n");
}

#[test]
fn an_element_that_is_gone_took_its_setting_along() {
    let folder = applied("a.yaml", "c:\n- name: a\n- name: b\n", "{ set = \"c[name=b].n\", to = 3, create = true }");
    folder.write("a.yaml", b"c:\n- name: a\n  n: 3\n");
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("a.yaml"), "c:\n- name: a\n  n: 3\n");
}

#[test]
fn a_value_that_is_a_secret_tells_nothing_apart() {
    let text = "c:\n- password: hunter2x\n  n: 1\n- password: hunter3x\n  n: 1\n";
    let folder = applied("a.yaml", text, "{ set = \"c[1].n\", to = 3 }");
    let record = folder.read(".migrate/applied/m.toml");
    assert!(record.contains("among = [{ of = 2 }]") && !record.contains("hunter"), "{record}");
}

#[test]
fn an_element_that_is_a_text_again_is_the_same_text() {
    let text = "<r>\n  <l>7</l>\n  <l>8</l>\n  <m/>\n</r>\n";
    let operations =
        "{ set = \"r.l[*].@mode\", to = \"x\", create = true }, { set = \"r.m.@mode\", to = \"x\", create = true }";
    let folder = applied("a.xml", text, operations);
    assert!(folder.read("a.xml").contains("<l mode=\"x\">8</l>"));
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("a.xml"), text);
}

#[test]
fn a_neighbour_that_is_a_secret_is_not_remembered() {
    let operations = "{ remove = \"passwords[1]\" }, { remove = \"c[1]\" }";
    let text = "passwords:\n- hunter2x\n- hunter3x\n- hunter4x\nc:\n- postgres://u:hunter5x@h/d\n- a\n- b\n";
    let folder = applied("a.yaml", text, operations);
    let record = folder.read(".migrate/applied/m.toml");
    assert!(!record.contains("hunter"), "{record}");
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("a.yaml"), text);
}

#[test]
fn a_migration_that_is_named_twice_counts_once() {
    let folder = applied("a.yaml", "a: 1\n", "{ set = \"a\", to = 2 }");
    folder.write("a.yaml", b"a: 3\n");
    folder.migrate(&["accept", "m", "v0001", "m"]).expect(0);
    folder.migrate(&["down", "m", "v0001_m", "m"]).expect(0);
    assert_eq!(folder.read("a.yaml"), "a: 1\n");
}

#[test]
fn options_that_hold_for_postgresql_only_go_one_by_one() {
    let start = "import dj_database_url\n\nDATABASES = {\n    'default': dj_database_url.config(default='sqlite:///db.sqlite3'),\n}\n";
    let folder = Folder::repository(&[("project/settings.py", start)]);
    folder.migrate(&["up", "--set", "certs=/c"]).expect(0);
    let written = folder.read("project/settings.py");
    assert!(written.contains("if 'postg' in DATABASES['default'].get('ENGINE', ''):"), "{written}");
    let own = "        'connect_timeout': 3,\n";
    let edited = written.replace("        'sslrootcert'", &format!("{own}        'sslrootcert'"));
    folder.write("project/settings.py", edited.as_bytes());
    folder.migrate(&["down"]).expect(0);
    let left = folder.read("project/settings.py");
    assert!(left.contains(own) && !left.contains("'ssl"), "{left}");
    folder.write("project/settings.py", left.replace(own, "").as_bytes());
    folder.migrate(&["up", "enable_ssl", "--set", "certs=/c"]).expect(0);
    folder.migrate(&["down"]).expect(0);
}

#[test]
fn a_later_migration_of_the_same_element_is_known_to_be_one() {
    let folder = applied("a.yaml", "c:\n- name: a\n  n: 1\n- name: b\n  n: 1\n", "{ set = \"c[name=b].n\", to = 3 }");
    folder.write("a.yaml", folder.read("a.yaml").replace("c:\n", "c:\n- name: new\n  n: 9\n").as_bytes());
    let second = "schema = 1\ntitle = \"t\"\n[[step]]\nedit = \"a.yaml\"\ndo = [{ set = \"c[name=b].n\", to = 5 }]\n";
    folder.write("migrations/v0002_n.toml", second.as_bytes());
    folder.migrate(&["up"]).expect(0);
    folder.migrate(&["verify"]).expect(0);
    assert!(folder.migrate(&["down", "m"]).expect(3).stderr.contains("M0407"));
    folder.migrate(&["down"]).expect(0);
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read("a.yaml"), "c:\n- name: new\n  n: 9\n- name: a\n  n: 1\n- name: b\n  n: 1\n");
}
