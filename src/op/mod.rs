//! What a declarative migration can say of one file: an operation, and the changes it means there.

mod change;
mod condition;
mod derive;
mod kept;
mod part;
mod setting;

pub use change::{Answer, File, changes};
pub use condition::{Test, expression_of, holds};
pub use derive::{Derived, as_one, by_lines, by_settings};
pub use kept::kept;

use crate::format::Quotes;
use crate::value::{KeyPath, Part, Selector, Value};

/// One operation on one file, its variables filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// On the settings that a selector means.
    Setting(Setting),
    /// Makes a name of another module usable.
    Import { module: String, name: String },
    /// Gives a stretch of text another form, wherever it stands.
    Replace { text: String, with: String, whole: bool, count: Count, if_present: bool },
    /// Sees to it that a file of lines has this one.
    EnsureLine { line: String, rank: Sibling },
}

/// How often a text to replace may stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exactly(usize),
    Any,
}

/// An operation on settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub verb: Verb,
    pub selector: Selector,
    /// The part of the text in the setting that is meant, and not the whole.
    pub part: Option<Part>,
    /// The values it may have before; anything else is refused.
    pub was: Option<Vec<Value>>,
    /// Only where it is missing.
    pub if_absent: bool,
    /// Where it is missing nothing is done, and that is right.
    pub if_present: bool,
    /// Makes the tables on the way, too.
    pub create: bool,
    /// Every one of several equal anchors or assignments is meant.
    pub all_sites: bool,
    /// How many settings the selector must mean.
    pub expect: Option<usize>,
    /// The quotes of the text that is written.
    pub quotes: Option<Quotes>,
    /// An alias on the way gets a copy of its own first.
    pub unshare: bool,
    /// A comment for the line above.
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    Set(Value),
    Remove,
    Rename(String),
    Move(KeyPath),
    Copy(KeyPath),
    /// Old values, as text, with the new ones.
    Map(Vec<(String, Value)>, Otherwise),
    /// A list element, or an entry of a map under the selector's last key.
    Insert(Value, Sibling),
    /// Entries set one by one, maps in maps entered; elements of lists are told apart by the key `by`.
    Merge(Value, Option<String>),
}

/// What `map` does with a value it has no rule for.
#[derive(Clone, Debug, PartialEq)]
pub enum Otherwise {
    Fail,
    Keep,
    Set(Value),
}

/// Where a new entry goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Sibling {
    First,
    Last,
    /// Of a list: an index or an element; of a map: a key.
    Before(Value),
    After(Value),
}
