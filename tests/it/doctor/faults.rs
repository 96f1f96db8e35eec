//! For each finding of `migrate doctor` a repository that has it.

use std::os::unix::fs::PermissionsExt;

use rcgen::ExtendedKeyUsagePurpose;
use settings_migrate::diagnostic::Code;

use crate::certificates::{Authority, CLIENT, Leaf, SERVER};
use crate::command::Folder;

/// A libpq service file with all four settings.
pub const SERVICE: &str = "[shop]\nhost=db\nsslmode=verify-full\nsslrootcert=certs/server-ca.pem\n\
                           sslcert=certs/client-cert.pem\nsslkey=certs/client-key.pem\n";
const POOL: &str = "import { Pool } from 'pg';\nexport const pool = new Pool({\n";

/// A repository in which nothing is wrong but that its paths are relative.
pub fn sound() -> Folder {
    with(&Authority::new(), &CLIENT)
}

/// A repository with a client's certificate that is made like this.
fn with(authority: &Authority, leaf: &Leaf) -> Folder {
    let folder = Folder::repository(&[("pg_service.conf", SERVICE), (".gitignore", "*-key.pem\n")]);
    let (certificate, key) = authority.sign(leaf);
    put(&folder, "server-ca.pem", &authority.pem, 0o644);
    put(&folder, "client-cert.pem", &certificate, 0o644);
    put(&folder, "client-key.pem", &key, 0o600);
    folder
}

/// The same with the file `name` replaced.
fn replaced(name: &str, text: &str) -> Folder {
    let folder = sound();
    put(&folder, name, text, if name.contains("key") { 0o600 } else { 0o644 });
    folder
}

fn served(leaf: &Leaf) -> Folder {
    let authority = Authority::new();
    let folder = with(&authority, &CLIENT);
    put(&folder, "server-cert.pem", &authority.sign(leaf).0, 0o644);
    folder
}

fn service(before: &str, after: &str) -> Folder {
    let folder = sound();
    folder.write("pg_service.conf", SERVICE.replace(before, after).as_bytes());
    folder
}

/// A pool of node-postgres with these settings.
fn pool(settings: &str) -> Folder {
    Folder::repository(&[("db.mjs", &format!("{POOL}  {settings},\n}});\n"))])
}

pub fn put(folder: &Folder, name: &str, text: &str, mode: u32) {
    let name = format!("certs/{name}");
    folder.write(&name, text.as_bytes());
    chmod(folder, &name, mode);
}

fn chmod(folder: &Folder, name: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder.path().join(name), permissions).expect("the mode");
}

/// A repository that raises `code`; `None` where that is no finding of `doctor`.
pub fn fault(code: Code) -> Option<Folder> {
    let encrypted = include_str!("../../../fixtures/tls/encrypted-key.pem");
    Some(match code {
        Code::KeyMode => {
            let folder = sound();
            chmod(&folder, "certs/client-key.pem", 0o644);
            folder
        }
        Code::Unchecked => service("verify-full\nsslrootcert=certs/server-ca.pem", "require"),
        Code::KeyMismatch => replaced("client-key.pem", &Authority::new().sign(&CLIENT).1),
        Code::ObjectDropped => {
            let pool = format!("{POOL}  connectionString: process.env.DATABASE_URL,\n  ssl: {{ ca }},\n}});\n");
            Folder::repository(&[("db.mjs", &pool), (".env", "DATABASE_URL=postgres://db/shop?sslmode=verify-full\n")])
        }
        Code::EndsSoon => with(&Authority::new(), &Leaf { until: 12, ..CLIENT }),
        Code::OneMachine => service("certs/server-ca.pem", "/Users/me/shop/certs/server-ca.pem"),
        Code::TlsFileMissing => service("sslcert=certs", "sslcert=certificates"),
        Code::TlsFileUnreadable => {
            let folder = service("certs/client-key.pem", "certs/pipe-key.pem");
            let status = std::process::Command::new("mkfifo").arg(folder.path().join("certs/pipe-key.pem")).status();
            assert!(status.expect("mkfifo").success());
            folder
        }
        Code::NotPem => replaced("server-ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        Code::Swapped => service("sslcert=certs/client-cert.pem", "sslcert=certs/client-key.pem"),
        Code::EncryptedKey => replaced("client-key.pem", encrypted),
        Code::Expired => with(&Authority::new(), &Leaf { from: -40, until: -10, ..CLIENT }),
        Code::NotYetValid => with(&Authority::new(), &Leaf { from: 10, ..CLIENT }),
        Code::OtherCa => replaced("server-ca.pem", &Authority::new().pem),
        Code::NotACa => replaced("server-ca.pem", &Authority::with(false, true).pem),
        Code::WrongUsage => with(&Authority::new(), &Leaf { usage: ExtendedKeyUsagePurpose::ServerAuth, ..CLIENT }),
        Code::HostNotCovered => served(&Leaf { hosts: &["localhost", "10.0.0.5"], ..SERVER }),
        Code::CommonNameOnly => served(&Leaf { hosts: &[], ..SERVER }),
        Code::Version1 => replaced("client-cert.pem", include_str!("../../../fixtures/tls/version-1.pem")),
        Code::WeakCertificate => replaced("server-ca.pem", include_str!("../../../fixtures/tls/rsa-1024.pem")),
        Code::KeyInGit => {
            let folder = sound();
            folder.write(".gitignore", b"");
            folder.commit();
            folder
        }
        Code::Unverified => {
            let pool = format!("{POOL}  host: 'db',\n  ssl: {{ rejectUnauthorized: false }},\n}});\n");
            Folder::repository(&[("db.mjs", &pool)])
        }
        Code::NodeUnverified => Folder::repository(&[(".env", "NODE_TLS_REJECT_UNAUTHORIZED=0\n")]),
        Code::RelativePath => sound(),
        Code::TildePath => service("certs/server-ca.pem", "~/certs/server-ca.pem"),
        Code::NotStrict => with(&Authority::with(true, false), &CLIENT),
        Code::OpenFolder => {
            let folder = sound();
            chmod(&folder, "certs", 0o777);
            folder
        }
        Code::BadMode => service("verify-full", "required"),
        Code::SettingIgnored => pool("host: 'db', sslmode: 'require'"),
        Code::SettingRefused => pool("host: 'db', ssl: 'require'"),
        Code::PathForContent => pool("host: 'db', ssl: { ca: '/etc/shop/server-ca.pem' }"),
        Code::NextMajor => {
            let url = "DATABASE_URL=postgres://shop@db/shop?sslmode=require\n";
            let files = [("db.mjs", format!("{POOL}  connectionString: process.env.DATABASE_URL,\n}});\n"))];
            Folder::repository(&[(files[0].0, &files[0].1), (".env", url)])
        }
        Code::OtherRole => {
            let folder = service("host=db", "host=db\nuser=admin");
            folder.write("db/pg_hba.conf", b"hostssl all all 0.0.0.0/0 scram-sha-256 clientcert=verify-full\n");
            folder
        }
        Code::KeyCopied => {
            let folder = sound();
            folder.write("package.json", b"{}\n");
            let key = folder.read("certs/client-key.pem");
            folder.write(".next/standalone/certs/client-key.pem", key.as_bytes());
            folder
        }
        Code::Uneven => {
            let folder = sound();
            let worker = "[database]\nhost = \"db\"\nsslmode = \"verify-ca\"\nsslrootcert = \"certs/server-ca.pem\"\n";
            folder.write("worker.toml", worker.as_bytes());
            folder
        }
        Code::NoKey => service("sslkey=certs/client-key.pem\n", ""),
        Code::NoCa => service("sslrootcert=certs/server-ca.pem\n", ""),
        _ => return None,
    })
}
