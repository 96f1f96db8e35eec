//! The content of a certificate or key file: PEM in any order, DER, or neither.

use x509_parser::pem::Pem;

use super::certificate::Certificate;
use super::key::PrivateKey;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Material {
    pub certificates: Vec<Certificate>,
    pub keys: Vec<PrivateKey>,
    /// A key that needs a passphrase; it was not read.
    pub is_encrypted: bool,
    /// Without the lines of PEM.
    pub is_der: bool,
}

/// Why a file is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    #[error("is empty")]
    Empty,
    #[error("is neither PEM nor DER")]
    Neither,
    #[error("has a damaged `{label}` block")]
    Damaged { label: String },
    #[error("holds neither a certificate nor a private key, but `{label}`")]
    Other { label: String },
}

impl Material {
    /// What `bytes` hold.
    ///
    /// # Errors
    /// When they are no certificate and no key.
    pub fn read(bytes: &[u8]) -> Result<Self, MaterialError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(MaterialError::Empty);
        }
        let text = String::from_utf8_lossy(bytes);
        match text.contains("-----BEGIN ") {
            true => Self::of_pem(&text),
            false => Self::of_der(bytes).ok_or(MaterialError::Neither),
        }
    }

    fn of_der(bytes: &[u8]) -> Option<Self> {
        let mut found = Self { is_der: true, ..Self::default() };
        match Certificate::read(bytes) {
            Some(certificate) => found.certificates.push(certificate),
            None => found.keys.push(PrivateKey::read(bytes)?),
        }
        Some(found)
    }

    fn of_pem(text: &str) -> Result<Self, MaterialError> {
        const BEGIN: &str = "-----BEGIN ";
        let mut found = Self::default();
        let mut other = None;
        for block in text.match_indices(BEGIN).map(|(at, _)| &text[at..]) {
            let label =
                block[BEGIN.len()..].split("-----").next().unwrap_or("").lines().next().unwrap_or("").to_owned();
            let end = block.find("-----END ").unwrap_or(block.len());
            if label == "ENCRYPTED PRIVATE KEY" || block[..end].contains("ENCRYPTED") {
                found.is_encrypted = true;
                continue;
            }
            let damaged = || MaterialError::Damaged { label: label.clone() };
            match label.as_str() {
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                    let der = der(block).ok_or_else(damaged)?;
                    found.certificates.push(Certificate::read(&der).ok_or_else(damaged)?);
                }
                "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                    let der = der(block).ok_or_else(damaged)?;
                    found.keys.push(PrivateKey::read(&der).ok_or_else(damaged)?);
                }
                // Stands before the key in files of OpenSSL, and says nothing that the key does not say.
                "EC PARAMETERS" | "DH PARAMETERS" => {}
                _ => other = Some(label),
            }
        }
        let is_empty = found.certificates.is_empty() && found.keys.is_empty() && !found.is_encrypted;
        match other {
            Some(label) if is_empty => Err(MaterialError::Other { label }),
            None if is_empty => Err(MaterialError::Neither),
            _ => Ok(found),
        }
    }
}

/// The bytes of the first block of `text`.
fn der(text: &str) -> Option<Vec<u8>> {
    let first = Pem::iter_from_buffer(text.as_bytes()).next()?.ok()?;
    Some(first.contents)
}
