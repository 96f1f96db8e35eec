//! Findings about what a server shows when it is dialled.

use super::{Findings, Look, files};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::survey::{Slot, Survey};
use crate::tls::{Answer, Covered, Material, Usage, Welcome};

/// Judges the certificates of the server that was dialled as `host`, by the CAs that the settings name.
pub fn shown(host: &str, answer: &Answer, survey: &Survey, look: Look<'_>, now: i64) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    welcome(host, &answer.welcome, &mut findings);
    let name = format!("the certificate of {host}");
    let Some(own) = answer.certificates.first() else { return findings.diagnostics };
    let renewal = match own.is_for_development {
        true => "migrate certs renew, in the repository where it was made; then give the server its files",
        false => "have its CA renew it on the server",
    };
    files::dates(&name, own, renewal, now, [], &mut findings);
    files::strength(&name, own, false, [], &mut findings);
    if !own.allows(Usage::Server) {
        let message = format!("`{name}` may not be used there: its extended key usage has no serverAuth");
        findings.error(Code::WrongUsage, message, "make it anew with serverAuth", []);
    }
    let names: Vec<String> = own.hosts.iter().flatten().map(ToString::to_string).collect();
    match own.covers(host) {
        Covered::Yes => {}
        Covered::ByCommonName => {
            let message = format!("`{name}` has this name as its common name only, which Go and rustls do not read");
            findings.warn(Code::CommonNameOnly, message, "make it anew with a subjectAltName", []);
        }
        Covered::No => {
            let has = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            let message = format!("`{name}` is not for `{host}`, which was dialled");
            let finding = Diagnostic::error(Code::HostNotCovered, message).note(format!("it has {has}"));
            findings.tell(finding.help("dial a name that it has, or make it anew with this one"), []);
        }
    }
    let sent = Material { certificates: answer.certificates.clone(), ..Material::default() };
    for block in &survey.blocks {
        let Some(setting) = block.settings.get(&Slot::Ca) else { continue };
        let Some(Ok(file)) = look(&block.file, &setting.named).map(|seen| seen.found) else { continue };
        let Ok(ca) = Material::read(&file.bytes) else { continue };
        if !ca.certificates.is_empty() && !super::pairs::reaches(own, &sent, &ca) {
            let message = format!("`{name}` is not signed by `{}`", setting.named.text());
            findings.error(Code::OtherCa, message, "name the CA that signed it", [setting.place.clone()]);
        }
    }
    findings.diagnostics
}

/// What the server says to whoever comes.
fn welcome(host: &str, welcome: &Welcome, findings: &mut Findings) {
    match welcome {
        Welcome::Open | Welcome::Asks(_) => {}
        Welcome::CertificateRefused(alert) => {
            let message = format!("`{host}` refuses the client's certificate: {alert}");
            let help = match alert.as_str() {
                // The second of a CA that has the name of another one.
                "UnknownCA" | "DecryptError" => {
                    "give the server the CA that signed it: ssl_ca_file in postgresql.conf, then reload"
                }
                "CertificateExpired" => "renew it; for development: migrate certs renew",
                "UnsupportedCertificate" => "make one with clientAuth: migrate certs dev",
                "CertificateRequired" => "name one: --cert FILE --key FILE",
                _ => "see what it is: migrate certs show FILE",
            };
            findings.error(Code::ClientRefused, message, help, []);
        }
        Welcome::Refused { code, text } => {
            let message = format!("`{host}` refuses the login: {text} ({code})");
            let help = match text.as_str() {
                text if text.contains("valid client certificate") => "show one: --cert FILE --key FILE",
                text if text.contains("pg_hba.conf") => "add a line for this address, role and database to pg_hba.conf",
                text if text.contains("does not exist") => "another one: --role ROLE, --database DATABASE",
                text if text.contains("authentication failed") => {
                    "the certificate must be for this role: migrate certs dev --role ROLE"
                }
                _ => "read the log of the server at this time",
            };
            findings.error(Code::LoginRefused, message, help, []);
        }
        Welcome::Unknown(why) => {
            let message = format!("`{host}` has TLS, and then: {why}");
            findings.warn(Code::LoginRefused, message, "read the log of the server at this time", []);
        }
    }
}
