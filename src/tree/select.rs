//! Globs over repository paths: `*` stays in a folder, `**` crosses folders, a pattern without `/` is a path from the root.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::path::RepoPath;

/// A set of patterns; a path is in it when one of them matches.
#[derive(Clone, Debug)]
pub struct Globs {
    set: GlobSet,
}

/// A pattern that is no glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a glob: {why}")]
pub struct GlobError {
    pub pattern: String,
    pub why: String,
}

impl Globs {
    /// # Errors
    /// When a pattern does not parse.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, GlobError> {
        let mut builder = GlobSetBuilder::new();
        let wrong = |pattern: &str, error: &globset::Error| GlobError {
            pattern: pattern.to_owned(),
            why: error.kind().to_string(),
        };
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let glob =
                GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| wrong(pattern, &error))?;
            builder.add(glob);
        }
        let set = builder.build().map_err(|error| wrong("", &error))?;
        Ok(Self { set })
    }

    pub fn matches(&self, path: &RepoPath) -> bool {
        self.set.is_match(path.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_from_the_root() {
        let globs = Globs::new(["**/settings*.py", "config/*.yaml", ".env"]).expect("globs");
        for (path, expected) in [
            ("settings.py", true),
            ("a/b/settings_ci.py", true),
            ("config/a.yaml", true),
            ("config/deep/a.yaml", false),
            (".env", true),
            ("a/.env", false),
        ] {
            assert_eq!(globs.matches(&RepoPath::new(path).expect("a path")), expected, "{path}");
        }
        assert!(Globs::new(["a[", "b"]).is_err());
    }
}
