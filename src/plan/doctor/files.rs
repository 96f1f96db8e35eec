//! Findings about one file: where it lies, who may read it, what it holds, how long it lasts.

use super::{Findings, InGit, NamedFile, Seen};
use crate::diagnostic::{Code, Diagnostic, Location, Severity};
use crate::plan::survey::{Block, Family, Named, Setting, Slot};
use crate::tls::{Certificate, DAY, Material, MaterialError, date};
use crate::tree::{Outside, OutsideError};

/// A warning this many days before the end.
const SOON: i64 = 30;

/// Whether the path leads anywhere from the program that reads it; tells of what it is worth.
pub(super) fn path_is_fit(block: &Block, setting: &Setting, findings: &mut Findings) -> bool {
    let Named::Text(path) = &setting.named else { return true };
    let place = || [setting.place.clone()];
    if path.starts_with('~') {
        let message = format!("`{path}` is not expanded by drivers: they look for a folder called `~`");
        findings.error(Code::TildePath, message, "write an absolute path", place());
        return false;
    }
    if path.contains('$') {
        let message = format!("`{path}` is not expanded in this file: libpq looks for exactly this name");
        findings.error(Code::TildePath, message, "write an absolute path", place());
        return false;
    }
    let is_windows = path.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/");
    // Prisma starts at its schema.
    if !path.starts_with('/') && !is_windows && block.family != Family::Prisma {
        let silent =
            if block.family == Family::Node { "" } else { "; libpq goes on without a CA that it does not find" };
        let message = format!("a relative path starts wherever the program was started{silent}");
        findings.warn(Code::RelativePath, message, "write an absolute path", place());
    }
    if ["/home/", "/root/", "/Users/", "C:\\Users\\", "C:/Users/"].iter().any(|home| path.starts_with(home)) {
        let message = format!("`{path}` works on one machine only");
        let help = "use a path that all machines have, or a variable";
        findings.warn(Code::OneMachine, message, help, place());
    }
    true
}

/// What is wrong with a private key among what a build made.
pub fn copied(shown: &str) -> Diagnostic {
    Diagnostic::error(Code::KeyCopied, format!("the private key `{shown}` lies among what a build made"))
        .help("name the key by an absolute path in the code, remove the copy, and replace the pair")
}

pub(super) fn examine(file: &NamedFile, now: i64, findings: &mut Findings) {
    let places = || file.users.iter().map(|user| user.place.clone());
    let shown = &file.seen.shown;
    let outside = match &file.seen.found {
        Ok(outside) => outside,
        Err(error) => return absent(&file.seen, error, places(), findings),
    };
    let is_key = file.users.iter().any(|user| user.slot == Slot::Key);
    let holds_key = matches!(&file.material, Some(Ok(material)) if !material.keys.is_empty() || material.is_encrypted);
    if is_key || holds_key {
        guarded(&file.seen, outside, places(), findings);
    }
    match &file.material {
        None => {}
        Some(Err(error)) => unread(file, error, findings),
        Some(Ok(material)) => {
            kind(file, material, findings);
            let of_ca = file.users.iter().any(|user| user.slot == Slot::Ca);
            if of_ca && !material.certificates.is_empty() && !material.certificates.iter().any(may_sign) {
                let message = format!("`{shown}` is the certificate of no CA, so it vouches for nobody else");
                findings.warn(Code::NotACa, message, "name the certificate of the CA that signed", places());
            }
            for certificate in &material.certificates {
                dates(shown, certificate, &renewal(&file.seen, certificate), now, places(), findings);
                strength(shown, certificate, of_ca, places(), findings);
            }
        }
    }
}

fn absent(seen: &Seen, error: &OutsideError, places: impl IntoIterator<Item = Location>, findings: &mut Findings) {
    let shown = &seen.shown;
    let (code, severity, what, help) = match error {
        OutsideError::Missing if seen.is_inside => {
            (Code::TlsFileMissing, Severity::Error, "does not exist".to_owned(), "put it there, or mend the path")
        }
        OutsideError::Missing => (
            Code::TlsFileMissing,
            Severity::Warning,
            "is not on this machine, so nothing is known of it".to_owned(),
            "run migrate doctor where the application runs, too",
        ),
        OutsideError::NotAFile => (
            Code::TlsFileUnreadable,
            Severity::Error,
            "is not a regular file, and was not opened".to_owned(),
            "put a regular file there",
        ),
        OutsideError::TooLarge => (
            Code::TlsFileUnreadable,
            Severity::Error,
            "is larger than any certificate, and was not read".to_owned(),
            "name the certificate or key itself",
        ),
        OutsideError::Unreadable(why) => (
            Code::TlsFileUnreadable,
            Severity::Warning,
            format!("can not be read by this user: {why}"),
            "run migrate doctor as the user that runs the application",
        ),
    };
    let finding = Diagnostic { severity, ..Diagnostic::error(code, format!("`{shown}` {what}")) };
    findings.tell(finding.help(help), places);
}

/// Who can get at a private key.
fn guarded(seen: &Seen, file: &Outside, places: impl Iterator<Item = Location> + Clone, findings: &mut Findings) {
    let (shown, mode) = (&seen.shown, file.stat.mode & 0o777);
    // The rule of libpq: the group may read what root owns.
    let forbidden = if file.stat.uid == 0 { 0o037 } else { 0o077 };
    if mode & forbidden != 0 {
        let message = format!("`{shown}` can be read by others (mode {mode:04o}); libpq refuses such a key");
        findings.error(Code::KeyMode, message, &format!("chmod 600 {shown}"), places.clone());
    }
    let folder = file.folder.mode;
    if folder & 0o002 != 0 && folder & 0o1000 == 0 {
        let message = format!("anybody can put another file in the place of `{shown}`");
        findings.warn(
            Code::OpenFolder,
            message,
            "take the right to write from others: chmod o-w FOLDER",
            places.clone(),
        );
    }
    match seen.git {
        InGit::Tracked => {
            let message = format!("the private key `{shown}` is in git, and with it in every clone");
            let help =
                format!("take it out, then make a new pair, since the old one is known: git rm --cached {shown}");
            findings.error(Code::KeyInGit, message, &help, places);
        }
        InGit::Untracked => {
            let message = format!("git does not ignore the private key `{shown}`: the next `git add` takes it");
            findings.warn(Code::KeyInGit, message, &format!("add a line to .gitignore: /{shown}"), places);
        }
        InGit::Outside | InGit::Ignored => {}
    }
}

fn unread(file: &NamedFile, error: &MaterialError, findings: &mut Findings) {
    let message = format!("`{}` {error}", file.seen.shown);
    let places = file.users.iter().map(|user| user.place.clone());
    findings.error(Code::NotPem, message, "put the certificate or key there, as PEM", places);
}

/// Whether the file is what each of its slots wants.
fn kind(file: &NamedFile, material: &Material, findings: &mut Findings) {
    let shown = &file.seen.shown;
    for user in &file.users {
        let place = || [user.place.clone()];
        let wants_key = user.slot == Slot::Key;
        let has_key = !material.keys.is_empty() || material.is_encrypted;
        if wants_key && !has_key {
            let message = format!("`{shown}` is a certificate, and the setting wants its private key");
            findings.error(Code::Swapped, message, "exchange the two paths", place());
        } else if !wants_key && material.certificates.is_empty() {
            let message = format!("`{shown}` is a private key, and the setting wants a certificate");
            findings.error(Code::Swapped, message, "exchange the two paths", place());
        } else if !wants_key && material.is_der {
            let message = format!("`{shown}` is DER, and PEM is read there");
            let help = format!("openssl x509 -inform der -in {shown} -out FILE.pem");
            findings.error(Code::NotPem, message, &help, place());
        } else if wants_key && user.family == Family::Jdbc && !material.is_der {
            let message = format!("`{shown}` is PEM, and pgjdbc reads a key only as PKCS#8 DER or PKCS#12");
            let help = format!("openssl pkcs8 -topk8 -nocrypt -outform der -in {shown} -out FILE.pk8");
            findings.error(Code::NotPem, message, &help, place());
        }
        if wants_key && material.is_encrypted && !user.unlocks {
            let message = format!("`{shown}` needs a passphrase, and nothing gives it");
            let help = "give it (sslpassword, or `passphrase` in node), or use a key without one";
            findings.error(Code::EncryptedKey, message, help, place());
        }
    }
}

/// How a certificate is made anew.
pub(super) fn renewal(seen: &Seen, certificate: &Certificate) -> String {
    let folder = seen.shown.rsplit_once('/').map(|(folder, _)| folder).filter(|_| seen.is_inside);
    match (certificate.is_for_development, folder) {
        (false, _) => "have its CA renew it; for development: migrate certs dev".to_owned(),
        (true, Some("certificates")) => "migrate certs renew".to_owned(),
        (true, Some(folder)) => format!("migrate certs renew --out {folder}"),
        (true, None) => "migrate certs renew, in the repository where it was made".to_owned(),
    }
}

pub(super) fn dates(
    shown: &str,
    certificate: &Certificate,
    renewal: &str,
    now: i64,
    places: impl IntoIterator<Item = Location>,
    findings: &mut Findings,
) {
    let (from, until) = (date(certificate.not_before), date(certificate.not_after));
    let left = (certificate.not_after - now).div_euclid(DAY);
    let days = if left == 1 { "1 day".to_owned() } else { format!("{left} days") };
    if certificate.not_after < now {
        findings.error(Code::Expired, format!("`{shown}` has expired ({until})"), renewal, places);
    } else if certificate.not_before > now {
        let help = "is the clock of this machine right? else wait, or have it made anew";
        findings.error(Code::NotYetValid, format!("`{shown}` is not valid yet (from {from})"), help, places);
    } else if left < SOON {
        findings.warn(Code::EndsSoon, format!("`{shown}` ends in {days} ({until})"), renewal, places);
    }
}

/// What strict clients refuse though libpq does not.
pub(super) fn strength(
    shown: &str,
    certificate: &Certificate,
    of_ca: bool,
    places: impl IntoIterator<Item = Location>,
    findings: &mut Findings,
) {
    if certificate.is_version_1 {
        let message = format!("`{shown}` is of X.509 version 1: libpq and node take it, rustls and others do not");
        findings.warn(Code::Version1, message, "make it with extensions: openssl x509 -req -extfile FILE", places);
    } else if let Some(why) = &certificate.weakness {
        findings.warn(Code::WeakCertificate, format!("`{shown}` {why}"), "make it anew", places);
    } else if of_ca && may_sign(certificate) && !certificate.has_key_usage {
        let message = format!("the CA `{shown}` does not say that it may sign, which Python 3.13 asks for");
        findings.warn(Code::NotStrict, message, "make it with keyUsage = critical, keyCertSign, cRLSign", places);
    } else if !certificate.is_self_signed && !certificate.names_issuer_key {
        let message = format!("`{shown}` does not name the key of its issuer, which Python 3.13 asks for");
        findings.warn(Code::NotStrict, message, "make it with authorityKeyIdentifier = keyid", places);
    }
}

/// Whether others may trust what this certificate signed.
fn may_sign(certificate: &Certificate) -> bool {
    certificate.is_ca.unwrap_or(certificate.is_self_signed)
}
