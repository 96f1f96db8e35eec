//! What of a migration file has an effect, as a number: no comment, white space, title or case counts.

use sha2::{Digest, Sha256};

use super::source::{Data, Datum, Entries, Text};

/// 128 bits over what has an effect, tables by key.
pub(super) fn checksum(entries: &Entries) -> String {
    let mut hash = Sha256::new();
    let silent = ["title", "why", "links", "case", "description"];
    let mut effective: Vec<&(Text, Datum)> =
        entries.iter().filter(|(key, _)| !silent.contains(&key.text.as_str())).collect();
    effective.sort_by(|one, other| one.0.text.cmp(&other.0.text));
    for (key, datum) in effective {
        hash_text(&mut hash, &key.text);
        hash_datum(&mut hash, datum);
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash_text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}

fn hash_datum(hash: &mut Sha256, datum: &Datum) {
    match &datum.data {
        Data::Bool(flag) => hash_text(hash, &format!("b{flag}")),
        Data::Int(number) => hash_text(hash, &format!("i{number}")),
        Data::Float(number) => hash_text(hash, &format!("f{number:?}")),
        Data::Text(text) => {
            hash.update("t");
            hash_text(hash, text);
        }
        Data::Date(date) => hash_text(hash, &format!("d{date}")),
        Data::List(items) => {
            hash_text(hash, &format!("l{}", items.len()));
            items.iter().for_each(|item| hash_datum(hash, item));
        }
        Data::Map(entries) => {
            hash_text(hash, &format!("m{}", entries.len()));
            // The order of a table's keys means something where they are written to a file, so it counts.
            for (key, value) in entries {
                hash_text(hash, &key.text);
                hash_datum(hash, value);
            }
        }
    }
}
