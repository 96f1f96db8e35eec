//! Suggestions and fixes: what a reviewer's click makes of a file is what `up` makes of it.

use serde_json::Value;

use crate::command::Folder;

fn folder(name: &str, text: &str, operations: &str) -> Folder {
    let migration = format!("schema = 1\ntitle = \"Change\"\n\n[[step]]\nedit = \"{name}\"\ndo = [\n{operations}\n]\n");
    Folder::repository(&[(name, text), ("migrations/v0001_change.toml", &migration)])
}

fn report(folder: &Folder, name: &str) -> Value {
    let answer = folder.migrate(&["plan", "--report", name]).expect(0);
    assert!(!answer.stdout.contains("S3CR3T"), "{}", answer.stdout);
    serde_json::from_str(&answer.stdout).expect("JSON")
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))).expect("a line")
}

/// The file with every suggestion applied, from the last to the first.
fn suggested(rdjson: &Value, text: &str) -> Option<String> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for diagnostic in rdjson["diagnostics"].as_array().expect("a list").iter().rev() {
        let own = diagnostic.get("suggestions")?.get(0)?;
        assert_eq!(own["range"], diagnostic["location"]["range"], "reviewdog takes no other");
        let (start, last) = (number(&own["range"]["start"]["line"]), number(&own["range"]["end"]["line"]));
        let new = own["text"].as_str().expect("a text");
        let new = if new.is_empty() { String::new() } else { format!("{new}{end}") };
        lines.splice(start - 1..last, [new]);
    }
    Some(lines.concat())
}

/// The file with the fix of the first result applied.
fn fixed(sarif: &Value, text: &str) -> Option<String> {
    let change = sarif["runs"][0]["results"][0].get("fixes")?[0]["artifactChanges"][0].clone();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for one in change["replacements"].as_array().expect("a list").iter().rev() {
        let region = &one["deletedRegion"];
        assert_eq!((&region["startColumn"], &region["endColumn"]), (&1.into(), &1.into()));
        let new = one["insertedContent"]["text"].as_str().expect("a text").to_owned();
        lines.splice(number(&region["startLine"]) - 1..number(&region["endLine"]) - 1, [new]);
    }
    Some(lines.concat())
}

/// What SARIF 2.1.0 wants of each of its parts that we write.
fn is_sarif(log: &Value) {
    assert_eq!((&log["version"], log["runs"].as_array().map(Vec::len)), (&"2.1.0".into(), Some(1)));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(
        run["tool"]["driver"]["name"].is_string()
            && rules.iter().all(|rule| rule["shortDescription"]["text"].is_string())
    );
    for result in run["results"].as_array().expect("results") {
        assert_eq!(rules[number(&result["ruleIndex"])]["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().expect("a level")));
        assert!(result["message"]["text"].is_string());
        for location in result["locations"].as_array().expect("locations") {
            let place = &location["physicalLocation"];
            assert!(place["artifactLocation"]["uri"].is_string() && number(&place["region"]["startLine"]) > 0);
        }
        for fix in result.get("fixes").and_then(Value::as_array).into_iter().flatten() {
            let changes = fix["artifactChanges"].as_array().expect("changes");
            assert!(changes.iter().all(|one| one["artifactLocation"]["uri"].is_string()));
            assert!(changes.iter().all(|one| one["replacements"].as_array().is_some_and(|all| !all.is_empty())));
        }
    }
}

#[test]
fn a_click_makes_what_up_makes() {
    let set = "{ set = \"LEVEL\", to = \"info\" },";
    let several = "{ set = \"A\", to = \"2\" },\n{ set = \"C\", to = \"2\" },\n{ remove = \"D\" },\n{ set = \"NEW\", to = \"1\" },";
    let secret = "{ set = \"API_TOKEN\", to = \"x\", secret = false },";
    let cases: &[(&str, &str, &str, bool)] = &[
        ("app.env", "LEVEL=debug\n", set, true),
        ("app.env", "A=1\r\nLEVEL=debug\r\nB=1\r\n", set, true),
        ("app.env", "A=1\nB=1\nC=1\nX=1\nD=1\nE=1\n", several, true),
        ("app.env", "A=1\nB=1\nC=1\nX=1\nD=1\nLAST=\n", several, true),
        ("app.yaml", "a:\n  b: 1\n", "{ insert = \"a.c\", value = 2, before = \"b\" },", true),
        ("app.yaml", "b: \"`x` ::error::y <b>\"\n", "{ insert = \"a\", value = 2, before = \"b\" },", true),
        ("app.env", "\u{feff}LEVEL=debug\nB=1\n", set, true),
        ("app.env", "API_TOKEN=S3CR3T\nLEVEL=debug\n", set, true),
        // Neither can say that the last line has no end, a secret is not shown, and a neighbour may be one.
        ("app.env", "LEVEL=debug", set, false),
        ("app.env", "API_TOKEN=S3CR3T\n", secret, false),
        ("app.env", "API_TOKEN=S3CR3T\n", set, false),
    ];
    for (name, text, operations, offered) in cases {
        let folder = folder(name, text, operations);
        let (rdjson, sarif) = (report(&folder, "rdjson"), report(&folder, "sarif"));
        is_sarif(&sarif);
        let (suggested, fixed) = (suggested(&rdjson, text), fixed(&sarif, text));
        folder.migrate(&["up"]).expect(0);
        let up = offered.then(|| folder.read(name));
        assert_eq!(suggested, up, "{text:?}: {rdjson:#}");
        assert_eq!(fixed, up, "{text:?}: {sarif:#}");
    }
}
