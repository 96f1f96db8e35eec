//! Faults made for real: what psql says of each is known to `--explain-error`, and `doctor` finds its cause.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use crate::certificates::{Certificates, ROLE};
use crate::components::Components;
use crate::made::{Authority, CLIENT, Leaf, SERVER};
use crate::repository::{DATABASE, PASSWORD};
use crate::scratch::ScratchDirectory;
use crate::server::Server;
use crate::skip;

/// A repository with one connection, to a server that really runs.
struct Case<'c> {
    components: &'c Components,
    certificates: &'c Certificates,
    repository: PathBuf,
}

impl Case<'_> {
    fn names(&self, port: u16, mode: &str) {
        let file = |name: &str| self.certificates.deployed.join(name).display().to_string();
        let text = format!(
            "[shop]\nhost=127.0.0.1\nport={port}\nuser={ROLE}\ndbname={DATABASE}\nsslmode={mode}\nsslrootcert={}\n\
             sslcert={}\nsslkey={}\n",
            file("server-ca.pem"),
            file("client-cert.pem"),
            file("client-key.pem"),
        );
        fs::write(self.repository.join("pg_service.conf"), text).expect("the folder is ours");
    }

    /// What psql says when it does not connect.
    fn refusal(&self) -> String {
        let mut psql = Command::new("timeout");
        psql.arg("30").arg(self.components.postgresql.join("psql")).args(["-XAtwq", "-c", "SELECT 1", "service=shop"]);
        psql.env("PGSERVICEFILE", self.repository.join("pg_service.conf"))
            .env("PGPASSWORD", PASSWORD)
            .env("LC_ALL", "C");
        let output = psql.output().expect("psql starts");
        assert!(!output.status.success(), "psql connects");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn doctor(&self, arguments: &[&str]) -> String {
        let mut program = Command::new(env!("CARGO_BIN_EXE_migrate"));
        program.arg("-C").arg(&self.repository).arg("doctor").args(arguments).env("GIT_CEILING_DIRECTORIES", "/");
        let output = program.output().expect("the program starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// That psql fails, that its words are known as `name`, and that doctor raises `code`.
    fn is_found(&self, name: &str, port: u16, code: &str) {
        let said = self.refusal();
        let explained = self.doctor(&["--explain-error", &said]);
        assert!(explained.contains(name), "`{name}` is not what this is taken for:\n{said}\n{explained}");
        let found = self.doctor(&["--connect", &format!("127.0.0.1:{port}")]);
        assert!(found.contains(code), "{code} is not found where psql says\n{said}\n{found}");
        println!("{code} is found: {name}");
    }
}

#[test]
fn each_fault_is_found_where_it_really_happens() {
    let components = match Components::find() {
        Ok(components) => components,
        Err(missing) => return skip(&missing),
    };
    let scratch = ScratchDirectory::create("faults");
    let certificates = Certificates::create(&scratch.folder("certificates"));
    let server = Server::start(&components, &scratch.folder("server"), &certificates);
    let case = Case { components: &components, certificates: &certificates, repository: scratch.folder("repository") };
    let port = server.port;
    let address = format!("127.0.0.1:{port}");
    case.names(port, "verify-full");

    let sound = case.doctor(&["--connect", &address]);
    let log_in = format!("it goes on to log in `{ROLE}` to `{DATABASE}`");
    assert!(sound.contains(&log_in) && sound.contains("by scram-sha-256") && !sound.contains("error["), "{sound}");

    let key = certificates.deployed.join("client-key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("the key is ours");
    case.is_found("others can read the key", port, "D0101");
    fs::copy(certificates.of_imposter("client-key.pem"), &key).expect("the imposter has a key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("the key is ours");
    case.is_found("the key is not that of the certificate", port, "D0103");
    fs::copy(certificates.of_imposter("client-cert.pem"), certificates.deployed.join("client-cert.pem"))
        .expect("a copy");
    case.is_found("the server does not know the client's CA", port, "D0203");
    for name in ["client-cert.pem", "client-key.pem"] {
        certificates.deploy("authority", name);
    }
    certificates.swap_in_imposter();
    case.is_found("the server's CA is not trusted", port, "D0114");
    certificates.restore_authority();

    let authority = Authority::new();
    server.set("ssl_ca_file", &server.file("other-ca.pem", &authority.pem));
    let (certificate, own) = authority.sign(&Leaf { name: ROLE, from: -40, until: -10, ..CLIENT });
    fs::write(certificates.deployed.join("client-cert.pem"), certificate).expect("the folder is ours");
    fs::write(&key, own).expect("the folder is ours");
    case.is_found("the client's certificate has expired", port, "D0112");

    let (certificate, own) = authority.sign(&Leaf { hosts: &[], ..SERVER });
    // Both are read again at once, and must fit then.
    let both = format!("{certificate}{own}");
    let file = server.file("bare.pem", &both);
    server.set("ssl_key_file", &file);
    server.set("ssl_cert_file", &file);
    fs::write(certificates.deployed.join("server-ca.pem"), &authority.pem).expect("the folder is ours");
    for name in ["client-cert.pem", "client-key.pem"] {
        certificates.deploy("authority", name);
    }
    case.is_found("the host is not in the server's certificate", port, "D0117");
    certificates.restore_authority();

    server.set("ssl", "off");
    case.is_found("the server has no TLS", port, "D0201");
    let closing = listener(b"S");
    case.names(closing, "require");
    case.is_found("the connection ended", closing, "D0202");
    let web = listener(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    case.names(web, "require");
    case.is_found("no PostgreSQL server there", web, "D0202");
}

#[test]
fn a_server_that_wants_a_certificate_says_so_to_whoever_has_none() {
    let components = match Components::find() {
        Ok(components) => components,
        Err(missing) => return skip(&missing),
    };
    let scratch = ScratchDirectory::create("visit");
    let certificates = Certificates::create(&scratch.folder("certificates"));
    let server = Server::start(&components, &scratch.folder("server"), &certificates);
    let case = Case { components: &components, certificates: &certificates, repository: scratch.folder("repository") };
    let address = format!("127.0.0.1:{}", server.port);
    let visit = ["--connect", &address, "--role", ROLE, "--database", DATABASE];
    let without = case.doctor(&visit);
    assert!(without.contains("D0204") && without.contains("requires a valid client certificate"), "{without}");
    let file = |name: &str| certificates.deployed.join(name).display().to_string();
    let (certificate, key) = (file("client-cert.pem"), file("client-key.pem"));
    let with = case.doctor(&[&visit[..], &["--cert", &certificate, "--key", &key]].concat());
    assert!(with.contains("by scram-sha-256") && with.contains("CN=") && !with.contains("D0204"), "{with}");
    let nobody = ["--connect", &address, "--role", "nobody", "--cert", &certificate, "--key", &key];
    let nobody = case.doctor(&nobody);
    assert!(nobody.contains("nobody"), "{nobody}");
}

/// A server that answers every question for TLS with `answer`, and goes away when it hears more.
fn listener(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            let mut heard = [0; 8];
            if stream.read_exact(&mut heard).is_ok() && stream.write_all(answer).is_ok() {
                let _ = stream.read(&mut heard);
            }
        }
    });
    port
}
