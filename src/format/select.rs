//! The settings of a file that a selector means.

use super::{Document, Format, Node, Refusal};
use crate::diagnostic::Code;
use crate::value::{Key, KeyPath, Selector, Step, Value, filter_path};

/// Every setting of `document` that `selector` means, in file order, with its path.
///
/// # Errors
/// When a filter is no RFC 9535 filter expression.
pub fn select<'d>(
    format: &dyn Format,
    text: &str,
    document: &'d Document,
    selector: &Selector,
) -> Result<Vec<(KeyPath, &'d Node)>, Refusal> {
    let mut found = vec![(KeyPath::default(), &document.root)];
    if let Some(path) = selector.as_path().filter(|_| format.is_flat()) {
        found = super::find_all(format, document, &path);
    } else {
        for step in &selector.steps {
            if format.repeats_names() && is_choice(step) && found.iter().all(|(_, node)| !node.is_list()) {
                found = among(found, text, step)?;
                continue;
            }
            let mut next = Vec::new();
            for (path, node) in found {
                next.extend(
                    matching(format, text, node, step)?.into_iter().map(|(key, child)| (path.join(key), child)),
                );
            }
            found = next;
        }
    }
    Ok(found)
}

/// Whether `step` picks elements of a list.
fn is_choice(step: &Step) -> bool {
    matches!(step, Step::Each | Step::Equal(..) | Step::Filter(_) | Step::Key(Key::Index(_)))
}

/// Those of several equal names that `step` picks, as of the elements of a list.
fn among<'n>(found: Vec<(KeyPath, &'n Node)>, text: &str, step: &Step) -> Result<Vec<(KeyPath, &'n Node)>, Refusal> {
    let length = found.len();
    let values = Value::List(found.iter().map(|(_, node)| node.value(text)).collect());
    let filtered = if let Step::Filter(expression) = step { filtered(expression, &values)? } else { Vec::new() };
    let picked = |(index, (_, node)): &(usize, (KeyPath, &'n Node))| match step {
        Step::Each => true,
        Step::Key(Key::Index(wanted)) => position_of(*wanted, length) == Some(*index),
        Step::Equal(name, value) => node.children.iter().any(|child| {
            child.key.as_ref().is_some_and(|key| key.text == *name) && child.value(text).to_string() == *value
        }),
        _ => filtered.contains(&pointer(&KeyPath { keys: vec![Key::Index(*index as isize)] })),
    };
    Ok(found.into_iter().enumerate().filter(picked).map(|(_, one)| one).collect())
}

/// The pointers of the entries of `value` that the filter `expression` holds for.
fn filtered(expression: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    let path = filter_path(expression).map_err(|error| Refusal::new(Code::Usage, error.to_string()))?;
    let json = json(value);
    let located = path.query_located(&json);
    Ok(located.locations().map(|location| location.to_json_pointer()).collect())
}

/// The index that `index` means in a list of `length`; negative counts from the end.
fn position_of(index: isize, length: usize) -> Option<usize> {
    if index < 0 { length.checked_add_signed(index) } else { Some(index as usize) }
}

fn matching<'n>(format: &dyn Format, text: &str, node: &'n Node, step: &Step) -> Result<Vec<(Key, &'n Node)>, Refusal> {
    let keyed = || {
        let key = |(index, child): (usize, &'n Node)| {
            let key = if node.is_list() { Some(Key::Index(index as isize)) } else { child.path_key() };
            Some((key?, child))
        };
        node.children.iter().enumerate().filter_map(key)
    };
    Ok(match step {
        Step::Any | Step::Each => keyed().collect(),
        Step::Key(Key::Index(index)) => {
            let at = position_of(*index, node.children.len());
            keyed().filter(|(key, _)| Some(key) == at.map(|at| Key::Index(at as isize)).as_ref()).collect()
        }
        Step::Key(wanted) => {
            let named = |key: &Key| match (key, wanted) {
                (Key::Site(..), Key::Site(..)) => key == wanted,
                _ => key.name().zip(wanted.name()).is_some_and(|(own, wanted)| format.same_key(own, wanted)),
            };
            keyed().filter(|(key, _)| named(key)).collect()
        }
        Step::Equal(name, value) => {
            let has = |child: &Node| {
                let entry = child
                    .children
                    .iter()
                    .find(|entry| entry.key.as_ref().is_some_and(|key| format.same_key(&key.text, name)));
                entry.is_some_and(|entry| entry.value(text).to_string() == *value)
            };
            keyed().filter(|(_, child)| has(child)).collect()
        }
        Step::Filter(expression) => {
            let names = filtered(expression, &node.value(text))?;
            let own = |key: &Key| pointer(&KeyPath { keys: vec![key.clone()] });
            keyed().filter(|(key, _)| names.contains(&own(key))).collect()
        }
    })
}

/// A path as an RFC 6901 JSON Pointer.
fn pointer(path: &KeyPath) -> String {
    let part = |key: &Key| match key {
        Key::Index(index) => format!("/{index}"),
        Key::Name(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        Key::Site(name, site) => format!("/{}#{site}", name.replace('~', "~0").replace('/', "~1")),
    };
    path.keys.iter().map(part).collect()
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Str(text) | Value::Date(text) | Value::Code(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|(key, value)| (key.clone(), json(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{by_name, read};
    use crate::text::{Position, position};

    #[track_caller]
    fn check(format: &str, text: &str, selector: &str, expected: &[&str]) {
        let format = by_name(format).expect("a format");
        let document = read(format, text).expect("it parses");
        let selected = select(format, text, &document, &selector.parse().expect("a selector")).expect("selected");
        let shown = |(path, node): &(KeyPath, &Node)| {
            let Position { line, column } = position(text, node.entry.start);
            format!("{path} {} {line}:{column}", pointer(path))
        };
        let found: Vec<String> = selected.iter().map(shown).collect();
        assert_eq!(found, expected, "{selector}");
    }

    #[test]
    fn settings_are_found_with_their_places() {
        let compose = "services:\n  web:\n    environment: {DEBUG: 1}\n  job:\n    environment: {DEBUG: 2}\n";
        check(
            "yaml",
            compose,
            "services[*].environment.DEBUG",
            &[
                "services.web.environment.DEBUG /services/web/environment/DEBUG 3:19",
                "services.job.environment.DEBUG /services/job/environment/DEBUG 5:19",
            ],
        );
        let steps = "steps:\n  - name: build\n    run: a\n  - name: test\n    run: b\n";
        check("yaml", steps, "steps[name=test].run", &["steps[1].run /steps/1/run 5:5"]);
        check("yaml", steps, "steps[-1].name", &["steps[1].name /steps/1/name 4:5"]);
        let hosts = "{\"hosts\": [{\"port\": 80}, {\"port\": 8080}], \"a/b\": 1}";
        check("json", hosts, "hosts[?@.port > 1024].port", &["hosts[1].port /hosts/1/port 1:27"]);
        check("json", hosts, "/a~1b", &["a/b /a~1b 1:43"]);
        check("env", "A=1\nB=2\n", "*", &["A /A 1:1", "B /B 2:1"]);
        let python = "DATABASES = {\n    'default': {'HOST': 'a'},\n    'other': {'HOST': 'b'},\n}\n";
        check(
            "python",
            python,
            "DATABASES[*].HOST",
            &["DATABASES.default.HOST /DATABASES/default/HOST 2:17", "DATABASES.other.HOST /DATABASES/other/HOST 3:15"],
        );
    }

    #[test]
    fn repeated_names_are_picked_as_from_a_list() {
        let config = "<configuration>\n <appSettings>\n  <add key=\"A\" value=\"1\"/>\n  <add key=\"Mode\" value=\"2\"/>\n \
                      </appSettings>\n</configuration>\n";
        let found = "configuration.appSettings.add#2.@value /configuration/appSettings/add#2/@value 4:19";
        for selector in ["add[@key=Mode]", "add[-1]", "add[1]", "add[?@['@key'] == 'Mode']"] {
            check("xml", config, &format!("configuration.appSettings.{selector}.@value"), &[found]);
        }
        let rules = "rule {\n  port = 1\n}\nrule {\n  port = 2\n}\n";
        check("hcl", rules, "rule[port=2].port", &["rule#2.port /rule#2/port 5:3"]);
    }
}
