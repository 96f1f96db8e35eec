//! What came of trying migrations: a line for each, and the difference where one failed.

use serde_json::{Value, json};
use similar::TextDiff;

use super::diagnostic::diagnostics;
use super::plan::plural;
use super::style::Style;
use crate::diagnostic::Diagnostic;
use crate::text::printable;
use crate::value::mask;

/// One example, or the repository itself, walked forwards, again and back.
pub struct Trial {
    pub migration: String,
    pub name: String,
    /// Where it is written.
    pub at: String,
    pub legs: [Leg; 3],
}

/// How one way went.
pub enum Leg {
    Right,
    Skipped,
    Wrong { path: String, wanted: String, found: String },
    Refused(Vec<Diagnostic>),
    Said(String),
}

const NAMES: [&str; 3] = ["up", "again", "down"];

impl Trial {
    pub fn failed(&self) -> bool {
        self.legs.iter().any(Leg::failed)
    }
}

impl Leg {
    fn failed(&self) -> bool {
        !matches!(self, Self::Right | Self::Skipped)
    }
}

/// All trials for people.
pub fn trials(trials: &[Trial], style: Style) -> String {
    let mut text = String::new();
    for trial in trials {
        let name: String = trial.name.chars().take(48).collect();
        let legs = trial.legs.iter().zip(NAMES).filter_map(|(leg, name)| match leg {
            Leg::Skipped => None,
            Leg::Right => Some(format!("{name} {}", style.good("ok"))),
            _ => Some(format!("{name} {}", style.bad("FAIL"))),
        });
        let legs: Vec<String> = legs.collect();
        let width = style.column(48, 6 + 30);
        let line = format!("{} {:<width$} {}", style.strong(&trial.migration), printable(&name), legs.join("  "));
        text.push_str(&(style.wrapped(&line, 6) + "\n"));
        for leg in trial.legs.iter().filter(|leg| leg.failed()) {
            text.push_str(&failure(trial, leg, style));
        }
    }
    let failed = trials.iter().filter(|trial| trial.failed()).count();
    let count = plural(trials.len(), "example");
    text.push_str(&match (trials.len(), failed) {
        (0, _) => "No migration here has an example: a [[case]] with `file`, `before` and `after`.\n".to_owned(),
        (_, 0) => format!("{count}, none failed.\n"),
        (_, failed) if trials.iter().any(|trial| matches!(trial.legs[0], Leg::Wrong { .. })) => {
            format!("{count}, {failed} failed.   migrate test -u rewrites `after` if this is right.\n")
        }
        (_, failed) => format!("{count}, {failed} failed.\n"),
    });
    text
}

fn failure(trial: &Trial, leg: &Leg, style: Style) -> String {
    match leg {
        Leg::Right | Leg::Skipped => String::new(),
        Leg::Said(what) => format!("  {}: {what}\n", printable(&trial.at)),
        Leg::Refused(found) => format!("{}\n", diagnostics(found, style).trim_end()),
        Leg::Wrong { path, wanted, found } => {
            let mut text = format!("  {} {} of {}\n", style.quiet("@@"), printable(path), printable(&trial.at));
            let (wanted, found) = (mask(wanted), mask(found));
            let diff = TextDiff::from_lines(wanted.as_ref(), found.as_ref());
            for line in diff.unified_diff().context_radius(1).to_string().lines().filter(|line| !line.starts_with("@@"))
            {
                let shown = printable(line.trim_end_matches('\r'));
                text.push_str(&match shown.chars().next() {
                    Some('-') => format!("  {}\n", style.bad(&shown)),
                    Some('+') => format!("  {}\n", style.good(&shown)),
                    _ => format!("  {shown}\n"),
                });
            }
            text.push_str("  - as it should be, + as it is\n");
            text
        }
    }
}

/// All trials for machines.
pub fn trials_result(trials: &[Trial]) -> Value {
    let leg = |leg: &Leg| match leg {
        Leg::Right => "ok",
        Leg::Skipped => "skipped",
        Leg::Wrong { .. } => "differs",
        Leg::Refused(_) | Leg::Said(_) => "refused",
    };
    let one = |trial: &Trial| {
        json!({
            "migration": trial.migration,
            "name": trial.name,
            "at": trial.at,
            "up": leg(&trial.legs[0]),
            "again": leg(&trial.legs[1]),
            "down": leg(&trial.legs[2]),
            "failed": trial.failed(),
        })
    };
    json!({ "examples": trials.iter().map(one).collect::<Vec<_>>() })
}
