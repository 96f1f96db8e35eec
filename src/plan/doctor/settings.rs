//! What TLS settings are worth by themselves, whatever files they name: one judge for `doctor`, `verify` and `up`.

use super::Findings;
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::plan::survey::{Block, Family, Slot, Survey};

/// What libpq knows.
const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// One fault of settings.
struct Fault {
    finding: Diagnostic,
    places: Vec<Location>,
    weight: Weight,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
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
    let has_mode = |block: &&Block| matches!(block.family, Family::Libpq | Family::Jdbc);
    faults.extend(survey.blocks.iter().filter(has_mode).filter_map(checked));
    faults
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
        Some("disable") => ("`sslmode=disable` turns TLS off", Weight::Open),
        Some("allow" | "prefer") => {
            ("`sslmode=allow` and `prefer` go on without TLS where there is none", Weight::Open)
        }
        Some(_) if block.family == Family::Jdbc => {
            ("`sslmode=require` of pgjdbc does not check who the server is, CA or not", Weight::Weak)
        }
        Some(_) if has_ca => ("`sslmode=require` does not check the name of the server, only the CA", Weight::Weak),
        Some(_) => ("`sslmode=require` does not check who the server is", Weight::Weak),
        None => ("without `sslmode` libpq goes on without TLS where there is none", Weight::Open),
    };
    // Nobody stands between two programs of one machine.
    let is_local =
        block.host.as_deref().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]"));
    let finding = Diagnostic::warning(Code::Unchecked, why).help("`verify-full` checks the CA and the name");
    Some(Fault { finding, places, weight: if is_local { Weight::Weak } else { weight } })
}
