//! Certificates for development: a CA, a server and a client, as strict clients want them.

use std::net::IpAddr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Names and addresses of the server; those of this machine are added.
    pub hosts: Vec<String>,
    /// The database role, which is the client's common name.
    pub role: String,
    pub days: u32,
    /// Seconds since 1970.
    pub now: u64,
}

/// Everything that was made, as PEM.
pub struct Kit {
    pub ca: String,
    pub ca_key: String,
    pub server: String,
    pub server_key: String,
    pub client: String,
    pub client_key: String,
    /// The same in DER.
    pub client_key_der: Vec<u8>,
    /// Seconds since 1970.
    pub until: i64,
    /// The hosts of the server's certificate.
    pub hosts: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    #[error("`{host}` is no host name and no address")]
    Host { host: String },
    #[error("failed to make certificates: {0}")]
    Library(#[from] rcgen::Error),
}

/// The common name of every CA made here, by which it is known again.
pub(super) const DEVELOPMENT_CA: &str = "CA for development (not for production)";

/// What clients on this machine dial.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Makes a CA and what it signs.
///
/// # Errors
/// When a host is none.
pub fn make(wanted: &Wanted) -> Result<Kit, MakeError> {
    let mut hosts = wanted.hosts.clone();
    hosts.extend(LOCAL.into_iter().filter(|local| !wanted.hosts.iter().any(|host| host == local)).map(str::to_owned));
    let until = wanted.now + u64::from(wanted.days) * 86_400;
    let dated = |mut parameters: CertificateParams, name: &str| {
        // A clock that is a little behind takes the certificate, too.
        parameters.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(wanted.now.saturating_sub(3600));
        parameters.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(until);
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters
    };
    let mut ca = dated(CertificateParams::default(), DEVELOPMENT_CA);
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_key = KeyPair::generate()?;
    let ca_certificate = ca.self_signed(&ca_key)?;

    let mut server = dated(CertificateParams::default(), hosts.first().map_or("localhost", String::as_str));
    server.subject_alt_names = hosts.iter().map(|host| name(host)).collect::<Result<_, _>>()?;
    let mut client = dated(CertificateParams::default(), &wanted.role);
    for (leaf, usage) in
        [(&mut server, ExtendedKeyUsagePurpose::ServerAuth), (&mut client, ExtendedKeyUsagePurpose::ClientAuth)]
    {
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![usage];
        leaf.use_authority_key_identifier_extension = true;
    }
    let (server_key, client_key) = (KeyPair::generate()?, KeyPair::generate()?);
    let issuer = Issuer::from_params(&ca, &ca_key);
    let server = server.signed_by(&server_key, &issuer)?;
    let client = client.signed_by(&client_key, &issuer)?;
    Ok(Kit {
        ca: ca_certificate.pem(),
        ca_key: ca_key.serialize_pem(),
        server: server.pem(),
        server_key: server_key.serialize_pem(),
        client: client.pem(),
        client_key: client_key.serialize_pem(),
        client_key_der: client_key.serialize_der(),
        until: i64::try_from(until).unwrap_or(i64::MAX),
        hosts,
    })
}

fn name(host: &str) -> Result<SanType, MakeError> {
    let wrong = || MakeError::Host { host: host.to_owned() };
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !host.strip_prefix("*.").unwrap_or(host).split('.').all(label) {
        return Err(wrong());
    }
    Ok(SanType::DnsName(host.try_into().map_err(|_| wrong())?))
}
