//! What source text is beside settings: names of other modules, and expressions that stand where a value may.

use super::{Body, Document, Format, guard};
use crate::value::Value;

/// A name of another module that is to be usable.
pub struct Wanted<'w> {
    /// As an import writes it.
    pub module: &'w str,
    /// One that the module gives away.
    pub name: &'w str,
    /// Under this very name, since code will write it so.
    pub bound: bool,
}

/// `name`, or with a number behind it where the file uses the name for something else.
#[cfg(any(feature = "javascript", feature = "python"))]
pub(super) fn free_name(text: &str, document: &Document, name: &str) -> String {
    let is_free = |wanted: &String| uses(text, document, wanted) == 0;
    let numbered = (2..).map(|number| format!("{name}{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| name.to_owned())
}

/// The name of an argument of the calls `name`: `argument 2 of createPool()`.
#[cfg(any(feature = "javascript", feature = "python"))]
pub(super) fn numbered(name: &str, argument: usize) -> String {
    format!("argument {argument} of {name}")
}

/// How often the name `name` stands in the file: behind a dot it is one of something else, in `name as other` the other one
/// is meant, and in `from name import` a module.
pub(super) fn uses(text: &str, document: &Document, name: &str) -> usize {
    let said = |at: usize| document.tokens.get(at).map_or("", |token| token.of(text));
    let is_member = |at: usize| at > 0 && matches!(said(at - 1), "." | "?.");
    let is_module = |at: usize| at > 0 && said(at - 1) == "from" && said(at + 1) == "import";
    let is_meant = |at: &usize| said(*at) == name && !is_member(*at) && !is_module(*at) && said(*at + 1) != "as";
    (0..document.tokens.len()).filter(is_meant).count()
}

/// The value that `code` is, where it is one expression of the language, and nothing stands beside it: no second one, no
/// comment that would swallow what comes behind it. In languages of data it is data.
pub fn expression(format: &dyn Format, code: &str) -> Option<Value> {
    let code = code.trim();
    let (before, after, key) = match format.name() {
        "javascript" => ("const x = [\n", "\n]\n", "const x"),
        "python" | "hcl" | "toml" => ("x = [\n", "\n]\n", "x"),
        "json" | "jsonc" | "json5" => ("{\"x\": [\n", "\n]}\n", "x"),
        // In a list between brackets other texts are plain than beside a key.
        "yaml" => ("x: ", "\n", "x"),
        _ => return Some(Value::Code(code.to_owned())),
    };
    // What an alias stands for is said elsewhere in the file.
    if format.name() == "yaml" && code.strip_prefix('*').is_some_and(|name| !name.contains(char::is_whitespace)) {
        return Some(Value::Code(code.to_owned()));
    }
    let text = format!("{before}{code}{after}");
    let document = guard::read(format, &text).ok()?;
    let mut named = document.root.children.iter().filter(|node| node.key.as_ref().is_some_and(|own| own.text == key));
    let node = named.next()?;
    let inside = before.len()..before.len() + code.len();
    let node = match (before.ends_with("[\n"), node.children.as_slice()) {
        (true, [only]) if matches!(node.body, Body::List(_)) && node.value.end > inside.end => only,
        (false, _) => node,
        _ => return None,
    };
    if document.tokens.is_empty() {
        // A tag of YAML stands before its value.
        let is_whole = node.value.start == inside.start || code.starts_with('!');
        let is_one = is_whole && node.value.end == inside.end && document.root.children.len() == 1;
        let is_data = !matches!(format.name(), "hcl" | "toml");
        return is_one.then(|| if is_data { node.value(&text) } else { Value::Code(code.to_owned()) });
    }
    let tokens = document.tokens.iter().filter(|token| inside.contains(&token.start));
    let said: usize = tokens.map(|token| token.of(&text).split_whitespace().map(str::len).sum::<usize>()).sum();
    let written: usize = code.split_whitespace().map(str::len).sum();
    (said == written && !code.ends_with(',')).then(|| Value::Code(code.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::by_name;

    #[test]
    fn one_expression_is_told_from_more() {
        for (name, code, wanted) in [
            ("javascript", "readFileSync('a # b')", true),
            ("javascript", "{ a: 1, b: [2] }", true),
            ("javascript", "(1)", true),
            ("javascript", "`a ${b} // c`", true),
            ("javascript", "function () { return 1 }", true),
            ("javascript", "1, evil: 2", false),
            ("javascript", "1, 2", false),
            ("javascript", "1,", false),
            ("javascript", "1; evil()", false),
            ("javascript", "1 // c", false),
            ("javascript", "1 /* c */", false),
            ("javascript", "", false),
            ("javascript", "1]; evil(); const y = [2", false),
            ("python", "os.environ.get('A', \"b # c\")", true),
            ("python", "(1)", true),
            ("python", "{'a': 1}", true),
            ("python", "1; import evil", false),
            ("python", "1 # c", false),
            ("python", "1, 2", false),
            ("python", "1], evil = [2", false),
            ("hcl", "var.stage", true),
            ("hcl", "1, 2", false),
            ("hcl", "1 # c", false),
            ("toml", "2024-01-01", true),
            ("toml", "1, 2", false),
            ("toml", "1 # c", false),
            ("json", "1, 2", false),
            ("yaml", "!env A", true),
            ("yaml", "*base", true),
            ("yaml", "1\nevil: 2", false),
            ("yaml", "1 # c", false),
        ] {
            if let Some(format) = by_name(name) {
                assert_eq!(expression(format, code).is_some(), wanted, "{name}: {code}");
            }
        }
    }
}
