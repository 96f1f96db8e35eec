//! Plans, standings and problems as text for people and as JSON for machines. Every way out masks secrets.

mod check;
mod diagnostic;
mod diff;
mod explain;
mod json;
mod plan;
mod status;
mod style;
mod trial;

pub use check::{Finding, check, check_result};
pub use diagnostic::diagnostics;
pub use diff::{FileDiff, file_diff};
pub use explain::{errors_page, explanation, explanation_result, explanations};
pub use json::{envelope, file_result, plan_result, show_result, status_result};
pub use plan::{Shown, committed, dry_run, file_shown, plural, refusal, steps_shown};
pub use status::{show, status};
pub use style::Style;
pub use trial::{Leg, Trial, trials, trials_result};
