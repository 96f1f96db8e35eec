//! What became of one attempt to connect, and what it should have been.

use std::fmt;

pub enum Outcome {
    /// Connected; `session` is what `pg_stat_ssl` shows of it.
    Connected { session: String },
    /// The client reported that its connection was refused, in its own orderly way.
    Refused { message: String },
    /// The client crashed, hung, or never came to connecting.
    Broken { message: String },
}

#[derive(Clone, Copy)]
pub enum Expected {
    ConnectedOverTls,
    /// By the server's policy: no encryption, or no client certificate.
    RefusedByServer,
    /// By the client, which does not trust the server's certificate.
    RejectedByClient,
    /// For whatever reason, but without a crash.
    Refused,
}

const POLICY_MESSAGES: [&str; 2] = ["no pg_hba.conf entry", "connection requires a valid client certificate"];

/// The words of OpenSSL in libpq and in Node, of which the latter spells "self-signed" in two ways over its versions.
const DISTRUST_MESSAGES: [&str; 5] = [
    "certificate verify failed",
    "unable to verify the first certificate",
    "unable to get local issuer certificate",
    "self-signed certificate in certificate chain",
    "self signed certificate in certificate chain",
];

impl Expected {
    pub fn is_met_by(self, outcome: &Outcome) -> bool {
        let says_one_of = |message: &str, phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        match (self, outcome) {
            (Expected::ConnectedOverTls, Outcome::Connected { session }) => {
                session.contains("t TLSv1.") && session.contains(" /CN=projectx")
            }
            (Expected::RefusedByServer, Outcome::Refused { message }) => says_one_of(message, &POLICY_MESSAGES),
            (Expected::RejectedByClient, Outcome::Refused { message }) => says_one_of(message, &DISTRUST_MESSAGES),
            (Expected::Refused, Outcome::Refused { .. }) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Connected { session } => write!(formatter, "connected ({session})"),
            Outcome::Refused { message } => write!(formatter, "refused: {message}"),
            Outcome::Broken { message } => write!(formatter, "broken: {message}"),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Expected::ConnectedOverTls => "connected over TLS with the client certificate",
            Expected::RefusedByServer => "refused by the server's policy",
            Expected::RejectedByClient => "kept from connecting by distrust of the server",
            Expected::Refused => "refused without a crash",
        })
    }
}
