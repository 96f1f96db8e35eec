//! What a PostgreSQL server shows of itself before anybody logs in: its answer to the question for TLS, its certificates,
//! and whether it would ask the role for a password. None is ever sent.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, Stream};

use super::certificate::Certificate;
use super::identity::Identity;

/// Who knocks.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub role: String,
    pub database: String,
    /// The certificate that is shown.
    pub identity: Option<Identity>,
}

/// What the server showed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its own certificate first, then what it sent with it.
    pub certificates: Vec<Certificate>,
    pub protocol: String,
    pub cipher: String,
    pub welcome: Welcome,
}

/// What it says to a visitor before a password is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// Nothing more is asked for.
    Open,
    /// It goes on to ask for a password, or what takes its place, by this method.
    Asks(&'static str),
    /// An error of the server: its code and text.
    Refused { code: String, text: String },
    /// The client's certificate is refused, by this alert.
    CertificateRefused(String),
    /// Nothing that can be read, for this reason.
    Unknown(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("the server has no TLS: it answered `N`")]
    NoTls,
    #[error("the server sent an error before TLS: it may have too many clients")]
    Busy,
    #[error("what answers there speaks HTTP, not PostgreSQL")]
    Http,
    #[error("what answers there is no PostgreSQL server")]
    Stranger,
    #[error("the server went away {0}")]
    Gone(&'static str),
    #[error("the server did not answer in time")]
    Late,
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
}

/// The message that asks for TLS: its length, and a number that is no version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Asks the server at the other end of `stream`, dialled as `host`, for TLS, shakes hands, and says who comes. Goes away
/// where it is asked for a password.
///
/// # Errors
/// When no TLS connection comes about.
pub fn probe(stream: &mut (impl Read + Write), host: &str, visitor: &Visitor) -> Result<Answer, ProbeError> {
    let failed = |when: &'static str| {
        move |error: io::Error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => ProbeError::Late,
            _ => ProbeError::Gone(when),
        }
    };
    const ASKED: &str = "when it was asked for TLS";
    stream.write_all(&SSL_REQUEST).and_then(|()| stream.flush()).map_err(failed(ASKED))?;
    // One byte only: what follows belongs to TLS.
    let mut answer = [0];
    stream.read_exact(&mut answer).map_err(failed(ASKED))?;
    match answer {
        [b'S'] => {}
        [b'N'] => return Err(ProbeError::NoTls),
        [b'E'] => return Err(ProbeError::Busy),
        [b'H'] => return Err(ProbeError::Http),
        _ => return Err(ProbeError::Stranger),
    }
    let handshake = |error: rustls::Error| ProbeError::Handshake(error.to_string());
    let configuration = Arc::new(configuration(visitor.identity.as_ref())?);
    let mut connection = ClientConnection::new(configuration, name(host)).map_err(handshake)?;
    let mut refused = None;
    while refused.is_none() && connection.is_handshaking() {
        if let Err(error) = connection.complete_io(stream) {
            refused = alert(&error);
            match error.kind() {
                _ if refused.is_some() => {}
                ErrorKind::InvalidData => return Err(ProbeError::Handshake(error.to_string())),
                _ => return Err(failed("during the TLS handshake")(error)),
            }
        }
    }
    let welcome = match refused {
        Some(alert) => Welcome::CertificateRefused(alert),
        None => enter(&mut Stream::new(&mut connection, stream), visitor)
            .unwrap_or_else(|error| gone(&mut connection, stream, &error)),
    };
    let shown = connection.peer_certificates().unwrap_or_default();
    let unknown = || "unknown".to_owned();
    let answer = Answer {
        certificates: shown.iter().filter_map(|one| Certificate::read(one)).collect(),
        protocol: connection.protocol_version().map_or_else(unknown, |version| format!("{version:?}")),
        cipher: connection.negotiated_cipher_suite().map_or_else(unknown, |suite| format!("{:?}", suite.suite())),
        welcome,
    };
    connection.send_close_notify();
    // The answer is here, whether the server hears of the end or not.
    let _ = connection.write_tls(stream);
    Ok(answer)
}

/// Says who comes, and reads what the server says to that. With TLS 1.3 only that shows a refused certificate.
fn enter(stream: &mut (impl Read + Write), visitor: &Visitor) -> io::Result<Welcome> {
    /// Of version 3.0.
    const VERSION: [u8; 4] = [0, 3, 0, 0];
    let words = ["user", &visitor.role, "database", &visitor.database, "application_name", "migrate doctor"];
    let mut body = VERSION.to_vec();
    for word in words {
        // A zero byte would end the word.
        body.extend(word.bytes().filter(|byte| *byte != 0));
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes();
    let sent = stream.write_all(&length).and_then(|()| stream.write_all(&body)).and_then(|()| stream.flush());
    let (kind, content) = sent.and_then(|()| message(stream))?;
    let method = content.first_chunk().map(|method| u32::from_be_bytes(*method));
    Ok(match (kind, method) {
        (b'R', Some(0)) => {
            // A connection that is let in says goodbye.
            let _ = stream.write_all(&[b'X', 0, 0, 0, 4]).and_then(|()| stream.flush());
            Welcome::Open
        }
        (b'R', Some(method)) => Welcome::Asks(match method {
            3 => "password",
            5 => "md5",
            7 | 8 => "gss",
            9 => "sspi",
            10 => "scram-sha-256",
            _ => "another method",
        }),
        (b'E', _) => {
            let field = |wanted: u8| {
                let fields = content.split(|byte| *byte == 0).filter_map(|field| field.split_first());
                let mut found = fields.filter(|(kind, _)| **kind == wanted);
                found.next().map(|(_, text)| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
            };
            Welcome::Refused { code: field(b'C'), text: field(b'M') }
        }
        _ => Welcome::Unknown("the server answered with something else than a question or an error".to_owned()),
    })
}

/// What the server makes of who comes, where it does not answer. One that refuses the certificate may be gone before it is
/// told anything more: then writing fails, and what it said by then is still to be read.
fn gone(connection: &mut ClientConnection, stream: &mut impl Read, error: &io::Error) -> Welcome {
    let mut refused = alert(error);
    while refused.is_none() && matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) {
        match connection.read_tls(stream) {
            Ok(0) | Err(_) => break,
            Ok(_) => refused = connection.process_new_packets().err().as_ref().and_then(refusal),
        }
    }
    match (refused, error.kind()) {
        (Some(alert), _) => Welcome::CertificateRefused(alert),
        (None, ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            Welcome::Unknown("the server went away when it was told who comes".to_owned())
        }
        (None, ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Welcome::Unknown("it says nothing more in time".to_owned())
        }
        (None, _) => Welcome::Unknown(error.to_string()),
    }
}

/// One message of the server; what is only said by the way is passed over.
fn message(stream: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    const LIMIT: usize = 64 * 1024;
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length).saturating_sub(4) as usize;
        if length > LIMIT {
            return Err(io::Error::new(ErrorKind::InvalidData, "the server sent a message that is too long"));
        }
        let mut content = vec![0; length];
        stream.read_exact(&mut content)?;
        if !matches!(kind, b'N' | b'v') {
            return Ok((kind, content));
        }
    }
}

/// The alert by which the other side refuses the client's certificate, if `error` is one.
fn alert(error: &io::Error) -> Option<String> {
    refusal(error.get_ref()?.downcast_ref::<rustls::Error>()?)
}

fn refusal(error: &rustls::Error) -> Option<String> {
    use AlertDescription as A;
    match error {
        rustls::Error::AlertReceived(
            alert @ (A::UnknownCA
            | A::CertificateExpired
            | A::CertificateRevoked
            | A::CertificateUnknown
            | A::CertificateRequired
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::AccessDenied
            | A::DecryptError),
        ) => Some(format!("{alert:?}")),
        _ => None,
    }
}

fn name(host: &str) -> ServerName<'static> {
    let local = || ServerName::IpAddress(std::net::Ipv4Addr::LOCALHOST.into());
    ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).unwrap_or_else(|_| local())
}

fn configuration(identity: Option<&Identity>) -> Result<ClientConfig, ProbeError> {
    let provider = Arc::new(ring::default_provider());
    let looker = Arc::new(Looker(Arc::clone(&provider)));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ProbeError::Handshake(error.to_string()))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(looker);
    Ok(match identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::new(identity.clone())),
        None => builder.with_no_client_auth(),
    })
}

/// Takes every certificate: it is looked at afterwards, and nothing secret is sent before.
#[derive(Debug)]
struct Looker(Arc<CryptoProvider>);

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
