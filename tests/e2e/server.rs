//! A PostgreSQL of the test's own: on the loopback, with its own data, admitting only TLS with the client certificate
//! of the role.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::certificates::{Certificates, ROLE};
use crate::components::Components;
use crate::repository::{DATABASE, PASSWORD};
use crate::scratch::run;

const ACCESS: &str = "\
local   all all               trust
hostssl all all 127.0.0.1/32  scram-sha-256 clientcert=verify-full
";

pub struct Server {
    pub port: u16,
    folder: PathBuf,
    programs: PathBuf,
    is_root: bool,
    process: Child,
}

impl Server {
    /// Starts in `folder`, which is given to the user the server runs as.
    pub fn start(components: &Components, folder: &Path, certificates: &Certificates) -> Server {
        fs::write(folder.join("access.conf"), ACCESS).expect("the folder is ours");
        for (from, to) in [
            (&certificates.authority, "authority.pem"),
            (&certificates.server_certificate, "server.pem"),
            (&certificates.server_key, "server-key.pem"),
        ] {
            fs::copy(from, folder.join(to)).expect("the certificates were made");
        }
        if components.is_root {
            run(Command::new("chown").args(["-R", "postgres:"]).arg(folder));
        }
        let program = |name: &str| program(&components.postgresql, components.is_root, folder, name);
        let new_cluster = ["--pgdata=data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"];
        run(program("initdb").args(new_cluster).arg("--no-sync"));

        let configuration = folder.join("data/postgresql.auto.conf");
        fs::write(&configuration, tls_settings(folder)).expect("the cluster is new");
        if components.is_root {
            run(Command::new("chown").arg("postgres:").arg(&configuration));
        }
        let port = free_port();
        let log = fs::File::create(folder.join("log")).expect("the folder is ours");
        let process = program("postgres")
            .args(["-D", "data"])
            .args(settings(folder, port).iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log is open"))
            .stderr(log)
            .spawn()
            .expect("the server program starts");
        let mut server = Server {
            port,
            folder: folder.to_owned(),
            programs: components.postgresql.clone(),
            is_root: components.is_root,
            process,
        };
        server.wait_until_ready();
        server.administer(&format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"));
        server.administer(&format!("CREATE DATABASE {DATABASE} OWNER {ROLE}"));
        server
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut probe = self.local_client("pg_isready");
        while !probe.output().expect("pg_isready is beside the server").status.success() {
            let ended = self.process.try_wait().expect("the server is our child");
            assert!(ended.is_none(), "the server ended with {ended:?}");
            assert!(Instant::now() < deadline, "the server did not become ready");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Changes a setting while the server runs, and waits until new sessions have it.
    pub fn set(&self, name: &str, value: &str) {
        self.administer(&format!("ALTER SYSTEM SET {name} = '{value}'"));
        self.administer("SELECT pg_reload_conf()");
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.administer(&format!("SHOW {name}")).trim() != value {
            assert!(Instant::now() < deadline, "the server did not read its settings again");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A file for the server, with mode 0600 and its owner.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.join(name);
        fs::write(&path, content).expect("the folder is ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
        if self.is_root {
            run(Command::new("chown").arg("postgres:").arg(&path));
        }
        path.display().to_string()
    }

    fn administer(&self, statement: &str) -> String {
        let output = run(self.local_client("psql").args(["-XqAt", "-U", "postgres", "-c", statement, "postgres"]));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A program that connects by the socket, past the rules for the network.
    fn local_client(&self, name: &str) -> Command {
        let mut command = self.program(name);
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string()]);
        command
    }

    fn program(&self, name: &str) -> Command {
        program(&self.programs, self.is_root, &self.folder, name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(20)..];
            eprintln!("the last lines of the server's log:\n{}", tail.join("\n"));
        }
        let stopped = self.program("pg_ctl").args(["stop", "--pgdata=data", "--mode=immediate", "--silent"]).status();
        if !stopped.is_ok_and(|status| status.success()) {
            // Either it has ended by itself, or this ends it.
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// A program of the PostgreSQL distribution, as the server's user, in the server's folder.
fn program(programs: &Path, is_root: bool, folder: &Path, name: &str) -> Command {
    let path = programs.join(name);
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.current_dir(folder).env("LC_ALL", "C");
    for variable in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSSLMODE"] {
        command.env_remove(variable);
    }
    command
}

fn settings(folder: &Path, port: u16) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", folder.display()),
        format!("hba_file={}", file("access.conf")),
        "fsync=off".to_owned(),
    ]
}

/// In a file, so that they can be changed while the server runs.
fn tls_settings(folder: &Path) -> String {
    let files = [("ssl_ca_file", "authority.pem"), ("ssl_cert_file", "server.pem"), ("ssl_key_file", "server-key.pem")];
    let lines = files.map(|(name, file)| format!("{name} = '{}'\n", folder.join(file).display()));
    format!("ssl = on\n{}", lines.concat())
}

/// A port that was free a moment ago; the server says so in its log when another program was quicker.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("the loopback has a free port")
        .port()
}
