//! A path inside the repository: relative, `/` between its parts, never able to leave. Checked once, here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::text::is_hidden;

/// A file of the repository, named from its root. A copy shares the text: a large repository has many names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

/// Why a text is not the path of a repository file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a path inside the repository: {why}")]
pub struct RepoPathError {
    /// The text.
    pub path: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl RepoPath {
    /// # Errors
    /// When the path is empty, absolute, has a `..`, `.`, empty or `.git` part, or a character no
    /// portable path has. The rules are the same on every platform.
    pub fn new(path: &str) -> Result<Self, RepoPathError> {
        match fault(path) {
            None => Ok(Self(path.into())),
            Some(why) => Err(RepoPathError { path: path.to_owned(), why }),
        }
    }

    /// The path of a file that is to be made: as `new`, and a name that every platform takes as it is.
    ///
    /// # Errors
    /// Also when a part is the name of a device, ends with a dot or a space, or has a character that some platform does
    /// not take or that nobody sees.
    pub fn of_new(path: &str) -> Result<Self, RepoPathError> {
        match path.split('/').find_map(fault_of_new) {
            None => Self::new(path),
            Some(why) => Self::new(path).and(Err(RepoPathError { path: path.to_owned(), why })),
        }
    }

    /// The path as text, from the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The glob that matches this path alone, as `--except` takes it.
    pub fn glob(&self) -> String {
        let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '!');
        self.0.chars().map(|c| if special(c) { format!("[{c}]") } else { c.to_string() }).collect()
    }

    /// Whether it is or lies in the folder of the records, which belongs to this program; whatever the capitals, since
    /// some disks do not tell them apart.
    pub fn is_own(&self) -> bool {
        self.0.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case(".migrate"))
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The folder that holds this file; empty at the root.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// How many folders lie between the root and this file.
    pub fn depth(&self) -> usize {
        self.0.matches('/').count()
    }

    /// The file that `relative` names from this file's folder; `None` where it would leave the repository.
    pub fn resolve(&self, relative: &str) -> Option<Self> {
        let mut parts: Vec<&str> = self.folder().split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Self::new(&parts.join("/")).ok()
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RepoPath {
    type Err = RepoPathError;

    fn from_str(path: &str) -> Result<Self, RepoPathError> {
        Self::new(path)
    }
}

fn fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.len() > 4096 {
        return Some("it is longer than 4096 bytes");
    }
    if path.starts_with('/') || path.starts_with('~') || has_drive(path) {
        return Some("it is absolute");
    }
    // A large repository has many names: all of this is of bytes, which is faster than characters.
    if path.bytes().any(|byte| matches!(byte, b'\\' | b'\0' | b'\n' | b'\r')) {
        return Some("it holds a backslash, a NUL or a line break");
    }
    path.as_bytes().split(|byte| *byte == b'/').find_map(|part| match part {
        b"" => Some("a part of it is empty"),
        b"." | b".." => Some("it has a `.` or `..` part"),
        [b'.' | b'g' | b'G' | 0x80.., ..] if is_git_folder(part) => Some("it lies in the `.git` folder"),
        _ => None,
    })
}

/// Why no new file or folder is called `part`, although one that is there may be.
fn fault_of_new(part: &str) -> Option<&'static str> {
    if part.contains(|c: char| c.is_control() || is_hidden(c)) {
        return Some("it holds a character that nobody sees");
    }
    if part.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Some("it holds a character that not every platform takes");
    }
    if part.ends_with(['.', ' ']) && !matches!(part, "." | "..") {
        return Some("a part of it ends with a dot or a space, which some platforms drop");
    }
    is_device(part).then_some("a part of it is the name of a device on some platforms")
}

/// Whether Windows takes `part` for a device, whatever stands behind the first dot.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or("").trim_end_matches(' ').to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered.is_some_and(|rest| {
            matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
}

fn has_drive(path: &str) -> bool {
    let mut characters = path.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic()) && characters.next() == Some(':')
}

/// `.git` as any file system may read it: case folded, as its short name, with ignored characters.
fn is_git_folder(part: &[u8]) -> bool {
    let part = String::from_utf8_lossy(part);
    let visible: String = part.chars().filter(|c| !is_ignorable(*c)).collect();
    let folded = visible.to_ascii_lowercase();
    let name = folded.split(':').next().unwrap_or("").trim_end_matches([' ', '.']);
    name == ".git" || name == "git~1"
}

fn is_ignorable(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "..",
            "a/../b",
            "./a",
            "a//b",
            "a/",
            ".git/config",
            "a/.GIT/x",
            "git~1/x",
            ".git ./x",
            ".git::$INDEX/x",
            ".g\u{200c}it/x",
            "C:/x",
            "c:x",
            "\\\\host\\x",
            "a\\b",
            "~/x",
            "a\0b",
            "a\nb",
        ] {
            assert!(RepoPath::new(path).is_err(), "{path:?}");
        }
        for path in ["a", ".env", "a/b.c", ".github/workflows/ci.yml", "a b/ü", ".gitignore", "...x"] {
            assert!(RepoPath::new(path).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn new_names_are_those_that_every_platform_takes() {
        for path in [
            "CON",
            "nul.toml",
            "a/COM1",
            "lpt1.txt",
            "Aux.x/y",
            "com¹",
            "prn .txt",
            "conin$",
            "file:ads",
            "trailing./x",
            "trail /x",
            "x.",
            "a\x7fb",
            "a\u{202e}b",
            "a\u{200b}",
            "a\u{2066}b",
            "a\u{ad}b",
            "a\u{2028}b",
            "a\u{e0041}b",
            "a\tb",
            "what?",
            "a*",
            "<a>",
            "a|b",
            "a\"b",
        ] {
            assert!(RepoPath::of_new(path).is_err(), "{path:?}");
            assert!(RepoPath::new(path).is_ok(), "what is there already can be read: {path:?}");
        }
        for path in ["..", "/etc/x", ".git/x", "C:/x", ""] {
            assert!(RepoPath::of_new(path).is_err(), "{path:?}");
        }
        for path in
            ["a", ".env", "console", "com", "com10", "lpt", "nul1", "a b/ü", "[...slug].js", "$x", "con_fig/a.b"]
        {
            assert_eq!(RepoPath::of_new(path), RepoPath::new(path), "{path:?}");
        }
    }

    #[test]
    fn relative_names_stay_inside() {
        let file = RepoPath::new("a/b/c.js").expect("a path");
        assert_eq!(file.resolve("../d.js").map(|path| path.to_string()).as_deref(), Some("a/d.js"));
        assert_eq!(file.resolve("../../../d.js"), None);
        assert_eq!(file.depth(), 2);
    }

    #[test]
    fn the_folder_of_the_records_is_known_by_its_first_part() {
        for (path, is_own) in
            [(".migrate/tip", true), (".MIGRATE", true), ("a/.migrate/tip", false), (".migrated/x", false)]
        {
            assert_eq!(RepoPath::new(path).expect("a path").is_own(), is_own, "{path}");
        }
    }
}
