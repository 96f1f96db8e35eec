//! Versioned settings migrations.
pub mod text;
pub mod value;
pub mod diagnostic;
pub mod path;
pub mod fs;
pub mod tree;
pub mod migration;
pub mod history;
pub mod plan;
pub mod commit;
pub mod report;
pub mod cli;
pub mod format;
#[path = "../migrations/mod.rs"]
pub mod migrations;
