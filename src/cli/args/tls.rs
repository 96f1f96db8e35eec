//! The arguments of the commands for certificates.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    /// What to look at
    #[arg(value_name = "WHAT", default_value = "tls")]
    pub what: DoctorKind,
    /// What an error of a driver means, as it was printed; nothing else is looked at
    #[arg(long, value_name = "TEXT")]
    pub explain_error: Option<String>,
    /// Ask this server for TLS, too, and judge the certificate it shows; sends no password
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "explain_error")]
    pub connect: Option<String>,
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
    /// What a certificate or key file holds; never the key itself
    Show(CertsShowArguments),
}

#[derive(Args, Debug)]
pub(crate) struct CertsDevArguments {
    /// Names and addresses of the server, besides localhost [default: those that the settings dial]
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub host: Vec<String>,
    /// How long they last
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// The folder, from the root of the repository
    #[arg(long, value_name = "DIR", default_value = "certificates")]
    pub out: String,
    /// The database role of the client [default: the one that the repository names, else postgres]
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Write the key of the CA, too
    #[arg(long)]
    pub keep_ca_key: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CertsShowArguments {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
}
