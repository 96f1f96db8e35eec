//! What the four settings are called, and how much a mode checks, for each kind of driver: one line a family.

/// How one family of drivers writes the four settings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Idiom {
    /// Who reads it, as the plan says it.
    pub consumer: &'static str,
    /// Where it stands, for the documentation.
    pub place: &'static str,
    /// The names of the mode, the CA, the certificate and its key.
    pub keys: [&'static str; 4],
    /// What `require`, `verify-ca` and `verify-full` are called. Where `require` checks no certificate, `verify-ca`
    /// stands in its place: with a CA file it is what `require` means to libpq.
    pub modes: [&'static str; 3],
    /// The ending that a file with the key must have.
    pub key_ending: Option<&'static str>,
    /// What a reviewer has to know.
    pub note: Option<&'static str>,
}

const LIBPQ_MODES: [&str; 3] = ["require", "verify-ca", "verify-full"];
const CHECKED_MODES: [&str; 3] = ["verify-ca", "verify-ca", "verify-full"];

pub(super) static LIBPQ: Idiom = Idiom {
    consumer: "libpq",
    place: "tables, sections, URLs and connection strings in YAML, TOML, INI, `.env`, compose files; `pg_service.conf`; \
            Rails, Alembic, URLs of asyncpg; URLs and connection strings among the values of Terraform",
    keys: ["sslmode", "sslrootcert", "sslcert", "sslkey"],
    modes: LIBPQ_MODES,
    key_ending: None,
    note: None,
};

pub(super) static ENVIRONMENT: Idiom = Idiom {
    consumer: "libpq, by its environment",
    place: "`PG*` variables in `.env`, compose files, Kubernetes manifests, Helm values, maps of Terraform",
    keys: ["PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"],
    ..LIBPQ
};

/// An `ssl` object checks the host name, too; so must a URL, whatever `require` comes to mean there.
pub(super) static NODE_URL: Idiom = Idiom {
    consumer: "node-postgres",
    place: "a URL that `new Client()` or `new PrismaPg()` is given as it is, there or in `.env` and its like; `url` in \
            `ormconfig.json`, `connection` of Knex in JSON",
    modes: ["verify-full"; 3],
    ..LIBPQ
};

pub(super) static JDBC: Idiom = Idiom {
    consumer: "pgjdbc",
    place: "`jdbc:postgresql:` URLs: Spring, Quarkus, `.env`",
    modes: CHECKED_MODES,
    key_ending: Some("pk8"),
    note: Some("pgjdbc reads the key as PKCS#8 in DER: `openssl pkcs8 -topk8 -nocrypt -outform DER`"),
    ..LIBPQ
};

/// Its `require` checks nothing, as that of pgjdbc, but its key is PEM.
pub(super) static R2DBC: Idiom = Idiom {
    consumer: "R2DBC",
    place: "`r2dbc:postgresql:` URLs: Spring, `.env`",
    keys: ["sslMode", "sslRootCert", "sslCert", "sslKey"],
    modes: CHECKED_MODES,
    key_ending: None,
    note: Some("R2DBC reads the key as PKCS#8 in PEM: `openssl pkcs8 -topk8 -nocrypt`"),
};

/// What a file is named by stands beside a flag of the same name without its last part.
pub(super) static VERTX: Idiom = Idiom {
    consumer: "Vert.x, through Quarkus",
    place: "beside `quarkus.datasource.reactive.url` in properties",
    keys: [
        "postgresql.ssl-mode",
        "trust-certificate-pem.certs",
        "key-certificate-pem.certs",
        "key-certificate-pem.keys",
    ],
    modes: CHECKED_MODES,
    key_ending: None,
    note: None,
};

pub(super) static NPGSQL: Idiom = Idiom {
    consumer: "Npgsql",
    place: "connection strings in `appsettings*.json`; `ConnectionStrings__NAME` in `.env`, compose files, Kubernetes \
            manifests, Helm values",
    keys: ["SSL Mode", "Root Certificate", "SSL Certificate", "SSL Key"],
    modes: ["VerifyCA", "VerifyCA", "VerifyFull"],
    key_ending: None,
    note: None,
};

pub(super) static PGBOUNCER: Idiom = Idiom {
    consumer: "PgBouncer, to all its servers",
    place: "section `pgbouncer` of `pgbouncer.ini`",
    keys: ["server_tls_sslmode", "server_tls_ca_file", "server_tls_cert_file", "server_tls_key_file"],
    modes: CHECKED_MODES,
    key_ending: None,
    note: None,
};

pub(super) static GRAFANA: Idiom = Idiom {
    consumer: "Grafana",
    place: "section `database` of `grafana.ini`, `custom.ini`, `defaults.ini`",
    keys: ["ssl_mode", "ca_cert_path", "client_cert_path", "client_key_path"],
    modes: LIBPQ_MODES,
    key_ending: None,
    note: None,
};

/// Of the client certificate the provider has a block, whose settings are named behind a dot here.
pub(super) static TERRAFORM: Idiom = Idiom {
    consumer: "Terraform's provider `postgresql`",
    place: "`provider \"postgresql\"`, with its block `clientcert`",
    keys: ["sslmode", "sslrootcert", "clientcert.cert", "clientcert.key"],
    ..LIBPQ
};

impl Idiom {
    /// What the family calls a mode of libpq.
    pub fn mode<'m>(&self, wanted: &'m str) -> &'m str {
        LIBPQ_MODES.iter().position(|mode| *mode == wanted).map_or(wanted, |index| self.modes[index])
    }

    /// Whether `require` means that no certificate is checked, even with a CA file.
    pub fn requires_blindly(&self) -> bool {
        self.modes[0] == self.modes[1] && self.modes[1] != self.modes[2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDIOMS: [&Idiom; 10] =
        [&LIBPQ, &ENVIRONMENT, &NODE_URL, &JDBC, &R2DBC, &VERTX, &NPGSQL, &PGBOUNCER, &GRAFANA, &TERRAFORM];

    #[test]
    fn the_documentation_has_every_family() {
        let page = include_str!("../../docs/tls.md");
        for idiom in IDIOMS {
            let keys = idiom.keys.map(|key| format!("`{key}`")).join(", ");
            let row = format!("| {} | {} | {keys} | `{}` |", idiom.consumer, idiom.place, idiom.modes[0]);
            assert!(page.contains(&row), "docs/tls.md has no row\n{row}");
        }
    }

    #[test]
    fn a_mode_is_never_weaker_than_that_of_libpq() {
        for idiom in IDIOMS {
            assert_eq!(idiom.mode("require"), idiom.modes[0]);
            assert_eq!(idiom.mode("verify-full").replace(['-', ' '], "").to_ascii_lowercase(), "verifyfull");
        }
    }
}
