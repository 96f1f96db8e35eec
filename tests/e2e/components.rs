//! Where the real components are on this machine, or what is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NODE_PACKAGES: [&str; 6] = ["pg", "typescript", "knex", "sequelize", "typeorm", "reflect-metadata"];

pub struct Components {
    /// The folder of `initdb`, `postgres` and their `psql`.
    pub postgresql: PathBuf,
    /// PostgreSQL refuses to run as root, and then runs as the user `postgres`.
    pub is_root: bool,
    /// A Python with Django, psycopg 3, SQLAlchemy and asyncpg.
    pub python: PathBuf,
    /// A Python with Django and psycopg2.
    pub python_psycopg2: PathBuf,
    /// With `NODE_PACKAGES`.
    pub node_modules: PathBuf,
}

impl Components {
    /// The components, or the names of those that are missing.
    pub fn find() -> Result<Components, Vec<String>> {
        let home = home();
        let postgresql = postgresql_programs();
        let is_root = is_root();
        let python = home.join("venv/bin/python");
        let python_psycopg2 = home.join("venv2/bin/python");
        let node_modules = home.join("node_modules");

        let mut missing = Vec::new();
        if postgresql.is_none() {
            missing.push("the programs of a PostgreSQL server".to_owned());
        }
        let mut programs = vec!["openssl", "git", "node", "timeout"];
        if is_root {
            programs.push("setpriv");
            if !user_exists("postgres") {
                missing.push("the user `postgres`, as which root runs a server".to_owned());
            }
        }
        for program in programs.into_iter().filter(|program| on_path(program).is_none()) {
            missing.push(format!("the program `{program}`"));
        }
        let of_node = NODE_PACKAGES.map(|name| node_modules.join(name));
        for package in [&python, &python_psycopg2].into_iter().chain(&of_node).filter(|package| !package.exists()) {
            missing.push(package.display().to_string());
        }
        if python.exists() && !imports(&python, "sqlalchemy, asyncpg") {
            missing.push("SQLAlchemy and asyncpg for Python".to_owned());
        }
        match postgresql {
            Some(postgresql) if missing.is_empty() => {
                Ok(Components { postgresql, is_root, python, python_psycopg2, node_modules })
            }
            _ => Err(missing),
        }
    }
}

/// Where `.ci/run` puts components.
pub fn home() -> PathBuf {
    let home = match std::env::var_os("MIGRATE_E2E_HOME") {
        Some(home) => PathBuf::from(home),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e"),
    };
    // Clients run in folders of the repository, where a relative path would lead elsewhere.
    std::path::absolute(home).expect("the folder of the components has a name")
}

/// Debian keeps the programs of each server version in a folder of its own, outside `PATH`; the newest is taken.
fn postgresql_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter(|version| version.path().join("bin/initdb").exists())
        .filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok())
        .max();
    match newest {
        Some(version) => Some(PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"))),
        None => Some(on_path("initdb")?.parent()?.to_owned()),
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn imports(python: &Path, modules: &str) -> bool {
    Command::new(python).args(["-c", &format!("import {modules}")]).output().is_ok_and(|output| output.status.success())
}

fn user_exists(name: &str) -> bool {
    Command::new("id").arg(name).output().is_ok_and(|output| output.status.success())
}
