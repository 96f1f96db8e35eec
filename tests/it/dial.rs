//! `migrate doctor --connect` against servers that behave in every way.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};
use settings_migrate::tls::{Identity, Visitor, Welcome, probe};

use crate::certificates::{Authority, CLIENT, Leaf, SERVER};
use crate::command::{Answer, Folder};

/// A server for one client, which gives `answer` to the question for TLS and then goes on with `then`.
fn serve(answer: &'static [u8], then: impl FnOnce(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut asked = [0; 8];
        stream.read_exact(&mut asked).expect("the question");
        assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47]);
        stream.write_all(answer).expect("it is answered");
        then(&mut stream);
    });
    address
}

/// A server with this certificate, which knows the clients that `clients` has signed.
fn configuration((certificate, key): (&str, &str), clients: Option<&Authority>) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).expect("a CA")).expect("a root");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build().expect("a verifier"))
        }
    };
    Arc::new(builder.with_single_cert(chain, key).expect("a pair"))
}

/// A server in memory, which is gone once it refuses the certificate of its client: nothing more can be written to it.
struct Leaving {
    connection: ServerConnection,
    is_asked: bool,
    is_gone: bool,
    said: std::collections::VecDeque<u8>,
}

impl Write for Leaving {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.is_gone {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        if !self.is_asked {
            self.is_asked = true;
            self.said.extend(b"S");
            return Ok(bytes.len());
        }
        let read = self.connection.read_tls(&mut &*bytes)?;
        self.is_gone = self.connection.process_new_packets().is_err();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.said)?;
        }
        Ok(read)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Read for Leaving {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.said.read(into)
    }
}

#[test]
fn a_server_that_is_gone_has_said_why() {
    let (authority, other) = (Authority::new(), Authority::called("CA of the clients", true, true));
    let (certificate, key) = authority.sign(&SERVER);
    let connection = ServerConnection::new(configuration((&certificate, &key), Some(&other))).expect("a connection");
    let (certificate, key) = authority.sign(&CLIENT);
    let identity = Identity::read(certificate.as_bytes(), key.as_bytes()).expect("an identity");
    let visitor = Visitor { role: "shop".to_owned(), database: "shop".to_owned(), identity: Some(identity) };
    let mut server = Leaving { connection, is_asked: false, is_gone: false, said: Vec::new().into() };
    let answer = probe(&mut server, "db.internal", &visitor).expect("an answer");
    assert!(server.is_gone);
    assert!(
        matches!(&answer.welcome, Welcome::CertificateRefused(alert) if alert == "UnknownCA"),
        "{:?}",
        answer.welcome
    );
}

/// A server that shakes hands with this certificate, and answers a visitor with `reply`. What it is told comes back: the
/// first message, and all that follows the reply.
fn serve_tls(
    (certificate, key): &(String, String),
    clients: Option<&Authority>,
    reply: &'static [u8],
) -> (String, Receiver<Vec<u8>>) {
    let configuration = configuration((certificate, key), clients);
    let (sender, told) = channel();
    let address = serve(b"S", move |stream| {
        let mut connection = ServerConnection::new(configuration).expect("a connection");
        let mut stream = Stream::new(&mut connection, stream);
        let mut length = [0; 4];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut first = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut first).expect("the whole message");
        stream.write_all(reply).expect("it is answered");
        let _ = stream.read_to_end(&mut first);
        let _ = sender.send(first);
    });
    (address, told)
}

const SCRAM: &[u8] = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0";
const NO_CERTIFICATE: &[u8] = b"E\0\0\0\x43SFATAL\0C28000\0Mconnection requires a valid client certificate\0\0";

fn dial(folder: &Folder, address: &str) -> Answer {
    folder.migrate(&["doctor", "--connect", address])
}

/// What is printed where the server knows the clients by another CA.
pub fn client_refused() -> String {
    let (authority, folder) = (Authority::new(), Folder::new());
    let (certificate, key) = authority.sign(&CLIENT);
    folder.write("c.pem", certificate.as_bytes());
    folder.write("k.pem", key.as_bytes());
    let known = Authority::called("CA of the clients", true, true);
    let (address, _) = serve_tls(&authority.sign(&SERVER), Some(&known), SCRAM);
    folder.migrate(&["doctor", "--connect", &address, "--cert", "c.pem", "--key", "k.pem"]).expect(1).stdout
}

/// What is printed where the server wants a certificate.
pub fn login_refused() -> String {
    let (address, _) = serve_tls(&Authority::new().sign(&SERVER), None, NO_CERTIFICATE);
    dial(&Folder::new(), &address).expect(1).stdout
}

/// What is printed where the server has no TLS, and where it is no PostgreSQL server.
pub fn refused(answer: &'static [u8]) -> String {
    let address = serve(answer, |_| {});
    dial(&Folder::new(), &address).stdout.replace(&address, "db.internal:5432")
}

#[test]
fn each_way_to_have_no_tls_is_named() {
    let cases: [(&[u8], &str, &str, &str); 6] = [
        (b"N", "D0201", "the server has no TLS", "ssl = on"),
        (b"HTTP/1.1 400", "D0202", "speaks HTTP", "the port of a web server"),
        (b"E", "D0202", "too many clients", "max_connections"),
        (b"", "D0202", "went away when it was asked", "a proxy"),
        (b"S", "D0202", "went away during the TLS handshake", "a proxy"),
        (b"Snonsense, which is no TLS at all", "D0202", "handshake failed", "no TLS that can be agreed on"),
    ];
    for (answer, code, words, help) in cases {
        let printed = refused(answer);
        assert!([code, words, help].iter().all(|word| printed.contains(word)), "{words}: {printed}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address").to_string();
    let answer = Folder::new().migrate(&["doctor", "--connect", &address, "--timeout", "1"]).expect(1);
    assert!(answer.stdout.contains("in time") && answer.stdout.contains("stays silent"), "{}", answer.stdout);
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let answer = dial(&Folder::new(), &free.to_string()).expect(1);
    assert!(answer.stdout.contains("was not reached: nothing listens there"), "{}", answer.stdout);
    dial(&Folder::new(), "db.internal").expect(2);
}

#[test]
fn the_certificate_of_the_server_is_judged() {
    let authority = Authority::new();
    let folder = Folder::with(&[("pg_service.conf", "[shop]\nsslmode=verify-full\nsslrootcert=ca.pem\n")]);
    folder.write("ca.pem", authority.pem.as_bytes());
    let cases = [
        (authority.sign(&SERVER), &[][..], 0),
        (authority.sign(&Leaf { hosts: &["db"], ..SERVER }), &["D0117", "it has db"], 1),
        (authority.sign(&Leaf { from: -40, until: -10, ..SERVER }), &["D0112"], 1),
        (authority.sign(&Leaf { until: 5, ..SERVER }), &["D0105"], 0),
        (Authority::new().sign(&SERVER), &["D0114"], 1),
    ];
    for (pair, words, exit) in cases {
        let answer = dial(&folder, &serve_tls(&pair, None, SCRAM).0).expect(exit);
        for words in ["the server speaks TLSv1_3", "its certificate\n", "until ", "by scram-sha-256"] {
            assert!(answer.stdout.contains(words), "{words}: {}", answer.stdout);
        }
        for code in ["D0105", "D0112", "D0114", "D0117"] {
            assert_eq!(answer.stdout.contains(code), words.contains(&code), "{code}: {}", answer.stdout);
        }
        assert!(words.iter().all(|word| answer.stdout.contains(word)), "{words:?}: {}", answer.stdout);
    }
}

#[test]
fn a_visitor_says_who_comes_shows_the_certificate_and_gives_no_password() {
    let authority = Authority::new();
    let service = "[shop]\nhost=127.0.0.1\nuser=shop\npassword=s3cret\ndbname=orders\nsslmode=verify-full\n\
                   sslrootcert=ca.pem\nsslcert=c.pem\nsslkey=k.pem\n";
    let folder = Folder::with(&[("pg_service.conf", service)]);
    let (certificate, key) = authority.sign(&CLIENT);
    for (name, text) in [("ca.pem", &authority.pem), ("c.pem", &certificate), ("k.pem", &key)] {
        folder.write(name, text.as_bytes());
    }
    let server = authority.sign(&SERVER);
    let first = |told: &Receiver<Vec<u8>>| {
        let words = told.recv().expect("what it was told");
        String::from_utf8_lossy(&words[4..]).split('\0').map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    let (address, told) = serve_tls(&server, Some(&authority), SCRAM);
    let answer = dial(&folder, &address);
    assert!(answer.stdout.contains("it goes on to log in `shop` to `orders`, with `c.pem`"), "{}", answer.stdout);
    assert_eq!(first(&told).trim(), "user shop database orders application_name migrate doctor");
    let (address, told) = serve_tls(&server, None, SCRAM);
    let arguments = ["doctor", "--connect", &address, "--role", "admin", "--database", "a", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&folder.migrate(&arguments).stdout).expect("JSON");
    let shown = &json["result"]["server"];
    assert_eq!((&shown["welcome"], &shown["role"]), (&"asks".into(), &"admin".into()));
    assert_eq!(shown["certificates"][0]["hosts"], "db, 127.0.0.1");
    assert!(first(&told).starts_with("user admin database a "));
    let (address, told) = serve_tls(&server, None, b"R\0\0\0\x08\0\0\0\0");
    assert!(dial(&folder, &address).stdout.contains("it lets in `shop`"));
    assert!(told.recv().expect("what it was told").ends_with(b"X\0\0\0\x04"), "no goodbye");
    let refused = client_refused();
    assert!(refused.contains("refuses the client's certificate: UnknownCA"), "{refused}");
    assert!(login_refused().contains("28000"), "{}", login_refused());
    dial(&folder, "127.0.0.1:1 --role").expect(2);
}
