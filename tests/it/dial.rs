//! `migrate doctor --connect` against servers that behave in every way.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::certificates::{Authority, Leaf, SERVER};
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

/// A server that shakes hands with this certificate.
fn serve_tls((certificate, key): (String, String)) -> String {
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let configuration = Arc::new(builder.with_single_cert(chain, key).expect("a pair"));
    serve(b"S", move |stream| {
        let mut connection = ServerConnection::new(configuration).expect("a connection");
        let mut rest = Vec::new();
        let _ = Stream::new(&mut connection, stream).read_to_end(&mut rest);
        assert!(rest.is_empty(), "somebody logged in");
    })
}

fn dial(folder: &Folder, address: &str) -> Answer {
    folder.migrate(&["doctor", "--connect", address])
}

/// What is printed where the server has no TLS, and where it is no PostgreSQL server.
pub fn refused(answer: &'static [u8]) -> String {
    let address = serve(answer, |_| {});
    dial(&Folder::new(), &address).stdout.replace(&address, "db.internal:5432")
}

#[test]
fn each_way_to_have_no_tls_is_named() {
    let cases: [(&[u8], &str, &str); 5] = [
        (b"N", "D0201", "the server has no TLS"),
        (b"HTTP/1.1 400", "D0202", "speaks HTTP"),
        (b"E", "D0202", "too many clients"),
        (b"", "D0202", "went away when it was asked"),
        (b"Snonsense, which is no TLS at all", "D0202", "handshake failed"),
    ];
    for (answer, code, words) in cases {
        let printed = refused(answer);
        assert!(printed.contains(code) && printed.contains(words), "{words}: {printed}");
    }
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let answer = dial(&Folder::new(), &free.to_string()).expect(1);
    assert!(answer.stdout.contains("was not reached"), "{}", answer.stdout);
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
        let answer = dial(&folder, &serve_tls(pair)).expect(exit);
        assert!(answer.stdout.contains("the server speaks TLSv1_3"), "{}", answer.stdout);
        for code in ["D0105", "D0112", "D0114", "D0117"] {
            assert_eq!(answer.stdout.contains(code), words.contains(&code), "{code}: {}", answer.stdout);
        }
        assert!(words.iter().all(|word| answer.stdout.contains(word)), "{words:?}: {}", answer.stdout);
    }
}
