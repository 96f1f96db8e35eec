//! What the terminal can: its size, its characters, and whether it is one.

use std::io::IsTerminal;

use anstream::ColorChoice;

/// The columns and rows of the terminal that standard output is; `None` where it is none, or does not tell.
pub(crate) fn size() -> Option<(usize, usize)> {
    let stdout = std::io::stdout();
    let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok())??;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col.into(), size.ws_row.into()))
}

/// Whether the terminal knows no more than to print one line below the other.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Whether a stream takes colours, by what the environment says of them; else only a terminal does.
pub(crate) fn colour(is_terminal: bool) -> ColorChoice {
    let off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let plain = std::env::var_os("CLICOLOR").is_some_and(|value| value == "0");
    let forced = is_set("FORCE_COLOR") || is_set("CLICOLOR_FORCE");
    let wanted = !off && (forced || !plain && is_terminal && !is_dumb());
    if wanted { ColorChoice::Always } else { ColorChoice::Never }
}

/// Whether the environment says so.
pub(crate) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Whether the environment says yes to it, in the words that the flags' own variables take.
pub(crate) fn is_yes(name: &str) -> bool {
    let said = std::env::var(name).unwrap_or_default().to_ascii_lowercase();
    !matches!(said.as_str(), "" | "0" | "n" | "no" | "f" | "false" | "off")
}

/// Whether the locale is UTF-8; the first variable that is set decides.
pub(crate) fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
