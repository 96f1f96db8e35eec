//! What TLS settings are worth by themselves, whatever files they name: one judge for `doctor`, `verify` and `up`.

use super::Findings;
use super::misread::judged;
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::plan::survey::{Block, Family, MODES, Setting, Slot, Survey};

/// One fault of settings.
struct Fault {
    finding: Diagnostic,
    places: Vec<Location>,
    weight: Weight,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Weaker than it could be, as somebody may have chosen it, or refused by the driver.
    Weak,
    /// Anybody on the way can read along or answer in the server's place, and no error says so.
    Open,
}

/// Tells all of them.
pub(super) fn examine(survey: &Survey, findings: &mut Findings) {
    for fault in faults(survey) {
        findings.tell(fault.finding, fault.places);
    }
}

/// The settings that turn TLS or its checks off without a word, each with its places, as errors.
pub fn insecure(survey: &Survey) -> Vec<Diagnostic> {
    let open = faults(survey).into_iter().filter(|fault| fault.weight == Weight::Open);
    open.map(|Fault { mut finding, places, .. }| {
        finding.places = places;
        Diagnostic { severity: Severity::Error, ..finding }
    })
    .collect()
}

fn faults(survey: &Survey) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (trusting, place) in &survey.unverified {
        let finding =
            Diagnostic::error(Code::Unverified, format!("{} takes every server, also an impostor", trusting.words()));
        let finding = finding.help(trusting.mend());
        faults.push(Fault { finding, places: vec![place.clone()], weight: Weight::Open });
    }
    for place in &survey.disabled {
        let message = "`NODE_TLS_REJECT_UNAUTHORIZED=0` takes every server, for all of node";
        let finding =
            Diagnostic::error(Code::NodeUnverified, message).help("remove it; a CA of your own: NODE_EXTRA_CA_CERTS");
        faults.push(Fault { finding, places: vec![place.clone()], weight: Weight::Open });
    }
    for dropped in &survey.dropped {
        let message = "the URL has TLS settings, so node-postgres drops the `ssl` object";
        let help = "keep only one: the object, or all four settings in the URL";
        let finding = Diagnostic::warning(Code::ObjectDropped, message).help(help);
        // With any other mode the driver checks against public CAs, and the first connection says so.
        let weight = match dropped.mode.as_deref() {
            Some("disable" | "no-verify") => Weight::Open,
            _ => Weight::Weak,
        };
        faults.push(Fault { finding, places: vec![dropped.object.clone(), dropped.url.clone()], weight });
    }
    for (mistake, place) in &survey.mistakes {
        let (finding, weight) = judged(*mistake);
        faults.push(Fault { finding, places: vec![place.clone()], weight });
    }
    let has_mode = |block: &&Block| !matches!(block.family, Family::Node | Family::Server);
    faults.extend(survey.blocks.iter().filter(has_mode).filter_map(checked));
    faults.extend(survey.blocks.iter().flat_map(halves));
    faults.extend(survey.blocks.iter().filter_map(|block| uneven(block, &survey.blocks)));
    faults
}

/// A certificate without its key, a check without a CA: libpq and pgjdbc then look in somebody's home.
fn halves(block: &Block) -> impl Iterator<Item = Fault> {
    let has = |slot: Slot| block.settings.contains_key(&slot) || block.computed.contains(&slot);
    let fault = |code, message: String, help: &str, setting: &Setting| Fault {
        finding: Diagnostic::warning(code, message).help(help),
        places: vec![setting.place.clone()],
        weight: Weight::Weak,
    };
    let is_store = |path: &str| [".p12", ".pfx", ".jks"].iter().any(|end| path.ends_with(end));
    let certificate = block.settings.get(&Slot::Certificate).filter(|setting| !is_store(setting.named.text()));
    let alone = certificate.filter(|_| block.family != Family::Server && !has(Slot::Key)).map(|setting| {
        let message = format!("`{}` has no key beside it", setting.named.text());
        fault(Code::NoKey, message, "name its key, too", setting)
    });
    let checks = matches!(super::pairs::mode(block), Some("verify-ca" | "verify-full"));
    let looks_at_home =
        matches!(block.family, Family::Libpq | Family::Jdbc | Family::R2dbc) && checks && !has(Slot::Ca);
    let blind = block.settings.get(&Slot::Mode).filter(|_| looks_at_home).map(|setting| {
        let message = format!("`{}` is asked for, and no CA is named to check by", setting.named.text());
        fault(Code::NoCa, message, "name it: sslrootcert", setting)
    });
    alone.into_iter().chain(blind)
}

/// A check of the CA only, where another connection to the same server checks the name, too.
fn uneven(block: &Block, all: &[Block]) -> Option<Fault> {
    let host = block.host.as_deref()?;
    let is_alike =
        |other: &&Block| other.host.as_deref() == Some(host) && super::pairs::mode(other) == Some("verify-full");
    let stronger = all.iter().find(is_alike).filter(|_| super::pairs::mode(block) == Some("verify-ca"))?;
    let message = format!("`{host}` is dialled with `verify-ca` here and with `verify-full` elsewhere");
    let finding = Diagnostic::warning(Code::Uneven, message).help("`verify-full` for both");
    let place = |block: &Block| block.settings.get(&Slot::Mode).map(|setting| setting.place.clone());
    let places = place(block).into_iter().chain(place(stronger)).collect();
    Some(Fault { finding, places, weight: Weight::Weak })
}

/// Whether the mode of a connection makes sure who the server is.
fn checked(block: &Block) -> Option<Fault> {
    let has_ca = block.settings.contains_key(&Slot::Ca);
    let setting = block.settings.get(&Slot::Mode).or_else(|| block.settings.values().next());
    let places: Vec<Location> = setting.map(|setting| setting.place.clone()).into_iter().collect();
    let (why, weight) = match super::pairs::mode(block) {
        Some("no-verify") => {
            let message = "`sslmode=no-verify` takes every server, also an impostor";
            let finding =
                Diagnostic::error(Code::Unverified, message).help("`verify-full`, with the CA in `sslrootcert`");
            return Some(Fault { finding, places, weight: Weight::Open });
        }
        Some(mode) if !MODES.contains(&mode) => {
            let help = format!("one of {}", MODES.join(", "));
            let finding = Diagnostic::error(Code::BadMode, format!("`{mode}` is no sslmode")).help(help);
            return Some(Fault { finding, places, weight: Weight::Weak });
        }
        Some("verify-ca" | "verify-full") => return None,
        Some("disable") => ("`sslmode=disable` turns TLS off".to_owned(), Weight::Open),
        Some("allow" | "prefer") => {
            ("`sslmode=allow` and `prefer` go on without TLS where there is none".to_owned(), Weight::Open)
        }
        Some(_) => match driver(block.family) {
            Some(driver) if has_ca => {
                (format!("`sslmode=require` of {driver} does not check who the server is, CA or not"), Weight::Weak)
            }
            None if has_ca => {
                ("`sslmode=require` does not check the name of the server, only the CA".to_owned(), Weight::Weak)
            }
            Some(driver) => (format!("`sslmode=require` of {driver} does not check who the server is"), Weight::Weak),
            None => ("`sslmode=require` does not check who the server is".to_owned(), Weight::Weak),
        },
        None if block.computed.contains(&Slot::Mode) => return None,
        None => {
            let driver = driver(block.family).unwrap_or("libpq");
            (format!("without `sslmode` {driver} goes on without TLS where there is none"), Weight::Open)
        }
    };
    // Nobody stands between two programs of one machine.
    let is_local =
        block.host.as_deref().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]"));
    let finding = Diagnostic::warning(Code::Unchecked, why).help("`verify-full` checks the CA and the name");
    Some(Fault { finding, places, weight: if is_local { Weight::Weak } else { weight } })
}

/// The driver that checks nothing with `require`, other than libpq beside a CA.
fn driver(family: Family) -> Option<&'static str> {
    match family {
        Family::Jdbc => Some("pgjdbc"),
        Family::R2dbc => Some("R2DBC"),
        Family::PgBouncer => Some("PgBouncer"),
        Family::Npgsql => Some("Npgsql"),
        Family::Prisma => Some("Prisma"),
        Family::Libpq | Family::Node | Family::Server => None,
    }
}
