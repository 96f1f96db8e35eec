//! `migrate doctor --connect`: dials a server, within five seconds in all.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::diagnostic::{Code, Diagnostic};
use crate::tls::{Answer, ProbeError, probe};

const LIMIT: Duration = Duration::from_secs(5);

/// A connection that ends at a time, however slowly the other side speaks.
struct Limited {
    stream: TcpStream,
    end: Instant,
}

/// What the server at `address`, as `HOST:PORT`, shows; with the host.
pub(super) fn ask(address: &str) -> Result<(String, Answer), Diagnostic> {
    let split = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let Some((host, port)) = split.filter(|(host, _)| !host.is_empty()) else {
        let message = format!("--connect takes HOST:PORT, not `{address}`");
        return Err(Diagnostic::error(Code::Usage, message).help("--connect db.internal:5432"));
    };
    let host = host.trim_matches(['[', ']']);
    let unreached = |why: String| {
        let message = format!("`{address}` was not reached: {why}");
        Diagnostic::error(Code::NoHandshake, message).help("check host, port and firewall")
    };
    let end = Instant::now() + LIMIT;
    let stream = dial(host, port, end).map_err(|error| unreached(error.to_string()))?;
    let answer = probe(&mut Limited { stream, end }, host).map_err(|error| match error {
        ProbeError::NoTls => Diagnostic::error(Code::ServerWithoutTls, format!("`{address}`: {error}"))
            .help("turn it on there: ssl = on in postgresql.conf; or is there a proxy before it?"),
        _ => Diagnostic::error(Code::NoHandshake, format!("`{address}`: {error}"))
            .help("read the log of the server at this time"),
    })?;
    Ok((host.to_owned(), answer))
}

fn dial(host: &str, port: u16, end: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(end)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
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
