//! The migrations that every `migrate` has.

crate::migrations! {
    v0001_enable_ssl,
}
