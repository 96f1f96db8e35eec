//! Requires TLS, with client certificates, for every PostgreSQL connection that the repository configures.
//!
//! Each connection is configured once, in the code that opens it. A URL or a set of `PG*` variables is edited
//! only where no such code reads it, for the driver that does read it; what is left alone has its reason.

mod address;
mod ci;
mod django;
mod environment;
mod idiom;
mod merges;
mod node;
mod npgsql;
mod python;
mod rest;
mod settings;
mod survey;
mod table;
mod terraform;
mod vertx;

use crate::migration::{Native, Repository, Targets, Variable, Variables};
use settings::Settings;
use survey::Survey;

/// TLS with client certificates for PostgreSQL connections.
pub struct EnableSsl;

/// The migration `enable_ssl`.
pub static MIGRATION: EnableSsl = EnableSsl;

impl Native for EnableSsl {
    fn title(&self) -> &str {
        "Require TLS for PostgreSQL"
    }

    fn why(&self) -> &str {
        "Database traffic in clear text can be read and changed on its way; with client certificates the server knows who connects."
    }

    fn takes_away(&self) -> &str {
        "TLS is removed from the PostgreSQL connections in these files"
    }

    fn revision(&self) -> u32 {
        2
    }

    fn variables(&self) -> Vec<Variable> {
        settings::variables()
    }

    fn targets(&self) -> Targets {
        Targets::new(
            [
                "**/*.py",
                "**/*.js",
                "**/*.mjs",
                "**/*.cjs",
                "**/*.jsx",
                "**/*.ts",
                "**/*.mts",
                "**/*.cts",
                "**/*.tsx",
                "**/.env",
                "**/.envrc",
                "**/.env.*",
                "**/*.env",
                "**/*.yaml",
                "**/*.yml",
                "**/*.toml",
                "**/*.ini",
                "**/*.cfg",
                "**/*.properties",
                "**/*.tf",
                "**/*.tfvars",
                "**/postgrest.conf",
                "**/appsettings*.json",
                "**/config.json",
                "**/config/*.json",
                "**/ormconfig.json",
                "**/pg_service.conf",
                "**/.pg_service.conf",
                "**/*.prisma",
                "**/*.csproj",
            ],
            [
                "postg",
                "host",
                "database",
                "dbname",
                "'pg'",
                "\"pg\"",
                "_url",
                "_uri",
                "_dsn",
                "node_tls_",
                "npgsql",
                "pg8000",
                "psycopg",
                "typeorm",
            ],
        )
    }

    fn up(&self, repository: &mut Repository<'_, '_>, variables: &Variables) -> anyhow::Result<()> {
        let settings = Settings::new(variables);
        let survey = Survey::of(repository)?;
        django::apply(repository, &survey, &settings)?;
        node::apply(repository, &survey, &settings)?;
        python::apply(repository, &survey, &settings)?;
        environment::apply(repository, &survey, &settings)?;
        vertx::apply(repository, &survey, &settings)?;
        table::apply(repository, &survey, &settings)?;
        npgsql::apply(repository, &survey, &settings)?;
        terraform::apply(repository, &settings)?;
        rest::apply(repository);
        Ok(())
    }
}
