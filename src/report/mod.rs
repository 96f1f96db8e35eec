//! Plans, standings and problems as text for people and as JSON for machines. Every way out masks secrets.

mod check;
mod diagnostic;
mod diff;
mod ending;
mod explain;
mod fix;
mod found;
mod github;
mod gitlab;
mod html;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod merged;
mod patch;
mod plan;
mod rdjson;
mod renderer;
mod review;
mod sarif;
mod show;
mod status;
mod style;
mod trial;
mod whole;
mod words;

pub use check::{Finding, check, check_result};
pub use diagnostic::diagnostics;
pub use diff::{FileDiff, Hunk, Line, LineKind, file_diff};
pub use ending::{Typed, committed, refusal};
pub use explain::{errors_page, explanation, explanation_result, explanations};
pub use github::touched;
pub use json::{
    EVENTS_SCHEMA, OUTPUT_SCHEMA, envelope, file_result, plan_result, show_result, status_result, why_result,
};
pub use markdown::marker;
pub use merged::{Run, merged, merged_result};
pub use patch::left_out;
pub use plan::{Shown, dry_run, file_diff_shown, file_shown, plural, steps_shown};
pub use renderer::{Answer, Form, RENDERERS, Renderer, Touched, renderer};
pub use show::{Known, show, why};
pub use status::status;
pub use style::Style;
pub use trial::{Leg, Trial, trials, trials_result};
