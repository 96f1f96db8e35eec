//! What a code means, for people at a terminal, for machines, and as the page `docs/errors.md`.

use serde_json::{Value, json};

use super::style::Style;
use crate::diagnostic::Code;

const WIDTH: usize = 80;

/// Everything about one code.
pub fn explanation(code: Code, style: Style) -> String {
    let explained = code.explanation();
    let mut text = format!("{}: {}\n\n", style.strong(code.id()), explained.title);
    text.push_str(&wrapped(explained.cause, "", ""));
    text.push_str("\nAs it prints:\n\n");
    for line in code.example().lines() {
        text.push_str(format!("    {}", style.fit(line)).trim_end());
        text.push('\n');
    }
    text.push_str("\nWhat to do:\n\n");
    for mend in explained.mend {
        text.push_str(&wrapped(mend, "  * ", "    "));
    }
    text
}

/// Every code with its title.
pub fn explanations(style: Style) -> String {
    Code::ALL.iter().map(|code| format!("{}  {}\n", style.strong(code.id()), code.explanation().title)).collect()
}

/// One code as JSON.
pub fn explanation_result(code: Code) -> Value {
    let explained = code.explanation();
    json!({
        "code": code.id(),
        "title": explained.title,
        "cause": explained.cause,
        "example": code.example(),
        "mend": explained.mend,
    })
}

/// Every code as Markdown: the page `docs/errors.md`.
pub fn errors_page() -> String {
    let mut text = String::from(
        "# Errors\n\n\
         Every message of `migrate` carries a code. A code never changes its meaning. `migrate explain CODE` prints the\n\
         same as this page, which is made from the program: `UPDATE_EXPECT=1 cargo test --test it codes` writes it.\n\n\
         | code | what is the matter |\n| --- | --- |\n",
    );
    for code in Code::ALL {
        let (id, title) = (code.id(), code.explanation().title);
        text.push_str(&format!("| [{id}](#{}) | {title} |\n", id.to_lowercase()));
    }
    for code in Code::ALL {
        let explained = code.explanation();
        text.push_str(&format!("\n## {}\n\n**{}**\n\n", code.id(), capitalised(explained.title)));
        text.push_str(&format!("{}\n```text\n{}\n```\n\n", wrapped(explained.cause, "", ""), code.example()));
        for mend in explained.mend {
            text.push_str(&format!("* {mend}\n"));
        }
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// `text` in lines, the first one behind `first` and the others behind `next`.
fn wrapped(text: &str, first: &str, next: &str) -> String {
    let mut lines = vec![first.to_owned()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let starts = line.trim_end().len() <= first.trim_end().len() && (line == first || line == next);
        if !starts && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{next}{word}"));
        } else if starts {
            line.push_str(word);
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
