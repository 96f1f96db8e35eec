//! The JSON Schemas that ship say all that the answers hold, and nothing else.

use serde_json::Value;

use crate::command::Folder;

/// A strict reader of the part of JSON Schema that ours are written in: a word it does not know is a fault, and so is a
/// field that no schema names.
struct Reader {
    root: Value,
}

impl Reader {
    fn of(folder: &Folder, what: &str) -> Self {
        let text = folder.migrate(&["schema", what]).expect(0).stdout;
        Self { root: serde_json::from_str(&text).expect("a schema") }
    }

    fn faults(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (word, said) in schema.as_object().expect("a schema") {
            let own =
                |is_right: bool| if is_right { Vec::new() } else { vec![format!("{at}: {word} {said}: {value}")] };
            faults.extend(match word.as_str() {
                "$schema" | "title" | "description" | "definitions" => Vec::new(),
                "$ref" => self.faults(self.named(said), value, at),
                "const" => own(value == said),
                "enum" => own(said.as_array().expect("a list").contains(value)),
                "type" => own(match said {
                    Value::Array(several) => several.iter().any(|one| is(one, value)),
                    one => is(one, value),
                }),
                "pattern" => own(value.as_str().is_some_and(|text| text.len() == 5 && text.starts_with(['D', 'M']))),
                "required" => own(said
                    .as_array()
                    .expect("a list")
                    .iter()
                    .all(|key| value.get(key.as_str().expect("a key")).is_some())),
                "properties" => {
                    let each = said.as_object().expect("a map").iter();
                    each.filter_map(|(key, part)| Some(self.faults(part, value.get(key)?, &format!("{at}.{key}"))))
                        .flatten()
                        .collect()
                }
                "items" => {
                    let each = value.as_array().into_iter().flatten().enumerate();
                    each.flat_map(|(n, part)| self.faults(said, part, &format!("{at}[{n}]"))).collect()
                }
                "allOf" => {
                    said.as_array().expect("a list").iter().flat_map(|part| self.faults(part, value, at)).collect()
                }
                "anyOf" => {
                    let tried = said
                        .as_array()
                        .expect("a list")
                        .iter()
                        .map(|part| [self.faults(part, value, at), self.unknown(part, value, at)].concat());
                    let tried: Vec<Vec<String>> = tried.collect();
                    if tried.iter().any(Vec::is_empty) { Vec::new() } else { tried.concat() }
                }
                "if" if self.faults(said, value, at).is_empty() => {
                    [self.faults(&schema["then"], value, at), self.unknown(&schema["then"], value, at)].concat()
                }
                "if" | "then" => Vec::new(),
                other => panic!("{at}: `{other}` is no word of this reader"),
            });
        }
        faults
    }

    fn named(&self, name: &Value) -> &Value {
        self.root.pointer(&name.as_str().expect("a reference")[1..]).expect("its definition")
    }

    /// The fields of `value` that `schema` does not name, where it names any.
    fn unknown(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = schema.get("$ref").map_or(schema, |name| self.named(name));
        let mut faults = Vec::new();
        if let (Some(known), Some(fields)) = (schema.get("properties"), value.as_object()) {
            for (key, part) in fields {
                match known.get(key) {
                    Some(own) => faults.extend(self.unknown(own, part, &format!("{at}.{key}"))),
                    // Only the part of a schema that names all of an object speaks for the fields it has not.
                    None if schema.get("required").is_some() => faults.push(format!("{at}.{key} is in no schema")),
                    None => {}
                }
            }
        }
        if let (Some(items), Some(parts)) = (schema.get("items"), value.as_array()) {
            faults.extend(parts.iter().flat_map(|part| self.unknown(items, part, at)));
        }
        faults
    }

    #[track_caller]
    fn accepts(&self, text: &str, what: &str) -> Value {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{what}: {error}\n{text}"));
        let faults = [self.faults(&self.root, &value, ""), self.unknown(&self.root, &value, "")].concat();
        assert!(faults.is_empty(), "{what}:\n{}\n{text}", faults.join("\n"));
        value
    }
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("a type") {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("`{other}` is no type of this reader"),
    }
}

const STEP: &str = "schema = 1\ntitle = \"Log less\"\n\n[vars]\nlevel = { default = \"info\", doc = \"how much\" }\n\n\
    [[step]]\nedit = \"*.env\"\ndo = [\n  { set = \"LEVEL\", to = \"{{level}}\" },\n]\n\n\
    [[case]]\nname = \"one\"\nfile = \"a.env\"\nbefore = \"LEVEL=1\\n\"\nafter = \"LEVEL=info\\n\"\n";

/// What stands there already.
const DONE: &str =
    "schema = 1\ntitle = \"Done\"\n\n[[step]]\nedit = \"done.env\"\ndo = [\n  { set = \"LEVEL\", to = \"info\" },\n]\n";

fn folder() -> Folder {
    Folder::repository(&[
        ("app.env", "LEVEL=debug\nAPI_TOKEN=x\n"),
        ("done.env", "LEVEL=info\n"),
        ("settings.env", "DATABASE_URL=postgres://u@db/x?sslmode=require\n"),
        ("migrations/v0001_log_level.toml", STEP),
        ("migrations/v0002_done.toml", DONE),
    ])
}

#[test]
fn every_answer_is_what_its_schema_says() {
    let folder = folder();
    let reader = Reader::of(&folder, "output");
    let mut seen = std::collections::BTreeSet::new();
    let mut ask = |arguments: &[&str]| {
        let answer = folder.migrate(&[arguments, &["--format", "json"]].concat());
        let value = reader.accepts(&answer.stdout, &format!("{arguments:?}"));
        assert!(!value["result"].is_null() || !value["diagnostics"].as_array().expect("a list").is_empty());
        if !value["result"].is_null() {
            seen.insert(value["command"].as_str().expect("a command").to_owned());
        }
    };
    for arguments in [
        &["plan"][..],
        &["status"],
        &["check"],
        &["show", "log_level"],
        &["lint"],
        &["test"],
        &["verify"],
        &["doctor"],
        &["doctor", "--explain-error", "certificate verify failed"],
        &["explain"],
        &["explain", "M0301"],
        &["report", "merge", "app.env"],
        &["ci", "github"],
        &["recover"],
        &["plan", "nothing_of_the_kind"],
        &["plan", "--no-such-flag"],
        &["edit", "app.env", "--set", "LEVEL", "info", "-n"],
        &["new", "another", "-n"],
        &["adopt", "done"],
        &["up"],
        &["up"],
        &["show", "log_level"],
        &["show", "--why", "app.env:1"],
        &["show", "log_level", "--record"],
        &["redo", "log_level", "-n"],
        &["certs", "dev", "--host", "localhost"],
        &["certs", "show", "certificates/client-cert.pem"],
    ] {
        ask(arguments);
    }
    folder.commit();
    folder.write("app.env", b"LEVEL=error\n");
    for arguments in [
        &["show", "log_level", "--since-applied"][..],
        &["status"],
        &["verify"],
        &["check"],
        &["down", "log_level"],
        &["down", "log_level", "--on-conflict", "markers"],
        &["down", "--abort"],
        &["accept", "log_level"],
        &["down", "log_level"],
        &["renumber", "v0001_log_level", "--to", "7"],
    ] {
        ask(arguments);
    }
    let known = reader.root["allOf"].as_array().expect("a list").iter();
    let known: Vec<&str> = known.filter_map(|one| one["if"]["properties"]["command"]["const"].as_str()).collect();
    let missing: Vec<&&str> = known.iter().filter(|name| !seen.contains(**name)).collect();
    assert!(missing.is_empty(), "not tried, or only with errors: {missing:?}");
    assert!(seen.iter().all(|name| known.contains(&name.as_str())), "{seen:?}");
}

#[test]
fn every_line_of_jsonl_is_what_its_schema_says() {
    let folder = folder();
    let reader = Reader::of(&folder, "events");
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let report = folder.migrate(&[arguments, &["--report", "jsonl"]].concat()).stdout;
        report.lines().map(|line| reader.accepts(line, &format!("{arguments:?}"))).collect()
    };
    let plan = lines(&["plan", "log_level"]);
    let events: Vec<&str> = plan.iter().map(|line| line["event"].as_str().expect("an event")).collect();
    assert_eq!((events[0], events[1]), ("begin", "migration"));
    assert_eq!(plan.last().expect("a line")["files"], 2);
    let setting = plan.iter().find(|line| line["event"] == "setting").expect("a setting");
    assert_eq!(
        (&setting["path"], &setting["at"], &setting["before"], &setting["after"]),
        (&"app.env".into(), &"LEVEL".into(), &"debug".into(), &"info".into())
    );
    assert!(events.contains(&"unchanged"), "{plan:?}");
    let known = reader.root["definitions"].as_object().expect("a map").keys().filter(|name| *name != "place");
    let mut seen: Vec<String> = events.iter().map(|&event| event.to_owned()).collect();
    folder.migrate(&["up"]).expect(0);
    folder.write("app.env", b"LEVEL=error\n");
    for arguments in [&["down", "log_level", "--on-conflict", "markers"][..], &["down", "--abort"]] {
        assert_eq!(lines(arguments)[1]["event"], "migration", "{arguments:?}");
    }
    let verify = lines(&["verify"]);
    assert_eq!((&verify[1]["diagnostic"]["code"], &verify[2]["event"]), (&"M0406".into(), &"end".into()));
    seen.extend(verify.iter().map(|line| line["event"].as_str().expect("an event").to_owned()));
    for name in known {
        assert!(seen.contains(name), "{name} was not seen");
    }
}
