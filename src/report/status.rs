//! Standings for people: one line per migration, and what to type next.

use super::plan::plural;
use super::style::Style;
use crate::path::RepoPath;
use crate::plan::{Standing, Status};
use crate::text::printable;
use crate::value::mask;

/// `migrate status`, of which the lines `is_shown`; the counts are of all. The program is typed as `migrate` to go on.
pub fn status(
    name: &str,
    all: &[Status],
    is_shown: &dyn Fn(&Status) -> bool,
    with_files: bool,
    migrate: &str,
    style: Style,
) -> String {
    let applied = all
        .iter()
        .filter(|one| matches!(one.standing, Standing::Applied | Standing::Adopted | Standing::NewTargets(_)))
        .count();
    let dot = style.dot();
    let mut text = format!(
        "{}  {dot}  {}  {dot}  {applied} applied\n\n",
        style.strong(&printable(name)),
        plural(all.len(), "migration")
    );
    for one in all.iter().filter(|one| is_shown(one)) {
        let version = one.version.map_or("     ".to_owned(), |version| version.to_string());
        let width = style.column(24, 18 + 26);
        let slug = printable(one.slug.as_str());
        let line = format!("  {} {version} {slug:<width$} {}", word(one, style), detail(one, migrate));
        text.push_str(&(style.wrapped(&line, 11) + "\n"));
        if with_files || one.drift.len() <= 10 {
            for drift in &one.drift {
                let at = drift.position.map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
                let line = format!("            {}{at}  {} {}\n", drift.path, drift.place, drift.kind.name());
                text.push_str(&style.attention(&printable(&line)));
            }
        }
    }
    text.push('\n');
    for line in counts(all, migrate).lines() {
        text.push_str(&next_line(line, style));
    }
    text
}

pub(super) fn word(one: &Status, style: Style) -> String {
    match one.standing {
        _ if one.drift.is_empty() => {}
        Standing::Reverted => return style.attention("reverted"),
        _ => return style.attention("drifted "),
    }
    match &one.standing {
        Standing::Applied => style.good("applied "),
        Standing::Adopted => style.good("adopted "),
        Standing::NewTargets(_) => style.attention("applied "),
        Standing::Reverted => style.quiet("reverted"),
        Standing::Pending(_) => style.attention("pending "),
        Standing::NothingToDo => style.quiet("no need "),
        Standing::ByHand(_) => style.attention("by hand "),
        Standing::Blocked(_) => style.bad("blocked "),
    }
}

pub(super) fn detail(one: &Status, migrate: &str) -> String {
    let names: Vec<&str> = one.here.iter().map(RepoPath::as_str).collect();
    let word = if one.standing == Standing::Reverted { "still applied" } else { "pending" };
    let here = if names.is_empty() { String::new() } else { format!("; here: {word} ({})", names.join(", ")) };
    let ahead: Vec<&str> = one.ahead.iter().map(RepoPath::as_str).collect();
    let ahead = if ahead.is_empty() { String::new() } else { format!("; here: applied ({})", ahead.join(", ")) };
    let edited =
        if one.edited { format!("; its file was edited since: {migrate} verify {}", one.slug) } else { String::new() };
    format!("{}{}{edited}", shared(one, migrate), printable(&(here + &ahead)))
}

/// Where the repository stands.
fn shared(one: &Status, migrate: &str) -> String {
    match &one.standing {
        Standing::Reverted if !one.drift.is_empty() => {
            format!("in part: {} still there; {migrate} down {}", plural(one.drift.len(), "setting"), one.slug)
        }
        _ if !one.drift.is_empty() => {
            let gone = if is_gone(one) { "; its migration is gone" } else { "" };
            format!("{} of {} changed{gone}", plural(one.drift.len(), "setting"), plural(one.files, "file"))
        }
        _ if is_gone(one) => {
            format!("{}; its migration is gone: {migrate} down {}", plural(one.files, "file"), one.slug)
        }
        Standing::Applied | Standing::Adopted => plural(one.files, "file"),
        Standing::NewTargets(new) => format!("{}, {}", plural(one.files, "file"), plural(*new, "new target")),
        Standing::Reverted => {
            let reason = one.reason.as_deref().map_or(String::new(), |reason| format!("; why: {}", mask(reason)));
            printable(&format!("stays so until: {migrate} up {}{reason}", one.slug)).into_owned()
        }
        Standing::Pending(files) => format!("would edit {}", plural(*files, "file")),
        Standing::NothingToDo => "finds nothing to change here".to_owned(),
        Standing::ByHand(files) => format!("{} with connections that a person has to change", plural(*files, "file")),
        Standing::Blocked(diagnostics) => {
            // The whole of it is what `up -n` prints.
            let message = diagnostics.first().map_or("", |first| first.message.as_str());
            let short: String = message.chars().take(60).collect();
            let cut = if short.len() < message.len() { "..." } else { "" };
            printable(&mask(&format!("{short}{cut}"))).into_owned()
        }
    }
}

/// Whether it is applied, and its file is no more.
fn is_gone(one: &Status) -> bool {
    one.version.is_none() && one.standing != Standing::Reverted
}

/// One of the last lines; what a command is for goes below it where both have no room.
fn next_line(line: &str, style: Style) -> String {
    let (what, about) = line.split_once("   ").map_or((line, ""), |(what, about)| (what, about.trim_start()));
    let fits = style.columns.is_none_or(|columns| line.chars().count() <= columns);
    match fits || about.is_empty() {
        true => style.wrapped(line, 4) + "\n",
        false => format!("{what}\n      {about}\n"),
    }
}

fn counts(all: &[Status], migrate: &str) -> String {
    let count = |test: &dyn Fn(&Status) -> bool| all.iter().filter(|one| test(one)).count();
    let drifted = count(&|one| !one.drift.is_empty());
    let pending =
        count(&|one| matches!(one.standing, Standing::Pending(_) | Standing::NewTargets(_)) || !one.here.is_empty());
    let blocked = count(&|one| matches!(one.standing, Standing::Blocked(_)));
    let by_hand = count(&|one| matches!(one.standing, Standing::ByHand(_)));
    let gone = count(&is_gone);
    let edited = count(&|one| one.edited);
    let parts = [
        (drifted, "drifted"),
        (gone, "without its migration"),
        (edited, "edited after it was applied"),
        (pending, "pending"),
        (blocked, "blocked"),
        (by_hand, "to be done by hand"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() {
        return "Nothing is pending, nothing has drifted.\n".to_owned();
    }
    let mut text = format!("{}.\n", parts.join(", "));
    if pending + blocked + by_hand > 0 {
        let look = format!("{migrate} up -n");
        text.push_str(&format!("next: {look:<22}   see what would change\n"));
    }
    let mut others: Vec<String> = Vec::new();
    if let Some(first) = all.iter().find(|one| !one.drift.is_empty()) {
        others.push(format!("{migrate} verify {}   see the drift\n", first.slug));
    }
    if let Some(first) = all.iter().find(|one| is_gone(one)) {
        others.push(format!("{migrate} verify {}   see where its migration went\n", first.slug));
    }
    for line in others {
        text.push_str(if text.contains("\nnext: ") { "      " } else { "next: " });
        text.push_str(&line);
    }
    text
}
