//! The seeds and findings of the fuzz targets, held against the laws again.

use std::path::Path;

use crate::laws;

#[test]
fn every_seed_and_finding_keeps_the_laws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut held, mut broken) = (0, Vec::new());
    for folder in ["fuzz/seeds", "fuzz/findings"] {
        for target in std::fs::read_dir(root.join(folder)).expect("targets").flatten() {
            let name = target.file_name().to_string_lossy().into_owned();
            for input in std::fs::read_dir(target.path()).into_iter().flatten().flatten() {
                let bytes = std::fs::read(input.path()).expect("an input");
                held += 1;
                if std::panic::catch_unwind(|| laws::check(&name, &bytes)).is_err() {
                    broken.push(format!("{folder}/{name}/{}", input.file_name().to_string_lossy()));
                }
            }
        }
    }
    assert!(held >= 26, "only {held} inputs were found");
    assert!(broken.is_empty(), "these break a law, as told above: {}", broken.join(" "));
}
