//! `migrate doctor --connect`: dials a server, within a few seconds in all.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::cli::Failure;
use crate::cli::args::VisitArguments;
use crate::cli::certs::typed;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::doctor::{Look, Seen};
use crate::plan::{Slot, Survey};
use crate::tls::{Answer, Identity, ProbeError, Visitor, probe};

/// A server that was asked for, and as whom.
pub(super) struct Visit {
    pub address: String,
    pub host: String,
    port: u16,
    pub visitor: Visitor,
    /// The file of the certificate that is shown.
    pub certificate: Option<String>,
    limit: Duration,
}

/// A connection that ends at a time, however slowly the other side speaks.
struct Limited {
    stream: TcpStream,
    end: Instant,
}

impl Visit {
    /// The visit at `address`, as `HOST:PORT`, as the arguments say, else as the settings say of this host.
    pub fn planned(
        address: &str,
        arguments: &VisitArguments,
        workspace: &Workspace,
        survey: &Survey,
        look: Look<'_>,
    ) -> Result<Self, Failure> {
        let split = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        let Some((host, port)) = split.filter(|(host, _)| !host.is_empty()) else {
            let message = format!("--connect takes HOST:PORT, not `{address}`");
            return Err(Diagnostic::error(Code::Usage, message).help("--connect db.internal:5432").into());
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        let (certificate, identity) = match (&arguments.cert, &arguments.key) {
            (Some(certificate), Some(key)) => {
                (Some(certificate.display().to_string()), Some(given(certificate, key, workspace)?))
            }
            _ => configured(&host, survey, look).unzip(),
        };
        let endpoints = survey.endpoints.iter();
        let here = || endpoints.clone().filter(|one| one.host == host).chain(endpoints.clone());
        let or_postgres = |found: Option<String>| found.unwrap_or_else(|| "postgres".to_owned());
        let role = arguments.role.clone().or_else(|| here().find_map(|one| one.role.clone()));
        let role = or_postgres(role.or_else(|| survey.roles.first().cloned()));
        let database = arguments.database.clone().or_else(|| here().find_map(|one| one.database.clone()));
        Ok(Self {
            address: address.to_owned(),
            host,
            port,
            visitor: Visitor { role, database: or_postgres(database), identity },
            certificate,
            limit: Duration::from_secs(arguments.timeout),
        })
    }

    /// What the server shows.
    pub fn made(&self) -> Result<Answer, Diagnostic> {
        let address = &self.address;
        let told = |code, why: String, help: &str| Diagnostic::error(code, why).help(help);
        let end = Instant::now() + self.limit;
        let stream = dial(&self.host, self.port, end).map_err(|error| {
            let (why, help) = match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock => (
                    format!("nothing answered within {} seconds", self.limit.as_secs()),
                    "a firewall may drop the packets, or the address is wrong; more time: --timeout SECONDS",
                ),
                ErrorKind::ConnectionRefused => (
                    "nothing listens there".to_owned(),
                    "does the server run, on this port, and with listen_addresses for this host?",
                ),
                _ => (error.to_string(), "check host, port and firewall"),
            };
            told(Code::NoHandshake, format!("`{address}` was not reached: {why}"), help)
        })?;
        probe(&mut Limited { stream, end }, &self.host, &self.visitor).map_err(|error| {
            let code = match error {
                ProbeError::NoTls => Code::ServerWithoutTls,
                _ => Code::NoHandshake,
            };
            told(code, format!("`{address}`: {error}"), help(&error))
        })
    }
}

fn help(error: &ProbeError) -> &'static str {
    match error {
        ProbeError::NoTls => "turn it on there: ssl = on in postgresql.conf; or is there a proxy before it?",
        ProbeError::Http => "this is the port of a web server: give that of PostgreSQL, mostly 5432",
        ProbeError::Stranger => "another program listens there: give the port of PostgreSQL, mostly 5432",
        ProbeError::Busy => "read the log of the server; compare max_connections with pg_stat_activity",
        ProbeError::Gone(_) => {
            "a proxy or load balancer may close it: does it pass PostgreSQL's SSLRequest on? else read the server's log"
        }
        ProbeError::Late => {
            "it takes connections and stays silent: another program, a firewall or a stopped server; or --timeout SECONDS"
        }
        ProbeError::Handshake(_) => {
            "what answers speaks no TLS that can be agreed on: see ssl_min_protocol_version there"
        }
    }
}

/// The certificate and key that were given.
fn given(certificate: &Path, key: &Path, workspace: &Workspace) -> Result<Identity, Failure> {
    let read = |path: &Path| typed(workspace, path).map(|file| file.bytes);
    let (certificate, key) = (read(certificate)?, read(key)?);
    let identity = Identity::read(&certificate, &key);
    Ok(identity.map_err(|error| Diagnostic::error(Code::Usage, error.to_string()).help("migrate certs show FILE"))?)
}

/// The certificate and key that the settings name, for this host first; with the file of the certificate.
fn configured(host: &str, survey: &Survey, look: Look<'_>) -> Option<(String, Identity)> {
    let is_for = |own: bool| survey.blocks.iter().filter(move |block| (block.host.as_deref() == Some(host)) == own);
    is_for(true).chain(is_for(false)).find_map(|block| {
        let file = |slot| {
            let Seen { shown, found, .. } = look(&block.file, &block.settings.get(&slot)?.named)?;
            Some((shown, found.ok()?.bytes))
        };
        let (shown, certificate) = file(Slot::Certificate)?;
        let (_, key) = file(Slot::Key)?;
        Some((shown, Identity::read(&certificate, &key).ok()?))
    })
}

fn dial(host: &str, port: u16, end: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in addresses(host, port, end)? {
        match TcpStream::connect_timeout(&address, left(end)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The addresses of `host`. The system looks names up for as long as it likes, so the wait for it ends at `end`.
fn addresses(host: &str, port: u16, end: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, found) = channel();
    let host = host.to_owned();
    std::thread::spawn(move || sender.send((host.as_str(), port).to_socket_addrs().map(Iterator::collect)));
    match found.recv_timeout(left(end)?) {
        Ok(addresses) => addresses,
        Err(RecvTimeoutError::Timeout) => Err(ErrorKind::TimedOut.into()),
        Err(RecvTimeoutError::Disconnected) => Err(ErrorKind::NotFound.into()),
    }
}

fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl Read for Limited {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.end)?))?;
        self.stream.read(bytes)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.end)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
