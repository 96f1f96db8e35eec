//! Findings about things that must fit together: key and certificate, certificate and CA, certificate and host, the
//! mode and what it checks.

use super::{Connection, Files, Findings};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::plan::survey::{Block, Family, Slot, Survey};
use crate::tls::{Certificate, Covered, Material, Usage};

pub(super) fn examine(connection: &Connection<'_>, files: &Files, survey: &Survey, findings: &mut Findings) {
    let block = connection.block;
    let file = |slot: Slot| {
        let shown = connection.files.get(&slot)?;
        let material = files.get(shown)?.material.as_ref()?.as_ref().ok()?;
        Some((shown.as_str(), material))
    };
    let place = |slot: Slot| block.settings.get(&slot).map(|setting| setting.place.clone());
    let Some((shown, material)) = file(Slot::Certificate) else { return };
    let Some(own) = material.certificates.first() else { return };
    if let Some((key_shown, key)) = file(Slot::Key)
        && let Some(key) = key.keys.first()
        && key.belongs_to(own) == Some(false)
    {
        let message = format!("`{key_shown}` is not the key of `{shown}`");
        let help = match files.get(shown).filter(|_| own.is_for_development) {
            Some(file) => format!("move the key away and make all anew: {}", super::files::renewal(&file.seen, own)),
            None => "put the pair together again, or make both anew".to_owned(),
        };
        findings.error(Code::KeyMismatch, message, &help, place(Slot::Key).into_iter().chain(place(Slot::Certificate)));
    }
    let (usage, word) = match block.family {
        Family::Server => (Usage::Server, "serverAuth"),
        Family::Libpq
        | Family::Node
        | Family::Jdbc
        | Family::R2dbc
        | Family::PgBouncer
        | Family::Npgsql
        | Family::Prisma => (Usage::Client, "clientAuth"),
    };
    if !own.allows(usage) {
        let message = format!("`{shown}` may not be used here: its extended key usage has no {word}");
        findings.error(Code::WrongUsage, message, &format!("make it anew with {word}"), place(Slot::Certificate));
    }
    if let (Usage::Client, Some(role), Some(name)) = (usage, &block.role, &own.common_name)
        && role != name
        && let Some(demand) = survey.demands.iter().find(|demand| demand.is_of(role))
    {
        let message = format!("`{shown}` is for `{name}`, and the connection is made as `{role}`");
        let help = format!("make it anew: migrate certs dev --role {role}; or map the names in pg_ident.conf");
        let places = place(Slot::Certificate).into_iter().chain([demand.place.clone()]);
        findings.warn(Code::OtherRole, message, &help, places);
    }
    if let Some((ca_shown, ca)) = file(Slot::Ca)
        && !ca.certificates.is_empty()
        && !reaches(own, material, ca)
    {
        // A server may know its clients by another CA than they know it by.
        let severity = if usage == Usage::Server { Severity::Error } else { Severity::Warning };
        let message = format!("`{shown}` is not signed by `{ca_shown}`");
        let help =
            "name the CA that signed it, or sign it anew; right where the server knows its clients by another CA";
        let finding = Diagnostic { severity, ..Diagnostic::error(Code::OtherCa, message).help(help) };
        findings.tell(finding, place(Slot::Certificate).into_iter().chain(place(Slot::Ca)));
    }
    if usage == Usage::Server {
        hosts(shown, own, block, survey, findings);
    }
}

/// Different CAs for one server: at most one of them is right.
pub(super) fn compare(connections: &[Connection<'_>], files: &Files, findings: &mut Findings) {
    let clients = || connections.iter().filter(|one| one.block.family != Family::Server);
    let ca = |one: &Connection<'_>| {
        let shown = one.files.get(&Slot::Ca)?;
        let material = files.get(shown)?.material.as_ref()?.as_ref().ok()?;
        Some((one.block.host.clone()?, shown.clone(), material.certificates.clone()))
    };
    for (index, one) in clients().enumerate() {
        for other in clients().skip(index + 1) {
            let (Some((host, shown, own)), Some((other_host, other_shown, others))) = (ca(one), ca(other)) else {
                continue;
            };
            if host != other_host || own.iter().any(|one| others.iter().any(|other| one.is(other))) {
                continue;
            }
            let message =
                format!("`{host}` is checked by `{shown}` here and by another CA, `{other_shown}`, elsewhere");
            let places = [one, other].into_iter().filter_map(|one| one.block.settings.get(&Slot::Ca));
            let places: Vec<_> = places.map(|setting| setting.place.clone()).collect();
            findings.warn(Code::Uneven, message, "name the CA that signed the server's certificate in both", places);
        }
    }
}

/// Whether a chain leads from `own` through what is sent with it to the CA file.
pub(super) fn reaches(own: &Certificate, sent: &Material, ca: &Material) -> bool {
    const DEPTH: usize = 8;
    let mut at = own;
    for _ in 0..DEPTH {
        if ca.certificates.iter().any(|ca| ca.is(at) || at.is_signed_by(ca)) {
            return true;
        }
        let next = sent.certificates.iter().chain(&ca.certificates).find(|next| !next.is(at) && at.is_signed_by(next));
        let Some(next) = next else { return false };
        at = next;
    }
    false
}

/// Whether the server's certificate has the names that are dialled.
fn hosts(shown: &str, own: &Certificate, block: &Block, survey: &Survey, findings: &mut Findings) {
    let dialled = |host: &&String| block.host.as_ref().is_none_or(|own| own == *host);
    for host in survey.hosts.iter().filter(dialled) {
        let users = || survey.blocks.iter().filter(|block| block.host.as_ref() == Some(host));
        let places = || users().flat_map(|user| user.settings.values().next()).map(|setting| setting.place.clone());
        let names: Vec<String> = own.hosts.iter().flatten().map(ToString::to_string).collect();
        match own.covers(host) {
            Covered::Yes => {}
            Covered::ByCommonName => {
                let message =
                    format!("`{shown}` has `{host}` as its common name only, which Go and rustls do not read");
                findings.warn(Code::CommonNameOnly, message, "make it anew with a subjectAltName", places());
            }
            Covered::No => {
                let severity = if users().any(checks_host) { Severity::Error } else { Severity::Warning };
                let message = format!("`{shown}` is not for `{host}`, which is dialled");
                let has = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
                let finding = Diagnostic::error(Code::HostNotCovered, message).note(format!("it has {has}"));
                let finding = Diagnostic { severity, ..finding };
                findings.tell(finding.help("dial a name that it has, or make it anew with this one"), places());
            }
        }
    }
}

pub(super) fn mode(block: &Block) -> Option<&str> {
    block.settings.get(&Slot::Mode).map(|setting| setting.named.text())
}

fn checks_host(block: &Block) -> bool {
    block.family == Family::Node || mode(block) == Some("verify-full")
}
