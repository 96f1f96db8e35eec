//! What was applied here: one record per migration in the repository, and a ledger for the files git ignores.

mod edit;
mod fault;
mod record;

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::format::{self, Opened};
use crate::migration::Slug;
use crate::parallel;
use crate::path::RepoPath;
use crate::tree::Tree;

pub use edit::Edit;
pub use fault::RecordError;
pub use record::{Record, State};

/// The folder of the records, from the root.
pub const RECORDS: &str = ".migrate/applied";
/// Lets git unite the edits that two branches add to one record.
pub const ATTRIBUTES: &str = ".migrate/.gitattributes";
pub const ATTRIBUTES_TEXT: &str = "applied/*.toml merge=union\n";
/// Names the last applied migration, where numbers are applied as they count.
pub const TIP: &str = ".migrate/tip";

/// The state folder's subfolder of the ledger: records of files that only this work tree has.
pub const LEDGER: &str = "ledger";
/// The subfolder of the texts that a record must not hold: of what all work trees of a repository share, so that they
/// outlive one of them.
pub const RECEIPTS: &str = "receipts";
/// What a linked work tree kept of them by itself, which is only read.
pub const OLD_RECEIPTS: &str = "receipts-old";

/// All records.
#[derive(Clone, Debug, Default)]
pub struct History {
    repository: BTreeMap<Slug, Record>,
    ledger: BTreeMap<Slug, Record>,
    receipts: BTreeMap<Slug, Record>,
    /// The files that the ledger and the receipts were read from, by name.
    private: BTreeMap<String, Vec<u8>>,
    notes: Vec<Diagnostic>,
    /// Records that git has, and that are not here.
    lost: BTreeMap<Slug, Record>,
}

impl History {
    /// Reads the records of `tree`, and those of the state folder, which `state` holds by relative name.
    ///
    /// # Errors
    /// Names every record that is damaged or of a newer version.
    pub fn read(tree: &dyn Tree, state: &BTreeMap<String, Vec<u8>>) -> Result<Self, Vec<Diagnostic>> {
        let mut history = Self::default();
        let mut faults = Vec::new();
        let is_record = |path: &&RepoPath| path.folder() == RECORDS && path.file_name().ends_with(".toml");
        let paths: Vec<&RepoPath> = tree.below(RECORDS).iter().filter(is_record).collect();
        let read = |path: &&RepoPath| match tree.read(path) {
            Ok(Some(file)) => Record::parse(path.as_str(), &file.bytes).map(Some).map_err(|error| error.diagnostic()),
            Ok(None) => Ok(None),
            Err(error) => Err(error.of_own()),
        };
        for record in parallel::map(&paths, read) {
            match record {
                Ok(record) => history.repository.extend(record.map(|record| (record.slug.clone(), record))),
                Err(fault) => faults.push(fault),
            }
        }
        for (name, bytes) in state {
            let records = match name.split_once('/') {
                Some((LEDGER, _)) => &mut history.ledger,
                Some((RECEIPTS | OLD_RECEIPTS, _)) => &mut history.receipts,
                _ => continue,
            };
            match Record::parse(name, bytes) {
                Ok(record) => match records.get_mut(&record.slug) {
                    Some(known) => known.unite(record),
                    None => drop(records.insert(record.slug.clone(), record)),
                },
                Err(error @ RecordError::Newer { .. }) => faults.push(error.diagnostic()),
                // Only this work tree has it, and git no older one: what it knew is gone, and nothing waits for it.
                Err(error) => history.notes.push(left_out(name, &error)),
            }
        }
        history.private.clone_from(state);
        history.place(tree);
        if faults.is_empty() { Ok(history) } else { Err(faults) }
    }

    /// Gives the edits the places that they have in the files of `tree` by now, so that those of two migrations meet where
    /// they mean one setting.
    pub fn place(&mut self, tree: &dyn Tree) {
        let mut files: BTreeMap<(RepoPath, Option<String>), Option<Opened>> = BTreeMap::new();
        let records = self.repository.values_mut().chain(self.ledger.values_mut()).chain(self.receipts.values_mut());
        for edit in records.flat_map(|record| &mut record.edits).filter(|edit| edit.trace.is_marked()) {
            let open = || {
                let state = tree.read(&edit.file).ok()??;
                format::open(edit.file.file_name(), edit.format.as_deref(), &state.bytes).ok()
            };
            let file = files.entry((edit.file.clone(), edit.format.clone())).or_insert_with(open);
            if let Some(Opened { format, text, document, .. }) = file {
                edit.trace = edit.trace.placed(*format, &text.content, document);
            }
        }
    }

    /// The repository's record of a migration.
    pub fn record(&self, slug: &Slug) -> Option<&Record> {
        self.repository.get(slug)
    }

    /// This work tree's record of what the migration did to ignored files.
    pub fn ledger(&self, slug: &Slug) -> Option<&Record> {
        self.ledger.get(slug)
    }

    /// The texts that the record of a migration withholds.
    pub fn receipt(&self, slug: &Slug) -> Option<&Record> {
        self.receipts.get(slug)
    }

    /// What the ledger and the receipts were read from, by the name of each file.
    pub fn private(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.private
    }

    /// What is to be known of files that were left out.
    pub fn notes(&self) -> &[Diagnostic] {
        &self.notes
    }

    /// The record of a migration that git has, and that was deleted here.
    pub fn lost(&self, slug: &Slug) -> Option<&Record> {
        self.lost.get(slug)
    }

    /// Keeps the record that git has in `bytes` as the file `path`, which is not here. One that can not be read tells nothing.
    pub fn lose(&mut self, path: &RepoPath, bytes: &[u8]) {
        if let Ok(record) = Record::parse(path.as_str(), bytes) {
            self.lost.insert(record.slug.clone(), record);
        }
    }

    /// The slugs of records that git has, and that were deleted here.
    pub fn lost_slugs(&self) -> impl Iterator<Item = &Slug> {
        self.lost.keys()
    }

    /// The slugs of every record.
    pub fn slugs(&self) -> impl Iterator<Item = &Slug> {
        self.repository.keys()
    }
}

/// What is said of a damaged file of the state folder.
fn left_out(name: &str, error: &RecordError) -> Diagnostic {
    let why = match error {
        RecordError::Damaged { why, .. } => why.clone(),
        other => other.to_string(),
    };
    let what = match name.starts_with(LEDGER) {
        true => "what it knew of files that git ignores is told by those files again",
        false => "the secrets it kept are looked for in git's history, where `down` needs them",
    };
    Diagnostic::warning(Code::RecordDamaged, format!("`{name}` of the state folder is damaged, and is left out: {why}"))
        .note(what)
        .note("it lies in the folder `migrate` of git's own folder, or in .migrate/local")
        .help("delete that file: it is made again where it is needed")
}
