//! `migrate certs renew`: the files of `certs dev` made anew, and nothing else written over.

use std::os::unix::fs::PermissionsExt;

use settings_migrate::tls::{Certificate, Material};

use crate::certificates::{Authority, CLIENT, SERVER};
use crate::command::Folder;

/// A repository with certificates of its own.
fn made(more: &[&str]) -> Folder {
    let folder = Folder::repository(&[("README", "shop\n")]);
    let make = ["certs", "dev", "--host", "db,10.0.0.5", "--role", "shop", "--days", "40"];
    folder.migrate(&[&make[..], more].concat()).expect(0);
    folder
}

fn certificate(folder: &Folder, name: &str) -> Certificate {
    let text = folder.read(&format!("certificates/{name}"));
    Material::read(text.as_bytes()).expect("PEM").certificates.remove(0)
}

fn key_of_client(folder: &Folder, name: &str) -> Option<bool> {
    let bytes = &folder.files()[&format!("certificates/{name}")].bytes;
    Material::read(bytes).expect("a key").keys[0].belongs_to(&certificate(folder, "client-cert.pem"))
}

fn put_at(folder: &Folder, name: &str, bytes: &[u8], mode: u32) {
    folder.write(name, bytes);
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder.path().join(name), permissions).expect("the mode");
}

#[test]
fn a_set_is_made_anew_with_the_same_names() {
    for words in [&["certs", "renew"][..], &["certs", "dev", "--renew"]] {
        let folder = made(&["--pk8", "--keep-ca-key"]);
        assert_eq!(folder.read(".gitignore"), "/certificates/*-key.pem\n/certificates/*.pk8\n");
        let before = folder.files();
        let dry = folder.migrate(&[words, &["-n"]].concat()).expect(0);
        assert!(dry.stdout.contains("Nothing was written.") && folder.files() == before, "{}", dry.stdout);
        let answer = folder.migrate(words).expect(0);
        assert!(answer.stdout.contains("CN=shop") && answer.stdout.contains("db, 10.0.0.5, localhost"), "{answer:?}");
        let after = folder.files();
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
        for (name, file) in after.iter().filter(|(name, _)| name.starts_with("certificates/")) {
            assert_ne!(file.bytes, before[name].bytes, "{name} is the old one");
            assert_eq!(file.mode, before[name].mode, "{name}");
        }
        let (ca, server) = (certificate(&folder, "server-ca.pem"), certificate(&folder, "server-cert.pem"));
        let client = certificate(&folder, "client-cert.pem");
        assert!(server.is_signed_by(&ca) && client.is_signed_by(&ca));
        assert_eq!(client.common_name.as_deref(), Some("shop"));
        assert_eq!((client.not_after - client.not_before) / 86_400, 40);
        assert_eq!(key_of_client(&folder, "client-key.pem"), Some(true));
        assert_eq!(key_of_client(&folder, "client-key.pk8"), Some(true));
    }
}

#[test]
fn a_missing_key_is_made_and_a_wide_one_is_narrowed() {
    let folder = made(&[]);
    let key = folder.read("certificates/client-key.pem");
    put_at(&folder, "certificates/client-key.pem", key.as_bytes(), 0o644);
    std::fs::remove_file(folder.path().join("certificates/server-key.pem")).expect("it was there");
    folder.migrate(&["certs", "renew", "--days", "7"]).expect(0);
    let files = folder.files();
    assert_eq!(files["certificates/client-key.pem"].mode, 0o600);
    assert_eq!(files["certificates/server-key.pem"].mode, 0o600);
    let found = folder.migrate(&["certs", "show", "certificates/server-key.pem"]).expect(0);
    assert!(found.stdout.contains("private key"), "{}", found.stdout);
}

#[test]
fn what_is_no_such_set_stays() {
    let other = Authority::new();
    let cases: [(&str, String, &str); 8] = [
        ("server-ca.pem", other.pem.clone(), "is not a CA that `migrate certs dev` made"),
        ("server-cert.pem", other.sign(&SERVER).0, "is not signed by `server-ca.pem`"),
        ("client-cert.pem", other.sign(&CLIENT).0, "is not signed by `server-ca.pem`"),
        ("client-key.pem", other.sign(&CLIENT).1, "is not the key of `client-cert.pem`"),
        ("client-key.pk8", other.sign(&CLIENT).1, "is not the key of `client-cert.pem`"),
        ("server-ca-key.pem", other.sign(&CLIENT).1, "is not the key of `server-ca.pem`"),
        ("client-key.pem", "my notes\n".to_owned(), "is neither PEM nor DER"),
        ("client-key.pem", include_str!("../../fixtures/tls/encrypted-key.pem").to_owned(), "or none"),
    ];
    for (name, text, words) in cases {
        let folder = made(&[]);
        put_at(&folder, &format!("certificates/{name}"), text.as_bytes(), 0o600);
        let before = folder.files();
        let answer = folder.migrate(&["certs", "renew"]).expect(2);
        assert!(answer.stderr.contains(words) && answer.stderr.contains("nothing was written"), "{}", answer.stderr);
        assert_eq!(folder.files(), before, "{name}");
    }
    let empty = Folder::repository(&[("README", "shop\n")]);
    let answer = empty.migrate(&["certs", "renew", "--out", "tls"]).expect(2);
    assert!(answer.stderr.contains("migrate certs dev --out tls"), "{}", answer.stderr);
}

#[test]
fn doctor_says_how_a_set_is_made_anew() {
    let folder = made(&[]);
    folder.migrate(&["certs", "renew", "--days", "3"]).expect(0);
    folder.write("app.env", b"PGSSLMODE=verify-full\nPGSSLCERT=certificates/client-cert.pem\n");
    let answer = folder.migrate(&["doctor"]).expect(0);
    assert!(answer.stdout.contains("help: migrate certs renew\n"), "{}", answer.stdout);
}

#[test]
fn a_gitignore_in_another_character_set_keeps_its_bytes() {
    let folder = Folder::repository(&[("README", "shop\n")]);
    folder.write(".gitignore", b"caf\xe9\n");
    let answer = folder.migrate(&["certs", "dev"]);
    let bytes = folder.files()[".gitignore"].bytes.clone();
    assert!(bytes.starts_with(b"caf\xe9\n"), "{answer:?}: {bytes:?}");
}
