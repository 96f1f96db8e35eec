//! What is wrong with the TLS settings of a repository and with the files they name. Pure: files are looked at through
//! what is passed in.

mod files;
mod misread;
mod pairs;
mod server;
mod settings;

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Location};
use crate::path::RepoPath;
use crate::tls::{Material, MaterialError};
use crate::tree::{Outside, OutsideError};

pub use files::copied;
pub use server::shown;
pub use settings::insecure;

use super::survey::{Block, Family, Named, Setting, Slot, Survey};

/// No certificate or key is larger.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// A file that a setting names.
#[derive(Clone, Debug)]
pub struct Seen {
    /// From the root of the repository where it lies in it.
    pub shown: String,
    pub is_inside: bool,
    pub found: Result<Outside, OutsideError>,
    pub git: InGit,
}

/// What git makes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InGit {
    Outside,
    Ignored,
    /// The next `git add` takes it.
    Untracked,
    Tracked,
}

/// How the file is found that a setting of the config file names; `None` where only a run can tell.
pub type Look<'a> = &'a dyn Fn(&RepoPath, &Named) -> Option<Seen>;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were looked at.
    pub files: Vec<String>,
}

/// A file, and who names it.
struct NamedFile {
    seen: Seen,
    material: Option<Result<Material, MaterialError>>,
    users: Vec<User>,
}

struct User {
    slot: Slot,
    family: Family,
    place: Location,
    unlocks: bool,
}

/// The shown path of the file in each slot of one block.
struct Connection<'s> {
    block: &'s Block,
    files: BTreeMap<Slot, String>,
}

type Files = BTreeMap<String, NamedFile>;

/// Looks at every file that is named in `survey`. `now` is in seconds since 1970.
pub fn examine(survey: &Survey, look: Look<'_>, now: i64) -> Findings {
    let mut findings = Findings::default();
    let mut files = Files::new();
    let beside = beside(&survey.blocks);
    let blocks: Vec<&Block> = survey.blocks.iter().chain(&beside).collect();
    let mut connections = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let is_guess = index >= survey.blocks.len();
        connections.push(Connection { block, files: named(block, is_guess, look, &mut files, &mut findings) });
    }
    for file in files.values() {
        files::examine(file, now, &mut findings);
    }
    for connection in &connections {
        pairs::examine(connection, &files, survey, &mut findings);
    }
    pairs::compare(&connections, &files, &mut findings);
    settings::examine(survey, &mut findings);
    findings.shortened();
    findings.files = files.into_keys().collect();
    findings.diagnostics.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.code));
    findings
}

/// The files of `block`, with what its paths are worth.
fn named(
    block: &Block,
    is_guess: bool,
    look: Look<'_>,
    files: &mut Files,
    findings: &mut Findings,
) -> BTreeMap<Slot, String> {
    let mut shown = BTreeMap::new();
    for (slot, setting) in block.settings.iter().filter(|(slot, setting)| is_path(**slot, setting)) {
        if !is_guess && !files::path_is_fit(block, setting, findings) {
            continue;
        }
        let Some(seen) = look(&block.file, &setting.named) else { continue };
        if is_guess && seen.found.is_err() {
            continue;
        }
        shown.insert(*slot, seen.shown.clone());
        let material = |seen: &Seen| {
            let bytes = &seen.found.as_ref().ok()?.bytes;
            // What Java and Prisma read; it needs a password to say anything.
            let is_store = [".p12", ".pfx", ".jks"].iter().any(|ending| seen.shown.ends_with(ending));
            (!is_store).then(|| Material::read(bytes))
        };
        let file = files.entry(seen.shown.clone()).or_insert_with(|| {
            let material = material(&seen);
            NamedFile { seen, material, users: Vec::new() }
        });
        let (place, unlocks) = (setting.place.clone(), block.unlocks);
        file.users.push(User { slot: *slot, family: block.family, place, unlocks });
    }
    shown
}

/// Whether the setting is the path of a file: no mode, no word of libpq, no content.
fn is_path(slot: Slot, setting: &Setting) -> bool {
    let text = setting.named.text();
    slot != Slot::Mode && text != "system" && !text.contains("-----BEGIN")
}

/// The server's certificate and key under their usual names, beside the CA that a client knows it by.
fn beside(blocks: &[Block]) -> Vec<Block> {
    const NAMES: [(&str, &str); 2] = [("server-cert.pem", "server-key.pem"), ("server.crt", "server.key")];
    let mut found: Vec<Block> = Vec::new();
    for block in blocks.iter().filter(|block| block.family != Family::Server) {
        let Some(ca) = block.settings.get(&Slot::Ca) else { continue };
        let named = |name: &str| {
            let path = match ca.named.text().rsplit_once('/') {
                Some((folder, _)) => format!("{folder}/{name}"),
                None => name.to_owned(),
            };
            let named = match ca.named {
                Named::Text(_) => Named::Text(path),
                Named::Joined(_) => Named::Joined(path),
            };
            Setting { place: ca.place.clone(), named }
        };
        for (certificate, key) in NAMES {
            let settings = BTreeMap::from([
                (Slot::Ca, ca.clone()),
                (Slot::Certificate, named(certificate)),
                (Slot::Key, named(key)),
            ]);
            found.push(Block { family: Family::Server, settings, ..block.clone() });
        }
    }
    found
}

impl Findings {
    /// Tells `finding`, once for all its places.
    fn tell(&mut self, finding: Diagnostic, places: impl IntoIterator<Item = Location>) {
        let same = |known: &Diagnostic| known.code == finding.code && known.message == finding.message;
        let severity = finding.severity;
        let index = match self.diagnostics.iter().position(same) {
            Some(index) => index,
            None => {
                self.diagnostics.push(finding);
                self.diagnostics.len() - 1
            }
        };
        let Some(known) = self.diagnostics.get_mut(index) else { return };
        known.severity = known.severity.max(severity);
        for place in places {
            if !known.places.iter().any(|one| one.to_string() == place.to_string()) {
                known.places.push(place);
            }
        }
    }

    /// Names a few of many places, and says how many more there are.
    fn shortened(&mut self) {
        const PLACES: usize = 4;
        for finding in &mut self.diagnostics {
            let more = finding.places.len().saturating_sub(PLACES);
            finding.places.truncate(PLACES);
            if more > 0 {
                finding.notes.push(format!("and {more} more place{}", if more == 1 { "" } else { "s" }));
            }
        }
    }

    fn error(&mut self, code: Code, message: String, help: &str, places: impl IntoIterator<Item = Location>) {
        self.tell(Diagnostic::error(code, message).help(help), places);
    }

    fn warn(&mut self, code: Code, message: String, help: &str, places: impl IntoIterator<Item = Location>) {
        self.tell(Diagnostic::warning(code, message).help(help), places);
    }
}
