//! A client's certificate with its key, ready to be shown. Nothing is judged: what a server makes of it is the question.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// A certificate and its key.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("the certificate file holds no certificate")]
    NoCertificate,
    #[error("the key file holds no key that can be read without a passphrase")]
    NoKey,
    #[error("a key of this kind can not be used")]
    Kind,
}

impl Identity {
    /// The certificate and the key in these files: PEM, or DER.
    ///
    /// # Errors
    /// When one of them is something else.
    pub fn read(certificate: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let pem = CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>();
        let chain = match pem.ok().filter(|chain| !chain.is_empty()) {
            Some(chain) => chain,
            None if super::Certificate::read(certificate).is_some() => vec![certificate.to_vec().into()],
            None => return Err(IdentityError::NoCertificate),
        };
        let der = || PrivateKeyDer::try_from(key.to_vec()).map_err(|_| IdentityError::NoKey);
        let key = PrivateKeyDer::from_pem_slice(key).or_else(|_| der())?;
        let key = any_supported_type(&key).map_err(|_| IdentityError::Kind)?;
        // `with_client_auth_cert` would refuse certificates of version 1, which servers take.
        Ok(Self(Arc::new(CertifiedKey::new(chain, key))))
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}
