//! The clients of the fixture: each opens one connection the way its application does, from the settings in the
//! repository.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::certificates::ROLE;
use crate::components::Components;
use crate::outcome::Outcome;
use crate::repository::{DATABASE, PASSWORD, Repository};
use crate::scratch::ScratchDirectory;

const SESSION_QUERY: &str = "SELECT concat_ws(' ', ssl, version, client_dn) AS session \
    FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// The settings modules of Django and their PostgreSQL aliases.
const DJANGO_CONNECTIONS: [(&str, &str); 5] = [
    ("settings", "default"),
    ("settings", "tenants"),
    ("settings", "reporting"),
    ("settings_ci", "default"),
    ("settings_worker", "default"),
];

/// How the drivers of the test end when their connection is refused; what crashes ends with another status.
const DRIVER_REFUSED: i32 = 3;
const PSQL_REFUSED: i32 = 2;
const REPORT_REFUSED: i32 = 1;

pub struct Client {
    pub name: String,
    command: Command,
    /// The exit status with which this client reports a refused connection.
    refused_status: i32,
}

impl Client {
    pub fn run(&mut self) -> Outcome {
        let output = self.command.output().expect("`timeout` starts");
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.code() {
            Some(0) => Outcome::Connected { session: printed },
            Some(status) if status == self.refused_status => Outcome::Refused { message },
            _ => Outcome::Broken { message: format!("{}: {message}", output.status) },
        }
    }
}

pub fn all(components: &Components, scratch: &ScratchDirectory, repository: &Repository, port: u16) -> Vec<Client> {
    // Node looks for packages in the folders above a module: this one lies above the repository, not in it.
    symlink(&components.node_modules, scratch.path().join("node_modules")).expect("the scratch folder is ours");
    let applications = Applications {
        components,
        repository,
        database_url: format!("postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"),
        compiled: scratch.folder("compiled"),
    };
    let mut clients = Vec::new();
    for (settings, alias) in DJANGO_CONNECTIONS {
        clients.push(applications.django("psycopg 3", &components.python, settings, alias));
        clients.push(applications.django("psycopg2", &components.python_psycopg2, settings, alias));
    }
    clients.push(applications.node_module("src/app/api/tenant/db-config.js"));
    clients.push(applications.node_module("src/lib/pool.ts"));
    clients.push(applications.report());
    clients.push(applications.psql_from_shell(".env", r#"psql "$EXPORTER_DATABASE_URL""#));
    clients.push(applications.psql_from_shell(".env.psql", "psql"));
    clients.push(applications.psql_from_compose("web"));
    clients.push(applications.psql_from_compose("worker"));
    clients.push(applications.psql_from_service_file());
    clients.push(applications.keywords("config/database.yaml", "production"));
    clients.push(applications.keywords("config/worker.toml", "database"));
    clients
}

struct Applications<'test> {
    components: &'test Components,
    repository: &'test Repository,
    database_url: String,
    compiled: PathBuf,
}

impl Applications<'_> {
    fn django(&self, driver: &str, python: &Path, settings: &str, alias: &str) -> Client {
        let mut command = self.command(python, "backend/pyfactor");
        command
            .args(["manage.py", "shell", "--no-imports", "--command"])
            .arg(include_str!("drivers/django_connection.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DJANGO_SETTINGS_MODULE", format!("pyfactor.{settings}"))
            .env("DJANGO_SECRET_KEY", "not-a-real-key")
            .env("DB_PASSWORD", PASSWORD)
            .env("REPORTING_DATABASE_URL", &self.database_url)
            .env("WORKER_DATABASE_URL", &self.database_url)
            .env("ALIAS", alias);
        Client {
            name: format!("Django with {driver}, `{alias}` of {settings}.py"),
            command,
            refused_status: DRIVER_REFUSED,
        }
    }

    fn node_module(&self, module: &str) -> Client {
        let mut command = self.command(Path::new("node"), "frontend/pyfactor_next");
        command
            .arg("--env-file=.env.production")
            .arg(driver("node_connection.mjs"))
            .args([Path::new(module), &self.compiled]);
        Client { name: format!("node-postgres, {module}"), command, refused_status: DRIVER_REFUSED }
    }

    fn report(&self) -> Client {
        let mut command = self.command(Path::new("node"), "frontend/pyfactor_next");
        command.args(["scripts/report.cjs", SESSION_QUERY]).env("REPORT_DB_PASSWORD", PASSWORD);
        Client { name: "node-postgres, scripts/report.cjs".to_owned(), command, refused_status: REPORT_REFUSED }
    }

    /// A file of variables read by a shell, the strictest of its readers.
    fn psql_from_shell(&self, file: &str, psql: &str) -> Client {
        let mut command = self.command(Path::new("sh"), "services/exporter");
        command.arg("-c").arg(format!(r#"set -a; . ./{file}; {psql} -XAtw -c "$SESSION_QUERY""#));
        Client { name: format!("psql, services/exporter/{file}"), command, refused_status: PSQL_REFUSED }
    }

    fn psql_from_compose(&self, service: &str) -> Client {
        let mut command = self.command(&self.components.python, "");
        command.arg(driver("compose_environment.py"));
        command.args(["docker-compose.yml", service, "psql", "-XAtw", "-c", SESSION_QUERY]);
        Client { name: format!("psql, `{service}` of docker-compose.yml"), command, refused_status: PSQL_REFUSED }
    }

    fn psql_from_service_file(&self) -> Client {
        let mut command = self.command(Path::new("psql"), "");
        command
            .args(["-XAtw", "-c", SESSION_QUERY])
            .env("PGSERVICEFILE", "config/pg_service.conf")
            .env("PGSERVICE", "projectx")
            .env("PGPASSWORD", PASSWORD);
        Client { name: "psql, config/pg_service.conf".to_owned(), command, refused_status: PSQL_REFUSED }
    }

    fn keywords(&self, file: &str, table: &str) -> Client {
        let mut command = self.command(&self.components.python, "");
        command.arg(driver("keyword_table.py")).args([file, table]);
        Client { name: format!("psycopg, {file}"), command, refused_status: DRIVER_REFUSED }
    }

    /// In a folder of the repository, for at most half a minute, with the server's own `psql` and nobody's settings.
    fn command(&self, program: &Path, folder: &str) -> Command {
        let mut search = vec![self.components.postgresql.clone()];
        search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let mut command = Command::new("timeout");
        self.repository
            .clean(&mut command)
            .env("PATH", std::env::join_paths(search).expect("PATH was split into these"))
            .env("SESSION_QUERY", SESSION_QUERY)
            .current_dir(self.repository.path.join(folder))
            .arg("30")
            .arg(program);
        command
    }
}

fn driver(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/drivers").join(name)
}
