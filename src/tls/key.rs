//! A private key, of which only the public part is kept.

use super::certificate::Certificate;
use super::der::{BITS, INTEGER, OCTETS, SEQUENCE, number, tagged};

/// What may be known of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    public: Option<Public>,
}

/// The number or point that the public key holds too.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Public {
    /// The modulus of RSA.
    Modulus(Vec<u8>),
    /// A point of a curve.
    Point(Vec<u8>),
}

impl PrivateKey {
    /// The key in `der`: PKCS#8, PKCS#1 or SEC1. `None` where it is none of them.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (key, _) = tagged(SEQUENCE, der)?;
        let (_, rest) = tagged(INTEGER, key)?;
        if let Some((modulus, _)) = tagged(INTEGER, rest) {
            return Some(Self { public: Some(Public::Modulus(number(modulus).to_vec())) });
        }
        if let Some((_, rest)) = tagged(OCTETS, rest) {
            return Some(Self { public: point(rest) });
        }
        let (_, rest) = tagged(SEQUENCE, rest)?;
        let (inner, _) = tagged(OCTETS, rest)?;
        let inside = Self::read(inner).and_then(|key| key.public);
        // Of Edwards curves the public point is worked out.
        let worked_out =
            || rcgen::KeyPair::try_from(der).ok().map(|pair| Public::Point(pair.public_key_raw().to_vec()));
        Some(Self { public: inside.or_else(worked_out) })
    }

    /// Whether `certificate` is made for this key; `None` where the key does not tell its public part.
    pub fn belongs_to(&self, certificate: &Certificate) -> Option<bool> {
        let bits = certificate.public_key.as_slice();
        Some(match self.public.as_ref()? {
            Public::Point(point) => point == bits,
            Public::Modulus(modulus) => {
                let inside = tagged(SEQUENCE, bits).and_then(|(key, _)| tagged(INTEGER, key));
                inside.is_some_and(|(other, _)| number(other) == modulus)
            }
        })
    }
}

/// The public point behind the secret number of SEC1, where it is written down.
fn point(mut rest: &[u8]) -> Option<Public> {
    while let Some((tag, content, next)) = super::der::value(rest) {
        if tag == 0xa1 {
            let (bits, _) = tagged(BITS, content)?;
            return Some(Public::Point(bits.get(1..)?.to_vec()));
        }
        rest = next;
    }
    None
}
