//! What each operation does in each language, from the migration file to the bytes and back; and what it refuses.

use crate::command::Folder;

/// A migration of one step on `file`.
fn migration(file: &str, operations: &str) -> String {
    format!("schema = 1\ntitle = \"t\"\n\n[[step]]\nedit = \"{file}\"\ndo = [{operations}]\n")
}

fn folder(file: &str, before: &str, operations: &str) -> Folder {
    Folder::repository(&[("migrations/v0001_m.toml", &migration(file, operations)), (file, before)])
}

/// Up gives `after`; then nothing drifts, nothing is left to do, and down gives every byte back.
#[track_caller]
fn changes(file: &str, before: &str, operations: &str, after: &str) {
    let folder = folder(file, before, operations);
    folder.migrate(&["up"]).expect(0);
    assert_eq!(folder.read(file), after, "{operations}");
    folder.migrate(&["verify"]).expect(0);
    let settled = folder.files();
    folder.migrate(&["up"]).expect(0);
    assert_eq!(folder.files(), settled, "up again: {operations}");
    folder.migrate(&["down"]).expect(0);
    assert_eq!(folder.read(file), before, "down: {operations}");
}

/// `up` ends with `code`, says each of `words`, and writes nothing.
#[track_caller]
fn refused(file: &str, before: &str, operations: &str, code: i32, words: &[&str]) {
    let folder = folder(file, before, operations);
    let known = folder.files();
    let answer = folder.migrate(&["up"]).expect(code);
    for word in words {
        assert!(answer.stderr.contains(word), "`{word}` is not in\n{}", answer.stderr);
    }
    assert_eq!(folder.files(), known, "something was written");
}

#[test]
fn keys_of_files_without_tables_are_whole_paths() {
    let table = "a.b=1\na.c=2\n";
    for (operation, after) in [
        ("{ insert = \"a.z\", value = \"1\", before = \"a.c\" }", "a.b=1\na.z=1\na.c=2\n"),
        ("{ insert = \"a.z\", value = \"1\", after = \"b\" }", "a.b=1\na.z=1\na.c=2\n"),
        ("{ copy = \"a.b\", to = \"z.y\" }", "a.b=1\na.c=2\nz.y=1\n"),
        ("{ move = \"a.b\", to = \"z.y\" }", "a.c=2\nz.y=1\n"),
        ("{ set = \"a.d\", to = { x = 1, y = { z = 2 } } }", "a.b=1\na.c=2\na.d.x=1\na.d.y.z=2\n"),
        ("{ merge = \"a\", value = { c = 3, d = 4 } }", "a.b=1\na.c=3\na.d=4\n"),
        ("{ rename = \"a.b\", to = \"z\" }", "z=1\na.c=2\n"),
    ] {
        changes("app.properties", table, operation, after);
    }
    changes("p.env", "exporter_host=a\n", "{ set = \"NEW\", to = \"x\" }", "exporter_host=a\nNEW=x\n");
}

#[test]
fn every_verb_works_inside_a_text() {
    let json = "J='{\"a\":{\"b\":1}}'\n";
    for (file, before, operation, after) in [
        (".env", json, "{ merge = \"J\", in = \"json:a\", value = { c = 1 } }", "J='{\"a\":{\"b\":1,\"c\":1}}'\n"),
        (
            ".env",
            json,
            "{ set = \"J\", in = \"json:x.y\", to = 1, create = true }",
            "J='{\"a\":{\"b\":1},\"x\":{\"y\":1}}'\n",
        ),
        (".env", "L=a,b,c\n", "{ insert = \"L\", in = \"csv\", value = \"d\", after = \"a\" }", "L=a,d,b,c\n"),
        (".env", "L=a,b,c\n", "{ insert = \"L\", in = \"csv\", value = \"d\", before = \"a\" }", "L=d,a,b,c\n"),
        (
            ".env",
            "U=p://h/d?ssl=1&x=2\n",
            "{ rename = \"U\", in = \"url:query.ssl\", to = \"tls\" }",
            "U=p://h/d?tls=1&x=2\n",
        ),
        (".env", "U=p://h/d?a=1&a=2&b\n", "{ remove = \"U\", in = \"url:query.b\" }", "U=p://h/d?a=1&a=2\n"),
        (".env", "U=p://h/d?a=1&b&a=2\n", "{ remove = \"U\", in = \"url:query.b\" }", "U=p://h/d?a=1&a=2\n"),
        (".env", "U=p://h/d\n", "{ set = \"U\", in = \"url:user\", to = \"me\" }", "U=p://me@h/d\n"),
        (
            "c.yaml",
            "j: |\n  {\"a\": 1}\nk: 2\n",
            "{ set = \"j\", in = \"json:a\", to = 5 }",
            "j: |\n  {\"a\": 5}\nk: 2\n",
        ),
    ] {
        changes(file, before, operation, after);
    }
    for (before, operation, words) in [
        (
            "U=p://u:pw@h/d\nH=x\n",
            "{ copy = \"U\", in = \"url:host\", to = \"HOST\" }",
            &["`copy` does nothing with `in`"][..],
        ),
        ("J='{\"a\":1}'\n", "{ set = \"J\", in = \"json:b.c\", to = 1 }", &["M0301", "create = true"]),
        ("J='{\"a\":1}'\n", "{ set = \"J\", in = \"json:a\", to = \"it's\" }", &["M0319", "no quoting"]),
        ("U=p://h/d?a=1&a=2\n", "{ set = \"U\", in = \"url:query.a\", to = \"3\" }", &["M0312", "2 times"]),
        ("U=p://h/d\n", "{ set = \"U\", in = \"url:port\", to = 99999 }", &["M0319", "65535"]),
        ("U=p://h/d\n", "{ remove = \"U\", in = \"url:query.x\" }", &["M0301", "`query.x` is not in its text"]),
        ("D='host=db password=\\'a b\\''\n", "{ remove = \"D\", in = \"dsn:password\" }", &["M0319", "escapes"]),
    ] {
        let code = if words[0].starts_with('`') { 2 } else { 3 };
        refused(".env", before, operation, code, words);
    }
}

#[test]
fn what_a_verb_can_do_nothing_with_is_refused() {
    for (operation, words) in [
        ("{ remove = \"a\", to = 3 }", &["`remove` does nothing with `to`", "`remove` takes: was, in"][..]),
        ("{ remove = \"a\", every = true }", &["`remove` does nothing with `every`"]),
        ("{ remove = \"a\", if_absent = true }", &["`if_absent`"]),
        ("{ set = \"a\", to = 1, by = \"z\" }", &["`set` does nothing with `by`"]),
        ("{ set = \"a\", to = 1, before = \"b\" }", &["`before`"]),
        ("{ append = \"a\", value = 1, before = 2 }", &["`append` does nothing with `before`"]),
        ("{ set = \"a\", to = 1, if_absent = true, if_present = true }", &["exclude each other"]),
        ("{ set = \"a\", to = 1, if_absent = true, was = 2 }", &["exclude each other"]),
        ("{ import = \"x\", from = \"y\", create = true }", &["`import` does nothing with `create`"]),
    ] {
        refused("c.yaml", "a: 0\n", operation, 2, &[&["M0102"][..], words].concat());
    }
    for (operation, word) in [
        ("{ set = \"a\", to = 1, site = 1 }", "`site` is for javascript"),
        ("{ set = \"a\", to = 1, within = \"new Pool\" }", "`within` is for javascript"),
    ] {
        refused("c.yaml", "a: 0\n", operation, 3, &["M0319", word]);
    }
}

#[test]
fn what_a_migration_expects_is_asked_of_what_is_missing_too() {
    refused(
        "c.yaml",
        "top:\n  a: 1\n",
        "{ set = \"top.zzz\", to = 5, was = 4 }",
        3,
        &["M0303", "`top.zzz` is not in this file"],
    );
    changes(
        "c.yaml",
        "a: 1\n",
        "{ set = \"b\", to = 5, was = 4, if_present = true }, { set = \"a\", to = 2 }",
        "a: 2\n",
    );
    let hosts = "hosts:\n  - port: 1\n  - port: 2\n";
    refused("c.yaml", hosts, "{ copy = \"hosts[*].port\", to = \"p\" }", 3, &["M0317", "2 settings are meant"]);
    refused(
        "c.yaml",
        hosts,
        "{ set = \"hosts[*].port\", to = 3, expect = 1 }",
        3,
        &["M0317", "2 settings are meant", "c.yaml:3", "c.yaml:2"],
    );
}

#[test]
fn text_is_replaced_with_the_line_ends_of_the_file() {
    let operation = "{ replace = \"a: 1\\nb: 2\\n\", to = \"a: 1\\nc: 3\\n\" }";
    changes("c.yaml", "a: 1\r\nb: 2\r\n", operation, "a: 1\r\nc: 3\r\n");
    let operation = "{ replace = \"a: 1\\nb: 2\\n\", to = \"a: 1\\r\\nb: 2\\r\\n\" }";
    refused("c.yaml", "a: 1\nb: 2\n", operation, 3, &["M0319", "line ends"]);
}

#[test]
fn lists_and_tables_are_set_as_a_whole_in_their_layout() {
    let hosts = "{ set = \"hosts\", to = [\"c\"] }";
    let opts = "{ set = \"opts\", to = { a = 2, c = 3 } }";
    for (file, before, operation, after) in [
        ("c.yaml", "hosts:\n  - a\n  - b\nx: 1\n", hosts, "hosts:\n  - c\nx: 1\n"),
        ("c.yaml", "hosts: [a, b]  # two\n", hosts, "hosts: [c]  # two\n"),
        (
            "c.yaml",
            "hosts:\n- c  # kept\n- a\n",
            "{ set = \"hosts\", to = [\"c\", \"b\"] }",
            "hosts:\n- c  # kept\n- b\n",
        ),
        ("c.yaml", "hosts:\n- a\n", "{ set = \"hosts\", to = [] }", "hosts: []\n"),
        ("c.yaml", "hosts:\n- a\nx: 1\n", "{ set = \"hosts\", to = \"all\" }", "hosts: all\nx: 1\n"),
        ("c.yaml", "opts:\n  a: 1\n  b: 2\nx: 1\n", opts, "opts:\n  a: 2\n  c: 3\nx: 1\n"),
        ("c.yaml", "opts: false  # off\nx: 1\n", opts, "opts:  # off\n  a: 2\n  c: 3\nx: 1\n"),
        ("c.toml", "hosts = [\"a\", \"b\"]\n", hosts, "hosts = [\"c\"]\n"),
        ("c.toml", "hosts = [\n  \"a\",\n  \"b\",\n]\n", hosts, "hosts = [\n  \"c\",\n]\n"),
        ("c.toml", "opts = false\n", opts, "opts = { a = 2, c = 3 }\n"),
        ("c.toml", "[opts]\na = 1\nb = 2\n", opts, "[opts]\na = 2\nc = 3\n"),
        (
            "c.json",
            "{\n  \"hosts\": [\n    \"a\",\n    \"b\"\n  ]\n}\n",
            hosts,
            "{\n  \"hosts\": [\n    \"c\"\n  ]\n}\n",
        ),
        (
            "c.json",
            "{ \"hosts\": [\"a\", \"b\"] }\n",
            "{ set = \"hosts\", to = [\"b\", \"a\"] }",
            "{ \"hosts\": [\"b\", \"a\"] }\n",
        ),
        ("c.jsonc", "{ \"opts\": false } // x\n", opts, "{ \"opts\": {\"a\": 2, \"c\": 3} } // x\n"),
        ("c.tf", "hosts = [\"a\", \"b\"]\n", hosts, "hosts = [\"c\"]\n"),
        ("s.py", "hosts = ['a', 'b']\n", hosts, "hosts = ['c']\n"),
        ("s.py", "hosts = [\n    'a',\n    'b',\n]\n", hosts, "hosts = [\n    'c',\n]\n"),
        ("s.py", "opts = {'a': 1, 'b': 2}\n", opts, "opts = {'a': 2, 'c': 3}\n"),
    ] {
        changes(file, before, operation, after);
    }
    let pool = "const pool = new Pool({\n  host: 'db',\n  ssl: false,\n});\n";
    changes(
        "db.js",
        pool,
        "{ within = \"new Pool\", set = \"ssl\", was = false, to = { rejectUnauthorized = true } }",
        "const pool = new Pool({\n  host: 'db',\n  ssl: {\n    rejectUnauthorized: true,\n  },\n});\n",
    );
    refused("c.yaml", "hosts:\n- a  # why\n", hosts, 3, &["M0319", "a comment in `hosts` would be lost"]);
}

#[test]
fn a_list_in_lines_moves_with_its_lines_and_comments() {
    let before = "old:\n  hosts:\n    - a  # first\n    - b\nnew:\n  x: 1\n";
    changes(
        "c.yaml",
        before,
        "{ move = \"old.hosts\", to = \"new.hosts\" }",
        "old: {}\nnew:\n  x: 1\n  hosts:\n    - a  # first\n    - b\n",
    );
    changes(
        "c.yaml",
        "hosts:\n- a\n- k: 1\n  l: 2\n",
        "{ copy = \"hosts\", to = \"more\" }",
        "hosts:\n- a\n- k: 1\n  l: 2\nmore:\n  - a\n  - k: 1\n    l: 2\n",
    );
}

#[test]
fn what_javascript_assigns_later_is_seen() {
    let set = "{ within = \"const c\", set = \"a\", to = 5 }";
    for (before, operation, words) in [
        ("const c = { a: 1 };\nc.a = 3;\nconst p = new Pool(c);\n", set, &["M0317", "`const c.a`", "db.js:2"][..]),
        ("const c = { a: 1 };\nif (x) { c.a = 2 }\n", set, &["M0317", "db.js:2"]),
        ("const c = { a: 1 };\nc['a'] = 2;\n", set, &["M0317", "db.js:2"]),
        ("const c = { a: 1 };\nObject.assign(c, more);\n", set, &["M0315", "Object.assign(c, more)"]),
        ("const c = { a: 1 };\nc[key] = 2;\n", set, &["M0315", "c[key]"]),
        ("let c = { a: 1 };\nc = { a: 2 };\n", set, &["M0317", "site = 1"]),
        (
            "module.exports = { a: 1 };\nmodule.exports.a = 2;\n",
            "{ within = \"module.exports\", set = \"a\", to = 5 }",
            &["M0317", "db.js:2"],
        ),
        (
            "const c = { a: 1 };\nc.a = 3;\nconst p = new Pool(c);\n",
            "{ within = \"new Pool\", set = \"a\", to = 5 }",
            &["M0317", "db.js:2"],
        ),
    ] {
        refused("db.js", before, operation, 3, words);
    }
    changes(
        "db.js",
        "const c = { a: 1 };\nc.b = 2;\n",
        "{ within = \"const c\", set = \"b\", to = 5 }",
        "const c = { a: 1 };\nc.b = 5;\n",
    );
    changes("db.js", "const c = { a: 1 };\nc.b = 2;\n", set, "const c = { a: 5 };\nc.b = 2;\n");
    changes(
        "db.js",
        "let c = { a: 1 };\nc = { a: 2 };\n",
        "{ within = \"const c\", site = \"*\", set = \"a\", to = 5 }",
        "let c = { a: 5 };\nc = { a: 5 };\n",
    );
    refused(
        "s.py",
        "if x:\n    A = 1\nelse:\n    A = 2\n",
        "{ set = \"A\", to = 3 }",
        3,
        &["M0317", "site = 1", "site = \"*\""],
    );
}

#[test]
fn new_names_of_python_may_be_tables() {
    let caches = "{ set = \"CACHES\", to = { default = { TIMEOUT = 3 } } }";
    changes("s.py", "A = 1\n", caches, "A = 1\nCACHES = {'default': {'TIMEOUT': 3}}\n");
    changes(
        "s.py",
        "class Prod:\n    A = 1\n\n\nB = 2\n",
        "{ set = \"Prod.NEW\", to = 1 }",
        "class Prod:\n    A = 1\n    NEW = 1\n\n\nB = 2\n",
    );
}

#[test]
fn an_anchor_that_is_not_there_names_those_that_are() {
    let pool = "const config = { a: 1 };\nconst pool = new pg.Pool({ ssl: false });\ncreatePool({ b: 1 });\n";
    for (operation, after) in [
        ("{ within = \"new pg.Pool\", set = \"ssl\", to = true }", pool.replace("false", "true")),
        ("{ within = \"let config\", set = \"a\", to = 2 }", pool.replace("a: 1", "a: 2")),
        ("{ set = \"config.a\", to = 2 }", pool.replace("a: 1", "a: 2")),
    ] {
        changes("db.js", pool, operation, &after);
    }
    for (within, words) in [
        ("const nope", &["a path can start at: `const config`"][..]),
        ("createPool", &["did you mean this one?"]),
        ("new Client", &["`new Pool`"]),
    ] {
        let operation = format!("{{ within = \"{within}\", set = \"a\", to = 2 }}");
        refused("db.js", pool, &operation, 3, &[&["M0301"][..], words].concat());
    }
    refused(
        "db.js",
        pool,
        "{ within = \"new Pool\", site = 3, set = \"ssl\", to = 1 }",
        3,
        &["M0301", "stands 1 times"],
    );
}

#[test]
fn keys_with_dots_are_told_of() {
    changes("c.yaml", "\"k.d\": 1\n", "{ set = \"'k.d'\", to = 2 }", "\"k.d\": 2\n");
    refused("c.yaml", "\"k.d\": 1\n", "{ set = \"k.d\", to = 2 }", 3, &["M0301", "`\"k.d\"`"]);
    refused("c.ini", "[a.b]\nx = 1\n", "{ set = \"a.b.x\", to = 2 }", 3, &["M0301", "`\"a.b\"`"]);
}

#[test]
fn what_python_adds_to_a_list_later_is_in_it() {
    let before = "MIDDLEWARE = ['a.A']\nMIDDLEWARE += ['c.C']\nMIDDLEWARE.extend(['d.D'])\n";
    let append = |name: &str| format!("{{ append = \"MIDDLEWARE\", value = \"{name}\" }}, {{ set = \"NEW\", to = 1 }}");
    for there in ["c.C", "d.D"] {
        changes("s.py", before, &append(there), &format!("{before}NEW = 1\n"));
    }
    changes("s.py", before, &append("b.B"), &format!("{}NEW = 1\n", before.replace("['a.A']", "['a.A', 'b.B']")));
    refused("s.py", before, "{ set = \"MIDDLEWARE\", to = [\"x\"] }", 3, &["M0315", "later statements"]);
}

#[test]
fn a_refusal_says_in_which_document_and_by_which_number() {
    let documents = "a: 1\n---\nb: {c: 1}\n";
    for (operation, words) in [
        ("{ set = \"b.d\", to = 1 }", "`b` is in one of them: add `doc = 1`"),
        ("{ set = \"b.x[*].d\", to = 1 }", "`b` is in one of them: add `doc = 1`"),
        ("{ set = \"new.d\", to = 1 }", "with `doc = 0` to `doc = 1`"),
        ("{ set = \"new.d\", to = 1, create = true }", "`doc = 0` to `doc = 1`"),
        ("{ set = \"b.d\", key = \"x\", to = 1 }", "`set` takes: to, value_code"),
    ] {
        let code = if operation.contains("key =") { 2 } else { 3 };
        refused("a.yaml", documents, operation, code, &[words]);
    }
    let maven = "<p>\n  <d>\n    <e>1</e>\n    <e>2</e>\n  </d>\n</p>\n";
    refused("pom.xml", maven, "{ append = \"p.d\", value = { e = \"3\" } }", 3, &["set = \"p.d.e#3\""]);
    changes("pom.xml", maven, "{ set = \"p.d.e#3\", to = \"3\" }", &maven.replace("2</e>\n", "2</e>\n    <e>3</e>\n"));
}
