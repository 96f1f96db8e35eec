//! Whose certificate has to name the role, by what pg_hba.conf and the image of PostgreSQL say.

use crate::diagnostic::Location;
use crate::path::RepoPath;
use crate::text::Span;

/// A server lets a role in only by a certificate that names it.
#[derive(Clone, Debug)]
pub struct Demand {
    /// `None`: any role.
    role: Option<String>,
    pub place: Location,
}

/// The variable of PostgreSQL's image for the method that lets clients in.
pub(super) const METHOD: &str = "POSTGRES_HOST_AUTH_METHOD";

impl Demand {
    /// One for every role.
    pub(super) fn of_all(place: Location) -> Self {
        Self { role: None, place }
    }

    pub fn is_of(&self, role: &str) -> bool {
        self.role.as_deref().is_none_or(|own| own == role)
    }
}

pub(super) fn is_hba(path: &RepoPath) -> bool {
    path.file_name().ends_with("pg_hba.conf")
}

/// What the lines of a pg_hba.conf ask for. A map says elsewhere which names go with which roles; who is in a group, or fits
/// a pattern, only the server knows.
pub(super) fn demands(path: &RepoPath, text: &str) -> Vec<Demand> {
    let mut demands = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        let rule = line.split('#').next().unwrap_or("");
        let fields: Vec<&str> = rule.split_whitespace().collect();
        let ([kind, _, roles], Some(rest)) = (fields.get(..3).unwrap_or(&[]), fields.get(3..)) else { continue };
        let asks = rest.iter().any(|field| matches!(*field, "cert" | "clientcert=verify-full"));
        if !matches!(*kind, "host" | "hostssl") || !asks || rest.iter().any(|field| field.starts_with("map=")) {
            continue;
        }
        let is_one = |role: &&str| !role.starts_with(['+', '/', '@']);
        let demand = |role: &str| {
            let role = Some(role.trim_matches('"').to_owned()).filter(|_| role != "all");
            Demand { role, place: Location::new(path.as_str(), text, span, "asks for it") }
        };
        demands.extend(roles.split(',').filter(is_one).map(demand));
    }
    demands
}
