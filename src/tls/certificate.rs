//! What a certificate says, and whether another one signed it.

use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Version;

use super::made::DEVELOPMENT_CA;

/// A certificate that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    pub is_version_1: bool,
    /// The first common name of its subject.
    pub common_name: Option<String>,
    /// Seconds since 1970.
    pub not_before: i64,
    pub not_after: i64,
    /// The hosts it is for; `None` where it does not say.
    pub hosts: Option<Vec<Host>>,
    /// What it may be used for; `None` where it does not say.
    usages: Option<Vec<Usage>>,
    /// Whether it says that it is a CA; `None` where it says nothing.
    pub is_ca: Option<bool>,
    /// Whether it says which signatures its key may make.
    pub has_key_usage: bool,
    /// Whether it names the key of its issuer.
    pub names_issuer_key: bool,
    /// Its subject in full, as `CN=db`.
    pub subject: String,
    /// Its issuer is called like the CA of `certs dev`.
    pub is_for_development: bool,
    /// Signed by its own key.
    pub is_self_signed: bool,
    /// Why its signature or its key is too weak for today's programs.
    pub weakness: Option<String>,
    /// The bytes of the public key, without its algorithm.
    pub(super) public_key: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Name(String),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    Client,
    Server,
}

/// Whether a certificate is for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covered {
    Yes,
    /// By its common name only, which Go and others no longer read.
    ByCommonName,
    No,
}

impl Certificate {
    /// The certificate in `der`; `None` where it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, read) = X509Certificate::from_der(der).ok()?;
        let common_name = read.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        let issuer = read.issuer().iter_common_name().next().and_then(|name| name.as_str().ok());
        let names = read.subject_alternative_name().ok().flatten();
        let hosts = names.map(|names| names.value.general_names.iter().filter_map(host).collect());
        let usages = read.extended_key_usage().ok().flatten().map(|usage| {
            let said = [
                (usage.value.any || usage.value.client_auth, Usage::Client),
                (usage.value.any || usage.value.server_auth, Usage::Server),
            ];
            said.into_iter().filter(|(is, _)| *is).map(|(_, usage)| usage).collect()
        });
        Some(Self {
            der: der.to_vec(),
            is_version_1: read.version() == X509Version::V1,
            common_name: common_name.map(str::to_owned),
            not_before: read.validity().not_before.timestamp(),
            not_after: read.validity().not_after.timestamp(),
            hosts,
            usages,
            is_ca: read.basic_constraints().ok().flatten().map(|constraints| constraints.value.ca),
            has_key_usage: read.key_usage().is_ok_and(|usage| usage.is_some()),
            names_issuer_key: read
                .extensions()
                .iter()
                .any(|one| matches!(one.parsed_extension(), ParsedExtension::AuthorityKeyIdentifier(_))),
            subject: read.subject().to_string(),
            is_for_development: issuer == Some(DEVELOPMENT_CA),
            is_self_signed: read.subject() == read.issuer() && read.verify_signature(None).is_ok(),
            weakness: weakness(&read),
            public_key: read.public_key().subject_public_key.data.to_vec(),
        })
    }

    /// Whether `issuer` is named as the issuer and made the signature.
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Ok((_, own)), Ok((_, issuer))) =
            (X509Certificate::from_der(&self.der), X509Certificate::from_der(&issuer.der))
        else {
            return false;
        };
        own.issuer() == issuer.subject() && own.verify_signature(Some(issuer.public_key())).is_ok()
    }

    /// Whether it may be used for `usage`: one that says nothing may be used for all.
    pub fn allows(&self, usage: Usage) -> bool {
        self.usages.as_ref().is_none_or(|usages| usages.contains(&usage))
    }

    /// Whether a client that dials `host` takes it for that host's.
    pub fn covers(&self, host: &str) -> Covered {
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let covers = |one: &Host| match (one, &address) {
            (Host::Address(own), Some(address)) => own == address,
            (Host::Name(pattern), None) => matches(pattern, host),
            _ => false,
        };
        let named = self.hosts.iter().flatten().any(covers);
        let has_names = self.hosts.iter().flatten().any(|one| matches!(one, Host::Name(_)));
        let common = self.common_name.as_deref().is_some_and(|name| matches(name, host));
        match named {
            true => Covered::Yes,
            false if address.is_none() && !has_names && common => Covered::ByCommonName,
            false => Covered::No,
        }
    }

    /// Whether it is the same certificate.
    pub fn is(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

fn host(name: &GeneralName<'_>) -> Option<Host> {
    match name {
        GeneralName::DNSName(name) => Some(Host::Name((*name).to_owned())),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| Host::Address(bytes.into())),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| Host::Address(bytes.into())),
            _ => None,
        },
        _ => None,
    }
}

/// Whether `host` is `pattern`, of which the first label may be `*`.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

fn weakness(certificate: &X509Certificate<'_>) -> Option<String> {
    const SHA1: [&str; 4] = ["1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3", "1.2.840.113549.1.1.4"];
    if SHA1.contains(&certificate.signature_algorithm.algorithm.to_id_string().as_str()) {
        return Some("is signed with SHA-1 or older".to_owned());
    }
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < 2048 => Some(format!("has an RSA key of {} bits", key.key_size())),
        _ => None,
    }
}
