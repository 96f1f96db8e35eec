//! Libraries that the fixture does not use: what `migrate up` writes for them connects, and strict clients take what
//! `certs dev` makes, by name and by address.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::certificates::{Certificates, ROLE};
use crate::components::Components;
use crate::repository::{DATABASE, PASSWORD};
use crate::scratch::{ScratchDirectory, run};
use crate::server::Server;
use crate::skip;

const KNEX: &str = "module.exports = {
  production: {
    client: 'pg',
    connection: { host: 'localhost', port: {port}, user: '{role}', password: '{password}', database: '{database}' },
  },
};
";
const SEQUELIZE: &str = "module.exports = {
  production: {
    dialect: 'postgres',
    host: '127.0.0.1',
    port: {port},
    username: '{role}',
    password: '{password}',
    database: '{database}',
    logging: false,
  },
};
";
const TYPEORM: &str = "require('reflect-metadata');
const { DataSource } = require('typeorm');

module.exports = new DataSource({
  type: 'postgres',
  host: 'localhost',
  port: {port},
  username: '{role}',
  password: '{password}',
  database: '{database}',
});
";
const OPTIONS: &str = "module.exports = { type: 'postgres', host: 'localhost', port: {port}, username: '{role}', password: '{password}', database: '{database}' };\n";
const SOURCE: &str = "const { DataSource } = require('typeorm');
const options = require('./options');

module.exports = new DataSource(options);
";
const ORMCONFIG: &str =
    "{ \"type\": \"postgres\", \"url\": \"postgresql://{role}:{password}@localhost:{port}/{database}\" }\n";
const KNEX_JSON: &str = "{ \"database\": { \"client\": \"pg\", \"connection\": \"postgresql://{role}:{password}@localhost:{port}/{database}\" } }\n";
const SQLALCHEMY: &str = "SQLALCHEMY_DATABASE_URI = 'postgresql+psycopg://{role}:{password}@localhost:{port}/{database}?connect_timeout=10'\n";
const ASYNCPG: &str = "DATABASE_URL=postgresql://{role}:{password}@localhost:{port}/{database}\n";
const CALLS: &str = r#"import asyncpg
import psycopg
from sqlalchemy import create_engine

URL = "postgresql+psycopg://{role}:{password}@localhost:{port}/{database}"
SERVER = {"host": "localhost", "port": {port}, "user": "{role}", "password": "{password}", "dbname": "{database}"}

named = create_engine(URL, pool_size=1)
engine = create_engine("postgresql+psycopg://{role}:{password}@localhost:{port}/{database}", pool_size=1)
handed = create_engine(
    "postgresql+psycopg://{role}:{password}@localhost:{port}/{database}",
    connect_args={"connect_timeout": 10}
)


def by_arguments():
    return psycopg.connect(host="localhost", port={port}, user="{role}", password="{password}", dbname="{database}")


def by_text():
    return psycopg.connect("host=localhost port={port} user={role} password={password} dbname={database}")


def by_dict():
    return psycopg.connect(**SERVER)


async def later():
    return await asyncpg.connect("postgresql://{role}:{password}@localhost:{port}/{database}")


async def by_keywords():
    return await asyncpg.connect(host="localhost", port={port}, user="{role}", password="{password}", database="{database}")
"#;
const FILES: [(&str, &str); 11] = [
    ("node/knexfile.js", KNEX),
    ("node/config/config.js", SEQUELIZE),
    ("node/data-source.js", TYPEORM),
    ("node/options.js", OPTIONS),
    ("node/source.js", SOURCE),
    ("node/ormconfig.json", ORMCONFIG),
    ("node/config/default.json", KNEX_JSON),
    (
        "node/package.json",
        "{ \"dependencies\": { \"pg\": \"8\", \"knex\": \"3\", \"sequelize\": \"6\", \"typeorm\": \"1\" } }\n",
    ),
    ("python/config.py", SQLALCHEMY),
    ("python/calls.py", CALLS),
    ("python/.env", ASYNCPG),
];

#[test]
fn what_is_written_for_each_library_connects() {
    let components = match Components::find() {
        Ok(components) => components,
        Err(missing) => return skip(&missing),
    };
    let scratch = ScratchDirectory::create("libraries");
    let certificates = Certificates::create(&scratch.folder("certificates"));
    let server = Server::start(&components, &scratch.folder("server"), &certificates);
    let repository = scratch.folder("repository");
    symlink(&components.node_modules, scratch.path().join("node_modules")).expect("the scratch folder is ours");
    for (name, text) in FILES {
        let path = repository.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is ours");
        let port = server.port.to_string();
        let words = [("{role}", ROLE), ("{password}", PASSWORD), ("{database}", DATABASE), ("{port}", port.as_str())];
        let text = words.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        fs::write(path, text).expect("the folder is ours");
    }
    run(Command::new("git").args(["init", "--quiet"]).arg(&repository));
    run(Command::new(env!("CARGO_BIN_EXE_migrate")).arg("-C").arg(&repository).args([
        "up",
        "--set",
        &format!("certs={}", certificates.deployed.display()),
    ]));
    let verified = migrate(&repository, &["verify"]);
    assert!(verified.contains("all of it holds"), "{verified}");

    let driver = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/drivers").join(name);
    let address = format!("postgresql://{ROLE}:{PASSWORD}@HOST:{}/{DATABASE}", server.port);
    let mut node = Command::new("node");
    node.arg(driver("libraries.cjs")).current_dir(repository.join("node"));
    let mut python = Command::new(&components.python);
    python.arg(driver("libraries.py")).current_dir(repository.join("python")).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut seen = String::new();
    for mut command in [node, python] {
        command.env("CERTIFICATES", &certificates.deployed).env("ADDRESS", &address);
        seen += &String::from_utf8_lossy(&run(&mut command).stdout);
    }
    let names: Vec<&str> = seen.lines().map(|line| line.split(':').next().unwrap_or("")).collect();
    let expected = [
        "Knex",
        "Sequelize",
        "TypeORM",
        "TypeORM, by a module",
        "TypeORM, by a URL in JSON",
        "Knex, by a URL in JSON",
        "node by name",
        "node by address",
        "SQLAlchemy",
        "SQLAlchemy, by the URL in its call",
        "SQLAlchemy, by its connect_args",
        "SQLAlchemy, by a name",
        "psycopg, by its arguments",
        "psycopg, by its text",
        "psycopg, by its dict",
        "asyncpg by its URL",
        "asyncpg by the URL in its call",
        "asyncpg by keywords",
        "asyncpg, strict, by name",
        "asyncpg, strict, by address",
    ];
    assert_eq!(names, expected, "{seen}");
    assert!(seen.lines().all(|line| line.ends_with(&format!(": true /CN={ROLE}"))), "{seen}");
    for host in ["localhost", "127.0.0.1"] {
        let files = [("sslrootcert", "server-ca.pem"), ("sslcert", "client-cert.pem"), ("sslkey", "client-key.pem")];
        let files = files.map(|(name, file)| format!("{name}={}", certificates.deployed.join(file).display()));
        let words = format!("host={host} port={} user={ROLE} dbname={DATABASE} sslmode=verify-full", server.port);
        let mut psql = Command::new(components.postgresql.join("psql"));
        psql.env("PGPASSWORD", PASSWORD).args(["-XAtwq", "-c", "SELECT 'in'", &format!("{words} {}", files.join(" "))]);
        assert_eq!(run(&mut psql).stdout, b"in\n", "psql, verify-full, {host}");
    }
}

/// What the program prints there.
fn migrate(repository: &Path, arguments: &[&str]) -> String {
    let output = run(Command::new(env!("CARGO_BIN_EXE_migrate")).arg("-C").arg(repository).args(arguments));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
