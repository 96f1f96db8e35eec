//! `migrate doctor` and `migrate certs`: each fault made for real, hostile files, certificates that OpenSSL takes.

mod faults;

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use settings_migrate::diagnostic::Code;
use settings_migrate::tls::{Certificate, Material};

use crate::command::Folder;
pub use faults::fault;

/// The codes that a run raised, in its order.
fn codes(folder: &Folder) -> (Vec<String>, i32) {
    let answer = folder.migrate(&["doctor", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).expect("JSON");
    let codes = json["diagnostics"].as_array().expect("a list").iter().map(|one| one["code"].to_string());
    (codes.map(|code| code.trim_matches('"').to_owned()).collect(), answer.code)
}

#[test]
fn each_fault_is_found_and_shows_no_key() {
    let mut failures = Vec::new();
    let mut count = 0;
    for code in Code::ALL {
        let Some(folder) = fault(*code) else { continue };
        count += 1;
        let (found, exit) = codes(&folder);
        let answer = folder.migrate(&["doctor"]);
        let is_failure = answer.stdout.contains("error[");
        if !found.iter().any(|one| one == code.id()) || (exit == 1) != is_failure || exit > 1 {
            failures.push(format!(
                "{} ({code:?}): {found:?}, exit {exit}\n{}{}",
                code.id(),
                answer.stdout,
                answer.stderr
            ));
        }
        // Only what comes with the fault by its nature may stand beside it.
        let expected = [code.id(), "D0124", "D0114", "D0103", "D0117", "D0106", "D0107", "D0102"];
        let beside: Vec<&String> = found.iter().filter(|one| !expected.contains(&one.as_str())).collect();
        if !beside.is_empty() {
            failures.push(format!("{} ({code:?}) comes with {beside:?}\n{}", code.id(), answer.stdout));
        }
        for (name, file) in folder.files().iter().filter(|(name, _)| name.contains("key")) {
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            let lines = text.lines().filter(|line| line.len() > 30 && !line.contains("-----"));
            assert!(lines.into_iter().all(|line| !answer.stdout.contains(line)), "{code:?} shows {name}");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert_eq!(count, Code::ALL.iter().filter(|code| code.id().starts_with("D01")).count());
}

#[test]
fn a_sound_repository_has_relative_paths_only() {
    let folder = faults::sound();
    let before = folder.files();
    assert_eq!(codes(&folder), (vec!["D0124".to_owned()], 0));
    let absolute = faults::SERVICE.replace("certs/", &format!("{}/certs/", folder.path().display()));
    folder.write("pg_service.conf", absolute.as_bytes());
    assert_eq!(codes(&folder), (vec![], 0));
    let answer = folder.migrate(&["doctor", "tls"]).expect(0);
    assert!(
        answer.stdout.contains("1 place with TLS settings, 3 files looked at: nothing found."),
        "{}",
        answer.stdout
    );
    folder.write("pg_service.conf", faults::SERVICE.as_bytes());
    assert_eq!(folder.files(), before, "doctor wrote something");
}

#[test]
fn settings_are_found_in_every_language() {
    let python = "DATABASES = {'default': {'HOST': 'db', 'USER': 'shop', 'OPTIONS': {\n    'sslmode': 'require',\n    \
                  'sslkey': BASE_DIR / 'certs' / 'client-key.pem',\n}}}\n";
    let node = "import { Pool } from 'pg';\nimport { readFileSync } from 'node:fs';\nimport { createSecureContext } from \
                'node:tls';\nnew Pool({ ssl: { get secureContext() { return createSecureContext({\n  key: \
                readFileSync('certs/client-key.pem', 'utf8') }); } } });\n";
    let old =
        "const fs = require('fs');\nnew Pool({ ssl: { key: fs.readFileSync(`certs/client-key.pem`).toString() } });\n";
    let cases = [
        ("app/settings.py", python),
        ("db.ts", node),
        ("db.cjs", old),
        (".env", "DATABASE_URL=\"postgres://shop@db/shop?sslmode=verify-full&sslkey=certs/client-key.pem\"\n"),
        (".env", "PGSSLKEY=certs/client-key.pem\nPGSSLMODE=verify-full\n"),
        ("compose.yaml", "services:\n  web:\n    environment:\n      - PGSSLKEY=certs/client-key.pem\n"),
        ("compose.yaml", "services:\n  db:\n    command: postgres -c ssl=on -c ssl_key_file=certs/client-key.pem\n"),
        ("app.toml", "[database]\ndsn = \"host=db sslmode=verify-full sslkey=certs/client-key.pem\"\n"),
        (
            "pgbouncer.ini",
            "[pgbouncer]\nserver_tls_sslmode = verify-full\nserver_tls_key_file = certs/client-key.pem\n",
        ),
        ("config/database.yml", "production:\n  sslmode: verify-full\n  sslkey: certs/client-key.pem\n"),
    ];
    for (name, text) in cases {
        let folder = Folder::repository(&[(name, text)]);
        faults::put(&folder, "client-key.pem", include_str!("../../fixtures/tls/sec1-key.pem"), 0o644);
        let (found, exit) = codes(&folder);
        assert!(found.contains(&"D0101".to_owned()) && exit == 1, "{name}: {found:?}\n{text}");
    }
}

/// Only a server that compares the two makes it a fault that a certificate is for another role.
#[test]
fn another_role_is_a_finding_where_a_server_asks_for_it() {
    let cases = [
        ("app/main.py", "print('no server here')\n", false),
        ("pg_hba.conf", "hostssl all all 0.0.0.0/0 cert\n", true),
        (
            "pg_hba.conf",
            "# hostssl all all 0.0.0.0/0 cert\nhostssl all all all scram-sha-256 clientcert=verify-ca\n",
            false,
        ),
        ("db/pg_hba.conf", "host shop \"admin\",other 10.0.0.0 255.0.0.0 md5 clientcert=verify-full\n", true),
        ("db/pg_hba.conf", "hostssl all other all cert\nhostnossl all admin all cert\nlocal all admin cert\n", false),
        ("db/pg_hba.conf", "hostssl all all all cert map=names\nhostssl all +admin all cert\n", false),
        ("compose.yaml", "services:\n  db:\n    environment:\n      POSTGRES_HOST_AUTH_METHOD: cert\n", true),
        ("compose.yaml", "services:\n  db:\n    environment: [POSTGRES_HOST_AUTH_METHOD=cert]\n", true),
        ("compose.yaml", "services:\n  db:\n    environment: [POSTGRES_HOST_AUTH_METHOD=md5]\n", false),
    ];
    for (name, text, expected) in cases {
        let folder = faults::sound();
        folder.write("pg_service.conf", faults::SERVICE.replace("host=db", "host=db\nuser=admin").as_bytes());
        folder.write(name, text.as_bytes());
        let (found, _) = codes(&folder);
        assert_eq!(found.contains(&"D0133".to_owned()), expected, "{name}: {found:?}\n{text}");
    }
}

#[test]
fn hostile_files_are_findings() {
    let huge = "A".repeat(2 * 1024 * 1024);
    let begin = "-----BEGIN CERTIFICATE-----\n".repeat(20_000);
    let cases: [&[u8]; 9] = [
        b"",
        b"\0\xff\xfe garbage",
        b"-----BEGIN ",
        b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB",
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        "-----BEGIN \u{fffd}\u{e9}-----".as_bytes(),
        huge.as_bytes(),
        begin.as_bytes(),
    ];
    let start = Instant::now();
    for bytes in cases {
        for name in ["server-ca.pem", "client-cert.pem", "client-key.pem"] {
            let folder = faults::sound();
            folder.write(&format!("certs/{name}"), bytes);
            let (found, exit) = codes(&folder);
            let named = found.iter().any(|one| one == "D0108" || one == "D0109");
            assert!(named && exit == 1, "{name}: {found:?} for {:?}", &bytes[..bytes.len().min(40)]);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "it hangs");
}

#[test]
fn keys_of_all_kinds_tell_whose_they_are() {
    let read = |text: &str| Material::read(text.as_bytes()).expect("it reads");
    let elliptic = include_str!("../../fixtures/tls/version-1.pem");
    let cases = [
        (elliptic, include_str!("../../fixtures/tls/sec1-key.pem")),
        (elliptic, include_str!("../../fixtures/tls/pkcs8-key.pem")),
        (include_str!("../../fixtures/tls/rsa-cert.pem"), include_str!("../../fixtures/tls/pkcs1-key.pem")),
        (include_str!("../../fixtures/tls/ed25519-cert.pem"), include_str!("../../fixtures/tls/ed25519-key.pem")),
    ];
    for (index, (certificate, key)) in cases.iter().enumerate() {
        for (other, (_, other_key)) in cases.iter().enumerate() {
            let own: &Certificate = &read(certificate).certificates[0];
            let same = cases[index].0 == cases[other].0;
            assert_eq!(read(other_key).keys[0].belongs_to(own), Some(same), "{index} and {other}: {key}");
        }
    }
}

#[test]
fn an_error_is_explained_without_a_repository() {
    let folder = Folder::new();
    let explain = |text: &str, exit| folder.migrate(&["doctor", "--explain-error", text]).expect(exit).stdout;
    let text = "OperationalError: connection failed: server does not support SSL, but SSL was required";
    assert!(explain(text, 0).contains("ssl = off"), "{}", explain(text, 0));
    assert!(explain("division by zero", 1).contains("not known"));
    let run = |arguments: &[&OsStr], input: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_migrate"));
        program.current_dir(folder.path()).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = program.spawn().expect("the program");
        program.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it is read");
        String::from_utf8_lossy(&program.wait_with_output().expect("its answer").stdout).into_owned()
    };
    let [doctor, explain_error] = ["doctor", "--explain-error"].map(OsStr::new);
    let torn = OsStr::from_bytes(b"could not load private key file \"/k\": \xff\xfe\x80");
    assert!(run(&[doctor, explain_error, torn], "").contains("the key can not be read"));
    assert!(run(&[doctor, explain_error, OsStr::new("-")], text).contains("ssl = off"));
    let json = folder.migrate(&["doctor", "--explain-error", text, "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["result"]["errors"][0]["name"], "the server has no TLS");
}

#[test]
fn development_certificates_are_sound_and_never_overwrite() {
    let service = faults::SERVICE.replace("host=db", "host=db\nuser=shop").replace("certs/", "certificates/");
    let folder = Folder::repository(&[("pg_service.conf", &service), (".gitignore", "node_modules\n")]);
    let make = ["certs", "dev", "--host", "db,10.0.0.5"];
    let dry = folder.migrate(&[&make[..], &["-n"]].concat()).expect(0);
    assert!(dry.stdout.contains("Nothing was written") && folder.files().len() == 2, "{}", dry.stdout);
    let answer = folder.migrate(&make).expect(0);
    for words in ["CN=shop", "db, 10.0.0.5, localhost", "+ /certificates/*-key.pem", "For development only."] {
        assert!(answer.stdout.contains(words), "`{words}` is not in\n{}", answer.stdout);
    }
    let files = folder.files();
    for (name, file) in &files {
        assert!(!name.ends_with("-key.pem") || file.mode == 0o600, "{name}: {:o}", file.mode);
    }
    assert!(!files.contains_key("certificates/server-ca-key.pem"), "the key of the CA was kept");
    assert_eq!(folder.read(".gitignore"), "node_modules\n/certificates/*-key.pem\n");
    assert_eq!(codes(&folder), (vec!["D0124".to_owned()], 0));
    let shown = folder.migrate(&["certs", "show", "certificates/server-cert.pem"]).expect(0).stdout;
    assert!(shown.contains("10.0.0.5") && shown.contains("server"), "{shown}");
    let shown = folder.migrate(&["certs", "show", "certificates/client-key.pem"]).expect(0).stdout;
    assert!(shown.contains("private key") && shown.lines().count() == 2, "{shown}");
    let again = folder.migrate(&make).expect(2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert_eq!(folder.files(), files, "the second run wrote");
    taken_by_openssl(&folder);
}

/// What another reader says of the certificates.
fn taken_by_openssl(folder: &Folder) {
    let openssl = |arguments: &[&str]| {
        Command::new("openssl").current_dir(folder.path().join("certificates")).args(arguments).output()
    };
    let Ok(version) = openssl(&["version"]) else {
        println!("openssl is not installed: its verdict is skipped");
        return;
    };
    assert!(version.status.success());
    for arguments in [
        &["verify", "-x509_strict", "-CAfile", "server-ca.pem", "-purpose", "sslserver", "-verify_hostname", "db"][..],
        &["verify", "-x509_strict", "-CAfile", "server-ca.pem", "-purpose", "sslserver", "-verify_ip", "10.0.0.5"],
        &["verify", "-x509_strict", "-CAfile", "server-ca.pem", "-purpose", "sslclient"],
    ] {
        let leaf = if arguments.contains(&"sslclient") { "client-cert.pem" } else { "server-cert.pem" };
        let output = openssl(&[arguments, &[leaf]].concat()).expect("openssl");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_line_of_a_finding_is_not_shown_where_something_beside_it_says_that_it_holds_a_secret() {
    let line = "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2x\", \"host\": \"db\", \"dbname\": \"shop\", \"sslmode\": \"disable\"}\n";
    let folder = Folder::with(&[("app.json", line)]);
    let answer = folder.migrate(&["doctor"]);
    assert!(answer.stdout.contains("D0102") && answer.stdout.contains("app.json"), "{}", answer.stdout);
    assert!(!answer.stdout.contains("hunter2x"), "{}", answer.stdout);
}
