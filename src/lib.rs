//! Versioned settings migrations.
pub mod text;
pub mod value;
pub mod diagnostic;
pub mod path;
pub mod fs;
pub mod format;
