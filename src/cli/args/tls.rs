//! The arguments of the commands for certificates.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    /// What to look at
    #[arg(value_name = "WHAT", default_value = "tls")]
    pub what: DoctorKind,
    /// What an error of a driver means, as it was printed, or `-` for standard input; nothing else is looked at
    #[arg(long, value_name = "TEXT")]
    pub explain_error: Option<OsString>,
    /// Ask this server for TLS, too, judge the certificate it shows, and see whether it would ask for a password; sends none
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "explain_error")]
    pub connect: Option<String>,
    #[command(flatten)]
    pub visit: VisitArguments,
}

/// As whom a server is asked.
#[derive(Args, Debug)]
pub(crate) struct VisitArguments {
    /// The certificate to show the server [default: the one that the settings name for it]
    #[arg(long, value_name = "FILE", requires_all = ["connect", "key"])]
    pub cert: Option<PathBuf>,
    /// The key of this certificate
    #[arg(long, value_name = "FILE", requires_all = ["connect", "cert"])]
    pub key: Option<PathBuf>,
    /// The database role [default: the one of the settings, else postgres]
    #[arg(long, value_name = "ROLE", requires = "connect", value_parser = NonEmptyStringValueParser::new())]
    pub role: Option<String>,
    /// The database [default: the one of the settings, else postgres]
    #[arg(long, value_name = "NAME", requires = "connect", value_parser = NonEmptyStringValueParser::new())]
    pub database: Option<String>,
    /// How long the server may take in all
    #[arg(long, value_name = "SECONDS", requires = "connect", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorKind {
    /// The TLS settings of PostgreSQL connections, and the files they name
    Tls,
}

#[derive(Args, Debug)]
pub(crate) struct CertsArguments {
    #[command(subcommand)]
    pub command: CertsCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum CertsCommand {
    /// Make a CA, a server and a client certificate for development
    Dev(CertsDevArguments),
    /// Make those that stand there anew, for the same hosts and role
    Renew(CertsMakeArguments),
    /// What a certificate or key file holds; never the key itself
    Show(CertsShowArguments),
}

#[derive(Args, Debug)]
pub(crate) struct CertsDevArguments {
    /// Names and addresses of the server, besides localhost [default: those that the settings dial]
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub host: Vec<String>,
    /// The database role of the client [default: the one that the repository names, else postgres]
    #[arg(long, value_name = "ROLE", value_parser = NonEmptyStringValueParser::new())]
    pub role: Option<String>,
    /// The same as `certs renew`
    #[arg(long, conflicts_with_all = ["host", "role"])]
    pub renew: bool,
    #[command(flatten)]
    pub make: CertsMakeArguments,
}

/// What is said alike of new certificates and of those made anew.
#[derive(Args, Debug)]
pub(crate) struct CertsMakeArguments {
    /// How long they last [default: 365, and as long as before where they are made anew]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: Option<u32>,
    /// The folder, from the root of the repository
    #[arg(long, value_name = "DIR", default_value = "certificates")]
    pub out: String,
    /// Write the key of the client as PKCS#8 in DER, too, as pgjdbc reads it
    #[arg(long)]
    pub pk8: bool,
    /// Write the key of the CA, too
    #[arg(long)]
    pub keep_ca_key: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CertsShowArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
