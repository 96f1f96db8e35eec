//! Code as a tree of what it sets: `name: value` of objects and dictionaries, `name = value` of statements and calls,
//! wherever they stand, functions and getters too. It reads tokens only: an expression is shown, not understood.

use std::collections::BTreeMap;

use crate::format::{Body, Layout, Name, Node, Opaque};
use crate::text::Span;
use crate::value::Value;

/// The tree of `text`, which consists of these tokens. Calls are maps called `connect()` and `new Pool()`; what has no
/// name is called by an empty one.
pub(super) fn outline(text: &str, tokens: &[Span], is_python: bool) -> Node {
    let mut closing = vec![tokens.len(); tokens.len()];
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.of(text) {
            "(" | "[" | "{" => open.push(index),
            ")" | "]" | "}" => {
                if let Some(start) = open.pop() {
                    closing[start] = index;
                }
            }
            _ => {}
        }
    }
    let reader = Reader { text, tokens, closing, is_python };
    let whole = Span::new(0, text.len());
    let children = reader.items(0, tokens.len(), Holds::Statements);
    Node { key: None, entry: whole, value: whole, body: Body::Map(Layout::Implied), children }
}

/// A script as the texts of its lines, which may set variables.
pub(super) fn lines(text: &str) -> Node {
    let mut children = Vec::new();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        if !line.trim_start().starts_with('#') {
            let body = Body::Scalar { value: Value::Str(line.trim().to_owned()), content: None };
            let key = Some(Name { text: String::new(), span: Span::at(span.start), site: Some(index) });
            children.push(Node { key, body, ..opaque(span, Opaque::Expression) });
        }
    }
    let whole = Span::new(0, text.len());
    Node { key: None, entry: whole, value: whole, body: Body::Map(Layout::Implied), children }
}

/// What a name stands for that is declared only once: `const ssl = { ... }`.
pub(super) fn declared<'n>(root: &'n Node, text: &str) -> BTreeMap<&'n str, &'n Node> {
    let mut found: BTreeMap<&str, Option<&Node>> = BTreeMap::new();
    root.walk(&crate::value::KeyPath::default(), &mut |_, node| {
        let Some(key) = &node.key else { return };
        if text.get(key.span.end..node.value.start).is_some_and(|sign| sign.contains('=')) {
            found.entry(&key.text).and_modify(|known| *known = None).or_insert(Some(node));
        }
    });
    found.into_iter().filter_map(|(name, node)| Some((name, node?))).collect()
}

/// What stands between two brackets, or in the whole file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Statements,
    /// An object, or a block of statements.
    Braces,
    Arguments,
    /// What a function takes: names, and values that a caller may replace.
    Parameters,
    Items,
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Span],
    /// Of each opening bracket the token that closes it.
    closing: Vec<usize>,
    is_python: bool,
}

impl Reader<'_> {
    /// What the tokens from `from` to `to` hold, one node an item.
    fn items(&self, from: usize, to: usize, holds: Holds) -> Vec<Node> {
        let (mut nodes, mut start, mut at) = (Vec::new(), from, from);
        while at < to {
            if matches!(self.word(at), "," | ";") {
                nodes.extend(self.item(start, at, holds));
                start = at + 1;
            } else if at > start && self.starts_statement(at, holds) {
                nodes.extend(self.item(start, at, holds));
                start = at;
            }
            at = self.behind(at);
        }
        nodes.extend(self.item(start, to, holds));
        nodes
    }

    /// Whether a statement ends before the token `at`, though no sign says so.
    fn starts_statement(&self, at: usize, holds: Holds) -> bool {
        let (before, token) = (self.tokens[at - 1], self.tokens[at]);
        let has_statements = holds == Holds::Statements || holds == Holds::Braces && !self.is_python;
        if !has_statements || !self.text[before.end..token.start].contains('\n') {
            return false;
        }
        let ends = |c: char| is_of_name(c) || matches!(c, '\'' | '"' | '`' | ')' | ']' | '}');
        let starts = |c: char| is_of_name(c) || matches!(c, '\'' | '"' | '`' | '{' | '@' | '#');
        self.is_python || self.word(at - 1).ends_with(ends) && self.word(at).starts_with(starts)
    }

    fn item(&self, start: usize, end: usize, holds: Holds) -> Option<Node> {
        if start >= end {
            return None;
        }
        if holds == Holds::Braces {
            let is_key = self.literal(start).is_some() || !self.is_python && self.is_name(start);
            if is_key && start + 1 < end && self.word(start + 1) == ":" {
                return Some(self.pair(start, start, start + 2, end));
            }
            if !self.is_python && end == start + 1 && self.is_name(start) {
                let entry = self.tokens[start];
                let node = Node { value: Span::at(entry.end), ..opaque(entry, Opaque::Shorthand) };
                return Some(self.called(start, node));
            }
            if let Some(name) = self.method(start, end) {
                let node =
                    Node { children: self.groups(name + 1, end), ..opaque(self.span(start, end), Opaque::Method) };
                return Some(self.called(name, node));
            }
        }
        let tokens = std::iter::successors(Some(start), |at| Some(self.behind(*at))).take_while(|at| *at < end);
        let sign = tokens.skip(1).find(|at| self.word(*at) == "=");
        let is_read = match holds {
            Holds::Statements | Holds::Braces => true,
            Holds::Arguments => self.is_python,
            Holds::Parameters | Holds::Items => false,
        };
        match sign.filter(|_| is_read).and_then(|sign| Some((sign, self.target(start, sign)?))) {
            Some((sign, name)) => Some(self.pair(name, start, sign + 1, end)),
            None => {
                let key = Name { text: String::new(), span: Span::at(self.tokens[start].start), site: Some(start) };
                Some(Node { key: Some(key), ..self.value(start, end) })
            }
        }
    }

    /// The name that `name =`, `a.name =`, `a['name'] =` and `name: Type =` set, before the sign.
    fn target(&self, start: usize, sign: usize) -> Option<usize> {
        let last = sign - 1;
        if self.word(last) == "]" {
            return (last >= start + 2 && self.literal(last - 1).is_some()).then_some(last - 1);
        }
        let is_typed = last >= start + 2 && self.word(last - 1) == ":" && self.is_name(last - 2);
        let name = if is_typed { last - 2 } else { last };
        self.is_name(name).then_some(name)
    }

    /// The name of `get ssl() { ... }` and `ssl() { ... }`.
    fn method(&self, start: usize, end: usize) -> Option<usize> {
        const NO_NAMES: [&str; 6] = ["if", "for", "while", "switch", "catch", "function"];
        let name = (start..end).find(|at| !matches!(self.word(*at), "get" | "set" | "async" | "static"))?;
        let has_body = self.word(end - 1) == "}" && name + 1 < end && self.word(name + 1) == "(";
        let is_method = !self.is_python && has_body && self.is_name(name) && !NO_NAMES.contains(&self.word(name));
        is_method.then_some(name)
    }

    /// The setting that the token `name` names, with the value from `from` to `to`.
    fn pair(&self, name: usize, start: usize, from: usize, to: usize) -> Node {
        let value = if from < to {
            self.value(from, to)
        } else {
            opaque(Span::at(self.tokens[from - 1].end), Opaque::Expression)
        };
        self.called(name, Node { entry: self.span(start, to), ..value })
    }

    fn called(&self, name: usize, node: Node) -> Node {
        let text = self.literal(name).unwrap_or_else(|| self.word(name).to_owned());
        Node { key: Some(Name { text, span: self.tokens[name], site: Some(name) }), ..node }
    }

    fn value(&self, from: usize, to: usize) -> Node {
        let span = self.span(from, to);
        if self.behind(from) == to && to > from + 1 {
            let inside = |holds| self.items(from + 1, to - 1, holds);
            let layout = Layout::Implied;
            let (body, children) = match self.word(from) {
                "{" => (Body::Map(layout), inside(Holds::Braces)),
                "[" => (Body::List(layout), inside(Holds::Items)),
                _ if to > from + 2 => return Node { value: span, ..self.value(from + 1, to - 1) },
                _ => (Body::List(layout), Vec::new()),
            };
            return Node { key: None, entry: span, value: span, body, children };
        }
        // `'x' as const`, and `!` of TypeScript behind a name.
        let end = (from + 1..to).find(|at| matches!(self.word(*at), "as" | "satisfies")).unwrap_or(to);
        let end = if end > from + 1 && self.word(end - 1) == "!" { end - 1 } else { end };
        match self.scalar(from, end) {
            Some(value) => Node { body: Body::Scalar { value, content: None }, ..opaque(span, Opaque::Expression) },
            None => Node {
                value: self.span(from, end),
                children: self.groups(from, end),
                ..opaque(span, Opaque::Expression)
            },
        }
    }

    fn scalar(&self, from: usize, to: usize) -> Option<Value> {
        let literals: Option<Vec<String>> = (from..to).map(|at| self.literal(at)).collect();
        if let Some(literals) = literals {
            return Some(Value::Str(literals.concat()));
        }
        let word = |at| self.word(at);
        match (to - from, word(from)) {
            (1, "true" | "True") => Some(Value::Bool(true)),
            (1, "false" | "False") => Some(Value::Bool(false)),
            (1, "null" | "None") => Some(Value::Null),
            (1, number) => number.parse().ok().map(Value::Int),
            (2, "!") if word(from + 1) == "1" => Some(Value::Bool(false)),
            (2, "!") if word(from + 1) == "0" => Some(Value::Bool(true)),
            _ => None,
        }
    }

    /// The brackets in an expression, and what they hold.
    fn groups(&self, from: usize, to: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut at = from;
        while at < to {
            let behind = self.behind(at);
            let holds = match self.word(at) {
                "(" if self.is_declaration(at) => Some(Holds::Parameters),
                "(" => Some(Holds::Arguments),
                "[" => Some(Holds::Items),
                "{" => Some(Holds::Braces),
                _ => None,
            };
            if let Some(holds) = holds {
                let (text, first) = if self.word(at) == "(" { self.head(at) } else { (String::new(), at) };
                let span = self.span(first, behind);
                let key = Some(Name { text, span: self.tokens[at], site: Some(at) });
                let children = self.items(at + 1, behind.saturating_sub(1), holds);
                nodes.push(Node { key, entry: span, value: span, body: Body::Map(Layout::Implied), children });
            }
            at = behind;
        }
        nodes
    }

    /// What is called before the bracket `at`, as `connect()` or `new Pool()`, and where that starts.
    fn head(&self, at: usize) -> (String, usize) {
        let Some(last) = at.checked_sub(1).filter(|last| self.is_name(*last)) else { return (String::new(), at) };
        let mut first = last;
        while first >= 2 && self.word(first - 1) == "." && self.is_name(first - 2) {
            first -= 2;
        }
        let name = self.word(last);
        match first.checked_sub(1).filter(|before| self.word(*before) == "new") {
            Some(before) => (format!("new {name}()"), before),
            None => (format!("{name}()"), first),
        }
    }

    fn is_declaration(&self, at: usize) -> bool {
        let before = |back: usize| at.checked_sub(back).map_or("", |at| self.word(at));
        matches!(before(1), "function") || matches!(before(2), "def" | "class" | "function")
    }

    /// Behind the token `at`, or behind the bracket that it opens.
    fn behind(&self, at: usize) -> usize {
        match self.word(at) {
            "(" | "[" | "{" => (self.closing[at] + 1).min(self.tokens.len()),
            _ => at + 1,
        }
    }

    /// The text of a string without expressions in it.
    fn literal(&self, at: usize) -> Option<String> {
        let word = self.word(at);
        let quoted = if self.is_python { word.trim_start_matches(['r', 'R', 'b', 'B', 'u', 'U']) } else { word };
        let quote = quoted.chars().next().filter(|quote| matches!(quote, '\'' | '"' | '`'))?;
        let long = quote.to_string().repeat(3);
        let quotes = if self.is_python && quoted.starts_with(&long) { long.as_str() } else { &long[..1] };
        let inner = quoted.strip_prefix(quotes)?.strip_suffix(quotes)?;
        let escaped = ["\\\\", "\\'", "\\\"", "\\/"];
        Some(escaped.iter().fold(inner.to_owned(), |text, escape| text.replace(escape, &escape[1..])))
    }

    fn is_name(&self, at: usize) -> bool {
        let word = self.word(at);
        word.starts_with(|c: char| is_of_name(c) && !c.is_ascii_digit()) && word.chars().all(is_of_name)
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.of(self.text))
    }

    fn span(&self, from: usize, to: usize) -> Span {
        let start = self.tokens.get(from).map_or(self.text.len(), |token| token.start);
        let end = to.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |token| token.end);
        Span::new(start, end.max(start))
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn opaque(span: Span, what: Opaque) -> Node {
    Node { key: None, entry: span, value: span, body: Body::Opaque(what), children: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;

    /// Every setting, as `path = value`.
    fn settings(file: &str, text: &str) -> Vec<String> {
        let (_, document) = format::read_as(file, text).expect("a format").expect("it reads");
        let root = outline(text, &document.tokens, file.ends_with(".py"));
        let mut found = Vec::new();
        root.walk(&crate::value::KeyPath::default(), &mut |path, node| {
            let name = path.keys.last().and_then(crate::value::Key::name).unwrap_or("");
            if let (Body::Scalar { value, .. }, false) = (&node.body, name.is_empty()) {
                found.push(format!("{name} = {value}"));
            }
        });
        found
    }

    #[test]
    fn settings_are_seen_wherever_code_holds_them() {
        let cases: [(&str, &str, &[&str]); 14] = [
            ("a.ts", "new Pool({ ssl: { a: false } })", &["a = false"]),
            ("a.ts", "const p = new Pool({ ssl: x ? { a: !1 } : false, b: 'c' as const })", &["a = false", "b = c"]),
            ("a.js", "const o = { get ssl() { return { a: false }; } }\nconst b = 1\n", &["a = false", "b = 1"]),
            ("a.js", "const ssl =\n  x\n    ? { a: 1 }\n    : false\nconst b = 'c'", &["a = 1", "b = c"]),
            ("a.js", "process.env.A = '0'; process.env['B'] = 0", &["A = 0", "B = 0"]),
            ("a.js", "function f({ a }) { if (x) { return g({ b: 1 }) } }", &["b = 1"]),
            ("a.js", "const t = `a${f({ b: 1 })}c`; const d = /[{]/; const e = 2", &["b = 1", "e = 2"]),
            ("a.ts", "class A { private b: string = 'c'\n  d = 1 }", &["b = c", "d = 1"]),
            ("a.py", "c = connect(host='db', sslmode='disable')", &["host = db", "sslmode = disable"]),
            ("a.py", "def f(a='b'):\n    x.verify = None\n    y['k']['l'] = 'a' 'b'\n", &["verify = null", "l = ab"]),
            ("a.py", "e = create(u, connect_args={'a': (\n  'b'\n  'c')})", &["a = bc"]),
            ("a.py", "D = {\n  'a': {'b': r'c', **d},\n}\nif x:\n    D['e'] = False\n", &["b = c", "e = false"]),
            ("a.py", "x = f'{a}'\ny = [1, {'z': 2}]", &["z = 2"]),
            ("a.js", "", &[]),
        ];
        for (file, text, expected) in cases {
            assert_eq!(settings(file, text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_stands_for_what_it_is_declared_as_once() {
        let text = "const ssl = { a: 1 };\nlet b = 1;\nb = 2;\nf({ ssl, c: 3 });\n";
        let (_, document) = format::read_as("a.js", text).expect("a format").expect("it reads");
        let root = outline(text, &document.tokens, false);
        assert_eq!(declared(&root, text).into_keys().collect::<Vec<_>>(), ["ssl"]);
    }
}
