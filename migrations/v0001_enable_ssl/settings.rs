//! The settings to write: the TLS mode and where the certificates are, each in the form a language can hold.

use super::idiom::Idiom;
use super::node::Form;
use crate::diagnostic::Diagnostic;
use crate::migration::{Document, Refused, Repository, Variable, Variables};
use crate::path::RepoPath;
use crate::value::Value;

pub(super) fn variables() -> Vec<Variable> {
    vec![
        Variable::new(
            "sslmode",
            "how much libpq checks: the CA with `require` and a CA file, the host name only with `verify-full`",
        )
        .default_to("require")
        .one_of(&["require", "verify-ca", "verify-full"]),
        Variable::new("certs", "the directory of the certificates on the machines that run the applications"),
        Variable::new("ca", "the file with the CA of the server").default_to("server-ca.pem"),
        Variable::new("cert", "the file with the client certificate").default_to("client-cert.pem"),
        Variable::new("key", "the file with the key of the client certificate").default_to("client-key.pem"),
    ]
}

/// What the four settings of the libpq family are called.
pub(super) const KEYWORDS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];

/// What stands in the place of one setting before the migration.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Present {
    Missing,
    Text(String),
    /// Decided by code at run time: somebody's choice, left to them.
    Computed,
    /// Taken over from settings that are configured themselves.
    Inherited,
}

impl Present {
    pub fn of(value: Option<Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Missing,
            Some(Value::Str(text)) if text.is_empty() => Self::Missing,
            // A reference to the environment, as compose and Spring write it.
            Some(Value::Str(text)) if text.contains("${") => Self::Computed,
            Some(Value::Code(_) | Value::List(_) | Value::Map(_)) => Self::Computed,
            Some(other) => Self::Text(other.to_string()),
        }
    }
}

/// The wanted settings. Values are asked for only where a connection needs them, so that a repository
/// without one needs no variables.
pub(super) struct Settings<'v> {
    variables: &'v Variables,
}

/// Where the certificates are.
enum Directory<'v> {
    Absolute(&'v str),
    /// From the root of the repository.
    Relative(&'v str),
}

impl<'v> Settings<'v> {
    pub fn new(variables: &'v Variables) -> Self {
        Self { variables }
    }

    /// Which of the four settings to write, given what is there: `(index into KEYWORDS, value)`. A stricter mode than
    /// the wanted one stays, and so does every path that is set. Empty: the connection is configured.
    pub fn missing(&self, present: impl Fn(usize) -> Present) -> Result<Vec<usize>, Refused> {
        let mut missing = Vec::new();
        let wanted = strictness(self.variables.get("sslmode")?);
        match present(0) {
            Present::Text(mode) if strictness(&mode) >= wanted => {}
            Present::Computed | Present::Inherited => {}
            Present::Missing | Present::Text(_) => missing.push(0),
        }
        missing.extend((1..4).filter(|index| present(*index) == Present::Missing));
        Ok(missing)
    }

    /// The value of the setting at `index` of `KEYWORDS`, for a file that `document` is: an absolute path only,
    /// since libpq with a path it does not find connects unverified without a word.
    pub fn text(&self, index: usize, document: &Document<'_, '_, '_>) -> Result<String, Refused> {
        let Some(file) = self.file(index)? else { return Ok(self.variables.get("sslmode")?.to_owned()) };
        match self.directory()? {
            Directory::Absolute(directory) => Ok(format!("{directory}/{file}")),
            Directory::Relative(directory) => {
                let why = format!(
                    "`{}` can not hold a path from the root of the repository, as `{directory}` is: \
                     what reads it resolves the path from wherever it was started",
                    document.path()
                );
                Err(self.variables.refuse("certs", &why).with_help("--set certs=/an/absolute/directory"))
            }
        }
    }

    /// The names and the values of the settings at `indexes`, as `idiom` has them.
    pub fn entries(
        &self,
        idiom: &Idiom,
        indexes: Vec<usize>,
        document: &Document<'_, '_, '_>,
    ) -> Result<Vec<(String, String)>, Refused> {
        let entry = |index: usize| {
            let text = self.text(index, document)?;
            let text = match (index, idiom.key_ending) {
                (0, _) => idiom.mode(&text).to_owned(),
                (3, Some(ending)) => with_ending(&text, ending),
                _ => text,
            };
            Ok((idiom.keys[index].to_owned(), text))
        };
        indexes.into_iter().map(entry).collect()
    }

    /// The value of the setting at `index` in a Python module; a relative directory is anchored at the module's own path.
    pub fn python(&self, index: usize, document: &mut Document<'_, '_, '_>) -> Result<Value, Refused> {
        let Some(file) = self.file(index)? else { return Ok(self.variables.get("sslmode")?.into()) };
        match self.directory()? {
            Directory::Absolute(directory) => Ok(format!("{directory}/{file}").into()),
            Directory::Relative(directory) => {
                let path = document.import("pathlib", "Path")?;
                let root = document.path().depth();
                Ok(Value::Code(format!("str({path}(__file__).resolve().parents[{root}] / '{directory}/{file}')")))
            }
        }
    }

    /// The value of `ssl` in JavaScript: read when a connection is opened, or else when the pool is made, never when the
    /// module is built; verification on; a missing file refuses the connection.
    pub fn node(&self, form: Form, document: &mut Document<'_, '_, '_>) -> Result<Value, Refused> {
        let (ca, cert, key) = (self.text(1, document)?, self.text(2, document)?, self.text(3, document)?);
        let read = document.import("node:fs", "readFileSync")?;
        if form == Form::Getter {
            return Ok(Value::Code(format!(
                "get ssl() {{
  // Read when the pool is made: not at build time.
  try {{
    return {{
      rejectUnauthorized: true,
      ca: {read}('{ca}', 'utf8'),
      cert: {read}('{cert}', 'utf8'),
      key: {read}('{key}', 'utf8'),
    }};
  }} catch (error) {{
    console.error('PostgreSQL TLS files cannot be used:', error);
    return {{ rejectUnauthorized: true, ca: [] }}; // trusts no server: the connection is refused
  }}
}}"
            )));
        }
        let create = document.import("node:tls", "createSecureContext")?;
        Ok(Value::Code(format!(
            "{{
  rejectUnauthorized: true,
  // Read for every new connection: not at build time, and again after rotation.
  get secureContext() {{
    try {{
      return {create}({{
        ca: {read}('{ca}', 'utf8'),
        cert: {read}('{cert}', 'utf8'),
        key: {read}('{key}', 'utf8'),
      }});
    }} catch (error) {{
      console.error('PostgreSQL TLS files cannot be used:', error);
      return {create}({{ ca: [] }}); // trusts no server: the connection is refused
    }}
  }},
}}"
        )))
    }

    /// Whether the certificates lie in the repository, where only code can find them.
    pub fn is_relative(&self) -> Result<bool, Refused> {
        Ok(matches!(self.directory()?, Directory::Relative(_)))
    }

    fn file(&self, index: usize) -> Result<Option<&'v str>, Refused> {
        let Some(name) = ["", "ca", "cert", "key"].get(index).filter(|name| !name.is_empty()) else { return Ok(None) };
        let file = self.variables.get(name)?;
        if file.is_empty() || file.contains('/') || !is_portable(file) {
            return Err(self.variables.refuse(name, "it must be the plain name of a file in `certs`"));
        }
        Ok(Some(file))
    }

    fn directory(&self) -> Result<Directory<'v>, Refused> {
        let given = self.variables.get("certs")?;
        let directory = given.trim_end_matches('/');
        let directory = directory.strip_prefix("./").unwrap_or(directory);
        if directory.starts_with('~') || directory.contains('$') {
            let refused = self.variables.refuse("certs", "database drivers expand neither `~` nor variables");
            return Err(refused.with_help("--set certs=/an/absolute/directory"));
        }
        if directory.is_empty() || !is_portable(directory) {
            return Err(self
                .variables
                .refuse("certs", "it must be a directory that every configuration language can name"));
        }
        if directory.starts_with('/') {
            return Ok(Directory::Absolute(directory));
        }
        if RepoPath::new(directory).is_err() {
            let refused = self.variables.refuse("certs", "a relative directory must lie inside the repository");
            return Err(refused.with_help("--set certs=/an/absolute/directory"));
        }
        Ok(Directory::Relative(directory))
    }
}

/// Only characters that need no quoting or escape in any of the languages it is written to.
fn is_portable(path: &str) -> bool {
    path.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '@' | '+' | ',' | ':'))
}

/// The file `path` with another ending in the place of that of PEM files.
fn with_ending(path: &str, ending: &str) -> String {
    match path.rsplit_once('.') {
        Some((_, "pk8" | "der" | "p12" | "pfx")) => path.to_owned(),
        Some((stem, old)) if !old.contains('/') => format!("{stem}.{ending}"),
        _ => format!("{path}.{ending}"),
    }
}

/// How much a mode demands, by any driver's spelling; an unknown word demands nothing.
fn strictness(mode: &str) -> usize {
    let word: String = mode.chars().filter(|c| c.is_alphanumeric()).collect();
    ["disable", "allow", "prefer", "require", "verifyca", "verifyfull"]
        .iter()
        .position(|known| known.eq_ignore_ascii_case(&word))
        .unwrap_or(0)
}

/// Whether a client with this mode goes on without TLS under no circumstances.
pub(super) fn insists_on_tls(mode: &str) -> bool {
    strictness(mode) >= strictness("require")
}

/// What to say of a mode that stays, where it checks less than it does in libpq.
pub(super) fn blind(idiom: &Idiom, mode: Option<&str>) -> String {
    let weak = idiom.requires_blindly() && mode.is_some_and(|mode| strictness(mode) == strictness("require"));
    if weak { format!("; its mode checks no certificate: {} is stricter", idiom.modes[0]) } else { String::new() }
}

/// Why something stays as it is.
pub(super) enum Reason {
    Fine(String),
    /// It should change, and only a person can change it.
    ByHand(String),
}

impl Reason {
    pub fn tell(self, repository: &mut Repository<'_, '_>, path: &RepoPath) {
        match self {
            Self::Fine(reason) => repository.skip(path, reason),
            Self::ByHand(reason) => repository.needs_a_person(path, reason),
        }
    }
}

/// Adds the way on to a refusal.
pub(super) trait WithHelp {
    fn with_help(self, help: &str) -> Self;
}

impl WithHelp for Refused {
    fn with_help(self, help: &str) -> Self {
        let diagnostic: Diagnostic = *self.0;
        diagnostic.help(help).into()
    }
}
