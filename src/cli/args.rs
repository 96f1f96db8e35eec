//! The arguments, as clap reads them. Each global flag has an environment twin.

mod authoring;
mod down;
mod kind;
mod scale;
#[cfg(feature = "tls")]
mod tls;
mod typed;

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, Parser, Subcommand, ValueEnum};

pub(crate) use authoring::{
    CiArguments, CiKind, CompletionsArguments, EditArguments, EditOperation, ExplainArguments, LintArguments,
    ManArguments, NewArguments, SchemaArguments, SchemaKind, ShellKind, TestArguments,
};
pub(crate) use down::{DownArguments, RedoArguments};
pub(crate) use kind::{ColorWhen, DiffKind, DurabilityKind, HardLinkKind, OutputFormat};
pub(crate) use scale::{MergeArguments, ReportCommand, Scale, Shard, ShardBy};
#[cfg(feature = "tls")]
pub(crate) use tls::{
    CertsArguments, CertsCommand, CertsDevArguments, CertsMakeArguments, CertsShowArguments, DoctorArguments,
    VisitArguments,
};
pub(crate) use typed::shell_word;

use super::reports::{Wish, WishParser};

const HELP: &str = "\
Versioned settings changes for a repository: apply, review, roll back.

Usage: migrate [OPTIONS] <COMMAND>

Everyday:   status    what is applied, pending, drifted
            up        apply pending migrations        (-n shows the diff only)
            down      undo migrations, keeping later edits
            show      one migration: text, effect, history
Review/CI:  plan      the effect, as text, JSON, patch, Markdown, HTML ...
            check     fail if the repository is not migrated and clean
            verify    fail if an applied setting no longer holds
Authoring:  new       start a migration (from a diff, a recipe, or empty)
            lint      find mistakes in migrations
            test      run the examples inside migrations
Care:       edit      one lossless edit of one file, without a migration
            accept    keep what people changed since as the new truth
            adopt     record a migration as done where it is found done
            redo      take a migration back and apply it again, as one
            renumber  give a migration the next free number
            recover   finish or discard what an interrupted run left
            doctor    find faults of TLS settings, certificates and keys
            certs     certificates for development; what a file holds
            explain   what a code such as M0301 means, and the mend
            schema    the JSON Schema of migration files, for editors
            report    the JSON answers of many runs put together
            ci        ready files for GitHub, GitLab, pre-commit, Renovate
            completions, man
                      for bash, zsh, fish; the manual page
            help      this text, or that of a command

Options: -C DIR  -n/--dry-run  -y/--yes  -q -v  --color WHEN  --help  --version
         all of them: migrate up --help
";

#[derive(Parser, Debug)]
#[command(name = "migrate", version, about = "Versioned settings changes for a repository", override_help = HELP, disable_help_subcommand = false)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Whether this run is to change files.
    pub fn writes(&self) -> bool {
        !self.global.dry_run && self.command.writes()
    }
}

#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Start in DIR instead of the current directory
    #[arg(short = 'C', value_name = "DIR", global = true, env = "MIGRATE_DIRECTORY", help_heading = "Global options")]
    pub directory: Option<PathBuf>,
    /// The root of the repository itself; without it the nearest migrate.toml or .migrate upwards decides
    #[arg(long, value_name = "DIR", global = true, env = "MIGRATE_ROOT", help_heading = "Global options")]
    pub root: Option<PathBuf>,
    /// Work in DIR although it belongs to another user; only where there is no git, which has a setting of that name
    #[arg(long, value_name = "DIR", global = true, env = "MIGRATE_SAFE_DIRECTORY", help_heading = "Global options")]
    pub safe_directory: Option<PathBuf>,
    /// The folder of the repository's own migrations, from the root
    #[arg(long, value_name = "DIR", global = true, env = "MIGRATE_MIGRATIONS", help_heading = "Global options")]
    pub migrations: Option<String>,
    /// Change only files that match GLOB (repeatable)
    #[arg(long, value_name = "GLOB", global = true, env = "MIGRATE_ONLY", help_heading = "Global options")]
    pub only: Vec<String>,
    /// Leave files that match GLOB as they are (repeatable)
    #[arg(long, value_name = "GLOB", global = true, env = "MIGRATE_EXCEPT", help_heading = "Global options")]
    pub except: Vec<String>,
    #[command(flatten)]
    pub scale: Scale,
    /// The names of `--files-from`, once they are read.
    #[arg(skip)]
    pub names: Option<Vec<String>>,
    /// Give a declared variable its value (repeatable)
    #[arg(long, value_name = "NAME=VALUE", global = true, help_heading = "Global options")]
    pub set: Vec<String>,
    /// Show what would be done, write nothing
    #[arg(short = 'n', long, global = true, env = "MIGRATE_DRY_RUN", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Global options")]
    pub dry_run: bool,
    /// Answer every question with yes
    #[arg(short = 'y', long, global = true, env = "MIGRATE_YES", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Global options")]
    pub yes: bool,
    /// How the answer is written
    #[arg(
        long,
        value_name = "FORMAT",
        global = true,
        env = "MIGRATE_FORMAT",
        default_value = "text",
        help_heading = "Global options"
    )]
    pub format: OutputFormat,
    /// How changes are shown
    #[arg(
        long,
        value_name = "KIND",
        global = true,
        env = "MIGRATE_DIFF",
        default_value = "unified",
        help_heading = "Global options"
    )]
    pub diff: DiffKind,
    /// Lines of context around a change
    #[arg(
        short = 'U',
        long = "unified",
        value_name = "N",
        global = true,
        env = "MIGRATE_UNIFIED",
        default_value_t = 3,
        help_heading = "Global options"
    )]
    pub context: usize,
    /// Write the answer as a report as well; without a file, or with `-`, it takes the place of the text on standard output
    /// (repeatable)
    #[arg(
        long,
        value_name = "FORMAT[=FILE]",
        global = true,
        env = "MIGRATE_REPORT",
        value_parser = WishParser,
        help_heading = "Global options"
    )]
    pub report: Vec<Wish>,
    /// The largest report for a page with a limit, in bytes [default: 65000, in the file $GITHUB_STEP_SUMMARY 1000000]
    #[arg(long, value_name = "BYTES", global = true, env = "MIGRATE_MAX_SIZE", help_heading = "Global options")]
    pub max_size: Option<usize>,
    /// Let a patch hold secrets; it goes to a file that only its owner can read
    #[arg(long, global = true, help_heading = "Global options")]
    pub show_secrets: bool,
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        env = "MIGRATE_COLOR",
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub color: ColorWhen,
    /// Show a long answer on a terminal in COMMAND instead of $PAGER or less; `cat` for none
    #[arg(long, value_name = "COMMAND", global = true, env = "MIGRATE_PAGER", help_heading = "Global options")]
    pub pager: Option<String>,
    /// Say more
    #[arg(short = 'v', long, action = ArgAction::Count, global = true, env = "MIGRATE_VERBOSE", help_heading = "Global options")]
    pub verbose: u8,
    /// Say only what is wrong
    #[arg(short = 'q', long, global = true, env = "MIGRATE_QUIET", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Global options")]
    pub quiet: bool,
    /// How long to wait for another run, in seconds [default: 10, in CI 0]
    #[arg(long, value_name = "SECONDS", global = true, env = "MIGRATE_LOCK_TIMEOUT", help_heading = "Global options")]
    pub lock_timeout: Option<u64>,
    /// What is made durable: `fast` survives the end of the process, `full` power loss too
    #[arg(
        long,
        value_name = "HOW",
        global = true,
        env = "MIGRATE_DURABILITY",
        default_value = "full",
        help_heading = "Global options"
    )]
    pub durability: DurabilityKind,
}

impl Global {
    /// The environment gives several globs in one text; on the command line a space is part of the name. A report that it
    /// asks for is none of a command that makes none. Lines of JSON are a report.
    pub fn settle(&mut self, matches: &ArgMatches, reports: bool) {
        if matches.value_source("report") == Some(ValueSource::EnvVariable) && !reports {
            self.report.clear();
        }
        if self.format == OutputFormat::Jsonl {
            self.report.extend(Wish::answer("jsonl"));
        }
        for (id, globs) in [("only", &mut self.only), ("except", &mut self.except)] {
            if matches.value_source(id) == Some(ValueSource::EnvVariable) {
                *globs = globs.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect();
            }
        }
    }
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Apply pending migrations; -n shows the diff only
    Up(UpArguments),
    /// Show what `up` would do: the same as up -n
    Plan(PlanArguments),
    /// Undo migrations, keeping later edits
    Down(DownArguments),
    /// Fail if the repository is not migrated and clean: for CI and hooks
    Check(CheckArguments),
    /// Fail if an applied setting no longer holds
    Verify(VerifyArguments),
    /// Keep what people changed since as the new truth
    Accept(NamesArguments),
    /// Record a migration as done where it is found done
    Adopt(NamesArguments),
    /// Take a migration back and apply it again, as one
    Redo(RedoArguments),
    /// Give a migration another number: the next free one
    Renumber(RenumberArguments),
    /// Start a migration file: empty, from a recipe, or from what was edited by hand
    New(NewArguments),
    /// Find mistakes in migration files
    Lint(LintArguments),
    /// Run the examples inside migrations, and the same promises on this repository in memory
    Test(TestArguments),
    /// The JSON Schema of migration files, for editors; of the answers in JSON, for their readers
    Schema(SchemaArguments),
    /// One lossless edit of one file, without a migration
    Edit(EditArguments),
    /// What a code such as M0301 means, and what to do about it; without one, the list
    Explain(ExplainArguments),
    /// Put the JSON answers of many runs together
    #[command(subcommand)]
    Report(ReportCommand),
    /// What is wrong with the TLS settings here and the certificates they name; changes nothing
    #[cfg(feature = "tls")]
    Doctor(DoctorArguments),
    /// Certificates for development, and what a certificate file holds
    #[cfg(feature = "tls")]
    Certs(CertsArguments),
    /// Finish or discard what an interrupted run left, and nothing else
    Recover(RecoverArguments),
    /// A ready file for GitHub Actions, GitLab, pre-commit or Renovate
    Ci(CiArguments),
    /// The script that completes commands and flags in a shell
    Completions(CompletionsArguments),
    /// The manual page, of the program or of a command
    Man(ManArguments),
    /// What is applied, pending, drifted
    Status(StatusArguments),
    /// One migration: text, variables, effect
    Show(ShowArguments),
}

impl Command {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Plan(_) => "plan",
            Self::Down(_) => "down",
            Self::Verify(_) => "verify",
            Self::Check(_) => "check",
            Self::Accept(_) => "accept",
            Self::Adopt(_) => "adopt",
            Self::Redo(_) => "redo",
            Self::Renumber(_) => "renumber",
            Self::New(_) => "new",
            Self::Lint(_) => "lint",
            Self::Test(_) => "test",
            Self::Schema(_) => "schema",
            Self::Edit(_) => "edit",
            Self::Explain(_) => "explain",
            Self::Report(_) => "report",
            #[cfg(feature = "tls")]
            Self::Doctor(_) => "doctor",
            #[cfg(feature = "tls")]
            Self::Certs(_) => "certs",
            Self::Recover(_) => "recover",
            Self::Ci(_) => "ci",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
            Self::Status(_) => "status",
            Self::Show(_) => "show",
        }
    }

    /// Whether it makes reports.
    pub fn reports(&self) -> bool {
        self.plans() || matches!(self, Self::Check(_) | Self::Verify(_) | Self::Lint(_))
    }

    /// Whether it has a plan to report.
    pub fn plans(&self) -> bool {
        matches!(self, Self::Up(_) | Self::Plan(_) | Self::Down(_))
    }

    /// Whether it may change files, as asked.
    pub fn writes(&self) -> bool {
        match self {
            Self::Up(_) | Self::Down(_) | Self::Accept(_) | Self::Adopt(_) | Self::Redo(_) | Self::Renumber(_) => true,
            Self::New(_) | Self::Edit(_) | Self::Recover(_) => true,
            #[cfg(feature = "tls")]
            Self::Certs(certs) => !matches!(certs.command, CertsCommand::Show(_)),
            #[cfg(feature = "tls")]
            Self::Doctor(_) => false,
            Self::Lint(lint) => lint.fix,
            Self::Test(test) => test.update,
            Self::Ci(ci) => ci.write,
            Self::Plan(_) | Self::Check(_) | Self::Verify(_) | Self::Schema(_) | Self::Explain(_) => false,
            Self::Report(_) | Self::Completions(_) | Self::Man(_) | Self::Status(_) | Self::Show(_) => false,
        }
    }

    /// What was said of files that are not like others, where it can be said.
    pub fn writing(&self) -> Option<Writing> {
        match self {
            Self::Up(up) => Some(up.writing),
            Self::Plan(plan) => Some(plan.up.writing),
            Self::Down(down) => Some(down.writing),
            _ => None,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct UpArguments {
    /// Only these migrations, as v0001, enable_ssl or v0001_enable_ssl; one that was taken back is applied again
    #[arg(value_name = "MIGRATION")]
    pub names: Vec<String>,
    /// Up to and with this version
    #[arg(long, value_name = "VERSION", conflicts_with = "names")]
    pub to: Option<String>,
    /// Apply this migration although later ones have changed the same settings already (repeatable)
    #[arg(long, value_name = "MIGRATION")]
    pub out_of_order: Vec<String>,
    /// Only if the plan is exactly this one, as `plan` names it
    #[arg(long, value_name = "PLAN")]
    pub expect: Option<String>,
    #[command(flatten)]
    pub writing: Writing,
}

#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub up: UpArguments,
    /// Exit with 0 where nothing would change, 1 after an error, 2 where something would
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// What becomes of files that are not like others.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Writing {
    /// Change files that are read-only, too; they stay read-only
    #[arg(long)]
    pub force_readonly: bool,
    /// What becomes of a file with other hard links: `break` lets them keep the old text
    #[arg(long, value_name = "HOW", default_value = "break")]
    pub hardlinks: HardLinkKind,
    /// Make a file this user's own where its owner can not be kept
    #[arg(long)]
    pub allow_owner_change: bool,
    /// Write a file where it stands if none can take its place: one that is mounted by itself, or in a folder that may not
    /// be written. Other programs may see half of it
    #[arg(long)]
    pub in_place: bool,
}

impl Writing {
    /// The flags, as they would be typed.
    pub fn restated(self) -> impl Iterator<Item = String> {
        let flags = [
            (self.force_readonly, "--force-readonly"),
            (self.hardlinks == HardLinkKind::Refuse, "--hardlinks=refuse"),
            (self.allow_owner_change, "--allow-owner-change"),
            (self.in_place, "--in-place"),
        ];
        flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag.to_owned())
    }
}

#[derive(Args, Debug)]
pub(crate) struct RecoverArguments {
    /// Finish the run, also on another commit than it was made for; files edited since stay as they are
    #[arg(long)]
    pub forward: bool,
    /// Take the run back; files edited since stay as they are
    #[arg(long, conflicts_with = "forward")]
    pub back: bool,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// Only these migrations, as v0001, enable_ssl or v0001_enable_ssl
    #[arg(value_name = "MIGRATION")]
    pub names: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    /// Whether pending migrations are a problem
    #[arg(long, value_name = "WHAT", default_value = "fail")]
    pub pending: PendingKind,
    /// Look only at what differs from REV: migrations whose file, record or settings were changed since
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// Look at the files, migrations and records as they are staged
    #[arg(long)]
    pub staged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PendingKind {
    Fail,
    Allow,
}

#[derive(Args, Debug)]
pub(crate) struct NamesArguments {
    /// The migration, as v0001, enable_ssl or v0001_enable_ssl
    #[arg(value_name = "MIGRATION", required = true)]
    pub names: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct RenumberArguments {
    /// The migration, as v0001_enable_ssl
    #[arg(value_name = "MIGRATION")]
    pub name: String,
    /// The new number; without it the next free one on every branch
    #[arg(long, value_name = "NUMBER")]
    pub to: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArguments {
    /// Only what is pending, has new targets or can not be planned
    #[arg(long)]
    pub pending: bool,
    /// Only what is applied
    #[arg(long)]
    pub applied: bool,
    /// Only what has drifted, was edited or lost its file
    #[arg(long)]
    pub drift: bool,
    /// List every drifted setting
    #[arg(long)]
    pub files: bool,
    /// Exit with 1 when something is pending or has drifted
    #[arg(long)]
    pub exit_code: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ShowArguments {
    /// The migration, as v0001, enable_ssl or v0001_enable_ssl
    #[arg(value_name = "MIGRATION", required_unless_present = "why")]
    pub name: Option<String>,
    /// Which migration set this line of a file
    #[arg(long, value_name = "FILE:LINE", conflicts_with = "name")]
    pub why: Option<String>,
    /// Only what concerns this file
    #[arg(long, value_name = "FILE", requires = "name")]
    pub file: Option<PathBuf>,
    /// Its record, as git keeps it
    #[arg(long, requires = "name", conflicts_with_all = ["file", "since_applied"])]
    pub record: bool,
    /// What people changed in its files since it was recorded
    #[arg(long, requires = "name")]
    pub since_applied: bool,
}
