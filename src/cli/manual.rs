//! `migrate completions` and `migrate man`: what shells and manuals know of the commands.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::aot::Shell;
use clap_mangen::Man;

use super::Failure;
use super::args::{Arguments, CompletionsArguments, ManArguments, ShellKind};
use super::exit::Exit;
use super::ui::Ui;
use crate::diagnostic::{Code, Diagnostic};
use crate::fs::{Fs, RealFs, replace};

/// The script that completes commands and flags in a shell, under both names of the program.
pub(crate) fn completions(completions: &CompletionsArguments, ui: &Ui) -> Exit {
    let shell = match completions.shell {
        ShellKind::Bash => Shell::Bash,
        ShellKind::Zsh => Shell::Zsh,
        ShellKind::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::aot::generate(shell, &mut Arguments::command(), "migrate", &mut script);
    let script = String::from_utf8_lossy(&script);
    ui.answer(&match completions.shell {
        ShellKind::Bash => script.replace(" -o default migrate\n", " -o default migrate settings-migrate\n"),
        ShellKind::Zsh => script
            .replacen("#compdef migrate\n", "#compdef migrate settings-migrate\n", 1)
            .replace("compdef _migrate migrate\n", "compdef _migrate migrate settings-migrate\n"),
        ShellKind::Fish => format!("{script}complete -c settings-migrate -w migrate\n"),
    });
    Exit::Done
}

/// What stands at the end of the page of the program itself.
const MORE: &str = include_str!("manual/more.roff");

/// The manual page of the program, or of one command; or all of them as files of a folder.
pub(crate) fn man(wanted: &ManArguments, ui: &Ui) -> Result<Exit, Failure> {
    let mut program = Arguments::command().override_help(None::<&str>);
    program.build();
    let mut pages = Vec::new();
    collect(&program, "migrate", &mut pages)?;
    if let Some(folder) = &wanted.dir {
        for (name, page) in &pages {
            write(&folder.join(format!("{name}.1")), page)?;
        }
        ui.is_done();
        ui.text(&format!("wrote {} pages into {}\n", pages.len(), folder.display()));
        return Ok(Exit::Done);
    }
    let name = wanted.command.iter().fold("migrate".to_owned(), |name, part| format!("{name}-{part}"));
    let Some((_, page)) = pages.iter().find(|(known, _)| *known == name) else {
        let unknown = format!("there is no command `{}`", wanted.command.join(" "));
        return Err(Diagnostic::error(Code::Usage, unknown).help("see: migrate help").into());
    };
    ui.answer(page);
    Ok(Exit::Done)
}

/// The page of `command`, which is called `name`, and those of the commands below it.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let below: Vec<&Command> = command.get_subcommands().filter(|one| one.get_name() != "help").collect();
    pages.push((
        name.to_owned(),
        page(command, name, &below)
            .map_err(|error| Diagnostic::error(Code::Machine, format!("failed to make the manual page: {error}")))?,
    ));
    for command in below {
        collect(command, &format!("{name}-{}", command.get_name()), pages)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str, below: &[&Command]) -> std::io::Result<String> {
    let is_program = !name.contains('-');
    // Elsewhere the options of every command would bury those of this one.
    let own = command.clone().mut_args(|argument| {
        let hidden = argument.is_global_set() && !is_program || argument.is_hide_set();
        argument.hide(hidden)
    });
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let mut page = Vec::new();
    let man = Man::new(own).title(name).section("1").source(format!("migrate {}", env!("CARGO_PKG_VERSION")));
    man.render_title(&mut page)?;
    let mut text = String::from_utf8_lossy(&page).into_owned();
    text.push_str(&format!(".SH NAME\n{} \\- {}\n", roff(name), roff(about.lines().next().unwrap_or(""))));
    text.push_str(&format!(".SH SYNOPSIS\n.nf\n{}\n.fi\n", roff(usage)));
    text.push_str(&format!(".SH DESCRIPTION\n{}\n", roff(&about)));
    let mut options = Vec::new();
    man.render_options_section(&mut options)?;
    text.push_str(&String::from_utf8_lossy(&options));
    if !below.is_empty() {
        text.push_str(".SH COMMANDS\n");
        for one in below {
            let about = one.get_about().map(ToString::to_string).unwrap_or_default();
            let page = roff(&format!("{name}-{}", one.get_name()));
            text.push_str(&format!(".TP\n\\fB{page}\\fR(1)\n{}\n", roff(&about)));
        }
    }
    text.push_str(if is_program {
        MORE
    } else {
        ".SH SEE ALSO\n\\fBmigrate\\fR(1), with the options that every command takes\n"
    });
    Ok(text)
}

/// `text` as the page shows it.
fn roff(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim().replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn write(place: &Path, page: &str) -> Result<(), Failure> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let name = place.file_name().unwrap_or_default();
    let written = RealFs.canonical(folder).and_then(|real| replace(&RealFs, &real.join(name), page.as_bytes(), 0o644));
    written.map_err(|error| {
        let told = format!("failed to write the page `{}`: {error}", place.display());
        Diagnostic::error(Code::Machine, told).help("name a folder that exists and can be written").into()
    })
}
