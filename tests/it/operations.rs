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
