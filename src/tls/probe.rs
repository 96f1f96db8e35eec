//! What a PostgreSQL server shows of itself before anybody logs in: its answer to the question for TLS, its certificates.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

use super::certificate::Certificate;

/// What the server showed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its own certificate first, then what it sent with it.
    pub certificates: Vec<Certificate>,
    pub protocol: String,
    pub cipher: String,
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

/// Asks the server at the other end of `stream`, dialled as `host`, for TLS, and shakes hands. Logs nobody in.
///
/// # Errors
/// When no TLS connection comes about.
pub fn probe(stream: &mut (impl Read + Write), host: &str) -> Result<Answer, ProbeError> {
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
    let mut connection = ClientConnection::new(Arc::new(configuration()?), name(host)).map_err(handshake)?;
    while connection.is_handshaking() {
        connection.complete_io(stream).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => ProbeError::Handshake(error.to_string()),
            _ => failed("during the TLS handshake")(error),
        })?;
    }
    let shown = connection.peer_certificates().unwrap_or_default();
    let unknown = || "unknown".to_owned();
    let answer = Answer {
        certificates: shown.iter().filter_map(|one| Certificate::read(one)).collect(),
        protocol: connection.protocol_version().map_or_else(unknown, |version| format!("{version:?}")),
        cipher: connection.negotiated_cipher_suite().map_or_else(unknown, |suite| format!("{:?}", suite.suite())),
    };
    connection.send_close_notify();
    // The answer is here, whether the server hears of the end or not.
    let _ = connection.write_tls(stream);
    Ok(answer)
}

fn name(host: &str) -> ServerName<'static> {
    let local = || ServerName::IpAddress(std::net::Ipv4Addr::LOCALHOST.into());
    ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).unwrap_or_else(|_| local())
}

fn configuration() -> Result<ClientConfig, ProbeError> {
    let provider = Arc::new(ring::default_provider());
    let looker = Arc::new(Looker(Arc::clone(&provider)));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ProbeError::Handshake(error.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(looker).with_no_client_auth())
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
