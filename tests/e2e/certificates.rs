//! The certificates of the test: an authority, a server and a client of it, and an imposter's authority of the same
//! name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scratch::run;

/// The database role, which is the name in the client's certificate: `clientcert=verify-full` compares the two.
pub const ROLE: &str = "projectx";

const EXTENSIONS: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
";

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
        fs::write(folder.join("openssl.cnf"), EXTENSIONS).expect("the folder is ours");
        create_authority(folder, "authority");
        create_authority(folder, "imposter");
        issue(folder, "server", "localhost");
        issue(folder, "client", ROLE);

        let certificates = Certificates {
            folder: folder.to_owned(),
            deployed: folder.join("deployed"),
            server_certificate: folder.join("server.pem"),
            server_key: folder.join("server-key.pem"),
            authority: folder.join("authority.pem"),
        };
        fs::create_dir(&certificates.deployed).expect("the folder is new");
        certificates.deploy("client.pem", "client-cert.pem");
        // Copied with its mode, 0600: libpq refuses a key that others can read.
        certificates.deploy("client-key.pem", "client-key.pem");
        certificates.restore_authority();
        certificates
    }

    /// Has the applications trust an imposter, to whom the server that answers is the imposter.
    pub fn swap_in_imposter(&self) {
        self.deploy("imposter.pem", "server-ca.pem");
    }

    pub fn restore_authority(&self) {
        self.deploy("authority.pem", "server-ca.pem");
    }

    /// As on a machine that only builds the applications.
    pub fn hide(&self) {
        fs::rename(&self.deployed, self.folder.join("hidden")).expect("the certificates are in their place");
    }

    pub fn restore_hidden(&self) {
        fs::rename(self.folder.join("hidden"), &self.deployed).expect("the certificates are hidden");
    }

    fn deploy(&self, from: &str, to: &str) {
        fs::copy(self.folder.join(from), self.deployed.join(to)).expect("the certificate was made");
    }
}

/// Both authorities have one name, so that only the signature tells them apart.
fn create_authority(folder: &Path, name: &str) {
    let mut command = request(folder, name, "ProjectX development CA");
    command.args(["-x509", "-days", "2", "-extensions", "authority"]);
    command.args(["-out", &format!("{name}.pem")]);
    run(&mut command);
}

fn issue(folder: &Path, name: &str, common_name: &str) {
    let signing_request = format!("{name}.csr");
    run(request(folder, name, common_name).args(["-out", &signing_request]));
    run(Command::new("openssl")
        .current_dir(folder)
        .args(["x509", "-req", "-sha256", "-days", "2", "-in", &signing_request])
        .args(["-CA", "authority.pem", "-CAkey", "authority-key.pem", "-CAcreateserial"])
        .args(["-extfile", "openssl.cnf", "-extensions", name])
        .args(["-out", &format!("{name}.pem")]));
}

/// A request with a key of its own, which openssl writes with mode 0600.
fn request(folder: &Path, name: &str, common_name: &str) -> Command {
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["req", "-new", "-sha256", "-config", "openssl.cnf"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-keyout", &format!("{name}-key.pem")])
        .args(["-subj", &format!("/CN={common_name}")]);
    command
}
