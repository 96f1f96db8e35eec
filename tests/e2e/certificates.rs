//! The certificates of the test, as `migrate certs dev` makes them: an authority with a server and a client, and an imposter's
//! authority of the same name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scratch::run;

/// The database role, which is the name in the client's certificate: `clientcert=verify-full` compares the two.
pub const ROLE: &str = "projectx";

pub struct Certificates {
    folder: PathBuf,
    /// The folder the applications are configured with: `server-ca.pem`, `client-cert.pem`, `client-key.pem`.
    pub deployed: PathBuf,
    pub server_certificate: PathBuf,
    pub server_key: PathBuf,
    pub authority: PathBuf,
}

impl Certificates {
    pub fn create(folder: &Path) -> Certificates {
        for name in ["authority", "imposter"] {
            make(folder, name);
        }
        let certificates = Certificates {
            folder: folder.to_owned(),
            deployed: folder.join("deployed"),
            server_certificate: folder.join("authority/server-cert.pem"),
            server_key: folder.join("authority/server-key.pem"),
            authority: folder.join("authority/server-ca.pem"),
        };
        fs::create_dir(&certificates.deployed).expect("the folder is new");
        certificates.deploy("authority", "client-cert.pem");
        // Copied with its mode, 0600: libpq refuses a key that others can read.
        certificates.deploy("authority", "client-key.pem");
        certificates.restore_authority();
        certificates
    }

    /// Has the applications trust an imposter, to whom the server that answers is the imposter.
    pub fn swap_in_imposter(&self) {
        self.deploy("imposter", "server-ca.pem");
    }

    pub fn restore_authority(&self) {
        self.deploy("authority", "server-ca.pem");
    }

    /// A file that the imposter made.
    pub fn of_imposter(&self, name: &str) -> PathBuf {
        self.folder.join("imposter").join(name)
    }

    /// As on a machine that only builds the applications.
    pub fn hide(&self) {
        fs::rename(&self.deployed, self.folder.join("hidden")).expect("the certificates are in their place");
    }

    pub fn restore_hidden(&self) {
        fs::rename(self.folder.join("hidden"), &self.deployed).expect("the certificates are hidden");
    }

    pub fn deploy(&self, from: &str, name: &str) {
        fs::copy(self.folder.join(from).join(name), self.deployed.join(name)).expect("the certificate was made");
    }
}

/// A whole set in the folder `name`, for the hosts that every such certificate has.
fn make(folder: &Path, name: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.args(["--root", "."]).current_dir(folder).env("GIT_CEILING_DIRECTORIES", folder);
    run(command.args(["certs", "dev", "--role", ROLE, "--out", name]));
}
