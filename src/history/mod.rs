//! What was applied here: one record per migration in the repository, and a ledger for the files git ignores.

mod record;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::migration::Slug;
use crate::tree::Tree;

pub use record::{Edit, Record, RecordError, State};

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

    /// The slugs of every record.
    pub fn slugs(&self) -> impl Iterator<Item = &Slug> {
        self.repository.keys()
    }
}
