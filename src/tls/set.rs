//! The files that `certs dev` makes, and whether what lies there is such a set, to be made anew.

use std::collections::BTreeMap;

use super::DAY;
use super::certificate::Certificate;
use super::key::PrivateKey;
use super::made::{DEVELOPMENT_CA, Kit, Wanted};
use super::material::{Material, MaterialError};

/// One file of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Ca,
    Server,
    ServerKey,
    Client,
    ClientKey,
    /// The client's key again, as pgjdbc reads it: PKCS#8 in DER.
    ClientDer,
    CaKey,
}

impl Part {
    pub const ALL: [Self; 7] =
        [Self::Ca, Self::Server, Self::ServerKey, Self::Client, Self::ClientKey, Self::ClientDer, Self::CaKey];

    pub fn file(self) -> &'static str {
        match self {
            Self::Ca => "server-ca.pem",
            Self::Server => "server-cert.pem",
            Self::ServerKey => "server-key.pem",
            Self::Client => "client-cert.pem",
            Self::ClientKey => "client-key.pem",
            Self::ClientDer => "client-key.pk8",
            Self::CaKey => "server-ca-key.pem",
        }
    }

    pub fn is_key(self) -> bool {
        self.certificate().is_some()
    }

    /// The certificate that a key is for.
    fn certificate(self) -> Option<Self> {
        match self {
            Self::Ca | Self::Server | Self::Client => None,
            Self::ServerKey => Some(Self::Server),
            Self::ClientKey | Self::ClientDer => Some(Self::Client),
            Self::CaKey => Some(Self::Ca),
        }
    }
}

impl Kit {
    /// The content of one file.
    pub fn content(&self, part: Part) -> &[u8] {
        match part {
            Part::Ca => self.ca.as_bytes(),
            Part::Server => self.server.as_bytes(),
            Part::ServerKey => self.server_key.as_bytes(),
            Part::Client => self.client.as_bytes(),
            Part::ClientKey => self.client_key.as_bytes(),
            Part::ClientDer => &self.client_key_der,
            Part::CaKey => self.ca_key.as_bytes(),
        }
    }
}

/// Why files are no set that may be made anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    #[error("there is no `{}`", .0.file())]
    Missing(Part),
    #[error("`{}` {why}", .part.file())]
    Unread { part: Part, why: MaterialError },
    #[error("`{}` {why}", .part.file())]
    Foreign { part: Part, why: String },
}

/// What makes the set in `files` anew: the same hosts and role, for `days`, else for as long as the old ones lasted. A
/// missing key is no obstacle; whatever did not come with the set is, since it would be lost.
///
/// # Errors
/// When one of the files is not of such a set.
pub fn renewal(files: &BTreeMap<Part, Vec<u8>>, days: Option<u32>, now: u64) -> Result<Wanted, SetError> {
    let ca = certificate(files, Part::Ca)?;
    let foreign = |part, why: &str| SetError::Foreign { part, why: why.to_owned() };
    if !(ca.is_self_signed && ca.common_name.as_deref() == Some(DEVELOPMENT_CA)) {
        return Err(foreign(Part::Ca, "is not a CA that `migrate certs dev` made"));
    }
    let leaf = |part| {
        let leaf = certificate(files, part)?;
        if !leaf.is_signed_by(&ca) {
            return Err(foreign(part, &format!("is not signed by `{}`", Part::Ca.file())));
        }
        Ok(leaf)
    };
    let (server, client) = (leaf(Part::Server)?, leaf(Part::Client)?);
    for part in files.keys().copied() {
        let whose = match part.certificate() {
            None => continue,
            Some(Part::Ca) => (Part::Ca, &ca),
            Some(Part::Server) => (Part::Server, &server),
            Some(_) => (Part::Client, &client),
        };
        if key(files, part)?.belongs_to(whose.1) != Some(true) {
            return Err(foreign(part, &format!("is not the key of `{}`", whose.0.file())));
        }
    }
    let lasted = (client.not_after - client.not_before) / DAY;
    Ok(Wanted {
        hosts: server.hosts.iter().flatten().map(ToString::to_string).collect(),
        role: client.common_name.unwrap_or_default(),
        days: days.unwrap_or(u32::try_from(lasted.clamp(1, 3650)).unwrap_or(365)),
        now,
    })
}

fn read(files: &BTreeMap<Part, Vec<u8>>, part: Part) -> Result<Material, SetError> {
    let bytes = files.get(&part).ok_or(SetError::Missing(part))?;
    Material::read(bytes).map_err(|why| SetError::Unread { part, why })
}

/// The one certificate of a file that holds nothing else.
fn certificate(files: &BTreeMap<Part, Vec<u8>>, part: Part) -> Result<Certificate, SetError> {
    let found = read(files, part)?;
    let other = || SetError::Foreign { part, why: "holds more than one certificate, or none".to_owned() };
    let alone = found.certificates.len() == 1 && found.keys.is_empty() && !found.is_encrypted;
    found.certificates.into_iter().next().filter(|_| alone).ok_or_else(other)
}

/// The one key of a file that holds nothing else.
fn key(files: &BTreeMap<Part, Vec<u8>>, part: Part) -> Result<PrivateKey, SetError> {
    let found = read(files, part)?;
    let other = || SetError::Foreign { part, why: "holds more than one private key, or none".to_owned() };
    let alone = found.keys.len() == 1 && found.certificates.is_empty() && !found.is_encrypted;
    found.keys.into_iter().next().filter(|_| alone).ok_or_else(other)
}
