//! Which settings of a file hold secrets, as far as the names in it tell.

use std::collections::BTreeSet;

use super::{Body, Document, Format, Node, Opened, find, read_as};
use crate::diagnostic::Location;
use crate::path::RepoPath;
use crate::text::{Span, line_end, line_start, position};
use crate::value::{
    Key, KeyPath, Value, holds_secret, is_secret, is_secret_name, mask, mask_spans, names_a_place, secret_literals,
};

/// The kind of a manifest that holds secrets.
const MANIFEST: &str = "Secret";

/// The places of one file that hold secrets.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    found: Vec<(KeyPath, Span)>,
    /// What they are, as the language reads them.
    values: BTreeSet<String>,
}

impl Secrets {
    /// Looks at every name in `text`; a file that does not parse has none, and is not edited either.
    pub fn of(file_name: &str, text: &str) -> Self {
        match read_as(file_name, text) {
            Some(Ok((format, document))) => Self::in_document(format, text, &document),
            _ => Self::default(),
        }
    }

    /// As `of`, for a text that was read as `document`.
    pub fn in_document(format: &dyn Format, text: &str, document: &Document) -> Self {
        let mut secrets = Self::default();
        secrets.collect(text, &document.root, &mut KeyPath::default());
        secrets.found.iter_mut().for_each(|(_, span)| *span = to_its_end(format, text, *span));
        secrets
    }

    /// The same, with the settings of `file` at `private`, of which no name tells.
    #[must_use]
    pub fn with(mut self, private: &[KeyPath], file: &Opened) -> Self {
        let (format, text) = (file.format, &file.text.content);
        for path in private {
            if let Some(node) = find(format, &file.document, path) {
                self.found.push((path.clone(), to_its_end(format, text, unquoted(text, node.value))));
            }
        }
        self
    }

    /// The bytes of the values, sorted: of any length, over any lines.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = self.found.iter().map(|(_, span)| *span).collect();
        spans.sort();
        spans
    }

    /// Whether the setting at `path` is a secret, or holds or lies in one.
    pub fn touch(&self, path: &KeyPath) -> bool {
        self.found.iter().any(|(secret, _)| secret.starts_with(path) || path.starts_with(secret))
    }

    fn push(&mut self, text: &str, path: &KeyPath, node: &Node) {
        self.found.push((path.clone(), unquoted(text, node.value)));
        self.values.extend(value_text(node).or_else(|| code_text(text, node)));
    }

    fn collect(&mut self, text: &str, node: &Node, path: &mut KeyPath) {
        let own = || node.key.as_ref().map(|key| key.text.as_str()).filter(|key| is_secret_name(key));
        let named = || own().map(str::to_owned).or_else(|| label(node));
        let in_manifest = is_manifest(node);
        let mut announced = false;
        // Looks are told by a line, and here the lines end elsewhere.
        let looks = |value: String| holds_secret(&value);
        if node.value.of(text).contains('\n') && value_text(node).is_some_and(looks) {
            self.push(text, path, node);
        }
        for (index, child) in node.children.iter().enumerate() {
            let key = if node.is_list() { Some(Key::Index(index as isize)) } else { child.path_key() };
            let Some(key) = key else { continue };
            path.keys.push(key);
            let name = child.key.as_ref().map_or("", |key| &key.text);
            let is_whole = |name: &str| is_secret_name(name) && is_secret(name, &value_text(child).unwrap_or_default());
            let by_name = is_whole(name);
            // Of `secrets` it is the names that are listed.
            let listed = node.is_list() && node.key.as_ref().is_some_and(|key| names_one(&key.text));
            let is_told =
                by_name || announced || listed || says_content(name) && named().as_deref().is_some_and(is_whole);
            if is_told && is_secret_value(text, child, !by_name) {
                self.push(text, path, child);
            } else if is_told && matches!(child.body, Body::Opaque(_)) {
                let (start, literals) = (child.value.start, secret_literals(child.value.of(text)));
                self.values.extend(code_text(text, child).filter(|_| !literals.is_empty()));
                let literals = literals.into_iter().map(|one| Span::new(start + one.start, start + one.end));
                self.found.extend(literals.map(|literal| (path.clone(), literal)));
            } else if in_manifest && holds_secrets(name) {
                child.walk(path, &mut |path, value| {
                    if is_secret_value(text, value, true) {
                        self.push(text, path, value);
                    }
                });
            }
            announced = is_any(name, &["key"]) && names_secret(child);
            self.collect(text, child, path);
            path.keys.pop();
        }
    }
}

/// The settings that hold a secret under a name which does not tell, in a file that was the first of `sides` and is the
/// second: what was renamed, moved or copied, and what is `told`; `passing` holds what stood there in between. Where `all`
/// is set, each value of the first is a secret.
pub fn disguised(
    sides: [Option<&Opened>; 2],
    passing: &BTreeSet<(KeyPath, String)>,
    all: bool,
    told: Option<&dyn Fn(&str) -> bool>,
) -> Vec<KeyPath> {
    let named = sides.map(|side| side.map(|side| &side.secrets().values).filter(|values| !values.is_empty()));
    if named.iter().all(Option::is_none) && !all && told.is_none() {
        return Vec::new();
    }
    let each_value = |side: Option<&Opened>, visit: &mut dyn FnMut(&KeyPath, String)| {
        let Some(Opened { document, text, .. }) = side else { return };
        document.root.walk(&KeyPath::default(), &mut |path, node| {
            let code = || code_text(&text.content, node);
            value_text(node).or_else(code).into_iter().for_each(|value| visit(path, value));
        });
    };
    let mut private = BTreeSet::new();
    each_value(sides[0].filter(|_| all), &mut |_, value| private.extend([value]));
    let is_named = |value: &String| named.map(|named| named.is_some_and(|named| named.contains(value)));
    let is_known = |value: &String| {
        is_named(value).contains(&true) || private.contains(value) || told.is_some_and(|told| told(value))
    };
    let [before, after] = sides.map(|side| {
        let mut known = BTreeSet::new();
        each_value(side, &mut |path, value| {
            if is_known(&value) {
                known.insert((path.clone(), value));
            }
        });
        known
    });
    // What is where it was is known by its name; else only where its value gets such a name here, or had one.
    let is_new = |value: &String| is_named(value) == [true, false] || is_named(value) == [false, true];
    let moved = before.symmetric_difference(&after).chain(passing.iter().filter(|(_, value)| is_known(value)));
    let stays = before.intersection(&after).filter(|(_, value)| is_new(value));
    let found: BTreeSet<&KeyPath> = moved.chain(stays).map(|(path, _)| path).collect();
    found.into_iter().cloned().collect()
}

fn value_text(node: &Node) -> Option<String> {
    match &node.body {
        Body::Scalar { value: Value::Str(value), .. } => Some(value.clone()).filter(|value| !value.is_empty()),
        Body::Scalar { value: Value::Int(number), .. } => Some(number.to_string()),
        _ => None,
    }
}

/// An expression as it is written.
fn code_text(text: &str, node: &Node) -> Option<String> {
    let source = node.value.of(text);
    (matches!(node.body, Body::Opaque(_)) && !source.is_empty()).then(|| source.to_owned())
}

/// Whether a list of this name holds secrets, not the names of some.
fn names_one(name: &str) -> bool {
    is_secret_name(name) && !name.to_ascii_lowercase().ends_with("secrets")
}

/// Where one reader sees a comment behind a value, another one sees the rest of the value: without quotes it may go on to
/// the end of its line.
fn to_its_end(format: &dyn Format, text: &str, span: Span) -> Span {
    if !matches!(format.name(), "env" | "ini") {
        return span;
    }
    let quoted = text[..span.start].ends_with(['"', '\'', '`']) || span.of(text).starts_with(['"', '\'', '`']);
    if quoted { span } else { Span::new(span.start, line_end(text, span.end).max(span.end)) }
}

/// The place `span` of `text`, the content of `path`; without its line where that shows a secret which the line
/// itself does not give away.
pub fn location(path: &RepoPath, text: &str, span: Span, label: &str) -> Location {
    let start = span.start.min(text.len());
    match read_as(path.file_name(), text) {
        Some(Err(_)) if lines_near_secrets(&text[..line_end(text, start)]).last().copied().unwrap_or(false) => {
            Location::bare(path.as_str(), position(text, start))
        }
        Some(Err(_)) => Location::new(path.as_str(), text, span, label),
        _ => location_among(path, text, span, label, &Secrets::of(path.file_name(), text)),
    }
}

/// As `location`, where the secrets of `text` are known.
pub fn location_among(path: &RepoPath, text: &str, span: Span, label: &str, secrets: &Secrets) -> Location {
    let start = span.start.min(text.len());
    let line = Span::new(line_start(text, start), line_end(text, start));
    let own = |secret: &Span| {
        let part = Span::new(secret.start.max(line.start), secret.end.min(line.end));
        (part.start < part.end).then(|| Span::new(part.start - line.start, part.end - line.start))
    };
    // The mask that looks at nothing but the line may end before the secret does.
    let parts: Vec<Span> = secrets.spans().iter().filter_map(own).collect();
    if mask(line.of(text)) == mask(&mask_spans(line.of(text), &parts)) {
        Location::new(path.as_str(), text, span, label)
    } else {
        Location::bare(path.as_str(), position(text, start))
    }
}

/// Of a text that can not be read, which lines may show a secret: they name one, or one above may go on in them. Nobody
/// knows where a value ends there, and what the names around it are.
pub fn lines_near_secrets(text: &str) -> Vec<bool> {
    let mut open = false;
    // The indentations of the lines above that name a secret and may have more below.
    let mut above: Vec<usize> = Vec::new();
    let is_kind = |line: &str| line.trim().strip_prefix("kind:").is_some_and(|kind| kind.trim() == MANIFEST);
    let in_manifest = text.lines().any(is_kind);
    let near = |line: &str| {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        // A line of a template engine stands where its author likes.
        if !content.is_empty() && !content.starts_with("{{") {
            above.retain(|other| *other < indent);
        }
        let inside = open || !above.is_empty();
        let tells = tells_secret(line);
        let holds = in_manifest && content.split_once(':').is_some_and(|(key, _)| holds_secrets(key));
        if tells || holds {
            above.push(indent);
        }
        open |= tells && is_open(line);
        inside || tells || holds || says_content(content.split([':', '=', ' ']).next().unwrap_or(""))
    };
    text.lines().map(near).collect()
}

/// Whether a word of `line` names a secret, or something in it looks like one.
fn tells_secret(line: &str) -> bool {
    let words = line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    // What breaks a text may be in the password itself, which then has no end.
    let login = line.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    login || mask(line) != line || words.into_iter().any(is_secret_name)
}

/// Whether a value that starts on `line` may end on a later one.
fn is_open(line: &str) -> bool {
    let end = line.trim_end();
    let odd = |quote: char| line.matches(quote).count() % 2 == 1;
    let element = line.contains('<') && !line.contains("</") && !line.contains("/>");
    let more = |open: char, close: char| line.matches(open).count() > line.matches(close).count();
    element
        || [('(', ')'), ('[', ']'), ('{', '}')].into_iter().any(|(open, close)| more(open, close))
        || line.contains("<<")
        || line.contains("PRIVATE KEY")
        || ['"', '\'', '`'].into_iter().any(odd)
        || end.ends_with(['\\', ':', '=', '+', '|', '>', '-'])
}

/// The bytes of every literal in a file of which all values are private.
pub fn literal_spans(text: &str, document: &Document) -> Vec<Span> {
    let mut spans = Vec::new();
    document.root.walk(&KeyPath::default(), &mut |_, node| {
        if matches!(node.body, Body::Scalar { .. }) && !node.value.is_empty() {
            spans.push(unquoted(text, node.value));
        }
    });
    spans.sort();
    spans
}

/// Whether a key with this name holds what something beside or above it names: `value` in `{name: TOKEN, value: x}`,
/// `default` in `variable "token" { default = "x" }`, the text in `<token type="x">text</token>`.
pub fn says_content(name: &str) -> bool {
    is_any(name, &["value", "default", "text"])
}

/// Whether everything below a key of this name is secret in a manifest of a secret, whatever the names in it are.
pub fn holds_secrets(name: &str) -> bool {
    matches!(name, "data" | "stringData")
}

/// Whether `node` is the manifest of a secret, as Kubernetes has them.
fn is_manifest(node: &Node) -> bool {
    let is_kind = |child: &Node| child.key.as_ref().is_some_and(|key| key.text == "kind");
    node.children.iter().any(|child| is_kind(child) && value_text(child).as_deref() == Some(MANIFEST))
}

/// What an entry of `node` says that its content is, where that is a secret: `name: DB_PASSWORD`, `key="token"`.
fn label(node: &Node) -> Option<String> {
    let says = |child: &&Node| {
        let name = child.key.as_ref().map_or("", |key| &key.text);
        is_any(name, &["name", "key", "id", "variable"]) && names_secret(child)
    };
    value_text(node.children.iter().filter(|_| !node.is_list()).find(says)?)
}

fn names_secret(node: &Node) -> bool {
    matches!(&node.body, Body::Scalar { value: Value::Str(name), .. } if is_secret_name(name))
}

/// Whether `name` is one of `names` in any case, but for the mark of attributes and texts of XML.
fn is_any(name: &str, names: &[&str]) -> bool {
    let name = name.trim_start_matches(['@', '#']);
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn is_secret_value(text: &str, node: &Node, numbers: bool) -> bool {
    let source = node.value.of(text);
    let secret = match &node.body {
        Body::Scalar { value: Value::Str(_), .. } => !names_a_place(source),
        Body::Scalar { value: Value::Int(_), .. } => numbers,
        Body::Opaque(_) => source.contains('\n'),
        _ => false,
    };
    secret && !node.value.is_empty()
}

/// Inside the quotes of a one-line literal.
fn unquoted(text: &str, span: Span) -> Span {
    let source = span.of(text);
    let quote = source.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'));
    let plain =
        quote.is_some_and(|quote| source.len() > 1 && source.ends_with(quote) && source.matches(quote).count() == 2);
    if plain && !source.contains('\n') { Span::new(span.start + 1, span.end - 1) } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_beside_or_above_makes_a_secret() {
        let cases = [
            (
                "a.yaml",
                "env:\n- name: DB_PASSWORD\n  value: x1\n- name: A\n  value: x\n",
                "env:\n- name: DB_PASSWORD\n  value: •••\n- name: A\n  value: x\n",
            ),
            ("a.json", r#"[{"name": "TOKEN", "value": "x1"}]"#, r#"[{"name": "TOKEN", "value": "•••"}]"#),
            (
                "a.tf",
                "variable \"db_password\" {\n  default = \"x1\"\n}\n",
                "variable \"db_password\" {\n  default = \"•••\"\n}\n",
            ),
            (
                "a.xml",
                "<a><add key=\"DbPassword\" value=\"x1\"/></a>",
                "<a><add key=\"DbPassword\" value=\"•••\"/></a>",
            ),
            ("b.xml", "<a><password kind=\"k\">x1</password></a>", "<a><password kind=\"k\">•••</password></a>"),
            (
                "c.xml",
                "<a><p><name>db.password</name><value>x1</value></p></a>",
                "<a><p><name>db.password</name><value>•••</value></p></a>",
            ),
            ("d.xml", "<a password=\"x1\"><token>x2</token></a>", "<a password=\"•••\"><token>•••</token></a>"),
            (
                "e.yaml",
                "kind: Secret\nstringData: {prod: x1}\ndata:\n  a: x2\n  b: |\n    x3\n---\nkind: ConfigMap\ndata: {a: x}\n",
                "kind: Secret\nstringData: {prod: •••}\ndata:\n  a: •••\n  b: •••\n•••\n---\nkind: ConfigMap\ndata: {a: x}\n",
            ),
            ("f.json", r#"{"kind": "Secret", "data": {"a": "x1"}}"#, r#"{"kind": "Secret", "data": {"a": "•••"}}"#),
            ("f.py", "TOKEN = g('A', 'x1')\nB = g('x')\n", "TOKEN = g('•••', '•••')\nB = g('x')\n"),
            ("g.py", "D = {'TOKEN':\n  env('A', default='x1')}\n", "D = {'TOKEN':\n  env('A', default='•••')}\n"),
            (
                "g.js",
                "export const c = { password: process.env.PW || 'x1', b: d || 'x' };\n",
                "export const c = { password: process.env.PW || '•••', b: d || 'x' };\n",
            ),
            (
                "e.plist",
                "<dict><key>Password</key><string>x1</string><key>A</key><string>x</string></dict>",
                "<dict><key>Password</key><string>•••</string><key>A</key><string>x</string></dict>",
            ),
        ];
        for (name, text, masked) in cases {
            assert_eq!(mask_spans(text, &Secrets::of(name, text).spans()), masked);
        }
    }

    #[test]
    fn a_line_that_would_show_a_secret_is_not_quoted() {
        let cases = [
            ("a.yaml", "- name: DB_PASSWORD\n  value: hunter2\n", ""),
            ("b.yaml", "password: |\n  hunter2\n", ""),
            ("c.yaml", "password: hunter2\n", "password: hunter2"),
            ("f.yaml", "password: of words hunter2\n", ""),
            ("d.yaml", "- name: A\n  value: hunter2\n", "  value: hunter2"),
            ("e.yaml", "- name: DB_PASSWORD\n  value: \"hunter2\n", ""),
        ];
        for (name, text, excerpt) in cases {
            let path = RepoPath::new(name).expect("a path");
            let at = text.find("hunter2").expect("the value");
            assert_eq!(location(&path, text, Span::at(at), "here").excerpt, excerpt, "{name}");
        }
    }
}
