//! The name of a plan: equal for equal effects on tracked files, so that what was reviewed is what is applied.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Place, Plan};
use crate::path::RepoPath;

/// 26 characters of base 32: 128 bits over paths, modes, bytes before and after, and the migrations.
/// Files that git ignores do not count: they differ between work trees.
pub fn id(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(&[plan.direction as u8]);
    for step in plan.steps.iter().filter(|step| !step.files.is_empty()) {
        part(step.slug.as_str().as_bytes());
    }
    let ignored = plan.steps.iter().flat_map(|step| &step.files).filter(|file| file.ignored);
    let private: BTreeSet<&RepoPath> = ignored.map(|file| &file.path).collect();
    for change in plan.net() {
        let Place::Repository(path) = &change.place else { continue };
        if private.contains(path) {
            continue;
        }
        part(path.as_str().as_bytes());
        for state in [&change.before, &change.after] {
            part(&state.as_ref().map_or([0; 4], |state| state.mode.to_be_bytes()));
            part(state.as_ref().map_or(&[], |state| &state.bytes));
        }
    }
    base32(&hash.finalize()[..16])
}

fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::new();
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(buffer << (5 - bits)) as usize & 31]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base32;

    #[test]
    fn sixteen_bytes_are_twenty_six_letters() {
        assert_eq!(base32(&[0; 16]), "a".repeat(26));
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
    }
}
