//! What is proven of a migration can fail: a proof that compares nothing would hold always.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use settings_migrate::history::History;
use settings_migrate::migration::{Catalogue, Extent, Migration, declared::Declaration};
use settings_migrate::path::RepoPath;
use settings_migrate::plan::{Given, Request, Verdict, prove};
use settings_migrate::tree::{FileState, Tree, TreeError};

/// A tree with one file, which is another one from the read `changes_at` on.
struct Shifting {
    paths: Vec<RepoPath>,
    reads: AtomicUsize,
    changes_at: usize,
}

impl Tree for Shifting {
    fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    fn read(&self, path: &RepoPath) -> Result<Option<FileState>, TreeError> {
        if *path != self.paths[0] {
            return Ok(None);
        }
        let reads = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        let text = if reads < self.changes_at { "port: 80\n" } else { "port: 81\n" };
        Ok(Some(FileState::new(text.as_bytes().to_vec(), 0o644)))
    }
}

/// How the way back of a migration ends, and how often the file was read for that.
fn back(changes_at: usize) -> (Verdict, usize) {
    let text = "schema = 1\ntitle = \"x\"\n[[step]]\nedit = \"a.yaml\"\ndo = [{ set = \"port\", to = 8080 }]\n";
    let declaration = Declaration::read("migrations/v0001_x.toml", text).expect("a migration");
    let migration = Migration::unnamed(declaration);
    let slug = migration.slug.clone();
    let tree =
        Shifting { paths: vec![RepoPath::new("a.yaml").expect("a path")], reads: AtomicUsize::new(0), changes_at };
    let request = Request {
        tree: &tree,
        ignored: &BTreeSet::new(),
        catalogue: &Catalogue::only(migration),
        history: &History::default(),
        excluded: &|_| false,
        given: &Given::default(),
        extent: Extent::Whole,
        force_read_only: false,
        out_of_order: &[],
        order: settings_migrate::plan::Order::default(),
    };
    let Ok(proof) = prove(&request, &slug) else { panic!("it refuses") };
    (proof.back, tree.reads.into_inner())
}

#[test]
fn a_way_back_that_gives_other_bytes_is_told() {
    let (verdict, reads) = back(usize::MAX);
    assert!(verdict.holds());
    // The last look is at what should be there again.
    let (verdict, _) = back(reads);
    assert!(matches!(verdict, Verdict::Differs { .. }), "nothing was compared");
}
