//! What `check` looked at, a line each.

use serde_json::{Value, json};

use super::plan::plural;
use super::style::Style;
use crate::text::printable;

/// One thing that was looked at.
pub struct Finding {
    name: &'static str,
    what: String,
    problems: usize,
    help: &'static str,
}

impl Finding {
    /// `problems` of them, which are told elsewhere.
    pub fn counted(name: &'static str, what: String, problems: usize) -> Self {
        Self { name, what, problems, help: "" }
    }

    /// Each of `problems` is named here.
    pub fn listed(name: &'static str, what: String, problems: &[String], help: &'static str) -> Self {
        match problems.len() {
            0 => Self { name, what, problems: 0, help: "" },
            count => Self { name, what: problems.join(", "), problems: count, help },
        }
    }

    /// Nothing that could be wrong.
    pub fn noted(name: &'static str, what: String) -> Self {
        Self { name, what, problems: 0, help: "" }
    }

    pub fn failed(&self) -> bool {
        self.problems > 0
    }
}

/// For people.
pub fn check(findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    for finding in findings {
        let verdict = match finding.failed() {
            false => style.good("ok"),
            true => format!("{}  {}", style.bad("FAIL"), finding.help),
        };
        let width = style.column(35, 10 + 5);
        let line = format!("{:<9} {:<width$} {}", finding.name, printable(&finding.what), verdict.trim_end());
        text.push_str(&(style.wrapped(&line, 10) + "\n"));
    }
    let problems = findings.iter().filter(|finding| finding.failed()).count();
    text.push_str(&match problems {
        0 => "Migrated and clean.\n".to_owned(),
        count => format!("{}.\n", plural(count, "problem")),
    });
    text
}

/// For machines.
pub fn check_result(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| json!({ "check": finding.name, "what": finding.what, "problems": finding.problems, "ok": !finding.failed() });
    json!({ "checks": findings.iter().map(one).collect::<Vec<_>>() })
}
