//! Findings about what a server shows when it is dialled.

use super::{Findings, Look, files};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::survey::{Slot, Survey};
use crate::tls::{Answer, Covered, Material, Usage};

/// Judges the certificates of the server that was dialled as `host`, by the CAs that the settings name.
pub fn shown(host: &str, answer: &Answer, survey: &Survey, look: Look<'_>, now: i64) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    let name = format!("the certificate of {host}");
    let Some(own) = answer.certificates.first() else { return Vec::new() };
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
