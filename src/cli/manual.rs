//! `migrate completions` and `migrate man`: what shells and manuals know of the commands.

use clap::CommandFactory;
use clap_complete::aot::Shell;

use super::Failure;
use super::args::{Arguments, CompletionsArguments, ShellKind};
use super::exit::Exit;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};

/// The script that completes commands and flags in a shell.
pub(crate) fn completions(completions: &CompletionsArguments, ui: &Ui) -> Exit {
    let shell = match completions.shell {
        ShellKind::Bash => Shell::Bash,
        ShellKind::Zsh => Shell::Zsh,
        ShellKind::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::aot::generate(shell, &mut Arguments::command(), "migrate", &mut script);
    ui.answer(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// The manual page: of the program, and below it of every command.
pub(crate) fn man(ui: &Ui) -> Result<Exit, Failure> {
    let mut command = Arguments::command().override_help(None::<&str>);
    command.build();
    let mut page = Vec::new();
    let pages = std::iter::once(&command).chain(command.get_subcommands().filter(|one| one.get_name() != "help"));
    for command in pages {
        clap_mangen::Man::new(command.clone())
            .render(&mut page)
            .map_err(|error| Diagnostic::error(Code::Machine, format!("failed to make the manual page: {error}")))?;
    }
    ui.answer(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
