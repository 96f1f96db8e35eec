//! Migrations: what they are called, what they are made of, and the order they come in.

mod catalogue;
#[doc(hidden)]
pub mod declared;
mod document;
mod native;
mod repository;
mod variables;

pub use catalogue::BuiltIn;
#[doc(hidden)]
pub use catalogue::{Body, Catalogue, Migration, Slug, Version};
pub use document::Document;
pub use native::{Native, Refused, Targets};
pub use repository::Repository;
#[doc(hidden)]
pub use repository::{Changed, Edited, Extent, Outcome, Setting, ensured, run};
#[doc(hidden)]
pub use variables::Source;
pub use variables::{Kind, Variable, Variables};

/// Declares the modules of compiled migrations and lists them: a new migration is one file and one name here.
///
/// Each module has a `pub static MIGRATION` that implements [`Native`].
#[macro_export]
macro_rules! migrations {
    ($($module:ident),* $(,)?) => {
        $(#[doc(hidden)] pub mod $module;)*

        /// Every migration of this program, by file name.
        pub const ALL: &[$crate::migration::BuiltIn] = &[
            $($crate::migration::BuiltIn { name: stringify!($module), native: &$module::MIGRATION }),*
        ];
    };
}
