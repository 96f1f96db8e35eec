//! The words of an operation: its verbs, what each of them takes, and what that means.

/// The verb of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Set,
    Remove,
    Rename,
    Move,
    Copy,
    Map,
    Append,
    Prepend,
    Insert,
    Merge,
    Import,
    Replace,
    EnsureLine,
}

/// A verb as it is written.
pub struct Verb {
    pub word: Word,
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Its own arguments; those that are about finding a setting go without saying.
    own: &'static [&'static str],
}

/// A key that an operation may have besides its verb.
pub struct Argument {
    pub name: &'static str,
    /// Its JSON Schema type, or several.
    pub kinds: &'static [&'static str],
    /// One line for people.
    pub about: &'static str,
}

const fn verb(word: Word, name: &'static str, about: &'static str, own: &'static [&'static str]) -> Verb {
    Verb { word, name, about, own }
}

const fn argument(name: &'static str, kinds: &'static [&'static str], about: &'static str) -> Argument {
    Argument { name, kinds, about }
}

/// The verbs; an operation has exactly one.
pub const VERBS: [Verb; 13] = [
    verb(
        Word::Set,
        "set",
        "the setting that gets the value `to`",
        &["to", "value_code", "was", "if_absent", "create", "in", "quote", "comment", "secret"],
    ),
    verb(Word::Remove, "remove", "the setting that goes, with the comments that belong to it", &["was", "in"]),
    verb(
        Word::Rename,
        "rename",
        "the setting whose key becomes `to`; value, comment and place stay",
        &["to", "was", "in"],
    ),
    verb(
        Word::Move,
        "move",
        "the setting that goes to the path `to`, with the comments that belong to it or stand alone in it",
        &["to", "was"],
    ),
    verb(Word::Copy, "copy", "the setting whose value the path `to` gets", &["to", "was", "quote"]),
    verb(
        Word::Map,
        "map",
        "the setting whose value changes by the table `with`",
        &["with", "else", "was", "in", "quote", "comment", "secret"],
    ),
    verb(Word::Append, "append", "the list that gets `value` at its end, unless it has it", INSERTED),
    verb(Word::Prepend, "prepend", "the list that gets `value` at its start, unless it has it", INSERTED),
    verb(
        Word::Insert,
        "insert",
        "the list, or the new key of a map, that gets `value` `before` or `after` a sibling",
        &[
            "value",
            "value_code",
            "before",
            "after",
            "was",
            "if_absent",
            "create",
            "in",
            "unique",
            "quote",
            "comment",
            "secret",
        ],
    ),
    verb(
        Word::Merge,
        "merge",
        "the map whose keys get those of `value`, one by one",
        &["value", "by", "was", "create", "in", "unique", "comment", "secret"],
    ),
    verb(Word::Import, "import", "the name that code gets `from` a module", &["from"]),
    verb(
        Word::Replace,
        "replace",
        "the text that becomes `to`, whatever it means",
        &["to", "every", "whole", "expect", "if_present", "optional", "secret"],
    ),
    verb(Word::EnsureLine, "ensure_line", "the line that a file of lines has", &["before", "after", "secret"]),
];

const INSERTED: &[&str] = &["value", "value_code", "was", "create", "in", "unique", "quote", "comment", "secret"];

/// What every verb takes that is about settings.
const FINDING: [&str; 8] = ["if_present", "optional", "expect", "unshare", "doc", "within", "arg", "site"];

/// What every operation may have.
const ALWAYS: &str = "when";

const TEXT: &[&str] = &["string"];
const FLAG: &[&str] = &["boolean"];
const NUMBER: &[&str] = &["integer"];
const ANY: &[&str] = &["string", "integer", "number", "boolean", "array", "object"];

/// What an operation may have besides its verb.
pub const ARGUMENTS: [Argument; 28] = [
    argument("to", ANY, "the new value, key or path"),
    argument("value", ANY, "the new element or entry"),
    argument("value_code", TEXT, "the new value as source text of the file's language"),
    argument("with", &["object"], "old values and the new ones"),
    argument("else", ANY, "what becomes of other values: \"fail\", \"keep\" or a value"),
    argument("from", TEXT, "the module of an import"),
    argument("was", ANY, "the value it must have before; { any = [...] } for several"),
    argument("if_absent", FLAG, "only where it is missing"),
    argument("if_present", FLAG, "where it is missing there is nothing to do"),
    argument("create", FLAG, "make the tables on the way, too"),
    argument("expect", NUMBER, "how many settings the path must mean"),
    argument("every", FLAG, "every place where the text to replace stands"),
    argument(
        "whole",
        FLAG,
        "only where the text to replace is a whole name: no letter, digit, `-`, `_` or `.` goes on with it",
    ),
    argument("in", TEXT, "the part of the text that is meant, as url:query.sslmode"),
    argument("before", ANY, "the sibling it goes before"),
    argument("after", ANY, "the sibling it goes behind"),
    argument("by", TEXT, "the key that tells the elements of lists apart"),
    argument("unique", FLAG, "true, always: a list gets no element twice"),
    argument("comment", TEXT, "a comment for the line above"),
    argument("quote", TEXT, "how a text is written: auto, plain, single or double; else as its neighbours are"),
    argument("unshare", FLAG, "an alias on the way becomes a copy of its own, and the others stay"),
    argument("doc", NUMBER, "which document of a YAML file, from 0"),
    argument("within", TEXT, "the object in code that the path starts at, as new Pool"),
    argument(
        "arg",
        NUMBER,
        "which argument of the call in `within`, from 1; else its first object, or in Python its keyword arguments",
    ),
    argument("site", &["integer", "string"], "which of several equal anchors or assignments, from 1; \"*\" for all"),
    argument("when", &["object"], "a condition on the file"),
    argument("secret", FLAG, "false: this value is no secret, whatever it looks like"),
    argument("optional", FLAG, "as if_present"),
];

/// The languages that know `argument`; `None` where all do.
pub(super) fn languages(argument: &str) -> Option<&'static [&'static str]> {
    match argument {
        "within" | "arg" => Some(&["javascript", "python"]),
        "site" => Some(&["javascript", "python", "hcl", "xml"]),
        "doc" => Some(&["yaml"]),
        _ => None,
    }
}

impl Argument {
    /// The verbs that take it; none where that goes without saying.
    pub fn verbs(&self) -> Vec<&'static str> {
        let goes_without_saying = self.name == ALWAYS || FINDING.contains(&self.name);
        let with = VERBS.iter().filter(|verb| !goes_without_saying && verb.takes().contains(&self.name));
        with.map(|verb| verb.name).collect()
    }
}

impl Verb {
    /// The names of all arguments that it does something with.
    pub fn takes(&self) -> Vec<&'static str> {
        let is_textual = matches!(self.word, Word::Import | Word::Replace | Word::EnsureLine);
        let finding = FINDING.iter().filter(|_| !is_textual);
        self.own.iter().chain(finding).copied().chain([ALWAYS]).collect()
    }
}
