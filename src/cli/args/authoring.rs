//! The arguments of the commands for those who write migrations.

use std::path::PathBuf;

use clap::{ArgAction, ArgMatches, Args, ValueEnum};

#[derive(Args, Debug)]
pub(crate) struct NewArguments {
    /// What it is called: a-z, 0-9 and `_`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Start from a recipe: enable-ssl, rename-key, rotate-certs, replace-host; --set gives its variables
    #[arg(long, value_name = "RECIPE", conflicts_with = "from_diff")]
    pub from: Option<String>,
    /// Make it from what was edited in tracked files since REV
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "HEAD")]
    pub from_diff: Option<String>,
    /// Make a folder for it, which examples of several files can lie in
    #[arg(long)]
    pub dir: bool,
    /// From the global `--set`
    #[arg(skip)]
    pub set: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct LintArguments {
    /// Only these migrations, as v0001, enable_ssl or v0001_enable_ssl
    #[arg(value_name = "MIGRATION")]
    pub names: Vec<String>,
    /// Mend what can be mended without a doubt
    #[arg(long)]
    pub fix: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TestArguments {
    /// Only these migrations, as v0001, enable_ssl or v0001_enable_ssl
    #[arg(value_name = "MIGRATION")]
    pub names: Vec<String>,
    /// Write what was found as the `after` of examples that differ
    #[arg(short = 'u', long)]
    pub update: bool,
    /// Only the examples, not the repository itself
    #[arg(long)]
    pub examples: bool,
}

#[derive(Args, Debug)]
pub(crate) struct EditArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Give a setting a value, JSON or plain text
    // The id is that of the global flag, which takes NAME=VALUE and means nothing here.
    #[arg(
        long,
        value_names = ["PATH", "VALUE"],
        num_args = 2,
        allow_negative_numbers = true,
        action = ArgAction::Append
    )]
    pub set: Vec<String>,
    /// Add a value to the end of a list, unless it has it
    #[arg(
        long,
        value_names = ["PATH", "VALUE"],
        num_args = 2,
        allow_negative_numbers = true,
        action = ArgAction::Append
    )]
    pub append: Vec<String>,
    /// Give a key another name
    #[arg(long, value_names = ["PATH", "NEW"], num_args = 2, action = ArgAction::Append)]
    pub rename: Vec<String>,
    /// Remove a setting, with the comments that belong to it
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub remove: Vec<String>,
    /// Make the tables on the way, too
    #[arg(long)]
    pub create: bool,
    /// Start the path at an object in code, as "new Pool"
    #[arg(long, value_name = "ANCHOR")]
    pub within: Option<String>,
    /// Which document of a YAML file, from 0
    #[arg(long, value_name = "N")]
    pub doc: Option<usize>,
    /// The part of the text that is meant, as url:query.sslmode
    #[arg(long = "in", value_name = "PART")]
    pub lens: Option<String>,
    /// Read the file as this format, whatever its name says
    #[arg(long = "as", value_name = "FORMAT")]
    pub read_as: Option<String>,
    /// The four above, in the order of the command line
    #[arg(skip)]
    pub operations: Vec<EditOperation>,
}

/// One operation on the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EditOperation {
    Set(String, String),
    Append(String, String),
    Rename(String, String),
    Remove(String),
}

impl EditOperation {
    /// The path of the setting that it is about.
    pub fn path(&self) -> &str {
        let (Self::Set(path, _) | Self::Append(path, _) | Self::Rename(path, _) | Self::Remove(path)) = self;
        path
    }
}

impl EditArguments {
    /// Puts the operations in the order that `matches` tells.
    pub fn order_by(&mut self, matches: &ArgMatches) {
        type Make = fn(String, String) -> EditOperation;
        let pairs: [(&str, &[String], Make); 3] = [
            ("set", &self.set, EditOperation::Set),
            ("append", &self.append, EditOperation::Append),
            ("rename", &self.rename, EditOperation::Rename),
        ];
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let mut all: Vec<(usize, EditOperation)> = Vec::new();
        for (id, values, make) in pairs {
            let pairs = places(id).step_by(2).zip(values.chunks_exact(2));
            all.extend(pairs.map(|(at, pair)| (at, make(pair[0].clone(), pair[1].clone()))));
        }
        all.extend(places("remove").zip(self.remove.iter().cloned().map(EditOperation::Remove)));
        all.sort_by_key(|(at, _)| *at);
        self.operations = all.into_iter().map(|(_, operation)| operation).collect();
    }
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The code, as printed in brackets
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CiArguments {
    /// For what
    #[arg(value_name = "KIND")]
    pub kind: CiKind,
    /// Write the file where it belongs, unless there is one
    #[arg(long)]
    pub write: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CiKind {
    Github,
    Gitlab,
    PreCommit,
    /// New versions of the program in the files above, proposed by Renovate
    Renovate,
}

#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {
    /// Of what
    #[arg(value_name = "WHAT", default_value = "migration")]
    pub kind: SchemaKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// Migration files
    Migration,
    /// The answers of --format json
    Output,
    /// The lines of --report jsonl
    Events,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// For which shell
    #[arg(value_name = "SHELL")]
    pub shell: ShellKind,
}

#[derive(Args, Debug)]
pub(crate) struct ManArguments {
    /// Of this command instead of the program
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write every page into a file of this folder, as migrate-up.1
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellKind {
    Bash,
    Zsh,
    Fish,
}
