//! Migration files as people and machines write them: whatever stands in one, every command gives an answer with a place.

use crate::command::Folder;

const HEAD: &str = "schema = 1\ntitle = \"x\"\n";

fn with(body: &str) -> String {
    format!("{HEAD}{body}")
}

fn step(operations: &str) -> String {
    with(&format!("[vars]\nname = {{ default = \"é\" }}\n[[step]]\nedit = \"a.toml\"\ndo = [\n  {operations},\n]\n"))
}

#[track_caller]
fn folder(migration: &str) -> Folder {
    Folder::repository(&[("a.toml", "port = 1\n[db]\npassword = \"x\"\n"), ("migrations/v0001_x.toml", migration)])
}

/// Texts that make offsets in a literal differ from those in what it says.
const TEXTS: &[&str] = &[
    "\"\\u00e9日本{{nope}}\"",
    "\"\\U0001F600{{ nope }}é\"",
    "'日本{{nope}}'",
    "'''\n日本\n{{nope}}'''",
    "'''{{nope}}'''",
    "\"\"\"\n日\\\n   本{{nope}}\"\"\"",
    "\"\"\"\"{{nope}}\"\"\"\"",
    "\"\\\"\\\\\\t{{nope\\u007d}\"",
    "\"{{nope}}{{name}}{{\"",
    "\"{{ \\\"{{nope}}\\\" }}{{nope}}\"",
    "[\"{{name}}\", \"é{{nope}}\"]",
    "{ \"é{{nope}}\" = 1 }",
    "{ a.\"日{{nope}}\".b = \"{{name}}\" }",
];

#[test]
fn an_unknown_name_is_marked_wherever_it_stands() {
    for text in TEXTS {
        for migration in [
            step(&format!("{{ set = \"port\", to = {text} }}")),
            with(&format!(
                "[[ensure]]\nfile = \"a.toml\"\nat = {}\nis = 1\n",
                if text.starts_with(['[', '{']) { "\"{{nope}}\"" } else { text }
            )),
        ] {
            for (ends, mark) in [("\n", ""), ("\r\n", "\u{feff}")] {
                let folder = folder(&format!("{mark}{}", migration.replace('\n', ends)));
                for command in [&["status"][..], &["lint"]] {
                    let answer = folder.migrate(command);
                    let said = format!("{}{}", answer.stdout, answer.stderr);
                    assert!(!said.contains("internal error"), "{command:?} {text}\n{said}");
                    assert!(said.contains("M0107") && said.contains("migrations/v0001_x.toml:"), "{text}\n{said}");
                }
            }
        }
    }
    // The mark is under the name itself.
    let said = folder(&step("{ set = \"port\", to = \"\\u00e9日本{{nope}}\" }")).migrate(&["status"]).expect(2).stderr;
    assert!(said.contains("v0001_x.toml:8:33"), "{said}");
}

#[test]
fn odd_texts_are_read_by_every_command_without_a_panic() {
    for text in TEXTS {
        let migration = step(&format!("{{ set = \"port\", to = {} }}", text.replace("nope", "name")));
        for ends in ["\n", "\r\n"] {
            let folder = folder(&format!("\u{feff}{}", migration.replace('\n', ends)));
            for command in [&["status"][..], &["lint"], &["test"], &["up"], &["down"]] {
                let answer = folder.migrate(command);
                assert!(!answer.stderr.contains("internal error"), "{command:?} {text}\n{}", answer.stderr);
            }
        }
    }
}

#[test]
fn no_value_leads_into_the_folder_of_the_records() {
    for (body, set) in [
        ("create = \"{{d}}/applied/evil.toml\"\ncontent = \"no record\"\n", ".migrate"),
        ("create = \"{{d}}/x\"\ncontent = \"x\"\n", ".MIGRATE"),
        ("create = \"{{d}}\"\ncontent = \"x\"\n", ".migrate"),
        ("move = \"a.toml\"\nto = \"{{d}}/tip\"\n", ".migrate"),
        ("create = \"b\"\nfrom = \"{{d}}/tip\"\n", ".migrate"),
        ("chmod = \"{{d}}/tip\"\nmode = \"0600\"\n", ".migrate"),
        ("create = \"{{d}}/x\"\ncontent = \"x\"\n", ".."),
        ("create = \"{{d}}/x\"\ncontent = \"x\"\n", ".git"),
    ] {
        let folder = folder(&with(&format!("[vars]\nd = {{}}\n[[step]]\n{body}")));
        let before = folder.files();
        let said = folder.migrate(&["up", "--set", &format!("d={set}")]).expect(3).stderr;
        assert!(said.contains("M0202") && said.contains("v0001_x.toml:"), "{said}");
        assert_eq!(folder.files(), before, "something was written");
    }
}

#[test]
fn a_secret_in_plain_text_is_refused_whatever_the_order_of_its_keys() {
    let secret = "hunter2-and-more";
    for operation in [
        format!("{{ set = \"db.password\", to = \"{secret}\" }}"),
        format!("{{ to = \"{secret}\", set = \"db.password\" }}"),
        format!("{{ if_present = true, was = \"{secret}\", set = \"db.password\", to = \"{{{{name}}}}\" }}"),
        format!("{{ map = \"db.password\", with = {{ x = \"{secret}\" }} }}"),
        format!("{{ set = \"dsn\", in = \"dsn:password\", to = \"{secret}\" }}"),
        format!("{{ merge = \"db\", value = {{ password = \"{secret}\" }} }}"),
        "{ ensure_line = \"url=postgres://shop:hunter2-and-more@db/shop\" }".to_owned(),
    ] {
        let text = step(&operation);
        let folder = folder(&text);
        let before = folder.files();
        for (command, code) in [(&["up"][..], 3), (&["up", "-n"], 3), (&["plan"], 3), (&["lint"], 1), (&["check"], 1)] {
            let answer = folder.migrate(command).expect(code);
            let said = format!("{}{}", answer.stdout, answer.stderr);
            assert!(!said.contains(secret), "{said}");
            assert!(command == ["check"] || said.contains("M0501"), "{operation}: {command:?}\n{said}");
        }
        assert_eq!(folder.files(), before, "something was written");
        let allowed = text.replace(" },\n]", ", secret = false },\n]");
        assert_ne!(allowed, text);
        folder.write("migrations/v0001_x.toml", allowed.as_bytes());
        let said = folder.migrate(&["up", "-n"]);
        assert!(!said.stderr.contains("M0501"), "{}", said.stderr);
    }
    let create = with(&format!("[[step]]\ncreate = \".env\"\ncontent = \"DB_PASSWORD={secret}\\n\"\n"));
    let said = folder(&create).migrate(&["up"]).expect(3).stderr;
    assert!(said.contains("M0501") && said.contains("add to this step: secret = false"), "{said}");
    folder(&format!("{create}secret = false\n")).migrate(&["up"]).expect(0);
    // The line is shown, and the secret in it is not.
    let said =
        folder(&step(&format!("{{ set = \"db.password\", to = \"{secret}\" }}"))).migrate(&["lint"]).expect(1).stdout;
    assert!(said.contains("{ set = \"db.password\", to = \"•••\" }"), "{said}");
}

#[test]
fn an_import_is_one_name_and_code_is_one_expression() {
    let told = |file: &str, text: &str, operations: &str, code: i32| {
        let migration = with(&format!("[[step]]\nedit = \"{file}\"\ndo = [{operations}]\n"));
        let folder = Folder::repository(&[(file, text), ("migrations/v0001_x.toml", &migration)]);
        let before = folder.files();
        let said = folder.migrate(&["up"]).expect(code).stderr;
        assert_eq!(folder.files(), before, "something was written");
        said
    };
    for name in ["", "default", "default as x", "* as x", "a b", "1a", "a.b"] {
        let import = format!("{{ import = \"{name}\", from = \"m\" }}");
        let said = told("a.ts", "const a = 1;\n", &import, 2);
        assert!(said.contains("`import` takes one name") && said.contains("v0001_x.toml:5:18"), "{said}");
    }
    for module in ["", "a\\\"; evil", "a b"] {
        let import = format!("{{ import = \"x\", from = \"{module}\" }}");
        assert!(told("a.ts", "const a = 1;\n", &import, 2).contains("is not the name of a module"));
    }
    for (file, text) in [
        ("a.ts", "const readFileSync = 1;\nconst a = 1;\n"),
        ("a.ts", "import { readFileSync } from 'other';\nconst a = 1;\n"),
        ("a.py", "from other import readFileSync\na = 1\n"),
        ("a.py", "def of(readFileSync):\n    return readFileSync\n"),
    ] {
        let said = told(file, text, "{ import = \"readFileSync\", from = \"fs\" }", 3);
        assert!(said.contains("`readFileSync` is in use in this file, and is not imported from `fs`"), "{said}");
    }
    let said = told("a.ts", "import { x as y } from 'fs';\ny();\n", "{ import = \"x\", from = \"fs\" }", 3);
    assert!(said.contains("`x` of `fs` is called `y` in this file"), "{said}");
    for (file, text, code) in [
        ("a.ts", "const c = {\n  a: 1,\n};\n", "1, evil: 2"),
        ("a.ts", "const c = {\n  a: 1,\n};\n", "1 // c"),
        ("a.py", "c = {\n    'a': 1,\n}\n", "1; import evil"),
        ("a.py", "c = {\n    'a': 1,\n}\n", "1 # c"),
        ("a.yaml", "c:\n  a: 1\n", "1\\nevil: 2"),
    ] {
        let said = told(file, text, &format!("{{ set = \"c.a\", value_code = \"{code}\" }}"), 2);
        assert!(said.contains("is not one expression of") && said.contains("v0001_x.toml:5:35"), "{said}");
    }
}

#[test]
fn a_secret_is_found_wherever_a_migration_file_holds_one() {
    let secret = "hunter2-and-more";
    let token = "ghp_x7Kp2mQ9vR4tZ8wL1nC5dF3g";
    let told = |head: &str, operations: &str, rest: &str| {
        let step = format!("[[step]]\nedit = \"a.toml\"\ndo = [{operations}]\n");
        let folder = folder(&with(&format!("{head}{step}{rest}")));
        let linted = folder.migrate(&["lint"]).stdout;
        let dry = folder.migrate(&["up", "-n"]).stderr;
        assert!(!linted.contains(secret) && !linted.contains(token), "{linted}");
        assert_eq!(linted.contains("M0501"), dry.contains("M0501"), "{linted}\n{dry}");
        if linted.contains("M0501") { linted } else { String::new() }
    };
    let port = "{ set = \"port\", to = 2 }";
    let filled = "{ set = \"port\", to = \"{{x}}\" }";
    let password = "{ set = \"db.password\", to = \"{{x}}\" }";
    let variable = |name: &str, fields: &str| format!("[vars]\n{name} = {{ {fields} }}\n");
    let default = |text: &str| format!("default = \"{text}\"");
    for (head, operations, mend) in [
        (
            variable("smtp_password", &default(secret)),
            port,
            "smtp_password = { env = \"SMTP_PASSWORD\", secret = true }",
        ),
        (
            variable("x", &format!("default = \"{secret}\", secret = true")),
            port,
            "add to this variable: secret = false",
        ),
        (variable("x", &default(token)), port, "without a default"),
        (variable("x", &default(secret)), password, "without a default"),
        (variable("x", "kind = \"url\", default = \"postgres://u:hunter2-and-more@db/x\""), port, "without a default"),
        (format!("[for_each.stage]\nprod = {{ password = \"{secret}\" }}\n"), port, "declare a variable in its place"),
    ] {
        let said = told(&head, operations, "");
        assert!(said.contains(mend) && said.contains("v0001_x.toml:4:"), "{head}\n{said}");
    }
    for (head, operations) in [
        (variable("smtp_password", &default("changeme")), port),
        (variable("smtp_password", &default("${SMTP_PASSWORD}")), port),
        (variable("smtp_password", "env = \"SMTP_PASSWORD\", secret = true"), port),
        (variable("smtp_password", &format!("default = \"{secret}\", secret = false")), port),
        (variable("token_url", "kind = \"url\", default = \"https://login.internal/token\""), port),
        (variable("token_type", "one_of = [\"bearer\", \"mac\"], default = \"bearer\""), port),
        (variable("x", &default(secret)), filled),
        (variable("x", &default(secret)), "{ set = \"db.password\", to = \"{{x}}\", secret = false }"),
        ("[for_each.stage]\nprod = { password = \"changeme\" }\n".to_owned(), port),
        (String::new(), "{ set = \"db.password\", to = \"changeme\" }"),
        (String::new(), "{ set = \"port\", to = \"postgres://u:changeme@db/x\" }"),
        (variable("x", "kind = \"url\", default = \"postgres://u:changeme@db/x\""), port),
    ] {
        assert_eq!(told(&head, operations, ""), "", "{head}{operations}");
    }
    let case = |before: &str, after: &str| {
        format!(
            "[[case]]\nname = \"x\"\nfile = \"a.toml\"\nbefore = '''\nport = 1\n{before}\n'''\nafter = '''\nport = 2\n{after}\n'''\n"
        )
    };
    for text in [format!("token = \"{token}\""), "url = \"postgres://shop:q8Zr2LmV0x@db/shop\"".to_owned()] {
        let said = told("", port, &case(&text, "a = 1"));
        assert!(said.contains("v0001_x.toml:11:") && said.contains("write `example` in its place"), "{said}");
        assert!(told("", port, &case("a = 1", &text)).contains("v0001_x.toml:15:"));
    }
    for text in [
        "password = \"changeme\"",
        "password = \"secret\"",
        "password = \"hunter2\"",
        "password = \"${DB_PASSWORD}\"",
        "token = \"ghp_xxxxxxxxxxxxxxxxxxxxxxxx\"",
        "key = \"AKIAIOSFODNN7EXAMPLE\"",
        "url = \"postgres://u:p%40ss@db/x\"",
    ] {
        assert_eq!(told("", port, &case(text, text)), "", "{text}");
    }
}

#[test]
fn a_space_that_looks_like_the_plain_one_is_named_and_escaped() {
    let odd = |path: &str, title: &str| {
        format!(
            "schema = 1\ntitle = {title}\n# a\u{a0}comment\n[[step]]\nedit = \"a.toml\"\ndo = [{{ set = {path}, to = 2 }}]\n\
             [[case]]\nname = \"x\"\nfile = \"a.toml\"\nbefore = \"port = 1\"\nafter = \"port = 2\"\n"
        )
    };
    for (space, code) in [("\u{a0}", "U+00A0"), ("\u{3000}", "U+3000"), ("\u{2009}", "U+2009")] {
        let text = odd("\"port\"", &format!("\"a{space}title\""));
        let folder = folder(&text);
        let said = folder.migrate(&["lint"]).expect(1).stdout;
        let escape = code.replace("U+", "\\u");
        for words in [&format!("a space that is not the plain one, {code}"), "v0001_x.toml:2:11", &escape, "--fix"] {
            assert!(said.contains(words), "{words}\n{said}");
        }
        folder.migrate(&["lint", "--fix"]).expect(0);
        let title = format!("a{space}title");
        assert_eq!(folder.read("migrations/v0001_x.toml"), text.replace(&title, &format!("a{escape}title")));
    }
    // Where no escape is one it is told, and stays.
    let text = odd("\"port\"", "'a\u{a0}title'");
    let folder = folder(&text);
    let said = folder.migrate(&["lint", "--fix"]).expect(1).stdout;
    assert!(said.contains("U+00A0") && said.contains("between double quotes"), "{said}");
    assert_eq!(folder.read("migrations/v0001_x.toml"), text);
    // Outside of a text it is no TOML.
    let said = self::folder(&odd("\u{a0}\"port\"", "\"x\"")).migrate(&["lint"]).expect(2).stderr;
    assert!(said.contains("U+00A0 stands outside of a text") && said.contains("v0001_x.toml:6:15"), "{said}");
}

#[test]
fn what_nobody_sees_in_a_title_is_named_and_taken_away() {
    let text = step("{ set = \"port\", to = \"{{name}}\" }");
    let folder = folder(&text.replace("title = \"x\"", "title = \"a\u{200b}title\""));
    let said = folder.migrate(&["lint"]).expect(1).stdout;
    assert!(said.contains("an invisible character, U+200B") && said.contains("v0001_x.toml:2:11"), "{said}");
    let shown = folder.migrate(&["show", "x"]).expect(0).stdout;
    assert!(shown.contains("atitle"), "{shown}");
    folder.migrate(&["lint", "--fix"]);
    assert_eq!(folder.read("migrations/v0001_x.toml"), text.replace("title = \"x\"", "title = \"atitle\""));
    // A written escape is not there by accident, and nothing of a title may steer a terminal.
    for (title, code, at) in
        [("a\\u202etitle", "U+202E", "2:11"), ("a\\u001b[2Jx", "U+001B", "2:11"), ("a\\nb", "U+000A", "2:11")]
    {
        let said = self::folder(&text.replace("\"x\"", &format!("\"{title}\""))).migrate(&["status"]).expect(2).stderr;
        assert!(said.contains(code) && said.contains(&format!("v0001_x.toml:{at}")), "{said}");
    }
}

#[test]
fn an_expression_that_fits_a_part_only_is_told_of() {
    let ensured = |matches: &str| {
        let ensure = format!("[[ensure]]\nfile = \"a.toml\"\nat = \"db.password\"\nmatches = \"{matches}\"\n");
        folder(&format!("{}{ensure}", step("{ set = \"port\", to = \"{{name}}\" }")))
    };
    let said = ensured("^y?").migrate(&["up"]).expect(3).stderr;
    assert!(said.contains("`matches` is for the whole value"), "{said}");
    ensured("^x$").migrate(&["up"]).expect(0);
}

#[test]
fn a_misspelled_word_is_told_with_the_line_as_it_should_be() {
    let folder = folder(&step("{ sett = \"port\", to = 2 }"));
    let said = folder.migrate(&["status"]).expect(2).stderr;
    assert!(said.contains("8 -   { sett = \"port\""), "{said}");
    assert!(said.contains("8 +   { set = \"port\""), "{said}");
    let json = folder.migrate(&["status", "--format", "json"]).expect(2).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let told = &json["diagnostics"][0];
    assert_eq!((&told["replacement"], &told["help"][0]), (&"set".into(), &"did you mean `set`?".into()), "{json}");
}
