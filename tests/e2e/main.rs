//! The main job on real components: a PostgreSQL that admits only TLS with a client certificate, and the
//! applications of `fixtures/repos/projectx` (Django, node-postgres, psql, psycopg) before `migrate up`, after it, and
//! after `migrate down`.
//!
//! `.ci/run` installs the components below `$MIGRATE_E2E_HOME` (default `target/e2e`). Where one is missing the test
//! says so and passes; with `MIGRATE_E2E=require` it fails instead.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the doors of the program do not bind the test that watches it from outside"
)]

mod certificates;
mod clients;
mod components;
mod diagnosis;
mod frameworks;
mod hooks;
#[path = "../it/certificates.rs"]
mod made;
mod outcome;
mod repository;
mod scratch;
mod server;

use std::collections::BTreeSet;
use std::io::Write;

use certificates::Certificates;
use clients::Client;
use components::Components;
use outcome::Expected;
use repository::Repository;
use scratch::ScratchDirectory;
use server::Server;

/// What the migration has to edit; every other file of the fixture stays as it is.
const EDITED: [&str; 12] = [
    "backend/pyfactor/pyfactor/settings.py",
    "backend/pyfactor/pyfactor/settings_ci.py",
    "backend/pyfactor/pyfactor/settings_worker.py",
    "config/database.yaml",
    "config/pg_service.conf",
    "config/worker.toml",
    "docker-compose.yml",
    "frontend/pyfactor_next/scripts/report.cjs",
    "frontend/pyfactor_next/src/app/api/tenant/db-config.js",
    "frontend/pyfactor_next/src/lib/pool.ts",
    "services/exporter/.env",
    "services/exporter/.env.psql",
];

#[test]
fn every_application_of_a_repository_gets_tls_and_loses_it_again() {
    let components = match Components::find() {
        Ok(components) => components,
        Err(missing) => return skip(&missing),
    };
    let scratch = ScratchDirectory::create("tls");
    let certificates = Certificates::create(&scratch.folder("certificates"));
    let server = Server::start(&components, &scratch.folder("server"), &certificates);
    let repository = Repository::copy_fixture(&scratch, server.port);
    let mut clients = clients::all(&components, &scratch, &repository, server.port);
    let up = ["up", "--set", &format!("certs={}", certificates.deployed.display())];

    let original = repository.snapshot();
    check(&mut clients, "before `up`", Expected::RefusedByServer);

    repository.migrate(&up);
    let migrated = repository.snapshot();
    let edited = original.differences(&migrated);
    assert_eq!(edited, BTreeSet::from(EDITED.map(String::from)), "the files that `up` edited");
    check(&mut clients, "after `up`", Expected::ConnectedOverTls);

    certificates.swap_in_imposter();
    check(&mut clients, "with the CA of an imposter", Expected::RejectedByClient);
    certificates.restore_authority();

    certificates.hide();
    check(&mut clients, "without certificate files", Expected::Refused);
    certificates.restore_hidden();

    repository.migrate(&up);
    let written = migrated.written(&repository.snapshot());
    assert_eq!(written, BTreeSet::new(), "what a second `up` wrote");
    check(&mut clients, "after a second `up`", Expected::ConnectedOverTls);

    repository.migrate(&["down"]);
    let left = original.differences(&repository.snapshot());
    assert_eq!(left, BTreeSet::new(), "what `down` did not restore");
    check(&mut clients, "after `down`", Expected::RefusedByServer);
}

/// Says why nothing was tested on standard error itself, past the capturing of test output.
fn skip(missing: &[String]) {
    let sentence =
        format!("The end-to-end test did not run: missing {}; `.ci/run` installs what it needs.", missing.join(", "));
    let required = std::env::var("MIGRATE_E2E").is_ok_and(|value| value == "require");
    assert!(!required, "{sentence}");
    writeln!(std::io::stderr(), "{sentence}").expect("standard error is open");
}

/// Runs every client before it judges, so that one failure does not hide another.
fn check(clients: &mut [Client], situation: &str, expected: Expected) {
    let mut failures = Vec::new();
    for client in clients.iter_mut() {
        let outcome = client.run();
        if !expected.is_met_by(&outcome) {
            failures.push(format!("{}: {outcome}", client.name));
        }
    }
    assert!(failures.is_empty(), "{situation} these clients were not {expected}:\n{}", failures.join("\n"));
    println!("{situation}: {} clients were {expected}", clients.len());
}
