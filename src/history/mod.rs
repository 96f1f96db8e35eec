//! What was applied here: one record per migration in the repository, and a ledger for the files git ignores.

mod fault;
mod record;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::migration::Slug;
use crate::path::RepoPath;
use crate::tree::Tree;

pub use fault::RecordError;
pub use record::{Edit, Record, State};

/// The folder of the records, from the root.
pub const RECORDS: &str = ".migrate/applied";
/// Lets git unite the edits that two branches add to one record.
pub const ATTRIBUTES: &str = ".migrate/.gitattributes";
pub const ATTRIBUTES_TEXT: &str = "applied/*.toml merge=union\n";
/// Names the last applied migration, where numbers are applied as they count.
pub const TIP: &str = ".migrate/tip";

/// The state folder's subfolder of the ledger: records of files that only this work tree has.
pub const LEDGER: &str = "ledger";
/// The state folder's subfolder of the texts that a record must not hold.
pub const RECEIPTS: &str = "receipts";

/// All records.
#[derive(Clone, Debug, Default)]
pub struct History {
    repository: BTreeMap<Slug, Record>,
    ledger: BTreeMap<Slug, Record>,
    receipts: BTreeMap<Slug, Record>,
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
        for path in tree.paths().iter().filter(|path| path.folder() == RECORDS && path.file_name().ends_with(".toml")) {
            match tree.read(path) {
                Ok(Some(file)) => match Record::parse(path.as_str(), &file.bytes) {
                    Ok(record) => drop(history.repository.insert(record.slug.clone(), record)),
                    Err(error) => faults.push(error.diagnostic()),
                },
                Ok(None) => {}
                Err(error) => faults.push(error.diagnostic()),
            }
        }
        for (name, bytes) in state {
            let records = match name.split_once('/') {
                Some((LEDGER, _)) => &mut history.ledger,
                Some((RECEIPTS, _)) => &mut history.receipts,
                _ => continue,
            };
            match Record::parse(name, bytes) {
                Ok(record) => drop(records.insert(record.slug.clone(), record)),
                Err(error) => faults.push(error.diagnostic()),
            }
        }
        if faults.is_empty() { Ok(history) } else { Err(faults) }
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
