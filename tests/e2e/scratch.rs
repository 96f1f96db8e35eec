//! A folder for one run of the test, removed with all it holds.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub struct ScratchDirectory {
    path: PathBuf,
}

impl ScratchDirectory {
    /// For the test called `name`.
    pub fn create(name: &str) -> ScratchDirectory {
        let temporary = std::env::temp_dir().canonicalize().expect("the folder for temporary files exists");
        let path = temporary.join(format!("migrate-e2e-{name}-{}", std::process::id()));
        fs::create_dir(&path).expect("the scratch folder is new");
        // The server may run as another user and has to pass through.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the scratch folder is ours");
        ScratchDirectory { path }
    }

    /// A new folder inside.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.path.join(name);
        fs::create_dir(&folder).expect("each scratch folder is made once");
        folder
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        // What is left in the folder for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Runs a step of the preparation, which has to succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
