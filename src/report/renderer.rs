//! Reports: one answer in the languages of tools and pages. A renderer is one file and one line in `RENDERERS`.

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::plan::{Checked, FileStep, Plan};

use super::{github, gitlab, html, jsonl, junit, markdown, patch, rdjson, sarif, whole};

/// Every report there is, by name.
pub static RENDERERS: &[&Renderer] = &[
    &patch::RENDERER,
    &markdown::RENDERER,
    &html::RENDERER,
    &whole::RENDERER,
    &jsonl::RENDERER,
    &github::RENDERER,
    &gitlab::RENDERER,
    &junit::RENDERER,
    &rdjson::RENDERER,
    &sarif::RENDERER,
];

/// One kind of report: a pure function of the answer.
pub struct Renderer {
    pub name: &'static str,
    /// How it may go to standard output.
    pub form: Form,
    /// Whether there is nothing to say without a plan.
    pub needs_plan: bool,
    /// The report, or why there is none.
    pub render: fn(&Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>>,
}

/// What a report is made of, as far as standard output must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text for people; what a build server would obey may be broken in it.
    Text,
    Json,
    /// Commands to a build server, safe as they are.
    Commands,
    /// Bytes that are worth nothing when one of them changes.
    Bytes,
}

/// Lines of a file that a change under review added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// From the top of the git work tree.
    pub path: String,
    /// From one.
    pub lines: Vec<usize>,
}

/// What a command found, complete: a report needs no other source.
pub struct Answer<'a> {
    pub command: &'a str,
    pub plan: Option<&'a Plan>,
    /// The command that does exactly what the plan says.
    pub approval: Option<&'a str>,
    pub diagnostics: &'a [Diagnostic],
    /// Whether what the plan says is done.
    pub written: bool,
    /// What would mend the diagnostics, a step for a file.
    pub mends: &'a [FileStep],
    /// What was tried of the migrations in the plan.
    pub checked: &'a [Checked],
    /// What the change under review touches: findings there come first where not all have room.
    pub touched: &'a [Touched],
    /// What a command without a plan came to.
    pub result: Option<&'a Value>,
    /// Where all of it is told as well.
    pub elsewhere: Option<&'a str>,
    /// From the top of the git work tree to the root of the repository: empty, or with a slash at its end.
    pub prefix: &'a str,
    pub context: usize,
    /// In bytes, for reports that are read on a page with a limit.
    pub max_size: usize,
    /// Whether lines with secrets may be told as they are.
    pub show_secrets: bool,
}

/// The renderer of this name.
pub fn renderer(name: &str) -> Option<&'static Renderer> {
    RENDERERS.iter().copied().find(|renderer| renderer.name == name)
}
