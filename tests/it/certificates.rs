//! Certificates and keys made for tests, each with the fault that is asked for.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};

/// A CA that signs.
pub struct Authority {
    parameters: CertificateParams,
    key: KeyPair,
    pub pem: String,
}

/// How a leaf is made.
pub struct Leaf {
    pub name: &'static str,
    pub hosts: &'static [&'static str],
    pub usage: ExtendedKeyUsagePurpose,
    /// In days from now.
    pub from: i64,
    pub until: i64,
}

/// A client's certificate with nothing wrong.
pub const CLIENT: Leaf =
    Leaf { name: "shop", hosts: &[], usage: ExtendedKeyUsagePurpose::ClientAuth, from: -1, until: 300 };
/// A server's certificate with nothing wrong.
pub const SERVER: Leaf =
    Leaf { name: "db", hosts: &["db", "127.0.0.1"], usage: ExtendedKeyUsagePurpose::ServerAuth, from: -1, until: 300 };

impl Authority {
    pub fn new() -> Self {
        Self::with(true, true)
    }

    pub fn with(is_ca: bool, key_usage: bool) -> Self {
        Self::called("CA of a test", is_ca, key_usage)
    }

    pub fn called(name: &str, is_ca: bool, key_usage: bool) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
        if key_usage {
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        parameters.distinguished_name.push(DnType::CommonName, name);
        dated(&mut parameters, -1, 300);
        let key = KeyPair::generate().expect("a key");
        let pem = parameters.self_signed(&key).expect("a certificate").pem();
        Self { parameters, key, pem }
    }

    /// The certificate and its key.
    pub fn sign(&self, leaf: &Leaf) -> (String, String) {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, leaf.name);
        parameters.subject_alt_names = leaf.hosts.iter().map(|host| name(host)).collect();
        parameters.extended_key_usages = vec![leaf.usage.clone()];
        parameters.use_authority_key_identifier_extension = true;
        dated(&mut parameters, leaf.from, leaf.until);
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.parameters, &self.key);
        let certificate = parameters.signed_by(&key, &issuer).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

fn name(host: &str) -> SanType {
    match host.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(host.try_into().expect("a name")),
    }
}

/// From and until these days from now, at noon as it were: half a day more, so that no test stands on an edge.
fn dated(parameters: &mut CertificateParams, from: i64, until: i64) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the time").as_secs();
    let day = |days: i64| {
        let seconds = now.checked_add_signed(days * 86_400 + 43_200).expect("a time");
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    (parameters.not_before, parameters.not_after) = (day(from), day(until));
}
