//! Who reads a variable, as far as the files around it tell.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::path::RepoPath;
use crate::tree::Tree;

/// What is known of programs that read variables.
pub(super) struct Readers<'t> {
    tree: &'t dyn Tree,
    /// The variables that a schema of Prisma reads, with the folder of the schema.
    prisma: BTreeMap<String, String>,
}

impl<'t> Readers<'t> {
    pub fn of(tree: &'t dyn Tree) -> Self {
        static READ: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"env\(\s*"([^"]+)"\s*\)"#).ok());
        let mut prisma = BTreeMap::new();
        for path in tree.paths().iter().filter(|path| path.file_name().ends_with(".prisma")) {
            let text = content(tree, path);
            let names = READ.iter().flat_map(|read| read.captures_iter(&text)).filter_map(|found| found.get(1));
            prisma.extend(names.map(|name| (name.as_str().to_owned(), path.folder().to_owned())));
        }
        Self { tree, prisma }
    }

    /// The folder of the schema that reads the variable `name`.
    pub fn schema_of(&self, name: &str) -> Option<&str> {
        self.prisma.get(name).map(String::as_str)
    }

    /// Whether node-postgres, and no program of another language, lies in the folder of `path`.
    pub fn is_of_node(&self, path: &RepoPath) -> bool {
        const PACKAGES: [&str; 5] = ["\"pg\"", "\"knex\"", "\"sequelize\"", "\"typeorm\"", "\"postgres\""];
        const OTHERS: [&str; 7] =
            ["requirements.txt", "pyproject.toml", "manage.py", "go.mod", "Cargo.toml", "Gemfile", "composer.json"];
        let beside = |name: &str| match path.folder() {
            "" => RepoPath::new(name).ok(),
            folder => RepoPath::new(&format!("{folder}/{name}")).ok(),
        };
        let Some(package) = beside("package.json") else { return false };
        let text = content(self.tree, &package);
        let is_there = |name: &&str| beside(name).is_some_and(|path| self.tree.paths().binary_search(&path).is_ok());
        PACKAGES.iter().any(|name| text.contains(name)) && !OTHERS.iter().any(is_there)
    }
}

fn content(tree: &dyn Tree, path: &RepoPath) -> String {
    let state = tree.read(path).ok().flatten();
    state.map_or_else(String::new, |state| String::from_utf8_lossy(&state.bytes).into_owned())
}
