//! The answer as one JSON object, as `--format json` has it.

use serde_json::Value;

use super::json::{envelope, plan_result};
use super::renderer::{Answer, Form, Renderer};
use crate::diagnostic::Diagnostic;

pub static RENDERER: Renderer = Renderer { name: "json", form: Form::Json, needs_plan: false, render };

fn render(answer: &Answer<'_>) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let plan = answer.plan.map(|plan| plan_result(plan, answer.written, answer.context));
    let result = plan.or_else(|| answer.result.cloned()).unwrap_or(Value::Null);
    Ok((envelope(answer.command, result, answer.diagnostics) + "\n").into_bytes())
}
