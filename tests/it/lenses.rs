//! The laws of lenses, for texts and values of any kind: what is put is got, what is there is not put again, nothing else
//! moves, and what was put is taken back to the byte.

use proptest::prelude::*;
use settings_migrate::format::{Change, Format, Trace, by_name, edit, part_of, undo_all};
use settings_migrate::value::{Key, KeyPath, Lens, Part, Value, url};

/// A text of a lens, the part that is put, and the texts of all others.
#[derive(Clone, Debug)]
struct Case {
    text: String,
    part: Part,
    others: Vec<Part>,
}

fn part(lens: Lens, path: KeyPath) -> Part {
    Part { lens, path }
}

fn urls() -> impl Strategy<Value = Case> {
    let user = prop::option::of("[a-z]{1,3}(:[a-z%40?#]{0,4})?");
    let query = prop::collection::vec("[abc]=[a-z0-9+/_.-]{0,3}(%20|%C3%BC)?", 0..4);
    let name = prop::sample::select(vec!["a", "sslmode", "x.y"]);
    let address = (user, "[a-z.]{1,5}", prop::option::of(1u16..), prop::option::of("/[a-z%20]{0,4}"));
    (address, query, prop::option::of("[a-z]{0,3}"), name).prop_map(
        |((user, host, port, path), query, fragment, name)| {
            let mut text = "postgres://".to_owned();
            text += &user.map(|user| format!("{user}@")).unwrap_or_default();
            text += &host;
            text += &port.map(|port| format!(":{port}")).unwrap_or_default();
            text += &path.unwrap_or_default();
            if !query.is_empty() {
                text += &format!("?{}", query.join("&"));
            }
            text += &fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
            let names = ["scheme", "user", "host", "port", "path", "fragment"];
            let others = names.iter().map(|name| part(Lens::Url, KeyPath::new([*name])));
            let others = others.chain(["b", "c"].iter().map(|name| Part::query(name))).collect();
            Case { text, part: Part::query(name), others }
        },
    )
}

fn connection_strings() -> impl Strategy<Value = Case> {
    let value = prop_oneof!["[a-z0-9/.]{1,5}", "'[a-z =]{0,5}'", "'a\\\\\\\\?\\\\'b'"];
    let pairs = prop::collection::vec((" {0,2}= {0,1}", value, " {1,3}"), 0..4);
    let name = prop::sample::select(vec!["host", "sslmode"]);
    (pairs, name).prop_map(|(pairs, name)| {
        let names = ["host", "port", "user", "dbname"];
        let pairs = names.iter().zip(pairs).map(|(name, (sign, value, gap))| format!("{name}{sign}{value}{gap}"));
        let other = |other: &&&str| **other != name;
        let others = names.iter().filter(other).map(|name| part(Lens::Dsn, KeyPath::new([*name]))).collect();
        Case {
            text: pairs.collect::<String>().trim_end().to_owned(),
            part: part(Lens::Dsn, KeyPath::new([name])),
            others,
        }
    })
}

fn objects() -> impl Strategy<Value = Case> {
    let entries = prop::collection::vec("[0-9]|\"[a-z]{0,3}\"|\\[1, 2\\]", 0..4);
    let name = prop::sample::select(vec!["a", "new"]);
    (entries, name, any::<bool>()).prop_map(|(entries, name, spaced)| {
        let names = ["a", "b", "c", "d"];
        let (colon, comma) = if spaced { (": ", ", ") } else { (":", ",") };
        let entries = names.iter().zip(entries).map(|(name, value)| format!("\"{name}\"{colon}{value}"));
        let text = format!("{{{}}}", entries.collect::<Vec<_>>().join(comma));
        let others = names[1..].iter().map(|name| part(Lens::Json, KeyPath::new([*name]))).collect();
        Case { text, part: part(Lens::Json, KeyPath::new([name])), others }
    })
}

fn lists() -> impl Strategy<Value = Case> {
    let items = prop::collection::vec("[a-z0-9.]{1,4}", 1..5);
    let separator = prop::sample::select(vec![',', ';', '|', ':']);
    (items, separator, any::<bool>(), any::<prop::sample::Index>()).prop_map(|(items, separator, spaced, at)| {
        let gap = if spaced { format!("{separator} ") } else { separator.to_string() };
        let item = |index: usize| part(Lens::Csv(separator), KeyPath { keys: vec![Key::Index(index as isize)] });
        let at = at.index(items.len());
        let others = (0..items.len()).filter(|index| *index != at).map(item).collect();
        Case { text: items.join(&gap), part: item(at), others }
    })
}

/// A file that holds the text of the case under `s`.
fn file(format: &str, text: &str) -> Option<(&'static dyn Format, String)> {
    let format = by_name(format)?;
    let empty = match format.name() {
        "json" => "{\n  \"s\": \"\"\n}\n",
        "yaml" => "s: ''\n",
        _ => "s=\"\"\n",
    };
    let filled = edit(format, empty, &Change::Set { path: KeyPath::new(["s"]), value: text.into() }).ok()?;
    Some((format, filled.text))
}

fn laws(format: &str, case: &Case, value: &str) {
    let Some((format, before)) = file(format, &case.text) else { return };
    let setting = KeyPath::new(["s"]);
    let set = |value: Value| Change::Set { path: case.part.path.clone(), value }.within(&setting, case.part.lens);
    let held = |file: &str| {
        let document = settings_migrate::format::read(format, file).expect("it parses");
        document.root.children[0].value(file).as_str().expect("a text").to_owned()
    };
    if let Some(known) = part_of(&case.text, &case.part) {
        let outcome = edit(format, &before, &set(known)).expect("it is there");
        assert!(outcome.made.is_empty(), "get-put: {:?}", outcome.made);
    }
    let Ok(outcome) = edit(format, &before, &set(value.into())) else { return };
    let after = held(&outcome.text);
    assert_eq!(part_of(&after, &case.part), Some(value.into()), "put-get: {after}");
    for other in &case.others {
        assert_eq!(part_of(&after, other), part_of(&case.text, other), "{other}: {after}");
    }
    if case.part.lens == Lens::Url {
        let written = |text: &str| -> Vec<String> {
            let known = url::parameters(text).into_iter().filter(|known| Some(&*known.name) != case.part.parameter());
            let parts = url::parts(text).into_iter().map(|(_, span)| span);
            parts.chain(known.map(|known| known.entry)).map(|span| span.of(text).to_owned()).collect()
        };
        assert_eq!(written(&after), written(&case.text), "percent-encoding elsewhere");
    }
    let traces: Vec<Trace> = outcome.made.iter().map(Trace::of).collect();
    let (undone, outcomes) = undo_all(format, &outcome.text, &traces).expect("it parses");
    assert_eq!(undone, before, "{outcomes:?}");
}

proptest! {
    #[test]
    fn parts_keep_the_laws_of_lenses(
        case in prop_oneof![urls(), connection_strings(), objects(), lists()],
        value in prop_oneof!["[a-z]{1,6}", "[a-zA-Z0-9 /:?&#%'\"\\\\=+@ü.,;-]{0,8}"],
    ) {
        for format in ["env", "json", "yaml"] {
            laws(format, &case, &value);
        }
    }
}
