//! `migrate explain`: what a code means, and what to do about it. Needs no repository.

use super::Failure;
use super::args::ExplainArguments;
use super::exit::Exit;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::report;
use crate::text::nearest;

pub(crate) fn run(explain: &ExplainArguments, ui: &Ui) -> Result<Exit, Failure> {
    let (result, text) = match &explain.code {
        None => {
            let all: Vec<serde_json::Value> = Code::ALL.iter().map(|code| report::explanation_result(*code)).collect();
            (serde_json::json!({ "codes": all }), report::explanations(ui.style))
        }
        Some(name) => {
            let code = Code::named(name).ok_or_else(|| unknown(name, ui))?;
            (report::explanation_result(code), report::explanation(code, ui.style))
        }
    };
    if ui.json {
        ui.envelope("explain", result, &[]);
    } else {
        // What was asked for is the answer, quiet or not.
        ui.paged(&text);
    }
    Ok(Exit::Done)
}

fn unknown(name: &str, ui: &Ui) -> Failure {
    let wanted = name.to_ascii_uppercase();
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    // The first digits say what it is about: a code of the same kind was rather meant than any other.
    let family: Vec<&str> = known.iter().copied().filter(|id| wanted.get(..3) == id.get(..3)).collect();
    let fault = Diagnostic::error(Code::Usage, format!("there is no code `{name}`"));
    let fault = match nearest(&wanted, &family).or_else(|| nearest(&wanted, &known)) {
        Some(near) => fault.help(format!("did you mean `{near}`? migrate explain {near}")),
        None => fault.help("the list of codes: migrate explain"),
    };
    Failure { tail: report::explanations(ui.style), ..fault.into() }
}
