//! Programs that take the parts of a connection from variables of their own: what a person writes for them.

use super::super::survey::{Survey, by_default};
use super::Environment;
use crate::migration::Repository;
use crate::path::RepoPath;

/// A program whose variables this migration does not write.
struct Program {
    /// The variable that says which kind of database it has, and what it says of PostgreSQL.
    kind: (&'static str, &'static str),
    /// The variable that says where the database is.
    host: &'static str,
    name: &'static str,
    /// Variables beside which nothing is told: a person has seen to TLS, or a URL takes the place of the parts.
    unless: &'static [&'static str],
    /// What a person writes.
    write: &'static str,
}

const PROGRAMS: [Program; 5] = [
    Program {
        kind: ("DB_CONNECTION", "pgsql"),
        host: "DB_HOST",
        name: "Laravel's connection `pgsql`",
        unless: &[],
        write: "`sslrootcert`, `sslcert` and `sslkey` stand in config/database.php, beside `sslmode`, and PHP is not a format here",
    },
    Program {
        kind: ("GF_DATABASE_TYPE", "postgres"),
        host: "GF_DATABASE_HOST",
        name: "Grafana's own database",
        unless: &["GF_DATABASE_SSL_MODE", "GF_DATABASE_URL"],
        write: "write `GF_DATABASE_SSL_MODE`, `GF_DATABASE_CA_CERT_PATH`, `GF_DATABASE_CLIENT_CERT_PATH` and `GF_DATABASE_CLIENT_KEY_PATH`",
    },
    Program {
        kind: ("KC_DB", "postgres"),
        host: "KC_DB_URL_HOST",
        name: "Keycloak's database",
        unless: &["KC_DB_URL_PROPERTIES", "KC_DB_URL"],
        write: "write `?sslmode=...` and the files, as pgjdbc has them, into `KC_DB_URL_PROPERTIES`",
    },
    Program {
        kind: ("MB_DB_TYPE", "postgres"),
        host: "MB_DB_HOST",
        name: "Metabase's own database",
        unless: &["MB_DB_CONNECTION_URI"],
        write: "write `MB_DB_CONNECTION_URI`, a URL of pgjdbc with `?sslmode=...` and the files, in the place of the parts",
    },
    Program {
        kind: ("DB_TYPE", "postgresdb"),
        host: "DB_POSTGRESDB_HOST",
        name: "n8n's database",
        unless: &["DB_POSTGRESDB_SSL_ENABLED"],
        write: "write `DB_POSTGRESDB_SSL_ENABLED`, `DB_POSTGRESDB_SSL_CA_FILE`, `DB_POSTGRESDB_SSL_CERT_FILE` and `DB_POSTGRESDB_SSL_KEY_FILE`",
    },
];

/// Says of the program that `environment` is for what a person has to write.
pub(super) fn tell(repository: &mut Repository<'_, '_>, path: &RepoPath, environment: &Environment, survey: &Survey) {
    for Program { kind: (variable, postgresql), host, name, unless, write } in &PROGRAMS {
        let value = |name: &str| environment.value(name).map(by_default);
        if value(variable) != Some(postgresql) || unless.iter().any(|name| environment.get(name).is_some()) {
            continue;
        }
        // Grafana's has the port behind it.
        let host = value(host).unwrap_or("");
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        if survey.is_local(path, host) {
            let local = "a database of the compose file beside it without ssl=on";
            repository.skip(path, format!("{name} is at `{host}`, {local}"));
        } else {
            repository.needs_a_person(path, format!("{name}: {write}"));
        }
    }
}
